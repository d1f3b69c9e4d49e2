/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-command-line-private.h"
#include "vmm-xml.h"

static gboolean
has_cache (VmmDisk    *disk,
           const char *mode)
{
  return g_strcmp0 (vmm_disk_get_cache (disk), mode) == 0;
}

/* Both nodes get the same: the lower one does the reading, the upper one is asked by the device. */
static void
set_cache (VmmDisk    *disk,
           JsonObject *node)
{
  JsonObject *cache;

  if (vmm_disk_get_cache (disk) == NULL || has_cache (disk, "default"))
    return;

  cache = json_object_new ();
  json_object_set_boolean_member (cache, "direct", has_cache (disk, "none") || has_cache (disk, "directsync"));
  json_object_set_boolean_member (cache, "no-flush", has_cache (disk, "unsafe"));
  json_object_set_object_member (node, "cache", cache);
}

static void
set_common (VmmDisk    *disk,
            JsonObject *node,
            gboolean    is_read_only)
{
  const char *discard = vmm_disk_get_discard (disk);

  json_object_set_boolean_member (node, "read-only", is_read_only);

  if (discard != NULL)
    json_object_set_string_member (node, "discard", discard);

  set_cache (disk, node);
}

/* An image of a disk's chain: the one the guest writes to, or one below it. */
typedef struct
{
  const char *path;
  const char *format;   /* never probed: a guest can write any header into a raw image */
  gboolean    is_block;
} Layer;

/* The chain as the definition has it, the guest's image first. */
static GArray *
list_layers (VmmDisk *disk)
{
  GArray *layers = g_array_new (FALSE, FALSE, sizeof (Layer));
  const char *format = vmm_disk_get_format (disk);
  Layer top = {
    vmm_disk_get_source_file (disk), format != NULL ? format : "raw", g_strcmp0 (vmm_disk_get_kind (disk), "block") == 0
  };

  g_array_append_val (layers, top);

  for (const xmlNode *node = vmm_disk_get_backing_store (disk, NULL); node != NULL;
       node = vmm_disk_get_backing_store (disk, node))
    {
      const char *type = vmm_xml_get (node, "format@type");
      Layer layer = {
        vmm_xml_get (node, "source@file"), type != NULL ? type : "raw", FALSE
      };

      if (layer.path == NULL)
        {
          layer.path = vmm_xml_get (node, "source@dev");
          layer.is_block = TRUE;
        }

      g_array_append_val (layers, layer);
    }

  return layers;
}

static char *
dup_layer_node_name (const char *role,
                     const char *alias,
                     guint       depth)
{
  g_autofree char *name = depth > 0 ? g_strdup_printf ("%s-%u", alias, depth) : g_strdup (alias);

  return vmm_command_line_dup_node_name (role, name);
}

static gboolean
add_layer (VmmBuilder   *builder,
           VmmDisk      *disk,
           const char   *alias,
           GArray       *layers,
           guint         depth,
           GError      **error)
{
  const Layer *layer = &g_array_index (layers, Layer, depth);
  const char *detect_zeroes = vmm_disk_get_detect_zeroes (disk);
  g_autofree char *file_node = dup_layer_node_name ("file", alias, depth);
  g_autofree char *format_node = dup_layer_node_name ("fmt", alias, depth);
  gboolean is_read_only = depth > 0 || vmm_disk_is_read_only (disk);
  JsonObject *file, *image;

  if (strcmp (layer->format, "raw") != 0 && strcmp (layer->format, "qcow2") != 0)
    return vmm_builder_refuse (VMM_DEVICE (disk), "image format", layer->format, "“raw” and “qcow2” work", error);

  if (layer->path == NULL)
    return vmm_builder_refuse (VMM_DEVICE (disk), "backing store", "", "give it a <source file='…'/>", error);

  file = json_object_new ();
  json_object_set_string_member (file, "driver", layer->is_block ? "host_device" : "file");
  json_object_set_string_member (file, "filename", layer->path);
  json_object_set_string_member (file, "node-name", file_node);
  set_common (disk, file, is_read_only);

  if (vmm_disk_get_io (disk) != NULL)
    json_object_set_string_member (file, "aio", vmm_disk_get_io (disk));

  vmm_builder_add_json (builder, "-blockdev", file);

  image = json_object_new ();
  json_object_set_string_member (image, "driver", layer->format);
  json_object_set_string_member (image, "node-name", format_node);
  set_common (disk, image, is_read_only);

  if (depth == 0 && detect_zeroes != NULL)
    json_object_set_string_member (image, "detect-zeroes", detect_zeroes);

  if (depth == 0 && vmm_disk_is_shareable (disk))
    json_object_set_boolean_member (image, "force-share", vmm_disk_is_read_only (disk));

  json_object_set_string_member (image, "file", file_node);

  /* Said always: an image's own header could name any file of the user as what lies below it. */
  if (depth + 1 < layers->len)
    {
      g_autofree char *below = dup_layer_node_name ("fmt", alias, depth + 1);

      json_object_set_string_member (image, "backing", below);
    }
  else if (strcmp (layer->format, "qcow2") == 0)
    {
      json_object_set_null_member (image, "backing");
    }

  vmm_builder_add_json (builder, "-blockdev", image);

  return TRUE;
}

