/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include "gh-console-dbus-source.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gh-console-dbus-link.h"

#define VM_PATH "/org/qemu/Display1/VM"
#define VM_INTERFACE "org.qemu.Display1.VM"
#define CONSOLE_INTERFACE "org.qemu.Display1.Console"
#define KEYBOARD_INTERFACE "org.qemu.Display1.Keyboard"
#define MOUSE_INTERFACE "org.qemu.Display1.Mouse"

/* QEMU answers within milliseconds; a stopped one never. */
#define CALL_TIMEOUT_MS 10000

/* QEMU's InputButton */
#define WHEEL_UP 3
#define WHEEL_DOWN 4
#define WHEEL_LEFT 7
#define WHEEL_RIGHT 8

static const guint qemu_buttons[] = {
  [GH_CONSOLE_BUTTON_LEFT] = 0,  [GH_CONSOLE_BUTTON_MIDDLE] = 1, [GH_CONSOLE_BUTTON_RIGHT] = 2,
  [GH_CONSOLE_BUTTON_SIDE] = 5,  [GH_CONSOLE_BUTTON_EXTRA] = 6,
};

/**
 * GhConsoleDbusSource:
 *
 * A graphical console of a QEMU that was started with `-display dbus,p2p=yes`.
 */
struct _GhConsoleDbusSource
{
  GhConsoleSource    parent_instance;

  int                fd;           /* until opened */
  GhConsoleDbusLink *link;
  GDBusConnection   *control;      /* we call QEMU */
  GDBusConnection   *listener;     /* QEMU calls us; none while nobody looks */
  char              *console_path;
  GCancellable      *cancellable;
  gulong             closed_id;

  /* At most one motion is under way, so that a stopped guest does not make us collect them. */
  gboolean           motion_in_flight;
  gboolean           has_abs;
  guint              abs_x;
  guint              abs_y;
  int                rel_x;
  int                rel_y;

  gboolean           wants_listener;
  gboolean           listener_in_flight;
};

G_DEFINE_FINAL_TYPE (GhConsoleDbusSource, gh_console_dbus_source, GH_CONSOLE_TYPE_SOURCE)

/* What the set-up thread works with; it never sees the source. */
typedef struct
{
  int                fd;
  GDBusConnection   *control;
  GDBusConnection   *listener;
  GhConsoleDbusLink *link;
  char              *console_path;
} SetUp;

static void
set_up_free (SetUp *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_clear_object (&self->control);
  g_clear_object (&self->listener);
  g_free (self->console_path);
  gh_console_dbus_link_unref (self->link);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SetUp, set_up_free)

static GDBusConnection *
connect_fd (int                         fd,
            GDBusMessageFilterFunction  filter,
            GhConsoleDbusLink          *link,
            GCancellable               *cancellable,
            GError                    **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  g_autoptr (GSocketConnection) stream = NULL;
  GDBusConnection *connection;

  if (socket == NULL)
    {
      close (fd);
      return NULL;
    }

  /* Not before the filter is there: QEMU calls at once. */
  stream = g_socket_connection_factory_create_connection (socket);
  connection = g_dbus_connection_new_sync (G_IO_STREAM (stream), NULL,
                                           G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                             G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                           NULL, cancellable, error);
  if (connection == NULL)
    return NULL;

  g_dbus_connection_add_filter (connection, filter, gh_console_dbus_link_ref (link),
                                (GDestroyNotify) gh_console_dbus_link_unref);
  g_dbus_connection_start_message_processing (connection);

  return connection;
}

