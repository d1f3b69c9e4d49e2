/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <osinfo/osinfo.h>

G_BEGIN_DECLS

#define VMM_TYPE_OS (vmm_os_get_type ())
G_DECLARE_FINAL_TYPE (VmmOs, vmm_os, VMM, OS, GObject)

VmmOs      *vmm_os_new             (OsinfoOs   *os);

const char *vmm_os_get_id          (VmmOs      *self);
const char *vmm_os_get_short_id    (VmmOs      *self);
const char *vmm_os_get_name        (VmmOs      *self);
const char *vmm_os_get_version     (VmmOs      *self);
const char *vmm_os_get_family      (VmmOs      *self);
gboolean    vmm_os_is_end_of_life  (VmmOs      *self);
gboolean    vmm_os_is_generic      (VmmOs      *self);
OsinfoOs   *vmm_os_get_osinfo      (VmmOs      *self);

gboolean    vmm_os_has_device      (VmmOs      *self,
                                    const char *name);
gboolean    vmm_os_matches         (VmmOs      *self,
                                    const char *search);
int         vmm_os_compare         (VmmOs      *a,
                                    VmmOs      *b);

G_END_DECLS
