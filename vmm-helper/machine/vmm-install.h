/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-machine.h"

G_BEGIN_DECLS

typedef VmmMachine *(*VmmAddMachineFunc) (gpointer    data,
                                          VmmDomain  *domain,
                                          GError    **error);

VmmJob *vmm_install_begin (VmmContext         *context,
                           const char         *xml,
                           GVariant           *options,
                           VmmAddMachineFunc   add,
                           gpointer            data,
                           GError            **error);

G_END_DECLS
