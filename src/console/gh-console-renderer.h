/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

gboolean gh_console_prefer_cairo_without_gpu (GdkDisplay *display);

G_END_DECLS