static gboolean
add_image (VmmBuilder  *builder,
           VmmDisk     *disk,
           const char  *alias,
           GError     **error)
{
  g_autoptr(GArray) layers = list_layers (disk);

  for (guint depth = layers->len; depth-- > 0;)
    if (!add_layer (builder, disk, alias, layers, depth, error))
      return FALSE;

  return TRUE;
}

/* The -device's driver; *takes_cache: it has the guest's view of the cache. */
static const char *
driver_for (VmmDisk  *disk,
            gboolean *takes_cache)
{
  const char *bus = vmm_disk_get_bus (disk);
  gboolean is_cdrom = g_strcmp0 (vmm_disk_get_device (disk), "cdrom") == 0;

  *takes_cache = !is_cdrom;

  if (strcmp (bus, "virtio") == 0)
    return is_cdrom ? NULL : "virtio-blk-pci";

  if (strcmp (bus, "scsi") == 0)
    return is_cdrom ? "scsi-cd" : "scsi-hd";

  if (strcmp (bus, "sata") == 0 || strcmp (bus, "ide") == 0)
    return is_cdrom ? "ide-cd" : "ide-hd";

  if (strcmp (bus, "usb") == 0)
    return "usb-storage";

  *takes_cache = FALSE;

  return strcmp (bus, "fdc") == 0 ? "floppy" : NULL;
}

static gboolean
set_drive_place (VmmBuilder  *builder,
                 VmmDisk     *disk,
                 JsonObject  *device,
                 GError     **error)
{
  VmmDevice *view = VMM_DEVICE (disk);
  const char *bus = vmm_disk_get_bus (disk);
  guint index = vmm_device_get_number (view, "address@controller", 0);
  guint channel = vmm_device_get_number (view, "address@bus", 0);
  guint target = vmm_device_get_number (view, "address@target", 0);
  guint unit = vmm_device_get_number (view, "address@unit", 0);
  g_autoptr(VmmController) controller = vmm_builder_find_controller (builder, bus, index);
  g_autofree char *name = NULL;
  const char *id;

  if (controller == NULL)
    return vmm_builder_refuse (view, "bus", bus, "add a controller of this type, or remove the <address>", error);

  id = vmm_device_get_alias (VMM_DEVICE (controller));

  if (strcmp (bus, "scsi") == 0)
    {
      gboolean is_virtio = g_str_has_prefix (vmm_controller_get_model (controller), "virtio");

      name = g_strconcat (id, ".0", NULL);
      json_object_set_string_member (device, "bus", name);
      json_object_set_int_member (device, "channel", channel);
      json_object_set_int_member (device, "scsi-id", is_virtio ? target : unit);
      json_object_set_int_member (device, "lun", is_virtio ? unit : 0);
    }
  else if (strcmp (bus, "fdc") == 0)
    {
      json_object_set_int_member (device, "unit", unit);
    }
  else
    {
      /* A port of SATA is a bus of its own; the board's controller names its buses "ide.N". */
      gboolean is_sata = strcmp (bus, "sata") == 0;
      gboolean is_of_board = index == 0 && is_sata == builder->is_q35;

      name = g_strdup_printf ("%s.%u", is_of_board ? "ide" : id, is_sata ? unit : channel);
      json_object_set_string_member (device, "bus", name);

      if (!is_sata)
        json_object_set_int_member (device, "unit", unit);
    }

  return TRUE;
}

