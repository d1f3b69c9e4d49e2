/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include "gh-console-framebuffer.h"

#include <string.h>

/* More rectangles than this are not worth keeping apart. */
#define MAX_DAMAGE_RECTANGLES 64

/**
 * GhConsoleFramebuffer:
 *
 * The pixels of one remote screen and what changed in them since somebody looked. One thread
 * writes, any thread may take the damage. Pixels are 32 bits as in `CAIRO_FORMAT_RGB24`.
 *
 * A painter reads the pixels without the lock while the producer may write: the worst is a torn
 * rectangle, and the damage that follows the write repairs it. So a slow painter never holds up
 * the producer, and no frame is copied twice.
 */
struct _GhConsoleFramebuffer
{
  gatomicrefcount  ref_count;
  GMutex           lock;      /* guards damage */
  cairo_region_t  *damage;
  guint            width;
  guint            height;
  gsize            stride;
  guint8          *pixels;
};

G_DEFINE_BOXED_TYPE (GhConsoleFramebuffer, gh_console_framebuffer, gh_console_framebuffer_ref,
                     gh_console_framebuffer_unref)

/**
 * gh_console_framebuffer_new:
 * @width: 1 to 16384 pixels
 * @height: 1 to 16384 pixels
 *
 * Makes a black screen, wholly damaged.
 *
 * Returns: (nullable) (transfer full): the framebuffer, or %NULL if the size is out of range or
 *   there is no memory for it; sizes come from outside
 */
GhConsoleFramebuffer *
gh_console_framebuffer_new (guint width,
                            guint height)
{
  cairo_rectangle_int_t all = { 0, 0, (int) width, (int) height };
  GhConsoleFramebuffer *self;
  guint8 *pixels;

  if (width == 0 || height == 0 || width > GH_CONSOLE_MAX_SIDE || height > GH_CONSOLE_MAX_SIDE ||
      (gsize) width * height > GH_CONSOLE_MAX_PIXELS)
    return NULL;

  pixels = g_try_malloc0_n ((gsize) width * height, 4);
  if (pixels == NULL)
    return NULL;

  self = g_new0 (GhConsoleFramebuffer, 1);
  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->width = width;
  self->height = height;
  self->stride = (gsize) width * 4;
  self->pixels = pixels;
  self->damage = cairo_region_create_rectangle (&all);

  return self;
}

