/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include <gdk/wayland/gdkwayland.h>
#include <string.h>

#include "gh-console-pointer-lock.h"
#include "pointer-constraints-unstable-v1-client-protocol.h"
#include "relative-pointer-unstable-v1-client-protocol.h"

typedef struct
{
  GhConsolePointerLock            parent;
  struct wl_registry             *registry;
  struct zwp_pointer_constraints_v1     *constraints;
  struct zwp_relative_pointer_manager_v1 *manager;
  struct zwp_locked_pointer_v1   *locked;
  struct zwp_relative_pointer_v1 *relative;
  struct wl_surface              *surface;
  struct wl_pointer              *pointer;
} WaylandLock;

static void
locked_cb (void                         *data,
           struct zwp_locked_pointer_v1 *locked)
{
  WaylandLock *self = data;

  self->parent.is_active = TRUE;
}

static void
unlocked_cb (void                         *data,
             struct zwp_locked_pointer_v1 *locked)
{
  WaylandLock *self = data;

  self->parent.is_active = FALSE;
  self->parent.events->lost (self->parent.user_data);
}

static const struct zwp_locked_pointer_v1_listener locked_listener = { locked_cb, unlocked_cb };

static void
motion_cb (void                           *data,
           struct zwp_relative_pointer_v1 *relative,
           uint32_t                        time_high,
           uint32_t                        time_low,
           wl_fixed_t                      dx,
           wl_fixed_t                      dy,
           wl_fixed_t                      raw_dx,
           wl_fixed_t                      raw_dy)
{
  WaylandLock *self = data;

  /* These also come while the pointer is free. */
  if (self->parent.is_active)
    self->parent.events->motion (self->parent.user_data, wl_fixed_to_double (raw_dx),
                                 wl_fixed_to_double (raw_dy));
}

static const struct zwp_relative_pointer_v1_listener relative_listener = { motion_cb };

static void
lock_when_complete (WaylandLock *self)
{
  if (self->constraints == NULL || self->manager == NULL || self->locked != NULL)
    return;

  self->relative = zwp_relative_pointer_manager_v1_get_relative_pointer (self->manager,
                                                                         self->pointer);
  zwp_relative_pointer_v1_add_listener (self->relative, &relative_listener, self);
  self->locked = zwp_pointer_constraints_v1_lock_pointer (
    self->constraints, self->surface, self->pointer, NULL,
    ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_ONESHOT);
  zwp_locked_pointer_v1_add_listener (self->locked, &locked_listener, self);
}

static void
global_cb (void               *data,
           struct wl_registry *registry,
           uint32_t            name,
           const char         *interface,
           uint32_t            version)
{
  WaylandLock *self = data;

  if (strcmp (interface, zwp_pointer_constraints_v1_interface.name) == 0)
    self->constraints = wl_registry_bind (registry, name, &zwp_pointer_constraints_v1_interface, 1);
  else if (strcmp (interface, zwp_relative_pointer_manager_v1_interface.name) == 0)
    self->manager = wl_registry_bind (registry, name, &zwp_relative_pointer_manager_v1_interface,
                                      1);

  lock_when_complete (self);
}

static void
global_remove_cb (void               *data,
                  struct wl_registry *registry,
                  uint32_t            name)
{
}

static const struct wl_registry_listener registry_listener = { global_cb, global_remove_cb };

static void
wayland_lock_free (GhConsolePointerLock *lock)
{
  WaylandLock *self = (WaylandLock *) lock;

  g_clear_pointer (&self->relative, zwp_relative_pointer_v1_destroy);
  g_clear_pointer (&self->locked, zwp_locked_pointer_v1_destroy);
  g_clear_pointer (&self->manager, zwp_relative_pointer_manager_v1_destroy);
  g_clear_pointer (&self->constraints, zwp_pointer_constraints_v1_destroy);
  g_clear_pointer (&self->registry, wl_registry_destroy);
  g_free (self);
}

/**
 * gh_console_pointer_lock_new_wayland: (skip)
 * @surface: a Wayland surface
 *
 * Locks by pointer-constraints and listens to relative-pointer. GDK reads the connection, so the
 * answers arrive in its main loop. A compositor without these protocols just never locks,
 * and one that has them may do it later.
 */
GhConsolePointerLock *
gh_console_pointer_lock_new_wayland (GdkSurface *surface)
{
  GdkDisplay *display = gdk_surface_get_display (surface);
  GdkSeat *seat = gdk_display_get_default_seat (display);
  GdkDevice *device = seat != NULL ? gdk_seat_get_pointer (seat) : NULL;
  struct wl_pointer *pointer = device != NULL ? gdk_wayland_device_get_wl_pointer (device) : NULL;
  WaylandLock *self;

  if (pointer == NULL)
    return NULL;

  self = g_new0 (WaylandLock, 1);
  self->parent.free = wayland_lock_free;
  self->pointer = pointer;
  self->surface = gdk_wayland_surface_get_wl_surface (surface);
  self->registry = wl_display_get_registry (gdk_wayland_display_get_wl_display (display));
  wl_registry_add_listener (self->registry, &registry_listener, self);

  return &self->parent;
}
