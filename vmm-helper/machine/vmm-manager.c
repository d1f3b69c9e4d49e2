/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-manager.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <string.h>

#include "vmm-capabilities-xml.h"
#include "vmm-client.h"
#include "vmm-definition.h"
#include "vmm-error.h"
#include "vmm-fd.h"
#include "vmm-file.h"
#include "vmm-image.h"
#include "vmm-install.h"
#include "vmm-options.h"
#include "vmm-statistics.h"

#define HANDLED G_DBUS_METHOD_INVOCATION_HANDLED

/**
 * VmmManager:
 *
 * The core as a whole: all machines, and the Manager interface.
 */
struct _VmmManager
{
  GObject           parent_instance;

  VmmContext        context;
  GDBusConnection  *connection;
  VmmDBusManager   *skeleton;
  VmmStatistics    *statistics;
  guint             n_loading;
};

G_DEFINE_FINAL_TYPE (VmmManager, vmm_manager, G_TYPE_OBJECT)

static gboolean
refuse (GDBusMethodInvocation *invocation,
        GError                *error)
{
  g_dbus_method_invocation_take_error (invocation, error);

  return HANDLED;
}

static void
removed_cb (VmmMachine *machine,
            VmmManager *self)
{
  g_dbus_object_manager_server_unexport (self->context.server, vmm_machine_get_path (machine));
  g_hash_table_remove (self->context.machines, vmm_machine_get_uuid (machine));
}

/* @machine: (transfer full) */
static void
list_machine (VmmManager *self,
              VmmMachine *machine)
{
  g_signal_connect_object (machine, "removed", G_CALLBACK (removed_cb), self, G_CONNECT_AFTER);
  g_hash_table_insert (self->context.machines, (char *) vmm_machine_get_uuid (machine), machine);
  g_dbus_object_manager_server_export (self->context.server, vmm_machine_get_object (machine));
}

/* Returns: (transfer full): a new machine, stored and listed */
static VmmMachine *
add_machine (gpointer    data,
             VmmDomain  *domain,
             GError    **error)
{
  VmmManager *self = data;
  VmmMachine *machine;

  if (!vmm_context_check_new (&self->context, domain, error))
    return NULL;
  machine = vmm_machine_new (&self->context, domain, error);
  if (machine == NULL)
    return NULL;

  list_machine (self, g_object_ref (machine));

  return machine;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (vmm_machine_get_name (*(VmmMachine *const *) a),
                 vmm_machine_get_name (*(VmmMachine *const *) b));
}

static gboolean
handle_list_machines_cb (VmmDBusManager        *skeleton,
                         GDBusMethodInvocation *invocation,
                         GVariant              *options,
                         VmmManager            *self)
{
  g_autoptr (GPtrArray) machines = NULL;
  GVariantBuilder rows;
  GHashTableIter iter;
  gpointer machine;
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, NULL))
    return refuse (invocation, error);

  machines = g_ptr_array_sized_new (g_hash_table_size (self->context.machines));
  g_hash_table_iter_init (&iter, self->context.machines);
  while (g_hash_table_iter_next (&iter, NULL, &machine))
    g_ptr_array_add (machines, machine);
  g_ptr_array_sort (machines, compare_names);

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("a(osssssxuttu)"));
  for (guint i = 0; i < machines->len; i++)
    g_variant_builder_add_value (&rows, vmm_machine_to_row (g_ptr_array_index (machines, i)));
  vmm_dbus_manager_complete_list_machines (skeleton, invocation, g_variant_builder_end (&rows));

  return HANDLED;
}

static gboolean
handle_lookup_by_name_cb (VmmDBusManager        *skeleton,
                          GDBusMethodInvocation *invocation,
                          const char            *name,
                          VmmManager            *self)
{
  GHashTableIter iter;
  gpointer machine;

  g_hash_table_iter_init (&iter, self->context.machines);
  while (g_hash_table_iter_next (&iter, NULL, &machine))
    if (g_str_equal (vmm_machine_get_name (machine), name))
      {
        vmm_dbus_manager_complete_lookup_by_name (skeleton, invocation,
                                                  vmm_machine_get_path (machine));
        return HANDLED;
      }

  return refuse (invocation, g_error_new (VMM_ERROR, VMM_ERROR_NOT_FOUND,
                                          "There is no machine named “%s”", name));
}

