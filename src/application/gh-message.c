/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-message.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* Hides which of libadwaita's message dialogs there is: AdwAlertDialog from 1.5 on, before that
 * AdwMessageDialog. */
#if ADW_CHECK_VERSION (1, 5, 0)

static AdwDialog *
make_dialog (GtkWidget  *parent,
             const char *heading,
             const char *body)
{
  return adw_alert_dialog_new (heading, body);
}

static void
add_response (AdwDialog  *dialog,
              const char *id,
              const char *label)
{
  adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), id, label);
}

static void
set_appearance (AdwDialog             *dialog,
                const char            *id,
                AdwResponseAppearance  appearance)
{
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), id, appearance);
}

static void
set_default (AdwDialog  *dialog,
             const char *default_id,
             const char *close_id)
{
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), default_id);
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), close_id);
}

static void
set_extra (AdwDialog *dialog,
           GtkWidget *child)
{
  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (dialog), child);
}

static void
present (AdwDialog *dialog,
         GtkWidget *parent)
{
  adw_dialog_present (dialog, parent);
}

#else

typedef GtkWidget AdwDialog;

static AdwDialog *
make_dialog (GtkWidget  *parent,
             const char *heading,
             const char *body)
{
  GtkWidget *root = parent != NULL ? GTK_WIDGET (gtk_widget_get_root (parent)) : NULL;

  GtkWidget *dialog = adw_message_dialog_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL,
                                              heading, body);

  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);

  return dialog;
}

static void
add_response (AdwDialog  *dialog,
              const char *id,
              const char *label)
{
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), id, label);
}

static void
set_appearance (AdwDialog             *dialog,
                const char            *id,
                AdwResponseAppearance  appearance)
{
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), id, appearance);
}

static void
set_default (AdwDialog  *dialog,
             const char *default_id,
             const char *close_id)
{
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), default_id);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), close_id);
}

static void
set_extra (AdwDialog *dialog,
           GtkWidget *child)
{
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), child);
}

static void
present (AdwDialog *dialog,
         GtkWidget *parent)
{
  gtk_window_present (GTK_WINDOW (dialog));
}

#endif

static void
unref_closure_data (gpointer  data,
                    GClosure *closure)
{
  g_object_unref (data);
}

/* The task's data tells that it has been answered. */
static void
confirm_response_cb (GTask      *task,
                     const char *response)
{
  if (g_task_get_task_data (task) != NULL)
    return;

  g_task_set_task_data (task, task, NULL);
  g_task_return_boolean (task, g_strcmp0 (response, "act") == 0);
}

/* The window that asked is gone, which the dialog may learn only when nobody holds that window. */
static void
confirm_cancelled_cb (GTask *task)
{
  confirm_response_cb (task, "cancel");
}

/**
 * gh_message_confirm_async:
 * @parent: (nullable): a widget in the window that asks
 * @heading: a question that names its object: “Delete machine ‘demo’?”
 * @body: what happens then
 * @action_label: the act, with a mnemonic: “_Delete”
 * @destructive: whether something is lost
 *
 * Asks before something is done. Escape means no.
 */
void
gh_message_confirm_async (GtkWidget           *parent,
                          const char          *heading,
                          const char          *body,
                          const char          *action_label,
                          gboolean             destructive,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  AdwDialog *dialog = make_dialog (parent, heading, body);

  g_task_set_source_tag (task, gh_message_confirm_async);
  add_response (dialog, "cancel", _("_Cancel"));
  add_response (dialog, "act", action_label);
  set_appearance (dialog, "act", destructive ? ADW_RESPONSE_DESTRUCTIVE : ADW_RESPONSE_SUGGESTED);
  set_default (dialog, destructive ? "cancel" : "act", "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (confirm_response_cb),
                         g_object_ref (task), unref_closure_data, G_CONNECT_SWAPPED);
  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (confirm_cancelled_cb), task,
                             G_CONNECT_SWAPPED);
  present (dialog, parent);
}

/**
 * gh_message_confirm_finish:
 *
 * Returns: whether it is to be done
 */
gboolean
gh_message_confirm_finish (GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
details_response_cb (GtkWidget  *dialog,
                     const char *response,
                     gpointer    user_data)
{
  if (g_strcmp0 (response, "copy") == 0)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (dialog), user_data);
}

static void
free_closure_data (gpointer  data,
                   GClosure *closure)
{
  g_free (data);
}

/**
 * gh_message_show_details:
 * @parent: (nullable): a widget in the window it belongs to
 * @heading: what went wrong, in a sentence
 * @details: the rest, to be read and copied
 */
void
gh_message_show_details (GtkWidget  *parent,
                         const char *heading,
                         const char *details)
{
  AdwDialog *dialog = make_dialog (parent, heading, NULL);
  GtkWidget *view = gtk_text_view_new ();
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)), details, -1);
  gtk_text_view_set_editable (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_cursor_visible (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (view), TRUE);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (view), 9);
  gtk_text_view_set_right_margin (GTK_TEXT_VIEW (view), 9);
  gtk_text_view_set_top_margin (GTK_TEXT_VIEW (view), 9);
  gtk_text_view_set_bottom_margin (GTK_TEXT_VIEW (view), 9);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Details"), -1);

  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), view);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), 120);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 320);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_widget_add_css_class (scroller, "card");
  gtk_widget_set_overflow (scroller, GTK_OVERFLOW_HIDDEN);

  set_extra (dialog, scroller);
  add_response (dialog, "copy", _("C_opy"));
  add_response (dialog, "close", _("_Close"));
  set_default (dialog, "close", "close");
  g_signal_connect_data (dialog, "response", G_CALLBACK (details_response_cb), g_strdup (details),
                         free_closure_data, 0);
  present (dialog, parent);
}
