/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-machine-private.h"

#include <string.h>

#include "vmm-error.h"
#include "vmm-file.h"
#include "vmm-socket.h"

/* Of status.json. A file of a newer format is left alone, and so is its machine. */
#define STATUS_FORMAT 1

/* As in a run: how long QEMU may take to greet us. */
#define GREETING_MS 5000

/* The first line of /proc/sys/kernel/random/boot_id: process numbers mean nothing after a reboot. */
static char *
dup_boot_id (void)
{
  char *text = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
    return g_strdup ("");

  return g_strchomp (text);
}

static void
add_process (JsonBuilder *builder,
             const char  *name,
             VmmProcess  *process)
{
  const VmmProcessId *id = vmm_process_get_id (process);

  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "pid");
  json_builder_add_int_value (builder, id->pid);
  json_builder_set_member_name (builder, "start-time");
  json_builder_add_int_value (builder, id->start_time);
  json_builder_end_object (builder);
}

static void
add_string (JsonBuilder *builder,
            const char  *name,
            const char  *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

/**
 * vmm_machine_write_status:
 *
 * Writes down what a later core must know to adopt the machine. It goes to the runtime folder, which
 * does not survive a reboot, and need not.
 */
gboolean
vmm_machine_write_status (VmmMachine  *self,
                          GError     **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *boot_id = dup_boot_id ();
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "format");
  json_builder_add_int_value (builder, STATUS_FORMAT);
  add_string (builder, "boot-id", boot_id);
  add_process (builder, "qemu", self->process);
  if (self->companion != NULL)
    add_process (builder, "passt", self->companion);
  add_string (builder, "scope", self->scope != NULL ? self->scope : "");
  add_string (builder, "accelerator", vmm_dbus_machine_get_accelerator (self->skeleton));
  add_string (builder, "accelerator-reason",
              vmm_dbus_machine_get_accelerator_reason (self->skeleton));
  json_builder_end_object (builder);

  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);

  return vmm_file_replace (self->runtime, VMM_STATUS_FILE, text, strlen (text), FALSE, error);
}

/**
 * vmm_machine_write_live:
 *
 * Writes down the definition that runs, which the stored one may have left behind.
 */
gboolean
vmm_machine_write_live (VmmMachine  *self,
                        GError     **error)
{
  g_autofree char *xml = vmm_domain_dup_xml (self->live);

  return vmm_file_replace (self->runtime, VMM_LIVE_FILE, xml, strlen (xml), FALSE, error);
}

static VmmProcess *
adopt_process (JsonObject  *status,
               const char  *name,
               GError     **error)
{
  JsonNode *node = json_object_get_member (status, name);
  JsonObject *object;
  VmmProcessId id;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_NOT_FOUND, "The status names no process “%s”", name);
      return NULL;
    }

  object = json_node_get_object (node);
  id.pid = (pid_t) json_object_get_int_member_with_default (object, "pid", 0);
  id.start_time = json_object_get_int_member_with_default (object, "start-time", 0);
  if (id.pid <= 1)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_NOT_FOUND, "The status names no process “%s”", name);
      return NULL;
    }

  return vmm_process_adopt (&id, error);
}

/* Finds the process that the status names. Not to find it is no error: it has ended meanwhile.
 * VMM_ERROR_NOT_FOUND says so; other errors mean that nothing is known and nothing may be touched. */
static gboolean
read_status (VmmMachine  *self,
             GError     **error)
{
  g_autofree char *path = g_build_filename (self->runtime, VMM_STATUS_FILE, NULL);
  g_autofree char *live_path = g_build_filename (self->runtime, VMM_LIVE_FILE, NULL);
  g_autofree char *boot_id = dup_boot_id ();
  g_autofree char *live_xml = NULL;
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) root = NULL;
  const char *scope;
  JsonObject *status;
  gint64 format;

  text = vmm_file_read (path, VMM_MAX_STATUS_BYTES, NULL, error);
  if (text == NULL)
    return FALSE;

  root = json_from_string (text, NULL);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_BROKEN, "The status file “%s” is damaged", path);
      return FALSE;
    }

  status = json_node_get_object (root);
  format = json_object_get_int_member_with_default (status, "format", 0);
  if (format != STATUS_FORMAT)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                   "The status file “%s” is of format %" G_GINT64_FORMAT ", not %d", path, format,
                   STATUS_FORMAT);
      return FALSE;
    }
  if (g_strcmp0 (json_object_get_string_member_with_default (status, "boot-id", ""), boot_id) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_NOT_FOUND, "The host was started again meanwhile");
      return FALSE;
    }

  self->process = adopt_process (status, "qemu", error);
  if (self->process == NULL)
    return FALSE;

  self->companion = adopt_process (status, "passt", NULL);
  scope = json_object_get_string_member_with_default (status, "scope", "");
  self->scope = scope != NULL && scope[0] != '\0' ? g_strdup (scope) : NULL;
  g_object_set (self->skeleton,
                "accelerator",
                json_object_get_string_member_with_default (status, "accelerator", ""),
                "accelerator-reason",
                json_object_get_string_member_with_default (status, "accelerator-reason", ""), NULL);

  /* Without it (it was written before the process ran) the stored definition is the best guess. */
  live_xml = vmm_file_read (live_path, VMM_MAX_XML_BYTES, NULL, NULL);
  if (live_xml != NULL)
    self->live = vmm_domain_new_from_xml (live_xml, -1, NULL);
  if (self->live == NULL && self->xml != NULL)
    self->live = vmm_domain_new_from_xml (self->xml, -1, NULL);
  if (self->live == NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_BROKEN,
                   "Nothing tells with what definition “%s” runs", self->name);
      return FALSE;
    }

  return TRUE;
}

