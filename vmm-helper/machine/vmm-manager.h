/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-machine.h"

G_BEGIN_DECLS

#define VMM_TYPE_MANAGER (vmm_manager_get_type ())
G_DECLARE_FINAL_TYPE (VmmManager, vmm_manager, VMM, MANAGER, GObject)

VmmManager *vmm_manager_new           (VmmPaths             *paths,
                                       GDBusConnection      *connection);
void        vmm_manager_load_async    (VmmManager           *self,
                                       GAsyncReadyCallback   callback,
                                       gpointer              user_data);
gboolean    vmm_manager_load_finish   (VmmManager           *self,
                                       GAsyncResult         *result,
                                       GError              **error);

G_END_DECLS
