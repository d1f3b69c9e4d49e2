/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

#define VMM_TYPE_DISK (vmm_disk_get_type ())

/* A <disk>. What the document does not say is %NULL; vmm_domain_complete() fills target and bus. */
G_DECLARE_FINAL_TYPE (VmmDisk, vmm_disk, VMM, DISK, VmmDevice)

const char *vmm_disk_get_device (VmmDisk *self);
void        vmm_disk_set_device (VmmDisk *self, const char *value);
const char *vmm_disk_get_kind (VmmDisk *self);
void        vmm_disk_set_kind (VmmDisk *self, const char *value);
const char *vmm_disk_get_target (VmmDisk *self);
void        vmm_disk_set_target (VmmDisk *self, const char *value);
const char *vmm_disk_get_bus (VmmDisk *self);
void        vmm_disk_set_bus (VmmDisk *self, const char *value);
const char *vmm_disk_get_format (VmmDisk *self);
void        vmm_disk_set_format (VmmDisk *self, const char *value);
const char *vmm_disk_get_cache (VmmDisk *self);
void        vmm_disk_set_cache (VmmDisk *self, const char *value);
const char *vmm_disk_get_io (VmmDisk *self);
void        vmm_disk_set_io (VmmDisk *self, const char *value);
const char *vmm_disk_get_discard (VmmDisk *self);
void        vmm_disk_set_discard (VmmDisk *self, const char *value);
const char *vmm_disk_get_detect_zeroes (VmmDisk *self);
void        vmm_disk_set_detect_zeroes (VmmDisk *self, const char *value);
const char *vmm_disk_get_error_policy (VmmDisk *self);
void        vmm_disk_set_error_policy (VmmDisk *self, const char *value);
const char *vmm_disk_get_rerror_policy (VmmDisk *self);
void        vmm_disk_set_rerror_policy (VmmDisk *self, const char *value);
const char *vmm_disk_get_serial (VmmDisk *self);
void        vmm_disk_set_serial (VmmDisk *self, const char *value);

xmlNode    *vmm_disk_get_backing_store (VmmDisk     *self,
                                      const xmlNode *above);
VmmDisk    *vmm_domain_find_disk     (VmmDomain  *domain,
                                      const char *target);
gboolean    vmm_disk_is_read_only    (VmmDisk    *self);
gboolean    vmm_disk_is_shareable    (VmmDisk    *self);
const char *vmm_disk_get_source_file (VmmDisk    *self);
void        vmm_disk_set_source_file (VmmDisk    *self,
                                      const char *path);

G_END_DECLS
