/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl-install-disk.h"
#include "guestctl-suboptions.h"
#include "vmm-xml.h"

#include <string.h>

#include <glib/gi18n.h>

#include "vmm-client.h"
#include "vmm-disk-image.h"

/* Above the number of drives that a machine has room for. */
#define MAX_BOOT_ORDER 65535

void
cli_disk_free (CliDisk *self)
{
  g_free (self->device);
  g_free (self->path);
  g_free (self->format);
  g_free (self->bus);
  g_free (self->target);
  g_free (self->cache);
  g_free (self->discard);
  g_free (self->io);
  g_free (self->serial);
  g_free (self);
}

/* virt-install has two names for some. */
static char *
take (CliSuboptions *suboptions,
      const char    *key,
      const char    *other)
{
  const char *value = cli_suboptions_take (suboptions, key);

  if (value == NULL && other != NULL)
    value = cli_suboptions_take (suboptions, other);

  return g_strdup (value);
}

/**
 * cli_disk_parse:
 * @text: the value of --disk
 *
 * Fails with CLI_ERROR_USAGE.
 */
CliDisk *
cli_disk_parse (const char  *text,
                GError     **error)
{
  g_autoptr (CliSuboptions) suboptions = cli_suboptions_parse ("disk", text, "path", error);
  g_autoptr (CliDisk) self = g_new0 (CliDisk, 1);
  g_autofree char *path = NULL;
  const char *size, *sparse;

  if (suboptions == NULL)
    return NULL;

  self->device = take (suboptions, "device", NULL);
  if (self->device == NULL)
    self->device = g_strdup ("disk");
  path = take (suboptions, "path", "source.file");
  if (path != NULL && *path != '\0')
    self->path = g_canonicalize_filename (path, NULL);
  self->format = take (suboptions, "format", "driver.type");
  self->bus = take (suboptions, "bus", "target.bus");
  self->target = take (suboptions, "target", "target.dev");
  self->cache = take (suboptions, "cache", "driver.cache");
  self->discard = take (suboptions, "discard", "driver.discard");
  self->io = take (suboptions, "io", "driver.io");
  self->serial = take (suboptions, "serial", NULL);

  size = cli_suboptions_take (suboptions, "size");
  if (size != NULL && !cli_parse_gib (size, &self->bytes, error))
    return NULL;
  sparse = cli_suboptions_take (suboptions, "sparse");
  if (sparse != NULL && !g_str_equal (sparse, "yes") && !g_str_equal (sparse, "true"))
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   _("“--disk”: “sparse=%s” is not possible; images take what was written to them."),
                   sparse);
      return NULL;
    }
  if (!cli_suboptions_take_switch (suboptions, "readonly", &self->is_read_only, error)
      || !cli_suboptions_take_switch (suboptions, "shareable", &self->is_shareable, error)
      || !cli_suboptions_take_number (suboptions, "boot_order", MAX_BOOT_ORDER, &self->boot_order, error)
      || !cli_suboptions_take_number (suboptions, "boot.order", MAX_BOOT_ORDER, &self->boot_order, error)
      || !cli_suboptions_finish (suboptions, error))
    return NULL;

  if (!g_str_equal (self->device, "disk") && !g_str_equal (self->device, "cdrom")
      && !g_str_equal (self->device, "floppy"))
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   _("“--disk”: “device=%s” is not possible; “disk”, “cdrom” and “floppy” are."),
                   self->device);
      return NULL;
    }

  return g_steal_pointer (&self);
}

typedef struct
{
  GMainLoop    *loop;
  VmmDiskImage *image;
  GError       *error;
} Inspection;

static void
inspected_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Inspection *inspection = user_data;

  inspection->image =
    vmm_disk_image_inspect_finish (VMM_DBUS_MANAGER (source), result, &inspection->error);
  g_main_loop_quit (inspection->loop);
}

static VmmDiskImage *
inspect (Cli         *cli,
         const char  *path,
         GError     **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (VmmDBusManager) manager = NULL;
  Inspection inspection = { .loop = loop };

  if (!cli_connect (cli, error))
    return NULL;
  manager = vmm_dbus_manager_proxy_new_sync (cli->connection,
                                             G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES
                                             | G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS,
                                             VMM_BUS_NAME, VMM_ROOT_PATH, NULL, error);
  if (manager == NULL)
    return NULL;

  vmm_disk_image_inspect_async (manager, path, NULL, inspected_cb, &inspection);
  g_main_loop_run (loop);
  if (inspection.image == NULL)
    g_propagate_error (error, inspection.error);

  return inspection.image;
}

/**
 * cli_disk_probe:
 *
 * Looks at the host: whether the image is there already and what it is, or is to be made.
 */
