/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"

#include <glib/gi18n.h>

static struct
{
  gboolean all;
  gboolean inactive;
  gboolean name;
  gboolean uuid;
  gboolean title;
  gboolean state_running;
  gboolean state_paused;
  gboolean state_shutoff;
  gboolean state_other;
  gboolean autostart;
  gboolean no_autostart;
  gboolean ignored;
} options;

static const GOptionEntry entries[] = {
  { "all", 'a', 0, G_OPTION_ARG_NONE, &options.all, N_("Also machines that are off"), NULL },
  { "inactive", 0, 0, G_OPTION_ARG_NONE, &options.inactive, N_("Only machines that are off"), NULL },
  { "name", 0, 0, G_OPTION_ARG_NONE, &options.name, N_("Only names, one a line"), NULL },
  { "uuid", 0, 0, G_OPTION_ARG_NONE, &options.uuid, N_("Only UUIDs, one a line"), NULL },
  { "title", 0, 0, G_OPTION_ARG_NONE, &options.title, N_("Titles as well"), NULL },
  { "state-running", 0, 0, G_OPTION_ARG_NONE, &options.state_running,
    N_("Only machines that run"), NULL },
  { "state-paused", 0, 0, G_OPTION_ARG_NONE, &options.state_paused,
    N_("Only machines that are paused"), NULL },
  { "state-shutoff", 0, 0, G_OPTION_ARG_NONE, &options.state_shutoff,
    N_("Only machines that are off"), NULL },
  { "state-other", 0, 0, G_OPTION_ARG_NONE, &options.state_other,
    N_("Only machines in another state"), NULL },
  { "autostart", 0, 0, G_OPTION_ARG_NONE, &options.autostart,
    N_("Only machines that start by themselves"), NULL },
  { "no-autostart", 0, 0, G_OPTION_ARG_NONE, &options.no_autostart,
    N_("Only machines that do not start by themselves"), NULL },
  /* virsh's word for what we do anyway */
  { "table", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options.ignored, NULL, NULL },
  G_OPTION_ENTRY_NULL
};

/* One row of ListMachines; the texts are the row's. */
typedef struct
{
  const char *path;
  const char *name;
  const char *uuid;
  const char *title;
  const char *state;
  const char *reason;
  gint64      since;
  guint       flags;
  guint64     generation;
  guint64     memory_mib;
  guint       vcpus;
} Row;

static void
read_row (GVariant *variant,
          Row      *row)
{
  g_variant_get (variant, "(&o&s&s&s&s&sxuttu)", &row->path, &row->name, &row->uuid, &row->title,
                 &row->state, &row->reason, &row->since, &row->flags, &row->generation,
                 &row->memory_mib, &row->vcpus);
}

static gboolean
is_wanted (const Row *row)
{
  gboolean is_active = !g_str_equal (row->state, "off") && !g_str_equal (row->state, "broken");
  gboolean has_states = options.state_running || options.state_paused || options.state_shutoff
                        || options.state_other;

  if (options.autostart && (row->flags & CLI_FLAG_AUTOSTART) == 0)
    return FALSE;
  if (options.no_autostart && (row->flags & CLI_FLAG_AUTOSTART) != 0)
    return FALSE;

  if (has_states)
    {
      if (g_str_equal (row->state, "running"))
        return options.state_running;
      if (g_str_equal (row->state, "paused"))
        return options.state_paused;
      if (g_str_equal (row->state, "off"))
        return options.state_shutoff;
      return options.state_other;
    }

  if (options.all)
    return TRUE;

  return options.inactive ? !is_active : is_active;
}

static void
add_json (JsonBuilder *json,
          const Row   *row)
{
  json_builder_begin_object (json);
  cli_json_text (json, "name", row->name);
  cli_json_text (json, "uuid", row->uuid);
  cli_json_text (json, "title", row->title);
  cli_json_text (json, "state", row->state);
  cli_json_text (json, "reason", row->reason);
  cli_json_number (json, "state_since", row->since);
  cli_json_number (json, "generation", row->generation);
  cli_json_number (json, "memory_mib", row->memory_mib);
  cli_json_number (json, "vcpus", row->vcpus);
  cli_json_flags (json, row->flags);
  json_builder_end_object (json);
}

