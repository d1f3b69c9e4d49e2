/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-manager-window.h"

#include <string.h>

#include <glib/gi18n.h>

#include "gh-host-verdict.h"
#include "gh-machine-row.h"
#include "gh-machine-words.h"
#include "gh-message.h"

/* States say how long they have lasted in minutes. */
#define REFRESH_S 30

/**
 * GhManagerWindow:
 *
 * The list of machines.
 */
struct _GhManagerWindow
{
  AdwApplicationWindow  parent_instance;

  AdwToastOverlay      *toast_overlay;
  GtkStack             *stack;
  AdwStatusPage        *empty_page;
  AdwStatusPage        *unreachable_page;
  GtkWidget            *verdict;
  GtkWidget            *core_banner;
  GtkSearchBar         *search_bar;
  GtkSearchEntry       *search_entry;
  GtkListView          *list_view;
  GtkSingleSelection   *selection;
  GtkFilterListModel   *filter_model;
  GtkSortListModel     *sort_model;
  GtkCustomFilter      *filter;

  GCancellable         *cancellable;
  GHashTable           *rows;          /* GhMachineRow, those that show a machine */
  char                 *search_text;   /* casefolded */
  guint                 refresh_source;
  gboolean              has_statistics;
};

G_DEFINE_FINAL_TYPE (GhManagerWindow, gh_manager_window, ADW_TYPE_APPLICATION_WINDOW)

static GhApplication *
get_application (GhManagerWindow *self)
{
  return GH_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
}

/* -- what is shown --------------------------------------------------------------------------- */

static void
update_page (GhManagerWindow *self)
{
  GhApplication *application = get_application (self);
  VmmClient *client;
  const char *core_error;
  const char *page;
  guint n;

  if (application == NULL)
    return;

  client = gh_application_get_client (application);
  core_error = gh_application_get_core_error (application);
  n = g_list_model_get_n_items (vmm_client_get_machines (client));

  if (n > 0)
    page = g_list_model_get_n_items (G_LIST_MODEL (self->filter_model)) > 0 ? "list" : "no-match";
  else if (vmm_client_is_connected (client))
    page = "empty";
  else
    page = core_error != NULL ? "unreachable" : "loading";

  /* Known machines stay on view when the core goes away; the banner says that they may be old. */
  gtk_widget_set_visible (self->core_banner, n > 0 && !vmm_client_is_connected (client));
  adw_status_page_set_description (self->unreachable_page, core_error);
  gtk_stack_set_visible_child_name (self->stack, page);
}

static void
update_host (GhManagerWindow *self)
{
  GhApplication *application = get_application (self);

  if (application != NULL)
    gh_host_verdict_set_host (GH_HOST_VERDICT (self->verdict),
                              gh_application_get_host (application));
}

static void
update_statistics (GhManagerWindow *self)
{
  GhApplication *application = get_application (self);
  gboolean is_wanted = gtk_widget_get_mapped (GTK_WIDGET (self));

  if (application == NULL || is_wanted == self->has_statistics)
    return;

  self->has_statistics = is_wanted;
  if (is_wanted)
    gh_application_hold_statistics (application);
  else
    gh_application_release_statistics (application);
}

static gboolean
refresh_cb (gpointer user_data)
{
  GhManagerWindow *self = user_data;
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    gh_machine_row_update_state (row);

  return G_SOURCE_CONTINUE;
}

/* -- messages -------------------------------------------------------------------------------- */

typedef struct
{
  char *heading;
  char *details;
} Details;

static void
details_free (gpointer  data,
              GClosure *closure)
{
  Details *details = data;

  g_free (details->heading);
  g_free (details->details);
  g_free (details);
}

static void
details_cb (AdwToast *toast,
            gpointer  user_data)
{
  Details *details = user_data;
  GtkWidget *self = g_object_get_data (G_OBJECT (toast), "gh-window");

  gh_message_show_details (self, details->heading, details->details);
}

