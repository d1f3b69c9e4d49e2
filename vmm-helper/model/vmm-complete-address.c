/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-complete-private.h"
#include "vmm-error.h"

/* Addresses on buses other than PCI: drive, usb, virtio-serial; and the controllers of these buses. */

static gboolean
no_room (VmmDevice   *device,
         const char  *what,
         const char  *remedy,
         GError     **error)
{
  g_autofree char *description = vmm_device_dup_description (device);

  g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "There is no free %s for %s; %s", what, description, remedy);

  return FALSE;
}

VmmController *
vmm_complete_find_controller (GPtrArray  *controllers,
                              const char *kind,
                              guint       index)
{
  for (guint i = 0; i < controllers->len; i++)
    {
      VmmController *controller = g_ptr_array_index (controllers, i);

      if (g_strcmp0 (vmm_controller_get_kind (controller), kind) == 0 && vmm_controller_get_index (controller) == index)
        return controller;
    }

  return NULL;
}

/* Returns: (transfer full): a new one; @model may be %NULL */
VmmController *
vmm_complete_add_controller (VmmDomain  *domain,
                             const char *kind,
                             guint       index,
                             const char *model)
{
  VmmDevice *controller = vmm_domain_add_device (domain, "controller");

  vmm_device_set (controller, "@type", kind);
  vmm_device_set_number (controller, "@index", index);
  vmm_device_set (controller, "@model", model);

  return VMM_CONTROLLER (controller);
}

static char *
drive_key (VmmDisk *disk)
{
  VmmDevice *device = VMM_DEVICE (disk);

  if (g_strcmp0 (vmm_device_get_address_type (device), "drive") != 0)
    return NULL;

  return g_strdup_printf ("%s:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                          vmm_disk_get_bus (disk), vmm_device_get_number (device, "address@controller", 0),
                          vmm_device_get_number (device, "address@bus", 0),
                          vmm_device_get_number (device, "address@target", 0),
                          vmm_device_get_number (device, "address@unit", 0));
}

/* How many drives a controller of this bus takes, and in how many units per channel. */
static gboolean
get_drive_layout (const char *bus,
                  guint      *per_controller,
                  guint      *units)
{
  if (strcmp (bus, "sata") == 0)
    *per_controller = *units = 6;
  else if (strcmp (bus, "ide") == 0)
    *per_controller = 4, *units = 2;
  else if (strcmp (bus, "scsi") == 0)
    *per_controller = *units = 256;
  else if (strcmp (bus, "fdc") == 0)
    *per_controller = *units = 2;
  else
    return FALSE;

  return TRUE;
}

/* Controllers are made for "sata" and "scsi"; "ide" and "fdc" have the one that the board brings. */
static guint
max_drives (const char *bus,
            guint       per_controller)
{
  return strcmp (bus, "sata") == 0 || strcmp (bus, "scsi") == 0 ? 8 * per_controller : per_controller;
}

static gboolean
complete_drive (VmmDisk     *disk,
                GHashTable  *used,
                GError     **error)
{
  VmmDevice *device = VMM_DEVICE (disk);
  const char *bus = vmm_disk_get_bus (disk);
  guint first = vmm_complete_disk_index (vmm_disk_get_target (disk));
  guint per_controller, units, most;

  if (!get_drive_layout (bus, &per_controller, &units) || vmm_device_get_address_type (device) != NULL)
    return TRUE;

  most = max_drives (bus, per_controller);

  /* The place that the target's letter names, else the first free one. */
  for (guint attempt = 0; attempt <= most; attempt++)
    {
      guint place = attempt == 0 ? first : attempt - 1;
      guint within = place % per_controller;

      if (place >= most ||
          !g_hash_table_add (used, g_strdup_printf ("%s:%u:%u:0:%u", bus, place / per_controller, within / units,
                                                    within % units)))
        continue;

      vmm_device_set (device, "address@type", "drive");
      vmm_device_set_number (device, "address@controller", place / per_controller);
      vmm_device_set_number (device, "address@bus", within / units);
      vmm_device_set_number (device, "address@target", 0);
      vmm_device_set_number (device, "address@unit", within % units);
      return TRUE;
    }

  return no_room (device, bus, "the buses virtio, scsi and sata take more disks", error);
}

