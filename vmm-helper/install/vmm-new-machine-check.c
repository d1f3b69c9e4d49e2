/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-new-machine-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* What can be wrong with a new machine before it is made, field by field. Only what can be told
 * without waiting is looked at here; the core has the last word. */

static char *
format_size (guint64 bytes)
{
  return g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
}

static char *
format_mib (guint64 mib)
{
  return format_size (MIN (mib, G_MAXUINT64 >> 20) << 20);
}

static gboolean
check_name (VmmNewMachine  *self,
            GError        **error)
{
  const char *name = vmm_new_machine_get_name (self);

  if (!g_utf8_validate (name, -1, NULL))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, _("The name is not valid UTF-8."));
      return FALSE;
    }
  if (strspn (name, " \t\n\r") == strlen (name))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, _("The machine needs a name."));
      return FALSE;
    }
  if (strlen (name) > VMM_NAME_MAX_BYTES)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   _("The name is too long: %zu bytes; the limit is %d."), strlen (name),
                   VMM_NAME_MAX_BYTES);
      return FALSE;
    }
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    {
      if (*p == '/')
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                       _("The name “%s” contains “/”, which is not allowed."), name);
          return FALSE;
        }
      if (g_unichar_iscntrl (g_utf8_get_char (p)))
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                       _("The name contains a line break or another control character."));
          return FALSE;
        }
    }
  if (g_str_equal (name, ".") || g_str_equal (name, ".."))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, _("“%s” cannot be a name."), name);
      return FALSE;
    }
  if (vmm_new_machine_is_taken (self, name))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_EXISTS,
                   _("There is already a machine called “%s”."), name);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_memory (VmmNewMachine  *self,
              GError        **error)
{
  const VmmHostSummary *host = vmm_new_machine_get_host (self);
  guint64 memory_mib = vmm_new_machine_get_memory_mib (self);
  g_autofree char *given = format_mib (memory_mib);

  if (memory_mib < VMM_MEMORY_MIN_MIB)
    {
      g_autofree char *least = format_mib (VMM_MEMORY_MIN_MIB);

      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   /* Translators: two sizes such as “8 MiB” */
                   _("%s of memory is too little; the least is %s."), given, least);
      return FALSE;
    }
  if (host->memory_mib != 0 && memory_mib > host->memory_mib)
    {
      g_autofree char *most = format_mib (host->memory_mib);

      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   /* Translators: two sizes such as “64 GiB” */
                   _("%s of memory is more than this computer has (%s)."), given, most);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_vcpus (VmmNewMachine  *self,
             GError        **error)
{
  guint vcpus = vmm_new_machine_get_vcpus (self);

  if (vcpus < 1 || vcpus > VMM_VCPUS_MAX)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   _("%u processors are not possible; 1 to %d are."), vcpus, VMM_VCPUS_MAX);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_disk (VmmNewMachine  *self,
            GError        **error)
{
  const VmmHostSummary *host = vmm_new_machine_get_host (self);
  guint64 bytes = vmm_new_machine_get_disk_bytes (self);
  g_autofree char *given = format_size (bytes);

  if (vmm_new_machine_get_image (self) != NULL)
    return TRUE;

  if (bytes < VMM_DISK_MIN_BYTES || bytes > VMM_DISK_MAX_BYTES)
    {
      g_autofree char *least = format_size (VMM_DISK_MIN_BYTES);
      g_autofree char *most = format_size (VMM_DISK_MAX_BYTES);

      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   /* Translators: three sizes */
                   _("A disk of %s is not possible; %s to %s are."), given, least, most);
      return FALSE;
    }
  if (bytes % 512 != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   _("The disk's size is not a multiple of 512 bytes."));
      return FALSE;
    }
  if (host->images_free_bytes != 0 && bytes > host->images_free_bytes)
    {
      g_autofree char *most = format_size (host->images_free_bytes);

      g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE,
                   /* Translators: a size, a size, a folder */
                   _("A disk of %s has no room: %s are free in %s."), given, most,
                   host->images_folder);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_firmware (VmmNewMachine  *self,
                GError        **error)
{
  const VmmHostSummary *host = vmm_new_machine_get_host (self);
  VmmFirmwareKind firmware = vmm_new_machine_get_firmware (self);

  if (host->is_known && !vmm_host_summary_has_firmware (host, vmm_firmware_kind_to_string (firmware)))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                   _("UEFI firmware is not installed on this computer. Install the package “ovmf”, "
                     "or choose BIOS."));
      return FALSE;
    }
  if (vmm_new_machine_get_recommendation (self)->needs_efi && firmware == VMM_FIRMWARE_KIND_BIOS)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                   /* Translators: %s is a system such as “Microsoft Windows 11” */
                   _("%s does not start with BIOS; choose UEFI."),
                   vmm_os_get_name (vmm_new_machine_get_os (self)));
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_path (const char  *path,
            GError     **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  if (!g_utf8_validate (path, -1, NULL))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   _("The path of “%s” is not valid UTF-8; rename the file."), shown);
      return FALSE;
    }
  for (const char *p = path; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      {
        g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                     _("The path of “%s” contains a control character; rename the file."), shown);
        return FALSE;
      }
  if (!g_path_is_absolute (path))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, _("The path “%s” is not absolute."), shown);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_source (VmmNewMachine  *self,
              GError        **error)
{
  VmmInstallMedia *media = vmm_new_machine_get_media (self);
  const VmmDiskImage *image = vmm_new_machine_get_image (self);

  if (media != NULL)
    return check_path (vmm_install_media_get_path (media), error);
  if (image != NULL)
    return check_path (image->path, error);

  return TRUE;
}

