/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-context.h"
#include "vmm-domain.h"
#include "vmm-remote-machine.h"

G_BEGIN_DECLS

#define VMM_TYPE_MACHINE (vmm_machine_get_type ())
G_DECLARE_FINAL_TYPE (VmmMachine, vmm_machine, VMM, MACHINE, GObject)

typedef enum
{
  VMM_START_FLAGS_NONE = 0,
  VMM_START_FLAGS_PAUSED = 1 << 0,
} VmmStartFlags;

VmmMachine      *vmm_machine_new              (VmmContext           *context,
                                               VmmDomain            *domain,
                                               GError              **error);
VmmMachine      *vmm_machine_load             (VmmContext           *context,
                                               const char           *uuid);

const char      *vmm_machine_get_path         (VmmMachine           *self);
const char      *vmm_machine_get_name         (VmmMachine           *self);
const char      *vmm_machine_get_uuid         (VmmMachine           *self);
GVariant        *vmm_machine_to_row           (VmmMachine           *self);
gint             vmm_machine_get_pid          (VmmMachine           *self);
GDBusObjectSkeleton *vmm_machine_get_object   (VmmMachine           *self);

VmmMachine      *vmm_machine_find_namesake    (VmmMachine           *self,
                                               const char           *name);
gboolean         vmm_machine_define           (VmmMachine           *self,
                                               VmmDomain            *domain,
                                               GError              **error);
gboolean         vmm_machine_undefine         (VmmMachine           *self,
                                               GError              **error);

void             vmm_machine_start_async      (VmmMachine           *self,
                                               VmmStartFlags         flags,
                                               VmmJob               *job,
                                               GAsyncReadyCallback   callback,
                                               gpointer              user_data);
gboolean         vmm_machine_start_finish     (VmmMachine           *self,
                                               GAsyncResult         *result,
                                               GError              **error);
void             vmm_machine_power_off_async  (VmmMachine           *self,
                                               GAsyncReadyCallback   callback,
                                               gpointer              user_data);
gboolean         vmm_machine_power_off_finish (VmmMachine           *self,
                                               GAsyncResult         *result,
                                               GError              **error);
void             vmm_machine_adopt_async      (VmmMachine           *self,
                                               GAsyncReadyCallback   callback,
                                               gpointer              user_data);
gboolean         vmm_machine_adopt_finish     (VmmMachine           *self,
                                               GAsyncResult         *result,
                                               GError              **error);

G_END_DECLS
