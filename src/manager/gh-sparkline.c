/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-sparkline.h"

#define WIDTH 90
#define HEIGHT 24

/**
 * GhSparkline:
 *
 * A small chart of processor load: one hue, taken from the CSS colour, and a baseline.
 */
struct _GhSparkline
{
  GtkWidget           parent_instance;

  const GhCpuHistory *history; /* (nullable): lent by the machine */
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
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
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
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  GdkRGBA color;
  cairo_t *cairo;

  if (self->history == NULL || self->history->length == 0)
    return;

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
gh_sparkline_class_init (GhSparklineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = gh_sparkline_measure;
  widget_class->snapshot = gh_sparkline_snapshot;
  gtk_widget_class_set_css_name (widget_class, "sparkline");
  /* The number beside it says the same. */
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
gh_sparkline_init (GhSparkline *self)
{
}

/**
 * gh_sparkline_set_history:
 * @history: (nullable): what to show; draws it anew also if it is the same, for it may have grown
 */
void
gh_sparkline_set_history (GhSparkline        *self,
                          const GhCpuHistory *history)
{
  g_return_if_fail (GH_IS_SPARKLINE (self));

  self->history = history;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
