/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include "gh-console-display.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "gh-console-display-private.h"

/* With nothing new for so long the picture is painted with the good filter. */
#define SHARPEN_MS 150

#define CHIP_SECONDS 4
#define CHIP_MARGIN 12

enum
{
  PROP_SOURCE = 1,
  PROP_NAME,
  PROP_RESIZE_GUEST,
  PROP_KEYBOARD_CAPTURED,
  PROP_POINTER_CAPTURED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/**
 * GhConsoleDisplay:
 *
 * Shows the screen of a [class@GhConsole.Source] and sends it keyboard and pointer.
 *
 * While it has the focus all keys go to the guest, system shortcuts as well where the system
 * allows. Left Ctrl and left Alt, pressed and released together, let go; a click or Return goes in
 * again. A guest whose pointer moves by counts gets the pointer with a click.
 */
G_DEFINE_FINAL_TYPE (GhConsoleDisplay, gh_console_display, GTK_TYPE_WIDGET)

static gboolean
is_connected (GhConsoleDisplay *self)
{
  return self->source != NULL &&
         gh_console_source_get_state (self->source) == GH_CONSOLE_STATE_CONNECTED;
}

static double
get_device_scale (GhConsoleDisplay *self)
{
#if GTK_CHECK_VERSION (4, 12, 0)
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));
  GdkSurface *surface = native != NULL ? gtk_native_get_surface (native) : NULL;

  if (surface != NULL)
    return gdk_surface_get_scale (surface);
#endif

  return gtk_widget_get_scale_factor (GTK_WIDGET (self));
}

static void
update_accessible (GhConsoleDisplay *self)
{
  const char *name = self->name != NULL ? self->name : _("Virtual machine");
  g_autofree char *label = NULL;

  if (is_connected (self) && gh_console_source_get_width (self->source) > 0)
    /* Translators: a machine's name, then width and height of its screen in pixels */
    label = g_strdup_printf (_("Screen of %s, %u × %u, connected"), name,
                             gh_console_source_get_width (self->source),
                             gh_console_source_get_height (self->source));
  else
    /* Translators: %s is a machine's name */
    label = g_strdup_printf (_("Screen of %s, not connected"), name);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static gboolean
chip_timeout_cb (gpointer user_data)
{
  GhConsoleDisplay *self = user_data;

  self->chip_timeout = 0;
  gtk_widget_set_visible (self->chip, FALSE);

  return G_SOURCE_REMOVE;
}

/**
 * gh_console_display_captures_changed: (skip)
 *
 * Shows what is captured, and how to get out, for a moment.
 */
void
gh_console_display_captures_changed (GhConsoleDisplay *self)
{
  gboolean is_captured = self->keyboard_captured || self->pointer_captured;

  g_clear_handle_id (&self->chip_timeout, g_source_remove);
  if (is_captured)
    {
      gtk_label_set_label (
        GTK_LABEL (self->chip),
        self->pointer_captured
          ? _("Keys and pointer go to the guest · Left Ctrl+Left Alt releases")
          : _("Keys go to the guest · Left Ctrl+Left Alt releases"));
      self->chip_timeout = g_timeout_add_seconds (CHIP_SECONDS, chip_timeout_cb, self);
    }
  gtk_widget_set_visible (self->chip, is_captured);
  gh_console_display_update_cursor (self);

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_KEYBOARD_CAPTURED]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_POINTER_CAPTURED]);
}

/**
 * gh_console_display_update_cursor: (skip)
 *
 * With an absolute pointer the host's pointer wears the guest's shape; with a captured relative
 * one the host's is hidden and we draw the guest's where the guest has it.
 */
