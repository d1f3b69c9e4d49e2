/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include "gh-console-dbus-link.h"

#include <string.h>

#define LISTENER_INTERFACE "org.qemu.Display1.Listener"
#define CONSOLE_INTERFACE "org.qemu.Display1.Console"
#define KEYBOARD_INTERFACE "org.qemu.Display1.Keyboard"
#define MOUSE_INTERFACE "org.qemu.Display1.Mouse"
#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

/* Pixman's numbers of the formats that QEMU's D-Bus display sends. */
static const struct
{
  guint32         pixman;
  GhConsoleFormat format;
} formats[] = {
  { 0x20020888, GH_CONSOLE_FORMAT_XRGB32 }, /* x8r8g8b8 */
  { 0x20028888, GH_CONSOLE_FORMAT_XRGB32 }, /* a8r8g8b8 */
  { 0x20030888, GH_CONSOLE_FORMAT_XBGR32 }, /* x8b8g8r8 */
  { 0x20038888, GH_CONSOLE_FORMAT_XBGR32 }, /* a8b8g8r8 */
  { 0x20080888, GH_CONSOLE_FORMAT_BGRX32 }, /* b8g8r8x8 */
  { 0x20088888, GH_CONSOLE_FORMAT_BGRX32 }, /* b8g8r8a8 */
  { 0x20090888, GH_CONSOLE_FORMAT_RGBX32 }, /* r8g8b8x8 */
  { 0x20098888, GH_CONSOLE_FORMAT_RGBX32 }, /* r8g8b8a8 */
  { 0x10020565, GH_CONSOLE_FORMAT_RGB16 },  /* r5g6b5 */
  { 0x10020555, GH_CONSOLE_FORMAT_RGB15 },  /* x1r5g5b5 */
};

/*
 * What the thread of GDBus and the source's own thread share. QEMU 7.2 waits for answers of its
 * listener and sends pictures without looking whether anybody takes them. So messages end here, in
 * GDBus's thread: pixels are copied, damage merged, calls answered. The source's thread gets one
 * wake-up for however much has come since the last.
 */
struct _GhConsoleDbusLink
{
  gatomicrefcount       ref_count;
  GMainContext         *context;     /* the source's */
  GMutex                lock;        /* guards all that follows */
  GhConsoleSource      *source;      /* weak; cleared by disconnect, in the source's thread */
  GSource              *wakeup;      /* set while one is due */
  char                 *console_path;
  GhConsoleFramebuffer *framebuffer;
  GhConsoleCursor      *cursor;
  GError               *error;
  int                   pointer_x;
  int                   pointer_y;
  gboolean              pointer_shown;
  gboolean              is_absolute;
  GhConsoleLeds         leds;
};

