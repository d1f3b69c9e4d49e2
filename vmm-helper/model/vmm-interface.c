/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-interface.h"

#include "vmm-device-private.h"
#include "vmm-number.h"
#include "vmm-xml.h"

VMM_DEFINE_DEVICE (VmmInterface, vmm_interface)

VMM_DEVICE_STRING (VmmInterface, vmm_interface, kind, "@type")
VMM_DEVICE_STRING (VmmInterface, vmm_interface, mac, "mac@address")
VMM_DEVICE_STRING (VmmInterface, vmm_interface, model, "model@type")
VMM_DEVICE_STRING (VmmInterface, vmm_interface, source_network, "source@network")
VMM_DEVICE_STRING (VmmInterface, vmm_interface, source_bridge, "source@bridge")
VMM_DEVICE_STRING (VmmInterface, vmm_interface, backend, "backend@type")

static gboolean
parse_port (const char *text,
            guint16    *port)
{
  guint64 number;

  if (!vmm_number_parse (text, &number) || number == 0 || number > G_MAXUINT16)
    return FALSE;

  *port = number;

  return TRUE;
}

/**
 * vmm_interface_list_port_forwards:
 *
 * Returns: (transfer full) (element-type VmmPortForward): the <portForward> ranges that can be
 *   understood; the strings are lent
 */
GArray *
vmm_interface_list_port_forwards (VmmInterface *self)
{
  GArray *forwards = g_array_new (FALSE, FALSE, sizeof (VmmPortForward));
  xmlNode *node = vmm_xml_get_child (vmm_device_get_node (VMM_DEVICE (self)), "portForward");

  for (; node != NULL; node = vmm_xml_get_next_named (node))
    for (xmlNode *range = vmm_xml_get_child (node, "range"); range != NULL; range = vmm_xml_get_next_named (range))
      {
        VmmPortForward forward = { 0 };

        forward.protocol = vmm_xml_get_attribute (node, "proto");
        forward.address = vmm_xml_get_attribute (node, "address");

        if (forward.protocol == NULL || !parse_port (vmm_xml_get_attribute (range, "start"), &forward.start))
          continue;

        if (!parse_port (vmm_xml_get_attribute (range, "end"), &forward.end) || forward.end < forward.start)
          forward.end = forward.start;

        if (!parse_port (vmm_xml_get_attribute (range, "to"), &forward.to))
          forward.to = forward.start;

        g_array_append_val (forwards, forward);
      }

  return forwards;
}

gboolean
vmm_interface_is_link_down (VmmInterface *self)
{
  return g_strcmp0 (vmm_device_get (VMM_DEVICE (self), "link@state"), "down") == 0;
}
