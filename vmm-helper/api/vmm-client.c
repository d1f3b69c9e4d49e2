/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-client.h"

#include <string.h>

#define MACHINE_INTERFACE "org.guesthouse.Vmm1.Machine"

/* A core that died comes back at the next call, because the bus starts it; when that fails, we try
 * again after these pauses. */
#define RETRY_FIRST_MS 100
#define RETRY_MAX_MS 5000

/**
 * VmmClient:
 *
 * A connection to the core: finds it (the bus starts it), keeps the list of machines true, and
 * comes back by itself when the core was restarted.
 */
struct _VmmClient
{
  GObject          parent_instance;

  GDBusConnection *connection;
  VmmDBusManager  *manager;
  GListStore      *machines;
  GHashTable      *by_path;      /* char* of the machine → VmmRemoteMachine */
  GCancellable    *cancellable;  /* of what is under way until dispose */
  guint            subscriptions[4];
  guint            statistics_interval_ms;
  guint            retry_source;
  guint            retry_ms;
  gboolean         is_connected;
};

enum
{
  PROP_CONNECTED = 1,
  PROP_MACHINES,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (VmmClient, vmm_client, G_TYPE_OBJECT)

static void list_machines (VmmClient *self,
                           GTask     *task);

static void
set_connected (VmmClient *self,
               gboolean   is_connected)
{
  if (self->is_connected == is_connected)
    return;

  self->is_connected = is_connected;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTED]);
}

static VmmRemoteMachine *
take_machine (VmmClient  *self,
              const char *path,
              gboolean   *is_new)
{
  VmmRemoteMachine *machine = g_hash_table_lookup (self->by_path, path);

  *is_new = machine == NULL;
  if (machine == NULL)
    {
      machine = vmm_remote_machine_new (self->connection, path);
      g_hash_table_insert (self->by_path, (char *) vmm_remote_machine_get_path (machine), machine);
    }

  return machine;
}

static void
remove_machine (VmmClient  *self,
                const char *path)
{
  g_autoptr (VmmRemoteMachine) machine = g_hash_table_lookup (self->by_path, path);
  guint position = 0;

  if (machine == NULL)
    return;

  /* Who hears of it from the list must not find it any more. */
  g_object_ref (machine);
  g_hash_table_remove (self->by_path, path);
  if (g_list_store_find (self->machines, machine, &position))
    g_list_store_remove (self->machines, position);
}

/* Makes the list what the core says it is: known machines stay the same objects. */
static void
merge_list (VmmClient *self,
            GVariant  *list)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) added = g_ptr_array_new ();
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter hash_iter;
  GVariantIter iter;
  gpointer key;
  GVariant *row;

  g_variant_iter_init (&iter, list);
  while ((row = g_variant_iter_next_value (&iter)) != NULL)
    {
      const char *path;
      VmmRemoteMachine *machine;
      gboolean is_new;

      g_variant_get_child (row, 0, "&o", &path);
      machine = take_machine (self, path, &is_new);
      vmm_remote_machine_update_row (machine, row);
      g_hash_table_add (seen, (char *) vmm_remote_machine_get_path (machine));
      if (is_new)
        g_ptr_array_add (added, machine);
      g_variant_unref (row);
    }

  g_hash_table_iter_init (&hash_iter, self->by_path);
  while (g_hash_table_iter_next (&hash_iter, &key, NULL))
    if (!g_hash_table_contains (seen, key))
      g_ptr_array_add (gone, g_strdup (key));
  for (guint i = 0; i < gone->len; i++)
    remove_machine (self, g_ptr_array_index (gone, i));

  /* One change for all of them, so that a thousand do not sort the list a thousand times. */
  g_list_store_splice (self->machines, g_list_model_get_n_items (G_LIST_MODEL (self->machines)), 0,
                       added->pdata, added->len);
}

static gboolean
retry_cb (gpointer user_data)
{
  VmmClient *self = user_data;

  self->retry_source = 0;
  list_machines (self, NULL);

  return G_SOURCE_REMOVE;
}

static void
list_machines_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmClient *self = g_task_get_source_object (task);
  g_autoptr (GVariant) list = NULL;
  GError *error = NULL;
  gboolean is_first = g_task_get_source_tag (task) == vmm_client_connect_async;

  if (!vmm_dbus_manager_call_list_machines_finish (VMM_DBUS_MANAGER (source), &list, result, &error))
    {
      if (!is_first && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
          && self->retry_source == 0)
        {
          g_debug ("The core does not answer: %s", error->message);
          self->retry_source = g_timeout_add (self->retry_ms, retry_cb, self);
          self->retry_ms = MIN (self->retry_ms * 2, RETRY_MAX_MS);
        }
      g_task_return_error (task, error);
      return;
    }

  self->retry_ms = RETRY_FIRST_MS;
  merge_list (self, list);
  set_connected (self, TRUE);
  if (self->statistics_interval_ms != 0)
    vmm_dbus_manager_call_subscribe_statistics (self->manager, self->statistics_interval_ms,
                                                self->cancellable, NULL, NULL);
  g_task_return_boolean (task, TRUE);
}

