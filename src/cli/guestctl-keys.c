/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl-keys.h"

typedef struct
{
  const char *linux_name;  /* of linux/input-event-codes.h, without KEY_, in lower case */
  const char *qemu_name;   /* of QEMU's QKeyCode */
} Key;

/* Where the two call a key by different names; all others are the same in lower case. */
static const Key keys[] = {
  { "102nd", "less" },
  { "calc", "calculator" },
  { "capslock", "caps_lock" },
  { "compose", "menu" },
  { "enter", "ret" },
  { "grave", "grave_accent" },
  { "katakanahiragana", "hiragana" },
  { "kp0", "kp_0" },
  { "kp1", "kp_1" },
  { "kp2", "kp_2" },
  { "kp3", "kp_3" },
  { "kp4", "kp_4" },
  { "kp5", "kp_5" },
  { "kp6", "kp_6" },
  { "kp7", "kp_7" },
  { "kp8", "kp_8" },
  { "kp9", "kp_9" },
  { "kpasterisk", "kp_multiply" },
  { "kpcomma", "kp_comma" },
  { "kpdot", "kp_decimal" },
  { "kpenter", "kp_enter" },
  { "kpequal", "kp_equals" },
  { "kpminus", "kp_subtract" },
  { "kpplus", "kp_add" },
  { "kpslash", "kp_divide" },
  { "leftalt", "alt" },
  { "leftbrace", "bracket_left" },
  { "leftctrl", "ctrl" },
  { "leftmeta", "meta_l" },
  { "leftshift", "shift" },
  { "mute", "audiomute" },
  { "nextsong", "audionext" },
  { "numlock", "num_lock" },
  { "pagedown", "pgdn" },
  { "pageup", "pgup" },
  { "playpause", "audioplay" },
  { "previoussong", "audioprev" },
  { "rightalt", "alt_r" },
  { "rightbrace", "bracket_right" },
  { "rightctrl", "ctrl_r" },
  { "rightmeta", "meta_r" },
  { "rightshift", "shift_r" },
  { "scrolllock", "scroll_lock" },
  { "space", "spc" },
  { "stopcd", "audiostop" },
};

/**
 * cli_key_to_qemu:
 * @key: Linux's name, such as "KEY_LEFTCTRL", or QEMU's, such as "ctrl"
 *
 * Returns: (transfer full): QEMU's name; whether there is such a key QEMU knows
 */
char *
cli_key_to_qemu (const char *key)
{
  g_autofree char *lower = g_ascii_strdown (key, -1);

  if (!g_str_has_prefix (lower, "key_"))
    return g_steal_pointer (&lower);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].linux_name, lower + 4))
      return g_strdup (keys[i].qemu_name);

  return g_strdup (lower + 4);
}
