/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-input.h"

#include "vmm-device-private.h"

VMM_DEFINE_DEVICE (VmmInput, vmm_input)

VMM_DEVICE_STRING (VmmInput, vmm_input, kind, "@type")
VMM_DEVICE_STRING (VmmInput, vmm_input, bus, "@bus")
