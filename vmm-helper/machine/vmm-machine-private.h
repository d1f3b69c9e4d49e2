/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-console.h"
#include "vmm-machine.h"
#include "vmm-process.h"
#include "vmm-qmp.h"

G_BEGIN_DECLS

/* Larger files than these are not ours. */
#define VMM_MAX_XML_BYTES (2 * 1024 * 1024)
#define VMM_MAX_STATUS_BYTES (64 * 1024)

#define VMM_QMP_SOCKET "qmp"
/* Before an alias, which may be any word, also that of another file here. */
#define VMM_CONSOLE_PREFIX "console-"
#define VMM_STATUS_FILE "status.json"
#define VMM_LIVE_FILE "live.xml"

/* Begins the line of the log that marks a start. */
#define VMM_LOG_MARK "=== "

/* What follows when QEMU, which we let end, has ended. */
typedef enum
{
  VMM_AFTERWARDS_OFF,
  VMM_AFTERWARDS_START,
} VmmAfterwards;

struct _VmmMachine
{
  GObject              parent_instance;

  VmmContext          *context;         /* not owned; it outlives us */
  char                *uuid;
  char                *name;
  char                *path;
  char                *folder;          /* definitions and firmware variables */
  char                *runtime;         /* sockets and status */
  char                *log_path;
  char                *xml;             /* the stored definition; NULL if it cannot be read */
  guint64              generation;
  VmmDBusMachine      *skeleton;
  GDBusObjectSkeleton *object;
  GVariant            *row;             /* of ListMachines, or NULL: made when it is asked for */

  VmmMachineState      state;
  VmmJob              *job;             /* the one modifying job, if any */

  /* While active */
  VmmDomain           *live;            /* what runs */
  VmmProcess          *process;
  VmmProcess          *companion;       /* passt, if it serves the network card */
  VmmQmp              *qmp;
  char                *scope;           /* the systemd unit, or NULL */
  char                *shutdown_reason; /* QEMU's word of its SHUTDOWN event, or NULL */
  gboolean             is_power_off;    /* we end it */
  VmmAfterwards        afterwards;
  gboolean             is_rebooting;    /* once the guest has shut down it starts again */
  gboolean             is_reboot_cancelled; /* QEMU may stay although nothing is to follow */
  gboolean             is_decided;      /* what follows the guest's shutdown is under way */
  GTask               *start;           /* under way */
  GPtrArray           *power_offs;      /* GTask that wait for its end */
  guint                kill_timer;
  guint                reconnect_timer;
  guint                query_serial;    /* answers to query-status under way; the last counts */

  GHashTable          *consoles;        /* alias → VmmConsole; they outlive a start */
};

void      vmm_machine_set_state        (VmmMachine      *self,
                                        VmmMachineState  state,
                                        const char      *reason);
void      vmm_machine_set_flags        (VmmMachine      *self);
void      vmm_machine_set_problem      (VmmMachine      *self,
                                        const GError    *error);
void      vmm_machine_emit_removed     (VmmMachine      *self);
void      vmm_machine_publish_domain   (VmmMachine      *self,
                                        VmmDomain       *domain);

/* vmm-machine-start.c */
GError   *vmm_machine_new_exit_error   (VmmMachine      *self,
                                        const char      *what,
                                        const char      *otherwise);
void      vmm_machine_start_exited     (VmmMachine      *self);
void      vmm_machine_start_cancel     (VmmMachine      *self);

/* vmm-machine-run.c: from the first answer of QEMU to its end */
void      vmm_machine_follow           (VmmMachine      *self);
void      vmm_machine_connect_qmp      (VmmMachine      *self,
                                        VmmQmp          *qmp);
void      vmm_machine_connect_consoles (VmmMachine      *self);
gboolean  vmm_machine_has_screen       (VmmMachine      *self);
void      vmm_machine_publish_active   (VmmMachine      *self);
void      vmm_machine_query_status     (VmmMachine      *self);
void      vmm_machine_take_status      (VmmMachine      *self,
                                        JsonNode        *reply);
void      vmm_machine_reconnect        (VmmMachine      *self);
void      vmm_machine_end_process      (VmmMachine      *self);
void      vmm_machine_forget_active    (VmmMachine      *self);
void      vmm_machine_clean_up         (VmmMachine      *self);

/* vmm-machine-reboot.c */
void      vmm_machine_reset            (VmmMachine      *self,
                                        GAsyncReadyCallback callback,
                                        gpointer         user_data);
void      vmm_machine_reboot           (VmmMachine      *self,
                                        VmmJob          *job);
void      vmm_machine_reboot_in_place  (VmmMachine      *self);
void      vmm_machine_reboot_ended     (VmmMachine      *self);

/* vmm-machine-adopt.c: what a later core must know */
gboolean  vmm_machine_write_status     (VmmMachine      *self,
                                        GError         **error);
gboolean  vmm_machine_write_live       (VmmMachine      *self,
                                        GError         **error);

/* vmm-machine-install.c */
void      vmm_machine_installer_ended  (VmmMachine      *self,
                                        gboolean         wants_reboot);

/* vmm-machine-dbus.c */
void      vmm_machine_connect_dbus     (VmmMachine      *self);

G_END_DECLS
