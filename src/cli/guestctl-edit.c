/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"
#include "guestctl-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <glib/gi18n.h>

#include "vmm-fd.h"

typedef enum
{
  ANSWER_AGAIN,
  ANSWER_OVERWRITE,
  ANSWER_LEAVE,
} Answer;

/* Returns: (transfer full): the editor's words */
static char **
find_editor (GError **error)
{
  const char *command = g_getenv ("VISUAL");
  g_autoptr (GError) local_error = NULL;
  char **words = NULL;

  if (command == NULL || *command == '\0')
    command = g_getenv ("EDITOR");
  if (command == NULL || *command == '\0')
    command = "vi";

  if (!g_shell_parse_argv (command, NULL, &words, &local_error))
    g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, _("The editor “%s” cannot be understood: %s"),
                 command, local_error->message);

  return words;
}

static gboolean
run_editor (const char  *path,
            GError     **error)
{
  g_auto (GStrv) words = find_editor (error);
  g_autoptr (GPtrArray) argv = NULL;
  g_autoptr (GError) local_error = NULL;
  int status;

  if (words == NULL)
    return FALSE;

  argv = g_ptr_array_new ();
  for (guint i = 0; words[i] != NULL; i++)
    g_ptr_array_add (argv, words[i]);
  g_ptr_array_add (argv, (char *) path);
  g_ptr_array_add (argv, NULL);

  if (!g_spawn_sync (NULL, (char **) argv->pdata, NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL, NULL, &status,
                     &local_error))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED, _("The editor cannot be started: %s"),
                   local_error->message);
      return FALSE;
    }
  if (!g_spawn_check_wait_status (status, &local_error))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, _("The editor “%s” has failed: %s"), words[0],
                   local_error->message);
      return FALSE;
    }

  return TRUE;
}

/* A file that only we may read: a definition can hold passwords. */
static char *
write_private (const char  *xml,
               GError     **error)
{
  const char *folder = g_get_user_runtime_dir ();
  g_autofree char *path = NULL;
  vmm_autofd int fd = -1;
  gsize length = strlen (xml);
  int saved_errno;

  if (access (folder, W_OK) != 0)
    folder = g_get_tmp_dir ();
  path = g_build_filename (folder, "guestctl-XXXXXX.xml", NULL);
  fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  saved_errno = errno;

  for (gsize done = 0; fd >= 0 && done < length;)
    {
      gssize n = write (fd, xml + done, length - done);

      saved_errno = errno;
      if (n < 0 && saved_errno == EINTR)
        continue;
      if (n < 0)
        {
          unlink (path);
          vmm_clear_fd (&fd);
        }
      else
        {
          done += n;
        }
    }

  if (fd < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, _("The file “%s” cannot be written: %s"), path,
                   g_strerror (saved_errno));
      return NULL;
    }

  return g_steal_pointer (&path);
}

/* What shall become of an edit that was refused? Without a person to ask it is left in its file. */
static Answer
ask (gboolean can_overwrite)
{
  char line[64];

  if (!isatty (STDIN_FILENO))
    return ANSWER_LEAVE;

  for (;;)
    {
      if (can_overwrite)
        /* Translators: the letters e, o and l are typed by the person and stay as they are */
        fprintf (stderr, "%s ", _("(e)dit again, (o)verwrite, or (l)eave?"));
      else
        /* Translators: the letters e and l are typed by the person and stay as they are */
        fprintf (stderr, "%s ", _("(e)dit again or (l)eave?"));
      fflush (stderr);
      if (fgets (line, sizeof line, stdin) == NULL || *line == 'l' || *line == 'n')
        return ANSWER_LEAVE;
      if (*line == 'e' || *line == 'y')
        return ANSWER_AGAIN;
      if (*line == 'o' && can_overwrite)
        return ANSWER_OVERWRITE;
    }
}

/* Edits the file until the core takes it or the person gives up. TRUE: it is not needed any more. */
static gboolean
edit_file (Cli         *cli,
           const char  *machine,
           const char  *path,
           const char  *before,
           guint64      generation,
           GError     **error)
{
  for (;;)
    {
      g_autofree char *after = NULL;
      g_autoptr (GVariant) reply = NULL;
      g_autoptr (GVariant) problems = NULL;
      g_autoptr (GError) local_error = NULL;
      gboolean has_error, is_stale;
      Answer answer;

      if (!run_editor (path, &local_error))
        {
          after = cli_read_document (path, NULL);
          if (after != NULL && g_str_equal (before, after))
            unlink (path);
          else
            g_prefix_error (&local_error, _("Your edit is in “%s”. "), path);
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      after = cli_read_document (path, &local_error);
      if (after != NULL && g_str_equal (before, after))
        {
          if (!cli->is_quiet)
            cli_out ("%s\n", _("Nothing was changed"));
          return TRUE;
        }

      do
        {
          if (after != NULL)
            {
              g_clear_error (&local_error);
              reply = cli_call (cli, machine, CLI_MACHINE, "SetXml",
                                g_variant_new ("(st@a{sv})", after, generation,
                                               g_variant_new ("a{sv}", NULL)),
                                &local_error);
            }
          if (reply != NULL)
            {
              problems = g_variant_get_child_value (reply, 0);
              cli_print_problems (problems, &has_error);
              if (!cli->is_quiet)
                cli_out ("%s\n", _("The definition was changed"));
              return TRUE;
            }

          is_stale = g_error_matches (local_error, VMM_ERROR, VMM_ERROR_STALE);
          cli_print_error (local_error);
          answer = ask (is_stale);
          if (answer == ANSWER_OVERWRITE)
            generation = 0;
        }
      while (answer == ANSWER_OVERWRITE);

      if (answer == ANSWER_LEAVE)
        {
          g_set_error (error, local_error->domain, local_error->code,
                       _("Nothing was changed. Your edit is in “%s”."), path);
          return FALSE;
        }
    }
}

static int
edit_run (Cli     *cli,
          GError **error)
{
  g_autofree char *machine = cli_find_machine (cli, cli->args[0], error);
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *path = NULL;
  const char *xml;
  guint64 generation;

  if (machine == NULL)
    return CLI_EXIT_FAILED;
  reply = cli_call (cli, machine, CLI_MACHINE, "GetXml",
                    g_variant_new_parsed ("({'inactive': <true>},)"), error);
  if (reply == NULL)
    return CLI_EXIT_FAILED;

  g_variant_get (reply, "(&st)", &xml, &generation);
  path = write_private (xml, error);
  if (path == NULL)
    return CLI_EXIT_FAILED;

  if (!edit_file (cli, machine, path, xml, generation, error))
    return CLI_EXIT_FAILED;
  unlink (path);

  return CLI_EXIT_OK;
}

const CliCommand cli_edit_commands[] = {
  { .name = "edit", .arguments = "MACHINE", .summary = N_("Edit the definition of a machine"),
    .run = edit_run },
  { .name = NULL },
};
