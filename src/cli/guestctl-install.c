/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl-console.h"
#include "guestctl-install-device.h"
#include "guestctl-install-disk.h"
#include "guestctl-os.h"
#include "guestctl-suboptions.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "vmm-new-machine.h"

/* virt-install's options, and behind them what the new-machine window uses: VmmNewMachine decides on
 * all that is not said, and writes the definition; what it has no choice for is written into that. */

#define SECONDS_PER_MINUTE 60
#define MAX_WAIT_MINUTES (366 * 24 * 60)

static struct
{
  char      *name;
  char      *uuid;
  char      *title;
  char      *memory;
  char      *vcpus;
  char      *cpu;
  char      *virt_type;
  char      *arch;
  char      *machine;
  char      *cdrom;
  gboolean   import;
  char      *osinfo;
  char      *boot;
  char     **disks;
  gboolean   nodisks;
  char     **networks;
  gboolean   nonetworks;
  char     **graphics;
  gboolean   nographics;
  char      *video;
  char      *serial;
  char      *console;
  char      *autoconsole;
  gboolean   noautoconsole;
  gboolean   waits;
  gint64     wait_minutes;   /* negative: for ever */
  gboolean   nostart;
  gboolean   print_xml;
  gboolean   dry_run;
  gboolean   ignored;
} options;

static gboolean
wait_cb (const char  *name,
         const char  *value,
         gpointer     data,
         GError     **error)
{
  options.waits = TRUE;
  options.wait_minutes = -1;
  if (value == NULL
      || g_ascii_string_to_signed (value, 10, -1, MAX_WAIT_MINUTES, &options.wait_minutes, NULL))
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _("“%s” is not a number of minutes"), value);
  return FALSE;
}

/* What virt-install has and this version has not: said with what to do instead. */
static gboolean
refuse_cb (const char  *name,
           const char  *value,
           gpointer     data,
           GError     **error)
{
  if (g_str_equal (name, "--location") || g_str_equal (name, "-l"))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                 _("“%s” is not possible in this version: download the ISO file and use “--cdrom”"), name);
  else
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                 _("“%s” is not possible in this version"), name);
  return FALSE;
}

