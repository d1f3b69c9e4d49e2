/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define GH_TYPE_AMOUNT_ROW (gh_amount_row_get_type ())
G_DECLARE_FINAL_TYPE (GhAmountRow, gh_amount_row, GH, AMOUNT_ROW, AdwPreferencesRow)

void   gh_amount_row_set_range   (GhAmountRow *self,
                                  double       least,
                                  double       recommended,
                                  double       most);
void   gh_amount_row_set_value   (GhAmountRow *self,
                                  double       value);
double gh_amount_row_get_value   (GhAmountRow *self);
void   gh_amount_row_set_message (GhAmountRow *self,
                                  const char  *text,
                                  gboolean     is_problem);

G_END_DECLS
