/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-new-machine.h"

#include <libxml/tree.h>

#define LIBOSINFO_NAMESPACE "http://libosinfo.org/xmlns/libvirt/domain/1.0"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

/* Adds an element; then pairs of attribute name and value, ended by NULL. libxml2 does the quoting
 * of both texts and attributes. */
static xmlNode *add (xmlNode    *parent,
                     const char *name,
                     const char *text,
                     ...) G_GNUC_NULL_TERMINATED;

static xmlNode *
add (xmlNode    *parent,
     const char *name,
     const char *text,
     ...)
{
  xmlNode *node = xmlNewTextChild (parent, NULL, BAD_CAST name, BAD_CAST text);
  const char *attribute;
  va_list arguments;

  va_start (arguments, text);
  while ((attribute = va_arg (arguments, const char *)) != NULL)
    xmlNewProp (node, BAD_CAST attribute, BAD_CAST va_arg (arguments, const char *));
  va_end (arguments);

  return node;
}

/* The name that a guest device has on a bus, as domain XML wants it in <target dev>. */
static char *
target_name (const char *bus,
             guint       index)
{
  const char *prefix = "sd";

  if (g_str_equal (bus, "virtio"))
    prefix = "vd";
  else if (g_str_equal (bus, "ide"))
    prefix = "hd";

  return g_strdup_printf ("%s%c", prefix, (char) ('a' + index));
}

static char *
disk_target (VmmNewMachine *self)
{
  return target_name (vmm_new_machine_get_disk_bus (self), 0);
}

/* Discs and disks whose names begin alike count on; on IDE the disc has a channel of its own. */
static char *
cdrom_target (VmmNewMachine *self)
{
  const char *bus = vmm_new_machine_get_recommendation (self)->cdrom_bus;
  const char *disk_bus = vmm_new_machine_get_disk_bus (self);

  if (g_str_equal (bus, "ide"))
    return target_name (bus, g_str_equal (disk_bus, "ide") ? 2 : 0);

  return target_name (bus, g_str_equal (disk_bus, "virtio") || g_str_equal (disk_bus, "ide") ? 0 : 1);
}

/* A medium that is only to be run, never to be installed, stays in and is booted first always. */
static gboolean
is_live_only (VmmNewMachine *self)
{
  VmmInstallMedia *media = vmm_new_machine_get_media (self);

  return media != NULL && vmm_install_media_is_live (media)
         && !vmm_install_media_is_installer (media);
}

static void
add_metadata (VmmNewMachine *self,
              xmlNode       *domain)
{
  VmmOs *os = vmm_new_machine_get_os (self);
  xmlNode *node;
  xmlNs *ns;

  if (os == NULL)
    return;

  node = add (add (domain, "metadata", NULL, NULL), "libosinfo", NULL, NULL);
  ns = xmlNewNs (node, BAD_CAST LIBOSINFO_NAMESPACE, BAD_CAST "libosinfo");
  xmlSetNs (node, ns);
  node = add (node, "os", NULL, "id", vmm_os_get_id (os), NULL);
  xmlSetNs (node, ns);
}

static void
add_os (VmmNewMachine *self,
        xmlNode       *domain)
{
  VmmFirmwareKind firmware = vmm_new_machine_get_firmware (self);
  xmlNode *os = add (domain, "os", NULL, NULL);

  if (firmware != VMM_FIRMWARE_KIND_BIOS)
    xmlNewProp (os, BAD_CAST "firmware", BAD_CAST "efi");
  add (os, "type", "hvm", "arch", vmm_new_machine_get_arch (self),
       "machine", vmm_new_machine_get_machine (self), NULL);
  if (firmware != VMM_FIRMWARE_KIND_BIOS)
    add (add (os, "firmware", NULL, NULL), "feature", NULL,
         "enabled", firmware == VMM_FIRMWARE_KIND_EFI_SECURE_BOOT ? "yes" : "no",
         "name", "secure-boot", NULL);
}

