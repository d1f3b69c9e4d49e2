/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-number.h"

#include <string.h>

/**
 * vmm_number_parse:
 * @text: (nullable): a whole number, decimal or hexadecimal with "0x"; blanks around it are allowed
 *
 * Returns: whether it is one that fits
 */
gboolean
vmm_number_parse (const char *text,
                  guint64    *number)
{
  g_autofree char *trimmed = NULL;

  if (text == NULL)
    return FALSE;

  trimmed = g_strstrip (g_strdup (text));

  if (g_str_has_prefix (trimmed, "0x") || g_str_has_prefix (trimmed, "0X"))
    return g_ascii_string_to_unsigned (trimmed + 2, 16, 0, G_MAXUINT64, number, NULL);

  return g_ascii_string_to_unsigned (trimmed, 10, 0, G_MAXUINT64, number, NULL);
}

/**
 * vmm_number_parse_size:
 * @text: (nullable): a whole number
 * @unit: (nullable): "b", "bytes", "KB", "k", "KiB", "MB", … "EiB"
 * @default_unit: bytes per unit if @unit is %NULL
 *
 * Returns: whether it is a size that fits into 64 bits
 */
gboolean
vmm_number_parse_size (const char *text,
                       const char *unit,
                       guint64     default_unit,
                       guint64    *bytes)
{
  static const char powers[] = "kmgtpe";
  guint64 factor = default_unit;
  guint64 number;

  if (!vmm_number_parse (text, &number))
    return FALSE;

  if (unit != NULL && (g_ascii_strcasecmp (unit, "b") == 0 || g_ascii_strcasecmp (unit, "byte") == 0 ||
                       g_ascii_strcasecmp (unit, "bytes") == 0))
    {
      factor = 1;
    }
  else if (unit != NULL)
    {
      const char *power = unit[0] != '\0' ? strchr (powers, g_ascii_tolower (unit[0])) : NULL;
      guint64 base;

      if (power == NULL)
        return FALSE;

      if (unit[1] == '\0' || g_ascii_strcasecmp (unit + 1, "ib") == 0)
        base = 1024;
      else if (g_ascii_strcasecmp (unit + 1, "b") == 0)
        base = 1000;
      else
        return FALSE;

      factor = base;

      for (const char *p = powers; p < power; p++)
        factor *= base;
    }

  return g_uint64_checked_mul (bytes, number, factor);
}
