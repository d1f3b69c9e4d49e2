/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-capabilities.h"

G_BEGIN_DECLS

#define VMM_TYPE_HOST (vmm_host_get_type ())
G_DECLARE_FINAL_TYPE (VmmHost, vmm_host, VMM, HOST, GObject)

VmmHost         *vmm_host_new                     (const char           *cache_folder,
                                                   const char           *images_folder);
void             vmm_host_get_capabilities_async  (VmmHost              *self,
                                                   GAsyncReadyCallback   callback,
                                                   gpointer              user_data);
VmmCapabilities *vmm_host_get_capabilities_finish (VmmHost              *self,
                                                   GAsyncResult         *result,
                                                   GError              **error);
const char      *vmm_host_get_passt               (VmmHost              *self);
GVariant        *vmm_host_to_summary              (VmmHost              *self);

G_END_DECLS
