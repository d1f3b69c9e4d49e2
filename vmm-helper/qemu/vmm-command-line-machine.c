/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-command-line-private.h"
#include "vmm-error.h"
#include "vmm-xml.h"

/* The board: name, machine, memory, firmware, clock, power management, life cycle. */

static void
add_name (VmmBuilder *builder)
{
  g_autoptr(GString) name = g_string_new (NULL);

  vmm_option_append (name, "guest", vmm_domain_get_name (builder->domain));
  g_string_append (name, ",debug-threads=on");
  vmm_builder_add (builder, "-name", name->str);
}

static void
append_switch (GString    *option,
               const char *name,
               VmmSwitch   state)
{
  if (state != VMM_SWITCH_DEFAULT)
    g_string_append_printf (option, ",%s=%s", name, state == VMM_SWITCH_ON ? "on" : "off");
}

static gboolean
is_machine_known (VmmBuilder *builder,
                  const char *machine)
{
  const VmmHostInfo *info = vmm_capabilities_get_host_info (builder->capabilities);

  for (gsize i = 0; machine != NULL && i < info->n_machines; i++)
    if (strcmp (info->machines[i].name, machine) == 0)
      return TRUE;

  return FALSE;
}

static gboolean
check_board (VmmBuilder  *builder,
             GError     **error)
{
  const char *machine = vmm_domain_get_machine (builder->domain);
  const char *arch = vmm_domain_get_arch (builder->domain);

  if (!is_machine_known (builder, machine))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED, "This QEMU (%s) has no machine type “%s”; “%s” works",
                   vmm_capabilities_get_version (builder->capabilities), machine != NULL ? machine : "",
                   vmm_capabilities_get_host_info (builder->capabilities)->default_machine);
      return FALSE;
    }

  if (g_strcmp0 (arch, vmm_capabilities_get_arch (builder->capabilities)) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED, "The architecture “%s” is not that of this QEMU, “%s”",
                   arch != NULL ? arch : "", vmm_capabilities_get_arch (builder->capabilities));
      return FALSE;
    }

  return TRUE;
}

static void
add_flash (VmmBuilder *builder,
           const char *name,
           const char *path,
           const char *format,
           gboolean    is_read_only)
{
  g_autofree char *file_node = g_strconcat ("file-", name, NULL);
  g_autofree char *format_node = g_strconcat ("fmt-", name, NULL);
  JsonObject *file = json_object_new ();
  JsonObject *image = json_object_new ();

  json_object_set_string_member (file, "driver", "file");
  json_object_set_string_member (file, "filename", path);
  json_object_set_string_member (file, "node-name", file_node);
  json_object_set_boolean_member (file, "read-only", is_read_only);
  vmm_builder_add_json (builder, "-blockdev", file);

  json_object_set_string_member (image, "driver", format);
  json_object_set_string_member (image, "node-name", format_node);
  json_object_set_boolean_member (image, "read-only", is_read_only);
  json_object_set_string_member (image, "file", file_node);

  if (strcmp (format, "raw") != 0)
    json_object_set_null_member (image, "backing");

  vmm_builder_add_json (builder, "-blockdev", image);
}

static const char *
checked_format (const char *format)
{
  return g_strcmp0 (format, "qcow2") == 0 ? "qcow2" : "raw";
}

/* Adds the flash devices, and names them in @machine. */
static gboolean
add_firmware (VmmBuilder  *builder,
              GString     *machine,
              GError     **error)
{
  VmmDomain *domain = builder->domain;
  const VmmFirmware *chosen = builder->options->firmware;
  const char *path = vmm_domain_get_loader (domain);
  const char *format = vmm_domain_get_value (domain, "os/loader@format");
  const char *nvram_format = builder->options->nvram_format;
  gboolean is_flash = g_strcmp0 (vmm_domain_get_loader_type (domain), "pflash") == 0;

  if (path == NULL && chosen != NULL)
    {
      path = chosen->path;
      format = chosen->format;
      is_flash = chosen->is_flash;
    }

  if (path == NULL && vmm_domain_is_uefi (domain))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                   "No UEFI firmware was found for this machine; the package ovmf brings one");
      return FALSE;
    }

  if (path == NULL)
    return TRUE;

  if (!is_flash)
    {
      vmm_builder_add (builder, "-bios", path);
      return TRUE;
    }

  add_flash (builder, "pflash0", path, checked_format (format), TRUE);
  g_string_append (machine, ",pflash0=fmt-pflash0");

  if (builder->options->nvram_path != NULL)
    {
      if (nvram_format == NULL)
        nvram_format = vmm_domain_get_nvram_format (domain);

      add_flash (builder, "pflash1", builder->options->nvram_path, checked_format (nvram_format), FALSE);
      g_string_append (machine, ",pflash1=fmt-pflash1");
    }

  return TRUE;
}

static gboolean
needs_smm (VmmBuilder *builder)
{
  return vmm_domain_wants_secure_boot (builder->domain) ||
         (builder->options->firmware != NULL && builder->options->firmware->requires_smm);
}