static gboolean
complete_drives (VmmDomain  *domain,
                 GError    **error)
{
  g_autoptr(GPtrArray) disks = vmm_domain_list_disks (domain);
  g_autoptr(GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < disks->len; i++)
    {
      char *key = drive_key (g_ptr_array_index (disks, i));

      if (key != NULL)
        g_hash_table_add (used, key);
    }

  for (guint i = 0; i < disks->len; i++)
    if (!complete_drive (g_ptr_array_index (disks, i), used, error))
      return FALSE;

  return TRUE;
}

static gboolean
is_on_virtio_serial (VmmDevice *device)
{
  if (!VMM_IS_CHAR_DEV (device))
    return FALSE;

  return g_strcmp0 (vmm_char_dev_get_target_type (VMM_CHAR_DEV (device)), "virtio") == 0;
}

static gboolean
complete_virtio_serial (GPtrArray  *devices,
                        GError    **error)
{
  /* Port 0 is for a console: QEMU keeps it from other ports. */
  gboolean is_used[32] = { TRUE };

  for (guint i = 0; i < devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (devices, i);
      guint64 port = vmm_device_get_number (device, "address@port", 0);

      if (is_on_virtio_serial (device) && port < G_N_ELEMENTS (is_used) &&
          vmm_device_get_number (device, "address@controller", 0) == 0)
        is_used[port] = TRUE;
    }

  for (guint i = 0; i < devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (devices, i);
      guint port = 0;

      if (!is_on_virtio_serial (device) || vmm_device_get_address_type (device) != NULL)
        continue;

      while (port < G_N_ELEMENTS (is_used) && is_used[port])
        port++;

      if (port == G_N_ELEMENTS (is_used))
        return no_room (device, "virtio-serial port", "at most 31 channels and consoles are possible", error);

      is_used[port] = TRUE;
      vmm_device_set (device, "address@type", "virtio-serial");
      vmm_device_set_number (device, "address@controller", 0);
      vmm_device_set_number (device, "address@bus", 0);
      vmm_device_set_number (device, "address@port", port);
    }

  return TRUE;
}

static gboolean
is_on_usb (VmmDevice *device)
{
  const char *element = vmm_device_get_element (device);

  if (VMM_IS_DISK (device))
    return g_strcmp0 (vmm_disk_get_bus (VMM_DISK (device)), "usb") == 0;

  if (VMM_IS_INPUT (device))
    {
      const char *bus = vmm_input_get_bus (VMM_INPUT (device));
      const char *kind = vmm_input_get_kind (VMM_INPUT (device));

      return g_strcmp0 (bus, "usb") == 0 || (bus == NULL && g_strcmp0 (kind, "tablet") == 0);
    }

  if (VMM_IS_CHAR_DEV (device))
    return g_strcmp0 (vmm_char_dev_get_target_type (VMM_CHAR_DEV (device)), "usb-serial") == 0;

  return strcmp (element, "redirdev") == 0;
}

static guint
count_usb_ports (VmmController *controller)
{
  const char *model = controller != NULL ? vmm_controller_get_model (controller) : NULL;
  guint64 ports = controller != NULL ? vmm_device_get_number (VMM_DEVICE (controller), "@ports", 0) : 0;

  if (ports > 0)
    return MIN (ports, 15);

  if (model == NULL || g_str_has_prefix (model, "piix"))
    return 2;

  if (g_str_has_suffix (model, "xhci"))
    return 4;

  return g_str_has_prefix (model, "vt82") ? 2 : 6;
}

static gboolean
complete_usb (VmmDomain  *domain,
              GPtrArray  *devices,
              GError    **error)
{
  g_autoptr(GPtrArray) controllers = vmm_domain_list_controllers (domain);
  VmmController *controller = vmm_complete_find_controller (controllers, "usb", 0);
  guint ports = count_usb_ports (controller);
  gboolean is_used[16] = { TRUE };

  for (guint i = 0; i < devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (devices, i);
      guint64 port = vmm_device_get_number (device, "address@port", 0);

      if (g_strcmp0 (vmm_device_get_address_type (device), "usb") == 0 && port < G_N_ELEMENTS (is_used) &&
          vmm_device_get_number (device, "address@bus", 0) == 0)
        is_used[port] = TRUE;
    }

  for (guint i = 0; i < devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (devices, i);
      guint port = 1;

      if (!is_on_usb (device) || vmm_device_get_address_type (device) != NULL)
        continue;

      while (port <= ports && is_used[port])
        port++;

      if (port > ports)
        return no_room (device, "USB port", "a USB controller of model qemu-xhci has up to 15", error);

      is_used[port] = TRUE;
      vmm_device_set (device, "address@type", "usb");
      vmm_device_set_number (device, "address@bus", 0);
      vmm_device_set_number (device, "address@port", port);
    }

  return TRUE;
}