static void
print_json (GVariant *machines)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  gsize n = g_variant_n_children (machines);

  json_builder_begin_array (json);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (machines, i);
      Row row;

      read_row (child, &row);
      if (is_wanted (&row))
        add_json (json, &row);
    }
  json_builder_end_array (json);
  cli_json_print (json);
}

static void
print_words (GVariant *machines)
{
  gsize n = g_variant_n_children (machines);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (machines, i);
      Row row;

      read_row (child, &row);
      if (!is_wanted (&row))
        continue;
      if (options.uuid && options.name)
        cli_out ("%s %s\n", row.uuid, row.name);
      else
        cli_out ("%s\n", options.uuid ? row.uuid : row.name);
    }
}

/* virsh's first column is a number of the running machine; here it is QEMU's process id, which takes
 * a call per active machine. They are sent together. */
typedef struct
{
  GHashTable *pids;
  char       *path;
  guint      *n_left;
} PidCall;

static void
pid_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autofree PidCall *call = user_data;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GVariant) reply =
    g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  guint pid = 0;

  /* A machine that has gone meanwhile has none. */
  if (reply != NULL && g_variant_is_of_type (reply, G_VARIANT_TYPE ("(v)")))
    g_variant_get (reply, "(v)", &value);
  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    pid = g_variant_get_uint32 (value);
  g_hash_table_insert (call->pids, call->path, GUINT_TO_POINTER (pid));
  (*call->n_left)--;
}

static GHashTable *
find_pids (Cli      *cli,
           GVariant *machines)
{
  GHashTable *pids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize n = g_variant_n_children (machines);
  guint n_left = 0;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (machines, i);
      const char *state;
      PidCall *call;
      Row row;

      /* Most machines are off; a list of a thousand is read once, not twice. */
      g_variant_get_child (child, 4, "&s", &state);
      if (g_str_equal (state, "off") || g_str_equal (state, "broken"))
        continue;
      read_row (child, &row);
      if (!is_wanted (&row))
        continue;

      call = g_new (PidCall, 1);
      call->pids = pids;
      call->path = g_strdup (row.path);
      call->n_left = &n_left;
      n_left++;
      g_dbus_connection_call (cli->connection, "org.guesthouse.Vmm1", row.path, CLI_PROPERTIES, "Get",
                              g_variant_new ("(ss)", CLI_MACHINE, "Pid"), NULL,
                              G_DBUS_CALL_FLAGS_NONE, -1, NULL, pid_cb, call);
    }
  while (n_left > 0)
    g_main_context_iteration (NULL, TRUE);

  return pids;
}

static void
print_table (Cli      *cli,
             GVariant *machines)
{
  g_autoptr (GHashTable) pids = find_pids (cli, machines);
  g_autoptr (CliTable) table = cli_table_new (options.title ? 4 : 3);
  gsize n = g_variant_n_children (machines);

  cli_table_add (table, _("Id"), _("Name"), _("State"), _("Title"), NULL);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (machines, i);
      char id[16] = "-";
      guint pid;
      Row row;

      read_row (child, &row);
      if (!is_wanted (&row))
        continue;

      pid = GPOINTER_TO_UINT (g_hash_table_lookup (pids, row.path));
      if (pid != 0)
        g_snprintf (id, sizeof id, "%u", pid);
      cli_table_add (table, id, row.name, cli_state_word (row.state), row.title, NULL);
    }
  cli_table_print (table, !cli->is_quiet);
}

static int
list_run (Cli     *cli,
          GError **error)
{
  g_autoptr (GVariant) reply = cli_manager (cli, "ListMachines", cli_no_options (), error);
  g_autoptr (GVariant) machines = NULL;

  if (reply == NULL)
    return CLI_EXIT_FAILED;
  if (!g_variant_is_of_type (reply, G_VARIANT_TYPE ("(a(osssssxuttu))")))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                   _("The core of Guesthouse that runs is of another version."));
      return CLI_EXIT_FAILED;
    }

  machines = g_variant_get_child_value (reply, 0);
  if (cli->is_json)
    print_json (machines);
  else if (options.name || options.uuid)
    print_words (machines);
  else
    print_table (cli, machines);

  return CLI_EXIT_OK;
}

const CliCommand cli_list_commands[] = {
  { .name = "list", .arguments = "", .summary = N_("List machines"), .flags = CLI_COMMAND_QUERY,
    .options = entries, .run = list_run },
  { .name = NULL },
};
