/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void  vmm_passt_find_async  (GCancellable         *cancellable,
                             GAsyncReadyCallback   callback,
                             gpointer              user_data);
char *vmm_passt_find_finish (GAsyncResult         *result,
                             GError              **error);

G_END_DECLS
