/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-capabilities.h"

G_BEGIN_DECLS

void             vmm_capabilities_get_async  (const char           *emulator,
                                              const char           *cache_folder,
                                              GCancellable         *cancellable,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
VmmCapabilities *vmm_capabilities_get_finish (GAsyncResult         *result,
                                              GError              **error);

G_END_DECLS
