/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include "gh-console-source.h"

#include "gh-console-enums.h"

#define MAX_CURSOR_SIDE 512

typedef struct
{
  GhConsoleState        state;
  GError               *error;
  GhConsoleFramebuffer *framebuffer;
  GhConsoleCursor      *cursor;
  GhConsoleLeds         leds;
  int                   guest_x;
  int                   guest_y;
  gboolean              guest_pointer_shown;
  gboolean              is_absolute;
  gboolean              can_resize;
  gboolean              is_visible;
} GhConsoleSourcePrivate;

enum
{
  PROP_STATE = 1,
  PROP_WIDTH,
  PROP_HEIGHT,
  PROP_POINTER_ABSOLUTE,
  PROP_LEDS,
  PROP_CAN_RESIZE,
  PROP_CURSOR,
  N_PROPS
};

enum
{
  FRAME_DAMAGED,
  SIZE_CHANGED,
  POINTER_MOVED,
  CLOSED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/**
 * GhConsoleSource:
 *
 * One remote screen with its keyboard and pointer: what a backend implements and a
 * [class@GhConsole.Display] shows. It needs no display of its own.
 */
G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GhConsoleSource, gh_console_source, G_TYPE_OBJECT)
G_DEFINE_QUARK (gh-console-error-quark, gh_console_error)
G_DEFINE_BOXED_TYPE (GhConsoleCursor, gh_console_cursor, gh_console_cursor_ref,
                     gh_console_cursor_unref)

#define PRIVATE(self) \
  ((GhConsoleSourcePrivate *) gh_console_source_get_instance_private (self))

/**
 * gh_console_cursor_new:
 * @width: pixels
 * @height: pixels
 * @hot_x: the point that points; moved inside if it is not
 * @hot_y: the point that points; moved inside if it is not
 * @pixels: as in [struct@GhConsole.Cursor]
 *
 * Returns: (nullable) (transfer full): the shape, or %NULL if the size is not 1 to 512 or @pixels
 *   are too few
 */
