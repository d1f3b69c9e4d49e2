/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"

/* guestctl starts this program for the commands that need libosinfo. */
int
main (int   argc,
      char *argv[])
{
  static const CliCommand *const groups[] = { cli_install_commands, cli_osinfo_commands, NULL };

  return cli_main (argc, argv, groups);
}
