/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-disk.h"

#include "vmm-device-private.h"
#include "vmm-xml.h"

VMM_DEFINE_DEVICE (VmmDisk, vmm_disk)

VMM_DEVICE_STRING (VmmDisk, vmm_disk, device, "@device")
VMM_DEVICE_STRING (VmmDisk, vmm_disk, kind, "@type")
VMM_DEVICE_STRING (VmmDisk, vmm_disk, target, "target@dev")
VMM_DEVICE_STRING (VmmDisk, vmm_disk, bus, "target@bus")
VMM_DEVICE_STRING (VmmDisk, vmm_disk, format, "driver@type")
VMM_DEVICE_STRING (VmmDisk, vmm_disk, cache, "driver@cache")
VMM_DEVICE_STRING (VmmDisk, vmm_disk, io, "driver@io")
VMM_DEVICE_STRING (VmmDisk, vmm_disk, discard, "driver@discard")
VMM_DEVICE_STRING (VmmDisk, vmm_disk, detect_zeroes, "driver@detect_zeroes")
VMM_DEVICE_STRING (VmmDisk, vmm_disk, error_policy, "driver@error_policy")
VMM_DEVICE_STRING (VmmDisk, vmm_disk, rerror_policy, "driver@rerror_policy")
VMM_DEVICE_STRING (VmmDisk, vmm_disk, serial, "serial")

gboolean
vmm_disk_is_read_only (VmmDisk *self)
{
  return vmm_device_has (VMM_DEVICE (self), "readonly") || g_strcmp0 (vmm_disk_get_device (self), "cdrom") == 0;
}

gboolean
vmm_disk_is_shareable (VmmDisk *self)
{
  return vmm_device_has (VMM_DEVICE (self), "shareable");
}

/* Returns: (transfer none) (nullable): the path of its file or block device */
const char *
vmm_disk_get_source_file (VmmDisk *self)
{
  const char *attribute = g_strcmp0 (vmm_disk_get_kind (self), "block") == 0 ? "source@dev" : "source@file";
  const char *path = vmm_device_get (VMM_DEVICE (self), attribute);

  return path != NULL && path[0] != '\0' ? path : NULL;
}

/**
 * vmm_disk_set_source_file:
 * @path: (nullable): absolute path of an image, or %NULL to take the medium out
 *
 * The disk becomes one of type "file" if it has another type.
 */
void
vmm_disk_set_source_file (VmmDisk    *self,
                          const char *path)
{
  VmmDevice *device = VMM_DEVICE (self);

  if (path == NULL)
    {
      vmm_device_set (device, "source", NULL);
      return;
    }

  if (g_strcmp0 (vmm_disk_get_source_file (self), path) == 0)
    return;

  if (g_strcmp0 (vmm_disk_get_kind (self), "file") != 0)
    {
      vmm_device_set (device, "source", NULL);
      vmm_disk_set_kind (self, "file");
    }

  vmm_device_set (device, "source@file", path);
}

/**
 * vmm_disk_get_backing_store:
 * @above: (nullable): a <backingStore> of this disk, or %NULL for the first
 *
 * Returns: (transfer none) (nullable): the next <backingStore> below; %NULL at the end of the chain,
 *   which an empty element marks as well
 */
xmlNode *
vmm_disk_get_backing_store (VmmDisk       *self,
                            const xmlNode *above)
{
  xmlNode *node = vmm_xml_get_child (above != NULL ? above : vmm_device_get_node (VMM_DEVICE (self)), "backingStore");

  return node != NULL && vmm_xml_get_child (node, "source") != NULL ? node : NULL;
}
