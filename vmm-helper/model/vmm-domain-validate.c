/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-domain-validate.h"

#include <string.h>

#include "vmm-elements.h"
#include "vmm-number.h"
#include "vmm-validate-private.h"
#include "vmm-xml.h"

/* The name is part of file names, whose limit this is. */
#define MAX_NAME_BYTES 255

#define MIN_MEMORY_KIB 1024

static const xmlNode *
node_at (VmmDomain  *domain,
         const char *path)
{
  const xmlNode *node = vmm_xml_find (vmm_domain_get_root (domain), path);

  return node != NULL ? node : vmm_domain_get_root (domain);
}

static void
check_name (VmmDomain *domain,
            GPtrArray *problems)
{
  const char *name = vmm_domain_get_name (domain);
  const xmlNode *node = node_at (domain, "name");
  g_autofree char *shown = NULL;
  const char *fault = NULL;

  if (name == NULL || name[strspn (name, " \t\r\n")] == '\0')
    {
      vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, name, "give <name> a text", "The machine has no name");
      return;
    }

  if (strlen (name) > MAX_NAME_BYTES)
    {
      shown = g_utf8_substring (name, 0, 40);
      vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, name, "at most 255 bytes are possible",
                        "The name “%s…” has %zu bytes", shown, strlen (name));
      return;
    }

  if (strchr (name, '/') != NULL)
    fault = "a slash";
  else if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
    fault = "only dots";

  for (const char *p = name; fault == NULL && *p != '\0'; p = g_utf8_next_char (p))
    if (*p == '\n' || *p == '\r')
      fault = "a line break";
    else if (g_unichar_iscntrl (g_utf8_get_char (p)))
      fault = "a control character";

  if (fault == NULL)
    return;

  shown = g_strescape (name, "\"'");
  vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, name,
                    "letters, digits, blanks and other punctuation work",
                    "The name “%s” has %s in it", g_str_equal (fault, "a slash") ? name : shown, fault);
}

static void
check_uuid (VmmDomain *domain,
            GPtrArray *problems)
{
  const char *uuid = vmm_domain_get_uuid (domain);

  if (uuid != NULL && !g_uuid_string_is_valid (uuid))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node_at (domain, "uuid"), NULL, uuid,
                      "8-4-4-4-12 hexadecimal digits work; without <uuid> one is made",
                      "The UUID “%.64s” is not valid", uuid);
}

static char *
dup_size (guint64 kib)
{
  return g_format_size_full (kib * 1024, G_FORMAT_SIZE_IEC_UNITS);
}

static void
check_memory (VmmDomain         *domain,
              const VmmHostInfo *info,
              GPtrArray         *problems)
{
  guint64 memory = vmm_domain_get_memory_kib (domain);
  guint64 current = vmm_domain_get_current_memory_kib (domain);
  const char *text = vmm_domain_get_value (domain, "memory");
  const xmlNode *node = node_at (domain, "memory");
  g_autofree char *given = dup_size (memory);
  g_autofree char *host = dup_size (info->memory_kib);

  if (text == NULL)
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, NULL, "add <memory unit='MiB'>1024</memory>",
                      "The machine has no memory");
  else if (memory < MIN_MEMORY_KIB)
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, text, "a whole number and a unit such as MiB work; at least 1 MiB",
                      "The memory size “%.32s” is not possible", text);
  else if (info->memory_kib > 0 && memory > info->memory_kib)
    {
      g_autofree char *remedy = g_strdup_printf ("less than %s works", host);

      vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, text, remedy,
                        "The machine's memory of %s is more than the host has, %s", given, host);
    }
  else if (info->memory_kib > 0 && memory > info->memory_kib / 10 * 9)
    vmm_problems_add (problems, VMM_SEVERITY_WARNING, node, NULL, text, "less leaves the host room to work",
                      "The machine's memory of %s is nearly all that the host has, %s", given, host);

  if (memory > 0 && current > memory)
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node_at (domain, "currentMemory"), NULL,
                      vmm_domain_get_value (domain, "currentMemory"), "make it no more than <memory>",
                      "The current memory is more than the machine's memory");
}

