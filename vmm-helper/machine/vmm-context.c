/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-context.h"

#include "vmm-error.h"
#include "vmm-machine.h"

/**
 * vmm_context_check_new:
 * @domain: a valid definition
 *
 * Returns: whether a machine can be made of it: neither its UUID nor its name is taken; else
 *   VMM_ERROR_EXISTS
 */
gboolean
vmm_context_check_new (VmmContext  *self,
                       VmmDomain   *domain,
                       GError     **error)
{
  const char *name = vmm_domain_get_name (domain);
  VmmMachine *other = g_hash_table_lookup (self->machines, vmm_domain_get_uuid (domain));
  GHashTableIter iter;
  gpointer machine;

  if (other != NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_EXISTS, "The UUID “%s” is that of the machine “%s”",
                   vmm_domain_get_uuid (domain), vmm_machine_get_name (other));
      return FALSE;
    }

  g_hash_table_iter_init (&iter, self->machines);
  while (g_hash_table_iter_next (&iter, NULL, &machine))
    if (g_strcmp0 (vmm_machine_get_name (machine), name) == 0)
      {
        g_set_error (error, VMM_ERROR, VMM_ERROR_EXISTS, "There is a machine named “%s” already",
                     name);
        return FALSE;
      }

  return TRUE;
}
