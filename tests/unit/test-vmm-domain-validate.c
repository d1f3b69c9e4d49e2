/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-domain-complete.h"
#include "vmm-domain-validate.h"
#include "vmm-error.h"

static const VmmMachineInfo machines[] = {
  { "pc-q35-7.2", NULL, 288, FALSE },
  { "q35", "pc-q35-7.2", 288, FALSE },
  { "pc-i440fx-7.2", NULL, 255, FALSE },
  { "pc-q35-2.4", NULL, 255, TRUE },
  { "microvm", NULL, 288, FALSE },
};

static const char *const cpu_models[] = { "qemu64", "EPYC", NULL };

static const VmmHostInfo host = {
  .arch = "x86_64", .default_machine = "pc-q35-7.2", .machines = machines, .n_machines = G_N_ELEMENTS (machines),
  .cpu_models = cpu_models, .memory_kib = 8 * 1024 * 1024, .vcpus = 4,
};

/* A whole definition with @parts in their places. */
static VmmDomain *
make (const char *name,
      const char *general,
      const char *devices)
{
  g_autofree char *escaped = g_markup_escape_text (name, -1);
  g_autofree char *xml =
    g_strdup_printf ("<domain type='kvm'>\n<name>%s</name>\n%s\n<os><type>hvm</type></os>\n<features><acpi/></features>\n"
                     "<devices>\n%s\n</devices></domain>", escaped, general, devices);
  g_autoptr(GError) error = NULL;
  VmmDomain *domain = vmm_domain_new_from_xml (xml, -1, &error);

  g_assert_no_error (error);

  return domain;
}

#define MEMORY "<memory unit='MiB'>512</memory>"
#define DISK(target) "<disk type='file'><source file='/a'/><target dev='" target "' bus='virtio'/></disk>"

typedef struct
{
  const char *general;
  const char *devices;
  const char *words;     /* in the message; NULL: nothing is wrong */
} Case;

