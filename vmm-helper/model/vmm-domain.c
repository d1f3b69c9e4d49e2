/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-domain.h"

#include <string.h>

#include "vmm-device-private.h"
#include "vmm-error.h"
#include "vmm-number.h"
#include "vmm-xml.h"

struct _VmmDomain
{
  GObject    parent_instance;

  xmlDoc    *doc;
  char      *text;          /* what it was parsed from */
  gsize      length;
  gboolean   is_changed;    /* the document no longer says what text says */
  GPtrArray *removed;       /* elements that views may still hold */
};

G_DEFINE_FINAL_TYPE (VmmDomain, vmm_domain, G_TYPE_OBJECT)

static void
vmm_domain_finalize (GObject *object)
{
  VmmDomain *self = VMM_DOMAIN (object);

  g_ptr_array_unref (self->removed);
  g_clear_pointer (&self->doc, vmm_xml_free);
  g_free (self->text);

  G_OBJECT_CLASS (vmm_domain_parent_class)->finalize (object);
}

static void
vmm_domain_class_init (VmmDomainClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vmm_domain_finalize;
}

static void
vmm_domain_init (VmmDomain *self)
{
  self->removed = g_ptr_array_new_with_free_func ((GDestroyNotify) xmlFreeNode);
}

/**
 * vmm_domain_new_from_xml:
 * @xml: a domain XML document, from anywhere
 * @length: its length in bytes, or -1 if it ends with a NUL
 *
 * Fails with %VMM_ERROR_INVALID if it is not XML within vmm_xml_parse()'s limits or its root is not
 * <domain>. Whether its content makes sense is for vmm_domain_validate() to say.
 */
VmmDomain *
vmm_domain_new_from_xml (const char  *xml,
                         gssize       length,
                         GError     **error)
{
  g_autoptr(VmmDomain) self = NULL;
  xmlDoc *doc;

  g_return_val_if_fail (xml != NULL, NULL);

  doc = vmm_xml_parse (xml, length, error);

  if (doc == NULL)
    return NULL;

  self = g_object_new (VMM_TYPE_DOMAIN, NULL);
  self->doc = doc;
  self->length = length < 0 ? strlen (xml) : (gsize) length;
  self->text = g_strndup (xml, self->length);

  if (!vmm_xml_is (xmlDocGetRootElement (doc), "domain"))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "The document's root element is <%.64s>; a machine's definition begins with <domain>",
                   (const char *) xmlDocGetRootElement (doc)->name);
      return NULL;
    }

  return g_steal_pointer (&self);
}

/**
 * vmm_domain_dup_xml:
 *
 * Returns: (transfer full): the document; byte for byte what was parsed if nothing has changed
 */
char *
vmm_domain_dup_xml (VmmDomain *self)
{
  g_return_val_if_fail (VMM_IS_DOMAIN (self), NULL);

  if (!self->is_changed)
    return g_strndup (self->text, self->length);

  return vmm_xml_dup_text (self->doc, g_str_has_prefix (self->text, "<?xml "));
}

/* Returns: (transfer full): an independent copy */
VmmDomain *
vmm_domain_copy (VmmDomain *self)
{
  g_autofree char *xml = vmm_domain_dup_xml (self);
  g_autoptr(GError) error = NULL;
  VmmDomain *copy = vmm_domain_new_from_xml (xml, -1, &error);

  /* What was parsed or edited within the limits is read again; see vmm_domain_set_value(). */
  if (copy == NULL)
    g_critical ("A definition cannot be copied: %s", error->message);

  return copy;
}

/* Returns: (transfer none): <domain> */
xmlNode *
vmm_domain_get_root (VmmDomain *self)
{
  return xmlDocGetRootElement (self->doc);
}

/* Returns: (transfer none) (nullable): <devices> */
xmlNode *
vmm_domain_get_devices_node (VmmDomain *self)
{
  return vmm_xml_get_child (vmm_domain_get_root (self), "devices");
}

