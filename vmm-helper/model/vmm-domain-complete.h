/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-domain.h"
#include "vmm-host-info.h"

G_BEGIN_DECLS

gboolean vmm_domain_complete (VmmDomain          *domain,
                              const VmmHostInfo  *info,
                              GError            **error);

G_END_DECLS
