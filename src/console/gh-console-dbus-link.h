/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-console-source.h"

G_BEGIN_DECLS

typedef struct _GhConsoleDbusLink GhConsoleDbusLink;

GhConsoleDbusLink *gh_console_dbus_link_new             (GhConsoleSource   *source);
GhConsoleDbusLink *gh_console_dbus_link_ref             (GhConsoleDbusLink *self);
void               gh_console_dbus_link_unref           (GhConsoleDbusLink *self);

void               gh_console_dbus_link_set_properties  (GhConsoleDbusLink *self,
                                                         const char        *interface,
                                                         GVariant          *values);
void               gh_console_dbus_link_set_console     (GhConsoleDbusLink *self,
                                                         const char        *path);
void               gh_console_dbus_link_disconnect      (GhConsoleDbusLink *self);

GDBusMessage      *gh_console_dbus_link_filter_control  (GDBusConnection   *connection,
                                                         GDBusMessage      *message,
                                                         gboolean           is_incoming,
                                                         gpointer           user_data);
GDBusMessage      *gh_console_dbus_link_filter_listener (GDBusConnection   *connection,
                                                         GDBusMessage      *message,
                                                         gboolean           is_incoming,
                                                         gpointer           user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhConsoleDbusLink, gh_console_dbus_link_unref)

G_END_DECLS
