/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-command-line-private.h"

/* What a model of the document is called in QEMU, if it is another name. */
typedef struct
{
  const char *model;
  const char *driver;
} Driver;

static const Driver pci_drivers[] = {
  { "pcie-root-port", "pcie-root-port" },
  { "pcie-to-pci-bridge", "pcie-pci-bridge" },
  { "dmi-to-pci-bridge", "i82801b11-bridge" },
  { "pci-bridge", "pci-bridge" },
  { NULL }
};

static const Driver usb_drivers[] = {
  { "qemu-xhci", "qemu-xhci" },
  { "nec-xhci", "nec-usb-xhci" },
  { "piix3-uhci", "piix3-usb-uhci" },
  { "piix4-uhci", "piix4-usb-uhci" },
  { "ehci", "usb-ehci" },
  { "ich9-ehci1", "ich9-usb-ehci1" },
  { "ich9-uhci1", "ich9-usb-uhci1" },
  { "ich9-uhci2", "ich9-usb-uhci2" },
  { "ich9-uhci3", "ich9-usb-uhci3" },
  { "vt82c686b-uhci", "vt82c686b-usb-uhci" },
  { NULL }
};

static const Driver scsi_drivers[] = {
  { "virtio-scsi", "virtio-scsi-pci" },
  { "virtio-transitional", "virtio-scsi-pci-transitional" },
  { "virtio-non-transitional", "virtio-scsi-pci-non-transitional" },
  { "lsilogic", "lsi53c895a" },
  { NULL }
};

static const char *
find_driver (const Driver *drivers,
             const char   *model)
{
  for (; drivers->model != NULL; drivers++)
    if (g_strcmp0 (drivers->model, model) == 0)
      return drivers->driver;

  return NULL;
}

static gint
compare_index (gconstpointer a,
               gconstpointer b)
{
  VmmController *first = *(VmmController **) a;
  VmmController *second = *(VmmController **) b;
  gint order = (gint) vmm_controller_get_index (first) - (gint) vmm_controller_get_index (second);

  /* Companions of an EHCI controller come after it. */
  if (order == 0)
    order = vmm_device_has (VMM_DEVICE (first), "master@startport") -
            vmm_device_has (VMM_DEVICE (second), "master@startport");

  return order;
}

static void
set_number (JsonObject *device,
            const char *property,
            VmmDevice  *view,
            const char *path)
{
  if (vmm_device_has (view, path))
    json_object_set_int_member (device, property, vmm_device_get_number (view, path, 0));
}

static void
set_pci_properties (VmmDevice  *view,
                    JsonObject *device,
                    const char *model)
{
  if (strcmp (model, "pcie-root-port") == 0)
    {
      set_number (device, "port", view, "target@port");
      set_number (device, "chassis", view, "target@chassis");

      if (g_strcmp0 (vmm_device_get (view, "target@hotplug"), "off") == 0)
        json_object_set_boolean_member (device, "hotplug", FALSE);
    }
  else if (strcmp (model, "pci-bridge") == 0)
    {
      json_object_set_int_member (device, "chassis_nr",
                                  vmm_device_get_number (view, "target@chassisNr",
                                                         vmm_controller_get_index (VMM_CONTROLLER (view))));
    }
}

static void
set_usb_properties (VmmBuilder *builder,
                    VmmDevice  *view,
                    JsonObject *device,
                    const char *model)
{
  if (g_str_has_suffix (model, "xhci") && vmm_device_has (view, "@ports"))
    {
      set_number (device, "p2", view, "@ports");
      set_number (device, "p3", view, "@ports");
    }

  if (vmm_device_has (view, "master@startport"))
    {
      g_autoptr(VmmController) master = vmm_builder_find_controller (builder, "usb",
                                                                     vmm_controller_get_index (VMM_CONTROLLER (view)));
      g_autofree char *bus = g_strconcat (vmm_device_get_alias (VMM_DEVICE (master)), ".0", NULL);

      json_object_set_string_member (device, "masterbus", bus);
      set_number (device, "firstport", view, "master@startport");
      json_object_remove_member (device, "id");
    }
}

