/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-install-media.h"

#include "vmm-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

/* ECMA-119 and ECMA-167: descriptors of 2048 bytes from sector 16 on, a type byte, then five signs
 * that say of which standard. */
#define SECTOR_SIZE 2048
#define FIRST_DESCRIPTOR (16 * SECTOR_SIZE)

#define REBOOTS_MAX 16

/**
 * VmmInstallMedia:
 *
 * An ISO file and what could be found out about it.
 */
struct _VmmInstallMedia
{
  GObject  parent_instance;

  char    *path;
  VmmOs   *os;
  char    *arch;
  char    *volume_id;
  guint    reboots;
  gboolean is_identified;
  gboolean is_live;
  gboolean is_installer;
};

G_DEFINE_FINAL_TYPE (VmmInstallMedia, vmm_install_media, G_TYPE_OBJECT)

static void
vmm_install_media_finalize (GObject *object)
{
  VmmInstallMedia *self = VMM_INSTALL_MEDIA (object);

  g_free (self->path);
  g_clear_object (&self->os);
  g_free (self->arch);
  g_free (self->volume_id);

  G_OBJECT_CLASS (vmm_install_media_parent_class)->finalize (object);
}

static void
vmm_install_media_class_init (VmmInstallMediaClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vmm_install_media_finalize;
}

static void
vmm_install_media_init (VmmInstallMedia *self)
{
}

/**
 * vmm_install_media_new:
 * @path: the ISO file
 * @os: what it installs, as far as it is known
 * @media: (nullable): what it says of itself; with its OS if that was identified
 */
VmmInstallMedia *
vmm_install_media_new (const char  *path,
                       VmmOs       *os,
                       OsinfoMedia *media)
{
  VmmInstallMedia *self;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (os == NULL || VMM_IS_OS (os), NULL);

  self = g_object_new (VMM_TYPE_INSTALL_MEDIA, NULL);
  self->path = g_strdup (path);
  g_set_object (&self->os, os);
  self->reboots = 1;
  self->is_installer = TRUE;
  if (media != NULL)
    {
      g_autoptr (OsinfoOs) identified = osinfo_media_get_os (media);

      self->volume_id = g_strdup (osinfo_media_get_volume_id (media));
      if (identified != NULL)
        {
          self->is_identified = TRUE;
          self->arch = g_strdup (osinfo_media_get_architecture (media));
          self->is_live = osinfo_media_get_live (media);
          self->is_installer = osinfo_media_get_installer (media);
          self->reboots = CLAMP (osinfo_media_get_installer_reboots (media), 1, REBOOTS_MAX);
        }
    }

  return self;
}

const char *
vmm_install_media_get_path (VmmInstallMedia *self)
{
  g_return_val_if_fail (VMM_IS_INSTALL_MEDIA (self), NULL);

  return self->path;
}

/**
 * vmm_install_media_get_os:
 *
 * Returns: (transfer none) (nullable): the system on it, or a generic one
 */
VmmOs *
vmm_install_media_get_os (VmmInstallMedia *self)
{
  g_return_val_if_fail (VMM_IS_INSTALL_MEDIA (self), NULL);

  return self->os;
}

/**
 * vmm_install_media_get_arch:
 *
 * Returns: (nullable): "x86_64", "i686", "all", … if the system was identified
 */
const char *
vmm_install_media_get_arch (VmmInstallMedia *self)
{
  g_return_val_if_fail (VMM_IS_INSTALL_MEDIA (self), NULL);

  return self->arch;
}

const char *
vmm_install_media_get_volume_id (VmmInstallMedia *self)
{
  g_return_val_if_fail (VMM_IS_INSTALL_MEDIA (self), NULL);

  return self->volume_id;
}

/**
 * vmm_install_media_get_reboots:
 *
 * Returns: how often the installer restarts the machine before it is done, 1 to 16
 */
guint
vmm_install_media_get_reboots (VmmInstallMedia *self)
{
  g_return_val_if_fail (VMM_IS_INSTALL_MEDIA (self), 1);

  return self->reboots;
}

/**
 * vmm_install_media_is_identified:
 *
 * Returns: whether the database knows it; else the system is a guess
 */
gboolean
vmm_install_media_is_identified (VmmInstallMedia *self)
{
  g_return_val_if_fail (VMM_IS_INSTALL_MEDIA (self), FALSE);

  return self->is_identified;
}

gboolean
vmm_install_media_is_live (VmmInstallMedia *self)
{
  g_return_val_if_fail (VMM_IS_INSTALL_MEDIA (self), FALSE);

  return self->is_live;
}

gboolean
vmm_install_media_is_installer (VmmInstallMedia *self)
{
  g_return_val_if_fail (VMM_IS_INSTALL_MEDIA (self), FALSE);

  return self->is_installer;
}

/* Whether the file is an optical disc's image: ISO 9660 or UDF. */
static gboolean
check_iso (const char  *path,
           GError     **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  char descriptor[6];
  struct stat status;
  gssize got;
  int fd;
  int saved_errno;

  /* Without O_NONBLOCK a pipe would hold us for ever. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  saved_errno = errno;
  if (fd < 0 && saved_errno == ENOENT)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_NOT_FOUND,
                   /* Translators: %s is a file's path */
                   _("The file “%s” does not exist."), shown);
      return FALSE;
    }
  if (fd < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE,
                   /* Translators: a file's path, then the system's reason */
                   _("The file “%s” cannot be read: %s"), shown, g_strerror (saved_errno));
      return FALSE;
    }
  if (fstat (fd, &status) != 0 || !(S_ISREG (status.st_mode) || S_ISBLK (status.st_mode)))
    {
      close (fd);
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, _("“%s” is not a file."), shown);
      return FALSE;
    }

  got = pread (fd, descriptor, sizeof descriptor, FIRST_DESCRIPTOR);
  saved_errno = errno;
  close (fd);
  if (got < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE,
                   _("The file “%s” cannot be read: %s"), shown, g_strerror (saved_errno));
      return FALSE;
    }
  if (got != sizeof descriptor
      || (memcmp (descriptor + 1, "CD001", 5) != 0 && memcmp (descriptor + 1, "BEA01", 5) != 0))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   _("“%s” is not an installation disc: it holds no ISO 9660 or UDF file system."),
                   shown);
      return FALSE;
    }

  return TRUE;
}

/**
 * vmm_install_media_read:
 *
 * Reads what an ISO file says of itself. It blocks: call it in a thread.
 *
 * Fails with VMM_ERROR_NOT_FOUND, VMM_ERROR_STORAGE (cannot be read) or VMM_ERROR_INVALID (no ISO).
 *
 * Returns: (transfer full) (nullable): %NULL without an error if it is a disc that says nothing
 */
OsinfoMedia *
vmm_install_media_read (const char    *path,
                        GCancellable  *cancellable,
                        GError       **error)
{
  g_autoptr (GMainContext) context = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GFile) file = NULL;
  g_autofree char *uri = NULL;
  OsinfoMedia *media;

  if (!check_iso (path, error))
    return NULL;

  /* A URI, because libosinfo takes a location that looks like one for it. It runs a main loop of
   * the thread's default context, which must not be the application's. */
  file = g_file_new_for_path (path);
  uri = g_file_get_uri (file);
  context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  media = osinfo_media_create_from_location_with_flags (uri, cancellable, 0, &local_error);
  g_main_context_pop_thread_default (context);

  if (media == NULL && g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&local_error));
  else if (media == NULL)
    g_debug ("%s: %s", path, local_error->message);

  return media;
}
