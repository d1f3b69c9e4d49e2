/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <unistd.h>

/* What GLib has as g_autofd and g_clear_fd() from 2.76 on. */

static inline void
vmm_clear_fd (int *fd)
{
  int stolen = g_steal_fd (fd);

  if (stolen >= 0)
    close (stolen);
}

#define vmm_autofd __attribute__ ((cleanup (vmm_clear_fd)))
