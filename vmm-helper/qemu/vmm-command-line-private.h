/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "vmm-command-line.h"

G_BEGIN_DECLS

/* A command line in the making; one file per family of devices adds to it. */
typedef struct
{
  VmmDomain             *domain;
  VmmCapabilities       *capabilities;
  const VmmStartOptions *options;
  gboolean               is_q35;
  gboolean               is_kvm;
  const char            *accelerator_reason; /* lent */

  GPtrArray             *argv;
  GArray                *slots;       /* VmmFdSlot */
  GPtrArray             *notes;
  GHashTable            *boot_index;  /* xmlNode -> 1, 2, … */
  int                    next_fd;
} VmmBuilder;

void        vmm_builder_add             (VmmBuilder   *builder,
                                         const char   *option,
                                         const char   *value);
void        vmm_builder_add_json        (VmmBuilder   *builder,
                                         const char   *option,
                                         JsonObject   *object);
gboolean    vmm_builder_add_device      (VmmBuilder   *builder,
                                         JsonObject   *device,
                                         GError      **error);
JsonObject *vmm_builder_new_device      (VmmBuilder   *builder,
                                         VmmDevice    *view,
                                         const char   *driver,
                                         GError      **error);
const char *vmm_builder_get_id          (VmmDevice    *view,
                                         GError      **error);
gboolean    vmm_builder_set_pci         (VmmBuilder   *builder,
                                         JsonObject   *device,
                                         VmmDevice    *view,
                                         GError      **error);
gboolean    vmm_builder_set_usb         (VmmBuilder   *builder,
                                         JsonObject   *device,
                                         VmmDevice    *view,
                                         GError      **error);
void        vmm_builder_set_boot_index  (VmmBuilder   *builder,
                                         JsonObject   *device,
                                         VmmDevice    *view);
int         vmm_builder_take_fd         (VmmBuilder   *builder,
                                         VmmFdSlotKind kind,
                                         const char   *alias);
void        vmm_builder_note            (VmmBuilder   *builder,
                                         const char   *format,
                                         ...) G_GNUC_PRINTF (2, 3);
gboolean    vmm_builder_refuse          (VmmDevice    *view,
                                         const char   *what,
                                         const char   *value,
                                         const char   *remedy,
                                         GError      **error);
VmmController *vmm_builder_find_controller (VmmBuilder *builder,
                                         const char   *kind,
                                         guint         index);

void        vmm_option_append           (GString      *option,
                                         const char   *name,
                                         const char   *value);

/* The families, in the order of the command line. */
void        vmm_builder_plan_boot       (VmmBuilder   *builder);
void        vmm_builder_add_kernel      (VmmBuilder   *builder);
gboolean    vmm_builder_add_machine     (VmmBuilder   *builder,
                                         GError      **error);
gboolean    vmm_builder_add_cpu         (VmmBuilder   *builder,
                                         GError      **error);
gboolean    vmm_builder_add_controllers (VmmBuilder   *builder,
                                         GError      **error);
gboolean    vmm_builder_add_disks       (VmmBuilder   *builder,
                                         GError      **error);
gboolean    vmm_builder_add_interfaces  (VmmBuilder   *builder,
                                         GError      **error);
gboolean    vmm_builder_add_char_devs   (VmmBuilder   *builder,
                                         GError      **error);
gboolean    vmm_builder_add_displays    (VmmBuilder   *builder,
                                         GError      **error);
gboolean    vmm_builder_add_inputs      (VmmBuilder   *builder,
                                         GError      **error);
gboolean    vmm_builder_add_misc        (VmmBuilder   *builder,
                                         GError      **error);

G_END_DECLS