static const GOptionEntry entries[] = {
  { "name", 'n', 0, G_OPTION_ARG_FILENAME, &options.name, N_("Name of the machine"), N_("NAME") },
  { "memory", 0, 0, G_OPTION_ARG_STRING, &options.memory, N_("Memory in MiB"), N_("MIB") },
  { "vcpus", 0, 0, G_OPTION_ARG_STRING, &options.vcpus, N_("Number of processors"), N_("N") },
  { "cdrom", 'c', 0, G_OPTION_ARG_FILENAME, &options.cdrom, N_("Install from this ISO file"), N_("ISO") },
  { "import", 0, 0, G_OPTION_ARG_NONE, &options.import, N_("Install nothing: run the disk that is given"),
    NULL },
  { "disk", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.disks,
    N_("A disk: path=, size= in GiB, format=, bus=, device=, …"), N_("DISK") },
  { "nodisks", 0, 0, G_OPTION_ARG_NONE, &options.nodisks, N_("No disk"), NULL },
  { "osinfo", 0, 0, G_OPTION_ARG_STRING, &options.osinfo,
    N_("The system: a short id of “guestctl osinfo”, detect=on|off, require=on|off"), N_("SYSTEM") },
  { "os-variant", 0, 0, G_OPTION_ARG_STRING, &options.osinfo, N_("The same as --osinfo"), N_("SYSTEM") },
  { "network", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.networks,
    N_("A network card: user, passt or none, model=, mac="), N_("NETWORK") },
  { "graphics", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.graphics,
    N_("Serve the screen: vnc or spice, listen=, port=; none: no screen"), N_("GRAPHICS") },
  { "video", 0, 0, G_OPTION_ARG_STRING, &options.video, N_("Video card: virtio, qxl, vga or none"),
    N_("MODEL") },
  { "boot", 0, 0, G_OPTION_ARG_STRING, &options.boot,
    N_("Firmware and order: uefi, bios, hd, cdrom, network, …"), N_("BOOT") },
  { "machine", 0, 0, G_OPTION_ARG_STRING, &options.machine, N_("Machine type: q35, pc, …"), N_("TYPE") },
  { "cpu", 0, 0, G_OPTION_ARG_STRING, &options.cpu,
    N_("host-passthrough, host-model, maximum or a model, +feature, -feature"), N_("CPU") },
  { "virt-type", 0, 0, G_OPTION_ARG_STRING, &options.virt_type, N_("kvm, or qemu for emulation"),
    N_("TYPE") },
  { "arch", 0, 0, G_OPTION_ARG_STRING, &options.arch, N_("Architecture: this computer's"), N_("ARCH") },
  { "serial", 0, 0, G_OPTION_ARG_STRING, &options.serial, N_("Serial port: pty or none"), N_("PORT") },
  { "console", 0, 0, G_OPTION_ARG_STRING, &options.console, N_("Text console: pty or none"), N_("PORT") },
  { "uuid", 0, 0, G_OPTION_ARG_STRING, &options.uuid, N_("UUID of the machine"), N_("UUID") },
  { "title", 0, 0, G_OPTION_ARG_STRING, &options.title, N_("Title of the machine"), N_("TEXT") },
  { "autoconsole", 0, 0, G_OPTION_ARG_STRING, &options.autoconsole,
    N_("Then show: text, graphical or none"), N_("KIND") },
  { "noautoconsole", 0, 0, G_OPTION_ARG_NONE, &options.noautoconsole, N_("Then show nothing"), NULL },
  { "wait", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, (gpointer) wait_cb,
    N_("Wait until it is installed, as many minutes at most"), N_("MINUTES") },
  { "nostart", 0, 0, G_OPTION_ARG_NONE, &options.nostart, N_("Make it, and do not start it"), NULL },
  { "print-xml", 0, 0, G_OPTION_ARG_NONE, &options.print_xml, N_("Print the definition and make nothing"),
    NULL },
  { "dry-run", 0, 0, G_OPTION_ARG_NONE, &options.dry_run, N_("Check everything and make nothing"), NULL },

  /* virt-install's other names, and what goes without saying here */
  { "ram", 'r', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options.memory, NULL, NULL },
  { "nonetworks", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options.nonetworks, NULL, NULL },
  { "nographics", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options.nographics, NULL, NULL },
  { "hvm", 'v', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options.ignored, NULL, NULL },
  { "location", 'l', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_CALLBACK, (gpointer) refuse_cb, NULL, NULL },
  { "pxe", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (gpointer) refuse_cb,
    NULL, NULL },
  { "extra-args", 'x', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_CALLBACK, (gpointer) refuse_cb, NULL, NULL },
  { "unattended", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK,
    (gpointer) refuse_cb, NULL, NULL },
  { "cloud-init", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK,
    (gpointer) refuse_cb, NULL, NULL },
  { "noreboot", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
    (gpointer) refuse_cb, NULL, NULL },
  { "autostart", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
    (gpointer) refuse_cb, NULL, NULL },
  { "transient", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
    (gpointer) refuse_cb, NULL, NULL },
  G_OPTION_ENTRY_NULL
};

/* What is to be made. */
typedef struct
{
  Cli            *cli;
  VmmNewMachine  *machine;
  GPtrArray      *disks;        /* CliDisk, from the options */
  GPtrArray      *boot_order;   /* char* */
  char           *media_target; /* (nullable): the drive with the installer */
  guint32         reboots;
  gboolean        has_screen;
  VmmDomain      *domain;
  GVariantBuilder new_disks;    /* aa{sv}: option "disks" of Install */
  guint           n_new_disks;
} Request;

static gboolean
usage (GError     **error,
       const char  *message)
{
  g_set_error_literal (error, CLI_ERROR, CLI_ERROR_USAGE, message);

  return FALSE;
}

/* ---- what was said ---- */

static gboolean
check_options (GError **error)
{
  if (options.cdrom != NULL && options.import)
    return usage (error, _("“--cdrom” and “--import” exclude each other."));
  if (options.cdrom == NULL && !options.import)
    return usage (error, _("Say what to install from: “--cdrom FILE”, or “--import” for a disk that has a "
                           "system."));
  if (options.nodisks && options.disks != NULL)
    return usage (error, _("“--disk” and “--nodisks” exclude each other."));
  if (options.import && options.disks == NULL)
    return usage (error, _("“--import” needs “--disk path=FILE”."));
  if (options.autoconsole != NULL && !g_str_equal (options.autoconsole, "text")
      && !g_str_equal (options.autoconsole, "graphical") && !g_str_equal (options.autoconsole, "none"))
    return usage (error, _("“--autoconsole” takes “text”, “graphical” or “none”."));
  if (options.virt_type != NULL && !g_str_equal (options.virt_type, "kvm")
      && !g_str_equal (options.virt_type, "qemu"))
    return usage (error, _("“--virt-type” takes “kvm” or “qemu”."));
  if (options.uuid != NULL && !g_uuid_string_is_valid (options.uuid))
    return usage (error, _("“--uuid” takes 32 hexadecimal digits in groups of 8-4-4-4-12."));

  return TRUE;
}

