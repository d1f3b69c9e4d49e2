/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-rng.h"

#include "vmm-device-private.h"

VMM_DEFINE_DEVICE (VmmRng, vmm_rng)

VMM_DEVICE_STRING (VmmRng, vmm_rng, model, "@model")
VMM_DEVICE_STRING (VmmRng, vmm_rng, backend, "backend@model")
VMM_DEVICE_STRING (VmmRng, vmm_rng, backend_path, "backend")
