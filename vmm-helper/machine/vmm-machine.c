/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-machine-private.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vmm-client.h"
#include "vmm-error.h"
#include "vmm-file.h"

/* Characters of a title that are shown. All titles are in one D-Bus message. */
#define MAX_TITLE 256

/* Earlier definitions that stay beside the one in force. */
#define KEEP_REVISIONS 20

#define REVISION_FORMAT "definition-%09" G_GUINT64_FORMAT ".xml"

/**
 * VmmMachine:
 *
 * One machine: its stored definition and, while it is active, the QEMU that runs it. This file keeps
 * the definition and what is published; the others start, follow, adopt and serve it.
 */
enum
{
  SIGNAL_REMOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (VmmMachine, vmm_machine, G_TYPE_OBJECT)

static void
vmm_machine_dispose (GObject *object)
{
  VmmMachine *self = VMM_MACHINE (object);

  vmm_machine_forget_active (self);
  g_hash_table_remove_all (self->consoles);
  if (self->skeleton != NULL)
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->object);
  g_clear_object (&self->job);
  g_clear_pointer (&self->row, g_variant_unref);

  G_OBJECT_CLASS (vmm_machine_parent_class)->dispose (object);
}

static void
vmm_machine_finalize (GObject *object)
{
  VmmMachine *self = VMM_MACHINE (object);

  g_hash_table_unref (self->consoles);
  g_ptr_array_unref (self->power_offs);
  g_free (self->uuid);
  g_free (self->name);
  g_free (self->path);
  g_free (self->folder);
  g_free (self->runtime);
  g_free (self->log_path);
  g_free (self->xml);

  G_OBJECT_CLASS (vmm_machine_parent_class)->finalize (object);
}