/* Returns: (transfer none) (nullable): as vmm_xml_get() from the root */
const char *
vmm_domain_get_value (VmmDomain  *self,
                      const char *path)
{
  g_return_val_if_fail (VMM_IS_DOMAIN (self), NULL);

  return vmm_xml_get (vmm_domain_get_root (self), path);
}

/**
 * vmm_domain_set_value:
 * @base: (nullable): an element of this document; %NULL for the root
 * @path: as for vmm_xml_set()
 * @value: (nullable): text that XML can hold (UTF-8, no control characters but tab and line ends);
 *   see vmm_xml_can_hold(). %NULL removes.
 *
 * The document counts as changed only if the value was another one.
 */
void
vmm_domain_set_value (VmmDomain  *self,
                      xmlNode    *base,
                      const char *path,
                      const char *value)
{
  g_return_if_fail (VMM_IS_DOMAIN (self));
  g_return_if_fail (value == NULL || vmm_xml_can_hold (value));

  if (vmm_xml_set (base != NULL ? base : vmm_domain_get_root (self), path, value))
    self->is_changed = TRUE;
}

/* For code that edits the document's nodes itself. */
void
vmm_domain_mark_changed (VmmDomain *self)
{
  self->is_changed = TRUE;
}

static GType
type_for_element (const char *element)
{
  static const struct
  {
    const char *element;
    GType     (*get_type) (void);
  } types[] = {
    { "disk", vmm_disk_get_type },
    { "interface", vmm_interface_get_type },
    { "controller", vmm_controller_get_type },
    { "graphics", vmm_graphics_get_type },
    { "video", vmm_video_get_type },
    { "input", vmm_input_get_type },
    { "serial", vmm_char_dev_get_type },
    { "parallel", vmm_char_dev_get_type },
    { "console", vmm_char_dev_get_type },
    { "channel", vmm_char_dev_get_type },
    { "rng", vmm_rng_get_type },
    { "memballoon", vmm_memballoon_get_type },
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (strcmp (types[i].element, element) == 0)
      return types[i].get_type ();

  return VMM_TYPE_DEVICE;
}

/**
 * vmm_domain_list_devices:
 * @element: (nullable): the name of the devices' element; %NULL for all
 *
 * Returns: (transfer full) (element-type VmmDevice): a view of each, in document order
 */
GPtrArray *
vmm_domain_list_devices (VmmDomain  *self,
                         const char *element)
{
  GPtrArray *devices = g_ptr_array_new_with_free_func (g_object_unref);
  xmlNode *parent;

  g_return_val_if_fail (VMM_IS_DOMAIN (self), devices);

  parent = vmm_domain_get_devices_node (self);

  if (parent == NULL)
    return devices;

  for (xmlNode *node = vmm_xml_get_first (parent); node != NULL; node = vmm_xml_get_next (node))
    {
      if (node->ns != NULL || (element != NULL && !vmm_xml_is (node, element)))
        continue;

      if (element == NULL && vmm_xml_is (node, "emulator"))
        continue;

      g_ptr_array_add (devices, vmm_device_new (type_for_element ((const char *) node->name), self, node));
    }

  return devices;
}

GPtrArray *
vmm_domain_list_disks (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "disk");
}

/**
 * vmm_domain_find_disk:
 * @target: e.g. "vda"
 *
 * Returns: (transfer full) (nullable): the disk with this target
 */
VmmDisk *
vmm_domain_find_disk (VmmDomain  *self,
                      const char *target)
{
  g_autoptr(GPtrArray) disks = vmm_domain_list_disks (self);

  for (guint i = 0; i < disks->len; i++)
    if (g_strcmp0 (vmm_disk_get_target (disks->pdata[i]), target) == 0)
      return g_object_ref (disks->pdata[i]);

  return NULL;
}

