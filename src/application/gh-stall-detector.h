/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void gh_stall_detector_start_from_environment (void);

G_END_DECLS