static void
vmm_machine_class_init (VmmMachineClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vmm_machine_dispose;
  G_OBJECT_CLASS (klass)->finalize = vmm_machine_finalize;

  /**
   * VmmMachine::removed:
   *
   * The machine was undefined; whoever lists it forgets it.
   */
  signals[SIGNAL_REMOVED] =
    g_signal_new ("removed", VMM_TYPE_MACHINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
}

static void
vmm_machine_init (VmmMachine *self)
{
  self->consoles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->power_offs = g_ptr_array_new_with_free_func (g_object_unref);
  self->name = g_strdup ("");
}

static void
notify_cb (GObject    *skeleton,
           GParamSpec *pspec,
           gpointer    user_data)
{
  VmmMachine *self = user_data;

  g_clear_pointer (&self->row, g_variant_unref);
}

static VmmMachine *
new_empty (VmmContext *context,
           const char *uuid)
{
  VmmMachine *self = g_object_new (VMM_TYPE_MACHINE, NULL);
  g_autofree char *log_name = g_strconcat (uuid, ".log", NULL);
  g_autofree char *element = g_strdelimit (g_strdup (uuid), "-", '_');

  self->context = context;
  self->uuid = g_strdup (uuid);
  self->path = g_strconcat (VMM_ROOT_PATH "/machines/", element, NULL);
  self->folder = g_build_filename (context->paths->machines, uuid, NULL);
  self->runtime = g_build_filename (context->paths->runtime, uuid, NULL);
  self->log_path = g_build_filename (context->paths->logs, log_name, NULL);

  self->skeleton = vmm_dbus_machine_skeleton_new ();
  g_object_set (self->skeleton, "uuid", uuid, "name", "", "title", "", "state", "off",
                "reason", "none", "flags", VMM_MACHINE_FLAGS_PERSISTENT, "accelerator", "",
                "accelerator-reason", "", "problem", "",
                "displays", (const char *const[]) { NULL },
                "consoles", (const char *const[]) { NULL }, NULL);
  self->object = G_DBUS_OBJECT_SKELETON (vmm_dbus_object_skeleton_new (self->path));
  vmm_dbus_object_skeleton_set_machine (VMM_DBUS_OBJECT_SKELETON (self->object), self->skeleton);
  vmm_machine_connect_dbus (self);
  g_signal_connect (self->skeleton, "notify", G_CALLBACK (notify_cb), self);

  return self;
}

static void
remove_old_revisions (VmmMachine *self)
{
  DIR *folder = opendir (self->folder);
  struct dirent *entry;

  if (folder == NULL)
    return;

  while ((entry = readdir (folder)) != NULL)
    {
      guint64 number;

      if (sscanf (entry->d_name, "definition-%" G_GUINT64_FORMAT ".xml", &number) == 1
          && number + KEEP_REVISIONS <= self->generation)
        unlinkat (dirfd (folder), entry->d_name, 0);
    }
  closedir (folder);
}

static guint64
newest_revision (const char *path)
{
  DIR *folder = opendir (path);
  struct dirent *entry;
  guint64 newest = 0;

  if (folder == NULL)
    return 0;

  while ((entry = readdir (folder)) != NULL)
    {
      guint64 number;

      if (sscanf (entry->d_name, "definition-%" G_GUINT64_FORMAT ".xml", &number) == 1)
        newest = MAX (newest, number);
    }
  closedir (folder);

  return newest;
}

/**
 * vmm_machine_publish_domain:
 *
 * Shows what the stored definition @domain says.
 */
void
vmm_machine_publish_domain (VmmMachine *self,
                            VmmDomain  *domain)
{
  const char *title = vmm_domain_get_title (domain);
  g_autofree char *shown = g_utf8_substring (title != NULL ? title : "", 0,
                                             MIN (g_utf8_strlen (title != NULL ? title : "", -1),
                                                  MAX_TITLE));
  g_autoptr (GPtrArray) serials = vmm_domain_list_serials (domain);
  g_autoptr (GPtrArray) aliases = g_ptr_array_new ();

  g_free (self->name);
  self->name = g_strdup (vmm_domain_get_name (domain));
  for (guint i = 0; i < serials->len; i++)
    {
      const char *alias = vmm_device_get_alias (g_ptr_array_index (serials, i));

      if (alias != NULL)
        g_ptr_array_add (aliases, (char *) alias);
    }
  g_ptr_array_add (aliases, NULL);

  g_object_set (self->skeleton, "name", self->name, "title", shown,
                "generation", self->generation,
                "memory-mib", vmm_domain_get_memory_mib (domain),
                "vcpus", vmm_domain_get_current_vcpus (domain),
                "consoles", (const char *const *) aliases->pdata, NULL);
  vmm_machine_set_flags (self);
}

/**
 * vmm_machine_set_flags:
 *
 * Derives the published flags from what is known.
 */
void
vmm_machine_set_flags (VmmMachine *self)
{
  VmmMachineFlags flags = VMM_MACHINE_FLAGS_PERSISTENT;
  g_autofree char *live_xml = NULL;

  if (self->xml == NULL)
    flags |= VMM_MACHINE_FLAGS_BROKEN;
  else if (strstr (self->xml, "https://guesthouse.org/xmlns/machine/1") != NULL)
    {
      g_autoptr (VmmDomain) domain = vmm_domain_new_from_xml (self->xml, -1, NULL);

      if (domain != NULL && vmm_domain_get_install (domain, NULL, NULL, NULL))
        flags |= VMM_MACHINE_FLAGS_INSTALLING;
    }

  if (self->live != NULL && self->xml != NULL)
    {
      live_xml = vmm_domain_dup_xml (self->live);
      if (!g_str_equal (live_xml, self->xml))
        flags |= VMM_MACHINE_FLAGS_PENDING;
    }

  vmm_dbus_machine_set_flags (self->skeleton, flags);
}

void
vmm_machine_set_state (VmmMachine      *self,
                       VmmMachineState  state,
                       const char      *reason)
{
  const char *word = vmm_machine_state_to_string (state);

  if (self->state == state && g_strcmp0 (vmm_dbus_machine_get_reason (self->skeleton), reason) == 0)
    return;

  g_debug ("%s: %s (%s)", self->name, word, reason);
  self->state = state;
  g_object_set (self->skeleton, "state", word, "reason", reason,
                "state-since", g_get_real_time () / G_USEC_PER_SEC, NULL);
}

/**
 * vmm_machine_set_problem:
 * @error: (nullable): what went wrong, or %NULL when nothing is wrong any more
 */
void
vmm_machine_set_problem (VmmMachine   *self,
                         const GError *error)
{
  vmm_dbus_machine_set_problem (self->skeleton, error != NULL ? error->message : "");
}

static gboolean
store (VmmMachine  *self,
       const char  *xml,
       GError     **error)
{
  g_autofree char *name = g_strdup_printf (REVISION_FORMAT, self->generation + 1);

  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot make the folder “%s”: %s",
                   self->folder, g_strerror (errno));
      return FALSE;
    }
  if (!vmm_file_replace (self->folder, name, xml, strlen (xml), TRUE, error))
    return FALSE;

  self->generation++;
  g_free (self->xml);
  self->xml = g_strdup (xml);
  remove_old_revisions (self);

  return TRUE;
}

