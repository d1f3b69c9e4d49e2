/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

#define COLUMN_GAP 3

/* What goes to standard output, as it is. */
void
cli_out (const char *format,
         ...)
{
  va_list arguments;

  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
}

/* What is said to a person beside the result: on standard error, a line. */
void
cli_say (const char *format,
         ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "%s\n", text);
}

/* Writes to standard output and says whether that went well, for what is saved to a file. */
gboolean
cli_write (const char  *text,
           gsize        length,
           GError     **error)
{
  int saved_errno;

  if (fwrite (text, 1, length, stdout) == length && fflush (stdout) == 0)
    return TRUE;

  saved_errno = errno;
  g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, _("Standard output cannot be written: %s"),
               g_strerror (saved_errno));

  return FALSE;
}

/* Nearly all texts are: names, states, numbers. */
static gboolean
is_printable_ascii (const char *text)
{
  while (g_ascii_isprint (*text))
    text++;

  return *text == '\0';
}

/**
 * cli_dup_safe:
 *
 * Returns: (transfer full): @text on one line, without what a terminal would obey
 */
char *
cli_dup_safe (const char *text)
{
  g_autofree char *valid = NULL;
  GString *safe;

  if (is_printable_ascii (text))
    return g_strdup (text);

  valid = g_utf8_make_valid (text, -1);
  safe = g_string_new (NULL);
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '\n' || c == '\t')
        g_string_append_c (safe, ' ');
      else
        g_string_append_unichar (safe, g_unichar_iscntrl (c) ? 0xfffd : c);
    }

  return g_string_free (safe, FALSE);
}

/* ---- tables ---- */

struct _CliTable
{
  guint      n_columns;
  GPtrArray *cells;    /* char*, row by row */
};

CliTable *
cli_table_new (guint n_columns)
{
  CliTable *self = g_new (CliTable, 1);

  self->n_columns = n_columns;
  self->cells = g_ptr_array_new_with_free_func (g_free);

  return self;
}

void
cli_table_free (CliTable *self)
{
  g_ptr_array_unref (self->cells);
  g_free (self);
}

void
cli_table_add (CliTable *self,
               ...)
{
  va_list cells;

  va_start (cells, self);
  for (guint i = 0; i < self->n_columns; i++)
    g_ptr_array_add (self->cells, cli_dup_safe (va_arg (cells, const char *)));
  va_end (cells);
}

/* How many columns of a terminal a text takes. */
static guint
text_width (const char *text)
{
  guint width = 0;

  if (is_printable_ascii (text))
    return strlen (text);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!g_unichar_iszerowidth (c))
        width += g_unichar_iswide (c) ? 2 : 1;
    }

  return width;
}

void
cli_table_print (CliTable *self,
                 gboolean  with_heading)
{
  g_autofree guint *widths = g_new0 (guint, self->n_columns);
  guint first = with_heading ? 0 : self->n_columns;
  guint total = 0;

  for (guint i = first; i < self->cells->len; i++)
    {
      guint *width = &widths[i % self->n_columns];

      *width = MAX (*width, text_width (g_ptr_array_index (self->cells, i)));
    }
  for (guint i = 0; i < self->n_columns; i++)
    total += widths[i] + COLUMN_GAP;

  for (guint i = first; i < self->cells->len; i++)
    {
      const char *cell = g_ptr_array_index (self->cells, i);
      guint column = i % self->n_columns;

      if (column + 1 < self->n_columns)
        {
          printf (" %s%*s", cell, (int) (widths[column] - text_width (cell) + COLUMN_GAP - 1), "");
          continue;
        }

      printf (" %s\n", cell);
      if (i + 1 == self->n_columns)
        {
          for (guint dash = 0; dash < total; dash++)
            putchar ('-');
          putchar ('\n');
        }
    }
}