/* @task: (transfer full) (nullable): what to tell when the list is there */
static void
list_machines (VmmClient *self,
               GTask     *task)
{
  if (task == NULL)
    {
      task = g_task_new (self, self->cancellable, NULL, NULL);
      g_task_set_source_tag (task, list_machines);
    }

  vmm_dbus_manager_call_list_machines (self->manager, g_variant_new ("a{sv}", NULL),
                                       self->cancellable, list_machines_cb, task);
}

static void
properties_changed_cb (GDBusConnection *connection,
                       const char      *sender,
                       const char      *path,
                       const char      *interface,
                       const char      *signal,
                       GVariant        *parameters,
                       gpointer         user_data)
{
  VmmClient *self = user_data;
  VmmRemoteMachine *machine = g_hash_table_lookup (self->by_path, path);
  g_autoptr (GVariant) changed = NULL;

  if (machine == NULL || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;

  changed = g_variant_get_child_value (parameters, 1);
  vmm_remote_machine_update_properties (machine, changed);
}

static void
interfaces_added_cb (GDBusConnection *connection,
                     const char      *sender,
                     const char      *path,
                     const char      *interface,
                     const char      *signal,
                     GVariant        *parameters,
                     gpointer         user_data)
{
  VmmClient *self = user_data;
  g_autoptr (GVariant) interfaces = NULL;
  g_autoptr (GVariant) values = NULL;
  const char *object_path;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(oa{sa{sv}})")))
    return;

  g_variant_get (parameters, "(&o@a{sa{sv}})", &object_path, &interfaces);
  values = g_variant_lookup_value (interfaces, MACHINE_INTERFACE, G_VARIANT_TYPE_VARDICT);
  if (values != NULL)
    {
      gboolean is_new;
      VmmRemoteMachine *machine = take_machine (self, object_path, &is_new);

      vmm_remote_machine_update_properties (machine, values);
      if (is_new)
        g_list_store_append (self->machines, machine);
    }
}

static void
interfaces_removed_cb (GDBusConnection *connection,
                       const char      *sender,
                       const char      *path,
                       const char      *interface,
                       const char      *signal,
                       GVariant        *parameters,
                       gpointer         user_data)
{
  VmmClient *self = user_data;
  g_autofree const char **interfaces = NULL;
  const char *object_path;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(oas)")))
    return;

  g_variant_get (parameters, "(&o^a&s)", &object_path, &interfaces);
  if (g_strv_contains ((const char *const *) interfaces, MACHINE_INTERFACE))
    remove_machine (self, object_path);
}

static void
statistics_cb (GDBusConnection *connection,
               const char      *sender,
               const char      *path,
               const char      *interface,
               const char      *signal,
               GVariant        *parameters,
               gpointer         user_data)
{
  VmmClient *self = user_data;
  g_autoptr (GVariantIter) iter = NULL;
  const char *object_path;
  GVariant *values;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(xa(oa{sv}))")))
    return;

  g_variant_get (parameters, "(xa(oa{sv}))", NULL, &iter);
  while (g_variant_iter_loop (iter, "(&o@a{sv})", &object_path, &values))
    {
      VmmRemoteMachine *machine = g_hash_table_lookup (self->by_path, object_path);

      if (machine != NULL)
        vmm_remote_machine_update_statistics (machine, values);
    }
}

static void
owner_changed_cb (VmmClient *self)
{
  g_autofree char *owner = g_dbus_proxy_get_name_owner (G_DBUS_PROXY (self->manager));

  if (owner == NULL)
    set_connected (self, FALSE);

  /* Without an owner the call makes the bus start the core again. */
  list_machines (self, NULL);
}

static void
manager_new_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmClient *self = g_task_get_source_object (task);
  GError *error = NULL;
  guint n = 0;

  self->manager = vmm_dbus_manager_proxy_new_finish (result, &error);
  if (self->manager == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (self->manager), G_MAXINT);
  g_signal_connect_object (self->manager, "notify::g-name-owner", G_CALLBACK (owner_changed_cb),
                           self, G_CONNECT_SWAPPED);

  self->subscriptions[n++] =
    g_dbus_connection_signal_subscribe (self->connection, VMM_BUS_NAME,
                                        "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                        NULL, MACHINE_INTERFACE, G_DBUS_SIGNAL_FLAGS_NONE,
                                        properties_changed_cb, self, NULL);
  self->subscriptions[n++] =
    g_dbus_connection_signal_subscribe (self->connection, VMM_BUS_NAME,
                                        "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
                                        VMM_ROOT_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                        interfaces_added_cb, self, NULL);
  self->subscriptions[n++] =
    g_dbus_connection_signal_subscribe (self->connection, VMM_BUS_NAME,
                                        "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved",
                                        VMM_ROOT_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                        interfaces_removed_cb, self, NULL);
  self->subscriptions[n++] =
    g_dbus_connection_signal_subscribe (self->connection, VMM_BUS_NAME,
                                        "org.guesthouse.Vmm1.Manager", "Statistics",
                                        VMM_ROOT_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                        statistics_cb, self, NULL);
  g_assert (n == G_N_ELEMENTS (self->subscriptions));

  list_machines (self, g_steal_pointer (&task));
}