static void
add_processor (VmmNewMachine *self,
               xmlNode       *domain)
{
  const VmmRecommendation *wanted = vmm_new_machine_get_recommendation (self);
  xmlNode *features = add (domain, "features", NULL, NULL);
  xmlNode *clock;

  add (features, "acpi", NULL, NULL);
  add (features, "apic", NULL, NULL);
  if (vmm_new_machine_get_firmware (self) == VMM_FIRMWARE_KIND_EFI_SECURE_BOOT)
    add (features, "smm", NULL, "state", "on", NULL);

  /* Without KVM there is no host processor to pass through. */
  if (g_str_equal (vmm_new_machine_get_host (self)->accelerator, "tcg"))
    add (domain, "cpu", NULL, "mode", "maximum", NULL);
  else
    add (domain, "cpu", NULL, "mode", "host-passthrough", NULL);

  clock = add (domain, "clock", NULL, "offset", wanted->clock, NULL);
  add (clock, "timer", NULL, "name", "rtc", "tickpolicy", "catchup", NULL);
  add (clock, "timer", NULL, "name", "pit", "tickpolicy", "delay", NULL);
  add (clock, "timer", NULL, "name", "hpet", "present", "no", NULL);
}

static void
add_disk (VmmNewMachine *self,
          xmlNode       *devices)
{
  const VmmDiskImage *image = vmm_new_machine_get_image (self);
  g_autofree char *target = disk_target (self);
  const char *bus = vmm_new_machine_get_disk_bus (self);
  xmlNode *disk = add (devices, "disk", NULL, "type", "file", "device", "disk", NULL);

  add (disk, "driver", NULL, "name", "qemu", "type", image != NULL ? image->format : "qcow2",
       "discard", "unmap", NULL);
  /* Without a source the core names the file after the machine. */
  if (image != NULL)
    add (disk, "source", NULL, "file", image->path, NULL);
  add (disk, "target", NULL, "dev", target, "bus", bus, NULL);
  add (disk, "boot", NULL, "order", is_live_only (self) ? "2" : "1", NULL);

  if (g_str_equal (bus, "scsi"))
    add (devices, "controller", NULL, "type", "scsi", "index", "0", "model", "virtio-scsi", NULL);
}

static void
add_cdrom (VmmNewMachine *self,
           xmlNode       *devices)
{
  VmmInstallMedia *media = vmm_new_machine_get_media (self);
  g_autofree char *target = cdrom_target (self);
  xmlNode *disk = add (devices, "disk", NULL, "type", "file", "device", "cdrom", NULL);

  add (disk, "driver", NULL, "name", "qemu", "type", "raw", NULL);
  if (media != NULL)
    add (disk, "source", NULL, "file", vmm_install_media_get_path (media), NULL);
  add (disk, "target", NULL, "dev", target,
       "bus", vmm_new_machine_get_recommendation (self)->cdrom_bus, NULL);
  add (disk, "readonly", NULL, NULL);
  add (disk, "boot", NULL, "order", is_live_only (self) ? "1" : "2", NULL);
}

static void
add_devices (VmmNewMachine *self,
             xmlNode       *domain)
{
  const VmmRecommendation *wanted = vmm_new_machine_get_recommendation (self);
  const char *video = vmm_new_machine_get_video_model (self);
  xmlNode *devices = add (domain, "devices", NULL, NULL);
  xmlNode *node;

  add_disk (self, devices);
  add_cdrom (self, devices);

  add (devices, "controller", NULL, "type", "usb", "index", "0", "model", wanted->usb_model, NULL);
  if (wanted->has_virtio_serial)
    add (devices, "controller", NULL, "type", "virtio-serial", "index", "0", NULL);

  if (vmm_new_machine_get_network (self) == VMM_NEW_MACHINE_NETWORK_USER)
    {
      node = add (devices, "interface", NULL, "type", "user", NULL);
      add (node, "model", NULL, "type", vmm_new_machine_get_nic_model (self), NULL);
    }

  node = add (devices, "serial", NULL, "type", "pty", NULL);
  add (node, "target", NULL, "port", "0", NULL);
  node = add (devices, "console", NULL, "type", "pty", NULL);
  add (node, "target", NULL, "type", "serial", "port", "0", NULL);
  if (wanted->has_virtio_serial)
    {
      node = add (devices, "channel", NULL, "type", "unix", NULL);
      add (node, "target", NULL, "type", "virtio", "name", "org.qemu.guest_agent.0", NULL);
    }

  add (devices, "input", NULL, "type", "tablet", "bus", "usb", NULL);
  if (!g_str_equal (video, "none"))
    add (add (devices, "video", NULL, NULL), "model", NULL, "type", video, NULL);

  add (devices, "memballoon", NULL, "model", wanted->has_balloon ? "virtio" : "none", NULL);
  if (wanted->has_virtio_rng)
    {
      node = add (devices, "rng", NULL, "model", "virtio", NULL);
      add (node, "backend", "/dev/urandom", "model", "random", NULL);
    }
}

