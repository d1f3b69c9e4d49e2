/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-complete-private.h"
#include "vmm-number.h"
#include "vmm-validate-private.h"
#include "vmm-xml.h"

/* Far more than any board takes. */
#define MAX_DEVICES 512

/* QEMU's user networking has a socket for each. */
#define MAX_FORWARDED_PORTS 1024

/* What must be unique: targets, MAC addresses, addresses, aliases, boot orders. */
typedef struct
{
  GPtrArray  *problems;
  GHashTable *seen;      /* "kind value" -> VmmDevice */
} Unique;

/* @key: (transfer full) */
static void
claim (Unique     *unique,
       char       *key,
       VmmDevice  *device,
       const char *what,
       const char *value)
{
  VmmDevice *other = g_hash_table_lookup (unique->seen, key);
  g_autofree char *description = NULL;

  if (other == NULL)
    {
      g_hash_table_insert (unique->seen, key, device);
      return;
    }

  g_free (key);
  description = vmm_device_dup_description (other);
  vmm_problems_add (unique->problems, VMM_SEVERITY_ERROR, vmm_device_get_node (device), NULL, value,
                    "each device needs its own", "The %s “%s” is already that of %s", what, value, description);
}

static void
check_target (Unique  *unique,
              VmmDisk *disk)
{
  const char *target = vmm_disk_get_target (disk);

  if (target == NULL)
    return;

  if (target[0] == '\0' || strlen (target) > 32 || strspn (target, G_CSET_a_2_z G_CSET_DIGITS G_CSET_A_2_Z) != strlen (target))
    vmm_problems_add (unique->problems, VMM_SEVERITY_ERROR, vmm_device_get_node (VMM_DEVICE (disk)), NULL, target,
                      "a name such as “vda” or “sda” works", "The disk target “%.64s” is not possible", target);
  else
    claim (unique, g_strdup_printf ("target %s", target), VMM_DEVICE (disk), "disk target", target);
}

static gboolean
is_mac (const char *text)
{
  if (strlen (text) != 17)
    return FALSE;

  for (guint i = 0; i < 17; i++)
    if (i % 3 == 2 ? text[i] != ':' : !g_ascii_isxdigit (text[i]))
      return FALSE;

  /* A card's own address is never a group's. */
  return (g_ascii_xdigit_value (text[1]) & 1) == 0;
}

static void
check_mac (Unique       *unique,
           VmmInterface *interface)
{
  const char *mac = vmm_interface_get_mac (interface);

  if (mac == NULL)
    return;

  if (!is_mac (mac))
    vmm_problems_add (unique->problems, VMM_SEVERITY_ERROR, vmm_device_get_node (VMM_DEVICE (interface)), NULL, mac,
                      "six pairs of hexadecimal digits with an even first one work, such as 52:54:00:12:34:56",
                      "The MAC address “%.64s” is not possible", mac);
  else
    {
      g_autofree char *lower = g_ascii_strdown (mac, -1);

      claim (unique, g_strdup_printf ("mac %s", lower), VMM_DEVICE (interface), "MAC address", mac);
    }
}

