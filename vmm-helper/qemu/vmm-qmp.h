/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The longest line taken from QEMU. query-qmp-schema of QEMU 7.2 has 207 kB. */
#define VMM_QMP_MAX_LINE (8 * 1024 * 1024)

/* The deepest nesting taken. What QEMU sends stays below 20. */
#define VMM_QMP_MAX_DEPTH 100

#define VMM_TYPE_QMP (vmm_qmp_get_type ())
G_DECLARE_FINAL_TYPE (VmmQmp, vmm_qmp, VMM, QMP, GObject)

VmmQmp     *vmm_qmp_new              (GSocket              *socket);

void        vmm_qmp_negotiate_async  (VmmQmp               *self,
                                      GAsyncReadyCallback   callback,
                                      gpointer              user_data);
gboolean    vmm_qmp_negotiate_finish (VmmQmp               *self,
                                      GAsyncResult         *result,
                                      GError              **error);

void        vmm_qmp_execute_async    (VmmQmp               *self,
                                      const char           *command,
                                      JsonNode             *arguments,
                                      GUnixFDList          *fds,
                                      GAsyncReadyCallback   callback,
                                      gpointer              user_data);
JsonNode   *vmm_qmp_execute_finish   (VmmQmp               *self,
                                      GAsyncResult         *result,
                                      GError              **error);

JsonNode   *vmm_qmp_arguments        (const char           *first_name,
                                      ...) G_GNUC_NULL_TERMINATED;

gboolean    vmm_qmp_is_open          (VmmQmp               *self);
void        vmm_qmp_close            (VmmQmp               *self);

G_END_DECLS
