/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

gboolean vmm_file_replace       (const char  *folder,
                                 const char  *name,
                                 const char  *text,
                                 gsize        length,
                                 gboolean     durable,
                                 GError     **error);
char    *vmm_file_read          (const char  *path,
                                 gsize        max_size,
                                 gsize       *length,
                                 GError     **error);
char    *vmm_file_read_tail     (const char  *path,
                                 gsize        max_size);
gboolean vmm_folder_remove      (const char  *path,
                                 GError     **error);

G_END_DECLS
