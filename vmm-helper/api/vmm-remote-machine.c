/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-remote-machine.h"

#include "vmm-client.h"

/* One machine as a client knows it from the compact list and from signals: light enough to have a
 * thousand of them. Whoever needs more asks for the D-Bus proxy, which is made once and kept. */
struct _VmmRemoteMachine
{
  GObject          parent_instance;

  GDBusConnection *connection;
  char            *path;
  char            *uuid;
  char            *name;
  char            *title;
  VmmMachineState  state;
  char            *reason;
  gint64           since;       /* seconds since 1970 */
  VmmMachineFlags  flags;
  guint64          generation;
  guint64          memory_mib;
  guint            vcpus;
  double           cpu_percent; /* of one host processor */
  guint64          rss_bytes;
  VmmDBusMachine  *proxy;
};

enum
{
  PROP_PATH = 1,
  PROP_UUID,
  PROP_NAME,
  PROP_TITLE,
  PROP_STATE,
  PROP_REASON,
  PROP_SINCE,
  PROP_FLAGS,
  PROP_GENERATION,
  PROP_MEMORY_MIB,
  PROP_VCPUS,
  PROP_CPU_PERCENT,
  PROP_RSS_BYTES,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_STATISTICS,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (VmmRemoteMachine, vmm_remote_machine, G_TYPE_OBJECT)

static const char *const state_words[] = {
  [VMM_MACHINE_STATE_OFF] = "off",
  [VMM_MACHINE_STATE_STARTING] = "starting",
  [VMM_MACHINE_STATE_RUNNING] = "running",
  [VMM_MACHINE_STATE_PAUSED] = "paused",
  [VMM_MACHINE_STATE_SHUTTING_DOWN] = "shutting-down",
  [VMM_MACHINE_STATE_CRASHED] = "crashed",
  [VMM_MACHINE_STATE_SUSPENDED] = "suspended",
  [VMM_MACHINE_STATE_UNRESPONSIVE] = "unresponsive",
  [VMM_MACHINE_STATE_BROKEN] = "broken",
};

/**
 * vmm_machine_state_to_string:
 *
 * Returns: (transfer none): the word that D-Bus and `guestctl` use
 */
const char *
vmm_machine_state_to_string (VmmMachineState state)
{
  g_return_val_if_fail ((gsize) state < G_N_ELEMENTS (state_words), "off");

  return state_words[state];
}

/**
 * vmm_machine_state_from_string:
 * @text: a word of `State`; one that is not known (from a newer core) counts as unresponsive,
 *   because nothing may be concluded from it
 */
VmmMachineState
vmm_machine_state_from_string (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (state_words); i++)
    if (g_strcmp0 (state_words[i], text) == 0)
      return (VmmMachineState) i;

  return VMM_MACHINE_STATE_UNRESPONSIVE;
}

/**
 * vmm_machine_state_is_active:
 *
 * Returns: whether a QEMU belongs to a machine in this state
 */
gboolean
vmm_machine_state_is_active (VmmMachineState state)
{
  return state != VMM_MACHINE_STATE_OFF && state != VMM_MACHINE_STATE_BROKEN;
}

static void
set_string (VmmRemoteMachine  *self,
            char             **field,
            const char        *value,
            guint              prop)
{
  if (g_strcmp0 (*field, value) == 0)
    return;

  g_free (*field);
  *field = g_strdup (value);
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop]);
}

#define SET_NUMBER(self, field, value, prop)                                  \
  G_STMT_START                                                                \
    {                                                                         \
      if ((self)->field != (value))                                           \
        {                                                                     \
          (self)->field = (value);                                            \
          g_object_notify_by_pspec (G_OBJECT (self), properties[prop]);       \
        }                                                                     \
    }                                                                         \
  G_STMT_END

