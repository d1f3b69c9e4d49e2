/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-memballoon.h"

#include "vmm-device-private.h"

VMM_DEFINE_DEVICE (VmmMemballoon, vmm_memballoon)

VMM_DEVICE_STRING (VmmMemballoon, vmm_memballoon, model, "@model")

gboolean
vmm_memballoon_deflates_on_oom (VmmMemballoon *self)
{
  return g_strcmp0 (vmm_device_get (VMM_DEVICE (self), "@autodeflate"), "on") == 0;
}

gboolean
vmm_memballoon_reports_free_pages (VmmMemballoon *self)
{
  return g_strcmp0 (vmm_device_get (VMM_DEVICE (self), "@freePageReporting"), "on") == 0;
}
