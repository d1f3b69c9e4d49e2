/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef struct
{
  char     *target;     /* <target dev> */
  char     *file;       /* path of the medium; NULL: empty */
  gboolean  is_floppy;
} GhMediaDrive;

void       gh_media_drive_free (GhMediaDrive *self);
GPtrArray *gh_media_parse      (const char   *xml);

G_END_DECLS
