/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* What tells one process from a later one with the same number. */
typedef struct
{
  pid_t   pid;
  guint64 start_time;   /* in clock ticks after boot */
} VmmProcessId;

#define VMM_TYPE_PROCESS (vmm_process_get_type ())
G_DECLARE_FINAL_TYPE (VmmProcess, vmm_process, VMM, PROCESS, GObject)

VmmProcess         *vmm_process_spawn          (const char *const   *argv,
                                                const int           *source_fds,
                                                const int           *target_fds,
                                                gsize                n_fds,
                                                const char          *log_path,
                                                GError             **error);
VmmProcess         *vmm_process_adopt          (const VmmProcessId  *id,
                                                GError             **error);

gboolean            vmm_process_release        (VmmProcess          *self,
                                                GError             **error);
const VmmProcessId *vmm_process_get_id         (VmmProcess          *self);
gboolean            vmm_process_has_exited     (VmmProcess          *self);
void                vmm_process_signal         (VmmProcess          *self,
                                                int                  signal_number);
char               *vmm_process_dup_exit_text  (VmmProcess          *self);
gboolean            vmm_process_get_exit_code  (VmmProcess          *self,
                                                int                 *code);
gboolean            vmm_process_get_exit_signal (VmmProcess         *self,
                                                 int                *signal_number);

G_END_DECLS