static gboolean
handle_lookup_by_uuid_cb (VmmDBusManager        *skeleton,
                          GDBusMethodInvocation *invocation,
                          const char            *uuid,
                          VmmManager            *self)
{
  g_autofree char *lower = g_ascii_strdown (uuid, -1);
  VmmMachine *machine;

  if (!g_uuid_string_is_valid (uuid))
    return refuse (invocation, g_error_new (VMM_ERROR, VMM_ERROR_INVALID, "“%s” is no UUID", uuid));

  machine = g_hash_table_lookup (self->context.machines, lower);
  if (machine == NULL)
    return refuse (invocation, g_error_new (VMM_ERROR, VMM_ERROR_NOT_FOUND,
                                            "There is no machine with the UUID “%s”", uuid));

  vmm_dbus_manager_complete_lookup_by_uuid (skeleton, invocation, vmm_machine_get_path (machine));

  return HANDLED;
}

/* ---- Define and Validate ---- */

typedef struct
{
  VmmManager            *manager;
  GDBusMethodInvocation *invocation;
} Call;

static Call *
call_new (VmmManager            *self,
          GDBusMethodInvocation *invocation)
{
  Call *call = g_new (Call, 1);

  call->manager = g_object_ref (self);
  call->invocation = invocation;

  return call;
}

static void
define_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autofree Call *call = user_data;
  g_autoptr (VmmManager) self = call->manager;
  g_autoptr (VmmDomain) domain = NULL;
  g_autoptr (VmmMachine) machine = NULL;
  GError *error = NULL;

  domain = vmm_definition_finish (result, NULL, &error);
  if (domain != NULL)
    {
      VmmMachine *known = g_hash_table_lookup (self->context.machines, vmm_domain_get_uuid (domain));

      if (known != NULL && g_strcmp0 (vmm_machine_get_name (known),
                                      vmm_domain_get_name (domain)) == 0)
        {
          if (vmm_machine_define (known, domain, &error))
            machine = g_object_ref (known);
        }
      else
        {
          machine = add_machine (self, domain, &error);
        }
    }

  if (machine == NULL)
    refuse (call->invocation, error);
  else
    vmm_dbus_manager_complete_define (self->skeleton, call->invocation,
                                      vmm_machine_get_path (machine));
}

static gboolean
handle_define_cb (VmmDBusManager        *skeleton,
                  GDBusMethodInvocation *invocation,
                  const char            *xml,
                  GVariant              *options,
                  VmmManager            *self)
{
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, NULL))
    return refuse (invocation, error);

  vmm_definition_async (self->context.host, xml, define_cb, call_new (self, invocation));

  return HANDLED;
}

static void
validate_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autofree Call *call = user_data;
  g_autoptr (VmmManager) self = call->manager;
  g_autoptr (VmmDomain) domain = NULL;
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (GError) error = NULL;

  domain = vmm_definition_finish (result, &problems, &error);
  if (problems == NULL)
    problems = vmm_problems_new ();
  /* What ended it and is not in the list: it cannot be parsed, or not completed. */
  if (domain == NULL && !vmm_problems_have_error (problems))
    g_ptr_array_add (problems, vmm_problem_new (VMM_SEVERITY_ERROR, "", 0, "", error->message, ""));

  vmm_dbus_manager_complete_validate (self->skeleton, call->invocation,
                                      vmm_problems_to_variant (problems));
}

static gboolean
handle_validate_cb (VmmDBusManager        *skeleton,
                    GDBusMethodInvocation *invocation,
                    const char            *xml,
                    GVariant              *options,
                    VmmManager            *self)
{
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, NULL))
    return refuse (invocation, error);

  vmm_definition_async (self->context.host, xml, validate_cb, call_new (self, invocation));

  return HANDLED;
}

