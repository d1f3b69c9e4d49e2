/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-client.h"

G_BEGIN_DECLS

/**
 * VmmDiskImage:
 *
 * An existing disk image, as the core sees it.
 */
typedef struct
{
  char    *path;
  char    *format;          /* "raw", "qcow2", … */
  guint64  capacity_bytes;
} VmmDiskImage;

#define VMM_TYPE_DISK_IMAGE (vmm_disk_image_get_type ())
GType         vmm_disk_image_get_type       (void) G_GNUC_CONST;

VmmDiskImage *vmm_disk_image_new            (const char           *path,
                                             const char           *format,
                                             guint64               capacity_bytes);
VmmDiskImage *vmm_disk_image_copy           (const VmmDiskImage   *self);
void          vmm_disk_image_free           (VmmDiskImage         *self);

void          vmm_disk_image_inspect_async  (VmmDBusManager       *manager,
                                             const char           *path,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
VmmDiskImage *vmm_disk_image_inspect_finish (VmmDBusManager       *manager,
                                             GAsyncResult         *result,
                                             GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmDiskImage, vmm_disk_image_free)

G_END_DECLS
