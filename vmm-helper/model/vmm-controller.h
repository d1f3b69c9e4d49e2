/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

#define VMM_TYPE_CONTROLLER (vmm_controller_get_type ())

/* A <controller>. */
G_DECLARE_FINAL_TYPE (VmmController, vmm_controller, VMM, CONTROLLER, VmmDevice)

const char *vmm_controller_get_kind (VmmController *self);
void        vmm_controller_set_kind (VmmController *self, const char *value);
const char *vmm_controller_get_model (VmmController *self);
void        vmm_controller_set_model (VmmController *self, const char *value);

guint       vmm_controller_get_index         (VmmController *self);
gboolean    vmm_controller_has_index         (VmmController *self);

G_END_DECLS
