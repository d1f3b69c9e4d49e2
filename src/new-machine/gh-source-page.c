/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-source-page.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "gh-file-chooser.h"

#define RECENT_MAX 5

/**
 * GhSourcePage:
 *
 * What to run: an installation file or a disk image, chosen, dropped, or used before. “chosen” says
 * which.
 */
struct _GhSourcePage
{
  GtkWidget            parent_instance;

  GtkWidget           *overlay;
  AdwPreferencesGroup *recent_group;
  GtkWidget           *error_box;
  GtkLabel            *error_label;
  GtkWidget           *busy_box;
  GtkLabel            *busy_label;
  GtkWidget           *choices;
  GtkFileFilter       *iso_filter;
  GtkFileFilter       *image_filter;
  GtkFileFilter       *any_filter;
  GtkWidget           *drop_hint;

  GCancellable        *cancellable;
};

enum
{
  SIGNAL_CHOSEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GhSourcePage, gh_source_page, GTK_TYPE_WIDGET)

static void
file_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GhSourcePage) self = user_data;
  g_autoptr (GFile) file = gh_file_chooser_finish (result, NULL);

  if (file != NULL)
    g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, file);
}

static void
choose (GhSourcePage  *self,
        const char    *title,
        GtkFileFilter *filter)
{
  g_autoptr (GListStore) filters = g_list_store_new (GTK_TYPE_FILE_FILTER);

  g_list_store_append (filters, filter);
  g_list_store_append (filters, self->any_filter);
  gh_file_chooser_open_async (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), title,
                              G_LIST_MODEL (filters), self->cancellable, file_cb,
                              g_object_ref (self));
}

static void
choose_iso_cb (GhSourcePage *self)
{
  choose (self, _("Choose an Installation File"), self->iso_filter);
}

static void
choose_image_cb (GhSourcePage *self)
{
  choose (self, _("Choose a Disk Image"), self->image_filter);
}

static void
recent_activated_cb (AdwActionRow *row,
                     GhSourcePage *self)
{
  g_autoptr (GFile) file =
    g_file_new_for_uri (g_object_get_data (G_OBJECT (row), "gh-recent-uri"));

  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, file);
}

static gboolean
drop_cb (GtkDropTarget *target,
         const GValue  *value,
         double         x,
         double         y,
         GhSourcePage  *self)
{
  GSList *files = g_value_get_boxed (value);

  if (files == NULL)
    return FALSE;

  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, files->data);

  return TRUE;
}

static void
hover_cb (GtkDropTarget *target,
          GParamSpec    *pspec,
          GhSourcePage  *self)
{
  gtk_widget_set_visible (self->drop_hint, gtk_drop_target_get_current_drop (target) != NULL);
}

/* Newest first; the manager's order is not said to be any. */
static int
compare_recent (gconstpointer a,
                gconstpointer b)
{
  g_autoptr (GDateTime) a_time = g_date_time_ref (gtk_recent_info_get_modified ((GtkRecentInfo *) a));
  g_autoptr (GDateTime) b_time = g_date_time_ref (gtk_recent_info_get_modified ((GtkRecentInfo *) b));

  return g_date_time_compare (b_time, a_time);
}

static gboolean
is_ours (GtkRecentInfo *info)
{
  static const char *const endings[] = { ".iso", ".img", ".qcow2", ".vmdk", ".vdi", ".vhdx" };
  g_autofree char *uri = g_utf8_casefold (gtk_recent_info_get_uri (info), -1);

  if (!g_str_has_prefix (uri, "file:"))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (uri, endings[i]))
      return TRUE;

  return FALSE;
}

static void
add_recent (GhSourcePage *self)
{
  GList *items = gtk_recent_manager_get_items (gtk_recent_manager_get_default ());
  guint n = 0;

  items = g_list_sort (items, compare_recent);
  for (GList *l = items; l != NULL && n < RECENT_MAX; l = l->next)
    {
      GtkRecentInfo *info = l->data;
      g_autofree char *place = NULL;
      g_autofree char *title = NULL;
      g_autofree char *subtitle = NULL;
      GtkWidget *row;

      if (!is_ours (info))
        continue;

      place = gtk_recent_info_get_uri_display (info);
      title = g_markup_escape_text (gtk_recent_info_get_display_name (info), -1);
      subtitle = g_markup_escape_text (place != NULL ? place : "", -1);
      row = adw_action_row_new ();
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
      adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                                 gtk_image_new_from_icon_name ("go-next-symbolic"));
      g_object_set_data_full (G_OBJECT (row), "gh-recent-uri",
                              g_strdup (gtk_recent_info_get_uri (info)), g_free);
      g_signal_connect_object (row, "activated", G_CALLBACK (recent_activated_cb), self, 0);
      adw_preferences_group_add (self->recent_group, row);
      n++;
    }
  gtk_widget_set_visible (GTK_WIDGET (self->recent_group), n > 0);
  g_list_free_full (items, (GDestroyNotify) gtk_recent_info_unref);
}

