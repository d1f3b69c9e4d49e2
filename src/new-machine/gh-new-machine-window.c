/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-new-machine-window.h"

#include <glib/gi18n.h>

#include "gh-review-page.h"
#include "gh-source-page.h"
#include "gh-system-page.h"
#include "vmm-job-words.h"

#define JOB_STEP_MS 100

/**
 * GhNewMachineWindow:
 *
 * The way to a new machine in two steps: what to run, and a review of all the rest. What was typed
 * stays when a step back is taken or the core refuses.
 */
struct _GhNewMachineWindow
{
  AdwApplicationWindow  parent_instance;

  GtkStack             *stack;
  GtkWidget            *back_button;
  GhSourcePage         *source_page;
  GhReviewPage         *review_page;
  GhSystemPage         *system_page;
  GtkProgressBar       *progress_bar;
  AdwStatusPage        *progress_page;
  GtkButton            *cancel_button;

  GCancellable         *cancellable;
  GCancellable         *detection;     /* (nullable): of the look at a file under way */
  GFile                *file;          /* (nullable): what is looked at, or in use */
  VmmNewMachine        *machine;
  VmmDBusJob           *job;           /* (nullable): the installation under way */
  guint                 pulse_source;
};

G_DEFINE_FINAL_TYPE (GhNewMachineWindow, gh_new_machine_window, ADW_TYPE_APPLICATION_WINDOW)

static GhApplication *
get_application (GhNewMachineWindow *self)
{
  return GH_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
}

static void
show_page (GhNewMachineWindow *self,
           const char         *name)
{
  gtk_stack_set_visible_child_name (self->stack, name);
  gtk_widget_set_visible (self->back_button,
                          g_str_equal (name, "review") || g_str_equal (name, "system"));
  gtk_window_set_title (GTK_WINDOW (self),
                        g_str_equal (name, "system") ? _("Operating System") : _("New Machine"));
  if (g_str_equal (name, "review"))
    gh_review_page_begin (self->review_page);
  else if (g_str_equal (name, "system"))
    gh_system_page_begin (self->system_page);
}

/* -- what to run ----------------------------------------------------------------------------- */

static void
begin_review (GhNewMachineWindow *self)
{
  gh_source_page_set_busy (self->source_page, NULL);
  gh_source_page_set_error (self->source_page, NULL);
  gh_source_page_remember (self->source_page, self->file);
  gh_review_page_set_error (self->review_page, NULL);
  show_page (self, "review");
}

static void
refuse_file (GhNewMachineWindow *self,
             const GError       *error)
{
  g_autofree char *summary = vmm_error_dup_summary (error);

  gh_source_page_set_busy (self->source_page, NULL);
  gh_source_page_set_error (self->source_page, summary);
}

static void
image_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GhNewMachineWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmDiskImage) image =
    vmm_disk_image_inspect_finish (VMM_DBUS_MANAGER (source), result, &error);

  /* Another file has been chosen meanwhile, or the window is gone. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (image == NULL)
    {
      refuse_file (self, error);
      return;
    }

  vmm_new_machine_set_image (self->machine, image);
  begin_review (self);
}

static void
detect_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GhNewMachineWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmInstallMedia) media =
    vmm_os_database_detect_finish (VMM_OS_DATABASE (source), result, &error);
  VmmDBusManager *manager;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (media != NULL)
    {
      vmm_new_machine_set_media (self->machine, media);
      begin_review (self);
      return;
    }

  /* What is no disc may be a disk. The core knows those; a raw image has no sign to know it by,
   * so that a file called .iso is not taken for one. */
  manager = vmm_client_get_manager (gh_application_get_client (get_application (self)));
  if (g_error_matches (error, VMM_ERROR, VMM_ERROR_INVALID) && manager != NULL)
    {
      g_autofree char *path = g_file_get_path (self->file);
      g_autofree char *folded = g_utf8_casefold (path, -1);

      if (!g_str_has_suffix (folded, ".iso"))
        {
          vmm_disk_image_inspect_async (manager, path, self->detection, image_cb,
                                        g_object_ref (self));
          return;
        }
    }

  refuse_file (self, error);
}

