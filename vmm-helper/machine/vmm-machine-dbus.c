/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-machine-private.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmm-definition.h"
#include "vmm-error.h"
#include "vmm-fd.h"
#include "vmm-file.h"
#include "vmm-options.h"
#include "vmm-socket.h"

/* What GetLog gives. */
#define LOG_BYTES (64 * 1024)

/* Limits of SendKeys; a person has ten fingers, QEMU's queue is longer. */
#define MAX_KEYS 16
#define MAX_HOLD_MS 10000
#define DEFAULT_HOLD_MS 100

#define HANDLED G_DBUS_METHOD_INVOCATION_HANDLED

/* ---- what most handlers begin with ---- */

static gboolean
refuse (GDBusMethodInvocation *invocation,
        GError                *error)
{
  g_dbus_method_invocation_take_error (invocation, error);

  return HANDLED;
}

static GError *
state_error (VmmMachine *self,
             const char *what)
{
  return g_error_new (VMM_ERROR, VMM_ERROR_INVALID_STATE, "“%s” cannot %s: it is %s", self->name,
                      what, vmm_machine_state_to_string (self->state));
}

/* Whether QEMU is there to be asked. */
static gboolean
check_running (VmmMachine  *self,
               const char  *what,
               GError     **error)
{
  if (self->qmp != NULL && vmm_qmp_is_open (self->qmp) && self->start == NULL
      && self->state != VMM_MACHINE_STATE_UNRESPONSIVE)
    return TRUE;

  g_propagate_error (error, state_error (self, what));

  return FALSE;
}

static gboolean
check_no_job (VmmMachine  *self,
              GError     **error)
{
  if (self->job == NULL)
    return TRUE;

  g_set_error (error, VMM_ERROR, VMM_ERROR_BUSY, "Another job works on “%s”", self->name);

  return FALSE;
}

/* A QMP command whose only outcome is that it worked: answers @invocation with an empty reply. */
static void
simple_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  g_autoptr (JsonNode) reply = NULL;
  GError *error = NULL;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, &error);
  if (reply == NULL)
    g_dbus_method_invocation_take_error (invocation, error);
  else
    g_dbus_method_invocation_return_value (invocation, NULL);
}

static gboolean
simple_command (VmmMachine            *self,
                GDBusMethodInvocation *invocation,
                const char            *what,
                const char            *command)
{
  GError *error = NULL;

  if (!check_running (self, what, &error))
    return refuse (invocation, error);

  vmm_qmp_execute_async (self->qmp, command, NULL, NULL, simple_cb, invocation);

  return HANDLED;
}

static void
return_fd (GDBusMethodInvocation *invocation,
           int                    fd,
           GVariant              *rest)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new_from_array (&fd, 1);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_TUPLE);
  g_variant_builder_add_value (&builder, g_variant_new_handle (0));
  if (rest != NULL)
    g_variant_builder_add_value (&builder, rest);
  g_dbus_method_invocation_return_value_with_unix_fd_list (invocation,
                                                           g_variant_builder_end (&builder), list);
}

/* ---- life cycle ---- */

static void
started_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  VmmMachine *self = VMM_MACHINE (source);
  g_autoptr (VmmJob) job = user_data;
  GError *error = NULL;

  if (self->job == job)
    g_clear_object (&self->job);
  if (vmm_machine_start_finish (self, result, &error))
    vmm_job_succeed (job, NULL);
  else
    vmm_job_fail (job, error);
}

static gboolean
handle_start_cb (VmmDBusMachine        *skeleton,
                 GDBusMethodInvocation *invocation,
                 GVariant              *options,
                 VmmMachine            *self)
{
  gboolean paused = FALSE;
  VmmJob *job;
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, "paused", "b", &paused, NULL))
    return refuse (invocation, error);
  if (self->state == VMM_MACHINE_STATE_BROKEN)
    return refuse (invocation, g_error_new (VMM_ERROR, VMM_ERROR_BROKEN,
                                            "The definition of “%s” cannot be read: %s", self->name,
                                            vmm_dbus_machine_get_problem (skeleton)));
  if (self->state != VMM_MACHINE_STATE_OFF)
    return refuse (invocation, state_error (self, "start"));
  if (!check_no_job (self, &error))
    return refuse (invocation, error);

  job = vmm_jobs_begin (self->context->jobs, "start", self->path, TRUE);
  self->job = g_object_ref (job);
  vmm_dbus_machine_complete_start (skeleton, invocation, vmm_job_get_path (job));
  vmm_machine_start_async (self, paused ? VMM_START_FLAGS_PAUSED : VMM_START_FLAGS_NONE, job,
                           started_cb, job);

  return HANDLED;
}

