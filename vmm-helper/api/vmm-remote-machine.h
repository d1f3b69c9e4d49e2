/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-dbus.h"

G_BEGIN_DECLS

/**
 * VmmMachineState:
 *
 * `State` of org.guesthouse.Vmm1.Machine; the nicks are its words.
 */
typedef enum
{
  VMM_MACHINE_STATE_OFF,
  VMM_MACHINE_STATE_STARTING,
  VMM_MACHINE_STATE_RUNNING,
  VMM_MACHINE_STATE_PAUSED,
  VMM_MACHINE_STATE_SHUTTING_DOWN,
  VMM_MACHINE_STATE_CRASHED,
  VMM_MACHINE_STATE_SUSPENDED,
  VMM_MACHINE_STATE_UNRESPONSIVE,
  VMM_MACHINE_STATE_BROKEN,
} VmmMachineState;

/**
 * VmmMachineFlags:
 *
 * `Flags` of org.guesthouse.Vmm1.Machine.
 */
typedef enum
{
  VMM_MACHINE_FLAGS_NONE = 0,
  VMM_MACHINE_FLAGS_PERSISTENT = 1 << 0,
  VMM_MACHINE_FLAGS_AUTOSTART = 1 << 1,
  VMM_MACHINE_FLAGS_SAVED = 1 << 2,
  VMM_MACHINE_FLAGS_PENDING = 1 << 3,
  VMM_MACHINE_FLAGS_INSTALLING = 1 << 4,
  VMM_MACHINE_FLAGS_BROKEN = 1 << 5,
} VmmMachineFlags;

const char      *vmm_machine_state_to_string   (VmmMachineState  state);
VmmMachineState  vmm_machine_state_from_string (const char      *text);
gboolean         vmm_machine_state_is_active   (VmmMachineState  state);

#define VMM_TYPE_REMOTE_MACHINE (vmm_remote_machine_get_type ())
G_DECLARE_FINAL_TYPE (VmmRemoteMachine, vmm_remote_machine, VMM, REMOTE_MACHINE, GObject)

VmmRemoteMachine *vmm_remote_machine_new            (GDBusConnection     *connection,
                                                     const char          *object_path);

const char       *vmm_remote_machine_get_path       (VmmRemoteMachine    *self);
const char       *vmm_remote_machine_get_uuid       (VmmRemoteMachine    *self);
const char       *vmm_remote_machine_get_name       (VmmRemoteMachine    *self);
const char       *vmm_remote_machine_get_title      (VmmRemoteMachine    *self);
VmmMachineState   vmm_remote_machine_get_state      (VmmRemoteMachine    *self);
VmmMachineFlags   vmm_remote_machine_get_flags      (VmmRemoteMachine    *self);
const char       *vmm_remote_machine_get_reason     (VmmRemoteMachine    *self);
gint64            vmm_remote_machine_get_since      (VmmRemoteMachine    *self);
guint64           vmm_remote_machine_get_generation (VmmRemoteMachine    *self);
guint64           vmm_remote_machine_get_memory_mib (VmmRemoteMachine    *self);
guint             vmm_remote_machine_get_vcpus      (VmmRemoteMachine    *self);
double            vmm_remote_machine_get_cpu_percent (VmmRemoteMachine   *self);
guint64           vmm_remote_machine_get_rss_bytes  (VmmRemoteMachine    *self);

void              vmm_remote_machine_update_row        (VmmRemoteMachine *self,
                                                        GVariant         *row);
void              vmm_remote_machine_update_properties (VmmRemoteMachine *self,
                                                        GVariant         *properties);
void              vmm_remote_machine_update_statistics (VmmRemoteMachine *self,
                                                        GVariant         *values);

void              vmm_remote_machine_get_proxy_async  (VmmRemoteMachine     *self,
                                                       GCancellable         *cancellable,
                                                       GAsyncReadyCallback   callback,
                                                       gpointer              user_data);
VmmDBusMachine   *vmm_remote_machine_get_proxy_finish (VmmRemoteMachine     *self,
                                                       GAsyncResult         *result,
                                                       GError              **error);

G_END_DECLS