GhConsoleDbusLink *
gh_console_dbus_link_new (GhConsoleSource *source)
{
  GhConsoleDbusLink *self = g_new0 (GhConsoleDbusLink, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->source = source;
  self->context = g_main_context_ref_thread_default ();

  return self;
}

GhConsoleDbusLink *
gh_console_dbus_link_ref (GhConsoleDbusLink *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
gh_console_dbus_link_unref (GhConsoleDbusLink *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->framebuffer, gh_console_framebuffer_unref);
  g_clear_pointer (&self->cursor, gh_console_cursor_unref);
  g_clear_error (&self->error);
  g_free (self->console_path);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* In the source's thread: hands over the newest of everything. */
static gboolean
wakeup_cb (gpointer user_data)
{
  GhConsoleDbusLink *self = user_data;
  g_autoptr (GhConsoleSource) source = NULL;
  g_autoptr (GhConsoleFramebuffer) framebuffer = NULL;
  g_autoptr (GhConsoleCursor) cursor = NULL;
  g_autoptr (GError) error = NULL;
  int x;
  int y;
  gboolean is_shown;
  gboolean is_absolute;
  GhConsoleLeds leds;

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->wakeup, g_source_unref);
  if (self->source != NULL)
    source = g_object_ref (self->source);
  if (self->framebuffer != NULL)
    framebuffer = gh_console_framebuffer_ref (self->framebuffer);
  if (self->cursor != NULL)
    cursor = gh_console_cursor_ref (self->cursor);
  if (self->error != NULL)
    error = g_error_copy (self->error);
  x = self->pointer_x;
  y = self->pointer_y;
  is_shown = self->pointer_shown;
  is_absolute = self->is_absolute;
  leds = self->leds;
  g_mutex_unlock (&self->lock);

  if (source == NULL || gh_console_source_get_state (source) == GH_CONSOLE_STATE_CLOSED)
    return G_SOURCE_REMOVE;

  gh_console_source_set_pointer_absolute (source, is_absolute);
  gh_console_source_set_leds (source, leds);
  gh_console_source_set_cursor (source, cursor);
  gh_console_source_set_guest_pointer (source, x, y, is_shown);
  if (framebuffer != NULL)
    gh_console_source_set_framebuffer (source, framebuffer);
  gh_console_source_flush_damage (source);

  if (error != NULL)
    {
      GH_CONSOLE_SOURCE_GET_CLASS (source)->close (source);
      gh_console_source_set_closed (source, error);
    }

  return G_SOURCE_REMOVE;
}

/* The lock is held. */
static void
wake (GhConsoleDbusLink *self)
{
  if (self->wakeup != NULL || self->source == NULL)
    return;

  self->wakeup = g_idle_source_new ();
  g_source_set_priority (self->wakeup, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->wakeup, wakeup_cb, gh_console_dbus_link_ref (self),
                         (GDestroyNotify) gh_console_dbus_link_unref);
  g_source_attach (self->wakeup, self->context);
}

/**
 * gh_console_dbus_link_disconnect: (skip)
 * @self: a link
 *
 * In the source's thread: from now on the source is not touched.
 */
void
gh_console_dbus_link_disconnect (GhConsoleDbusLink *self)
{
  g_autoptr (GSource) wakeup = NULL;

  g_mutex_lock (&self->lock);
  self->source = NULL;
  wakeup = g_steal_pointer (&self->wakeup);
  g_mutex_unlock (&self->lock);

  if (wakeup != NULL)
    g_source_destroy (wakeup);
}

static GhConsoleLeds
leds_from_modifiers (guint modifiers)
{
  /* scroll 1, num 2, caps 4: the order of the lamps on a PS/2 keyboard */
  return modifiers & (GH_CONSOLE_LEDS_SCROLL_LOCK | GH_CONSOLE_LEDS_NUM_LOCK |
                      GH_CONSOLE_LEDS_CAPS_LOCK);
}

/**
 * gh_console_dbus_link_set_properties: (skip)
 * @self: a link
 * @interface: one of QEMU's
 * @values: a{sv}
 *
 * From any thread: takes what concerns us.
 */
void
gh_console_dbus_link_set_properties (GhConsoleDbusLink *self,
                                     const char        *interface,
                                     GVariant          *values)
{
  gboolean is_absolute;
  guint modifiers;

  g_mutex_lock (&self->lock);
  if (strcmp (interface, MOUSE_INTERFACE) == 0 &&
      g_variant_lookup (values, "IsAbsolute", "b", &is_absolute))
    self->is_absolute = is_absolute;
  else if (strcmp (interface, KEYBOARD_INTERFACE) == 0 &&
           g_variant_lookup (values, "Modifiers", "u", &modifiers))
    self->leds = leds_from_modifiers (modifiers);
  wake (self);
  g_mutex_unlock (&self->lock);
}

/**
 * gh_console_dbus_link_set_console: (skip)
 * @self: a link
 * @path: object path of the console that is listened to
 */
void
gh_console_dbus_link_set_console (GhConsoleDbusLink *self,
                                  const char        *path)
{
  g_mutex_lock (&self->lock);
  g_free (self->console_path);
  self->console_path = g_strdup (path);
  g_mutex_unlock (&self->lock);
}

/* Only GDBus's thread replaces the framebuffer, so it may look at it without the lock. */
static gboolean
set_size (GhConsoleDbusLink *self,
          guint              width,
          guint              height)
{
  GhConsoleFramebuffer *old = self->framebuffer;
  g_autoptr (GhConsoleFramebuffer) framebuffer = NULL;
  cairo_rectangle_int_t common = { 0 };

  if (old != NULL && gh_console_framebuffer_get_width (old) == width &&
      gh_console_framebuffer_get_height (old) == height)
    return TRUE;

  framebuffer = gh_console_framebuffer_new (width, height);
  if (framebuffer == NULL)
    return FALSE;

  if (old != NULL)
    {
      gsize stride = gh_console_framebuffer_get_stride (old);

      common.width = (int) MIN (width, gh_console_framebuffer_get_width (old));
      common.height = (int) MIN (height, gh_console_framebuffer_get_height (old));
      gh_console_framebuffer_write (framebuffer, &common, GH_CONSOLE_FORMAT_XRGB32,
                                    gh_console_framebuffer_get_pixels (old),
                                    stride * gh_console_framebuffer_get_height (old), stride);
    }

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->framebuffer, gh_console_framebuffer_unref);
  self->framebuffer = g_steal_pointer (&framebuffer);
  wake (self);
  g_mutex_unlock (&self->lock);

  return TRUE;
}

