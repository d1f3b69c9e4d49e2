/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-console.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "vmm-error.h"
#include "vmm-fd.h"
#include "vmm-file.h"
#include "vmm-socket.h"

/* Recent output that a new reader gets first, and the most that waits for a slow one. */
#define HISTORY_BYTES (64 * 1024)

/* The log is cut when it has grown to this. */
#define MAX_LOG_BYTES (1024 * 1024)

/* Input taken from a writer while the guest does not take it. */
#define INPUT_BYTES 4096

/* Readers of one console at the most. */
#define MAX_READERS 64

typedef struct
{
  VmmConsole *console;      /* not owned */
  GSocket    *socket;
  GSource    *in_source;
  GSource    *out_source;
  GByteArray *output;       /* what its socket did not take yet */
  gboolean    is_writer;
} Reader;

/**
 * VmmConsole:
 *
 * A serial port: QEMU's end takes one client, which is the core, and any number read from us; one of
 * them may write. Nobody waits for anybody: who does not read loses the oldest output. Readers stay
 * when the machine is off and go on when it runs again.
 */
struct _VmmConsole
{
  GObject     parent_instance;

  char       *alias;
  char       *log_path;     /* QEMU's, or NULL */
  gsize       logged_bytes; /* since it was cut, about */
  GSocket    *socket;       /* QEMU's; NULL while off */
  GSource    *in_source;
  GSource    *out_source;
  GByteArray *history;
  GByteArray *input;        /* what QEMU did not take yet */
  GPtrArray  *readers;
};

G_DEFINE_FINAL_TYPE (VmmConsole, vmm_console, G_TYPE_OBJECT)

static void reader_flush   (Reader     *reader);
static void pause_writer   (VmmConsole *self);
static void resume_writer  (VmmConsole *self);

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;

  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
watch (GSocket        *socket,
       GIOCondition    condition,
       GSocketSourceFunc func,
       gpointer        data,
       GSource       **source)
{
  if (*source != NULL)
    return;

  *source = g_socket_create_source (socket, condition, NULL);
  g_source_set_callback (*source, G_SOURCE_FUNC (func), data, NULL);
  g_source_attach (*source, g_main_context_get_thread_default ());
}

static void
reader_free (Reader *reader)
{
  clear_source (&reader->in_source);
  clear_source (&reader->out_source);
  g_socket_close (reader->socket, NULL);
  g_object_unref (reader->socket);
  g_byte_array_unref (reader->output);
  g_free (reader);
}

static void
append_limited (GByteArray   *array,
                const guint8 *data,
                gsize         length)
{
  if (length >= HISTORY_BYTES)
    {
      g_byte_array_set_size (array, 0);
      data += length - HISTORY_BYTES;
      length = HISTORY_BYTES;
    }
  else if (array->len + length > HISTORY_BYTES)
    {
      g_byte_array_remove_range (array, 0, array->len + length - HISTORY_BYTES);
    }

  g_byte_array_append (array, data, length);
}

static gboolean
reader_out_cb (GSocket      *socket,
               GIOCondition  condition,
               gpointer      user_data)
{
  Reader *reader = user_data;

  clear_source (&reader->out_source);
  reader_flush (reader);

  return G_SOURCE_REMOVE;
}

static void
reader_flush (Reader *reader)
{
  while (reader->output->len > 0)
    {
      g_autoptr (GError) error = NULL;
      gssize n = g_socket_send (reader->socket, (const char *) reader->output->data,
                                reader->output->len, NULL, &error);

      if (n <= 0)
        {
          /* Another error shows up as the end of its input, where it is handled. */
          if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            watch (reader->socket, G_IO_OUT, reader_out_cb, reader, &reader->out_source);
          return;
        }
      g_byte_array_remove_range (reader->output, 0, n);
    }
}

static gboolean guest_out_cb (GSocket      *socket,
                              GIOCondition  condition,
                              gpointer      user_data);

