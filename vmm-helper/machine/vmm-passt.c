/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-passt.h"

#include <string.h>

#include "vmm-error.h"
#include "vmm-fd.h"
#include "vmm-socket.h"

/* passt answers in 10 ms, or ends at once with an error (in a container without user namespaces); on a
 * loaded host it may take longer, and a card must not change its network for that. */
#define ANSWER_MS 10000

/* On the stream each frame follows its length, four bytes, most significant first. */
#define LENGTH_SIZE 4
#define ETHERNET_SIZE 14
#define IP_SIZE 20
#define UDP_SIZE 8
#define DHCP_SIZE 300

#define QUESTION_SIZE (LENGTH_SIZE + ETHERNET_SIZE + IP_SIZE + UDP_SIZE + DHCP_SIZE)

static void
put_be16 (guint8  *at,
          guint16  value)
{
  at[0] = value >> 8;
  at[1] = value & 0xff;
}

/* RFC 1071, over the IP header. */
static guint16
checksum (const guint8 *bytes)
{
  guint32 sum = 0;

  for (int i = 0; i < IP_SIZE; i += 2)
    sum += bytes[i] << 8 | bytes[i + 1];
  sum = (sum & 0xffff) + (sum >> 16);

  return ~(sum + (sum >> 16));
}

/* A DHCPDISCOVER (RFC 2131), what every guest says first. A passt that runs but has no address to
 * give, since the host has none, does not answer; QEMU's own user network always does. */
static void
make_question (guint8 question[QUESTION_SIZE])
{
  static const guint8 mac[] = { 0x52, 0x54, 0x00, 0x00, 0x00, 0x01 };
  static const guint8 options[] = { 0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255 };
  guint8 *ethernet = question + LENGTH_SIZE;
  guint8 *ip = ethernet + ETHERNET_SIZE;
  guint8 *udp = ip + IP_SIZE;
  guint8 *dhcp = udp + UDP_SIZE;

  memset (question, 0, QUESTION_SIZE);
  put_be16 (question + 2, QUESTION_SIZE - LENGTH_SIZE);
  memset (ethernet, 0xff, 6);
  memcpy (ethernet + 6, mac, sizeof mac);
  put_be16 (ethernet + 12, 0x0800);

  ip[0] = 0x45;
  put_be16 (ip + 2, IP_SIZE + UDP_SIZE + DHCP_SIZE);
  ip[8] = 64;
  ip[9] = 17;
  memset (ip + 16, 0xff, 4);
  put_be16 (ip + 10, checksum (ip));

  put_be16 (udp, 68);
  put_be16 (udp + 2, 67);
  put_be16 (udp + 4, UDP_SIZE + DHCP_SIZE);

  dhcp[0] = 1;
  dhcp[1] = 1;
  dhcp[2] = sizeof mac;
  memcpy (dhcp + 4, "test", 4);
  put_be16 (dhcp + 10, 0x8000);
  memcpy (dhcp + 28, mac, sizeof mac);
  memcpy (dhcp + 236, options, sizeof options);
}

/* Whether a frame is a DHCP server's answer. */
static gboolean
is_answer (const guint8 *frame,
           gssize        length)
{
  return length >= LENGTH_SIZE + ETHERNET_SIZE + IP_SIZE + UDP_SIZE
         && frame[LENGTH_SIZE + 12] == 0x08 && frame[LENGTH_SIZE + 13] == 0x00
         && frame[LENGTH_SIZE + ETHERNET_SIZE + 9] == 17
         && frame[LENGTH_SIZE + ETHERNET_SIZE + IP_SIZE + 1] == 67;
}

typedef struct
{
  char        *path;
  GSocket     *socket;
  GSource     *source;
  GSubprocess *process;
  guint        timer;
} Probe;

static void
probe_free (gpointer data)
{
  Probe *probe = data;

  g_clear_handle_id (&probe->timer, g_source_remove);
  if (probe->source != NULL)
    {
      g_source_destroy (probe->source);
      g_source_unref (probe->source);
    }
  /* Its peer gone, passt ends; and if it is stuck, it ends as well. */
  g_clear_object (&probe->socket);
  if (probe->process != NULL)
    g_subprocess_force_exit (probe->process);
  g_clear_object (&probe->process);
  g_free (probe->path);
  g_free (probe);
}

static gboolean
answer_cb (GSocket      *socket,
           GIOCondition  condition,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Probe *probe = g_task_get_task_data (task);
  guint8 buffer[2048];

  g_clear_handle_id (&probe->timer, g_source_remove);
  if (is_answer (buffer, g_socket_receive (socket, (char *) buffer, sizeof buffer, NULL, NULL)))
    g_task_return_pointer (task, g_strdup (probe->path), g_free);
  else
    g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                             "passt is installed but does not work here");

  return G_SOURCE_REMOVE;
}

static gboolean
timeout_cb (gpointer user_data)
{
  GTask *task = user_data;
  Probe *probe = g_task_get_task_data (task);

  probe->timer = 0;
  g_source_destroy (probe->source);
  g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                           "passt is installed but does not answer");
  g_object_unref (task);

  return G_SOURCE_REMOVE;
}

/**
 * vmm_passt_find_async:
 *
 * Finds passt and tries whether it works here: it is started once and asked for an
 * address.
 */
void
vmm_passt_find_async (GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  Probe *probe = g_new0 (Probe, 1);
  guint8 question[QUESTION_SIZE];
  vmm_autofd int ours = -1;
  int fds[2];
  GError *error = NULL;

  g_task_set_source_tag (task, vmm_passt_find_async);
  g_task_set_task_data (task, probe, probe_free);
  probe->path = g_find_program_in_path ("passt");
  if (probe->path == NULL)
    {
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                               "passt is not installed (package passt)");
      return;
    }
  if (!vmm_socket_pair (fds, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  ours = fds[0];
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                                        | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_subprocess_launcher_take_fd (launcher, fds[1], 3);
  probe->process = g_subprocess_launcher_spawn (launcher, &error, probe->path, "-f", "-q", "-F", "3",
                                                NULL);
  g_subprocess_launcher_close (launcher);
  probe->socket = probe->process != NULL ? g_socket_new_from_fd (ours, &error) : NULL;
  if (probe->socket == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  g_steal_fd (&ours);
  g_socket_set_blocking (probe->socket, FALSE);
  make_question (question);
  g_socket_send (probe->socket, (const char *) question, sizeof question, NULL, NULL);
  probe->source = g_socket_create_source (probe->socket, G_IO_IN, NULL);
  probe->timer = g_timeout_add (ANSWER_MS, timeout_cb, task);
  g_source_set_callback (probe->source, G_SOURCE_FUNC (answer_cb), task, NULL);
  g_source_attach (probe->source, NULL);
  g_steal_pointer (&task);
}

/**
 * vmm_passt_find_finish:
 *
 * Returns: (transfer full): its path, or %NULL with VMM_ERROR_UNSUPPORTED saying why it cannot be
 *   used
 */
char *
vmm_passt_find_finish (GAsyncResult  *result,
                       GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
