/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-probe-run.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vmm-error.h"
#include "vmm-qmp.h"

/* A probe takes well under a second; a host that swaps may take long. */
#define TIMEOUT_SECONDS 30

/* The number under which QEMU finds its end of the monitor. */
#define MONITOR_FD 3

struct _VmmProbeRun
{
  GMainContext *context;
  GSubprocess  *process;
  VmmQmp       *qmp;
  GSource      *timeout;
  GCancellable *cancellable;
  gulong        cancelled_id;
  gboolean      is_late;
};

typedef struct
{
  gboolean  is_done;
  JsonNode *node;
  GError   *error;
} Reply;

/* Runs between fork and exec: a QEMU that aborts, as some do with -cpu host, leaves no core file. */
static void
forbid_core_cb (gpointer user_data)
{
  const struct rlimit none = { 0, 0 };

  setrlimit (RLIMIT_CORE, &none);
}

static gboolean
timeout_cb (gpointer user_data)
{
  VmmProbeRun *self = user_data;

  self->is_late = TRUE;
  vmm_qmp_close (self->qmp);

  return G_SOURCE_REMOVE;
}

/* Ends QEMU, not the connection: this may run in another thread than the context's. */
static void
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  VmmProbeRun *self = user_data;

  g_subprocess_force_exit (self->process);
}

static void
negotiated_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  Reply *reply = user_data;

  vmm_qmp_negotiate_finish (VMM_QMP (source), result, &reply->error);
  reply->is_done = TRUE;
}

static void
executed_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Reply *reply = user_data;

  reply->node = vmm_qmp_execute_finish (VMM_QMP (source), result, &reply->error);
  reply->is_done = TRUE;
}

static void
wait_for (VmmProbeRun *self,
          Reply       *reply)
{
  while (!reply->is_done)
    g_main_context_iteration (self->context, TRUE);
}

/* The last line that QEMU wrote on its standard error, once it is gone. */
static char *
dup_last_words (VmmProbeRun *self)
{
  GInputStream *stream = g_subprocess_get_stderr_pipe (self->process);
  char buffer[4096];
  gsize length = 0;
  char *text, *newline;

  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);

  /* What cannot be read is not said. */
  if (!g_input_stream_read_all (stream, buffer, sizeof buffer - 1, &length, NULL, NULL))
    length = 0;

  buffer[length] = '\0';
  text = g_utf8_make_valid (g_strchomp (buffer), -1);
  newline = strrchr (text, '\n');

  if (newline != NULL)
    memmove (text, newline + 1, strlen (newline + 1) + 1);

  return text;
}

static void
fail (VmmProbeRun  *self,
      GError       *reason,
      GError      **error)
{
  g_autofree char *words = NULL;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return;

  if (self->is_late)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_TIMEOUT, "QEMU did not answer within %d seconds", TIMEOUT_SECONDS);
      return;
    }

  words = dup_last_words (self);
  g_set_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR, "%s", words[0] != '\0' ? words : reason->message);
}

static gboolean
spawn (VmmProbeRun         *self,
       const char * const  *argv,
       GError             **error)
{
  g_autoptr(GSubprocessLauncher) launcher = NULL;
  g_autoptr(GSocket) socket = NULL;
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR, "No socket for QEMU: %s", g_strerror (errno));
      return FALSE;
    }

  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_take_fd (launcher, fds[1], MONITOR_FD);
  g_subprocess_launcher_set_child_setup (launcher, forbid_core_cb, NULL, NULL);
  socket = g_socket_new_from_fd (fds[0], error);

  if (socket == NULL)
    {
      close (fds[0]);
      return FALSE;
    }

  self->process = g_subprocess_launcher_spawnv (launcher, argv, error);

  if (self->process == NULL)
    return FALSE;

  self->qmp = vmm_qmp_new (socket);

  return TRUE;
}

/**
 * vmm_probe_run_start:
 * @argv: QEMU and its arguments but for the monitor
 *
 * Starts QEMU and waits until it answers. Call it in a thread whose thread-default main context is
 * its own, and free the run there.
 *
 * Fails with %VMM_ERROR_HYPERVISOR holding QEMU's last line, or %VMM_ERROR_TIMEOUT.
 */
VmmProbeRun *
vmm_probe_run_start (const char * const  *argv,
                     GCancellable        *cancellable,
                     GError             **error)
{
  g_autoptr(VmmProbeRun) self = g_new0 (VmmProbeRun, 1);
  g_autoptr(GPtrArray) all = g_ptr_array_new ();
  Reply reply = { 0 };

  self->context = g_main_context_ref_thread_default ();

  for (; *argv != NULL; argv++)
    g_ptr_array_add (all, (gpointer) *argv);

  g_ptr_array_add (all, (gpointer) "-chardev");
  g_ptr_array_add (all, (gpointer) "socket,id=monitor,fd=3");
  g_ptr_array_add (all, (gpointer) "-mon");
  g_ptr_array_add (all, (gpointer) "chardev=monitor,mode=control");
  g_ptr_array_add (all, NULL);

  if (!spawn (self, (const char * const *) all->pdata, error))
    return NULL;

  self->timeout = g_timeout_source_new_seconds (TIMEOUT_SECONDS);
  g_source_set_callback (self->timeout, timeout_cb, self, NULL);
  g_source_attach (self->timeout, self->context);

  if (cancellable != NULL)
    {
      self->cancellable = g_object_ref (cancellable);
      self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);
    }

  vmm_qmp_negotiate_async (self->qmp, negotiated_cb, &reply);
  wait_for (self, &reply);

  if (reply.error != NULL)
    {
      fail (self, reply.error, error);
      g_error_free (reply.error);
      return NULL;
    }

  return g_steal_pointer (&self);
}

/* @arguments: (transfer full) (nullable); returns: (transfer full) (nullable): what QEMU answered */
JsonNode *
vmm_probe_run_execute (VmmProbeRun  *self,
                       const char   *command,
                       JsonNode     *arguments,
                       GError      **error)
{
  Reply reply = { 0 };

  vmm_qmp_execute_async (self->qmp, command, arguments, NULL, executed_cb, &reply);
  wait_for (self, &reply);

  if (reply.error != NULL && !vmm_qmp_is_open (self->qmp))
    {
      fail (self, reply.error, error);
      g_clear_error (&reply.error);
    }
  else if (reply.error != NULL)
    {
      g_propagate_error (error, reply.error);
    }

  return reply.node;
}

/* Ends QEMU and waits until it is gone. */
void
vmm_probe_run_free (VmmProbeRun *self)
{
  if (self == NULL)
    return;

  if (self->cancelled_id != 0)
    g_cancellable_disconnect (self->cancellable, self->cancelled_id);

  if (self->timeout != NULL)
    {
      g_source_destroy (self->timeout);
      g_source_unref (self->timeout);
    }

  if (self->qmp != NULL)
    vmm_qmp_close (self->qmp);

  if (self->process != NULL)
    {
      g_subprocess_force_exit (self->process);
      g_subprocess_wait (self->process, NULL, NULL);
    }

  /* What the closed connection still has to say is said while its context exists. */
  while (g_main_context_iteration (self->context, FALSE))
    ;

  g_clear_object (&self->qmp);
  g_clear_object (&self->process);
  g_clear_object (&self->cancellable);
  g_main_context_unref (self->context);
  g_free (self);
}