/**
 * gh_new_machine_window_set_file:
 * @file: an ISO file or disk image
 *
 * Looks what it is and goes on to the review, or says what is wrong with it.
 */
void
gh_new_machine_window_set_file (GhNewMachineWindow *self,
                                GFile              *file)
{
  g_autofree char *path = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *text = NULL;

  g_return_if_fail (GH_IS_NEW_MACHINE_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  g_cancellable_cancel (self->detection);
  g_clear_object (&self->detection);
  self->detection = g_cancellable_new ();
  g_set_object (&self->file, file);
  gh_source_page_set_error (self->source_page, NULL);
  show_page (self, "source");

  path = g_file_get_path (file);
  if (path == NULL)
    {
      g_autofree char *uri = g_file_get_parse_name (file);

      text = g_strdup_printf (_("“%s” is not a file on this computer. Copy it here first."), uri);
      gh_source_page_set_error (self->source_page, text);
      return;
    }

  shown = g_filename_display_basename (path);
  /* Translators: %s is a file's name */
  text = g_strdup_printf (_("Looking at “%s”…"), shown);
  gh_source_page_set_busy (self->source_page, text);
  vmm_os_database_detect_async (gh_application_get_os_database (get_application (self)), path,
                                self->detection, detect_cb, g_object_ref (self));
}

static void
chosen_cb (GhNewMachineWindow *self,
           GFile              *file)
{
  gh_new_machine_window_set_file (self, file);
}

/* -- review ---------------------------------------------------------------------------------- */

static void
choose_system_cb (GhNewMachineWindow *self)
{
  show_page (self, "system");
}

static void
system_chosen_cb (GhNewMachineWindow *self,
                  VmmOs              *os)
{
  vmm_new_machine_set_os (self->machine, os);
  show_page (self, "review");
}

static void
update_taken_names (GhNewMachineWindow *self)
{
  GhApplication *application = get_application (self);
  g_autofree const char **names = NULL;
  GListModel *machines;
  guint n;

  if (application == NULL)
    return;

  machines = vmm_client_get_machines (gh_application_get_client (application));
  n = g_list_model_get_n_items (machines);
  names = g_new0 (const char *, n + 1);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (VmmRemoteMachine) machine = g_list_model_get_item (machines, i);

      /* The list keeps it alive. */
      names[i] = vmm_remote_machine_get_name (machine);
    }
  vmm_new_machine_set_taken_names (self->machine, names);
}

static void
machines_changed_cb (GhNewMachineWindow *self)
{
  /* While we make one its name counts as taken, which is no problem of the page's. */
  if (self->job == NULL)
    update_taken_names (self);
}

static void
host_changed_cb (GhNewMachineWindow *self)
{
  GhApplication *application = get_application (self);

  if (application != NULL)
    vmm_new_machine_set_host (self->machine, gh_application_get_host (application));
}

static void
connected_cb (GhNewMachineWindow *self)
{
  GhApplication *application = get_application (self);

  if (application != NULL)
    gh_review_page_set_core_lost (
      self->review_page, !vmm_client_is_connected (gh_application_get_client (application)));
}

/* -- making it ------------------------------------------------------------------------------- */

static gboolean
pulse_cb (gpointer user_data)
{
  GhNewMachineWindow *self = user_data;

  gtk_progress_bar_pulse (self->progress_bar);

  return G_SOURCE_CONTINUE;
}

static void
set_pulsing (GhNewMachineWindow *self,
             gboolean            is_pulsing)
{
  if (is_pulsing && self->pulse_source == 0)
    self->pulse_source = g_timeout_add (JOB_STEP_MS, pulse_cb, self);
  else if (!is_pulsing)
    g_clear_handle_id (&self->pulse_source, g_source_remove);
}

