/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-domain-complete.h"

#include <string.h>

#include "vmm-complete-private.h"
#include "vmm-error.h"
#include "vmm-xml.h"

/* "disk “vda”", for messages. */
char *
vmm_device_dup_description (VmmDevice *device)
{
  const char *element = vmm_device_get_element (device);
  const char *name = vmm_device_get_alias (device);

  if (VMM_IS_DISK (device))
    name = vmm_disk_get_target (VMM_DISK (device));
  else if (VMM_IS_INTERFACE (device))
    name = vmm_interface_get_mac (VMM_INTERFACE (device));

  if (VMM_IS_CONTROLLER (device))
    return g_strdup_printf ("controller “%s %u”", vmm_controller_get_kind (VMM_CONTROLLER (device)),
                            vmm_controller_get_index (VMM_CONTROLLER (device)));

  return name != NULL ? g_strdup_printf ("%s “%s”", element, name)
                      : g_strdup_printf ("%s on line %ld", element, xmlGetLineNo (vmm_device_get_node (device)));
}

static const VmmMachineInfo *
find_machine (const VmmHostInfo *info,
              const char        *name)
{
  for (gsize i = 0; i < info->n_machines; i++)
    if (strcmp (info->machines[i].name, name) == 0)
      return &info->machines[i];

  return NULL;
}

static gboolean
complete_machine (VmmDomain          *domain,
                  const VmmHostInfo  *info,
                  GError            **error)
{
  const char *machine = vmm_domain_get_machine (domain);
  const VmmMachineInfo *known = machine != NULL ? find_machine (info, machine) : NULL;

  if (vmm_domain_get_value (domain, "os/type") == NULL)
    vmm_domain_set_value (domain, NULL, "os/type", "hvm");

  if (vmm_domain_get_arch (domain) == NULL)
    vmm_domain_set_arch (domain, info->arch);

  if (machine == NULL)
    {
      vmm_domain_set_machine (domain, info->default_machine);
      return TRUE;
    }

  if (known == NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "The machine type “%s” is unknown to this QEMU; “%s” works", machine, info->default_machine);
      return FALSE;
    }

  if (known->canonical != NULL)
    vmm_domain_set_machine (domain, known->canonical);

  return TRUE;
}

/* The letters in front of the disk's number: what QEMU's guests used to call such disks. */
static const char *
prefix_for_bus (const char *bus)
{
  if (g_str_equal (bus, "virtio"))
    return "vd";

  if (g_str_equal (bus, "fdc"))
    return "fd";

  return g_str_equal (bus, "ide") ? "hd" : "sd";
}

static const char *
default_bus (VmmDomain *domain,
             VmmDisk   *disk)
{
  const char *target = vmm_disk_get_target (disk);
  const char *device = vmm_disk_get_device (disk);

  if (g_strcmp0 (device, "floppy") == 0 || (target != NULL && g_str_has_prefix (target, "fd")))
    return "fdc";

  if (target != NULL && g_str_has_prefix (target, "vd"))
    return "virtio";

  if (g_strcmp0 (device, "cdrom") == 0 || (target != NULL && target[0] != 'v'))
    return vmm_domain_is_q35 (domain) ? "sata" : "ide";

  return "virtio";
}

static gboolean
is_target_taken (GPtrArray  *disks,
                 const char *target)
{
  for (guint i = 0; i < disks->len; i++)
    if (g_strcmp0 (vmm_disk_get_target (g_ptr_array_index (disks, i)), target) == 0)
      return TRUE;

  return FALSE;
}

/* 0 is "a", 25 "z", 26 "aa". */
static char *
dup_target (const char *prefix,
            guint       index)
{
  char letters[16];
  gsize at = sizeof letters;

  letters[--at] = '\0';

  for (guint rest = index + 1; rest > 0; rest = (rest - 1) / 26)
    letters[--at] = 'a' + (rest - 1) % 26;

  return g_strconcat (prefix, letters + at, NULL);
}

/* Returns: the number that the letters of a target stand for: 0 for "vda"; 0 if there are none */
guint
vmm_complete_disk_index (const char *target)
{
  guint index = 0;

  if (target == NULL || strlen (target) < 3)
    return 0;

  for (const char *p = target + 2; g_ascii_islower (*p) && index < 100000; p++)
    index = index * 26 + (*p - 'a' + 1);

  return index > 0 ? index - 1 : 0;
}

static void
complete_disks (VmmDomain *domain)
{
  g_autoptr(GPtrArray) disks = vmm_domain_list_disks (domain);

  for (guint i = 0; i < disks->len; i++)
    {
      VmmDisk *disk = g_ptr_array_index (disks, i);

      if (vmm_disk_get_bus (disk) == NULL)
        vmm_disk_set_bus (disk, default_bus (domain, disk));

      for (guint n = 0; vmm_disk_get_target (disk) == NULL; n++)
        {
          g_autofree char *target = dup_target (prefix_for_bus (vmm_disk_get_bus (disk)), n);

          if (!is_target_taken (disks, target))
            vmm_disk_set_target (disk, target);
        }
    }
}