static const Case cases[] = {
  { MEMORY, DISK ("vda"), NULL },
  { "", "", "no memory" },
  { "<memory>0</memory>", "", "“0”" },
  { "<memory>much</memory>", "", "“much”" },
  { "<memory unit='TiB'>1</memory>", "", "1.0" },
  { "<memory unit='TiB'>1</memory>", "", "8.0" },
  { MEMORY "<vcpu>0</vcpu>", "", "“0”" },
  { MEMORY "<vcpu>1000</vcpu>", "", "1000" },
  { MEMORY "<vcpu current='3'>2</vcpu>", "", "3 of 2" },
  { MEMORY "<vcpu>2</vcpu><cpu><topology sockets='3' cores='1' threads='1'/></cpu>", "", "topology" },
  { MEMORY "<uuid>nope</uuid>", "", "“nope”" },
  { MEMORY "<cpu mode='custom'><model>i8086</model></cpu>", "", "“i8086”" },
  { MEMORY "<cpu mode='custom'><model>EPYC,x=on</model></cpu>", "", "EPYC,x=on" },
  { MEMORY "<cpu mode='custom'><model>EPYC</model><feature name='a=on,b'/></cpu>", "", "a=on,b" },
  { MEMORY "<cpu mode='wild'/>", "", "“wild”" },
  { MEMORY "<clock offset='variable' adjustment='3'/>", "", "variable" },
  { MEMORY "<on_crash>coredump-destroy</on_crash>", "", "coredump-destroy" },
  { MEMORY "<launchSecurity type='sev'/>", "", "launchSecurity" },
  { MEMORY, DISK ("vda") DISK ("vda"), "“vda”" },
  { MEMORY, DISK ("a,b"), "“a,b”" },
  { MEMORY, "<disk type='file'><target dev='vda'/></disk>", "no image" },
  { MEMORY, "<disk type='file'><source file='a'/><target dev='vda'/></disk>", "not absolute" },
  { MEMORY, "<disk type='network'><target dev='vda'/></disk>", "“network”" },
  { MEMORY, "<disk type='file'><driver type='vmdk'/><source file='/a'/><target dev='vda'/></disk>", "“vmdk”" },
  { MEMORY, "<disk type='file'><source file='/a'/><target dev='hda' bus='ide'/></disk>", "IDE" },
  { MEMORY, "<disk type='file'><source file='/a'/><target dev='hda' bus='nvme'/></disk>", "“nvme”" },
  { MEMORY, "<disk type='file' device='cdrom'><target dev='vda' bus='virtio'/></disk>", "CD drive" },
  { MEMORY, "<disk type='file' device='floppy'><target dev='vda' bus='virtio'/></disk>", "“virtio”" },
  { MEMORY, "<disk type='file' wild='1'><source file='/a'/><target dev='vda'/></disk>", "wild" },
  { MEMORY, "<disk type='file'><driver io='native'/><source file='/a'/><target dev='vda'/></disk>", "native" },
  { MEMORY, "<interface type='bridge'/>", "“bridge”" },
  { MEMORY, "<interface/>", "no type" },
  { MEMORY, "<interface type='user'><model type='ne2k'/></interface>", "“ne2k”" },
  { MEMORY, "<interface type='user'><mac address='01:00:00:00:00:00'/></interface>", "01:00" },
  { MEMORY, "<interface type='user'><mac address='52:54:00:00:00:0a'/></interface>"
            "<interface type='user'><mac address='52:54:00:00:00:0A'/></interface>", "52:54:00:00:00:0A" },
  { MEMORY, "<interface type='user'><portForward proto='tcp' address='1.2.3.4,x:y'><range start='1'/></portForward></interface>", "1.2.3.4,x:y" },
  { MEMORY, "<interface type='user'><portForward proto='tcp'><range start='70000'/></portForward></interface>", "70000" },
  { MEMORY, "<graphics type='sdl'/>", "“sdl”" },
  { MEMORY, "<graphics type='vnc' passwd='x'/>", "passwd" },
  { MEMORY, "<graphics type='vnc' listen='unix'/>", "“unix”" },
  { MEMORY, "<graphics type='vnc' listen='a,b'/>", "“a,b”" },
  { MEMORY, "<graphics type='vnc'/><graphics type='vnc'/>", "more than one" },
  { MEMORY, "<sound model='ich9'/>", "<sound>" },
  { MEMORY, "<rng model='virtio'><alias name='1,2'/></rng>", "“1,2”" },
  { MEMORY, "<rng model='virtio'><alias name='ua-a'/></rng><memballoon model='virtio'><alias name='ua-a'/></memballoon>", "“ua-a”" },
  { MEMORY, "<rng model='virtio'><address type='pci' bus='0' slot='40'/></rng>", "28.0" },
  { MEMORY, "<rng model='virtio'><address type='ccw'/></rng>", "“ccw”" },
  { MEMORY, "<rng model='virtio'><address type='pci' bus='1' slot='0'/></rng>"
            "<memballoon model='virtio'><address type='pci' bus='1' slot='0'/></memballoon>", "0000:01:00.0" },
  { MEMORY "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'/>", "", "qemu:commandline" },
  { MEMORY "<mine:data xmlns:mine='urn:mine'/>", "", NULL },
  { MEMORY "<metadata><any/></metadata><seclabel type='none'/>", "", NULL },
};

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(VmmDomain) domain = make ("test", cases[i].general, cases[i].devices);
      g_autofree char *before = vmm_domain_dup_xml (domain);
      g_autofree char *after = NULL;
      g_autoptr(GPtrArray) problems = vmm_domain_validate (domain, &host);
      g_autoptr(GError) error = vmm_problems_to_error (problems);

      after = vmm_domain_dup_xml (domain);
      g_assert_cmpstr (before, ==, after);

      if (cases[i].words == NULL)
        g_assert_no_error (error);
      else if (error == NULL || strstr (error->message, cases[i].words) == NULL)
        g_error ("case %u: “%s” is not in “%s”", i, cases[i].words, error != NULL ? error->message : "(no problem)");

      g_assert_true ((error != NULL) == vmm_problems_have_error (problems));
    }
}

static void
test_names (void)
{
  static const char *const good[] = { "a", "a b", "-x", "--help", "a,b=c", "\"q\" 'q'", "ü 机器", "$(id);%s", ".a" };
  static const char *const bad[] = { "", "  ", "a/b", "..", ".", "a\nb", "a\tb", ("a\xc2\x85" "b") };
  g_autofree char *longest = g_strnfill (255, 'n');
  g_autofree char *too_long = g_strnfill (300, 'n');

  for (guint i = 0; i < G_N_ELEMENTS (good) + 1; i++)
    {
      g_autoptr(VmmDomain) domain = make (i < G_N_ELEMENTS (good) ? good[i] : longest, MEMORY, "");
      g_autoptr(GPtrArray) problems = vmm_domain_validate (domain, &host);
      g_autoptr(GError) error = vmm_problems_to_error (problems);

      g_assert_no_error (error);
    }

  for (guint i = 0; i < G_N_ELEMENTS (bad) + 1; i++)
    {
      g_autoptr(VmmDomain) domain = make (i < G_N_ELEMENTS (bad) ? bad[i] : too_long, MEMORY, "");
      g_autoptr(GPtrArray) problems = vmm_domain_validate (domain, &host);
      g_autoptr(GError) error = vmm_problems_to_error (problems);

      g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
      /* One problem is one line, whatever is in the name. */
      g_assert_null (strchr (error->message, '\n'));
    }
}

