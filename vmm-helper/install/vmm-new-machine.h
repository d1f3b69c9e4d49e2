/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-disk-image.h"
#include "vmm-host-summary.h"
#include "vmm-install-media.h"
#include "vmm-recommendation.h"

G_BEGIN_DECLS

#define VMM_DISK_MIN_BYTES (G_GUINT64_CONSTANT (1) << 20)
#define VMM_DISK_MAX_BYTES (G_GUINT64_CONSTANT (64) << 40)
#define VMM_MEMORY_MIN_MIB 16
#define VMM_VCPUS_MAX 288
#define VMM_NAME_MAX_BYTES 255

typedef enum
{
  VMM_NEW_MACHINE_NETWORK_USER,
  VMM_NEW_MACHINE_NETWORK_NONE,
} VmmNewMachineNetwork;

typedef enum
{
  VMM_NEW_MACHINE_FIELD_NAME,
  VMM_NEW_MACHINE_FIELD_MEMORY,
  VMM_NEW_MACHINE_FIELD_VCPUS,
  VMM_NEW_MACHINE_FIELD_DISK,
  VMM_NEW_MACHINE_FIELD_FIRMWARE,
  VMM_NEW_MACHINE_FIELD_SOURCE,
  VMM_NEW_MACHINE_N_FIELDS
} VmmNewMachineField;

#define VMM_TYPE_NEW_MACHINE (vmm_new_machine_get_type ())
G_DECLARE_FINAL_TYPE (VmmNewMachine, vmm_new_machine, VMM, NEW_MACHINE, GObject)

VmmNewMachine           *vmm_new_machine_new             (void);

void                     vmm_new_machine_set_host        (VmmNewMachine         *self,
                                                          const VmmHostSummary  *host);
const VmmHostSummary    *vmm_new_machine_get_host        (VmmNewMachine         *self);
void                     vmm_new_machine_set_taken_names (VmmNewMachine         *self,
                                                          const char *const     *names);
void                     vmm_new_machine_set_media       (VmmNewMachine         *self,
                                                          VmmInstallMedia       *media);
VmmInstallMedia         *vmm_new_machine_get_media       (VmmNewMachine         *self);
void                     vmm_new_machine_set_image       (VmmNewMachine         *self,
                                                          const VmmDiskImage    *image);
const VmmDiskImage      *vmm_new_machine_get_image       (VmmNewMachine         *self);
void                     vmm_new_machine_set_os          (VmmNewMachine         *self,
                                                          VmmOs                 *os);
VmmOs                   *vmm_new_machine_get_os          (VmmNewMachine         *self);
const VmmRecommendation *vmm_new_machine_get_recommendation (VmmNewMachine      *self);

void                     vmm_new_machine_set_name        (VmmNewMachine         *self,
                                                          const char            *name);
const char              *vmm_new_machine_get_name        (VmmNewMachine         *self);
void                     vmm_new_machine_set_memory_mib  (VmmNewMachine         *self,
                                                          guint64                memory_mib);
guint64                  vmm_new_machine_get_memory_mib  (VmmNewMachine         *self);
void                     vmm_new_machine_set_vcpus       (VmmNewMachine         *self,
                                                          guint                  vcpus);
guint                    vmm_new_machine_get_vcpus       (VmmNewMachine         *self);
void                     vmm_new_machine_set_disk_bytes  (VmmNewMachine         *self,
                                                          guint64                disk_bytes);
guint64                  vmm_new_machine_get_disk_bytes  (VmmNewMachine         *self);
void                     vmm_new_machine_set_firmware    (VmmNewMachine         *self,
                                                          VmmFirmwareKind            firmware);
VmmFirmwareKind              vmm_new_machine_get_firmware    (VmmNewMachine         *self);
void                     vmm_new_machine_set_network     (VmmNewMachine         *self,
                                                          VmmNewMachineNetwork   network);
VmmNewMachineNetwork     vmm_new_machine_get_network     (VmmNewMachine         *self);
void                     vmm_new_machine_set_start       (VmmNewMachine         *self,
                                                          gboolean               start);
gboolean                 vmm_new_machine_get_start       (VmmNewMachine         *self);
void                     vmm_new_machine_set_disk_bus    (VmmNewMachine         *self,
                                                          const char            *bus);
const char              *vmm_new_machine_get_disk_bus    (VmmNewMachine         *self);
void                     vmm_new_machine_set_nic_model   (VmmNewMachine         *self,
                                                          const char            *model);
const char              *vmm_new_machine_get_nic_model   (VmmNewMachine         *self);
void                     vmm_new_machine_set_video_model (VmmNewMachine         *self,
                                                          const char            *model);
const char              *vmm_new_machine_get_video_model (VmmNewMachine         *self);
void                     vmm_new_machine_set_machine     (VmmNewMachine         *self,
                                                          const char            *machine);
const char              *vmm_new_machine_get_machine     (VmmNewMachine         *self);
const char              *vmm_new_machine_get_arch        (VmmNewMachine         *self);

gboolean                 vmm_new_machine_check           (VmmNewMachine         *self,
                                                          VmmNewMachineField     field,
                                                          GError               **error);
gboolean                 vmm_new_machine_check_all       (VmmNewMachine         *self,
                                                          GError               **error);
char                    *vmm_new_machine_dup_note        (VmmNewMachine         *self,
                                                          VmmNewMachineField     field);

char                    *vmm_new_machine_build_xml       (VmmNewMachine         *self,
                                                          GError               **error);
GVariant                *vmm_new_machine_build_options   (VmmNewMachine         *self);

char                    *vmm_new_machine_propose_name    (const char            *stem,
                                                          const char *const     *taken);

G_END_DECLS