GhConsoleCursor *
gh_console_cursor_new (int     width,
                       int     height,
                       int     hot_x,
                       int     hot_y,
                       GBytes *pixels)
{
  GhConsoleCursor *self;

  g_return_val_if_fail (pixels != NULL, NULL);

  if (width < 1 || height < 1 || width > MAX_CURSOR_SIDE || height > MAX_CURSOR_SIDE ||
      g_bytes_get_size (pixels) < (gsize) width * (gsize) height * 4)
    return NULL;

  self = g_new0 (GhConsoleCursor, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->width = (guint) width;
  self->height = (guint) height;
  self->hot_x = (guint) CLAMP (hot_x, 0, width - 1);
  self->hot_y = (guint) CLAMP (hot_y, 0, height - 1);
  self->pixels = g_bytes_ref (pixels);

  return self;
}

GhConsoleCursor *
gh_console_cursor_ref (GhConsoleCursor *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
gh_console_cursor_unref (GhConsoleCursor *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_bytes_unref (self->pixels);
  g_free (self);
}

static void
gh_console_source_finalize (GObject *object)
{
  GhConsoleSourcePrivate *priv = PRIVATE (GH_CONSOLE_SOURCE (object));

  g_clear_error (&priv->error);
  g_clear_pointer (&priv->framebuffer, gh_console_framebuffer_unref);
  g_clear_pointer (&priv->cursor, gh_console_cursor_unref);

  G_OBJECT_CLASS (gh_console_source_parent_class)->finalize (object);
}

static void
gh_console_source_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  GhConsoleSource *self = GH_CONSOLE_SOURCE (object);
  GhConsoleSourcePrivate *priv = PRIVATE (self);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, priv->state);
      break;

    case PROP_WIDTH:
      g_value_set_uint (value, gh_console_source_get_width (self));
      break;

    case PROP_HEIGHT:
      g_value_set_uint (value, gh_console_source_get_height (self));
      break;

    case PROP_POINTER_ABSOLUTE:
      g_value_set_boolean (value, priv->is_absolute);
      break;

    case PROP_LEDS:
      g_value_set_flags (value, priv->leds);
      break;

    case PROP_CAN_RESIZE:
      g_value_set_boolean (value, priv->can_resize);
      break;

    case PROP_CURSOR:
      g_value_set_boxed (value, priv->cursor);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
gh_console_source_class_init (GhConsoleSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = gh_console_source_finalize;
  object_class->get_property = gh_console_source_get_property;

  properties[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, GH_CONSOLE_TYPE_STATE, GH_CONSOLE_STATE_NEW, flags);
  properties[PROP_WIDTH] =
    g_param_spec_uint ("width", NULL, NULL, 0, GH_CONSOLE_MAX_SIDE, 0, flags);
  properties[PROP_HEIGHT] =
    g_param_spec_uint ("height", NULL, NULL, 0, GH_CONSOLE_MAX_SIDE, 0, flags);
  properties[PROP_POINTER_ABSOLUTE] =
    g_param_spec_boolean ("pointer-absolute", NULL, NULL, FALSE, flags);
  properties[PROP_LEDS] =
    g_param_spec_flags ("leds", NULL, NULL, GH_CONSOLE_TYPE_LEDS, 0, flags);
  properties[PROP_CAN_RESIZE] =
    g_param_spec_boolean ("can-resize", NULL, NULL, FALSE, flags);
  properties[PROP_CURSOR] =
    g_param_spec_boxed ("cursor", NULL, NULL, GH_CONSOLE_TYPE_CURSOR, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * GhConsoleSource::frame-damaged:
   * @self: the source
   * @region: pixels that have changed
   */
  signals[FRAME_DAMAGED] =
    g_signal_new ("frame-damaged", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 1, CAIRO_GOBJECT_TYPE_REGION);
  /**
   * GhConsoleSource::size-changed:
   * @self: the source
   *
   * There is another framebuffer.
   */
  signals[SIZE_CHANGED] =
    g_signal_new ("size-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 0);
  /**
   * GhConsoleSource::pointer-moved:
   * @self: the source
   *
   * The guest moved or hid its pointer itself.
   */
  signals[POINTER_MOVED] =
    g_signal_new ("pointer-moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 0);
  /**
   * GhConsoleSource::closed:
   * @self: the source
   * @error: (nullable): why; %NULL if it was closed from here
   */
  signals[CLOSED] =
    g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
gh_console_source_init (GhConsoleSource *self)
{
  PRIVATE (self)->is_visible = TRUE;
}

static void
set_state (GhConsoleSource *self,
           GhConsoleState   state)
{
  GhConsoleSourcePrivate *priv = PRIVATE (self);

  if (priv->state == state)
    return;

  priv->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

/**
 * gh_console_source_open:
 * @self: a new source
 *
 * Connects; watch [property@GhConsole.Source:state].
 */
void
gh_console_source_open (GhConsoleSource *self)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));
  g_return_if_fail (PRIVATE (self)->state == GH_CONSOLE_STATE_NEW);

  set_state (self, GH_CONSOLE_STATE_CONNECTING);
  GH_CONSOLE_SOURCE_GET_CLASS (self)->open (self);
}

/**
 * gh_console_source_close:
 * @self: a source
 *
 * Ends the connection for good. The last picture stays.
 */
void
gh_console_source_close (GhConsoleSource *self)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  if (PRIVATE (self)->state == GH_CONSOLE_STATE_CLOSED)
    return;

  GH_CONSOLE_SOURCE_GET_CLASS (self)->close (self);
  gh_console_source_set_closed (self, NULL);
}

GhConsoleState
gh_console_source_get_state (GhConsoleSource *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_SOURCE (self), GH_CONSOLE_STATE_CLOSED);

  return PRIVATE (self)->state;
}

/**
 * gh_console_source_get_error:
 * @self: a source
 *
 * Returns: (nullable) (transfer none): why it closed
 */
const GError *
gh_console_source_get_error (GhConsoleSource *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_SOURCE (self), NULL);

  return PRIVATE (self)->error;
}

