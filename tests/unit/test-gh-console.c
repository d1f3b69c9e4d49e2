/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "gh-console-framebuffer.h"
#include "gh-console-keyboard.h"
#include "gh-console-keymap.h"
#include "gh-console-painter.h"
#include "gh-console-resizer.h"

/* A source whose other side is this test. */
#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, GhConsoleSource)

struct _TestSource
{
  GhConsoleSource  parent_instance;
  GString         *said;
  GTask           *size;
  guint            n_sizes;
  guint            last_width;
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, GH_CONSOLE_TYPE_SOURCE)

static void
test_source_open (GhConsoleSource *source)
{
  gh_console_source_set_can_resize (source, TRUE);
  gh_console_source_set_connected (source);
}

static void
test_source_close (GhConsoleSource *source)
{
}

static void
test_source_key (GhConsoleSource *source,
                 guint            qnum,
                 gboolean         is_pressed)
{
  g_string_append_printf (TEST_SOURCE (source)->said, "%c%x ", is_pressed ? '+' : '-', qnum);
}

static void
test_source_size_async (GhConsoleSource     *source,
                        guint                width,
                        guint                height,
                        guint                width_mm,
                        guint                height_mm,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  TestSource *self = TEST_SOURCE (source);

  g_assert_null (self->size);
  self->size = g_task_new (source, cancellable, callback, user_data);
  self->n_sizes++;
  self->last_width = width;
}

static gboolean
test_source_size_finish (GhConsoleSource  *source,
                         GAsyncResult     *result,
                         GError          **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_source_finalize (GObject *object)
{
  g_string_free (TEST_SOURCE (object)->said, TRUE);
  G_OBJECT_CLASS (test_source_parent_class)->finalize (object);
}

static void
test_source_class_init (TestSourceClass *klass)
{
  GhConsoleSourceClass *source_class = GH_CONSOLE_SOURCE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_source_finalize;
  source_class->open = test_source_open;
  source_class->close = test_source_close;
  source_class->key = test_source_key;
  source_class->request_size_async = test_source_size_async;
  source_class->request_size_finish = test_source_size_finish;
}

static void
test_source_init (TestSource *self)
{
  self->said = g_string_new (NULL);
}

static void
test_framebuffer_bounds (void)
{
  const struct
  {
    cairo_rectangle_int_t area;
    gsize                 length;
    gsize                 stride;
    gboolean              is_good;
  } cases[] = {
    { { 0, 0, 10, 10 }, 400, 40, TRUE },
    { { 0, 0, 10, 10 }, 399, 40, FALSE },
    { { 0, 0, 10, 10 }, 400, 39, FALSE },
    { { 0, 0, 10, 10 }, 400, G_MAXSIZE, FALSE },
    { { 9, 9, 1, 1 }, 4, 4, TRUE },
    { { 9, 9, 2, 1 }, 8, 8, FALSE },
    { { -1, 0, 1, 1 }, 4, 4, FALSE },
    { { 0, 0, 0, 1 }, 4, 4, FALSE },
    { { G_MAXINT, 0, G_MAXINT, 1 }, 400, 40, FALSE },
  };
  static const guint8 data[400] = { 0 };
  g_autoptr (GhConsoleFramebuffer) framebuffer = gh_console_framebuffer_new (10, 10);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (gh_console_framebuffer_write (framebuffer, &cases[i].area,
                                                   GH_CONSOLE_FORMAT_XRGB32, data,
                                                   cases[i].length, cases[i].stride),
                     ==, cases[i].is_good);

  g_assert_null (gh_console_framebuffer_new (0, 10));
  g_assert_null (gh_console_framebuffer_new (65535, 65535));
  g_assert_null (gh_console_framebuffer_new (GH_CONSOLE_MAX_SIDE, GH_CONSOLE_MAX_SIDE));
}

static void
test_framebuffer_formats (void)
{
  const struct
  {
    GhConsoleFormat format;
    guint32         pixel;
    gsize           length;
  } cases[] = {
    { GH_CONSOLE_FORMAT_XRGB32, 0x00ff8000, 4 }, { GH_CONSOLE_FORMAT_XBGR32, 0x000080ff, 4 },
    { GH_CONSOLE_FORMAT_BGRX32, 0x0080ff00, 4 }, { GH_CONSOLE_FORMAT_RGBX32, 0xff800000, 4 },
    { GH_CONSOLE_FORMAT_RGB16, 0xfc00, 2 },      { GH_CONSOLE_FORMAT_RGB15, 0x7e00, 2 },
  };
  const cairo_rectangle_int_t one = { 1, 0, 1, 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GhConsoleFramebuffer) framebuffer = gh_console_framebuffer_new (2, 1);
      guint16 narrow = (guint16) cases[i].pixel;
      guint32 got[2];

      g_assert_true (gh_console_framebuffer_write (
        framebuffer, &one, cases[i].format,
        cases[i].length == 2 ? (const guint8 *) &narrow : (const guint8 *) &cases[i].pixel,
        cases[i].length, cases[i].length));
      memcpy (got, gh_console_framebuffer_get_pixels (framebuffer), sizeof got);
      g_assert_cmphex (got[0], ==, 0);
      /* Five and six bits do not reach 0x80 exactly. */
      g_assert_cmphex (got[1] & 0xfff0ff, ==, 0xff8000);
    }
}

