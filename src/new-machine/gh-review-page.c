/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-review-page.h"

#include <math.h>

#include <adwaita.h>
#include <glib/gi18n.h>

#include "gh-amount-row.h"
#include "gh-machine-words.h"

#define GIB (G_GUINT64_CONSTANT (1) << 30)

/* A disk is never made smaller than what the row can show. */
#define DISK_LEAST_GIB 1

/**
 * GhReviewPage:
 *
 * Everything about the new machine on one page, each value with its default and, where something is
 * wrong, with what is wrong. “choose-system” and “create” ask its owner to act.
 */
struct _GhReviewPage
{
  GtkWidget            parent_instance;

  GtkWidget           *box;
  AdwPreferencesPage  *page;
  AdwPreferencesGroup *error_group;
  GtkLabel            *error_label;
  GtkExpander         *error_expander;
  GtkLabel            *error_details;
  AdwEntryRow         *name_row;
  GtkWidget           *name_message_row;
  GtkLabel            *name_message;
  AdwActionRow        *system_row;
  AdwActionRow        *source_row;
  GhAmountRow         *memory_row;
  GhAmountRow         *vcpus_row;
  GhAmountRow         *disk_row;
  AdwActionRow        *image_row;
  AdwComboRow         *network_row;
  AdwActionRow        *bios_row;
  AdwActionRow        *efi_row;
  AdwActionRow        *secure_row;
  GtkCheckButton      *bios_check;
  GtkCheckButton      *efi_check;
  GtkCheckButton      *secure_check;
  GtkWidget           *firmware_message_row;
  GtkLabel            *firmware_message;
  GtkSwitch           *start_switch;
  GtkLabel            *summary_label;
  GtkButton           *create_button;

  VmmNewMachine       *machine;
  gboolean             is_core_lost;
  gboolean             is_updating;
};

enum
{
  SIGNAL_CHOOSE_SYSTEM,
  SIGNAL_CREATE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GhReviewPage, gh_review_page, GTK_TYPE_WIDGET)

static char *
dup_message (GhReviewPage       *self,
             VmmNewMachineField  field,
             gboolean           *is_problem)
{
  g_autoptr (GError) error = NULL;

  *is_problem = !vmm_new_machine_check (self->machine, field, &error);

  return *is_problem ? g_strdup (error->message) : vmm_new_machine_dup_note (self->machine, field);
}

static void
update_amount_message (GhReviewPage       *self,
                       GhAmountRow        *row,
                       VmmNewMachineField  field)
{
  gboolean is_problem;
  g_autofree char *message = dup_message (self, field, &is_problem);

  gh_amount_row_set_message (row, message, is_problem);
}

static void
update_message_row (GhReviewPage       *self,
                    GtkWidget          *row,
                    GtkLabel           *label,
                    VmmNewMachineField  field)
{
  gboolean is_problem;
  g_autofree char *message = dup_message (self, field, &is_problem);

  gtk_label_set_label (label, message != NULL ? message : "");
  gtk_widget_set_css_classes (GTK_WIDGET (label),
                              (const char *[]) { "caption", is_problem ? "error" : "warning", NULL });
  gtk_widget_set_visible (row, message != NULL);
}

static void
update_name (GhReviewPage *self)
{
  const char *name = vmm_new_machine_get_name (self->machine);
  gboolean is_wrong = !vmm_new_machine_check (self->machine, VMM_NEW_MACHINE_FIELD_NAME, NULL);

  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (self->name_row)), name) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->name_row), name);
  if (is_wrong)
    gtk_widget_add_css_class (GTK_WIDGET (self->name_row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->name_row), "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->name_row), GTK_ACCESSIBLE_STATE_INVALID,
                               is_wrong ? GTK_ACCESSIBLE_INVALID_TRUE
                                        : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  update_message_row (self, self->name_message_row, self->name_message,
                      VMM_NEW_MACHINE_FIELD_NAME);
}

static void
set_subtitle (AdwActionRow *row,
              const char   *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_action_row_set_subtitle (row, escaped);
}

