/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-firmware.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "vmm-error.h"

/* A descriptor is small; anything larger is none. */
#define MAX_DESCRIPTOR_BYTES (1024 * 1024)

/*
 * Firmware is described by files in up to three folders. QEMU's docs/interop/firmware.json says: a
 * name in a later folder of the list is masked by the same name in an earlier one, an empty file
 * masks without a replacement, and what remains is tried in the order of the names.
 */

void
vmm_firmware_free (VmmFirmware *firmware)
{
  if (firmware == NULL)
    return;

  g_free (firmware->path);
  g_free (firmware->format);
  g_free (firmware->nvram_template);
  g_free (firmware->nvram_format);
  g_free (firmware);
}

static JsonObject *
get_object (JsonObject *object,
            const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject *object,
           const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static const char *
string_of (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
         ? json_node_get_string (node) : NULL;
}

static const char *
get_string (JsonObject *object,
            const char *name)
{
  return object != NULL ? string_of (json_object_get_member (object, name)) : NULL;
}

static gboolean
array_has (JsonArray  *array,
           const char *text)
{
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    if (g_strcmp0 (string_of (json_array_get_element (array, i)), text) == 0)
      return TRUE;

  return FALSE;
}

static gboolean
matches_target (JsonObject             *root,
                const VmmFirmwareQuery *query)
{
  JsonArray *targets = get_array (root, "targets");

  for (guint i = 0; targets != NULL && i < json_array_get_length (targets); i++)
    {
      JsonNode *node = json_array_get_element (targets, i);
      JsonObject *target = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      JsonArray *machines = get_array (target, "machines");

      if (target == NULL || g_strcmp0 (get_string (target, "architecture"), query->arch) != 0)
        continue;

      for (guint m = 0; machines != NULL && m < json_array_get_length (machines); m++)
        {
          const char *pattern = string_of (json_array_get_element (machines, m));

          if (pattern != NULL && g_pattern_match_simple (pattern, query->machine))
            return TRUE;
        }
    }

  return FALSE;
}

static VmmFirmware *
read_mapping (JsonObject *root)
{
  JsonObject *mapping = get_object (root, "mapping");
  JsonObject *executable = get_object (mapping, "executable");
  JsonObject *nvram = get_object (mapping, "nvram-template");
  JsonArray *features = get_array (root, "features");
  const char *device = get_string (mapping, "device");
  const char *path = executable != NULL ? get_string (executable, "filename") : get_string (mapping, "filename");
  VmmFirmware *firmware;

  if (path == NULL || !g_path_is_absolute (path) ||
      (g_strcmp0 (device, "flash") != 0 && g_strcmp0 (device, "memory") != 0))
    return NULL;

  firmware = g_new0 (VmmFirmware, 1);
  firmware->path = g_strdup (path);
  firmware->is_flash = strcmp (device, "flash") == 0;
  firmware->format = g_strdup (get_string (executable, "format") != NULL ? get_string (executable, "format") : "raw");
  firmware->nvram_template = g_strdup (get_string (nvram, "filename"));
  firmware->nvram_format = g_strdup (get_string (nvram, "format"));
  firmware->has_secure_boot = array_has (features, "secure-boot");
  firmware->has_enrolled_keys = array_has (features, "enrolled-keys");
  firmware->requires_smm = array_has (features, "requires-smm");

  return firmware;
}

/* Returns: (transfer full) (nullable): the firmware of a descriptor, if @query allows it */
static VmmFirmware *
read_descriptor (const char             *path,
                 const VmmFirmwareQuery *query)
{
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  g_autofree char *text = NULL;
  const char *kind = strcmp (query->kind, "efi") == 0 ? "uefi" : query->kind;
  g_autoptr(VmmFirmware) firmware = NULL;
  gsize length;
  JsonNode *root;

  /* A descriptor that cannot be read is like one that is not there. */
  if (!g_file_get_contents (path, &text, &length, NULL) || length > MAX_DESCRIPTOR_BYTES ||
      !json_parser_load_from_data (parser, text, length, NULL))
    return NULL;

  root = json_parser_get_root (parser);

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root) ||
      !array_has (get_array (json_node_get_object (root), "interface-types"), kind) ||
      !matches_target (json_node_get_object (root), query))
    return NULL;

  firmware = read_mapping (json_node_get_object (root));

  if (firmware == NULL || (query->loader != NULL && strcmp (query->loader, firmware->path) != 0) ||
      (query->secure_boot >= 0 && query->secure_boot != firmware->has_secure_boot) ||
      (query->enrolled_keys >= 0 && query->enrolled_keys != firmware->has_enrolled_keys))
    return NULL;

  return g_steal_pointer (&firmware);
}

/* Returns: name -> path, of the first folder that has it */
static GHashTable *
collect_names (const char * const *folders)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (; *folders != NULL; folders++)
    {
      g_autoptr(GDir) dir = g_dir_open (*folders, 0, NULL);
      const char *name;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        if (g_str_has_suffix (name, ".json") && name[0] != '.' && !g_hash_table_contains (names, name))
          g_hash_table_insert (names, g_strdup (name), g_build_filename (*folders, name, NULL));
    }

  return names;
}

/* What the query leaves open is better absent: a plain guest boots with the plain firmware. */
static guint
count_extras (const VmmFirmware      *firmware,
              const VmmFirmwareQuery *query)
{
  guint extras = 0;

  if (query->secure_boot < 0)
    extras += firmware->has_secure_boot;

  if (query->enrolled_keys < 0)
    extras += query->secure_boot == 1 ? !firmware->has_enrolled_keys : firmware->has_enrolled_keys;

  return extras;
}

/**
 * vmm_firmware_find_in:
 * @folders: (array zero-terminated=1): where descriptors are, the user's own first
 *
 * As vmm_firmware_find(), for tests.
 */
VmmFirmware *
vmm_firmware_find_in (const char * const      *folders,
                      const VmmFirmwareQuery  *query,
                      GError                 **error)
{
  g_autoptr(GHashTable) names = collect_names (folders);
  g_autoptr(GList) sorted = g_list_sort (g_hash_table_get_keys (names), (GCompareFunc) strcmp);
  g_autoptr(VmmFirmware) best = NULL;

  for (GList *l = sorted; l != NULL; l = l->next)
    {
      g_autoptr(VmmFirmware) firmware = read_descriptor (g_hash_table_lookup (names, l->data), query);

      if (firmware == NULL || (best != NULL && count_extras (best, query) <= count_extras (firmware, query)))
        continue;

      g_clear_pointer (&best, vmm_firmware_free);
      best = g_steal_pointer (&firmware);
    }

  if (best == NULL)
    g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                 "No %s firmware%s fits a machine of type “%s”; the package ovmf brings some",
                 strcmp (query->kind, "efi") == 0 ? "UEFI" : query->kind,
                 query->secure_boot == 1 ? " with Secure Boot" : "", query->machine);

  return g_steal_pointer (&best);
}

/**
 * vmm_firmware_find:
 * @query: what is wanted
 *
 * Reads a few small local files.
 *
 * Fails with %VMM_ERROR_UNSUPPORTED if no descriptor fits.
 *
 * Returns: (transfer full): the first firmware that fits best
 */
VmmFirmware *
vmm_firmware_find (const VmmFirmwareQuery  *query,
                   GError                 **error)
{
  g_autofree char *own = g_build_filename (g_get_user_config_dir (), "qemu", "firmware", NULL);
  const char *const folders[] = { own, "/etc/qemu/firmware", "/usr/share/qemu/firmware", NULL };

  return vmm_firmware_find_in (folders, query, error);
}
