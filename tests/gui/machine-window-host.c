/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-machine-window.h"

static void
window_gone_cb (gpointer  application,
                GObject  *window)
{
  g_application_release (application);
}

/* Opens the window of the first machine that the core has: the application without the rest. It ends
 * once the window is freed, for which it does not suffice that it was closed. */
static void
connected_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  VmmClient *client = VMM_CLIENT (source);
  g_autoptr (VmmRemoteMachine) machine = NULL;
  g_autoptr (GError) error = NULL;
  GtkWidget *window;

  if (!vmm_client_connect_finish (client, result, &error))
    g_error ("%s", error->message);

  machine = g_list_model_get_item (vmm_client_get_machines (client), 0);
  g_assert_nonnull (machine);
  window = gh_machine_window_new (user_data, client, machine);
  g_object_weak_ref (G_OBJECT (window), window_gone_cb, user_data);
  gtk_window_present (GTK_WINDOW (window));
}

static void
activate_cb (GApplication *application,
             VmmClient    *client)
{
  g_application_hold (application);
  vmm_client_connect_async (client, NULL, connected_cb, application);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (VmmClient) client = vmm_client_new ();
  g_autoptr (AdwApplication) application =
    adw_application_new ("org.guesthouse.MachineWindowHost", G_APPLICATION_NON_UNIQUE);

  g_signal_connect (application, "activate", G_CALLBACK (activate_cb), client);

  return g_application_run (G_APPLICATION (application), argc, argv);
}