static gboolean
is_alias (const char *alias)
{
  return g_ascii_isalpha (alias[0]) && strlen (alias) <= 128 &&
         strspn (alias, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.") == strlen (alias);
}

static void
check_alias (Unique    *unique,
             VmmDevice *device)
{
  const char *alias = vmm_device_get_alias (device);

  if (alias == NULL || (VMM_IS_CHAR_DEV (device) && vmm_char_dev_is_serial_twin (VMM_CHAR_DEV (device))) ||
      vmm_device_has (device, "master@startport"))
    return;

  if (!is_alias (alias))
    vmm_problems_add (unique->problems, VMM_SEVERITY_ERROR, vmm_device_get_node (device), NULL, alias,
                      "letters, digits, “-”, “_” and “.” after a letter work; one of your own begins with “ua-”",
                      "The alias “%.64s” is not possible", alias);
  else
    claim (unique, g_strdup_printf ("alias %s", alias), device, "alias", alias);
}

static void
check_boot_order (Unique    *unique,
                  VmmDevice *device)
{
  const char *order = vmm_device_get (device, "boot@order");
  guint64 number;

  if (order == NULL)
    return;

  if (!vmm_number_parse (order, &number) || number == 0 || number > G_MAXINT)
    vmm_problems_add (unique->problems, VMM_SEVERITY_ERROR, vmm_device_get_node (device), NULL, order,
                      "a whole number from 1 works", "The boot order “%.32s” is not possible", order);
  else
    claim (unique, g_strdup_printf ("boot %" G_GUINT64_FORMAT, number), device, "boot order", order);
}

static void
check_pci_address (Unique    *unique,
                   VmmDevice *device)
{
  VmmPciAddress address;
  g_autofree char *text = NULL;

  if (!vmm_device_get_pci_address (device, &address))
    return;

  text = g_strdup_printf ("%04x:%02x:%02x.%x", address.domain, address.bus, address.slot, address.function);

  if (address.domain > 0 || address.bus > 255 || address.slot > 31 || address.function > 7)
    vmm_problems_add (unique->problems, VMM_SEVERITY_ERROR, vmm_device_get_node (device), NULL, text,
                      "domain 0, bus to 255, slot to 31 and function to 7 work; without <address> a free one is found",
                      "The PCI address %s is not possible", text);
  else
    claim (unique, g_strconcat ("pci ", text, NULL), device, "PCI address", text);
}

static void
check_address (Unique    *unique,
               VmmDevice *device)
{
  const char *type = vmm_device_get_address_type (device);
  g_autofree char *text = NULL;

  if (type == NULL)
    return;

  if (strcmp (type, "pci") == 0)
    check_pci_address (unique, device);
  else if (strcmp (type, "drive") == 0 && VMM_IS_DISK (device))
    {
      text = g_strdup_printf ("%s %s:%s:%s:%s", vmm_disk_get_bus (VMM_DISK (device)),
                              vmm_device_get (device, "address@controller"), vmm_device_get (device, "address@bus"),
                              vmm_device_get (device, "address@target"), vmm_device_get (device, "address@unit"));
      claim (unique, g_strconcat ("drive ", text, NULL), device, "drive address", text);
    }
  else if (strcmp (type, "usb") == 0)
    {
      text = g_strdup_printf ("%s:%s", vmm_device_get (device, "address@bus"), vmm_device_get (device, "address@port"));

      if (vmm_device_has (device, "address@port"))
        claim (unique, g_strconcat ("usb ", text, NULL), device, "USB address", text);
    }
  else if (strcmp (type, "virtio-serial") == 0)
    {
      text = g_strdup_printf ("%s:%s", vmm_device_get (device, "address@controller"), vmm_device_get (device, "address@port"));
      claim (unique, g_strconcat ("virtio-serial ", text, NULL), device, "virtio-serial address", text);
    }
  else if (strcmp (type, "isa") != 0)
    vmm_problems_add (unique->problems, VMM_SEVERITY_ERROR, vmm_device_get_node (device), NULL, type,
                      "without <address> a place is found", "The address type “%.32s” is not supported", type);
}

/* Buses that this board does not have, and disks that are no disks. */
static void
check_disk (VmmDomain *domain,
            VmmDisk   *disk,
            GPtrArray *problems)
{
  const char *bus = vmm_disk_get_bus (disk);
  const char *device = vmm_disk_get_device (disk);
  const xmlNode *node = vmm_device_get_node (VMM_DEVICE (disk));
  const char *target = vmm_disk_get_target (disk) != NULL ? vmm_disk_get_target (disk) : "";
  const char *path = vmm_disk_get_source_file (disk);
  gboolean is_cdrom = g_strcmp0 (device, "cdrom") == 0;
  gboolean is_floppy = g_strcmp0 (device, "floppy") == 0;

  if (g_strcmp0 (bus, "ide") == 0 && (vmm_domain_is_q35 (domain) || vmm_domain_get_machine (domain) == NULL))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, bus, "“sata” works",
                      "A q35 machine has no IDE bus for the disk “%s”", target);

  if (is_cdrom && (g_strcmp0 (bus, "virtio") == 0 || g_strcmp0 (bus, "fdc") == 0))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, bus, "“sata” and “scsi” work",
                      "A CD drive (“%s”) cannot be on the bus “%s”", target, bus);

  if (bus != NULL && is_floppy != (strcmp (bus, "fdc") == 0))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, bus, "“fdc” is the bus of floppy drives, and of nothing else",
                      "The disk “%s” cannot be on the bus “%s”", target, bus);

  if (path == NULL && ((!is_cdrom && !is_floppy) || g_strcmp0 (bus, "usb") == 0))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, target, "give <source> a file",
                      "The disk “%s” has no image", target);

  if (path != NULL && !g_path_is_absolute (path))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, path, "a path that begins with “/” works",
                      "The path “%.128s” of the disk “%s” is not absolute", path, target);

  if (g_strcmp0 (vmm_disk_get_io (disk), "native") == 0 && g_strcmp0 (vmm_disk_get_cache (disk), "none") != 0 &&
      g_strcmp0 (vmm_disk_get_cache (disk), "directsync") != 0)
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, "native", "add cache='none', or use io='threads'",
                      "The disk “%s” cannot have native input and output through the host's cache", target);
}

