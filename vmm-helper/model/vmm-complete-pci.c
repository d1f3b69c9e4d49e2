/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-complete-private.h"
#include "vmm-error.h"
#include "vmm-xml.h"

/*
 * The plan of q35's root bus: 00 host bridge, 01 video, 02-0f other integrated devices, 10-17 root
 * ports with 8 functions each, 18-1c and 1e more integrated devices, 1d USB, 1f the chipset. Every
 * PCI Express device has a root port to itself, so that it can be unplugged. i440fx: 00 host bridge,
 * 01 the chipset, 02 video, others from 03.
 */
#define FIRST_PORT_SLOT 0x10
#define LAST_PORT_SLOT 0x17
#define USB_SLOT 0x1d
#define SPARE_PORTS 4

typedef enum
{
  PLACE_NONE,        /* not a PCI device, or the chipset's own */
  PLACE_PORT,        /* PCI Express: a root port of its own */
  PLACE_INTEGRATED,  /* conventional PCI: a slot of the root bus */
  PLACE_VIDEO,
  PLACE_USB,
} Place;

typedef struct
{
  VmmDomain  *domain;
  GPtrArray  *devices;
  gboolean    is_q35;
  GHashTable *taken;     /* bus << 16 | slot << 8 | function -> VmmDevice, or NULL for the chipset */
} Plan;

static gpointer
key_of (guint bus,
        guint slot,
        guint function)
{
  return GUINT_TO_POINTER (bus << 16 | slot << 8 | function);
}

static Place
place_of_controller (VmmController *controller,
                     gboolean       is_q35)
{
  const char *kind = vmm_controller_get_kind (controller);
  const char *model = vmm_controller_get_model (controller);
  guint index = vmm_controller_get_index (controller);

  if (g_strcmp0 (kind, "virtio-serial") == 0)
    return PLACE_PORT;

  if (g_strcmp0 (kind, "scsi") == 0)
    return model == NULL || g_str_has_prefix (model, "virtio") ? PLACE_PORT : PLACE_INTEGRATED;

  if (g_strcmp0 (kind, "sata") == 0)
    return is_q35 && index == 0 ? PLACE_NONE : PLACE_INTEGRATED;

  if (g_strcmp0 (kind, "usb") == 0)
    {
      if (g_strcmp0 (model, "none") == 0)
        return PLACE_NONE;

      return model != NULL && g_str_has_suffix (model, "xhci") ? PLACE_USB : PLACE_INTEGRATED;
    }

  if (g_strcmp0 (kind, "pci") == 0)
    {
      if (g_strcmp0 (model, "pcie-to-pci-bridge") == 0)
        return PLACE_PORT;

      if (g_strcmp0 (model, "pci-bridge") == 0 || g_strcmp0 (model, "dmi-to-pci-bridge") == 0)
        return PLACE_INTEGRATED;
    }

  return PLACE_NONE;
}

static Place
place_of (VmmDevice *device,
          gboolean   is_q35)
{
  const char *element = vmm_device_get_element (device);

  if (VMM_IS_CONTROLLER (device))
    return place_of_controller (VMM_CONTROLLER (device), is_q35);

  if (VMM_IS_DISK (device))
    return g_strcmp0 (vmm_disk_get_bus (VMM_DISK (device)), "virtio") == 0 ? PLACE_PORT : PLACE_NONE;

  if (VMM_IS_INTERFACE (device))
    {
      const char *model = vmm_interface_get_model (VMM_INTERFACE (device));

      return g_str_has_prefix (model, "virtio") || g_str_equal (model, "e1000e") ? PLACE_PORT : PLACE_INTEGRATED;
    }

  if (VMM_IS_VIDEO (device))
    {
      const char *model = vmm_video_get_model (VMM_VIDEO (device));

      return g_strcmp0 (model, "none") == 0 || g_strcmp0 (model, "ramfb") == 0 ? PLACE_NONE : PLACE_VIDEO;
    }

  if (VMM_IS_INPUT (device))
    return g_strcmp0 (vmm_input_get_bus (VMM_INPUT (device)), "virtio") == 0 ? PLACE_PORT : PLACE_NONE;

  if (VMM_IS_RNG (device))
    return PLACE_PORT;

  if (VMM_IS_MEMBALLOON (device))
    return g_strcmp0 (vmm_memballoon_get_model (VMM_MEMBALLOON (device)), "none") == 0 ? PLACE_NONE : PLACE_PORT;

  if (VMM_IS_CHAR_DEV (device))
    return g_strcmp0 (vmm_char_dev_get_target_type (VMM_CHAR_DEV (device)), "pci-serial") == 0 ? PLACE_INTEGRATED
                                                                                              : PLACE_NONE;

  if (strcmp (element, "sound") == 0)
    {
      const char *model = vmm_device_get (device, "@model");

      return model != NULL && (g_str_has_prefix (model, "ich") || g_str_equal (model, "ac97") ||
                               g_str_equal (model, "es1370")) ? PLACE_INTEGRATED : PLACE_NONE;
    }

  if (strcmp (element, "watchdog") == 0)
    return g_strcmp0 (vmm_device_get (device, "@model"), "i6300esb") == 0 ? PLACE_INTEGRATED : PLACE_NONE;

  return PLACE_NONE;
}