static gboolean
handle_shutdown_cb (VmmDBusMachine        *skeleton,
                    GDBusMethodInvocation *invocation,
                    GVariant              *options,
                    VmmMachine            *self)
{
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, NULL))
    return refuse (invocation, error);
  if (self->state != VMM_MACHINE_STATE_RUNNING && self->state != VMM_MACHINE_STATE_SHUTTING_DOWN)
    return refuse (invocation, state_error (self, "shut down"));

  return simple_command (self, invocation, "shut down", "system_powerdown");
}

static gboolean
handle_reboot_cb (VmmDBusMachine        *skeleton,
                  GDBusMethodInvocation *invocation,
                  GVariant              *options,
                  VmmMachine            *self)
{
  g_autoptr (VmmJob) job = NULL;
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, NULL) || !check_running (self, "reboot", &error)
      || !check_no_job (self, &error))
    return refuse (invocation, error);
  if (self->state != VMM_MACHINE_STATE_RUNNING && self->state != VMM_MACHINE_STATE_SHUTTING_DOWN)
    return refuse (invocation, state_error (self, "reboot"));

  job = vmm_jobs_begin (self->context->jobs, "reboot", self->path, TRUE);
  vmm_dbus_machine_complete_reboot (skeleton, invocation, vmm_job_get_path (job));
  vmm_machine_reboot (self, job);

  return HANDLED;
}

static gboolean
handle_reset_cb (VmmDBusMachine        *skeleton,
                 GDBusMethodInvocation *invocation,
                 VmmMachine            *self)
{
  GError *error = NULL;

  if (!check_running (self, "reset", &error))
    return refuse (invocation, error);

  vmm_machine_reset (self, simple_cb, invocation);

  return HANDLED;
}

static void
powered_off_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;

  if (vmm_machine_power_off_finish (VMM_MACHINE (source), result, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    g_dbus_method_invocation_take_error (invocation, error);
}

static gboolean
handle_power_off_cb (VmmDBusMachine        *skeleton,
                     GDBusMethodInvocation *invocation,
                     VmmMachine            *self)
{
  vmm_machine_power_off_async (self, powered_off_cb, invocation);

  return HANDLED;
}

static gboolean
handle_pause_cb (VmmDBusMachine        *skeleton,
                 GDBusMethodInvocation *invocation,
                 VmmMachine            *self)
{
  if (self->state != VMM_MACHINE_STATE_RUNNING && self->state != VMM_MACHINE_STATE_SHUTTING_DOWN)
    return refuse (invocation, state_error (self, "pause"));

  return simple_command (self, invocation, "pause", "stop");
}

static gboolean
handle_resume_cb (VmmDBusMachine        *skeleton,
                  GDBusMethodInvocation *invocation,
                  VmmMachine            *self)
{
  if (self->state == VMM_MACHINE_STATE_SUSPENDED)
    return simple_command (self, invocation, "go on", "system_wakeup");
  if (self->state != VMM_MACHINE_STATE_PAUSED)
    return refuse (invocation, state_error (self, "go on"));

  return simple_command (self, invocation, "go on", "cont");
}

static gboolean
handle_undefine_cb (VmmDBusMachine        *skeleton,
                    GDBusMethodInvocation *invocation,
                    GVariant              *options,
                    VmmMachine            *self)
{
  g_autoptr (VmmMachine) hold G_GNUC_UNUSED = g_object_ref (self);
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, NULL) || !check_no_job (self, &error))
    return refuse (invocation, error);
  if (vmm_machine_state_is_active (self->state))
    return refuse (invocation, state_error (self, "be removed"));
  if (!vmm_machine_undefine (self, &error))
    return refuse (invocation, error);

  vmm_dbus_machine_complete_undefine (skeleton, invocation);
  vmm_machine_emit_removed (self);

  return HANDLED;
}

/* ---- definition ---- */

