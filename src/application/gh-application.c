/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-application.h"

#include <glib/gi18n.h>

#include "gh-about.h"
#include "gh-console-renderer.h"
#include "gh-machine-window.h"
#include "gh-manager-window.h"
#include "gh-new-machine-window.h"

#define APPLICATION_ID "org.guesthouse.Guesthouse"
#define STATISTICS_INTERVAL_MS 1000

/**
 * GhApplication:
 *
 * The program: one connection to the core for all windows, and the windows.
 */
struct _GhApplication
{
  AdwApplication  parent_instance;

  GCancellable   *cancellable;
  VmmClient      *client;
  VmmDBusManager *manager;          /* the one whose host summary is watched */
  VmmHostSummary *host;
  VmmOsDatabase  *os_database;      /* (nullable): made when first needed */
  GSettings      *settings;
  char           *core_error;       /* (nullable): why the core is not there */
  char          **pending_names;    /* (nullable): machines to open once the list is there */
  guint           n_statistics;
};

enum
{
  PROP_CORE_ERROR = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_HOST_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GhApplication, gh_application, ADW_TYPE_APPLICATION)

static GhManagerWindow *
find_manager_window (GhApplication *self)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    if (GH_IS_MANAGER_WINDOW (l->data))
      return l->data;

  return NULL;
}

static GhManagerWindow *
present_manager_window (GhApplication *self)
{
  GhManagerWindow *window = find_manager_window (self);

  if (window == NULL)
    window = gh_manager_window_new (self);
  gtk_window_present (GTK_WINDOW (window));

  return window;
}

static void
set_core_error (GhApplication *self,
                const char    *text)
{
  if (g_strcmp0 (self->core_error, text) == 0)
    return;

  g_free (self->core_error);
  self->core_error = g_strdup (text);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CORE_ERROR]);
}

static void
take_core_error (GhApplication *self,
                 const GError  *error)
{
  g_autofree char *text = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN))
    text = g_strdup (_("“guesthouse-vmm” is not installed, or the session bus does not know of it."));
  else
    text = vmm_error_dup_summary (error);
  set_core_error (self, text);
}

static void
host_summary_cb (GhApplication *self)
{
  vmm_host_summary_free (self->host);
  self->host = vmm_host_summary_new (vmm_dbus_manager_get_host_summary (self->manager));
  g_signal_emit (self, signals[SIGNAL_HOST_CHANGED], 0);
}

/**
 * gh_application_refresh_host:
 *
 * Has the core look what the host can do, if it has not or found that no machine can run: somebody
 * may have installed what was missing. “host-changed” tells.
 */
void
gh_application_refresh_host (GhApplication *self)
{
  g_return_if_fail (GH_IS_APPLICATION (self));

  /* The document is of no use here: what the look finds comes as HostSummary. */
  if (self->manager != NULL && vmm_client_is_connected (self->client)
      && (!self->host->is_known || *self->host->error != '\0'))
    vmm_dbus_manager_call_get_capabilities (self->manager, self->cancellable, NULL, NULL);
}

static void
watch_manager (GhApplication *self)
{
  VmmDBusManager *manager = vmm_client_get_manager (self->client);

  if (manager == NULL || manager == self->manager)
    return;

  self->manager = g_object_ref (manager);
  g_signal_connect_object (manager, "notify::host-summary", G_CALLBACK (host_summary_cb), self,
                           G_CONNECT_SWAPPED);
  host_summary_cb (self);
}

/* Opens the machines that were named on the command line. */
static void
open_pending (GhApplication *self)
{
  g_auto (GStrv) names = g_steal_pointer (&self->pending_names);
  GListModel *machines = vmm_client_get_machines (self->client);
  guint n = g_list_model_get_n_items (machines);

  if (names == NULL)
    return;

  for (guint i = 0; names[i] != NULL; i++)
    {
      gboolean is_found = FALSE;

      for (guint position = 0; position < n && !is_found; position++)
        {
          g_autoptr (VmmRemoteMachine) machine = g_list_model_get_item (machines, position);

          is_found = g_strcmp0 (vmm_remote_machine_get_name (machine), names[i]) == 0
                     || g_strcmp0 (vmm_remote_machine_get_uuid (machine), names[i]) == 0;
          if (is_found)
            gh_application_open_machine (self, machine);
        }

      if (!is_found)
        {
          g_autofree char *text = g_strdup_printf (_("There is no machine “%s”"), names[i]);

          gh_manager_window_show_message (present_manager_window (self), text);
        }
    }
}