static gboolean
parse_disks (Request  *request,
             GError  **error)
{
  gboolean is_none = options.disks != NULL && g_strv_length (options.disks) == 1
                     && g_str_equal (options.disks[0], "none");

  if (is_none)
    options.nodisks = TRUE;
  for (guint i = 0; !is_none && options.disks != NULL && options.disks[i] != NULL; i++)
    {
      CliDisk *disk = cli_disk_parse (options.disks[i], error);

      if (disk == NULL)
        return FALSE;
      g_ptr_array_add (request->disks, disk);
      if (!cli_disk_probe (disk, request->cli, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
parse_amounts (Request  *request,
               GError  **error)
{
  guint64 number;

  if (options.memory != NULL)
    {
      if (!g_ascii_string_to_unsigned (options.memory, 10, 1, G_MAXUINT32, &number, NULL))
        {
          g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE, _("“%s” is not a number of MiB."), options.memory);
          return FALSE;
        }
      vmm_new_machine_set_memory_mib (request->machine, number);
    }
  if (options.vcpus != NULL)
    {
      if (!g_ascii_string_to_unsigned (options.vcpus, 10, 1, G_MAXUINT16, &number, NULL))
        {
          g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE, _("“%s” is not a number of processors."),
                       options.vcpus);
          return FALSE;
        }
      vmm_new_machine_set_vcpus (request->machine, number);
    }

  return TRUE;
}

static gboolean
parse_boot (Request  *request,
            GError  **error)
{
  static const char *const devices[] = { "hd", "cdrom", "fd", "network", NULL };
  g_autoptr (CliSuboptions) suboptions = NULL;
  const char *word, *firmware;
  gboolean uefi = FALSE, secure_boot = FALSE;

  if (options.boot == NULL)
    return TRUE;
  suboptions = cli_suboptions_parse ("boot", options.boot, NULL, error);
  if (suboptions == NULL
      || !cli_suboptions_take_switch (suboptions, "uefi", &uefi, error)
      || !cli_suboptions_take_switch (suboptions, "secure-boot", &secure_boot, error))
    return FALSE;

  firmware = cli_suboptions_take (suboptions, "firmware");
  if (g_strcmp0 (firmware, "efi") == 0)
    uefi = TRUE;
  else if (firmware != NULL && !g_str_equal (firmware, "bios"))
    return usage (error, _("“--boot”: “firmware” takes “efi” or “bios”."));
  if (firmware != NULL && !uefi)
    vmm_new_machine_set_firmware (request->machine, VMM_FIRMWARE_KIND_BIOS);

  while ((word = cli_suboptions_take_word (suboptions)) != NULL)
    if (g_str_equal (word, "uefi"))
      uefi = TRUE;
    else if (g_str_equal (word, "bios"))
      vmm_new_machine_set_firmware (request->machine, VMM_FIRMWARE_KIND_BIOS);
    else if (g_strv_contains (devices, word))
      g_ptr_array_add (request->boot_order, g_strdup (word));
    else
      {
        g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE, _("“--%s”: “%s” is not known here."), "boot", word);
        return FALSE;
      }
  if (secure_boot)
    vmm_new_machine_set_firmware (request->machine, VMM_FIRMWARE_KIND_EFI_SECURE_BOOT);
  else if (uefi)
    vmm_new_machine_set_firmware (request->machine, VMM_FIRMWARE_KIND_EFI);

  return cli_suboptions_finish (suboptions, error);
}

/* ---- what is known ---- */

static gboolean
ask_host (Request  *request,
          GError  **error)
{
  g_autoptr (GVariant) values = cli_host_summary (request->cli, error);
  g_autoptr (VmmHostSummary) host = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) machines = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (values == NULL)
    return FALSE;
  host = vmm_host_summary_new (values);
  if (*host->error != '\0')
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED, "%s", host->error);
      return FALSE;
    }
  if (options.arch != NULL && !g_str_equal (options.arch, host->arch))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                   _("The architecture “%s” is not possible here; “%s” is."), options.arch, host->arch);
      return FALSE;
    }
  if (g_strcmp0 (options.virt_type, "kvm") == 0 && !g_str_equal (host->accelerator, "kvm"))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED, _("KVM cannot be used: %s"),
                   host->accelerator_reason);
      return FALSE;
    }
  if (g_strcmp0 (options.virt_type, "qemu") == 0)
    {
      g_free (host->accelerator);
      host->accelerator = g_strdup ("tcg");
    }
  vmm_new_machine_set_host (request->machine, host);

  reply = cli_manager (request->cli, "ListMachines", cli_no_options (), error);
  if (reply == NULL)
    return FALSE;
  machines = g_variant_get_child_value (reply, 0);
  for (gsize i = 0; i < g_variant_n_children (machines); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (machines, i);
      char *name;

      g_variant_get_child (row, 1, "s", &name);
      g_ptr_array_add (names, name);
    }
  g_ptr_array_add (names, NULL);
  vmm_new_machine_set_taken_names (request->machine, (const char *const *) names->pdata);

  return TRUE;
}

