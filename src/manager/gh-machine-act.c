/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-machine-act.h"

/* What can be done to a machine, each act in one call whatever the core needs for it. */

typedef struct
{
  VmmRemoteMachine *machine;
  GhMachineAct      act;
} Act;

static void
act_free (gpointer data)
{
  Act *act = data;

  g_object_unref (act->machine);
  g_free (act);
}

/**
 * gh_machine_act_is_possible:
 *
 * Returns: whether the act makes sense in the machine's present state
 */
gboolean
gh_machine_act_is_possible (GhMachineAct      act,
                            VmmRemoteMachine *machine)
{
  VmmMachineState state = vmm_remote_machine_get_state (machine);

  switch (act)
    {
    case GH_MACHINE_ACT_OPEN:
      return TRUE;
    case GH_MACHINE_ACT_START:
      return state == VMM_MACHINE_STATE_OFF;
    case GH_MACHINE_ACT_SHUT_DOWN:
      return state == VMM_MACHINE_STATE_RUNNING || state == VMM_MACHINE_STATE_SHUTTING_DOWN;
    case GH_MACHINE_ACT_PAUSE:
      return state == VMM_MACHINE_STATE_RUNNING || state == VMM_MACHINE_STATE_SHUTTING_DOWN;
    case GH_MACHINE_ACT_RESUME:
      return state == VMM_MACHINE_STATE_PAUSED || state == VMM_MACHINE_STATE_SUSPENDED;
    case GH_MACHINE_ACT_POWER_OFF:
      return vmm_machine_state_is_active (state);
    case GH_MACHINE_ACT_DELETE:
      return !vmm_machine_state_is_active (state);
    default:
      return FALSE;
    }
}

static void
return_outcome (GTask    *task,
                gboolean  is_done,
                GError   *error)
{
  if (is_done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
job_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) values = NULL;
  GError *error = NULL;

  values = vmm_client_wait_job_finish (VMM_CLIENT (source), result, &error);
  return_outcome (task, values != NULL, error);
}

static void
start_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autofree char *job = NULL;
  GError *error = NULL;

  if (!vmm_dbus_machine_call_start_finish (VMM_DBUS_MACHINE (source), &job, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  vmm_client_wait_job_async (g_task_get_source_object (task), job, g_task_get_cancellable (task),
                             NULL, NULL, job_cb, g_object_ref (task));
}

/* The calls that only say yes or no are read alike. */
static void
call_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) reply = NULL;
  GError *error = NULL;

  reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);
  return_outcome (task, reply != NULL, error);
}

static void
call (VmmDBusMachine *proxy,
      const char     *method,
      gboolean        has_options,
      GTask          *task)
{
  g_dbus_proxy_call (G_DBUS_PROXY (proxy), method,
                     has_options ? g_variant_new ("(a{sv})", NULL) : NULL,
                     G_DBUS_CALL_FLAGS_NONE, G_MAXINT, g_task_get_cancellable (task), call_cb,
                     g_object_ref (task));
}

static void
proxy_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Act *act = g_task_get_task_data (task);
  g_autoptr (VmmDBusMachine) proxy = NULL;
  GError *error = NULL;

  proxy = vmm_remote_machine_get_proxy_finish (VMM_REMOTE_MACHINE (source), result, &error);
  if (proxy == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  switch (act->act)
    {
    case GH_MACHINE_ACT_START:
      vmm_dbus_machine_call_start (proxy, g_variant_new ("a{sv}", NULL),
                                   g_task_get_cancellable (task), start_cb, g_object_ref (task));
      break;
    case GH_MACHINE_ACT_SHUT_DOWN:
      call (proxy, "Shutdown", TRUE, task);
      break;
    case GH_MACHINE_ACT_PAUSE:
      call (proxy, "Pause", FALSE, task);
      break;
    case GH_MACHINE_ACT_RESUME:
      call (proxy, "Resume", FALSE, task);
      break;
    case GH_MACHINE_ACT_POWER_OFF:
      call (proxy, "PowerOff", FALSE, task);
      break;
    case GH_MACHINE_ACT_DELETE:
      call (proxy, "Undefine", TRUE, task);
      break;
    case GH_MACHINE_ACT_OPEN:
    default:
      g_assert_not_reached ();
    }
}

/**
 * gh_machine_act_async:
 * @act: anything but to open it, which is the application's
 *
 * Does it; a start completes once the machine runs.
 */
void
gh_machine_act_async (VmmClient           *client,
                      VmmRemoteMachine    *machine,
                      GhMachineAct         act,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  GTask *task;
  Act *data;

  g_return_if_fail (VMM_IS_CLIENT (client));
  g_return_if_fail (VMM_IS_REMOTE_MACHINE (machine));
  g_return_if_fail (act != GH_MACHINE_ACT_OPEN);

  task = g_task_new (client, cancellable, callback, user_data);
  g_task_set_source_tag (task, gh_machine_act_async);
  data = g_new0 (Act, 1);
  data->machine = g_object_ref (machine);
  data->act = act;
  g_task_set_task_data (task, data, act_free);
  vmm_remote_machine_get_proxy_async (machine, cancellable, proxy_cb, task);
}

gboolean
gh_machine_act_finish (VmmClient     *client,
                       GAsyncResult  *result,
                       GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, client), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
