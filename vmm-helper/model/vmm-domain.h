/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

#define VMM_TYPE_DOMAIN (vmm_domain_get_type ())

G_DECLARE_FINAL_TYPE (VmmDomain, vmm_domain, VMM, DOMAIN, GObject)

VmmDomain  *vmm_domain_new_from_xml           (const char  *xml,
                                               gssize       length,
                                               GError     **error);
VmmDomain  *vmm_domain_copy                   (VmmDomain   *self);
char       *vmm_domain_dup_xml                (VmmDomain   *self);

/* The document */
xmlNode    *vmm_domain_get_root               (VmmDomain   *self);
xmlNode    *vmm_domain_get_devices_node       (VmmDomain   *self);
const char *vmm_domain_get_value              (VmmDomain   *self,
                                               const char  *path);
void        vmm_domain_set_value              (VmmDomain   *self,
                                               xmlNode     *base,
                                               const char  *path,
                                               const char  *value);
VmmDevice  *vmm_domain_add_device             (VmmDomain   *self,
                                               const char  *element);
void        vmm_domain_remove_device          (VmmDomain   *self,
                                               VmmDevice   *device);
void        vmm_domain_mark_changed           (VmmDomain   *self);

/* Identity; NULL if not there */
const char *vmm_domain_get_name               (VmmDomain   *self);
void        vmm_domain_set_name               (VmmDomain   *self,
                                               const char  *name);
const char *vmm_domain_get_uuid               (VmmDomain   *self);
void        vmm_domain_set_uuid               (VmmDomain   *self,
                                               const char  *uuid);
const char *vmm_domain_get_title              (VmmDomain   *self);
void        vmm_domain_set_title              (VmmDomain   *self,
                                               const char  *title);
const char *vmm_domain_get_description        (VmmDomain   *self);
void        vmm_domain_set_description        (VmmDomain   *self,
                                               const char  *description);
const char *vmm_domain_get_virt_type          (VmmDomain   *self);
void        vmm_domain_set_virt_type          (VmmDomain   *self,
                                               const char  *virt_type);
const char *vmm_domain_get_emulator           (VmmDomain   *self);
void        vmm_domain_set_emulator           (VmmDomain   *self,
                                               const char  *emulator);

/* Memory and processors */
guint64     vmm_domain_get_memory_kib         (VmmDomain   *self);
guint64     vmm_domain_get_memory_mib         (VmmDomain   *self);
void        vmm_domain_set_memory_kib         (VmmDomain   *self,
                                               guint64      memory_kib);
guint64     vmm_domain_get_current_memory_kib (VmmDomain   *self);
void        vmm_domain_set_current_memory_kib (VmmDomain   *self,
                                               guint64      memory_kib);
guint       vmm_domain_get_max_vcpus          (VmmDomain   *self);
guint       vmm_domain_get_current_vcpus      (VmmDomain   *self);
void        vmm_domain_set_vcpus              (VmmDomain   *self,
                                               guint        max,
                                               guint        current);

/* Devices, in document order: (transfer full) (element-type the view) */
GPtrArray  *vmm_domain_list_devices           (VmmDomain   *self,
                                               const char  *element);
GPtrArray  *vmm_domain_list_disks             (VmmDomain   *self);
GPtrArray  *vmm_domain_list_interfaces        (VmmDomain   *self);
GPtrArray  *vmm_domain_list_controllers       (VmmDomain   *self);
GPtrArray  *vmm_domain_list_graphics          (VmmDomain   *self);
GPtrArray  *vmm_domain_list_videos            (VmmDomain   *self);
GPtrArray  *vmm_domain_list_inputs            (VmmDomain   *self);
GPtrArray  *vmm_domain_list_serials           (VmmDomain   *self);
GPtrArray  *vmm_domain_list_parallels         (VmmDomain   *self);
GPtrArray  *vmm_domain_list_consoles          (VmmDomain   *self);
GPtrArray  *vmm_domain_list_channels          (VmmDomain   *self);
GPtrArray  *vmm_domain_list_rngs              (VmmDomain   *self);
GPtrArray  *vmm_domain_list_memballoons       (VmmDomain   *self);
GPtrArray  *vmm_domain_list_sounds            (VmmDomain   *self);

G_END_DECLS

#include "vmm-char-dev.h"
#include "vmm-controller.h"
#include "vmm-disk.h"
#include "vmm-domain-cpu.h"
#include "vmm-domain-install.h"
#include "vmm-domain-os.h"
#include "vmm-domain-platform.h"
#include "vmm-graphics.h"
#include "vmm-input.h"
#include "vmm-interface.h"
#include "vmm-memballoon.h"
#include "vmm-rng.h"
#include "vmm-video.h"