static GVariant *
get_all (GDBusConnection  *connection,
         const char       *path,
         const char       *interface,
         GCancellable     *cancellable,
         GError          **error)
{
  g_autoptr (GVariant) reply = NULL;

  reply = g_dbus_connection_call_sync (connection, NULL, path, "org.freedesktop.DBus.Properties",
                                       "GetAll", g_variant_new ("(s)", interface),
                                       G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NONE,
                                       CALL_TIMEOUT_MS, cancellable, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

/* The first console that is a screen and not a text monitor. */
static char *
find_console (GDBusConnection  *connection,
              GCancellable     *cancellable,
              GError          **error)
{
  g_autoptr (GVariant) vm = get_all (connection, VM_PATH, VM_INTERFACE, cancellable, error);
  g_autoptr (GVariant) ids = NULL;
  gsize n_ids = 0;
  const guint32 *id = NULL;

  if (vm == NULL)
    return NULL;

  ids = g_variant_lookup_value (vm, "ConsoleIDs", G_VARIANT_TYPE ("au"));
  if (ids != NULL)
    id = g_variant_get_fixed_array (ids, &n_ids, sizeof (guint32));

  for (gsize i = 0; i < n_ids; i++)
    {
      g_autofree char *path = g_strdup_printf ("/org/qemu/Display1/Console_%u", id[i]);
      g_autoptr (GVariant) console = get_all (connection, path, CONSOLE_INTERFACE, cancellable,
                                              error);
      const char *type = NULL;

      if (console == NULL)
        return NULL;
      if (g_variant_lookup (console, "Type", "&s", &type) && g_strcmp0 (type, "Graphic") == 0)
        return g_steal_pointer (&path);
    }

  g_set_error_literal (error, GH_CONSOLE_ERROR, GH_CONSOLE_ERROR_NO_SCREEN,
                       "The machine has no screen");

  return NULL;
}

/* QEMU gets one end of a new socket pair and calls our listener over it. While it sets that up it
 * waits for us, with the guest standing still; this is why it happens in a thread of its own. */
static GDBusConnection *
register_listener (SetUp         *set_up,
                   GCancellable  *cancellable,
                   GError       **error)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "No socket pair: %s",
                   g_strerror (errno));
      return NULL;
    }

  fds = g_unix_fd_list_new_from_array (&pair[1], 1);
  reply = g_dbus_connection_call_with_unix_fd_list_sync (set_up->control, NULL,
                                                         set_up->console_path, CONSOLE_INTERFACE,
                                                         "RegisterListener",
                                                         g_variant_new ("(h)", 0), NULL,
                                                         G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS,
                                                         fds, NULL, cancellable, error);
  if (reply == NULL)
    {
      close (pair[0]);
      return NULL;
    }

  return connect_fd (pair[0], gh_console_dbus_link_filter_listener, set_up->link, cancellable,
                     error);
}

