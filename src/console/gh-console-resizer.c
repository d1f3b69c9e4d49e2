/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include "gh-console-resizer.h"

/* As long as the window's edge is being dragged, sizes come every frame. */
#define IDLE_MS 120

/* Guests refuse smaller screens or make them unusable. */
#define LEAST_WIDTH 320
#define LEAST_HEIGHT 200

/* Asks the guest for a screen size once the wish has rested: one request under way, the newest wins. */
struct _GhConsoleResizer
{
  GhConsoleSource *source;
  GCancellable    *cancellable;
  guint            timeout;
  guint            wanted[4];  /* width, height, width and height in mm */
  guint            asked[4];
  gboolean         is_asking;
};

static void ask (GhConsoleResizer *self);

static void
asked_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  GhConsoleResizer *self = user_data;

  gh_console_source_request_size_finish (GH_CONSOLE_SOURCE (object), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error != NULL)
    g_debug ("The guest takes no screen size: %s", error->message);

  self->is_asking = FALSE;
  if (self->timeout == 0 && error == NULL)
    ask (self);
}

static void
ask (GhConsoleResizer *self)
{
  if (self->is_asking || (self->wanted[0] == self->asked[0] && self->wanted[1] == self->asked[1]))
    return;

  for (gsize i = 0; i < G_N_ELEMENTS (self->asked); i++)
    self->asked[i] = self->wanted[i];
  self->is_asking = TRUE;
  gh_console_source_request_size_async (self->source, self->asked[0], self->asked[1],
                                        self->asked[2], self->asked[3], self->cancellable,
                                        asked_cb, self);
}

static gboolean
rested_cb (gpointer user_data)
{
  GhConsoleResizer *self = user_data;

  self->timeout = 0;
  ask (self);

  return G_SOURCE_REMOVE;
}

GhConsoleResizer *
gh_console_resizer_new (GhConsoleSource *source)
{
  GhConsoleResizer *self = g_new0 (GhConsoleResizer, 1);

  self->source = g_object_ref (source);
  self->cancellable = g_cancellable_new ();

  return self;
}

void
gh_console_resizer_free (GhConsoleResizer *self)
{
  /* A reply that comes later says "cancelled" and does not touch us. */
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_object_unref (self->source);
  g_free (self);
}

/**
 * gh_console_resizer_want: (skip)
 * @self: a resizer
 * @width: device pixels that there is room for
 * @height: device pixels that there is room for
 * @width_mm: the same on the person's screen, or 0
 * @height_mm: the same on the person's screen, or 0
 */
void
gh_console_resizer_want (GhConsoleResizer *self,
                         guint             width,
                         guint             height,
                         guint             width_mm,
                         guint             height_mm)
{
  self->wanted[0] = CLAMP (width, LEAST_WIDTH, GH_CONSOLE_MAX_SIDE);
  self->wanted[1] = CLAMP (height, LEAST_HEIGHT, GH_CONSOLE_MAX_SIDE);
  self->wanted[2] = width_mm;
  self->wanted[3] = height_mm;

  g_clear_handle_id (&self->timeout, g_source_remove);
  self->timeout = g_timeout_add (IDLE_MS, rested_cb, self);
}