static gboolean
add_board (VmmBuilder  *builder,
           GError     **error)
{
  VmmDomain *domain = builder->domain;
  g_autoptr(GString) machine = g_string_new (vmm_domain_get_machine (domain));
  JsonObject *memory = json_object_new ();
  g_autofree char *mib = NULL;
  guint64 memory_kib = vmm_domain_get_memory_kib (domain);
  /* QEMU wants whole pages; a MiB is what the field rounds to. */
  guint64 memory_mib = memory_kib / 1024 + (memory_kib % 1024 != 0);

  g_string_append (machine, ",usb=off,dump-guest-core=off,memory-backend=pc.ram");

  if (vmm_domain_get_feature (domain, "acpi") == VMM_SWITCH_DEFAULT)
    g_string_append (machine, ",acpi=off");

  append_switch (machine, "vmport", vmm_domain_get_feature (domain, "vmport"));
  append_switch (machine, "smm", needs_smm (builder) ? VMM_SWITCH_ON : vmm_domain_get_feature (domain, "smm"));
  append_switch (machine, "hpet", vmm_domain_get_timer_present (domain, "hpet"));

  if (!add_firmware (builder, machine, error))
    {
      json_object_unref (memory);
      return FALSE;
    }

  if (needs_smm (builder))
    vmm_builder_add (builder, "-global", "driver=cfi.pflash01,property=secure,value=on");

  vmm_builder_add (builder, "-machine", machine->str);
  vmm_builder_add (builder, "-accel", builder->is_kvm ? "kvm" : "tcg");

  mib = g_strdup_printf ("%" G_GUINT64_FORMAT, memory_mib);
  vmm_builder_add (builder, "-m", mib);
  json_object_set_string_member (memory, "qom-type", "memory-backend-ram");
  json_object_set_string_member (memory, "id", "pc.ram");
  json_object_set_int_member (memory, "size", memory_mib * 1024 * 1024);
  vmm_builder_add_json (builder, "-object", memory);

  return TRUE;
}

static gboolean
is_policy (const xmlNode *timer,
           const char    *policy)
{
  return timer != NULL && g_strcmp0 (vmm_xml_get_attribute (timer, "tickpolicy"), policy) == 0;
}

static void
add_clock (VmmBuilder *builder)
{
  VmmDomain *domain = builder->domain;
  const char *offset = vmm_domain_get_clock_offset (domain);
  const xmlNode *pit = vmm_domain_get_timer (domain, "pit");
  g_autoptr(GString) rtc = g_string_new (NULL);

  g_string_append (rtc, strcmp (offset, "localtime") == 0 ? "base=localtime" : "base=utc");

  if (is_policy (vmm_domain_get_timer (domain, "rtc"), "catchup"))
    g_string_append (rtc, ",driftfix=slew");

  vmm_builder_add (builder, "-rtc", rtc->str);

  /* The PIT of TCG has no such property. */
  if (builder->is_kvm && is_policy (pit, "delay"))
    vmm_builder_add (builder, "-global", "kvm-pit.lost_tick_policy=delay");
  else if (builder->is_kvm && is_policy (pit, "discard"))
    vmm_builder_add (builder, "-global", "kvm-pit.lost_tick_policy=discard");
}

static void
add_power_management (VmmBuilder *builder)
{
  const char *device = builder->is_q35 ? "ICH9-LPC" : "PIIX4_PM";
  static const char *const properties[] = { "disable_s3", "disable_s4" };
  VmmSwitch states[] = { vmm_domain_get_suspend_to_mem (builder->domain),
                         vmm_domain_get_suspend_to_disk (builder->domain) };

  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      g_autofree char *value = g_strdup_printf ("%s.%s=%d", device, properties[i], states[i] == VMM_SWITCH_OFF);

      if (states[i] != VMM_SWITCH_DEFAULT)
        vmm_builder_add (builder, "-global", value);
    }
}

static void
add_boot (VmmBuilder *builder)
{
  g_autoptr(GString) boot = g_string_new ("strict=on");
  VmmSwitch menu = vmm_switch_parse (vmm_domain_get_value (builder->domain, "os/bootmenu@enable"));
  const char *timeout = vmm_domain_get_value (builder->domain, "os/bootmenu@timeout");

  append_switch (boot, "menu", menu);

  if (menu == VMM_SWITCH_ON && timeout != NULL)
    vmm_option_append (boot, "splash-time", timeout);

  vmm_builder_add (builder, "-boot", boot->str);
}

/*
 * A reboot that is not to be one, and an end after which something follows, stop QEMU; the helper
 * decides then. Without the helper, QEMU ends with the guest and gives its memory back.
 */
static void
add_actions (VmmBuilder *builder)
{
  g_autoptr(GString) action = g_string_new (NULL);
  gboolean is_installing = builder->options->is_installing;

  if (is_installing || strcmp (vmm_domain_get_on_reboot (builder->domain), "destroy") == 0)
    vmm_option_append (action, "reboot", "shutdown");

  if (is_installing || strcmp (vmm_domain_get_on_poweroff (builder->domain), "restart") == 0)
    vmm_option_append (action, "shutdown", "pause");

  if (strcmp (vmm_domain_get_on_crash (builder->domain), "preserve") == 0)
    vmm_option_append (action, "panic", "pause");

  if (action->len > 0)
    vmm_builder_add (builder, "-action", action->str);
}

gboolean
vmm_builder_add_machine (VmmBuilder  *builder,
                         GError     **error)
{
  if (!check_board (builder, error))
    return FALSE;

  add_name (builder);
  vmm_builder_add (builder, "-S", NULL);
  vmm_builder_add (builder, "-no-user-config", NULL);
  vmm_builder_add (builder, "-nodefaults", NULL);
  vmm_builder_add (builder, "-uuid", vmm_domain_get_uuid (builder->domain));
  vmm_builder_add (builder, "-msg", "timestamp=on");
  vmm_builder_add (builder, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");

  if (!add_board (builder, error))
    return FALSE;

  add_clock (builder);
  add_power_management (builder);
  add_boot (builder);
  add_actions (builder);

  return TRUE;
}
