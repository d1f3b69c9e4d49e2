/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-qmp.h"

#include <gio/gunixfdmessage.h>
#include <string.h>

#include "vmm-error.h"

/* How much is read before other sources get their turn: a QEMU that floods us with events must not
 * keep us from the other machines. */
#define READ_SIZE 65536

/**
 * VmmQmp:
 *
 * A QMP client on a connected socket. Commands are sent in the order of the calls and several may be
 * under way; replies are told apart by their id. QEMU is not trusted: lines and nesting are limited,
 * and what does not fit the protocol closes the connection.
 */
struct _VmmQmp
{
  GObject     parent_instance;

  GSocket    *socket;
  GSource    *read_source;
  GSource    *write_source;
  GByteArray *input;        /* what has no newline yet */
  gsize       scanned;      /* bytes of it known to hold no newline */
  GQueue      output;       /* Message, first to send first */
  GHashTable *pending;      /* id → GTask */
  GTask      *negotiation;
  gint64      last_id;
  gboolean    has_greeting;
};

typedef struct
{
  char        *data;
  gsize        length;
  gsize        sent;
  GUnixFDList *fds;         /* go with the first byte */
} Message;

enum
{
  SIGNAL_EVENT,
  SIGNAL_CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (VmmQmp, vmm_qmp, G_TYPE_OBJECT)

static void
message_free (Message *message)
{
  g_free (message->data);
  g_clear_object (&message->fds);
  g_free (message);
}

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;

  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* Ends the connection; whoever waits gets @error, which is of VMM_ERROR. */
static void
close_with_error (VmmQmp *self,
                  GError *error)
{
  g_autoptr (GHashTable) pending = NULL;
  g_autoptr (GTask) negotiation = NULL;
  g_autoptr (VmmQmp) hold G_GNUC_UNUSED = g_object_ref (self);
  GHashTableIter iter;
  gpointer task;

  if (self->socket == NULL)
    return;

  clear_source (&self->read_source);
  clear_source (&self->write_source);
  g_queue_clear_full (&self->output, (GDestroyNotify) message_free);
  g_socket_close (self->socket, NULL);
  g_clear_object (&self->socket);

  pending = g_steal_pointer (&self->pending);
  self->pending = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
  negotiation = g_steal_pointer (&self->negotiation);

  if (negotiation != NULL)
    g_task_return_error (negotiation, g_error_copy (error));
  g_hash_table_iter_init (&iter, pending);
  while (g_hash_table_iter_next (&iter, NULL, &task))
    g_task_return_error (task, g_error_copy (error));

  g_signal_emit (self, signals[SIGNAL_CLOSED], 0, error);
}

static void
close_for_protocol (VmmQmp     *self,
                    const char *what)
{
  g_autoptr (GError) error = g_error_new (VMM_ERROR, VMM_ERROR_HYPERVISOR,
                                          "QEMU's monitor sent %s", what);

  close_with_error (self, error);
}

/* @io_error: (nullable): what the socket says; %NULL at its end */
static void
close_for_io (VmmQmp *self,
              GError *io_error)
{
  g_autoptr (GError) error = NULL;

  if (io_error != NULL)
    error = g_error_new (VMM_ERROR, VMM_ERROR_HYPERVISOR, "The connection to QEMU has broken: %s",
                         io_error->message);
  else
    error = g_error_new (VMM_ERROR, VMM_ERROR_HYPERVISOR, "QEMU has closed its monitor");

  close_with_error (self, error);
}

static gboolean write_cb (GSocket      *socket,
                          GIOCondition  condition,
                          gpointer      user_data);

/* Sends what the socket takes now, and comes back when it takes more. */
static void
flush_output (VmmQmp *self)
{
  Message *message;

  while (self->socket != NULL && (message = g_queue_peek_head (&self->output)) != NULL)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GSocketControlMessage) control = NULL;
      GOutputVector vector = { message->data + message->sent, message->length - message->sent };
      gssize n;

      if (message->sent == 0 && message->fds != NULL)
        control = g_unix_fd_message_new_with_fd_list (message->fds);

      n = g_socket_send_message (self->socket, NULL, &vector, 1, &control, control != NULL ? 1 : 0,
                                 0, NULL, &error);
      if (n < 0)
        {
          if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            {
              if (self->write_source == NULL)
                {
                  self->write_source = g_socket_create_source (self->socket, G_IO_OUT, NULL);
                  g_source_set_callback (self->write_source, G_SOURCE_FUNC (write_cb), self, NULL);
                  g_source_attach (self->write_source, g_main_context_get_thread_default ());
                }
              return;
            }
          close_for_io (self, error);
          return;
        }