/**
 * vmm_new_machine_build_xml:
 *
 * Writes the machine as a libvirt domain document, for Manager.Install.
 *
 * Fails as vmm_new_machine_check_all() does.
 *
 * Returns: (transfer full): the document, UTF-8
 */
char *
vmm_new_machine_build_xml (VmmNewMachine  *self,
                           GError        **error)
{
  g_autoptr (xmlDoc) document = NULL;
  g_autofree char *memory = NULL;
  g_autofree char *vcpus = NULL;
  const VmmHostSummary *host;
  xmlNode *domain;
  xmlChar *text = NULL;
  char *copy;
  int length = 0;

  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  if (!vmm_new_machine_check_all (self, error))
    return NULL;

  host = vmm_new_machine_get_host (self);
  memory = g_strdup_printf ("%" G_GUINT64_FORMAT, vmm_new_machine_get_memory_mib (self));
  vcpus = g_strdup_printf ("%u", vmm_new_machine_get_vcpus (self));

  document = xmlNewDoc (BAD_CAST "1.0");
  domain = xmlNewNode (NULL, BAD_CAST "domain");
  xmlDocSetRootElement (document, domain);
  xmlNewProp (domain, BAD_CAST "type",
              BAD_CAST (g_str_equal (host->accelerator, "tcg") ? "qemu" : "kvm"));
  add (domain, "name", vmm_new_machine_get_name (self), NULL);
  add_metadata (self, domain);
  add (domain, "memory", memory, "unit", "MiB", NULL);
  add (domain, "vcpu", vcpus, NULL);
  add_os (self, domain);
  add_processor (self, domain);
  add_devices (self, domain);

  xmlDocDumpFormatMemoryEnc (document, &text, &length, "UTF-8", 1);
  copy = g_strndup ((const char *) text, length);
  xmlFree (text);

  return copy;
}

/**
 * vmm_new_machine_build_options:
 *
 * Returns: (transfer floating): the options of Manager.Install
 */
GVariant *
vmm_new_machine_build_options (VmmNewMachine *self)
{
  GVariantBuilder options;

  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (vmm_new_machine_get_image (self) == NULL)
    {
      g_autofree char *target = disk_target (self);
      GVariantBuilder disks;

      g_variant_builder_init (&disks, G_VARIANT_TYPE ("aa{sv}"));
      g_variant_builder_open (&disks, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&disks, "{sv}", "target", g_variant_new_string (target));
      g_variant_builder_add (&disks, "{sv}", "capacity",
                             g_variant_new_uint64 (vmm_new_machine_get_disk_bytes (self)));
      g_variant_builder_close (&disks);
      g_variant_builder_add (&options, "{sv}", "disks", g_variant_builder_end (&disks));
    }
  if (vmm_new_machine_get_media (self) != NULL && !is_live_only (self))
    {
      VmmInstallMedia *media = vmm_new_machine_get_media (self);
      g_autofree char *target = cdrom_target (self);

      g_variant_builder_add (&options, "{sv}", "media", g_variant_new_string (target));
      g_variant_builder_add (&options, "{sv}", "reboots",
                             g_variant_new_uint32 (vmm_install_media_get_reboots (media)));
    }
  g_variant_builder_add (&options, "{sv}", "start",
                         g_variant_new_boolean (vmm_new_machine_get_start (self)));

  return g_variant_builder_end (&options);
}
