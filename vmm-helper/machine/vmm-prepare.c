/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmm-error.h"
#include "vmm-fd.h"
#include "vmm-file.h"
#include "vmm-image.h"
#include "vmm-xml.h"

/* Firmware variables of a new machine, in its folder. */
#define NVRAM_NAME "nvram.fd"

/* The largest template there is has 4 MiB. */
#define MAX_NVRAM_BYTES (64 * 1024 * 1024)

struct _VmmPreparation
{
  VmmFirmware *firmware;    /* NULL: SeaBIOS or an explicit loader */
  char        *nvram;
};

typedef struct
{
  VmmDomain *domain;
  char      *arch;
  char      *folder;
  char      *runtime;
} Input;

static void
input_free (gpointer data)
{
  Input *input = data;

  g_object_unref (input->domain);
  g_free (input->arch);
  g_free (input->folder);
  g_free (input->runtime);
  g_free (input);
}

void
vmm_preparation_free (VmmPreparation *self)
{
  g_clear_pointer (&self->firmware, vmm_firmware_free);
  g_free (self->nvram);
  g_free (self);
}

/* QEMU opens the images itself and says what is wrong in its own way. What goes wrong most often is
 * told here in plain words. */
static gboolean
check_file (const char  *path,
            const char  *target,
            const char  *format,
            gboolean     reads_only,
            gboolean     has_backing,
            GError     **error)
{
  vmm_autofd int fd = open (path, (reads_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
  struct stat st;

  if (fd < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE,
                   errno == ENOENT ? "The disk image “%s” of drive %s does not exist: %s"
                                   : "The disk image “%s” of drive %s cannot be opened: %s",
                   path, target, g_strerror (errno));
      return FALSE;
    }
  if (fstat (fd, &st) != 0 || !(S_ISREG (st.st_mode) || S_ISBLK (st.st_mode)))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE,
                   "“%s” of drive %s is neither a file nor a block device", path, target);
      return FALSE;
    }

  return g_strcmp0 (format, "qcow2") != 0 || vmm_image_check_chain (fd, path, has_backing, error);
}

static gboolean
check_image (VmmDisk  *disk,
             GError  **error)
{
  const char *path = vmm_disk_get_source_file (disk);
  const char *target = vmm_disk_get_target (disk);
  gboolean reads_only = vmm_disk_is_read_only (disk)
                        || g_strcmp0 (vmm_disk_get_device (disk), "cdrom") == 0;
  const xmlNode *below = vmm_disk_get_backing_store (disk, NULL);

  if (path == NULL || path[0] == '\0')
    return TRUE;
  if (!check_file (path, target, vmm_disk_get_format (disk), reads_only, below != NULL, error))
    return FALSE;

  while (below != NULL)
    {
      const xmlNode *next = vmm_disk_get_backing_store (disk, below);
      const char *file = vmm_xml_get (below, "source@file");

      if (file != NULL && !check_file (file, target, vmm_xml_get (below, "format@type"), TRUE,
                                       next != NULL, error))
        return FALSE;
      below = next;
    }

  return TRUE;
}

static gboolean
copy_nvram (const char  *template,
            const char  *path,
            GError     **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *bytes = NULL;
  char *target;
  gsize length;

  if (access (path, F_OK) == 0)
    return TRUE;

  /* Templates are links in some distributions, which vmm_file_read() does not follow. */
  target = realpath (template, NULL);
  bytes = vmm_file_read (target != NULL ? target : template, MAX_NVRAM_BYTES, &length, error);
  free (target);
  if (bytes == NULL)
    {
      g_prefix_error (error, "The firmware's template of variables cannot be used: ");
      return FALSE;
    }

  return vmm_file_replace (folder, name, bytes, length, TRUE, error);
}

