/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "vmm-client.h"
#include "vmm-job-words.h"

/* Calls are made directly and wait for their answer: a proxy would ask for properties that nobody
 * reads, and that is a large part of what a short command takes. */

/* Long enough for anything that is no job; short enough to tell that nothing comes. */
#define CALL_TIMEOUT_MS (120 * 1000)

gboolean
cli_connect (Cli     *cli,
             GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (cli->connection != NULL)
    return TRUE;

  /* Known before the first answer, so that its error is one of these. */
  vmm_error_quark ();
  cli->connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &local_error);
  if (cli->connection == NULL)
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_NO_CORE,
                   _("There is no session bus to find the core of Guesthouse on.\n%s"),
                   local_error->message);
      return FALSE;
    }
  g_dbus_connection_set_exit_on_close (cli->connection, FALSE);

  return TRUE;
}

static gboolean
is_absent (const GError *error)
{
  static const GDBusError codes[] = {
    G_DBUS_ERROR_SERVICE_UNKNOWN, G_DBUS_ERROR_NAME_HAS_NO_OWNER, G_DBUS_ERROR_SPAWN_EXEC_FAILED,
    G_DBUS_ERROR_SPAWN_FORK_FAILED, G_DBUS_ERROR_SPAWN_CHILD_EXITED, G_DBUS_ERROR_SPAWN_CHILD_SIGNALED,
    G_DBUS_ERROR_SPAWN_FAILED, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND, G_DBUS_ERROR_SPAWN_FILE_INVALID,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, G_DBUS_ERROR, codes[i]))
      return TRUE;

  return FALSE;
}

/* Makes of an error that the bus itself sent one that says what it means. */
static void
take_error (GError **error,
            GError  *given)
{
  if (is_absent (given))
    {
      g_dbus_error_strip_remote_error (given);
      g_set_error (error, CLI_ERROR, CLI_ERROR_NO_CORE,
                   _("The core of Guesthouse could not be started.\n%s"), given->message);
      g_error_free (given);
    }
  else
    {
      g_propagate_error (error, given);
    }
}

GVariant *
cli_no_options (void)
{
  return g_variant_new ("(a{sv})", NULL);
}

/**
 * cli_call:
 * @parameters: (nullable): floating
 *
 * Returns: (transfer full): the tuple that the method gives
 */
GVariant *
cli_call (Cli         *cli,
          const char  *path,
          const char  *interface,
          const char  *method,
          GVariant    *parameters,
          GError     **error)
{
  g_autoptr (GVariant) sunk = parameters != NULL ? g_variant_ref_sink (parameters) : NULL;
  GError *local_error = NULL;
  GVariant *reply;

  if (!cli_connect (cli, error))
    return NULL;

  reply = g_dbus_connection_call_sync (cli->connection, VMM_BUS_NAME, path, interface, method, sunk,
                                       NULL, G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, NULL,
                                       &local_error);
  if (reply == NULL)
    take_error (error, local_error);

  return reply;
}

GVariant *
cli_manager (Cli         *cli,
             const char  *method,
             GVariant    *parameters,
             GError     **error)
{
  return cli_call (cli, VMM_ROOT_PATH, CLI_MANAGER, method, parameters, error);
}

/**
 * cli_call_for_fd:
 * @path: a machine
 *
 * Returns: the descriptor that is the method's first result, or -1
 */
int
cli_call_for_fd (Cli         *cli,
                 const char  *path,
                 const char  *method,
                 GVariant    *parameters,
                 GError     **error)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (parameters);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) handle = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  GError *local_error = NULL;

  if (!cli_connect (cli, error))
    return -1;

  reply = g_dbus_connection_call_with_unix_fd_list_sync (cli->connection, VMM_BUS_NAME, path,
                                                         CLI_MACHINE, method, sunk, NULL,
                                                         G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS,
                                                         NULL, &fds, NULL, &local_error);
  if (reply == NULL)
    {
      take_error (error, local_error);
      return -1;
    }

  if (g_variant_n_children (reply) > 0)
    handle = g_variant_get_child_value (reply, 0);
  if (fds == NULL || handle == NULL || !g_variant_is_of_type (handle, G_VARIANT_TYPE_HANDLE)
      || g_variant_get_handle (handle) < 0
      || g_variant_get_handle (handle) >= g_unix_fd_list_get_length (fds))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED, "%s gave no descriptor", method);
      return -1;
    }

  return g_unix_fd_list_get (fds, g_variant_get_handle (handle), error);
}

static gboolean
check_identity (const char  *name_or_uuid,
                GError     **error)
{
  if (g_utf8_validate (name_or_uuid, -1, NULL))
    return TRUE;

  g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, _("The machine's name is not valid UTF-8."));
  return FALSE;
}

