/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void   gh_file_chooser_open_async (GtkWindow            *parent,
                                   const char           *title,
                                   GListModel           *filters,
                                   GCancellable         *cancellable,
                                   GAsyncReadyCallback   callback,
                                   gpointer              user_data);
void   gh_file_chooser_save_async (GtkWindow            *parent,
                                   const char           *title,
                                   const char           *suggested_name,
                                   GCancellable         *cancellable,
                                   GAsyncReadyCallback   callback,
                                   gpointer              user_data);
GFile *gh_file_chooser_finish     (GAsyncResult         *result,
                                   GError              **error);

G_END_DECLS
