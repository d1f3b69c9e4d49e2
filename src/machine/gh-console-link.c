/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-console-link.h"

#include <gio/gunixfdlist.h>

/* First soon, since a core that restarts is back at once, then more and more patiently. */
#define RETRY_FIRST_MS 200
#define RETRY_MAX_MS 5000

/**
 * GhConsoleLink:
 *
 * Keeps a machine's screen connected as long as it is wanted: asks the core for a display and asks
 * again when it was lost.
 */
struct _GhConsoleLink
{
  GObject          parent_instance;

  VmmDBusMachine  *proxy;
  GhConsoleSource *source;      /* the last one, perhaps closed */
  GCancellable    *cancellable; /* of the call under way */
  GError          *error;       /* of the last attempt */
  guint            retry_source;
  guint            retry_ms;
  guint            attempt;     /* since the last success; 0 while connected */
  gboolean         is_wanted;
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GhConsoleLink, gh_console_link, G_TYPE_OBJECT)

static void attempt (GhConsoleLink *self);

static gboolean
retry_cb (gpointer user_data)
{
  GhConsoleLink *self = user_data;

  self->retry_source = 0;
  attempt (self);

  return G_SOURCE_REMOVE;
}

static void
schedule_retry (GhConsoleLink *self)
{
  if (!self->is_wanted || self->retry_source != 0)
    return;

  /* Some jitter, so that many windows do not ask together. */
  self->retry_source = g_timeout_add (
    self->retry_ms + (guint) g_random_int_range (0, (gint32) (self->retry_ms / 4 + 1)), retry_cb,
    self);
  self->retry_ms = MIN (self->retry_ms * 2, RETRY_MAX_MS);
}

static void
failed (GhConsoleLink *self,
        const GError  *error)
{
  g_clear_error (&self->error);
  self->error = error != NULL ? g_error_copy (error) : NULL;
  schedule_retry (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
source_state_cb (GhConsoleSource *source,
                 GParamSpec      *pspec,
                 GhConsoleLink   *self)
{
  if (source != self->source)
    return;

  if (gh_console_source_get_state (source) == GH_CONSOLE_STATE_CONNECTED)
    {
      self->attempt = 0;
      self->retry_ms = RETRY_FIRST_MS;
      g_clear_error (&self->error);
      g_signal_emit (self, signals[CHANGED], 0);
    }
  else if (gh_console_source_get_state (source) == GH_CONSOLE_STATE_CLOSED)
    {
      if (self->is_wanted)
        failed (self, gh_console_source_get_error (source));
      else
        g_clear_object (&self->source);
    }
}

static void
open_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GhConsoleLink) self = user_data;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  gint32 index;
  int fd = -1;

  reply = g_dbus_proxy_call_with_unix_fd_list_finish (G_DBUS_PROXY (object), &fds, result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  g_clear_object (&self->cancellable);
  if (reply != NULL && !g_variant_is_of_type (reply, G_VARIANT_TYPE ("(ha{sv})")))
    g_set_error_literal (&error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_SIGNATURE,
                         "The core answered OpenDisplay with something else");
  else if (reply != NULL && fds == NULL)
    g_set_error_literal (&error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                         "The core answered OpenDisplay without a descriptor");
  else if (reply != NULL)
    {
      g_variant_get_child (reply, 0, "h", &index);
      fd = g_unix_fd_list_get (fds, index, &error);
    }

  if (fd < 0)
    {
      failed (self, error);
      return;
    }

  g_set_object (&self->source, NULL);
  self->source = gh_console_dbus_source_new_for_fd (fd);
  g_signal_connect_object (self->source, "notify::state", G_CALLBACK (source_state_cb), self, 0);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
attempt (GhConsoleLink *self)
{
  if (self->cancellable != NULL)
    return;

  g_clear_handle_id (&self->retry_source, g_source_remove);
  self->attempt++;
  self->cancellable = g_cancellable_new ();
  g_dbus_proxy_call_with_unix_fd_list (G_DBUS_PROXY (self->proxy), "OpenDisplay",
                                       g_variant_new ("(sa{sv})", "dbus", NULL),
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, self->cancellable,
                                       open_cb, g_object_ref (self));
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
stop (GhConsoleLink *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->retry_source, g_source_remove);
  g_clear_error (&self->error);
  self->attempt = 0;
  self->retry_ms = RETRY_FIRST_MS;
}

static void
gh_console_link_dispose (GObject *object)
{
  GhConsoleLink *self = GH_CONSOLE_LINK (object);

  self->is_wanted = FALSE;
  stop (self);
  if (self->source != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->source, self);
      gh_console_source_close (self->source);
      g_clear_object (&self->source);
    }
  g_clear_object (&self->proxy);

  G_OBJECT_CLASS (gh_console_link_parent_class)->dispose (object);
}

static void
gh_console_link_class_init (GhConsoleLinkClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = gh_console_link_dispose;

  /**
   * GhConsoleLink::changed:
   *
   * There is another source, or an attempt began, worked or failed.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
gh_console_link_init (GhConsoleLink *self)
{
  self->retry_ms = RETRY_FIRST_MS;
}

GhConsoleLink *
gh_console_link_new (VmmDBusMachine *proxy)
{
  GhConsoleLink *self = g_object_new (GH_TYPE_CONSOLE_LINK, NULL);

  self->proxy = g_object_ref (proxy);

  return self;
}

gboolean
gh_console_link_is_connected (GhConsoleLink *self)
{
  g_return_val_if_fail (GH_IS_CONSOLE_LINK (self), FALSE);

  return self->source != NULL &&
         gh_console_source_get_state (self->source) == GH_CONSOLE_STATE_CONNECTED;
}

/**
 * gh_console_link_set_wanted:
 * @is_wanted: whether the machine has a screen that shall be seen
 */
void
gh_console_link_set_wanted (GhConsoleLink *self,
                            gboolean       is_wanted)
{
  g_return_if_fail (GH_IS_CONSOLE_LINK (self));

  if (self->is_wanted == is_wanted)
    return;

  self->is_wanted = is_wanted;
  stop (self);
  if (!gh_console_link_is_connected (self))
    g_clear_object (&self->source);
  if (is_wanted && self->source == NULL)
    attempt (self);
}

/**
 * gh_console_link_retry:
 *
 * Tries at once what would be tried later, because the core has come back.
 */
void
gh_console_link_retry (GhConsoleLink *self)
{
  g_return_if_fail (GH_IS_CONSOLE_LINK (self));

  if (self->retry_source != 0)
    attempt (self);
}

/**
 * gh_console_link_get_source:
 *
 * Returns: (nullable) (transfer none): what to show, perhaps closed by now
 */
GhConsoleSource *
gh_console_link_get_source (GhConsoleLink *self)
{
  g_return_val_if_fail (GH_IS_CONSOLE_LINK (self), NULL);

  return self->source;
}

/**
 * gh_console_link_get_attempt:
 *
 * Returns: how many attempts were made since it was last connected
 */
guint
gh_console_link_get_attempt (GhConsoleLink *self)
{
  g_return_val_if_fail (GH_IS_CONSOLE_LINK (self), 0);

  return self->attempt;
}

const GError *
gh_console_link_get_error (GhConsoleLink *self)
{
  g_return_val_if_fail (GH_IS_CONSOLE_LINK (self), NULL);

  return self->error;
}