static void
set_state (VmmRemoteMachine *self,
           const char       *word)
{
  VmmMachineState state = vmm_machine_state_from_string (word);

  SET_NUMBER (self, state, state, PROP_STATE);
  if (!vmm_machine_state_is_active (state))
    {
      SET_NUMBER (self, cpu_percent, 0.0, PROP_CPU_PERCENT);
      SET_NUMBER (self, rss_bytes, G_GUINT64_CONSTANT (0), PROP_RSS_BYTES);
    }
}

/* A row of ListMachines, for VmmClient. */
void
vmm_remote_machine_update_row (VmmRemoteMachine *self,
                               GVariant         *row)
{
  const char *path, *name, *uuid, *title, *state, *reason;
  gint64 since;
  guint32 flags, vcpus;
  guint64 generation, memory_mib;

  g_return_if_fail (VMM_IS_REMOTE_MACHINE (self));

  g_variant_get (row, "(&o&s&s&s&s&sxuttu)", &path, &name, &uuid, &title, &state, &reason, &since,
                 &flags, &generation, &memory_mib, &vcpus);

  g_object_freeze_notify (G_OBJECT (self));
  set_string (self, &self->name, name, PROP_NAME);
  set_string (self, &self->uuid, uuid, PROP_UUID);
  set_string (self, &self->title, title, PROP_TITLE);
  set_string (self, &self->reason, reason, PROP_REASON);
  SET_NUMBER (self, since, since, PROP_SINCE);
  SET_NUMBER (self, flags, (VmmMachineFlags) flags, PROP_FLAGS);
  SET_NUMBER (self, generation, generation, PROP_GENERATION);
  SET_NUMBER (self, memory_mib, memory_mib, PROP_MEMORY_MIB);
  SET_NUMBER (self, vcpus, vcpus, PROP_VCPUS);
  set_state (self, state);
  g_object_thaw_notify (G_OBJECT (self));
}

/* The a{sv} of PropertiesChanged or InterfacesAdded, for VmmClient. */
void
vmm_remote_machine_update_properties (VmmRemoteMachine *self,
                                      GVariant         *changed)
{
  const char *text;
  gint64 since;
  guint64 number;
  guint32 small;

  g_return_if_fail (VMM_IS_REMOTE_MACHINE (self));

  g_object_freeze_notify (G_OBJECT (self));
  if (g_variant_lookup (changed, "Name", "&s", &text))
    set_string (self, &self->name, text, PROP_NAME);
  if (g_variant_lookup (changed, "Uuid", "&s", &text))
    set_string (self, &self->uuid, text, PROP_UUID);
  if (g_variant_lookup (changed, "Title", "&s", &text))
    set_string (self, &self->title, text, PROP_TITLE);
  if (g_variant_lookup (changed, "Reason", "&s", &text))
    set_string (self, &self->reason, text, PROP_REASON);
  if (g_variant_lookup (changed, "StateSince", "x", &since))
    SET_NUMBER (self, since, since, PROP_SINCE);
  if (g_variant_lookup (changed, "Flags", "u", &small))
    SET_NUMBER (self, flags, (VmmMachineFlags) small, PROP_FLAGS);
  if (g_variant_lookup (changed, "Generation", "t", &number))
    SET_NUMBER (self, generation, number, PROP_GENERATION);
  if (g_variant_lookup (changed, "MemoryMib", "t", &number))
    SET_NUMBER (self, memory_mib, number, PROP_MEMORY_MIB);
  if (g_variant_lookup (changed, "Vcpus", "u", &small))
    SET_NUMBER (self, vcpus, small, PROP_VCPUS);
  if (g_variant_lookup (changed, "State", "&s", &text))
    set_state (self, text);
  g_object_thaw_notify (G_OBJECT (self));
}

/* What Statistics says of this machine, for VmmClient. Emits VmmRemoteMachine::statistics. */
void
vmm_remote_machine_update_statistics (VmmRemoteMachine *self,
                                      GVariant         *values)
{
  double percent;
  guint64 rss;

  g_return_if_fail (VMM_IS_REMOTE_MACHINE (self));

  if (g_variant_lookup (values, "cpu-percent", "d", &percent))
    SET_NUMBER (self, cpu_percent, percent, PROP_CPU_PERCENT);
  if (g_variant_lookup (values, "rss-bytes", "t", &rss))
    SET_NUMBER (self, rss_bytes, rss, PROP_RSS_BYTES);

  g_signal_emit (self, signals[SIGNAL_STATISTICS], 0, values);
}

