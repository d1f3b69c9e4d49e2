/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-new-machine-private.h"

#include <string.h>

#define DEFAULT_ARCH "x86_64"

/**
 * VmmNewMachine:
 *
 * A machine that is about to be made. What nobody has set follows the recommendation for the
 * system and the host; what somebody has set stays, whatever else changes. “changed” is emitted
 * after each change, once.
 */
struct _VmmNewMachine
{
  GObject               parent_instance;

  VmmHostSummary       *host;
  char                **taken_names;
  VmmInstallMedia      *media;
  VmmDiskImage         *image;
  VmmOs                *os;
  VmmRecommendation     recommendation;

  char                 *name;         /* (nullable): follows the system */
  char                 *proposed_name;
  guint64               memory_mib;   /* 0: follows */
  guint                 vcpus;        /* 0: follows */
  guint64               disk_bytes;   /* 0: follows */
  int                   firmware;     /* -1: follows */
  VmmNewMachineNetwork  network;
  gboolean              start;
  char                 *disk_bus;     /* (nullable): follow */
  char                 *nic_model;
  char                 *video_model;
  char                 *machine;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (VmmNewMachine, vmm_new_machine, G_TYPE_OBJECT)

static const char *
name_stem (VmmNewMachine *self)
{
  if (self->os != NULL && vmm_os_is_generic (self->os))
    return g_str_equal (vmm_os_get_family (self->os), "linux") ? "linux" : "machine";
  if (self->os != NULL && *vmm_os_get_short_id (self->os) != '\0')
    return vmm_os_get_short_id (self->os);

  return "machine";
}

static void
recommend (VmmNewMachine *self)
{
  vmm_recommendation_make (&self->recommendation, self->os, self->host,
                           vmm_new_machine_get_arch (self));

  /* An installed system boots with the firmware it was installed under, and most images come from
   * machines with a BIOS. */
  if (self->image != NULL && !self->recommendation.needs_efi)
    self->recommendation.firmware = VMM_FIRMWARE_KIND_BIOS;

  g_free (self->proposed_name);
  self->proposed_name = vmm_new_machine_propose_name (name_stem (self),
                                                      (const char *const *) self->taken_names);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
vmm_new_machine_dispose (GObject *object)
{
  VmmNewMachine *self = VMM_NEW_MACHINE (object);

  g_clear_object (&self->media);
  g_clear_object (&self->os);

  G_OBJECT_CLASS (vmm_new_machine_parent_class)->dispose (object);
}

static void
vmm_new_machine_finalize (GObject *object)
{
  VmmNewMachine *self = VMM_NEW_MACHINE (object);

  vmm_host_summary_free (self->host);
  vmm_disk_image_free (self->image);
  g_strfreev (self->taken_names);
  g_free (self->name);
  g_free (self->proposed_name);
  g_free (self->disk_bus);
  g_free (self->nic_model);
  g_free (self->video_model);
  g_free (self->machine);

  G_OBJECT_CLASS (vmm_new_machine_parent_class)->finalize (object);
}

static void
vmm_new_machine_class_init (VmmNewMachineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = vmm_new_machine_dispose;
  object_class->finalize = vmm_new_machine_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", VMM_TYPE_NEW_MACHINE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
vmm_new_machine_init (VmmNewMachine *self)
{
  self->host = vmm_host_summary_new (NULL);
  self->taken_names = g_new0 (char *, 1);
  self->firmware = -1;
  self->start = TRUE;
  recommend (self);
}

VmmNewMachine *
vmm_new_machine_new (void)
{
  return g_object_new (VMM_TYPE_NEW_MACHINE, NULL);
}

void
vmm_new_machine_set_host (VmmNewMachine        *self,
                          const VmmHostSummary *host)
{
  VmmHostSummary *copy;

  g_return_if_fail (VMM_IS_NEW_MACHINE (self));
  g_return_if_fail (host != NULL);

  copy = vmm_host_summary_copy (host);
  vmm_host_summary_free (self->host);
  self->host = copy;
  recommend (self);
}

const VmmHostSummary *
vmm_new_machine_get_host (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  return self->host;
}

/**
 * vmm_new_machine_set_taken_names:
 * @names: the names of the machines that are there
 */
void
vmm_new_machine_set_taken_names (VmmNewMachine     *self,
                                 const char *const *names)
{
  char **copy;

  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  copy = g_strdupv ((char **) names);
  g_strfreev (self->taken_names);
  self->taken_names = copy;
  recommend (self);
}

/**
 * vmm_new_machine_set_media:
 * @media: (nullable): the installation medium, whose system becomes the machine's; it takes the
 *   place of an existing disk image
 */
void
vmm_new_machine_set_media (VmmNewMachine   *self,
                           VmmInstallMedia *media)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));
  g_return_if_fail (media == NULL || VMM_IS_INSTALL_MEDIA (media));

