/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

#define VMM_TYPE_SCOPES (vmm_scopes_get_type ())
G_DECLARE_FINAL_TYPE (VmmScopes, vmm_scopes, VMM, SCOPES, GObject)

VmmScopes *vmm_scopes_new           (GDBusConnection      *connection);
void       vmm_scopes_create_async  (VmmScopes            *self,
                                     const char           *unit,
                                     const char           *description,
                                     const pid_t          *pids,
                                     gsize                 n_pids,
                                     GAsyncReadyCallback   callback,
                                     gpointer              user_data);
gboolean   vmm_scopes_create_finish (VmmScopes            *self,
                                     GAsyncResult         *result,
                                     gboolean             *has_scope,
                                     GError              **error);

G_END_DECLS
