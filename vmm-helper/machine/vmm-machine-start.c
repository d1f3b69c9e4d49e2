/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-machine-private.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmm-command-line.h"
#include "vmm-error.h"
#include "vmm-fd.h"
#include "vmm-file.h"
#include "vmm-prepare.h"
#include "vmm-socket.h"

/* QEMU answers within 30 ms; under heavy load seconds were seen. It allocates memory before it
 * answers, which takes a while with locked or huge pages. */
#define GREETING_SECONDS 60

/* What is shown of QEMU's last words. */
#define LAST_WORDS_BYTES 4096

/* A start under way; the task's data. */
typedef struct
{
  VmmJob         *job;            /* (nullable) */
  VmmStartFlags   flags;
  VmmDomain      *domain;
  VmmPreparation *preparation;
  VmmCapabilities *capabilities;
  int             passt_fd;       /* QEMU's end */
  guint           greeting_timer;
  GError         *error;          /* why it fails, while QEMU is still going */
} Start;

static void
start_free (gpointer data)
{
  Start *start = data;

  g_clear_object (&start->job);
  g_clear_object (&start->domain);
  g_clear_pointer (&start->preparation, vmm_preparation_free);
  g_clear_object (&start->capabilities);
  g_clear_handle_id (&start->greeting_timer, g_source_remove);
  vmm_clear_fd (&start->passt_fd);
  g_clear_error (&start->error);
  g_free (start);
}

/* Whether a step of @task may go on. Answers may come when that start has been given up, and even when
 * another has begun. */
static gboolean
goes_on (GTask *task)
{
  VmmMachine *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);

  return self->start == task && start->error == NULL && !self->is_power_off;
}

static void
set_step (Start      *start,
          const char *step)
{
  if (start->job != NULL)
    vmm_job_set_step (start->job, step);
}

/* The start has failed and nothing runs any more. @error: (transfer full) */
static void
return_failure (VmmMachine *self,
                GError     *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->start);
  g_autoptr (GPtrArray) power_offs = g_steal_pointer (&self->power_offs);
  gboolean is_cancelled = g_error_matches (error, VMM_ERROR, VMM_ERROR_CANCELLED);

  self->power_offs = g_ptr_array_new_with_free_func (g_object_unref);
  vmm_machine_clean_up (self);
  vmm_machine_set_problem (self, is_cancelled ? NULL : error);
  vmm_machine_set_state (self, VMM_MACHINE_STATE_OFF, is_cancelled ? "power-off" : "failed");
  vmm_machine_set_flags (self);

  g_task_return_error (task, error);
  for (guint i = 0; i < power_offs->len; i++)
    g_task_return_boolean (g_ptr_array_index (power_offs, i), TRUE);
}

/* Takes back what was done; the caller is told when it is. @error: (transfer full) */
static void
fail (VmmMachine *self,
      GError     *error)
{
  Start *start = g_task_get_task_data (self->start);

  g_clear_handle_id (&start->greeting_timer, g_source_remove);
  if (self->process == NULL || vmm_process_has_exited (self->process))
    {
      return_failure (self, error);
      return;
    }

  /* What fails because we are ending it is no failure; the first reason counts. */
  if (self->is_power_off || start->error != NULL)
    g_error_free (error);
  else
    start->error = error;
  vmm_process_signal (self->process, SIGKILL);
}

/**
 * vmm_machine_new_exit_error:
 * @what: plain English, without a full stop
 * @otherwise: why, if QEMU has said nothing
 *
 * Returns: (transfer full): an error with QEMU's own last words since the latest start
 */
GError *
vmm_machine_new_exit_error (VmmMachine *self,
                            const char *what,
                            const char *otherwise)
{
  g_autofree char *tail = vmm_file_read_tail (self->log_path, LAST_WORDS_BYTES);
  g_auto (GStrv) lines = g_strsplit (tail, "\n", -1);
  g_autoptr (GString) words = g_string_new (NULL);
  const char *last = NULL;
  guint first = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], VMM_LOG_MARK))
      first = i + 1;

  for (guint i = first; lines[i] != NULL; i++)
    {
      const char *program = strstr (lines[i], ": ");

      if (lines[i][0] == '\0')
        continue;
      g_string_append_printf (words, "\n%s", lines[i]);
      /* "2026-… qemu-system-x86_64: -device …: words": what comes after the program's name */
      last = program != NULL ? program + 2 : lines[i];
    }

  return g_error_new (VMM_ERROR, VMM_ERROR_HYPERVISOR, "%s: %s%s", what,
                      last != NULL ? last : otherwise, words->str);
}

