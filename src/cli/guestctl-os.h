/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guestctl.h"
#include "vmm-os-database.h"

G_BEGIN_DECLS

/**
 * CliOsChoice:
 *
 * What --osinfo says.
 */
typedef struct
{
  char     *name;           /* (nullable): an id or short id */
  gboolean  detects;        /* by the medium; as virt-install, unless a name is given */
  gboolean  requires;       /* a medium that is not known is an error */
} CliOsChoice;

gboolean         cli_os_choice_parse  (CliOsChoice    *self,
                                       const char     *value,
                                       GError        **error);

VmmOsDatabase   *cli_os_load          (void);
VmmInstallMedia *cli_os_detect        (VmmOsDatabase  *database,
                                       const char     *path,
                                       GError        **error);
VmmOs           *cli_os_find          (VmmOsDatabase  *database,
                                       const char     *name,
                                       GError        **error);

G_END_DECLS
