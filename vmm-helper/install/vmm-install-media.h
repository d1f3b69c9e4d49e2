/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-os.h"

G_BEGIN_DECLS

#define VMM_TYPE_INSTALL_MEDIA (vmm_install_media_get_type ())
G_DECLARE_FINAL_TYPE (VmmInstallMedia, vmm_install_media, VMM, INSTALL_MEDIA, GObject)

VmmInstallMedia *vmm_install_media_new           (const char      *path,
                                                  VmmOs           *os,
                                                  OsinfoMedia     *media);

const char      *vmm_install_media_get_path      (VmmInstallMedia *self);
VmmOs           *vmm_install_media_get_os        (VmmInstallMedia *self);
const char      *vmm_install_media_get_arch      (VmmInstallMedia *self);
const char      *vmm_install_media_get_volume_id (VmmInstallMedia *self);
guint            vmm_install_media_get_reboots   (VmmInstallMedia *self);
gboolean         vmm_install_media_is_identified (VmmInstallMedia *self);
gboolean         vmm_install_media_is_live       (VmmInstallMedia *self);
gboolean         vmm_install_media_is_installer  (VmmInstallMedia *self);

OsinfoMedia     *vmm_install_media_read          (const char      *path,
                                                  GCancellable    *cancellable,
                                                  GError         **error);

G_END_DECLS