static void
progress_cb (VmmDBusJob *job,
             gpointer    user_data)
{
  GhNewMachineWindow *self = user_data;
  double progress = vmm_dbus_job_get_progress (job);
  const char *step = vmm_dbus_job_get_step (job);
  const char *words = step != NULL ? vmm_job_words_translate_step (step) : "";
  /* The page reads markup. */
  g_autofree char *escaped = g_markup_escape_text (words, -1);

  g_set_object (&self->job, job);
  adw_status_page_set_description (self->progress_page, escaped);
  set_pulsing (self, progress < 0);
  if (progress >= 0)
    gtk_progress_bar_set_fraction (self->progress_bar, MIN (progress, 1));
  gtk_widget_set_sensitive (GTK_WIDGET (self->cancel_button),
                            vmm_dbus_job_get_cancellable (job)
                            && g_strcmp0 (vmm_dbus_job_get_state (job), "cancelling") != 0);
}

static void
end_making (GhNewMachineWindow *self,
            const GError       *error)
{
  set_pulsing (self, FALSE);
  g_clear_object (&self->job);

  update_taken_names (self);
  gh_review_page_set_error (self->review_page,
                            g_error_matches (error, VMM_ERROR, VMM_ERROR_CANCELLED) ? NULL : error);
  show_page (self, "review");
}

