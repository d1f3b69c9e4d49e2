/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libxml/tree.h>

G_BEGIN_DECLS

#define VMM_TYPE_DEVICE (vmm_device_get_type ())

G_DECLARE_DERIVABLE_TYPE (VmmDevice, vmm_device, VMM, DEVICE, GObject)

typedef struct _VmmDomain VmmDomain;

/**
 * VmmDeviceClass:
 *
 * A device view: a domain and one element of it. Reading and writing a view reads and writes the
 * document; a view stays valid, if of no effect, after its element was removed.
 */
struct _VmmDeviceClass
{
  GObjectClass parent_class;
};

typedef struct
{
  guint     domain;
  guint     bus;       /* index of the PCI controller */
  guint     slot;
  guint     function;
  gboolean  multifunction;
} VmmPciAddress;

VmmDomain  *vmm_device_get_domain       (VmmDevice           *self);
xmlNode    *vmm_device_get_node         (VmmDevice           *self);
const char *vmm_device_get_element      (VmmDevice           *self);

const char *vmm_device_get              (VmmDevice           *self,
                                         const char          *path);
guint64     vmm_device_get_number       (VmmDevice           *self,
                                         const char          *path,
                                         guint64              fallback);
gboolean    vmm_device_has              (VmmDevice           *self,
                                         const char          *path);
void        vmm_device_set              (VmmDevice           *self,
                                         const char          *path,
                                         const char          *value);
void        vmm_device_set_number       (VmmDevice           *self,
                                         const char          *path,
                                         guint64              value);

const char *vmm_device_get_alias        (VmmDevice           *self);
void        vmm_device_set_alias        (VmmDevice           *self,
                                         const char          *alias);
guint       vmm_device_get_boot_order   (VmmDevice           *self);
void        vmm_device_set_boot_order   (VmmDevice           *self,
                                         guint                order);
const char *vmm_device_get_address_type (VmmDevice           *self);
gboolean    vmm_device_get_pci_address  (VmmDevice           *self,
                                         VmmPciAddress       *address);
void        vmm_device_set_pci_address  (VmmDevice           *self,
                                         const VmmPciAddress *address);

G_END_DECLS
