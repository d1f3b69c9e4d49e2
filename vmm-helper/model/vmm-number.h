/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean vmm_number_parse      (const char *text,
                                guint64    *number);
gboolean vmm_number_parse_size (const char *text,
                                const char *unit,
                                guint64     default_unit,
                                guint64    *bytes);

G_END_DECLS