      message->sent += n;
      if (message->sent == message->length)
        message_free (g_queue_pop_head (&self->output));
    }
}

static gboolean
write_cb (GSocket      *socket,
          GIOCondition  condition,
          gpointer      user_data)
{
  VmmQmp *self = user_data;

  clear_source (&self->write_source);
  flush_output (self);

  return G_SOURCE_REMOVE;
}

static void
send_command (VmmQmp      *self,
              const char  *command,
              JsonNode    *arguments,
              GUnixFDList *fds,
              GTask       *task)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  g_autofree char *text = NULL;
  gint64 id = ++self->last_id;
  Message *message;

  json_object_set_string_member (object, "execute", command);
  if (arguments != NULL)
    json_object_set_member (object, "arguments", arguments);
  json_object_set_int_member (object, "id", id);
  json_node_take_object (root, object);
  text = json_to_string (root, FALSE);

  message = g_new0 (Message, 1);
  message->data = g_strconcat (text, "\n", NULL);
  message->length = strlen (message->data);
  message->fds = fds != NULL ? g_object_ref (fds) : NULL;
  g_queue_push_tail (&self->output, message);
  g_hash_table_insert (self->pending, g_memdup2 (&id, sizeof id), task);

  flush_output (self);
}

static void
capabilities_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (JsonNode) reply = NULL;
  GError *error = NULL;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, &error);
  if (reply == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
handle_greeting (VmmQmp *self)
{
  self->has_greeting = TRUE;

  if (self->negotiation != NULL)
    vmm_qmp_execute_async (self, "qmp_capabilities", NULL, NULL, capabilities_cb,
                           g_steal_pointer (&self->negotiation));
}

static void
handle_event (VmmQmp     *self,
              JsonObject *object)
{
  const char *name = json_object_get_string_member_with_default (object, "event", NULL);
  JsonNode *data = json_object_get_member (object, "data");
  g_autoptr (JsonObject) none = NULL;

  if (name == NULL)
    {
      close_for_protocol (self, "an event without a name");
      return;
    }

  if (data == NULL || !JSON_NODE_HOLDS_OBJECT (data))
    none = json_object_new ();

  /* A quark is never freed, so QEMU must not make new ones: who waits for a detail has made it. */
  g_signal_emit (self, signals[SIGNAL_EVENT], g_quark_try_string (name), name,
                 none != NULL ? none : json_node_get_object (data));
}

/* The reply to @task: QEMU's "return", or its "error" with QEMU's own text. */
static void
return_reply (GTask      *task,
              JsonObject *object)
{
  const char *command = g_task_get_task_data (task);
  JsonNode *value = json_object_get_member (object, "return");
  JsonNode *failure = json_object_get_member (object, "error");

  if (value != NULL)
    {
      g_task_return_pointer (task, json_node_copy (value), (GDestroyNotify) json_node_unref);
    }
  else if (failure != NULL && JSON_NODE_HOLDS_OBJECT (failure))
    {
      const char *text =
        json_object_get_string_member_with_default (json_node_get_object (failure), "desc", NULL);

      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_HYPERVISOR, "QEMU refused “%s”: %s",
                               command, text != NULL ? text : "no reason given");
    }
  else
    {
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_HYPERVISOR,
                               "QEMU's answer to “%s” is neither a result nor an error", command);
    }
}

static void
handle_reply (VmmQmp     *self,
              JsonObject *object)
{
  gint64 id = json_object_get_int_member_with_default (object, "id", -1);
  g_autoptr (GTask) task = NULL;
  g_autofree gpointer key = NULL;

  /* An error without id is QEMU's answer to something it could not read. Only we write, so this
   * does not happen with a sane QEMU; an unknown id neither. */
  if (!g_hash_table_steal_extended (self->pending, &id, &key, (gpointer *) &task))
    {
      g_debug ("QMP: reply with unknown id %" G_GINT64_FORMAT " ignored", id);
      return;
    }

  return_reply (task, object);
}

/* json-glib recurses, so the depth is counted before it sees the text. It takes more than JSON, comments and
 * strings in single quotes, in which brackets and quotes mean something else: outside strings nothing but
 * JSON is let through. */
