/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

#define VMM_TYPE_CHAR_DEV (vmm_char_dev_get_type ())

/* A <serial>, <parallel>, <console> or <channel>; vmm_device_get_element() tells which. */
G_DECLARE_FINAL_TYPE (VmmCharDev, vmm_char_dev, VMM, CHAR_DEV, VmmDevice)

const char *vmm_char_dev_get_kind (VmmCharDev *self);
void        vmm_char_dev_set_kind (VmmCharDev *self, const char *value);
const char *vmm_char_dev_get_source_path (VmmCharDev *self);
void        vmm_char_dev_set_source_path (VmmCharDev *self, const char *value);
const char *vmm_char_dev_get_source_mode (VmmCharDev *self);
void        vmm_char_dev_set_source_mode (VmmCharDev *self, const char *value);
const char *vmm_char_dev_get_source_host (VmmCharDev *self);
void        vmm_char_dev_set_source_host (VmmCharDev *self, const char *value);
const char *vmm_char_dev_get_source_service (VmmCharDev *self);
void        vmm_char_dev_set_source_service (VmmCharDev *self, const char *value);
const char *vmm_char_dev_get_protocol (VmmCharDev *self);
void        vmm_char_dev_set_protocol (VmmCharDev *self, const char *value);
const char *vmm_char_dev_get_target_type (VmmCharDev *self);
void        vmm_char_dev_set_target_type (VmmCharDev *self, const char *value);
const char *vmm_char_dev_get_target_name (VmmCharDev *self);
void        vmm_char_dev_set_target_name (VmmCharDev *self, const char *value);
const char *vmm_char_dev_get_log_file (VmmCharDev *self);
void        vmm_char_dev_set_log_file (VmmCharDev *self, const char *value);

gboolean    vmm_char_dev_is_serial_twin      (VmmCharDev *self);
gboolean    vmm_char_dev_is_served           (VmmCharDev *self);

G_END_DECLS
