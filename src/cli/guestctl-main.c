/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

/* Where the part with libosinfo is: beside us in a build, else in its installed place. Loading that
 * library takes as long as a whole “guestctl list”, so the rest goes without. */
#define INSTALL_PROGRAM "guestctl-install"

G_DEFINE_QUARK (guestctl-error-quark, cli_error)

static const CliCommand *const *all_groups;

#define FOR_EACH_COMMAND(command) \
  for (const CliCommand *const *group = all_groups; *group != NULL; group++) \
    for (const CliCommand *command = *group; command->name != NULL; command++)

static const CliCommand *
find_command (const char *name)
{
  FOR_EACH_COMMAND (command)
    if (g_str_equal (command->name, name)
        || (command->alias != NULL && g_str_equal (command->alias, name)))
      return command;

  return NULL;
}

/* ---- errors ---- */

static int
exit_status_of (const GError *error)
{
  if (g_error_matches (error, CLI_ERROR, CLI_ERROR_USAGE))
    return CLI_EXIT_USAGE;
  if (g_error_matches (error, CLI_ERROR, CLI_ERROR_NO_CORE))
    return CLI_EXIT_NO_CORE;
  if (g_error_matches (error, CLI_ERROR, CLI_ERROR_INTERRUPTED))
    return CLI_EXIT_INTERRUPTED;
  if (g_error_matches (error, VMM_ERROR, VMM_ERROR_NOT_FOUND))
    return CLI_EXIT_NOT_FOUND;
  if (g_error_matches (error, VMM_ERROR, VMM_ERROR_TIMEOUT)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return CLI_EXIT_TIMEOUT;

  return CLI_EXIT_FAILED;
}

/* One sentence, and under it, indented, what else is known. */
void
cli_print_error (const GError *error)
{
  g_autofree char *summary = vmm_error_dup_summary (error);
  g_autofree char *safe = cli_dup_safe (summary);
  g_autofree char *details = vmm_error_dup_details (error);

  cli_say ("guestctl: %s", safe);
  if (details != NULL)
    {
      g_auto (GStrv) lines = g_strsplit (details, "\n", -1);

      for (guint i = 0; lines[i] != NULL; i++)
        {
          g_autofree char *line = cli_dup_safe (lines[i]);

          if (*line != '\0')
            cli_say ("  %s", line);
        }
    }
}

static int
fail (GError   *error,
      gboolean  is_verbose)
{
  int status = exit_status_of (error);

  fflush (stdout);
  cli_print_error (error);
  if (is_verbose && error->domain == VMM_ERROR)
    {
      g_autofree char *name = g_dbus_error_encode_gerror (error);

      cli_say ("  %s", name);
    }
  g_error_free (error);

  return status;
}

/* ---- help and completion ---- */

static int
print_help (void)
{
  cli_out ("%s\n\n", _("Usage: guestctl COMMAND [OPTION…] [ARGUMENT…]"));
  cli_out ("%s\n", _("Commands:"));
  FOR_EACH_COMMAND (command)
    if (command->summary != NULL)
      {
        g_autofree char *usage = g_strdup_printf ("%s %s", command->name, command->arguments);
        int length = (int) g_utf8_strlen (usage, -1);

        cli_out ("  %s%*s%s\n", usage, MAX (1, 36 - length), "", _(command->summary));
      }
  cli_out ("\n%s\n", _("“guestctl COMMAND --help” tells the options of a command."));

  return CLI_EXIT_OK;
}

/* For the completion scripts: one word a line. */
static int
complete_commands (void)
{
  FOR_EACH_COMMAND (command)
    if (command->summary != NULL)
      cli_out ("%s\n", command->name);
  cli_out ("help\n");

  return CLI_EXIT_OK;
}

static void
print_option_names (const GOptionEntry *entries)
{
  for (const GOptionEntry *entry = entries; entry != NULL && entry->long_name != NULL; entry++)
    if (*entry->long_name != '\0' && (entry->flags & G_OPTION_FLAG_HIDDEN) == 0)
      cli_out ("--%s\n", entry->long_name);
}

/* ---- arguments ---- */

/* "MACHINE [FILE]" → 1 to 2; "NAME KEY…" → 2 and more */
static void
count_arguments (const char *arguments,
                 guint      *least,
                 guint      *most)
{
  g_auto (GStrv) words = g_strsplit (arguments, " ", -1);

  *least = *most = 0;
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (*words[i] == '\0')
        continue;
      if (*words[i] != '[')
        (*least)++;
      if (strstr (words[i], "…") != NULL)
        *most = G_MAXUINT;
      else if (*most != G_MAXUINT)
        (*most)++;
    }
}