static void
show_error (GhManagerWindow *self,
            const char      *heading,
            const GError    *error)
{
  g_autofree char *summary = vmm_error_dup_summary (error);
  g_autofree char *more = vmm_error_dup_details (error);
  g_autofree char *escaped = g_markup_escape_text (heading, -1);
  AdwToast *toast = adw_toast_new (escaped);
  Details *details = g_new0 (Details, 1);

  details->heading = g_strdup (heading);
  details->details = more != NULL ? g_strdup_printf ("%s\n\n%s", summary, more) : g_strdup (summary);
  adw_toast_set_button_label (toast, _("Details"));
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  adw_toast_set_timeout (toast, 0);
  g_object_set_data (G_OBJECT (toast), "gh-window", self);
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (details_cb), details, details_free, 0);
  adw_toast_overlay_add_toast (self->toast_overlay, toast);
}

/* -- acts ------------------------------------------------------------------------------------ */

typedef struct
{
  GhManagerWindow  *window;
  VmmRemoteMachine *machine;
  GhMachineAct      act;
} Request;

static Request *
request_new (GhManagerWindow  *self,
             VmmRemoteMachine *machine,
             GhMachineAct      act)
{
  Request *request = g_new0 (Request, 1);

  request->window = g_object_ref (self);
  request->machine = g_object_ref (machine);
  request->act = act;

  return request;
}

static void
request_free (Request *request)
{
  g_object_unref (request->window);
  g_object_unref (request->machine);
  g_free (request);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_free)

static char *
dup_failure (const Request *request)
{
  const char *label = gh_machine_words_get_label (request->machine);

  switch (request->act)
    {
    case GH_MACHINE_ACT_START:
      return g_strdup_printf (_("“%s” could not be started"), label);
    case GH_MACHINE_ACT_SHUT_DOWN:
      return g_strdup_printf (_("“%s” could not be shut down"), label);
    case GH_MACHINE_ACT_PAUSE:
      return g_strdup_printf (_("“%s” could not be paused"), label);
    case GH_MACHINE_ACT_RESUME:
      return g_strdup_printf (_("“%s” could not be resumed"), label);
    case GH_MACHINE_ACT_POWER_OFF:
      return g_strdup_printf (_("“%s” could not be turned off"), label);
    case GH_MACHINE_ACT_DELETE:
      return g_strdup_printf (_("“%s” could not be deleted"), label);
    case GH_MACHINE_ACT_OPEN:
    default:
      return g_strdup_printf (_("“%s” could not be opened"), label);
    }
}

static void
act_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (Request) request = user_data;
  g_autoptr (GError) error = NULL;

  if (!gh_machine_act_finish (VMM_CLIENT (source), result, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_autofree char *heading = dup_failure (request);

      show_error (request->window, heading, error);
    }
}

static void
do_act (Request *request)
{
  GhManagerWindow *self = request->window;
  GhApplication *application = get_application (self);

  if (application == NULL)
    {
      request_free (request);
      return;
    }

  gh_machine_act_async (gh_application_get_client (application), request->machine, request->act,
                        self->cancellable, act_cb, request);
}

static void
confirm_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (Request) request = user_data;

  if (gh_message_confirm_finish (result, NULL))
    do_act (g_steal_pointer (&request));
}

static void
row_act_cb (GhMachineRow     *row,
            VmmRemoteMachine *machine,
            guint             act,
            GhManagerWindow  *self)
{
  const char *label = gh_machine_words_get_label (machine);
  Request *request;

  if (act == GH_MACHINE_ACT_OPEN)
    {
      gh_application_open_machine (get_application (self), machine);
      return;
    }

  request = request_new (self, machine, (GhMachineAct) act);
  if (act == GH_MACHINE_ACT_DELETE)
    {
      g_autofree char *heading = g_strdup_printf (_("Delete machine “%s”?"), label);

      gh_message_confirm_async (GTK_WIDGET (self), heading,
                                _("Its definition, logs and firmware settings are removed. "
                                  "Its disk images stay."),
                                _("_Delete"), TRUE, self->cancellable, confirm_cb, request);
    }
  else if (act == GH_MACHINE_ACT_POWER_OFF)
    {
      g_autofree char *heading = g_strdup_printf (_("Turn off “%s” at once?"), label);

      gh_message_confirm_async (GTK_WIDGET (self), heading,
                                _("This is like pulling the plug: what the system in it has not "
                                  "saved is lost."),
                                _("_Turn Off"), TRUE, self->cancellable, confirm_cb, request);
    }
  else
    {
      do_act (request);
    }
}