static gboolean
handle_get_xml_cb (VmmDBusMachine        *skeleton,
                   GDBusMethodInvocation *invocation,
                   GVariant              *options,
                   VmmMachine            *self)
{
  gboolean inactive = FALSE;
  g_autofree char *xml = NULL;
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, "inactive", "b", &inactive, NULL))
    return refuse (invocation, error);

  if (self->live != NULL && !inactive)
    xml = vmm_domain_dup_xml (self->live);
  else if (self->xml != NULL)
    xml = g_strdup (self->xml);
  else
    return refuse (invocation, g_error_new (VMM_ERROR, VMM_ERROR_BROKEN,
                                            "The definition of “%s” cannot be read: %s", self->name,
                                            vmm_dbus_machine_get_problem (skeleton)));

  vmm_dbus_machine_complete_get_xml (skeleton, invocation, xml, self->generation);

  return HANDLED;
}

typedef struct
{
  VmmMachine            *machine;
  GDBusMethodInvocation *invocation;
  guint64                generation;
} SetXml;

static void
definition_ready_cb (GObject      *source,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  g_autofree SetXml *set = user_data;
  g_autoptr (VmmMachine) self = set->machine;
  g_autoptr (VmmDomain) domain = NULL;
  g_autoptr (GPtrArray) problems = NULL;
  VmmMachine *namesake;
  GError *error = NULL;

  domain = vmm_definition_finish (result, &problems, &error);
  if (domain == NULL)
    {
      refuse (set->invocation, error);
      return;
    }

  namesake = vmm_machine_find_namesake (self, vmm_domain_get_name (domain));
  if (g_hash_table_lookup (self->context->machines, self->uuid) != self)
    g_set_error (&error, VMM_ERROR, VMM_ERROR_NOT_FOUND, "“%s” has been removed meanwhile",
                 self->name);
  else if (g_strcmp0 (vmm_domain_get_uuid (domain), self->uuid) != 0)
    g_set_error (&error, VMM_ERROR, VMM_ERROR_INVALID,
                 "The UUID is “%s”, but that of “%s” is “%s”; it cannot be changed",
                 vmm_domain_get_uuid (domain), self->name, self->uuid);
  else if (set->generation != 0 && set->generation != self->generation)
    g_set_error (&error, VMM_ERROR, VMM_ERROR_STALE,
                 "The definition of “%s” has been changed by somebody else meanwhile", self->name);
  else if (namesake != NULL)
    g_set_error (&error, VMM_ERROR, VMM_ERROR_EXISTS, "There is a machine named “%s” already",
                 vmm_domain_get_name (domain));
  else
    vmm_machine_define (self, domain, &error);

  if (error != NULL)
    refuse (set->invocation, error);
  else
    vmm_dbus_machine_complete_set_xml (self->skeleton, set->invocation,
                                       vmm_problems_to_variant (problems));
}

static gboolean
handle_set_xml_cb (VmmDBusMachine        *skeleton,
                   GDBusMethodInvocation *invocation,
                   const char            *xml,
                   guint64                generation,
                   GVariant              *options,
                   VmmMachine            *self)
{
  SetXml *set;
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, NULL))
    return refuse (invocation, error);

  set = g_new0 (SetXml, 1);
  set->machine = g_object_ref (self);
  set->invocation = invocation;
  set->generation = generation;
  vmm_definition_async (self->context->host, xml, definition_ready_cb, set);

  return HANDLED;
}

/* ---- media ---- */

typedef struct
{
  VmmMachine            *machine;
  GDBusMethodInvocation *invocation;
  char                  *target;
  char                  *path;      /* NULL: nothing in */
} ChangeMedia;

static void
change_media_free (ChangeMedia *change)
{
  g_object_unref (change->machine);
  g_free (change->target);
  g_free (change->path);
  g_free (change);
}

/* The running machine has it (or is off): now the definitions. */
static void
store_media (ChangeMedia *change)
{
  VmmMachine *self = change->machine;
  g_autoptr (VmmDomain) domain = self->xml != NULL ? vmm_domain_new_from_xml (self->xml, -1, NULL)
                                                   : NULL;
  g_autoptr (VmmDisk) stored = domain != NULL ? vmm_domain_find_disk (domain, change->target) : NULL;
  g_autoptr (VmmDisk) live = self->live != NULL ? vmm_domain_find_disk (self->live, change->target)
                                                : NULL;
  GError *error = NULL;

  if (live != NULL)
    {
      vmm_disk_set_source_file (live, change->path);
      vmm_machine_write_live (self, NULL);
    }
  /* The stored definition may have another kind of drive there by now. */
  if (stored != NULL && (live == NULL || g_strcmp0 (vmm_disk_get_device (stored),
                                                    vmm_disk_get_device (live)) == 0))
    {
      vmm_disk_set_source_file (stored, change->path);
      if (!vmm_machine_define (self, domain, &error))
        {
          refuse (change->invocation, error);
          return;
        }
    }

  vmm_machine_set_flags (self);
  vmm_dbus_machine_complete_change_media (self->skeleton, change->invocation);
}

