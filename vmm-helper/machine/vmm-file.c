/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmm-error.h"
#include "vmm-fd.h"

static gboolean
write_all (int         fd,
           const char *text,
           gsize       length)
{
  while (length > 0)
    {
      gssize n = write (fd, text, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      text += n;
      length -= n;
    }

  return TRUE;
}

static gboolean
write_new (int         folder_fd,
           const char *name,
           const char *text,
           gsize       length,
           gboolean    durable)
{
  vmm_autofd int fd = openat (folder_fd, name,
                              O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

  return fd >= 0 && write_all (fd, text, length) && (!durable || fsync (fd) == 0);
}

/**
 * vmm_file_replace:
 * @folder: an existing folder
 * @name: file name in it
 * @durable: also survive a power cut: sync file and folder before returning
 *
 * Writes a file so that at any moment either the old or the new one is there, whole. It has mode
 * 0600. On failure the old one is untouched and nothing else remains.
 */
gboolean
vmm_file_replace (const char  *folder,
                  const char  *name,
                  const char  *text,
                  gsize        length,
                  gboolean     durable,
                  GError     **error)
{
  g_autofree char *temporary = g_strconcat (".", name, ".new", NULL);
  vmm_autofd int folder_fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int failure = 0;

  if (folder_fd < 0)
    failure = errno;
  else if (!write_new (folder_fd, temporary, text, length, durable)
           || renameat (folder_fd, temporary, folder_fd, name) != 0)
    {
      failure = errno;
      unlinkat (folder_fd, temporary, 0);
    }
  else if (durable && fsync (folder_fd) != 0)
    failure = errno;

  if (failure == 0)
    return TRUE;

  g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot write “%s/%s”: %s", folder, name,
               g_strerror (failure));

  return FALSE;
}

/**
 * vmm_file_read:
 * @max_size: a larger file is refused
 * @length: (out) (optional): bytes read
 *
 * Reads a regular file that is ours, of a size that keeps us sane. The text ends with a NUL that
 * @length does not count.
 *
 * Returns: (transfer full): the text, or %NULL with VMM_ERROR_NOT_FOUND or VMM_ERROR_STORAGE
 */
char *
vmm_file_read (const char  *path,
               gsize        max_size,
               gsize       *length,
               GError     **error)
{
  vmm_autofd int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  g_autofree char *text = NULL;
  struct stat st;
  gsize have = 0;

  if (fd < 0 || fstat (fd, &st) != 0)
    {
      g_set_error (error, VMM_ERROR, errno == ENOENT ? VMM_ERROR_NOT_FOUND : VMM_ERROR_STORAGE,
                   "Cannot read “%s”: %s", path, g_strerror (errno));
      return NULL;
    }

  if (!S_ISREG (st.st_mode) || (guint64) st.st_size > max_size)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE,
                   "“%s” is no file of %" G_GSIZE_FORMAT " bytes at most", path, max_size);
      return NULL;
    }

  text = g_malloc (st.st_size + 1);
  while (have < (gsize) st.st_size)
    {
      gssize n = read (fd, text + have, st.st_size - have);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot read “%s”: %s", path,
                       g_strerror (errno));
          return NULL;
        }
      if (n == 0)
        break;
      have += n;
    }
  text[have] = '\0';
  if (length != NULL)
    *length = have;

  return g_steal_pointer (&text);
}

/**
 * vmm_file_read_tail:
 *
 * Returns: (transfer full): the last @max_size bytes of a log file from the first whole line on, as
 *   valid UTF-8; "" if there is none
 */
char *
vmm_file_read_tail (const char *path,
                    gsize       max_size)
{
  vmm_autofd int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  g_autofree char *text = g_malloc (max_size + 1);
  off_t size = fd >= 0 ? lseek (fd, 0, SEEK_END) : -1;
  off_t start = size > (off_t) max_size ? size - (off_t) max_size : 0;
  const char *from = text;
  gssize n;

  if (size <= 0)
    return g_strdup ("");

  n = pread (fd, text, max_size, start);
  text[MAX (n, 0)] = '\0';
  if (start > 0)
    {
      const char *newline = strchr (text, '\n');

      from = newline != NULL ? newline + 1 : text;
    }

  return g_utf8_make_valid (from, -1);
}

static gboolean
remove_entries (int parent_fd,
                const char *name)
{
  vmm_autofd int fd = openat (parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  DIR *folder = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;
  gboolean is_done = TRUE;

  if (folder == NULL)
    return FALSE;

  g_steal_fd (&fd);
  while ((entry = readdir (folder)) != NULL)
    {
      if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, ".."))
        continue;
      if (unlinkat (dirfd (folder), entry->d_name, 0) == 0)
        continue;
      if (errno != EISDIR || !remove_entries (dirfd (folder), entry->d_name))
        is_done = FALSE;
    }
  closedir (folder);

  return is_done && unlinkat (parent_fd, name, AT_REMOVEDIR) == 0;
}

/**
 * vmm_folder_remove:
 *
 * Removes a folder and all that is in it, following no link. It is well if there is none.
 */
gboolean
vmm_folder_remove (const char  *path,
                   GError     **error)
{
  if (access (path, F_OK) != 0 && errno == ENOENT)
    return TRUE;
  if (remove_entries (AT_FDCWD, path))
    return TRUE;

  g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot remove the folder “%s”: %s", path,
               g_strerror (errno));

  return FALSE;
}
