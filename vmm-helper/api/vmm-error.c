/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-error.h"

#include <string.h>

static const GDBusErrorEntry entries[] = {
  { VMM_ERROR_NOT_FOUND, "org.guesthouse.Vmm1.Error.NotFound" },
  { VMM_ERROR_EXISTS, "org.guesthouse.Vmm1.Error.Exists" },
  { VMM_ERROR_INVALID_STATE, "org.guesthouse.Vmm1.Error.InvalidState" },
  { VMM_ERROR_BUSY, "org.guesthouse.Vmm1.Error.Busy" },
  { VMM_ERROR_STALE, "org.guesthouse.Vmm1.Error.Stale" },
  { VMM_ERROR_UNSUPPORTED, "org.guesthouse.Vmm1.Error.Unsupported" },
  { VMM_ERROR_INVALID, "org.guesthouse.Vmm1.Error.Invalid" },
  { VMM_ERROR_NOT_AUTHORIZED, "org.guesthouse.Vmm1.Error.NotAuthorized" },
  { VMM_ERROR_HYPERVISOR, "org.guesthouse.Vmm1.Error.Hypervisor" },
  { VMM_ERROR_TIMEOUT, "org.guesthouse.Vmm1.Error.Timeout" },
  { VMM_ERROR_STORAGE, "org.guesthouse.Vmm1.Error.Storage" },
  { VMM_ERROR_BROKEN, "org.guesthouse.Vmm1.Error.Broken" },
  { VMM_ERROR_CANCELLED, "org.guesthouse.Vmm1.Error.Cancelled" },
};

GQuark
vmm_error_quark (void)
{
  static gsize quark = 0;

  g_dbus_error_register_error_domain ("vmm-error-quark", &quark, entries, G_N_ELEMENTS (entries));

  return (GQuark) quark;
}

/* The message proper: D-Bus puts "GDBus.Error:NAME: " before what a service said. */
static const char *
message_of (const GError *error)
{
  const char *colon;

  if (!g_str_has_prefix (error->message, "GDBus.Error:"))
    return error->message;

  colon = strstr (error->message, ": ");

  return colon != NULL ? colon + 2 : error->message;
}

/**
 * vmm_error_dup_summary:
 * @error: an error of any domain, local or from the bus
 *
 * Returns: (transfer full): the first line of its message: one plain sentence
 */
char *
vmm_error_dup_summary (const GError *error)
{
  const char *message = message_of (error);

  return g_strndup (message, strcspn (message, "\n"));
}

/**
 * vmm_error_dup_details:
 * @error: an error of any domain, local or from the bus
 *
 * Returns: (transfer full) (nullable): what follows the first line of its message, such as QEMU's
 *   own words, or %NULL
 */
char *
vmm_error_dup_details (const GError *error)
{
  const char *newline = strchr (message_of (error), '\n');

  return newline != NULL && newline[1] != '\0' ? g_strdup (newline + 1) : NULL;
}
