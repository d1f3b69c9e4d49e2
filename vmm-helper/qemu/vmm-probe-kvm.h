/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

gboolean vmm_probe_kvm (const char    *emulator,
                        char         **cpu,
                        char         **reason,
                        char         **efi_problem,
                        GCancellable  *cancellable);

G_END_DECLS