gboolean
cli_disk_probe (CliDisk  *self,
                Cli      *cli,
                GError  **error)
{
  g_autofree char *shown = self->path != NULL ? g_filename_display_name (self->path) : NULL;
  g_autoptr (VmmDiskImage) image = NULL;

  if (!g_str_equal (self->device, "disk"))
    {
      if (self->path == NULL || g_file_test (self->path, G_FILE_TEST_EXISTS))
        return TRUE;
      g_set_error (error, VMM_ERROR, VMM_ERROR_NOT_FOUND, _("The file “%s” does not exist."), shown);
      return FALSE;
    }

  if (self->path == NULL || !g_file_test (self->path, G_FILE_TEST_EXISTS))
    {
      self->is_new = TRUE;
      return TRUE;
    }

  if (self->bytes != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_EXISTS,
                   _("The file “%s” exists: to use it leave “size” out, or give another path."), shown);
      return FALSE;
    }
  /* Asked also when the format was said, for what the file may be besides. */
  image = inspect (cli, self->path, error);
  if (image == NULL)
    return FALSE;
  if (self->format == NULL)
    self->format = g_strdup (image->format);

  return TRUE;
}

/* Writes what was said of it into a <disk>. */
void
cli_disk_write (CliDisk *self,
                VmmDisk *disk)
{
  VmmDevice *device = VMM_DEVICE (disk);

  if (self->path != NULL)
    {
      vmm_disk_set_kind (disk, g_str_has_prefix (self->path, "/dev/") ? "block" : "file");
      vmm_device_set (device, g_str_has_prefix (self->path, "/dev/") ? "source@dev" : "source@file",
                      self->path);
    }
  if (self->format != NULL)
    vmm_disk_set_format (disk, self->format);
  if (self->cache != NULL)
    vmm_disk_set_cache (disk, self->cache);
  if (self->discard != NULL)
    vmm_disk_set_discard (disk, self->discard);
  if (self->io != NULL)
    vmm_disk_set_io (disk, self->io);
  if (self->serial != NULL)
    vmm_disk_set_serial (disk, self->serial);
  if (self->is_read_only && !vmm_device_has (device, "readonly"))
    vmm_xml_add_child (vmm_device_get_node (device), "readonly");
  if (self->is_shareable && !vmm_device_has (device, "shareable"))
    vmm_xml_add_child (vmm_device_get_node (device), "shareable");
  if (self->boot_order != 0)
    vmm_device_set_boot_order (device, self->boot_order);
  if (self->target != NULL)
    vmm_disk_set_target (disk, self->target);
}

static char *
free_target (VmmDomain  *domain,
             const char *bus)
{
  const char *prefix = "sd";

  if (g_str_equal (bus, "virtio"))
    prefix = "vd";
  else if (g_str_equal (bus, "ide"))
    prefix = "hd";
  else if (g_str_equal (bus, "fdc"))
    prefix = "fd";

  for (char letter = 'a'; letter <= 'z'; letter++)
    {
      g_autofree char *target = g_strdup_printf ("%s%c", prefix, letter);
      g_autoptr (VmmDisk) taken = vmm_domain_find_disk (domain, target);

      if (taken == NULL)
        return g_steal_pointer (&target);
    }

  return NULL;
}

/**
 * cli_disk_add:
 * @default_bus: what it hangs on if nothing was said
 *
 * Returns: (transfer full): a new <disk> of @domain
 */
VmmDisk *
cli_disk_add (CliDisk     *self,
              VmmDomain   *domain,
              const char  *default_bus,
              GError     **error)
{
  const char *bus = self->bus != NULL ? self->bus : default_bus;
  g_autofree char *target = NULL;
  VmmDisk *disk;

  if (g_str_equal (self->device, "floppy") && self->bus == NULL)
    bus = "fdc";
  target = free_target (domain, bus);
  if (target == NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   _("The bus “%s” has no room for another disk."), bus);
      return NULL;
    }

  disk = VMM_DISK (vmm_domain_add_device (domain, "disk"));
  vmm_disk_set_kind (disk, "file");
  vmm_disk_set_device (disk, self->device);
  vmm_device_set (VMM_DEVICE (disk), "driver@name", "qemu");
  vmm_disk_set_format (disk, g_str_equal (self->device, "disk") ? "qcow2" : "raw");
  vmm_disk_set_target (disk, target);
  vmm_disk_set_bus (disk, bus);
  cli_disk_write (self, disk);
  if (g_str_equal (self->device, "cdrom") && !vmm_device_has (VMM_DEVICE (disk), "readonly"))
    vmm_xml_add_child (vmm_device_get_node (VMM_DEVICE (disk)), "readonly");

  return disk;
}
