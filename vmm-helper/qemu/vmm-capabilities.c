/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-capabilities.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#include "vmm-error.h"

/*
 * {"format": 1, "key": what it depends on, "emulator": path, "version": "7.2.22", "arch": "x86_64",
 *  "default-machine": "pc-q35-7.2",
 *  "machines": [{"name", "alias", "max-cpus", "deprecated"}],
 *  "cpu-models": [{"name", "usable", "deprecated"}],
 *  "device-types": [name], "device-properties": {driver: [name]}, "features": [name],
 *  "accelerator": "kvm" | "tcg", "accelerator-reason": text, "kvm-cpu": -cpu argument or "",
 *  "host": {"memory-kib", "cpus"}}      "host" only in tests; otherwise this host is asked
 */
struct _VmmCapabilities
{
  GObject      parent_instance;

  char        *emulator;
  char        *version;
  char        *arch;
  char        *accelerator;
  char        *accelerator_reason;
  char        *kvm_cpu;
  char        *kvm_efi_problem;
  char        *default_machine;
  GArray      *machines;           /* VmmMachineInfo */
  GPtrArray   *cpu_models;         /* VmmCpuModel */
  GPtrArray   *usable_names;       /* the models' names, for host_info */
  GHashTable  *devices;            /* name -> set of properties, or NULL if not asked */
  GHashTable  *features;
  VmmHostInfo  host_info;
  JsonNode    *root;               /* owns the machines' strings */
};

G_DEFINE_FINAL_TYPE (VmmCapabilities, vmm_capabilities, G_TYPE_OBJECT)

static void
cpu_model_free (VmmCpuModel *model)
{
  g_free (model->name);
  g_free (model);
}

static void
unref_table (gpointer table)
{
  if (table != NULL)
    g_hash_table_unref (table);
}

static void
vmm_capabilities_finalize (GObject *object)
{
  VmmCapabilities *self = VMM_CAPABILITIES (object);

  g_free (self->emulator);
  g_free (self->version);
  g_free (self->arch);
  g_free (self->accelerator);
  g_free (self->accelerator_reason);
  g_free (self->kvm_cpu);
  g_free (self->kvm_efi_problem);
  g_free (self->default_machine);
  g_array_unref (self->machines);
  g_ptr_array_unref (self->cpu_models);
  g_ptr_array_unref (self->usable_names);
  g_hash_table_unref (self->devices);
  g_hash_table_unref (self->features);
  g_clear_pointer (&self->root, json_node_unref);

  G_OBJECT_CLASS (vmm_capabilities_parent_class)->finalize (object);
}

static void
vmm_capabilities_class_init (VmmCapabilitiesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vmm_capabilities_finalize;
}

static void
vmm_capabilities_init (VmmCapabilities *self)
{
  self->machines = g_array_new (FALSE, FALSE, sizeof (VmmMachineInfo));
  self->cpu_models = g_ptr_array_new_with_free_func ((GDestroyNotify) cpu_model_free);
  self->usable_names = g_ptr_array_new ();
  self->devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_table);
  self->features = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static JsonNode *
member_of_type (JsonObject   *object,
                const char   *name,
                JsonNodeType  type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_TYPE (node) == type ? node : NULL;
}

