/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-job-words.h"

#include <glib/gi18n-lib.h>

/* What the core's jobs say that they do; a file's name may follow. */
static const char *const steps[] = {
  N_("Checking the definition"),
  N_("Creating the disk image"),
  N_("Looking at QEMU"),
  N_("Checking the disk images"),
  N_("Starting QEMU"),
  N_("Waiting for the guest to shut down"),
  N_("Starting again"),
};

/**
 * vmm_job_words_translate_step:
 * @step: a job's Step property, in plain English
 *
 * Returns: (transfer none): what the job does, in the person's language and without the file that it
 *   does it to; @step itself if it is not known
 */
const char *
vmm_job_words_translate_step (const char *step)
{
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    if (g_str_has_prefix (step, steps[i]))
      return _(steps[i]);

  return step;
}
