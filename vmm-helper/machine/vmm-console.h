/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  VMM_CONSOLE_FLAGS_NONE = 0,
  VMM_CONSOLE_FLAGS_FORCE = 1 << 0,
  VMM_CONSOLE_FLAGS_READ_ONLY = 1 << 1,
  VMM_CONSOLE_FLAGS_HISTORY = 1 << 2,
} VmmConsoleFlags;

#define VMM_TYPE_CONSOLE (vmm_console_get_type ())
G_DECLARE_FINAL_TYPE (VmmConsole, vmm_console, VMM, CONSOLE, GObject)

VmmConsole *vmm_console_new    (const char       *alias,
                                const char       *log_path);
void        vmm_console_attach (VmmConsole       *self,
                                GSocket          *socket);
int         vmm_console_open   (VmmConsole       *self,
                                VmmConsoleFlags   flags,
                                GError          **error);

G_END_DECLS
