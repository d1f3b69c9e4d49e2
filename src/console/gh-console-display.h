/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gtk/gtk.h>

#include "gh-console-source.h"

G_BEGIN_DECLS

#define GH_CONSOLE_TYPE_DISPLAY (gh_console_display_get_type ())
G_DECLARE_FINAL_TYPE (GhConsoleDisplay, gh_console_display, GH_CONSOLE, DISPLAY, GtkWidget)

GtkWidget       *gh_console_display_new                  (void);

void             gh_console_display_set_source           (GhConsoleDisplay *self,
                                                          GhConsoleSource  *source);
GhConsoleSource *gh_console_display_get_source           (GhConsoleDisplay *self);
void             gh_console_display_set_name             (GhConsoleDisplay *self,
                                                          const char       *name);
void             gh_console_display_set_resize_guest     (GhConsoleDisplay *self,
                                                          gboolean          resize_guest);
gboolean         gh_console_display_get_resize_guest     (GhConsoleDisplay *self);
gboolean         gh_console_display_get_keyboard_captured (GhConsoleDisplay *self);
gboolean         gh_console_display_get_pointer_captured (GhConsoleDisplay *self);
void             gh_console_display_release              (GhConsoleDisplay *self);
gboolean         gh_console_display_has_picture          (GhConsoleDisplay *self);
GdkTexture      *gh_console_display_dup_texture          (GhConsoleDisplay *self);

G_END_DECLS