static void
connected_cb (GhApplication *self)
{
  watch_manager (self);
  if (!vmm_client_is_connected (self->client))
    return;

  set_core_error (self, NULL);
  gh_application_refresh_host (self);
  open_pending (self);
}

static void
connect_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GhApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean is_connected = vmm_client_connect_finish (VMM_CLIENT (source), result, &error);

  watch_manager (self);
  if (!is_connected)
    take_core_error (self, error);
}

static void
reconnect_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GhApplication) self = user_data;
  g_autoptr (GVariant) machines = NULL;
  g_autoptr (GError) error = NULL;

  /* When it answers, the client sees the core's name on the bus and reads the list itself. */
  if (!vmm_dbus_manager_call_list_machines_finish (VMM_DBUS_MANAGER (source), &machines, result,
                                                   &error))
    take_core_error (self, error);
}

/**
 * gh_application_reconnect:
 *
 * Tries once more to reach the core, which the bus starts.
 */
void
gh_application_reconnect (GhApplication *self)
{
  g_return_if_fail (GH_IS_APPLICATION (self));

  if (self->manager == NULL)
    return;

  set_core_error (self, NULL);
  vmm_dbus_manager_call_list_machines (self->manager, g_variant_new ("a{sv}", NULL),
                                       self->cancellable, reconnect_cb, g_object_ref (self));
}

static void
about_cb (GSimpleAction *action,
          GVariant      *parameter,
          gpointer       user_data)
{
  gh_about_show (gtk_application_get_active_window (GTK_APPLICATION (user_data)));
}

static void
quit_cb (GSimpleAction *action,
         GVariant      *parameter,
         gpointer       user_data)
{
  GtkApplication *application = user_data;
  GList *windows;

  /* Each window stores its state when it closes. */
  while ((windows = gtk_application_get_windows (application)) != NULL)
    {
      GtkWindow *window = windows->data;

      gtk_window_close (window);
      if (gtk_application_get_windows (application) != NULL
          && gtk_application_get_windows (application)->data == window)
        gtk_window_destroy (window);
    }
  g_application_quit (G_APPLICATION (application));
}

static void
new_machine_cb (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       user_data)
{
  gh_application_new_machine (GH_APPLICATION (user_data), NULL);
}

static void
open_machine_cb (GSimpleAction *action,
                 GVariant      *parameter,
                 gpointer       user_data)
{
  GhApplication *self = user_data;
  VmmRemoteMachine *machine =
    vmm_client_find_machine (self->client, g_variant_get_string (parameter, NULL));

  if (machine != NULL)
    gh_application_open_machine (self, machine);
}

static void
show_machines_cb (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       user_data)
{
  present_manager_window (GH_APPLICATION (user_data));
}

static const GActionEntry actions[] = {
  { .name = "about", .activate = about_cb },
  { .name = "quit", .activate = quit_cb },
  { .name = "new-machine", .activate = new_machine_cb },
  { .name = "open-machine", .activate = open_machine_cb, .parameter_type = "s" },
  { .name = "show-machines", .activate = show_machines_cb },
};

static void
set_accels (GtkApplication *application,
            const char     *action,
            const char     *accel)
{
  gtk_application_set_accels_for_action (application, action, (const char *[]) { accel, NULL });
}