static void
media_changed_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  ChangeMedia *change = user_data;
  g_autoptr (JsonNode) reply = NULL;
  GError *error = NULL;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, &error);
  if (reply == NULL)
    refuse (change->invocation, error);
  else
    store_media (change);
  change_media_free (change);
}

/* QEMU waits for ever for the other end of a pipe. */
static gboolean
check_medium (const char  *path,
              GError     **error)
{
  vmm_autofd int fd = -1;
  struct stat st;

  if (path[0] != '/')
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "Cannot put in “%s”: it is not an absolute path", path);
      return FALSE;
    }

  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &st) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot put in “%s”: %s", path,
                   g_strerror (errno));
      return FALSE;
    }
  if (!S_ISREG (st.st_mode) && !S_ISBLK (st.st_mode))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE,
                   "Cannot put in “%s”: it is neither a file nor a block device", path);
      return FALSE;
    }

  return TRUE;
}

static gboolean
handle_change_media_cb (VmmDBusMachine        *skeleton,
                        GDBusMethodInvocation *invocation,
                        const char            *target,
                        const char            *path,
                        GVariant              *options,
                        VmmMachine            *self)
{
  g_autoptr (VmmDomain) stored = NULL;
  g_autoptr (VmmDisk) disk = NULL;
  gboolean force = FALSE;
  ChangeMedia *change;
  JsonNode *arguments;
  JsonObject *object;
  const char *device;
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, "force", "b", &force, NULL))
    return refuse (invocation, error);
  if (self->live == NULL && self->xml != NULL)
    stored = vmm_domain_new_from_xml (self->xml, -1, NULL);
  disk = self->live != NULL ? vmm_domain_find_disk (self->live, target)
         : stored != NULL ? vmm_domain_find_disk (stored, target) : NULL;
  device = disk != NULL ? vmm_disk_get_device (disk) : NULL;
  if (g_strcmp0 (device, "cdrom") != 0 && g_strcmp0 (device, "floppy") != 0)
    return refuse (invocation, g_error_new (VMM_ERROR, VMM_ERROR_NOT_FOUND,
                                            "“%s” has no CD or floppy drive “%s”", self->name,
                                            target));
  if (path[0] != '\0' && !check_medium (path, &error))
    return refuse (invocation, error);
  if (self->process != NULL && !check_running (self, "change its medium", &error))
    return refuse (invocation, error);

  change = g_new0 (ChangeMedia, 1);
  change->machine = g_object_ref (self);
  change->invocation = invocation;
  change->target = g_strdup (target);
  change->path = path[0] != '\0' ? g_strdup (path) : NULL;
  if (self->process == NULL)
    {
      store_media (change);
      change_media_free (change);
      return HANDLED;
    }

  arguments = vmm_qmp_arguments ("id", vmm_device_get_alias (VMM_DEVICE (disk)), NULL);
  object = json_node_get_object (arguments);
  json_object_set_boolean_member (object, "force", force);
  if (change->path == NULL)
    {
      vmm_qmp_execute_async (self->qmp, "eject", arguments, NULL, media_changed_cb, change);
    }
  else
    {
      json_object_set_string_member (object, "filename", path);
      json_object_set_string_member (object, "format", "raw");
      json_object_set_string_member (object, "read-only-mode", "read-only");
      vmm_qmp_execute_async (self->qmp, "blockdev-change-medium", arguments, NULL, media_changed_cb,
                             change);
    }

  return HANDLED;
}

/* ---- descriptors ---- */

typedef struct
{
  GDBusMethodInvocation *invocation;
  int                    fd;
} OpenDisplay;

static void
client_added_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autofree OpenDisplay *open_display = user_data;
  vmm_autofd int fd = open_display->fd;
  g_autoptr (JsonNode) reply = NULL;
  GError *error = NULL;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, &error);
  if (reply == NULL)
    refuse (open_display->invocation, error);
  else
    return_fd (open_display->invocation, g_steal_fd (&fd), g_variant_new ("a{sv}", NULL));
}