static gboolean
choose_system (Request  *request,
               GError  **error)
{
  g_autoptr (VmmOsDatabase) database = cli_os_load ();
  g_autoptr (VmmInstallMedia) media = NULL;
  CliOsChoice choice = { NULL, };
  g_autofree char *name = NULL;
  VmmOs *os = NULL;

  if (!cli_os_choice_parse (&choice, options.osinfo, error))
    return FALSE;
  name = choice.name;

  if (options.cdrom != NULL)
    {
      g_autofree char *path = g_canonicalize_filename (options.cdrom, NULL);

      media = cli_os_detect (database, path, error);
      if (media == NULL)
        return FALSE;
      if (name == NULL && choice.requires && !vmm_install_media_is_identified (media))
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_NOT_FOUND,
                       _("It is not known what “%s” installs. Name it with “--osinfo”."), path);
          return FALSE;
        }
      vmm_new_machine_set_media (request->machine, media);
    }
  else if (name == NULL && choice.requires)
    {
      return usage (error, _("What system a disk has is not looked for. Name it with “--osinfo”."));
    }

  if (name != NULL)
    {
      os = cli_os_find (database, name, error);
      if (os == NULL)
        return FALSE;
    }
  else if (media == NULL || !choice.detects)
    {
      os = vmm_os_database_get_generic (database);
    }
  if (os != NULL)
    vmm_new_machine_set_os (request->machine, os);

  return TRUE;
}

/* The first --disk is the one that VmmNewMachine knows of. */
static CliDisk *
get_first_disk (Request *request)
{
  for (guint i = 0; i < request->disks->len; i++)
    {
      CliDisk *disk = g_ptr_array_index (request->disks, i);

      if (g_str_equal (disk->device, "disk"))
        return disk;
    }

  return NULL;
}

static gboolean
choose (Request  *request,
        GError  **error)
{
  VmmNewMachine *machine = request->machine;
  CliDisk *disk = get_first_disk (request);

  if (options.name != NULL)
    vmm_new_machine_set_name (machine, options.name);
  if (options.machine != NULL)
    vmm_new_machine_set_machine (machine, options.machine);
  if (options.video != NULL)
    vmm_new_machine_set_video_model (machine, options.video);
  vmm_new_machine_set_start (machine, !options.nostart);

  if (disk != NULL && disk->bus != NULL)
    vmm_new_machine_set_disk_bus (machine, disk->bus);
  if (disk != NULL && disk->bytes != 0)
    vmm_new_machine_set_disk_bytes (machine, disk->bytes);
  if (options.import && (disk == NULL || disk->is_new))
    {
      if (disk == NULL || disk->path == NULL)
        return usage (error, _("“--import” needs “--disk path=FILE”."));
      g_set_error (error, VMM_ERROR, VMM_ERROR_NOT_FOUND, _("The file “%s” does not exist."), disk->path);
      return FALSE;
    }
  if (options.import)
    {
      g_autoptr (VmmDiskImage) image = vmm_disk_image_new (disk->path, disk->format, 0);

      vmm_new_machine_set_image (machine, image);
    }
  else if (options.nodisks || (disk != NULL && !disk->is_new))
    {
      /* No image is made: what one would take is of no matter. */
      vmm_new_machine_set_disk_bytes (machine, VMM_DISK_MIN_BYTES);
    }

  return parse_amounts (request, error) && parse_boot (request, error);
}

