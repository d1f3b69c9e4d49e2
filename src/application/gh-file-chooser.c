/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-file-chooser.h"

#include <glib/gi18n.h>

/* Hides which of GTK's file choosers there is: GtkFileDialog from 4.10 on, before that
 * GtkFileChooserNative. */
#if GTK_CHECK_VERSION (4, 10, 0)

/* As every chooser says that nothing was chosen. */
static void
return_file (GTask        *task,
             GFile        *file,
             const GError *error)
{
  if (file != NULL)
    g_task_return_pointer (task, file, g_object_unref);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s", error->message);
}

static void
open_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  GFile *file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, &error);

  return_file (task, file, error);
}

static void
save_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  GFile *file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (source), result, &error);

  return_file (task, file, error);
}

static void
run (GtkWindow  *parent,
     const char *title,
     GListModel *filters,
     const char *suggested_name,
     gboolean    is_save,
     GTask      *task)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, title);
  gtk_file_dialog_set_modal (dialog, TRUE);
  if (filters != NULL)
    gtk_file_dialog_set_filters (dialog, filters);
  if (suggested_name != NULL)
    gtk_file_dialog_set_initial_name (dialog, suggested_name);
  if (is_save)
    gtk_file_dialog_save (dialog, parent, g_task_get_cancellable (task), save_cb, task);
  else
    gtk_file_dialog_open (dialog, parent, g_task_get_cancellable (task), open_cb, task);
}

#else

static void
response_cb (GtkNativeDialog *dialog,
             int              response,
             gpointer         user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GtkNativeDialog) owned G_GNUC_UNUSED = dialog;
  GFile *file = NULL;

  g_signal_handlers_disconnect_by_data (dialog, task);
  if (g_task_get_cancellable (task) != NULL)
    g_signal_handlers_disconnect_by_data (g_task_get_cancellable (task), dialog);
  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

  if (file != NULL)
    g_task_return_pointer (task, file, g_object_unref);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "dismissed");
}

static void
cancelled_cb (GtkNativeDialog *dialog)
{
  gtk_native_dialog_hide (dialog);
  g_signal_emit_by_name (dialog, "response", GTK_RESPONSE_CANCEL);
}

static void
run (GtkWindow  *parent,
     const char *title,
     GListModel *filters,
     const char *suggested_name,
     gboolean    is_save,
     GTask      *task)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
    title, parent, is_save ? GTK_FILE_CHOOSER_ACTION_SAVE : GTK_FILE_CHOOSER_ACTION_OPEN,
    is_save ? _("_Save") : _("_Open"), _("_Cancel"));
  guint n = filters != NULL ? g_list_model_get_n_items (filters) : 0;

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GtkFileFilter) filter = g_list_model_get_item (filters, i);

      gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
    }
  if (suggested_name != NULL)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), suggested_name);
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), task);
  if (g_task_get_cancellable (task) != NULL)
    g_signal_connect_object (g_task_get_cancellable (task), "cancelled", G_CALLBACK (cancelled_cb),
                             dialog, G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

#endif

/**
 * gh_file_chooser_open_async:
 * @filters: GtkFileFilter objects, the first of which is used at first
 *
 * Lets a person choose a file to open.
 */
void
gh_file_chooser_open_async (GtkWindow           *parent,
                            const char          *title,
                            GListModel          *filters,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  run (parent, title, filters, NULL, FALSE, g_task_new (NULL, cancellable, callback, user_data));
}

/**
 * gh_file_chooser_save_async:
 * @suggested_name: a file name without folder
 *
 * Lets a person choose where to write.
 */
void
gh_file_chooser_save_async (GtkWindow           *parent,
                            const char          *title,
                            const char          *suggested_name,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  run (parent, title, NULL, suggested_name, TRUE,
       g_task_new (NULL, cancellable, callback, user_data));
}

/**
 * gh_file_chooser_finish:
 *
 * Returns: (transfer full) (nullable): the file, which may exist if it shall be written: the person
 *   was asked. %NULL with G_IO_ERROR_CANCELLED if nothing was chosen.
 */
GFile *
gh_file_chooser_finish (GAsyncResult  *result,
                        GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