/* -- the list -------------------------------------------------------------------------------- */

static void
setup_row_cb (GtkListItemFactory *factory,
              GtkListItem        *item,
              GhManagerWindow    *self)
{
  GtkWidget *row = gh_machine_row_new ();

  g_signal_connect_object (row, "act", G_CALLBACK (row_act_cb), self, 0);
  gtk_list_item_set_child (item, row);
}

static void
bind_row_cb (GtkListItemFactory *factory,
             GtkListItem        *item,
             GhManagerWindow    *self)
{
  GtkWidget *row = gtk_list_item_get_child (item);

  gh_machine_row_set_machine (GH_MACHINE_ROW (row), gtk_list_item_get_item (item));
  g_hash_table_add (self->rows, row);
}

static void
unbind_row_cb (GtkListItemFactory *factory,
               GtkListItem        *item,
               GhManagerWindow    *self)
{
  GtkWidget *row = gtk_list_item_get_child (item);

  g_hash_table_remove (self->rows, row);
  gh_machine_row_set_machine (GH_MACHINE_ROW (row), NULL);
}

static void
activate_row_cb (GtkListView     *view,
                 guint            position,
                 GhManagerWindow *self)
{
  g_autoptr (VmmRemoteMachine) machine =
    g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (machine != NULL)
    gh_application_open_machine (get_application (self), machine);
}

static GhMachineRow *
find_selected_row (GhManagerWindow *self)
{
  gpointer selected = gtk_single_selection_get_selected_item (self->selection);
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (selected != NULL && g_hash_table_iter_next (&iter, &row, NULL))
    if ((gpointer) gh_machine_row_get_machine (row) == selected)
      return row;

  return NULL;
}

static void
menu_action_cb (GtkWidget  *widget,
                const char *action,
                GVariant   *parameter)
{
  GhMachineRow *row = find_selected_row (GH_MANAGER_WINDOW (widget));

  if (row != NULL)
    gh_machine_row_popup_menu (row, gtk_widget_get_width (GTK_WIDGET (row)) / 3.0,
                               gtk_widget_get_height (GTK_WIDGET (row)) / 2.0);
}

static void
delete_action_cb (GtkWidget  *widget,
                  const char *action,
                  GVariant   *parameter)
{
  GhMachineRow *row = find_selected_row (GH_MANAGER_WINDOW (widget));

  if (row != NULL)
    gtk_widget_activate_action (GTK_WIDGET (row), "machine.delete", NULL);
}

/* "vm-2" before "vm-10", as file managers do. The key is made once for a label. */
static const char *
sort_key (VmmRemoteMachine *machine)
{
  const char *label = gh_machine_words_get_label (machine);
  const char *known = g_object_get_data (G_OBJECT (machine), "gh-sort-label");

  if (g_strcmp0 (known, label) != 0)
    {
      g_autofree char *folded = g_utf8_casefold (label, -1);

      g_object_set_data_full (G_OBJECT (machine), "gh-sort-label", g_strdup (label), g_free);
      g_object_set_data_full (G_OBJECT (machine), "gh-sort-key",
                              g_utf8_collate_key_for_filename (folded, -1), g_free);
    }

  return g_object_get_data (G_OBJECT (machine), "gh-sort-key");
}

static int
compare_machines (gconstpointer a,
                  gconstpointer b,
                  gpointer      user_data)
{
  return gtk_ordering_from_cmpfunc (strcmp (sort_key ((VmmRemoteMachine *) a),
                                            sort_key ((VmmRemoteMachine *) b)));
}

