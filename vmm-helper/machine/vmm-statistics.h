/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-context.h"
#include "vmm-dbus.h"

G_BEGIN_DECLS

#define VMM_STATISTICS_MIN_MS 250
#define VMM_STATISTICS_MAX_MS 60000

#define VMM_TYPE_STATISTICS (vmm_statistics_get_type ())
G_DECLARE_FINAL_TYPE (VmmStatistics, vmm_statistics, VMM, STATISTICS, GObject)

VmmStatistics *vmm_statistics_new       (VmmContext       *context,
                                         GDBusConnection  *connection);
gboolean       vmm_statistics_subscribe (VmmStatistics    *self,
                                         const char       *sender,
                                         guint             interval_ms,
                                         GError          **error);

G_END_DECLS
