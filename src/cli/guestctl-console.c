/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl-console.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "vmm-client.h"

/* Ctrl+] */
#define ESCAPE_BYTE 0x1d

/* What waits for a guest that does not read. A pipe is not read meanwhile; what is typed beyond it is
 * lost, as on a real line, but Ctrl+] is still seen. */
#define MAX_PENDING_BYTES 4096

/* After the machine has gone off its last words may still be on their way. */
#define LAST_WORDS_MS 200

static struct
{
  char     *devname;
  gboolean  force;
  gboolean  safe;
} options;

static const GOptionEntry entries[] = {
  { "devname", 0, 0, G_OPTION_ARG_STRING, &options.devname,
    N_("Which serial port; the first by default"), N_("ALIAS") },
  { "force", 0, 0, G_OPTION_ARG_NONE, &options.force,
    N_("Take the right to type from who has it"), NULL },
  { "safe", 0, 0, G_OPTION_ARG_NONE, &options.safe,
    N_("Refuse if somebody else types there (the default)"), NULL },
  G_OPTION_ENTRY_NULL
};

typedef struct
{
  Cli            *cli;
  GMainLoop      *loop;
  int             fd;           /* the console's socket */
  GByteArray     *pending;      /* read from standard input, not taken by the guest */
  guint           in_source;
  guint           out_source;
  guint           stdin_source;
  guint           off_source;
  gboolean        is_terminal;      /* standard input */
  gboolean        has_input_ended;
  struct termios  saved;
  gboolean        has_left;     /* by Ctrl+], or a signal */
  gboolean        is_off;
  GError         *error;
} Console;

static gboolean stdin_cb (int           fd,
                          GIOCondition  condition,
                          gpointer      user_data);

static void
leave (Console *self)
{
  g_main_loop_quit (self->loop);
}

static gboolean
write_all (const guint8 *data,
           gsize         length)
{
  while (length > 0)
    {
      gssize n = write (STDOUT_FILENO, data, length);

      if (n < 0 && errno == EAGAIN)
        {
          GPollFD poll_fd = { .fd = STDOUT_FILENO, .events = G_IO_OUT };

          g_poll (&poll_fd, 1, -1);
          continue;
        }
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      data += n;
      length -= n;
    }

  return TRUE;
}

static gboolean
in_cb (int          fd,
       GIOCondition condition,
       gpointer     user_data)
{
  Console *self = user_data;
  guint8 buffer[16384];
  gssize n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;

  if (n <= 0)
    {
      if (!self->is_off)
        g_set_error (&self->error, VMM_ERROR, VMM_ERROR_HYPERVISOR,
                     _("The core of Guesthouse has ended the console."));
      self->in_source = 0;
      leave (self);
      return G_SOURCE_REMOVE;
    }

  if (!write_all (buffer, n))
    {
      self->in_source = 0;
      leave (self);
      return G_SOURCE_REMOVE;
    }

  return G_SOURCE_CONTINUE;
}

static void flush_pending (Console *self);

static gboolean
out_cb (int          fd,
        GIOCondition condition,
        gpointer     user_data)
{
  Console *self = user_data;

  self->out_source = 0;
  flush_pending (self);

  return G_SOURCE_REMOVE;
}

static void
flush_pending (Console *self)
{
  while (self->pending->len > 0)
    {
      gssize n = send (self->fd, self->pending->data, self->pending->len,
                       MSG_DONTWAIT | MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN && self->out_source == 0)
        self->out_source = g_unix_fd_add (self->fd, G_IO_OUT, out_cb, self);
      /* Another error shows as the end of the output. */
      if (n <= 0)
        return;
      g_byte_array_remove_range (self->pending, 0, n);
    }

  if (self->stdin_source == 0 && !self->is_terminal && !self->has_input_ended)
    self->stdin_source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, stdin_cb, self);
}

static gboolean
stdin_cb (int          fd,
          GIOCondition condition,
          gpointer     user_data)
{
  Console *self = user_data;
  guint8 buffer[1024];
  gssize n = read (fd, buffer, sizeof buffer);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;

  if (n <= 0)
    {
      /* A terminal that is gone ends us; at the end of a file the answers are still wanted. */
      if (self->is_terminal)
        leave (self);
      self->has_input_ended = TRUE;
      self->stdin_source = 0;
      return G_SOURCE_REMOVE;
    }

  if (self->is_terminal)
    {
      const guint8 *escape = memchr (buffer, ESCAPE_BYTE, n);

      if (escape != NULL)
        {
          self->has_left = TRUE;
          n = escape - buffer;
        }
      n = MIN (n, (gssize) (MAX_PENDING_BYTES - MIN (self->pending->len, MAX_PENDING_BYTES)));
    }
  g_byte_array_append (self->pending, buffer, n);
  flush_pending (self);

  if (self->has_left)
    {
      self->stdin_source = 0;
      leave (self);
      return G_SOURCE_REMOVE;
    }
  if (!self->is_terminal && self->pending->len > 0)
    {
      self->stdin_source = 0;
      return G_SOURCE_REMOVE;
    }

  return G_SOURCE_CONTINUE;
}

