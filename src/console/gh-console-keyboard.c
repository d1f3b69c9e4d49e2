/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include "gh-console-keyboard.h"

#include "gh-console-keymap.h"

static gboolean
is_down (GhConsoleKeyboard *self,
         guint              qnum)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->qnum_of_keycode); i++)
    if (self->qnum_of_keycode[i] == qnum)
      return TRUE;

  return FALSE;
}

static gboolean
is_chord_key (guint qnum)
{
  return qnum == GH_CONSOLE_QNUM_LEFT_CTRL || qnum == GH_CONSOLE_QNUM_LEFT_ALT;
}

/* Left Ctrl and left Alt and nothing else. */
static gboolean
is_chord (GhConsoleKeyboard *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->qnum_of_keycode); i++)
    if (self->qnum_of_keycode[i] != 0 && !is_chord_key (self->qnum_of_keycode[i]))
      return FALSE;

  return is_down (self, GH_CONSOLE_QNUM_LEFT_CTRL) && is_down (self, GH_CONSOLE_QNUM_LEFT_ALT);
}

/**
 * gh_console_keyboard_press: (skip)
 * @self: what is down
 * @source: (nullable): the guest
 * @keycode: hardware key code
 *
 * Repeats are passed on: guests with a PS/2 keyboard do not repeat by themselves.
 *
 * Returns: whether the guest knows this key
 */
gboolean
gh_console_keyboard_press (GhConsoleKeyboard *self,
                           GhConsoleSource   *source,
                           guint              keycode)
{
  guint qnum = gh_console_keymap_from_hardware (keycode);

  self->is_chord_armed = FALSE;
  if (qnum == 0 || keycode >= G_N_ELEMENTS (self->qnum_of_keycode))
    return FALSE;

  self->qnum_of_keycode[keycode] = (guint8) qnum;
  self->is_chord_armed = is_chord (self);
  if (source != NULL)
    gh_console_source_send_key (source, qnum, TRUE);

  return TRUE;
}

/**
 * gh_console_keyboard_release: (skip)
 * @self: what is down
 * @source: (nullable): the guest
 * @keycode: hardware key code
 *
 * Returns: whether this ended the release chord: left Ctrl and left Alt down and up again with no
 *   other key meanwhile
 */
gboolean
gh_console_keyboard_release (GhConsoleKeyboard *self,
                             GhConsoleSource   *source,
                             guint              keycode)
{
  gboolean is_chord_end;
  guint qnum;

  if (keycode >= G_N_ELEMENTS (self->qnum_of_keycode) || self->qnum_of_keycode[keycode] == 0)
    return FALSE;

  qnum = self->qnum_of_keycode[keycode];
  self->qnum_of_keycode[keycode] = 0;
  if (source != NULL)
    gh_console_source_send_key (source, qnum, FALSE);

  is_chord_end = self->is_chord_armed && is_chord_key (qnum);
  self->is_chord_armed = FALSE;

  return is_chord_end;
}

/**
 * gh_console_keyboard_release_all: (skip)
 * @self: what is down
 * @source: (nullable): the guest
 *
 * So that no key stays down in the guest when its release goes elsewhere.
 */
void
gh_console_keyboard_release_all (GhConsoleKeyboard *self,
                                 GhConsoleSource   *source)
{
  self->is_chord_armed = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (self->qnum_of_keycode); i++)
    {
      if (self->qnum_of_keycode[i] != 0 && source != NULL)
        gh_console_source_send_key (source, self->qnum_of_keycode[i], FALSE);
      self->qnum_of_keycode[i] = 0;
    }
}
