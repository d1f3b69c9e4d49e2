/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Flags of the contract's Machine interface. */
enum
{
  CLI_FLAG_PERSISTENT = 1,
  CLI_FLAG_AUTOSTART = 2,
  CLI_FLAG_SAVED = 4,
  CLI_FLAG_PENDING = 8,
  CLI_FLAG_INSTALLING = 16,
  CLI_FLAG_BROKEN = 32,
};

void        cli_out          (const char   *format,
                              ...) G_GNUC_PRINTF (1, 2);
void        cli_say          (const char   *format,
                              ...) G_GNUC_PRINTF (1, 2);
gboolean    cli_write        (const char   *text,
                              gsize         length,
                              GError      **error);
char       *cli_dup_safe     (const char   *text);

/* A table: rows of cells, the first row being the heading. */
typedef struct _CliTable CliTable;

CliTable   *cli_table_new    (guint         n_columns);
void        cli_table_add    (CliTable     *self,
                              ...) G_GNUC_NULL_TERMINATED;
void        cli_table_print  (CliTable     *self,
                              gboolean      with_heading);
void        cli_table_free   (CliTable     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliTable, cli_table_free)

void        cli_field        (const char   *label,
                              const char   *format,
                              ...) G_GNUC_PRINTF (2, 3);

void        cli_json_text    (JsonBuilder  *json,
                              const char   *key,
                              const char   *value);
void        cli_json_number  (JsonBuilder  *json,
                              const char   *key,
                              gint64        value);
void        cli_json_bool    (JsonBuilder  *json,
                              const char   *key,
                              gboolean      value);
void        cli_json_value   (JsonBuilder  *json,
                              const char   *key,
                              GVariant     *value);
void        cli_json_flags   (JsonBuilder  *json,
                              guint         flags);
void        cli_json_print   (JsonBuilder  *json);

const char *cli_state_word   (const char   *state);
const char *cli_reason_word  (const char   *state,
                              const char   *reason);

G_END_DECLS