static gboolean
timeout_cb (gpointer user_data)
{
  VmmMachine *self = user_data;

  self->reconnect_timer = 0;
  vmm_qmp_close (self->qmp);

  return G_SOURCE_REMOVE;
}

/* Its state is known now, so that the first who looks sees it. */
static void
status_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmMachine *self = g_task_get_source_object (task);
  g_autoptr (JsonNode) reply = NULL;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, NULL);
  if (reply != NULL && self->qmp == VMM_QMP (source))
    vmm_machine_take_status (self, reply);
  g_task_return_boolean (task, TRUE);
}

static void
negotiated_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmMachine *self = g_task_get_source_object (task);
  VmmQmp *qmp = VMM_QMP (source);
  g_autoptr (GError) error = NULL;

  g_clear_handle_id (&self->reconnect_timer, g_source_remove);
  if (vmm_qmp_negotiate_finish (qmp, result, &error))
    {
      vmm_machine_connect_qmp (self, qmp);
      vmm_machine_publish_active (self);
      vmm_qmp_execute_async (qmp, "query-status", NULL, NULL, status_cb, g_steal_pointer (&task));
      return;
    }

  g_message ("%s does not answer: %s", self->name, error->message);
  vmm_machine_reconnect (self);
  g_task_return_boolean (task, TRUE);
}

/**
 * vmm_machine_adopt_async:
 *
 * Looks whether the machine runs, started by an earlier core, and takes it over. It succeeds also
 * when it does not run (what it left is removed) and when its QEMU does not answer (it is
 * "unresponsive", and we keep trying). What is not understood is left alone: that is the error.
 */
void
vmm_machine_adopt_async (VmmMachine          *self,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (VmmQmp) qmp = NULL;
  GError *error = NULL;

  g_return_if_fail (VMM_IS_MACHINE (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, vmm_machine_adopt_async);

  if (!read_status (self, &error))
    {
      vmm_machine_forget_active (self);
      if (!g_error_matches (error, VMM_ERROR, VMM_ERROR_NOT_FOUND))
        {
          /* It may run; nothing may be started beside it, and nothing of it removed. */
          vmm_machine_set_problem (self, error);
          vmm_machine_set_state (self, VMM_MACHINE_STATE_UNRESPONSIVE, "");
          g_task_return_error (task, error);
          return;
        }

      g_error_free (error);
      vmm_machine_clean_up (self);
      if (self->state != VMM_MACHINE_STATE_BROKEN)
        vmm_machine_set_state (self, VMM_MACHINE_STATE_OFF, "unknown");
      g_task_return_boolean (task, TRUE);
      return;
    }

  vmm_machine_follow (self);
  vmm_machine_connect_consoles (self);
  vmm_machine_publish_active (self);
  vmm_machine_set_state (self, VMM_MACHINE_STATE_UNRESPONSIVE, "");
  socket = vmm_socket_connect (self->runtime, VMM_QMP_SOCKET, &error);
  if (socket == NULL)
    {
      g_message ("%s: %s", self->name, error->message);
      g_error_free (error);
      vmm_machine_reconnect (self);
      g_task_return_boolean (task, TRUE);
      return;
    }

  qmp = vmm_qmp_new (socket);
  self->qmp = g_object_ref (qmp);
  self->reconnect_timer = g_timeout_add (GREETING_MS, timeout_cb, self);
  vmm_qmp_negotiate_async (qmp, negotiated_cb, g_steal_pointer (&task));
}

gboolean
vmm_machine_adopt_finish (VmmMachine    *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
