/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-domain.h"

G_BEGIN_DECLS

/* The steps of vmm_domain_complete(), in this order. */
gboolean vmm_complete_addresses   (VmmDomain  *domain,
                                   GError    **error);
gboolean vmm_complete_controllers (VmmDomain  *domain,
                                   GError    **error);
gboolean vmm_complete_pci         (VmmDomain  *domain,
                                   GError    **error);
void     vmm_complete_aliases     (VmmDomain  *domain);

VmmController *vmm_complete_find_controller (GPtrArray  *controllers,
                                             const char *kind,
                                             guint       index);
VmmController *vmm_complete_add_controller  (VmmDomain  *domain,
                                             const char *kind,
                                             guint       index,
                                             const char *model);
guint          vmm_complete_disk_index      (const char *target);
char          *vmm_device_dup_description   (VmmDevice  *device);

G_END_DECLS
