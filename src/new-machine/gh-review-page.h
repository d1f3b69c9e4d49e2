/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "vmm-new-machine.h"

G_BEGIN_DECLS

#define GH_TYPE_REVIEW_PAGE (gh_review_page_get_type ())
G_DECLARE_FINAL_TYPE (GhReviewPage, gh_review_page, GH, REVIEW_PAGE, GtkWidget)

void gh_review_page_set_machine   (GhReviewPage  *self,
                                   VmmNewMachine *machine);
void gh_review_page_set_core_lost (GhReviewPage  *self,
                                   gboolean       is_lost);
void gh_review_page_set_error     (GhReviewPage  *self,
                                   const GError  *error);
void gh_review_page_begin         (GhReviewPage  *self);

G_END_DECLS
