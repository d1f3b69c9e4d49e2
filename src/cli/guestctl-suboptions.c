/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"
#include "guestctl-suboptions.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#define SECTOR_BYTES 512

typedef struct
{
  char     *key;       /* %NULL for a word alone */
  char     *value;
  gboolean  is_taken;
} Item;

struct _CliSuboptions
{
  char      *option;
  GPtrArray *items;
};

static void
item_free (gpointer data)
{
  Item *item = data;

  g_free (item->key);
  g_free (item->value);
  g_free (item);
}

void
cli_suboptions_free (CliSuboptions *self)
{
  g_ptr_array_unref (self->items);
  g_free (self->option);
  g_free (self);
}

/* Up to the next single comma; @end is left behind it, or %NULL at the end of the text. */
static char *
next_piece (const char  *text,
            const char **end)
{
  GString *piece = g_string_new (NULL);

  for (; *text != '\0'; text++)
    {
      if (*text == ',' && text[1] != ',')
        {
          *end = text + 1;
          return g_string_free (piece, FALSE);
        }
      if (*text == ',')
        text++;
      g_string_append_c (piece, *text);
    }
  *end = NULL;

  return g_string_free (piece, FALSE);
}

static gboolean
add_piece (CliSuboptions  *self,
           const char     *piece,
           const char     *first_key,
           GError        **error)
{
  const char *equals = strchr (piece, '=');
  gboolean is_first = self->items->len == 0;
  Item *item;

  if (*piece == '\0')
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE, _("“--%s”: a part between commas is empty."),
                   self->option);
      return FALSE;
    }

  item = g_new0 (Item, 1);
  /* A first part that begins with "/" is a path, whatever is in it. */
  if (is_first && first_key != NULL && (equals == NULL || *piece == '/'))
    {
      item->key = g_strdup (first_key);
      item->value = g_strdup (piece);
    }
  else if (equals != NULL)
    {
      item->key = g_strndup (piece, equals - piece);
      item->value = g_strdup (equals + 1);
    }
  else
    {
      item->value = g_strdup (piece);
    }

  for (guint i = 0; item->key != NULL && i < self->items->len; i++)
    {
      const Item *other = g_ptr_array_index (self->items, i);

      if (g_strcmp0 (other->key, item->key) == 0)
        {
          g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE, _("“--%s”: “%s” is given twice."),
                       self->option, item->key);
          item_free (item);
          return FALSE;
        }
    }
  g_ptr_array_add (self->items, item);

  return TRUE;
}

/**
 * cli_suboptions_parse:
 * @option: the option's name, for messages
 * @first_key: (nullable): what a first part without "=" is
 */
CliSuboptions *
cli_suboptions_parse (const char  *option,
                      const char  *text,
                      const char  *first_key,
                      GError     **error)
{
  g_autoptr (CliSuboptions) self = g_new0 (CliSuboptions, 1);

  self->option = g_strdup (option);
  self->items = g_ptr_array_new_with_free_func (item_free);

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE, _("The value of “--%s” is not valid UTF-8."),
                   option);
      return NULL;
    }

  for (const char *rest = text; rest != NULL;)
    {
      g_autofree char *piece = next_piece (rest, &rest);

      if (!add_piece (self, piece, first_key, error))
        return NULL;
    }

  return g_steal_pointer (&self);
}

/* Returns: (transfer none) (nullable): what was given for @key */
const char *
cli_suboptions_take (CliSuboptions *self,
                     const char    *key)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      Item *item = g_ptr_array_index (self->items, i);

      if (g_strcmp0 (item->key, key) == 0)
        {
          item->is_taken = TRUE;
          return item->value;
        }
    }

  return NULL;
}

/* @value keeps what it is if nothing was given. */
gboolean
cli_suboptions_take_switch (CliSuboptions  *self,
                            const char     *key,
                            gboolean       *value,
                            GError        **error)
{
  const char *text = cli_suboptions_take (self, key);

  if (text == NULL)
    return TRUE;

  *value = g_str_equal (text, "on") || g_str_equal (text, "yes");
  if (*value || g_str_equal (text, "off") || g_str_equal (text, "no"))
    return TRUE;

  g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE, _("“--%s”: “%s=%s” is not possible; “on” and “off” are."),
               self->option, key, text);
  return FALSE;
}

/* As cli_suboptions_take_switch(). */
gboolean
cli_suboptions_take_number (CliSuboptions  *self,
                            const char     *key,
                            guint64         most,
                            guint64        *value,
                            GError        **error)
{
  const char *text = cli_suboptions_take (self, key);
  g_autofree char *limit = NULL;

  if (text == NULL || g_ascii_string_to_unsigned (text, 10, 0, most, value, NULL))
    return TRUE;

  limit = g_strdup_printf ("%" G_GUINT64_FORMAT, most);
  g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
               _("“--%s”: “%s” is not possible for “%s”; whole numbers up to %s are."), self->option,
               text, key, limit);
  return FALSE;
}

/* Returns: (transfer none) (nullable): the next part without "=" */
const char *
cli_suboptions_take_word (CliSuboptions *self)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      Item *item = g_ptr_array_index (self->items, i);

      if (item->key == NULL && !item->is_taken)
        {
          item->is_taken = TRUE;
          return item->value;
        }
    }

  return NULL;
}

/* Fails on what was given and nobody took. */
gboolean
cli_suboptions_finish (CliSuboptions  *self,
                       GError        **error)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      const Item *item = g_ptr_array_index (self->items, i);

      if (!item->is_taken)
        {
          g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE, _("“--%s”: “%s” is not known here."),
                       self->option, item->key != NULL ? item->key : item->value);
          return FALSE;
        }
    }

  return TRUE;
}

/**
 * cli_parse_gib:
 * @text: a number of GiB, also with a fraction, as virt-install takes it
 *
 * Fails with CLI_ERROR_USAGE; whether the size is possible others judge.
 */
gboolean
cli_parse_gib (const char  *text,
               guint64     *bytes,
               GError     **error)
{
  char *end = NULL;
  double gib = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0' || !isfinite (gib) || gib <= 0 || gib > (double) (1 << 20))
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   _("“%s” is not a size; a number of GiB such as “20” or “0.5” is."), text);
      return FALSE;
    }

  *bytes = (guint64) (gib * (1 << 30)) / SECTOR_BYTES * SECTOR_BYTES;

  return TRUE;
}
