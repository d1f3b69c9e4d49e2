/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-machine-private.h"

#include <signal.h>
#include <string.h>

#include "vmm-error.h"
#include "vmm-file.h"
#include "vmm-socket.h"

/* SIGTERM lets QEMU close its images; it needs 10 ms. One that is stopped or hangs gets SIGKILL. */
#define TERM_MS 1000

/* After SIGKILL only a QEMU that waits for a disk in the kernel is left. */
#define KILL_MS 10000

/* How often we knock at a QEMU that has closed its monitor but lives. */
#define RECONNECT_MS 500

/* How long QEMU may take to greet us again; another client may hold its monitor. */
#define GREETING_MS 5000

/* ---- the state, as QEMU tells it ---- */

static void
set_from_run_state (VmmMachine *self,
                    const char *status)
{
  static const struct
  {
    const char      *status;
    VmmMachineState  state;
    const char      *reason;
  } table[] = {
    { "running", VMM_MACHINE_STATE_RUNNING, "" },
    { "paused", VMM_MACHINE_STATE_PAUSED, "user" },
    { "prelaunch", VMM_MACHINE_STATE_PAUSED, "user" },
    { "suspended", VMM_MACHINE_STATE_SUSPENDED, "" },
    { "io-error", VMM_MACHINE_STATE_PAUSED, "io-error" },
    { "guest-panicked", VMM_MACHINE_STATE_CRASHED, "panicked" },
    { "internal-error", VMM_MACHINE_STATE_CRASHED, "internal-error" },
    { "watchdog", VMM_MACHINE_STATE_PAUSED, "unknown" },
    { "shutdown", VMM_MACHINE_STATE_PAUSED, "installed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_strcmp0 (status, table[i].status) == 0)
      {
        /* A pause for want of space was told apart by its event; the status does not know. */
        if (g_str_equal (table[i].reason, "io-error")
            && g_strcmp0 (vmm_dbus_machine_get_reason (self->skeleton), "no-space") == 0)
          return;
        vmm_machine_set_state (self, table[i].state, table[i].reason);
        if (g_str_equal (table[i].reason, "internal-error"))
          {
            g_autoptr (GError) error =
              vmm_machine_new_exit_error (self, "QEMU could not go on running the guest",
                                          "the accelerator gave up");

            vmm_machine_set_problem (self, error);
          }
        return;
      }

  vmm_machine_set_state (self, VMM_MACHINE_STATE_PAUSED, "unknown");
}

/**
 * vmm_machine_take_status:
 * @reply: what query-status returned
 */
void
vmm_machine_take_status (VmmMachine *self,
                         JsonNode   *reply)
{
  const char *status = NULL;

  if (JSON_NODE_HOLDS_OBJECT (reply))
    status = json_object_get_string_member_with_default (json_node_get_object (reply), "status", "");

  if (g_strcmp0 (status, "shutdown") == 0)
    {
      /* QEMU stays only when something is to follow. If that is not under way, it was an earlier core
       * that wanted it: a reboot, or an installation; what the guest wanted at the end of that is not
       * known, so it stays off. */
      if (self->is_decided)
        return;
      self->is_decided = TRUE;
      if (vmm_domain_get_install (self->live, NULL, NULL, NULL))
        vmm_machine_installer_ended (self, FALSE);
      else
        vmm_machine_reboot_in_place (self);
      return;
    }

  set_from_run_state (self, status);
}

static void
query_status_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (VmmMachine) self = user_data;
  g_autoptr (JsonNode) reply = NULL;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, NULL);
  if (reply != NULL && self->qmp == VMM_QMP (source) && --self->query_serial == 0
      && self->start == NULL)
    vmm_machine_take_status (self, reply);
}

/**
 * vmm_machine_query_status:
 *
 * Asks QEMU how it is, and publishes that. When several questions are under way only the last answer
 * counts.
 */
void
vmm_machine_query_status (VmmMachine *self)
{
  self->query_serial++;
  vmm_qmp_execute_async (self->qmp, "query-status", NULL, NULL, query_status_cb,
                         g_object_ref (self));
}

