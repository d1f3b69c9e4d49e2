/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "vmm-host-summary.h"

G_BEGIN_DECLS

#define GH_TYPE_HOST_VERDICT (gh_host_verdict_get_type ())
G_DECLARE_FINAL_TYPE (GhHostVerdict, gh_host_verdict, GH, HOST_VERDICT, GtkWidget)

void gh_host_verdict_set_host (GhHostVerdict        *self,
                               const VmmHostSummary *host);

G_END_DECLS
