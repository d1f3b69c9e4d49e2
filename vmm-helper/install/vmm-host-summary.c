/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-host-summary.h"

G_DEFINE_BOXED_TYPE (VmmHostSummary, vmm_host_summary, vmm_host_summary_copy, vmm_host_summary_free)

static char *
lookup_text (GVariant   *values,
             const char *key)
{
  const char *text = "";

  if (values != NULL)
    g_variant_lookup (values, key, "&s", &text);

  return g_strdup (text);
}

/**
 * vmm_host_summary_new:
 * @values: (nullable): the a{sv} of the property; %NULL or empty while the core is not known
 */
VmmHostSummary *
vmm_host_summary_new (GVariant *values)
{
  VmmHostSummary *self = g_new0 (VmmHostSummary, 1);

  self->arch = lookup_text (values, "arch");
  self->emulator = lookup_text (values, "emulator");
  self->qemu_version = lookup_text (values, "qemu-version");
  self->accelerator = lookup_text (values, "accelerator");
  self->accelerator_reason = lookup_text (values, "accelerator-reason");
  self->images_folder = lookup_text (values, "images-folder");
  self->error = lookup_text (values, "error");
  if (values == NULL || !g_variant_lookup (values, "firmwares", "^as", &self->firmwares))
    self->firmwares = g_new0 (char *, 1);
  if (values != NULL)
    {
      self->is_known = g_variant_n_children (values) > 0;
      g_variant_lookup (values, "cpus", "u", &self->cpus);
      g_variant_lookup (values, "memory-mib", "t", &self->memory_mib);
      g_variant_lookup (values, "images-free", "t", &self->images_free_bytes);
    }

  return self;
}

VmmHostSummary *
vmm_host_summary_copy (const VmmHostSummary *self)
{
  VmmHostSummary *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = g_memdup2 (self, sizeof *self);
  copy->arch = g_strdup (self->arch);
  copy->emulator = g_strdup (self->emulator);
  copy->qemu_version = g_strdup (self->qemu_version);
  copy->accelerator = g_strdup (self->accelerator);
  copy->accelerator_reason = g_strdup (self->accelerator_reason);
  copy->firmwares = g_strdupv (self->firmwares);
  copy->images_folder = g_strdup (self->images_folder);
  copy->error = g_strdup (self->error);

  return copy;
}

void
vmm_host_summary_free (VmmHostSummary *self)
{
  if (self == NULL)
    return;

  g_free (self->arch);
  g_free (self->emulator);
  g_free (self->qemu_version);
  g_free (self->accelerator);
  g_free (self->accelerator_reason);
  g_strfreev (self->firmwares);
  g_free (self->images_folder);
  g_free (self->error);
  g_free (self);
}

/**
 * vmm_host_summary_has_firmware:
 * @firmware: "bios", "efi" or "efi-secure-boot"
 *
 * Returns: whether the host has it; BIOS comes with QEMU
 */
gboolean
vmm_host_summary_has_firmware (const VmmHostSummary *self,
                               const char           *firmware)
{
  return g_str_equal (firmware, "bios")
         || g_strv_contains ((const char *const *) self->firmwares, firmware);
}