static void
handle_shutdown (VmmMachine *self,
                 JsonObject *data)
{
  const char *reason = json_object_get_string_member_with_default (data, "reason", "");
  gboolean is_reset = g_strcmp0 (reason, "guest-reset") == 0;
  gboolean is_guest = is_reset || g_strcmp0 (reason, "guest-shutdown") == 0;

  /* What the guest wanted stays the reason when we end QEMU because of it. */
  if (self->shutdown_reason == NULL || is_guest)
    {
      g_free (self->shutdown_reason);
      self->shutdown_reason = g_strdup (reason);
    }

  if (!is_guest)
    return;

  self->is_decided = TRUE;
  if (self->is_rebooting)
    vmm_machine_reboot_in_place (self);
  else if (vmm_domain_get_install (self->live, NULL, NULL, NULL))
    vmm_machine_installer_ended (self, is_reset);
  else if (self->is_reboot_cancelled)
    vmm_machine_end_process (self);
  else
    self->is_decided = FALSE;
}

static void
event_cb (VmmQmp     *qmp,
          const char *name,
          JsonObject *data,
          VmmMachine *self)
{
  /* A start tells its own states; only what it does not expect counts. */
  gboolean is_starting = self->start != NULL;

  if (g_str_equal (name, "RESUME"))
    {
      /* Not when we ask for it: answers about the shut-down machine may still be under way. */
      g_clear_pointer (&self->shutdown_reason, g_free);
      self->is_decided = FALSE;
      if (!is_starting || self->state == VMM_MACHINE_STATE_STARTING)
        vmm_machine_set_state (self, VMM_MACHINE_STATE_RUNNING, "");
    }
  else if (g_str_equal (name, "STOP"))
    {
      if (!is_starting)
        vmm_machine_query_status (self);
    }
  else if (g_str_equal (name, "BLOCK_IO_ERROR"))
    {
      if (g_strcmp0 (json_object_get_string_member_with_default (data, "action", ""), "stop") == 0)
        vmm_machine_set_state (self, VMM_MACHINE_STATE_PAUSED,
                               json_object_get_boolean_member_with_default (data, "nospace", FALSE)
                               ? "no-space" : "io-error");
    }
  else if (g_str_equal (name, "POWERDOWN"))
    {
      if (self->state == VMM_MACHINE_STATE_RUNNING)
        vmm_machine_set_state (self, VMM_MACHINE_STATE_SHUTTING_DOWN, "");
    }
  else if (g_str_equal (name, "SHUTDOWN"))
    handle_shutdown (self, data);
  else if (g_str_equal (name, "RESET"))
    {
      if (self->state == VMM_MACHINE_STATE_SHUTTING_DOWN
          || self->state == VMM_MACHINE_STATE_CRASHED)
        vmm_machine_query_status (self);
    }
  else if (g_str_equal (name, "SUSPEND"))
    vmm_machine_set_state (self, VMM_MACHINE_STATE_SUSPENDED, "");
  else if (g_str_equal (name, "WAKEUP"))
    vmm_machine_query_status (self);
  else if (g_str_equal (name, "GUEST_PANICKED"))
    vmm_machine_set_state (self, VMM_MACHINE_STATE_CRASHED, "panicked");
}

/* ---- the monitor is lost while QEMU lives ---- */

static gboolean
greeting_timeout_cb (gpointer user_data)
{
  VmmMachine *self = user_data;

  self->reconnect_timer = 0;
  vmm_machine_set_state (self, VMM_MACHINE_STATE_UNRESPONSIVE, "");
  /* Closing answers the negotiation, which then tries again. */
  vmm_qmp_close (self->qmp);

  return G_SOURCE_REMOVE;
}

