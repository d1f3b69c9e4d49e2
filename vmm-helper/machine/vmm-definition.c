/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-definition.h"

#include "vmm-domain-complete.h"
#include "vmm-domain-validate.h"

/* A document on its way to become a definition; the task's data. */
typedef struct
{
  VmmDomain *domain;
  GPtrArray *problems;
} Definition;

static void
definition_free (gpointer data)
{
  Definition *definition = data;

  g_clear_object (&definition->domain);
  g_clear_pointer (&definition->problems, g_ptr_array_unref);
  g_free (definition);
}

static void
capabilities_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (VmmCapabilities) capabilities = NULL;
  Definition *definition = g_task_get_task_data (task);
  const VmmHostInfo *info;
  GError *error = NULL;

  capabilities = vmm_host_get_capabilities_finish (VMM_HOST (source), result, &error);
  if (capabilities == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  info = vmm_capabilities_get_host_info (capabilities);
  definition->problems = vmm_domain_validate (definition->domain, info);
  if (vmm_problems_have_error (definition->problems))
    error = vmm_problems_to_error (definition->problems);
  else
    vmm_domain_complete (definition->domain, info, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * vmm_definition_async:
 * @xml: a domain XML document, as a client gave it
 *
 * Parses, judges and completes a definition for this host. Stores nothing.
 */
void
vmm_definition_async (VmmHost             *host,
                      const char          *xml,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (host, NULL, callback, user_data);
  Definition *definition = g_new0 (Definition, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, vmm_definition_async);
  g_task_set_task_data (task, definition, definition_free);
  definition->domain = vmm_domain_new_from_xml (xml, -1, &error);
  if (definition->domain == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  vmm_host_get_capabilities_async (host, capabilities_cb, g_steal_pointer (&task));
}

/**
 * vmm_definition_finish:
 * @problems: (out) (optional) (transfer full) (nullable): all that was found, also when it fails;
 *   %NULL if the document could not be judged
 *
 * Returns: (transfer full): a valid and complete definition, or %NULL with VMM_ERROR_INVALID naming
 *   all errors, or VMM_ERROR_UNSUPPORTED
 */
VmmDomain *
vmm_definition_finish (GAsyncResult  *result,
                       GPtrArray    **problems,
                       GError       **error)
{
  Definition *definition = g_task_get_task_data (G_TASK (result));

  if (problems != NULL)
    *problems = g_steal_pointer (&definition->problems);
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;

  return g_steal_pointer (&definition->domain);
}
