/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"
#include "guestctl-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "vmm-fd.h"

/* Definitions as documents. */

/* The core's limit, and one byte to see that it is passed. */
#define MAX_DOCUMENT_BYTES (2 * 1024 * 1024)

static gboolean wants_inactive;
static gboolean wants_validation;

static const GOptionEntry dumpxml_entries[] = {
  { "inactive", 0, 0, G_OPTION_ARG_NONE, &wants_inactive,
    N_("What is in force at the next full start"), NULL },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry define_entries[] = {
  /* virsh's word for what we do anyway */
  { "validate", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &wants_validation, NULL, NULL },
  G_OPTION_ENTRY_NULL
};

/**
 * cli_read_document:
 * @path: a file, or "-" for standard input
 *
 * Returns: (transfer full): what is in it, UTF-8, as long as the core takes it
 */
char *
cli_read_document (const char  *path,
                   GError     **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autoptr (GString) text = g_string_new (NULL);
  vmm_autofd int opened = -1;
  int fd = STDIN_FILENO;

  if (!g_str_equal (path, "-"))
    {
      fd = opened = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
      if (fd < 0)
        {
          int saved_errno = errno;

          g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, _("The file “%s” cannot be read: %s"), shown,
                       g_strerror (saved_errno));
          return NULL;
        }
    }

  for (;;)
    {
      char buffer[16384];
      gssize n = read (fd, buffer, sizeof buffer);
      int saved_errno = errno;

      if (n < 0 && saved_errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, _("The file “%s” cannot be read: %s"), shown,
                       g_strerror (saved_errno));
          return NULL;
        }
      if (n == 0)
        break;
      g_string_append_len (text, buffer, n);
      if (text->len > MAX_DOCUMENT_BYTES)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                       _("The file “%s” is larger than 2 MiB, the most that a definition may have."),
                       shown);
          return NULL;
        }
    }

  if (memchr (text->str, '\0', text->len) != NULL || !g_utf8_validate (text->str, text->len, NULL))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, _("The file “%s” is not UTF-8 text."), shown);
      return NULL;
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* ---- problems ---- */

static const char *const severities[] = { "note", "warning", "error" };

static const char *
severity_word (guint severity)
{
  switch (severity)
    {
    case 0:
      return _("note");
    case 1:
      return _("warning");
    default:
      return _("error");
    }
}

/**
 * cli_print_problems:
 * @problems: an a(ususss)
 * @has_error: (out): whether one of them is an error
 *
 * Prints them on standard error, one a line: line, severity, what is wrong; under it, indented, where
 * it is and what would work.
 */
void
cli_print_problems (GVariant *problems,
                    gboolean *has_error)
{
  GVariantIter iter;
  guint severity, line;
  const char *xpath, *value, *message, *remedy;

  *has_error = FALSE;
  g_variant_iter_init (&iter, problems);
  while (g_variant_iter_next (&iter, "(u&su&s&s&s)", &severity, &xpath, &line, &value, &message, &remedy))
    {
      g_autofree char *safe = cli_dup_safe (message);
      g_autofree char *place = cli_dup_safe (xpath);
      g_autofree char *advice = cli_dup_safe (remedy);

      if (line != 0)
        /* Translators: a line's number, “error”, and what is wrong */
        cli_say (_("line %u: %s: %s"), line, severity_word (severity), safe);
      else
        cli_say ("%s: %s", severity_word (severity), safe);
      if (*place != '\0')
        /* Translators: %s is an XPath */
        cli_say (_("  at %s"), place);
      if (*advice != '\0')
        cli_say ("  %s", advice);
      if (severity >= 2)
        *has_error = TRUE;
    }
}

