/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-command-line-private.h"

static const char *
driver_for (const char *model)
{
  static const char *const drivers[][2] = {
    { "virtio", "virtio-net-pci" },
    { "virtio-transitional", "virtio-net-pci-transitional" },
    { "virtio-non-transitional", "virtio-net-pci-non-transitional" },
    { "e1000e", "e1000e" },
    { "e1000", "e1000" },
    { "rtl8139", "rtl8139" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (drivers); i++)
    if (g_strcmp0 (drivers[i][0], model) == 0)
      return drivers[i][1];

  return NULL;
}

/* QEMU's own user networking, with the forwards that the definition asks for. */
static void
set_slirp (VmmInterface *interface,
           JsonObject   *netdev)
{
  g_autoptr(GArray) forwards = vmm_interface_list_port_forwards (interface);
  JsonArray *rules;

  json_object_set_string_member (netdev, "type", "user");

  if (forwards->len == 0)
    return;

  rules = json_array_new ();

  for (guint i = 0; i < forwards->len; i++)
    {
      const VmmPortForward *forward = &g_array_index (forwards, VmmPortForward, i);

      for (guint port = forward->start; port <= forward->end; port++)
        {
          JsonObject *rule = json_object_new ();
          g_autofree char *text = g_strdup_printf ("%s:%s:%u-:%u", forward->protocol,
                                                   forward->address != NULL ? forward->address : "", port,
                                                   forward->to + (port - forward->start));

          json_object_set_string_member (rule, "str", text);
          json_array_add_object_element (rules, rule);
        }
    }

  json_object_set_array_member (netdev, "hostfwd", rules);
}

static void
set_passt (VmmBuilder *builder,
           JsonObject *netdev,
           const char *alias)
{
  JsonObject *address = json_object_new ();
  g_autofree char *number = g_strdup_printf ("%d", vmm_builder_take_fd (builder, VMM_FD_SLOT_PASST, alias));

  json_object_set_string_member (address, "type", "fd");
  json_object_set_string_member (address, "str", number);
  json_object_set_string_member (netdev, "type", "stream");
  json_object_set_object_member (netdev, "addr", address);
  json_object_set_boolean_member (netdev, "server", FALSE);
}

static gboolean
add_interface (VmmBuilder    *builder,
               VmmInterface  *interface,
               GError       **error)
{
  VmmDevice *view = VMM_DEVICE (interface);
  const char *kind = vmm_interface_get_kind (interface);
  const char *model = vmm_interface_get_model (interface);
  const char *alias = vmm_builder_get_id (view, error);
  const char *driver = driver_for (model);
  g_autoptr(JsonObject) device = NULL;
  g_autofree char *id = NULL;
  JsonObject *netdev;

  if (alias == NULL)
    return FALSE;

  if (g_strcmp0 (kind, "user") != 0)
    return vmm_builder_refuse (view, "type", kind, "“user” works", error);

  if (driver == NULL)
    return vmm_builder_refuse (view, "model", model, "virtio, e1000e, e1000 and rtl8139 work", error);

  id = g_strconcat ("host", alias, NULL);
  netdev = json_object_new ();

  if (builder->options->use_passt && vmm_capabilities_has_feature (builder->capabilities, "netdev-stream"))
    set_passt (builder, netdev, alias);
  else
    set_slirp (interface, netdev);

  json_object_set_string_member (netdev, "id", id);
  vmm_builder_add_json (builder, "-netdev", netdev);

  device = vmm_builder_new_device (builder, view, driver, error);

  if (device == NULL || !vmm_builder_set_pci (builder, device, view, error))
    return FALSE;

  json_object_set_string_member (device, "netdev", id);
  json_object_set_string_member (device, "mac", vmm_interface_get_mac (interface));
  vmm_builder_set_boot_index (builder, device, view);

  return vmm_builder_add_device (builder, g_steal_pointer (&device), error);
}

gboolean
vmm_builder_add_interfaces (VmmBuilder  *builder,
                            GError     **error)
{
  g_autoptr(GPtrArray) interfaces = vmm_domain_list_interfaces (builder->domain);

  for (guint i = 0; i < interfaces->len; i++)
    if (!add_interface (builder, interfaces->pdata[i], error))
      return FALSE;

  return TRUE;
}
