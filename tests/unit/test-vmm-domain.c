/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-domain.h"
#include "vmm-error.h"
#include "vmm-xml.h"

#define SIMPLE                                                                                     \
  "<!-- kept -->\n<domain type='kvm' xmlns:x='urn:x'>\n  <name>a &amp; b</name>\n"                 \
  "  <memory unit='MiB'>2048</memory>\n  <vcpu current='2'>4</vcpu>\n  <x:own a='1'/>\n"           \
  "  <os>\n    <type arch='x86_64' machine='q35'>hvm</type>\n    <boot dev='cdrom'/>\n"            \
  "    <boot dev='hd'/>\n  </os>\n  <features>\n    <acpi/>\n    <smm state='off'/>\n"             \
  "  </features>\n  <devices>\n"                                                                   \
  "    <disk type='file' device='cdrom'>\n      <source file='/iso/a,b.iso'/>\n"                   \
  "      <target dev='sda' bus='sata'/>\n      <readonly/>\n    </disk>\n"                         \
  "    <disk type=\"block\">\n      <source dev='/dev/sdx'/>\n      <target dev='vda'/>\n"         \
  "    </disk>\n  </devices>\n</domain>\n"

static VmmDomain *
parse (const char *xml)
{
  g_autoptr(GError) error = NULL;
  VmmDomain *domain = vmm_domain_new_from_xml (xml, -1, &error);

  g_assert_no_error (error);

  return domain;
}

static void
assert_refused (const char *xml,
                gssize      length,
                const char *word)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(VmmDomain) domain = vmm_domain_new_from_xml (xml, length, &error);

  g_assert_null (domain);
  g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);

  if (strstr (error->message, word) == NULL)
    g_error ("“%s” is not in “%s”", word, error->message);
}

static void
test_getters (void)
{
  g_autoptr(VmmDomain) domain = parse (SIMPLE);
  g_autoptr(GPtrArray) disks = vmm_domain_list_disks (domain);
  g_auto(GStrv) boot = vmm_domain_dup_boot_devices (domain);

  g_assert_cmpstr (vmm_domain_get_name (domain), ==, "a & b");
  g_assert_null (vmm_domain_get_uuid (domain));
  g_assert_cmpuint (vmm_domain_get_memory_mib (domain), ==, 2048);
  g_assert_cmpuint (vmm_domain_get_current_memory_kib (domain), ==, 2048 * 1024);
  g_assert_cmpuint (vmm_domain_get_max_vcpus (domain), ==, 4);
  g_assert_cmpuint (vmm_domain_get_current_vcpus (domain), ==, 2);
  g_assert_cmpstr (vmm_domain_get_virt_type (domain), ==, "kvm");
  g_assert_cmpstr (vmm_domain_get_machine (domain), ==, "q35");
  g_assert_true (vmm_domain_is_q35 (domain));
  g_assert_cmpuint (vmm_domain_get_feature (domain, "acpi"), ==, VMM_SWITCH_ON);
  g_assert_cmpuint (vmm_domain_get_feature (domain, "smm"), ==, VMM_SWITCH_OFF);
  g_assert_cmpuint (vmm_domain_get_feature (domain, "pae"), ==, VMM_SWITCH_DEFAULT);
  g_assert_cmpuint (g_strv_length (boot), ==, 2);
  g_assert_cmpstr (boot[0], ==, "cdrom");
  g_assert_cmpuint (disks->len, ==, 2);
  g_assert_true (vmm_disk_is_read_only (disks->pdata[0]));
  g_assert_cmpstr (vmm_disk_get_source_file (disks->pdata[0]), ==, "/iso/a,b.iso");
  g_assert_cmpstr (vmm_disk_get_source_file (disks->pdata[1]), ==, "/dev/sdx");
}

