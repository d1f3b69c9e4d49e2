/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl-os.h"
#include "guestctl-suboptions.h"

#include <string.h>

#include <glib/gi18n.h>

/* Operating systems: the command that lists them, and finding the one a machine is for. */

/**
 * cli_os_choice_parse:
 * @value: (nullable): the value of --osinfo
 */
gboolean
cli_os_choice_parse (CliOsChoice  *self,
                     const char   *value,
                     GError      **error)
{
  g_autoptr (CliSuboptions) suboptions = NULL;
  const char *name;

  self->detects = TRUE;
  if (value == NULL || g_str_equal (value, "auto"))
    return TRUE;

  suboptions = cli_suboptions_parse ("osinfo", value, "name", error);
  if (suboptions == NULL
      || !cli_suboptions_take_switch (suboptions, "detect", &self->detects, error)
      || !cli_suboptions_take_switch (suboptions, "require", &self->requires, error))
    return FALSE;

  name = cli_suboptions_take (suboptions, "name");
  if (name == NULL)
    name = cli_suboptions_take (suboptions, "short-id");
  if (name == NULL)
    name = cli_suboptions_take (suboptions, "id");
  if (!cli_suboptions_finish (suboptions, error))
    return FALSE;

  if (name != NULL && g_str_equal (name, "none"))
    self->detects = FALSE;
  else
    self->name = g_strdup (name);

  return TRUE;
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_main_loop_quit (user_data);
}

/* Returns: (transfer full): the database; it may be empty */
VmmOsDatabase *
cli_os_load (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  VmmOsDatabase *database = vmm_os_database_new ();

  vmm_os_database_load_async (database, NULL, loaded_cb, loop);
  g_main_loop_run (loop);

  return database;
}

typedef struct
{
  GMainLoop       *loop;
  VmmInstallMedia *media;
  GError          *error;
} Detection;

static void
detected_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Detection *detection = user_data;

  detection->media =
    vmm_os_database_detect_finish (VMM_OS_DATABASE (source), result, &detection->error);
  g_main_loop_quit (detection->loop);
}

/* Returns: (transfer full): what an ISO file installs */
VmmInstallMedia *
cli_os_detect (VmmOsDatabase  *database,
               const char     *path,
               GError        **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Detection detection = { .loop = loop };

  vmm_os_database_detect_async (database, path, NULL, detected_cb, &detection);
  g_main_loop_run (loop);
  if (detection.media == NULL)
    g_propagate_error (error, detection.error);

  return detection.media;
}

/**
 * cli_os_find:
 * @name: an id or short id, or "generic"
 *
 * Returns: (transfer none): that system
 */
VmmOs *
cli_os_find (VmmOsDatabase  *database,
             const char     *name,
             GError        **error)
{
  VmmOs *os = g_str_equal (name, "generic") || g_str_equal (name, "linux")
              ? vmm_os_database_get_generic (database) : vmm_os_database_find (database, name);

  if (os == NULL)
    g_set_error (error, VMM_ERROR, VMM_ERROR_NOT_FOUND,
                 _("No operating system is called “%s”. “guestctl osinfo” lists them."), name);

  return os;
}

/* ---- guestctl osinfo ---- */

static gboolean
is_listed (VmmOs *os,
           Cli   *cli)
{
  g_autofree char *search = NULL;

  if (cli->n_args == 0)
    return TRUE;

  search = g_utf8_make_valid (cli->args[0], -1);

  return vmm_os_matches (os, search);
}

static void
print_json (Cli        *cli,
            GListModel *systems)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  guint n = g_list_model_get_n_items (systems);

  json_builder_begin_array (json);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (VmmOs) os = g_list_model_get_item (systems, i);

      if (!is_listed (os, cli))
        continue;
      json_builder_begin_object (json);
      cli_json_text (json, "short_id", vmm_os_get_short_id (os));
      cli_json_text (json, "id", vmm_os_get_id (os));
      cli_json_text (json, "name", vmm_os_get_name (os));
      cli_json_text (json, "version", vmm_os_get_version (os));
      cli_json_text (json, "family", vmm_os_get_family (os));
      cli_json_bool (json, "end_of_life", vmm_os_is_end_of_life (os));
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  cli_json_print (json);
}

static int
osinfo_run (Cli     *cli,
            GError **error)
{
  g_autoptr (VmmOsDatabase) database = cli_os_load ();
  GListModel *systems = vmm_os_database_get_systems (database);
  guint n = g_list_model_get_n_items (systems);
  g_autoptr (CliTable) table = NULL;

  if (n == 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                   _("No operating system is known: install the package “osinfo-db”."));
      return CLI_EXIT_FAILED;
    }
  if (cli->is_json)
    {
      print_json (cli, systems);
      return CLI_EXIT_OK;
    }

  table = cli_table_new (2);
  cli_table_add (table, _("Short id"), _("Name"), NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (VmmOs) os = g_list_model_get_item (systems, i);

      if (is_listed (os, cli))
        cli_table_add (table, vmm_os_get_short_id (os), vmm_os_get_name (os), NULL);
    }
  cli_table_print (table, !cli->is_quiet);

  return CLI_EXIT_OK;
}

const CliCommand cli_osinfo_commands[] = {
  { .name = "osinfo", .arguments = "[TEXT]", .summary = N_("List the operating systems that are known"),
    .flags = CLI_COMMAND_QUERY, .run = osinfo_run },
  { .name = NULL },
};
