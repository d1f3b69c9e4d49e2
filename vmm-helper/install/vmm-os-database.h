/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-install-media.h"

G_BEGIN_DECLS

#define VMM_TYPE_OS_DATABASE (vmm_os_database_get_type ())
G_DECLARE_FINAL_TYPE (VmmOsDatabase, vmm_os_database, VMM, OS_DATABASE, GObject)

VmmOsDatabase   *vmm_os_database_new           (void);

void             vmm_os_database_load_async    (VmmOsDatabase        *self,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
gboolean         vmm_os_database_load_finish   (VmmOsDatabase        *self,
                                                GAsyncResult         *result,
                                                GError              **error);

GListModel      *vmm_os_database_get_systems   (VmmOsDatabase        *self);
VmmOs           *vmm_os_database_find          (VmmOsDatabase        *self,
                                                const char           *id);
VmmOs           *vmm_os_database_get_generic   (VmmOsDatabase        *self);

void             vmm_os_database_detect_async  (VmmOsDatabase        *self,
                                                const char           *path,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
VmmInstallMedia *vmm_os_database_detect_finish (VmmOsDatabase        *self,
                                                GAsyncResult         *result,
                                                GError              **error);

G_END_DECLS
