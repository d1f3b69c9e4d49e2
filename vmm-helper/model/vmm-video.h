/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

#define VMM_TYPE_VIDEO (vmm_video_get_type ())

/* A <video> card. */
G_DECLARE_FINAL_TYPE (VmmVideo, vmm_video, VMM, VIDEO, VmmDevice)

const char *vmm_video_get_model (VmmVideo *self);
void        vmm_video_set_model (VmmVideo *self, const char *value);

G_END_DECLS
