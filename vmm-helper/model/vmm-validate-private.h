/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-domain.h"
#include "vmm-problem.h"

G_BEGIN_DECLS

void vmm_validate_devices (VmmDomain *domain,
                           GPtrArray *problems);

G_END_DECLS