void
gh_console_display_update_cursor (GhConsoleDisplay *self)
{
  GhConsoleCursor *shape = NULL;
  g_autoptr (GdkCursor) cursor = NULL;

  if (is_connected (self))
    shape = gh_console_source_get_cursor (self->source);

  if (self->pointer_captured)
    cursor = gdk_cursor_new_from_name ("none", NULL);
  else if (shape != NULL && gh_console_source_get_pointer_absolute (self->source))
    cursor = gh_console_source_get_guest_pointer (self->source, NULL, NULL)
               ? gdk_cursor_new_from_texture (self->cursor_texture, (int) shape->hot_x,
                                              (int) shape->hot_y, NULL)
               : gdk_cursor_new_from_name ("none", NULL);

  gtk_widget_set_cursor (GTK_WIDGET (self), cursor);
}

static gboolean
sharpen_cb (gpointer user_data)
{
  GhConsoleDisplay *self = user_data;

  self->sharpen_timeout = 0;
  if (gh_console_painter_sharpen (self->painter))
    gtk_widget_queue_draw (GTK_WIDGET (self));

  return G_SOURCE_REMOVE;
}

static void
frame_damaged_cb (GhConsoleSource  *source,
                  cairo_region_t   *region,
                  GhConsoleDisplay *self)
{
  gh_console_painter_damage (self->painter, region);
  gtk_widget_queue_draw (GTK_WIDGET (self));

  g_clear_handle_id (&self->sharpen_timeout, g_source_remove);
  self->sharpen_timeout = g_timeout_add (SHARPEN_MS, sharpen_cb, self);
}

