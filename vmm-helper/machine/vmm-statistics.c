/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-statistics.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vmm-client.h"
#include "vmm-error.h"
#include "vmm-fd.h"
#include "vmm-machine.h"

/* Subscribers at the most; each is one window. */
#define MAX_SUBSCRIBERS 256

typedef struct
{
  VmmStatistics *statistics;  /* not owned */
  char          *sender;
  guint          interval_ms;
  guint          watch;
} Subscriber;

/* The sample before, to make a rate of. */
typedef struct
{
  int     pid;
  gint64  time_us;
  guint64 cpu_ns;
} Sample;

/**
 * VmmStatistics:
 *
 * Looks at the running machines while somebody wants to know, and only then.
 */
struct _VmmStatistics
{
  GObject          parent_instance;

  VmmContext      *context;       /* not owned */
  GDBusConnection *connection;
  GHashTable      *subscribers;   /* bus name → Subscriber */
  GHashTable      *samples;       /* UUID → Sample */
  guint            timer;
  guint            interval_ms;   /* of the timer */
};

G_DEFINE_FINAL_TYPE (VmmStatistics, vmm_statistics, G_TYPE_OBJECT)

static void
subscriber_free (gpointer data)
{
  Subscriber *subscriber = data;

  g_bus_unwatch_name (subscriber->watch);
  g_free (subscriber->sender);
  g_free (subscriber);
}

static gboolean
read_proc (int         pid,
           const char *name,
           char       *buffer,
           gsize       size)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", pid, name);
  vmm_autofd int fd = open (path, O_RDONLY | O_CLOEXEC);
  gssize n = fd >= 0 ? read (fd, buffer, size - 1) : -1;

  buffer[MAX (n, 0)] = '\0';

  return n > 0;
}

/* Processor time of all threads since the start, and resident memory. */
static gboolean
look_at (int      pid,
         guint64 *cpu_ns,
         guint64 *rss_bytes)
{
  static long ticks_per_second, page_size;
  char buffer[1024];
  unsigned long user, system;
  long pages;
  const char *after_name;

  if (ticks_per_second == 0)
    {
      ticks_per_second = sysconf (_SC_CLK_TCK);
      page_size = sysconf (_SC_PAGE_SIZE);
    }

  if (!read_proc (pid, "stat", buffer, sizeof buffer)
      || (after_name = strrchr (buffer, ')')) == NULL
      || sscanf (after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                 &system) != 2)
    return FALSE;
  *cpu_ns = (guint64) (user + system) * (G_GUINT64_CONSTANT (1000000000) / ticks_per_second);

  if (!read_proc (pid, "statm", buffer, sizeof buffer)
      || sscanf (buffer, "%*d %ld", &pages) != 1)
    return FALSE;
  *rss_bytes = (guint64) pages * page_size;

  return TRUE;
}

static void
add_machine (VmmStatistics   *self,
             VmmMachine      *machine,
             gint64           now_us,
             GVariantBuilder *machines)
{
  int pid = vmm_machine_get_pid (machine);
  const char *uuid = vmm_machine_get_uuid (machine);
  Sample *before = g_hash_table_lookup (self->samples, uuid);
  guint64 cpu_ns, rss_bytes;
  double percent = 0;
  GVariantBuilder values;

  if (pid == 0 || !look_at (pid, &cpu_ns, &rss_bytes))
    {
      g_hash_table_remove (self->samples, uuid);
      return;
    }

  if (before == NULL)
    {
      before = g_new0 (Sample, 1);
      g_hash_table_insert (self->samples, g_strdup (uuid), before);
    }
  else if (before->pid == pid && now_us > before->time_us && cpu_ns > before->cpu_ns)
    {
      percent = (cpu_ns - before->cpu_ns) / 10.0 / (now_us - before->time_us);
    }
  *before = (Sample) { pid, now_us, cpu_ns };

  g_variant_builder_open (machines, G_VARIANT_TYPE ("(oa{sv})"));
  g_variant_builder_add (machines, "o", vmm_machine_get_path (machine));
  g_variant_builder_init (&values, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&values, "{sv}", "cpu-time-ns", g_variant_new_uint64 (cpu_ns));
  g_variant_builder_add (&values, "{sv}", "cpu-percent", g_variant_new_double (percent));
  g_variant_builder_add (&values, "{sv}", "rss-bytes", g_variant_new_uint64 (rss_bytes));
  g_variant_builder_add_value (machines, g_variant_builder_end (&values));
  g_variant_builder_close (machines);
}

