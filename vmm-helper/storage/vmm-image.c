/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <linux/fs.h>

#include "vmm-error.h"
#include "vmm-fd.h"

/* An image under way has another name beside PATH: PATH is there only when it is whole. */
typedef struct
{
  char *path;
  char *part;
} Create;

static void
create_free (gpointer data)
{
  Create *create = data;

  g_free (create->path);
  g_free (create->part);
  g_free (create);
}

static gboolean
check_create (const char  *path,
              const char  *format,
              guint64      capacity_bytes,
              gboolean     overcommit,
              GError     **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *given = g_format_size_full (capacity_bytes, G_FORMAT_SIZE_IEC_UNITS);
  struct statvfs space;
  guint64 free_bytes;

  if (path[0] != '/')
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "“%s” is not an absolute path for a disk image", path);
      return FALSE;
    }
  if (!g_str_equal (format, "qcow2") && !g_str_equal (format, "raw"))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "Cannot create an image of the format “%s”; qcow2 and raw can be", format);
      return FALSE;
    }
  if (capacity_bytes < VMM_IMAGE_MIN_BYTES || capacity_bytes > VMM_IMAGE_MAX_BYTES
      || capacity_bytes % 512 != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "A disk image cannot have %s (%" G_GUINT64_FORMAT " bytes); 1 MiB to 64 TiB in "
                   "steps of 512 bytes work", given, capacity_bytes);
      return FALSE;
    }
  if (access (path, F_OK) == 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_EXISTS, "The file “%s” exists already", path);
      return FALSE;
    }
  if (statvfs (folder, &space) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot use the folder “%s”: %s", folder,
                   g_strerror (errno));
      return FALSE;
    }

  free_bytes = (guint64) space.f_bavail * space.f_frsize;
  if (!overcommit && capacity_bytes > free_bytes)
    {
      g_autofree char *there = g_format_size_full (free_bytes, G_FORMAT_SIZE_IEC_UNITS);

      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE,
                   "There is no room for a disk of %s in “%s”: %s are free", given, folder, there);
      return FALSE;
    }

  return TRUE;
}

/* Not rename(): what has come to be there meanwhile is not ours to overwrite. Where the file system does not
 * know RENAME_NOREPLACE (NFS), a link does the same in two steps. */
static gboolean
rename_new (const char *part,
            const char *path)
{
  if (renameat2 (AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
    return TRUE;
  if (errno != EINVAL && errno != ENOSYS)
    return FALSE;

  return link (part, path) == 0 && unlink (part) == 0;
}

static void
created_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GSubprocess *process = G_SUBPROCESS (source);
  Create *create = g_task_get_task_data (task);
  g_autofree char *words = NULL;
  GError *error = NULL;

  if (!g_subprocess_communicate_utf8_finish (process, result, NULL, &words, &error))
    g_subprocess_force_exit (process);
  else if (!g_subprocess_get_successful (process))
    g_set_error (&error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot create the disk image “%s”\n%s",
                 create->path, words != NULL ? g_strchomp (words) : "");
  else if (!rename_new (create->part, create->path))
    g_set_error (&error, VMM_ERROR, errno == EEXIST ? VMM_ERROR_EXISTS : VMM_ERROR_STORAGE,
                 "Cannot create the disk image “%s”: %s", create->path, g_strerror (errno));

  if (error != NULL)
    {
      unlink (create->part);
      g_task_return_error (task, error);
    }
  else
    {
      g_task_return_boolean (task, TRUE);
    }
}

/**
 * vmm_image_create_async:
 * @path: absolute; it must not exist, its folder must
 * @format: "qcow2" or "raw"
 * @capacity_bytes: what the guest sees: 1 MiB to 64 TiB, a multiple of 512
 * @overcommit: also if the file system has less room than that; the file is sparse
 *
 * Creates an empty disk image. On failure, or when cancelled, nothing of it remains. Fails with
 * VMM_ERROR_INVALID, VMM_ERROR_EXISTS or VMM_ERROR_STORAGE.
 */
void
vmm_image_create_async (const char          *path,
                        const char          *format,
                        guint64              capacity_bytes,
                        gboolean             overcommit,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *capacity = g_strdup_printf ("%" G_GUINT64_FORMAT, capacity_bytes);
  vmm_autofd int fd = -1;
  Create *create;
  GError *error = NULL;

  g_task_set_source_tag (task, vmm_image_create_async);
  if (!check_create (path, format, capacity_bytes, overcommit, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  create = g_new0 (Create, 1);
  create->path = g_strdup (path);
  create->part = g_strconcat (path, ".XXXXXX", NULL);
  g_task_set_task_data (task, create, create_free);
  /* Made by us, so that qemu-img writes over nothing and through no link. */
  fd = g_mkstemp_full (create->part, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_STORAGE,
                               "Cannot create the disk image “%s”: %s", path, g_strerror (errno));
      return;
    }

  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                                        | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, "qemu-img", "create", "-q", "-f", format,
                                         "--", create->part, capacity, NULL);
  if (process == NULL)
    {
      unlink (create->part);
      g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                               "Cannot create disk images: qemu-img is not installed (package "
                               "qemu-utils)\n%s", error->message);
      g_error_free (error);
      return;
    }

  g_subprocess_communicate_utf8_async (process, NULL, cancellable, created_cb,
                                       g_steal_pointer (&task));
}

