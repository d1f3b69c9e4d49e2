/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-problem.h"

#include "vmm-error.h"

VmmProblem *
vmm_problem_new (VmmSeverity  severity,
                 const char  *xpath,
                 guint        line,
                 const char  *value,
                 const char  *message,
                 const char  *remedy)
{
  VmmProblem *problem = g_new0 (VmmProblem, 1);

  problem->severity = severity;
  problem->xpath = g_strdup (xpath != NULL ? xpath : "");
  problem->line = line;
  problem->value = g_strdup (value != NULL ? value : "");
  problem->message = g_strdup (message);
  problem->remedy = g_strdup (remedy != NULL ? remedy : "");

  return problem;
}

void
vmm_problem_free (VmmProblem *problem)
{
  if (problem == NULL)
    return;

  g_free (problem->xpath);
  g_free (problem->value);
  g_free (problem->message);
  g_free (problem->remedy);
  g_free (problem);
}

/* Returns: (transfer full) (element-type VmmProblem): an empty list */
GPtrArray *
vmm_problems_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) vmm_problem_free);
}

/**
 * vmm_problems_add:
 * @node: (nullable): the element it is about
 * @attribute: (nullable): the attribute of @node it is about
 * @value: (nullable): the value at fault
 * @remedy: (nullable): what would work
 * @format: what is wrong
 *
 * What goes beyond 100 problems is not listed; one error in its place says so.
 */
void
vmm_problems_add (GPtrArray     *problems,
                  VmmSeverity    severity,
                  const xmlNode *node,
                  const char    *attribute,
                  const char    *value,
                  const char    *remedy,
                  const char    *format,
                  ...)
{
  g_autofree char *message = NULL;
  g_autofree char *valid = NULL;
  g_autofree char *xpath = NULL;
  guint line = 0;
  va_list args;

  if (problems->len >= VMM_PROBLEMS_MAX)
    {
      if (problems->len == VMM_PROBLEMS_MAX)
        g_ptr_array_add (problems, vmm_problem_new (VMM_SEVERITY_ERROR, NULL, 0, NULL,
                                                    "There are more problems than can be listed", "mend these first"));
      return;
    }

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  if (node != NULL)
    {
      xmlChar *path = xmlGetNodePath (node);

      xpath = attribute != NULL ? g_strdup_printf ("%s/@%s", (const char *) path, attribute)
                                : g_strdup ((const char *) path);
      line = MAX (xmlGetLineNo (node), 0);
      xmlFree (path);
    }

  /* A value that was cut off by bytes may end in half a character, which D-Bus does not carry. */
  valid = g_utf8_make_valid (message, -1);
  g_ptr_array_add (problems, vmm_problem_new (severity, xpath, line, value, valid, remedy));
}

gboolean
vmm_problems_have_error (GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const VmmProblem *problem = g_ptr_array_index (problems, i);

      if (problem->severity == VMM_SEVERITY_ERROR)
        return TRUE;
    }

  return FALSE;
}

static void
append_problem (GString          *text,
                const VmmProblem *problem)
{
  if (text->len > 0)
    g_string_append_c (text, '\n');

  if (problem->line > 0)
    g_string_append_printf (text, "line %u: ", problem->line);

  g_string_append (text, problem->message);

  if (problem->remedy[0] != '\0')
    g_string_append_printf (text, "; %s", problem->remedy);
}

/**
 * vmm_problems_to_error:
 *
 * Returns: (transfer full) (nullable): %VMM_ERROR_INVALID with all errors among @problems, one a
 *   line, or %NULL if there is none
 */
GError *
vmm_problems_to_error (GPtrArray *problems)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < problems->len; i++)
    {
      const VmmProblem *problem = g_ptr_array_index (problems, i);

      if (problem->severity == VMM_SEVERITY_ERROR)
        append_problem (text, problem);
    }

  return text->len > 0 ? g_error_new_literal (VMM_ERROR, VMM_ERROR_INVALID, text->str) : NULL;
}

/* Returns: (transfer floating): a(ususss) as in the D-Bus contract */
GVariant *
vmm_problems_to_variant (GPtrArray *problems)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ususss)"));

  for (guint i = 0; i < problems->len; i++)
    {
      const VmmProblem *problem = g_ptr_array_index (problems, i);

      g_variant_builder_add (&builder, "(ususss)", (guint32) problem->severity, problem->xpath,
                             (guint32) problem->line, problem->value, problem->message, problem->remedy);
    }

  return g_variant_builder_end (&builder);
}

/* Returns: (transfer full) (element-type VmmProblem): what vmm_problems_to_variant() made @variant of */
GPtrArray *
vmm_problems_from_variant (GVariant *variant)
{
  g_autoptr(GPtrArray) problems = vmm_problems_new ();
  const char *xpath, *value, *message, *remedy;
  guint32 severity, line;
  GVariantIter iter;

  g_return_val_if_fail (g_variant_is_of_type (variant, G_VARIANT_TYPE ("a(ususss)")), NULL);

  g_variant_iter_init (&iter, variant);

  while (g_variant_iter_next (&iter, "(u&su&s&s&s)", &severity, &xpath, &line, &value, &message, &remedy))
    g_ptr_array_add (problems, vmm_problem_new (MIN (severity, VMM_SEVERITY_ERROR), xpath, line,
                                                value, message, remedy));

  return g_steal_pointer (&problems);
}