static gboolean
match_machine (gpointer item,
               gpointer user_data)
{
  GhManagerWindow *self = user_data;
  g_autofree char *name = NULL;
  g_autofree char *title = NULL;

  if (self->search_text == NULL || *self->search_text == '\0')
    return TRUE;

  name = g_utf8_casefold (vmm_remote_machine_get_name (item), -1);
  title = g_utf8_casefold (vmm_remote_machine_get_title (item), -1);

  return strstr (name, self->search_text) != NULL || strstr (title, self->search_text) != NULL;
}

static void
search_changed_cb (GtkSearchEntry  *entry,
                   GhManagerWindow *self)
{
  g_free (self->search_text);
  self->search_text = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (entry)), -1);
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
  update_page (self);
}

static void
search_activate_cb (GtkSearchEntry  *entry,
                    GhManagerWindow *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->selection)) > 0)
    activate_row_cb (self->list_view, 0, self);
}

static void
search_action_cb (GtkWidget  *widget,
                  const char *action,
                  GVariant   *parameter)
{
  GhManagerWindow *self = GH_MANAGER_WINDOW (widget);

  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

/* Rows that came into view may not have been drawn for a while. */
static void
scrolled_cb (GhManagerWindow *self)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    gh_machine_row_update_load (row);
}

static void
reconnect_cb (GtkWidget  *widget,
              const char *action,
              GVariant   *parameter)
{
  gh_application_reconnect (get_application (GH_MANAGER_WINDOW (widget)));
}

/* -- the window ------------------------------------------------------------------------------ */

static void
map_changed_cb (GhManagerWindow *self)
{
  update_statistics (self);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)) && self->refresh_source == 0)
    self->refresh_source = g_timeout_add_seconds (REFRESH_S, refresh_cb, self);
  else if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    g_clear_handle_id (&self->refresh_source, g_source_remove);
}

static gboolean
gh_manager_window_close_request (GtkWindow *window)
{
  GhApplication *application = get_application (GH_MANAGER_WINDOW (window));
  int width, height;

  gtk_window_get_default_size (window, &width, &height);
  g_settings_set (gh_application_get_settings (application), "window-size", "(ii)", width, height);
  g_settings_set_boolean (gh_application_get_settings (application), "window-maximized",
                          gtk_window_is_maximized (window));

  return GTK_WINDOW_CLASS (gh_manager_window_parent_class)->close_request (window);
}

/* Whoever comes back may have installed what was missing. */
static void
is_active_cb (GhManagerWindow *self)
{
  GhApplication *application = get_application (self);

  if (application != NULL && gtk_window_is_active (GTK_WINDOW (self)))
    gh_application_refresh_host (application);
}

static void
gh_manager_window_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (gh_manager_window_parent_class)->unmap (widget);
  map_changed_cb (GH_MANAGER_WINDOW (widget));
}

static void
gh_manager_window_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (gh_manager_window_parent_class)->map (widget);
  map_changed_cb (GH_MANAGER_WINDOW (widget));
}

/* Part of gtk_window_destroy(): acts under way hold the window, which would live on unseen. */
static void
gh_manager_window_unrealize (GtkWidget *widget)
{
  g_cancellable_cancel (GH_MANAGER_WINDOW (widget)->cancellable);

  GTK_WIDGET_CLASS (gh_manager_window_parent_class)->unrealize (widget);
}

static void
gh_manager_window_dispose (GObject *object)
{
  GhManagerWindow *self = GH_MANAGER_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->refresh_source, g_source_remove);

  G_OBJECT_CLASS (gh_manager_window_parent_class)->dispose (object);
}

static void
gh_manager_window_finalize (GObject *object)
{
  GhManagerWindow *self = GH_MANAGER_WINDOW (object);

  g_clear_object (&self->cancellable);
  g_hash_table_unref (self->rows);
  g_free (self->search_text);

  G_OBJECT_CLASS (gh_manager_window_parent_class)->finalize (object);
}

