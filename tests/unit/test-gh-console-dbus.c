/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/socket.h>

#include "gh-console-dbus-source.h"

#define CONSOLE "/org/qemu/Display1/Console_0"
#define LISTENER_PATH "/org/qemu/Display1/Listener"
#define LISTENER "org.qemu.Display1.Listener"
#define XRGB 0x20020888u

/* QEMU's side of a display, in threads of its own, saying what the test wants said. */
typedef struct Peer Peer;
typedef void (*Script) (Peer            *peer,
                        GDBusConnection *listener);

struct Peer
{
  int              fd;
  Script           script;
  GThread         *thread;
  GThread         *listener_thread;
  int              listener_fd;
  GDBusConnection *control;
  GMutex           lock;
  GCond            cond;
  gboolean         is_done;       /* the script has run */
  gboolean         has_screen;
  guint            n_calls;
};

static GVariant *
properties_of (Peer       *peer,
               const char *interface)
{
  if (g_str_equal (interface, "org.qemu.Display1.VM"))
    return g_variant_new_parsed (peer->has_screen ? "({'ConsoleIDs': <[uint32 0]>},)"
                                                  : "({'ConsoleIDs': <@au []>},)");
  if (g_str_equal (interface, "org.qemu.Display1.Console"))
    return g_variant_new_parsed ("({'Type': <'Graphic'>, 'Width': <uint32 64>},)");
  if (g_str_equal (interface, "org.qemu.Display1.Mouse"))
    return g_variant_new_parsed ("({'IsAbsolute': <true>},)");

  return g_variant_new_parsed ("({'Modifiers': <uint32 2>},)");
}

static gpointer
listener_thread (gpointer data)
{
  Peer *peer = data;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (peer->listener_fd, NULL);
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GDBusConnection) listener = NULL;
  g_autofree char *guid = g_dbus_generate_guid ();

  g_assert_nonnull (socket);
  stream = g_socket_connection_factory_create_connection (socket);
  listener = g_dbus_connection_new_sync (G_IO_STREAM (stream), guid,
                                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, NULL, NULL,
                                         NULL);
  /* None if the other side has closed meanwhile. */
  if (listener != NULL)
    {
      peer->script (peer, listener);
      g_dbus_connection_flush_sync (listener, NULL, NULL);
    }

  g_mutex_lock (&peer->lock);
  peer->is_done = TRUE;
  g_cond_signal (&peer->cond);
  g_mutex_unlock (&peer->lock);

  return g_steal_pointer (&listener);
}

