/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-recommendation.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)
#define GIB (G_GUINT64_CONSTANT (1) << 30)

/* For a system of which nothing is known. */
#define FALLBACK_MEMORY_MIB 2048
#define FALLBACK_VCPUS 2
#define FALLBACK_DISK_BYTES (20 * GIB)

static const char *const firmware_words[] = { "bios", "efi", "efi-secure-boot" };

/**
 * vmm_firmware_kind_to_string:
 *
 * Returns: its word in the D-Bus contract
 */
const char *
vmm_firmware_kind_to_string (VmmFirmwareKind firmware)
{
  g_return_val_if_fail (firmware < G_N_ELEMENTS (firmware_words), NULL);

  return firmware_words[firmware];
}

gboolean
vmm_firmware_kind_from_string (const char  *text,
                          VmmFirmwareKind *firmware)
{
  for (gsize i = 0; i < G_N_ELEMENTS (firmware_words); i++)
    if (g_strcmp0 (firmware_words[i], text) == 0)
      {
        *firmware = (VmmFirmwareKind) i;
        return TRUE;
      }

  return FALSE;
}

/* What libosinfo says for @arch, or for all; a part that it does not say is -1. */
typedef struct
{
  gint64 memory_bytes;
  gint64 disk_bytes;
  int    vcpus;
} Amounts;

static Amounts
read_amounts (OsinfoResourcesList *list,
              const char          *arch)
{
  Amounts amounts = { -1, -1, -1 };
  int length = osinfo_list_get_length (OSINFO_LIST (list));

  for (int i = 0; i < length; i++)
    {
      OsinfoResources *resources = OSINFO_RESOURCES (osinfo_list_get_nth (OSINFO_LIST (list), i));
      const char *given = osinfo_resources_get_architecture (resources);
      gboolean is_exact = g_strcmp0 (given, arch) == 0;

      if (!is_exact && g_strcmp0 (given, "all") != 0)
        continue;

      /* An entry for this architecture counts more than one for all. */
      if (is_exact || amounts.memory_bytes <= 0)
        amounts.memory_bytes = osinfo_resources_get_ram (resources);
      if (is_exact || amounts.disk_bytes <= 0)
        amounts.disk_bytes = osinfo_resources_get_storage (resources);
      if (is_exact || amounts.vcpus <= 0)
        amounts.vcpus = osinfo_resources_get_n_cpus (resources);
    }

  return amounts;
}

static void
recommend_amounts (VmmRecommendation    *self,
                   VmmOs                *os,
                   const VmmHostSummary *host,
                   const char           *arch)
{
  g_autoptr (OsinfoResourcesList) minimum_list = NULL;
  g_autoptr (OsinfoResourcesList) recommended_list = NULL;
  Amounts minimum = { -1, -1, -1 };
  Amounts recommended = { -1, -1, -1 };

  if (os != NULL)
    {
      minimum_list = osinfo_os_get_minimum_resources (vmm_os_get_osinfo (os));
      recommended_list = osinfo_os_get_recommended_resources (vmm_os_get_osinfo (os));
      minimum = read_amounts (minimum_list, arch);
      recommended = read_amounts (recommended_list, arch);
    }

  self->memory_minimum_mib = minimum.memory_bytes > 0 ? minimum.memory_bytes / MIB : 0;
  self->disk_minimum_bytes = minimum.disk_bytes > 0 ? (guint64) minimum.disk_bytes : 0;
  self->vcpus_minimum = minimum.vcpus > 0 ? (guint) minimum.vcpus : 0;

  if (recommended.memory_bytes > 0)
    self->memory_recommended_mib = recommended.memory_bytes / MIB;
  else if (minimum.memory_bytes > 0)
    self->memory_recommended_mib = minimum.memory_bytes / MIB * 2;

  self->memory_mib = self->memory_recommended_mib != 0 ? self->memory_recommended_mib
                                                       : FALLBACK_MEMORY_MIB;
  if (host->memory_mib != 0)
    {
      /* Leave the host half of its memory, unless the system needs more. */
      self->memory_mib = MIN (self->memory_mib, MAX (host->memory_mib / 2, self->memory_minimum_mib));
      self->memory_mib = MIN (self->memory_mib, host->memory_mib);
    }

  self->vcpus = recommended.vcpus > 0 ? (guint) recommended.vcpus
                                      : MAX (FALLBACK_VCPUS, self->vcpus_minimum);
  if (host->cpus != 0)
    self->vcpus = MIN (self->vcpus, host->cpus);

  if (recommended.disk_bytes > 0)
    self->disk_bytes = recommended.disk_bytes;
  else if (minimum.disk_bytes > 0)
    self->disk_bytes = self->disk_minimum_bytes * 2;
  else
    self->disk_bytes = FALLBACK_DISK_BYTES;
  if (host->images_free_bytes != 0)
    self->disk_bytes = MIN (self->disk_bytes, MAX (host->images_free_bytes / GIB, 1) * GIB);
}

