/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "golden.h"

#include <string.h>

static const VmmFirmware ovmf = {
  .path = (char *) "/usr/share/OVMF/OVMF_CODE_4M.fd",
  .format = (char *) "raw",
  .is_flash = TRUE,
};

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(char **) a, *(char **) b);
}

/* Returns: (transfer full): the names of the stored definitions */
char **
golden_list (void)
{
  g_autofree char *folder = g_build_filename (TEST_DATA, "command-line", NULL);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *names = g_ptr_array_new ();
  const char *name;

  g_assert_nonnull (dir);

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".xml"))
      g_ptr_array_add (names, g_strndup (name, strlen (name) - strlen (".xml")));

  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);

  return (char **) g_ptr_array_free (names, FALSE);
}

VmmCapabilities *
golden_load_capabilities (void)
{
  g_autofree char *path = g_build_filename (TEST_DATA, "capabilities-7.2.json", NULL);
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  VmmCapabilities *capabilities;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  capabilities = vmm_capabilities_new_from_json (text, -1, &error);
  g_assert_no_error (error);

  return capabilities;
}

/* @images_folder: (nullable): what takes the place of "/images" */
VmmDomain *
golden_load_domain (const char      *name,
                    VmmCapabilities *capabilities,
                    const char      *images_folder)
{
  const VmmHostInfo *info = vmm_capabilities_get_host_info (capabilities);
  g_autofree char *base = g_strconcat (name, ".xml", NULL);
  g_autofree char *path = g_build_filename (TEST_DATA, "command-line", base, NULL);
  g_autoptr(GPtrArray) problems = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  VmmDomain *domain;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));

  if (images_folder != NULL)
    {
      g_autoptr(GString) moved = g_string_new (text);

      g_string_replace (moved, "/images", images_folder, 0);
      g_free (text);
      text = g_string_free (g_steal_pointer (&moved), FALSE);
    }

  domain = vmm_domain_new_from_xml (text, -1, &error);
  g_assert_no_error (error);
  problems = vmm_domain_validate (domain, info);
  error = vmm_problems_to_error (problems);
  g_assert_no_error (error);
  g_assert_true (vmm_domain_complete (domain, info, &error));
  g_assert_no_error (error);

  return domain;
}

VmmStartOptions
golden_options (const char *name)
{
  VmmStartOptions options = { .log_folder = "/logs/a,b" };

  if (strcmp (name, "q35-uefi") == 0 || strcmp (name, "q35-installing") == 0)
    {
      options.firmware = &ovmf;
      options.nvram_path = "/images/vars.fd";
    }

  if (g_str_has_prefix (name, "q35-installing"))
    {
      options.is_installing = TRUE;
      options.install_media = "sda";
      options.install_stage = g_str_has_suffix (name, "later") ? 1 : 0;
    }

  options.use_passt = strcmp (name, "nics-passt") == 0;

  return options;
}
