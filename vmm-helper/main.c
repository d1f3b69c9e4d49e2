/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <libxml/parser.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmm-client.h"
#include "vmm-manager.h"

#define LOCK_TRIES 20
#define LOCK_PAUSE_US (100 * 1000)

typedef struct
{
  GMainLoop  *loop;
  VmmManager *manager;
  guint       name;
  int         status;
} Core;

static void
name_lost_cb (GDBusConnection *connection,
              const char      *name,
              gpointer         user_data)
{
  Core *core = user_data;

  g_printerr ("guesthouse-vmm: another core has the bus name “%s”\n", name);
  core->status = EXIT_FAILURE;
  g_main_loop_quit (core->loop);
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Core *core = user_data;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  if (!vmm_manager_load_finish (core->manager, result, &error))
    {
      g_printerr ("guesthouse-vmm: %s\n", error->message);
      core->status = EXIT_FAILURE;
      g_main_loop_quit (core->loop);
      return;
    }

  connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  core->name = g_bus_own_name_on_connection (connection, VMM_BUS_NAME,
                                             G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, NULL,
                                             name_lost_cb, core, NULL);
}

static void
bus_closed_cb (GDBusConnection *connection,
               gboolean         remote_peer_vanished,
               GError          *error,
               gpointer         user_data)
{
  Core *core = user_data;

  /* The session has ended, or its bus has; the machines go on, and the next core finds them. */
  g_main_loop_quit (core->loop);
}

static gboolean
signal_cb (gpointer user_data)
{
  Core *core = user_data;

  g_main_loop_quit (core->loop);

  return G_SOURCE_CONTINUE;
}

/* A few descriptors per machine add up; the usual soft limit of 1024 is for programs that use select(). */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
}

/* Two cores must not work on the same files; the bus name comes too late for that. The lock ends with the
 * process. A process at its gate, forked by a core that was killed, may hold it for a moment longer. */
static gboolean
take_lock (const char *runtime)
{
  g_autofree char *path = g_strconcat (runtime, ".lock", NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  for (int tries = 0; fd >= 0 && tries < LOCK_TRIES; tries++)
    {
      if (flock (fd, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
      g_usleep (LOCK_PAUSE_US);
    }

  return FALSE;
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (VmmPaths) paths = NULL;
  g_autoptr (GError) error = NULL;
  gboolean show_version = FALSE;
  Core core = { 0 };
  const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, "Print the version", NULL },
    { NULL }
  };

  /* What it says goes to programs and to logs: English, and dots in numbers. */
  setlocale (LC_ALL, "C.UTF-8");
  signal (SIGPIPE, SIG_IGN);
  umask (0077);

  context = g_option_context_new (NULL);
  g_option_context_set_summary (context, "Runs this user's virtual machines for Guesthouse. The "
                                "session bus starts it when it is needed.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("guesthouse-vmm: %s\n", error->message);
      return 2;
    }
  if (show_version)
    {
      g_print ("guesthouse-vmm %s\n", PACKAGE_VERSION);
      return EXIT_SUCCESS;
    }

  xmlInitParser ();
  connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  if (connection != NULL)
    paths = vmm_paths_new_session (&error);
  if (paths == NULL)
    {
      g_printerr ("guesthouse-vmm: %s\n", error->message);
      return EXIT_FAILURE;
    }

  raise_descriptor_limit ();
  if (!take_lock (paths->runtime))
    {
      g_printerr ("guesthouse-vmm: another core works with “%s”\n", paths->runtime);
      return EXIT_FAILURE;
    }

  core.loop = g_main_loop_new (NULL, FALSE);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_signal_connect (connection, "closed", G_CALLBACK (bus_closed_cb), &core);
  g_unix_signal_add (SIGTERM, signal_cb, &core);
  g_unix_signal_add (SIGINT, signal_cb, &core);
  g_unix_signal_add (SIGHUP, signal_cb, &core);

  core.manager = vmm_manager_new (g_steal_pointer (&paths), connection);
  vmm_manager_load_async (core.manager, loaded_cb, &core);
  g_main_loop_run (core.loop);

  g_clear_handle_id (&core.name, g_bus_unown_name);
  g_clear_object (&core.manager);
  g_main_loop_unref (core.loop);
  xmlCleanupParser ();

  return core.status;
}
