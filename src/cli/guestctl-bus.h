/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

/**
 * Cli:
 *
 * One run of guestctl.
 */
typedef struct
{
  GDBusConnection  *connection;  /* %NULL until the first call */
  char            **args;        /* what follows the verb, options taken out */
  guint             n_args;
  gboolean          is_json;
  gboolean          is_quiet;
  gboolean          is_verbose;
} Cli;

#define CLI_MANAGER "org.guesthouse.Vmm1.Manager"
#define CLI_MACHINE "org.guesthouse.Vmm1.Machine"
#define CLI_JOB "org.guesthouse.Vmm1.Job"
#define CLI_PROPERTIES "org.freedesktop.DBus.Properties"

gboolean  cli_connect       (Cli                *cli,
                             GError            **error);
GVariant *cli_call          (Cli                *cli,
                             const char         *path,
                             const char         *interface,
                             const char         *method,
                             GVariant           *parameters,
                             GError            **error);
int       cli_call_for_fd   (Cli                *cli,
                             const char         *path,
                             const char         *method,
                             GVariant           *parameters,
                             GError            **error);
GVariant *cli_manager       (Cli                *cli,
                             const char         *method,
                             GVariant           *parameters,
                             GError            **error);
GVariant *cli_no_options    (void);

char     *cli_find_machine  (Cli                *cli,
                             const char         *name_or_uuid,
                             GError            **error);
GVariant *cli_get_all       (Cli                *cli,
                             const char         *path,
                             const char         *interface,
                             GError            **error);
GVariant *cli_host_summary  (Cli                *cli,
                             GError            **error);
const char *cli_text        (GVariant           *values,
                             const char         *key);
guint64   cli_number        (GVariant           *values,
                             const char         *key);

GVariant *cli_wait_job      (Cli                *cli,
                             const char         *job,
                             GError            **error);

/* Whether what is waited for has come; @values are the machine's properties, %NULL: it is gone. */
typedef gboolean (*CliMachineFunc) (GVariant  *values,
                                    gpointer   user_data,
                                    GError   **error);

gboolean  cli_watch_machine (Cli                *cli,
                             const char         *path,
                             guint64             timeout_s,
                             CliMachineFunc      func,
                             gpointer            user_data,
                             GError            **error);

G_END_DECLS
