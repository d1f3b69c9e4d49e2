/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include "gh-console-pointer-lock.h"

#ifdef GH_CONSOLE_X11
#include <gdk/x11/gdkx.h>
#endif
#ifdef GH_CONSOLE_WAYLAND
#include <gdk/wayland/gdkwayland.h>
#endif

/**
 * gh_console_pointer_lock_new: (skip)
 * @surface: the window the pointer stays in
 * @events: what to call
 * @user_data: for @events
 *
 * GTK 4 cannot move the pointer, so each display system has its own way.
 *
 * Returns: (nullable): the lock, or %NULL where there is no way
 */
GhConsolePointerLock *
gh_console_pointer_lock_new (GdkSurface                   *surface,
                             const GhConsolePointerEvents *events,
                             gpointer                      user_data)
{
  GhConsolePointerLock *self = NULL;

#ifdef GH_CONSOLE_X11
  if (GDK_IS_X11_SURFACE (surface))
    self = gh_console_pointer_lock_new_x11 (surface);
#endif
#ifdef GH_CONSOLE_WAYLAND
  if (GDK_IS_WAYLAND_SURFACE (surface))
    self = gh_console_pointer_lock_new_wayland (surface);
#endif

  if (self != NULL)
    {
      self->events = events;
      self->user_data = user_data;
    }

  return self;
}

void
gh_console_pointer_lock_free (GhConsolePointerLock *self)
{
  self->free (self);
}
