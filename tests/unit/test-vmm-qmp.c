/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vmm-error.h"
#include "vmm-qmp.h"

/* One end is the client's; the test plays QEMU on the other. */
typedef struct
{
  VmmQmp  *qmp;
  GSocket *peer;
  GString *events;
  GError  *closed;
} Fixture;

static void
event_cb (VmmQmp     *qmp,
          const char *name,
          JsonObject *data,
          gpointer    user_data)
{
  Fixture *fixture = user_data;

  g_string_append_printf (fixture->events, "%s ", name);
}

static void
closed_cb (VmmQmp   *qmp,
           GError   *error,
           gpointer  user_data)
{
  Fixture *fixture = user_data;

  g_assert_null (fixture->closed);
  fixture->closed = g_error_copy (error);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GSocket) socket = NULL;
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  socket = g_socket_new_from_fd (fds[0], NULL);
  fixture->peer = g_socket_new_from_fd (fds[1], NULL);
  fixture->qmp = vmm_qmp_new (socket);
  fixture->events = g_string_new (NULL);
  g_signal_connect (fixture->qmp, "event", G_CALLBACK (event_cb), fixture);
  g_signal_connect (fixture->qmp, "closed", G_CALLBACK (closed_cb), fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_error (&fixture->closed);
  g_signal_handlers_disconnect_by_data (fixture->qmp, fixture);
  g_assert_finalize_object (fixture->qmp);
  g_clear_object (&fixture->peer);
  g_string_free (fixture->events, TRUE);
}

static void
say (Fixture    *fixture,
     const char *text)
{
  g_autoptr (GError) error = NULL;
  gsize length = strlen (text);

  while (length > 0)
    {
      gssize n = g_socket_send (fixture->peer, text, length, NULL, &error);

      g_assert_no_error (error);
      text += n;
      length -= n;
    }
}

static char *
hear (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GString *line = g_string_new (NULL);
  char c;

  while (g_socket_receive (fixture->peer, &c, 1, NULL, &error) == 1 && c != '\n')
    g_string_append_c (line, c);
  g_assert_no_error (error);

  return g_string_free (line, FALSE);
}

static void
store_result_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  GAsyncResult **place = user_data;

  g_assert_null (*place);
  *place = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **place)
{
  while (*place == NULL)
    g_main_context_iteration (NULL, TRUE);

  return g_steal_pointer (place);
}

static void
test_negotiate (Fixture       *fixture,
                gconstpointer  data)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  vmm_qmp_negotiate_async (fixture->qmp, store_result_cb, &pending);
  say (fixture, "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n");
  while (line == NULL)
    {
      g_main_context_iteration (NULL, TRUE);
      if (g_socket_condition_check (fixture->peer, G_IO_IN))
        line = hear (fixture);
    }
  g_assert_cmpstr (line, ==, "{\"execute\":\"qmp_capabilities\",\"id\":1}");
  say (fixture, "{\"return\": {}, \"id\": 1}\r\n");
  result = wait_for (&pending);
  g_assert_true (vmm_qmp_negotiate_finish (fixture->qmp, result, &error));
  g_assert_no_error (error);
}