static void
gh_application_startup (GApplication *application)
{
  GhApplication *self = GH_APPLICATION (application);
  GtkApplication *gtk_application = GTK_APPLICATION (application);

  G_APPLICATION_CLASS (gh_application_parent_class)->startup (application);

  gh_console_prefer_cairo_without_gpu (gdk_display_get_default ());
  gtk_window_set_default_icon_name (APPLICATION_ID);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  set_accels (gtk_application, "app.quit", "<Control>q");
  set_accels (gtk_application, "app.new-machine", "<Control>n");
  set_accels (gtk_application, "window.close", "<Control>w");
  set_accels (gtk_application, "win.search", "<Control>f");

  self->settings = g_settings_new (APPLICATION_ID);
  g_signal_connect_object (self->client, "notify::connected", G_CALLBACK (connected_cb), self,
                           G_CONNECT_SWAPPED);
  vmm_client_connect_async (self->client, self->cancellable, connect_cb, g_object_ref (self));
}

static void
gh_application_activate (GApplication *application)
{
  present_manager_window (GH_APPLICATION (application));
}

static void
gh_application_open (GApplication  *application,
                     GFile        **files,
                     int            n_files,
                     const char    *hint)
{
  for (int i = 0; i < n_files; i++)
    gh_application_new_machine (GH_APPLICATION (application), files[i]);
}

static int
gh_application_command_line (GApplication            *application,
                             GApplicationCommandLine *command_line)
{
  GhApplication *self = GH_APPLICATION (application);
  GVariantDict *options = g_application_command_line_get_options_dict (command_line);
  g_autofree const char **files = NULL;
  g_auto (GStrv) names = NULL;
  gboolean is_new = FALSE;

  g_variant_dict_lookup (options, "new", "b", &is_new);
  g_variant_dict_lookup (options, "open", "^as", &names);
  g_variant_dict_lookup (options, G_OPTION_REMAINING, "^a&ay", &files);

  for (guint i = 0; files != NULL && files[i] != NULL; i++)
    {
      g_autoptr (GFile) file =
        g_application_command_line_create_file_for_arg (command_line, files[i]);

      gh_application_new_machine (self, file);
    }
  if (is_new && files == NULL)
    gh_application_new_machine (self, NULL);

  if (names != NULL)
    {
      g_strfreev (self->pending_names);
      self->pending_names = g_steal_pointer (&names);
      /* The machines are not known yet at the first start; a window must be there meanwhile. */
      if (vmm_client_is_connected (self->client))
        open_pending (self);
      else if (gtk_application_get_windows (GTK_APPLICATION (self)) == NULL)
        present_manager_window (self);
    }
  else if (!is_new && files == NULL)
    {
      g_application_activate (application);
    }

  return 0;
}

static void
gh_application_shutdown (GApplication *application)
{
  GhApplication *self = GH_APPLICATION (application);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->manager);
  g_object_run_dispose (G_OBJECT (self->client));

  G_APPLICATION_CLASS (gh_application_parent_class)->shutdown (application);
}

static void
gh_application_finalize (GObject *object)
{
  GhApplication *self = GH_APPLICATION (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->client);
  g_clear_object (&self->os_database);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->host, vmm_host_summary_free);
  g_free (self->core_error);
  g_strfreev (self->pending_names);

  G_OBJECT_CLASS (gh_application_parent_class)->finalize (object);
}

static void
gh_application_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  GhApplication *self = GH_APPLICATION (object);

  switch (prop_id)
    {
    case PROP_CORE_ERROR:
      g_value_set_string (value, self->core_error);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
gh_application_class_init (GhApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  object_class->finalize = gh_application_finalize;
  object_class->get_property = gh_application_get_property;
  application_class->startup = gh_application_startup;
  application_class->activate = gh_application_activate;
  application_class->open = gh_application_open;
  application_class->command_line = gh_application_command_line;
  application_class->shutdown = gh_application_shutdown;

  /**
   * GhApplication:core-error:
   *
   * Why the core cannot be reached, or %NULL while it can or while that is being tried.
   */
  properties[PROP_CORE_ERROR] =
    g_param_spec_string ("core-error", NULL, NULL, NULL,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_HOST_CHANGED] = g_signal_new ("host-changed", GH_TYPE_APPLICATION,
                                               G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                               G_TYPE_NONE, 0);
}

static const GOptionEntry option_entries[] = {
  { "new", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Make a new machine, from an ISO file if one is given"),
    NULL },
  { "open", 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL, N_("Open the window of a machine"),
    N_("NAME") },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL, N_("[ISO…]") },
  { 0 },
};