/* ---- the definition ---- */

static void
add_new_disk (Request    *request,
              VmmDisk    *disk,
              guint64     bytes)
{
  g_variant_builder_open (&request->new_disks, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&request->new_disks, "{sv}", "target",
                         g_variant_new_string (vmm_disk_get_target (disk)));
  g_variant_builder_add (&request->new_disks, "{sv}", "capacity", g_variant_new_uint64 (bytes));
  g_variant_builder_close (&request->new_disks);
  request->n_new_disks++;
}

static gboolean
write_first_disk (Request  *request,
                  GError  **error)
{
  g_autoptr (GPtrArray) written = vmm_domain_list_disks (request->domain);
  CliDisk *disk = get_first_disk (request);
  VmmDisk *view = g_ptr_array_index (written, 0);

  if (options.nodisks || (disk == NULL && request->disks->len > 0))
    {
      vmm_domain_remove_device (request->domain, VMM_DEVICE (view));
      return TRUE;
    }

  if (disk != NULL)
    cli_disk_write (disk, view);
  if (disk == NULL || disk->is_new)
    add_new_disk (request, view, vmm_new_machine_get_disk_bytes (request->machine));

  return TRUE;
}

static gboolean
write_other_disks (Request  *request,
                   GError  **error)
{
  const VmmRecommendation *wanted = vmm_new_machine_get_recommendation (request->machine);
  CliDisk *first = get_first_disk (request);

  for (guint i = 0; i < request->disks->len; i++)
    {
      CliDisk *disk = g_ptr_array_index (request->disks, i);
      g_autoptr (VmmDisk) view = NULL;

      if (disk == first)
        continue;
      if (disk->is_new && disk->bytes == 0)
        {
          g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                       _("“--disk %s” is to be made, but of what “size” is not said."),
                       disk->path != NULL ? disk->path : "");
          return FALSE;
        }
      view = cli_disk_add (disk, request->domain,
                           g_str_equal (disk->device, "cdrom")
                           ? wanted->cdrom_bus : vmm_new_machine_get_disk_bus (request->machine),
                           error);
      if (view == NULL)
        return FALSE;
      if (disk->is_new)
        add_new_disk (request, view, disk->bytes);
    }

  return TRUE;
}

static gboolean
write_definition (Request  *request,
                  GError  **error)
{
  g_autofree char *xml = vmm_new_machine_build_xml (request->machine, error);
  g_autoptr (GVariant) install = NULL;
  const char *nic_model = vmm_new_machine_get_nic_model (request->machine);

  if (xml == NULL)
    return FALSE;
  request->domain = vmm_domain_new_from_xml (xml, -1, error);
  if (request->domain == NULL)
    return FALSE;

  install = g_variant_ref_sink (vmm_new_machine_build_options (request->machine));
  g_variant_lookup (install, "media", "s", &request->media_target);
  g_variant_lookup (install, "reboots", "u", &request->reboots);

  if (options.uuid != NULL)
    vmm_domain_set_uuid (request->domain, options.uuid);
  if (options.title != NULL)
    vmm_domain_set_title (request->domain, options.title);

  return write_first_disk (request, error) && write_other_disks (request, error)
         && cli_apply_networks (request->domain, (const char *const *) options.networks, nic_model, error)
         && cli_apply_graphics (request->domain, (const char *const *) options.graphics,
                                &request->has_screen, error)
         && cli_apply_serials (request->domain, options.serial, options.console, error)
         && (options.cpu == NULL || cli_apply_cpu (request->domain, options.cpu, error))
         && cli_apply_boot_order (request->domain, request->boot_order, error);
}

static void
print_notes (Request *request)
{
  for (guint field = 0; field < VMM_NEW_MACHINE_N_FIELDS; field++)
    {
      g_autofree char *note = vmm_new_machine_dup_note (request->machine, (VmmNewMachineField) field);

      if (note != NULL && !request->cli->is_quiet)
        cli_say (_("note: %s"), note);
    }
}

/* ---- making it ---- */

