#pragma once
#include "vmm-capabilities.h"
char *vmm_capabilities_build_xml (VmmCapabilities *);
char *vmm_capabilities_build_domain_xml (VmmCapabilities *, const char *, const char *, const char *, GError **);