static gboolean
off_cb (gpointer user_data)
{
  Console *self = user_data;

  self->off_source = 0;
  leave (self);

  return G_SOURCE_REMOVE;
}

/* The console itself outlives a run of the machine; who looks at it has seen the end. */
static void
changed_cb (GDBusConnection *connection,
            const char      *sender,
            const char      *path,
            const char      *interface,
            const char      *signal_name,
            GVariant        *parameters,
            gpointer         user_data)
{
  Console *self = user_data;
  g_autoptr (GVariant) changed = NULL;
  const char *state;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;

  changed = g_variant_get_child_value (parameters, 1);
  if (!g_variant_lookup (changed, "State", "&s", &state))
    return;

  self->is_off = g_str_equal (state, "off");
  if (self->is_off && self->off_source == 0)
    self->off_source = g_timeout_add (LAST_WORDS_MS, off_cb, self);
  else if (!self->is_off)
    g_clear_handle_id (&self->off_source, g_source_remove);
}

static gboolean
signal_cb (gpointer user_data)
{
  Console *self = user_data;

  self->has_left = TRUE;
  leave (self);

  return G_SOURCE_CONTINUE;
}

static void
make_raw (Console *self)
{
  struct termios raw;

  self->is_terminal = isatty (STDIN_FILENO) && tcgetattr (STDIN_FILENO, &self->saved) == 0;
  if (!self->is_terminal)
    return;

  raw = self->saved;
  cfmakeraw (&raw);
  tcsetattr (STDIN_FILENO, TCSADRAIN, &raw);
}

static void
run (Console *self)
{
  guint signals[3];

  signals[0] = g_unix_signal_add (SIGINT, signal_cb, self);
  signals[1] = g_unix_signal_add (SIGTERM, signal_cb, self);
  signals[2] = g_unix_signal_add (SIGHUP, signal_cb, self);
  make_raw (self);
  self->in_source = g_unix_fd_add (self->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, in_cb, self);
  self->stdin_source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, stdin_cb, self);

  g_main_loop_run (self->loop);

  if (self->is_terminal)
    tcsetattr (STDIN_FILENO, TCSADRAIN, &self->saved);
  g_clear_handle_id (&self->in_source, g_source_remove);
  g_clear_handle_id (&self->out_source, g_source_remove);
  g_clear_handle_id (&self->stdin_source, g_source_remove);
  g_clear_handle_id (&self->off_source, g_source_remove);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_source_remove (signals[i]);
}

/**
 * cli_console:
 * @machine: a name or UUID
 * @alias: (nullable): which port; the first by default
 *
 * Joins the terminal and a serial port until Ctrl+], the machine's end or a signal. The terminal is
 * as it was afterwards.
 */
int
cli_console (Cli              *cli,
             const char       *machine,
             const char       *alias,
             CliConsoleFlags   flags,
             GError          **error)
{
  g_autofree char *path = cli_find_machine (cli, machine, error);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *safe = NULL;
  Console console = { .cli = cli, .loop = loop };
  GVariantDict dict;
  guint subscription;

  if (path == NULL)
    return CLI_EXIT_FAILED;

  /* Before the call, so that no end of the machine is missed. */
  subscription =
    g_dbus_connection_signal_subscribe (cli->connection, VMM_BUS_NAME, CLI_PROPERTIES,
                                        "PropertiesChanged", path, CLI_MACHINE,
                                        G_DBUS_SIGNAL_FLAGS_NONE, changed_cb, &console, NULL);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "force", "b", (flags & CLI_CONSOLE_FORCE) != 0);
  console.fd = cli_call_for_fd (cli, path, "OpenConsole",
                                g_variant_new ("(s@a{sv})", alias != NULL ? alias : "",
                                               g_variant_dict_end (&dict)),
                                error);
  if (console.fd < 0)
    {
      g_dbus_connection_signal_unsubscribe (cli->connection, subscription);
      return CLI_EXIT_FAILED;
    }

  safe = cli_dup_safe (machine);
  if (isatty (STDIN_FILENO) && !cli->is_quiet)
    cli_say (_("Connected to “%s”; leave with Ctrl+]"), safe);
  console.pending = g_byte_array_new ();
  run (&console);
  g_dbus_connection_signal_unsubscribe (cli->connection, subscription);
  close (console.fd);
  g_byte_array_unref (console.pending);
  if (isatty (STDIN_FILENO) && !cli->is_quiet)
    cli_say ("\n%s", _("The console was left; the machine goes on"));

  if (console.error != NULL)
    {
      g_propagate_error (error, console.error);
      return CLI_EXIT_FAILED;
    }

  return CLI_EXIT_OK;
}

static int
console_run (Cli     *cli,
             GError **error)
{
  if (options.force && options.safe)
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   _("“--force” and “--safe” exclude each other."));
      return CLI_EXIT_USAGE;
    }

  return cli_console (cli, cli->args[0], options.devname,
                      options.force ? CLI_CONSOLE_FORCE : CLI_CONSOLE_NONE, error);
}

const CliCommand cli_console_commands[] = {
  { .name = "console", .arguments = "MACHINE",
    .summary = N_("Go to the serial console of a machine"),
    .options = entries, .run = console_run },
  { .name = NULL },
};