/**
 * cli_find_machine:
 * @name_or_uuid: a name; if no machine has it, a UUID
 *
 * Returns: (transfer full): the object path of the machine
 */
char *
cli_find_machine (Cli         *cli,
                  const char  *name_or_uuid,
                  GError     **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) local_error = NULL;
  char *path = NULL;

  if (!check_identity (name_or_uuid, error))
    return NULL;

  reply = cli_manager (cli, "LookupByName", g_variant_new ("(s)", name_or_uuid), &local_error);
  if (reply == NULL && g_error_matches (local_error, VMM_ERROR, VMM_ERROR_NOT_FOUND)
      && g_uuid_string_is_valid (name_or_uuid))
    {
      g_clear_error (&local_error);
      reply = cli_manager (cli, "LookupByUuid", g_variant_new ("(s)", name_or_uuid), &local_error);
    }
  if (reply == NULL)
    {
      if (g_error_matches (local_error, VMM_ERROR, VMM_ERROR_NOT_FOUND))
        {
          g_autofree char *safe = cli_dup_safe (name_or_uuid);

          g_set_error (error, VMM_ERROR, VMM_ERROR_NOT_FOUND,
                       _("There is no machine “%s”. “guestctl list --all” shows what there is."), safe);
        }
      else
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
        }
      return NULL;
    }

  g_variant_get (reply, "(o)", &path);

  return path;
}

