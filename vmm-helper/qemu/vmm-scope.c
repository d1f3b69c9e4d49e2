/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-scope.h"

#include "vmm-error.h"

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"

/**
 * VmmScopes:
 *
 * Moves processes into systemd scopes of their own, so that they do not end with the service that
 * started them. Where no systemd manages the session they are left where they are: nothing then
 * ends them with the core either.
 */
struct _VmmScopes
{
  GObject          parent_instance;

  GDBusConnection *connection;
  guint            watch;
  guint            job_removed;
  gboolean         has_systemd;
  gboolean         is_known;     /* has_systemd is; until then callers queue */
  GQueue           waiting;      /* GTask until is_known */
  GHashTable      *jobs;         /* object path → GTask */
};

typedef struct
{
  char   *unit;
  char   *description;
  GArray *pids;
} Request;

G_DEFINE_FINAL_TYPE (VmmScopes, vmm_scopes, G_TYPE_OBJECT)

static void
request_free (gpointer data)
{
  Request *request = data;

  g_free (request->unit);
  g_free (request->description);
  g_array_unref (request->pids);
  g_free (request);
}

static void
start_unit_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmScopes *self = g_task_get_source_object (task);
  g_autoptr (GVariant) reply = NULL;
  const char *job;
  GError *error = NULL;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (reply == NULL)
    {
      g_dbus_error_strip_remote_error (error);
      g_prefix_error (&error, "systemd made no scope: ");
      g_task_return_error (task, error);
      return;
    }

  /* The processes are in the scope once the job is done. Its signal cannot have come before this
   * reply was handled: both are delivered to this main context in order. */
  g_variant_get (reply, "(&o)", &job);
  g_hash_table_insert (self->jobs, g_strdup (job), g_steal_pointer (&task));
}

static void
start_unit (VmmScopes *self,
            GTask     *task)
{
  Request *request = g_task_get_task_data (task);
  GVariantBuilder properties;

  if (!self->has_systemd)
    {
      g_task_return_boolean (task, FALSE);
      g_object_unref (task);
      return;
    }

  g_variant_builder_init (&properties, G_VARIANT_TYPE ("a(sv)"));
  g_variant_builder_add (&properties, "(sv)", "PIDs",
                         g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, request->pids->data,
                                                    request->pids->len, sizeof (guint32)));
  g_variant_builder_add (&properties, "(sv)", "Description",
                         g_variant_new_string (request->description));
  g_variant_builder_add (&properties, "(sv)", "CollectMode",
                         g_variant_new_string ("inactive-or-failed"));
  /* Second line of defence: stopping the scope by accident ends QEMU, not what it left behind. */
  g_variant_builder_add (&properties, "(sv)", "KillMode", g_variant_new_string ("process"));

  g_dbus_connection_call (self->connection, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                          "StartTransientUnit",
                          g_variant_new ("(ssa(sv)a(sa(sv)))", request->unit, "fail", &properties,
                                         NULL),
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL,
                          start_unit_cb, task);
}

static void
job_removed_cb (GDBusConnection *connection,
                const char      *sender,
                const char      *path,
                const char      *interface,
                const char      *signal,
                GVariant        *parameters,
                gpointer         user_data)
{
  VmmScopes *self = user_data;
  g_autoptr (GTask) task = NULL;
  g_autofree char *key = NULL;
  const char *job, *unit, *result;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(uoss)")))
    return;

  g_variant_get (parameters, "(u&o&s&s)", NULL, &job, &unit, &result);
  if (!g_hash_table_steal_extended (self->jobs, job, (gpointer *) &key, (gpointer *) &task))
    return;

  if (g_str_equal (result, "done"))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_HYPERVISOR,
                             "systemd made no scope “%s”: %s", unit, result);
}

static void
become_known (VmmScopes *self,
              gboolean   has_systemd)
{
  GTask *task;

  self->has_systemd = has_systemd;
  self->is_known = TRUE;
  while ((task = g_queue_pop_head (&self->waiting)) != NULL)
    start_unit (self, task);
}

