/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-capabilities-probe.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "vmm-error.h"
#include "vmm-probe-kvm.h"
#include "vmm-probe-run.h"

/* The drivers that the command line uses, and so whose properties must be known. */
static const char *const drivers[] = {
  "pcie-root-port", "pcie-pci-bridge", "i82801b11-bridge", "pci-bridge", "qemu-xhci", "nec-usb-xhci",
  "piix3-usb-uhci", "piix4-usb-uhci", "usb-ehci", "ich9-usb-ehci1", "ich9-usb-uhci1", "ich9-usb-uhci2",
  "ich9-usb-uhci3", "vt82c686b-usb-uhci", "virtio-scsi-pci", "virtio-scsi-pci-transitional",
  "virtio-scsi-pci-non-transitional", "lsi53c895a", "virtio-serial-pci", "ich9-ahci", "isa-fdc",
  "virtio-blk-pci", "scsi-cd", "scsi-hd", "ide-cd", "ide-hd", "usb-storage", "floppy",
  "virtio-net-pci", "virtio-net-pci-transitional", "virtio-net-pci-non-transitional", "e1000e", "e1000",
  "rtl8139", "isa-serial", "pci-serial", "usb-serial", "isa-parallel", "virtconsole", "virtserialport",
  "virtio-vga", "virtio-gpu-pci", "VGA", "secondary-vga", "qxl-vga", "qxl", "bochs-display", "ramfb",
  "cirrus-vga", "vmware-svga", "usb-tablet", "usb-mouse", "usb-kbd", "virtio-tablet-pci",
  "virtio-mouse-pci", "virtio-keyboard-pci", "virtio-rng-pci", "virtio-rng-pci-transitional",
  "virtio-rng-pci-non-transitional", "virtio-balloon-pci", "virtio-balloon-pci-transitional",
  "virtio-balloon-pci-non-transitional",
};

typedef struct
{
  char *emulator;
  char *cache_folder;
} Request;

static void
request_free (Request *request)
{
  g_free (request->emulator);
  g_free (request->cache_folder);
  g_free (request);
}

static char *
find_emulator (void)
{
  char *path = g_find_program_in_path ("qemu-system-x86_64");

  if (path == NULL && g_file_test ("/usr/libexec/qemu-kvm", G_FILE_TEST_IS_EXECUTABLE))
    path = g_strdup ("/usr/libexec/qemu-kvm");

  return path;
}

static void
append_stat (GString    *key,
             const char *path)
{
  GStatBuf info;

  if (g_stat (path, &info) != 0)
    g_string_append (key, " -");
  else
    g_string_append_printf (key, " %ju:%ju:%jd:%jd.%09ld:%jd.%09ld", (uintmax_t) info.st_dev, (uintmax_t) info.st_ino,
                            (intmax_t) info.st_size, (intmax_t) info.st_mtim.tv_sec, info.st_mtim.tv_nsec,
                            (intmax_t) info.st_ctim.tv_sec, info.st_ctim.tv_nsec);
}

/* The first processor's description: model, microcode, flags. */
static void
append_processor (GString *key)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  FILE *file = fopen ("/proc/cpuinfo", "re");
  char line[8192];

  while (file != NULL && fgets (line, sizeof line, file) != NULL && line[0] != '\n')
    if (strstr (line, "MHz") == NULL && strstr (line, "bogomips") == NULL)
      g_checksum_update (checksum, (const guchar *) line, -1);

  if (file != NULL)
    fclose (file);

  g_string_append_printf (key, " %s", g_checksum_get_string (checksum));
}

/* All that another answer of the probe could come from. */
static char *
dup_key (const char *emulator)
{
  static const char *const module_folders[] = {
    "/usr/lib/x86_64-linux-gnu/qemu", "/usr/lib/aarch64-linux-gnu/qemu", "/usr/lib/qemu", "/usr/lib64/qemu"
  };
  GString *key = g_string_new ("guesthouse " PACKAGE_VERSION);
  struct utsname system;

  append_stat (key, emulator);

  for (guint i = 0; i < G_N_ELEMENTS (module_folders); i++)
    append_stat (key, module_folders[i]);

  if (uname (&system) == 0)
    g_string_append_printf (key, " %s", system.release);

  g_string_append_printf (key, " kvm=%d", g_access ("/dev/kvm", R_OK | W_OK) == 0);
  append_processor (key);

  return g_string_free (key, FALSE);
}