static void
test_replies_and_events (Fixture       *fixture,
                         gconstpointer  data)
{
  GAsyncResult *first = NULL, *second = NULL;
  g_autoptr (GAsyncResult) first_result = NULL;
  g_autoptr (GAsyncResult) second_result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) reply = NULL;
  g_autofree char *line1 = NULL;
  g_autofree char *line2 = NULL;

  vmm_qmp_execute_async (fixture->qmp, "stop", NULL, NULL, store_result_cb, &first);
  vmm_qmp_execute_async (fixture->qmp, "device_del", vmm_qmp_arguments ("id", "a\"b", NULL), NULL,
                         store_result_cb, &second);
  line1 = hear (fixture);
  line2 = hear (fixture);
  g_assert_cmpstr (line1, ==, "{\"execute\":\"stop\",\"id\":1}");
  g_assert_cmpstr (line2, ==,
                   "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"a\\\"b\"},\"id\":2}");

  /* Two events around a reply in one packet, and answers out of order with one cut in two. */
  say (fixture, "{\"event\":\"STOP\",\"timestamp\":{\"seconds\":1,\"microseconds\":2}}\n"
       "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no such thing\"},\"id\":2}\n"
       "{\"event\":\"RESUME\"}\n{\"return\":{\"a\":");
  second_result = wait_for (&second);
  g_assert_null (vmm_qmp_execute_finish (fixture->qmp, second_result, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR);
  g_assert_nonnull (strstr (error->message, "no such thing"));
  g_assert_nonnull (strstr (error->message, "device_del"));
  g_assert_cmpstr (fixture->events->str, ==, "STOP RESUME ");
  g_assert_null (first);

  say (fixture, "[1,2]},\"id\":1}\n");
  first_result = wait_for (&first);
  g_clear_error (&error);
  reply = vmm_qmp_execute_finish (fixture->qmp, first_result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (json_array_get_length (json_object_get_array_member (
                     json_node_get_object (reply), "a")), ==, 2);
}

static void
test_unknown_id (Fixture       *fixture,
                 gconstpointer  data)
{
  say (fixture, "{\"return\":{},\"id\":77}\n{\"return\":{}}\n{\"event\":\"STOP\"}\n");
  while (fixture->events->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (vmm_qmp_is_open (fixture->qmp));
}

static void
test_close_answers_all (Fixture       *fixture,
                        gconstpointer  data)
{
  GAsyncResult *pending = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  vmm_qmp_execute_async (fixture->qmp, "quit", NULL, NULL, store_result_cb, &pending);
  g_clear_object (&fixture->peer);
  result = wait_for (&pending);
  g_assert_null (vmm_qmp_execute_finish (fixture->qmp, result, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (fixture->closed);
  g_assert_false (vmm_qmp_is_open (fixture->qmp));

  /* And afterwards: an answer at once, no crash. */
  g_clear_object (&result);
  g_clear_error (&error);
  vmm_qmp_execute_async (fixture->qmp, "stop", vmm_qmp_arguments ("a", "b", NULL), NULL,
                         store_result_cb, &pending);
  result = wait_for (&pending);
  g_assert_null (vmm_qmp_execute_finish (fixture->qmp, result, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR);
}

static void
test_hostile (Fixture       *fixture,
              gconstpointer  data)
{
  say (fixture, data);
  while (fixture->closed == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (fixture->closed, VMM_ERROR, VMM_ERROR_HYPERVISOR);
}

static gpointer
flood_thread (gpointer data)
{
  GSocket *peer = data;
  char block[65536];

  memset (block, 'x', sizeof block);
  for (gsize sent = 0; sent < 2 * (gsize) VMM_QMP_MAX_LINE;)
    {
      gssize n = g_socket_send (peer, block, sizeof block, NULL, NULL);

      if (n <= 0)
        break;
      sent += n;
    }

  return NULL;
}

static void
test_endless_line (Fixture       *fixture,
                   gconstpointer  data)
{
  GThread *thread = g_thread_new ("flood", flood_thread, fixture->peer);

  while (fixture->closed == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  g_assert_nonnull (strstr (fixture->closed->message, "too long"));
}

int
main (int   argc,
      char *argv[])
{
  g_autofree char *deep = g_strnfill (100000, '[');
  g_autofree char *deep_line = g_strconcat (deep, "\n", NULL);
  g_autofree char *quote_line = g_strconcat ("'\"'", deep, "\n", NULL);
  g_autofree char *comment_line = g_strconcat ("/*\"*/", deep, "\n", NULL);

  g_test_init (&argc, &argv, NULL);

#define ADD(path, func, data) g_test_add (path, Fixture, data, set_up, func, tear_down)
  ADD ("/qmp/negotiate", test_negotiate, NULL);
  ADD ("/qmp/replies-and-events", test_replies_and_events, NULL);
  ADD ("/qmp/unknown-id", test_unknown_id, NULL);
  ADD ("/qmp/close-answers-all", test_close_answers_all, NULL);
  ADD ("/qmp/hostile/garbage", test_hostile, "\xff\xfe not json at all\n");
  ADD ("/qmp/hostile/not-an-object", test_hostile, "[1,2,3]\n");
  ADD ("/qmp/hostile/event-without-name", test_hostile, "{\"event\": 5}\n");
  ADD ("/qmp/hostile/deep", test_hostile, deep_line);
  ADD ("/qmp/hostile/comment", test_hostile, comment_line);
  ADD ("/qmp/hostile/single-quotes", test_hostile, quote_line);
  ADD ("/qmp/hostile/endless-line", test_endless_line, NULL);

  return g_test_run ();
}
