/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-disk-image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>

G_DEFINE_BOXED_TYPE (VmmDiskImage, vmm_disk_image, vmm_disk_image_copy, vmm_disk_image_free)

VmmDiskImage *
vmm_disk_image_new (const char *path,
                    const char *format,
                    guint64     capacity_bytes)
{
  VmmDiskImage *self = g_new0 (VmmDiskImage, 1);

  self->path = g_strdup (path);
  self->format = g_strdup (format);
  self->capacity_bytes = capacity_bytes;

  return self;
}

VmmDiskImage *
vmm_disk_image_copy (const VmmDiskImage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return vmm_disk_image_new (self->path, self->format, self->capacity_bytes);
}

void
vmm_disk_image_free (VmmDiskImage *self)
{
  if (self == NULL)
    return;

  g_free (self->path);
  g_free (self->format);
  g_free (self);
}

typedef struct
{
  char           *path;
  VmmDBusManager *manager;
} Inspect;

static void
inspect_free (gpointer data)
{
  Inspect *inspect = data;

  g_free (inspect->path);
  g_object_unref (inspect->manager);
  g_free (inspect);
}

static void
inspect_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Inspect *inspect = g_task_get_task_data (task);
  g_autofree char *shown = g_filename_display_name (inspect->path);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) details = NULL;
  const char *format = NULL;
  guint64 capacity_bytes = 0;
  GError *error = NULL;

  reply = g_dbus_proxy_call_with_unix_fd_list_finish (G_DBUS_PROXY (source), NULL, result, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  g_variant_get (reply, "(@a{sv})", &details);
  g_variant_lookup (details, "format", "&s", &format);
  g_variant_lookup (details, "capacity", "t", &capacity_bytes);
  if (format == NULL || capacity_bytes == 0)
    g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_INVALID,
                             /* Translators: %s is a file's path */
                             _("“%s” is not a disk image."), shown);
  else if (g_str_equal (format, "iso"))
    g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_INVALID,
                             _("“%s” is an installation disc, not a disk image."), shown);
  else
    g_task_return_pointer (task, vmm_disk_image_new (inspect->path, format, capacity_bytes),
                           (GDestroyNotify) vmm_disk_image_free);
}

static void
open_thread (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  const char *path = task_data;
  g_autofree char *shown = g_filename_display_name (path);
  struct stat status;
  int saved_errno;
  int fd;

  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  saved_errno = errno;
  if (fd < 0 && saved_errno == ENOENT)
    {
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_NOT_FOUND,
                               _("The file “%s” does not exist."), shown);
      return;
    }
  if (fd < 0)
    {
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_STORAGE,
                               /* Translators: a file's path, then the system's reason */
                               _("The file “%s” cannot be read: %s"), shown,
                               g_strerror (saved_errno));
      return;
    }
  if (fstat (fd, &status) != 0 || !(S_ISREG (status.st_mode) || S_ISBLK (status.st_mode)))
    {
      close (fd);
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_INVALID, _("“%s” is not a file."), shown);
      return;
    }

  g_task_return_int (task, fd);
}

static void
open_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Inspect *inspect = g_task_get_task_data (task);
  g_autoptr (GUnixFDList) fds = NULL;
  GError *error = NULL;
  gssize fd;

  fd = g_task_propagate_int (G_TASK (result), &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  fds = g_unix_fd_list_new_from_array ((int[]) { fd }, 1);
  g_dbus_proxy_call_with_unix_fd_list (G_DBUS_PROXY (inspect->manager), "InspectImage",
                                       g_variant_new ("(h)", 0), G_DBUS_CALL_FLAGS_NONE, -1, fds,
                                       g_task_get_cancellable (task), inspect_cb,
                                       g_object_ref (task));
}

/**
 * vmm_disk_image_inspect_async:
 * @manager: the core, which reads the image's header
 * @path: a disk image
 *
 * Finds out the format and size of a disk image.
 *
 * Fails with VMM_ERROR_NOT_FOUND, VMM_ERROR_STORAGE (cannot be read) or VMM_ERROR_INVALID (no disk
 * image); the message names the file.
 */
void
vmm_disk_image_inspect_async (VmmDBusManager      *manager,
                              const char          *path,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GTask) worker = NULL;
  Inspect *inspect;

  g_return_if_fail (VMM_DBUS_IS_MANAGER (manager));
  g_return_if_fail (path != NULL);

  task = g_task_new (manager, cancellable, callback, user_data);
  g_task_set_source_tag (task, vmm_disk_image_inspect_async);
  inspect = g_new0 (Inspect, 1);
  inspect->path = g_strdup (path);
  inspect->manager = g_object_ref (manager);
  g_task_set_task_data (task, inspect, inspect_free);

  /* Opening may take long on a network file system. */
  worker = g_task_new (NULL, cancellable, open_cb, g_steal_pointer (&task));
  g_task_set_source_tag (worker, open_thread);
  g_task_set_task_data (worker, g_strdup (path), g_free);
  g_task_set_check_cancellable (worker, FALSE);
  g_task_run_in_thread (worker, open_thread);
}

/**
 * vmm_disk_image_inspect_finish:
 *
 * Returns: (transfer full): what the image is
 */
VmmDiskImage *
vmm_disk_image_inspect_finish (VmmDBusManager  *manager,
                               GAsyncResult    *result,
                               GError         **error)
{
  g_return_val_if_fail (g_task_is_valid (result, manager), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