static GDBusMessage *
filter_cb (GDBusConnection *connection,
           GDBusMessage    *message,
           gboolean         is_incoming,
           gpointer         user_data)
{
  Peer *peer = user_data;
  const char *member = g_dbus_message_get_member (message);
  g_autoptr (GDBusMessage) reply = NULL;

  if (!is_incoming ||
      g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;

  g_atomic_int_inc (&peer->n_calls);
  reply = g_dbus_message_new_method_reply (message);
  if (g_str_equal (member, "GetAll"))
    {
      const char *interface;

      g_variant_get (g_dbus_message_get_body (message), "(&s)", &interface);
      g_dbus_message_set_body (reply, properties_of (peer, interface));
    }
  g_dbus_connection_send_message (connection, reply, 0, NULL, NULL);

  if (g_str_equal (member, "RegisterListener"))
    {
      peer->listener_fd =
        g_unix_fd_list_get (g_dbus_message_get_unix_fd_list (message), 0, NULL);
      g_assert_cmpint (peer->listener_fd, >=, 0);
      peer->listener_thread = g_thread_new ("listener", listener_thread, peer);
    }
  g_object_unref (message);

  return NULL;
}

static gpointer
control_thread (gpointer data)
{
  Peer *peer = data;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (peer->fd, NULL);
  g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
  g_autofree char *guid = g_dbus_generate_guid ();

  peer->control = g_dbus_connection_new_sync (
    G_IO_STREAM (stream), guid,
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
      G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
    NULL, NULL, NULL);
  g_assert_nonnull (peer->control);
  g_dbus_connection_add_filter (peer->control, filter_cb, peer, NULL);
  g_dbus_connection_start_message_processing (peer->control);

  return NULL;
}

static GhConsoleSource *
peer_start (Peer   *peer,
            Script  script)
{
  int pair[2];

  memset (peer, 0, sizeof *peer);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  peer->fd = pair[1];
  peer->script = script;
  peer->has_screen = TRUE;
  g_mutex_init (&peer->lock);
  g_cond_init (&peer->cond);
  peer->thread = g_thread_new ("qemu", control_thread, peer);

  return gh_console_dbus_source_new_for_fd (pair[0]);
}

static void
peer_stop (Peer *peer)
{
  g_thread_join (peer->thread);
  /* After this the filter runs no more, so there will be no other listener. */
  g_dbus_connection_close_sync (peer->control, NULL, NULL);
  g_object_unref (peer->control);
  if (peer->listener_thread != NULL)
    {
      GDBusConnection *listener = g_thread_join (peer->listener_thread);

      if (listener != NULL)
        g_dbus_connection_close_sync (listener, NULL, NULL);
      g_clear_object (&listener);
    }
  g_mutex_clear (&peer->lock);
  g_cond_clear (&peer->cond);
}

static void
wait_done (Peer *peer)
{
  g_mutex_lock (&peer->lock);
  while (!peer->is_done)
    g_cond_wait (&peer->cond, &peer->lock);
  g_mutex_unlock (&peer->lock);
}

static GVariant *
make_pixels (gsize   length,
             guint8  value)
{
  guint8 *data = g_malloc (length);

  memset (data, value, length);

  return g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, data, length, TRUE, g_free, data);
}

/* As QEMU does it: without waiting for an answer. */
static void
say (GDBusConnection *listener,
     const char      *method,
     GVariant        *arguments)
{
  g_dbus_connection_call (listener, NULL, LISTENER_PATH, LISTENER, method, arguments, NULL, 0, -1,
                          NULL, NULL, NULL);
}

static void
say_screen (GDBusConnection *listener)
{
  say (listener, "Scanout",
       g_variant_new ("(uuuu@ay)", 64, 32, 256, XRGB, make_pixels (256 * 32, 0x11)));
}

static guint32
pixel_at (GhConsoleSource *source,
          guint            x,
          guint            y)
{
  GhConsoleFramebuffer *framebuffer = gh_console_source_get_framebuffer (source);
  guint32 pixel;

  memcpy (&pixel,
          gh_console_framebuffer_get_pixels (framebuffer) +
            y * gh_console_framebuffer_get_stride (framebuffer) + x * 4,
          4);

  return pixel & 0xffffff;
}

static void
script_pictures (Peer            *peer,
                 GDBusConnection *listener)
{
  say_screen (listener);
  say (listener, "Update",
       g_variant_new ("(iiiiuu@ay)", 60, 30, 4, 2, 16, XRGB, make_pixels (32, 0x22)));
  say (listener, "MouseSet", g_variant_new ("(iii)", 5, 6, 1));
  say (listener, "CursorDefine", g_variant_new ("(iiii@ay)", 2, 2, 1, 0, make_pixels (16, 0xff)));
}

static void
test_pictures (void)
{
  Peer peer;
  g_autoptr (GhConsoleSource) source = peer_start (&peer, script_pictures);
  int x;

  gh_console_source_open (source);
  while (gh_console_source_get_state (source) != GH_CONSOLE_STATE_CONNECTED ||
         gh_console_source_get_cursor (source) == NULL ||
         gh_console_source_get_framebuffer (source) == NULL)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpuint (gh_console_source_get_width (source), ==, 64);
  g_assert_cmphex (pixel_at (source, 59, 30), ==, 0x111111);
  g_assert_cmphex (pixel_at (source, 60, 30), ==, 0x222222);
  g_assert_true (gh_console_source_get_pointer_absolute (source));
  g_assert_cmpint (gh_console_source_get_leds (source), ==, GH_CONSOLE_LEDS_NUM_LOCK);
  g_assert_true (gh_console_source_get_guest_pointer (source, &x, NULL));
  g_assert_cmpint (x, ==, 5);

  wait_done (&peer);
  g_dbus_connection_close_sync (peer.control, NULL, NULL);
  while (gh_console_source_get_state (source) != GH_CONSOLE_STATE_CLOSED)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (gh_console_source_get_error (source), GH_CONSOLE_ERROR, GH_CONSOLE_ERROR_CLOSED);
  peer_stop (&peer);
}

