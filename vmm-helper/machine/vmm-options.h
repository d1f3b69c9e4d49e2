/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean vmm_options_parse (GVariant  *options,
                            GError   **error,
                            ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