/* QEMU 7.2 sends no Scanout when the screen changes its size: parts of the new one come as Update,
 * and the size as a property, in either order, on two connections. */
static void
handle_console_changed (GhConsoleDbusLink *self,
                        const char        *path,
                        GVariant          *values)
{
  gboolean is_ours;
  guint width;
  guint height;

  g_mutex_lock (&self->lock);
  is_ours = g_strcmp0 (path, self->console_path) == 0;
  g_mutex_unlock (&self->lock);

  if (!is_ours || self->framebuffer == NULL)
    return;

  width = gh_console_framebuffer_get_width (self->framebuffer);
  height = gh_console_framebuffer_get_height (self->framebuffer);
  g_variant_lookup (values, "Width", "u", &width);
  g_variant_lookup (values, "Height", "u", &height);
  set_size (self, width, height);
}

/**
 * gh_console_dbus_link_filter_control: (skip)
 *
 * On the connection for calls to QEMU: property changes, in order with the replies.
 */
GDBusMessage *
gh_console_dbus_link_filter_control (GDBusConnection *connection,
                                     GDBusMessage    *message,
                                     gboolean         is_incoming,
                                     gpointer         user_data)
{
  GhConsoleDbusLink *self = user_data;
  GVariant *body = g_dbus_message_get_body (message);
  const char *interface;
  g_autoptr (GVariant) values = NULL;

  if (!is_incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_SIGNAL ||
      g_strcmp0 (g_dbus_message_get_interface (message), PROPERTIES_INTERFACE) != 0 ||
      body == NULL || !g_variant_is_of_type (body, G_VARIANT_TYPE ("(sa{sv}as)")))
    return message;

  g_variant_get (body, "(&s@a{sv}as)", &interface, &values, NULL);
  if (strcmp (interface, CONSOLE_INTERFACE) == 0)
    handle_console_changed (self, g_dbus_message_get_path (message), values);
  else
    gh_console_dbus_link_set_properties (self, interface, values);

  return message;
}

static void
fail (GhConsoleDbusLink *self,
      const char        *what)
{
  g_mutex_lock (&self->lock);
  if (self->error == NULL)
    self->error = g_error_new (GH_CONSOLE_ERROR, GH_CONSOLE_ERROR_PROTOCOL,
                               "The display sent something wrong: %s", what);
  wake (self);
  g_mutex_unlock (&self->lock);
}

static gboolean
find_format (guint32          pixman,
             GhConsoleFormat *format)
{
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (formats[i].pixman == pixman)
      {
        *format = formats[i].format;
        return TRUE;
      }

  return FALSE;
}

static void
handle_scanout (GhConsoleDbusLink *self,
                GVariant          *body)
{
  g_autoptr (GVariant) data = NULL;
  cairo_rectangle_int_t all = { 0 };
  GhConsoleFormat format;
  const guint8 *pixels;
  gsize length;
  guint width;
  guint height;
  guint stride;
  guint pixman;

  g_variant_get (body, "(uuuu@ay)", &width, &height, &stride, &pixman, &data);
  if (!find_format (pixman, &format))
    {
      fail (self, "a pixel format that is not known");
      return;
    }

  pixels = g_variant_get_fixed_array (data, &length, 1);
  if (!set_size (self, width, height))
    {
      fail (self, "a picture of an impossible size");
      return;
    }

  all.width = (int) width;
  all.height = (int) height;
  if (!gh_console_framebuffer_write (self->framebuffer, &all, format, pixels, length, stride))
    {
      fail (self, "a picture with too few pixels");
      return;
    }

  g_mutex_lock (&self->lock);
  wake (self);
  g_mutex_unlock (&self->lock);
}

/* Makes the framebuffer large enough; its right size comes as a property. */
static gboolean
make_room (GhConsoleDbusLink           *self,
           const cairo_rectangle_int_t *area)
{
  guint width = 0;
  guint height = 0;

  if (area->x < 0 || area->y < 0 || area->x > GH_CONSOLE_MAX_SIDE ||
      area->y > GH_CONSOLE_MAX_SIDE || area->width < 1 || area->height < 1 ||
      area->width > GH_CONSOLE_MAX_SIDE || area->height > GH_CONSOLE_MAX_SIDE)
    return FALSE;

  if (self->framebuffer != NULL)
    {
      width = gh_console_framebuffer_get_width (self->framebuffer);
      height = gh_console_framebuffer_get_height (self->framebuffer);
    }

  return set_size (self, MAX (width, (guint) (area->x + area->width)),
                   MAX (height, (guint) (area->y + area->height)));
}

