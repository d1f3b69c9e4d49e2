/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-host.h"

#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "vmm-capabilities-probe.h"
#include "vmm-error.h"
#include "vmm-firmware.h"
#include "vmm-passt.h"

/**
 * VmmHost:
 *
 * What this host and its QEMU can do. The first question makes it look (or read what an earlier
 * look has found); all who ask meanwhile get the same answer.
 */
struct _VmmHost
{
  GObject          parent_instance;

  char            *cache_folder;
  char            *images_folder;
  VmmCapabilities *capabilities;
  GError          *error;         /* of the last look */
  char            *passt;
  GQueue           waiting;       /* GTask */
  guint            n_pending;     /* looks under way */
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (VmmHost, vmm_host, G_TYPE_OBJECT)

/* One of the looks has ended; @self: (transfer full) */
static void
look_ended (VmmHost *self)
{
  g_autoptr (VmmHost) hold G_GNUC_UNUSED = self;
  GTask *task;

  if (--self->n_pending > 0)
    return;

  while ((task = g_queue_pop_head (&self->waiting)) != NULL)
    {
      if (self->capabilities != NULL)
        g_task_return_pointer (task, g_object_ref (self->capabilities), g_object_unref);
      else
        g_task_return_error (task, g_error_copy (self->error));
      g_object_unref (task);
    }
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
capabilities_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  VmmHost *self = user_data;

  g_clear_error (&self->error);
  g_clear_object (&self->capabilities);
  self->capabilities = vmm_capabilities_get_finish (result, &self->error);
  look_ended (self);
}

static void
passt_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  VmmHost *self = user_data;
  g_autoptr (GError) error = NULL;

  g_free (self->passt);
  self->passt = vmm_passt_find_finish (result, &error);
  if (self->passt == NULL)
    g_debug ("%s; QEMU's own user network is used", error->message);
  look_ended (self);
}

static void
look (VmmHost *self)
{
  struct utsname name;
  g_autofree char *program = NULL;
  g_autofree char *emulator = NULL;

  uname (&name);
  program = g_strconcat ("qemu-system-", name.machine, NULL);
  emulator = g_find_program_in_path (program);

  self->n_pending = 2;
  vmm_capabilities_get_async (emulator != NULL ? emulator : program, self->cache_folder, NULL,
                              capabilities_cb, g_object_ref (self));
  vmm_passt_find_async (NULL, passt_cb, g_object_ref (self));
}

static void
vmm_host_finalize (GObject *object)
{
  VmmHost *self = VMM_HOST (object);

  g_free (self->cache_folder);
  g_free (self->images_folder);
  g_free (self->passt);
  g_clear_error (&self->error);
  g_clear_object (&self->capabilities);

  G_OBJECT_CLASS (vmm_host_parent_class)->finalize (object);
}

static void
vmm_host_class_init (VmmHostClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vmm_host_finalize;

  /**
   * VmmHost::changed:
   *
   * The summary says something else now.
   */
  signals[SIGNAL_CHANGED] =
    g_signal_new ("changed", VMM_TYPE_HOST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
}

static void
vmm_host_init (VmmHost *self)
{
  g_queue_init (&self->waiting);
}

/**
 * vmm_host_new:
 * @cache_folder: where findings are kept
 * @images_folder: where new disk images go
 */
VmmHost *
vmm_host_new (const char *cache_folder,
              const char *images_folder)
{
  VmmHost *self = g_object_new (VMM_TYPE_HOST, NULL);

  self->cache_folder = g_strdup (cache_folder);
  self->images_folder = g_strdup (images_folder);

  return self;
}

/**
 * vmm_host_get_capabilities_async:
 *
 * Finds out what QEMU can do. A failure is not kept: the next question looks again, since somebody
 * may have installed QEMU.
 */
void
vmm_host_get_capabilities_async (VmmHost             *self,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (VMM_IS_HOST (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, vmm_host_get_capabilities_async);

  if (self->capabilities != NULL && self->n_pending == 0)
    {
      g_task_return_pointer (task, g_object_ref (self->capabilities), g_object_unref);
      return;
    }

  g_queue_push_tail (&self->waiting, g_steal_pointer (&task));
  if (self->n_pending == 0)
    look (self);
}

/**
 * vmm_host_get_capabilities_finish:
 *
 * Returns: (transfer full): the capabilities, or %NULL with VMM_ERROR_UNSUPPORTED saying what is
 *   missing
 */
VmmCapabilities *
vmm_host_get_capabilities_finish (VmmHost       *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * vmm_host_get_passt:
 *
 * Returns: (transfer none) (nullable): path of a passt that works here; known once the capabilities
 *   are
 */
const char *
vmm_host_get_passt (VmmHost *self)
{
  g_return_val_if_fail (VMM_IS_HOST (self), NULL);

  return self->passt;
}

static void
add_firmwares (VmmHost      *self,
               GVariantDict *dict)
{
  const VmmHostInfo *info = vmm_capabilities_get_host_info (self->capabilities);
  const char *firmwares[4] = { "bios", NULL };
  VmmFirmwareQuery query = { "efi", info->arch, info->default_machine, 0, 0, NULL };
  g_autoptr (VmmFirmware) plain = vmm_firmware_find (&query, NULL);
  g_autoptr (VmmFirmware) secure = NULL;
  guint n = 1;

  query.secure_boot = query.enrolled_keys = 1;
  secure = vmm_firmware_find (&query, NULL);
  if (plain != NULL)
    firmwares[n++] = "efi";
  if (secure != NULL)
    firmwares[n++] = "efi-secure-boot";

  g_variant_dict_insert_value (dict, "firmwares", g_variant_new_strv (firmwares, n));
}

/**
 * vmm_host_to_summary:
 *
 * Returns: (transfer floating): HostSummary; empty until the first look is done
 */
GVariant *
vmm_host_to_summary (VmmHost *self)
{
  struct statvfs space = { 0 };
  GVariantDict dict;

  g_return_val_if_fail (VMM_IS_HOST (self), NULL);

  if (self->capabilities == NULL && self->error == NULL)
    return g_variant_new ("a{sv}", NULL);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "cpus", "u", g_get_num_processors ());
  g_variant_dict_insert (&dict, "memory-mib", "t",
                         (guint64) sysconf (_SC_PHYS_PAGES) * sysconf (_SC_PAGE_SIZE) / 1048576);
  g_variant_dict_insert (&dict, "images-folder", "s", self->images_folder);
  statvfs (self->images_folder, &space);
  g_variant_dict_insert (&dict, "images-free", "t", (guint64) space.f_bavail * space.f_frsize);
  g_variant_dict_insert (&dict, "passt", "b", self->passt != NULL);
  g_variant_dict_insert (&dict, "error", "s", self->error != NULL ? self->error->message : "");

  if (self->capabilities != NULL)
    {
      g_variant_dict_insert (&dict, "arch", "s", vmm_capabilities_get_arch (self->capabilities));
      g_variant_dict_insert (&dict, "emulator", "s",
                             vmm_capabilities_get_emulator (self->capabilities));
      g_variant_dict_insert (&dict, "qemu-version", "s",
                             vmm_capabilities_get_version (self->capabilities));
      g_variant_dict_insert (&dict, "accelerator", "s",
                             vmm_capabilities_get_accelerator (self->capabilities));
      g_variant_dict_insert (&dict, "accelerator-reason", "s",
                             vmm_capabilities_get_accelerator_reason (self->capabilities));
      add_firmwares (self, &dict);
    }

  return g_variant_dict_end (&dict);
}
