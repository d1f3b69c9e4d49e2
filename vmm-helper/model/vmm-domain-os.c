/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-domain-os.h"

#include <string.h>

#include "vmm-domain.h"
#include "vmm-xml.h"

const char *
vmm_domain_get_arch (VmmDomain *self)
{
  return vmm_domain_get_value (self, "os/type@arch");
}

void
vmm_domain_set_arch (VmmDomain  *self,
                     const char *arch)
{
  vmm_domain_set_value (self, NULL, "os/type@arch", arch);
}

const char *
vmm_domain_get_machine (VmmDomain *self)
{
  return vmm_domain_get_value (self, "os/type@machine");
}

void
vmm_domain_set_machine (VmmDomain  *self,
                        const char *machine)
{
  vmm_domain_set_value (self, NULL, "os/type@machine", machine);
}

/* Whether its board is PCI Express with a built-in SATA controller. */
gboolean
vmm_domain_is_q35 (VmmDomain *self)
{
  const char *machine = vmm_domain_get_machine (self);

  return machine != NULL && (strcmp (machine, "q35") == 0 || g_str_has_prefix (machine, "pc-q35-"));
}

/* Returns: (transfer none) (nullable): "efi" or "bios": the kind of firmware to choose */
const char *
vmm_domain_get_firmware (VmmDomain *self)
{
  return vmm_domain_get_value (self, "os@firmware");
}

void
vmm_domain_set_firmware (VmmDomain  *self,
                         const char *firmware)
{
  vmm_domain_set_value (self, NULL, "os@firmware", firmware);
}

/**
 * vmm_domain_has_firmware_feature:
 * @name: "secure-boot" or "enrolled-keys"
 * @is_enabled: (out): what <firmware><feature> asks for
 *
 * Returns: whether it asks at all
 */
gboolean
vmm_domain_has_firmware_feature (VmmDomain  *self,
                                 const char *name,
                                 gboolean   *is_enabled)
{
  const xmlNode *firmware = vmm_xml_find (vmm_domain_get_root (self), "os/firmware");
  const xmlNode *feature = firmware != NULL ? vmm_xml_get_child (firmware, "feature") : NULL;

  for (; feature != NULL; feature = vmm_xml_get_next_named (feature))
    if (g_strcmp0 (vmm_xml_get_attribute (feature, "name"), name) == 0)
      {
        *is_enabled = g_strcmp0 (vmm_xml_get_attribute (feature, "enabled"), "yes") == 0;
        return TRUE;
      }

  return FALSE;
}

gboolean
vmm_domain_wants_secure_boot (VmmDomain *self)
{
  gboolean is_enabled = FALSE;

  return g_strcmp0 (vmm_domain_get_value (self, "os/loader@secure"), "yes") == 0 ||
         (vmm_domain_has_firmware_feature (self, "secure-boot", &is_enabled) && is_enabled);
}

static const char *
get_path (VmmDomain  *self,
          const char *path)
{
  const char *value = vmm_domain_get_value (self, path);

  return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *
vmm_domain_get_loader (VmmDomain *self)
{
  return get_path (self, "os/loader");
}

void
vmm_domain_set_loader (VmmDomain  *self,
                       const char *path)
{
  vmm_domain_set_value (self, NULL, "os/loader", path);
}

/* Returns: (transfer none) (nullable): "pflash" or "rom" */
const char *
vmm_domain_get_loader_type (VmmDomain *self)
{
  return vmm_domain_get_value (self, "os/loader@type");
}

const char *
vmm_domain_get_nvram (VmmDomain *self)
{
  return get_path (self, "os/nvram");
}

void
vmm_domain_set_nvram (VmmDomain  *self,
                      const char *path)
{
  vmm_domain_set_value (self, NULL, "os/nvram", path);
}

const char *
vmm_domain_get_nvram_template (VmmDomain *self)
{
  return vmm_domain_get_value (self, "os/nvram@template");
}

void
vmm_domain_set_nvram_template (VmmDomain  *self,
                               const char *path)
{
  vmm_domain_set_value (self, NULL, "os/nvram@template", path);
}

/* Returns: (transfer none) (nullable): "raw" or "qcow2" */
const char *
vmm_domain_get_nvram_format (VmmDomain *self)
{
  return vmm_domain_get_value (self, "os/nvram@format");
}

/* Whether it boots by UEFI, and so keeps firmware variables. */
gboolean
vmm_domain_is_uefi (VmmDomain *self)
{
  return g_strcmp0 (vmm_domain_get_firmware (self), "efi") == 0 ||
         (vmm_domain_get_loader (self) != NULL && g_strcmp0 (vmm_domain_get_loader_type (self), "pflash") == 0);
}

/* Returns: (transfer full): "hd", "cdrom", "network", "fd" in the order of <boot dev> */
char **
vmm_domain_dup_boot_devices (VmmDomain *self)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  const xmlNode *os = vmm_xml_get_child (vmm_domain_get_root (self), "os");
  const xmlNode *boot = os != NULL ? vmm_xml_get_child (os, "boot") : NULL;

  for (; boot != NULL; boot = vmm_xml_get_next_named (boot))
    {
      const char *device = vmm_xml_get_attribute (boot, "dev");

      if (device != NULL)
        g_strv_builder_add (builder, device);
    }

  return g_strv_builder_end (builder);
}

void
vmm_domain_set_boot_devices (VmmDomain          *self,
                             const char * const *devices)
{
  g_auto(GStrv) old = vmm_domain_dup_boot_devices (self);
  xmlNode *os = vmm_xml_get_child (vmm_domain_get_root (self), "os");

  if (g_strv_equal ((const char * const *) old, devices))
    return;

  if (os == NULL)
    os = vmm_xml_add_child (vmm_domain_get_root (self), "os");

  while (vmm_xml_set (os, "boot", NULL))
    ;

  for (guint i = 0; devices[i] != NULL; i++)
    vmm_xml_set_attribute (vmm_xml_add_child (os, "boot"), "dev", devices[i]);

  vmm_domain_mark_changed (self);
}
