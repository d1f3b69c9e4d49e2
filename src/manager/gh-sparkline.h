/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "gh-cpu-history.h"

G_BEGIN_DECLS

#define GH_TYPE_SPARKLINE (gh_sparkline_get_type ())
G_DECLARE_FINAL_TYPE (GhSparkline, gh_sparkline, GH, SPARKLINE, GtkWidget)

void gh_sparkline_set_history (GhSparkline        *self,
                               const GhCpuHistory *history);

G_END_DECLS
