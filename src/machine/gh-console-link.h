/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gh-console.h"
#include "vmm-client.h"

G_BEGIN_DECLS

#define GH_TYPE_CONSOLE_LINK (gh_console_link_get_type ())
G_DECLARE_FINAL_TYPE (GhConsoleLink, gh_console_link, GH, CONSOLE_LINK, GObject)

GhConsoleLink   *gh_console_link_new         (VmmDBusMachine *proxy);

void             gh_console_link_set_wanted  (GhConsoleLink  *self,
                                              gboolean        is_wanted);
void             gh_console_link_retry       (GhConsoleLink  *self);
GhConsoleSource *gh_console_link_get_source  (GhConsoleLink  *self);
guint            gh_console_link_get_attempt (GhConsoleLink  *self);
const GError    *gh_console_link_get_error   (GhConsoleLink  *self);
gboolean         gh_console_link_is_connected (GhConsoleLink *self);

G_END_DECLS
