/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "guestctl-bus.h"
#include "guestctl-output.h"
#include "vmm-error.h"

G_BEGIN_DECLS

/* What guestctl ends with; the manual page says the same. */
enum
{
  CLI_EXIT_OK = 0,
  CLI_EXIT_FAILED = 1,
  CLI_EXIT_USAGE = 2,
  CLI_EXIT_NOT_FOUND = 3,
  CLI_EXIT_NO_CORE = 4,
  CLI_EXIT_TIMEOUT = 5,
  CLI_EXIT_INTERRUPTED = 130,
};

#define CLI_ERROR (cli_error_quark ())

typedef enum
{
  CLI_ERROR_USAGE,        /* the command line is wrong */
  CLI_ERROR_NO_CORE,      /* no bus, or nobody answers there */
  CLI_ERROR_INTERRUPTED,  /* Ctrl+C */
} CliError;

GQuark cli_error_quark (void);

typedef enum
{
  CLI_COMMAND_QUERY    = 1 << 0,  /* takes --json */
  CLI_COMMAND_EXTERNAL = 1 << 1,  /* lives in guestctl-install */
} CliCommandFlags;

/**
 * CliCommand:
 *
 * A verb. @arguments names what follows it: "MACHINE FILE", optional ones in "[…]", the last repeated
 * if it ends in "…"; how many there may be, and what completion offers, follow from it.
 *
 * @run returns an exit status; if it sets an error, that is shown and decides on the status.
 */
typedef struct
{
  const char         *name;
  const char         *alias;      /* (nullable): another name for it */
  const char         *arguments;
  const char         *summary;    /* (nullable): hidden from the list */
  CliCommandFlags     flags;
  const GOptionEntry *options;    /* (nullable) */
  int               (*run) (Cli     *cli,
                            GError **error);
} CliCommand;

/* Each ends with an entry without a name. */
extern const CliCommand cli_list_commands[];
extern const CliCommand cli_info_commands[];
extern const CliCommand cli_lifecycle_commands[];
extern const CliCommand cli_define_commands[];
extern const CliCommand cli_edit_commands[];
extern const CliCommand cli_console_commands[];
extern const CliCommand cli_screen_commands[];
extern const CliCommand cli_media_commands[];
extern const CliCommand cli_host_commands[];
extern const CliCommand cli_install_commands[];
extern const CliCommand cli_osinfo_commands[];

void cli_print_error (const GError *error);

int cli_main (int                       argc,
              char                     *argv[],
              const CliCommand *const  *groups);

G_END_DECLS
