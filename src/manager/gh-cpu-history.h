/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-remote-machine.h"

G_BEGIN_DECLS

#define GH_CPU_HISTORY_LENGTH 60

/**
 * GhCpuHistory:
 *
 * The last samples of a machine's processor load: 0 to 1 of all its processors, oldest first.
 */
typedef struct
{
  float values[GH_CPU_HISTORY_LENGTH];
  guint length;
} GhCpuHistory;

const GhCpuHistory *gh_cpu_history_of (VmmRemoteMachine *machine);

G_END_DECLS
