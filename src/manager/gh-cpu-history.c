/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-cpu-history.h"

#include <string.h>

static void
statistics_cb (VmmRemoteMachine *machine,
               GVariant         *values,
               gpointer          user_data)
{
  GhCpuHistory *self = user_data;
  guint vcpus = MAX (vmm_remote_machine_get_vcpus (machine), 1);
  double load;

  if (!vmm_machine_state_is_active (vmm_remote_machine_get_state (machine)))
    return;

  load = vmm_remote_machine_get_cpu_percent (machine) / 100 / vcpus;

  if (self->length == GH_CPU_HISTORY_LENGTH)
    memmove (self->values, self->values + 1, --self->length * sizeof *self->values);
  self->values[self->length++] = (float) CLAMP (load, 0, 1);
}

static void
state_cb (VmmRemoteMachine *machine,
          GParamSpec       *pspec,
          gpointer          user_data)
{
  GhCpuHistory *self = user_data;

  if (!vmm_machine_state_is_active (vmm_remote_machine_get_state (machine)))
    self->length = 0;
}

/**
 * gh_cpu_history_of:
 *
 * Returns: (transfer none): the machine's history, which lives as long as it and is kept from the
 *   first call on
 */
const GhCpuHistory *
gh_cpu_history_of (VmmRemoteMachine *machine)
{
  GhCpuHistory *self = g_object_get_data (G_OBJECT (machine), "gh-cpu-history");

  if (self == NULL)
    {
      self = g_new0 (GhCpuHistory, 1);
      g_object_set_data_full (G_OBJECT (machine), "gh-cpu-history", self, g_free);
      g_signal_connect (machine, "statistics", G_CALLBACK (statistics_cb), self);
      g_signal_connect (machine, "notify::state", G_CALLBACK (state_cb), self);
    }

  return self;
}