static gboolean
set_place (VmmBuilder  *builder,
           VmmDisk     *disk,
           JsonObject  *device,
           GError     **error)
{
  const char *bus = vmm_disk_get_bus (disk);

  if (strcmp (bus, "virtio") == 0)
    return vmm_builder_set_pci (builder, device, VMM_DEVICE (disk), error);

  if (strcmp (bus, "usb") == 0)
    return vmm_builder_set_usb (builder, device, VMM_DEVICE (disk), error);

  return set_drive_place (builder, disk, device, error);
}

/* "stop", "report", "ignore", "enospace": QEMU spells the last otherwise. */
static void
set_error_policy (JsonObject *device,
                  const char *property,
                  const char *policy)
{
  if (policy != NULL)
    json_object_set_string_member (device, property, strcmp (policy, "enospace") == 0 ? "enospc" : policy);
}

static gboolean
add_device (VmmBuilder  *builder,
            VmmDisk     *disk,
            GError     **error)
{
  VmmDevice *view = VMM_DEVICE (disk);
  gboolean has_medium = vmm_disk_get_source_file (disk) != NULL;
  gboolean takes_cache = FALSE;
  const char *bus = vmm_disk_get_bus (disk);
  const char *driver = bus != NULL ? driver_for (disk, &takes_cache) : NULL;
  g_autoptr(JsonObject) device = NULL;

  if (driver == NULL)
    return vmm_builder_refuse (view, "bus", bus, "virtio, scsi, sata and usb work, for CD drives scsi and sata", error);

  device = vmm_builder_new_device (builder, view, driver, error);

  if (device == NULL || !set_place (builder, disk, device, error))
    return FALSE;

  if (has_medium)
    {
      g_autofree char *node = vmm_command_line_dup_node_name ("fmt", vmm_device_get_alias (view));

      json_object_set_string_member (device, "drive", node);
      set_error_policy (device, "werror", takes_cache ? vmm_disk_get_error_policy (disk) : NULL);
      set_error_policy (device, "rerror", takes_cache ? vmm_disk_get_rerror_policy (disk) : NULL);
    }

  vmm_builder_set_boot_index (builder, device, view);

  if (takes_cache && (has_cache (disk, "writethrough") || has_cache (disk, "directsync")))
    json_object_set_string_member (device, "write-cache", "off");
  else if (takes_cache && vmm_disk_get_cache (disk) != NULL && !has_cache (disk, "default"))
    json_object_set_string_member (device, "write-cache", "on");

  if (vmm_disk_get_serial (disk) != NULL && strcmp (driver, "floppy") != 0)
    json_object_set_string_member (device, "serial", vmm_disk_get_serial (disk));

  if (vmm_disk_is_shareable (disk) && takes_cache)
    json_object_set_boolean_member (device, "share-rw", TRUE);

  return vmm_builder_add_device (builder, g_steal_pointer (&device), error);
}

static gboolean
add_disk (VmmBuilder  *builder,
          VmmDisk     *disk,
          GError     **error)
{
  const char *device = vmm_disk_get_device (disk);
  const char *alias = vmm_builder_get_id (VMM_DEVICE (disk), error);
  gboolean is_removable = g_strcmp0 (device, "cdrom") == 0 || g_strcmp0 (device, "floppy") == 0;

  if (alias == NULL)
    return FALSE;

  if (vmm_disk_get_source_file (disk) == NULL &&
      (!is_removable || g_strcmp0 (vmm_disk_get_bus (disk), "usb") == 0))
    return vmm_builder_refuse (VMM_DEVICE (disk), "empty disk", vmm_disk_get_target (disk),
                               "give it a <source>, or make it a CD drive on sata or scsi", error);

  if (vmm_disk_get_source_file (disk) != NULL && !add_image (builder, disk, alias, error))
    return FALSE;

  return add_device (builder, disk, error);
}

gboolean
vmm_builder_add_disks (VmmBuilder  *builder,
                       GError     **error)
{
  g_autoptr(GPtrArray) disks = vmm_domain_list_disks (builder->domain);

  for (guint i = 0; i < disks->len; i++)
    if (!add_disk (builder, disks->pdata[i], error))
      return FALSE;

  return TRUE;
}
