/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-capabilities-xml.h"

#include <string.h>

#include "vmm-error.h"
#include "vmm-firmware.h"

/* Libvirt's <capabilities> and <domainCapabilities>, with what is known to work and nothing more. */

static void
append (GString    *xml,
        const char *format,
        ...) G_GNUC_PRINTF (2, 3);

/* As g_string_append_printf(), with the arguments made safe for XML. */
static void
append (GString    *xml,
        const char *format,
        ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_markup_vprintf_escaped (format, args);
  va_end (args);
  g_string_append (xml, text);
}

static gboolean
has_kvm (VmmCapabilities *capabilities)
{
  return strcmp (vmm_capabilities_get_accelerator (capabilities), "kvm") == 0;
}

static void
append_machines (GString           *xml,
                 const VmmHostInfo *info)
{
  for (gsize i = 0; i < info->n_machines; i++)
    {
      const VmmMachineInfo *machine = &info->machines[i];
      const char *canonical = machine->canonical != NULL ? machine->canonical : machine->name;

      /* Only boards that definitions may have here. */
      if (!g_str_has_prefix (canonical, "pc-q35-") && !g_str_has_prefix (canonical, "pc-i440fx-"))
        continue;

      if (machine->canonical != NULL)
        append (xml, "      <machine canonical='%s' maxCpus='%u'>%s</machine>\n", machine->canonical,
                machine->max_vcpus, machine->name);
      else
        append (xml, "      <machine maxCpus='%u'>%s</machine>\n", machine->max_vcpus, machine->name);
    }
}

/**
 * vmm_capabilities_build_xml:
 *
 * Returns: (transfer full): libvirt's <capabilities> document of this host
 */
char *
vmm_capabilities_build_xml (VmmCapabilities *capabilities)
{
  const VmmHostInfo *info;
  GString *xml = g_string_new ("<capabilities>\n");

  g_return_val_if_fail (VMM_IS_CAPABILITIES (capabilities), NULL);

  info = vmm_capabilities_get_host_info (capabilities);
  append (xml, "  <host>\n    <cpu>\n      <arch>%s</arch>\n    </cpu>\n", info->arch);
  append (xml, "    <topology>\n      <cells num='1'>\n        <cell id='0'>\n"
               "          <memory unit='KiB'>%" G_GUINT64_FORMAT "</memory>\n          <cpus num='%u'/>\n"
               "        </cell>\n      </cells>\n    </topology>\n  </host>\n", info->memory_kib, info->vcpus);
  append (xml, "  <guest>\n    <os_type>hvm</os_type>\n    <arch name='%s'>\n      <wordsize>64</wordsize>\n"
               "      <emulator>%s</emulator>\n", info->arch, vmm_capabilities_get_emulator (capabilities));
  append_machines (xml, info);
  append (xml, "      <domain type='qemu'/>\n");

  if (has_kvm (capabilities))
    append (xml, "      <domain type='kvm'/>\n");

  append (xml, "    </arch>\n    <features>\n      <acpi default='on' toggle='yes'/>\n"
               "      <apic default='on' toggle='no'/>\n      <cpuselection/>\n    </features>\n"
               "  </guest>\n</capabilities>\n");

  return g_string_free (xml, FALSE);
}

static void
append_values (GString            *xml,
               const char         *name,
               const char * const *values)
{
  append (xml, "      <enum name='%s'>\n", name);

  for (; *values != NULL; values++)
    append (xml, "        <value>%s</value>\n", *values);

  append (xml, "      </enum>\n");
}

/* Each value is followed by the driver that it needs; a value whose driver is missing is left out. */
static void
append_drivers (GString            *xml,
                VmmCapabilities    *capabilities,
                const char         *name,
                const char * const *pairs)
{
  g_autoptr(GPtrArray) values = g_ptr_array_new ();

  for (; *pairs != NULL; pairs += 2)
    if (vmm_capabilities_has_device (capabilities, pairs[1]))
      g_ptr_array_add (values, (gpointer) pairs[0]);

  g_ptr_array_add (values, NULL);
  append_values (xml, name, (const char * const *) values->pdata);
}

