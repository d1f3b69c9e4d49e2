/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a new image may have; below, no file system fits, above, no file system holds it. */
#define VMM_IMAGE_MIN_BYTES (G_GUINT64_CONSTANT (1) << 20)
#define VMM_IMAGE_MAX_BYTES (G_GUINT64_CONSTANT (1) << 46)

void      vmm_image_create_async  (const char           *path,
                                   const char           *format,
                                   guint64               capacity_bytes,
                                   gboolean              overcommit,
                                   GCancellable         *cancellable,
                                   GAsyncReadyCallback   callback,
                                   gpointer              user_data);
gboolean  vmm_image_create_finish (GAsyncResult         *result,
                                   GError              **error);

gboolean  vmm_image_check_chain   (int                   fd,
                                   const char           *path,
                                   gboolean              has_backing,
                                   GError              **error);
GVariant *vmm_image_inspect       (int                   fd,
                                   GError              **error);

G_END_DECLS
