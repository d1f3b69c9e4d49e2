/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-system-page.h"

/**
 * GhSystemPage:
 *
 * A list of all operating systems to search and choose from. “chosen” says which.
 */
struct _GhSystemPage
{
  GtkWidget           parent_instance;

  GtkWidget          *box;
  GtkSearchEntry     *search_entry;
  GtkStack           *stack;
  GtkSingleSelection *selection;
  GtkFilterListModel *filter_model;
  GtkCustomFilter    *filter;
};

enum
{
  SIGNAL_CHOSEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GhSystemPage, gh_system_page, GTK_TYPE_WIDGET)

static gboolean
match_system (gpointer item,
              gpointer user_data)
{
  GhSystemPage *self = user_data;

  return vmm_os_matches (item, gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));
}

static void
search_changed_cb (GtkSearchEntry *entry,
                   GhSystemPage   *self)
{
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
  gtk_stack_set_visible_child_name (
    self->stack, g_list_model_get_n_items (G_LIST_MODEL (self->selection)) > 0 ? "list" : "none");
}

static void
choose (GhSystemPage *self,
        guint         position)
{
  g_autoptr (VmmOs) os = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (os != NULL)
    g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, os);
}

static void
search_activate_cb (GtkSearchEntry *entry,
                    GhSystemPage   *self)
{
  choose (self, 0);
}

static void
activate_cb (GtkListView  *view,
             guint         position,
             GhSystemPage *self)
{
  choose (self, position);
}

static void
gh_system_page_dispose (GObject *object)
{
  GhSystemPage *self = GH_SYSTEM_PAGE (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);

  G_OBJECT_CLASS (gh_system_page_parent_class)->dispose (object);
}

static void
gh_system_page_class_init (GhSystemPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = gh_system_page_dispose;

  signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", GH_TYPE_SYSTEM_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, VMM_TYPE_OS);

  g_type_ensure (VMM_TYPE_OS);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/org/guesthouse/Guesthouse/new-machine/gh-system-page.ui");
  gtk_widget_class_bind_template_child (widget_class, GhSystemPage, box);
  gtk_widget_class_bind_template_child (widget_class, GhSystemPage, search_entry);
  gtk_widget_class_bind_template_child (widget_class, GhSystemPage, stack);
  gtk_widget_class_bind_template_child (widget_class, GhSystemPage, selection);
  gtk_widget_class_bind_template_child (widget_class, GhSystemPage, filter_model);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
}

static void
gh_system_page_init (GhSystemPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->filter = gtk_custom_filter_new (match_system, self, NULL);
  gtk_filter_list_model_set_filter (self->filter_model, GTK_FILTER (self->filter));
  g_object_unref (self->filter);
}

void
gh_system_page_set_database (GhSystemPage  *self,
                             VmmOsDatabase *database)
{
  g_return_if_fail (GH_IS_SYSTEM_PAGE (self));
  g_return_if_fail (VMM_IS_OS_DATABASE (database));

  gtk_filter_list_model_set_model (self->filter_model, vmm_os_database_get_systems (database));
}

/**
 * gh_system_page_begin:
 *
 * Gets ready for a search: nothing typed, the focus in the entry.
 */
void
gh_system_page_begin (GhSystemPage *self)
{
  g_return_if_fail (GH_IS_SYSTEM_PAGE (self));

  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}
