/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-machine-private.h"

#include "vmm-error.h"

/* A guest that restarts without having written as much has installed nothing: somebody pressed
 * Ctrl+Alt+Del in the installer's menu. A partition table and an empty file system are smaller. */
#define INSTALLED_BYTES (4 * 1024 * 1024)

/* While a machine is being installed QEMU stays, stopped, when the guest restarts or shuts down
 * (-action reboot=shutdown,shutdown=pause). Here it is decided what follows: a restart with the disc
 * still in, or one from the disk without it. */

static void
continue_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (VmmMachine) self = user_data;
  g_autoptr (JsonNode) reply = NULL;
  g_autoptr (GError) error = NULL;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, &error);
  if (reply == NULL)
    vmm_machine_set_problem (self, error);
}

/* Nothing was installed: what the guest asked for happens, and the installer is where it was. */
static void
obey (VmmMachine *self,
      gboolean    wants_reboot)
{
  if (!wants_reboot)
    {
      vmm_machine_end_process (self);
      return;
    }

  vmm_machine_reset (self, continue_cb, g_object_ref (self));
  vmm_qmp_execute_async (self->qmp, "cont", NULL, NULL, continue_cb, g_object_ref (self));
}

/* One part of the installation is done. */
static void
advance (VmmMachine *self,
         gboolean    wants_reboot)
{
  g_autoptr (VmmDomain) domain = self->xml != NULL ? vmm_domain_new_from_xml (self->xml, -1, NULL)
                                                   : NULL;
  g_autofree char *media = NULL;
  g_autoptr (GError) error = NULL;
  guint reboots_left = 0, stage = 0;

  if (domain != NULL && vmm_domain_get_install (domain, &media, &reboots_left, &stage))
    {
      if (wants_reboot && reboots_left > 1)
        {
          vmm_domain_set_install (domain, media, reboots_left - 1, stage + 1);
        }
      else
        {
          g_autoptr (VmmDisk) disk = vmm_domain_find_disk (domain, media);

          if (disk != NULL)
            vmm_disk_set_source_file (disk, NULL);
          vmm_domain_clear_install (domain);
        }

      if (!vmm_machine_define (self, domain, &error))
        {
          /* The disc stays in; whoever looks can mend it. Starting again would install again. */
          vmm_machine_set_problem (self, error);
          wants_reboot = FALSE;
        }
    }

  self->afterwards = wants_reboot ? VMM_AFTERWARDS_START : VMM_AFTERWARDS_OFF;
  vmm_machine_end_process (self);
}

static guint64
sum_written (JsonNode *reply)
{
  JsonArray *devices;
  guint64 sum = 0;

  if (reply == NULL || !JSON_NODE_HOLDS_ARRAY (reply))
    return G_MAXUINT64;

  devices = json_node_get_array (reply);
  for (guint i = 0; i < json_array_get_length (devices); i++)
    {
      JsonNode *node = json_array_get_element (devices, i);
      JsonNode *stats = JSON_NODE_HOLDS_OBJECT (node)
                        ? json_object_get_member (json_node_get_object (node), "stats") : NULL;

      if (stats != NULL && JSON_NODE_HOLDS_OBJECT (stats))
        sum += json_object_get_int_member_with_default (json_node_get_object (stats), "wr_bytes", 0);
    }

  return sum;
}

typedef struct
{
  VmmMachine *machine;
  gboolean    wants_reboot;
} Decision;

static void
blockstats_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autofree Decision *decision = user_data;
  g_autoptr (VmmMachine) self = decision->machine;
  g_autoptr (JsonNode) reply = NULL;
  guint stage = 0;

  reply = vmm_qmp_execute_finish (VMM_QMP (source), result, NULL);
  if (self->qmp != VMM_QMP (source) || self->live == NULL
      || !vmm_domain_get_install (self->live, NULL, NULL, &stage))
    return;

  /* Later stages may write little; only the first can be nothing. */
  if (stage == 0 && sum_written (reply) < INSTALLED_BYTES)
    obey (self, decision->wants_reboot);
  else
    advance (self, decision->wants_reboot);
}

/**
 * vmm_machine_installer_ended:
 * @wants_reboot: the guest wants to restart, else to stay off
 *
 * The guest of a machine that is being installed has ended a run, and QEMU is stopped.
 */
void
vmm_machine_installer_ended (VmmMachine *self,
                             gboolean    wants_reboot)
{
  Decision *decision = g_new (Decision, 1);

  decision->machine = g_object_ref (self);
  decision->wants_reboot = wants_reboot;
  vmm_qmp_execute_async (self->qmp, "query-blockstats", NULL, NULL, blockstats_cb, decision);
}