/* Returns: (transfer full): all properties of an object, an a{sv} */
GVariant *
cli_get_all (Cli         *cli,
             const char  *path,
             const char  *interface,
             GError     **error)
{
  g_autoptr (GVariant) reply =
    cli_call (cli, path, CLI_PROPERTIES, "GetAll", g_variant_new ("(s)", interface), error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

/**
 * cli_host_summary:
 *
 * Returns: (transfer full): Manager.HostSummary, once QEMU was probed
 */
GVariant *
cli_host_summary (Cli     *cli,
                  GError **error)
{
  g_autoptr (GVariant) capabilities = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) boxed = NULL;
  g_autoptr (GError) local_error = NULL;

  /* It answers when the probe is done; that there is no QEMU is said in the summary as well. */
  capabilities = cli_manager (cli, "GetCapabilities", NULL, &local_error);
  if (capabilities == NULL && !g_error_matches (local_error, VMM_ERROR, VMM_ERROR_UNSUPPORTED))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  reply = cli_call (cli, VMM_ROOT_PATH, CLI_PROPERTIES, "Get",
                    g_variant_new ("(ss)", CLI_MANAGER, "HostSummary"), error);
  if (reply == NULL)
    return NULL;

  g_variant_get (reply, "(v)", &boxed);

  return g_steal_pointer (&boxed);
}

/* Returns: (transfer none): a text out of an a{sv}; "" if it is not there */
const char *
cli_text (GVariant   *values,
          const char *key)
{
  const char *text = "";

  g_variant_lookup (values, key, "&s", &text);

  return text;
}

/* Returns: a number of whatever width out of an a{sv}; 0 if it is not there */
guint64
cli_number (GVariant   *values,
            const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (values, key, NULL);

  if (value == NULL)
    return 0;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return g_variant_get_uint64 (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return g_variant_get_uint32 (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return (guint64) g_variant_get_int64 (value);

  return 0;
}

/* ---- jobs ---- */

typedef struct
{
  Cli       *cli;
  GMainLoop *loop;
  const char *path;
  GVariant  *reply;
  GError    *error;
  gboolean   is_interrupted;
  gboolean   has_line;       /* a progress line stands on the terminal */
  char      *step;
  double     progress;
} JobWait;

/* On a terminal one line that changes; a line per step for --verbose. */
static void
show_progress (JobWait  *wait,
               gboolean  is_new_step)
{
  g_autofree char *step = NULL;

  if (wait->step == NULL || *wait->step == '\0')
    return;

  step = cli_dup_safe (vmm_job_words_translate_step (wait->step));
  if (wait->cli->is_verbose)
    {
      if (is_new_step)
        cli_say ("%s…", step);
      return;
    }
  if (wait->progress >= 0)
    fprintf (stderr, "\r\033[K%s… %d %%", step, (int) (CLAMP (wait->progress, 0, 1) * 100));
  else
    fprintf (stderr, "\r\033[K%s…", step);
  fflush (stderr);
  wait->has_line = TRUE;
}

static void
job_changed_cb (GDBusConnection *connection,
                const char      *sender,
                const char      *path,
                const char      *interface,
                const char      *signal,
                GVariant        *parameters,
                gpointer         user_data)
{
  JobWait *wait = user_data;
  g_autoptr (GVariant) changed = NULL;
  const char *step;
  gboolean is_new_step;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;

  changed = g_variant_get_child_value (parameters, 1);
  is_new_step = g_variant_lookup (changed, "Step", "&s", &step);
  if (is_new_step)
    {
      g_free (wait->step);
      wait->step = g_strdup (step);
    }
  g_variant_lookup (changed, "Progress", "d", &wait->progress);
  show_progress (wait, is_new_step);
}

static void
job_ended_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  JobWait *wait = user_data;

  wait->reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &wait->error);
  g_main_loop_quit (wait->loop);
}

/* The first Ctrl+C asks the job to stop, and its end is waited for; the second leaves at once. */
static gboolean
interrupt_cb (gpointer user_data)
{
  JobWait *wait = user_data;

  if (wait->is_interrupted)
    {
      g_main_loop_quit (wait->loop);
      return G_SOURCE_CONTINUE;
    }

  wait->is_interrupted = TRUE;
  g_dbus_connection_call (wait->cli->connection, VMM_BUS_NAME, wait->path, CLI_JOB, "Cancel", NULL,
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);

  return G_SOURCE_CONTINUE;
}

/**
 * cli_wait_job:
 * @job: an object path
 *
 * Waits until the job has ended, showing on a terminal what it does. Ctrl+C cancels it.
 *
 * Returns: (transfer full): the job's result, an a{sv}; or %NULL with the job's error
 */
GVariant *
cli_wait_job (Cli         *cli,
              const char  *job,
              GError     **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GVariant) reply = NULL;
  JobWait wait = { .cli = cli, .loop = loop, .path = job, .progress = -1 };
  guint sources[2], subscription = 0;

  if (cli->is_verbose || (isatty (STDERR_FILENO) && !cli->is_quiet))
    subscription = g_dbus_connection_signal_subscribe (cli->connection, VMM_BUS_NAME, CLI_PROPERTIES,
                                                       "PropertiesChanged", job, CLI_JOB,
                                                       G_DBUS_SIGNAL_FLAGS_NONE, job_changed_cb,
                                                       &wait, NULL);
  sources[0] = g_unix_signal_add (SIGINT, interrupt_cb, &wait);
  sources[1] = g_unix_signal_add (SIGTERM, interrupt_cb, &wait);
  g_dbus_connection_call (cli->connection, VMM_BUS_NAME, job, CLI_JOB, "Wait", NULL, NULL,
                          G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, job_ended_cb, &wait);
  g_main_loop_run (loop);

  if (subscription != 0)
    g_dbus_connection_signal_unsubscribe (cli->connection, subscription);
  g_source_remove (sources[0]);
  g_source_remove (sources[1]);
  if (wait.has_line)
    fprintf (stderr, "\r\033[K");
  g_free (wait.step);

  reply = wait.reply;
  if (reply != NULL)
    return g_variant_get_child_value (reply, 0);

  if (wait.is_interrupted
      && (wait.error == NULL || g_error_matches (wait.error, VMM_ERROR, VMM_ERROR_CANCELLED)))
    {
      g_clear_error (&wait.error);
      g_set_error (error, CLI_ERROR, CLI_ERROR_INTERRUPTED, _("Interrupted."));
    }
  else
    {
      take_error (error, wait.error);
    }

  return NULL;
}

/* ---- watching a machine ---- */

typedef struct
{
  Cli            *cli;
  GMainLoop      *loop;
  const char     *path;
  GCancellable   *cancellable;
  GVariantDict   *values;
  CliMachineFunc  func;
  gpointer        user_data;
  GError         *error;
  gboolean        is_done;
} Watch;

static void
judge (Watch *watch)
{
  g_autoptr (GVariant) values = NULL;
  GError *error = NULL;

  if (watch->is_done || watch->error != NULL)
    return;

  if (watch->values != NULL)
    {
      values = g_variant_ref_sink (g_variant_dict_end (watch->values));
      g_variant_dict_unref (watch->values);
      watch->values = g_variant_dict_new (values);
    }

  watch->is_done = watch->func (values, watch->user_data, &error);
  if (error != NULL)
    watch->error = error;
  if (watch->is_done || watch->error != NULL)
    g_main_loop_quit (watch->loop);
}

static void
got_all_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Watch *watch = user_data;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) values = NULL;
  GError *error = NULL;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_error_free (error);
      return;
    }

  g_clear_pointer (&watch->values, g_variant_dict_unref);
  /* Only the core can say that the machine is no more. */
  if (reply == NULL && !g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD)
      && !g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT)
      && !g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE))
    {
      take_error (&watch->error, error);
      g_main_loop_quit (watch->loop);
      return;
    }

  g_clear_error (&error);
  if (reply != NULL)
    {
      values = g_variant_get_child_value (reply, 0);
      watch->values = g_variant_dict_new (values);
    }
  judge (watch);
}