static gboolean
check_arguments (const CliCommand  *command,
                 Cli               *cli,
                 GError           **error)
{
  guint least, most;

  count_arguments (command->arguments, &least, &most);
  if (cli->n_args < least)
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   /* Translators: a command, its arguments, the command again */
                   _("“%s” needs %s. See “guestctl %s --help”."), command->name,
                   command->arguments, command->name);
      return FALSE;
    }
  if (cli->n_args > most)
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   /* Translators: an argument, a command, the command again */
                   _("“%s” is one argument too many for “%s”. See “guestctl %s --help”."),
                   cli->args[most], command->name, command->name);
      return FALSE;
    }

  return TRUE;
}

static gboolean
parse_options (const CliCommand   *command,
               Cli                *cli,
               char             ***argv,
               gboolean           *lists_options,
               GError            **error)
{
  g_autofree char *usage = g_strdup_printf ("%s %s", command->name, command->arguments);
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autoptr (GError) local_error = NULL;
  g_auto (GStrv) rest = NULL;
  char *machine = NULL, *connect = NULL;
  const GOptionEntry json_entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &cli->is_json, N_("Print JSON for programs"), NULL },
    G_OPTION_ENTRY_NULL
  };
  const GOptionEntry entries[] = {
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &cli->is_quiet, N_("Print only what was asked for"), NULL },
    { "verbose", 0, 0, G_OPTION_ARG_NONE, &cli->is_verbose, N_("Print what is done, and the name of an error"), NULL },
    /* virsh's names for what stands by itself, and completion's */
    { "domain", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &machine, NULL, NULL },
    { "connect", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &connect, NULL, NULL },
    { "list-options", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, lists_options, NULL, NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };

  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, command->summary != NULL ? _(command->summary) : NULL);
  if (command->options != NULL)
    g_option_context_add_main_entries (context, command->options, GETTEXT_PACKAGE);
  if (command->flags & CLI_COMMAND_QUERY)
    g_option_context_add_main_entries (context, json_entries, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);

  if (!g_option_context_parse_strv (context, argv, &local_error))
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   /* Translators: GLib's sentence on a wrong option, then a command */
                   _("%s. See “guestctl %s --help”."), local_error->message, command->name);
      return FALSE;
    }

  if (*lists_options)
    {
      print_option_names (command->options);
      if (command->flags & CLI_COMMAND_QUERY)
        print_option_names (json_entries);
      print_option_names (entries);
      cli_out ("--help\n");
      return TRUE;
    }

  if (connect != NULL && !g_str_equal (connect, "qemu:///session"))
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   _("“%s” cannot be connected to: only your own machines can be managed, which is "
                     "“qemu:///session”."), connect);
      g_free (connect);
      g_free (machine);
      return FALSE;
    }
  g_free (connect);

  if (rest == NULL)
    rest = g_new0 (char *, 1);
  if (machine != NULL)
    {
      guint n = g_strv_length (rest);
      char **with_machine = g_new0 (char *, n + 2);

      with_machine[0] = machine;
      memcpy (with_machine + 1, rest, n * sizeof *rest);
      g_free (rest);
      rest = with_machine;
    }
  cli->args = g_steal_pointer (&rest);
  cli->n_args = g_strv_length (cli->args);

  return check_arguments (command, cli, error);
}

/* ---- the part that is a program of its own ---- */

