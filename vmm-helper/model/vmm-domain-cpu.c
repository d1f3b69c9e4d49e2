/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-domain-cpu.h"

#include "vmm-domain.h"
#include "vmm-number.h"
#include "vmm-xml.h"

/**
 * vmm_domain_get_cpu_mode:
 *
 * Returns: (transfer none) (nullable): "host-passthrough", "host-model", "maximum" or "custom";
 *   %NULL if the document leaves the processor to us
 */
const char *
vmm_domain_get_cpu_mode (VmmDomain *self)
{
  const char *mode = vmm_domain_get_value (self, "cpu@mode");

  if (mode == NULL && vmm_domain_get_value (self, "cpu/model") != NULL)
    return "custom";

  return mode;
}

void
vmm_domain_set_cpu_mode (VmmDomain  *self,
                         const char *mode)
{
  vmm_domain_set_value (self, NULL, "cpu@mode", mode);
}

const char *
vmm_domain_get_cpu_model (VmmDomain *self)
{
  return vmm_domain_get_value (self, "cpu/model");
}

void
vmm_domain_set_cpu_model (VmmDomain  *self,
                          const char *model)
{
  vmm_domain_set_value (self, NULL, "cpu/model", model);
}

/* Returns: (transfer full) (element-type VmmCpuFeature): the strings are lent */
GArray *
vmm_domain_list_cpu_features (VmmDomain *self)
{
  GArray *features = g_array_new (FALSE, FALSE, sizeof (VmmCpuFeature));
  const xmlNode *node = vmm_xml_find (vmm_domain_get_root (self), "cpu/feature");

  for (; node != NULL; node = vmm_xml_get_next_named (node))
    {
      VmmCpuFeature feature = { vmm_xml_get_attribute (node, "name"), vmm_xml_get_attribute (node, "policy") };

      if (feature.name == NULL)
        continue;

      if (feature.policy == NULL)
        feature.policy = "require";

      g_array_append_val (features, feature);
    }

  return features;
}

static guint
get_count (VmmDomain  *self,
           const char *path)
{
  guint64 number;

  return vmm_number_parse (vmm_domain_get_value (self, path), &number) ? MIN (number, G_MAXUINT16) : 1;
}

/* Returns: whether there is a <topology>; what it does not say is 1 */
gboolean
vmm_domain_get_cpu_topology (VmmDomain      *self,
                             VmmCpuTopology *topology)
{
  *topology = (VmmCpuTopology) { 0 };

  if (vmm_domain_get_value (self, "cpu/topology") == NULL)
    return FALSE;

  topology->sockets = get_count (self, "cpu/topology@sockets");
  topology->dies = get_count (self, "cpu/topology@dies");
  topology->cores = get_count (self, "cpu/topology@cores");
  topology->threads = get_count (self, "cpu/topology@threads");

  return TRUE;
}

/* @topology: (nullable): %NULL removes it */
void
vmm_domain_set_cpu_topology (VmmDomain            *self,
                             const VmmCpuTopology *topology)
{
  VmmCpuTopology old;
  char text[16];

  if (topology == NULL)
    {
      vmm_domain_set_value (self, NULL, "cpu/topology", NULL);
      return;
    }

  if (vmm_domain_get_cpu_topology (self, &old) && old.sockets == topology->sockets && old.dies == topology->dies &&
      old.cores == topology->cores && old.threads == topology->threads)
    return;

  g_snprintf (text, sizeof text, "%u", topology->sockets);
  vmm_domain_set_value (self, NULL, "cpu/topology@sockets", text);
  g_snprintf (text, sizeof text, "%u", topology->dies);
  vmm_domain_set_value (self, NULL, "cpu/topology@dies", text);
  g_snprintf (text, sizeof text, "%u", topology->cores);
  vmm_domain_set_value (self, NULL, "cpu/topology@cores", text);
  g_snprintf (text, sizeof text, "%u", topology->threads);
  vmm_domain_set_value (self, NULL, "cpu/topology@threads", text);
}
