/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "vmm-os-database.h"

G_BEGIN_DECLS

#define GH_TYPE_SYSTEM_PAGE (gh_system_page_get_type ())
G_DECLARE_FINAL_TYPE (GhSystemPage, gh_system_page, GH, SYSTEM_PAGE, GtkWidget)

void gh_system_page_set_database (GhSystemPage  *self,
                                  VmmOsDatabase *database);
void gh_system_page_begin        (GhSystemPage  *self);

G_END_DECLS
