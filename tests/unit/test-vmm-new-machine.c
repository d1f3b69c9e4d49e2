/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-error.h"
#include "vmm-new-machine.h"
#include "vmm-os-database.h"

#define GIB (G_GUINT64_CONSTANT (1) << 30)

static VmmOsDatabase *database;

static VmmHostSummary *
host_with (guint       cpus,
           guint64     memory_mib,
           guint64     free_bytes,
           const char *accelerator,
           gboolean    has_efi)
{
  GVariantDict dict;
  const char *firmwares[] = { "bios", has_efi ? "efi" : NULL, NULL };
  g_autoptr (GVariant) values = NULL;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "cpus", "u", cpus);
  g_variant_dict_insert (&dict, "memory-mib", "t", memory_mib);
  g_variant_dict_insert (&dict, "arch", "s", "x86_64");
  g_variant_dict_insert (&dict, "images-free", "t", free_bytes);
  g_variant_dict_insert (&dict, "images-folder", "s", "/images");
  g_variant_dict_insert (&dict, "accelerator", "s", accelerator);
  g_variant_dict_insert (&dict, "firmwares", "^as", firmwares);
  values = g_variant_ref_sink (g_variant_dict_end (&dict));

  return vmm_host_summary_new (values);
}

static VmmNewMachine *
new_machine (const char *os,
             const char *accelerator,
             gboolean    has_efi)
{
  g_autoptr (VmmHostSummary) host = host_with (8, 16384, 500 * GIB, accelerator, has_efi);
  VmmNewMachine *machine = vmm_new_machine_new ();

  vmm_new_machine_set_host (machine, host);
  if (os != NULL)
    {
      g_assert_nonnull (vmm_os_database_find (database, os));
      vmm_new_machine_set_os (machine, vmm_os_database_find (database, os));
    }

  return machine;
}

