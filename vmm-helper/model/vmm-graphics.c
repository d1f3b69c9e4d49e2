/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-graphics.h"

#include "vmm-device-private.h"

VMM_DEFINE_DEVICE (VmmGraphics, vmm_graphics)

VMM_DEVICE_STRING (VmmGraphics, vmm_graphics, kind, "@type")
VMM_DEVICE_STRING (VmmGraphics, vmm_graphics, listen_type, "listen@type")
VMM_DEVICE_STRING (VmmGraphics, vmm_graphics, keymap, "@keymap")
VMM_DEVICE_STRING (VmmGraphics, vmm_graphics, share_policy, "@sharePolicy")

/* Returns: (transfer none) (nullable): the address it listens on */
const char *
vmm_graphics_get_listen_address (VmmGraphics *self)
{
  const char *address = vmm_device_get (VMM_DEVICE (self), "listen@address");

  return address != NULL ? address : vmm_device_get (VMM_DEVICE (self), "@listen");
}

/* Returns: the TCP port it is to have; 0 if none is given */
guint
vmm_graphics_get_port (VmmGraphics *self)
{
  guint64 port = vmm_device_get_number (VMM_DEVICE (self), "@port", 0);

  return port <= G_MAXUINT16 ? port : 0;
}

/* Whether it is to listen on a TCP port that is free. */
gboolean
vmm_graphics_is_auto_port (VmmGraphics *self)
{
  return g_strcmp0 (vmm_device_get (VMM_DEVICE (self), "@autoport"), "yes") == 0 ||
         g_strcmp0 (vmm_device_get (VMM_DEVICE (self), "@port"), "-1") == 0;
}
