/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "guestctl.h"
#include "vmm-domain.h"

G_BEGIN_DECLS

/* virt-install's options for devices, written into a definition. They fail with CLI_ERROR_USAGE. */
gboolean cli_apply_networks  (VmmDomain          *domain,
                              const char *const  *values,
                              const char         *default_model,
                              GError            **error);
gboolean cli_apply_graphics  (VmmDomain          *domain,
                              const char *const  *values,
                              gboolean           *has_screen,
                              GError            **error);
gboolean cli_apply_serials   (VmmDomain          *domain,
                              const char         *serial,
                              const char         *console,
                              GError            **error);
gboolean cli_apply_cpu       (VmmDomain          *domain,
                              const char         *value,
                              GError            **error);
gboolean cli_apply_boot_order (VmmDomain         *domain,
                              GPtrArray          *order,
                              GError            **error);

G_END_DECLS
