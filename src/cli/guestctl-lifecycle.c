/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"
#include "guestctl-console.h"

#include <string.h>

#include <glib/gi18n.h>

/* From start to the end of a run. */

static struct
{
  gboolean  paused;
  gboolean  console;
  gboolean  wait;
  gint64    timeout_s;
  gboolean  nvram;
} options;

static gboolean
mode_cb (const char  *name,
         const char  *value,
         gpointer     data,
         GError     **error)
{
  if (g_str_equal (value, "acpi"))
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _("The mode “%s” is not possible; “acpi” is"), value);
  return FALSE;
}

static const GOptionEntry start_entries[] = {
  { "paused", 0, 0, G_OPTION_ARG_NONE, &options.paused, N_("Do not let it run yet"), NULL },
  { "console", 0, 0, G_OPTION_ARG_NONE, &options.console, N_("Go to its serial console"), NULL },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry shutdown_entries[] = {
  { "wait", 0, 0, G_OPTION_ARG_NONE, &options.wait, N_("Wait until it is off"), NULL },
  { "timeout", 0, 0, G_OPTION_ARG_INT64, &options.timeout_s,
    N_("Wait as long at most, then end with status 5"), N_("SECONDS") },
  { "mode", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_CALLBACK, (gpointer) mode_cb, NULL, NULL },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry reboot_entries[] = {
  { "mode", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_CALLBACK, (gpointer) mode_cb, NULL, NULL },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry undefine_entries[] = {
  /* virsh's word for what we do anyway */
  { "nvram", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options.nvram, NULL, NULL },
  G_OPTION_ENTRY_NULL
};

/* @done: a translated sentence with %s for the machine's name */
static void
say_done (Cli        *cli,
          const char *done,
          const char *name)
{
  g_autofree char *safe = cli_dup_safe (name);
  g_autoptr (GString) text = g_string_new (done);

  if (cli->is_quiet)
    return;

  g_string_replace (text, "%s", safe, 1);
  cli_out ("%s\n", text->str);
}

/* Calls a method of the machine that is named first, and waits for the job that it gives. */
static int
act (Cli        *cli,
     const char *method,
     GVariant   *parameters,
     gboolean    gives_job,
     const char *done,
     GError    **error)
{
  g_autoptr (GVariant) sunk = parameters != NULL ? g_variant_ref_sink (parameters) : NULL;
  g_autofree char *path = cli_find_machine (cli, cli->args[0], error);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) result = NULL;
  const char *job;

  if (path == NULL)
    return CLI_EXIT_FAILED;
  reply = cli_call (cli, path, CLI_MACHINE, method, sunk, error);
  if (reply == NULL)
    return CLI_EXIT_FAILED;

  if (gives_job)
    {
      g_variant_get (reply, "(&o)", &job);
      result = cli_wait_job (cli, job, error);
      if (result == NULL)
        return CLI_EXIT_FAILED;
    }
  say_done (cli, done, cli->args[0]);

  return CLI_EXIT_OK;
}

static int
start_run (Cli     *cli,
           GError **error)
{
  GVariantDict dict;
  int status;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "paused", "b", options.paused);
  status = act (cli, "Start", g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)), TRUE,
                _("Machine “%s” started"), error);
  if (status != CLI_EXIT_OK || !options.console)
    return status;

  return cli_console (cli, cli->args[0], NULL, CLI_CONSOLE_NONE, error);
}

static gboolean
is_off (GVariant  *values,
        gpointer   user_data,
        GError   **error)
{
  return values == NULL || g_str_equal (cli_text (values, "State"), "off");
}

static int
shutdown_run (Cli     *cli,
              GError **error)
{
  g_autofree char *path = NULL;
  int status;

  if (options.timeout_s < 0)
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE, _("A time cannot be negative."));
      return CLI_EXIT_USAGE;
    }

  status = act (cli, "Shutdown", cli_no_options (), FALSE, _("Machine “%s” is being shut down"),
                error);
  if (status != CLI_EXIT_OK || !(options.wait || options.timeout_s > 0))
    return status;

  path = cli_find_machine (cli, cli->args[0], error);
  if (path == NULL || !cli_watch_machine (cli, path, options.timeout_s, is_off, NULL, error))
    return CLI_EXIT_FAILED;

  return CLI_EXIT_OK;
}

static int
reboot_run (Cli     *cli,
            GError **error)
{
  return act (cli, "Reboot", cli_no_options (), TRUE, _("Machine “%s” was restarted"), error);
}

static int
reset_run (Cli     *cli,
           GError **error)
{
  return act (cli, "Reset", NULL, FALSE, _("Machine “%s” was reset"), error);
}

static int
destroy_run (Cli     *cli,
             GError **error)
{
  return act (cli, "PowerOff", NULL, FALSE, _("Machine “%s” was turned off"), error);
}

static int
suspend_run (Cli     *cli,
             GError **error)
{
  return act (cli, "Pause", NULL, FALSE, _("Machine “%s” is paused"), error);
}

static int
resume_run (Cli     *cli,
            GError **error)
{
  return act (cli, "Resume", NULL, FALSE, _("Machine “%s” goes on"), error);
}

static int
undefine_run (Cli     *cli,
              GError **error)
{
  return act (cli, "Undefine", cli_no_options (), FALSE,
              _("Machine “%s” was removed; its disk images stay"), error);
}

const CliCommand cli_lifecycle_commands[] = {
  { .name = "start", .arguments = "MACHINE", .summary = N_("Start a machine"),
    .options = start_entries, .run = start_run },
  { .name = "shutdown", .arguments = "MACHINE", .summary = N_("Ask the guest to shut down"),
    .options = shutdown_entries, .run = shutdown_run },
  { .name = "reboot", .arguments = "MACHINE",
    .summary = N_("Ask the guest to shut down, and start it again"),
    .options = reboot_entries, .run = reboot_run },
  { .name = "reset", .arguments = "MACHINE", .summary = N_("Reset a machine at once"),
    .run = reset_run },
  { .name = "destroy", .alias = "poweroff", .arguments = "MACHINE",
    .summary = N_("Turn a machine off at once"), .run = destroy_run },
  { .name = "suspend", .alias = "pause", .arguments = "MACHINE", .summary = N_("Pause a machine"),
    .run = suspend_run },
  { .name = "resume", .arguments = "MACHINE", .summary = N_("Let a paused machine go on"),
    .run = resume_run },
  { .name = "undefine", .arguments = "MACHINE",
    .summary = N_("Remove a machine; its disk images stay"),
    .options = undefine_entries, .run = undefine_run },
  { .name = NULL },
};