static void
bus_get_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmClient *self = g_task_get_source_object (task);
  GError *error = NULL;

  self->connection = g_bus_get_finish (result, &error);
  if (self->connection == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  vmm_dbus_manager_proxy_new (self->connection, G_DBUS_PROXY_FLAGS_NONE, VMM_BUS_NAME,
                              VMM_ROOT_PATH, self->cancellable, manager_new_cb,
                              g_steal_pointer (&task));
}

static void
vmm_client_dispose (GObject *object)
{
  VmmClient *self = VMM_CLIENT (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->retry_source, g_source_remove);
  for (guint i = 0; i < G_N_ELEMENTS (self->subscriptions); i++)
    if (self->subscriptions[i] != 0)
      {
        g_dbus_connection_signal_unsubscribe (self->connection, self->subscriptions[i]);
        self->subscriptions[i] = 0;
      }
  g_clear_object (&self->manager);
  g_list_store_remove_all (self->machines);
  g_hash_table_remove_all (self->by_path);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (vmm_client_parent_class)->dispose (object);
}

static void
vmm_client_finalize (GObject *object)
{
  VmmClient *self = VMM_CLIENT (object);

  g_object_unref (self->machines);
  g_hash_table_unref (self->by_path);
  g_object_unref (self->cancellable);

  G_OBJECT_CLASS (vmm_client_parent_class)->finalize (object);
}