static void
assert_golden (VmmNewMachine *machine,
               const char    *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = vmm_new_machine_build_xml (machine, &error);
  g_autofree char *file = g_strconcat (name, ".xml", NULL);
  g_autofree char *path = g_build_filename (TEST_DATA, "new-machine", file, NULL);
  g_autofree char *expected = NULL;

  g_assert_no_error (error);
  if (g_getenv ("UPDATE_GOLDEN") != NULL)
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_file_get_contents (path, &expected, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_golden (void)
{
  g_autoptr (VmmNewMachine) debian = new_machine ("debian11", "kvm", TRUE);
  g_autoptr (VmmNewMachine) windows = new_machine ("win10", "kvm", TRUE);
  g_autoptr (VmmNewMachine) old = new_machine ("winxp", "tcg", FALSE);
  g_autoptr (VmmNewMachine) nothing = new_machine (NULL, "tcg", FALSE);
  g_autoptr (VmmInstallMedia) media =
    vmm_install_media_new ("/iso/a <b> & \"c\".iso", vmm_os_database_find (database, "debian11"), NULL);
  g_autoptr (VmmDiskImage) image = vmm_disk_image_new ("/images/old.vmdk", "vmdk", 4 * GIB);

  vmm_new_machine_set_media (debian, media);
  assert_golden (debian, "debian11");
  assert_golden (windows, "win10");
  vmm_new_machine_set_image (old, image);
  assert_golden (old, "winxp-image");
  vmm_new_machine_set_network (nothing, VMM_NEW_MACHINE_NETWORK_NONE);
  vmm_new_machine_set_video_model (nothing, "none");
  vmm_new_machine_set_disk_bus (nothing, "scsi");
  assert_golden (nothing, "unknown");
}

static void
test_options (void)
{
  g_autoptr (VmmNewMachine) machine = new_machine ("debian11", "kvm", TRUE);
  g_autoptr (VmmInstallMedia) media =
    vmm_install_media_new ("/x.iso", vmm_os_database_find (database, "debian11"), NULL);
  g_autoptr (VmmDiskImage) image = vmm_disk_image_new ("/images/old.vmdk", "vmdk", 4 * GIB);
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GVariant) second = NULL;
  g_autofree char *first_text = NULL;
  g_autofree char *second_text = NULL;

  vmm_new_machine_set_media (machine, media);
  vmm_new_machine_set_disk_bytes (machine, 10 * GIB);
  first = g_variant_ref_sink (vmm_new_machine_build_options (machine));
  first_text = g_variant_print (first, FALSE);
  g_assert_cmpstr (first_text, ==,
                   "{'disks': <[{'target': <'vda'>, 'capacity': <uint64 10737418240>}]>, "
                   "'media': <'sda'>, 'reboots': <uint32 1>, 'start': <true>}");

  vmm_new_machine_set_image (machine, image);
  vmm_new_machine_set_start (machine, FALSE);
  second = g_variant_ref_sink (vmm_new_machine_build_options (machine));
  second_text = g_variant_print (second, FALSE);
  g_assert_cmpstr (second_text, ==, "{'start': <false>}");
}

static void
test_recommend (void)
{
  g_autoptr (VmmHostSummary) small = host_with (1, 1536, 5 * GIB + 17, "kvm", FALSE);
  g_autoptr (VmmHostSummary) large = host_with (64, 262144, 5000 * GIB, "kvm", TRUE);
  g_autoptr (VmmHostSummary) unknown = vmm_host_summary_new (NULL);
  VmmRecommendation r;

  vmm_recommendation_make (&r, vmm_os_database_find (database, "fedora37"), large, "x86_64");
  g_assert_cmpuint (r.memory_mib, ==, 2048);
  g_assert_cmpuint (r.memory_minimum_mib, ==, 1024);
  g_assert_cmpuint (r.vcpus, ==, 2);
  g_assert_cmpuint (r.disk_bytes, ==, 20 * GIB);
  g_assert_cmpint (r.firmware, ==, VMM_FIRMWARE_KIND_EFI);

  vmm_recommendation_make (&r, vmm_os_database_find (database, "fedora37"), small, "x86_64");
  g_assert_cmpuint (r.memory_mib, ==, 1024);
  g_assert_cmpuint (r.vcpus, ==, 1);
  g_assert_cmpuint (r.disk_bytes, ==, 5 * GIB);
  g_assert_cmpint (r.firmware, ==, VMM_FIRMWARE_KIND_BIOS);

  /* Only a least is known: twice as much. */
  vmm_recommendation_make (&r, vmm_os_database_find (database, "win11"), large, "x86_64");
  g_assert_cmpuint (r.memory_mib, ==, 8192);
  g_assert_cmpuint (r.disk_bytes, ==, 128 * GIB);
  g_assert_true (r.needs_efi && r.needs_tpm && r.needs_secure_boot);
  g_assert_cmpstr (r.disk_bus, ==, "sata");
  g_assert_cmpstr (r.nic_model, ==, "e1000e");
  g_assert_cmpstr (r.video_model, ==, "vga");
  g_assert_cmpstr (r.clock, ==, "localtime");

  vmm_recommendation_make (&r, NULL, unknown, "x86_64");
  g_assert_cmpuint (r.memory_mib, ==, 2048);
  g_assert_cmpuint (r.vcpus, ==, 2);
  g_assert_cmpuint (r.disk_bytes, ==, 20 * GIB);
}

/* What a person has set stays when the system changes; what nobody has set follows. */
static void
test_touched (void)
{
  g_autoptr (VmmNewMachine) machine = new_machine ("debian11", "kvm", TRUE);

  g_assert_cmpstr (vmm_new_machine_get_name (machine), ==, "debian11");
  vmm_new_machine_set_memory_mib (machine, 3000);
  vmm_new_machine_set_os (machine, vmm_os_database_find (database, "win11"));
  g_assert_cmpuint (vmm_new_machine_get_memory_mib (machine), ==, 3000);
  g_assert_cmpuint (vmm_new_machine_get_disk_bytes (machine), ==, 128 * GIB);
  g_assert_cmpstr (vmm_new_machine_get_name (machine), ==, "win11");
  vmm_new_machine_set_name (machine, "mine");
  vmm_new_machine_set_os (machine, vmm_os_database_find (database, "debian11"));
  g_assert_cmpstr (vmm_new_machine_get_name (machine), ==, "mine");
}

static void
test_names (void)
{
  static const struct
  {
    const char *name;
    int         code; /* -1: good */
  } cases[] = {
    { "a", -1 },
    { "-v", -1 },
    { "a,b=c \"quoted\" 'x' <&>", -1 },
    { "名字", -1 },
    { "", VMM_ERROR_INVALID },
    { "   ", VMM_ERROR_INVALID },
    { "a/b", VMM_ERROR_INVALID },
    { "a\nb", VMM_ERROR_INVALID },
    { "a\177", VMM_ERROR_INVALID },
    { "..", VMM_ERROR_INVALID },
    { "\377", VMM_ERROR_INVALID },
    { "taken", VMM_ERROR_EXISTS },
  };
  const char *taken[] = { "taken", "debian11", "debian11-2", NULL };
  g_autoptr (VmmNewMachine) machine = new_machine ("debian11", "kvm", TRUE);
  g_autofree char *limit = g_strnfill (255, 'x');
  g_autofree char *beyond = g_strnfill (256, 'x');
  g_autoptr (GError) error = NULL;

  vmm_new_machine_set_taken_names (machine, taken);
  g_assert_cmpstr (vmm_new_machine_get_name (machine), ==, "debian11-3");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) local_error = NULL;
      g_autofree char *xml = NULL;

      vmm_new_machine_set_name (machine, cases[i].name);
      xml = vmm_new_machine_build_xml (machine, &local_error);
      if (cases[i].code < 0)
        g_assert_no_error (local_error);
      else
        g_assert_error (local_error, VMM_ERROR, cases[i].code);
    }

  vmm_new_machine_set_name (machine, limit);
  g_assert_true (vmm_new_machine_check (machine, VMM_NEW_MACHINE_FIELD_NAME, NULL));
  vmm_new_machine_set_name (machine, beyond);
  g_assert_false (vmm_new_machine_check (machine, VMM_NEW_MACHINE_FIELD_NAME, &error));
  g_assert_nonnull (strstr (error->message, "256"));
}

