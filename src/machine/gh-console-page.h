/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "gh-console.h"
#include "vmm-client.h"

G_BEGIN_DECLS

#define GH_TYPE_CONSOLE_PAGE (gh_console_page_get_type ())
G_DECLARE_FINAL_TYPE (GhConsolePage, gh_console_page, GH, CONSOLE_PAGE, AdwBin)

void              gh_console_page_set_machine (GhConsolePage    *self,
                                               VmmClient        *client,
                                               VmmRemoteMachine *machine,
                                               VmmDBusMachine   *proxy);
void              gh_console_page_end         (GhConsolePage    *self);
GhConsoleDisplay *gh_console_page_get_display (GhConsolePage    *self);

G_END_DECLS