static void
vmm_client_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  VmmClient *self = VMM_CLIENT (object);

  switch (prop_id)
    {
    case PROP_CONNECTED:
      g_value_set_boolean (value, self->is_connected);
      break;
    case PROP_MACHINES:
      g_value_set_object (value, self->machines);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
vmm_client_class_init (VmmClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = vmm_client_dispose;
  object_class->finalize = vmm_client_finalize;
  object_class->get_property = vmm_client_get_property;

  /**
   * VmmClient:connected:
   *
   * Whether the core is there and the list is true. It goes %FALSE when the core dies and %TRUE
   * again when it is back; the machines keep their last known values meanwhile.
   */
  properties[PROP_CONNECTED] = g_param_spec_boolean ("connected", NULL, NULL, FALSE, flags);
  properties[PROP_MACHINES] = g_param_spec_object ("machines", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
vmm_client_init (VmmClient *self)
{
  self->machines = g_list_store_new (VMM_TYPE_REMOTE_MACHINE);
  self->by_path = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  self->cancellable = g_cancellable_new ();
  self->retry_ms = RETRY_FIRST_MS;
}

VmmClient *
vmm_client_new (void)
{
  return g_object_new (VMM_TYPE_CLIENT, NULL);
}

/**
 * vmm_client_connect_async:
 * @cancellable: (nullable): gives up waiting; what was begun goes on
 *
 * Finds the core on the session bus, which starts it if need be, and reads the list of machines.
 * Call it once. Fails with an error of %G_DBUS_ERROR when there is no bus or no core.
 */
void
vmm_client_connect_async (VmmClient           *self,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (VMM_IS_CLIENT (self));
  g_return_if_fail (self->connection == NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, vmm_client_connect_async);
  g_bus_get (G_BUS_TYPE_SESSION, self->cancellable, bus_get_cb, g_steal_pointer (&task));
}

gboolean
vmm_client_connect_finish (VmmClient     *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
vmm_client_is_connected (VmmClient *self)
{
  g_return_val_if_fail (VMM_IS_CLIENT (self), FALSE);

  return self->is_connected;
}

/**
 * vmm_client_get_machines:
 *
 * Returns: (transfer none): VmmRemoteMachine objects in no particular order
 */
GListModel *
vmm_client_get_machines (VmmClient *self)
{
  g_return_val_if_fail (VMM_IS_CLIENT (self), NULL);

  return G_LIST_MODEL (self->machines);
}

/**
 * vmm_client_find_machine:
 *
 * Returns: (transfer none) (nullable): the machine at @object_path
 */
VmmRemoteMachine *
vmm_client_find_machine (VmmClient  *self,
                         const char *object_path)
{
  g_return_val_if_fail (VMM_IS_CLIENT (self), NULL);

  return g_hash_table_lookup (self->by_path, object_path);
}

/**
 * vmm_client_get_manager:
 *
 * Returns: (transfer none) (nullable): the manager's proxy, once connected
 */
VmmDBusManager *
vmm_client_get_manager (VmmClient *self)
{
  g_return_val_if_fail (VMM_IS_CLIENT (self), NULL);

  return self->manager;
}

/**
 * vmm_client_set_statistics_interval:
 * @interval_ms: 250 to 60000, or 0 to have none
 *
 * Lets the core sample statistics for us, also after it was restarted. The values come as
 * properties and as VmmRemoteMachine::statistics.
 */
void
vmm_client_set_statistics_interval (VmmClient *self,
                                    guint      interval_ms)
{
  g_return_if_fail (VMM_IS_CLIENT (self));

  if (self->statistics_interval_ms == interval_ms)
    return;

  self->statistics_interval_ms = interval_ms;
  if (self->is_connected)
    vmm_dbus_manager_call_subscribe_statistics (self->manager, interval_ms, self->cancellable,
                                                NULL, NULL);
}

typedef struct
{
  char               *path;
  VmmDBusJob         *job;
  VmmJobProgressFunc  progress;
  gpointer            progress_data;
} WaitJob;

static void
wait_job_free (gpointer data)
{
  WaitJob *wait = data;

  g_free (wait->path);
  g_clear_object (&wait->job);
  g_free (wait);
}

static void
job_changed_cb (GTask *task)
{
  WaitJob *wait = g_task_get_task_data (task);

  if (!g_task_get_completed (task))
    wait->progress (wait->job, wait->progress_data);
}

static void
job_wait_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  WaitJob *wait = g_task_get_task_data (task);
  GVariant *values = NULL;
  GError *error = NULL;

  g_signal_handlers_disconnect_by_data (wait->job, task);
  if (vmm_dbus_job_call_wait_finish (wait->job, &values, result, &error))
    g_task_return_pointer (task, values, (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

static void
job_new_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  WaitJob *wait = g_task_get_task_data (task);
  GError *error = NULL;

  wait->job = vmm_dbus_job_proxy_new_finish (result, &error);
  if (wait->job == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (wait->job), G_MAXINT);
  if (wait->progress != NULL)
    {
      /* The task outlives the connection: job_wait_cb undoes it. */
      g_signal_connect_swapped (wait->job, "g-properties-changed", G_CALLBACK (job_changed_cb), task);
      wait->progress (wait->job, wait->progress_data);
    }
  vmm_dbus_job_call_wait (wait->job, g_task_get_cancellable (task), job_wait_cb,
                          g_object_ref (task));
}

/**
 * vmm_client_wait_job_async:
 * @job_path: what a method that begins a job returned
 * @cancellable: (nullable): gives up waiting; the job goes on (call vmm_dbus_job_call_cancel() on
 *   the proxy that @progress is given to end it)
 * @progress: (nullable): called at first and whenever a property of the job has changed
 *
 * Waits until the job has ended, however long that takes.
 */
void
vmm_client_wait_job_async (VmmClient           *self,
                           const char          *job_path,
                           GCancellable        *cancellable,
                           VmmJobProgressFunc   progress,
                           gpointer             progress_data,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  WaitJob *wait;

  g_return_if_fail (VMM_IS_CLIENT (self));
  g_return_if_fail (g_variant_is_object_path (job_path));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, vmm_client_wait_job_async);
  wait = g_new0 (WaitJob, 1);
  wait->path = g_strdup (job_path);
  wait->progress = progress;
  wait->progress_data = progress_data;
  g_task_set_task_data (task, wait, wait_job_free);

  vmm_dbus_job_proxy_new (self->connection, G_DBUS_PROXY_FLAGS_NONE, VMM_BUS_NAME, job_path,
                          cancellable, job_new_cb, g_steal_pointer (&task));
}

/**
 * vmm_client_wait_job_finish:
 *
 * Returns: (transfer full): the job's result, an a{sv}; %NULL with the job's own error, of the
 *   domain %VMM_ERROR, if it failed or was cancelled
 */
GVariant *
vmm_client_wait_job_finish (VmmClient     *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