static int
run_external (char **argv)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : g_strdup (".");
  g_autofree char *beside = g_build_filename (folder, INSTALL_PROGRAM, NULL);
  int saved_errno;

  execv (beside, argv);
  execv (LIBEXECDIR "/" INSTALL_PROGRAM, argv);
  saved_errno = errno;

  return fail (g_error_new (VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                            _("The program “%s” cannot be started: %s"),
                            LIBEXECDIR "/" INSTALL_PROGRAM, g_strerror (saved_errno)), FALSE);
}

/* ---- the run ---- */

static int
run_command (const CliCommand *command,
             char            **argv)
{
  g_auto (GStrv) words = g_strdupv (argv);
  Cli cli = { NULL, };
  gboolean lists_options = FALSE;
  GError *error = NULL;
  int status = CLI_EXIT_OK;

  g_set_prgname ("guestctl");
  if (parse_options (command, &cli, &words, &lists_options, &error) && !lists_options)
    status = command->run (&cli, &error);

  if (error == NULL && (fflush (stdout) != 0 || ferror (stdout)))
    {
      int saved_errno = errno;

      /* A reader such as “head” that has enough needs no message. */
      if (saved_errno == EPIPE)
        return CLI_EXIT_FAILED;
      g_set_error (&error, VMM_ERROR, VMM_ERROR_STORAGE, _("Standard output cannot be written: %s"),
                   g_strerror (saved_errno));
    }
  if (error != NULL)
    status = fail (error, cli.is_verbose);

  /* What is on its way, such as ending a subscription, is not waited for. */
  g_clear_object (&cli.connection);
  g_strfreev (cli.args);

  return status;
}

static int
refuse_connection (const char *uri)
{
  return fail (g_error_new (CLI_ERROR, CLI_ERROR_USAGE,
                            _("“%s” cannot be connected to: only your own machines can be managed, "
                              "which is “qemu:///session”."), uri), FALSE);
}

static int
refuse_command (const char *name)
{
  return fail (g_error_new (CLI_ERROR, CLI_ERROR_USAGE,
                            _("There is no command “%s”. “guestctl help” lists them."), name), FALSE);
}

int
cli_main (int                      argc,
          char                    *argv[],
          const CliCommand *const *groups)
{
  const char *locale_dir = g_getenv ("GUESTHOUSE_LOCALE_DIR");
  const CliCommand *command;
  int first = 1;

  all_groups = groups;
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir != NULL ? locale_dir : LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  /* virsh's way to choose a host, before the command. */
  if (first + 1 < argc && (g_str_equal (argv[first], "-c") || g_str_equal (argv[first], "--connect")))
    {
      if (!g_str_equal (argv[first + 1], "qemu:///session"))
        return refuse_connection (argv[first + 1]);
      first += 2;
    }

  if (first >= argc)
    {
      print_help ();
      return CLI_EXIT_USAGE;
    }
  if (g_str_equal (argv[first], "--help") || g_str_equal (argv[first], "-h"))
    return print_help ();
  if (g_str_equal (argv[first], "help"))
    {
      if (first + 1 >= argc)
        return print_help ();
      command = find_command (argv[first + 1]);
      if (command == NULL)
        return refuse_command (argv[first + 1]);
      if (command->flags & CLI_COMMAND_EXTERNAL)
        return run_external ((char *[]) { argv[0], argv[first + 1], (char *) "--help", NULL });
      return run_command (command, (char *[]) { argv[0], (char *) "--help", NULL });
    }
  if (g_str_equal (argv[first], "--list-commands"))
    return complete_commands ();
  if (g_str_equal (argv[first], "--version"))
    {
      cli_out ("%s\n", PACKAGE_VERSION);
      return CLI_EXIT_OK;
    }
  if (argv[first][0] == '-')
    return fail (g_error_new (CLI_ERROR, CLI_ERROR_USAGE,
                              _("Unknown option “%s”. “guestctl help” lists the commands."),
                              argv[first]), FALSE);

  command = find_command (argv[first]);
  if (command == NULL)
    return refuse_command (argv[first]);
  if (command->flags & CLI_COMMAND_EXTERNAL)
    return run_external (argv + first - 1);

  return run_command (command, argv + first);
}