static void
update_system (GhReviewPage *self)
{
  VmmInstallMedia *media = vmm_new_machine_get_media (self->machine);
  const VmmDiskImage *image = vmm_new_machine_get_image (self->machine);
  VmmOs *os = vmm_new_machine_get_os (self->machine);
  g_autofree char *text = NULL;
  gboolean is_problem;
  g_autofree char *problem = dup_message (self, VMM_NEW_MACHINE_FIELD_SOURCE, &is_problem);

  if (os == NULL)
    text = g_strdup (_("Not known: choose it, so that the machine suits it"));
  else if (media != NULL && !vmm_install_media_is_identified (media)
           && os == vmm_install_media_get_os (media))
    /* Translators: %s is “Generic Linux 2022” or the like */
    text = g_strdup_printf (_("%s · not recognised, choose it if you know it"),
                            vmm_os_get_name (os));
  else if (media != NULL && vmm_install_media_is_identified (media)
           && os == vmm_install_media_get_os (media))
    text = g_strdup_printf (_("%s · recognised"), vmm_os_get_name (os));
  else
    text = g_strdup (vmm_os_get_name (os));
  set_subtitle (self->system_row, text);

  gtk_widget_set_visible (GTK_WIDGET (self->source_row), media != NULL);
  if (media != NULL)
    {
      g_autofree char *shown = g_filename_display_name (vmm_install_media_get_path (media));

      set_subtitle (self->source_row, is_problem ? problem : shown);
    }

  gtk_widget_set_visible (GTK_WIDGET (self->disk_row), image == NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->image_row), image != NULL);
  if (image != NULL)
    {
      g_autofree char *shown = g_filename_display_name (image->path);
      g_autofree char *size = gh_machine_words_dup_size (image->capacity_bytes);
      /* Translators: a file, its size, its format: “/a/b.qcow2 · 20 GiB · qcow2” */
      g_autofree char *details = g_strdup_printf (_("%s · %s · %s"), shown, size, image->format);

      set_subtitle (self->image_row, is_problem ? problem : details);
    }
}

static void
update_amounts (GhReviewPage *self)
{
  const VmmHostSummary *host = vmm_new_machine_get_host (self->machine);
  const VmmRecommendation *wanted = vmm_new_machine_get_recommendation (self->machine);
  double disk = (double) vmm_new_machine_get_disk_bytes (self->machine) / (double) GIB;
  g_autofree char *place = NULL;

  gh_amount_row_set_range (self->memory_row, (double) wanted->memory_minimum_mib,
                           (double) wanted->memory_recommended_mib, (double) host->memory_mib);
  gh_amount_row_set_value (self->memory_row,
                           (double) vmm_new_machine_get_memory_mib (self->machine));
  update_amount_message (self, self->memory_row, VMM_NEW_MACHINE_FIELD_MEMORY);

  gh_amount_row_set_range (self->vcpus_row, wanted->vcpus_minimum, wanted->vcpus, host->cpus);
  gh_amount_row_set_value (self->vcpus_row, vmm_new_machine_get_vcpus (self->machine));
  update_amount_message (self, self->vcpus_row, VMM_NEW_MACHINE_FIELD_VCPUS);

  gh_amount_row_set_range (self->disk_row,
                           ceil ((double) wanted->disk_minimum_bytes / (double) GIB),
                           ceil ((double) wanted->disk_bytes / (double) GIB),
                           floor ((double) host->images_free_bytes / (double) GIB));
  gh_amount_row_set_value (self->disk_row, MAX (round (disk), DISK_LEAST_GIB));
  update_amount_message (self, self->disk_row, VMM_NEW_MACHINE_FIELD_DISK);

  if (*host->images_folder != '\0')
    /* Translators: %s is a folder */
    place = g_strdup_printf (_("In %s; the file grows as it is filled"), host->images_folder);
  g_object_set (self->disk_row, "subtitle", place != NULL ? place : "", NULL);
}

static void
update_firmware_row (GhReviewPage   *self,
                     AdwActionRow   *row,
                     GtkCheckButton *check,
                     VmmFirmwareKind     firmware,
                     const char     *subtitle)
{
  const VmmHostSummary *host = vmm_new_machine_get_host (self->machine);
  gboolean is_there = !host->is_known
                      || vmm_host_summary_has_firmware (host, vmm_firmware_kind_to_string (firmware));

  if (!is_there && firmware == VMM_FIRMWARE_KIND_EFI_SECURE_BOOT
      && vmm_host_summary_has_firmware (host, "efi"))
    subtitle = _("The UEFI firmware on this computer has no Secure Boot");
  else if (!is_there)
    subtitle = _("Not installed on this computer: package “ovmf”");
  gtk_widget_set_sensitive (GTK_WIDGET (row), is_there);
  set_subtitle (row, subtitle);
  if (vmm_new_machine_get_firmware (self->machine) == firmware)
    gtk_check_button_set_active (check, TRUE);
}