static void
append_os (GString         *xml,
           VmmCapabilities *capabilities,
           const char      *machine)
{
  VmmFirmwareQuery query = { "efi", vmm_capabilities_get_arch (capabilities), machine, -1, -1, NULL };
  g_autoptr(VmmFirmware) firmware = vmm_firmware_find (&query, NULL);
  const char *secure[] = { "no", NULL, NULL };

  query.secure_boot = 1;

  if (firmware != NULL)
    {
      g_autoptr(VmmFirmware) with_keys = vmm_firmware_find (&query, NULL);

      secure[1] = with_keys != NULL ? "yes" : NULL;
    }

  append (xml, "  <os supported='yes'>\n    <enum name='firmware'>\n");
  append (xml, "      <value>bios</value>\n");

  if (firmware != NULL)
    append (xml, "      <value>efi</value>\n");

  append (xml, "    </enum>\n    <loader supported='yes'>\n");

  if (firmware != NULL)
    append (xml, "      <value>%s</value>\n", firmware->path);

  append_values (xml, "type", (const char *[]) { "rom", "pflash", NULL });
  append_values (xml, "readonly", (const char *[]) { "yes", NULL });
  append_values (xml, "secure", secure);
  append (xml, "    </loader>\n  </os>\n");
}

static void
append_cpu (GString         *xml,
            VmmCapabilities *capabilities,
            gboolean         is_kvm)
{
  GPtrArray *models = vmm_capabilities_get_cpu_models (capabilities);

  append (xml, "  <cpu>\n    <mode name='host-passthrough' supported='%s'/>\n", is_kvm ? "yes" : "no");
  append (xml, "    <mode name='maximum' supported='yes'/>\n    <mode name='host-model' supported='%s'/>\n",
          is_kvm ? "yes" : "no");
  append (xml, "    <mode name='custom' supported='yes'>\n");

  for (guint i = 0; i < models->len; i++)
    {
      const VmmCpuModel *model = g_ptr_array_index (models, i);

      append (xml, "      <model usable='%s' deprecated='%s'>%s</model>\n", model->is_usable ? "yes" : "no",
              model->is_deprecated ? "yes" : "no", model->name);
    }

  append (xml, "    </mode>\n  </cpu>\n");
}

