/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl-install-device.h"
#include "guestctl-suboptions.h"
#include "vmm-xml.h"

#include <string.h>

#include <glib/gi18n.h>

static void
remove_all (VmmDomain  *domain,
            const char *element)
{
  g_autoptr (GPtrArray) devices = vmm_domain_list_devices (domain, element);

  for (guint i = 0; i < devices->len; i++)
    vmm_domain_remove_device (domain, g_ptr_array_index (devices, i));
}

/* ---- network ---- */

static gboolean
add_network (VmmDomain   *domain,
             const char  *value,
             const char  *default_model,
             GError     **error)
{
  g_autoptr (CliSuboptions) suboptions = cli_suboptions_parse ("network", value, "type", error);
  g_autoptr (VmmDevice) device = NULL;
  const char *type, *model, *mac;

  if (suboptions == NULL)
    return FALSE;

  type = cli_suboptions_take (suboptions, "type");
  if (type == NULL)
    type = cli_suboptions_take (suboptions, "bridge") != NULL ? "bridge" : "network";
  if (!g_str_equal (type, "user") && !g_str_equal (type, "passt"))
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   _("“--network %s” is not possible: this version has “user”, “passt” and “none”."),
                   value);
      return FALSE;
    }

  model = cli_suboptions_take (suboptions, "model");
  if (model == NULL)
    model = cli_suboptions_take (suboptions, "model.type");
  mac = cli_suboptions_take (suboptions, "mac");
  if (mac == NULL)
    mac = cli_suboptions_take (suboptions, "mac.address");
  if (!cli_suboptions_finish (suboptions, error))
    return FALSE;

  device = vmm_domain_add_device (domain, "interface");
  vmm_interface_set_kind (VMM_INTERFACE (device), "user");
  if (mac != NULL)
    vmm_interface_set_mac (VMM_INTERFACE (device), mac);
  if (g_str_equal (type, "passt"))
    vmm_interface_set_backend (VMM_INTERFACE (device), "passt");
  vmm_interface_set_model (VMM_INTERFACE (device), model != NULL ? model : default_model);

  return TRUE;
}

/**
 * cli_apply_networks:
 * @values: the values of --network; none leave what is there
 */
gboolean
cli_apply_networks (VmmDomain          *domain,
                    const char *const  *values,
                    const char         *default_model,
                    GError            **error)
{
  if (values == NULL)
    return TRUE;

  remove_all (domain, "interface");
  for (guint i = 0; values[i] != NULL; i++)
    if (!g_str_equal (values[i], "none")
        && !add_network (domain, values[i], default_model, error))
      return FALSE;

  return TRUE;
}

/* ---- screen ---- */

static gboolean
add_graphics (VmmDomain   *domain,
              const char  *value,
              GError     **error)
{
  g_autoptr (CliSuboptions) suboptions = cli_suboptions_parse ("graphics", value, "type", error);
  g_autoptr (VmmDevice) device = NULL;
  const char *type, *listen, *keymap;
  guint64 port = 0;

  if (suboptions == NULL)
    return FALSE;

  type = cli_suboptions_take (suboptions, "type");
  listen = cli_suboptions_take (suboptions, "listen");
  keymap = cli_suboptions_take (suboptions, "keymap");
  if (!cli_suboptions_take_number (suboptions, "port", G_MAXUINT16, &port, error)
      || !cli_suboptions_finish (suboptions, error))
    return FALSE;
  if (type == NULL || (!g_str_equal (type, "vnc") && !g_str_equal (type, "spice")))
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   _("“--graphics %s” is not possible; “vnc”, “spice” and “none” are."), value);
      return FALSE;
    }

  device = vmm_domain_add_device (domain, "graphics");
  vmm_graphics_set_kind (VMM_GRAPHICS (device), type);
  if (port != 0)
    vmm_device_set_number (device, "@port", port);
  else
    vmm_device_set (device, "@autoport", "yes");
  if (listen != NULL)
    {
      if (g_str_equal (listen, "none"))
        vmm_device_set (device, "listen@type", "none");
      else
        vmm_device_set (device, "@listen", g_str_equal (listen, "localhost") ? "127.0.0.1" : listen);
    }
  if (keymap != NULL)
    vmm_graphics_set_keymap (VMM_GRAPHICS (device), keymap);

  return TRUE;
}

/**
 * cli_apply_graphics:
 * @values: the values of --graphics; none leave what is there
 * @has_screen: (inout): whether the machine has a screen at all
 */
gboolean
cli_apply_graphics (VmmDomain          *domain,
                    const char *const  *values,
                    gboolean           *has_screen,
                    GError            **error)
{
  for (guint i = 0; values != NULL && values[i] != NULL; i++)
    {
      if (!g_str_equal (values[i], "none"))
        {
          if (!add_graphics (domain, values[i], error))
            return FALSE;
          continue;
        }
      if (i > 0 || values[i + 1] != NULL)
        {
          g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                       _("“--graphics none” excludes every other “--graphics”."));
          return FALSE;
        }
      remove_all (domain, "video");
      *has_screen = FALSE;
    }

  return TRUE;
}

/* ---- serial ports ---- */

