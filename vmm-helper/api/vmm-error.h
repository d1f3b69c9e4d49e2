/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define VMM_ERROR (vmm_error_quark ())

/**
 * VmmError:
 *
 * What a caller would do something different about. The D-Bus names are
 * org.guesthouse.Vmm1.Error.NAME; org.guesthouse.Vmm1.xml says what each means.
 */
typedef enum
{
  VMM_ERROR_NOT_FOUND,
  VMM_ERROR_EXISTS,
  VMM_ERROR_INVALID_STATE,
  VMM_ERROR_BUSY,
  VMM_ERROR_STALE,
  VMM_ERROR_UNSUPPORTED,
  VMM_ERROR_INVALID,
  VMM_ERROR_NOT_AUTHORIZED,
  VMM_ERROR_HYPERVISOR,
  VMM_ERROR_TIMEOUT,
  VMM_ERROR_STORAGE,
  VMM_ERROR_BROKEN,
  VMM_ERROR_CANCELLED,
} VmmError;

GQuark  vmm_error_quark       (void);

char   *vmm_error_dup_summary (const GError *error);
char   *vmm_error_dup_details (const GError *error);

G_END_DECLS
