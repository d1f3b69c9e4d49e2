/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "gh-console"

#include "config.h"

#include "gh-console-renderer.h"

#include <epoxy/gl.h>
#include <string.h>

static gboolean
is_software (const char *renderer)
{
  return renderer == NULL || strstr (renderer, "llvmpipe") != NULL ||
         strstr (renderer, "softpipe") != NULL || strstr (renderer, "swrast") != NULL;
}

/**
 * gh_console_prefer_cairo_without_gpu:
 * @display: the display, opened, before its first window
 *
 * GTK 4.8 draws with OpenGL even where a processor has to do it, which redraws whole windows for
 * every change. This looks who would do it, and chooses GTK's cairo renderer instead for software.
 * A person's own GSK_RENDERER stays.
 *
 * Returns: whether cairo was chosen
 */
gboolean
gh_console_prefer_cairo_without_gpu (GdkDisplay *display)
{
  g_autoptr (GdkGLContext) context = NULL;
  gboolean has_gpu = FALSE;

  g_return_val_if_fail (GDK_IS_DISPLAY (display), FALSE);

  if (g_getenv ("GSK_RENDERER") != NULL)
    return FALSE;

  context = gdk_display_create_gl_context (display, NULL);
  if (context != NULL && gdk_gl_context_realize (context, NULL))
    {
      gdk_gl_context_make_current (context);
      has_gpu = !is_software ((const char *) glGetString (GL_RENDERER));
      gdk_gl_context_clear_current ();
    }

  if (!has_gpu)
    g_setenv ("GSK_RENDERER", "cairo", TRUE);

  return !has_gpu;
}