static void
test_framebuffer_damage (void)
{
  const cairo_rectangle_int_t area = { 3, 4, 1, 1 };
  static const guint8 pixel[4] = { 0 };
  g_autoptr (GhConsoleFramebuffer) framebuffer = gh_console_framebuffer_new (1000, 1000);
  cairo_region_t *damage = gh_console_framebuffer_take_damage (framebuffer);
  cairo_rectangle_int_t got;

  cairo_region_destroy (damage);
  gh_console_framebuffer_write (framebuffer, &area, GH_CONSOLE_FORMAT_XRGB32, pixel, 4, 4);
  damage = gh_console_framebuffer_take_damage (framebuffer);
  cairo_region_get_extents (damage, &got);
  g_assert_cmpint (got.x, ==, 3);
  g_assert_cmpint (got.width, ==, 1);
  cairo_region_destroy (damage);

  /* What nobody takes stays small. */
  for (int i = 0; i < 10000; i++)
    {
      const cairo_rectangle_int_t dot = { (i * 7) % 1000, (i * 13) % 1000, 1, 1 };

      gh_console_framebuffer_write (framebuffer, &dot, GH_CONSOLE_FORMAT_XRGB32, pixel, 4, 4);
    }
  damage = gh_console_framebuffer_take_damage (framebuffer);
  g_assert_cmpint (cairo_region_num_rectangles (damage), <=, 65);
  cairo_region_destroy (damage);
}

static void
test_place (void)
{
  GhConsolePlace place = gh_console_place_fit (1280, 720, 1920, 1080, 1);
  guint x;
  guint y;

  g_assert_cmpfloat_with_epsilon (place.scale, 2.0 / 3, 1e-9);
  gh_console_place_to_guest (&place, 1279.4, 719.4, 1920, 1080, &x, &y);
  g_assert_cmpuint (x, ==, 1919);
  g_assert_cmpuint (y, ==, 1079);
  gh_console_place_to_guest (&place, -5, 0, 1920, 1080, &x, &y);
  g_assert_cmpuint (x, ==, 0);
  g_assert_cmpuint (y, ==, 0);

  /* One to one, a little room left: sharp, in the middle, every pixel its own. */
  place = gh_console_place_fit (730, 410, 720, 400, 2);
  g_assert_cmpfloat (place.scale, ==, 1);
  g_assert_cmpint (place.x, ==, 5);
  for (guint i = 0; i < 720; i++)
    {
      gh_console_place_to_guest (&place, 5 + i + 0.9, 100, 720, 400, &x, &y);
      g_assert_cmpuint (x, ==, i);
    }

  place = gh_console_place_fit (100, 1000, 10, 10, 1);
  g_assert_cmpfloat (place.scale, ==, 10);
  g_assert_cmpint (place.y, ==, 450);
}

