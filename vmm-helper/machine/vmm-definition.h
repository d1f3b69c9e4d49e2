/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-domain.h"
#include "vmm-host.h"
#include "vmm-problem.h"

G_BEGIN_DECLS

void       vmm_definition_async    (VmmHost              *host,
                                    const char           *xml,
                                    GAsyncReadyCallback   callback,
                                    gpointer              user_data);
VmmDomain *vmm_definition_finish   (GAsyncResult         *result,
                                    GPtrArray           **problems,
                                    GError              **error);

G_END_DECLS