static const char *
get_string (JsonObject *object,
            const char *name)
{
  JsonNode *node = member_of_type (object, name, JSON_NODE_VALUE);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static gint64
get_int (JsonObject *object,
         const char *name)
{
  JsonNode *node = member_of_type (object, name, JSON_NODE_VALUE);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : 0;
}

static gboolean
get_bool (JsonObject *object,
          const char *name)
{
  JsonNode *node = member_of_type (object, name, JSON_NODE_VALUE);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

/* Returns: (transfer none) (nullable): an array's member that is an object */
static JsonObject *
get_element (JsonArray *array,
             guint      index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject *object,
           const char *name)
{
  JsonNode *node = member_of_type (object, name, JSON_NODE_ARRAY);

  return node != NULL ? json_node_get_array (node) : NULL;
}

static void
read_machine (VmmCapabilities *self,
              JsonObject      *object)
{
  VmmMachineInfo info = { 0 };
  const char *alias;

  info.name = get_string (object, "name");
  info.max_vcpus = CLAMP (get_int (object, "max-cpus"), 1, G_MAXINT);
  info.is_deprecated = get_bool (object, "deprecated");

  if (info.name == NULL)
    return;

  g_array_append_val (self->machines, info);
  alias = get_string (object, "alias");

  if (alias != NULL)
    {
      info.canonical = info.name;
      info.name = alias;
      g_array_append_val (self->machines, info);
    }
}

static void
read_cpu_model (VmmCapabilities *self,
                JsonObject      *object)
{
  const char *name = get_string (object, "name");
  VmmCpuModel *model;

  if (name == NULL)
    return;

  model = g_new0 (VmmCpuModel, 1);
  model->name = g_strdup (name);
  model->is_usable = get_bool (object, "usable");
  model->is_deprecated = get_bool (object, "deprecated");
  g_ptr_array_add (self->cpu_models, model);
  g_ptr_array_add (self->usable_names, model->name);
}

static void
read_names (JsonArray  *array,
            GHashTable *names)
{
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
        g_hash_table_insert (names, g_strdup (json_node_get_string (node)), NULL);
    }
}

static void
read_device_properties (VmmCapabilities *self,
                        JsonObject      *object)
{
  JsonObjectIter iter;
  const char *driver;
  JsonNode *node;

  json_object_iter_init (&iter, object);

  while (json_object_iter_next (&iter, &driver, &node))
    {
      GHashTable *properties;

      if (!JSON_NODE_HOLDS_ARRAY (node))
        continue;

      properties = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      read_names (json_node_get_array (node), properties);
      g_hash_table_insert (self->devices, g_strdup (driver), properties);
    }
}

static void
read_lists (VmmCapabilities *self,
            JsonObject      *object)
{
  JsonArray *machines = get_array (object, "machines");
  JsonArray *models = get_array (object, "cpu-models");
  JsonNode *properties = member_of_type (object, "device-properties", JSON_NODE_OBJECT);

  for (guint i = 0; machines != NULL && i < json_array_get_length (machines); i++)
    if (get_element (machines, i) != NULL)
      read_machine (self, get_element (machines, i));

  for (guint i = 0; models != NULL && i < json_array_get_length (models); i++)
    if (get_element (models, i) != NULL)
      read_cpu_model (self, get_element (models, i));

  g_ptr_array_add (self->usable_names, NULL);
  read_names (get_array (object, "device-types"), self->devices);
  read_names (get_array (object, "features"), self->features);

  if (properties != NULL)
    read_device_properties (self, json_node_get_object (properties));
}

static void
fill_host_info (VmmCapabilities *self,
                JsonObject      *host)
{
  VmmHostInfo *info = &self->host_info;

  info->arch = self->arch;
  info->default_machine = self->default_machine;
  info->machines = (const VmmMachineInfo *) (gpointer) self->machines->data;
  info->n_machines = self->machines->len;
  info->cpu_models = (const char * const *) self->usable_names->pdata;

  if (host != NULL)
    {
      info->memory_kib = MAX (get_int (host, "memory-kib"), 0);
      info->vcpus = MAX (get_int (host, "cpus"), 0);
    }
  else
    {
      info->memory_kib = (guint64) sysconf (_SC_PHYS_PAGES) * (sysconf (_SC_PAGESIZE) / 1024);
      info->vcpus = g_get_num_processors ();
    }
}

static gboolean
read_root (VmmCapabilities  *self,
           JsonObject       *object,
           GError          **error)
{
  static const char *const strings[] = { "emulator", "version", "arch", "accelerator", "default-machine" };
  char **fields[] = { &self->emulator, &self->version, &self->arch, &self->accelerator, &self->default_machine };
  JsonNode *host = member_of_type (object, "host", JSON_NODE_OBJECT);

  if (get_int (object, "format") != VMM_CAPABILITIES_FORMAT)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "The capabilities have format %" G_GINT64_FORMAT "; this Guesthouse reads format %d",
                   get_int (object, "format"), VMM_CAPABILITIES_FORMAT);
      return FALSE;
    }

  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    {
      const char *value = get_string (object, strings[i]);

      if (value == NULL || value[0] == '\0')
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "The capabilities lack “%s”", strings[i]);
          return FALSE;
        }

      *fields[i] = g_strdup (value);
    }

  if (strcmp (self->accelerator, "kvm") != 0 && strcmp (self->accelerator, "tcg") != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "The capabilities name the accelerator “%.64s”",
                   self->accelerator);
      return FALSE;
    }

  self->accelerator_reason = g_strdup (get_string (object, "accelerator-reason"));
  self->kvm_cpu = g_strdup (get_string (object, "kvm-cpu"));
  self->kvm_efi_problem = g_strdup (get_string (object, "kvm-efi-problem"));
  read_lists (self, object);
  fill_host_info (self, host != NULL ? json_node_get_object (host) : NULL);

  return TRUE;
}