/**
 * gh_console_source_get_framebuffer:
 * @self: a source
 *
 * Returns: (nullable) (transfer none): the pixels, once there was a picture
 */
GhConsoleFramebuffer *
gh_console_source_get_framebuffer (GhConsoleSource *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_SOURCE (self), NULL);

  return PRIVATE (self)->framebuffer;
}

guint
gh_console_source_get_width (GhConsoleSource *self)
{
  GhConsoleFramebuffer *framebuffer = gh_console_source_get_framebuffer (self);

  return framebuffer != NULL ? gh_console_framebuffer_get_width (framebuffer) : 0;
}

guint
gh_console_source_get_height (GhConsoleSource *self)
{
  GhConsoleFramebuffer *framebuffer = gh_console_source_get_framebuffer (self);

  return framebuffer != NULL ? gh_console_framebuffer_get_height (framebuffer) : 0;
}

gboolean
gh_console_source_get_pointer_absolute (GhConsoleSource *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_SOURCE (self), FALSE);

  return PRIVATE (self)->is_absolute;
}

GhConsoleLeds
gh_console_source_get_leds (GhConsoleSource *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_SOURCE (self), GH_CONSOLE_LEDS_NONE);

  return PRIVATE (self)->leds;
}

gboolean
gh_console_source_get_can_resize (GhConsoleSource *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_SOURCE (self), FALSE);

  return PRIVATE (self)->can_resize;
}

/**
 * gh_console_source_get_cursor:
 * @self: a source
 *
 * Returns: (nullable) (transfer none): the guest's pointer shape, if it told
 */
GhConsoleCursor *
gh_console_source_get_cursor (GhConsoleSource *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_SOURCE (self), NULL);

  return PRIVATE (self)->cursor;
}

/**
 * gh_console_source_get_guest_pointer:
 * @self: a source
 * @x: (out) (optional): pixel of the framebuffer
 * @y: (out) (optional): pixel of the framebuffer
 *
 * Returns: whether the guest shows a pointer
 */
gboolean
gh_console_source_get_guest_pointer (GhConsoleSource *self,
                                     int             *x,
                                     int             *y)
{
  GhConsoleSourcePrivate *priv;

  g_return_val_if_fail (GH_CONSOLE_IS_SOURCE (self), FALSE);

  priv = PRIVATE (self);
  if (x != NULL)
    *x = priv->guest_x;
  if (y != NULL)
    *y = priv->guest_y;

  return priv->guest_pointer_shown;
}

static gboolean
is_connected (GhConsoleSource *self)
{
  return PRIVATE (self)->state == GH_CONSOLE_STATE_CONNECTED;
}

/**
 * gh_console_source_send_key:
 * @self: a source
 * @qnum: QEMU key number, 1 to 255
 * @is_pressed: down or up
 *
 * Ignored while not connected, as all input is.
 */
void
gh_console_source_send_key (GhConsoleSource *self,
                            guint            qnum,
                            gboolean         is_pressed)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));
  g_return_if_fail (qnum > 0 && qnum < 256);

  if (is_connected (self))
    GH_CONSOLE_SOURCE_GET_CLASS (self)->key (self, qnum, is_pressed);
}

void
gh_console_source_send_motion_abs (GhConsoleSource *self,
                                   guint            x,
                                   guint            y)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  if (is_connected (self) && x < gh_console_source_get_width (self) &&
      y < gh_console_source_get_height (self))
    GH_CONSOLE_SOURCE_GET_CLASS (self)->motion_abs (self, x, y);
}

void
gh_console_source_send_motion_rel (GhConsoleSource *self,
                                   int              dx,
                                   int              dy)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  if (is_connected (self) && (dx != 0 || dy != 0))
    GH_CONSOLE_SOURCE_GET_CLASS (self)->motion_rel (self, dx, dy);
}

