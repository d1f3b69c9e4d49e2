/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"

#include <glib/gi18n.h>

/* What one machine is and does. */

static gboolean show_reason;

static const GOptionEntry state_entries[] = {
  { "reason", 0, 0, G_OPTION_ARG_NONE, &show_reason, N_("Say why as well"), NULL },
  G_OPTION_ENTRY_NULL
};

/* Returns: (transfer full) (nullable): all properties of the machine that is named first */
static GVariant *
get_machine (Cli     *cli,
             GError **error)
{
  g_autofree char *path = cli_find_machine (cli, cli->args[0], error);

  return path != NULL ? cli_get_all (cli, path, CLI_MACHINE, error) : NULL;
}

static void
add_json (JsonBuilder *json,
          GVariant    *values)
{
  g_autoptr (GVariant) displays = g_variant_lookup_value (values, "Displays", NULL);
  g_autoptr (GVariant) consoles = g_variant_lookup_value (values, "Consoles", NULL);

  json_builder_begin_object (json);
  cli_json_text (json, "name", cli_text (values, "Name"));
  cli_json_text (json, "uuid", cli_text (values, "Uuid"));
  cli_json_text (json, "title", cli_text (values, "Title"));
  cli_json_text (json, "state", cli_text (values, "State"));
  cli_json_text (json, "reason", cli_text (values, "Reason"));
  cli_json_number (json, "state_since", cli_number (values, "StateSince"));
  cli_json_number (json, "generation", cli_number (values, "Generation"));
  cli_json_number (json, "memory_mib", cli_number (values, "MemoryMib"));
  cli_json_number (json, "vcpus", cli_number (values, "Vcpus"));
  cli_json_flags (json, cli_number (values, "Flags"));
  cli_json_number (json, "pid", cli_number (values, "Pid"));
  cli_json_text (json, "accelerator", cli_text (values, "Accelerator"));
  cli_json_text (json, "accelerator_reason", cli_text (values, "AcceleratorReason"));
  cli_json_text (json, "problem", cli_text (values, "Problem"));
  if (displays != NULL)
    cli_json_value (json, "displays", displays);
  if (consoles != NULL)
    cli_json_value (json, "consoles", consoles);
  json_builder_end_object (json);
}

static void
print_info (GVariant *values)
{
  guint pid = cli_number (values, "Pid");
  guint flags = cli_number (values, "Flags");
  const char *title = cli_text (values, "Title");
  const char *accelerator = cli_text (values, "Accelerator");
  const char *problem = cli_text (values, "Problem");

  if (pid != 0)
    cli_field (_("Id"), "%u", pid);
  else
    cli_field (_("Id"), "-");
  cli_field (_("Name"), "%s", cli_text (values, "Name"));
  cli_field (_("UUID"), "%s", cli_text (values, "Uuid"));
  if (*title != '\0')
    cli_field (_("Title"), "%s", title);
  cli_field (_("State"), "%s", cli_state_word (cli_text (values, "State")));
  cli_field (_("CPU(s)"), "%" G_GUINT64_FORMAT, cli_number (values, "Vcpus"));
  cli_field (_("Max memory"), "%" G_GUINT64_FORMAT " KiB", cli_number (values, "MemoryMib") * 1024);
  cli_field (_("Persistent"), "%s", flags & CLI_FLAG_PERSISTENT ? _("yes") : _("no"));
  cli_field (_("Autostart"), "%s", flags & CLI_FLAG_AUTOSTART ? _("enable") : _("disable"));
  cli_field (_("Managed save"), "%s", flags & CLI_FLAG_SAVED ? _("yes") : _("no"));
  cli_field (_("Installing"), "%s", flags & CLI_FLAG_INSTALLING ? _("yes") : _("no"));
  if (*accelerator != '\0')
    cli_field (_("Accelerator"), "%s", accelerator);
  if (*cli_text (values, "AcceleratorReason") != '\0')
    cli_field (_("Because"), "%s", cli_text (values, "AcceleratorReason"));
  if (flags & CLI_FLAG_PENDING)
    cli_field (_("Pending"), "%s", _("changes wait for the next full start"));
  if (*problem != '\0')
    cli_field (_("Problem"), "%s", problem);
}