static void
systemd_appeared_cb (GDBusConnection *connection,
                     const char      *name,
                     const char      *owner,
                     gpointer         user_data)
{
  /* systemd sends JobRemoved only to those who subscribe. */
  g_dbus_connection_call (connection, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Subscribe",
                          NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
  become_known (user_data, TRUE);
}

static void
systemd_vanished_cb (GDBusConnection *connection,
                     const char      *name,
                     gpointer         user_data)
{
  VmmScopes *self = user_data;
  GHashTableIter iter;
  gpointer task;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &task))
    g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_HYPERVISOR,
                             "systemd went away while it made a scope");
  g_hash_table_remove_all (self->jobs);
  become_known (self, FALSE);
}

static void
vmm_scopes_dispose (GObject *object)
{
  VmmScopes *self = VMM_SCOPES (object);

  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  if (self->job_removed != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->job_removed);
  self->job_removed = 0;
  g_queue_clear_full (&self->waiting, g_object_unref);
  g_hash_table_remove_all (self->jobs);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (vmm_scopes_parent_class)->dispose (object);
}

static void
vmm_scopes_finalize (GObject *object)
{
  g_hash_table_unref (VMM_SCOPES (object)->jobs);

  G_OBJECT_CLASS (vmm_scopes_parent_class)->finalize (object);
}

static void
vmm_scopes_class_init (VmmScopesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vmm_scopes_dispose;
  G_OBJECT_CLASS (klass)->finalize = vmm_scopes_finalize;
}

static void
vmm_scopes_init (VmmScopes *self)
{
  g_queue_init (&self->waiting);
  self->jobs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

/**
 * vmm_scopes_new:
 * @connection: the bus that the systemd in question is on: the session's for a user's core
 */
VmmScopes *
vmm_scopes_new (GDBusConnection *connection)
{
  VmmScopes *self = g_object_new (VMM_TYPE_SCOPES, NULL);

  self->connection = g_object_ref (connection);
  self->job_removed =
    g_dbus_connection_signal_subscribe (connection, SYSTEMD_NAME, SYSTEMD_MANAGER, "JobRemoved",
                                        SYSTEMD_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                        job_removed_cb, self, NULL);
  self->watch = g_bus_watch_name_on_connection (connection, SYSTEMD_NAME,
                                                G_BUS_NAME_WATCHER_FLAGS_NONE, systemd_appeared_cb,
                                                systemd_vanished_cb, self, NULL);

  return self;
}

/**
 * vmm_scopes_create_async:
 * @unit: unit name, ending in ".scope"; it must not exist
 * @description: for people who list units
 * @pids: (array length=n_pids): processes to move, which still wait at their gate
 */
void
vmm_scopes_create_async (VmmScopes           *self,
                         const char          *unit,
                         const char          *description,
                         const pid_t         *pids,
                         gsize                n_pids,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  GTask *task;
  Request *request;

  g_return_if_fail (VMM_IS_SCOPES (self));
  g_return_if_fail (g_str_has_suffix (unit, ".scope"));

  request = g_new0 (Request, 1);
  request->unit = g_strdup (unit);
  request->description = g_strdup (description);
  request->pids = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (gsize i = 0; i < n_pids; i++)
    {
      guint32 pid = pids[i];

      g_array_append_val (request->pids, pid);
    }

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, vmm_scopes_create_async);
  g_task_set_task_data (task, request, request_free);

  if (self->is_known)
    start_unit (self, task);
  else
    g_queue_push_tail (&self->waiting, task);
}

/**
 * vmm_scopes_create_finish:
 * @has_scope: (out): %FALSE where there is no systemd; the processes stayed where they were
 *
 * Returns: %FALSE with @error set if systemd refused
 */
gboolean
vmm_scopes_create_finish (VmmScopes     *self,
                          GAsyncResult  *result,
                          gboolean      *has_scope,
                          GError       **error)
{
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  *has_scope = g_task_propagate_boolean (G_TASK (result), &local_error);
  if (local_error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local_error));

  return FALSE;
}