/* Addresses go into options whose parts are told apart by colons. */
static gboolean
is_host (const char *text)
{
  return g_hostname_is_ip_address (text) ||
         (g_ascii_isalnum (text[0]) && strcmp (text, "unix") != 0 && strcmp (text, "none") != 0 &&
          strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-.") == strlen (text));
}

static void
check_listen (VmmGraphics *graphics,
              GPtrArray   *problems)
{
  const char *address = vmm_graphics_get_listen_address (graphics);

  if (address != NULL && address[0] != '\0' && !is_host (address))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, vmm_device_get_node (VMM_DEVICE (graphics)), NULL, address,
                      "an IP address such as 127.0.0.1 works", "The screen cannot be served at the address “%.64s”",
                      address);
}

static void
check_port_count (VmmInterface *interface,
                  GPtrArray    *problems)
{
  g_autoptr(GArray) forwards = vmm_interface_list_port_forwards (interface);
  guint64 n_ports = 0;

  for (guint i = 0; i < forwards->len; i++)
    {
      const VmmPortForward *forward = &g_array_index (forwards, VmmPortForward, i);

      n_ports += forward->end - forward->start + 1;

      if (forward->to + (forward->end - forward->start) > G_MAXUINT16)
        vmm_problems_add (problems, VMM_SEVERITY_ERROR, vmm_device_get_node (VMM_DEVICE (interface)), NULL, NULL,
                          "a smaller range works", "The ports from %u of the guest go beyond 65535", forward->to);
    }

  if (n_ports > MAX_FORWARDED_PORTS)
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, vmm_device_get_node (VMM_DEVICE (interface)), NULL, NULL,
                      "at most 1024 work", "%" G_GUINT64_FORMAT " ports are forwarded", n_ports);
}

