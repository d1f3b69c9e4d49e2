/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "vmm-error.h"
#include "vmm-fd.h"

/* A home folder may make a path longer than the 107 bytes that sun_path takes, so sockets are
 * named through a descriptor of their folder. */
static int
prepare (const char          *folder,
         const char          *name,
         struct sockaddr_un  *address,
         int                 *folder_fd,
         GError             **error)
{
  vmm_autofd int fd = -1;

  *folder_fd = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (*folder_fd < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot open the folder “%s”: %s", folder,
                   g_strerror (errno));
      return -1;
    }

  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (fd < 0 || g_snprintf (address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s",
                            *folder_fd, name) >= (int) sizeof address->sun_path)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot make the socket “%s”", name);
      return -1;
    }

  return g_steal_fd (&fd);
}

/**
 * vmm_socket_listen:
 * @folder: an existing folder
 * @name: file name in it; what is there is replaced
 *
 * Returns: a listening Unix stream socket that only this user can connect to, or -1
 */
int
vmm_socket_listen (const char  *folder,
                   const char  *name,
                   GError     **error)
{
  vmm_autofd int folder_fd = -1;
  vmm_autofd int fd = -1;
  struct sockaddr_un address;
  mode_t mask;
  int result;

  fd = prepare (folder, name, &address, &folder_fd, error);
  if (fd < 0)
    return -1;

  unlinkat (folder_fd, name, 0);
  mask = umask (0077);
  result = bind (fd, (struct sockaddr *) &address, sizeof address);
  umask (mask);
  if (result != 0 || listen (fd, 4) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot listen at “%s/%s”: %s", folder, name,
                   g_strerror (errno));
      return -1;
    }

  return g_steal_fd (&fd);
}

/**
 * vmm_socket_connect:
 *
 * Connecting to a Unix socket does not wait for the other side, unless its queue is full: then it
 * fails.
 *
 * Returns: (transfer full): a connected, non-blocking socket, or %NULL with @error set
 */
GSocket *
vmm_socket_connect (const char  *folder,
                    const char  *name,
                    GError     **error)
{
  g_autoptr (GSocket) socket = NULL;
  vmm_autofd int folder_fd = -1;
  vmm_autofd int fd = -1;
  struct sockaddr_un address;

  fd = prepare (folder, name, &address, &folder_fd, error);
  if (fd < 0)
    return NULL;

  if (fcntl (fd, F_SETFL, O_NONBLOCK) != 0
      || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR, "Cannot connect to “%s/%s”: %s", folder,
                   name, g_strerror (errno));
      return NULL;
    }

  socket = g_socket_new_from_fd (fd, error);
  if (socket != NULL)
    g_steal_fd (&fd);

  return g_steal_pointer (&socket);
}

/**
 * vmm_socket_pair:
 * @fds: (out): two ends of a stream, close-on-exec
 */
gboolean
vmm_socket_pair (int      fds[2],
                 GError **error)
{
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0)
    return TRUE;

  g_set_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR, "Cannot make a pair of sockets: %s",
               g_strerror (errno));

  return FALSE;
}