/* Has the core judge all of it. It names new images only when it makes them, so here they get names. */
static int
check_only (Request  *request,
            GError  **error)
{
  const char *folder = vmm_new_machine_get_host (request->machine)->images_folder;
  g_autoptr (GPtrArray) disks = vmm_domain_list_disks (request->domain);
  g_autofree char *xml = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariantIter *problems;
  guint severity;
  const char *message;
  g_autoptr (GString) found = g_string_new (NULL);

  for (guint i = 0; i < disks->len; i++)
    {
      VmmDisk *disk = g_ptr_array_index (disks, i);
      g_autofree char *path = g_build_filename (folder, vmm_disk_get_target (disk), NULL);

      if (g_strcmp0 (vmm_disk_get_device (disk), "disk") == 0
          && !vmm_device_has (VMM_DEVICE (disk), "source"))
        vmm_disk_set_source_file (disk, path);
    }
  xml = vmm_domain_dup_xml (request->domain);
  reply = cli_manager (request->cli, "Validate",
                       g_variant_new ("(s@a{sv})", xml, g_variant_new ("a{sv}", NULL)), error);
  if (reply == NULL)
    return CLI_EXIT_FAILED;

  g_variant_get (reply, "(a(ususss))", &problems);
  while (g_variant_iter_next (problems, "(u&su&s&s&s)", &severity, NULL, NULL, NULL, &message, NULL))
    if (severity >= 2)
      g_string_append_printf (found, "%s%s", found->len > 0 ? "\n" : "", message);
  g_variant_iter_free (problems);
  if (found->len > 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "%s", found->str);
      return CLI_EXIT_FAILED;
    }

  if (!request->cli->is_quiet)
    cli_out ("%s\n", _("Everything is right; nothing was made"));

  return CLI_EXIT_OK;
}

/* Returns: (transfer full): the path of the new machine */
static char *
make (Request     *request,
      const char  *xml,
      GError     **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) result = NULL;
  GVariantDict dict;
  const char *job;
  char *path = NULL;

  g_variant_dict_init (&dict, NULL);
  if (request->n_new_disks > 0)
    g_variant_dict_insert_value (&dict, "disks", g_variant_builder_end (&request->new_disks));
  if (request->media_target != NULL)
    {
      g_variant_dict_insert (&dict, "media", "s", request->media_target);
      g_variant_dict_insert (&dict, "reboots", "u", request->reboots);
    }
  g_variant_dict_insert (&dict, "start", "b", !options.nostart);

  reply = cli_manager (request->cli, "Install",
                       g_variant_new ("(s@a{sv})", xml, g_variant_dict_end (&dict)), error);
  if (reply == NULL)
    return NULL;

  g_variant_get (reply, "(&o)", &job);
  result = cli_wait_job (request->cli, job, error);
  if (result == NULL)
    return NULL;

  if (!g_variant_lookup (result, "machine", "o", &path))
    g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                 _("The core of Guesthouse that runs is of another version."));

  return path;
}

static gboolean
is_installed (GVariant  *values,
              gpointer   user_data,
              GError   **error)
{
  const char *state = values != NULL ? cli_text (values, "State") : "";

  if (values == NULL)
    g_set_error (error, VMM_ERROR, VMM_ERROR_NOT_FOUND, _("The machine was removed."));
  else if ((cli_number (values, "Flags") & CLI_FLAG_INSTALLING) == 0)
    return TRUE;
  else if (g_str_equal (state, "off") || g_str_equal (state, "crashed"))
    g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID_STATE,
                 _("The machine “%s” ended before it was installed. Its next start is the installer's "
                   "again."), cli_text (values, "Name"));

  return FALSE;
}

static gboolean
wants_text_console (Request *request)
{
  if (options.noautoconsole)
    return FALSE;
  if (options.autoconsole != NULL)
    return g_str_equal (options.autoconsole, "text");

  return !request->has_screen && isatty (STDIN_FILENO) && isatty (STDOUT_FILENO);
}

static gboolean
wants_window (Request *request)
{
  if (options.noautoconsole)
    return FALSE;
  if (options.autoconsole != NULL)
    return g_str_equal (options.autoconsole, "graphical");

  return request->has_screen && isatty (STDIN_FILENO)
         && (g_getenv ("WAYLAND_DISPLAY") != NULL || g_getenv ("DISPLAY") != NULL);
}