/**
 * vmm_new_machine_check:
 * @field: what to look at
 *
 * Fails with VMM_ERROR_INVALID, VMM_ERROR_EXISTS, VMM_ERROR_UNSUPPORTED or VMM_ERROR_STORAGE; the
 * message is translated and names the value.
 */
gboolean
vmm_new_machine_check (VmmNewMachine       *self,
                       VmmNewMachineField   field,
                       GError             **error)
{
  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), FALSE);

  switch (field)
    {
    case VMM_NEW_MACHINE_FIELD_NAME:
      return check_name (self, error);
    case VMM_NEW_MACHINE_FIELD_MEMORY:
      return check_memory (self, error);
    case VMM_NEW_MACHINE_FIELD_VCPUS:
      return check_vcpus (self, error);
    case VMM_NEW_MACHINE_FIELD_DISK:
      return check_disk (self, error);
    case VMM_NEW_MACHINE_FIELD_FIRMWARE:
      return check_firmware (self, error);
    case VMM_NEW_MACHINE_FIELD_SOURCE:
      return check_source (self, error);
    case VMM_NEW_MACHINE_N_FIELDS:
    default:
      g_return_val_if_reached (FALSE);
    }
}

/**
 * vmm_new_machine_check_all:
 *
 * As vmm_new_machine_check(), for all fields; the first problem is the error.
 */
gboolean
vmm_new_machine_check_all (VmmNewMachine  *self,
                           GError        **error)
{
  for (guint field = 0; field < VMM_NEW_MACHINE_N_FIELDS; field++)
    if (!vmm_new_machine_check (self, (VmmNewMachineField) field, error))
      return FALSE;

  return TRUE;
}

/**
 * vmm_new_machine_dup_note:
 * @field: what to look at
 *
 * Returns: (transfer full) (nullable): what a person should know about a value that is allowed,
 *   translated
 */
char *
vmm_new_machine_dup_note (VmmNewMachine      *self,
                          VmmNewMachineField  field)
{
  const VmmRecommendation *wanted;
  const VmmHostSummary *host;
  VmmOs *os;
  const char *os_name;

  g_return_val_if_fail (VMM_IS_NEW_MACHINE (self), NULL);

  wanted = vmm_new_machine_get_recommendation (self);
  host = vmm_new_machine_get_host (self);
  os = vmm_new_machine_get_os (self);
  os_name = os != NULL ? vmm_os_get_name (os) : "";

  if (field == VMM_NEW_MACHINE_FIELD_MEMORY
      && vmm_new_machine_get_memory_mib (self) < wanted->memory_minimum_mib)
    {
      g_autofree char *least = format_mib (wanted->memory_minimum_mib);

      /* Translators: a system, then a size */
      return g_strdup_printf (_("%s asks for at least %s."), os_name, least);
    }
  if (field == VMM_NEW_MACHINE_FIELD_DISK && vmm_new_machine_get_image (self) == NULL
      && vmm_new_machine_get_disk_bytes (self) < wanted->disk_minimum_bytes)
    {
      g_autofree char *least = format_size (wanted->disk_minimum_bytes);

      return g_strdup_printf (_("%s asks for at least %s."), os_name, least);
    }
  if (field == VMM_NEW_MACHINE_FIELD_VCPUS && host->cpus != 0
      && vmm_new_machine_get_vcpus (self) > host->cpus)
    return g_strdup_printf (ngettext ("This computer has only %u; more make the machine slower.",
                                      "This computer has only %u; more make the machine slower.",
                                      host->cpus),
                            host->cpus);
  if (field == VMM_NEW_MACHINE_FIELD_FIRMWARE && wanted->needs_tpm)
    /* Translators: %s is a system such as “Microsoft Windows 11” */
    return g_strdup_printf (_("%s asks for a TPM, which this version cannot give to a machine: "
                              "its installer may refuse."), os_name);

  return NULL;
}
