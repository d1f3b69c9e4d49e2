/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <locale.h>

#include <glib/gi18n.h>

#include "gh-application.h"
#include "gh-stall-detector.h"

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GhApplication) application = NULL;
  const char *locale_dir = g_getenv ("GUESTHOUSE_LOCALE_DIR");

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir != NULL ? locale_dir : LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  gh_stall_detector_start_from_environment ();
  application = gh_application_new ();

  return g_application_run (G_APPLICATION (application), argc, argv);
}
