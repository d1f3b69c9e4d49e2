/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

#define VMM_XML_NAMESPACE "https://guesthouse.org/xmlns/machine/1"

gboolean vmm_domain_get_install   (VmmDomain   *self,
                                   char       **media,
                                   guint       *reboots_left,
                                   guint       *stage);
void     vmm_domain_set_install   (VmmDomain   *self,
                                   const char  *media,
                                   guint        reboots_left,
                                   guint        stage);
void     vmm_domain_clear_install (VmmDomain   *self);

G_END_DECLS
