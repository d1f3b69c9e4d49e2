/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-new-machine.h"

G_BEGIN_DECLS

gboolean vmm_new_machine_is_taken (VmmNewMachine *self,
                                   const char    *name);

G_END_DECLS
