/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-sparkline.h"

#include <glib/gi18n.h>

#define CHART_WIDTH 90
#define HEIGHT 24
#define SPACING 9

/* As wide as the number can be. */
#define WIDEST_NUMBER "100 %"

/**
 * GhSparkline:
 *
 * A small chart of processor load with the number beside it: one hue, taken from the CSS colour,
 * and a baseline. It draws the number itself, because a label that changes has the whole list laid
 * out anew each second.
 */
struct _GhSparkline
{
  GtkWidget           parent_instance;

  const GhCpuHistory *history; /* (nullable): lent by the machine */
  PangoLayout        *layout;
  int                 number_width;
};

G_DEFINE_FINAL_TYPE (GhSparkline, gh_sparkline, GTK_TYPE_WIDGET)

static void
gh_sparkline_measure (GtkWidget      *widget,
                      GtkOrientation  orientation,
                      int             for_size,
                      int            *minimum,
                      int            *natural,
                      int            *minimum_baseline,
                      int            *natural_baseline)
{
  GhSparkline *self = GH_SPARKLINE (widget);

  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL
                          ? CHART_WIDTH + SPACING + self->number_width : HEIGHT;
}

static void
take_font (GhSparkline *self)
{
  g_clear_object (&self->layout);
  self->layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), WIDEST_NUMBER);
  pango_layout_get_pixel_size (self->layout, &self->number_width, NULL);
}

static char *
dup_number (GhSparkline *self)
{
  if (self->history == NULL || self->history->length == 0)
    return g_strdup ("");

  /* Translators: processor load in per cent */
  return g_strdup_printf (_("%.0f %%"),
                          (double) self->history->values[self->history->length - 1] * 100);
}

static void
draw_number (GhSparkline *self,
             GtkSnapshot *snapshot,
             int          x,
             int          height)
{
  g_autofree char *text = dup_number (self);
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  GtkWidget *parent = gtk_widget_get_parent (GTK_WIDGET (self));
  GdkRGBA color;
  int text_width, text_height;

  /* The number is text: it takes the colour of the text around. */
  if (parent != NULL)
    context = gtk_widget_get_style_context (parent);
  gtk_style_context_get_color (context, &color);
  pango_layout_set_text (self->layout, text, -1);
  pango_layout_get_pixel_size (self->layout, &text_width, &text_height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) (x + self->number_width - text_width),
                                                          (float) ((height - text_height) / 2)));
  gtk_snapshot_append_layout (snapshot, self->layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
draw_curve (GhSparkline *self,
            cairo_t     *cairo,
            double       width,
            double       height)
{
  const GhCpuHistory *history = self->history;
  double step = width / (GH_CPU_HISTORY_LENGTH - 1);
  /* The newest is at the right end, also when there are few. */
  double x = width - (history->length - 1) * step;

  for (guint i = 0; i < history->length; i++)
    cairo_line_to (cairo, x + i * step, 1 + (height - 2) * (1 - (double) history->values[i]));
}

static void
gh_sparkline_snapshot (GtkWidget   *widget,
                       GtkSnapshot *snapshot)
{
  GhSparkline *self = GH_SPARKLINE (widget);
  int width = CHART_WIDTH;
  int height = gtk_widget_get_height (widget);
  GdkRGBA color;
  cairo_t *cairo;

  if (self->history == NULL || self->history->length == 0)
    return;

  draw_number (self, snapshot, CHART_WIDTH + SPACING, height);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  cairo = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));

  cairo_set_line_width (cairo, 1);
  cairo_set_source_rgba (cairo, (double) color.red, (double) color.green, (double) color.blue, 0.3);
  cairo_move_to (cairo, 0, height - 0.5);
  cairo_line_to (cairo, width, height - 0.5);
  cairo_stroke (cairo);

  if (self->history->length > 1)
    {
      draw_curve (self, cairo, width, height);
      cairo_line_to (cairo, width, height);
      cairo_line_to (cairo, width - (self->history->length - 1) * (double) width
                              / (GH_CPU_HISTORY_LENGTH - 1), height);
      cairo_close_path (cairo);
      cairo_set_source_rgba (cairo, (double) color.red, (double) color.green, (double) color.blue,
                             0.15);
      cairo_fill (cairo);

      draw_curve (self, cairo, width, height);
      cairo_set_line_width (cairo, 1.5);
      cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
      gdk_cairo_set_source_rgba (cairo, &color);
      cairo_stroke (cairo);
    }

  cairo_destroy (cairo);
}

static void
gh_sparkline_css_changed (GtkWidget         *widget,
                          GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (gh_sparkline_parent_class)->css_changed (widget, change);
  take_font (GH_SPARKLINE (widget));
}

static void
gh_sparkline_finalize (GObject *object)
{
  g_clear_object (&GH_SPARKLINE (object)->layout);

  G_OBJECT_CLASS (gh_sparkline_parent_class)->finalize (object);
}

static void
gh_sparkline_class_init (GhSparklineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gh_sparkline_finalize;
  widget_class->css_changed = gh_sparkline_css_changed;
  widget_class->measure = gh_sparkline_measure;
  widget_class->snapshot = gh_sparkline_snapshot;
  gtk_widget_class_set_css_name (widget_class, "sparkline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
gh_sparkline_init (GhSparkline *self)
{
  take_font (self);
}

/**
 * gh_sparkline_set_history:
 * @history: (nullable): what to show; draws it anew also if it is the same, for it may have grown
 */
void
gh_sparkline_set_history (GhSparkline        *self,
                          const GhCpuHistory *history)
{
  g_autofree char *number = NULL;
  g_autofree char *name = NULL;

  g_return_if_fail (GH_IS_SPARKLINE (self));

  self->history = history;
  number = dup_number (self);
  /* Translators: for screen readers; %s is a load such as “12 %” */
  name = *number != '\0' ? g_strdup_printf (_("Processor load %s"), number) : g_strdup ("");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
