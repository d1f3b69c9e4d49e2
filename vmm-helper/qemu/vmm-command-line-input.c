/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-command-line-private.h"

static const char *
driver_for (const char *kind,
            const char *bus)
{
  static const char *const drivers[][3] = {
    /* type, on usb, on virtio */
    { "tablet", "usb-tablet", "virtio-tablet-pci" },
    { "mouse", "usb-mouse", "virtio-mouse-pci" },
    { "keyboard", "usb-kbd", "virtio-keyboard-pci" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (drivers); i++)
    {
      if (g_strcmp0 (drivers[i][0], kind) != 0)
        continue;

      if (strcmp (bus, "usb") == 0)
        return drivers[i][1];

      return strcmp (bus, "virtio") == 0 ? drivers[i][2] : NULL;
    }

  return NULL;
}

static gboolean
add_input (VmmBuilder  *builder,
           VmmInput    *input,
           GError     **error)
{
  VmmDevice *view = VMM_DEVICE (input);
  const char *kind = vmm_input_get_kind (input);
  const char *bus = vmm_input_get_bus (input);
  const char *driver;
  g_autoptr(JsonObject) device = NULL;

  if (bus == NULL)
    bus = g_strcmp0 (kind, "tablet") == 0 ? "usb" : "ps2";

  /* The board has a PS/2 mouse and keyboard of its own. */
  if (strcmp (bus, "ps2") == 0 && (g_strcmp0 (kind, "mouse") == 0 || g_strcmp0 (kind, "keyboard") == 0))
    return TRUE;

  driver = driver_for (kind, bus);

  if (driver == NULL)
    return vmm_builder_refuse (view, "type or bus of input", kind,
                               "tablet, mouse and keyboard work on usb and virtio", error);

  device = vmm_builder_new_device (builder, view, driver, error);

  if (device == NULL)
    return FALSE;

  if (strcmp (bus, "usb") == 0 ? !vmm_builder_set_usb (builder, device, view, error)
                               : !vmm_builder_set_pci (builder, device, view, error))
    return FALSE;

  return vmm_builder_add_device (builder, g_steal_pointer (&device), error);
}

gboolean
vmm_builder_add_inputs (VmmBuilder  *builder,
                        GError     **error)
{
  g_autoptr(GPtrArray) inputs = vmm_domain_list_inputs (builder->domain);

  for (guint i = 0; i < inputs->len; i++)
    if (!add_input (builder, inputs->pdata[i], error))
      return FALSE;

  return TRUE;
}
