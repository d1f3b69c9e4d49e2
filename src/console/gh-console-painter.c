/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include "gh-console-painter.h"

#include <math.h>

/* 128 to 256 was fastest: smaller tiles cost for each node, larger ones repaint too much. */
#define TILE 256

/* How far the filter looks beside a pixel. */
#define FILTER_REACH 2

/* A scale this little above a whole number becomes the whole number: sharp beats full. */
#define WHOLE_TOLERANCE 0.05

typedef struct
{
  GskRenderNode *node;      /* NULL: must be built */
  gboolean       is_cheap;  /* built with the cheap filter */
} Tile;

/*
 * Paints a framebuffer as tiles. Each is a cairo node that is kept while its pixels do not change:
 * GSK compares kept nodes by pointer, and its cairo renderer runs only those inside the clip, so a
 * blinking cursor costs one tile. All share one image surface over the framebuffer's own memory.
 *
 * That surface must never see cairo_surface_flush() or cairo_surface_mark_dirty(): nodes hold
 * snapshots of it, and both would copy the whole picture for them.
 */
struct _GhConsolePainter
{
  GhConsoleFramebuffer *framebuffer;
  cairo_surface_t      *surface;
  Tile                 *tiles;
  guint                 n_columns;
  guint                 n_rows;
  GhConsolePlace        place;
  gboolean              is_busy;    /* much changed since the last picture */
  guint                 n_built;
};

/**
 * gh_console_place_fit: (skip)
 * @device_width: room, in device pixels
 * @device_height: room, in device pixels
 * @width: of the guest's screen
 * @height: of the guest's screen
 * @device_scale: device pixels for each of GTK's
 *
 * Returns: as large as fits with the aspect kept, in the middle
 */
GhConsolePlace
gh_console_place_fit (double device_width,
                      double device_height,
                      guint  width,
                      guint  height,
                      double device_scale)
{
  GhConsolePlace place = { 0, 0, 1, device_scale };
  double whole;

  if (width == 0 || height == 0)
    return place;

  place.scale = MIN (device_width / width, device_height / height);
  whole = floor (place.scale);
  if (whole >= 1 && place.scale < whole * (1 + WHOLE_TOLERANCE))
    place.scale = whole;

  place.x = (int) floor ((device_width - width * place.scale) / 2);
  place.y = (int) floor ((device_height - height * place.scale) / 2);

  return place;
}

static guint
map_axis (double position,
          int    origin,
          double scale,
          guint  n_guest)
{
  double n_device = MAX (2, round (n_guest * scale));
  /* From the first to the last pixel and not edge to edge: else a picture made smaller has guest
   * pixels at its edges that no position reaches. Integer scales map pixel by pixel. */
  double guest = scale >= 1 ? floor ((position - origin) / scale)
                            : round (floor (position - origin) / (n_device - 1) * (n_guest - 1));

  return (guint) CLAMP (guest, 0, (double) n_guest - 1);
}

/**
 * gh_console_place_to_guest: (skip)
 * @self: a place
 * @x: device pixels
 * @y: device pixels
 * @width: of the guest's screen
 * @height: of the guest's screen
 * @guest_x: (out): guest pixel, clamped to the screen
 * @guest_y: (out): guest pixel, clamped to the screen
 */
void
gh_console_place_to_guest (const GhConsolePlace *self,
                           double                x,
                           double                y,
                           guint                 width,
                           guint                 height,
                           guint                *guest_x,
                           guint                *guest_y)
{
  *guest_x = map_axis (x, self->x, self->scale, width);
  *guest_y = map_axis (y, self->y, self->scale, height);
}

GhConsolePainter *
gh_console_painter_new (void)
{
  return g_new0 (GhConsolePainter, 1);
}

static void
drop_tile (Tile *tile)
{
  g_clear_pointer (&tile->node, gsk_render_node_unref);
  tile->is_cheap = FALSE;
}

static void
drop_tiles (GhConsolePainter *self)
{
  for (guint i = 0; i < self->n_columns * self->n_rows; i++)
    drop_tile (&self->tiles[i]);
}

void
gh_console_painter_free (GhConsolePainter *self)
{
  gh_console_painter_set_framebuffer (self, NULL);
  g_free (self);
}

/**
 * gh_console_painter_set_framebuffer: (skip)
 * @self: a painter
 * @framebuffer: (nullable): what to paint
 */
void
gh_console_painter_set_framebuffer (GhConsolePainter     *self,
                                    GhConsoleFramebuffer *framebuffer)
{
  static const cairo_user_data_key_t key;

  if (self->framebuffer == framebuffer)
    return;

  /* Nodes first: a surface that ends copies itself for the snapshots that are left. */
  drop_tiles (self);
  g_clear_pointer (&self->tiles, g_free);
  self->n_columns = 0;
  self->n_rows = 0;
  g_clear_pointer (&self->surface, cairo_surface_destroy);
  g_clear_pointer (&self->framebuffer, gh_console_framebuffer_unref);

  if (framebuffer == NULL)
    return;

  self->framebuffer = gh_console_framebuffer_ref (framebuffer);
  self->n_columns = (gh_console_framebuffer_get_width (framebuffer) + TILE - 1) / TILE;
  self->n_rows = (gh_console_framebuffer_get_height (framebuffer) + TILE - 1) / TILE;
  self->tiles = g_new0 (Tile, self->n_columns * self->n_rows);
  self->surface = cairo_image_surface_create_for_data (
    (guint8 *) gh_console_framebuffer_get_pixels (framebuffer), CAIRO_FORMAT_RGB24,
    (int) gh_console_framebuffer_get_width (framebuffer),
    (int) gh_console_framebuffer_get_height (framebuffer),
    (int) gh_console_framebuffer_get_stride (framebuffer));
  /* GTK may hold nodes of the last picture longer than we do. */
  cairo_surface_set_user_data (self->surface, &key, gh_console_framebuffer_ref (framebuffer),
                               (cairo_destroy_func_t) gh_console_framebuffer_unref);
}

