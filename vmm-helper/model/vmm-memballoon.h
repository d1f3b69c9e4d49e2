/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

#define VMM_TYPE_MEMBALLOON (vmm_memballoon_get_type ())

/* A <memballoon>. */
G_DECLARE_FINAL_TYPE (VmmMemballoon, vmm_memballoon, VMM, MEMBALLOON, VmmDevice)

const char *vmm_memballoon_get_model (VmmMemballoon *self);
void        vmm_memballoon_set_model (VmmMemballoon *self, const char *value);

gboolean    vmm_memballoon_deflates_on_oom   (VmmMemballoon *self);
gboolean    vmm_memballoon_reports_free_pages (VmmMemballoon *self);

G_END_DECLS
