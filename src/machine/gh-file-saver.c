/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-file-saver.h"

#include <glib/gi18n.h>

/* Hides which of GTK's choosers there is: GtkFileDialog from 4.10 on, before that
 * GtkFileChooserNative. */
#if GTK_CHECK_VERSION (4, 10, 0)

static void
save_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  GFile *file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (source), result, &error);

  if (file != NULL)
    g_task_return_pointer (task, file, g_object_unref);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s", error->message);
}

static void
run (GtkWindow  *parent,
     const char *title,
     const char *suggested_name,
     GTask      *task)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, title);
  gtk_file_dialog_set_initial_name (dialog, suggested_name);
  gtk_file_dialog_save (dialog, parent, g_task_get_cancellable (task), save_cb, task);
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

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

  if (file != NULL)
    g_task_return_pointer (task, file, g_object_unref);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "dismissed");
}

static void
run (GtkWindow  *parent,
     const char *title,
     const char *suggested_name,
     GTask      *task)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (title, parent,
                                                              GTK_FILE_CHOOSER_ACTION_SAVE,
                                                              _("_Save"), _("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), suggested_name);
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), task);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

#endif

/**
 * gh_file_saver_choose_async:
 * @suggested_name: a file name without folder
 *
 * Lets a person choose where to write. Fails with G_IO_ERROR_CANCELLED when they choose nothing.
 */
void
gh_file_saver_choose_async (GtkWindow           *parent,
                            const char          *title,
                            const char          *suggested_name,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, gh_file_saver_choose_async);
  run (parent, title, suggested_name, task);
}

/**
 * gh_file_saver_choose_finish:
 *
 * Returns: (transfer full) (nullable): the file, which may exist: the person was asked
 */
GFile *
gh_file_saver_choose_finish (GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