static void
renegotiated_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (VmmMachine) self = user_data;
  VmmQmp *qmp = VMM_QMP (source);
  g_autoptr (GError) error = NULL;
  gboolean is_done;

  is_done = vmm_qmp_negotiate_finish (qmp, result, &error);
  if (self->qmp != qmp)
    return;

  g_clear_handle_id (&self->reconnect_timer, g_source_remove);
  if (!is_done)
    {
      g_debug ("%s: %s", self->name, error->message);
      vmm_machine_reconnect (self);
      return;
    }

  vmm_machine_connect_qmp (self, qmp);
  vmm_machine_publish_active (self);
  vmm_machine_query_status (self);
}

static gboolean
reconnect_cb (gpointer user_data)
{
  VmmMachine *self = user_data;
  g_autoptr (GSocket) socket = NULL;

  self->reconnect_timer = 0;
  if (self->process == NULL || vmm_process_has_exited (self->process))
    return G_SOURCE_REMOVE;

  socket = vmm_socket_connect (self->runtime, VMM_QMP_SOCKET, NULL);
  g_clear_object (&self->qmp);
  if (socket == NULL)
    {
      vmm_machine_set_state (self, VMM_MACHINE_STATE_UNRESPONSIVE, "");
      vmm_machine_reconnect (self);
      return G_SOURCE_REMOVE;
    }

  self->qmp = vmm_qmp_new (socket);
  self->reconnect_timer = g_timeout_add (GREETING_MS, greeting_timeout_cb, self);
  vmm_qmp_negotiate_async (self->qmp, renegotiated_cb, g_object_ref (self));

  return G_SOURCE_REMOVE;
}

/**
 * vmm_machine_reconnect:
 *
 * Tries again and again to reach a QEMU that lives but does not answer.
 */
void
vmm_machine_reconnect (VmmMachine *self)
{
  g_clear_handle_id (&self->reconnect_timer, g_source_remove);
  self->reconnect_timer = g_timeout_add (RECONNECT_MS, reconnect_cb, self);
}

static void
closed_cb (VmmQmp     *qmp,
           GError     *error,
           VmmMachine *self)
{
  /* Mostly this is the end of QEMU, which its process tells. */
  if (self->qmp == qmp && self->process != NULL && !vmm_process_has_exited (self->process))
    vmm_machine_reconnect (self);
}

/**
 * vmm_machine_connect_qmp:
 * @qmp: negotiated
 *
 * From now on the machine follows what QEMU says.
 */
void
vmm_machine_connect_qmp (VmmMachine *self,
                         VmmQmp     *qmp)
{
  g_set_object (&self->qmp, qmp);
  self->query_serial = 0;
  g_signal_connect_object (qmp, "event", G_CALLBACK (event_cb), self, 0);
  g_signal_connect_object (qmp, "closed", G_CALLBACK (closed_cb), self, 0);
}

/**
 * vmm_machine_connect_consoles:
 *
 * Connects the serial ports of the running machine.
 */
void
vmm_machine_connect_consoles (VmmMachine *self)
{
  const char *const *aliases = vmm_dbus_machine_get_consoles (self->skeleton);

  for (gsize i = 0; aliases[i] != NULL; i++)
    {
      g_autofree char *name = g_strconcat (VMM_CONSOLE_PREFIX, aliases[i], NULL);
      g_autofree char *log_name = g_strconcat (aliases[i], ".log", NULL);
      g_autofree char *log_path = g_build_filename (self->runtime, log_name, NULL);
      g_autoptr (GSocket) socket = NULL;
      VmmConsole *console = g_hash_table_lookup (self->consoles, aliases[i]);

      socket = vmm_socket_connect (self->runtime, name, NULL);
      if (socket == NULL)
        continue;
      if (console == NULL)
        {
          console = vmm_console_new (aliases[i], log_path);
          g_hash_table_insert (self->consoles, g_strdup (aliases[i]), console);
        }
      vmm_console_attach (console, socket);
    }
}

/**
 * vmm_machine_has_screen:
 *
 * Returns: whether what runs has a video device
 */
gboolean
vmm_machine_has_screen (VmmMachine *self)
{
  g_autoptr (GPtrArray) videos = vmm_domain_list_videos (self->live);

  for (guint i = 0; i < videos->len; i++)
    if (g_strcmp0 (vmm_video_get_model (g_ptr_array_index (videos, i)), "none") != 0)
      return TRUE;

  return FALSE;
}