static gboolean
check_port (const char  *option,
            const char  *value,
            gboolean    *is_wanted,
            GError     **error)
{
  *is_wanted = value == NULL || !g_str_equal (value, "none");
  if (value == NULL || !*is_wanted || g_str_equal (value, "pty")
      || g_str_equal (value, "pty,target_type=serial") || g_str_equal (value, "pty,target.type=serial"))
    return TRUE;

  g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
               _("“--%s %s” is not possible; “pty” and “none” are."), option, value);
  return FALSE;
}

/**
 * cli_apply_serials:
 * @serial: (nullable): the value of --serial
 * @console: (nullable): the value of --console
 *
 * A machine has one serial port, which is its console; either option can take it away.
 */
gboolean
cli_apply_serials (VmmDomain   *domain,
                   const char  *serial,
                   const char  *console,
                   GError     **error)
{
  gboolean wants_serial, wants_console;

  if (!check_port ("serial", serial, &wants_serial, error)
      || !check_port ("console", console, &wants_console, error))
    return FALSE;

  if (!wants_serial || !wants_console)
    remove_all (domain, "console");
  if (!wants_serial || (!wants_console && serial == NULL))
    remove_all (domain, "serial");

  return TRUE;
}

/* ---- processor ---- */

static void
add_feature (xmlNode    *cpu,
             const char *policy,
             const char *name)
{
  xmlNode *feature = vmm_xml_add_child (cpu, "feature");

  vmm_xml_set_attribute (feature, "policy", policy);
  vmm_xml_set_attribute (feature, "name", name);
}

/**
 * cli_apply_cpu:
 * @value: a mode or a model, then "+feature" and "-feature"
 */
gboolean
cli_apply_cpu (VmmDomain   *domain,
               const char  *value,
               GError     **error)
{
  static const char *const modes[] = { "host-passthrough", "host-model", "maximum", NULL };
  g_autoptr (CliSuboptions) suboptions = cli_suboptions_parse ("cpu", value, "model", error);
  const char *model, *word;
  xmlNode *cpu;

  if (suboptions == NULL)
    return FALSE;

  model = cli_suboptions_take (suboptions, "mode");
  if (model == NULL)
    model = cli_suboptions_take (suboptions, "model");
  if (model == NULL)
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE, _("“--cpu %s” names no processor."), value);
      return FALSE;
    }

  if (g_str_equal (model, "host"))
    model = "host-passthrough";
  if (g_strv_contains (modes, model))
    {
      vmm_domain_set_cpu_mode (domain, model);
    }
  else
    {
      vmm_domain_set_cpu_mode (domain, "custom");
      vmm_domain_set_cpu_model (domain, model);
    }

  cpu = vmm_xml_get_child (vmm_domain_get_root (domain), "cpu");
  while ((word = cli_suboptions_take_word (suboptions)) != NULL)
    {
      if (*word == '+' && word[1] != '\0')
        {
          add_feature (cpu, "require", word + 1);
        }
      else if (*word == '-' && word[1] != '\0')
        {
          add_feature (cpu, "disable", word + 1);
        }
      else
        {
          g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE, _("“--%s”: “%s” is not known here."), "cpu", word);
          return FALSE;
        }
    }
  vmm_domain_mark_changed (domain);

  return cli_suboptions_finish (suboptions, error);
}

/* ---- what it boots from ---- */

static VmmDevice *
find_boot_device (VmmDomain  *domain,
                  const char *name)
{
  g_autoptr (GPtrArray) devices = NULL;
  const char *kind = "disk";

  if (g_str_equal (name, "network"))
    {
      devices = vmm_domain_list_interfaces (domain);
      return devices->len > 0 ? g_object_ref (g_ptr_array_index (devices, 0)) : NULL;
    }

  if (g_str_equal (name, "cdrom"))
    kind = "cdrom";
  else if (g_str_equal (name, "fd"))
    kind = "floppy";
  devices = vmm_domain_list_disks (domain);
  for (guint i = 0; i < devices->len; i++)
    {
      VmmDisk *disk = g_ptr_array_index (devices, i);
      const char *device = vmm_disk_get_device (disk);

      if (g_str_equal (device != NULL ? device : "disk", kind))
        return VMM_DEVICE (g_object_ref (disk));
    }

  return NULL;
}

static void
clear_order (GPtrArray *devices)
{
  for (guint i = 0; i < devices->len; i++)
    vmm_device_set_boot_order (g_ptr_array_index (devices, i), 0);
}

/**
 * cli_apply_boot_order:
 * @order: "hd", "cdrom", "fd" and "network"; empty leaves what is there
 */
gboolean
cli_apply_boot_order (VmmDomain  *domain,
                      GPtrArray  *order,
                      GError    **error)
{
  g_autoptr (GPtrArray) disks = vmm_domain_list_disks (domain);
  g_autoptr (GPtrArray) interfaces = vmm_domain_list_interfaces (domain);

  if (order->len == 0)
    return TRUE;

  clear_order (disks);
  clear_order (interfaces);
  for (guint i = 0; i < order->len; i++)
    {
      const char *name = g_ptr_array_index (order, i);
      g_autoptr (VmmDevice) device = find_boot_device (domain, name);

      if (device == NULL)
        {
          g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                       _("“--boot”: there is nothing to boot from for “%s”."), name);
          return FALSE;
        }
      vmm_device_set_boot_order (device, i + 1);
    }

  return TRUE;
}
