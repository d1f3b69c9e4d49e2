/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *cli_read_document  (const char  *path,
                          GError     **error);
void  cli_print_problems (GVariant    *problems,
                          gboolean    *has_error);

G_END_DECLS
