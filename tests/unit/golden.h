/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-command-line.h"
#include "vmm-domain-complete.h"
#include "vmm-domain-validate.h"

G_BEGIN_DECLS

/* The stored definitions, for the test of the arguments and the one that starts QEMU with them. */
char            **golden_list              (void);
VmmCapabilities  *golden_load_capabilities (void);
VmmDomain        *golden_load_domain       (const char       *name,
                                            VmmCapabilities  *capabilities,
                                            const char       *images_folder);
VmmStartOptions   golden_options           (const char       *name);

G_END_DECLS
