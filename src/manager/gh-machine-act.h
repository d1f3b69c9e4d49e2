/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-client.h"

G_BEGIN_DECLS

typedef enum
{
  GH_MACHINE_ACT_OPEN,
  GH_MACHINE_ACT_START,
  GH_MACHINE_ACT_SHUT_DOWN,
  GH_MACHINE_ACT_PAUSE,
  GH_MACHINE_ACT_RESUME,
  GH_MACHINE_ACT_POWER_OFF,
  GH_MACHINE_ACT_DELETE,
} GhMachineAct;

gboolean gh_machine_act_is_possible (GhMachineAct          act,
                                     VmmRemoteMachine     *machine);

void     gh_machine_act_async       (VmmClient            *client,
                                     VmmRemoteMachine     *machine,
                                     GhMachineAct          act,
                                     GCancellable         *cancellable,
                                     GAsyncReadyCallback   callback,
                                     gpointer              user_data);
gboolean gh_machine_act_finish      (VmmClient            *client,
                                     GAsyncResult         *result,
                                     GError              **error);

G_END_DECLS
