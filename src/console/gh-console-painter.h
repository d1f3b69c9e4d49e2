/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gtk/gtk.h>

#include "gh-console-framebuffer.h"

G_BEGIN_DECLS

typedef struct _GhConsolePainter GhConsolePainter;

/**
 * GhConsolePlace: (skip)
 * @x: left edge of the picture, in device pixels
 * @y: top edge of the picture, in device pixels
 * @scale: device pixels for each guest pixel
 * @device_scale: device pixels for each of GTK's
 *
 * Where a picture goes.
 */
typedef struct
{
  int    x;
  int    y;
  double scale;
  double device_scale;
} GhConsolePlace;

GhConsolePlace    gh_console_place_fit               (double                device_width,
                                                      double                device_height,
                                                      guint                 width,
                                                      guint                 height,
                                                      double                device_scale);
void              gh_console_place_to_guest          (const GhConsolePlace *self,
                                                      double                x,
                                                      double                y,
                                                      guint                 width,
                                                      guint                 height,
                                                      guint                *guest_x,
                                                      guint                *guest_y);

GhConsolePainter *gh_console_painter_new             (void);
void              gh_console_painter_free            (GhConsolePainter     *self);
void              gh_console_painter_set_framebuffer (GhConsolePainter     *self,
                                                      GhConsoleFramebuffer *framebuffer);
GhConsoleFramebuffer *gh_console_painter_get_framebuffer (GhConsolePainter *self);
void              gh_console_painter_damage          (GhConsolePainter     *self,
                                                      cairo_region_t       *region);
gboolean          gh_console_painter_sharpen         (GhConsolePainter     *self);
void              gh_console_painter_snapshot        (GhConsolePainter     *self,
                                                      GtkSnapshot          *snapshot,
                                                      const GhConsolePlace *place);
guint             gh_console_painter_get_n_built     (GhConsolePainter     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhConsolePainter, gh_console_painter_free)

G_END_DECLS