static void
gh_source_page_dispose (GObject *object)
{
  GhSourcePage *self = GH_SOURCE_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->overlay, gtk_widget_unparent);

  G_OBJECT_CLASS (gh_source_page_parent_class)->dispose (object);
}

static void
gh_source_page_finalize (GObject *object)
{
  GhSourcePage *self = GH_SOURCE_PAGE (object);

  g_object_unref (self->cancellable);

  G_OBJECT_CLASS (gh_source_page_parent_class)->finalize (object);
}

static void
gh_source_page_class_init (GhSourcePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = gh_source_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = gh_source_page_finalize;

  signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", GH_TYPE_SOURCE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_FILE);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/org/guesthouse/Guesthouse/new-machine/gh-source-page.ui");
  gtk_widget_class_bind_template_child (widget_class, GhSourcePage, overlay);
  gtk_widget_class_bind_template_child (widget_class, GhSourcePage, recent_group);
  gtk_widget_class_bind_template_child (widget_class, GhSourcePage, error_box);
  gtk_widget_class_bind_template_child (widget_class, GhSourcePage, error_label);
  gtk_widget_class_bind_template_child (widget_class, GhSourcePage, busy_box);
  gtk_widget_class_bind_template_child (widget_class, GhSourcePage, busy_label);
  gtk_widget_class_bind_template_child (widget_class, GhSourcePage, choices);
  gtk_widget_class_bind_template_child (widget_class, GhSourcePage, iso_filter);
  gtk_widget_class_bind_template_child (widget_class, GhSourcePage, image_filter);
  gtk_widget_class_bind_template_child (widget_class, GhSourcePage, any_filter);
  gtk_widget_class_bind_template_child (widget_class, GhSourcePage, drop_hint);
  gtk_widget_class_bind_template_callback (widget_class, choose_iso_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_image_cb);
}

static void
gh_source_page_init (GhSourcePage *self)
{
  GtkDropTarget *target;

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  add_recent (self);

  target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  g_signal_connect_object (target, "drop", G_CALLBACK (drop_cb), self, 0);
  g_signal_connect_object (target, "notify::current-drop", G_CALLBACK (hover_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

/**
 * gh_source_page_set_busy:
 * @text: (nullable): what is being looked at; %NULL when that is over
 */
void
gh_source_page_set_busy (GhSourcePage *self,
                         const char   *text)
{
  g_return_if_fail (GH_IS_SOURCE_PAGE (self));

  gtk_label_set_label (self->busy_label, text != NULL ? text : "");
  gtk_widget_set_visible (self->busy_box, text != NULL);
  gtk_widget_set_sensitive (self->choices, text == NULL);
}

/**
 * gh_source_page_set_error:
 * @text: (nullable): what is wrong with the file that was chosen
 */
void
gh_source_page_set_error (GhSourcePage *self,
                          const char   *text)
{
  g_return_if_fail (GH_IS_SOURCE_PAGE (self));

  gtk_label_set_label (self->error_label, text != NULL ? text : "");
  gtk_widget_set_visible (self->error_box, text != NULL);
}

/**
 * gh_source_page_remember:
 *
 * Offers a file, which has turned out to be good, the next time.
 */
void
gh_source_page_remember (GhSourcePage *self,
                         GFile        *file)
{
  g_autofree char *uri = g_file_get_uri (file);
  GtkRecentData data = {
    .mime_type = (char *) "application/octet-stream",
    .app_name = (char *) "Guesthouse",
    .app_exec = (char *) "guesthouse --new %f",
  };

  gtk_recent_manager_add_full (gtk_recent_manager_get_default (), uri, &data);
}
