/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

#define VMM_TYPE_INPUT (vmm_input_get_type ())

/* An <input> device. */
G_DECLARE_FINAL_TYPE (VmmInput, vmm_input, VMM, INPUT, VmmDevice)

const char *vmm_input_get_kind (VmmInput *self);
void        vmm_input_set_kind (VmmInput *self, const char *value);
const char *vmm_input_get_bus (VmmInput *self);
void        vmm_input_set_bus (VmmInput *self, const char *value);

G_END_DECLS
