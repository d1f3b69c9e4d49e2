/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "vmm-client.h"

G_BEGIN_DECLS

#define GH_TYPE_MACHINE_WINDOW (gh_machine_window_get_type ())
G_DECLARE_FINAL_TYPE (GhMachineWindow, gh_machine_window, GH, MACHINE_WINDOW, AdwApplicationWindow)

GtkWidget        *gh_machine_window_new         (GtkApplication   *app,
                                                 VmmClient        *client,
                                                 VmmRemoteMachine *machine);
VmmRemoteMachine *gh_machine_window_get_machine (GhMachineWindow  *self);

G_END_DECLS