static void
recommend_firmware (VmmRecommendation    *self,
                    VmmOs                *os,
                    const VmmHostSummary *host,
                    const char           *arch)
{
  g_autoptr (OsinfoFirmwareList) list = NULL;
  gboolean can_efi = FALSE;
  gboolean can_bios = TRUE;
  int length = 0;

  if (os != NULL)
    {
      list = osinfo_os_get_complete_firmware_list (vmm_os_get_osinfo (os), NULL);
      length = osinfo_list_get_length (OSINFO_LIST (list));
    }

  for (int i = 0; i < length; i++)
    {
      OsinfoFirmware *firmware = OSINFO_FIRMWARE (osinfo_list_get_nth (OSINFO_LIST (list), i));
      const char *type = osinfo_firmware_get_firmware_type (firmware);

      if (g_strcmp0 (osinfo_firmware_get_architecture (firmware), arch) != 0)
        continue;
      if (g_strcmp0 (type, "efi") == 0)
        can_efi = osinfo_firmware_is_supported (firmware);
      else if (g_strcmp0 (type, "bios") == 0)
        can_bios = osinfo_firmware_is_supported (firmware);
    }

  self->needs_efi = can_efi && !can_bios;

  /* libosinfo has no word for these two yet; the requirements are Microsoft's:
   * https://www.microsoft.com/windows/windows-11-specifications */
  if (os != NULL && g_str_equal (vmm_os_get_short_id (os), "win11"))
    self->needs_secure_boot = self->needs_tpm = TRUE;

  if (self->needs_secure_boot && vmm_host_summary_has_firmware (host, "efi-secure-boot"))
    self->firmware = VMM_FIRMWARE_KIND_EFI_SECURE_BOOT;
  else if (can_efi && vmm_host_summary_has_firmware (host, "efi"))
    self->firmware = VMM_FIRMWARE_KIND_EFI;
  else
    self->firmware = VMM_FIRMWARE_KIND_BIOS;
}

static gboolean
has_either (VmmOs      *os,
            const char *old_name,
            const char *new_name)
{
  return vmm_os_has_device (os, new_name) || vmm_os_has_device (os, old_name);
}

static void
recommend_devices (VmmRecommendation *self,
                   VmmOs             *os)
{
  gboolean is_q35 = vmm_os_has_device (os, "qemu-x86-q35");

  self->machine = is_q35 ? "q35" : "pc";
  self->cdrom_bus = is_q35 ? "sata" : "ide";
  self->usb_model = vmm_os_has_device (os, "qemu-xhci") || vmm_os_has_device (os, "nec-xhci")
                      ? "qemu-xhci" : "piix3-uhci";

  self->disk_bus = has_either (os, "virtio-block", "virtio1.0-block") ? "virtio" : self->cdrom_bus;

  if (has_either (os, "virtio-net", "virtio1.0-net"))
    self->nic_model = "virtio";
  else if (vmm_os_has_device (os, "e1000e") && is_q35)
    self->nic_model = "e1000e";
  else if (vmm_os_has_device (os, "e1000") || vmm_os_has_device (os, "e1000e"))
    self->nic_model = "e1000";
  else
    self->nic_model = "rtl8139";

  if (vmm_os_has_device (os, "virtio1.0-gpu"))
    self->video_model = "virtio";
  else if (vmm_os_has_device (os, "qxl") && g_str_equal (vmm_os_get_family (os), "linux"))
    self->video_model = "qxl";
  else
    self->video_model = "vga";

  /* Windows takes the machine's clock for local time. */
  self->clock = g_str_equal (vmm_os_get_family (os), "winnt") ? "localtime" : "utc";
  self->has_virtio_rng = has_either (os, "virtio-rng", "virtio1.0-rng");
  self->has_balloon = has_either (os, "virtio-balloon", "virtio1.0-balloon");
  self->has_virtio_serial = has_either (os, "virtio-console", "virtio1.0-console");
}

/**
 * vmm_recommendation_make:
 * @self: filled in
 * @os: (nullable): the system; %NULL if nothing is known of it
 * @host: what the host has; a number that is not known bounds nothing
 * @arch: "x86_64", …
 *
 * Works out what suits @os: libosinfo's recommended amounts, else twice the least, else 2 GiB,
 * two processors and 20 GiB, never more than the host has; and devices that @os has drivers for.
 */
void
vmm_recommendation_make (VmmRecommendation    *self,
                         VmmOs                *os,
                         const VmmHostSummary *host,
                         const char           *arch)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (os == NULL || VMM_IS_OS (os));
  g_return_if_fail (host != NULL);

  *self = (VmmRecommendation) {
    .machine = "q35",
    .disk_bus = "sata",
    .cdrom_bus = "sata",
    .nic_model = "e1000e",
    .video_model = "vga",
    .usb_model = "qemu-xhci",
    .clock = "utc",
    .has_virtio_rng = TRUE,
    .has_balloon = TRUE,
    .has_virtio_serial = TRUE,
  };

  recommend_amounts (self, os, host, arch);
  recommend_firmware (self, os, host, arch);
  if (os != NULL && *vmm_os_get_family (os) != '\0')
    recommend_devices (self, os);
}