static void
test_limits (void)
{
  g_autoptr (VmmNewMachine) machine = new_machine ("debian11", "kvm", FALSE);
  g_autoptr (VmmDiskImage) strange = vmm_disk_image_new ("/images/\377.raw", "raw", GIB);
  g_autoptr (GError) memory = NULL;
  g_autoptr (GError) disk = NULL;
  g_autoptr (GError) firmware = NULL;
  g_autoptr (GError) source = NULL;
  g_autofree char *note = NULL;

  vmm_new_machine_set_memory_mib (machine, 16385);
  g_assert_false (vmm_new_machine_check (machine, VMM_NEW_MACHINE_FIELD_MEMORY, &memory));
  g_assert_nonnull (strstr (memory->message, "16.0"));
  vmm_new_machine_set_memory_mib (machine, 64);
  g_assert_true (vmm_new_machine_check (machine, VMM_NEW_MACHINE_FIELD_MEMORY, NULL));
  note = vmm_new_machine_dup_note (machine, VMM_NEW_MACHINE_FIELD_MEMORY);
  g_assert_nonnull (strstr (note, "Debian 11"));

  vmm_new_machine_set_disk_bytes (machine, 501 * GIB);
  g_assert_false (vmm_new_machine_check (machine, VMM_NEW_MACHINE_FIELD_DISK, &disk));
  g_assert_error (disk, VMM_ERROR, VMM_ERROR_STORAGE);
  vmm_new_machine_set_disk_bytes (machine, 1000);
  g_assert_false (vmm_new_machine_check (machine, VMM_NEW_MACHINE_FIELD_DISK, NULL));
  vmm_new_machine_set_disk_bytes (machine, (1 << 20) + 1);
  g_assert_false (vmm_new_machine_check (machine, VMM_NEW_MACHINE_FIELD_DISK, NULL));

  vmm_new_machine_set_firmware (machine, VMM_FIRMWARE_KIND_EFI);
  g_assert_false (vmm_new_machine_check (machine, VMM_NEW_MACHINE_FIELD_FIRMWARE, &firmware));
  g_assert_error (firmware, VMM_ERROR, VMM_ERROR_UNSUPPORTED);

  vmm_new_machine_set_vcpus (machine, 289);
  g_assert_false (vmm_new_machine_check (machine, VMM_NEW_MACHINE_FIELD_VCPUS, NULL));

  vmm_new_machine_set_image (machine, strange);
  g_assert_true (vmm_new_machine_check (machine, VMM_NEW_MACHINE_FIELD_DISK, NULL));
  g_assert_false (vmm_new_machine_check (machine, VMM_NEW_MACHINE_FIELD_SOURCE, &source));
  g_assert_error (source, VMM_ERROR, VMM_ERROR_INVALID);
}

static void
load_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  *(gboolean *) user_data = TRUE;
}

int
main (int   argc,
      char *argv[])
{
  gboolean loaded = FALSE;
  int status;

  g_test_init (&argc, &argv, NULL);

  database = vmm_os_database_new ();
  vmm_os_database_load_async (database, NULL, load_cb, &loaded);
  while (!loaded)
    g_main_context_iteration (NULL, TRUE);

  g_test_add_func ("/new-machine/golden", test_golden);
  g_test_add_func ("/new-machine/options", test_options);
  g_test_add_func ("/new-machine/recommend", test_recommend);
  g_test_add_func ("/new-machine/touched", test_touched);
  g_test_add_func ("/new-machine/names", test_names);
  g_test_add_func ("/new-machine/limits", test_limits);

  status = g_test_run ();
  g_clear_object (&database);

  return status;
}
