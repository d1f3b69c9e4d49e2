/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-console-source.h"

G_BEGIN_DECLS

#define GH_CONSOLE_TYPE_DBUS_SOURCE (gh_console_dbus_source_get_type ())
G_DECLARE_FINAL_TYPE (GhConsoleDbusSource, gh_console_dbus_source, GH_CONSOLE, DBUS_SOURCE,
                      GhConsoleSource)

GhConsoleSource *gh_console_dbus_source_new_for_fd (int fd);

G_END_DECLS
