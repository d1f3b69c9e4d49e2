/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"

#include <glib/gi18n.h>

/* What needs libosinfo is a program of its own, guestctl-install. */
static const CliCommand external_commands[] = {
  { .name = "install", .arguments = "", .summary = N_("Make a machine and install a system in it"),
    .flags = CLI_COMMAND_EXTERNAL },
  { .name = "osinfo", .arguments = "[TEXT]", .summary = N_("List the operating systems that are known"),
    .flags = CLI_COMMAND_EXTERNAL },
  { .name = NULL },
};

int
main (int   argc,
      char *argv[])
{
  static const CliCommand *const groups[] = {
    cli_list_commands,
    cli_info_commands,
    external_commands,
    cli_lifecycle_commands,
    cli_define_commands,
    cli_edit_commands,
    cli_console_commands,
    cli_screen_commands,
    cli_media_commands,
    cli_host_commands,
    NULL
  };

  return cli_main (argc, argv, groups);
}