static void
set_up_thread (GTask        *task,
               gpointer      source_object,
               gpointer      task_data,
               GCancellable *cancellable)
{
  static const char *const watched[] = { MOUSE_INTERFACE, KEYBOARD_INTERFACE };
  SetUp *set_up = task_data;
  GError *error = NULL;

  if (set_up->control == NULL)
    {
      set_up->control = connect_fd (g_steal_fd (&set_up->fd), gh_console_dbus_link_filter_control,
                                    set_up->link, cancellable, &error);
      if (set_up->control != NULL)
        set_up->console_path = find_console (set_up->control, cancellable, &error);
      if (set_up->console_path != NULL)
        gh_console_dbus_link_set_console (set_up->link, set_up->console_path);

      for (gsize i = 0; i < G_N_ELEMENTS (watched) && error == NULL; i++)
        {
          g_autoptr (GVariant) values = get_all (set_up->control, set_up->console_path, watched[i],
                                                 cancellable, &error);

          if (values != NULL)
            gh_console_dbus_link_set_properties (set_up->link, watched[i], values);
        }
    }

  if (error == NULL)
    set_up->listener = register_listener (set_up, cancellable, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
closed_cb (GDBusConnection     *connection,
           gboolean             remote_peer_vanished,
           GError              *error,
           GhConsoleDbusSource *self)
{
  g_autoptr (GError) closed = NULL;

  closed = g_error_new (GH_CONSOLE_ERROR, GH_CONSOLE_ERROR_CLOSED, "The display was closed%s%s",
                        error != NULL ? ": " : "", error != NULL ? error->message : "");
  g_object_ref (self);
  GH_CONSOLE_SOURCE_GET_CLASS (self)->close (GH_CONSOLE_SOURCE (self));
  gh_console_source_set_closed (GH_CONSOLE_SOURCE (self), closed);
  g_object_unref (self);
}

static void update_listener (GhConsoleDbusSource *self);

static void
drop_connection (GDBusConnection *connection)
{
  /* Nobody waits for the goodbye. */
  g_dbus_connection_close (connection, NULL, NULL, NULL);
  g_object_unref (connection);
}

static void
set_up_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GhConsoleDbusSource) self = user_data;
  GhConsoleSource *source = GH_CONSOLE_SOURCE (self);
  SetUp *set_up = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean is_first = self->control == NULL;

  self->listener_in_flight = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      if (set_up->control != NULL && is_first)
        g_dbus_connection_close (set_up->control, NULL, NULL, NULL);
      if (gh_console_source_get_state (source) != GH_CONSOLE_STATE_CLOSED)
        {
          g_dbus_error_strip_remote_error (error);
          GH_CONSOLE_SOURCE_GET_CLASS (self)->close (source);
          gh_console_source_set_closed (source, error);
        }
      return;
    }

  if (gh_console_source_get_state (source) == GH_CONSOLE_STATE_CLOSED)
    {
      drop_connection (g_steal_pointer (&set_up->listener));
      g_dbus_connection_close (set_up->control, NULL, NULL, NULL);
      return;
    }

  self->listener = g_steal_pointer (&set_up->listener);
  if (is_first)
    {
      self->control = g_steal_pointer (&set_up->control);
      self->console_path = g_steal_pointer (&set_up->console_path);
      self->closed_id = g_signal_connect (self->control, "closed", G_CALLBACK (closed_cb), self);
      if (g_dbus_connection_is_closed (self->control))
        {
          closed_cb (self->control, TRUE, NULL, self);
          return;
        }
      gh_console_source_set_can_resize (source, TRUE);
      gh_console_source_set_connected (source);
    }
  update_listener (self);
}

static void
start_set_up (GhConsoleDbusSource *self)
{
  g_autoptr (GTask) task = NULL;
  SetUp *set_up = g_new0 (SetUp, 1);

  set_up->fd = g_steal_fd (&self->fd);
  set_up->link = gh_console_dbus_link_ref (self->link);
  set_up->console_path = g_strdup (self->console_path);
  if (self->control != NULL)
    set_up->control = g_object_ref (self->control);

  self->listener_in_flight = TRUE;
  /* We are not the task's source object: its thread may drop that last, and would dispose us. */
  task = g_task_new (NULL, self->cancellable, set_up_cb, g_object_ref (self));
  g_task_set_source_tag (task, start_set_up);
  g_task_set_task_data (task, set_up, (GDestroyNotify) set_up_free);
  g_task_run_in_thread (task, set_up_thread);
}

static void
update_listener (GhConsoleDbusSource *self)
{
  if (self->listener_in_flight || self->control == NULL)
    return;

  if (self->wants_listener && self->listener == NULL)
    start_set_up (self);
  else if (!self->wants_listener && self->listener != NULL)
    drop_connection (g_steal_pointer (&self->listener));
}

static void
gh_console_dbus_source_open (GhConsoleSource *source)
{
  start_set_up (GH_CONSOLE_DBUS_SOURCE (source));
}

static void
gh_console_dbus_source_close (GhConsoleSource *source)
{
  GhConsoleDbusSource *self = GH_CONSOLE_DBUS_SOURCE (source);

  g_cancellable_cancel (self->cancellable);
  gh_console_dbus_link_disconnect (self->link);
  if (self->control != NULL)
    g_clear_signal_handler (&self->closed_id, self->control);
  if (self->listener != NULL)
    drop_connection (g_steal_pointer (&self->listener));
  if (self->control != NULL)
    drop_connection (g_steal_pointer (&self->control));
}

