/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "gh-application.h"

G_BEGIN_DECLS

#define GH_TYPE_MANAGER_WINDOW (gh_manager_window_get_type ())
G_DECLARE_FINAL_TYPE (GhManagerWindow, gh_manager_window, GH, MANAGER_WINDOW, AdwApplicationWindow)

GhManagerWindow *gh_manager_window_new          (GhApplication   *application);

void             gh_manager_window_show_message (GhManagerWindow *self,
                                                 const char      *text);

G_END_DECLS
