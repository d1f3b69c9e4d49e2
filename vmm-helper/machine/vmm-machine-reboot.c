/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-error.h"
#include "vmm-machine-private.h"

/* A reboot asked for by us: the guest is asked to shut down, and the same QEMU, told to stay when it
 * has, resets and goes on. The job in VmmMachine.job is done when the machine runs again. */

static void
end_job (VmmMachine *self,
         GError     *error)
{
  g_autoptr (VmmJob) job = NULL;

  if (!self->is_rebooting)
    {
      g_clear_error (&error);
      return;
    }

  self->is_rebooting = FALSE;
  job = g_steal_pointer (&self->job);
  if (error != NULL)
    vmm_job_fail (job, error);
  else
    vmm_job_succeed (job, NULL);
}

static void
set_shutdown_action (VmmMachine *self,
                     const char *action)
{
  /* It cannot fail where shutdown=ACTION on the command line can be had, which was probed. */
  vmm_qmp_execute_async (self->qmp, "set-action", vmm_qmp_arguments ("shutdown", action, NULL), NULL,
                         NULL, NULL);
}

/* @error: (transfer full): QEMU's. When QEMU is gone its end says more: vmm_machine_reboot_ended(). */
static void
fail_job (VmmMachine *self,
          VmmQmp     *qmp,
          GError     *error)
{
  if (!vmm_qmp_is_open (qmp))
    {
      g_error_free (error);
      return;
    }

  set_shutdown_action (self, "poweroff");
  end_job (self, error);
}

static void
step_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (VmmMachine) self = user_data;
  g_autoptr (JsonNode) reply = NULL;
  GError *error = NULL;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, &error);
  if (reply == NULL)
    fail_job (self, VMM_QMP (source), error);
}

static void
running_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (VmmMachine) self = user_data;
  g_autoptr (JsonNode) reply = NULL;
  GError *error = NULL;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, &error);
  if (reply == NULL)
    fail_job (self, VMM_QMP (source), error);
  else
    end_job (self, NULL);
}

static void
cancelled_cb (GCancellable *cancellable,
              VmmMachine   *self)
{
  if (!self->is_rebooting || self->qmp == NULL)
    return;

  /* The button was pressed; what can be taken back is that it starts again. */
  self->is_reboot_cancelled = TRUE;
  set_shutdown_action (self, "poweroff");
  end_job (self, g_error_new (VMM_ERROR, VMM_ERROR_CANCELLED, "cancelled"));
}

/**
 * vmm_machine_reset:
 * @callback: gets the answer to "system_reset"
 *
 * Resets the machine, like the button on the case. While it is being installed QEMU would take even
 * our own reset for a wish of the guest (-action reboot=shutdown) and stop.
 */
void
vmm_machine_reset (VmmMachine          *self,
                   GAsyncReadyCallback  callback,
                   gpointer             user_data)
{
  gboolean is_installing = vmm_domain_get_install (self->live, NULL, NULL, NULL);

  if (is_installing)
    vmm_qmp_execute_async (self->qmp, "set-action", vmm_qmp_arguments ("reboot", "reset", NULL), NULL,
                           NULL, NULL);
  vmm_qmp_execute_async (self->qmp, "system_reset", NULL, NULL, callback, user_data);
  if (is_installing)
    vmm_qmp_execute_async (self->qmp, "set-action", vmm_qmp_arguments ("reboot", "shutdown", NULL),
                           NULL, NULL, NULL);
}

/**
 * vmm_machine_reboot:
 * @job: (transfer none): becomes the machine's job
 *
 * Presses the power button of a running machine, and lets it start again once the guest has shut
 * down.
 */
void
vmm_machine_reboot (VmmMachine *self,
                    VmmJob     *job)
{
  self->job = g_object_ref (job);
  self->is_rebooting = TRUE;
  self->is_reboot_cancelled = FALSE;
  g_signal_connect_object (vmm_job_get_cancellable (job), "cancelled", G_CALLBACK (cancelled_cb),
                           self, 0);
  vmm_job_set_step (job, "Waiting for the guest to shut down");
  set_shutdown_action (self, "pause");
  vmm_qmp_execute_async (self->qmp, "system_powerdown", NULL, NULL, step_cb, g_object_ref (self));
}

/**
 * vmm_machine_reboot_in_place:
 *
 * The guest has shut down, and QEMU has stayed: start again. The job may be that of an earlier core,
 * and gone.
 */
void
vmm_machine_reboot_in_place (VmmMachine *self)
{
  if (self->is_rebooting)
    vmm_job_set_step (self->job, "Starting again");
  vmm_machine_reset (self, step_cb, g_object_ref (self));
  set_shutdown_action (self, "poweroff");
  vmm_qmp_execute_async (self->qmp, "cont", NULL, NULL, running_cb, g_object_ref (self));
}

/**
 * vmm_machine_reboot_ended:
 *
 * The machine is off: a reboot that was to come does not.
 */
void
vmm_machine_reboot_ended (VmmMachine *self)
{
  end_job (self, g_error_new (VMM_ERROR, VMM_ERROR_CANCELLED, "“%s” was turned off", self->name));
}