static gboolean
is_shallow (const char *line,
            gsize       length)
{
  guint depth = 0;
  gboolean in_string = FALSE;

  for (gsize i = 0; i < length; i++)
    {
      if (in_string)
        {
          if (line[i] == '\\')
            i++;
          else if (line[i] == '"')
            in_string = FALSE;
        }
      else if (line[i] == '"')
        in_string = TRUE;
      else if (!g_ascii_isalnum (line[i]) && strchr ("{}[]:,+-. \t\r", line[i]) == NULL)
        return FALSE;
      else if (line[i] == '{' || line[i] == '[')
        {
          if (++depth > VMM_QMP_MAX_DEPTH)
            return FALSE;
        }
      else if ((line[i] == '}' || line[i] == ']') && depth > 0)
        depth--;
    }

  return TRUE;
}

static void
handle_line (VmmQmp     *self,
             const char *line,
             gsize       length)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError) error = NULL;
  JsonNode *root;
  JsonObject *object;

  while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == ' '))
    length--;
  if (length == 0)
    return;

  if (!is_shallow (line, length))
    {
      close_for_protocol (self, "a message that is no JSON, or nested too deeply");
      return;
    }

  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, line, length, &error)
      || (root = json_parser_get_root (parser)) == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      close_for_protocol (self, "something that is not JSON");
      return;
    }

  object = json_node_get_object (root);
  if (json_object_has_member (object, "event"))
    handle_event (self, object);
  else if (json_object_has_member (object, "QMP"))
    handle_greeting (self);
  else
    handle_reply (self, object);
}

/* Handles the whole lines of the input and keeps the rest. */
static void
handle_input (VmmQmp *self)
{
  gsize start = 0;

  while (self->socket != NULL)
    {
      const char *data = (const char *) self->input->data;
      const char *newline = memchr (data + self->scanned, '\n', self->input->len - self->scanned);
      gsize end;

      if (newline == NULL)
        break;

      end = newline - data;
      handle_line (self, data + start, end - start);
      start = self->scanned = end + 1;
    }

  if (self->socket == NULL)
    return;

  g_byte_array_remove_range (self->input, 0, start);
  self->scanned = self->input->len;

  if (self->input->len > VMM_QMP_MAX_LINE)
    close_for_protocol (self, "a line that is too long");
}

static gboolean
read_cb (GSocket      *socket,
         GIOCondition  condition,
         gpointer      user_data)
{
  VmmQmp *self = user_data;
  g_autoptr (VmmQmp) hold G_GNUC_UNUSED = g_object_ref (self);
  g_autoptr (GError) error = NULL;
  char buffer[READ_SIZE];
  gssize n;

  n = g_socket_receive (self->socket, buffer, sizeof buffer, NULL, &error);
  if (n > 0)
    {
      g_byte_array_append (self->input, (const guint8 *) buffer, n);
      handle_input (self);
      return self->socket != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    }

  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;

  close_for_io (self, error);

  return G_SOURCE_REMOVE;
}

static void
vmm_qmp_dispose (GObject *object)
{
  VmmQmp *self = VMM_QMP (object);

  vmm_qmp_close (self);

  G_OBJECT_CLASS (vmm_qmp_parent_class)->dispose (object);
}

static void
vmm_qmp_finalize (GObject *object)
{
  VmmQmp *self = VMM_QMP (object);

  g_byte_array_unref (self->input);
  g_hash_table_unref (self->pending);

  G_OBJECT_CLASS (vmm_qmp_parent_class)->finalize (object);
}

