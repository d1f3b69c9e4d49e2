/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-console-source.h"

G_BEGIN_DECLS

typedef struct
{
  guint8   qnum_of_keycode[256];  /* of keys that are down; 0: up */
  gboolean is_chord_armed;
} GhConsoleKeyboard;

gboolean gh_console_keyboard_press       (GhConsoleKeyboard *self,
                                          GhConsoleSource   *source,
                                          guint              keycode);
gboolean gh_console_keyboard_release     (GhConsoleKeyboard *self,
                                          GhConsoleSource   *source,
                                          guint              keycode);
void     gh_console_keyboard_release_all (GhConsoleKeyboard *self,
                                          GhConsoleSource   *source);

G_END_DECLS
