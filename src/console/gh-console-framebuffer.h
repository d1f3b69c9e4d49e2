/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cairo-gobject.h>
#include <glib-object.h>

G_BEGIN_DECLS

/* What a remote side may ask us to hold: beyond it is a fault or an attack. */
#define GH_CONSOLE_MAX_SIDE 16384
#define GH_CONSOLE_MAX_PIXELS (64 * 1024 * 1024)

/**
 * GhConsoleFormat:
 * @GH_CONSOLE_FORMAT_XRGB32: 32 bits, native byte order, highest byte ignored
 * @GH_CONSOLE_FORMAT_XBGR32: as above with red and blue exchanged
 * @GH_CONSOLE_FORMAT_BGRX32: 32 bits, native byte order, lowest byte ignored, blue highest
 * @GH_CONSOLE_FORMAT_RGBX32: 32 bits, native byte order, lowest byte ignored, red highest
 * @GH_CONSOLE_FORMAT_RGB16: 16 bits, 5-6-5, red highest
 * @GH_CONSOLE_FORMAT_RGB15: 16 bits, 1-5-5-5, red highest
 *
 * How incoming pixels lie in memory.
 */
typedef enum
{
  GH_CONSOLE_FORMAT_XRGB32,
  GH_CONSOLE_FORMAT_XBGR32,
  GH_CONSOLE_FORMAT_BGRX32,
  GH_CONSOLE_FORMAT_RGBX32,
  GH_CONSOLE_FORMAT_RGB16,
  GH_CONSOLE_FORMAT_RGB15,
} GhConsoleFormat;

#define GH_CONSOLE_TYPE_FRAMEBUFFER (gh_console_framebuffer_get_type ())

typedef struct _GhConsoleFramebuffer GhConsoleFramebuffer;

GType                 gh_console_framebuffer_get_type    (void);

GhConsoleFramebuffer *gh_console_framebuffer_new         (guint                        width,
                                                          guint                        height);
GhConsoleFramebuffer *gh_console_framebuffer_ref         (GhConsoleFramebuffer        *self);
void                  gh_console_framebuffer_unref       (GhConsoleFramebuffer        *self);

guint                 gh_console_framebuffer_get_width   (GhConsoleFramebuffer        *self);
guint                 gh_console_framebuffer_get_height  (GhConsoleFramebuffer        *self);
gsize                 gh_console_framebuffer_get_stride  (GhConsoleFramebuffer        *self);
const guint8         *gh_console_framebuffer_get_pixels  (GhConsoleFramebuffer        *self);

gboolean              gh_console_framebuffer_write       (GhConsoleFramebuffer        *self,
                                                          const cairo_rectangle_int_t *area,
                                                          GhConsoleFormat              format,
                                                          const guint8                *data,
                                                          gsize                        length,
                                                          gsize                        stride);
cairo_region_t       *gh_console_framebuffer_take_damage (GhConsoleFramebuffer        *self);
GBytes               *gh_console_framebuffer_copy        (GhConsoleFramebuffer        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhConsoleFramebuffer, gh_console_framebuffer_unref)

G_END_DECLS
