/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-console-display.h"
#include "gh-console-keyboard.h"
#include "gh-console-painter.h"
#include "gh-console-pointer-lock.h"
#include "gh-console-resizer.h"

G_BEGIN_DECLS

struct _GhConsoleDisplay
{
  GtkWidget             parent_instance;

  char                 *name;
  GhConsoleSource      *source;
  GhConsolePainter     *painter;
  GhConsoleResizer     *resizer;
  GhConsolePlace        place;
  GdkTexture           *cursor_texture;
  GtkWidget            *chip;
  guint                 chip_timeout;
  guint                 sharpen_timeout;
  gboolean              resize_guest;

  /* Input */
  GtkRoot              *key_root;          /* has key_controller */
  GtkEventController   *key_controller;
  GdkSurface           *inhibited;         /* asked to let system shortcuts through */
  gulong                active_id;
  GhConsoleKeyboard     keyboard;
  GhConsolePointerLock *lock;
  gboolean              keyboard_captured;
  gboolean              pointer_captured;
  gboolean              is_capture_click;  /* this click only takes the pointer */
  guint                 buttons;           /* down in the guest, a bit each */
  double                last_x;
  double                last_y;
  double                rest_x;            /* parts of a count that wait for the next motion */
  double                rest_y;
  double                wheel_x;
  double                wheel_y;
};

void gh_console_display_input_init    (GhConsoleDisplay *self);
void gh_console_display_input_root    (GhConsoleDisplay *self);
void gh_console_display_input_unroot  (GhConsoleDisplay *self);
void gh_console_display_input_release (GhConsoleDisplay *self);
void gh_console_display_update_cursor (GhConsoleDisplay *self);
void gh_console_display_captures_changed (GhConsoleDisplay *self);

G_END_DECLS