static cairo_surface_t *
render (GhConsolePainter *painter,
        GhConsolePlace   *place,
        int               width,
        int               height)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GskRenderNode *node;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create (surface);

  gh_console_painter_snapshot (painter, snapshot, place);
  node = gtk_snapshot_free_to_node (snapshot);
  cairo_scale (cr, place->device_scale, place->device_scale);
  gsk_render_node_draw (node, cr);
  gsk_render_node_unref (node);
  cairo_destroy (cr);
  cairo_surface_flush (surface);

  return surface;
}

static GhConsoleFramebuffer *
make_pattern (guint width,
              guint height)
{
  GhConsoleFramebuffer *framebuffer = gh_console_framebuffer_new (width, height);
  const cairo_rectangle_int_t all = { 0, 0, (int) width, (int) height };
  g_autofree guint32 *pixels = g_new (guint32, width * height);

  for (guint i = 0; i < width * height; i++)
    pixels[i] = i * 2654435761u >> 8;
  gh_console_framebuffer_write (framebuffer, &all, GH_CONSOLE_FORMAT_XRGB32,
                                (const guint8 *) pixels, (gsize) width * height * 4,
                                (gsize) width * 4);

  return framebuffer;
}

static void
test_painter_exact (gconstpointer data)
{
  const double device_scale = GPOINTER_TO_INT (data);
  g_autoptr (GhConsoleFramebuffer) framebuffer = make_pattern (600, 300);
  g_autoptr (GhConsolePainter) painter = gh_console_painter_new ();
  GhConsolePlace place = gh_console_place_fit (1200, 601, 600, 300, device_scale);
  cairo_surface_t *surface;
  guint n_wrong = 0;

  g_assert_cmpfloat (place.scale, ==, 2);
  gh_console_painter_set_framebuffer (painter, framebuffer);
  surface = render (painter, &place, 1200, 601);
  for (int y = 0; y < 600; y++)
    for (int x = 0; x < 1200; x++)
      {
        guint32 want;
        guint32 got;

        memcpy (&want,
                gh_console_framebuffer_get_pixels (framebuffer) + ((y / 2) * 600 + x / 2) * 4, 4);
        memcpy (&got,
                cairo_image_surface_get_data (surface) +
                  y * cairo_image_surface_get_stride (surface) + x * 4,
                4);
        n_wrong += (want & 0xffffff) != (got & 0xffffff);
      }
  g_assert_cmpuint (n_wrong, ==, 0);
  cairo_surface_destroy (surface);
}

/* At any scale the tiles must join as if it were one picture. */
static void
test_painter_seams (void)
{
  g_autoptr (GhConsoleFramebuffer) framebuffer = gh_console_framebuffer_new (700, 600);
  const cairo_rectangle_int_t all = { 0, 0, 700, 600 };
  g_autofree guint8 *white = g_malloc (700 * 600 * 4);
  const double sizes[] = { 431, 699, 803, 1111 };

  memset (white, 0xff, 700 * 600 * 4);
  gh_console_framebuffer_write (framebuffer, &all, GH_CONSOLE_FORMAT_XRGB32, white, 700 * 600 * 4,
                                2800);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GhConsolePainter) painter = gh_console_painter_new ();
      GhConsolePlace place = gh_console_place_fit (sizes[i], 5000, 700, 600, 1);
      cairo_surface_t *surface;
      int height = (int) (600 * place.scale) - 2;

      gh_console_painter_set_framebuffer (painter, framebuffer);
      place.y = 0;
      surface = render (painter, &place, (int) sizes[i], height);
      for (int y = 0; y < height; y++)
        for (int x = 1; x < (int) sizes[i] - 1; x++)
          g_assert_cmpuint (cairo_image_surface_get_data (
                              surface)[y * cairo_image_surface_get_stride (surface) + x * 4],
                            >=, 253);
      cairo_surface_destroy (surface);
    }
}

