/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-remote-machine.h"

G_BEGIN_DECLS

const char *gh_machine_words_get_label    (VmmRemoteMachine *machine);
char       *gh_machine_words_dup_state    (VmmRemoteMachine *machine);
char       *gh_machine_words_dup_duration (gint64            seconds);
char       *gh_machine_words_dup_size     (guint64           bytes);
char       *gh_machine_words_dup_hardware (VmmRemoteMachine *machine);

G_END_DECLS
