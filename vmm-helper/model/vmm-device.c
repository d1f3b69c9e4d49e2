/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-device-private.h"

#include "vmm-domain.h"
#include "vmm-number.h"
#include "vmm-xml.h"

typedef struct
{
  VmmDomain *domain;
  xmlNode   *node;     /* owned by the domain, also once it is removed */
} VmmDevicePrivate;

G_DEFINE_TYPE_WITH_PRIVATE (VmmDevice, vmm_device, G_TYPE_OBJECT)

static VmmDevicePrivate *
get_private (VmmDevice *self)
{
  return vmm_device_get_instance_private (self);
}

static void
vmm_device_dispose (GObject *object)
{
  g_clear_object (&get_private (VMM_DEVICE (object))->domain);

  G_OBJECT_CLASS (vmm_device_parent_class)->dispose (object);
}

static void
vmm_device_class_init (VmmDeviceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vmm_device_dispose;
}

static void
vmm_device_init (VmmDevice *self)
{
}

VmmDevice *
vmm_device_new (GType      type,
                VmmDomain *domain,
                xmlNode   *node)
{
  VmmDevice *self = g_object_new (type, NULL);
  VmmDevicePrivate *priv = get_private (self);

  priv->domain = g_object_ref (domain);
  priv->node = node;

  return self;
}

/* Returns: (transfer none): the domain it belongs to */
VmmDomain *
vmm_device_get_domain (VmmDevice *self)
{
  g_return_val_if_fail (VMM_IS_DEVICE (self), NULL);

  return get_private (self)->domain;
}

/* Returns: (transfer none): its element */
xmlNode *
vmm_device_get_node (VmmDevice *self)
{
  g_return_val_if_fail (VMM_IS_DEVICE (self), NULL);

  return get_private (self)->node;
}

/* Returns: (transfer none): its element's name, such as "disk" */
const char *
vmm_device_get_element (VmmDevice *self)
{
  return (const char *) vmm_device_get_node (self)->name;
}

/**
 * vmm_device_get:
 * @path: as for vmm_xml_get(), from the device's element
 *
 * Returns: (transfer none) (nullable): the value, valid until it is changed
 */
const char *
vmm_device_get (VmmDevice  *self,
                const char *path)
{
  return vmm_xml_get (vmm_device_get_node (self), path);
}

/* Returns: the number at @path, decimal or with "0x"; @fallback if there is none */
guint64
vmm_device_get_number (VmmDevice  *self,
                       const char *path,
                       guint64     fallback)
{
  guint64 number;

  return vmm_number_parse (vmm_device_get (self, path), &number) ? number : fallback;
}

gboolean
vmm_device_has (VmmDevice  *self,
                const char *path)
{
  return vmm_device_get (self, path) != NULL;
}

/**
 * vmm_device_set:
 * @path: as for vmm_xml_get(), from the device's element
 * @value: (nullable): %NULL removes the attribute or element
 */
void
vmm_device_set (VmmDevice  *self,
                const char *path,
                const char *value)
{
  vmm_domain_set_value (vmm_device_get_domain (self), vmm_device_get_node (self), path, value);
}

void
vmm_device_set_number (VmmDevice  *self,
                       const char *path,
                       guint64     value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);

  vmm_device_set (self, path, text);
}

/* Returns: (transfer none) (nullable): QEMU's id of the device */
const char *
vmm_device_get_alias (VmmDevice *self)
{
  return vmm_device_get (self, "alias@name");
}

void
vmm_device_set_alias (VmmDevice  *self,
                      const char *alias)
{
  vmm_device_set (self, "alias@name", alias);
}

/* Returns: its place in the boot order, from 1; 0 if it has none of its own */
guint
vmm_device_get_boot_order (VmmDevice *self)
{
  return MIN (vmm_device_get_number (self, "boot@order", 0), G_MAXUINT);
}

void
vmm_device_set_boot_order (VmmDevice *self,
                           guint      order)
{
  if (order == 0)
    vmm_device_set (self, "boot", NULL);
  else
    vmm_device_set_number (self, "boot@order", order);
}

/* Returns: (transfer none) (nullable): "pci", "drive", "usb", …; %NULL if it has no address */
const char *
vmm_device_get_address_type (VmmDevice *self)
{
  return vmm_device_get (self, "address@type");
}

/* Returns: whether it has a PCI address whose slot is given */
gboolean
vmm_device_get_pci_address (VmmDevice     *self,
                            VmmPciAddress *address)
{
  if (g_strcmp0 (vmm_device_get_address_type (self), "pci") != 0 || !vmm_device_has (self, "address@slot"))
    return FALSE;

  address->domain = MIN (vmm_device_get_number (self, "address@domain", 0), G_MAXUINT16);
  address->bus = MIN (vmm_device_get_number (self, "address@bus", 0), G_MAXUINT16);
  address->slot = MIN (vmm_device_get_number (self, "address@slot", 0), G_MAXUINT16);
  address->function = MIN (vmm_device_get_number (self, "address@function", 0), G_MAXUINT16);
  address->multifunction = g_strcmp0 (vmm_device_get (self, "address@multifunction"), "on") == 0;

  return TRUE;
}

void
vmm_device_set_pci_address (VmmDevice           *self,
                            const VmmPciAddress *address)
{
  g_autofree char *domain = g_strdup_printf ("0x%04x", address->domain);
  g_autofree char *bus = g_strdup_printf ("0x%02x", address->bus);
  g_autofree char *slot = g_strdup_printf ("0x%02x", address->slot);
  g_autofree char *function = g_strdup_printf ("0x%x", address->function);

  vmm_device_set (self, "address@type", "pci");
  vmm_device_set (self, "address@domain", domain);
  vmm_device_set (self, "address@bus", bus);
  vmm_device_set (self, "address@slot", slot);
  vmm_device_set (self, "address@function", function);

  if (address->multifunction)
    vmm_device_set (self, "address@multifunction", "on");
}