static void
flush_input (VmmConsole *self)
{
  while (self->socket != NULL && self->input->len > 0)
    {
      g_autoptr (GError) error = NULL;
      gssize n = g_socket_send (self->socket, (const char *) self->input->data, self->input->len,
                                NULL, &error);

      if (n <= 0)
        {
          if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            watch (self->socket, G_IO_OUT, guest_out_cb, self, &self->out_source);
          return;
        }
      g_byte_array_remove_range (self->input, 0, n);
    }

  resume_writer (self);
}

static gboolean
guest_out_cb (GSocket      *socket,
              GIOCondition  condition,
              gpointer      user_data)
{
  VmmConsole *self = user_data;

  clear_source (&self->out_source);
  flush_input (self);

  return G_SOURCE_REMOVE;
}

static gboolean
reader_in_cb (GSocket      *socket,
              GIOCondition  condition,
              gpointer      user_data)
{
  Reader *reader = user_data;
  VmmConsole *self = reader->console;
  g_autoptr (GError) error = NULL;
  char buffer[INPUT_BYTES];
  gssize n;

  n = g_socket_receive (socket, buffer, sizeof buffer, NULL, &error);
  if (n == 0 || (n < 0 && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)))
    {
      g_ptr_array_remove (self->readers, reader);
      return G_SOURCE_REMOVE;
    }

  /* Who may not write is heard, so that its end is noticed, and ignored. While the machine is off
   * there is nobody to type to. */
  if (n > 0 && reader->is_writer && self->socket != NULL)
    {
      g_byte_array_append (self->input, (const guint8 *) buffer, n);
      if (self->input->len >= INPUT_BYTES)
        pause_writer (self);
      flush_input (self);
    }

  return reader->in_source != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* A guest that does not read its port must not make us hoard what somebody pastes. */
static void
pause_writer (VmmConsole *self)
{
  for (guint i = 0; i < self->readers->len; i++)
    {
      Reader *reader = g_ptr_array_index (self->readers, i);

      if (reader->is_writer)
        clear_source (&reader->in_source);
    }
}

static void
resume_writer (VmmConsole *self)
{
  for (guint i = 0; i < self->readers->len; i++)
    {
      Reader *reader = g_ptr_array_index (self->readers, i);

      watch (reader->socket, G_IO_IN, reader_in_cb, reader, &reader->in_source);
    }
}

static void
detach (VmmConsole *self)
{
  clear_source (&self->in_source);
  clear_source (&self->out_source);
  if (self->socket != NULL)
    g_socket_close (self->socket, NULL);
  g_clear_object (&self->socket);
  g_byte_array_set_size (self->input, 0);
  resume_writer (self);
}

/* The log is in the runtime folder, which is memory, and exists to give the next core its history: it
 * needs no more than that. QEMU appends, so it goes on after what we leave. */
static void
cut_log (VmmConsole *self)
{
  vmm_autofd int fd = self->log_path != NULL
                      ? open (self->log_path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW) : -1;

  if (fd < 0 || write (fd, self->history->data, self->history->len) < 0)
    g_debug ("The log of %s was not cut", self->alias);
  self->logged_bytes = self->history->len;
}

static gboolean
guest_in_cb (GSocket      *socket,
             GIOCondition  condition,
             gpointer      user_data)
{
  VmmConsole *self = user_data;
  g_autoptr (GError) error = NULL;
  guint8 buffer[16384];
  gssize n;

  n = g_socket_receive (socket, (char *) buffer, sizeof buffer, NULL, &error);
  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;
  if (n <= 0)
    {
      detach (self);
      return G_SOURCE_REMOVE;
    }

  append_limited (self->history, buffer, n);
  self->logged_bytes += n;
  if (self->logged_bytes > MAX_LOG_BYTES)
    cut_log (self);
  for (guint i = 0; i < self->readers->len; i++)
    {
      Reader *reader = g_ptr_array_index (self->readers, i);

      append_limited (reader->output, buffer, n);
      reader_flush (reader);
    }

  return G_SOURCE_CONTINUE;
}

static void
vmm_console_dispose (GObject *object)
{
  VmmConsole *self = VMM_CONSOLE (object);

  detach (self);
  g_ptr_array_set_size (self->readers, 0);

  G_OBJECT_CLASS (vmm_console_parent_class)->dispose (object);
}