static VmmCapabilities *
load_cached (const char *path,
             const char *key)
{
  g_autoptr(VmmCapabilities) capabilities = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;

  /* Without a cache, or with a damaged one, QEMU is asked again. */
  if (!g_file_get_contents (path, &text, &length, NULL))
    return NULL;

  capabilities = vmm_capabilities_new_from_json (text, length, &error);

  if (capabilities == NULL)
    {
      g_info ("%s is asked for again: %s", path, error->message);
      return NULL;
    }

  return g_strcmp0 (vmm_capabilities_get_key (capabilities), key) == 0 ? g_steal_pointer (&capabilities) : NULL;
}

static void
store (VmmCapabilities *capabilities,
       const char      *folder,
       const char      *path)
{
  g_autofree char *text = vmm_capabilities_to_json (capabilities);
  g_autoptr(GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);

  /* The next start only takes longer. */
  if (!g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_info ("%s", error->message);
}

static void
add_string (JsonBuilder *builder,
            const char  *name,
            const char  *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_boolean (JsonBuilder *builder,
             const char  *name,
             gboolean     value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

/* Writes accelerator, reason and processor. Returns: the accelerator */
static const char *
add_accelerator (JsonBuilder  *builder,
                 const char   *emulator,
                 GCancellable *cancellable)
{
  g_autofree char *cpu = NULL;
  g_autofree char *reason = NULL;
  g_autofree char *efi_problem = NULL;
  gboolean is_kvm = vmm_probe_kvm (emulator, &cpu, &reason, &efi_problem, cancellable);

  add_string (builder, "accelerator", is_kvm ? "kvm" : "tcg");
  add_string (builder, "accelerator-reason", reason);
  add_string (builder, "kvm-cpu", is_kvm ? cpu : "");
  if (efi_problem != NULL)
    add_string (builder, "kvm-efi-problem", efi_problem);

  return is_kvm ? "kvm" : "tcg";
}

/* The i-th member of an array of objects, or NULL if @node is no such array. */
static JsonObject *
object_at (JsonNode *node,
           guint     index)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  JsonNode *element;

  if (array == NULL || index >= json_array_get_length (array))
    return NULL;

  element = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
}

static gboolean
add_version (JsonBuilder  *builder,
             VmmProbeRun  *run,
             GError      **error)
{
  g_autoptr(JsonNode) node = vmm_probe_run_execute (run, "query-version", NULL, error);
  g_autofree char *text = NULL;
  JsonObject *qemu;

  if (node == NULL)
    return FALSE;

  qemu = JSON_NODE_HOLDS_OBJECT (node) ? json_object_get_object_member (json_node_get_object (node), "qemu") : NULL;

  if (qemu == NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR, "QEMU does not tell its version");
      return FALSE;
    }

  text = g_strdup_printf ("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT,
                          json_object_get_int_member_with_default (qemu, "major", 0),
                          json_object_get_int_member_with_default (qemu, "minor", 0),
                          json_object_get_int_member_with_default (qemu, "micro", 0));
  add_string (builder, "version", text);

  return TRUE;
}

static gboolean
add_machines (JsonBuilder  *builder,
              VmmProbeRun  *run,
              GError      **error)
{
  g_autoptr(JsonNode) node = vmm_probe_run_execute (run, "query-machines", NULL, error);
  g_autofree char *q35 = NULL;
  JsonObject *machine;

  if (node == NULL)
    return FALSE;

  json_builder_set_member_name (builder, "machines");
  json_builder_begin_array (builder);

  for (guint i = 0; (machine = object_at (node, i)) != NULL; i++)
    {
      const char *name = json_object_get_string_member_with_default (machine, "name", NULL);
      const char *alias = json_object_get_string_member_with_default (machine, "alias", NULL);

      if (name == NULL)
        continue;

      json_builder_begin_object (builder);
      add_string (builder, "name", name);

      if (alias != NULL)
        add_string (builder, "alias", alias);

      if (g_strcmp0 (alias, "q35") == 0)
        q35 = g_strdup (name);

      json_builder_set_member_name (builder, "max-cpus");
      json_builder_add_int_value (builder, json_object_get_int_member_with_default (machine, "cpu-max", 1));
      add_boolean (builder, "deprecated", json_object_get_boolean_member_with_default (machine, "deprecated", FALSE));
      json_builder_end_object (builder);
    }

  json_builder_end_array (builder);

  if (q35 == NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED, "This QEMU has no machine type “q35”");
      return FALSE;
    }

  add_string (builder, "default-machine", q35);

  return TRUE;
}

