/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "vmm-command-line.h"
#include "vmm-domain-complete.h"
#include "vmm-domain-validate.h"

/*
 * Any bytes as a definition: parsed, validated, completed, made a command line. What is valid must be
 * complete or say why not, completing again must change nothing, and an unchanged document is itself.
 */

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

static VmmCapabilities *
get_capabilities (void)
{
  static VmmCapabilities *capabilities = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;

  if (capabilities != NULL)
    return capabilities;

  path = g_build_filename (TEST_DATA, "capabilities-7.2.json", NULL);

  if (!g_file_get_contents (path, &text, NULL, NULL))
    g_error ("%s cannot be read", path);

  capabilities = vmm_capabilities_new_from_json (text, -1, NULL);

  return capabilities;
}

static void
check_unchanged (VmmDomain     *domain,
                 const uint8_t *data,
                 size_t         size)
{
  g_autofree char *xml = vmm_domain_dup_xml (domain);

  if (strlen (xml) != size || memcmp (xml, data, size) != 0)
    g_error ("an unchanged document has changed");
}

static void
check_idempotent (VmmDomain         *domain,
                  const VmmHostInfo *info)
{
  g_autofree char *once = vmm_domain_dup_xml (domain);
  g_autoptr(GError) error = NULL;
  g_autoptr(VmmDomain) again = vmm_domain_new_from_xml (once, -1, &error);
  g_autofree char *twice = NULL;

  if (again == NULL || !vmm_domain_complete (again, info, &error))
    g_error ("what was completed is refused: %s\n%s", error->message, once);

  twice = vmm_domain_dup_xml (again);

  if (strcmp (once, twice) != 0)
    g_error ("completing again has changed\n%s\nto\n%s", once, twice);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  VmmCapabilities *capabilities = get_capabilities ();
  const VmmHostInfo *info = vmm_capabilities_get_host_info (capabilities);
  const VmmStartOptions options = { .log_folder = "/logs" };
  g_autoptr(VmmDomain) domain = vmm_domain_new_from_xml ((const char *) data, size, NULL);
  g_autoptr(VmmCommandLine) line = NULL;
  g_autoptr(GPtrArray) problems = NULL;

  if (domain == NULL)
    return 0;

  problems = vmm_domain_validate (domain, info);
  check_unchanged (domain, data, size);

  if (vmm_problems_have_error (problems) || !vmm_domain_complete (domain, info, NULL))
    return 0;

  check_idempotent (domain, info);
  line = vmm_command_line_build (domain, capabilities, &options, NULL);

  return 0;
}