void
gh_console_source_send_button (GhConsoleSource *self,
                               GhConsoleButton  button,
                               gboolean         is_pressed)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  if (is_connected (self))
    GH_CONSOLE_SOURCE_GET_CLASS (self)->button (self, button, is_pressed);
}

/**
 * gh_console_source_send_wheel:
 * @self: a source
 * @dx: notches to the right
 * @dy: notches down, towards the person
 */
void
gh_console_source_send_wheel (GhConsoleSource *self,
                              int              dx,
                              int              dy)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  if (is_connected (self) && (dx != 0 || dy != 0))
    GH_CONSOLE_SOURCE_GET_CLASS (self)->wheel (self, dx, dy);
}

/**
 * gh_console_source_request_size_async:
 * @self: a source
 * @width: pixels wanted
 * @height: pixels wanted
 * @width_mm: size of these pixels on the person's screen, or 0
 * @height_mm: size of these pixels on the person's screen, or 0
 * @cancellable: (nullable): to give up
 * @callback: (scope async): called when the request has arrived
 * @user_data: for @callback
 *
 * Asks the guest for another size. The guest decides, later, and may take another one.
 */
void
gh_console_source_request_size_async (GhConsoleSource     *self,
                                      guint                width,
                                      guint                height,
                                      guint                width_mm,
                                      guint                height_mm,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  if (is_connected (self) && PRIVATE (self)->can_resize)
    GH_CONSOLE_SOURCE_GET_CLASS (self)->request_size_async (self, width, height, width_mm,
                                                            height_mm, cancellable, callback,
                                                            user_data);
  else
    g_task_report_new_error (self, callback, user_data, gh_console_source_request_size_async,
                             GH_CONSOLE_ERROR, GH_CONSOLE_ERROR_UNSUPPORTED,
                             "This screen cannot be given another size");
}

gboolean
gh_console_source_request_size_finish (GhConsoleSource  *self,
                                       GAsyncResult     *result,
                                       GError          **error)
{
  g_return_val_if_fail (GH_CONSOLE_IS_SOURCE (self), FALSE);

  if (g_async_result_is_tagged (result, gh_console_source_request_size_async))
    return g_task_propagate_boolean (G_TASK (result), error);

  return GH_CONSOLE_SOURCE_GET_CLASS (self)->request_size_finish (self, result, error);
}

/**
 * gh_console_source_set_visible:
 * @self: a source
 * @is_visible: whether anybody looks
 *
 * While nobody looks pictures may stop, which spares the guest's host.
 */
void
gh_console_source_set_visible (GhConsoleSource *self,
                               gboolean         is_visible)
{
  GhConsoleSourcePrivate *priv;

  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  priv = PRIVATE (self);
  if (priv->is_visible == is_visible)
    return;

  priv->is_visible = is_visible;
  if (is_connected (self))
    GH_CONSOLE_SOURCE_GET_CLASS (self)->set_visible (self, is_visible);
}

/**
 * gh_console_source_set_connected:
 * @self: a source
 *
 * For backends: input may come now.
 */
void
gh_console_source_set_connected (GhConsoleSource *self)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));
  g_return_if_fail (PRIVATE (self)->state == GH_CONSOLE_STATE_CONNECTING);

  set_state (self, GH_CONSOLE_STATE_CONNECTED);
  if (!PRIVATE (self)->is_visible)
    GH_CONSOLE_SOURCE_GET_CLASS (self)->set_visible (self, FALSE);
}

/**
 * gh_console_source_set_closed:
 * @self: a source
 * @error: (nullable): why
 *
 * For backends: it is over. The first reason stays.
 */
void
gh_console_source_set_closed (GhConsoleSource *self,
                              const GError    *error)
{
  GhConsoleSourcePrivate *priv;

  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  priv = PRIVATE (self);
  if (priv->state == GH_CONSOLE_STATE_CLOSED)
    return;

  g_object_ref (self);
  priv->error = error != NULL ? g_error_copy (error) : NULL;
  set_state (self, GH_CONSOLE_STATE_CLOSED);
  g_signal_emit (self, signals[CLOSED], 0, priv->error);
  g_object_unref (self);
}