static const VmmMachineInfo *
find_machine (const VmmHostInfo *info,
              const char        *name)
{
  for (gsize i = 0; i < info->n_machines; i++)
    if (strcmp (info->machines[i].name, name) == 0)
      return &info->machines[i];

  return NULL;
}

static void
check_vcpus (VmmDomain         *domain,
             const VmmHostInfo *info,
             GPtrArray         *problems)
{
  const char *text = vmm_domain_get_value (domain, "vcpu");
  const char *machine_name = vmm_domain_get_machine (domain);
  const VmmMachineInfo *machine = find_machine (info, machine_name != NULL ? machine_name : info->default_machine);
  const xmlNode *node = node_at (domain, "vcpu");
  guint max = vmm_domain_get_max_vcpus (domain);
  guint current = vmm_domain_get_current_vcpus (domain);
  VmmCpuTopology topology;
  guint64 number;

  if (text != NULL && (!vmm_number_parse (text, &number) || number == 0))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, text, "a whole number from 1 works",
                      "The number of processors “%.32s” is not possible", text);
  else if (machine != NULL && max > machine->max_vcpus)
    {
      g_autofree char *remedy = g_strdup_printf ("at most %u work", machine->max_vcpus);

      vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, text, remedy,
                        "A machine of type “%s” cannot have %u processors", machine->name, max);
    }
  else if (info->vcpus > 0 && max > info->vcpus)
    vmm_problems_add (problems, VMM_SEVERITY_WARNING, node, NULL, text, "no more than the host has run best",
                      "The machine has %u processors, the host %u", max, info->vcpus);

  if (vmm_domain_get_value (domain, "vcpu@current") != NULL && (current == 0 || current > max))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, "current", vmm_domain_get_value (domain, "vcpu@current"),
                      "a number from 1 to that of <vcpu> works", "The machine cannot start with %u of %u processors",
                      current, max);

  if (!vmm_domain_get_cpu_topology (domain, &topology))
    return;

  number = (guint64) topology.sockets * topology.dies * topology.cores * topology.threads;

  if (number != max)
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node_at (domain, "cpu/topology"), NULL, NULL,
                      "sockets × dies × cores × threads must be the number of <vcpu>",
                      "The topology has %" G_GUINT64_FORMAT " processors, <vcpu> has %u", number, max);
}

static void
check_machine (VmmDomain         *domain,
               const VmmHostInfo *info,
               GPtrArray         *problems)
{
  const char *name = vmm_domain_get_machine (domain);
  const char *arch = vmm_domain_get_arch (domain);
  const VmmMachineInfo *machine = name != NULL ? find_machine (info, name) : NULL;
  const xmlNode *node = node_at (domain, "os/type");
  const char *canonical = machine != NULL && machine->canonical != NULL ? machine->canonical : name;
  g_autofree char *remedy = g_strdup_printf ("“%s” works", info->default_machine);
  g_autofree char *arch_remedy = g_strdup_printf ("“%s” works", info->arch);

  if (arch != NULL && strcmp (arch, info->arch) != 0)
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, "arch", arch, arch_remedy,
                      "The architecture “%.32s” is not that of the installed QEMU", arch);

  if (name != NULL && machine == NULL)
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, "machine", name, remedy,
                      "The machine type “%.64s” is unknown to the installed QEMU", name);
  else if (name != NULL && !g_str_has_prefix (canonical, "pc-q35-") && !g_str_has_prefix (canonical, "pc-i440fx-"))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, "machine", name, remedy,
                      "The machine type “%.64s” is not supported", name);
  else if (machine != NULL && machine->is_deprecated)
    vmm_problems_add (problems, VMM_SEVERITY_WARNING, node, "machine", name, remedy,
                      "The machine type “%s” will go in a later QEMU", name);
}

