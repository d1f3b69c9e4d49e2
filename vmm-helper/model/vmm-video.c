/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-video.h"

#include "vmm-device-private.h"

VMM_DEFINE_DEVICE (VmmVideo, vmm_video)

VMM_DEVICE_STRING (VmmVideo, vmm_video, model, "model@type")