/**
 * gh_console_source_set_framebuffer: (skip)
 * @self: a source
 * @framebuffer: (transfer none): the pixels from now on
 *
 * For backends: the screen has another size.
 */
void
gh_console_source_set_framebuffer (GhConsoleSource      *self,
                                   GhConsoleFramebuffer *framebuffer)
{
  GhConsoleSourcePrivate *priv;
  guint old_width;
  guint old_height;

  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));
  g_return_if_fail (framebuffer != NULL);

  priv = PRIVATE (self);
  if (priv->framebuffer == framebuffer)
    return;

  old_width = gh_console_source_get_width (self);
  old_height = gh_console_source_get_height (self);
  g_clear_pointer (&priv->framebuffer, gh_console_framebuffer_unref);
  priv->framebuffer = gh_console_framebuffer_ref (framebuffer);

  g_signal_emit (self, signals[SIZE_CHANGED], 0);
  if (old_width != gh_console_source_get_width (self))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WIDTH]);
  if (old_height != gh_console_source_get_height (self))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HEIGHT]);
}

/**
 * gh_console_source_flush_damage:
 * @self: a source
 *
 * For backends: tells about what was written to the framebuffer.
 */
void
gh_console_source_flush_damage (GhConsoleSource *self)
{
  GhConsoleSourcePrivate *priv;
  cairo_region_t *damage;

  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  priv = PRIVATE (self);
  if (priv->framebuffer == NULL)
    return;

  damage = gh_console_framebuffer_take_damage (priv->framebuffer);
  if (!cairo_region_is_empty (damage))
    g_signal_emit (self, signals[FRAME_DAMAGED], 0, damage);
  cairo_region_destroy (damage);
}

void
gh_console_source_set_pointer_absolute (GhConsoleSource *self,
                                        gboolean         is_absolute)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  if (PRIVATE (self)->is_absolute == is_absolute)
    return;

  PRIVATE (self)->is_absolute = is_absolute;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_POINTER_ABSOLUTE]);
}

void
gh_console_source_set_leds (GhConsoleSource *self,
                            GhConsoleLeds    leds)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  if (PRIVATE (self)->leds == leds)
    return;

  PRIVATE (self)->leds = leds;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LEDS]);
}

void
gh_console_source_set_can_resize (GhConsoleSource *self,
                                  gboolean         can_resize)
{
  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  if (PRIVATE (self)->can_resize == can_resize)
    return;

  PRIVATE (self)->can_resize = can_resize;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_RESIZE]);
}

/**
 * gh_console_source_set_cursor:
 * @self: a source
 * @cursor: (nullable) (transfer none): another shape
 *
 * For backends: the guest changed its pointer's shape.
 */
void
gh_console_source_set_cursor (GhConsoleSource *self,
                              GhConsoleCursor *cursor)
{
  GhConsoleSourcePrivate *priv;

  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  priv = PRIVATE (self);
  if (priv->cursor == cursor)
    return;

  g_clear_pointer (&priv->cursor, gh_console_cursor_unref);
  priv->cursor = cursor != NULL ? gh_console_cursor_ref (cursor) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURSOR]);
}

void
gh_console_source_set_guest_pointer (GhConsoleSource *self,
                                     int              x,
                                     int              y,
                                     gboolean         is_shown)
{
  GhConsoleSourcePrivate *priv;

  g_return_if_fail (GH_CONSOLE_IS_SOURCE (self));

  priv = PRIVATE (self);
  if (priv->guest_x == x && priv->guest_y == y && priv->guest_pointer_shown == is_shown)
    return;

  priv->guest_x = x;
  priv->guest_y = y;
  priv->guest_pointer_shown = is_shown;
  g_signal_emit (self, signals[POINTER_MOVED], 0);
}