  g_set_object (&self->media, media);
  if (media != NULL)
    {
      g_clear_pointer (&self->image, vmm_disk_image_free);
      g_set_object (&self->os, vmm_install_media_get_os (media));
    }
  recommend (self);
}

VmmInstallMedia *
vmm_new_machine_get_media (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  return self->media;
}

/**
 * vmm_new_machine_set_image:
 * @image: (nullable): an existing disk image, which takes the place of an installation medium
 */
void
vmm_new_machine_set_image (VmmNewMachine      *self,
                           const VmmDiskImage *image)
{
  VmmDiskImage *copy;

  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  copy = image != NULL ? vmm_disk_image_copy (image) : NULL;
  vmm_disk_image_free (self->image);
  self->image = copy;
  if (copy != NULL)
    g_clear_object (&self->media);
  recommend (self);
}

const VmmDiskImage *
vmm_new_machine_get_image (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  return self->image;
}

void
vmm_new_machine_set_os (VmmNewMachine *self,
                        VmmOs         *os)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));
  g_return_if_fail (os == NULL || VMM_IS_OS (os));

  if (g_set_object (&self->os, os))
    recommend (self);
}

VmmOs *
vmm_new_machine_get_os (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  return self->os;
}

const VmmRecommendation *
vmm_new_machine_get_recommendation (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  return &self->recommendation;
}

static void
set_text (VmmNewMachine  *self,
          char          **field,
          const char     *text)
{
  char *copy = g_strdup (text);

  g_free (*field);
  *field = copy;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/**
 * vmm_new_machine_set_name:
 * @name: (nullable): a name; %NULL for the proposed one
 */
void
vmm_new_machine_set_name (VmmNewMachine *self,
                          const char    *name)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  set_text (self, &self->name, name);
}

const char *
vmm_new_machine_get_name (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  return self->name != NULL ? self->name : self->proposed_name;
}

/**
 * vmm_new_machine_set_memory_mib:
 * @memory_mib: 0 for the recommended amount
 */
void
vmm_new_machine_set_memory_mib (VmmNewMachine *self,
                                guint64        memory_mib)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  self->memory_mib = memory_mib;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

guint64
vmm_new_machine_get_memory_mib (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), 0);

  return self->memory_mib != 0 ? self->memory_mib : self->recommendation.memory_mib;
}

/**
 * vmm_new_machine_set_vcpus:
 * @vcpus: 0 for the recommended number
 */
void
vmm_new_machine_set_vcpus (VmmNewMachine *self,
                           guint          vcpus)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  self->vcpus = vcpus;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

guint
vmm_new_machine_get_vcpus (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), 0);

  return self->vcpus != 0 ? self->vcpus : self->recommendation.vcpus;
}

/**
 * vmm_new_machine_set_disk_bytes:
 * @disk_bytes: size of the disk to create; 0 for the recommended one
 */
void
vmm_new_machine_set_disk_bytes (VmmNewMachine *self,
                                guint64        disk_bytes)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  self->disk_bytes = disk_bytes;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