/* Whether the board brings it, so that nothing is to be added. */
static gboolean
is_of_board (VmmBuilder    *builder,
             VmmController *controller)
{
  const char *kind = vmm_controller_get_kind (controller);
  const char *model = vmm_controller_get_model (controller);

  if (strcmp (kind, "pci") == 0)
    return g_strcmp0 (model, "pcie-root") == 0 || g_strcmp0 (model, "pci-root") == 0;

  if (strcmp (kind, "usb") == 0)
    return g_strcmp0 (model, "none") == 0;

  if (strcmp (kind, "fdc") == 0)
    return !builder->is_q35;

  return vmm_controller_get_index (controller) == 0 &&
         strcmp (kind, builder->is_q35 ? "sata" : "ide") == 0;
}

static const char *
driver_for (VmmController  *controller,
            const char    **models,
            GError        **error)
{
  const char *kind = vmm_controller_get_kind (controller);
  const char *model = vmm_controller_get_model (controller);
  const char *driver = NULL;

  if (strcmp (kind, "pci") == 0)
    driver = find_driver (pci_drivers, model), *models = "pcie-root-port, pcie-to-pci-bridge and pci-bridge work";
  else if (strcmp (kind, "usb") == 0)
    driver = find_driver (usb_drivers, model), *models = "qemu-xhci works";
  else if (strcmp (kind, "scsi") == 0)
    driver = find_driver (scsi_drivers, model), *models = "virtio-scsi works";
  else if (strcmp (kind, "virtio-serial") == 0)
    driver = "virtio-serial-pci";
  else if (strcmp (kind, "sata") == 0)
    driver = "ich9-ahci";
  else if (strcmp (kind, "fdc") == 0)
    driver = "isa-fdc";

  if (driver == NULL)
    vmm_builder_refuse (VMM_DEVICE (controller), kind, model, *models, error);

  return driver;
}

static gboolean
add_controller (VmmBuilder     *builder,
                VmmController  *controller,
                GError        **error)
{
  VmmDevice *view = VMM_DEVICE (controller);
  const char *kind = vmm_controller_get_kind (controller);
  const char *model = vmm_controller_get_model (controller);
  const char *models = "sata, scsi and virtio work";
  const char *driver;
  g_autoptr(JsonObject) device = NULL;

  if (kind == NULL)
    return vmm_builder_refuse (view, "type", NULL, "pci, usb, scsi, sata and virtio-serial work", error);

  if (is_of_board (builder, controller))
    return TRUE;

  driver = driver_for (controller, &models, error);

  if (driver == NULL)
    return FALSE;

  if (vmm_device_has (view, "master@startport") && vmm_device_get_alias (view) == NULL)
    {
      device = json_object_new ();
      json_object_set_string_member (device, "driver", driver);
    }
  else
    {
      device = vmm_builder_new_device (builder, view, driver, error);
    }

  if (device == NULL)
    return FALSE;

  if (strcmp (kind, "pci") == 0)
    set_pci_properties (view, device, model);
  else if (strcmp (kind, "usb") == 0)
    set_usb_properties (builder, view, device, model);
  else if (strcmp (kind, "virtio-serial") == 0)
    {
      set_number (device, "max_ports", view, "@ports");
      set_number (device, "vectors", view, "@vectors");
    }
  else if (strcmp (kind, "scsi") == 0)
    set_number (device, "num_queues", view, "driver@queues");

  if (strcmp (kind, "fdc") != 0 && !vmm_builder_set_pci (builder, device, view, error))
    return FALSE;

  return vmm_builder_add_device (builder, g_steal_pointer (&device), error);
}

/* Buses first: QEMU makes devices in this order, and a port may sit on another one. */
gboolean
vmm_builder_add_controllers (VmmBuilder  *builder,
                             GError     **error)
{
  g_autoptr(GPtrArray) controllers = vmm_domain_list_controllers (builder->domain);

  g_ptr_array_sort (controllers, compare_index);

  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < controllers->len; i++)
      {
        VmmController *controller = g_ptr_array_index (controllers, i);
        gboolean is_pci = g_strcmp0 (vmm_controller_get_kind (controller), "pci") == 0;

        if (is_pci == (pass == 0) && !add_controller (builder, controller, error))
          return FALSE;
      }

  return TRUE;
}
