/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"

#include <glib/gi18n.h>

/* What is in a machine's CD and floppy drives. */

static struct
{
  gboolean eject;
  gboolean insert;
  gboolean update;
  gboolean force;
} options;

static const GOptionEntry entries[] = {
  { "eject", 0, 0, G_OPTION_ARG_NONE, &options.eject, N_("Take out what is in"), NULL },
  { "force", 0, 0, G_OPTION_ARG_NONE, &options.force, N_("Although the guest has locked the drive"),
    NULL },
  /* virsh's words for what a file given means anyway */
  { "insert", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options.insert, NULL, NULL },
  { "update", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options.update, NULL, NULL },
  G_OPTION_ENTRY_NULL
};

static int
change_media_run (Cli     *cli,
                  GError **error)
{
  g_autofree char *machine = NULL;
  g_autofree char *medium = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariantDict dict;

  if (options.eject == (cli->n_args == 3))
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   _("Give either a file or “--eject”. See “guestctl change-media --help”."));
      return CLI_EXIT_USAGE;
    }

  medium = options.eject ? g_strdup ("") : g_canonicalize_filename (cli->args[2], NULL);
  if (!g_utf8_validate (medium, -1, NULL) || !g_utf8_validate (cli->args[1], -1, NULL))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   _("The path of the medium is not valid UTF-8; rename the file."));
      return CLI_EXIT_FAILED;
    }

  machine = cli_find_machine (cli, cli->args[0], error);
  if (machine == NULL)
    return CLI_EXIT_FAILED;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "force", "b", options.force);
  reply = cli_call (cli, machine, CLI_MACHINE, "ChangeMedia",
                    g_variant_new ("(ss@a{sv})", cli->args[1], medium, g_variant_dict_end (&dict)),
                    error);
  if (reply == NULL)
    return CLI_EXIT_FAILED;

  if (!cli->is_quiet)
    cli_out ("%s\n", options.eject ? _("The medium is out") : _("The medium is in"));

  return CLI_EXIT_OK;
}

const CliCommand cli_media_commands[] = {
  { .name = "change-media", .arguments = "MACHINE TARGET [FILE]",
    .summary = N_("Change what is in a CD or floppy drive"), .options = entries,
    .run = change_media_run },
  { .name = NULL },
};