static gboolean
add_cpu_models (JsonBuilder  *builder,
                VmmProbeRun  *run,
                GError      **error)
{
  g_autoptr(JsonNode) node = vmm_probe_run_execute (run, "query-cpu-definitions", NULL, error);
  JsonObject *model;

  if (node == NULL)
    return FALSE;

  json_builder_set_member_name (builder, "cpu-models");
  json_builder_begin_array (builder);

  for (guint i = 0; (model = object_at (node, i)) != NULL; i++)
    {
      const char *name = json_object_get_string_member_with_default (model, "name", NULL);
      JsonNode *missing = json_object_get_member (model, "unavailable-features");

      if (name == NULL)
        continue;

      json_builder_begin_object (builder);
      add_string (builder, "name", name);
      add_boolean (builder, "usable", missing != NULL && JSON_NODE_HOLDS_ARRAY (missing) &&
                                      json_array_get_length (json_node_get_array (missing)) == 0);
      add_boolean (builder, "deprecated", json_object_get_boolean_member_with_default (model, "deprecated", FALSE));
      json_builder_end_object (builder);
    }

  json_builder_end_array (builder);

  return TRUE;
}

/* Adds the names of the types to @names. */
static gboolean
list_types (VmmProbeRun  *run,
            const char   *implements,
            GHashTable   *names,
            GError      **error)
{
  g_autoptr(JsonNode) arguments = json_node_new (JSON_NODE_OBJECT);
  g_autoptr(JsonNode) node = NULL;
  JsonObject *object = json_object_new ();
  JsonObject *type;

  json_object_set_string_member (object, "implements", implements);
  json_object_set_boolean_member (object, "abstract", FALSE);
  json_node_take_object (arguments, object);
  node = vmm_probe_run_execute (run, "qom-list-types", g_steal_pointer (&arguments), error);

  if (node == NULL)
    return FALSE;

  for (guint i = 0; (type = object_at (node, i)) != NULL; i++)
    if (json_object_has_member (type, "name"))
      g_hash_table_add (names, g_strdup (json_object_get_string_member (type, "name")));

  return TRUE;
}

static gboolean
add_driver (JsonBuilder  *builder,
            VmmProbeRun  *run,
            const char   *driver,
            GError      **error)
{
  g_autoptr(JsonNode) arguments = json_node_new (JSON_NODE_OBJECT);
  g_autoptr(JsonNode) node = NULL;
  JsonObject *object = json_object_new ();
  JsonObject *property;

  json_object_set_string_member (object, "typename", driver);
  json_node_take_object (arguments, object);
  node = vmm_probe_run_execute (run, "device-list-properties", g_steal_pointer (&arguments), error);

  if (node == NULL)
    return FALSE;

  json_builder_set_member_name (builder, driver);
  json_builder_begin_array (builder);

  for (guint i = 0; (property = object_at (node, i)) != NULL; i++)
    if (json_object_has_member (property, "name"))
      json_builder_add_string_value (builder, json_object_get_string_member (property, "name"));

  json_builder_end_array (builder);

  return TRUE;
}

static gboolean
add_devices (JsonBuilder  *builder,
             VmmProbeRun  *run,
             GError      **error)
{
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GList) sorted = NULL;

  if (!list_types (run, "device", names, error))
    return FALSE;

  sorted = g_list_sort (g_hash_table_get_keys (names), (GCompareFunc) strcmp);
  json_builder_set_member_name (builder, "device-types");
  json_builder_begin_array (builder);

  for (GList *l = sorted; l != NULL; l = l->next)
    json_builder_add_string_value (builder, l->data);

  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "device-properties");
  json_builder_begin_object (builder);

  for (guint i = 0; i < G_N_ELEMENTS (drivers); i++)
    if (g_hash_table_contains (names, drivers[i]) && !add_driver (builder, run, drivers[i], error))
      return FALSE;

  json_builder_end_object (builder);

  return TRUE;
}

/* Whether the schema has an enumeration with both values. */
static gboolean
schema_has (JsonNode   *schema,
            const char *mark,
            const char *value)
{
  JsonObject *type;

  for (guint i = 0; (type = object_at (schema, i)) != NULL; i++)
    {
      JsonNode *values = json_object_get_member (type, "values");
      gboolean has_mark = FALSE, has_value = FALSE;

      for (guint v = 0; values != NULL && JSON_NODE_HOLDS_ARRAY (values) &&
                        v < json_array_get_length (json_node_get_array (values)); v++)
        {
          const char *text = json_node_get_string (json_array_get_element (json_node_get_array (values), v));

          has_mark |= g_strcmp0 (text, mark) == 0;
          has_value |= g_strcmp0 (text, value) == 0;
        }

      if (has_mark && has_value)
        return TRUE;
    }

  return FALSE;
}

/*
 * "netdev-stream": user networking by passt; "display-dbus", "spice": the module is installed too.
 * Names of types in the schema differ between builds, so an enumeration is known by a value.
 */
