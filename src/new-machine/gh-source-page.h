/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GH_TYPE_SOURCE_PAGE (gh_source_page_get_type ())
G_DECLARE_FINAL_TYPE (GhSourcePage, gh_source_page, GH, SOURCE_PAGE, GtkWidget)

void gh_source_page_set_busy  (GhSourcePage *self,
                               const char   *text);
void gh_source_page_set_error (GhSourcePage *self,
                               const char   *text);
void gh_source_page_remember  (GhSourcePage *self,
                               GFile        *file);

G_END_DECLS
