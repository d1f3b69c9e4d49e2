/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-job.h"

#include "vmm-client.h"
#include "vmm-error.h"

/* How long an ended job can still be read by a client that was away. */
#define KEEP_SECONDS 600

/* Ended jobs kept at the most; the oldest go first. */
#define KEEP_AT_MOST 256

/**
 * VmmJob:
 *
 * Something that takes a while, as clients see it. Whoever does the work holds a reference, tells
 * the steps, and ends it once with vmm_job_succeed() or vmm_job_fail().
 */
struct _VmmJob
{
  GObject       parent_instance;

  VmmJobs      *jobs;         /* not owned; it outlives its jobs */
  VmmDBusJob   *skeleton;
  char         *path;
  GCancellable *cancellable;
  GPtrArray    *waiting;      /* GDBusMethodInvocation of Wait */
  GError       *error;
  guint         expiry;
  gboolean      has_ended;
};

struct _VmmJobs
{
  GObject                   parent_instance;

  GDBusObjectManagerServer *server;
  GQueue                    ended;    /* VmmJob, oldest first; owned */
  guint                     last_number;
};

G_DEFINE_FINAL_TYPE (VmmJob, vmm_job, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (VmmJobs, vmm_jobs, G_TYPE_OBJECT)

static void
answer_wait (VmmJob                *self,
             GDBusMethodInvocation *invocation)
{
  if (self->error != NULL)
    g_dbus_method_invocation_return_gerror (invocation, self->error);
  else
    vmm_dbus_job_complete_wait (self->skeleton, invocation,
                                vmm_dbus_job_get_result (self->skeleton));
}

static gboolean
handle_wait_cb (VmmDBusJob            *skeleton,
                GDBusMethodInvocation *invocation,
                gpointer               user_data)
{
  VmmJob *self = user_data;

  if (self->has_ended)
    answer_wait (self, invocation);
  else
    g_ptr_array_add (self->waiting, invocation);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_cancel_cb (VmmDBusJob            *skeleton,
                  GDBusMethodInvocation *invocation,
                  gpointer               user_data)
{
  VmmJob *self = user_data;

  if (self->has_ended)
    {
      g_dbus_method_invocation_return_error (invocation, VMM_ERROR, VMM_ERROR_INVALID_STATE,
                                             "The job “%s” has ended already",
                                             vmm_dbus_job_get_kind (skeleton));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  if (!vmm_dbus_job_get_cancellable (skeleton))
    {
      g_dbus_method_invocation_return_error (invocation, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                                             "The job “%s” cannot be cancelled now",
                                             vmm_dbus_job_get_kind (skeleton));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }

  vmm_dbus_job_set_state (skeleton, "cancelling");
  vmm_dbus_job_complete_cancel (skeleton, invocation);
  g_cancellable_cancel (self->cancellable);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
forget (VmmJob *self)
{
  GList *link = g_queue_find (&self->jobs->ended, self);

  g_clear_handle_id (&self->expiry, g_source_remove);
  g_dbus_object_manager_server_unexport (self->jobs->server, self->path);
  if (link != NULL)
    {
      g_queue_delete_link (&self->jobs->ended, link);
      g_object_unref (self);
    }
}

static gboolean
expired_cb (gpointer user_data)
{
  VmmJob *self = user_data;

  self->expiry = 0;
  forget (self);

  return G_SOURCE_REMOVE;
}

static gboolean
handle_dismiss_cb (VmmDBusJob            *skeleton,
                   GDBusMethodInvocation *invocation,
                   gpointer               user_data)
{
  VmmJob *self = user_data;

  if (!self->has_ended)
    {
      g_dbus_method_invocation_return_error (invocation, VMM_ERROR, VMM_ERROR_INVALID_STATE,
                                             "The job “%s” still runs",
                                             vmm_dbus_job_get_kind (skeleton));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }

  vmm_dbus_job_complete_dismiss (skeleton, invocation);
  forget (self);

  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
vmm_job_dispose (GObject *object)
{
  VmmJob *self = VMM_JOB (object);

  g_clear_handle_id (&self->expiry, g_source_remove);
  if (self->skeleton != NULL)
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (vmm_job_parent_class)->dispose (object);
}

static void
vmm_job_finalize (GObject *object)
{
  VmmJob *self = VMM_JOB (object);

  g_ptr_array_unref (self->waiting);
  g_clear_error (&self->error);
  g_free (self->path);

  G_OBJECT_CLASS (vmm_job_parent_class)->finalize (object);
}

static void
vmm_job_class_init (VmmJobClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vmm_job_dispose;
  G_OBJECT_CLASS (klass)->finalize = vmm_job_finalize;
}

static void
vmm_job_init (VmmJob *self)
{
  self->cancellable = g_cancellable_new ();
  self->waiting = g_ptr_array_new ();
}

const char *
vmm_job_get_path (VmmJob *self)
{
  g_return_val_if_fail (VMM_IS_JOB (self), NULL);

  return self->path;
}

/**
 * vmm_job_get_cancellable:
 *
 * Returns: (transfer none): cancelled when a client asks for it
 */
GCancellable *
vmm_job_get_cancellable (VmmJob *self)
{
  g_return_val_if_fail (VMM_IS_JOB (self), NULL);

  return self->cancellable;
}

void
vmm_job_set_target (VmmJob     *self,
                    const char *target)
{
  g_return_if_fail (VMM_IS_JOB (self));

  vmm_dbus_job_set_target (self->skeleton, target);
}

/**
 * vmm_job_set_step:
 * @step: what it does now, in plain English, e.g. "Creating the disk image"
 */
void
vmm_job_set_step (VmmJob     *self,
                  const char *step)
{
  g_return_if_fail (VMM_IS_JOB (self));

  vmm_dbus_job_set_step (self->skeleton, step);
}

static void
end (VmmJob     *self,
     const char *state)
{
  vmm_dbus_job_set_cancellable (self->skeleton, FALSE);
  vmm_dbus_job_set_state (self->skeleton, state);
  self->has_ended = TRUE;

  for (guint i = 0; i < self->waiting->len; i++)
    answer_wait (self, g_ptr_array_index (self->waiting, i));
  g_ptr_array_set_size (self->waiting, 0);

  /* From now on the list of ended jobs keeps it; the worker's reference may go. */
  g_queue_push_tail (&self->jobs->ended, g_object_ref (self));
  self->expiry = g_timeout_add_seconds (KEEP_SECONDS, expired_cb, self);
  if (g_queue_get_length (&self->jobs->ended) > KEEP_AT_MOST)
    forget (g_queue_peek_head (&self->jobs->ended));
}

/**
 * vmm_job_succeed:
 * @result: (nullable): an a{sv}; a floating reference is taken
 */
void
vmm_job_succeed (VmmJob   *self,
                 GVariant *result)
{
  g_return_if_fail (VMM_IS_JOB (self));
  g_return_if_fail (!self->has_ended);

  if (result != NULL)
    vmm_dbus_job_set_result (self->skeleton, result);
  vmm_dbus_job_set_progress (self->skeleton, 1);
  end (self, "done");
}

/**
 * vmm_job_fail:
 * @error: (transfer full): why; G_IO_ERROR_CANCELLED and VMM_ERROR_CANCELLED make it "cancelled"
 */
void
vmm_job_fail (VmmJob *self,
              GError *error)
{
  g_autofree char *name = NULL;
  gboolean is_cancelled;

  g_return_if_fail (VMM_IS_JOB (self));
  g_return_if_fail (!self->has_ended);

  is_cancelled = g_error_matches (error, VMM_ERROR, VMM_ERROR_CANCELLED)
                 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  if (is_cancelled)
    {
      g_error_free (error);
      error = g_error_new (VMM_ERROR, VMM_ERROR_CANCELLED, "The job “%s” was cancelled",
                           vmm_dbus_job_get_kind (self->skeleton));
    }

  self->error = error;
  name = g_dbus_error_encode_gerror (error);
  vmm_dbus_job_set_error (self->skeleton, g_variant_new ("(ss)", name, error->message));
  end (self, is_cancelled ? "cancelled" : "failed");
}

static void
vmm_jobs_dispose (GObject *object)
{
  VmmJobs *self = VMM_JOBS (object);

  g_queue_clear_full (&self->ended, g_object_unref);
  g_clear_object (&self->server);

  G_OBJECT_CLASS (vmm_jobs_parent_class)->dispose (object);
}

static void
vmm_jobs_class_init (VmmJobsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vmm_jobs_dispose;
}

static void
vmm_jobs_init (VmmJobs *self)
{
  g_queue_init (&self->ended);
}

/**
 * vmm_jobs_new:
 * @server: where jobs are published
 */
VmmJobs *
vmm_jobs_new (GDBusObjectManagerServer *server)
{
  VmmJobs *self = g_object_new (VMM_TYPE_JOBS, NULL);

  self->server = g_object_ref (server);

  return self;
}

/**
 * vmm_jobs_begin:
 * @kind: a word for programs, e.g. "start"
 * @target: object path of the machine, or "/"
 *
 * Returns: (transfer full): a job in the state "running", published
 */
VmmJob *
vmm_jobs_begin (VmmJobs    *self,
                const char *kind,
                const char *target,
                gboolean    is_cancellable)
{
  VmmJob *job;
  g_autoptr (VmmDBusObjectSkeleton) object = NULL;

  g_return_val_if_fail (VMM_IS_JOBS (self), NULL);

  job = g_object_new (VMM_TYPE_JOB, NULL);
  job->jobs = self;
  job->path = g_strdup_printf (VMM_ROOT_PATH "/jobs/%u", ++self->last_number);
  job->skeleton = vmm_dbus_job_skeleton_new ();
  g_object_set (job->skeleton, "kind", kind, "target", target, "state", "running", "step", "",
                "progress", -1.0, "cancellable", is_cancellable,
                "error", g_variant_new ("(ss)", "", ""),
                "result", g_variant_new ("a{sv}", NULL), NULL);
  g_signal_connect (job->skeleton, "handle-wait", G_CALLBACK (handle_wait_cb), job);
  g_signal_connect (job->skeleton, "handle-cancel", G_CALLBACK (handle_cancel_cb), job);
  g_signal_connect (job->skeleton, "handle-dismiss", G_CALLBACK (handle_dismiss_cb), job);

  object = vmm_dbus_object_skeleton_new (job->path);
  vmm_dbus_object_skeleton_set_job (object, job->skeleton);
  g_dbus_object_manager_server_export (self->server, G_DBUS_OBJECT_SKELETON (object));

  return job;
}
