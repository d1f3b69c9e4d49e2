/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-domain-platform.h"

#include <string.h>

#include "vmm-domain.h"
#include "vmm-xml.h"

/* @text: (nullable): "on", "yes", "off", "no" */
VmmSwitch
vmm_switch_parse (const char *text)
{
  if (text == NULL)
    return VMM_SWITCH_DEFAULT;

  if (strcmp (text, "on") == 0 || strcmp (text, "yes") == 0)
    return VMM_SWITCH_ON;

  if (strcmp (text, "off") == 0 || strcmp (text, "no") == 0)
    return VMM_SWITCH_OFF;

  return VMM_SWITCH_DEFAULT;
}

static VmmSwitch
switch_of_element (const xmlNode *node)
{
  const char *state;

  if (node == NULL)
    return VMM_SWITCH_DEFAULT;

  state = vmm_xml_get_attribute (node, "state");

  return state != NULL ? vmm_switch_parse (state) : VMM_SWITCH_ON;
}

static xmlNode *
find_in_root (VmmDomain  *self,
              const char *format,
              const char *name)
{
  g_autofree char *path = g_strconcat (format, name, NULL);

  return vmm_xml_find (vmm_domain_get_root (self), path);
}

/**
 * vmm_domain_get_feature:
 * @name: an element of <features>, such as "acpi" or "smm"
 *
 * Returns: its state; an element without one is on
 */
VmmSwitch
vmm_domain_get_feature (VmmDomain  *self,
                        const char *name)
{
  return switch_of_element (find_in_root (self, "features/", name));
}

/* @name: as for vmm_domain_get_feature(); for "acpi", "apic" and "pae" %VMM_SWITCH_OFF removes */
void
vmm_domain_set_feature (VmmDomain  *self,
                        const char *name,
                        VmmSwitch   state)
{
  g_autofree char *path = g_strconcat ("features/", name, NULL);
  g_autofree char *state_path = g_strconcat (path, "@state", NULL);
  gboolean is_plain = g_str_equal (name, "acpi") || g_str_equal (name, "apic") || g_str_equal (name, "pae");

  if (vmm_domain_get_feature (self, name) == state)
    return;

  if (state == VMM_SWITCH_DEFAULT || (is_plain && state == VMM_SWITCH_OFF))
    vmm_domain_set_value (self, NULL, path, NULL);
  else if (is_plain)
    vmm_domain_set_value (self, NULL, path, "");
  else
    vmm_domain_set_value (self, NULL, state_path, state == VMM_SWITCH_ON ? "on" : "off");
}

/* @name: an element of <hyperv>, such as "relaxed" */
VmmSwitch
vmm_domain_get_hyperv (VmmDomain  *self,
                       const char *name)
{
  return switch_of_element (find_in_root (self, "features/hyperv/", name));
}

/* Returns: (transfer none) (nullable): the <timer> of this name */
xmlNode *
vmm_domain_get_timer (VmmDomain  *self,
                      const char *name)
{
  xmlNode *timer = find_in_root (self, "clock/timer", "");

  for (; timer != NULL; timer = vmm_xml_get_next_named (timer))
    if (g_strcmp0 (vmm_xml_get_attribute (timer, "name"), name) == 0)
      return timer;

  return NULL;
}

VmmSwitch
vmm_domain_get_timer_present (VmmDomain  *self,
                              const char *name)
{
  const xmlNode *timer = vmm_domain_get_timer (self, name);

  return timer != NULL ? vmm_switch_parse (vmm_xml_get_attribute (timer, "present")) : VMM_SWITCH_DEFAULT;
}

/* Returns: (transfer none): "utc" unless the document says otherwise */
const char *
vmm_domain_get_clock_offset (VmmDomain *self)
{
  const char *offset = vmm_domain_get_value (self, "clock@offset");

  return offset != NULL ? offset : "utc";
}

void
vmm_domain_set_clock_offset (VmmDomain  *self,
                             const char *offset)
{
  vmm_domain_set_value (self, NULL, "clock@offset", offset);
}

static const char *
get_action (VmmDomain  *self,
            const char *element,
            const char *fallback)
{
  const char *action = vmm_domain_get_value (self, element);

  return action != NULL ? action : fallback;
}

/* Returns: (transfer none): "destroy" unless the document says otherwise */
const char *
vmm_domain_get_on_poweroff (VmmDomain *self)
{
  return get_action (self, "on_poweroff", "destroy");
}

void
vmm_domain_set_on_poweroff (VmmDomain  *self,
                            const char *action)
{
  vmm_domain_set_value (self, NULL, "on_poweroff", action);
}

/* Returns: (transfer none): "restart" unless the document says otherwise */
const char *
vmm_domain_get_on_reboot (VmmDomain *self)
{
  return get_action (self, "on_reboot", "restart");
}

void
vmm_domain_set_on_reboot (VmmDomain  *self,
                          const char *action)
{
  vmm_domain_set_value (self, NULL, "on_reboot", action);
}

/* Returns: (transfer none): "destroy" unless the document says otherwise */
const char *
vmm_domain_get_on_crash (VmmDomain *self)
{
  return get_action (self, "on_crash", "destroy");
}

void
vmm_domain_set_on_crash (VmmDomain  *self,
                         const char *action)
{
  vmm_domain_set_value (self, NULL, "on_crash", action);
}

VmmSwitch
vmm_domain_get_suspend_to_mem (VmmDomain *self)
{
  return vmm_switch_parse (vmm_domain_get_value (self, "pm/suspend-to-mem@enabled"));
}

VmmSwitch
vmm_domain_get_suspend_to_disk (VmmDomain *self)
{
  return vmm_switch_parse (vmm_domain_get_value (self, "pm/suspend-to-disk@enabled"));
}