static void
gh_application_init (GhApplication *self)
{
  self->cancellable = g_cancellable_new ();
  self->client = vmm_client_new ();
  self->host = vmm_host_summary_new (NULL);
  g_application_add_main_option_entries (G_APPLICATION (self), option_entries);
}

GhApplication *
gh_application_new (void)
{
  return g_object_new (GH_TYPE_APPLICATION,
                       "application-id", APPLICATION_ID,
                       "flags", G_APPLICATION_HANDLES_OPEN | G_APPLICATION_HANDLES_COMMAND_LINE,
                       NULL);
}

VmmClient *
gh_application_get_client (GhApplication *self)
{
  g_return_val_if_fail (GH_IS_APPLICATION (self), NULL);

  return self->client;
}

/**
 * gh_application_get_os_database:
 *
 * Returns: (transfer none): the database of operating systems; whoever needs it loads it
 */
VmmOsDatabase *
gh_application_get_os_database (GhApplication *self)
{
  g_return_val_if_fail (GH_IS_APPLICATION (self), NULL);

  if (self->os_database == NULL)
    self->os_database = vmm_os_database_new ();

  return self->os_database;
}

GSettings *
gh_application_get_settings (GhApplication *self)
{
  g_return_val_if_fail (GH_IS_APPLICATION (self), NULL);

  return self->settings;
}

/**
 * gh_application_get_host:
 *
 * Returns: (transfer none): what the host has; “host-changed” tells when it is known better
 */
const VmmHostSummary *
gh_application_get_host (GhApplication *self)
{
  g_return_val_if_fail (GH_IS_APPLICATION (self), NULL);

  return self->host;
}

const char *
gh_application_get_core_error (GhApplication *self)
{
  g_return_val_if_fail (GH_IS_APPLICATION (self), NULL);

  return self->core_error;
}

/**
 * gh_application_open_machine:
 *
 * Shows a machine, in the window that it has already or in a new one.
 */
void
gh_application_open_machine (GhApplication    *self,
                             VmmRemoteMachine *machine)
{
  GtkApplication *application = GTK_APPLICATION (self);
  GtkWidget *window = NULL;

  g_return_if_fail (GH_IS_APPLICATION (self));
  g_return_if_fail (VMM_IS_REMOTE_MACHINE (machine));

  for (GList *l = gtk_application_get_windows (application); l != NULL && window == NULL; l = l->next)
    if (GH_IS_MACHINE_WINDOW (l->data) && gh_machine_window_get_machine (l->data) == machine)
      window = l->data;

  if (window == NULL)
    window = gh_machine_window_new (application, self->client, machine);
  gtk_window_present (GTK_WINDOW (window));
}

/**
 * gh_application_new_machine:
 * @file: (nullable): an ISO file or disk image to make it from
 */
void
gh_application_new_machine (GhApplication *self,
                            GFile         *file)
{
  GhNewMachineWindow *window;

  g_return_if_fail (GH_IS_APPLICATION (self));
  g_return_if_fail (file == NULL || G_IS_FILE (file));

  window = gh_new_machine_window_new (self);
  if (file != NULL)
    gh_new_machine_window_set_file (window, file);
  gtk_window_present (GTK_WINDOW (window));
}

/**
 * gh_application_hold_statistics:
 *
 * Has the core send statistics until gh_application_release_statistics() was called as often.
 */
void
gh_application_hold_statistics (GhApplication *self)
{
  g_return_if_fail (GH_IS_APPLICATION (self));

  if (self->n_statistics++ == 0)
    vmm_client_set_statistics_interval (self->client, STATISTICS_INTERVAL_MS);
}

void
gh_application_release_statistics (GhApplication *self)
{
  g_return_if_fail (GH_IS_APPLICATION (self));
  g_return_if_fail (self->n_statistics > 0);

  if (--self->n_statistics == 0)
    vmm_client_set_statistics_interval (self->client, 0);
}