/**
 * vmm_machine_new:
 * @domain: a valid and complete definition, with a UUID that no other machine has
 *
 * Makes a machine and stores its definition.
 *
 * Returns: (transfer full): the machine, or %NULL with VMM_ERROR_STORAGE; nothing then remains
 */
VmmMachine *
vmm_machine_new (VmmContext  *context,
                 VmmDomain   *domain,
                 GError     **error)
{
  g_autoptr (VmmMachine) self = new_empty (context, vmm_domain_get_uuid (domain));
  g_autofree char *xml = vmm_domain_dup_xml (domain);

  if (!store (self, xml, error))
    {
      vmm_folder_remove (self->folder, NULL);
      return NULL;
    }

  vmm_dbus_machine_set_state_since (self->skeleton, g_get_real_time () / G_USEC_PER_SEC);
  vmm_machine_publish_domain (self, domain);

  return g_steal_pointer (&self);
}

/**
 * vmm_machine_load:
 * @uuid: name of its folder
 *
 * Reads a stored machine. One that cannot be read is not an error: it is listed as broken, with the
 * reason, so that it can be mended.
 *
 * Returns: (transfer full): the machine
 */
VmmMachine *
vmm_machine_load (VmmContext *context,
                  const char *uuid)
{
  VmmMachine *self = new_empty (context, uuid);
  g_autoptr (VmmDomain) domain = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;

  self->generation = newest_revision (self->folder);
  name = g_strdup_printf (REVISION_FORMAT, self->generation);
  path = g_build_filename (self->folder, name, NULL);

  self->xml = vmm_file_read (path, VMM_MAX_XML_BYTES, NULL, &error);
  if (self->xml != NULL)
    domain = vmm_domain_new_from_xml (self->xml, -1, &error);
  if (domain != NULL && g_strcmp0 (vmm_domain_get_uuid (domain), uuid) != 0)
    {
      g_set_error (&error, VMM_ERROR, VMM_ERROR_BROKEN,
                   "The definition “%s” is of another machine: its UUID is “%s”", path,
                   vmm_domain_get_uuid (domain));
      g_clear_object (&domain);
    }

  if (domain == NULL)
    {
      g_clear_pointer (&self->xml, g_free);
      g_free (self->name);
      self->name = g_strdup (uuid);
      g_object_set (self->skeleton, "name", uuid, "generation", self->generation, NULL);
      vmm_machine_set_problem (self, error);
      vmm_machine_set_flags (self);
      vmm_machine_set_state (self, VMM_MACHINE_STATE_BROKEN, "");
      return self;
    }

  vmm_machine_publish_domain (self, domain);

  return self;
}

const char *
vmm_machine_get_path (VmmMachine *self)
{
  g_return_val_if_fail (VMM_IS_MACHINE (self), NULL);

  return self->path;
}

const char *
vmm_machine_get_name (VmmMachine *self)
{
  g_return_val_if_fail (VMM_IS_MACHINE (self), NULL);

  return self->name;
}

const char *
vmm_machine_get_uuid (VmmMachine *self)
{
  g_return_val_if_fail (VMM_IS_MACHINE (self), NULL);

  return self->uuid;
}

/**
 * vmm_machine_get_pid:
 *
 * Returns: QEMU's process id, 0 when off
 */
gint
vmm_machine_get_pid (VmmMachine *self)
{
  g_return_val_if_fail (VMM_IS_MACHINE (self), 0);

  return self->process != NULL ? vmm_process_get_id (self->process)->pid : 0;
}

/**
 * vmm_machine_get_object:
 *
 * Returns: (transfer none): what is to be exported
 */