static gboolean
claim (Plan                 *plan,
       VmmDevice            *device,
       const VmmPciAddress  *address,
       GError              **error)
{
  gpointer key = key_of (address->bus, address->slot, address->function);
  g_autofree char *mine = NULL;
  g_autofree char *theirs = NULL;
  gpointer other;

  if (!g_hash_table_lookup_extended (plan->taken, key, NULL, &other))
    {
      g_hash_table_insert (plan->taken, key, device);
      return TRUE;
    }

  /* The chipset's devices have been given their places just before. */
  if (other == device)
    return TRUE;

  mine = vmm_device_dup_description (device);
  theirs = other != NULL ? vmm_device_dup_description (other) : g_strdup ("the chipset");
  g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
               "The PCI address %04x:%02x:%02x.%x is used by both %s and %s; remove one of the addresses",
               address->domain, address->bus, address->slot, address->function, theirs, mine);

  return FALSE;
}

static gboolean
claim_existing (Plan    *plan,
                GError **error)
{
  g_hash_table_insert (plan->taken, key_of (0, 0, 0), NULL);
  g_hash_table_insert (plan->taken, key_of (0, plan->is_q35 ? 0x1f : 0x01, 0), NULL);

  for (guint i = 0; i < plan->devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (plan->devices, i);
      VmmPciAddress address;

      if (vmm_device_get_pci_address (device, &address) && !claim (plan, device, &address, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
is_slot_free (Plan  *plan,
              guint  bus,
              guint  slot)
{
  for (guint function = 0; function < 8; function++)
    if (g_hash_table_contains (plan->taken, key_of (bus, slot, function)))
      return FALSE;

  return TRUE;
}

static void
assign (Plan      *plan,
        VmmDevice *device,
        guint      bus,
        guint      slot,
        guint      function,
        gboolean   multifunction)
{
  VmmPciAddress address = { 0, bus, slot, function, multifunction };

  g_hash_table_insert (plan->taken, key_of (bus, slot, function), device);
  vmm_device_set_pci_address (device, &address);
}

static gboolean
is_port (VmmDevice *device)
{
  return VMM_IS_CONTROLLER (device) &&
         g_strcmp0 (vmm_controller_get_model (VMM_CONTROLLER (device)), "pcie-root-port") == 0;
}

/* Places in the slots of root ports: a further function only beside one that allows it. */
static gboolean
place_port (Plan       *plan,
            VmmDevice  *port,
            GError    **error)
{
  for (guint slot = FIRST_PORT_SLOT; slot <= LAST_PORT_SLOT; slot++)
    {
      VmmDevice *first = NULL;
      VmmPciAddress address;

      if (is_slot_free (plan, 0, slot))
        {
          assign (plan, port, 0, slot, 0, TRUE);
          return TRUE;
        }

      first = g_hash_table_lookup (plan->taken, key_of (0, slot, 0));

      if (first == NULL || !vmm_device_get_pci_address (first, &address) || !address.multifunction || !is_port (first))
        continue;

      for (guint function = 1; function < 8; function++)
        if (!g_hash_table_contains (plan->taken, key_of (0, slot, function)))
          {
            assign (plan, port, 0, slot, function, FALSE);
            return TRUE;
          }
    }

  g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
               "There is no room for another PCI Express root port; remove some devices");

  return FALSE;
}

static guint
next_pci_index (Plan *plan)
{
  guint next = 1;

  for (guint i = 0; i < plan->devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (plan->devices, i);

      if (VMM_IS_CONTROLLER (device) && g_strcmp0 (vmm_controller_get_kind (VMM_CONTROLLER (device)), "pci") == 0)
        next = MAX (next, vmm_controller_get_index (VMM_CONTROLLER (device)) + 1);
    }

  return next;
}

static guint
next_chassis (Plan *plan)
{
  guint64 next = 1;

  for (guint i = 0; i < plan->devices->len; i++)
    next = MAX (next, vmm_device_get_number (g_ptr_array_index (plan->devices, i), "target@chassis", 0) + 1);

  return MIN (next, 255);
}

static void
complete_port_target (Plan      *plan,
                      VmmDevice *port)
{
  VmmPciAddress address;
  g_autofree char *number = NULL;

  if (!vmm_device_get_pci_address (port, &address))
    return;

  number = g_strdup_printf ("0x%x", address.slot << 3 | address.function);

  if (!vmm_device_has (port, "target@chassis"))
    vmm_device_set_number (port, "target@chassis", next_chassis (plan));

  if (!vmm_device_has (port, "target@port"))
    vmm_device_set (port, "target@port", number);
}

static VmmDevice *
add_port (Plan    *plan,
          guint    index,
          GError **error)
{
  VmmDevice *port = VMM_DEVICE (vmm_complete_add_controller (plan->domain, "pci", index, "pcie-root-port"));

  g_ptr_array_add (plan->devices, port);

  if (!place_port (plan, port, error))
    return NULL;

  complete_port_target (plan, port);

  return port;
}

static VmmDevice *
find_free_port (Plan *plan)
{
  for (guint i = 0; i < plan->devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (plan->devices, i);

      if (is_port (device) && is_slot_free (plan, vmm_controller_get_index (VMM_CONTROLLER (device)), 0))
        return device;
    }

  return NULL;
}

static gboolean
place_on_port (Plan       *plan,
               VmmDevice  *device,
               GError    **error)
{
  VmmDevice *port = find_free_port (plan);

  if (port == NULL)
    port = add_port (plan, next_pci_index (plan), error);

  if (port == NULL)
    return FALSE;

  assign (plan, device, vmm_controller_get_index (VMM_CONTROLLER (port)), 0, 0, FALSE);

  return TRUE;
}

static gboolean
place_integrated (Plan       *plan,
                  VmmDevice  *device,
                  GError    **error)
{
  g_autofree char *description = NULL;

  for (guint slot = plan->is_q35 ? 0x02 : 0x03; slot <= 0x1e; slot++)
    {
      if (plan->is_q35 && ((slot >= FIRST_PORT_SLOT && slot <= LAST_PORT_SLOT) || slot == USB_SLOT))
        continue;

      if (is_slot_free (plan, 0, slot))
        {
          assign (plan, device, 0, slot, 0, FALSE);
          return TRUE;
        }
    }

  description = vmm_device_dup_description (device);
  g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "There is no free PCI slot for %s; %s", description,
               plan->is_q35 ? "virtio models have more" : "a q35 machine has more");

  return FALSE;
}

static gboolean
place (Plan       *plan,
       VmmDevice  *device,
       GError    **error)
{
  Place wanted = place_of (device, plan->is_q35);
  guint video_slot = plan->is_q35 ? 0x01 : 0x02;

  if (wanted == PLACE_VIDEO && is_slot_free (plan, 0, video_slot))
    assign (plan, device, 0, video_slot, 0, FALSE);
  else if (wanted == PLACE_USB && plan->is_q35 && is_slot_free (plan, 0, USB_SLOT))
    assign (plan, device, 0, USB_SLOT, 0, FALSE);
  else if (plan->is_q35 && (wanted == PLACE_PORT || wanted == PLACE_USB))
    return place_on_port (plan, device, error);
  else
    return place_integrated (plan, device, error);

  return TRUE;
}

/* The functions of the chipset that are devices of the document. */
static void
assign_chipset (Plan *plan)
{
  for (guint i = 0; i < plan->devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (plan->devices, i);
      const char *kind;

      if (!VMM_IS_CONTROLLER (device) || vmm_device_get_address_type (device) != NULL ||
          vmm_controller_get_index (VMM_CONTROLLER (device)) != 0)
        continue;

      kind = vmm_controller_get_kind (VMM_CONTROLLER (device));

      if (plan->is_q35 && g_strcmp0 (kind, "sata") == 0)
        assign (plan, device, 0, 0x1f, 2, FALSE);
      else if (!plan->is_q35 && g_strcmp0 (kind, "ide") == 0)
        assign (plan, device, 0, 0x01, 1, FALSE);
      else if (!plan->is_q35 && g_strcmp0 (kind, "usb") == 0 &&
               g_strcmp0 (vmm_controller_get_model (VMM_CONTROLLER (device)), "piix3-uhci") == 0)
        assign (plan, device, 0, 0x01, 2, FALSE);
    }
}

/* Root ports and bridges that the document has without a place, or whose devices alone it has. */
static gboolean
complete_buses (Plan    *plan,
                GError **error)
{
  for (guint i = 0; i < plan->devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (plan->devices, i);
      VmmPciAddress address;

      if (is_port (device) && !vmm_device_get_pci_address (device, &address) && !place_port (plan, device, error))
        return FALSE;

      if (is_port (device))
        complete_port_target (plan, device);
    }

  for (guint i = 0; i < plan->devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (plan->devices, i);
      VmmPciAddress address;

      if (!vmm_device_get_pci_address (device, &address) || address.bus == 0 ||
          vmm_complete_find_controller (plan->devices, "pci", address.bus) != NULL)
        continue;

      if (!plan->is_q35)
        {
          g_autofree char *description = vmm_device_dup_description (device);

          g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                       "The PCI bus %u of %s does not exist; add a controller of type “pci” with this index",
                       address.bus, description);
          return FALSE;
        }

      if (add_port (plan, address.bus, error) == NULL)
        return FALSE;
    }

  return TRUE;
}

static gboolean
add_spare_ports (Plan    *plan,
                 GError **error)
{
  guint spare = 0;

  for (guint i = 0; i < plan->devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (plan->devices, i);

      spare += is_port (device) && is_slot_free (plan, vmm_controller_get_index (VMM_CONTROLLER (device)), 0);
    }

  for (; spare < SPARE_PORTS; spare++)
    if (add_port (plan, next_pci_index (plan), error) == NULL)
      return FALSE;

  return TRUE;
}

static gboolean
place_all (Plan    *plan,
           GError **error)
{
  /* add_port() lengthens the list; what it adds has its place. */
  for (guint i = 0; i < plan->devices->len; i++)
    {
      VmmDevice *device = g_ptr_array_index (plan->devices, i);
      const char *type = vmm_device_get_address_type (device);
      VmmPciAddress address;

      if (place_of (device, plan->is_q35) == PLACE_NONE || vmm_device_get_pci_address (device, &address) ||
          (type != NULL && strcmp (type, "pci") != 0))
        continue;

      if (!place (plan, device, error))
        return FALSE;
    }

  return TRUE;
}

/* PCI addresses, root ports and spare ones. */
gboolean
vmm_complete_pci (VmmDomain  *domain,
                  GError    **error)
{
  g_autoptr(GPtrArray) devices = vmm_domain_list_devices (domain, NULL);
  g_autoptr(GHashTable) taken = g_hash_table_new (NULL, NULL);
  Plan plan = { domain, devices, vmm_domain_is_q35 (domain), taken };

  assign_chipset (&plan);

  return claim_existing (&plan, error) &&
         complete_buses (&plan, error) &&
         place_all (&plan, error) &&
         (!plan.is_q35 || add_spare_ports (&plan, error));
}
