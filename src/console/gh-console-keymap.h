/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define GH_CONSOLE_QNUM_LEFT_CTRL 0x1d
#define GH_CONSOLE_QNUM_LEFT_ALT 0x38

guint gh_console_keymap_from_hardware (guint keycode);

G_END_DECLS
