/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-domain.h"
#include "vmm-host-info.h"
#include "vmm-problem.h"

G_BEGIN_DECLS

GPtrArray *vmm_domain_validate (VmmDomain         *domain,
                                const VmmHostInfo *info);

G_END_DECLS