/* "Label:   value", as virsh writes it. */
void
cli_field (const char *label,
           const char *format,
           ...)
{
  g_autofree char *text = NULL;
  g_autofree char *safe = NULL;
  guint width = text_width (label) + 1;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  safe = cli_dup_safe (text);
  printf ("%s:%*s%s\n", label, width < 15 ? (int) (16 - width) : 1, "", safe);
}

/* ---- JSON ---- */

void
cli_json_text (JsonBuilder *json,
               const char  *key,
               const char  *value)
{
  json_builder_set_member_name (json, key);
  json_builder_add_string_value (json, value);
}

void
cli_json_number (JsonBuilder *json,
                 const char  *key,
                 gint64       value)
{
  json_builder_set_member_name (json, key);
  json_builder_add_int_value (json, value);
}

void
cli_json_bool (JsonBuilder *json,
               const char  *key,
               gboolean     value)
{
  json_builder_set_member_name (json, key);
  json_builder_add_boolean_value (json, value);
}

/* Whatever the core sends: texts, lists of texts, numbers, truth. */
void
cli_json_value (JsonBuilder *json,
                const char  *key,
                GVariant    *value)
{
  json_builder_set_member_name (json, key);
  json_builder_add_value (json, json_gvariant_serialize (value));
}

void
cli_json_flags (JsonBuilder *json,
                guint        flags)
{
  cli_json_bool (json, "persistent", (flags & CLI_FLAG_PERSISTENT) != 0);
  cli_json_bool (json, "autostart", (flags & CLI_FLAG_AUTOSTART) != 0);
  cli_json_bool (json, "saved_state", (flags & CLI_FLAG_SAVED) != 0);
  cli_json_bool (json, "changes_pending", (flags & CLI_FLAG_PENDING) != 0);
  cli_json_bool (json, "installing", (flags & CLI_FLAG_INSTALLING) != 0);
  cli_json_bool (json, "broken", (flags & CLI_FLAG_BROKEN) != 0);
}

void
cli_json_print (JsonBuilder *json)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autofree char *text = NULL;

  json_generator_set_pretty (generator, TRUE);
  json_generator_set_root (generator, root);
  text = json_generator_to_data (generator, NULL);
  printf ("%s\n", text);
}

/* ---- words ---- */

typedef struct
{
  const char *name;
  const char *word;
} Word;

static const char *
find_word (const Word *words,
           gsize       n_words,
           const char *name)
{
  for (gsize i = 0; i < n_words; i++)
    if (g_str_equal (words[i].name, name))
      return _(words[i].word);

  return name;
}

/**
 * cli_state_word:
 * @state: Machine.State
 *
 * Returns: virsh's word for it, where virsh has one, translated
 */
const char *
cli_state_word (const char *state)
{
  static const Word words[] = {
    { "off", N_("shut off") },
    { "starting", N_("starting") },
    { "running", N_("running") },
    { "paused", N_("paused") },
    { "shutting-down", N_("in shutdown") },
    { "crashed", N_("crashed") },
    { "suspended", N_("pmsuspended") },
    { "unresponsive", N_("unresponsive") },
    { "broken", N_("broken") },
  };

  return find_word (words, G_N_ELEMENTS (words), state);
}

/**
 * cli_reason_word:
 * @reason: Machine.Reason
 *
 * Returns: virsh's word for it, where virsh has one, translated
 */
const char *
cli_reason_word (const char *state,
                 const char *reason)
{
  static const Word words[] = {
    { "", N_("unknown") },
    { "none", N_("unknown") },
    { "unknown", N_("unknown") },
    { "shutdown", N_("shutdown") },
    { "power-off", N_("destroyed") },
    { "killed", N_("killed") },
    { "failed", N_("failed") },
    { "user", N_("user") },
    { "io-error", N_("I/O error") },
    { "no-space", N_("no space left") },
    { "panicked", N_("panicked") },
    { "installed", N_("installed") },
  };

  if (g_str_equal (state, "running") && *reason == '\0')
    return _("booted");

  return find_word (words, G_N_ELEMENTS (words), reason);
}
