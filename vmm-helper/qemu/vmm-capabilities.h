/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "vmm-host-info.h"

G_BEGIN_DECLS

/* The shape of the JSON text; another one gets another number. */
#define VMM_CAPABILITIES_FORMAT 1

#define VMM_TYPE_CAPABILITIES (vmm_capabilities_get_type ())

G_DECLARE_FINAL_TYPE (VmmCapabilities, vmm_capabilities, VMM, CAPABILITIES, GObject)

/**
 * VmmCpuModel:
 * @name: as for -cpu
 * @is_usable: every feature of it is there with the accelerator that new machines get
 */
typedef struct
{
  char     *name;
  gboolean  is_usable;
  gboolean  is_deprecated;
} VmmCpuModel;

VmmCapabilities   *vmm_capabilities_new_from_json        (const char       *text,
                                                          gssize            length,
                                                          GError          **error);
char              *vmm_capabilities_to_json              (VmmCapabilities  *self);

const char        *vmm_capabilities_get_key              (VmmCapabilities  *self);
const char        *vmm_capabilities_get_emulator         (VmmCapabilities  *self);
const char        *vmm_capabilities_get_version          (VmmCapabilities  *self);
const char        *vmm_capabilities_get_arch             (VmmCapabilities  *self);
const char        *vmm_capabilities_get_accelerator      (VmmCapabilities  *self);
const char        *vmm_capabilities_get_accelerator_reason (VmmCapabilities *self);
const char        *vmm_capabilities_get_kvm_cpu          (VmmCapabilities  *self);
const char        *vmm_capabilities_get_kvm_efi_problem  (VmmCapabilities  *self);
const VmmHostInfo *vmm_capabilities_get_host_info        (VmmCapabilities  *self);
GPtrArray         *vmm_capabilities_get_cpu_models       (VmmCapabilities  *self);
gboolean           vmm_capabilities_has_device           (VmmCapabilities  *self,
                                                          const char       *driver);
gboolean           vmm_capabilities_has_device_property  (VmmCapabilities  *self,
                                                          const char       *driver,
                                                          const char       *property);
gboolean           vmm_capabilities_has_feature          (VmmCapabilities  *self,
                                                          const char       *feature);

G_END_DECLS