static void
open_window (const char *name)
{
  const char *argv[] = { "guesthouse", "--open", name, NULL };
  g_autoptr (GError) error = NULL;

  /* The machine is there whether or not somebody looks at it. */
  if (!g_spawn_async (NULL, (char **) argv, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                      NULL, NULL, &error))
    cli_say (_("note: the window of the machine cannot be shown: %s"), error->message);
}

static int
say_made (Request     *request,
          const char  *path,
          GError     **error)
{
  g_autoptr (GVariant) values = cli_get_all (request->cli, path, CLI_MACHINE, error);
  g_autofree char *safe = NULL;

  if (values == NULL)
    return CLI_EXIT_FAILED;

  if (request->cli->is_json)
    {
      g_autoptr (JsonBuilder) json = json_builder_new ();

      json_builder_begin_object (json);
      cli_json_text (json, "name", cli_text (values, "Name"));
      cli_json_text (json, "uuid", cli_text (values, "Uuid"));
      json_builder_end_object (json);
      cli_json_print (json);
    }
  else if (!request->cli->is_quiet)
    {
      safe = cli_dup_safe (cli_text (values, "Name"));
      cli_out (options.nostart ? _("Machine “%s” is made\n") : _("Machine “%s” is made and runs\n"), safe);
    }

  return CLI_EXIT_OK;
}

/* What follows once the machine runs. */
static int
follow (Request     *request,
        const char  *path,
        GError     **error)
{
  const char *name = vmm_new_machine_get_name (request->machine);
  guint64 limit_s = options.wait_minutes > 0 ? options.wait_minutes * SECONDS_PER_MINUTE : 0;

  if (options.nostart)
    return CLI_EXIT_OK;

  fflush (stdout);
  if (wants_window (request))
    open_window (name);
  if (wants_text_console (request) && cli_console (request->cli, name, NULL, CLI_CONSOLE_NONE, error) != 0)
    return CLI_EXIT_FAILED;

  if (!options.waits || options.wait_minutes == 0 || request->media_target == NULL)
    return CLI_EXIT_OK;
  if (!cli_watch_machine (request->cli, path, limit_s, is_installed, NULL, error))
    return CLI_EXIT_FAILED;
  if (!request->cli->is_quiet && !request->cli->is_json)
    cli_out ("%s\n", _("It is installed"));

  return CLI_EXIT_OK;
}

static int
install (Request  *request,
         GError  **error)
{
  g_autofree char *xml = NULL;
  g_autofree char *path = NULL;
  int status;

  if (!check_options (error) || !parse_disks (request, error) || !ask_host (request, error)
      || !choose_system (request, error) || !choose (request, error)
      || !write_definition (request, error))
    return CLI_EXIT_FAILED;

  xml = vmm_domain_dup_xml (request->domain);
  if (options.print_xml)
    return cli_write (xml, strlen (xml), error) ? CLI_EXIT_OK : CLI_EXIT_FAILED;

  print_notes (request);
  if (options.dry_run)
    return check_only (request, error);

  path = make (request, xml, error);
  if (path == NULL)
    return CLI_EXIT_FAILED;
  status = say_made (request, path, error);

  return status == CLI_EXIT_OK ? follow (request, path, error) : status;
}

static int
install_run (Cli     *cli,
             GError **error)
{
  static char none[] = "none";
  static char *only_none[] = { none, NULL };
  Request request = { .cli = cli, .reboots = 1, .has_screen = TRUE };
  int status;

  if (options.nonetworks && options.networks == NULL)
    options.networks = only_none;
  if (options.nographics && options.graphics == NULL)
    options.graphics = only_none;

  request.machine = vmm_new_machine_new ();
  request.disks = g_ptr_array_new_with_free_func ((GDestroyNotify) cli_disk_free);
  request.boot_order = g_ptr_array_new_with_free_func (g_free);
  g_variant_builder_init (&request.new_disks, G_VARIANT_TYPE ("aa{sv}"));
  status = install (&request, error);

  g_variant_builder_clear (&request.new_disks);
  g_clear_object (&request.domain);
  g_clear_object (&request.machine);
  g_ptr_array_unref (request.disks);
  g_ptr_array_unref (request.boot_order);
  g_free (request.media_target);

  return status;
}

const CliCommand cli_install_commands[] = {
  { .name = "install", .arguments = "", .summary = N_("Make a machine and install a system in it"),
    .flags = CLI_COMMAND_QUERY, .options = entries, .run = install_run },
  { .name = NULL },
};