static gboolean
handle_open_display_cb (VmmDBusMachine        *skeleton,
                        GDBusMethodInvocation *invocation,
                        GUnixFDList           *fd_list,
                        const char            *kind,
                        GVariant              *options,
                        VmmMachine            *self)
{
  static guint serial;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autofree char *name = NULL;
  OpenDisplay *open_display;
  JsonNode *arguments;
  int pair[2];
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, NULL) || !check_running (self, "show its screen", &error))
    return refuse (invocation, error);
  if (!g_strv_contains (vmm_dbus_machine_get_displays (skeleton), kind))
    return refuse (invocation, g_error_new (VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                                            "“%s” has no display of the kind “%s”", self->name,
                                            kind));
  if (!vmm_socket_pair (pair, &error))
    return refuse (invocation, error);

  fds = g_unix_fd_list_new_from_array (&pair[0], 1);
  name = g_strdup_printf ("display%u", ++serial);
  open_display = g_new (OpenDisplay, 1);
  open_display->invocation = invocation;
  open_display->fd = pair[1];

  /* If the first fails the second does too, and that is the answer. */
  vmm_qmp_execute_async (self->qmp, "getfd", vmm_qmp_arguments ("fdname", name, NULL), fds, NULL,
                         NULL);
  arguments = vmm_qmp_arguments ("protocol", g_str_equal (kind, "dbus") ? "@dbus-display" : kind,
                                 "fdname", name, NULL);
  vmm_qmp_execute_async (self->qmp, "add_client", arguments, NULL, client_added_cb, open_display);

  return HANDLED;
}

static gboolean
handle_open_console_cb (VmmDBusMachine        *skeleton,
                        GDBusMethodInvocation *invocation,
                        GUnixFDList           *fd_list,
                        const char            *alias,
                        GVariant              *options,
                        VmmMachine            *self)
{
  gboolean force = FALSE, read_only = FALSE, history = TRUE;
  const char *const *aliases = vmm_dbus_machine_get_consoles (skeleton);
  VmmConsole *console;
  GError *error = NULL;
  int fd;

  if (!vmm_options_parse (options, &error, "force", "b", &force, "read-only", "b", &read_only,
                          "history", "b", &history, NULL))
    return refuse (invocation, error);
  if (alias[0] == '\0' && aliases[0] != NULL)
    alias = aliases[0];
  if (!g_strv_contains (aliases, alias))
    return refuse (invocation, g_error_new (VMM_ERROR, VMM_ERROR_NOT_FOUND,
                                            "“%s” has no serial console “%s”", self->name, alias));

  console = g_hash_table_lookup (self->consoles, alias);
  if (console == NULL || !vmm_machine_state_is_active (self->state))
    return refuse (invocation, state_error (self, "show its serial console"));

  fd = vmm_console_open (console,
                         (force ? VMM_CONSOLE_FLAGS_FORCE : 0)
                         | (read_only ? VMM_CONSOLE_FLAGS_READ_ONLY : 0)
                         | (history ? VMM_CONSOLE_FLAGS_HISTORY : 0), &error);
  if (fd < 0)
    return refuse (invocation, error);

  return_fd (invocation, fd, NULL);

  return HANDLED;
}

typedef struct
{
  GDBusMethodInvocation *invocation;
  char                  *path;
} Screenshot;

static void
screenshot_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autofree Screenshot *screenshot = user_data;
  g_autofree char *path = screenshot->path;
  g_autoptr (JsonNode) reply = NULL;
  vmm_autofd int fd = -1;
  struct stat st;
  GError *error = NULL;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, &error);
  /* QEMU has made the file; what it is not, a pipe for one, must not stop us. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  unlink (path);
  if (fd >= 0 && (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode)))
    vmm_clear_fd (&fd);
  if (reply == NULL)
    refuse (screenshot->invocation, error);
  else if (fd < 0)
    g_dbus_method_invocation_return_error (screenshot->invocation, VMM_ERROR, VMM_ERROR_HYPERVISOR,
                                           "QEMU wrote no picture");
  else
    return_fd (screenshot->invocation, g_steal_fd (&fd), NULL);
}

static gboolean
handle_screenshot_cb (VmmDBusMachine        *skeleton,
                      GDBusMethodInvocation *invocation,
                      GUnixFDList           *fd_list,
                      GVariant              *options,
                      VmmMachine            *self)
{
  static guint serial;
  g_autofree char *name = NULL;
  Screenshot *screenshot;
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, NULL)
      || !check_running (self, "be photographed", &error))
    return refuse (invocation, error);
  if (!vmm_machine_has_screen (self))
    return refuse (invocation, g_error_new (VMM_ERROR, VMM_ERROR_UNSUPPORTED, "“%s” has no screen",
                                            self->name));

  name = g_strdup_printf ("screenshot-%u.png", ++serial);
  screenshot = g_new (Screenshot, 1);
  screenshot->invocation = invocation;
  screenshot->path = g_build_filename (self->runtime, name, NULL);
  vmm_qmp_execute_async (self->qmp, "screendump",
                         vmm_qmp_arguments ("filename", screenshot->path, "format", "png", NULL),
                         NULL, screenshot_cb, screenshot);

  return HANDLED;
}

/* ---- the rest ---- */