static void
size_changed_cb (GhConsoleSource  *source,
                 GhConsoleDisplay *self)
{
  gh_console_painter_set_framebuffer (self->painter, gh_console_source_get_framebuffer (source));
  update_accessible (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
cursor_changed_cb (GhConsoleSource  *source,
                   GParamSpec       *pspec,
                   GhConsoleDisplay *self)
{
  GhConsoleCursor *shape = gh_console_source_get_cursor (source);

  g_clear_object (&self->cursor_texture);
  if (shape != NULL)
    self->cursor_texture =
      gdk_memory_texture_new ((int) shape->width, (int) shape->height, GDK_MEMORY_B8G8R8A8,
                              shape->pixels, (gsize) shape->width * 4);
  gh_console_display_update_cursor (self);
  if (self->pointer_captured)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
pointer_moved_cb (GhConsoleSource  *source,
                  GhConsoleDisplay *self)
{
  gh_console_display_update_cursor (self);
  if (self->pointer_captured)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
pointer_absolute_cb (GhConsoleSource  *source,
                     GParamSpec       *pspec,
                     GhConsoleDisplay *self)
{
  /* The guest took another pointer: a captured one is let go, the other kind needs none. */
  if (self->pointer_captured)
    gh_console_display_input_release (self);
  gh_console_display_update_cursor (self);
}

static void
want_size (GhConsoleDisplay *self)
{
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));
  GdkMonitor *monitor = NULL;
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  int height = gtk_widget_get_height (GTK_WIDGET (self));
  double scale = get_device_scale (self);
  guint width_mm = 0;
  guint height_mm = 0;

  if (self->resizer == NULL || !self->resize_guest || native == NULL || width <= 0 || height <= 0)
    return;

  monitor = gdk_display_get_monitor_at_surface (gtk_widget_get_display (GTK_WIDGET (self)),
                                                gtk_native_get_surface (native));
  if (monitor != NULL)
    {
      GdkRectangle area;

      gdk_monitor_get_geometry (monitor, &area);
      if (area.width > 0 && area.height > 0)
        {
          width_mm = (guint) MAX (0, gdk_monitor_get_width_mm (monitor) * width / area.width);
          height_mm = (guint) MAX (0, gdk_monitor_get_height_mm (monitor) * height / area.height);
        }
    }

  gh_console_resizer_want (self->resizer, (guint) round (width * scale),
                           (guint) round (height * scale), width_mm, height_mm);
}

static void
state_changed_cb (GhConsoleSource  *source,
                  GParamSpec       *pspec,
                  GhConsoleDisplay *self)
{
  if (is_connected (self))
    want_size (self);
  else
    gh_console_display_input_release (self);

  gh_console_display_update_cursor (self);
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
gh_console_display_measure (GtkWidget      *widget,
                            GtkOrientation  orientation,
                            int             for_size,
                            int            *minimum,
                            int            *natural,
                            int            *minimum_baseline,
                            int            *natural_baseline)
{
  GhConsoleDisplay *self = GH_CONSOLE_DISPLAY (widget);
  guint width = self->source != NULL ? gh_console_source_get_width (self->source) : 0;
  guint height = self->source != NULL ? gh_console_source_get_height (self->source) : 0;
  double pixels = orientation == GTK_ORIENTATION_HORIZONTAL ? width : height;

  *minimum = 1;
  *natural = MAX (1, (int) ceil (pixels / get_device_scale (self)));
}

static void
gh_console_display_size_allocate (GtkWidget *widget,
                                  int        width,
                                  int        height,
                                  int        baseline)
{
  GhConsoleDisplay *self = GH_CONSOLE_DISPLAY (widget);
  GtkRequisition least;
  GtkRequisition best;
  GtkAllocation chip;

  want_size (self);

  if (!gtk_widget_should_layout (self->chip))
    return;

  gtk_widget_get_preferred_size (self->chip, &least, &best);
  chip.width = MAX (least.width, MIN (best.width, width - 2 * CHIP_MARGIN));
  gtk_widget_measure (self->chip, GTK_ORIENTATION_VERTICAL, chip.width, NULL, &chip.height, NULL,
                      NULL);
  chip.x = MAX (0, width - chip.width - CHIP_MARGIN);
  chip.y = CHIP_MARGIN;
  gtk_widget_size_allocate (self->chip, &chip, -1);
}

static void
snapshot_cursor (GhConsoleDisplay *self,
                 GtkSnapshot      *snapshot)
{
  GhConsoleCursor *shape = gh_console_source_get_cursor (self->source);
  double scale = self->place.scale / self->place.device_scale;
  graphene_rect_t bounds;
  int x;
  int y;

  if (shape == NULL || !gh_console_source_get_guest_pointer (self->source, &x, &y))
    return;

  bounds = GRAPHENE_RECT_INIT ((float) (self->place.x / self->place.device_scale + x * scale),
                               (float) (self->place.y / self->place.device_scale + y * scale),
                               (float) (shape->width * scale), (float) (shape->height * scale));
  gtk_snapshot_append_texture (snapshot, self->cursor_texture, &bounds);
}

static void
gh_console_display_snapshot (GtkWidget   *widget,
                             GtkSnapshot *snapshot)
{
  static const GdkRGBA black = { 0, 0, 0, 1 };
  static const GdkRGBA dim = { 0, 0, 0, 0.6f };
  GhConsoleDisplay *self = GH_CONSOLE_DISPLAY (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  graphene_rect_t all = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  double device_scale = get_device_scale (self);
  GhConsoleFramebuffer *framebuffer = gh_console_painter_get_framebuffer (self->painter);

  gtk_snapshot_append_color (snapshot, &black, &all);
  if (framebuffer != NULL)
    {
      self->place = gh_console_place_fit (width * device_scale, height * device_scale,
                                          gh_console_framebuffer_get_width (framebuffer),
                                          gh_console_framebuffer_get_height (framebuffer),
                                          device_scale);
      gtk_snapshot_push_clip (snapshot, &all);
      gh_console_painter_snapshot (self->painter, snapshot, &self->place);
      if (self->pointer_captured && !gh_console_source_get_pointer_absolute (self->source))
        snapshot_cursor (self, snapshot);
      if (!is_connected (self) || gh_console_source_get_framebuffer (self->source) != framebuffer)
        gtk_snapshot_append_color (snapshot, &dim, &all);
      gtk_snapshot_pop (snapshot);
    }

  gtk_widget_snapshot_child (widget, self->chip, snapshot);
}

static void
gh_console_display_map (GtkWidget *widget)
{
  GhConsoleDisplay *self = GH_CONSOLE_DISPLAY (widget);

  GTK_WIDGET_CLASS (gh_console_display_parent_class)->map (widget);
  if (self->source != NULL)
    gh_console_source_set_visible (self->source, TRUE);
}

static void
gh_console_display_unmap (GtkWidget *widget)
{
  GhConsoleDisplay *self = GH_CONSOLE_DISPLAY (widget);

  gh_console_display_input_release (self);
  if (self->source != NULL)
    gh_console_source_set_visible (self->source, FALSE);
  GTK_WIDGET_CLASS (gh_console_display_parent_class)->unmap (widget);
}

static void
gh_console_display_root (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (gh_console_display_parent_class)->root (widget);
  gh_console_display_input_root (GH_CONSOLE_DISPLAY (widget));
}

static void
gh_console_display_unroot (GtkWidget *widget)
{
  gh_console_display_input_unroot (GH_CONSOLE_DISPLAY (widget));
  GTK_WIDGET_CLASS (gh_console_display_parent_class)->unroot (widget);
}

static void
gh_console_display_dispose (GObject *object)
{
  GhConsoleDisplay *self = GH_CONSOLE_DISPLAY (object);

  gh_console_display_set_source (self, NULL);
  g_clear_handle_id (&self->chip_timeout, g_source_remove);
  g_clear_handle_id (&self->sharpen_timeout, g_source_remove);
  g_clear_pointer (&self->chip, gtk_widget_unparent);

  G_OBJECT_CLASS (gh_console_display_parent_class)->dispose (object);
}

static void
gh_console_display_finalize (GObject *object)
{
  GhConsoleDisplay *self = GH_CONSOLE_DISPLAY (object);

  g_clear_pointer (&self->painter, gh_console_painter_free);
  g_clear_pointer (&self->name, g_free);

  G_OBJECT_CLASS (gh_console_display_parent_class)->finalize (object);
}

static void
gh_console_display_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  GhConsoleDisplay *self = GH_CONSOLE_DISPLAY (object);

  switch (prop_id)
    {
    case PROP_SOURCE:
      g_value_set_object (value, self->source);
      break;

    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;

    case PROP_RESIZE_GUEST:
      g_value_set_boolean (value, self->resize_guest);
      break;

    case PROP_KEYBOARD_CAPTURED:
      g_value_set_boolean (value, self->keyboard_captured);
      break;

    case PROP_POINTER_CAPTURED:
      g_value_set_boolean (value, self->pointer_captured);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
gh_console_display_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  GhConsoleDisplay *self = GH_CONSOLE_DISPLAY (object);

  switch (prop_id)
    {
    case PROP_SOURCE:
      gh_console_display_set_source (self, g_value_get_object (value));
      break;

    case PROP_NAME:
      gh_console_display_set_name (self, g_value_get_string (value));
      break;

    case PROP_RESIZE_GUEST:
      gh_console_display_set_resize_guest (self, g_value_get_boolean (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
gh_console_display_class_init (GhConsoleDisplayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = gh_console_display_dispose;
  object_class->finalize = gh_console_display_finalize;
  object_class->get_property = gh_console_display_get_property;
  object_class->set_property = gh_console_display_set_property;
  widget_class->measure = gh_console_display_measure;
  widget_class->size_allocate = gh_console_display_size_allocate;
  widget_class->snapshot = gh_console_display_snapshot;
  widget_class->map = gh_console_display_map;
  widget_class->unmap = gh_console_display_unmap;
  widget_class->root = gh_console_display_root;
  widget_class->unroot = gh_console_display_unroot;

  properties[PROP_SOURCE] = g_param_spec_object ("source", NULL, NULL, GH_CONSOLE_TYPE_SOURCE,
                                                 read | G_PARAM_WRITABLE);
  properties[PROP_NAME] =
    g_param_spec_string ("display-name", NULL, NULL, NULL, read | G_PARAM_WRITABLE);
  properties[PROP_RESIZE_GUEST] =
    g_param_spec_boolean ("resize-guest", NULL, NULL, FALSE, read | G_PARAM_WRITABLE);
  properties[PROP_KEYBOARD_CAPTURED] =
    g_param_spec_boolean ("keyboard-captured", NULL, NULL, FALSE, read);
  properties[PROP_POINTER_CAPTURED] =
    g_param_spec_boolean ("pointer-captured", NULL, NULL, FALSE, read);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "ghconsole");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
load_style (GtkWidget *widget)
{
  static gsize is_loaded = 0;

  if (g_once_init_enter (&is_loaded))
    {
      GtkCssProvider *provider = gtk_css_provider_new ();

      gtk_css_provider_load_from_data (provider,
                                       "ghconsole > label { background: rgba(70,70,70,0.95);"
                                       " color: white; border-radius: 16px;"
                                       " padding: 6px 14px; }",
                                       -1);
      gtk_style_context_add_provider_for_display (gtk_widget_get_display (widget),
                                                  GTK_STYLE_PROVIDER (provider),
                                                  GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
      g_object_unref (provider);
      g_once_init_leave (&is_loaded, 1);
    }
}

static void
gh_console_display_init (GhConsoleDisplay *self)
{
  self->painter = gh_console_painter_new ();
  self->place.device_scale = 1;
  self->place.scale = 1;
  load_style (GTK_WIDGET (self));

  self->chip = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->chip), TRUE);
  gtk_label_set_justify (GTK_LABEL (self->chip), GTK_JUSTIFY_CENTER);
  gtk_widget_set_can_target (self->chip, FALSE);
  gtk_widget_set_visible (self->chip, FALSE);
  gtk_widget_set_parent (self->chip, GTK_WIDGET (self));

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gh_console_display_input_init (self);
  update_accessible (self);
}

/**
 * gh_console_display_new:
 *
 * Returns: a display of nothing yet
 */
GtkWidget *
gh_console_display_new (void)
{
  return g_object_new (GH_CONSOLE_TYPE_DISPLAY, NULL);
}

/**
 * gh_console_display_set_source:
 * @self: a display
 * @source: (nullable) (transfer none): what to show
 *
 * A new source is opened. The last picture of one that has closed stays on view, darkened, until
 * the next has its own, so a connection that is made again does not flicker. %NULL clears it.
 */
void
gh_console_display_set_source (GhConsoleDisplay *self,
                               GhConsoleSource  *source)
{
  g_return_if_fail (GH_CONSOLE_IS_DISPLAY (self));
  g_return_if_fail (source == NULL || GH_CONSOLE_IS_SOURCE (source));

  if (self->source == source)
    return;

  gh_console_display_input_release (self);
  g_clear_pointer (&self->resizer, gh_console_resizer_free);
  g_clear_object (&self->cursor_texture);
  if (self->source != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->source, self);
      g_clear_object (&self->source);
    }

  if (source != NULL)
    {
      self->source = g_object_ref (source);
      self->resizer = gh_console_resizer_new (source);
      if (gh_console_source_get_framebuffer (source) != NULL)
        size_changed_cb (source, self);
      g_signal_connect (source, "frame-damaged", G_CALLBACK (frame_damaged_cb), self);
      g_signal_connect (source, "size-changed", G_CALLBACK (size_changed_cb), self);
      g_signal_connect (source, "pointer-moved", G_CALLBACK (pointer_moved_cb), self);
      g_signal_connect (source, "notify::cursor", G_CALLBACK (cursor_changed_cb), self);
      g_signal_connect (source, "notify::pointer-absolute", G_CALLBACK (pointer_absolute_cb),
                        self);
      g_signal_connect (source, "notify::state", G_CALLBACK (state_changed_cb), self);
      cursor_changed_cb (source, NULL, self);
      gh_console_source_set_visible (source, gtk_widget_get_mapped (GTK_WIDGET (self)));
      if (gh_console_source_get_state (source) == GH_CONSOLE_STATE_NEW)
        gh_console_source_open (source);
      want_size (self);
    }

  else
    {
      gh_console_painter_set_framebuffer (self->painter, NULL);
    }

  if (self->chip != NULL)
    {
      gh_console_display_update_cursor (self);
      update_accessible (self);
    }
  gtk_widget_queue_resize (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SOURCE]);
}

/**
 * gh_console_display_get_source:
 * @self: a display
 *
 * Returns: (nullable) (transfer none): what it shows
 */
GhConsoleSource *
gh_console_display_get_source (GhConsoleDisplay *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_DISPLAY (self), NULL);

  return self->source;
}

/**
 * gh_console_display_set_name:
 * @self: a display
 * @name: (nullable): the machine's name, for screen readers
 */
void
gh_console_display_set_name (GhConsoleDisplay *self,
                             const char       *name)
{
  g_return_if_fail (GH_CONSOLE_IS_DISPLAY (self));

  if (g_strcmp0 (self->name, name) == 0)
    return;

  g_free (self->name);
  self->name = g_strdup (name);
  update_accessible (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NAME]);
}

/**
 * gh_console_display_set_resize_guest:
 * @self: a display
 * @resize_guest: whether the guest's screen shall follow the widget's size
 *
 * The guest gets device pixels. One that cannot is scaled as ever.
 */
void
gh_console_display_set_resize_guest (GhConsoleDisplay *self,
                                     gboolean          resize_guest)
{
  g_return_if_fail (GH_CONSOLE_IS_DISPLAY (self));

  if (self->resize_guest == resize_guest)
    return;

  self->resize_guest = resize_guest;
  want_size (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RESIZE_GUEST]);
}

gboolean
gh_console_display_get_resize_guest (GhConsoleDisplay *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_DISPLAY (self), FALSE);

  return self->resize_guest;
}

gboolean
gh_console_display_get_keyboard_captured (GhConsoleDisplay *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_DISPLAY (self), FALSE);

  return self->keyboard_captured;
}