/**
 * vmm_capabilities_new_from_json:
 * @text: what vmm_capabilities_to_json() gave, from a file that may be damaged
 * @length: its length in bytes, or -1 if it ends with a NUL
 *
 * Fails with %VMM_ERROR_INVALID.
 */
VmmCapabilities *
vmm_capabilities_new_from_json (const char  *text,
                                gssize       length,
                                GError     **error)
{
  g_autoptr(VmmCapabilities) self = g_object_new (VMM_TYPE_CAPABILITIES, NULL);
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  g_autoptr(GError) problem = NULL;
  JsonNode *root;

  if (!json_parser_load_from_data (parser, text, length, &problem))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "The capabilities are no JSON: %s", problem->message);
      return NULL;
    }

  root = json_parser_get_root (parser);

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "The capabilities are no JSON object");
      return NULL;
    }

  self->root = json_node_ref (root);

  if (!read_root (self, json_node_get_object (root), error))
    return NULL;

  return g_steal_pointer (&self);
}

/* Returns: (transfer full): a text for vmm_capabilities_new_from_json() */
char *
vmm_capabilities_to_json (VmmCapabilities *self)
{
  g_return_val_if_fail (VMM_IS_CAPABILITIES (self), NULL);

  return json_to_string (self->root, FALSE);
}

/* Returns: (transfer none) (nullable): what the answers depend on, for the cache */
const char *
vmm_capabilities_get_key (VmmCapabilities *self)
{
  return get_string (json_node_get_object (self->root), "key");
}

/* Returns: (transfer none): absolute path of QEMU */
const char *
vmm_capabilities_get_emulator (VmmCapabilities *self)
{
  return self->emulator;
}

/* Returns: (transfer none): as in "7.2.22" */
const char *
vmm_capabilities_get_version (VmmCapabilities *self)
{
  return self->version;
}

const char *
vmm_capabilities_get_arch (VmmCapabilities *self)
{
  return self->arch;
}

/* Returns: (transfer none): "kvm" if it really starts a machine here, else "tcg" */
const char *
vmm_capabilities_get_accelerator (VmmCapabilities *self)
{
  return self->accelerator;
}

/* Returns: (transfer none): why, in plain English */
const char *
vmm_capabilities_get_accelerator_reason (VmmCapabilities *self)
{
  return self->accelerator_reason != NULL ? self->accelerator_reason : "";
}

/* Returns: (transfer none): the argument of -cpu that starts with KVM and is closest to the host's processor */
const char *
vmm_capabilities_get_kvm_cpu (VmmCapabilities *self)
{
  return self->kvm_cpu != NULL && self->kvm_cpu[0] != '\0' ? self->kvm_cpu : "host";
}

/* Returns: (transfer none) (nullable): why UEFI machines cannot run with KVM, in plain English; NULL if they can */
const char *
vmm_capabilities_get_kvm_efi_problem (VmmCapabilities *self)
{
  return self->kvm_efi_problem;
}

/* Returns: (transfer none): lives as long as @self */
const VmmHostInfo *
vmm_capabilities_get_host_info (VmmCapabilities *self)
{
  g_return_val_if_fail (VMM_IS_CAPABILITIES (self), NULL);

  return &self->host_info;
}

/* Returns: (transfer none) (element-type VmmCpuModel): the named processor models */
GPtrArray *
vmm_capabilities_get_cpu_models (VmmCapabilities *self)
{
  return self->cpu_models;
}

gboolean
vmm_capabilities_has_device (VmmCapabilities *self,
                             const char      *driver)
{
  return g_hash_table_contains (self->devices, driver);
}

/* Returns: whether @driver has the property; %TRUE if its properties were not asked for */
gboolean
vmm_capabilities_has_device_property (VmmCapabilities *self,
                                      const char      *driver,
                                      const char      *property)
{
  GHashTable *properties = g_hash_table_lookup (self->devices, driver);

  return properties == NULL || g_hash_table_contains (properties, property);
}

/* @feature: "netdev-stream", "display-dbus", … : see vmm-capabilities-probe.c */
gboolean
vmm_capabilities_has_feature (VmmCapabilities *self,
                              const char      *feature)
{
  return g_hash_table_contains (self->features, feature);
}
