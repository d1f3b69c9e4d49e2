/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-process.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm-error.h"
#include "vmm-fd.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/**
 * VmmProcess:
 *
 * A QEMU or one of its companions, which must outlive the core. It is followed by a pidfd, so that
 * its end is seen at once and a reused number is never mistaken for it.
 *
 * A process we start is our child, in its own session: the kernel hands it to init when the core
 * dies, and until then we learn its true exit status. It waits at a gate before exec until
 * vmm_process_release(); if the core dies before that it goes away without having run anything.
 */
struct _VmmProcess
{
  GObject      parent_instance;

  VmmProcessId id;
  int          pidfd;
  int          gate;        /* write end; -1 once released */
  guint        watch;
  gboolean     is_child;
  gboolean     has_exited;
  gboolean     has_status;  /* the two below are known */
  int          exit_code;   /* or -1 */
  int          exit_signal; /* or 0 */
};

enum
{
  SIGNAL_EXITED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (VmmProcess, vmm_process, G_TYPE_OBJECT)

static int
pidfd_open_cloexec (pid_t pid)
{
  return (int) syscall (SYS_pidfd_open, pid, 0);
}

static gboolean
exited_cb (int           fd,
           GIOCondition  condition,
           gpointer      user_data)
{
  VmmProcess *self = user_data;
  g_autoptr (VmmProcess) hold G_GNUC_UNUSED = g_object_ref (self);
  siginfo_t info = { 0 };

  self->watch = 0;
  self->has_exited = TRUE;

  if (self->is_child && waitid (P_PIDFD, self->pidfd, &info, WEXITED | WNOHANG) == 0
      && info.si_pid != 0)
    {
      self->has_status = TRUE;
      self->exit_code = info.si_code == CLD_EXITED ? info.si_status : -1;
      self->exit_signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
    }

  g_signal_emit (self, signals[SIGNAL_EXITED], 0);

  return G_SOURCE_REMOVE;
}

static gboolean
reap_cb (int           fd,
         GIOCondition  condition,
         gpointer      user_data)
{
  siginfo_t info;

  waitid (P_PIDFD, fd, &info, WEXITED | WNOHANG);
  close (fd);

  return G_SOURCE_REMOVE;
}

static void
vmm_process_dispose (GObject *object)
{
  VmmProcess *self = VMM_PROCESS (object);

  g_clear_handle_id (&self->watch, g_source_remove);
  /* Nobody is interested in it any more, but a child that ends must be waited for. */
  if (self->is_child && !self->has_exited && self->pidfd >= 0)
    g_unix_fd_add (g_steal_fd (&self->pidfd), G_IO_IN, reap_cb, NULL);
  vmm_clear_fd (&self->gate);
  vmm_clear_fd (&self->pidfd);

  G_OBJECT_CLASS (vmm_process_parent_class)->dispose (object);
}

static void
vmm_process_class_init (VmmProcessClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vmm_process_dispose;

  /**
   * VmmProcess::exited:
   *
   * The process has ended; emitted once, from the main loop.
   */
  signals[SIGNAL_EXITED] =
    g_signal_new ("exited", VMM_TYPE_PROCESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
}

static void
vmm_process_init (VmmProcess *self)
{
  self->pidfd = -1;
  self->gate = -1;
  self->exit_code = -1;
}

/* In clock ticks after boot: /proc/PID/stat, field 22. */
static gboolean
read_start_time (pid_t     pid,
                 guint64  *start_time,
                 GError  **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;
  g_autoptr (GError) local_error = NULL;
  const char *after_name;

  if (!g_file_get_contents (path, &text, NULL, &local_error))
    {
      gboolean is_gone = g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT)
                         || g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_INVAL);

      g_set_error (error, VMM_ERROR, is_gone ? VMM_ERROR_NOT_FOUND : VMM_ERROR_HYPERVISOR, "%s",
                   local_error->message);
      return FALSE;
    }

  /* The name, field 2, is in parentheses and may hold anything, also parentheses. */
  after_name = strrchr (text, ')');
  fields = after_name != NULL ? g_strsplit (after_name + 1, " ", 0) : NULL;
  if (fields == NULL || g_strv_length (fields) < 21)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR, "“%s” is not as expected", path);
      return FALSE;
    }

  *start_time = g_ascii_strtoull (fields[20], NULL, 10);

  return TRUE;
}