/**
 * gh_console_painter_get_framebuffer: (skip)
 * @self: a painter
 *
 * Returns: (nullable) (transfer none): what it paints
 */
GhConsoleFramebuffer *
gh_console_painter_get_framebuffer (GhConsolePainter *self)
{
  return self->framebuffer;
}

/**
 * gh_console_painter_damage: (skip)
 * @self: a painter
 * @region: guest pixels that have changed
 */
void
gh_console_painter_damage (GhConsolePainter *self,
                           cairo_region_t   *region)
{
  guint n_dropped = 0;

  for (guint row = 0; row < self->n_rows; row++)
    for (guint column = 0; column < self->n_columns; column++)
      {
        const cairo_rectangle_int_t reach = {
          (int) (column * TILE) - FILTER_REACH,
          (int) (row * TILE) - FILTER_REACH,
          TILE + 2 * FILTER_REACH,
          TILE + 2 * FILTER_REACH,
        };

        if (cairo_region_contains_rectangle (region, &reach) == CAIRO_REGION_OVERLAP_OUT)
          continue;
        drop_tile (&self->tiles[row * self->n_columns + column]);
        n_dropped++;
      }

  /* A small change is painted well at once: a tile that is soft for a moment would be seen. */
  if (n_dropped * 3 > self->n_columns * self->n_rows && n_dropped > 4)
    self->is_busy = TRUE;
}

/**
 * gh_console_painter_sharpen: (skip)
 * @self: a painter
 *
 * To be called when nothing has changed for a while.
 *
 * Returns: whether something is to be painted better now
 */
gboolean
gh_console_painter_sharpen (GhConsolePainter *self)
{
  gboolean is_any = FALSE;

  self->is_busy = FALSE;
  for (guint i = 0; i < self->n_columns * self->n_rows; i++)
    if (self->tiles[i].is_cheap)
      {
        drop_tile (&self->tiles[i]);
        is_any = TRUE;
      }

  return is_any;
}

static double
edge (const GhConsolePlace *place,
      int                   origin,
      guint                 position)
{
  return (origin + round (position * place->scale)) / place->device_scale;
}

static GskRenderNode *
build_node (GhConsolePainter *self,
            guint             column,
            guint             row,
            cairo_filter_t    filter)
{
  const GhConsolePlace *place = &self->place;
  guint right = MIN ((column + 1) * TILE, gh_console_framebuffer_get_width (self->framebuffer));
  guint bottom = MIN ((row + 1) * TILE, gh_console_framebuffer_get_height (self->framebuffer));
  double x1 = edge (place, place->x, column * TILE);
  double y1 = edge (place, place->y, row * TILE);
  double x2 = edge (place, place->x, right);
  double y2 = edge (place, place->y, bottom);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT ((float) x1, (float) y1, (float) (x2 - x1),
                                               (float) (y2 - y1));
  GskRenderNode *node = gsk_cairo_node_new (&bounds);
  cairo_t *cr = gsk_cairo_node_get_draw_context (node);

  cairo_translate (cr, place->x / place->device_scale, place->y / place->device_scale);
  cairo_scale (cr, place->scale / place->device_scale, place->scale / place->device_scale);
  cairo_set_source_surface (cr, self->surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), filter);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_destroy (cr);
  self->n_built++;

  return node;
}

/**
 * gh_console_painter_snapshot: (skip)
 * @self: a painter
 * @snapshot: where to
 * @place: where the picture goes
 */
void
gh_console_painter_snapshot (GhConsolePainter     *self,
                             GtkSnapshot          *snapshot,
                             const GhConsolePlace *place)
{
  gboolean is_whole = place->scale == floor (place->scale);
  cairo_filter_t filter = CAIRO_FILTER_GOOD;

  if (place->x != self->place.x || place->y != self->place.y ||
      place->scale != self->place.scale || place->device_scale != self->place.device_scale)
    {
      drop_tiles (self);
      self->place = *place;
    }

  if (is_whole)
    filter = CAIRO_FILTER_NEAREST;
  else if (self->is_busy)
    filter = CAIRO_FILTER_FAST;

  for (guint row = 0; row < self->n_rows; row++)
    for (guint column = 0; column < self->n_columns; column++)
      {
        Tile *tile = &self->tiles[row * self->n_columns + column];

        if (tile->node == NULL)
          {
            tile->node = build_node (self, column, row, filter);
            tile->is_cheap = filter == CAIRO_FILTER_FAST;
          }
        gtk_snapshot_append_node (snapshot, tile->node);
      }
}

/**
 * gh_console_painter_get_n_built: (skip)
 * @self: a painter
 *
 * Returns: how many tiles were built so far; for tests
 */
guint
gh_console_painter_get_n_built (GhConsolePainter *self)
{
  return self->n_built;
}
