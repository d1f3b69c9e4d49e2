/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

#define VMM_TYPE_RNG (vmm_rng_get_type ())

/* A <rng>, a source of randomness. */
G_DECLARE_FINAL_TYPE (VmmRng, vmm_rng, VMM, RNG, VmmDevice)

const char *vmm_rng_get_model (VmmRng *self);
void        vmm_rng_set_model (VmmRng *self, const char *value);
const char *vmm_rng_get_backend (VmmRng *self);
void        vmm_rng_set_backend (VmmRng *self, const char *value);
const char *vmm_rng_get_backend_path (VmmRng *self);
void        vmm_rng_set_backend_path (VmmRng *self, const char *value);

G_END_DECLS