/**
 * vmm_machine_publish_active:
 *
 * Shows what only an active machine has.
 */
void
vmm_machine_publish_active (VmmMachine *self)
{
  g_autoptr (GPtrArray) displays = g_ptr_array_new ();
  g_autoptr (GPtrArray) graphics = vmm_domain_list_graphics (self->live);

  /* The command line has QEMU's D-Bus display wherever there is a screen. */
  if (vmm_machine_has_screen (self))
    g_ptr_array_add (displays, (char *) "dbus");
  for (guint i = 0; i < graphics->len; i++)
    {
      const char *type = vmm_graphics_get_kind (g_ptr_array_index (graphics, i));

      if (g_strcmp0 (type, "vnc") == 0 || g_strcmp0 (type, "spice") == 0)
        g_ptr_array_add (displays, (char *) type);
    }
  g_ptr_array_add (displays, NULL);

  g_object_set (self->skeleton, "displays", (const char *const *) displays->pdata,
                "pid", (guint) vmm_process_get_id (self->process)->pid, NULL);
  vmm_machine_set_flags (self);
}

/* ---- the end ---- */

static const char *
off_reason (VmmMachine *self)
{
  int number;

  if (self->is_power_off)
    return "power-off";
  if (g_strcmp0 (self->shutdown_reason, "guest-shutdown") == 0
      || g_strcmp0 (self->shutdown_reason, "guest-reset") == 0)
    return "shutdown";
  if (vmm_process_get_exit_signal (self->process, &number))
    return number == SIGKILL || number == SIGTERM ? "killed" : "failed";
  if (g_strcmp0 (self->shutdown_reason, "host-signal") == 0)
    return "killed";
  if (vmm_process_get_exit_code (self->process, &number))
    return number == 0 ? "shutdown" : "failed";

  /* It was adopted, so its exit status is init's to know; but it has not said a word. */
  return "failed";
}

/**
 * vmm_machine_forget_active:
 *
 * Forgets what runs, and lets it run: the core may be about to end.
 */
void
vmm_machine_forget_active (VmmMachine *self)
{
  g_clear_handle_id (&self->kill_timer, g_source_remove);
  g_clear_handle_id (&self->reconnect_timer, g_source_remove);
  if (self->qmp != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->qmp, self);
      vmm_qmp_close (self->qmp);
    }
  g_clear_object (&self->qmp);
  if (self->process != NULL)
    g_signal_handlers_disconnect_by_data (self->process, self);
  g_clear_object (&self->process);
  g_clear_object (&self->companion);
  g_clear_object (&self->live);
  g_clear_pointer (&self->scope, g_free);
  g_clear_pointer (&self->shutdown_reason, g_free);
}

/**
 * vmm_machine_clean_up:
 *
 * Removes what a run that has ended leaves behind.
 */
void
vmm_machine_clean_up (VmmMachine *self)
{
  g_autoptr (GError) error = NULL;

  if (self->companion != NULL)
    vmm_process_signal (self->companion, SIGTERM);
  vmm_machine_forget_active (self);
  self->is_rebooting = FALSE;
  self->is_reboot_cancelled = FALSE;
  self->is_decided = FALSE;
  self->is_power_off = FALSE;
  if (!vmm_folder_remove (self->runtime, &error))
    g_warning ("%s", error->message);

  g_object_set (self->skeleton, "displays", (const char *const[]) { NULL }, "pid", 0,
                "accelerator", "", "accelerator-reason", "", NULL);
}

static void
restarted_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  VmmMachine *self = VMM_MACHINE (source);
  g_autoptr (GError) error = NULL;

  /* The machine shows the problem; there is nobody to tell it to. */
  if (!vmm_machine_start_finish (self, result, &error))
    g_message ("%s", error->message);
}