static void
update_summary (GhReviewPage *self)
{
  g_autoptr (GError) error = NULL;
  const VmmHostSummary *host = vmm_new_machine_get_host (self->machine);
  g_autofree char *text = NULL;
  gboolean can_create = FALSE;
  gboolean is_wrong;

  if (self->is_core_lost)
    {
      text = g_strdup (_("The machine service cannot be reached; waiting for it."));
    }
  else if (!host->is_known)
    {
      text = g_strdup (_("Looking at what this computer can do…"));
    }
  else if (*host->emulator == '\0')
    {
      text = g_strdup (_("QEMU is not installed. Install the package “qemu-system-x86”."));
    }
  else if (*host->error != '\0')
    {
      text = g_strdup (host->error);
    }
  else if (!vmm_new_machine_check_all (self->machine, &error))
    {
      text = g_strdup (error->message);
    }
  else
    {
      guint vcpus = vmm_new_machine_get_vcpus (self->machine);
      guint64 mib = vmm_new_machine_get_memory_mib (self->machine);
      const VmmDiskImage *image = vmm_new_machine_get_image (self->machine);
      g_autofree char *memory = gh_machine_words_dup_size (mib << 20);
      g_autofree char *disk =
        gh_machine_words_dup_size (image != NULL ? image->capacity_bytes
                                                 : vmm_new_machine_get_disk_bytes (self->machine));

      can_create = TRUE;
      /* Translators: number of processors, memory, disk size */
      text = g_strdup_printf (ngettext ("%u processor, %s of memory, a disk of %s",
                                        "%u processors, %s of memory, a disk of %s", vcpus),
                              vcpus, memory, disk);
    }

  /* What only takes a moment is no fault. */
  is_wrong = !can_create && (self->is_core_lost || host->is_known);
  gtk_label_set_label (self->summary_label, text);
  gtk_widget_set_css_classes (GTK_WIDGET (self->summary_label),
                              (const char *[]) { "caption", is_wrong ? "error" : "dim-label",
                                                 NULL });
  gtk_widget_set_sensitive (GTK_WIDGET (self->create_button), can_create);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->create_button),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
update (GhReviewPage *self)
{
  if (self->is_updating)
    return;

  self->is_updating = TRUE;
  update_name (self);
  update_system (self);
  update_amounts (self);
  update_firmware_row (self, self->bios_row, self->bios_check, VMM_FIRMWARE_KIND_BIOS,
                       _("For older systems"));
  update_firmware_row (self, self->efi_row, self->efi_check, VMM_FIRMWARE_KIND_EFI,
                       _("For today's systems"));
  update_firmware_row (self, self->secure_row, self->secure_check, VMM_FIRMWARE_KIND_EFI_SECURE_BOOT,
                       _("Starts signed systems only"));
  update_message_row (self, self->firmware_message_row, self->firmware_message,
                      VMM_NEW_MACHINE_FIELD_FIRMWARE);
  adw_combo_row_set_selected (self->network_row, vmm_new_machine_get_network (self->machine));
  gtk_switch_set_active (self->start_switch, vmm_new_machine_get_start (self->machine));
  update_summary (self);
  self->is_updating = FALSE;
}

/* -- what a person changes; each sets one value, and “changed” brings us to update() ----------- */

static void
name_changed_cb (GhReviewPage *self)
{
  if (!self->is_updating)
    vmm_new_machine_set_name (self->machine, gtk_editable_get_text (GTK_EDITABLE (self->name_row)));
}

static void
memory_changed_cb (GhReviewPage *self)
{
  if (!self->is_updating)
    vmm_new_machine_set_memory_mib (self->machine,
                                    (guint64) gh_amount_row_get_value (self->memory_row));
}

static void
vcpus_changed_cb (GhReviewPage *self)
{
  if (!self->is_updating)
    vmm_new_machine_set_vcpus (self->machine, (guint) gh_amount_row_get_value (self->vcpus_row));
}

static void
disk_changed_cb (GhReviewPage *self)
{
  if (!self->is_updating)
    vmm_new_machine_set_disk_bytes (self->machine,
                                    (guint64) gh_amount_row_get_value (self->disk_row) * GIB);
}

static void
network_changed_cb (GhReviewPage *self)
{
  if (!self->is_updating)
    vmm_new_machine_set_network (self->machine,
                                 (VmmNewMachineNetwork) adw_combo_row_get_selected (self->network_row));
}

static void
firmware_changed_cb (GhReviewPage *self)
{
  VmmFirmwareKind firmware = VMM_FIRMWARE_KIND_BIOS;

  if (self->is_updating)
    return;

  if (gtk_check_button_get_active (self->efi_check))
    firmware = VMM_FIRMWARE_KIND_EFI;
  else if (gtk_check_button_get_active (self->secure_check))
    firmware = VMM_FIRMWARE_KIND_EFI_SECURE_BOOT;
  if (firmware != vmm_new_machine_get_firmware (self->machine))
    vmm_new_machine_set_firmware (self->machine, firmware);
}