static void
call (GhConsoleDbusSource *self,
      const char          *interface,
      const char          *method,
      GVariant            *arguments)
{
  g_dbus_connection_call (self->control, NULL, self->console_path, interface, method, arguments,
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
gh_console_dbus_source_key (GhConsoleSource *source,
                            guint            qnum,
                            gboolean         is_pressed)
{
  call (GH_CONSOLE_DBUS_SOURCE (source), KEYBOARD_INTERFACE, is_pressed ? "Press" : "Release",
        g_variant_new ("(u)", qnum));
}

static void send_motion (GhConsoleDbusSource *self);

static void
motion_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GhConsoleDbusSource) self = user_data;
  g_autoptr (GVariant) reply = NULL;

  /* An error says that the pointer has just changed its kind; the next motion fits again. */
  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, NULL);
  self->motion_in_flight = FALSE;
  if (self->control != NULL)
    send_motion (self);
}

static void
send_motion (GhConsoleDbusSource *self)
{
  const char *method;
  GVariant *arguments;

  if (self->has_abs)
    {
      method = "SetAbsPosition";
      arguments = g_variant_new ("(uu)", self->abs_x, self->abs_y);
    }
  else if (self->rel_x != 0 || self->rel_y != 0)
    {
      method = "RelMotion";
      arguments = g_variant_new ("(ii)", self->rel_x, self->rel_y);
    }
  else
    return;

  self->has_abs = FALSE;
  self->rel_x = 0;
  self->rel_y = 0;
  self->motion_in_flight = TRUE;
  g_dbus_connection_call (self->control, NULL, self->console_path, MOUSE_INTERFACE, method,
                          arguments, NULL, G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, NULL,
                          motion_cb, g_object_ref (self));
}

static void
gh_console_dbus_source_motion_abs (GhConsoleSource *source,
                                   guint            x,
                                   guint            y)
{
  GhConsoleDbusSource *self = GH_CONSOLE_DBUS_SOURCE (source);

  self->has_abs = TRUE;
  self->abs_x = x;
  self->abs_y = y;
  if (!self->motion_in_flight)
    send_motion (self);
}

static void
gh_console_dbus_source_motion_rel (GhConsoleSource *source,
                                   int              dx,
                                   int              dy)
{
  GhConsoleDbusSource *self = GH_CONSOLE_DBUS_SOURCE (source);

  self->has_abs = FALSE;
  self->rel_x += dx;
  self->rel_y += dy;
  if (!self->motion_in_flight)
    send_motion (self);
}

static void
gh_console_dbus_source_button (GhConsoleSource *source,
                               GhConsoleButton  button,
                               gboolean         is_pressed)
{
  GhConsoleDbusSource *self = GH_CONSOLE_DBUS_SOURCE (source);

  /* The click belongs where the pointer is by now. */
  send_motion (self);
  call (self, MOUSE_INTERFACE, is_pressed ? "Press" : "Release",
        g_variant_new ("(u)", qemu_buttons[button]));
}

static void
notch (GhConsoleDbusSource *self,
       guint                button,
       int                  n)
{
  /* A fling is no reason to flood the guest. */
  for (int i = 0; i < MIN (n, 32); i++)
    {
      call (self, MOUSE_INTERFACE, "Press", g_variant_new ("(u)", button));
      call (self, MOUSE_INTERFACE, "Release", g_variant_new ("(u)", button));
    }
}

static void
gh_console_dbus_source_wheel (GhConsoleSource *source,
                              int              dx,
                              int              dy)
{
  GhConsoleDbusSource *self = GH_CONSOLE_DBUS_SOURCE (source);

  send_motion (self);
  notch (self, dy < 0 ? WHEEL_UP : WHEEL_DOWN, ABS (dy));
  notch (self, dx < 0 ? WHEEL_LEFT : WHEEL_RIGHT, ABS (dx));
}

static void
size_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) reply = NULL;
  GError *error = NULL;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);
  if (reply != NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  /* QEMU says so when the video device cannot be told a size. */
  if (g_dbus_error_is_remote_error (error))
    gh_console_source_set_can_resize (g_task_get_source_object (task), FALSE);
  g_task_return_error (task, error);
}