/* Between fork and exec: only what is async-signal-safe, since other threads may hold locks. */
static G_NORETURN void
run_child (const char *const *argv,
           const int         *source_fds,
           const int         *target_fds,
           gsize              n_fds,
           int               *spare_fds,
           int                log_fd,
           int                gate)
{
  static const struct rlimit no_core = { 0, 0 };
  int first_free = 3, null_fd;
  char byte = 0;
  sigset_t none;

  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  for (int number = 1; number < NSIG; number++)
    signal (number, SIG_DFL);
  setsid ();
  setrlimit (RLIMIT_CORE, &no_core);

  for (gsize i = 0; i < n_fds; i++)
    first_free = MAX (first_free, target_fds[i] + 1);

  /* First out of the way of the target numbers, then to them. */
  gate = fcntl (gate, F_DUPFD_CLOEXEC, first_free);
  log_fd = fcntl (log_fd, F_DUPFD_CLOEXEC, first_free);
  for (gsize i = 0; i < n_fds; i++)
    spare_fds[i] = fcntl (source_fds[i], F_DUPFD_CLOEXEC, first_free);
  for (gsize i = 0; i < n_fds; i++)
    if (spare_fds[i] < 0 || dup2 (spare_fds[i], target_fds[i]) < 0)
      _exit (126);

  null_fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
  if (gate < 0 || log_fd < 0 || null_fd < 0 || dup2 (null_fd, 0) < 0 || dup2 (log_fd, 1) < 0
      || dup2 (log_fd, 2) < 0)
    _exit (126);
  syscall (SYS_close_range, first_free, ~0U, CLOSE_RANGE_CLOEXEC);

  /* The end of the pipe without a byte means that the core is gone. */
  while (read (gate, &byte, 1) < 0)
    if (errno != EINTR)
      _exit (126);
  if (byte != 'g')
    _exit (126);

  execv (argv[0], (char *const *) argv);
  _exit (127);
}

static VmmProcess *
new_for_pid (pid_t     pid,
             GError  **error)
{
  g_autoptr (VmmProcess) self = g_object_new (VMM_TYPE_PROCESS, NULL);

  self->pidfd = pidfd_open_cloexec (pid);
  if (self->pidfd < 0)
    {
      /* Only ESRCH says that it has ended; not to be able to look says nothing. */
      g_set_error (error, VMM_ERROR, errno == ESRCH ? VMM_ERROR_NOT_FOUND : VMM_ERROR_HYPERVISOR,
                   "Cannot watch the process %d: %s", (int) pid, g_strerror (errno));
      return NULL;
    }

  self->id.pid = pid;
  self->watch = g_unix_fd_add (self->pidfd, G_IO_IN, exited_cb, self);

  return g_steal_pointer (&self);
}

/**
 * vmm_process_spawn:
 * @argv: the program's absolute path and its arguments, %NULL-terminated
 * @source_fds: (array length=n_fds): descriptors of ours, which stay ours
 * @target_fds: (array length=n_fds): the numbers they get in the process, all different, from 3 up
 * @log_path: where standard output and error are appended; made with mode 0600
 *
 * Makes a process that waits at a gate before it becomes @argv; see vmm_process_release(). Nothing
 * else is inherited: standard input is empty, all other descriptors are closed, signals have their
 * defaults, and it dumps no core.
 *
 * Returns: (transfer full): the process, or %NULL with @error set
 */
VmmProcess *
vmm_process_spawn (const char *const  *argv,
                   const int          *source_fds,
                   const int          *target_fds,
                   gsize               n_fds,
                   const char         *log_path,
                   GError            **error)
{
  g_autoptr (VmmProcess) self = NULL;
  g_autofree int *spare_fds = NULL;
  vmm_autofd int log_fd = -1;
  vmm_autofd int gate_read = -1;
  vmm_autofd int gate_write = -1;
  int gate[2];
  pid_t pid;

  g_return_val_if_fail (argv != NULL && argv[0] != NULL && argv[0][0] == '/', NULL);

  if (access (argv[0], X_OK) != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED, "Cannot run “%s”: %s", argv[0],
                   g_strerror (errno));
      return NULL;
    }

  log_fd = open (log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (log_fd < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot write the log file “%s”: %s",
                   log_path, g_strerror (errno));
      return NULL;
    }

  if (!g_unix_open_pipe (gate, FD_CLOEXEC, error))
    return NULL;
  gate_read = gate[0];
  gate_write = gate[1];

  spare_fds = g_new (int, MAX (n_fds, 1));
  pid = fork ();
  if (pid == 0)
    {
      /* Our copy of the write end would keep the gate shut for ever if the core died. */
      close (gate_write);
      run_child (argv, source_fds, target_fds, n_fds, spare_fds, log_fd, gate_read);
    }
  if (pid < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR, "Cannot make a process for “%s”: %s",
                   argv[0], g_strerror (errno));
      return NULL;
    }

  self = new_for_pid (pid, error);
  if (self == NULL)
    {
      /* It sees the gate's other end go, and exits. */
      vmm_clear_fd (&gate_write);
      waitpid (pid, NULL, 0);
      return NULL;
    }

  self->is_child = TRUE;
  if (!read_start_time (pid, &self->id.start_time, error))
    return NULL;
  self->gate = g_steal_fd (&gate_write);

  return g_steal_pointer (&self);
}

