/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gtk/gtk.h>

#include "gh-console-source.h"

G_BEGIN_DECLS

/**
 * GhConsolePointerEvents: (skip)
 * @motion: unaccelerated movement where the system gives it
 * @button: only where GDK does not see buttons meanwhile
 * @wheel: only where GDK does not see the wheel meanwhile
 * @lost: the system took the lock away
 *
 * What a lock reports.
 */
typedef struct
{
  void (*motion) (gpointer        user_data,
                  double          dx,
                  double          dy);
  void (*button) (gpointer        user_data,
                  GhConsoleButton button,
                  gboolean        is_pressed);
  void (*wheel)  (gpointer        user_data,
                  int             dx,
                  int             dy);
  void (*lost)   (gpointer        user_data);
} GhConsolePointerEvents;

/* Holds the pointer still and reports its movement. Back-ends embed this as their first member. */
typedef struct _GhConsolePointerLock GhConsolePointerLock;

struct _GhConsolePointerLock
{
  const GhConsolePointerEvents *events;
  gpointer                      user_data;
  gboolean                      is_active;  /* the system holds the pointer; motion comes from here */
  void                        (*free) (GhConsolePointerLock *self);
};

GhConsolePointerLock *gh_console_pointer_lock_new         (GdkSurface                   *surface,
                                                           const GhConsolePointerEvents *events,
                                                           gpointer                      user_data);
void                  gh_console_pointer_lock_free        (GhConsolePointerLock         *self);

GhConsolePointerLock *gh_console_pointer_lock_new_x11     (GdkSurface                   *surface);
GhConsolePointerLock *gh_console_pointer_lock_new_wayland (GdkSurface                   *surface);

G_END_DECLS