static gboolean
prepare_firmware (Input           *input,
                  VmmPreparation  *self,
                  GError         **error)
{
  VmmDomain *domain = input->domain;
  const char *template = vmm_domain_get_nvram_template (domain);
  const char *nvram = vmm_domain_get_nvram (domain);
  gboolean enrolled = FALSE;
  VmmFirmwareQuery query = { "efi", input->arch, vmm_domain_get_machine (domain), -1, -1,
                             vmm_domain_get_loader (domain) };

  if (!vmm_domain_is_uefi (domain))
    return TRUE;

  query.secure_boot = vmm_domain_wants_secure_boot (domain) ? 1 : query.loader != NULL ? -1 : 0;
  if (vmm_domain_has_firmware_feature (domain, "enrolled-keys", &enrolled))
    query.enrolled_keys = enrolled ? 1 : 0;

  /* A loader named by its path needs no descriptor, if it comes with a template of its own. */
  self->firmware = vmm_firmware_find (&query, query.loader != NULL ? NULL : error);
  if (self->firmware == NULL && query.loader == NULL)
    return FALSE;
  if (template == NULL && self->firmware != NULL)
    template = self->firmware->nvram_template;

  self->nvram = nvram != NULL ? g_strdup (nvram)
                              : g_build_filename (input->folder, NVRAM_NAME, NULL);
  if (template == NULL)
    {
      if (access (self->nvram, F_OK) != 0)
        g_clear_pointer (&self->nvram, g_free);
      return TRUE;
    }

  return copy_nvram (template, self->nvram, error);
}

/* In a thread: a dead NFS server must not stop the core. */
static void
prepare_thread (GTask        *task,
                gpointer      source,
                gpointer      data,
                GCancellable *cancellable)
{
  Input *input = data;
  g_autoptr (GPtrArray) disks = vmm_domain_list_disks (input->domain);
  VmmPreparation *self = g_new0 (VmmPreparation, 1);
  GError *error = NULL;

  for (guint i = 0; error == NULL && i < disks->len; i++)
    check_image (g_ptr_array_index (disks, i), &error);

  if (error == NULL && g_mkdir_with_parents (input->runtime, 0700) != 0)
    g_set_error (&error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot make the folder “%s”: %s",
                 input->runtime, g_strerror (errno));
  if (error == NULL)
    prepare_firmware (input, self, &error);

  if (error != NULL)
    {
      vmm_preparation_free (self);
      g_task_return_error (task, error);
    }
  else
    {
      g_task_return_pointer (task, self, (GDestroyNotify) vmm_preparation_free);
    }
}

/**
 * vmm_prepare_async:
 * @domain: what is to be started; not to be touched until this is done
 * @folder: the machine's own folder, where its firmware variables are
 * @runtime: the folder of its sockets, which is made
 *
 * Looks whether the images are there, and makes what a start needs of files, in a thread.
 */
void
vmm_prepare_async (VmmDomain           *domain,
                   VmmCapabilities     *capabilities,
                   const char          *folder,
                   const char          *runtime,
                   GAsyncReadyCallback  callback,
                   gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Input *input = g_new0 (Input, 1);

  g_task_set_source_tag (task, vmm_prepare_async);
  input->domain = g_object_ref (domain);
  input->arch = g_strdup (vmm_capabilities_get_arch (capabilities));
  input->folder = g_strdup (folder);
  input->runtime = g_strdup (runtime);
  g_task_set_task_data (task, input, input_free);
  g_task_run_in_thread (task, prepare_thread);
}

/**
 * vmm_prepare_finish:
 *
 * Returns: (transfer full): what was made, or %NULL with VMM_ERROR_STORAGE or VMM_ERROR_UNSUPPORTED
 */
VmmPreparation *
vmm_prepare_finish (GAsyncResult  *result,
                    GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * vmm_preparation_get_firmware:
 *
 * Returns: (transfer none) (nullable): the UEFI firmware that was chosen
 */
const VmmFirmware *
vmm_preparation_get_firmware (const VmmPreparation *self)
{
  return self->firmware;
}

/**
 * vmm_preparation_get_nvram:
 *
 * Returns: (transfer none) (nullable): the file of its variables
 */
const char *
vmm_preparation_get_nvram (const VmmPreparation *self)
{
  return self->nvram;
}