static gboolean
handle_send_keys_cb (VmmDBusMachine        *skeleton,
                     GDBusMethodInvocation *invocation,
                     const char *const     *keys,
                     GVariant              *options,
                     VmmMachine            *self)
{
  guint hold_ms = DEFAULT_HOLD_MS;
  gsize n_keys = g_strv_length ((char **) keys);
  JsonArray *array;
  JsonNode *arguments;
  GError *error = NULL;

  if (!vmm_options_parse (options, &error, "hold-ms", "u", &hold_ms, NULL)
      || !check_running (self, "take keys", &error))
    return refuse (invocation, error);
  if (n_keys < 1 || n_keys > MAX_KEYS || hold_ms < 1 || hold_ms > MAX_HOLD_MS)
    return refuse (invocation, g_error_new (VMM_ERROR, VMM_ERROR_INVALID,
                                            "Cannot press %" G_GSIZE_FORMAT " keys for %u ms; 1 to "
                                            "%d keys and 1 to %d ms can be", n_keys, hold_ms,
                                            MAX_KEYS, MAX_HOLD_MS));

  array = json_array_new ();
  for (gsize i = 0; i < n_keys; i++)
    {
      JsonObject *key = json_object_new ();

      json_object_set_string_member (key, "type", "qcode");
      json_object_set_string_member (key, "data", keys[i]);
      json_array_add_object_element (array, key);
    }
  arguments = vmm_qmp_arguments (NULL, NULL);
  json_object_set_array_member (json_node_get_object (arguments), "keys", array);
  json_object_set_int_member (json_node_get_object (arguments), "hold-time", hold_ms);
  vmm_qmp_execute_async (self->qmp, "send-key", arguments, NULL, simple_cb, invocation);

  return HANDLED;
}

static gboolean
handle_get_log_cb (VmmDBusMachine        *skeleton,
                   GDBusMethodInvocation *invocation,
                   VmmMachine            *self)
{
  g_autofree char *text = vmm_file_read_tail (self->log_path, LOG_BYTES);

  vmm_dbus_machine_complete_get_log (skeleton, invocation, text);

  return HANDLED;
}

/**
 * vmm_machine_connect_dbus:
 *
 * Serves the machine's methods.
 */
void
vmm_machine_connect_dbus (VmmMachine *self)
{
  static const struct
  {
    const char *signal;
    GCallback   callback;
  } handlers[] = {
    { "handle-start", G_CALLBACK (handle_start_cb) },
    { "handle-shutdown", G_CALLBACK (handle_shutdown_cb) },
    { "handle-reboot", G_CALLBACK (handle_reboot_cb) },
    { "handle-reset", G_CALLBACK (handle_reset_cb) },
    { "handle-power-off", G_CALLBACK (handle_power_off_cb) },
    { "handle-pause", G_CALLBACK (handle_pause_cb) },
    { "handle-resume", G_CALLBACK (handle_resume_cb) },
    { "handle-undefine", G_CALLBACK (handle_undefine_cb) },
    { "handle-get-xml", G_CALLBACK (handle_get_xml_cb) },
    { "handle-set-xml", G_CALLBACK (handle_set_xml_cb) },
    { "handle-change-media", G_CALLBACK (handle_change_media_cb) },
    { "handle-open-display", G_CALLBACK (handle_open_display_cb) },
    { "handle-open-console", G_CALLBACK (handle_open_console_cb) },
    { "handle-screenshot", G_CALLBACK (handle_screenshot_cb) },
    { "handle-send-keys", G_CALLBACK (handle_send_keys_cb) },
    { "handle-get-log", G_CALLBACK (handle_get_log_cb) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect (self->skeleton, handlers[i].signal, handlers[i].callback, self);
}