GPtrArray *
vmm_domain_list_interfaces (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "interface");
}

GPtrArray *
vmm_domain_list_controllers (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "controller");
}

GPtrArray *
vmm_domain_list_graphics (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "graphics");
}

GPtrArray *
vmm_domain_list_videos (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "video");
}

GPtrArray *
vmm_domain_list_inputs (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "input");
}

GPtrArray *
vmm_domain_list_serials (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "serial");
}

GPtrArray *
vmm_domain_list_parallels (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "parallel");
}

GPtrArray *
vmm_domain_list_consoles (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "console");
}

GPtrArray *
vmm_domain_list_channels (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "channel");
}

GPtrArray *
vmm_domain_list_rngs (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "rng");
}

GPtrArray *
vmm_domain_list_memballoons (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "memballoon");
}

GPtrArray *
vmm_domain_list_sounds (VmmDomain *self)
{
  return vmm_domain_list_devices (self, "sound");
}

/**
 * vmm_domain_add_device:
 * @element: its element's name
 *
 * Adds an empty device behind the last one of its kind, or behind all devices.
 *
 * Returns: (transfer full): its view
 */
VmmDevice *
vmm_domain_add_device (VmmDomain  *self,
                       const char *element)
{
  xmlNode *parent, *last = NULL, *node;

  g_return_val_if_fail (VMM_IS_DOMAIN (self), NULL);

  parent = vmm_domain_get_devices_node (self);

  if (parent == NULL)
    parent = vmm_xml_add_child (vmm_domain_get_root (self), "devices");

  for (node = vmm_xml_get_child (parent, element); node != NULL; node = vmm_xml_get_next_named (node))
    last = node;

  node = last != NULL ? vmm_xml_add_after (last, element) : vmm_xml_add_child (parent, element);
  self->is_changed = TRUE;

  return vmm_device_new (type_for_element (element), self, node);
}

/* Takes the device out of the document. */
void
vmm_domain_remove_device (VmmDomain *self,
                          VmmDevice *device)
{
  xmlNode *node;

  g_return_if_fail (VMM_IS_DOMAIN (self));
  g_return_if_fail (vmm_device_get_domain (device) == self);

  node = vmm_device_get_node (device);

  if (node->parent == NULL)
    return;

  vmm_xml_unlink (node);
  g_ptr_array_add (self->removed, node);
  self->is_changed = TRUE;
}

const char *
vmm_domain_get_name (VmmDomain *self)
{
  return vmm_domain_get_value (self, "name");
}

void
vmm_domain_set_name (VmmDomain  *self,
                     const char *name)
{
  vmm_domain_set_value (self, NULL, "name", name);
}

const char *
vmm_domain_get_uuid (VmmDomain *self)
{
  return vmm_domain_get_value (self, "uuid");
}

void
vmm_domain_set_uuid (VmmDomain  *self,
                     const char *uuid)
{
  xmlNode *name = vmm_xml_get_child (vmm_domain_get_root (self), "name");

  if (uuid != NULL && name != NULL && vmm_domain_get_uuid (self) == NULL)
    {
      vmm_xml_set_text (vmm_xml_add_after (name, "uuid"), uuid);
      self->is_changed = TRUE;
    }
  else
    {
      vmm_domain_set_value (self, NULL, "uuid", uuid);
    }
}

const char *
vmm_domain_get_title (VmmDomain *self)
{
  return vmm_domain_get_value (self, "title");
}

void
vmm_domain_set_title (VmmDomain  *self,
                      const char *title)
{
  vmm_domain_set_value (self, NULL, "title", title);
}

const char *
vmm_domain_get_description (VmmDomain *self)
{
  return vmm_domain_get_value (self, "description");
}

void
vmm_domain_set_description (VmmDomain  *self,
                            const char *description)
{
  vmm_domain_set_value (self, NULL, "description", description);
}

