/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "gh-application.h"

G_BEGIN_DECLS

#define GH_TYPE_NEW_MACHINE_WINDOW (gh_new_machine_window_get_type ())
G_DECLARE_FINAL_TYPE (GhNewMachineWindow, gh_new_machine_window, GH, NEW_MACHINE_WINDOW,
                      AdwApplicationWindow)

GhNewMachineWindow *gh_new_machine_window_new      (GhApplication      *application);

void                gh_new_machine_window_set_file (GhNewMachineWindow *self,
                                                    GFile              *file);

G_END_DECLS
