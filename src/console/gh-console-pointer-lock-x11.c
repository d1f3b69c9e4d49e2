/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include <X11/Xlib.h>
#include <X11/extensions/XInput2.h>
#include <gdk/x11/gdkx.h>
#include <glib-unix.h>

#include "gh-console-pointer-lock.h"

#define X_BUTTON_WHEEL_UP 4
#define X_BUTTON_WHEEL_RIGHT 7

/* A connection of our own: GDK's would mix its events with ours, and it has its own idea of grabs. */
typedef struct
{
  GhConsolePointerLock  parent;
  Display              *display;
  Cursor                blank;
  int                   xi_opcode;
  guint                 fd_source;
} X11Lock;

static gboolean
button_from_x (unsigned int     x_button,
               GhConsoleButton *button)
{
  switch (x_button)
    {
    case 1:
      *button = GH_CONSOLE_BUTTON_LEFT;
      return TRUE;

    case 2:
      *button = GH_CONSOLE_BUTTON_MIDDLE;
      return TRUE;

    case 3:
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

static void
handle_button (X11Lock            *self,
               const XButtonEvent *event)
{
  static const int wheel_x[] = { 0, 0, -1, 1 };
  static const int wheel_y[] = { -1, 1, 0, 0 };
  GhConsoleButton button;

  if (event->button >= X_BUTTON_WHEEL_UP && event->button <= X_BUTTON_WHEEL_RIGHT)
    {
      if (event->type == ButtonPress)
        self->parent.events->wheel (self->parent.user_data,
                                    wheel_x[event->button - X_BUTTON_WHEEL_UP],
                                    wheel_y[event->button - X_BUTTON_WHEEL_UP]);
    }
  else if (button_from_x (event->button, &button))
    self->parent.events->button (self->parent.user_data, button, event->type == ButtonPress);
}

static void
handle_raw_motion (X11Lock           *self,
                   const XIRawEvent  *event)
{
  const double *value = event->raw_values;
  double delta[2] = { 0, 0 };

  for (int axis = 0; axis < event->valuators.mask_len * 8 && axis < 2; axis++)
    if (XIMaskIsSet (event->valuators.mask, axis))
      delta[axis] = *value++;

  if (delta[0] != 0 || delta[1] != 0)
    self->parent.events->motion (self->parent.user_data, delta[0], delta[1]);
}

static gboolean
readable_cb (int          fd,
             GIOCondition condition,
             gpointer     user_data)
{
  X11Lock *self = user_data;

  while (XPending (self->display) > 0)
    {
      XEvent event;

      XNextEvent (self->display, &event);
      if (event.type == GenericEvent && event.xcookie.extension == self->xi_opcode &&
          XGetEventData (self->display, &event.xcookie))
        {
          if (event.xcookie.evtype == XI_RawMotion)
            handle_raw_motion (self, event.xcookie.data);
          XFreeEventData (self->display, &event.xcookie);
        }
      else if (event.type == ButtonPress || event.type == ButtonRelease)
        handle_button (self, &event.xbutton);
    }

  return G_SOURCE_CONTINUE;
}

static void
x11_lock_free (GhConsolePointerLock *lock)
{
  X11Lock *self = (X11Lock *) lock;

  g_clear_handle_id (&self->fd_source, g_source_remove);
  XUngrabPointer (self->display, CurrentTime);
  /* The server frees the cursor and forgets the selected events with the connection. */
  XCloseDisplay (self->display);
  g_free (self);
}

static Cursor
make_blank_cursor (Display *display,
                   Window   window)
{
  static const char nothing[1] = { 0 };
  XColor black = { 0 };
  Pixmap pixmap = XCreateBitmapFromData (display, window, nothing, 1, 1);
  Cursor cursor = XCreatePixmapCursor (display, pixmap, pixmap, &black, &black, 0, 0);

  XFreePixmap (display, pixmap);

  return cursor;
}

/**
 * gh_console_pointer_lock_new_x11: (skip)
 * @surface: an X11 surface
 *
 * Grabs the pointer, confined to the window, and reads raw motion, which goes on at the edge. Must
 * be called with no button down: GDK's connection holds the pointer then.
 */
GhConsolePointerLock *
gh_console_pointer_lock_new_x11 (GdkSurface *surface)
{
  Window window = gdk_x11_surface_get_xid (surface);
  unsigned char bits[XIMaskLen (XI_LASTEVENT)] = { 0 };
  XIEventMask mask = { XIAllMasterDevices, sizeof (bits), bits };
  X11Lock *self = g_new0 (X11Lock, 1);
  int major = 2;
  int minor = 2;
  int ignored;

  self->parent.free = x11_lock_free;
  self->parent.is_active = TRUE;
  self->display = XOpenDisplay (gdk_display_get_name (gdk_surface_get_display (surface)));
  if (self->display == NULL)
    {
      g_free (self);
      return NULL;
    }

  if (!XQueryExtension (self->display, "XInputExtension", &self->xi_opcode, &ignored, &ignored) ||
      XIQueryVersion (self->display, &major, &minor) != Success)
    {
      x11_lock_free (&self->parent);
      return NULL;
    }

  self->blank = make_blank_cursor (self->display, window);
  if (XGrabPointer (self->display, window, False, ButtonPressMask | ButtonReleaseMask,
                    GrabModeAsync, GrabModeAsync, window, self->blank,
                    CurrentTime) != GrabSuccess)
    {
      x11_lock_free (&self->parent);
      return NULL;
    }

  XISetMask (bits, XI_RawMotion);
  XISelectEvents (self->display, DefaultRootWindow (self->display), &mask, 1);
  XFlush (self->display);
  self->fd_source = g_unix_fd_add (ConnectionNumber (self->display), G_IO_IN, readable_cb, self);

  return &self->parent;
}
