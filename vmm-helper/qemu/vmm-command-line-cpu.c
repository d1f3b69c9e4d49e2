/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-command-line-private.h"
#include "vmm-error.h"
#include "vmm-xml.h"

/* Names of processor models and features go into an option that takes no JSON. */
static gboolean
check_word (const char  *what,
            const char  *word,
            GError     **error)
{
  if (word != NULL && word[0] != '\0' &&
      strspn (word, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.") == strlen (word))
    return TRUE;

  g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
               "“%s” is not the name of a processor %s; letters, digits, “-”, “_” and “.” work",
               word != NULL ? word : "", what);

  return FALSE;
}

/* QEMU's name of a feature that libvirt calls otherwise and QEMU has no alias for. */
static const char *
translate_feature (const char *name)
{
  static const char *const names[][2] = {
    { "cmt", NULL },
    { "mbm_total", NULL },
    { "mbm_local", NULL },
    { "osxsave", NULL },
    { "ospke", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i][0], name) == 0)
      return names[i][1];

  return name;
}

static gboolean
append_features (VmmBuilder  *builder,
                 GString     *cpu,
                 GError     **error)
{
  g_autoptr(GArray) features = vmm_domain_list_cpu_features (builder->domain);

  for (guint i = 0; i < features->len; i++)
    {
      const VmmCpuFeature *feature = &g_array_index (features, VmmCpuFeature, i);
      const char *name;
      gboolean is_off = strcmp (feature->policy, "disable") == 0 || strcmp (feature->policy, "forbid") == 0;

      if (!check_word ("feature", feature->name, error))
        return FALSE;

      /* Features that only mirror what the guest has set, or that no guest ever sees. */
      name = translate_feature (feature->name);

      if (name != NULL)
        g_string_append_printf (cpu, ",%s=%s", name, is_off ? "off" : "on");
    }

  return TRUE;
}

/* Hyper-V's vendor id has 12 bytes; -cpu has no way to write a comma. */
static gboolean
append_vendor_id (VmmBuilder     *builder,
                  GString        *cpu,
                  const xmlNode  *hyperv,
                  GError        **error)
{
  const char *id = vmm_xml_get (hyperv, "vendor_id@value");

  if (vmm_domain_get_hyperv (builder->domain, "vendor_id") != VMM_SWITCH_ON || id == NULL)
    return TRUE;

  if (strlen (id) > 12 || strchr (id, ',') != NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "The Hyper-V vendor id “%.64s” is not possible; at most 12 bytes without a comma work", id);
      return FALSE;
    }

  g_string_append_printf (cpu, ",hv-vendor-id=%s", id);

  return TRUE;
}

static gboolean
append_hyperv (VmmBuilder  *builder,
               GString     *cpu,
               GError     **error)
{
  static const char *const plain[][2] = {
    { "relaxed", "hv-relaxed" }, { "vapic", "hv-vapic" }, { "vpindex", "hv-vpindex" },
    { "runtime", "hv-runtime" }, { "synic", "hv-synic" }, { "stimer", "hv-stimer" },
    { "reset", "hv-reset" }, { "frequencies", "hv-frequencies" },
    { "reenlightenment", "hv-reenlightenment" }, { "tlbflush", "hv-tlbflush" },
    { "ipi", "hv-ipi" }, { "evmcs", "hv-evmcs" }, { "avic", "hv-avic" },
  };
  VmmDomain *domain = builder->domain;
  const xmlNode *hyperv = vmm_xml_find (vmm_domain_get_root (domain), "features/hyperv");
  guint64 retries;

  if (vmm_domain_get_timer_present (domain, "hypervclock") == VMM_SWITCH_ON)
    g_string_append (cpu, ",hv-time=on");

  if (hyperv == NULL)
    return TRUE;

  if (g_strcmp0 (vmm_xml_get_attribute (hyperv, "mode"), "passthrough") == 0)
    g_string_append (cpu, ",hv-passthrough=on");

  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    if (vmm_domain_get_hyperv (domain, plain[i][0]) == VMM_SWITCH_ON)
      g_string_append_printf (cpu, ",%s=on", plain[i][1]);

  if (vmm_domain_get_hyperv (domain, "stimer") == VMM_SWITCH_ON &&
      g_strcmp0 (vmm_xml_get (hyperv, "stimer/direct@state"), "on") == 0)
    g_string_append (cpu, ",hv-stimer-direct=on");

  if (vmm_domain_get_hyperv (domain, "spinlocks") == VMM_SWITCH_ON)
    {
      retries = g_ascii_strtoull (vmm_xml_get (hyperv, "spinlocks@retries") != NULL
                                  ? vmm_xml_get (hyperv, "spinlocks@retries") : "8191", NULL, 0);
      g_string_append_printf (cpu, ",hv-spinlocks=0x%" G_GINT64_MODIFIER "x", CLAMP (retries, 0xfff, G_MAXUINT32));
    }

  return append_vendor_id (builder, cpu, hyperv, error);
}