/* While our main loop stands still: every call is answered at once, nothing is kept. */
static void
script_flood (Peer            *peer,
              GDBusConnection *listener)
{
  g_autoptr (GVariant) reply = NULL;
  gint64 begin = g_get_monotonic_time ();

  say_screen (listener);
  for (int i = 0; i < 5000; i++)
    say (listener, "Update",
         g_variant_new ("(iiiiuu@ay)", 0, 0, 64, 32, 256, XRGB,
                        make_pixels (256 * 32, (guint8) i)));
  reply = g_dbus_connection_call_sync (listener, NULL, LISTENER_PATH,
                                       "org.freedesktop.DBus.Properties", "GetAll",
                                       g_variant_new ("(s)", LISTENER), NULL, 0, 20000, NULL, NULL);
  g_assert_nonnull (reply);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 15 * G_USEC_PER_SEC);
}

static void
count_cb (GhConsoleSource *source,
          cairo_region_t  *region,
          guint           *n)
{
  (*n)++;
}

static void
test_blocked (void)
{
  Peer peer;
  g_autoptr (GhConsoleSource) source = peer_start (&peer, script_flood);
  guint n = 0;

  g_signal_connect (source, "frame-damaged", G_CALLBACK (count_cb), &n);
  gh_console_source_open (source);
  wait_done (&peer);
  g_assert_cmpuint (n, ==, 0);
  while (gh_console_source_get_framebuffer (source) == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmphex (pixel_at (source, 0, 0), ==, (4999 & 0xff) * 0x010101);

  gh_console_source_close (source);
  peer_stop (&peer);
}

/* QEMU 7.2 tells a new size by parts of the new screen, and later by a property. */
static void
script_resize (Peer            *peer,
               GDBusConnection *listener)
{
  say_screen (listener);
  say (listener, "Update",
       g_variant_new ("(iiiiuu@ay)", 0, 0, 100, 16, 400, XRGB, make_pixels (6400, 0x33)));
  g_dbus_connection_flush_sync (listener, NULL, NULL);
}

static void
test_resize (void)
{
  Peer peer;
  g_autoptr (GhConsoleSource) source = peer_start (&peer, script_resize);

  gh_console_source_open (source);
  while (gh_console_source_get_width (source) != 100)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (gh_console_source_get_height (source), ==, 32);
  g_dbus_connection_emit_signal (
    peer.control, NULL, CONSOLE, "org.freedesktop.DBus.Properties", "PropertiesChanged",
    g_variant_new_parsed ("('org.qemu.Display1.Console', {'Height': <uint32 20>}, @as [])"), NULL);
  while (gh_console_source_get_height (source) != 20)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (gh_console_source_get_width (source), ==, 100);
  g_assert_cmphex (pixel_at (source, 99, 15), ==, 0x333333);
  g_assert_cmphex (pixel_at (source, 0, 16), ==, 0x111111);

  gh_console_source_close (source);
  peer_stop (&peer);
}

static guint bad_case;

static void
script_bad (Peer            *peer,
            GDBusConnection *listener)
{
  const struct
  {
    const char *method;
    GVariant   *arguments;
  } cases[] = {
    { "Scanout", g_variant_new ("(uuuu@ay)", 65535, 65535, 4, XRGB, make_pixels (4, 0)) },
    { "Scanout", g_variant_new ("(uuuu@ay)", 0, 0, 0, XRGB, make_pixels (4, 0)) },
    { "Scanout", g_variant_new ("(uuuu@ay)", 64, 64, 256, XRGB, make_pixels (100, 0)) },
    { "Scanout", g_variant_new ("(uuuu@ay)", 64, 64, 4294967295u, XRGB, make_pixels (100, 0)) },
    { "Scanout", g_variant_new ("(uuuu@ay)", 1, 1, 4, 7, make_pixels (4, 0)) },
    { "Update", g_variant_new ("(iiiiuu@ay)", -1, 0, 1, 1, 4, XRGB, make_pixels (4, 0)) },
    { "Update", g_variant_new ("(iiiiuu@ay)", G_MAXINT, 0, G_MAXINT, 1, 4, XRGB,
                               make_pixels (4, 0)) },
    { "Update", g_variant_new ("(iiiiuu@ay)", 0, 0, 8, 8, 4, XRGB, make_pixels (4, 0)) },
    { "CursorDefine", g_variant_new ("(iiii@ay)", 0, -5, 0, 0, make_pixels (4, 0)) },
  };

  say_screen (listener);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) arguments = g_variant_ref_sink (cases[i].arguments);

      if (i == bad_case)
        say (listener, cases[i].method, arguments);
    }
}

