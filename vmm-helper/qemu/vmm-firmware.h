/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * VmmFirmware:
 * @path: the code
 * @format: its format, "raw" or "qcow2"
 * @is_flash: it is mapped as pflash; otherwise it is one file for -bios
 * @nvram_template: (nullable): variables to copy for a new machine
 * @nvram_format: (nullable): their format
 * @has_secure_boot: it can enforce Secure Boot
 * @has_enrolled_keys: the template has keys, and so enforces it
 * @requires_smm: it needs a machine with SMM
 *
 * A firmware that QEMU's descriptors offer.
 */
typedef struct
{
  char     *path;
  char     *format;
  gboolean  is_flash;
  char     *nvram_template;
  char     *nvram_format;
  gboolean  has_secure_boot;
  gboolean  has_enrolled_keys;
  gboolean  requires_smm;
} VmmFirmware;

/**
 * VmmFirmwareQuery:
 * @kind: "efi" or "bios"
 * @arch: "x86_64", …
 * @machine: canonical machine type
 * @secure_boot: 1 wanted, 0 not wanted, -1 either; if either, one without is preferred
 * @enrolled_keys: likewise
 * @loader: (nullable): only the one with this code
 */
typedef struct
{
  const char *kind;
  const char *arch;
  const char *machine;
  int         secure_boot;
  int         enrolled_keys;
  const char *loader;
} VmmFirmwareQuery;

VmmFirmware *vmm_firmware_find       (const VmmFirmwareQuery  *query,
                                      GError                 **error);
VmmFirmware *vmm_firmware_find_in    (const char * const      *folders,
                                      const VmmFirmwareQuery  *query,
                                      GError                 **error);
void         vmm_firmware_free       (VmmFirmware             *firmware);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmFirmware, vmm_firmware_free)

G_END_DECLS
