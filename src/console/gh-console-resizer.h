/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-console-source.h"

G_BEGIN_DECLS

typedef struct _GhConsoleResizer GhConsoleResizer;

GhConsoleResizer *gh_console_resizer_new  (GhConsoleSource  *source);
void              gh_console_resizer_free (GhConsoleResizer *self);
void              gh_console_resizer_want (GhConsoleResizer *self,
                                           guint             width,
                                           guint             height,
                                           guint             width_mm,
                                           guint             height_mm);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhConsoleResizer, gh_console_resizer_free)

G_END_DECLS