static void
handle_update (GhConsoleDbusLink *self,
               GVariant          *body)
{
  g_autoptr (GVariant) data = NULL;
  cairo_rectangle_int_t area;
  GhConsoleFormat format;
  const guint8 *pixels;
  gsize length;
  guint stride;
  guint pixman;

  g_variant_get (body, "(iiiiuu@ay)", &area.x, &area.y, &area.width, &area.height, &stride,
                 &pixman, &data);
  pixels = g_variant_get_fixed_array (data, &length, 1);
  if (!make_room (self, &area) || !find_format (pixman, &format) ||
      !gh_console_framebuffer_write (self->framebuffer, &area, format, pixels, length, stride))
    {
      fail (self, "a change outside the picture");
      return;
    }

  g_mutex_lock (&self->lock);
  wake (self);
  g_mutex_unlock (&self->lock);
}

static void
handle_mouse_set (GhConsoleDbusLink *self,
                  GVariant          *body)
{
  g_mutex_lock (&self->lock);
  g_variant_get (body, "(iii)", &self->pointer_x, &self->pointer_y, &self->pointer_shown);
  self->pointer_shown = self->pointer_shown != 0;
  wake (self);
  g_mutex_unlock (&self->lock);
}

static void
handle_cursor (GhConsoleDbusLink *self,
               GVariant          *body)
{
  g_autoptr (GVariant) data = NULL;
  g_autoptr (GBytes) pixels = NULL;
  g_autoptr (GhConsoleCursor) cursor = NULL;
  gsize length;
  gconstpointer bytes;
  int width;
  int height;
  int hot_x;
  int hot_y;

  g_variant_get (body, "(iiii@ay)", &width, &height, &hot_x, &hot_y, &data);
  bytes = g_variant_get_fixed_array (data, &length, 1);
  pixels = g_bytes_new (bytes, length);
  cursor = gh_console_cursor_new (width, height, hot_x, hot_y, pixels);
  if (cursor == NULL)
    {
      fail (self, "a pointer shape of an impossible size");
      return;
    }

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->cursor, gh_console_cursor_unref);
  self->cursor = g_steal_pointer (&cursor);
  wake (self);
  g_mutex_unlock (&self->lock);
}

static const struct
{
  const char *member;
  const char *signature;
  void      (*handle) (GhConsoleDbusLink *self,
                       GVariant          *body);
} listener_methods[] = {
  { "Scanout", "(uuuuay)", handle_scanout },
  { "Update", "(iiiiuuay)", handle_update },
  { "MouseSet", "(iii)", handle_mouse_set },
  { "CursorDefine", "(iiiiay)", handle_cursor },
};

static GDBusMessage *
answer (GhConsoleDbusLink *self,
        GDBusMessage      *message)
{
  const char *interface = g_dbus_message_get_interface (message);
  const char *member = g_dbus_message_get_member (message);
  GVariant *body = g_dbus_message_get_body (message);

  if (g_strcmp0 (interface, PROPERTIES_INTERFACE) == 0 && g_strcmp0 (member, "GetAll") == 0)
    {
      /* Later QEMUs ask which more interfaces the listener has. */
      GDBusMessage *reply = g_dbus_message_new_method_reply (message);

      g_dbus_message_set_body (reply, g_variant_new_parsed ("({'Interfaces': <@as []>},)"));
      return reply;
    }

  if (g_strcmp0 (interface, LISTENER_INTERFACE) == 0 && g_strcmp0 (member, "Disable") == 0)
    return g_dbus_message_new_method_reply (message);

  if (g_strcmp0 (interface, LISTENER_INTERFACE) == 0)
    for (gsize i = 0; i < G_N_ELEMENTS (listener_methods); i++)
      if (g_strcmp0 (member, listener_methods[i].member) == 0 && body != NULL &&
          g_variant_is_of_type (body, G_VARIANT_TYPE (listener_methods[i].signature)))
        {
          listener_methods[i].handle (self, body);
          return g_dbus_message_new_method_reply (message);
        }

  return g_dbus_message_new_method_error (message, "org.freedesktop.DBus.Error.UnknownMethod",
                                          "No such method, or not with these arguments");
}

/**
 * gh_console_dbus_link_filter_listener: (skip)
 *
 * On the connection that QEMU calls us on: every call ends here, nothing is queued.
 */
GDBusMessage *
gh_console_dbus_link_filter_listener (GDBusConnection *connection,
                                      GDBusMessage    *message,
                                      gboolean         is_incoming,
                                      gpointer         user_data)
{
  g_autoptr (GDBusMessage) reply = NULL;

  if (!is_incoming ||
      g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;

  reply = answer (user_data, message);
  /* A connection that has closed meanwhile is noticed elsewhere. */
  if ((g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED) == 0)
    g_dbus_connection_send_message (connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  g_object_unref (message);

  return NULL;
}
