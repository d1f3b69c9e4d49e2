/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "vmm-capabilities-probe.h"
#include "vmm-error.h"

typedef struct
{
  VmmCapabilities *capabilities;
  GError          *error;
  gboolean         is_done;
} Answer;

static void
got_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  Answer *answer = user_data;

  answer->capabilities = vmm_capabilities_get_finish (result, &answer->error);
  answer->is_done = TRUE;
}

static VmmCapabilities *
get (const char  *emulator,
     const char  *folder,
     GError     **error)
{
  Answer answer = { 0 };

  vmm_capabilities_get_async (emulator, folder, NULL, got_cb, &answer);

  while (!answer.is_done)
    g_main_context_iteration (NULL, TRUE);

  if (answer.error != NULL)
    g_propagate_error (error, answer.error);

  return answer.capabilities;
}

static void
remove_folder (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_no_errno (g_remove (path));
    }

  g_assert_no_errno (g_rmdir (folder));
}

static void
test_probe (void)
{
  g_autofree char *folder = g_dir_make_tmp ("guesthouse-test-XXXXXX", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(VmmCapabilities) capabilities = get (NULL, folder, &error);
  g_autoptr(VmmCapabilities) cached = NULL;
  g_autofree char *text = NULL;
  g_autofree char *cached_text = NULL;
  const char *store = g_getenv ("VMM_STORE_CAPABILITIES");
  gint64 start, best = G_MAXINT64;

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (vmm_capabilities_get_host_info (capabilities)->default_machine, "pc-q35-"));
  g_assert_true (vmm_capabilities_has_device (capabilities, "virtio-blk-pci"));
  g_assert_true (vmm_capabilities_has_device_property (capabilities, "virtio-blk-pci", "bootindex"));
  g_assert_false (vmm_capabilities_has_device_property (capabilities, "virtio-blk-pci", "no-such"));
  g_assert_false (vmm_capabilities_has_device (capabilities, "no-such"));
  g_assert_cmpuint (strlen (vmm_capabilities_get_accelerator_reason (capabilities)), >, 10);
  g_assert_cmpuint (vmm_capabilities_get_cpu_models (capabilities)->len, >, 10);
  g_test_message ("%s: %s", vmm_capabilities_get_accelerator (capabilities),
                  vmm_capabilities_get_accelerator_reason (capabilities));

  for (guint i = 0; i < 5; i++)
    {
      g_clear_object (&cached);
      start = g_get_monotonic_time ();
      cached = get (NULL, folder, &error);
      best = MIN (best, g_get_monotonic_time () - start);
      g_assert_no_error (error);
    }

  text = vmm_capabilities_to_json (capabilities);
  cached_text = vmm_capabilities_to_json (cached);
  g_assert_cmpstr (text, ==, cached_text);
  g_test_minimized_result (best, "cached: %" G_GINT64_FORMAT " µs, %zu bytes", best, strlen (text));
  /* 2 ms on a quiet machine; asking QEMU takes hundreds. */
  g_assert_cmpint (best, <, 50000);

  if (store != NULL)
    g_assert_true (g_file_set_contents (store, text, -1, NULL));

  remove_folder (folder);
}

/* A damaged cache is as good as none. */
static void
test_damaged_cache (void)
{
  g_autofree char *folder = g_dir_make_tmp ("guesthouse-test-XXXXXX", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(VmmCapabilities) first = get (NULL, folder, &error);
  g_autoptr(VmmCapabilities) second = NULL;
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *path = g_build_filename (folder, g_dir_read_name (dir), NULL);

  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (path, "{\"format\": 1, \"machines\": [3, {\"name\": 4}]", -1, NULL));
  second = get (NULL, folder, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (vmm_capabilities_get_version (first), ==, vmm_capabilities_get_version (second));
  remove_folder (folder);
}

static void
test_no_qemu (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (get ("/nonexistent/qemu", NULL, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "qemu-system-x86"));
}

/* A program that is no QEMU: its end is an error with its own words, not a wait. */
static void
test_not_qemu (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (get ("/bin/false", NULL, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR);
  g_assert_nonnull (strstr (error->message, "/bin/false"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/capabilities/probe", test_probe);
  g_test_add_func ("/capabilities/damaged-cache", test_damaged_cache);
  g_test_add_func ("/capabilities/no-qemu", test_no_qemu);
  g_test_add_func ("/capabilities/not-qemu", test_not_qemu);

  return g_test_run ();
}
