/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include <math.h>

#include "gh-console-display-private.h"

/* Pixels of a touchpad that make a notch of a wheel. */
#define PIXELS_PER_NOTCH 20.0

static void
set_inhibited (GhConsoleDisplay *self,
               GdkSurface       *surface)
{
  if (self->inhibited == surface)
    return;

  if (self->inhibited != NULL)
    {
      gdk_toplevel_restore_system_shortcuts (GDK_TOPLEVEL (self->inhibited));
      g_clear_object (&self->inhibited);
    }

  if (surface != NULL)
    {
      self->inhibited = g_object_ref (surface);
      gdk_toplevel_inhibit_system_shortcuts (GDK_TOPLEVEL (surface), NULL);
    }
}

static GdkSurface *
get_toplevel_surface (GhConsoleDisplay *self)
{
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));
  GdkSurface *surface = native != NULL ? gtk_native_get_surface (native) : NULL;

  return surface != NULL && GDK_IS_TOPLEVEL (surface) ? surface : NULL;
}

static void
capture_keyboard (GhConsoleDisplay *self)
{
  if (self->keyboard_captured || self->source == NULL ||
      gh_console_source_get_state (self->source) != GH_CONSOLE_STATE_CONNECTED)
    return;

  self->keyboard_captured = TRUE;
  set_inhibited (self, get_toplevel_surface (self));
  gh_console_display_captures_changed (self);
}

static void
release_buttons (GhConsoleDisplay *self)
{
  for (int button = GH_CONSOLE_BUTTON_LEFT; button <= GH_CONSOLE_BUTTON_EXTRA; button++)
    if (self->buttons & 1u << button && self->source != NULL)
      gh_console_source_send_button (self->source, button, FALSE);
  self->buttons = 0;
}

/**
 * gh_console_display_input_release: (skip)
 *
 * Lets go of keyboard and pointer; nothing stays down in the guest.
 */
void
gh_console_display_input_release (GhConsoleDisplay *self)
{
  gh_console_keyboard_release_all (&self->keyboard, self->source);
  release_buttons (self);
  set_inhibited (self, NULL);
  g_clear_pointer (&self->lock, gh_console_pointer_lock_free);

  if (!self->keyboard_captured && !self->pointer_captured)
    return;

  self->keyboard_captured = FALSE;
  self->pointer_captured = FALSE;
  gh_console_display_captures_changed (self);
}

/* Sends whole counts and keeps the rest, so that slow movement is not lost. */
static void
send_relative (GhConsoleDisplay *self,
               double            dx,
               double            dy)
{
  double whole_x;
  double whole_y;

  self->rest_x = modf (self->rest_x + dx, &whole_x);
  self->rest_y = modf (self->rest_y + dy, &whole_y);
  if (self->source != NULL)
    gh_console_source_send_motion_rel (self->source, (int) CLAMP (whole_x, -32767, 32767),
                                       (int) CLAMP (whole_y, -32767, 32767));
}

static void
send_button (GhConsoleDisplay *self,
             GhConsoleButton   button,
             gboolean          is_pressed)
{
  if (is_pressed)
    self->buttons |= 1u << button;
  else if ((self->buttons & 1u << button) == 0)
    return;
  else
    self->buttons &= ~(1u << button);

  gh_console_source_send_button (self->source, button, is_pressed);
}

static void
lock_motion_cb (gpointer user_data,
                double   dx,
                double   dy)
{
  send_relative (user_data, dx, dy);
}

static void
lock_button_cb (gpointer        user_data,
                GhConsoleButton button,
                gboolean        is_pressed)
{
  GhConsoleDisplay *self = user_data;

  if (self->source != NULL)
    send_button (self, button, is_pressed);
}

static void
lock_wheel_cb (gpointer user_data,
               int      dx,
               int      dy)
{
  GhConsoleDisplay *self = user_data;

  if (self->source != NULL)
    gh_console_source_send_wheel (self->source, dx, dy);
}

static gboolean
lost_cb (gpointer user_data)
{
  gh_console_display_input_release (user_data);

  return G_SOURCE_REMOVE;
}

static void
lock_lost_cb (gpointer user_data)
{
  /* Not from inside the lock's own callback. */
  g_idle_add_full (G_PRIORITY_DEFAULT, lost_cb, g_object_ref (user_data), g_object_unref);
}

static const GhConsolePointerEvents lock_events = {
  lock_motion_cb,
  lock_button_cb,
  lock_wheel_cb,
  lock_lost_cb,
};

