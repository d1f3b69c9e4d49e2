/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

#define VMM_TYPE_GRAPHICS (vmm_graphics_get_type ())

/* A <graphics>: a way in which the screen is served. */
G_DECLARE_FINAL_TYPE (VmmGraphics, vmm_graphics, VMM, GRAPHICS, VmmDevice)

const char *vmm_graphics_get_kind (VmmGraphics *self);
void        vmm_graphics_set_kind (VmmGraphics *self, const char *value);
const char *vmm_graphics_get_listen_type (VmmGraphics *self);
void        vmm_graphics_set_listen_type (VmmGraphics *self, const char *value);
const char *vmm_graphics_get_keymap (VmmGraphics *self);
void        vmm_graphics_set_keymap (VmmGraphics *self, const char *value);
const char *vmm_graphics_get_share_policy (VmmGraphics *self);
void        vmm_graphics_set_share_policy (VmmGraphics *self, const char *value);

const char *vmm_graphics_get_listen_address  (VmmGraphics *self);
guint       vmm_graphics_get_port            (VmmGraphics *self);
gboolean    vmm_graphics_is_auto_port        (VmmGraphics *self);

G_END_DECLS
