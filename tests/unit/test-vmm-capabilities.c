/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "golden.h"
#include "vmm-capabilities-xml.h"
#include "vmm-error.h"
#include "vmm-xml.h"

static void
test_json (void)
{
  static const char *const garbage[] = {
    "", "{", "[]", "null", "{}", "{\"format\": 2}", "{\"format\": \"1\"}", "{\"format\": 1, \"emulator\": 3}",
    "{\"format\":1,\"emulator\":\"/q\",\"version\":\"1\",\"arch\":\"x\",\"accelerator\":\"no\",\"default-machine\":\"m\"}",
  };
  g_autoptr(VmmCapabilities) capabilities = golden_load_capabilities ();
  g_autofree char *text = vmm_capabilities_to_json (capabilities);
  g_autoptr(GError) error = NULL;
  g_autoptr(VmmCapabilities) again = vmm_capabilities_new_from_json (text, -1, &error);
  g_autofree char *text_again = NULL;

  g_assert_no_error (error);
  text_again = vmm_capabilities_to_json (again);
  g_assert_cmpstr (text, ==, text_again);

  for (guint i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      g_assert_null (vmm_capabilities_new_from_json (garbage[i], -1, &error));
      g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
      g_clear_error (&error);
    }

  /* Members of a wrong kind are passed over. */
  again = (g_object_unref (again), vmm_capabilities_new_from_json (
    "{\"format\":1,\"emulator\":\"/q\",\"version\":\"1\",\"arch\":\"x\",\"accelerator\":\"tcg\",\"default-machine\":\"m\","
    "\"machines\":[1,[],{\"name\":2},{\"name\":\"m\",\"max-cpus\":-5}],\"cpu-models\":{},\"device-types\":[{},\"d\"],"
    "\"device-properties\":{\"d\":3},\"features\":\"x\",\"host\":[]}", -1, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (vmm_capabilities_get_host_info (again)->n_machines, ==, 1);
  g_assert_cmpuint (vmm_capabilities_get_host_info (again)->machines[0].max_vcpus, ==, 1);
}

static void
test_xml (void)
{
  g_autoptr(VmmCapabilities) capabilities = golden_load_capabilities ();
  g_autofree char *host = vmm_capabilities_build_xml (capabilities);
  g_autoptr(GError) error = NULL;
  g_autofree char *domain = vmm_capabilities_build_domain_xml (capabilities, NULL, "q35", NULL, &error);
  g_autoptr(xmlDoc) host_doc = vmm_xml_parse (host, -1, &error);
  g_autoptr(xmlDoc) domain_doc = NULL;
  xmlNode *root;

  g_assert_no_error (error);
  g_assert_cmpstr (vmm_xml_get (xmlDocGetRootElement (host_doc), "guest/arch@name"), ==, "x86_64");

  domain_doc = vmm_xml_parse (domain, -1, &error);
  g_assert_no_error (error);
  root = xmlDocGetRootElement (domain_doc);
  g_assert_cmpstr (vmm_xml_get (root, "machine"), ==, "pc-q35-7.2");
  g_assert_cmpstr (vmm_xml_get (root, "domain"), ==, "kvm");
  g_assert_null (strstr (domain, "<value>ide</value>"));

  g_assert_null (vmm_capabilities_build_domain_xml (capabilities, NULL, "pdp-11", NULL, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (vmm_capabilities_build_domain_xml (capabilities, "mips", NULL, NULL, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED);
}

static void
write_descriptor (const char *folder,
                  const char *name,
                  const char *code,
                  const char *features)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = g_strdup_printf (
    "{\"interface-types\":[\"uefi\"],\"mapping\":{\"device\":\"flash\",\"executable\":{\"filename\":\"%s\",\"format\":\"raw\"},"
    "\"nvram-template\":{\"filename\":\"/vars\",\"format\":\"raw\"}},\"targets\":[{\"architecture\":\"x86_64\","
    "\"machines\":[\"pc-q35-*\"]}],\"features\":[%s]}", code, features);

  g_assert_true (g_file_set_contents (path, code != NULL ? text : "", -1, NULL));
}

/* Names order, earlier folders mask later ones, an empty file masks and offers nothing. */
static void
test_firmware (void)
{
  g_autofree char *own = g_dir_make_tmp ("guesthouse-test-XXXXXX", NULL);
  g_autofree char *system = g_dir_make_tmp ("guesthouse-test-XXXXXX", NULL);
  const char *const folders[] = { own, "/nonexistent", system, NULL };
  VmmFirmwareQuery query = { "efi", "x86_64", "pc-q35-7.2", -1, -1, NULL };
  g_autoptr(GError) error = NULL;
  VmmFirmware *firmware;

  write_descriptor (system, "10-a.json", "/code/keys", "\"secure-boot\",\"enrolled-keys\",\"requires-smm\"");
  write_descriptor (system, "20-b.json", "/code/plain", "");
  write_descriptor (system, "30-c.json", "/code/later", "");
  write_descriptor (system, "40-d.json", "relative", "");

  firmware = vmm_firmware_find_in (folders, &query, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (firmware->path, ==, "/code/plain");
  g_assert_cmpstr (firmware->nvram_template, ==, "/vars");
  vmm_firmware_free (firmware);

  query.secure_boot = 1;
  firmware = vmm_firmware_find_in (folders, &query, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (firmware->path, ==, "/code/keys");
  g_assert_true (firmware->requires_smm);
  vmm_firmware_free (firmware);
  query.secure_boot = -1;

  write_descriptor (own, "20-b.json", NULL, "");
  firmware = vmm_firmware_find_in (folders, &query, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (firmware->path, ==, "/code/later");
  vmm_firmware_free (firmware);

  query.machine = "pc-i440fx-7.2";
  g_assert_null (vmm_firmware_find_in (folders, &query, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED);

  for (guint i = 0; folders[i] != NULL; i++)
    {
      g_autoptr(GDir) dir = g_dir_open (folders[i], 0, NULL);
      const char *name;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *path = g_build_filename (folders[i], name, NULL);

          g_remove (path);
        }

      g_rmdir (folders[i]);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/capabilities/json", test_json);
  g_test_add_func ("/capabilities/xml", test_xml);
  g_test_add_func ("/firmware/choice", test_firmware);

  return g_test_run ();
}