static gboolean
add_features (JsonBuilder  *builder,
              VmmProbeRun  *run,
              GError      **error)
{
  g_autoptr(JsonNode) schema = vmm_probe_run_execute (run, "query-qmp-schema", NULL, error);
  g_autoptr(GHashTable) backends = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (schema == NULL || !list_types (run, "chardev", backends, error))
    return FALSE;

  json_builder_set_member_name (builder, "features");
  json_builder_begin_array (builder);

  if (schema_has (schema, "hubport", "stream"))
    json_builder_add_string_value (builder, "netdev-stream");

  if (schema_has (schema, "hubport", "user"))
    json_builder_add_string_value (builder, "netdev-user");

  if (schema_has (schema, "egl-headless", "dbus") && g_hash_table_contains (backends, "chardev-dbus"))
    json_builder_add_string_value (builder, "display-dbus");

  if (g_hash_table_contains (backends, "chardev-spicevmc"))
    json_builder_add_string_value (builder, "spice");

  json_builder_end_array (builder);

  return TRUE;
}

static VmmCapabilities *
probe (const char    *emulator,
       const char    *key,
       GCancellable  *cancellable,
       GError       **error)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  g_autoptr(VmmProbeRun) run = NULL;
  g_autoptr(JsonNode) root = NULL;
  g_autofree char *text = NULL;
  const char *argv[] = {
    emulator, "-machine", "none", "-accel", NULL, "-S", "-nodefaults", "-no-user-config", "-display", "none", NULL
  };

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "format");
  json_builder_add_int_value (builder, VMM_CAPABILITIES_FORMAT);
  add_string (builder, "key", key);
  add_string (builder, "emulator", emulator);
  add_string (builder, "arch", "x86_64");
  argv[4] = add_accelerator (builder, emulator, cancellable);
  run = vmm_probe_run_start (argv, cancellable, error);

  if (run == NULL ||
      !add_version (builder, run, error) ||
      !add_machines (builder, run, error) ||
      !add_cpu_models (builder, run, error) ||
      !add_devices (builder, run, error) ||
      !add_features (builder, run, error))
    {
      g_prefix_error (error, "QEMU (%s) cannot be asked what it can do: ", emulator);
      return NULL;
    }

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);

  return vmm_capabilities_new_from_json (text, -1, error);
}

static VmmCapabilities *
get_or_probe (const char    *emulator,
              const char    *cache_folder,
              GCancellable  *cancellable,
              GError       **error)
{
  g_autofree char *key = dup_key (emulator);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, emulator, -1);
  g_autofree char *name = g_strdup_printf ("capabilities-%.16s.json", digest);
  g_autofree char *path = cache_folder != NULL ? g_build_filename (cache_folder, name, NULL) : NULL;
  VmmCapabilities *capabilities = path != NULL ? load_cached (path, key) : NULL;

  if (capabilities != NULL)
    return capabilities;

  capabilities = probe (emulator, key, cancellable, error);

  if (capabilities != NULL && path != NULL)
    store (capabilities, cache_folder, path);

  return capabilities;
}

static void
probe_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  Request *request = data;
  g_autoptr(GMainContext) context = g_main_context_new ();
  VmmCapabilities *capabilities;
  GError *error = NULL;

  g_main_context_push_thread_default (context);
  capabilities = get_or_probe (request->emulator, request->cache_folder, cancellable, &error);
  g_main_context_pop_thread_default (context);

  if (capabilities != NULL)
    g_task_return_pointer (task, capabilities, g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * vmm_capabilities_get_async:
 * @emulator: (nullable): absolute path of QEMU; %NULL for the one in PATH
 * @cache_folder: (nullable): where the answer is kept; made if it is missing
 *
 * Tells what QEMU can do: from the cache, or, if QEMU, this program, the kernel, the processor or the
 * access to KVM has changed, by starting QEMU a few times. Works in a thread.
 *
 * Fails with %VMM_ERROR_UNSUPPORTED if there is no QEMU, or %VMM_ERROR_HYPERVISOR or
 * %VMM_ERROR_TIMEOUT if it does not answer.
 */
void
vmm_capabilities_get_async (const char          *emulator,
                            const char          *cache_folder,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Request *request = g_new0 (Request, 1);

  request->emulator = emulator != NULL ? g_strdup (emulator) : find_emulator ();
  request->cache_folder = g_strdup (cache_folder);
  g_task_set_source_tag (task, vmm_capabilities_get_async);
  g_task_set_task_data (task, request, (GDestroyNotify) request_free);

  if (request->emulator == NULL || !g_file_test (request->emulator, G_FILE_TEST_IS_EXECUTABLE))
    g_task_return_new_error (task, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                             "QEMU is not installed (%s was not found); the package qemu-system-x86 brings it",
                             request->emulator != NULL ? request->emulator : "qemu-system-x86_64");
  else
    g_task_run_in_thread (task, probe_thread);
}

VmmCapabilities *
vmm_capabilities_get_finish (GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