static gboolean
handle_install_cb (VmmDBusManager        *skeleton,
                   GDBusMethodInvocation *invocation,
                   const char            *xml,
                   GVariant              *options,
                   VmmManager            *self)
{
  GError *error = NULL;
  VmmJob *job;

  job = vmm_install_begin (&self->context, xml, options, add_machine, self, &error);
  if (job == NULL)
    return refuse (invocation, error);

  vmm_dbus_manager_complete_install (skeleton, invocation, vmm_job_get_path (job));

  return HANDLED;
}

/* ---- images ---- */

static void
inspect_thread (GTask        *task,
                gpointer      source,
                gpointer      data,
                GCancellable *cancellable)
{
  GError *error = NULL;
  GVariant *details = vmm_image_inspect (GPOINTER_TO_INT (data), &error);

  close (GPOINTER_TO_INT (data));
  if (details != NULL)
    g_task_return_pointer (task, g_variant_ref_sink (details), (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

static void
inspected_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  VmmManager *self = VMM_MANAGER (source);
  GDBusMethodInvocation *invocation = user_data;
  g_autoptr (GVariant) details = NULL;
  GError *error = NULL;

  details = g_task_propagate_pointer (G_TASK (result), &error);
  if (details == NULL)
    refuse (invocation, error);
  else
    vmm_dbus_manager_complete_inspect_image (self->skeleton, invocation, NULL, details);
}

static gboolean
handle_inspect_image_cb (VmmDBusManager        *skeleton,
                         GDBusMethodInvocation *invocation,
                         GUnixFDList           *fd_list,
                         GVariant              *image,
                         VmmManager            *self)
{
  gint32 handle = g_variant_get_handle (image);
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;
  int fd = -1;

  if (fd_list != NULL && handle >= 0 && handle < g_unix_fd_list_get_length (fd_list))
    fd = g_unix_fd_list_get (fd_list, handle, &error);
  if (fd < 0)
    {
      g_clear_error (&error);
      return refuse (invocation, g_error_new (VMM_ERROR, VMM_ERROR_INVALID,
                                              "The message carries no descriptor %d", handle));
    }

  /* Reading an image on a dead file server takes for ever. */
  task = g_task_new (self, NULL, inspected_cb, invocation);
  g_task_set_source_tag (task, handle_inspect_image_cb);
  g_task_set_task_data (task, GINT_TO_POINTER (fd), NULL);
  g_task_run_in_thread (task, inspect_thread);

  return HANDLED;
}

/* ---- what the host can do ---- */

static void
capabilities_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autofree Call *call = user_data;
  g_autoptr (VmmManager) self = call->manager;
  g_autoptr (VmmCapabilities) capabilities = NULL;
  g_autofree char *xml = NULL;
  GError *error = NULL;

  capabilities = vmm_host_get_capabilities_finish (VMM_HOST (source), result, &error);
  if (capabilities == NULL)
    {
      refuse (call->invocation, error);
      return;
    }

  xml = vmm_capabilities_build_xml (capabilities);
  vmm_dbus_manager_complete_get_capabilities (self->skeleton, call->invocation, xml);
}

static gboolean
handle_get_capabilities_cb (VmmDBusManager        *skeleton,
                            GDBusMethodInvocation *invocation,
                            VmmManager            *self)
{
  vmm_host_get_capabilities_async (self->context.host, capabilities_cb, call_new (self, invocation));

  return HANDLED;
}

typedef struct
{
  VmmManager            *manager;
  GDBusMethodInvocation *invocation;
  char                  *arch;
  char                  *machine;
  char                  *virt_type;
} DomainCapabilities;

static void
domain_capabilities_free (DomainCapabilities *call)
{
  g_object_unref (call->manager);
  g_free (call->arch);
  g_free (call->machine);
  g_free (call->virt_type);
  g_free (call);
}

static void
domain_capabilities_cb (GObject      *source,
                        GAsyncResult *result,
                        gpointer      user_data)
{
  DomainCapabilities *call = user_data;
  g_autoptr (VmmCapabilities) capabilities = NULL;
  g_autofree char *xml = NULL;
  GError *error = NULL;

  capabilities = vmm_host_get_capabilities_finish (VMM_HOST (source), result, &error);
  if (capabilities != NULL)
    xml = vmm_capabilities_build_domain_xml (capabilities, call->arch, call->machine,
                                             call->virt_type, &error);
  if (xml == NULL)
    refuse (call->invocation, error);
  else
    vmm_dbus_manager_complete_get_domain_capabilities (call->manager->skeleton, call->invocation,
                                                       xml);
  domain_capabilities_free (call);
}

static gboolean
handle_get_domain_capabilities_cb (VmmDBusManager        *skeleton,
                                   GDBusMethodInvocation *invocation,
                                   GVariant              *options,
                                   VmmManager            *self)
{
  DomainCapabilities *call = g_new0 (DomainCapabilities, 1);
  GError *error = NULL;

  call->manager = g_object_ref (self);
  call->invocation = invocation;
  if (!vmm_options_parse (options, &error, "arch", "s", &call->arch, "machine", "s", &call->machine,
                          "virttype", "s", &call->virt_type, NULL))
    {
      domain_capabilities_free (call);
      return refuse (invocation, error);
    }

  vmm_host_get_capabilities_async (self->context.host, domain_capabilities_cb, call);

  return HANDLED;
}

static void
host_changed_cb (VmmHost    *host,
                 VmmManager *self)
{
  vmm_dbus_manager_set_host_summary (self->skeleton, vmm_host_to_summary (host));
}

static gboolean
handle_subscribe_statistics_cb (VmmDBusManager        *skeleton,
                                GDBusMethodInvocation *invocation,
                                guint                  interval_ms,
                                VmmManager            *self)
{
  GError *error = NULL;

  if (!vmm_statistics_subscribe (self->statistics, g_dbus_method_invocation_get_sender (invocation),
                                 interval_ms, &error))
    return refuse (invocation, error);

  vmm_dbus_manager_complete_subscribe_statistics (skeleton, invocation);

  return HANDLED;
}

/* ---- the object ---- */

static void
vmm_manager_dispose (GObject *object)
{
  VmmManager *self = VMM_MANAGER (object);

  g_clear_object (&self->statistics);
  g_hash_table_remove_all (self->context.machines);
  g_clear_object (&self->context.scopes);
  g_clear_object (&self->context.jobs);
  if (self->context.host != NULL)
    g_signal_handlers_disconnect_by_data (self->context.host, self);
  g_clear_object (&self->context.host);
  g_clear_object (&self->context.server);
  if (self->skeleton != NULL)
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (vmm_manager_parent_class)->dispose (object);
}

static void
vmm_manager_finalize (GObject *object)
{
  VmmManager *self = VMM_MANAGER (object);

  g_hash_table_unref (self->context.machines);
  g_clear_pointer (&self->context.paths, vmm_paths_free);

  G_OBJECT_CLASS (vmm_manager_parent_class)->finalize (object);
}

static void
vmm_manager_class_init (VmmManagerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vmm_manager_dispose;
  G_OBJECT_CLASS (klass)->finalize = vmm_manager_finalize;
}

static void
vmm_manager_init (VmmManager *self)
{
  self->context.machines = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
}

static void
connect_dbus (VmmManager *self)
{
  static const struct
  {
    const char *signal;
    GCallback   callback;
  } handlers[] = {
    { "handle-list-machines", G_CALLBACK (handle_list_machines_cb) },
    { "handle-lookup-by-name", G_CALLBACK (handle_lookup_by_name_cb) },
    { "handle-lookup-by-uuid", G_CALLBACK (handle_lookup_by_uuid_cb) },
    { "handle-define", G_CALLBACK (handle_define_cb) },
    { "handle-validate", G_CALLBACK (handle_validate_cb) },
    { "handle-install", G_CALLBACK (handle_install_cb) },
    { "handle-inspect-image", G_CALLBACK (handle_inspect_image_cb) },
    { "handle-get-capabilities", G_CALLBACK (handle_get_capabilities_cb) },
    { "handle-get-domain-capabilities", G_CALLBACK (handle_get_domain_capabilities_cb) },
    { "handle-subscribe-statistics", G_CALLBACK (handle_subscribe_statistics_cb) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect (self->skeleton, handlers[i].signal, handlers[i].callback, self);
}

/**
 * vmm_manager_new:
 * @paths: (transfer full): where things are
 * @connection: the bus to serve on
 */
VmmManager *
vmm_manager_new (VmmPaths        *paths,
                 GDBusConnection *connection)
{
  VmmManager *self = g_object_new (VMM_TYPE_MANAGER, NULL);
  VmmContext *context = &self->context;

  self->connection = g_object_ref (connection);
  context->paths = paths;
  context->host = vmm_host_new (paths->cache, paths->images);
  g_signal_connect (context->host, "changed", G_CALLBACK (host_changed_cb), self);
  context->scopes = vmm_scopes_new (connection);
  context->server = g_dbus_object_manager_server_new (VMM_ROOT_PATH);
  context->jobs = vmm_jobs_new (context->server);
  self->statistics = vmm_statistics_new (context, connection);

  self->skeleton = vmm_dbus_manager_skeleton_new ();
  g_object_set (self->skeleton, "version", PACKAGE_VERSION, "mode", "session",
                "features", (const char *const[]) { NULL },
                "host-summary", vmm_host_to_summary (context->host), NULL);
  connect_dbus (self);

  return self;
}

/* ---- the start ---- */

static void
publish (GTask *task)
{
  VmmManager *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton),
                                         self->connection, VMM_ROOT_PATH, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  g_dbus_object_manager_server_set_connection (self->context.server, self->connection);
  g_task_return_boolean (task, TRUE);
}

static void
adopted_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmManager *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  if (!vmm_machine_adopt_finish (VMM_MACHINE (source), result, &error))
    g_warning ("%s is left alone: %s", vmm_machine_get_name (VMM_MACHINE (source)), error->message);

  if (--self->n_loading == 0)
    publish (task);
}

/* Folders that are no machine: left over from a crash during Undefine, or somebody else's. */
static gboolean
is_machine_folder (VmmManager *self,
                   const char *name)
{
  if (g_str_has_suffix (name, ".removed"))
    {
      g_autofree char *path = g_build_filename (self->context.paths->machines, name, NULL);

      vmm_folder_remove (path, NULL);
      return FALSE;
    }

  return g_uuid_string_is_valid (name);
}

/**
 * vmm_manager_load_async:
 *
 * Reads all machines, takes over those that run, and then publishes everything; the bus name comes
 * after that, so that nobody sees half of it.
 */
void
vmm_manager_load_async (VmmManager          *self,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GDir) folder = NULL;
  const char *name;
  GError *error = NULL;

  g_return_if_fail (VMM_IS_MANAGER (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, vmm_manager_load_async);
  folder = g_dir_open (self->context.paths->machines, 0, &error);
  if (folder == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  self->n_loading = 1;
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *runtime = g_build_filename (self->context.paths->runtime, name, NULL);
      VmmMachine *machine;

      if (!is_machine_folder (self, name))
        continue;

      machine = vmm_machine_load (&self->context, name);
      list_machine (self, machine);
      if (g_file_test (runtime, G_FILE_TEST_IS_DIR))
        {
          self->n_loading++;
          vmm_machine_adopt_async (machine, adopted_cb, g_object_ref (task));
        }
    }

  if (--self->n_loading == 0)
    publish (task);
}

gboolean
vmm_manager_load_finish (VmmManager    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