static void
ensure_usb_controller (VmmDomain *domain)
{
  g_autoptr(GPtrArray) controllers = vmm_domain_list_controllers (domain);
  g_autoptr(VmmController) added = NULL;
  VmmController *controller = vmm_complete_find_controller (controllers, "usb", 0);
  const char *model = vmm_domain_is_q35 (domain) ? "qemu-xhci" : "piix3-uhci";

  if (controller == NULL)
    {
      added = vmm_complete_add_controller (domain, "usb", 0, model);

      if (vmm_domain_is_q35 (domain))
        vmm_device_set_number (VMM_DEVICE (added), "@ports", 15);
    }
  else if (vmm_controller_get_model (controller) == NULL)
    {
      vmm_controller_set_model (controller, model);
    }
}

/* Addresses of devices that are not on PCI themselves. */
gboolean
vmm_complete_addresses (VmmDomain  *domain,
                        GError    **error)
{
  g_autoptr(GPtrArray) devices = NULL;

  ensure_usb_controller (domain);
  devices = vmm_domain_list_devices (domain, NULL);

  return complete_drives (domain, error) &&
         complete_virtio_serial (devices, error) &&
         complete_usb (domain, devices, error);
}

static void
ensure_controller (VmmDomain  *domain,
                   GPtrArray  *controllers,
                   const char *kind,
                   guint       index,
                   const char *model)
{
  VmmController *controller = vmm_complete_find_controller (controllers, kind, index);

  if (controller == NULL)
    g_ptr_array_add (controllers, vmm_complete_add_controller (domain, kind, index, model));
  else if (vmm_controller_get_model (controller) == NULL && model != NULL)
    vmm_controller_set_model (controller, model);
}

static guint
next_index (GPtrArray  *controllers,
            const char *kind)
{
  guint index = 0;

  while (vmm_complete_find_controller (controllers, kind, index) != NULL)
    index++;

  return index;
}

/* The controllers that addresses name and the board has. */
gboolean
vmm_complete_controllers (VmmDomain  *domain,
                          GError    **error)
{
  g_autoptr(GPtrArray) controllers = vmm_domain_list_controllers (domain);
  g_autoptr(GPtrArray) devices = vmm_domain_list_devices (domain, NULL);
  gboolean is_q35 = vmm_domain_is_q35 (domain);

  for (guint i = 0; i < controllers->len; i++)
    {
      VmmController *controller = g_ptr_array_index (controllers, i);

      if (!vmm_controller_has_index (controller) && vmm_controller_get_kind (controller) != NULL)
        {
          guint index = next_index (controllers, vmm_controller_get_kind (controller));

          /* Without the attribute it counts as 0, so that 0 was found as taken by itself. */
          vmm_device_set_number (VMM_DEVICE (controller), "@index",
                                 vmm_complete_find_controller (controllers, vmm_controller_get_kind (controller), 0)
                                 == controller ? 0 : index);
        }

      if (g_strcmp0 (vmm_controller_get_kind (controller), "scsi") == 0 && vmm_controller_get_model (controller) == NULL)
        vmm_controller_set_model (controller, "virtio-scsi");
    }

  ensure_controller (domain, controllers, "pci", 0, is_q35 ? "pcie-root" : "pci-root");
  ensure_controller (domain, controllers, is_q35 ? "sata" : "ide", 0, NULL);

  for (guint i = 0; i < devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (devices, i);
      const char *type = vmm_device_get_address_type (device);
      guint index = MIN (vmm_device_get_number (device, "address@controller", 0), G_MAXUINT16);

      if (g_strcmp0 (type, "virtio-serial") == 0)
        ensure_controller (domain, controllers, "virtio-serial", index, NULL);
      else if (g_strcmp0 (type, "drive") == 0 && VMM_IS_DISK (device) && index < 256)
        ensure_controller (domain, controllers, vmm_disk_get_bus (VMM_DISK (device)), index,
                           g_strcmp0 (vmm_disk_get_bus (VMM_DISK (device)), "scsi") == 0 ? "virtio-scsi" : NULL);
    }

  return TRUE;
}
