/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

/**
 * VmmCpuFeature:
 * @name: as in the document
 * @policy: "force", "require", "optional", "disable" or "forbid"
 */
typedef struct
{
  const char *name;
  const char *policy;
} VmmCpuFeature;

/* All 0 if there is no <topology>. */
typedef struct
{
  guint sockets;
  guint dies;
  guint cores;
  guint threads;
} VmmCpuTopology;

const char *vmm_domain_get_cpu_mode      (VmmDomain      *self);
void        vmm_domain_set_cpu_mode      (VmmDomain      *self,
                                          const char     *mode);
const char *vmm_domain_get_cpu_model     (VmmDomain      *self);
void        vmm_domain_set_cpu_model     (VmmDomain      *self,
                                          const char     *model);
GArray     *vmm_domain_list_cpu_features (VmmDomain      *self);
gboolean    vmm_domain_get_cpu_topology  (VmmDomain      *self,
                                          VmmCpuTopology *topology);
void        vmm_domain_set_cpu_topology  (VmmDomain            *self,
                                          const VmmCpuTopology *topology);

G_END_DECLS
