/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * VmmHostSummary:
 *
 * `HostSummary` of org.guesthouse.Vmm1.Manager, whose keys it names. A number that the core has not
 * told is 0, a text "".
 */
typedef struct
{
  gboolean   is_known;      /* the core has probed QEMU */
  guint      cpus;
  guint64    memory_mib;
  char      *arch;
  char      *emulator;
  char      *qemu_version;
  char      *accelerator;
  char      *accelerator_reason;
  char     **firmwares;
  char      *images_folder;
  guint64    images_free_bytes;
  char      *error;
} VmmHostSummary;

#define VMM_TYPE_HOST_SUMMARY (vmm_host_summary_get_type ())
GType           vmm_host_summary_get_type     (void) G_GNUC_CONST;

VmmHostSummary *vmm_host_summary_new          (GVariant             *values);
VmmHostSummary *vmm_host_summary_copy         (const VmmHostSummary *self);
void            vmm_host_summary_free         (VmmHostSummary       *self);
gboolean        vmm_host_summary_has_firmware (const VmmHostSummary *self,
                                               const char           *firmware);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmHostSummary, vmm_host_summary_free)

G_END_DECLS