GhConsoleFramebuffer *
gh_console_framebuffer_ref (GhConsoleFramebuffer *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
gh_console_framebuffer_unref (GhConsoleFramebuffer *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  cairo_region_destroy (self->damage);
  g_mutex_clear (&self->lock);
  g_free (self->pixels);
  g_free (self);
}

guint
gh_console_framebuffer_get_width (GhConsoleFramebuffer *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->width;
}

guint
gh_console_framebuffer_get_height (GhConsoleFramebuffer *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->height;
}

/**
 * gh_console_framebuffer_get_stride:
 * @self: a framebuffer
 *
 * Returns: bytes from one row to the next
 */
gsize
gh_console_framebuffer_get_stride (GhConsoleFramebuffer *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->stride;
}

/**
 * gh_console_framebuffer_get_pixels: (skip)
 * @self: a framebuffer
 *
 * Returns: the first row; valid as long as @self, and changing under the reader
 */
const guint8 *
gh_console_framebuffer_get_pixels (GhConsoleFramebuffer *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->pixels;
}

static gsize
bytes_per_pixel (GhConsoleFormat format)
{
  return format == GH_CONSOLE_FORMAT_RGB16 || format == GH_CONSOLE_FORMAT_RGB15 ? 2 : 4;
}

static guint32
widen (guint32 value,
       guint   bits)
{
  value <<= 8 - bits;

  return value | value >> bits;
}

static void
convert_row (guint8          *target,
             const guint8    *source,
             int              n_pixels,
             GhConsoleFormat  format)
{
  if (format == GH_CONSOLE_FORMAT_XRGB32)
    {
      memcpy (target, source, (gsize) n_pixels * 4);
      return;
    }

  for (int i = 0; i < n_pixels; i++)
    {
      guint32 pixel = 0;
      guint16 narrow;

      switch (format)
        {
        case GH_CONSOLE_FORMAT_XBGR32:
          memcpy (&pixel, source + (gsize) i * 4, 4);
          pixel = (pixel & 0x00ff00) | (pixel & 0xff) << 16 | (pixel >> 16 & 0xff);
          break;

        case GH_CONSOLE_FORMAT_BGRX32:
          memcpy (&pixel, source + (gsize) i * 4, 4);
          pixel = GUINT32_SWAP_LE_BE (pixel) & 0xffffff;
          break;

        case GH_CONSOLE_FORMAT_RGBX32:
          memcpy (&pixel, source + (gsize) i * 4, 4);
          pixel >>= 8;
          break;

        case GH_CONSOLE_FORMAT_RGB16:
          memcpy (&narrow, source + (gsize) i * 2, 2);
          pixel = widen (narrow >> 11, 5) << 16 | widen (narrow >> 5 & 0x3f, 6) << 8 |
                  widen (narrow & 0x1f, 5);
          break;

        case GH_CONSOLE_FORMAT_RGB15:
          memcpy (&narrow, source + (gsize) i * 2, 2);
          pixel = widen (narrow >> 10 & 0x1f, 5) << 16 | widen (narrow >> 5 & 0x1f, 5) << 8 |
                  widen (narrow & 0x1f, 5);
          break;

        case GH_CONSOLE_FORMAT_XRGB32:
        default:
          g_assert_not_reached ();
        }

      memcpy (target + (gsize) i * 4, &pixel, 4);
    }
}

/**
 * gh_console_framebuffer_write:
 * @self: a framebuffer
 * @area: where the pixels belong
 * @format: how they lie in @data
 * @data: (array length=length): the first pixel of @area
 * @length: bytes in @data
 * @stride: bytes from one row of @data to the next
 *
 * Copies pixels in and adds @area to the damage.
 *
 * Returns: %FALSE, with nothing changed, if @area leaves the screen or @data is too short
 */
gboolean
gh_console_framebuffer_write (GhConsoleFramebuffer        *self,
                              const cairo_rectangle_int_t *area,
                              GhConsoleFormat              format,
                              const guint8                *data,
                              gsize                        length,
                              gsize                        stride)
{
  gsize row_bytes;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (area != NULL, FALSE);

  if (area->x < 0 || area->y < 0 || area->width <= 0 || area->height <= 0 ||
      (gint64) area->x + area->width > self->width ||
      (gint64) area->y + area->height > self->height)
    return FALSE;

  row_bytes = (gsize) area->width * bytes_per_pixel (format);
  if (stride < row_bytes || length < row_bytes ||
      (area->height > 1 && (length - row_bytes) / (gsize) (area->height - 1) < stride))
    return FALSE;

  for (int row = 0; row < area->height; row++)
    convert_row (self->pixels + (gsize) (area->y + row) * self->stride + (gsize) area->x * 4,
                 data + (gsize) row * stride, area->width, format);

  g_mutex_lock (&self->lock);
  cairo_region_union_rectangle (self->damage, area);
  if (cairo_region_num_rectangles (self->damage) > MAX_DAMAGE_RECTANGLES)
    {
      cairo_rectangle_int_t extents;

      cairo_region_get_extents (self->damage, &extents);
      cairo_region_union_rectangle (self->damage, &extents);
    }
  g_mutex_unlock (&self->lock);

  return TRUE;
}

/**
 * gh_console_framebuffer_take_damage: (skip)
 * @self: a framebuffer
 *
 * Returns: what was written since the last call, perhaps nothing
 */
cairo_region_t *
gh_console_framebuffer_take_damage (GhConsoleFramebuffer *self)
{
  cairo_region_t *fresh = cairo_region_create ();
  cairo_region_t *damage;

  g_return_val_if_fail (self != NULL, fresh);

  g_mutex_lock (&self->lock);
  damage = self->damage;
  self->damage = fresh;
  g_mutex_unlock (&self->lock);

  return damage;
}

/**
 * gh_console_framebuffer_copy:
 * @self: a framebuffer
 *
 * Returns: (transfer full): the pixels as they are now, made opaque: 8 bits each of blue, green,
 *   red and 255 in a little-endian host, rows without gaps
 */
GBytes *
gh_console_framebuffer_copy (GhConsoleFramebuffer *self)
{
  gsize n_pixels;
  guint32 *copy;

  g_return_val_if_fail (self != NULL, NULL);

  n_pixels = (gsize) self->width * self->height;
  copy = g_malloc_n (n_pixels, 4);
  memcpy (copy, self->pixels, n_pixels * 4);
  for (gsize i = 0; i < n_pixels; i++)
    copy[i] |= 0xff000000;

  return g_bytes_new_take (copy, n_pixels * 4);
}