static gboolean
append_kvm_features (VmmBuilder  *builder,
                     GString     *cpu,
                     GError     **error)
{
  VmmDomain *domain = builder->domain;
  const xmlNode *root = vmm_domain_get_root (domain);
  VmmSwitch kvmclock = vmm_domain_get_timer_present (domain, "kvmclock");
  VmmSwitch pmu = vmm_domain_get_feature (domain, "pmu");

  if (kvmclock != VMM_SWITCH_DEFAULT)
    g_string_append_printf (cpu, ",kvmclock=%s", kvmclock == VMM_SWITCH_ON ? "on" : "off");

  if (vmm_switch_parse (vmm_xml_get (root, "features/kvm/hidden@state")) == VMM_SWITCH_ON)
    g_string_append (cpu, ",kvm=off");

  if (pmu != VMM_SWITCH_DEFAULT)
    g_string_append_printf (cpu, ",pmu=%s", pmu == VMM_SWITCH_ON ? "on" : "off");

  return append_hyperv (builder, cpu, error);
}

static void
append_host_cpu (VmmBuilder *builder,
                 GString    *cpu,
                 const char *mode)
{
  VmmSwitch migratable = vmm_switch_parse (vmm_domain_get_value (builder->domain, "cpu@migratable"));

  if (!builder->is_kvm)
    {
      g_string_append (cpu, "max");

      if (mode != NULL && strcmp (mode, "maximum") != 0)
        vmm_builder_note (builder, "The processor is QEMU's own, with all that it can emulate (“max”), because “%s” "
                          "needs KVM", mode);
      return;
    }

  g_string_append (cpu, vmm_capabilities_get_kvm_cpu (builder->capabilities));

  if (!g_str_has_prefix (cpu->str, "host"))
    vmm_builder_note (builder, "The processor is “%s”, because KVM does not start with the host's own here", cpu->str);
  else if (migratable != VMM_SWITCH_DEFAULT && g_strcmp0 (mode, "host-passthrough") == 0)
    g_string_append_printf (cpu, ",migratable=%s", migratable == VMM_SWITCH_ON ? "on" : "off");
}

static void
add_smp (VmmBuilder *builder)
{
  g_autoptr(GString) smp = g_string_new (NULL);
  guint max = vmm_domain_get_max_vcpus (builder->domain);
  guint current = vmm_domain_get_current_vcpus (builder->domain);
  VmmCpuTopology topology;

  g_string_append_printf (smp, "%u", current);

  if (current != max)
    g_string_append_printf (smp, ",maxcpus=%u", max);

  if (vmm_domain_get_cpu_topology (builder->domain, &topology))
    g_string_append_printf (smp, ",sockets=%u,dies=%u,cores=%u,threads=%u", topology.sockets, topology.dies,
                            topology.cores, topology.threads);
  else
    g_string_append_printf (smp, ",sockets=%u,cores=1,threads=1", max);

  vmm_builder_add (builder, "-smp", smp->str);
}

gboolean
vmm_builder_add_cpu (VmmBuilder  *builder,
                     GError     **error)
{
  g_autoptr(GString) cpu = g_string_new (NULL);
  const char *mode = vmm_domain_get_cpu_mode (builder->domain);

  if (g_strcmp0 (mode, "custom") == 0)
    {
      const char *model = vmm_domain_get_cpu_model (builder->domain);

      if (!check_word ("model", model, error))
        return FALSE;

      g_string_append (cpu, model);
    }
  else
    {
      append_host_cpu (builder, cpu, mode);
    }

  if (!append_features (builder, cpu, error))
    return FALSE;

  /* Without KVM there is nothing to be paravirtualised. */
  if (builder->is_kvm && !append_kvm_features (builder, cpu, error))
    return FALSE;

  vmm_builder_add (builder, "-cpu", cpu->str);
  add_smp (builder);

  return TRUE;
}
