/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void     gh_message_confirm_async  (GtkWidget            *parent,
                                    const char           *heading,
                                    const char           *body,
                                    const char           *action_label,
                                    gboolean              destructive,
                                    GCancellable         *cancellable,
                                    GAsyncReadyCallback   callback,
                                    gpointer              user_data);
gboolean gh_message_confirm_finish (GAsyncResult         *result,
                                    GError              **error);

void     gh_message_show_details   (GtkWidget            *parent,
                                    const char           *heading,
                                    const char           *details);

G_END_DECLS
