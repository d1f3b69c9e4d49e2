/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-controller.h"

#include "vmm-device-private.h"

VMM_DEFINE_DEVICE (VmmController, vmm_controller)

VMM_DEVICE_STRING (VmmController, vmm_controller, kind, "@type")
VMM_DEVICE_STRING (VmmController, vmm_controller, model, "@model")

/* Returns: its index among controllers of its type; 0 if it has none */
guint
vmm_controller_get_index (VmmController *self)
{
  return MIN (vmm_device_get_number (VMM_DEVICE (self), "@index", 0), G_MAXUINT16);
}

gboolean
vmm_controller_has_index (VmmController *self)
{
  return vmm_device_has (VMM_DEVICE (self), "@index");
}
