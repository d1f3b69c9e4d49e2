/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-machine-window.h"

/* Opens the window of the first machine that the core has: the application without the rest. */
static void
connected_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  VmmClient *client = VMM_CLIENT (source);
  g_autoptr (VmmRemoteMachine) machine = NULL;
  g_autoptr (GError) error = NULL;

  if (!vmm_client_connect_finish (client, result, &error))
    g_error ("%s", error->message);

  machine = g_list_model_get_item (vmm_client_get_machines (client), 0);
  g_assert_nonnull (machine);
  gtk_window_present (GTK_WINDOW (gh_machine_window_new (user_data, client, machine)));
  g_application_release (user_data);
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
