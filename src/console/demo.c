/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gtk/gtk.h>
#include <stdlib.h>

#include "gh-console.h"

/*
 * Shows one machine's screen: QEMU_DISPLAY_FD is a descriptor, inherited, whose other end QEMU got
 * with QMP's add_client and the protocol @dbus-display. Press F8 (after Left Ctrl+Left Alt) to let
 * the guest follow the window's size.
 */
static void
closed_cb (GhConsoleSource *source,
           const GError    *error,
           gpointer         user_data)
{
  g_print ("closed: %s\n", error != NULL ? error->message : "by us");
}

static gboolean
resize_cb (GtkWidget *widget,
           GVariant  *arguments,
           gpointer   user_data)
{
  GhConsoleDisplay *display = user_data;

  gh_console_display_set_resize_guest (display, !gh_console_display_get_resize_guest (display));

  return TRUE;
}

static void
activate_cb (GtkApplication *application,
             gpointer        user_data)
{
  GtkWidget *window = gtk_application_window_new (application);
  GtkWidget *display = gh_console_display_new ();
  GtkEventController *shortcuts = gtk_shortcut_controller_new ();
  g_autoptr (GhConsoleSource) source = NULL;

  source = gh_console_dbus_source_new_for_fd (GPOINTER_TO_INT (user_data));
  g_signal_connect (source, "closed", G_CALLBACK (closed_cb), NULL);
  gh_console_display_set_source (GH_CONSOLE_DISPLAY (display), source);

  gtk_shortcut_controller_add_shortcut (
    GTK_SHORTCUT_CONTROLLER (shortcuts),
    gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_F8, 0),
                      gtk_callback_action_new (resize_cb, display, NULL)));
  gtk_widget_add_controller (window, shortcuts);

  gtk_window_set_title (GTK_WINDOW (window), "Console demo");
  gtk_window_set_default_size (GTK_WINDOW (window), 800, 600);
  gtk_window_set_child (GTK_WINDOW (window), display);
  gtk_window_present (GTK_WINDOW (window));
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GtkApplication) application = NULL;
  const char *fd = g_getenv ("QEMU_DISPLAY_FD");

  if (fd == NULL || !gtk_init_check ())
    {
      g_printerr ("Needs a display, and QEMU_DISPLAY_FD with an inherited descriptor.\n");
      return EXIT_FAILURE;
    }

  gh_console_prefer_cairo_without_gpu (gdk_display_get_default ());
  application = gtk_application_new ("org.guesthouse.ConsoleDemo", G_APPLICATION_NON_UNIQUE);
  g_signal_connect (application, "activate", G_CALLBACK (activate_cb),
                    GINT_TO_POINTER (atoi (fd)));

  return g_application_run (G_APPLICATION (application), argc, argv);
}