static int
info_run (Cli     *cli,
          GError **error)
{
  g_autoptr (GVariant) values = get_machine (cli, error);

  if (values == NULL)
    return CLI_EXIT_FAILED;

  if (cli->is_json)
    {
      g_autoptr (JsonBuilder) json = json_builder_new ();

      add_json (json, values);
      cli_json_print (json);
    }
  else
    {
      print_info (values);
    }

  return CLI_EXIT_OK;
}

static int
state_run (Cli     *cli,
           GError **error)
{
  g_autoptr (GVariant) values = get_machine (cli, error);
  const char *state, *reason;

  if (values == NULL)
    return CLI_EXIT_FAILED;

  state = cli_text (values, "State");
  reason = cli_text (values, "Reason");
  if (cli->is_json)
    {
      g_autoptr (JsonBuilder) json = json_builder_new ();

      json_builder_begin_object (json);
      cli_json_text (json, "state", state);
      cli_json_text (json, "reason", reason);
      cli_json_number (json, "state_since", cli_number (values, "StateSince"));
      json_builder_end_object (json);
      cli_json_print (json);
    }
  else if (show_reason)
    {
      cli_out ("%s (%s)\n", cli_state_word (state), cli_reason_word (state, reason));
    }
  else
    {
      cli_out ("%s\n", cli_state_word (state));
    }

  return CLI_EXIT_OK;
}

static int
id_run (Cli     *cli,
        GError **error)
{
  g_autoptr (GVariant) values = get_machine (cli, error);
  guint pid;

  if (values == NULL)
    return CLI_EXIT_FAILED;

  pid = cli_number (values, "Pid");
  if (pid != 0)
    cli_out ("%u\n", pid);
  else
    cli_out ("-\n");

  return CLI_EXIT_OK;
}

static int
uuid_run (Cli     *cli,
          GError **error)
{
  g_autoptr (GVariant) values = get_machine (cli, error);

  if (values == NULL)
    return CLI_EXIT_FAILED;

  cli_out ("%s\n", cli_text (values, "Uuid"));

  return CLI_EXIT_OK;
}

static int
name_run (Cli     *cli,
          GError **error)
{
  g_autoptr (GVariant) values = get_machine (cli, error);

  if (values == NULL)
    return CLI_EXIT_FAILED;

  cli_out ("%s\n", cli_text (values, "Name"));

  return CLI_EXIT_OK;
}

/* QEMU's words are the guest's makers', and may hold anything. */
static int
log_run (Cli     *cli,
         GError **error)
{
  g_autofree char *path = cli_find_machine (cli, cli->args[0], error);
  g_autoptr (GVariant) reply = NULL;
  g_auto (GStrv) lines = NULL;
  const char *text;

  if (path == NULL)
    return CLI_EXIT_FAILED;
  reply = cli_call (cli, path, CLI_MACHINE, "GetLog", NULL, error);
  if (reply == NULL)
    return CLI_EXIT_FAILED;

  g_variant_get (reply, "(&s)", &text);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *line = cli_dup_safe (lines[i]);

      if (*line != '\0' || lines[i + 1] != NULL)
        cli_out ("%s\n", line);
    }

  return CLI_EXIT_OK;
}

const CliCommand cli_info_commands[] = {
  { .name = "dominfo", .alias = "info", .arguments = "MACHINE",
    .summary = N_("Tell what a machine is and does"), .flags = CLI_COMMAND_QUERY, .run = info_run },
  { .name = "domstate", .arguments = "MACHINE", .summary = N_("Tell the state of a machine"),
    .flags = CLI_COMMAND_QUERY, .options = state_entries, .run = state_run },
  { .name = "domid", .arguments = "MACHINE", .summary = N_("Tell the process id of a machine's QEMU"),
    .run = id_run },
  { .name = "domuuid", .arguments = "MACHINE", .summary = N_("Tell the UUID of a machine"),
    .run = uuid_run },
  { .name = "domname", .arguments = "MACHINE", .summary = N_("Tell the name of a machine"),
    .run = name_run },
  { .name = "log", .arguments = "MACHINE", .summary = N_("Print what QEMU said last"), .run = log_run },
  { .name = NULL },
};
