/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

int      vmm_socket_listen  (const char  *folder,
                             const char  *name,
                             GError     **error);
GSocket *vmm_socket_connect (const char  *folder,
                             const char  *name,
                             GError     **error);
gboolean vmm_socket_pair    (int          fds[2],
                             GError     **error);

G_END_DECLS