static void
capture_pointer (GhConsoleDisplay *self)
{
  GdkSurface *surface = get_toplevel_surface (self);

  if (self->pointer_captured || surface == NULL)
    return;

  /* Where there is no lock, or not yet, we send the differences of ordinary motion: it works up to the edge. */
  self->lock = gh_console_pointer_lock_new (surface, &lock_events, self);
  self->pointer_captured = TRUE;
  self->rest_x = 0;
  self->rest_y = 0;
  gh_console_display_update_cursor (self);
  gh_console_display_captures_changed (self);
}

static gboolean
button_from_gdk (guint            gdk_button,
                 GhConsoleButton *button)
{
  switch (gdk_button)
    {
    case GDK_BUTTON_PRIMARY:
      *button = GH_CONSOLE_BUTTON_LEFT;
      return TRUE;

    case GDK_BUTTON_MIDDLE:
      *button = GH_CONSOLE_BUTTON_MIDDLE;
      return TRUE;

    case GDK_BUTTON_SECONDARY:
      *button = GH_CONSOLE_BUTTON_RIGHT;
      return TRUE;

    case 8:
      *button = GH_CONSOLE_BUTTON_SIDE;
      return TRUE;

    case 9:
      *button = GH_CONSOLE_BUTTON_EXTRA;
      return TRUE;

    default:
      return FALSE;
    }
}

static gboolean
get_position (GhConsoleDisplay *self,
              GdkEvent         *event,
              double           *x,
              double           *y)
{
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));
  double surface_x;
  double surface_y;

  if (native == NULL || !gdk_event_get_position (event, x, y))
    return FALSE;

  gtk_native_get_surface_transform (native, &surface_x, &surface_y);

  return gtk_widget_translate_coordinates (GTK_WIDGET (native), GTK_WIDGET (self), *x - surface_x,
                                           *y - surface_y, x, y);
}

static void
handle_motion (GhConsoleDisplay *self,
               double            x,
               double            y)
{
  if (gh_console_source_get_pointer_absolute (self->source))
    {
      guint guest_x;
      guint guest_y;

      gh_console_place_to_guest (&self->place, x * self->place.device_scale,
                                 y * self->place.device_scale,
                                 gh_console_source_get_width (self->source),
                                 gh_console_source_get_height (self->source), &guest_x, &guest_y);
      gh_console_source_send_motion_abs (self->source, guest_x, guest_y);
    }
  else if (self->pointer_captured && (self->lock == NULL || !self->lock->is_active))
    send_relative (self, x - self->last_x, y - self->last_y);

  self->last_x = x;
  self->last_y = y;
}

static void
handle_button (GhConsoleDisplay *self,
               GdkEvent         *event,
               gboolean          is_pressed)
{
  gboolean is_relative = !gh_console_source_get_pointer_absolute (self->source);
  GhConsoleButton button;

  if (is_pressed)
    {
      gtk_widget_grab_focus (GTK_WIDGET (self));
      capture_keyboard (self);
      if (is_relative && !self->pointer_captured)
        self->is_capture_click = TRUE;
    }

  if (self->is_capture_click)
    {
      /* On release: while a button is down the display server has given the pointer to GDK. */
      if (!is_pressed)
        {
          self->is_capture_click = FALSE;
          capture_pointer (self);
        }
      return;
    }

  if (button_from_gdk (gdk_button_event_get_button (event), &button))
    send_button (self, button, is_pressed);
}

static void
handle_scroll (GhConsoleDisplay *self,
               GdkEvent         *event)
{
  double dx = 0;
  double dy = 0;

  if (!gh_console_source_get_pointer_absolute (self->source) && !self->pointer_captured)
    return;

  switch (gdk_scroll_event_get_direction (event))
    {
    case GDK_SCROLL_UP:
      dy = -1;
      break;

    case GDK_SCROLL_DOWN:
      dy = 1;
      break;

    case GDK_SCROLL_LEFT:
      dx = -1;
      break;

    case GDK_SCROLL_RIGHT:
      dx = 1;
      break;

    case GDK_SCROLL_SMOOTH:
    default:
      gdk_scroll_event_get_deltas (event, &dx, &dy);
      if (gdk_scroll_event_get_unit (event) == GDK_SCROLL_UNIT_SURFACE)
        {
          dx /= PIXELS_PER_NOTCH;
          dy /= PIXELS_PER_NOTCH;
        }
      break;
    }

  self->wheel_x = modf (self->wheel_x + dx, &dx);
  self->wheel_y = modf (self->wheel_y + dy, &dy);
  gh_console_source_send_wheel (self->source, (int) CLAMP (dx, -100, 100),
                                (int) CLAMP (dy, -100, 100));
}

