/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-dbus.h"
#include "vmm-error.h"
#include "vmm-remote-machine.h"

G_BEGIN_DECLS

#define VMM_BUS_NAME "org.guesthouse.Vmm1"
#define VMM_ROOT_PATH "/org/guesthouse/Vmm1"

#define VMM_TYPE_CLIENT (vmm_client_get_type ())
G_DECLARE_FINAL_TYPE (VmmClient, vmm_client, VMM, CLIENT, GObject)

VmmClient        *vmm_client_new             (void);

void              vmm_client_connect_async   (VmmClient            *self,
                                              GCancellable         *cancellable,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
gboolean          vmm_client_connect_finish  (VmmClient            *self,
                                              GAsyncResult         *result,
                                              GError              **error);

gboolean          vmm_client_is_connected    (VmmClient            *self);
GListModel       *vmm_client_get_machines    (VmmClient            *self);
VmmRemoteMachine *vmm_client_find_machine    (VmmClient            *self,
                                              const char           *object_path);
VmmDBusManager   *vmm_client_get_manager     (VmmClient            *self);

void              vmm_client_set_statistics_interval (VmmClient    *self,
                                                      guint         interval_ms);

typedef void    (*VmmJobProgressFunc)        (VmmDBusJob           *job,
                                              gpointer              user_data);

void              vmm_client_wait_job_async  (VmmClient            *self,
                                              const char           *job_path,
                                              GCancellable         *cancellable,
                                              VmmJobProgressFunc    progress,
                                              gpointer              progress_data,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
GVariant         *vmm_client_wait_job_finish (VmmClient            *self,
                                              GAsyncResult         *result,
                                              GError              **error);

G_END_DECLS