static void
test_painter_damage (void)
{
  const cairo_rectangle_int_t dot = { 300, 100, 9, 16 };
  g_autoptr (GhConsoleFramebuffer) framebuffer = make_pattern (1920, 1080);
  g_autoptr (GhConsolePainter) painter = gh_console_painter_new ();
  GhConsolePlace place = gh_console_place_fit (1920, 1080, 1920, 1080, 1);
  cairo_region_t *region = cairo_region_create_rectangle (&dot);

  gh_console_painter_set_framebuffer (painter, framebuffer);
  cairo_surface_destroy (render (painter, &place, 10, 10));
  g_assert_cmpuint (gh_console_painter_get_n_built (painter), ==, 40);
  gh_console_painter_damage (painter, region);
  cairo_surface_destroy (render (painter, &place, 10, 10));
  g_assert_cmpuint (gh_console_painter_get_n_built (painter), ==, 41);
  g_assert_false (gh_console_painter_sharpen (painter));
  cairo_region_destroy (region);
}

static void
test_keymap (void)
{
  g_assert_cmphex (gh_console_keymap_from_hardware (9), ==, 0x01);    /* Esc */
  g_assert_cmphex (gh_console_keymap_from_hardware (104), ==, 0x9c);  /* KP_Enter */
  g_assert_cmphex (gh_console_keymap_from_hardware (107), ==, 0x54);  /* Print */
  g_assert_cmphex (gh_console_keymap_from_hardware (108), ==, 0xb8);  /* AltGr */
  g_assert_cmphex (gh_console_keymap_from_hardware (127), ==, 0xc6);  /* Pause */
  g_assert_cmphex (gh_console_keymap_from_hardware (132), ==, 0x7d);  /* Yen */
  g_assert_cmphex (gh_console_keymap_from_hardware (97), ==, 0x73);   /* Ro */
  g_assert_cmphex (gh_console_keymap_from_hardware (0), ==, 0);
  g_assert_cmphex (gh_console_keymap_from_hardware (G_MAXUINT), ==, 0);
}

#define KEY_A 38
#define KEY_CTRL 37
#define KEY_ALT 64

static void
test_keyboard (void)
{
  g_autoptr (TestSource) source = g_object_new (TEST_TYPE_SOURCE, NULL);
  GhConsoleKeyboard keyboard = { 0 };
  GhConsoleSource *guest = GH_CONSOLE_SOURCE (source);

  gh_console_source_open (guest);

  gh_console_keyboard_press (&keyboard, guest, KEY_CTRL);
  gh_console_keyboard_press (&keyboard, guest, KEY_ALT);
  g_assert_true (gh_console_keyboard_release (&keyboard, guest, KEY_ALT));
  g_assert_false (gh_console_keyboard_release (&keyboard, guest, KEY_CTRL));
  g_assert_cmpstr (source->said->str, ==, "+1d +38 -38 -1d ");

  /* With another key in between it is the guest's. */
  gh_console_keyboard_press (&keyboard, guest, KEY_CTRL);
  gh_console_keyboard_press (&keyboard, guest, KEY_ALT);
  gh_console_keyboard_press (&keyboard, guest, KEY_A);
  g_assert_false (gh_console_keyboard_release (&keyboard, guest, KEY_A));
  g_assert_false (gh_console_keyboard_release (&keyboard, guest, KEY_ALT));

  g_string_truncate (source->said, 0);
  gh_console_keyboard_release_all (&keyboard, guest);
  gh_console_keyboard_release_all (&keyboard, guest);
  g_assert_cmpstr (source->said->str, ==, "-1d ");
  g_assert_false (gh_console_keyboard_release (&keyboard, guest, KEY_A));
}