static gboolean
event_cb (GtkEventController *controller,
          GdkEvent           *event,
          GhConsoleDisplay   *self)
{
  double x;
  double y;

  if (self->source == NULL || gh_console_source_get_width (self->source) == 0 ||
      gh_console_source_get_state (self->source) != GH_CONSOLE_STATE_CONNECTED)
    return GDK_EVENT_PROPAGATE;

  switch (gdk_event_get_event_type (event))
    {
    case GDK_MOTION_NOTIFY:
      if (get_position (self, event, &x, &y))
        handle_motion (self, x, y);
      return GDK_EVENT_PROPAGATE;

    case GDK_BUTTON_PRESS:
    case GDK_BUTTON_RELEASE:
      if (get_position (self, event, &x, &y))
        handle_motion (self, x, y);
      handle_button (self, event, gdk_event_get_event_type (event) == GDK_BUTTON_PRESS);
      return GDK_EVENT_STOP;

    case GDK_SCROLL:
      handle_scroll (self, event);
      return GDK_EVENT_STOP;

    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                GhConsoleDisplay      *self)
{
  if (self->keyboard_captured)
    {
      gh_console_keyboard_press (&self->keyboard, self->source, keycode);
      return GDK_EVENT_STOP;
    }

  /* Released, but still in focus: Return goes in again, for people without a pointer. */
  if (gtk_widget_has_focus (GTK_WIDGET (self)) &&
      (keyval == GDK_KEY_Return || keyval == GDK_KEY_KP_Enter) &&
      (state & gtk_accelerator_get_default_mod_mask ()) == 0)
    {
      capture_keyboard (self);
      return GDK_EVENT_STOP;
    }

  return GDK_EVENT_PROPAGATE;
}

static void
key_released_cb (GtkEventControllerKey *controller,
                 guint                  keyval,
                 guint                  keycode,
                 GdkModifierType        state,
                 GhConsoleDisplay      *self)
{
  if (self->keyboard_captured &&
      gh_console_keyboard_release (&self->keyboard, self->source, keycode))
    gh_console_display_input_release (self);
}

static void
focus_cb (GtkEventControllerFocus *controller,
          GhConsoleDisplay        *self)
{
  capture_keyboard (self);
}

static void
unfocus_cb (GtkEventControllerFocus *controller,
            GhConsoleDisplay        *self)
{
  gh_console_display_input_release (self);
}

static void
active_cb (GhConsoleDisplay *self)
{
  if (!gtk_window_is_active (GTK_WINDOW (self->key_root)))
    gh_console_display_input_release (self);
}

/**
 * gh_console_display_input_root: (skip)
 *
 * Keys are taken at the window, before its shortcuts: these belong to the guest as well.
 */
void
gh_console_display_input_root (GhConsoleDisplay *self)
{
  self->key_root = gtk_widget_get_root (GTK_WIDGET (self));
  self->key_controller = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (self->key_controller, GTK_PHASE_CAPTURE);
  g_signal_connect_object (self->key_controller, "key-pressed", G_CALLBACK (key_pressed_cb), self,
                           0);
  g_signal_connect_object (self->key_controller, "key-released", G_CALLBACK (key_released_cb),
                           self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->key_root), self->key_controller);

  if (GTK_IS_WINDOW (self->key_root))
    self->active_id = g_signal_connect_swapped (self->key_root, "notify::is-active",
                                                G_CALLBACK (active_cb), self);
}

void
gh_console_display_input_unroot (GhConsoleDisplay *self)
{
  gh_console_display_input_release (self);
  if (self->active_id != 0)
    g_clear_signal_handler (&self->active_id, self->key_root);
  if (self->key_root != NULL)
    gtk_widget_remove_controller (GTK_WIDGET (self->key_root), self->key_controller);
  self->key_root = NULL;
  self->key_controller = NULL;
}

void
gh_console_display_input_init (GhConsoleDisplay *self)
{
  GtkEventController *events = gtk_event_controller_legacy_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect (events, "event", G_CALLBACK (event_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), events);
  g_signal_connect (focus, "enter", G_CALLBACK (focus_cb), self);
  g_signal_connect (focus, "leave", G_CALLBACK (unfocus_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
}