/**
 * vmm_machine_start_exited:
 *
 * QEMU has ended before it ran the machine: by itself, or because the start has failed.
 */
void
vmm_machine_start_exited (VmmMachine *self)
{
  Start *start = g_task_get_task_data (self->start);
  g_autofree char *what = NULL;
  g_autofree char *text = NULL;
  GError *error = g_steal_pointer (&start->error);

  if (error == NULL && self->is_power_off)
    {
      error = g_error_new (VMM_ERROR, VMM_ERROR_CANCELLED, "“%s” was turned off while it started",
                           self->name);
    }
  else if (error == NULL)
    {
      what = g_strdup_printf ("QEMU could not start “%s”", self->name);
      text = vmm_process_dup_exit_text (self->process);
      error = vmm_machine_new_exit_error (self, what, text);
    }

  return_failure (self, error);
}

/**
 * vmm_machine_start_cancel:
 *
 * Gives up the start under way, if there is one.
 */
void
vmm_machine_start_cancel (VmmMachine *self)
{
  if (self->start != NULL)
    fail (self, g_error_new (VMM_ERROR, VMM_ERROR_CANCELLED, "The start of “%s” was cancelled",
                             self->name));
}

/* ---- the last part: QEMU runs and answers ---- */

static void
cont_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmMachine *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);
  g_autoptr (JsonNode) reply = NULL;
  g_autoptr (GError) error = NULL;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, &error);
  if (!goes_on (task))
    return;
  if (reply == NULL)
    {
      /* If QEMU has died, its own last words say why: see vmm_machine_start_exited(). */
      if (vmm_qmp_is_open (VMM_QMP (source)))
        fail (self, g_steal_pointer (&error));
      else
        vmm_process_signal (self->process, SIGKILL);
      return;
    }

  g_clear_object (&self->start);
  if ((start->flags & VMM_START_FLAGS_PAUSED) != 0)
    vmm_machine_set_state (self, VMM_MACHINE_STATE_PAUSED, "user");
  else if (self->state == VMM_MACHINE_STATE_STARTING)
    vmm_machine_set_state (self, VMM_MACHINE_STATE_RUNNING, "");
  g_task_return_boolean (task, TRUE);
}

static void
negotiated_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmMachine *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);
  VmmQmp *qmp = VMM_QMP (source);
  g_autoptr (GError) error = NULL;

  if (!goes_on (task))
    return;

  g_clear_handle_id (&start->greeting_timer, g_source_remove);
  if (!vmm_qmp_negotiate_finish (qmp, result, &error))
    {
      /* A QEMU that has died is about to be seen, with its words; one that only has closed its
       * monitor is of no use. */
      vmm_process_signal (self->process, SIGKILL);
      return;
    }

  vmm_machine_connect_qmp (self, qmp);
  vmm_machine_connect_consoles (self);
  vmm_machine_publish_active (self);

  vmm_qmp_execute_async (qmp, (start->flags & VMM_START_FLAGS_PAUSED) != 0 ? "query-status" : "cont",
                         NULL, NULL, cont_cb, g_object_ref (task));
}

static gboolean
no_greeting_cb (gpointer user_data)
{
  GTask *task = user_data;
  VmmMachine *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);

  start->greeting_timer = 0;
  fail (self, g_error_new (VMM_ERROR, VMM_ERROR_TIMEOUT,
                           "QEMU did not answer within %d seconds while starting “%s”",
                           GREETING_SECONDS, self->name));

  return G_SOURCE_REMOVE;
}

static void
release (VmmMachine *self)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (VmmQmp) qmp = NULL;
  GError *error = NULL;
  Start *start = g_task_get_task_data (self->start);

  set_step (start, "Starting QEMU");
  if (!vmm_machine_write_live (self, &error) || !vmm_machine_write_status (self, &error)
      || (self->companion != NULL && !vmm_process_release (self->companion, &error))
      || !vmm_process_release (self->process, &error)
      || (socket = vmm_socket_connect (self->runtime, VMM_QMP_SOCKET, &error)) == NULL)
    {
      fail (self, error);
      return;
    }

  start->greeting_timer = g_timeout_add_seconds (GREETING_SECONDS, no_greeting_cb, self->start);
  qmp = vmm_qmp_new (socket);
  vmm_qmp_negotiate_async (qmp, negotiated_cb, g_object_ref (self->start));
  self->qmp = g_steal_pointer (&qmp);
}

/* ---- the middle part: the processes are made, and wait at their gates ---- */

