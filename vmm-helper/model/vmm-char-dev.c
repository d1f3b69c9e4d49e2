/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-char-dev.h"

#include "vmm-device-private.h"

VMM_DEFINE_DEVICE (VmmCharDev, vmm_char_dev)

VMM_DEVICE_STRING (VmmCharDev, vmm_char_dev, kind, "@type")
VMM_DEVICE_STRING (VmmCharDev, vmm_char_dev, source_path, "source@path")
VMM_DEVICE_STRING (VmmCharDev, vmm_char_dev, source_mode, "source@mode")
VMM_DEVICE_STRING (VmmCharDev, vmm_char_dev, source_host, "source@host")
VMM_DEVICE_STRING (VmmCharDev, vmm_char_dev, source_service, "source@service")
VMM_DEVICE_STRING (VmmCharDev, vmm_char_dev, protocol, "protocol@type")
VMM_DEVICE_STRING (VmmCharDev, vmm_char_dev, target_type, "target@type")
VMM_DEVICE_STRING (VmmCharDev, vmm_char_dev, target_name, "target@name")
VMM_DEVICE_STRING (VmmCharDev, vmm_char_dev, log_file, "log@file")

/*
 * Whether it is a <console> that only says again what the first <serial> says: libvirt writes both
 * for one port.
 */
gboolean
vmm_char_dev_is_serial_twin (VmmCharDev *self)
{
  const char *type = vmm_char_dev_get_target_type (self);

  return g_str_equal (vmm_device_get_element (VMM_DEVICE (self)), "console") &&
         (type == NULL || g_str_equal (type, "serial"));
}

/* Whether its other end is the core's: a "pty", or a socket without a path of its own. */
gboolean
vmm_char_dev_is_served (VmmCharDev *self)
{
  const char *kind = vmm_char_dev_get_kind (self);

  return g_strcmp0 (kind, "pty") == 0 ||
         (g_strcmp0 (kind, "unix") == 0 && vmm_char_dev_get_source_path (self) == NULL);
}
