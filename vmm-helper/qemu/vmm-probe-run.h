/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A QEMU that is started only to be asked, from a thread with a main context of its own. */
typedef struct _VmmProbeRun VmmProbeRun;

VmmProbeRun *vmm_probe_run_start   (const char * const  *argv,
                                    GCancellable        *cancellable,
                                    GError             **error);
JsonNode    *vmm_probe_run_execute (VmmProbeRun         *self,
                                    const char          *command,
                                    JsonNode            *arguments,
                                    GError             **error);
void         vmm_probe_run_free    (VmmProbeRun         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmProbeRun, vmm_probe_run_free)

G_END_DECLS
