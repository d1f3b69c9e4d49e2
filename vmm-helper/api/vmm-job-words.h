/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

const char *vmm_job_words_translate_step (const char *step);

G_END_DECLS