static void
test_sizes (void)
{
  static const struct { const char *xml; guint64 kib; } cases[] = {
    { "<domain><memory>1024</memory></domain>", 1024 },
    { "<domain><memory unit='GiB'> 2\n</memory></domain>", 2 * 1024 * 1024 },
    { "<domain><memory unit='G'>2</memory></domain>", 2 * 1024 * 1024 },
    { "<domain><memory unit='MB'>1</memory></domain>", 977 },
    { "<domain><memory unit='bytes'>4096</memory></domain>", 4 },
    { "<domain><memory unit='EiB'>99999999</memory></domain>", 0 },
    { "<domain><memory unit='parsec'>1</memory></domain>", 0 },
    { "<domain><memory>-1</memory></domain>", 0 },
    { "<domain/>", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(VmmDomain) domain = parse (cases[i].xml);

      g_assert_cmpuint (vmm_domain_get_memory_kib (domain), ==, cases[i].kib);
    }
}

/* Setters that set what is there leave every byte alone. */
static void
test_same_value (void)
{
  g_autoptr(VmmDomain) domain = parse (SIMPLE);
  g_autoptr(GPtrArray) disks = vmm_domain_list_disks (domain);
  g_autofree char *xml = NULL;

  vmm_domain_set_name (domain, "a & b");
  vmm_domain_set_memory_kib (domain, 2048 * 1024);
  vmm_domain_set_vcpus (domain, 4, 2);
  vmm_domain_set_feature (domain, "acpi", VMM_SWITCH_ON);
  vmm_domain_set_feature (domain, "smm", VMM_SWITCH_OFF);
  vmm_domain_set_boot_devices (domain, (const char * const []) { "cdrom", "hd", NULL });
  vmm_domain_set_title (domain, NULL);
  vmm_domain_clear_install (domain);
  vmm_disk_set_source_file (disks->pdata[0], "/iso/a,b.iso");
  vmm_disk_set_source_file (disks->pdata[1], "/dev/sdx");

  xml = vmm_domain_dup_xml (domain);
  g_assert_cmpstr (xml, ==, SIMPLE);
}

static void
test_edit (void)
{
  g_autoptr(VmmDomain) domain = parse (SIMPLE);
  g_autoptr(GPtrArray) disks = vmm_domain_list_disks (domain);
  g_autoptr(VmmDomain) copy = NULL;
  g_autofree char *xml = NULL;

  vmm_domain_set_name (domain, "new <&\"' name");
  vmm_disk_set_source_file (disks->pdata[0], NULL);
  vmm_domain_remove_device (domain, disks->pdata[1]);
  /* A view of what was removed stays harmless. */
  vmm_disk_set_cache (disks->pdata[1], "none");
  xml = vmm_domain_dup_xml (domain);

  g_assert_nonnull (strstr (xml, "<!-- kept -->\n<domain"));
  g_assert_nonnull (strstr (xml, "<x:own a=\"1\"/>"));
  g_assert_null (strstr (xml, "a,b.iso"));
  g_assert_null (strstr (xml, "/dev/sdx"));
  g_assert_nonnull (strstr (xml, "    </disk>\n  </devices>\n</domain>\n"));

  copy = vmm_domain_copy (domain);
  g_assert_cmpstr (vmm_domain_get_name (copy), ==, "new <&\"' name");
}

static void
test_install_mark (void)
{
  g_autoptr(VmmDomain) domain = parse (SIMPLE);
  g_autoptr(VmmDomain) copy = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *media = NULL;
  guint reboots, stage;

  /* A first change, so that both texts are written by libxml2. */
  vmm_domain_set_title (domain, "t");
  before = vmm_domain_dup_xml (domain);
  g_assert_false (vmm_domain_get_install (domain, NULL, NULL, NULL));
  vmm_domain_set_install (domain, "sda", 2, 0);
  vmm_domain_set_install (domain, "sda", 1, 1);

  copy = vmm_domain_copy (domain);
  g_assert_true (vmm_domain_get_install (copy, &media, &reboots, &stage));
  g_assert_cmpstr (media, ==, "sda");
  g_assert_cmpuint (reboots, ==, 1);
  g_assert_cmpuint (stage, ==, 1);

  vmm_domain_clear_install (domain);
  after = vmm_domain_dup_xml (domain);
  g_assert_cmpstr (before, ==, after);
}

static void
test_hostile (void)
{
  g_autoptr(GString) deep = g_string_new ("<domain>");
  g_autoptr(GString) huge = g_string_new ("<domain><name>");

  assert_refused ("", -1, "empty");
  assert_refused ("hello", -1, "line 1");
  assert_refused ("<domain>\n<name></domain>", -1, "line 2");
  assert_refused ("<network/>", -1, "<network>");
  assert_refused ("<!DOCTYPE domain [<!ENTITY a 'b'>]><domain/>", -1, "DOCTYPE");
  assert_refused ("<!-- x --><!DOCTYPE domain SYSTEM 'file:///etc/passwd'><domain/>", -1, "DOCTYPE");
  assert_refused ("<domain><name>&xxe;</name></domain>", -1, "xxe");
  assert_refused ("<domain>\0</domain>", 18, "NUL");
  assert_refused ("<domain>\n\xff</domain>", -1, "UTF-8");
  assert_refused ("<domain><name>\x01</name></domain>", -1, "line 1");
  assert_refused ("<domain><name>&#0;</name></domain>", -1, "line 1");
  assert_refused ("<domain", -1, "line 1");
  assert_refused ("<domain a='>", -1, "line 1");

  for (guint i = 0; i < 300; i++)
    g_string_append (deep, "<a>");
  assert_refused (deep->str, -1, "256");

  g_string_assign (deep, "<domain");
  for (guint i = 0; i < 200000; i++)
    g_string_append_printf (deep, " a%u=''", i);
  g_string_append (deep, "/>");
  assert_refused (deep->str, -1, "attributes");

  while (huge->len <= VMM_XML_MAX_BYTES)
    g_string_append (huge, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
  assert_refused (huge->str, -1, "2 MiB");

  /* A declared encoding does not matter: the text is UTF-8. */
  {
    g_autoptr(VmmDomain) domain = parse ("<?xml version='1.0' encoding='ISO-8859-1'?><domain><name>ü</name></domain>");

    g_assert_cmpstr (vmm_domain_get_name (domain), ==, "ü");
  }
}

static void
test_speed (void)
{
  gint64 start = g_get_monotonic_time ();
  gint64 spent;

  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr(VmmDomain) domain = parse (SIMPLE);

      g_assert_nonnull (vmm_domain_get_name (domain));
      g_assert_cmpuint (vmm_domain_get_memory_mib (domain), >, 0);
    }

  spent = (g_get_monotonic_time () - start) / 1000;
  g_test_minimized_result (spent, "parse and summary: %" G_GINT64_FORMAT " µs", spent);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/domain/getters", test_getters);
  g_test_add_func ("/domain/sizes", test_sizes);
  g_test_add_func ("/domain/same-value", test_same_value);
  g_test_add_func ("/domain/edit", test_edit);
  g_test_add_func ("/domain/install-mark", test_install_mark);
  g_test_add_func ("/domain/hostile", test_hostile);
  g_test_add_func ("/domain/speed", test_speed);

  return g_test_run ();
}
