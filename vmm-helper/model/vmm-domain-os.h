/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

/* <os>: what it boots, and on which kind of machine. Strings are NULL if not there. */
const char *vmm_domain_get_arch           (VmmDomain   *self);
void        vmm_domain_set_arch           (VmmDomain   *self,
                                           const char  *arch);
const char *vmm_domain_get_machine        (VmmDomain   *self);
void        vmm_domain_set_machine        (VmmDomain   *self,
                                           const char  *machine);
gboolean    vmm_domain_is_q35             (VmmDomain   *self);

const char *vmm_domain_get_firmware       (VmmDomain   *self);
void        vmm_domain_set_firmware       (VmmDomain   *self,
                                           const char  *firmware);
gboolean    vmm_domain_wants_secure_boot  (VmmDomain   *self);
gboolean    vmm_domain_has_firmware_feature (VmmDomain *self,
                                           const char  *name,
                                           gboolean    *is_enabled);
const char *vmm_domain_get_loader         (VmmDomain   *self);
void        vmm_domain_set_loader         (VmmDomain   *self,
                                           const char  *path);
const char *vmm_domain_get_loader_type    (VmmDomain   *self);
const char *vmm_domain_get_nvram          (VmmDomain   *self);
void        vmm_domain_set_nvram          (VmmDomain   *self,
                                           const char  *path);
const char *vmm_domain_get_nvram_template (VmmDomain   *self);
void        vmm_domain_set_nvram_template (VmmDomain   *self,
                                           const char  *path);
const char *vmm_domain_get_nvram_format   (VmmDomain   *self);
gboolean    vmm_domain_is_uefi            (VmmDomain   *self);

char      **vmm_domain_dup_boot_devices   (VmmDomain   *self);
void        vmm_domain_set_boot_devices   (VmmDomain   *self,
                                           const char * const *devices);

G_END_DECLS
