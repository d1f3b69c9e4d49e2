/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guestctl-install-device.h"
#include "guestctl-install-disk.h"
#include "guestctl-keys.h"
#include "guestctl-suboptions.h"

#include <string.h>

static void
test_suboptions (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CliSuboptions) suboptions =
    cli_suboptions_parse ("disk", "/a,,b=c,size=8,readonly=on,word,=x", "path", &error);
  gboolean is_read_only = FALSE;

  g_assert_no_error (error);
  g_assert_cmpstr (cli_suboptions_take (suboptions, "path"), ==, "/a,b=c");
  g_assert_cmpstr (cli_suboptions_take (suboptions, "size"), ==, "8");
  g_assert_true (cli_suboptions_take_switch (suboptions, "readonly", &is_read_only, &error));
  g_assert_true (is_read_only);
  g_assert_cmpstr (cli_suboptions_take_word (suboptions), ==, "word");
  g_assert_null (cli_suboptions_take_word (suboptions));
  g_assert_null (cli_suboptions_take (suboptions, "format"));
  g_assert_false (cli_suboptions_finish (suboptions, &error));
  g_assert_error (error, CLI_ERROR, CLI_ERROR_USAGE);
}

static void
test_suboptions_refused (void)
{
  static const char *const wrong[] = { "", "a=1,", ",a=1", "a=1,a=2", "\xff" };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CliSuboptions) suboptions = cli_suboptions_parse ("disk", wrong[i], "path", &error);

      g_assert_null (suboptions);
      g_assert_error (error, CLI_ERROR, CLI_ERROR_USAGE);
      g_assert_nonnull (strstr (error->message, "disk"));
    }
}

static void
test_commas (void)
{
  static const struct { const char *text; const char *path; } cases[] = {
    { "a,,", "a," }, { ",,,,a", ",,a" }, { "path=x,,y", "x,y" }, { "/p=q", "/p=q" }, { "path==", "=" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CliSuboptions) suboptions =
        cli_suboptions_parse ("disk", cases[i].text, "path", &error);

      g_assert_no_error (error);
      g_assert_cmpstr (cli_suboptions_take (suboptions, "path"), ==, cases[i].path);
      g_assert_true (cli_suboptions_finish (suboptions, &error));
    }
}

static void
test_sizes (void)
{
  static const char *const wrong[] = { "", "0", "-1", "8G", "1e99", "nan", "inf", "1,5" };
  guint64 bytes;

  g_assert_true (cli_parse_gib ("8", &bytes, NULL));
  g_assert_cmpuint (bytes, ==, G_GUINT64_CONSTANT (8) << 30);
  g_assert_true (cli_parse_gib ("0.1", &bytes, NULL));
  g_assert_cmpuint (bytes % 512, ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (cli_parse_gib (wrong[i], &bytes, &error));
      g_assert_error (error, CLI_ERROR, CLI_ERROR_USAGE);
    }
}

static void
test_disk (void)
{
  static const char *const wrong[] = {
    "size=x", "device=tape", "path=/a,siz=1", "readonly=perhaps", "boot_order=-1", "sparse=no",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (CliDisk) disk =
    cli_disk_parse ("path=/a,,b.img,size=1.5,format=raw,bus=sata,cache=none,target.dev=sdc", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (disk->path, ==, "/a,b.img");
  g_assert_cmpuint (disk->bytes, ==, G_GUINT64_CONSTANT (3) << 29);
  g_assert_cmpstr (disk->format, ==, "raw");
  g_assert_cmpstr (disk->bus, ==, "sata");
  g_assert_cmpstr (disk->cache, ==, "none");
  g_assert_cmpstr (disk->target, ==, "sdc");
  g_assert_cmpstr (disk->device, ==, "disk");

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_null (cli_disk_parse (wrong[i], &error));
      g_assert_error (error, CLI_ERROR, CLI_ERROR_USAGE);
      g_clear_error (&error);
    }
}

/* A second disk takes the next name, whatever is in its path. */
static void
test_disk_in_document (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmDomain) domain =
    vmm_domain_new_from_xml ("<domain type='qemu'><name>a</name><devices><disk type='file' device='disk'>"
                             "<target dev='vda' bus='virtio'/></disk></devices></domain>", -1, &error);
  g_autoptr (CliDisk) option = cli_disk_parse ("/<&\"'>,serial=s", &error);
  g_autoptr (VmmDisk) disk = NULL;

  g_assert_no_error (error);
  disk = cli_disk_add (option, domain, "virtio", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (vmm_disk_get_target (disk), ==, "vdb");
  g_assert_cmpstr (vmm_disk_get_source_file (disk), ==, "/<&\"'>");
  g_assert_cmpstr (vmm_disk_get_format (disk), ==, "qcow2");
}

static void
test_devices_refused (void)
{
  static const char *const networks[] = { "bridge=br0", "network=default", "user,modl=x", "user,mac" };
  static const char *const graphics[] = { "sdl", "vnc,port=99999", "vnc,passwd=x" };
  g_autoptr (VmmDomain) domain =
    vmm_domain_new_from_xml ("<domain type='qemu'><name>a</name><devices/></domain>", -1, NULL);
  gboolean has_screen = TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (cli_apply_networks (domain, (const char *[]) { networks[i], NULL }, "virtio",
                                          &error));
      g_assert_error (error, CLI_ERROR, CLI_ERROR_USAGE);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (graphics); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (cli_apply_graphics (domain, (const char *[]) { graphics[i], NULL }, &has_screen,
                                          &error));
      g_assert_error (error, CLI_ERROR, CLI_ERROR_USAGE);
    }
  g_assert_false (cli_apply_graphics (domain, (const char *[]) { "none", "vnc", NULL }, &has_screen, NULL));
}

static void
test_keys (void)
{
  static const struct { const char *given; const char *qemu; } cases[] = {
    { "KEY_LEFTCTRL", "ctrl" }, { "ctrl", "ctrl" }, { "KEY_F1", "f1" }, { "KEY_DELETE", "delete" },
    { "Delete", "delete" }, { "KEY_KP5", "kp_5" }, { "key_enter", "ret" }, { "KEY_A", "a" }, { "", "" },
    { "KEY_", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *key = cli_key_to_qemu (cases[i].given);

      g_assert_cmpstr (key, ==, cases[i].qemu);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guestctl/suboptions", test_suboptions);
  g_test_add_func ("/guestctl/suboptions-refused", test_suboptions_refused);
  g_test_add_func ("/guestctl/commas", test_commas);
  g_test_add_func ("/guestctl/sizes", test_sizes);
  g_test_add_func ("/guestctl/disk", test_disk);
  g_test_add_func ("/guestctl/disk-in-document", test_disk_in_document);
  g_test_add_func ("/guestctl/devices-refused", test_devices_refused);
  g_test_add_func ("/guestctl/keys", test_keys);

  return g_test_run ();
}
