/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guestctl.h"

G_BEGIN_DECLS

typedef enum
{
  CLI_CONSOLE_NONE  = 0,
  CLI_CONSOLE_FORCE = 1 << 0,  /* take the right to type from who has it */
} CliConsoleFlags;

int cli_console (Cli              *cli,
                 const char       *machine,
                 const char       *alias,
                 CliConsoleFlags   flags,
                 GError          **error);

G_END_DECLS