static void
complete_interfaces (VmmDomain *domain)
{
  g_autoptr(GPtrArray) interfaces = vmm_domain_list_interfaces (domain);

  for (guint i = 0; i < interfaces->len; i++)
    {
      VmmInterface *interface = g_ptr_array_index (interfaces, i);

      if (vmm_interface_get_mac (interface) == NULL)
        {
          guint32 random = g_random_int ();
          /* 52:54:00 is the prefix that QEMU and libvirt give their guests. */
          g_autofree char *mac = g_strdup_printf ("52:54:00:%02x:%02x:%02x", random & 0xff, random >> 8 & 0xff,
                                                  random >> 16 & 0xff);

          vmm_interface_set_mac (interface, mac);
        }

      if (vmm_interface_get_model (interface) == NULL)
        vmm_interface_set_model (interface, vmm_domain_is_q35 (domain) ? "e1000e" : "rtl8139");
    }
}

/* The serial port that a lone <console> stands for. */
static void
complete_consoles (VmmDomain *domain)
{
  g_autoptr(GPtrArray) serials = vmm_domain_list_serials (domain);
  g_autoptr(GPtrArray) consoles = vmm_domain_list_consoles (domain);
  g_autoptr(VmmDevice) serial = NULL;
  VmmCharDev *console;
  xmlNode *node;

  if (serials->len > 0 || consoles->len == 0)
    return;

  console = g_ptr_array_index (consoles, 0);

  if (!vmm_char_dev_is_serial_twin (console))
    return;

  serial = vmm_domain_add_device (domain, "serial");
  node = vmm_device_get_node (serial);

  for (const xmlNode *child = vmm_device_get_node (VMM_DEVICE (console))->children; child != NULL; child = child->next)
    if (!vmm_xml_is (child, "target") && !vmm_xml_is (child, "alias") && !vmm_xml_is (child, "address"))
      xmlAddChild (node, xmlDocCopyNode ((xmlNode *) child, node->doc, 1));

  vmm_device_set (serial, "@type", vmm_char_dev_get_kind (console) != NULL ? vmm_char_dev_get_kind (console) : "pty");
}

static void
complete_videos (VmmDomain *domain)
{
  g_autoptr(GPtrArray) videos = vmm_domain_list_videos (domain);
  g_autoptr(GPtrArray) graphics = vmm_domain_list_graphics (domain);

  if (videos->len == 0 && graphics->len > 0)
    {
      g_autoptr(VmmDevice) video = vmm_domain_add_device (domain, "video");

      vmm_video_set_model (VMM_VIDEO (video), "vga");
    }

  for (guint i = 0; i < videos->len; i++)
    if (vmm_video_get_model (g_ptr_array_index (videos, i)) == NULL)
      vmm_video_set_model (g_ptr_array_index (videos, i), "vga");
}

/* A definition without <memballoon> has a virtio one, as in libvirt; model "none" means none. */
static void
complete_memballoon (VmmDomain *domain)
{
  g_autoptr(GPtrArray) balloons = vmm_domain_list_memballoons (domain);
  g_autoptr(VmmDevice) balloon = NULL;

  if (balloons->len > 0)
    return;

  balloon = vmm_domain_add_device (domain, "memballoon");
  vmm_memballoon_set_model (VMM_MEMBALLOON (balloon), "virtio");
}

/**
 * vmm_domain_complete:
 * @domain: a definition
 * @info: what this host's QEMU offers
 *
 * Writes into the document what must stay the same for ever once it was chosen: UUID, machine type,
 * MAC addresses, disk targets, implied controllers and devices, addresses, aliases. What is there is
 * respected; a second time changes nothing.
 *
 * Fails with %VMM_ERROR_INVALID if there is no place for a device, two claim the same one, or the
 * machine type is unknown; @domain is then half completed and of no use.
 */
gboolean
vmm_domain_complete (VmmDomain          *domain,
                     const VmmHostInfo  *info,
                     GError            **error)
{
  g_return_val_if_fail (VMM_IS_DOMAIN (domain), FALSE);
  g_return_val_if_fail (info != NULL, FALSE);

  if (vmm_domain_get_virt_type (domain) == NULL)
    vmm_domain_set_virt_type (domain, "kvm");

  /* One spelling, so that one UUID is one machine. */
  if (vmm_domain_get_uuid (domain) != NULL)
    {
      g_autofree char *lower = g_ascii_strdown (vmm_domain_get_uuid (domain), -1);

      vmm_domain_set_uuid (domain, lower);
    }

  if (vmm_domain_get_uuid (domain) == NULL)
    {
      g_autofree char *uuid = g_uuid_string_random ();

      vmm_domain_set_uuid (domain, uuid);
    }

  if (!complete_machine (domain, info, error))
    return FALSE;

  complete_disks (domain);
  complete_interfaces (domain);
  complete_consoles (domain);
  complete_videos (domain);
  complete_memballoon (domain);

  if (!vmm_complete_addresses (domain, error) ||
      !vmm_complete_controllers (domain, error) ||
      !vmm_complete_pci (domain, error))
    return FALSE;

  vmm_complete_aliases (domain);

  return TRUE;
}