static gboolean
sample_cb (gpointer user_data)
{
  VmmStatistics *self = user_data;
  gint64 now_us = g_get_monotonic_time ();
  g_autoptr (GVariant) message = NULL;
  GVariantBuilder machines;
  GHashTableIter iter;
  gpointer key, machine;

  g_variant_builder_init (&machines, G_VARIANT_TYPE ("a(oa{sv})"));
  g_hash_table_iter_init (&iter, self->context->machines);
  while (g_hash_table_iter_next (&iter, NULL, &machine))
    add_machine (self, machine, now_us, &machines);

  message = g_variant_ref_sink (g_variant_new ("(x@a(oa{sv}))", now_us,
                                               g_variant_builder_end (&machines)));
  g_hash_table_iter_init (&iter, self->subscribers);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_dbus_connection_emit_signal (self->connection, key, VMM_ROOT_PATH,
                                   "org.guesthouse.Vmm1.Manager", "Statistics", message, NULL);

  return G_SOURCE_CONTINUE;
}

static void
update_timer (VmmStatistics *self)
{
  guint shortest = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->subscribers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (shortest == 0 || ((Subscriber *) value)->interval_ms < shortest)
      shortest = ((Subscriber *) value)->interval_ms;

  if (shortest == self->interval_ms)
    return;

  g_clear_handle_id (&self->timer, g_source_remove);
  self->interval_ms = shortest;
  if (shortest != 0)
    self->timer = g_timeout_add (shortest, sample_cb, self);
  else
    g_hash_table_remove_all (self->samples);
}

static void
subscriber_gone_cb (GDBusConnection *connection,
                    const char      *name,
                    gpointer         user_data)
{
  VmmStatistics *self = ((Subscriber *) user_data)->statistics;

  g_hash_table_remove (self->subscribers, name);
  update_timer (self);
}

static void
vmm_statistics_dispose (GObject *object)
{
  VmmStatistics *self = VMM_STATISTICS (object);

  g_hash_table_remove_all (self->subscribers);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (vmm_statistics_parent_class)->dispose (object);
}

static void
vmm_statistics_finalize (GObject *object)
{
  VmmStatistics *self = VMM_STATISTICS (object);

  g_hash_table_unref (self->subscribers);
  g_hash_table_unref (self->samples);

  G_OBJECT_CLASS (vmm_statistics_parent_class)->finalize (object);
}

static void
vmm_statistics_class_init (VmmStatisticsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vmm_statistics_dispose;
  G_OBJECT_CLASS (klass)->finalize = vmm_statistics_finalize;
}

static void
vmm_statistics_init (VmmStatistics *self)
{
  self->subscribers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, subscriber_free);
  self->samples = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

VmmStatistics *
vmm_statistics_new (VmmContext      *context,
                    GDBusConnection *connection)
{
  VmmStatistics *self = g_object_new (VMM_TYPE_STATISTICS, NULL);

  self->context = context;
  self->connection = g_object_ref (connection);

  return self;
}

/**
 * vmm_statistics_subscribe:
 * @sender: unique bus name of who wants them; its leaving ends the subscription
 * @interval_ms: 250 to 60000, or 0 to end it
 */
gboolean
vmm_statistics_subscribe (VmmStatistics  *self,
                          const char     *sender,
                          guint           interval_ms,
                          GError        **error)
{
  Subscriber *subscriber;

  g_return_val_if_fail (VMM_IS_STATISTICS (self), FALSE);

  if (interval_ms == 0)
    {
      g_hash_table_remove (self->subscribers, sender);
      update_timer (self);
      return TRUE;
    }
  if (interval_ms < VMM_STATISTICS_MIN_MS || interval_ms > VMM_STATISTICS_MAX_MS)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "Statistics cannot come every %u ms; %d to %d can be", interval_ms,
                   VMM_STATISTICS_MIN_MS, VMM_STATISTICS_MAX_MS);
      return FALSE;
    }

  subscriber = g_hash_table_lookup (self->subscribers, sender);
  if (subscriber == NULL)
    {
      if (g_hash_table_size (self->subscribers) >= MAX_SUBSCRIBERS)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_BUSY, "There are %d subscribers already",
                       MAX_SUBSCRIBERS);
          return FALSE;
        }

      subscriber = g_new0 (Subscriber, 1);
      subscriber->statistics = self;
      subscriber->sender = g_strdup (sender);
      g_hash_table_insert (self->subscribers, subscriber->sender, subscriber);
      subscriber->watch =
        g_bus_watch_name_on_connection (self->connection, sender, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                        NULL, subscriber_gone_cb, subscriber, NULL);
    }
  subscriber->interval_ms = interval_ms;
  update_timer (self);

  return TRUE;
}