static gboolean
print_problems_json (GVariant *problems)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  GVariantIter iter;
  guint severity, line;
  const char *xpath, *value, *message, *remedy;
  gboolean has_error = FALSE;

  json_builder_begin_array (json);
  g_variant_iter_init (&iter, problems);
  while (g_variant_iter_next (&iter, "(u&su&s&s&s)", &severity, &xpath, &line, &value, &message, &remedy))
    {
      json_builder_begin_object (json);
      cli_json_text (json, "severity", severities[MIN (severity, 2)]);
      cli_json_text (json, "xpath", xpath);
      cli_json_number (json, "line", line);
      cli_json_text (json, "value", value);
      cli_json_text (json, "message", message);
      cli_json_text (json, "remedy", remedy);
      json_builder_end_object (json);
      if (severity >= 2)
        has_error = TRUE;
    }
  json_builder_end_array (json);
  cli_json_print (json);

  return has_error;
}

static int
validate_run (Cli     *cli,
              GError **error)
{
  g_autofree char *xml = cli_read_document (cli->args[0], error);
  g_autofree char *shown = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) problems = NULL;
  gboolean has_error;

  if (xml == NULL)
    return CLI_EXIT_FAILED;
  reply = cli_manager (cli, "Validate", g_variant_new ("(s@a{sv})", xml, g_variant_new ("a{sv}", NULL)),
                       error);
  if (reply == NULL)
    return CLI_EXIT_FAILED;

  problems = g_variant_get_child_value (reply, 0);
  if (cli->is_json)
    has_error = print_problems_json (problems);
  else
    cli_print_problems (problems, &has_error);
  if (has_error)
    return CLI_EXIT_FAILED;

  shown = g_filename_display_name (cli->args[0]);
  if (!cli->is_json && !cli->is_quiet)
    cli_out (_("“%s” is a valid definition\n"), shown);

  return CLI_EXIT_OK;
}

static int
define_run (Cli     *cli,
            GError **error)
{
  g_autofree char *xml = cli_read_document (cli->args[0], error);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) values = NULL;
  g_autofree char *safe = NULL;
  const char *path;

  if (xml == NULL)
    return CLI_EXIT_FAILED;
  reply = cli_manager (cli, "Define", g_variant_new ("(s@a{sv})", xml, g_variant_new ("a{sv}", NULL)),
                       error);
  if (reply == NULL)
    return CLI_EXIT_FAILED;
  if (cli->is_quiet)
    return CLI_EXIT_OK;

  g_variant_get (reply, "(&o)", &path);
  values = cli_get_all (cli, path, CLI_MACHINE, error);
  if (values == NULL)
    return CLI_EXIT_FAILED;
  safe = cli_dup_safe (cli_text (values, "Name"));
  cli_out (_("Machine “%s” is defined\n"), safe);

  return CLI_EXIT_OK;
}

static int
dumpxml_run (Cli     *cli,
             GError **error)
{
  g_autofree char *path = cli_find_machine (cli, cli->args[0], error);
  g_autoptr (GVariant) reply = NULL;
  GVariantDict dict;
  const char *xml;
  gsize length;

  if (path == NULL)
    return CLI_EXIT_FAILED;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "inactive", "b", wants_inactive);
  reply = cli_call (cli, path, CLI_MACHINE, "GetXml",
                    g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)), error);
  if (reply == NULL)
    return CLI_EXIT_FAILED;

  g_variant_get (reply, "(&st)", &xml, NULL);
  length = strlen (xml);
  if (!cli_write (xml, length, error))
    return CLI_EXIT_FAILED;
  if (length > 0 && xml[length - 1] != '\n' && !cli_write ("\n", 1, error))
    return CLI_EXIT_FAILED;

  return CLI_EXIT_OK;
}

const CliCommand cli_define_commands[] = {
  { .name = "define", .arguments = "FILE",
    .summary = N_("Make or change a machine from a definition"),
    .options = define_entries, .run = define_run },
  { .name = "validate", .arguments = "FILE", .summary = N_("Tell everything that is wrong with a definition"),
    .flags = CLI_COMMAND_QUERY, .run = validate_run },
  { .name = "dumpxml", .arguments = "MACHINE", .summary = N_("Print the definition of a machine"),
    .options = dumpxml_entries, .run = dumpxml_run },
  { .name = NULL },
};