static void
made_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GhNewMachineWindow) self = user_data;
  VmmClient *client = VMM_CLIENT (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = vmm_client_wait_job_finish (client, result, &error);
  GhApplication *application = get_application (self);
  VmmRemoteMachine *machine = NULL;
  const char *path;

  /* The window was closed meanwhile; the machine was made all the same. */
  if (application == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (values == NULL)
    {
      end_making (self, error);
      return;
    }

  if (g_variant_lookup (values, "machine", "&o", &path))
    machine = vmm_client_find_machine (client, path);
  if (machine != NULL)
    gh_application_open_machine (application, machine);
  else
    g_application_activate (G_APPLICATION (application));
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
install_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GhNewMachineWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *job = NULL;
  GhApplication *application = get_application (self);

  if (!vmm_dbus_manager_call_install_finish (VMM_DBUS_MANAGER (source), &job, result, &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        end_making (self, error);
      return;
    }

  if (application != NULL)
    vmm_client_wait_job_async (gh_application_get_client (application), job, self->cancellable,
                               progress_cb, self, made_cb, g_object_ref (self));
}

static void
create_cb (GhNewMachineWindow *self)
{
  VmmDBusManager *manager =
    vmm_client_get_manager (gh_application_get_client (get_application (self)));
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;
  g_autofree char *title = NULL;

  xml = vmm_new_machine_build_xml (self->machine, &error);
  if (xml == NULL || manager == NULL)
    {
      gh_review_page_set_error (self->review_page, error);
      return;
    }

  gh_review_page_set_error (self->review_page, NULL);
  title = g_strdup_printf (_("Making “%s”"), vmm_new_machine_get_name (self->machine));
  adw_status_page_set_title (self->progress_page, title);
  adw_status_page_set_description (self->progress_page, NULL);
  gtk_progress_bar_set_fraction (self->progress_bar, 0);
  gtk_widget_set_sensitive (GTK_WIDGET (self->cancel_button), FALSE);
  show_page (self, "progress");
  vmm_dbus_manager_call_install (manager, xml, vmm_new_machine_build_options (self->machine),
                                 self->cancellable, install_cb, g_object_ref (self));
}

static void
cancel_cb (GhNewMachineWindow *self)
{
  /* Whether it stopped is told by the job's end. */
  if (self->job != NULL)
    vmm_dbus_job_call_cancel (self->job, NULL, NULL, NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->cancel_button), FALSE);
}

/* -- the window ------------------------------------------------------------------------------ */

static void
back_action_cb (GtkWidget  *widget,
                const char *action,
                GVariant   *parameter)
{
  GhNewMachineWindow *self = GH_NEW_MACHINE_WINDOW (widget);
  const char *page = gtk_stack_get_visible_child_name (self->stack);

  if (g_str_equal (page, "system"))
    show_page (self, "review");
  else if (g_str_equal (page, "review"))
    show_page (self, "source");
  else if (g_str_equal (page, "source"))
    gtk_window_close (GTK_WINDOW (self));
}

static void
end (GhNewMachineWindow *self)
{
  g_cancellable_cancel (self->cancellable);
  g_cancellable_cancel (self->detection);
  g_clear_handle_id (&self->pulse_source, g_source_remove);
  g_clear_object (&self->job);
}

/* Part of gtk_window_destroy(): calls under way hold the window, which would live on unseen. */
static void
gh_new_machine_window_unrealize (GtkWidget *widget)
{
  end (GH_NEW_MACHINE_WINDOW (widget));

  GTK_WIDGET_CLASS (gh_new_machine_window_parent_class)->unrealize (widget);
}

static void
gh_new_machine_window_dispose (GObject *object)
{
  end (GH_NEW_MACHINE_WINDOW (object));

  G_OBJECT_CLASS (gh_new_machine_window_parent_class)->dispose (object);
}

static void
gh_new_machine_window_finalize (GObject *object)
{
  GhNewMachineWindow *self = GH_NEW_MACHINE_WINDOW (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->detection);
  g_clear_object (&self->file);
  g_clear_object (&self->machine);

  G_OBJECT_CLASS (gh_new_machine_window_parent_class)->finalize (object);
}

static void
gh_new_machine_window_class_init (GhNewMachineWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = gh_new_machine_window_dispose;
  object_class->finalize = gh_new_machine_window_finalize;
  widget_class->unrealize = gh_new_machine_window_unrealize;

  g_type_ensure (GH_TYPE_REVIEW_PAGE);
  g_type_ensure (GH_TYPE_SOURCE_PAGE);
  g_type_ensure (GH_TYPE_SYSTEM_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               GH_RESOURCES "new-machine/gh-new-machine-window.ui");
  gtk_widget_class_bind_template_child (widget_class, GhNewMachineWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, GhNewMachineWindow, back_button);
  gtk_widget_class_bind_template_child (widget_class, GhNewMachineWindow, source_page);
  gtk_widget_class_bind_template_child (widget_class, GhNewMachineWindow, review_page);
  gtk_widget_class_bind_template_child (widget_class, GhNewMachineWindow, system_page);
  gtk_widget_class_bind_template_child (widget_class, GhNewMachineWindow, progress_bar);
  gtk_widget_class_bind_template_child (widget_class, GhNewMachineWindow, progress_page);
  gtk_widget_class_bind_template_child (widget_class, GhNewMachineWindow, cancel_button);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_system_cb);
  gtk_widget_class_bind_template_callback (widget_class, system_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, create_cb);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
  gtk_widget_class_install_action (widget_class, "win.back", NULL, back_action_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "win.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "win.back", NULL);
}

static void
gh_new_machine_window_init (GhNewMachineWindow *self)
{
  self->cancellable = g_cancellable_new ();
  self->machine = vmm_new_machine_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  gh_review_page_set_machine (self->review_page, self->machine);
}

GhNewMachineWindow *
gh_new_machine_window_new (GhApplication *application)
{
  GhNewMachineWindow *self;
  VmmOsDatabase *database;
  VmmClient *client;

  g_return_val_if_fail (GH_IS_APPLICATION (application), NULL);

  self = g_object_new (GH_TYPE_NEW_MACHINE_WINDOW, "application", application, NULL);
  client = gh_application_get_client (application);
  database = gh_application_get_os_database (application);

  gh_system_page_set_database (self->system_page, database);
  vmm_os_database_load_async (database, self->cancellable, NULL, NULL);

  g_signal_connect_object (application, "host-changed", G_CALLBACK (host_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::connected", G_CALLBACK (connected_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (vmm_client_get_machines (client), "items-changed",
                           G_CALLBACK (machines_changed_cb), self, G_CONNECT_SWAPPED);
  host_changed_cb (self);
  connected_cb (self);
  update_taken_names (self);

  return self;
}