/* QEMU has ended after it ran. */
static void
ended (VmmMachine *self)
{
  g_autoptr (GPtrArray) power_offs = g_steal_pointer (&self->power_offs);
  VmmAfterwards afterwards = self->is_power_off ? VMM_AFTERWARDS_OFF : self->afterwards;
  const char *reason = off_reason (self);

  self->power_offs = g_ptr_array_new_with_free_func (g_object_unref);
  self->afterwards = VMM_AFTERWARDS_OFF;
  vmm_machine_reboot_ended (self);

  if (g_str_equal (reason, "failed"))
    {
      g_autofree char *text = vmm_process_dup_exit_text (self->process);
      g_autoptr (GError) error = vmm_machine_new_exit_error (self, "QEMU has died", text);

      vmm_machine_set_problem (self, error);
    }

  vmm_machine_clean_up (self);
  if (self->xml == NULL)
    {
      vmm_machine_set_state (self, VMM_MACHINE_STATE_BROKEN, "");
    }
  else if (afterwards == VMM_AFTERWARDS_START)
    {
      self->state = VMM_MACHINE_STATE_OFF;
      vmm_machine_start_async (self, VMM_START_FLAGS_NONE, NULL, restarted_cb, NULL);
    }
  else
    {
      vmm_machine_set_state (self, VMM_MACHINE_STATE_OFF, reason);
    }
  vmm_machine_set_flags (self);

  for (guint i = 0; i < power_offs->len; i++)
    g_task_return_boolean (g_ptr_array_index (power_offs, i), TRUE);
}

static void
exited_cb (VmmProcess *process,
           VmmMachine *self)
{
  g_autoptr (VmmMachine) hold G_GNUC_UNUSED = g_object_ref (self);

  if (self->start != NULL)
    vmm_machine_start_exited (self);
  else
    ended (self);
}

/**
 * vmm_machine_follow:
 *
 * Watches for the end of the machine's process.
 */
void
vmm_machine_follow (VmmMachine *self)
{
  g_signal_connect (self->process, "exited", G_CALLBACK (exited_cb), self);
}

static gboolean
not_killed_cb (gpointer user_data)
{
  VmmMachine *self = user_data;
  g_autoptr (GPtrArray) power_offs = g_steal_pointer (&self->power_offs);

  self->kill_timer = 0;
  self->power_offs = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < power_offs->len; i++)
    g_task_return_new_error (g_ptr_array_index (power_offs, i), VMM_ERROR, VMM_ERROR_TIMEOUT,
                             "QEMU of “%s” was killed but has not ended yet; it may wait for a disk "
                             "that does not answer", self->name);

  return G_SOURCE_REMOVE;
}

static gboolean
kill_cb (gpointer user_data)
{
  VmmMachine *self = user_data;

  vmm_process_signal (self->process, SIGKILL);
  self->kill_timer = g_timeout_add (KILL_MS, not_killed_cb, self);

  return G_SOURCE_REMOVE;
}

/**
 * vmm_machine_end_process:
 *
 * Ends QEMU at once, for the guest like pulling the plug; its exit is seen by vmm_machine_follow().
 */
void
vmm_machine_end_process (VmmMachine *self)
{
  vmm_process_signal (self->process, SIGTERM);
  if (self->kill_timer == 0)
    self->kill_timer = g_timeout_add (TERM_MS, kill_cb, self);
}

/**
 * vmm_machine_power_off_async:
 *
 * Turns the machine off at once, also while it starts. It is done when QEMU is gone. Fails with
 * VMM_ERROR_INVALID_STATE if it is off.
 */
void
vmm_machine_power_off_async (VmmMachine          *self,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (VMM_IS_MACHINE (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, vmm_machine_power_off_async);

  if (self->start != NULL && self->process == NULL)
    {
      vmm_machine_start_cancel (self);
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (self->process == NULL)
    {
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_INVALID_STATE, "“%s” is off already",
                               self->name);
      return;
    }

  self->is_power_off = TRUE;
  g_ptr_array_add (self->power_offs, g_steal_pointer (&task));
  vmm_machine_end_process (self);
}

gboolean
vmm_machine_power_off_finish (VmmMachine    *self,
                              GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
