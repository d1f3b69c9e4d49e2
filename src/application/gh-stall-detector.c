/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-stall-detector.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STALL_US (50 * 1000)

/* GLib asks the source of the highest priority first, before it waits (prepare) and after (check).
 * What lies between a check and the next prepare is the time the main loop spent on its sources, and
 * nobody's events were handled. */
typedef struct
{
  GSource  source;
  gint64   checked_us; /* 0: not since the last prepare */
  gint64   waited_us;  /* for a processor, until then */
  int      fd;
  int      scheduler;  /* what Linux says of this thread, or -1 */
} StallSource;

/* How long this thread has ever stood ready and waited for a processor. */
static gint64
get_waited_us (StallSource *self)
{
  char text[128];
  gint64 ran_ns = 0;
  gint64 waited_ns = 0;
  ssize_t length = self->scheduler < 0 ? -1 : pread (self->scheduler, text, sizeof text - 1, 0);

  if (length <= 0)
    return 0;

  text[length] = '\0';
  if (sscanf (text, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, &ran_ns, &waited_ns) != 2)
    return 0;

  return waited_ns / 1000;
}

static gboolean
stall_prepare (GSource *source,
               int     *timeout_ms)
{
  StallSource *self = (StallSource *) source;

  *timeout_ms = -1;
  if (self->checked_us != 0)
    {
      gint64 spent_us = g_get_monotonic_time () - self->checked_us;

      if (spent_us > STALL_US)
        {
          char line[96];
          int length = g_snprintf (line, sizeof line,
                                   "%" G_GINT64_FORMAT " ms, %" G_GINT64_FORMAT
                                   " ms of it without a processor\n",
                                   spent_us / 1000, (get_waited_us (self) - self->waited_us) / 1000);

          /* A log that cannot be written is no reason to stop. */
          if (write (self->fd, line, length) < 0)
            g_debug ("stall log: %s", g_strerror (errno));
        }
      self->checked_us = 0;
    }

  return FALSE;
}

static gboolean
stall_check (GSource *source)
{
  StallSource *self = (StallSource *) source;

  self->checked_us = g_get_monotonic_time ();
  self->waited_us = get_waited_us (self);

  return FALSE;
}

static gboolean
stall_dispatch (GSource     *source,
                GSourceFunc  callback,
                gpointer     user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
stall_finalize (GSource *source)
{
  StallSource *self = (StallSource *) source;

  close (self->fd);
  if (self->scheduler >= 0)
    close (self->scheduler);
}

static GSourceFuncs stall_funcs = {
  .prepare = stall_prepare,
  .check = stall_check,
  .dispatch = stall_dispatch,
  .finalize = stall_finalize,
};

/**
 * gh_stall_detector_start_from_environment:
 *
 * If GH_STALL_LOG names a file, a line is added to it for each turn of the main loop that took more
 * than 50 ms, with how long it took, and how much of that the thread was ready but others had the
 * processors: on a busy machine that is not the program's fault. For tests.
 */
void
gh_stall_detector_start_from_environment (void)
{
  const char *path = g_getenv ("GH_STALL_LOG");
  GSource *source;
  int fd;

  if (path == NULL || *path == '\0')
    return;

  fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
  if (fd < 0)
    {
      g_warning ("GH_STALL_LOG=%s: %s", path, g_strerror (errno));
      return;
    }

  source = g_source_new (&stall_funcs, sizeof (StallSource));
  ((StallSource *) source)->fd = fd;
  ((StallSource *) source)->scheduler = open ("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  g_source_set_static_name (source, "stall detector");
  g_source_set_priority (source, G_MININT);
  g_source_attach (source, NULL);
  g_source_unref (source);
}