/* Returns: (transfer none) (nullable): "kvm" or "qemu" */
const char *
vmm_domain_get_virt_type (VmmDomain *self)
{
  return vmm_domain_get_value (self, "@type");
}

void
vmm_domain_set_virt_type (VmmDomain  *self,
                          const char *virt_type)
{
  vmm_domain_set_value (self, NULL, "@type", virt_type);
}

const char *
vmm_domain_get_emulator (VmmDomain *self)
{
  return vmm_domain_get_value (self, "devices/emulator");
}

void
vmm_domain_set_emulator (VmmDomain  *self,
                         const char *emulator)
{
  vmm_domain_set_value (self, NULL, "devices/emulator", emulator);
}

static guint64
get_size_kib (VmmDomain  *self,
              const char *path)
{
  const xmlNode *node = vmm_xml_get_child (vmm_domain_get_root (self), path);
  guint64 bytes;

  if (node == NULL || !vmm_number_parse_size (vmm_xml_get_text (node), vmm_xml_get_attribute (node, "unit"),
                                              1024, &bytes))
    return 0;

  return bytes / 1024 + (bytes % 1024 != 0);
}

static void
set_size_kib (VmmDomain  *self,
              const char *element,
              guint64     size_kib)
{
  g_autofree char *unit_path = g_strconcat (element, "@unit", NULL);
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, size_kib);

  /* The same size in another unit stays as the user wrote it. */
  if (get_size_kib (self, element) == size_kib)
    return;

  vmm_domain_set_value (self, NULL, element, text);
  vmm_domain_set_value (self, NULL, unit_path, "KiB");
}

/* Returns: <memory> in KiB; 0 if it is missing, no number or too large */
guint64
vmm_domain_get_memory_kib (VmmDomain *self)
{
  return get_size_kib (self, "memory");
}

guint64
vmm_domain_get_memory_mib (VmmDomain *self)
{
  return vmm_domain_get_memory_kib (self) / 1024;
}

void
vmm_domain_set_memory_kib (VmmDomain *self,
                           guint64    memory_kib)
{
  set_size_kib (self, "memory", memory_kib);
}

/* Returns: <currentMemory> in KiB, which is <memory> if it is missing */
guint64
vmm_domain_get_current_memory_kib (VmmDomain *self)
{
  guint64 current = get_size_kib (self, "currentMemory");

  return current > 0 ? current : vmm_domain_get_memory_kib (self);
}

void
vmm_domain_set_current_memory_kib (VmmDomain *self,
                                   guint64    memory_kib)
{
  set_size_kib (self, "currentMemory", memory_kib);
}

static guint
get_vcpus (VmmDomain  *self,
           const char *path,
           guint       fallback)
{
  guint64 number;

  return vmm_number_parse (vmm_domain_get_value (self, path), &number) ? MIN (number, G_MAXINT) : fallback;
}

/* Returns: processors the machine can have; 1 if <vcpu> is missing or no number */
guint
vmm_domain_get_max_vcpus (VmmDomain *self)
{
  return get_vcpus (self, "vcpu", 1);
}

/* Returns: processors it starts with */
guint
vmm_domain_get_current_vcpus (VmmDomain *self)
{
  return get_vcpus (self, "vcpu@current", vmm_domain_get_max_vcpus (self));
}

/* @current: 1 to @max */
void
vmm_domain_set_vcpus (VmmDomain *self,
                      guint      max,
                      guint      current)
{
  g_autofree char *max_text = g_strdup_printf ("%u", max);
  g_autofree char *current_text = g_strdup_printf ("%u", current);

  g_return_if_fail (current >= 1 && current <= max);

  if (vmm_domain_get_max_vcpus (self) == max && vmm_domain_get_current_vcpus (self) == current)
    return;

  vmm_domain_set_value (self, NULL, "vcpu", max_text);
  vmm_domain_set_value (self, NULL, "vcpu@current", current < max ? current_text : NULL);
}
