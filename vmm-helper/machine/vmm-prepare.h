/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-capabilities.h"
#include "vmm-domain.h"
#include "vmm-firmware.h"

G_BEGIN_DECLS

/* What a start needs from the file system. */
typedef struct _VmmPreparation VmmPreparation;

void               vmm_prepare_async            (VmmDomain            *domain,
                                                 VmmCapabilities      *capabilities,
                                                 const char           *folder,
                                                 const char           *runtime,
                                                 GAsyncReadyCallback   callback,
                                                 gpointer              user_data);
VmmPreparation    *vmm_prepare_finish           (GAsyncResult         *result,
                                                 GError              **error);
void               vmm_preparation_free         (VmmPreparation       *self);

const VmmFirmware *vmm_preparation_get_firmware (const VmmPreparation *self);
const char        *vmm_preparation_get_nvram    (const VmmPreparation *self);

G_END_DECLS