static void
append_devices (GString         *xml,
                VmmCapabilities *capabilities,
                gboolean         is_q35)
{
  const char *graphics[] = { "vnc", NULL, NULL, NULL };
  guint n = 1;

  if (vmm_capabilities_has_feature (capabilities, "display-dbus"))
    graphics[n++] = "dbus";

  if (vmm_capabilities_has_feature (capabilities, "spice"))
    graphics[n++] = "spice";

  append (xml, "  <devices>\n    <disk supported='yes'>\n");
  append_values (xml, "diskDevice", (const char *[]) { "disk", "cdrom", "floppy", NULL });
  append_drivers (xml, capabilities, "bus",
                  is_q35 ? (const char *[]) { "fdc", "isa-fdc", "scsi", "virtio-scsi-pci", "virtio", "virtio-blk-pci",
                                              "usb", "usb-storage", "sata", "ide-hd", NULL }
                         : (const char *[]) { "ide", "ide-hd", "fdc", "isa-fdc", "scsi", "virtio-scsi-pci", "virtio",
                                              "virtio-blk-pci", "usb", "usb-storage", "sata", "ich9-ahci", NULL });
  append (xml, "    </disk>\n    <graphics supported='yes'>\n");
  append_values (xml, "type", graphics);
  append (xml, "    </graphics>\n    <video supported='yes'>\n");
  append_drivers (xml, capabilities, "modelType",
                  (const char *[]) { "vga", "VGA", "cirrus", "cirrus-vga", "vmvga", "vmware-svga", "qxl", "qxl-vga",
                                     "virtio", "virtio-vga", "bochs", "bochs-display", "ramfb", "ramfb", NULL });
  append (xml, "    </video>\n    <hostdev supported='no'/>\n    <rng supported='yes'>\n");
  append_drivers (xml, capabilities, "model",
                  (const char *[]) { "virtio", "virtio-rng-pci", "virtio-transitional", "virtio-rng-pci-transitional",
                                     "virtio-non-transitional", "virtio-rng-pci-non-transitional", NULL });
  append_values (xml, "backendModel", (const char *[]) { "random", "builtin", NULL });
  append (xml, "    </rng>\n    <filesystem supported='no'/>\n    <tpm supported='no'/>\n"
               "    <redirdev supported='no'/>\n    <channel supported='yes'>\n");
  append_values (xml, "type", (const char *[]) { "pty", "unix", vmm_capabilities_has_feature (capabilities, "spice")
                                                 ? "spicevmc" : NULL, NULL });
  append (xml, "    </channel>\n  </devices>\n");
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

static gboolean
check_target (VmmCapabilities  *capabilities,
              const char       *arch,
              const char       *virt_type,
              GError          **error)
{
  if (strcmp (arch, vmm_capabilities_get_arch (capabilities)) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED, "The architecture “%s” is not that of this QEMU, “%s”", arch,
                   vmm_capabilities_get_arch (capabilities));
      return FALSE;
    }

  if (strcmp (virt_type, "kvm") != 0 && strcmp (virt_type, "qemu") != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "The domain type “%s” is unknown; “kvm” and “qemu” work",
                   virt_type);
      return FALSE;
    }

  if (strcmp (virt_type, "kvm") == 0 && !has_kvm (capabilities))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED, "%s",
                   vmm_capabilities_get_accelerator_reason (capabilities));
      return FALSE;
    }

  return TRUE;
}

/**
 * vmm_capabilities_build_domain_xml:
 * @arch: (nullable): %NULL for the one of this QEMU
 * @machine: (nullable): a machine type or alias; %NULL for the default
 * @virt_type: (nullable): "kvm" or "qemu"; %NULL for what new machines run with
 *
 * Fails with %VMM_ERROR_INVALID for an unknown machine or domain type, or %VMM_ERROR_UNSUPPORTED.
 *
 * Returns: (transfer full): libvirt's <domainCapabilities> document
 */
char *
vmm_capabilities_build_domain_xml (VmmCapabilities  *capabilities,
                                   const char       *arch,
                                   const char       *machine,
                                   const char       *virt_type,
                                   GError          **error)
{
  const VmmHostInfo *info;
  const VmmMachineInfo *known;
  const char *canonical;
  GString *xml;

  g_return_val_if_fail (VMM_IS_CAPABILITIES (capabilities), NULL);

  info = vmm_capabilities_get_host_info (capabilities);
  arch = arch != NULL && arch[0] != '\0' ? arch : info->arch;
  machine = machine != NULL && machine[0] != '\0' ? machine : info->default_machine;

  if (virt_type == NULL || virt_type[0] == '\0')
    virt_type = has_kvm (capabilities) ? "kvm" : "qemu";

  if (!check_target (capabilities, arch, virt_type, error))
    return NULL;

  known = find_machine (info, machine);

  if (known == NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "The machine type “%s” is unknown to this QEMU; “%s” works",
                   machine, info->default_machine);
      return NULL;
    }

  canonical = known->canonical != NULL ? known->canonical : known->name;
  xml = g_string_new ("<domainCapabilities>\n");
  append (xml, "  <path>%s</path>\n  <domain>%s</domain>\n  <machine>%s</machine>\n  <arch>%s</arch>\n"
               "  <vcpu max='%u'/>\n", vmm_capabilities_get_emulator (capabilities), virt_type, canonical, arch,
          known->max_vcpus);
  append_os (xml, capabilities, canonical);
  append_cpu (xml, capabilities, strcmp (virt_type, "kvm") == 0);
  append_devices (xml, capabilities, g_str_has_prefix (canonical, "pc-q35-"));
  append (xml, "</domainCapabilities>\n");

  return g_string_free (xml, FALSE);
}