guint64
vmm_new_machine_get_disk_bytes (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), 0);

  return self->disk_bytes != 0 ? self->disk_bytes : self->recommendation.disk_bytes;
}

void
vmm_new_machine_set_firmware (VmmNewMachine *self,
                              VmmFirmwareKind    firmware)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  self->firmware = (int) firmware;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

VmmFirmwareKind
vmm_new_machine_get_firmware (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), VMM_FIRMWARE_KIND_BIOS);

  return self->firmware >= 0 ? (VmmFirmwareKind) self->firmware : self->recommendation.firmware;
}

void
vmm_new_machine_set_network (VmmNewMachine        *self,
                             VmmNewMachineNetwork  network)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  self->network = network;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

VmmNewMachineNetwork
vmm_new_machine_get_network (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), VMM_NEW_MACHINE_NETWORK_NONE);

  return self->network;
}

void
vmm_new_machine_set_start (VmmNewMachine *self,
                           gboolean       start)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  self->start = start;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

gboolean
vmm_new_machine_get_start (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), FALSE);

  return self->start;
}

/**
 * vmm_new_machine_set_disk_bus:
 * @bus: (nullable): "virtio", "sata", "scsi", "ide" or "usb"; %NULL for what suits the system
 */
void
vmm_new_machine_set_disk_bus (VmmNewMachine *self,
                              const char    *bus)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  set_text (self, &self->disk_bus, bus);
}

const char *
vmm_new_machine_get_disk_bus (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  return self->disk_bus != NULL ? self->disk_bus : self->recommendation.disk_bus;
}

/**
 * vmm_new_machine_set_nic_model:
 * @model: (nullable): "virtio", "e1000e", …; %NULL for what suits the system
 */
void
vmm_new_machine_set_nic_model (VmmNewMachine *self,
                               const char    *model)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  set_text (self, &self->nic_model, model);
}

const char *
vmm_new_machine_get_nic_model (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  return self->nic_model != NULL ? self->nic_model : self->recommendation.nic_model;
}

/**
 * vmm_new_machine_set_video_model:
 * @model: (nullable): "virtio", "qxl", "vga" or "none"; %NULL for what suits the system
 */
void
vmm_new_machine_set_video_model (VmmNewMachine *self,
                                 const char    *model)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  set_text (self, &self->video_model, model);
}

const char *
vmm_new_machine_get_video_model (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  return self->video_model != NULL ? self->video_model : self->recommendation.video_model;
}

/**
 * vmm_new_machine_set_machine:
 * @machine: (nullable): "q35", "pc" or a versioned machine type; %NULL for what suits the system
 */
void
vmm_new_machine_set_machine (VmmNewMachine *self,
                             const char    *machine)
{
  g_return_if_fail (VMM_IS_NEW_MACHINE (self));

  set_text (self, &self->machine, machine);
}

const char *
vmm_new_machine_get_machine (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  return self->machine != NULL ? self->machine : self->recommendation.machine;
}

/**
 * vmm_new_machine_get_arch:
 *
 * Returns: the host's architecture: what new machines get
 */
const char *
vmm_new_machine_get_arch (VmmNewMachine *self)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  return *self->host->arch != '\0' ? self->host->arch : DEFAULT_ARCH;
}

/* Whether @name is taken: for vmm-new-machine-check.c. */
gboolean
vmm_new_machine_is_taken (VmmNewMachine *self,
                          const char    *name)
{
  return g_strv_contains ((const char *const *) self->taken_names, name);
}

/**
 * vmm_new_machine_propose_name:
 * @stem: what it should be called
 * @taken: names that are taken
 *
 * Returns: (transfer full): @stem, or @stem with the first free number from 2: "debian11-2"
 */
char *
vmm_new_machine_propose_name (const char        *stem,
                              const char *const *taken)
{
  if (!g_strv_contains (taken, stem))
    return g_strdup (stem);

  for (guint i = 2;; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%u", stem, i);

      if (!g_strv_contains (taken, name))
        return g_steal_pointer (&name);
    }
}