static gboolean
is_word (const char *text)
{
  return text[0] != '\0' && strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.") == strlen (text);
}

static void
check_cpu (VmmDomain         *domain,
           const VmmHostInfo *info,
           GPtrArray         *problems)
{
  const char *mode = vmm_domain_get_cpu_mode (domain);
  const char *model = vmm_domain_get_cpu_model (domain);
  const xmlNode *feature = vmm_xml_find (vmm_domain_get_root (domain), "cpu/feature");

  if (g_strcmp0 (mode, "custom") == 0)
    {
      if (model == NULL || !is_word (model))
        vmm_problems_add (problems, VMM_SEVERITY_ERROR, node_at (domain, "cpu"), NULL, model,
                          "add <model> with the name of a processor, or use mode “host-passthrough”",
                          "The processor model “%.64s” is not possible", model != NULL ? model : "");
      else if (info->cpu_models != NULL && !g_strv_contains (info->cpu_models, model))
        vmm_problems_add (problems, VMM_SEVERITY_ERROR, node_at (domain, "cpu/model"), NULL, model,
                          "mode “host-passthrough” works, or a model that QEMU lists, such as “qemu64”",
                          "The processor model “%.64s” is unknown to the installed QEMU", model);
    }

  for (; feature != NULL; feature = vmm_xml_get_next_named (feature))
    {
      const char *name = vmm_xml_get_attribute (feature, "name");

      if (name == NULL || !is_word (name))
        vmm_problems_add (problems, VMM_SEVERITY_ERROR, feature, "name", name, "the name of a processor feature works",
                          "The processor feature “%.64s” is not possible", name != NULL ? name : "");
    }
}

static void
check_platform (VmmDomain *domain,
                GPtrArray *problems)
{
  gboolean is_uefi = vmm_domain_is_uefi (domain);
  const char *vendor_id = vmm_domain_get_value (domain, "features/hyperv/vendor_id@value");

  if (vmm_domain_get_feature (domain, "acpi") == VMM_SWITCH_DEFAULT)
    vmm_problems_add (problems, is_uefi ? VMM_SEVERITY_ERROR : VMM_SEVERITY_WARNING, node_at (domain, "features"), NULL,
                      NULL, "add <acpi/> to <features>",
                      is_uefi ? "UEFI needs ACPI" : "Without ACPI the guest cannot be asked to shut down");

  if (vendor_id != NULL && (strlen (vendor_id) > 12 || strchr (vendor_id, ',') != NULL))
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node_at (domain, "features/hyperv/vendor_id"), "value", vendor_id,
                      "at most 12 bytes without a comma work", "The Hyper-V vendor id “%.64s” is not possible", vendor_id);

  if (vmm_domain_wants_secure_boot (domain) && !is_uefi)
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node_at (domain, "os"), NULL, NULL,
                      "use firmware='efi'", "Secure Boot needs UEFI");
}

/**
 * vmm_domain_validate:
 * @domain: a definition, completed or not
 * @info: what this host's QEMU offers
 *
 * Finds all problems at once and changes nothing. Looks at no file: what a path leads to is for the
 * start.
 *
 * Returns: (transfer full) (element-type VmmProblem): in the order of the checks
 */
GPtrArray *
vmm_domain_validate (VmmDomain         *domain,
                     const VmmHostInfo *info)
{
  GPtrArray *problems = vmm_problems_new ();

  g_return_val_if_fail (VMM_IS_DOMAIN (domain), problems);
  g_return_val_if_fail (info != NULL, problems);

  check_name (domain, problems);
  check_uuid (domain, problems);
  check_memory (domain, info, problems);
  check_vcpus (domain, info, problems);
  check_machine (domain, info, problems);
  check_cpu (domain, info, problems);
  check_platform (domain, problems);
  vmm_elements_validate (domain, problems);
  vmm_validate_devices (domain, problems);

  return problems;
}
