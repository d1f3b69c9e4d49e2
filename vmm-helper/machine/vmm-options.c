/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-options.h"

#include <stdarg.h>

#include "vmm-error.h"

/**
 * vmm_options_parse:
 * @options: an a{sv}
 * @...: for each known key its name, its type ("b", "u", "t", "s" or "aa{sv}"), and where the value
 *   goes (strings and arrays are given away, to be freed); then %NULL
 *
 * Reads the options of a method. Places of absent keys are left alone. An unknown key or another
 * type is VMM_ERROR_INVALID: a caller must not believe that something was heard that was not.
 */
gboolean
vmm_options_parse (GVariant  *options,
                   GError   **error,
                   ...)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      const char *name, *type = NULL;
      gpointer place = NULL;
      va_list list;

      va_start (list, error);
      while ((name = va_arg (list, const char *)) != NULL)
        {
          type = va_arg (list, const char *);
          place = va_arg (list, gpointer);
          if (g_str_equal (name, key))
            break;
        }
      va_end (list);

      if (name == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE (type)))
        {
          if (name == NULL)
            g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "There is no option “%s”", key);
          else
            g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                         "The option “%s” is of type “%s”, not “%s”", key, type,
                         g_variant_get_type_string (value));
          g_variant_unref (value);
          return FALSE;
        }

      if (g_str_equal (type, "aa{sv}"))
        *(GVariant **) place = g_variant_ref (value);
      else
        g_variant_get (value, type, place);
    }

  return TRUE;
}
