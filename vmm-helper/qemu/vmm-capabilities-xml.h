/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-capabilities.h"

G_BEGIN_DECLS

char *vmm_capabilities_build_xml        (VmmCapabilities  *capabilities);
char *vmm_capabilities_build_domain_xml (VmmCapabilities  *capabilities,
                                         const char       *arch,
                                         const char       *machine,
                                         const char       *virt_type,
                                         GError          **error);

G_END_DECLS
