/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "gh-machine-act.h"

G_BEGIN_DECLS

#define GH_TYPE_MACHINE_ROW (gh_machine_row_get_type ())
G_DECLARE_FINAL_TYPE (GhMachineRow, gh_machine_row, GH, MACHINE_ROW, GtkWidget)

GtkWidget        *gh_machine_row_new          (void);

void              gh_machine_row_set_machine  (GhMachineRow     *self,
                                               VmmRemoteMachine *machine);
VmmRemoteMachine *gh_machine_row_get_machine  (GhMachineRow     *self);
void              gh_machine_row_update_state (GhMachineRow     *self);
void              gh_machine_row_update_load  (GhMachineRow     *self);
void              gh_machine_row_popup_menu   (GhMachineRow     *self,
                                               double            x,
                                               double            y);

G_END_DECLS