static void
vmm_remote_machine_dispose (GObject *object)
{
  VmmRemoteMachine *self = VMM_REMOTE_MACHINE (object);

  g_clear_object (&self->proxy);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (vmm_remote_machine_parent_class)->dispose (object);
}

static void
vmm_remote_machine_finalize (GObject *object)
{
  VmmRemoteMachine *self = VMM_REMOTE_MACHINE (object);

  g_free (self->path);
  g_free (self->uuid);
  g_free (self->name);
  g_free (self->title);
  g_free (self->reason);

  G_OBJECT_CLASS (vmm_remote_machine_parent_class)->finalize (object);
}

static void
vmm_remote_machine_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  VmmRemoteMachine *self = VMM_REMOTE_MACHINE (object);

  switch (prop_id)
    {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_UUID:
      g_value_set_string (value, self->uuid);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_STATE:
      g_value_set_uint (value, self->state);
      break;
    case PROP_REASON:
      g_value_set_string (value, self->reason);
      break;
    case PROP_SINCE:
      g_value_set_int64 (value, self->since);
      break;
    case PROP_FLAGS:
      g_value_set_uint (value, self->flags);
      break;
    case PROP_GENERATION:
      g_value_set_uint64 (value, self->generation);
      break;
    case PROP_MEMORY_MIB:
      g_value_set_uint64 (value, self->memory_mib);
      break;
    case PROP_VCPUS:
      g_value_set_uint (value, self->vcpus);
      break;
    case PROP_CPU_PERCENT:
      g_value_set_double (value, self->cpu_percent);
      break;
    case PROP_RSS_BYTES:
      g_value_set_uint64 (value, self->rss_bytes);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
vmm_remote_machine_class_init (VmmRemoteMachineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = vmm_remote_machine_dispose;
  object_class->finalize = vmm_remote_machine_finalize;
  object_class->get_property = vmm_remote_machine_get_property;

  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  properties[PROP_UUID] = g_param_spec_string ("uuid", NULL, NULL, NULL, flags);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_STATE] = g_param_spec_uint ("state", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_REASON] = g_param_spec_string ("reason", NULL, NULL, NULL, flags);
  properties[PROP_SINCE] = g_param_spec_int64 ("since", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_FLAGS] = g_param_spec_uint ("flags", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_GENERATION] = g_param_spec_uint64 ("generation", NULL, NULL,
                                                     0, G_MAXUINT64, 0, flags);
  properties[PROP_MEMORY_MIB] = g_param_spec_uint64 ("memory-mib", NULL, NULL,
                                                     0, G_MAXUINT64, 0, flags);
  properties[PROP_VCPUS] = g_param_spec_uint ("vcpus", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_CPU_PERCENT] = g_param_spec_double ("cpu-percent", NULL, NULL,
                                                      0, G_MAXDOUBLE, 0, flags);
  properties[PROP_RSS_BYTES] = g_param_spec_uint64 ("rss-bytes", NULL, NULL,
                                                    0, G_MAXUINT64, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * VmmRemoteMachine::statistics:
   * @values: the a{sv} of one sample; see org.guesthouse.Vmm1.xml, Statistics
   */
  signals[SIGNAL_STATISTICS] =
    g_signal_new ("statistics", VMM_TYPE_REMOTE_MACHINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_VARIANT);
}

static void
vmm_remote_machine_init (VmmRemoteMachine *self)
{
  self->name = g_strdup ("");
  self->uuid = g_strdup ("");
  self->title = g_strdup ("");
  self->reason = g_strdup ("");
}

/**
 * vmm_remote_machine_new:
 * @object_path: below /org/guesthouse/Vmm1/machines
 *
 * Only VmmClient makes these; it also fills them.
 */
VmmRemoteMachine *
vmm_remote_machine_new (GDBusConnection *connection,
                        const char      *object_path)
{
  VmmRemoteMachine *self;

  g_return_val_if_fail (G_IS_DBUS_CONNECTION (connection), NULL);
  g_return_val_if_fail (g_variant_is_object_path (object_path), NULL);

  self = g_object_new (VMM_TYPE_REMOTE_MACHINE, NULL);
  self->connection = g_object_ref (connection);
  self->path = g_strdup (object_path);

  return self;
}

const char *
vmm_remote_machine_get_path (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), NULL);

  return self->path;
}