static void
vmm_console_finalize (GObject *object)
{
  VmmConsole *self = VMM_CONSOLE (object);

  g_free (self->alias);
  g_free (self->log_path);
  g_byte_array_unref (self->history);
  g_byte_array_unref (self->input);
  g_ptr_array_unref (self->readers);

  G_OBJECT_CLASS (vmm_console_parent_class)->finalize (object);
}

static void
vmm_console_class_init (VmmConsoleClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vmm_console_dispose;
  G_OBJECT_CLASS (klass)->finalize = vmm_console_finalize;
}

static void
vmm_console_init (VmmConsole *self)
{
  self->history = g_byte_array_new ();
  self->input = g_byte_array_new ();
  self->readers = g_ptr_array_new_with_free_func ((GDestroyNotify) reader_free);
}

/**
 * vmm_console_new:
 * @alias: e.g. "serial0"
 * @log_path: (nullable): where QEMU logs the output; its end becomes the history, so that it
 *   survives a restart of the core
 */
VmmConsole *
vmm_console_new (const char *alias,
                 const char *log_path)
{
  VmmConsole *self = g_object_new (VMM_TYPE_CONSOLE, NULL);

  self->alias = g_strdup (alias);
  if (log_path != NULL)
    {
      g_autofree char *text = vmm_file_read_tail (log_path, HISTORY_BYTES);

      g_byte_array_append (self->history, (const guint8 *) text, strlen (text));
      self->log_path = g_strdup (log_path);
    }

  return self;
}

/**
 * vmm_console_attach:
 * @socket: QEMU's side, connected and non-blocking
 *
 * The machine has started. It detaches by itself when QEMU goes.
 */
void
vmm_console_attach (VmmConsole *self,
                    GSocket    *socket)
{
  g_return_if_fail (VMM_IS_CONSOLE (self));

  detach (self);
  self->socket = g_object_ref (socket);
  g_socket_set_blocking (socket, FALSE);
  watch (socket, G_IO_IN, guest_in_cb, self, &self->in_source);
}

/**
 * vmm_console_open:
 *
 * Returns: our caller's end of a stream, or -1 with VMM_ERROR_BUSY if somebody else may write, or
 *   too many read
 */
int
vmm_console_open (VmmConsole       *self,
                  VmmConsoleFlags   flags,
                  GError          **error)
{
  vmm_autofd int theirs = -1;
  gboolean wants_write = (flags & VMM_CONSOLE_FLAGS_READ_ONLY) == 0;
  Reader *reader;
  GSocket *socket;
  int fds[2];

  g_return_val_if_fail (VMM_IS_CONSOLE (self), -1);

  if (self->readers->len >= MAX_READERS)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_BUSY, "%u readers have the console “%s” open already",
                   self->readers->len, self->alias);
      return -1;
    }

  for (guint i = 0; wants_write && i < self->readers->len; i++)
    {
      Reader *other = g_ptr_array_index (self->readers, i);

      if (!other->is_writer)
        continue;
      if ((flags & VMM_CONSOLE_FLAGS_FORCE) == 0)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_BUSY,
                       "Somebody else types on the console “%s”; take it over with force, or open "
                       "it read-only", self->alias);
          return -1;
        }
      other->is_writer = FALSE;
    }

  if (!vmm_socket_pair (fds, error))
    return -1;
  theirs = fds[1];
  socket = g_socket_new_from_fd (fds[0], error);
  if (socket == NULL)
    {
      close (fds[0]);
      return -1;
    }

  g_socket_set_blocking (socket, FALSE);
  reader = g_new0 (Reader, 1);
  reader->console = self;
  reader->socket = socket;
  reader->output = g_byte_array_new ();
  reader->is_writer = wants_write;
  g_ptr_array_add (self->readers, reader);
  watch (socket, G_IO_IN, reader_in_cb, reader, &reader->in_source);

  if ((flags & VMM_CONSOLE_FLAGS_HISTORY) != 0)
    append_limited (reader->output, self->history->data, self->history->len);
  reader_flush (reader);

  return g_steal_fd (&theirs);
}