static void
check_port_forwards (VmmInterface *interface,
                     GPtrArray    *problems)
{
  const xmlNode *node = vmm_xml_get_child (vmm_device_get_node (VMM_DEVICE (interface)), "portForward");

  for (; node != NULL; node = vmm_xml_get_next_named (node))
    {
      const char *address = vmm_xml_get_attribute (node, "address");
      const xmlNode *range = vmm_xml_get_child (node, "range");

      if (vmm_xml_get_attribute (node, "proto") == NULL || range == NULL)
        vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, NULL, "add proto='tcp' and a <range start='…' to='…'/>",
                          "<portForward> does not say which ports");

      if (address != NULL && !g_hostname_is_ip_address (address))
        vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, "address", address, "an IP address such as 127.0.0.1 works",
                          "Ports cannot be forwarded from the address “%.64s”", address);

      for (; range != NULL; range = vmm_xml_get_next_named (range))
        {
          static const char *const names[] = { "start", "end", "to" };

          for (guint i = 0; i < G_N_ELEMENTS (names); i++)
            {
              const char *text = vmm_xml_get_attribute (range, names[i]);
              guint64 port;

              if ((text == NULL && i > 0) || (vmm_number_parse (text, &port) && port > 0 && port <= G_MAXUINT16))
                continue;

              vmm_problems_add (problems, VMM_SEVERITY_ERROR, range, names[i], text, "a number from 1 to 65535 works",
                                "The port “%.32s” is not possible", text != NULL ? text : "");
            }
        }
    }
}

static void
check_graphics (VmmDomain *domain,
                GPtrArray *problems)
{
  g_autoptr(GPtrArray) graphics = vmm_domain_list_graphics (domain);
  g_autoptr(GHashTable) kinds = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < graphics->len; i++)
    {
      const char *kind = vmm_graphics_get_kind (graphics->pdata[i]);
      guint port = vmm_graphics_get_port (graphics->pdata[i]);
      const xmlNode *node = vmm_device_get_node (graphics->pdata[i]);

      check_listen (graphics->pdata[i], problems);

      if (kind == NULL)
        vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, NULL, "“dbus”, “vnc” and “spice” work",
                          "<graphics> has no type");
      else if (!g_hash_table_add (kinds, (gpointer) kind))
        vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, "type", kind, "remove one of them",
                          "The machine has more than one <graphics> of type “%s”", kind);

      if (g_strcmp0 (kind, "vnc") == 0 && port > 0 && port < 5900)
        vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, "port", vmm_device_get (graphics->pdata[i], "@port"),
                          "ports from 5900 work", "VNC cannot listen on port %u", port);
    }
}

/* What a view needs its type for, and the table of values does not know to be missing. */
static void
check_type (VmmDevice *device,
            GPtrArray *problems)
{
  gboolean needs_type = VMM_IS_INTERFACE (device) || VMM_IS_CONTROLLER (device) || VMM_IS_INPUT (device) ||
                        VMM_IS_CHAR_DEV (device);

  if (needs_type && !vmm_device_has (device, "@type"))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, vmm_device_get_node (device), NULL, NULL,
                      "add the attribute", "<%s> has no type", vmm_device_get_element (device));
}

static gboolean
is_of_view (VmmDevice *device)
{
  return G_OBJECT_TYPE (device) != VMM_TYPE_DEVICE;
}

void
vmm_validate_devices (VmmDomain *domain,
                      GPtrArray *problems)
{
  g_autoptr(GPtrArray) devices = vmm_domain_list_devices (domain, NULL);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Unique unique = { problems, seen };

  if (devices->len > MAX_DEVICES)
    {
      vmm_problems_add (problems, VMM_SEVERITY_ERROR, vmm_domain_get_devices_node (domain), NULL, NULL,
                        "at most 512 work", "The machine has %u devices", devices->len);
      return;
    }

  for (guint i = 0; i < devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (devices, i);

      if (!is_of_view (device))
        continue;

      check_type (device, problems);
      check_alias (&unique, device);
      check_boot_order (&unique, device);
      check_address (&unique, device);

      if (VMM_IS_DISK (device))
        {
          check_target (&unique, VMM_DISK (device));
          check_disk (domain, VMM_DISK (device), problems);
        }
      else if (VMM_IS_INTERFACE (device))
        {
          check_mac (&unique, VMM_INTERFACE (device));
          check_port_forwards (VMM_INTERFACE (device), problems);
          check_port_count (VMM_INTERFACE (device), problems);
        }
    }

  check_graphics (domain, problems);
}