static void
machine_changed_cb (GDBusConnection *connection,
                    const char      *sender,
                    const char      *path,
                    const char      *interface,
                    const char      *signal,
                    GVariant        *parameters,
                    gpointer         user_data)
{
  Watch *watch = user_data;
  g_autoptr (GVariant) changed = NULL;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (watch->values == NULL || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;

  changed = g_variant_get_child_value (parameters, 1);
  g_variant_iter_init (&iter, changed);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    g_variant_dict_insert_value (watch->values, key, value);
  judge (watch);
}

static void
removed_cb (GDBusConnection *connection,
            const char      *sender,
            const char      *path,
            const char      *interface,
            const char      *signal,
            GVariant        *parameters,
            gpointer         user_data)
{
  Watch *watch = user_data;

  g_clear_pointer (&watch->values, g_variant_dict_unref);
  judge (watch);
}

static gboolean
timeout_cb (gpointer user_data)
{
  Watch *watch = user_data;

  g_set_error (&watch->error, VMM_ERROR, VMM_ERROR_TIMEOUT, _("The time to wait is over."));
  g_main_loop_quit (watch->loop);

  return G_SOURCE_CONTINUE;
}

static gboolean
watch_interrupt_cb (gpointer user_data)
{
  Watch *watch = user_data;

  g_set_error (&watch->error, CLI_ERROR, CLI_ERROR_INTERRUPTED, _("Interrupted."));
  g_main_loop_quit (watch->loop);

  return G_SOURCE_CONTINUE;
}

/* A call, so that the bus starts a core that has died. */
static void
ask (Watch *watch)
{
  g_dbus_connection_call (watch->cli->connection, VMM_BUS_NAME, watch->path, CLI_PROPERTIES, "GetAll",
                          g_variant_new ("(s)", CLI_MACHINE), NULL, G_DBUS_CALL_FLAGS_NONE,
                          CALL_TIMEOUT_MS, watch->cancellable, got_all_cb, watch);
}

static void
owner_lost_cb (GDBusConnection *connection,
               const char      *name,
               gpointer         user_data)
{
  ask (user_data);
}

/**
 * cli_watch_machine:
 * @timeout_s: 0 for no limit
 * @func: called at first and after each change, until it says %TRUE or sets an error
 *
 * Watches the properties of a machine, also while the core is started anew.
 */
gboolean
cli_watch_machine (Cli             *cli,
                   const char      *path,
                   guint64          timeout_s,
                   CliMachineFunc   func,
                   gpointer         user_data,
                   GError         **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Watch watch = {
    .cli = cli, .loop = loop, .path = path, .cancellable = cancellable, .func = func,
    .user_data = user_data,
  };
  guint subscriptions[2], watcher, interrupt, timeout = 0;

  subscriptions[0] =
    g_dbus_connection_signal_subscribe (cli->connection, VMM_BUS_NAME, CLI_PROPERTIES,
                                        "PropertiesChanged", path, CLI_MACHINE,
                                        G_DBUS_SIGNAL_FLAGS_NONE, machine_changed_cb, &watch, NULL);
  subscriptions[1] =
    g_dbus_connection_signal_subscribe (cli->connection, VMM_BUS_NAME,
                                        "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved",
                                        VMM_ROOT_PATH, path, G_DBUS_SIGNAL_FLAGS_MATCH_ARG0_PATH,
                                        removed_cb, &watch, NULL);
  watcher = g_bus_watch_name_on_connection (cli->connection, VMM_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                            NULL, owner_lost_cb, &watch, NULL);
  interrupt = g_unix_signal_add (SIGINT, watch_interrupt_cb, &watch);
  if (timeout_s != 0)
    timeout = g_timeout_add_seconds (MIN (timeout_s, G_MAXUINT / 1000), timeout_cb, &watch);
  ask (&watch);
  g_main_loop_run (loop);

  /* An answer that still comes finds nothing here any more. */
  g_cancellable_cancel (cancellable);
  g_dbus_connection_signal_unsubscribe (cli->connection, subscriptions[0]);
  g_dbus_connection_signal_unsubscribe (cli->connection, subscriptions[1]);
  g_bus_unwatch_name (watcher);
  g_source_remove (interrupt);
  if (timeout != 0)
    g_source_remove (timeout);
  g_clear_pointer (&watch.values, g_variant_dict_unref);

  if (watch.error != NULL)
    {
      g_propagate_error (error, watch.error);
      return FALSE;
    }

  return TRUE;
}