gboolean
gh_console_display_get_pointer_captured (GhConsoleDisplay *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_DISPLAY (self), FALSE);

  return self->pointer_captured;
}

/**
 * gh_console_display_release:
 * @self: a display
 *
 * Takes keyboard and pointer back from the guest.
 */
void
gh_console_display_release (GhConsoleDisplay *self)
{
  g_return_if_fail (GH_CONSOLE_IS_DISPLAY (self));

  gh_console_display_input_release (self);
}

/**
 * gh_console_display_has_picture:
 * @self: a display
 *
 * Returns: whether there is something to see, perhaps the last picture of a source that is gone
 */
gboolean
gh_console_display_has_picture (GhConsoleDisplay *self)
{
  g_return_val_if_fail (GH_CONSOLE_IS_DISPLAY (self), FALSE);

  return gh_console_painter_get_framebuffer (self->painter) != NULL;
}

/**
 * gh_console_display_dup_texture:
 * @self: a display
 *
 * A screenshot: the guest's own pixels, whatever size they are shown in, without the pointer.
 *
 * Returns: (nullable) (transfer full): the picture, or %NULL if there is none
 */
GdkTexture *
gh_console_display_dup_texture (GhConsoleDisplay *self)
{
  GhConsoleFramebuffer *framebuffer;
  g_autoptr (GBytes) pixels = NULL;

  g_return_val_if_fail (GH_CONSOLE_IS_DISPLAY (self), NULL);

  framebuffer = gh_console_painter_get_framebuffer (self->painter);
  if (framebuffer == NULL)
    return NULL;

  pixels = gh_console_framebuffer_copy (framebuffer);

  return gdk_memory_texture_new ((int) gh_console_framebuffer_get_width (framebuffer),
                                 (int) gh_console_framebuffer_get_height (framebuffer),
                                 GDK_MEMORY_DEFAULT, pixels,
                                 (gsize) gh_console_framebuffer_get_width (framebuffer) * 4);
}