static void
test_source_closed (void)
{
  g_autoptr (TestSource) source = g_object_new (TEST_TYPE_SOURCE, NULL);
  GhConsoleSource *guest = GH_CONSOLE_SOURCE (source);

  gh_console_source_send_key (guest, 1, TRUE);
  gh_console_source_open (guest);
  gh_console_source_close (guest);
  gh_console_source_send_key (guest, 1, TRUE);
  g_assert_cmpstr (source->said->str, ==, "");
  g_assert_null (gh_console_source_get_error (guest));
}

static gboolean
stop_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);

  return G_SOURCE_REMOVE;
}

/* Longer than the rest that a wish must have. */
static void
wait_for_rest (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_timeout_add (250, stop_cb, loop);
  g_main_loop_run (loop);
}

static void
test_resizer (void)
{
  g_autoptr (TestSource) source = g_object_new (TEST_TYPE_SOURCE, NULL);
  g_autoptr (GhConsoleResizer) resizer = NULL;

  gh_console_source_open (GH_CONSOLE_SOURCE (source));
  resizer = gh_console_resizer_new (GH_CONSOLE_SOURCE (source));

  for (guint width = 800; width < 1000; width++)
    gh_console_resizer_want (resizer, width, 600, 0, 0);
  g_assert_cmpuint (source->n_sizes, ==, 0);
  wait_for_rest ();
  g_assert_cmpuint (source->n_sizes, ==, 1);
  g_assert_cmpuint (source->last_width, ==, 999);

  /* One under way; the newest goes when it has ended. */
  gh_console_resizer_want (resizer, 1000, 600, 0, 0);
  wait_for_rest ();
  gh_console_resizer_want (resizer, 1001, 600, 0, 0);
  wait_for_rest ();
  g_assert_cmpuint (source->n_sizes, ==, 1);
  g_task_return_boolean (source->size, TRUE);
  g_clear_object (&source->size);
  wait_for_rest ();
  g_assert_cmpuint (source->n_sizes, ==, 2);
  g_assert_cmpuint (source->last_width, ==, 1001);

  /* A reply after the end touches nothing. */
  g_clear_pointer (&resizer, gh_console_resizer_free);
  g_task_return_boolean (source->size, TRUE);
  g_clear_object (&source->size);
  wait_for_rest ();
}

static void
test_cursor (void)
{
  g_autoptr (GBytes) few = g_bytes_new_static ("12345678", 8);
  g_autoptr (GhConsoleCursor) cursor = gh_console_cursor_new (2, 1, 9, -9, few);

  g_assert_nonnull (cursor);
  g_assert_cmpuint (cursor->hot_x, ==, 1);
  g_assert_cmpuint (cursor->hot_y, ==, 0);
  g_assert_null (gh_console_cursor_new (2, 2, 0, 0, few));
  g_assert_null (gh_console_cursor_new (-1, 1, 0, 0, few));
  g_assert_null (gh_console_cursor_new (G_MAXINT, G_MAXINT, 0, 0, few));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Registers GSK's nodes; there need not be a display. */
  gtk_init_check ();

  g_test_add_func ("/gh-console/framebuffer/bounds", test_framebuffer_bounds);
  g_test_add_func ("/gh-console/framebuffer/formats", test_framebuffer_formats);
  g_test_add_func ("/gh-console/framebuffer/damage", test_framebuffer_damage);
  g_test_add_func ("/gh-console/place", test_place);
  g_test_add_data_func ("/gh-console/painter/exact-1", GINT_TO_POINTER (1), test_painter_exact);
  g_test_add_data_func ("/gh-console/painter/exact-2", GINT_TO_POINTER (2), test_painter_exact);
  g_test_add_func ("/gh-console/painter/seams", test_painter_seams);
  g_test_add_func ("/gh-console/painter/damage", test_painter_damage);
  g_test_add_func ("/gh-console/keymap", test_keymap);
  g_test_add_func ("/gh-console/keyboard", test_keyboard);
  g_test_add_func ("/gh-console/source/closed", test_source_closed);
  g_test_add_func ("/gh-console/resizer", test_resizer);
  g_test_add_func ("/gh-console/cursor", test_cursor);

  return g_test_run ();
}