static void
gh_manager_window_class_init (GhManagerWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = gh_manager_window_dispose;
  object_class->finalize = gh_manager_window_finalize;
  widget_class->map = gh_manager_window_map;
  widget_class->unmap = gh_manager_window_unmap;
  widget_class->unrealize = gh_manager_window_unrealize;
  GTK_WINDOW_CLASS (klass)->close_request = gh_manager_window_close_request;

  g_type_ensure (GH_TYPE_HOST_VERDICT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               GH_RESOURCES "manager/gh-manager-window.ui");
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, empty_page);
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, unreachable_page);
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, verdict);
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, core_banner);
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, search_bar);
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, list_view);
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, selection);
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, filter_model);
  gtk_widget_class_bind_template_child (widget_class, GhManagerWindow, sort_model);
  gtk_widget_class_bind_template_callback (widget_class, setup_row_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_row_cb);
  gtk_widget_class_bind_template_callback (widget_class, unbind_row_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_row_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, scrolled_cb);

  gtk_widget_class_install_action (widget_class, "win.search", NULL, search_action_cb);
  gtk_widget_class_install_action (widget_class, "win.reconnect", NULL, reconnect_cb);
  gtk_widget_class_install_action (widget_class, "win.machine-menu", NULL, menu_action_cb);
  gtk_widget_class_install_action (widget_class, "win.delete-machine", NULL, delete_action_cb);
}

static void
gh_manager_window_init (GhManagerWindow *self)
{
  GtkSorter *sorter;

  self->cancellable = g_cancellable_new ();
  self->rows = g_hash_table_new (NULL, NULL);
  gtk_widget_init_template (GTK_WIDGET (self));

  self->filter = gtk_custom_filter_new (match_machine, self, NULL);
  gtk_filter_list_model_set_filter (self->filter_model, GTK_FILTER (self->filter));
  g_object_unref (self->filter);
  sorter = GTK_SORTER (gtk_custom_sorter_new (compare_machines, NULL, NULL));
  gtk_sort_list_model_set_sorter (self->sort_model, sorter);
  g_object_unref (sorter);

  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  gtk_search_bar_set_key_capture_widget (self->search_bar, GTK_WIDGET (self));
  g_signal_connect (self, "notify::is-active", G_CALLBACK (is_active_cb), NULL);
  g_signal_connect_object (self->filter_model, "items-changed", G_CALLBACK (update_page), self,
                           G_CONNECT_SWAPPED);
}

GhManagerWindow *
gh_manager_window_new (GhApplication *application)
{
  GhManagerWindow *self;
  VmmClient *client;
  int width, height;

  g_return_val_if_fail (GH_IS_APPLICATION (application), NULL);

  self = g_object_new (GH_TYPE_MANAGER_WINDOW, "application", application, NULL);
  g_settings_get (gh_application_get_settings (application), "window-size", "(ii)", &width, &height);
  gtk_window_set_default_size (GTK_WINDOW (self), width, height);
  if (g_settings_get_boolean (gh_application_get_settings (application), "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));

  client = gh_application_get_client (application);
  gtk_filter_list_model_set_model (self->filter_model, vmm_client_get_machines (client));
  g_signal_connect_object (client, "notify::connected", G_CALLBACK (update_page), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (application, "notify::core-error", G_CALLBACK (update_page), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (application, "host-changed", G_CALLBACK (update_host), self,
                           G_CONNECT_SWAPPED);
  update_host (self);
  update_page (self);

  return self;
}

/**
 * gh_manager_window_show_message:
 * @text: a short sentence
 *
 * Shows it for a while at the lower edge.
 */
void
gh_manager_window_show_message (GhManagerWindow *self,
                                const char      *text)
{
  g_autofree char *escaped = NULL;

  g_return_if_fail (GH_IS_MANAGER_WINDOW (self));

  escaped = g_markup_escape_text (text, -1);
  adw_toast_overlay_add_toast (self->toast_overlay, adw_toast_new (escaped));
}