gboolean
vmm_image_create_finish (GAsyncResult  *result,
                         GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static guint32
read_be32 (const guint8 *bytes)
{
  return (guint32) bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

static guint64
read_be64 (const guint8 *bytes)
{
  return (guint64) read_be32 (bytes) << 32 | read_be32 (bytes + 4);
}

static guint64
read_le64 (const guint8 *bytes)
{
  guint64 value = 0;

  for (int i = 7; i >= 0; i--)
    value = value << 8 | bytes[i];

  return value;
}

/* The backing file that a qcow2 header names, or NULL. Its place and length are the image's own
 * claims: the specification allows 1023 bytes, within the first cluster. */
static char *
read_qcow2_backing (int           fd,
                    const guint8 *header)
{
  guint64 offset = read_be64 (header + 8);
  guint32 length = read_be32 (header + 16);
  g_autofree char *name = NULL;

  if (offset == 0 || length == 0 || length > 1023 || offset > 2 * 1024 * 1024)
    return NULL;

  name = g_malloc0 (length + 1);
  if (pread (fd, name, length, offset) != (gssize) length)
    return NULL;

  return g_utf8_make_valid (name, length);
}

/* "Incompatible features" of a qcow2 header of version 3: the data is in another file. */
#define QCOW2_EXTERNAL_DATA (1 << 2)

/**
 * vmm_image_check_chain:
 * @fd: a readable qcow2 image
 * @path: its name, for the error
 * @has_backing: the definition names an image below it
 *
 * Compares what the header says of other files with what the definition says: only files that the
 * definition names are opened. Fails with VMM_ERROR_INVALID saying what to write into the definition.
 */
gboolean
vmm_image_check_chain (int          fd,
                       const char  *path,
                       gboolean     has_backing,
                       GError     **error)
{
  guint8 header[512] = { 0 };
  g_autofree char *backing = NULL;

  if (pread (fd, header, sizeof header, 0) < 0 || memcmp (header, "QFI\xfb", 4) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "“%s” is no qcow2 image, but the definition says so; correct its <driver type>",
                   path);
      return FALSE;
    }

  if (read_be32 (header + 4) >= 3 && (read_be64 (header + 72) & QCOW2_EXTERNAL_DATA) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                   "“%s” keeps its data in another file, which is not supported; convert it with "
                   "qemu-img", path);
      return FALSE;
    }

  backing = read_qcow2_backing (fd, header);
  if (backing != NULL && !has_backing)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "“%s” lies on top of “%s”, which the definition does not name; if that is meant, "
                   "add a <backingStore> with this file", path, backing);
      return FALSE;
    }

  return TRUE;
}

/**
 * vmm_image_inspect:
 * @fd: readable; a regular file or block device
 *
 * Reads what an image says of itself, without any program and without following anything. It is
 * meant for an image that a person has just chosen; one that a guest can write may lie.
 *
 * Returns: (transfer floating): the details of InspectImage, or %NULL with VMM_ERROR_INVALID or
 *   VMM_ERROR_STORAGE
 */
GVariant *
vmm_image_inspect (int      fd,
                   GError **error)
{
  guint8 header[512] = { 0 };
  guint8 iso[6] = { 0 };
  g_autofree char *backing = NULL;
  const char *format = "raw";
  guint64 capacity = 0;
  GVariantDict dict;
  struct stat st;

  if (fstat (fd, &st) != 0 || !(S_ISREG (st.st_mode) || S_ISBLK (st.st_mode)))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "This is neither a file nor a block device");
      return NULL;
    }
  if (pread (fd, header, sizeof header, 0) < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "The image cannot be read: %s",
                   g_strerror (errno));
      return NULL;
    }
  if (pread (fd, iso, sizeof iso, 0x8000) < 0)
    memset (iso, 0, sizeof iso);

  capacity = st.st_size;
  if (S_ISBLK (st.st_mode) && ioctl (fd, BLKGETSIZE64, &capacity) != 0)
    capacity = 0;

  if (memcmp (header, "QFI\xfb", 4) == 0 && read_be32 (header + 4) >= 2)
    {
      format = "qcow2";
      capacity = read_be64 (header + 24);
      backing = read_qcow2_backing (fd, header);
    }
  else if (memcmp (header, "KDMV", 4) == 0)
    {
      format = "vmdk";
      capacity = read_le64 (header + 12) * 512;
    }
  else if (memcmp (header + 64, "\x7f\x10\xda\xbe", 4) == 0)
    {
      format = "vdi";
      capacity = read_le64 (header + 0x170);
    }
  else if (memcmp (header, "vhdxfile", 8) == 0)
    {
      format = "vhdx";
      capacity = 0;
    }
  else if (memcmp (iso + 1, "CD001", 5) == 0)
    {
      format = "iso";
    }

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "format", "s", format);
  g_variant_dict_insert (&dict, "capacity", "t", capacity);
  g_variant_dict_insert (&dict, "allocation", "t", (guint64) st.st_blocks * 512);
  if (backing != NULL)
    g_variant_dict_insert (&dict, "backing", "s", backing);

  return g_variant_dict_end (&dict);
}
