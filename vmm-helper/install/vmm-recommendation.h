/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-host-summary.h"
#include "vmm-os.h"

G_BEGIN_DECLS

typedef enum
{
  VMM_FIRMWARE_KIND_BIOS,
  VMM_FIRMWARE_KIND_EFI,
  VMM_FIRMWARE_KIND_EFI_SECURE_BOOT,
} VmmFirmwareKind;

const char *vmm_firmware_kind_to_string   (VmmFirmwareKind   firmware);
gboolean    vmm_firmware_kind_from_string (const char   *text,
                                      VmmFirmwareKind  *firmware);

/**
 * VmmRecommendation:
 *
 * What suits a system on a host. The texts are static.
 */
typedef struct
{
  guint64      memory_mib;             /* what to begin with */
  guint64      memory_minimum_mib;     /* 0: not known */
  guint64      memory_recommended_mib; /* 0: not known */
  guint        vcpus;
  guint        vcpus_minimum;          /* 0: not known */
  guint64      disk_bytes;
  guint64      disk_minimum_bytes;     /* 0: not known */

  VmmFirmwareKind  firmware;
  gboolean     needs_efi;
  gboolean     needs_secure_boot;
  gboolean     needs_tpm;

  const char  *machine;                /* "q35" or "pc" */
  const char  *disk_bus;               /* "virtio", "sata" or "ide" */
  const char  *cdrom_bus;              /* "sata" or "ide" */
  const char  *nic_model;              /* "virtio", "e1000e", "e1000" or "rtl8139" */
  const char  *video_model;            /* "virtio", "qxl" or "vga" */
  const char  *usb_model;              /* "qemu-xhci" or "piix3-uhci" */
  const char  *clock;                  /* "utc" or "localtime" */
  gboolean     has_virtio_rng;
  gboolean     has_balloon;
  gboolean     has_virtio_serial;
} VmmRecommendation;

void        vmm_recommendation_make  (VmmRecommendation    *self,
                                      VmmOs                *os,
                                      const VmmHostSummary *host,
                                      const char           *arch);

G_END_DECLS
