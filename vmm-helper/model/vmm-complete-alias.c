/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-complete-private.h"

/* Aliases are QEMU's ids. Their shape is the one that libvirt's users know. */

static char *
dup_disk_alias (VmmDisk *disk)
{
  VmmDevice *device = VMM_DEVICE (disk);
  const char *bus = vmm_disk_get_bus (disk);
  guint controller = vmm_device_get_number (device, "address@controller", 0);
  guint channel = vmm_device_get_number (device, "address@bus", 0);
  guint target = vmm_device_get_number (device, "address@target", 0);
  guint unit = vmm_device_get_number (device, "address@unit", 0);

  if (g_strcmp0 (vmm_device_get_address_type (device), "drive") != 0)
    return g_strdup_printf ("%s-disk%u", bus, vmm_complete_disk_index (vmm_disk_get_target (disk)));

  if (strcmp (bus, "scsi") == 0)
    return g_strdup_printf ("scsi%u-%u-%u-%u", controller, channel, target, unit);

  return g_strdup_printf ("%s%u-%u-%u", bus, controller, channel, unit);
}

static char *
dup_controller_alias (VmmDomain     *domain,
                      VmmController *controller)
{
  const char *kind = vmm_controller_get_kind (controller);
  guint index = vmm_controller_get_index (controller);
  gboolean is_q35 = vmm_domain_is_q35 (domain);

  if (g_strcmp0 (kind, "pci") == 0)
    return g_strdup_printf ("%s.%u", index == 0 && is_q35 ? "pcie" : "pci", index);

  if (g_strcmp0 (kind, "usb") == 0)
    return index == 0 ? g_strdup ("usb") : g_strdup_printf ("usb%u", index);

  /* The board's own buses are called ide.0, ide.1, … by QEMU. */
  if (index == 0 && g_strcmp0 (kind, is_q35 ? "sata" : "ide") == 0)
    return g_strdup ("ide");

  return g_strdup_printf ("%s%u", kind, index);
}

static char *
dup_wanted_alias (VmmDomain *domain,
                  VmmDevice *device)
{
  if (VMM_IS_DISK (device))
    return dup_disk_alias (VMM_DISK (device));

  if (VMM_IS_CONTROLLER (device))
    return dup_controller_alias (domain, VMM_CONTROLLER (device));

  return NULL;
}

static const char *
prefix_of (VmmDevice *device)
{
  const char *element = vmm_device_get_element (device);

  if (VMM_IS_INTERFACE (device))
    return "net";

  if (VMM_IS_MEMBALLOON (device))
    return "balloon";

  if (strcmp (element, "redirdev") == 0)
    return "redir";

  return element;
}

/* Devices that have no id in QEMU. */
static gboolean
has_no_alias (VmmDevice *device)
{
  if (VMM_IS_GRAPHICS (device))
    return TRUE;

  if (VMM_IS_CHAR_DEV (device))
    return vmm_char_dev_is_serial_twin (VMM_CHAR_DEV (device));

  return strcmp (vmm_device_get_element (device), "audio") == 0 ||
         strcmp (vmm_device_get_element (device), "emulator") == 0;
}

/* UHCI companions share their index, and so their bus, with the EHCI controller. */
static gboolean
is_usb_companion (VmmDevice *device)
{
  return VMM_IS_CONTROLLER (device) && vmm_device_has (device, "master@startport");
}

void
vmm_complete_aliases (VmmDomain *domain)
{
  g_autoptr(GPtrArray) devices = vmm_domain_list_devices (domain, NULL);
  g_autoptr(GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < devices->len; i++)
    {
      const char *alias = vmm_device_get_alias (g_ptr_array_index (devices, i));

      if (alias != NULL)
        g_hash_table_add (used, g_strdup (alias));
    }

  for (guint i = 0; i < devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (devices, i);
      g_autofree char *alias = NULL;

      if (vmm_device_get_alias (device) != NULL || has_no_alias (device) || is_usb_companion (device))
        continue;

      alias = dup_wanted_alias (domain, device);

      for (guint n = 0; alias == NULL || g_hash_table_contains (used, alias); n++)
        {
          g_free (alias);
          alias = g_strdup_printf ("%s%u", prefix_of (device), n);
        }

      g_hash_table_add (used, g_strdup (alias));
      vmm_device_set_alias (device, alias);
    }
}
