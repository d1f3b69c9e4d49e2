/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guestctl.h"
#include "vmm-domain.h"

G_BEGIN_DECLS

/**
 * CliDisk:
 *
 * A --disk of the command line. Texts are %NULL where nothing was said.
 */
typedef struct
{
  char     *device;       /* "disk", "cdrom" or "floppy" */
  char     *path;         /* absolute */
  guint64   bytes;        /* of a new image; 0: not said */
  char     *format;
  char     *bus;
  char     *target;
  char     *cache;
  char     *discard;
  char     *io;
  char     *serial;
  gboolean  is_read_only;
  gboolean  is_shareable;
  guint64   boot_order;   /* 0: not said */
  gboolean  is_new;       /* an image is to be made */
} CliDisk;

CliDisk  *cli_disk_parse  (const char  *text,
                           GError     **error);
void      cli_disk_free   (CliDisk     *self);

gboolean  cli_disk_probe  (CliDisk     *self,
                           Cli         *cli,
                           GError     **error);
void      cli_disk_write  (CliDisk     *self,
                           VmmDisk     *disk);
VmmDisk  *cli_disk_add    (CliDisk     *self,
                           VmmDomain   *domain,
                           const char  *default_bus,
                           GError     **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliDisk, cli_disk_free)

G_END_DECLS