GDBusObjectSkeleton *
vmm_machine_get_object (VmmMachine *self)
{
  g_return_val_if_fail (VMM_IS_MACHINE (self), NULL);

  return self->object;
}

/**
 * vmm_machine_to_row:
 *
 * Returns: (transfer none): its row of ListMachines
 */
GVariant *
vmm_machine_to_row (VmmMachine *self)
{
  VmmDBusMachine *skeleton;

  g_return_val_if_fail (VMM_IS_MACHINE (self), NULL);

  skeleton = self->skeleton;

  /* Kept until one of these properties changes: making a thousand rows takes longer than sending them. */
  if (self->row == NULL)
    self->row =
      g_variant_ref_sink (g_variant_new ("(osssssxuttu)", self->path,
                                         vmm_dbus_machine_get_name (skeleton), self->uuid,
                                         vmm_dbus_machine_get_title (skeleton),
                                         vmm_dbus_machine_get_state (skeleton),
                                         vmm_dbus_machine_get_reason (skeleton),
                                         vmm_dbus_machine_get_state_since (skeleton),
                                         vmm_dbus_machine_get_flags (skeleton),
                                         vmm_dbus_machine_get_generation (skeleton),
                                         vmm_dbus_machine_get_memory_mib (skeleton),
                                         vmm_dbus_machine_get_vcpus (skeleton)));

  return self->row;
}

/**
 * vmm_machine_find_namesake:
 *
 * Returns: (transfer none) (nullable): another machine with this name
 */
VmmMachine *
vmm_machine_find_namesake (VmmMachine *self,
                           const char *name)
{
  GHashTableIter iter;
  gpointer other;

  g_return_val_if_fail (VMM_IS_MACHINE (self), NULL);

  g_hash_table_iter_init (&iter, self->context->machines);
  while (g_hash_table_iter_next (&iter, NULL, &other))
    if (other != self && g_strcmp0 (((VmmMachine *) other)->name, name) == 0)
      return other;

  return NULL;
}

void
vmm_machine_emit_removed (VmmMachine *self)
{
  g_signal_emit (self, signals[SIGNAL_REMOVED], 0);
}

/**
 * vmm_machine_define:
 * @domain: a valid and complete definition with this machine's UUID
 *
 * Stores a new generation of the definition. An active machine takes it at its next full start.
 * Defining what is stored already changes nothing. On failure the old one stays in force.
 */
gboolean
vmm_machine_define (VmmMachine  *self,
                    VmmDomain   *domain,
                    GError     **error)
{
  g_autofree char *xml = vmm_domain_dup_xml (domain);

  g_return_val_if_fail (VMM_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (g_strcmp0 (vmm_domain_get_uuid (domain), self->uuid) == 0, FALSE);

  if (g_strcmp0 (xml, self->xml) == 0)
    return TRUE;
  if (!store (self, xml, error))
    return FALSE;

  vmm_machine_publish_domain (self, domain);
  if (self->state == VMM_MACHINE_STATE_BROKEN)
    {
      vmm_machine_set_problem (self, NULL);
      vmm_machine_set_state (self, VMM_MACHINE_STATE_OFF, "none");
    }

  return TRUE;
}

/**
 * vmm_machine_undefine:
 *
 * Removes the definition, the firmware variables and the log of a machine that is off. Afterwards
 * the machine must not be used any more.
 */
gboolean
vmm_machine_undefine (VmmMachine  *self,
                      GError     **error)
{
  g_autofree char *doomed = NULL;

  g_return_val_if_fail (VMM_IS_MACHINE (self), FALSE);
  g_return_val_if_fail (!vmm_machine_state_is_active (self->state), FALSE);

  /* Renamed first, so that a crash in the middle does not leave half a machine. */
  doomed = g_strconcat (self->folder, ".removed", NULL);
  if (!vmm_folder_remove (doomed, error))
    return FALSE;
  if (rename (self->folder, doomed) != 0 && errno != ENOENT)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot remove the folder “%s”: %s",
                   self->folder, g_strerror (errno));
      return FALSE;
    }

  vmm_folder_remove (doomed, NULL);
  unlink (self->log_path);

  return TRUE;
}
