/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-about.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* AdwAboutWindow gives way to AdwAboutDialog in libadwaita 1.5; their properties are the same. */
#if ADW_CHECK_VERSION (1, 5, 0)
#define ABOUT_TYPE ADW_TYPE_ABOUT_DIALOG
#else
#define ABOUT_TYPE ADW_TYPE_ABOUT_WINDOW
#endif

/**
 * gh_about_show:
 * @parent: (nullable): the window it belongs to
 */
void
gh_about_show (GtkWindow *parent)
{
  GObject *about = g_object_new (ABOUT_TYPE,
                                 "application-name", _("Guesthouse"),
                                 "application-icon", "org.guesthouse.Guesthouse",
                                 "version", PACKAGE_VERSION,
                                 "comments", _("Runs virtual machines on this computer."),
                                 "developer-name", _("The Guesthouse developers"),
                                 "license-type", GTK_LICENSE_GPL_3_0,
                                 /* Translators: your names, one a line */
                                 "translator-credits", _("translator-credits"),
                                 NULL);

#if ADW_CHECK_VERSION (1, 5, 0)
  adw_dialog_present (ADW_DIALOG (about), parent != NULL ? GTK_WIDGET (parent) : NULL);
#else
  gtk_window_set_transient_for (GTK_WINDOW (about), parent);
  gtk_window_set_modal (GTK_WINDOW (about), parent != NULL);
  gtk_window_present (GTK_WINDOW (about));
#endif
}