static void
vmm_qmp_class_init (VmmQmpClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = vmm_qmp_dispose;
  object_class->finalize = vmm_qmp_finalize;

  /**
   * VmmQmp::event:
   * @name: QEMU's event name, also the signal's detail
   * @data: the event's data, perhaps empty
   *
   * Events come in QEMU's order, and in their true order among replies.
   */
  signals[SIGNAL_EVENT] =
    g_signal_new ("event", VMM_TYPE_QMP, G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, G_TYPE_STRING, JSON_TYPE_OBJECT);

  /**
   * VmmQmp::closed:
   * @error: why
   *
   * The connection has ended, by QEMU, by an error, or by vmm_qmp_close(). What was under way has
   * been answered with @error.
   */
  signals[SIGNAL_CLOSED] =
    g_signal_new ("closed", VMM_TYPE_QMP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
vmm_qmp_init (VmmQmp *self)
{
  self->input = g_byte_array_new ();
  self->pending = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
  g_queue_init (&self->output);
}

/**
 * vmm_qmp_new:
 * @socket: (transfer none): connected to QEMU's monitor; it is made non-blocking
 *
 * Reading begins at once in the thread-default main context.
 */
VmmQmp *
vmm_qmp_new (GSocket *socket)
{
  VmmQmp *self;

  g_return_val_if_fail (G_IS_SOCKET (socket), NULL);

  self = g_object_new (VMM_TYPE_QMP, NULL);
  self->socket = g_object_ref (socket);
  g_socket_set_blocking (socket, FALSE);
  self->read_source = g_socket_create_source (socket, G_IO_IN, NULL);
  g_source_set_callback (self->read_source, G_SOURCE_FUNC (read_cb), self, NULL);
  g_source_attach (self->read_source, g_main_context_get_thread_default ());

  return self;
}

/**
 * vmm_qmp_negotiate_async:
 *
 * Waits for QEMU's greeting and leaves the capabilities negotiation; before that QEMU takes no other
 * command. It waits as long as QEMU does not speak: another client may hold the monitor. The caller
 * sets the limit and ends it with vmm_qmp_close().
 */
void
vmm_qmp_negotiate_async (VmmQmp              *self,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (VMM_IS_QMP (self));
  g_return_if_fail (self->negotiation == NULL);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, vmm_qmp_negotiate_async);

  if (self->socket == NULL)
    {
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_HYPERVISOR,
                               "The connection to QEMU is closed");
      return;
    }

  self->negotiation = g_steal_pointer (&task);
  if (self->has_greeting)
    handle_greeting (self);
}

gboolean
vmm_qmp_negotiate_finish (VmmQmp        *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * vmm_qmp_execute_async:
 * @command: a QMP command
 * @arguments: (transfer full) (nullable): an object node; see vmm_qmp_arguments()
 * @fds: (nullable): descriptors that QEMU gets with the command (getfd, add-fd)
 *
 * There is no cancellable: a command that was sent cannot be taken back, and its reply tells what
 * has happened. Fails with VMM_ERROR_HYPERVISOR holding QEMU's own text, or when the connection
 * closes first.
 */
void
vmm_qmp_execute_async (VmmQmp              *self,
                       const char          *command,
                       JsonNode            *arguments,
                       GUnixFDList         *fds,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (VMM_IS_QMP (self));
  g_return_if_fail (command != NULL);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, vmm_qmp_execute_async);
  g_task_set_task_data (task, g_strdup (command), g_free);

  if (self->socket == NULL)
    {
      g_clear_pointer (&arguments, json_node_unref);
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_HYPERVISOR,
                               "The connection to QEMU is closed");
      return;
    }

  send_command (self, command, arguments, fds, g_steal_pointer (&task));
}

/**
 * vmm_qmp_execute_finish:
 *
 * Returns: (transfer full): what QEMU returned (often an empty object), or %NULL with @error set
 */
JsonNode *
vmm_qmp_execute_finish (VmmQmp        *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * vmm_qmp_arguments:
 * @first_name: name of the first member, followed by its text value, more such pairs, and %NULL
 *
 * Returns: (transfer full): an object with text members, for the many commands that need no more
 */
JsonNode *
vmm_qmp_arguments (const char *first_name,
                   ...)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  const char *name;
  va_list list;

  va_start (list, first_name);
  for (name = first_name; name != NULL; name = va_arg (list, const char *))
    json_object_set_string_member (object, name, va_arg (list, const char *));
  va_end (list);

  json_node_take_object (node, object);

  return node;
}

gboolean
vmm_qmp_is_open (VmmQmp *self)
{
  g_return_val_if_fail (VMM_IS_QMP (self), FALSE);

  return self->socket != NULL;
}

/**
 * vmm_qmp_close:
 *
 * Ends the connection; QEMU goes on. May be called again.
 */
void
vmm_qmp_close (VmmQmp *self)
{
  g_autoptr (GError) error = g_error_new (VMM_ERROR, VMM_ERROR_HYPERVISOR,
                                          "The connection to QEMU is closed");

  g_return_if_fail (VMM_IS_QMP (self));

  close_with_error (self, error);
}