/**
 * vmm_process_adopt:
 * @id: what vmm_process_get_id() said when it was started, perhaps by an earlier core
 *
 * Fails with VMM_ERROR_NOT_FOUND if that process has ended, also when its number has been given to
 * another since; with VMM_ERROR_HYPERVISOR if that cannot be found out. Number and start time are enough
 * within one boot, and exec does not change them.
 */
VmmProcess *
vmm_process_adopt (const VmmProcessId  *id,
                   GError             **error)
{
  g_autoptr (VmmProcess) self = NULL;
  guint64 start_time;

  /* The pidfd first: it then stays the process whose identity is compared. */
  self = new_for_pid (id->pid, error);
  if (self == NULL || !read_start_time (id->pid, &start_time, error))
    return NULL;

  if (start_time != id->start_time)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_NOT_FOUND,
                   "Process %d is another one than before", (int) id->pid);
      return NULL;
    }

  self->id.start_time = start_time;

  return g_steal_pointer (&self);
}

/**
 * vmm_process_release:
 *
 * Opens the gate: the process becomes its program. If that fails it exits with status 127.
 */
gboolean
vmm_process_release (VmmProcess  *self,
                     GError     **error)
{
  gssize n;

  g_return_val_if_fail (VMM_IS_PROCESS (self), FALSE);
  g_return_val_if_fail (self->gate >= 0, FALSE);

  do
    n = write (self->gate, "g", 1);
  while (n < 0 && errno == EINTR);
  vmm_clear_fd (&self->gate);

  if (n != 1)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR, "The new process %d is gone already",
                   (int) self->id.pid);
      return FALSE;
    }

  return TRUE;
}

/**
 * vmm_process_get_id:
 *
 * Returns: (transfer none): who it is, to be stored for vmm_process_adopt()
 */
const VmmProcessId *
vmm_process_get_id (VmmProcess *self)
{
  g_return_val_if_fail (VMM_IS_PROCESS (self), NULL);

  return &self->id;
}

gboolean
vmm_process_has_exited (VmmProcess *self)
{
  g_return_val_if_fail (VMM_IS_PROCESS (self), TRUE);

  return self->has_exited;
}

/**
 * vmm_process_signal:
 *
 * Sends a signal to this very process; nothing happens if it has ended.
 */
void
vmm_process_signal (VmmProcess *self,
                    int         signal_number)
{
  g_return_if_fail (VMM_IS_PROCESS (self));

  if (self->pidfd >= 0)
    syscall (SYS_pidfd_send_signal, self->pidfd, signal_number, NULL, 0);
}

/**
 * vmm_process_get_exit_code:
 *
 * Returns: whether it ended by itself and we know with which status (not after an adoption)
 */
gboolean
vmm_process_get_exit_code (VmmProcess *self,
                           int        *code)
{
  g_return_val_if_fail (VMM_IS_PROCESS (self), FALSE);

  *code = self->exit_code;

  return self->has_status && self->exit_signal == 0;
}

/**
 * vmm_process_get_exit_signal:
 *
 * Returns: whether it was ended by a signal and we know by which
 */
gboolean
vmm_process_get_exit_signal (VmmProcess *self,
                             int        *signal_number)
{
  g_return_val_if_fail (VMM_IS_PROCESS (self), FALSE);

  *signal_number = self->exit_signal;

  return self->has_status && self->exit_signal != 0;
}

/**
 * vmm_process_dup_exit_text:
 *
 * Returns: (transfer full): "exit status 1", "signal 9 (Killed)", or "unknown status"
 */
char *
vmm_process_dup_exit_text (VmmProcess *self)
{
  int number;

  g_return_val_if_fail (VMM_IS_PROCESS (self), NULL);

  if (vmm_process_get_exit_signal (self, &number))
    return g_strdup_printf ("signal %d (%s)", number, g_strsignal (number));
  if (vmm_process_get_exit_code (self, &number))
    return g_strdup_printf ("exit status %d", number);

  return g_strdup ("unknown status");
}