const char *
vmm_remote_machine_get_uuid (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), NULL);

  return self->uuid;
}

const char *
vmm_remote_machine_get_name (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), NULL);

  return self->name;
}

const char *
vmm_remote_machine_get_title (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), NULL);

  return self->title;
}

VmmMachineState
vmm_remote_machine_get_state (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), VMM_MACHINE_STATE_OFF);

  return self->state;
}

const char *
vmm_remote_machine_get_reason (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), NULL);

  return self->reason;
}

/**
 * vmm_remote_machine_get_since:
 *
 * Returns: wall-clock time of the last change of state, seconds since 1970
 */
gint64
vmm_remote_machine_get_since (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), 0);

  return self->since;
}

VmmMachineFlags
vmm_remote_machine_get_flags (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), VMM_MACHINE_FLAGS_NONE);

  return self->flags;
}

guint64
vmm_remote_machine_get_generation (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), 0);

  return self->generation;
}

guint64
vmm_remote_machine_get_memory_mib (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), 0);

  return self->memory_mib;
}

guint
vmm_remote_machine_get_vcpus (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), 0);

  return self->vcpus;
}

/**
 * vmm_remote_machine_get_cpu_percent:
 *
 * Returns: of one host processor, in the last sample; 0 while off or while nobody subscribes
 */
double
vmm_remote_machine_get_cpu_percent (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), 0);

  return self->cpu_percent;
}

guint64
vmm_remote_machine_get_rss_bytes (VmmRemoteMachine *self)
{
  g_return_val_if_fail (VMM_IS_REMOTE_MACHINE (self), 0);

  return self->rss_bytes;
}

static void
proxy_new_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  VmmRemoteMachine *self = g_task_get_source_object (task);
  g_autoptr (VmmDBusMachine) proxy = NULL;
  GError *error = NULL;

  proxy = vmm_dbus_machine_proxy_new_finish (result, &error);
  if (proxy == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (proxy), G_MAXINT);
  /* Two may have asked at the same time: all get the first. */
  if (self->proxy == NULL)
    self->proxy = g_object_ref (proxy);
  g_task_return_pointer (task, g_object_ref (self->proxy), g_object_unref);
}

/**
 * vmm_remote_machine_get_proxy_async:
 * @self: a machine
 * @cancellable: (nullable): a cancellable
 *
 * Gets the machine's D-Bus proxy, with all properties loaded and kept up to date. It is made at the
 * first call and kept as long as @self. Calls through it have no time limit of their own.
 */
void
vmm_remote_machine_get_proxy_async (VmmRemoteMachine    *self,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (VMM_IS_REMOTE_MACHINE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, vmm_remote_machine_get_proxy_async);

  if (self->proxy != NULL)
    {
      g_task_return_pointer (task, g_object_ref (self->proxy), g_object_unref);
      return;
    }

  vmm_dbus_machine_proxy_new (self->connection, G_DBUS_PROXY_FLAGS_NONE, VMM_BUS_NAME, self->path,
                              cancellable, proxy_new_cb, g_steal_pointer (&task));
}

/**
 * vmm_remote_machine_get_proxy_finish:
 *
 * Returns: (transfer full): the proxy, or %NULL with @error set
 */
VmmDBusMachine *
vmm_remote_machine_get_proxy_finish (VmmRemoteMachine  *self,
                                     GAsyncResult      *result,
                                     GError           **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