static void
scope_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmMachine *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  gboolean has_scope = FALSE;
  gboolean is_done = vmm_scopes_create_finish (VMM_SCOPES (source), result, &has_scope, &error);

  if (!goes_on (task))
    return;
  if (!is_done)
    {
      fail (self, g_steal_pointer (&error));
      return;
    }

  if (!has_scope)
    g_clear_pointer (&self->scope, g_free);
  release (self);
}

static void
create_scope (VmmMachine *self)
{
  g_autofree char *description = g_strdup_printf ("Virtual machine %s", self->uuid);
  pid_t pids[2];
  gsize n_pids = 0;

  pids[n_pids++] = vmm_process_get_id (self->process)->pid;
  if (self->companion != NULL)
    pids[n_pids++] = vmm_process_get_id (self->companion)->pid;

  /* The time makes it unique: systemd may still be busy with the scope of the run before. */
  self->scope = g_strdup_printf ("guesthouse-%.8s-%" G_GINT64_FORMAT ".scope", self->uuid,
                                 g_get_real_time ());
  vmm_scopes_create_async (self->context->scopes, self->scope, description, pids, n_pids, scope_cb,
                           g_object_ref (self->start));
}

static gboolean
open_slots (VmmMachine     *self,
            Start          *start,
            VmmCommandLine *line,
            GArray         *sources,
            GArray         *targets,
            GError        **error)
{
  const VmmFdSlot *slots;
  gsize n_slots;

  slots = vmm_command_line_get_fd_slots (line, &n_slots);
  for (gsize i = 0; i < n_slots; i++)
    {
      int fd = -1;

      switch (slots[i].kind)
        {
        case VMM_FD_SLOT_QMP:
          fd = vmm_socket_listen (self->runtime, VMM_QMP_SOCKET, error);
          break;
        case VMM_FD_SLOT_CHAR_DEV:
          {
            g_autofree char *name = g_strconcat (VMM_CONSOLE_PREFIX, slots[i].alias, NULL);

            fd = vmm_socket_listen (self->runtime, name, error);
          }
          break;
        case VMM_FD_SLOT_PASST:
          fd = g_steal_fd (&start->passt_fd);
          break;
        default:
          g_assert_not_reached ();
        }

      if (fd < 0)
        return FALSE;
      g_array_append_val (sources, fd);
      g_array_append_val (targets, slots[i].number);
    }

  return TRUE;
}

static void
mark_log (VmmMachine  *self,
          const char *const *argv)
{
  vmm_autofd int fd = open (self->log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                            0600);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format_iso8601 (now);
  g_autofree char *words = g_strjoinv (" ", (char **) argv);
  g_autofree char *line = NULL;

  /* On one line, so that "after the mark" is what QEMU wrote. */
  line = g_strdup_printf (VMM_LOG_MARK "%s %s\n", time, g_strdelimit (words, "\n\r", ' '));
  if (fd < 0 || write (fd, line, strlen (line)) < 0)
    g_warning ("Cannot write the log file “%s”", self->log_path);
}

