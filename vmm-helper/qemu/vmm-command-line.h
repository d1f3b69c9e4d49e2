/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-capabilities.h"
#include "vmm-domain.h"
#include "vmm-firmware.h"

G_BEGIN_DECLS

/**
 * VmmStartOptions:
 * @accelerator: (nullable): "kvm" or "tcg" instead of what definition and capabilities say
 * @firmware: (nullable): for a definition that leaves the choice of UEFI to us
 * @nvram_path: (nullable): the machine's firmware variables; the file must exist at the start
 * @nvram_format: (nullable): "raw" (the default) or "qcow2"
 * @log_folder: (nullable): where the output of serial ports is kept, as ALIAS.log; %NULL: nowhere
 * @use_passt: user networking by passt, which the caller runs, instead of QEMU's own
 * @is_installing: an installer runs: QEMU stops instead of rebooting or leaving
 * @install_media: (nullable): target of the drive that holds the installer
 * @install_stage: 0 boots from @install_media, later ones from the disks
 *
 * What a start needs beside the definition. All lent. A machine always starts paused (-S).
 */
typedef struct
{
  const char        *accelerator;
  const VmmFirmware *firmware;
  const char        *nvram_path;
  const char        *nvram_format;
  const char        *log_folder;
  gboolean           use_passt;
  gboolean           is_installing;
  const char        *install_media;
  guint              install_stage;
} VmmStartOptions;

typedef enum
{
  VMM_FD_SLOT_QMP,       /* a listening socket */
  VMM_FD_SLOT_CHAR_DEV,  /* a listening socket, for the character device of an alias */
  VMM_FD_SLOT_PASST,     /* a connected stream socket, for the network card of an alias */
} VmmFdSlotKind;

/* A descriptor that QEMU expects to be open under this number. */
typedef struct
{
  VmmFdSlotKind  kind;
  char          *alias;   /* NULL for QMP */
  int            number;
} VmmFdSlot;

#define VMM_TYPE_COMMAND_LINE (vmm_command_line_get_type ())

G_DECLARE_FINAL_TYPE (VmmCommandLine, vmm_command_line, VMM, COMMAND_LINE, GObject)

VmmCommandLine     *vmm_command_line_build           (VmmDomain              *domain,
                                                      VmmCapabilities        *capabilities,
                                                      const VmmStartOptions  *options,
                                                      GError                **error);
const char * const *vmm_command_line_get_argv        (VmmCommandLine         *self);
const VmmFdSlot    *vmm_command_line_get_fd_slots    (VmmCommandLine         *self,
                                                      gsize                  *n_slots);
const char         *vmm_command_line_get_accelerator (VmmCommandLine         *self);
const char         *vmm_command_line_get_accelerator_reason (VmmCommandLine  *self);
const char * const *vmm_command_line_get_notes       (VmmCommandLine         *self);

char               *vmm_command_line_dup_node_name   (const char             *role,
                                                      const char             *alias);

G_END_DECLS