static void
gh_console_dbus_source_request_size_async (GhConsoleSource     *source,
                                           guint                width,
                                           guint                height,
                                           guint                width_mm,
                                           guint                height_mm,
                                           GCancellable        *cancellable,
                                           GAsyncReadyCallback  callback,
                                           gpointer             user_data)
{
  GhConsoleDbusSource *self = GH_CONSOLE_DBUS_SOURCE (source);
  g_autoptr (GTask) task = g_task_new (source, cancellable, callback, user_data);

  g_task_set_source_tag (task, gh_console_dbus_source_request_size_async);
  g_dbus_connection_call (self->control, NULL, self->console_path, CONSOLE_INTERFACE, "SetUIInfo",
                          g_variant_new ("(qqiiuu)", (guint16) MIN (width_mm, G_MAXUINT16),
                                         (guint16) MIN (height_mm, G_MAXUINT16), 0, 0, width,
                                         height),
                          NULL, G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, cancellable, size_cb,
                          g_steal_pointer (&task));
}

static gboolean
gh_console_dbus_source_request_size_finish (GhConsoleSource  *source,
                                            GAsyncResult     *result,
                                            GError          **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
gh_console_dbus_source_set_visible (GhConsoleSource *source,
                                    gboolean         is_visible)
{
  GhConsoleDbusSource *self = GH_CONSOLE_DBUS_SOURCE (source);

  self->wants_listener = is_visible;
  update_listener (self);
}

static void
gh_console_dbus_source_dispose (GObject *object)
{
  gh_console_dbus_source_close (GH_CONSOLE_SOURCE (object));

  G_OBJECT_CLASS (gh_console_dbus_source_parent_class)->dispose (object);
}

static void
gh_console_dbus_source_finalize (GObject *object)
{
  GhConsoleDbusSource *self = GH_CONSOLE_DBUS_SOURCE (object);

  if (self->fd >= 0)
    close (self->fd);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->link, gh_console_dbus_link_unref);
  g_clear_pointer (&self->console_path, g_free);

  G_OBJECT_CLASS (gh_console_dbus_source_parent_class)->finalize (object);
}

static void
gh_console_dbus_source_class_init (GhConsoleDbusSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GhConsoleSourceClass *source_class = GH_CONSOLE_SOURCE_CLASS (klass);

  object_class->dispose = gh_console_dbus_source_dispose;
  object_class->finalize = gh_console_dbus_source_finalize;
  source_class->open = gh_console_dbus_source_open;
  source_class->close = gh_console_dbus_source_close;
  source_class->key = gh_console_dbus_source_key;
  source_class->motion_abs = gh_console_dbus_source_motion_abs;
  source_class->motion_rel = gh_console_dbus_source_motion_rel;
  source_class->button = gh_console_dbus_source_button;
  source_class->wheel = gh_console_dbus_source_wheel;
  source_class->request_size_async = gh_console_dbus_source_request_size_async;
  source_class->request_size_finish = gh_console_dbus_source_request_size_finish;
  source_class->set_visible = gh_console_dbus_source_set_visible;
}

static void
gh_console_dbus_source_init (GhConsoleDbusSource *self)
{
  self->fd = -1;
  self->wants_listener = TRUE;
  self->cancellable = g_cancellable_new ();
  self->link = gh_console_dbus_link_new (GH_CONSOLE_SOURCE (self));
}

/**
 * gh_console_dbus_source_new_for_fd:
 * @fd: one end of a socket pair whose other end QEMU got with QMP's `add_client`
 *   and the protocol `@dbus-display`; the source's from now on
 *
 * Returns: (transfer full): a source, not opened yet, that closes @fd
 */
GhConsoleSource *
gh_console_dbus_source_new_for_fd (int fd)
{
  GhConsoleDbusSource *self = g_object_new (GH_CONSOLE_TYPE_DBUS_SOURCE, NULL);

  g_return_val_if_fail (fd >= 0, GH_CONSOLE_SOURCE (self));

  self->fd = fd;

  return GH_CONSOLE_SOURCE (self);
}