#define N_BAD_CASES 9

static void
test_bad (void)
{
  for (bad_case = 0; bad_case < N_BAD_CASES; bad_case++)
    {
      Peer peer;
      g_autoptr (GhConsoleSource) source = peer_start (&peer, script_bad);

      gh_console_source_open (source);
      while (gh_console_source_get_state (source) != GH_CONSOLE_STATE_CLOSED)
        g_main_context_iteration (NULL, TRUE);
      g_assert_error (gh_console_source_get_error (source), GH_CONSOLE_ERROR,
                      GH_CONSOLE_ERROR_PROTOCOL);
      wait_done (&peer);
      peer_stop (&peer);
    }
}

static void
script_odd (Peer            *peer,
            GDBusConnection *listener)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  reply = g_dbus_connection_call_sync (listener, NULL, LISTENER_PATH, LISTENER, "Scanout",
                                       g_variant_new ("(s)", "text"), NULL, 0, 20000, NULL,
                                       &error);
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD);
  say_screen (listener);
}

/* What is called wrongly is refused, and life goes on. */
static void
test_odd (void)
{
  Peer peer;
  g_autoptr (GhConsoleSource) source = peer_start (&peer, script_odd);

  gh_console_source_open (source);
  while (gh_console_source_get_width (source) != 64)
    g_main_context_iteration (NULL, TRUE);
  wait_done (&peer);
  gh_console_source_close (source);
  peer_stop (&peer);
}

static void
test_no_screen (void)
{
  Peer peer;
  g_autoptr (GhConsoleSource) source = peer_start (&peer, NULL);

  peer.has_screen = FALSE;
  gh_console_source_open (source);
  while (gh_console_source_get_state (source) != GH_CONSOLE_STATE_CLOSED)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (gh_console_source_get_error (source), GH_CONSOLE_ERROR,
                  GH_CONSOLE_ERROR_NO_SCREEN);
  peer_stop (&peer);
}

/* Somebody closes while it is still connecting, again and again. */
static void
test_close_early (void)
{
  for (int i = 0; i < 200; i++)
    {
      Peer peer;
      GhConsoleSource *source = peer_start (&peer, script_pictures);

      gh_console_source_open (source);
      for (int turn = 0; turn < i % 7; turn++)
        g_main_context_iteration (NULL, FALSE);
      while (g_atomic_int_get (&peer.n_calls) == 0)
        g_thread_yield ();
      if (i % 2 == 0)
        gh_console_source_close (source);
      g_object_add_weak_pointer (G_OBJECT (source), (gpointer *) &source);
      g_object_unref (source);
      while (source != NULL)
        g_main_context_iteration (NULL, TRUE);
      peer_stop (&peer);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/gh-console-dbus/pictures", test_pictures);
  g_test_add_func ("/gh-console-dbus/blocked", test_blocked);
  g_test_add_func ("/gh-console-dbus/resize", test_resize);
  g_test_add_func ("/gh-console-dbus/bad", test_bad);
  g_test_add_func ("/gh-console-dbus/odd", test_odd);
  g_test_add_func ("/gh-console-dbus/no-screen", test_no_screen);
  g_test_add_func ("/gh-console-dbus/close-early", test_close_early);

  return g_test_run ();
}