static void
close_fds (GArray *fds)
{
  for (guint i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  g_array_unref (fds);
}

static gboolean
spawn_passt (VmmMachine  *self,
             Start       *start,
             GError     **error)
{
  const char *argv[] = { vmm_host_get_passt (self->context->host), "-f", "-q", "-F", "3", NULL };
  vmm_autofd int theirs = -1;
  int fds[2], target = 3;

  if (!vmm_socket_pair (fds, error))
    return FALSE;

  start->passt_fd = fds[0];
  theirs = fds[1];
  self->companion = vmm_process_spawn (argv, &theirs, &target, 1, self->log_path, error);

  return self->companion != NULL;
}

/* passt serves one network card; QEMU's own user network serves several. */
static gboolean
wants_passt (VmmDomain *domain)
{
  g_autoptr (GPtrArray) interfaces = vmm_domain_list_interfaces (domain);

  return interfaces->len == 1
         && g_strcmp0 (vmm_interface_get_kind (g_ptr_array_index (interfaces, 0)), "user") == 0;
}

static void
spawn (VmmMachine *self)
{
  Start *start = g_task_get_task_data (self->start);
  g_autoptr (VmmCommandLine) line = NULL;
  g_autofree char *media = NULL;
  GArray *sources, *targets;
  VmmStartOptions options = { 0 };
  guint reboots_left = 0;
  GError *error = NULL;

  options.is_installing = vmm_domain_get_install (start->domain, &media, &reboots_left,
                                               &options.install_stage);
  options.install_media = media;
  options.firmware = vmm_preparation_get_firmware (start->preparation);
  options.nvram_path = vmm_preparation_get_nvram (start->preparation);
  options.log_folder = self->runtime;
  options.use_passt = vmm_host_get_passt (self->context->host) != NULL && wants_passt (start->domain);

  line = vmm_command_line_build (start->domain, start->capabilities, &options, &error);
  if (line == NULL)
    {
      fail (self, error);
      return;
    }

  mark_log (self, vmm_command_line_get_argv (line));
  sources = g_array_new (FALSE, FALSE, sizeof (int));
  targets = g_array_new (FALSE, FALSE, sizeof (int));
  if ((!options.use_passt || spawn_passt (self, start, &error))
      && open_slots (self, start, line, sources, targets, &error))
    self->process = vmm_process_spawn (vmm_command_line_get_argv (line),
                                       (const int *) (gpointer) sources->data,
                                       (const int *) (gpointer) targets->data, sources->len,
                                       self->log_path, &error);
  close_fds (sources);
  g_array_unref (targets);
  if (self->process == NULL)
    {
      fail (self, error);
      return;
    }

  self->live = g_object_ref (start->domain);
  g_object_set (self->skeleton, "accelerator", vmm_command_line_get_accelerator (line),
                "accelerator-reason", vmm_command_line_get_accelerator_reason (line), NULL);
  vmm_machine_follow (self);
  create_scope (self);
}

/* ---- the first part: nothing runs yet ---- */

static void
prepared_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmMachine *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);
  VmmPreparation *preparation;
  GError *error = NULL;

  preparation = vmm_prepare_finish (result, &error);
  if (!goes_on (task))
    {
      g_clear_pointer (&preparation, vmm_preparation_free);
      g_clear_error (&error);
      return;
    }
  if (preparation == NULL)
    {
      fail (self, error);
      return;
    }

  start->preparation = preparation;
  spawn (self);
}

static void
capabilities_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmMachine *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);
  VmmCapabilities *capabilities;
  GError *error = NULL;

  capabilities = vmm_host_get_capabilities_finish (VMM_HOST (source), result, &error);
  if (!goes_on (task))
    {
      g_clear_object (&capabilities);
      g_clear_error (&error);
      return;
    }
  if (capabilities == NULL)
    {
      fail (self, error);
      return;
    }

  start->capabilities = capabilities;
  set_step (start, "Checking the disk images");
  vmm_prepare_async (start->domain, capabilities, self->folder, self->runtime,
                     prepared_cb, g_object_ref (task));
}

/**
 * vmm_machine_start_async:
 * @job: (nullable): is told the steps; cancelling it cancels the start
 *
 * Starts a machine that is off, from its stored definition. It is done when the guest runs (or is
 * ready to, if it is to stay paused). On failure nothing of it is left running, and the machine is
 * off with the reason "failed".
 */
void
vmm_machine_start_async (VmmMachine          *self,
                         VmmStartFlags        flags,
                         VmmJob              *job,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;
  Start *start;

  g_return_if_fail (VMM_IS_MACHINE (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, vmm_machine_start_async);

  if (self->state != VMM_MACHINE_STATE_OFF || self->start != NULL)
    {
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_INVALID_STATE,
                               "“%s” cannot start: it is %s", self->name,
                               vmm_machine_state_to_string (self->state));
      return;
    }

  if (self->xml == NULL)
    {
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_BROKEN,
                               "The definition of “%s” cannot be read", self->name);
      return;
    }
  if (job != NULL && g_cancellable_is_cancelled (vmm_job_get_cancellable (job)))
    {
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_CANCELLED,
                               "The start of “%s” was cancelled", self->name);
      return;
    }

  start = g_new0 (Start, 1);
  start->passt_fd = -1;
  start->flags = flags;
  start->job = job != NULL ? g_object_ref (job) : NULL;
  g_task_set_task_data (task, start, start_free);
  start->domain = vmm_domain_new_from_xml (self->xml, -1, &error);
  if (start->domain == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  vmm_machine_set_problem (self, NULL);
  vmm_machine_set_state (self, VMM_MACHINE_STATE_STARTING, "");
  self->is_power_off = FALSE;
  self->start = g_object_ref (task);
  if (job != NULL)
    g_signal_connect_object (vmm_job_get_cancellable (job), "cancelled",
                             G_CALLBACK (vmm_machine_start_cancel), self, G_CONNECT_SWAPPED);
  set_step (start, "Looking at QEMU");
  vmm_host_get_capabilities_async (self->context->host, capabilities_cb, g_object_ref (task));
}

gboolean
vmm_machine_start_finish (VmmMachine    *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
