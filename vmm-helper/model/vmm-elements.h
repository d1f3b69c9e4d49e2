/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-domain.h"

G_BEGIN_DECLS

void vmm_elements_validate (VmmDomain *domain,
                            GPtrArray *problems);

G_END_DECLS