/* All at once, each with its place. */
static void
test_all_at_once (void)
{
  g_autoptr(VmmDomain) domain = make ("a/b", "<vcpu>0</vcpu>", DISK ("vda") "\n<disk type='dir'><target dev='vda'/></disk>");
  g_autoptr(GPtrArray) problems = vmm_domain_validate (domain, &host);
  g_autoptr(GVariant) variant = g_variant_ref_sink (vmm_problems_to_variant (problems));
  g_autoptr(GPtrArray) again = vmm_problems_from_variant (variant);
  gboolean is_found = FALSE;

  g_assert_cmpstr (g_variant_get_type_string (variant), ==, "a(ususss)");
  g_assert_cmpuint (problems->len, >=, 5);
  g_assert_cmpuint (problems->len, ==, again->len);

  for (guint i = 0; i < again->len; i++)
    {
      const VmmProblem *problem = g_ptr_array_index (again, i);

      if (g_strcmp0 (problem->xpath, "/domain/devices/disk[2]/@type") != 0)
        continue;

      is_found = TRUE;
      g_assert_cmpuint (problem->line, ==, 8);
      g_assert_cmpstr (problem->value, ==, "dir");
      g_assert_cmpstr (problem->remedy, ==, "“file” and “block” work");
    }

  g_assert_true (is_found);
}

static void
assert_not_completed (const char *devices,
                      const char *words)
{
  g_autoptr(VmmDomain) domain = make ("test", MEMORY, devices);
  g_autoptr(GError) error = NULL;

  g_assert_false (vmm_domain_complete (domain, &host, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);

  if (strstr (error->message, words) == NULL)
    g_error ("“%s” is not in “%s”", words, error->message);
}

static void
test_no_room (void)
{
  g_autoptr(GString) many = g_string_new (NULL);

  assert_not_completed ("<rng model='virtio'><address type='pci' bus='0' slot='0'/></rng>", "chipset");

  for (guint i = 0; i < 70; i++)
    g_string_append (many, "<interface type='user'><model type='virtio'/></interface>");
  assert_not_completed (many->str, "root port");

  g_string_truncate (many, 0);
  for (guint i = 0; i < 3; i++)
    g_string_append (many, "<disk type='file' device='floppy'/>");
  assert_not_completed (many->str, "fdc");
}

/* Nothing that fits into 2 MiB keeps the helper busy for long. */
static void
test_huge (void)
{
  static const char *const units[] = {
    "<rng model='virtio'/>", "<wild/>", "<controller type='scsi'/>", "<disk/>",
    "<interface type='user'><portForward proto='tcp'><range start='1' end='65535'/></portForward></interface>",
  };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autoptr(GString) devices = g_string_new (NULL);
      g_autoptr(VmmDomain) domain = NULL;
      g_autoptr(GPtrArray) problems = NULL;
      gint64 start = g_get_monotonic_time ();

      /* The parser takes no more than 20000 elements; the last unit has three. */
      for (guint n = 0; n < 6600 && devices->len < 2000 * 1000; n++)
        g_string_append (devices, units[i]);

      domain = make ("huge", MEMORY, devices->str);
      problems = vmm_domain_validate (domain, &host);
      g_assert_true (vmm_problems_have_error (problems));
      g_assert_cmpuint (problems->len, <=, 101);
      g_test_message ("%s: %" G_GINT64_FORMAT " ms", units[i], (g_get_monotonic_time () - start) / 1000);
      g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
    }
}

static void
test_too_many (void)
{
  g_autoptr(GString) text = g_string_new ("<domain><name>a</name>");
  g_autoptr(VmmDomain) domain = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 20000; i++)
    g_string_append (text, "<wild/>");
  g_string_append (text, "</domain>");

  domain = vmm_domain_new_from_xml (text->str, -1, &error);
  g_assert_null (domain);
  g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "20000"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/validate/cases", test_cases);
  g_test_add_func ("/validate/names", test_names);
  g_test_add_func ("/validate/all-at-once", test_all_at_once);
  g_test_add_func ("/validate/huge", test_huge);
  g_test_add_func ("/validate/too-many", test_too_many);
  g_test_add_func ("/complete/no-room", test_no_room);

  return g_test_run ();
}