static void
start_changed_cb (GhReviewPage *self)
{
  if (!self->is_updating)
    vmm_new_machine_set_start (self->machine, gtk_switch_get_active (self->start_switch));
}

static void
system_activated_cb (GhReviewPage *self)
{
  g_signal_emit (self, signals[SIGNAL_CHOOSE_SYSTEM], 0);
}

static void
create_cb (GhReviewPage *self)
{
  if (gtk_widget_get_sensitive (GTK_WIDGET (self->create_button)))
    g_signal_emit (self, signals[SIGNAL_CREATE], 0);
}

static void
gh_review_page_dispose (GObject *object)
{
  GhReviewPage *self = GH_REVIEW_PAGE (object);

  g_clear_object (&self->machine);
  g_clear_pointer (&self->box, gtk_widget_unparent);

  G_OBJECT_CLASS (gh_review_page_parent_class)->dispose (object);
}

static void
gh_review_page_class_init (GhReviewPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = gh_review_page_dispose;

  signals[SIGNAL_CHOOSE_SYSTEM] = g_signal_new ("choose-system", GH_TYPE_REVIEW_PAGE,
                                                G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                G_TYPE_NONE, 0);
  signals[SIGNAL_CREATE] = g_signal_new ("create", GH_TYPE_REVIEW_PAGE, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (GH_TYPE_AMOUNT_ROW);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/org/guesthouse/Guesthouse/new-machine/gh-review-page.ui");
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, box);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, page);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, error_group);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, error_label);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, error_expander);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, error_details);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, name_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, name_message_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, name_message);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, system_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, source_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, memory_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, vcpus_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, disk_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, image_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, network_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, bios_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, efi_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, secure_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, bios_check);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, efi_check);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, secure_check);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, firmware_message_row);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, firmware_message);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, start_switch);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, summary_label);
  gtk_widget_class_bind_template_child (widget_class, GhReviewPage, create_button);
  gtk_widget_class_bind_template_callback (widget_class, name_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, memory_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, vcpus_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, disk_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, network_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, firmware_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, start_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, system_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, create_cb);
}

static void
gh_review_page_init (GhReviewPage *self)
{
  /* The template's own first values are nobody's wish. */
  self->is_updating = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * gh_review_page_set_machine:
 * @machine: what the page shows and changes; call it once
 */
void
gh_review_page_set_machine (GhReviewPage  *self,
                            VmmNewMachine *machine)
{
  g_return_if_fail (GH_IS_REVIEW_PAGE (self));
  g_return_if_fail (VMM_IS_NEW_MACHINE (machine));
  g_return_if_fail (self->machine == NULL);

  self->machine = g_object_ref (machine);
  g_signal_connect_object (machine, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  self->is_updating = FALSE;
  update (self);
}

/**
 * gh_review_page_set_core_lost:
 * @is_lost: whether nothing can be created, because the core does not answer
 */
void
gh_review_page_set_core_lost (GhReviewPage *self,
                              gboolean      is_lost)
{
  g_return_if_fail (GH_IS_REVIEW_PAGE (self));

  self->is_core_lost = is_lost;
  update_summary (self);
}

/**
 * gh_review_page_set_error:
 * @error: (nullable): why the machine could not be made
 */
void
gh_review_page_set_error (GhReviewPage *self,
                          const GError *error)
{
  g_autofree char *summary = NULL;
  g_autofree char *details = NULL;

  g_return_if_fail (GH_IS_REVIEW_PAGE (self));

  gtk_widget_set_visible (GTK_WIDGET (self->error_group), error != NULL);
  if (error == NULL)
    return;

  summary = vmm_error_dup_summary (error);
  details = vmm_error_dup_details (error);
  gtk_label_set_label (self->error_label, summary);
  gtk_label_set_label (self->error_details, details != NULL ? details : "");
  gtk_widget_set_visible (GTK_WIDGET (self->error_expander), details != NULL);
}

/**
 * gh_review_page_begin:
 *
 * Puts the focus where most people go on.
 */
void
gh_review_page_begin (GhReviewPage *self)
{
  g_return_if_fail (GH_IS_REVIEW_PAGE (self));

  if (gtk_widget_get_sensitive (GTK_WIDGET (self->create_button)))
    gtk_widget_grab_focus (GTK_WIDGET (self->create_button));
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->name_row));
}
