/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>

#include "gh-file-chooser.h"
#include "gh-machine-window-private.h"
#include "gh-machine-words.h"
#include "gh-message.h"
#include "vmm-disk.h"
#include "vmm-domain.h"

typedef struct
{
  GhMachineWindow *window;
  const char      *failure;  /* what to say when it fails; %s is the machine */
  char            *target;   /* drive; NULL: none */
} Act;

static Act *
act_new (GhMachineWindow *window,
         const char      *failure)
{
  Act *act = g_new0 (Act, 1);

  act->window = g_object_ref (window);
  act->failure = failure;

  return act;
}

static void
act_free (Act *act)
{
  g_object_unref (act->window);
  g_free (act->target);
  g_free (act);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Act, act_free)

static void
details_clicked_cb (AdwToast *toast,
                    gpointer  user_data)
{
  gh_message_show_details (user_data, adw_toast_get_title (toast),
                           g_object_get_data (G_OBJECT (toast), "details"));
}

/* Says it where it was asked for; QEMU's words are behind a button. */
static void
tell (GhMachineWindow *self,
      const char      *what,
      const GError    *error)
{
  g_autofree char *summary = vmm_error_dup_summary (error);
  g_autofree char *details = vmm_error_dup_details (error);
  /* Translators: what failed, then why */
  g_autofree char *text = g_strdup_printf (_("%s: %s"), what, summary);
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (escaped);

  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  adw_toast_set_timeout (toast, 10);
  adw_toast_set_button_label (toast, _("_Details"));
  g_object_set_data_full (G_OBJECT (toast), "details",
                          g_strconcat (text, "\n", details, NULL), g_free);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (details_clicked_cb), self, 0);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
report (Act          *act,
        const GError *error)
{
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
      !g_error_matches (error, VMM_ERROR, VMM_ERROR_CANCELLED))
    tell (act->window, act->failure, error);
}

static void
job_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (Act) act = user_data;
  g_autoptr (GVariant) values = NULL;
  g_autoptr (GError) error = NULL;

  values = vmm_client_wait_job_finish (VMM_CLIENT (source), result, &error);
  report (act, error);
}

static void
call_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (Act) act = user_data;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  GhMachineWindow *self = act->window;
  const char *job;

  reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);
  if (reply == NULL || !g_variant_is_of_type (reply, G_VARIANT_TYPE ("(o)")))
    {
      report (act, error);
      return;
    }

  g_variant_get (reply, "(&o)", &job);
  vmm_client_wait_job_async (self->client, job, self->cancellable, NULL, NULL, job_cb,
                             g_steal_pointer (&act));
}

/* The state comes back as a signal, and the buttons follow it: nothing is assumed here. */
static void
call (GhMachineWindow *self,
      const char      *method,
      GVariant        *arguments,
      const char      *failure)
{
  if (self->proxy == NULL)
    return;

  g_dbus_proxy_call (G_DBUS_PROXY (self->proxy), method, arguments, G_DBUS_CALL_FLAGS_NONE,
                     G_MAXINT, self->cancellable, call_cb, act_new (self, failure));
}

static void
start_cb (GtkWidget  *widget,
          const char *name,
          GVariant   *parameter)
{
  call (GH_MACHINE_WINDOW (widget), "Start", g_variant_new ("(a{sv})", NULL), _("Could not start"));
}

static void
shut_down_cb (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  call (GH_MACHINE_WINDOW (widget), "Shutdown", g_variant_new ("(a{sv})", NULL),
        _("Could not shut down"));
}

static void
reboot_cb (GtkWidget  *widget,
           const char *name,
           GVariant   *parameter)
{
  call (GH_MACHINE_WINDOW (widget), "Reboot", g_variant_new ("(a{sv})", NULL),
        _("Could not restart"));
}

static void
pause_cb (GtkWidget  *widget,
          const char *name,
          GVariant   *parameter)
{
  call (GH_MACHINE_WINDOW (widget), "Pause", NULL, _("Could not pause"));
}

static void
resume_cb (GtkWidget  *widget,
           const char *name,
           GVariant   *parameter)
{
  call (GH_MACHINE_WINDOW (widget), "Resume", NULL, _("Could not resume"));
}

static void
reset_confirmed_cb (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr (GhMachineWindow) self = user_data;

  if (gh_message_confirm_finish (result, NULL))
    call (self, "Reset", NULL, _("Could not reset"));
}

static void
reset_cb (GtkWidget  *widget,
          const char *name,
          GVariant   *parameter)
{
  GhMachineWindow *self = GH_MACHINE_WINDOW (widget);
  /* Translators: %s is a machine's name */
  g_autofree char *heading = g_strdup_printf (_("Reset “%s”?"),
                                              gh_machine_words_get_label (self->machine));

  gh_message_confirm_async (widget, heading,
                            _("It restarts at once, without shutting down. What the system in it "
                              "has not saved is lost."),
                            _("_Reset"), TRUE, self->cancellable, reset_confirmed_cb,
                            g_object_ref (self));
}

static void
power_off_confirmed_cb (GObject      *source,
                        GAsyncResult *result,
                        gpointer      user_data)
{
  g_autoptr (GhMachineWindow) self = user_data;

  if (gh_message_confirm_finish (result, NULL))
    call (self, "PowerOff", NULL, _("Could not turn off"));
}

static void
power_off_cb (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  GhMachineWindow *self = GH_MACHINE_WINDOW (widget);
  /* Translators: %s is a machine's name */
  g_autofree char *heading = g_strdup_printf (_("Turn off “%s” at once?"),
                                              gh_machine_words_get_label (self->machine));

  gh_message_confirm_async (widget, heading,
                            _("This is like pulling the plug. What the system in it has not saved "
                              "is lost, and its file systems may need repair."),
                            _("_Turn Off"), TRUE, self->cancellable, power_off_confirmed_cb,
                            g_object_ref (self));
}

static void
send_keys_cb (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  GhMachineWindow *self = GH_MACHINE_WINDOW (widget);
  g_auto (GStrv) keys = g_strsplit (g_variant_get_string (parameter, NULL), "+", -1);

  call (self, "SendKeys", g_variant_new ("(^asa{sv})", keys, NULL), _("Could not send the keys"));
  /* GTK 4.8 leaves no focus at all after a submenu, and typing is likely to go on in the guest. */
  gtk_widget_grab_focus (GTK_WIDGET (gh_console_page_get_display (self->console)));
}

static void
saved_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (Act) act = user_data;
  g_autoptr (GError) error = NULL;

  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    adw_toast_overlay_add_toast (act->window->toasts, adw_toast_new (_("Screenshot saved")));
  else
    report (act, error);
}

static void
encode_thread (GTask        *task,
               gpointer      source_object,
               gpointer      task_data,
               GCancellable *cancellable)
{
  g_task_return_pointer (task, gdk_texture_save_to_png_bytes (task_data),
                         (GDestroyNotify) g_bytes_unref);
}

static void
encoded_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (Act) act = user_data;
  g_autoptr (GBytes) png = g_task_propagate_pointer (G_TASK (result), NULL);

  if (png == NULL)
    return;

  /* Closing the window does not undo that a picture shall be saved. */
  g_file_replace_contents_bytes_async (G_FILE (source), png, NULL, FALSE,
                                       G_FILE_CREATE_REPLACE_DESTINATION, NULL, saved_cb,
                                       g_steal_pointer (&act));
}

typedef struct
{
  GhMachineWindow *window;
  GdkTexture      *texture;
} Shot;

static void
shot_file_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autofree Shot *shot = user_data;
  g_autoptr (GhMachineWindow) self = shot->window;
  g_autoptr (GdkTexture) texture = shot->texture;
  g_autoptr (GFile) file = gh_file_chooser_finish (result, NULL);
  g_autoptr (GTask) task = NULL;

  if (file == NULL)
    return;

  task = g_task_new (file, NULL, encoded_cb,
                     act_new (self, _("Could not save the screenshot")));
  g_task_set_task_data (task, g_steal_pointer (&texture), g_object_unref);
  g_task_run_in_thread (task, encode_thread);
}

static void
screenshot_cb (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  GhMachineWindow *self = GH_MACHINE_WINDOW (widget);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%d %H-%M-%S");
  g_autofree char *file_name = NULL;
  Shot *shot;
  /* What is seen at this moment, however long choosing a file takes. */
  GdkTexture *texture =
    gh_console_display_dup_texture (gh_console_page_get_display (self->console));

  if (texture == NULL)
    return;

  shot = g_new0 (Shot, 1);
  shot->window = g_object_ref (self);
  shot->texture = texture;
  file_name = g_strdup_printf ("%s %s.png", vmm_remote_machine_get_name (self->machine), time);
  g_strdelimit (file_name, "/\n\r", '_');
  gh_file_chooser_save_async (GTK_WINDOW (self), _("Save Screenshot"), file_name,
                              self->cancellable, shot_file_cb, shot);
}

static void
media_changed_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (Act) act = user_data;
  g_autoptr (GError) error = NULL;

  vmm_dbus_machine_call_change_media_finish (VMM_DBUS_MACHINE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  report (act, error);
  gh_machine_window_load_discs (act->window);
}

static void
disc_chosen_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (Act) act = user_data;
  g_autoptr (GFile) file = gh_file_chooser_finish (result, NULL);
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (path == NULL)
    return;

  vmm_dbus_machine_call_change_media (act->window->proxy, act->target, path,
                                      g_variant_new ("a{sv}", NULL), act->window->cancellable,
                                      media_changed_cb, act);
  g_steal_pointer (&act);
}

static void
insert_disc_cb (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  GhMachineWindow *self = GH_MACHINE_WINDOW (widget);
  g_autoptr (GListStore) filters = g_list_store_new (GTK_TYPE_FILE_FILTER);
  g_autoptr (GtkFileFilter) images = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) all = gtk_file_filter_new ();
  Act *act = act_new (self, _("Could not insert the disc"));

  act->target = g_variant_dup_string (parameter, NULL);
  gtk_file_filter_set_name (images, _("Disc Images"));
  gtk_file_filter_add_suffix (images, "iso");
  gtk_file_filter_add_suffix (images, "img");
  gtk_file_filter_add_suffix (images, "ima");
  gtk_file_filter_add_suffix (images, "flp");
  gtk_file_filter_set_name (all, _("All Files"));
  gtk_file_filter_add_pattern (all, "*");
  g_list_store_append (filters, images);
  g_list_store_append (filters, all);
  gh_file_chooser_open_async (GTK_WINDOW (self), _("Insert Disc"), G_LIST_MODEL (filters),
                              self->cancellable, disc_chosen_cb, act);
}

static void
eject_disc_cb (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  GhMachineWindow *self = GH_MACHINE_WINDOW (widget);

  if (self->proxy == NULL)
    return;

  vmm_dbus_machine_call_change_media (self->proxy, g_variant_get_string (parameter, NULL), "",
                                      g_variant_new ("a{sv}", NULL), self->cancellable,
                                      media_changed_cb, act_new (self, _("Could not take out the disc")));
}

/* A mnemonic comes from us, never from a file's name. */
static char *
dup_without_mnemonic (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "_", -1);

  return g_strjoinv ("__", parts);
}

/* Does nothing for a disk whose medium cannot be changed. */
static void
append_drive (GhMachineWindow *self,
              VmmDisk         *disk)
{
  const char *target = vmm_disk_get_target (disk);
  const char *file = vmm_disk_get_source_file (disk);
  gboolean is_floppy = g_strcmp0 (vmm_disk_get_device (disk), "floppy") == 0;
  gboolean is_disc = g_strcmp0 (vmm_disk_get_device (disk), "cdrom") == 0;
  g_autofree char *insert = NULL;
  g_autoptr (GMenuItem) insert_item = NULL;

  if (target == NULL || *target == '\0' || (!is_floppy && !is_disc))
    return;

  /* Translators: %s is the name of a drive, such as “sda” */
  insert = g_strdup_printf (is_floppy ? _("Insert Floppy Disk… (%s)") : _("Insert Disc… (%s)"),
                            target);
  insert_item = g_menu_item_new (insert, NULL);
  g_menu_item_set_action_and_target (insert_item, "machine.insert-disc", "s", target);
  g_menu_append_item (self->discs, insert_item);

  if (file != NULL)
    {
      g_autofree char *base = g_path_get_basename (file);
      g_autofree char *plain = dup_without_mnemonic (base);
      /* Translators: %s is a file's name */
      g_autofree char *eject = g_strdup_printf (_("Eject “%s”"), plain);
      g_autoptr (GMenuItem) eject_item = g_menu_item_new (eject, NULL);

      g_menu_item_set_action_and_target (eject_item, "machine.eject-disc", "s", target);
      g_menu_append_item (self->discs, eject_item);
    }
}

static void
xml_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (GhMachineWindow) self = user_data;
  g_autofree char *xml = NULL;
  g_autoptr (VmmDomain) domain = NULL;
  g_autoptr (GPtrArray) disks = NULL;
  g_autoptr (GError) error = NULL;

  if (vmm_dbus_machine_call_get_xml_finish (VMM_DBUS_MACHINE (source), &xml, NULL, result, &error))
    domain = vmm_domain_new_from_xml (xml, -1, &error);
  if (domain == NULL)
    {
      /* The menu then offers no drives; a broken definition says so on the page. */
      g_debug ("No definition: %s", error->message);
      return;
    }

  disks = vmm_domain_list_disks (domain);
  g_menu_remove_all (self->discs);
  for (guint i = 0; i < disks->len; i++)
    append_drive (self, g_ptr_array_index (disks, i));
}

/**
 * gh_machine_window_load_discs:
 *
 * Reads from the definition what drives there are and what is in them.
 */
void
gh_machine_window_load_discs (GhMachineWindow *self)
{
  if (self->proxy != NULL)
    vmm_dbus_machine_call_get_xml (self->proxy, g_variant_new ("a{sv}", NULL), self->cancellable,
                                   xml_cb, g_object_ref (self));
}

/**
 * gh_machine_window_update_actions:
 *
 * Enables what makes sense in the machine's state.
 */
void
gh_machine_window_update_actions (GhMachineWindow *self)
{
  VmmMachineState state = vmm_remote_machine_get_state (self->machine);
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean is_ready = self->proxy != NULL && vmm_client_is_connected (self->client);
  gboolean is_active = is_ready && vmm_machine_state_is_active (state);
  gboolean is_running = is_ready && (state == VMM_MACHINE_STATE_RUNNING ||
                                     state == VMM_MACHINE_STATE_SHUTTING_DOWN);
  gboolean is_halted = is_ready && (state == VMM_MACHINE_STATE_PAUSED ||
                                    state == VMM_MACHINE_STATE_SUSPENDED);
  gboolean is_up = is_running || is_halted || (is_ready && state == VMM_MACHINE_STATE_CRASHED);

  gtk_widget_action_set_enabled (widget, "machine.start",
                                 is_ready && state == VMM_MACHINE_STATE_OFF);
  gtk_widget_action_set_enabled (widget, "machine.shut-down", is_running);
  gtk_widget_action_set_enabled (widget, "machine.reboot", is_running);
  gtk_widget_action_set_enabled (widget, "machine.pause", is_running);
  gtk_widget_action_set_enabled (widget, "machine.resume", is_halted);
  gtk_widget_action_set_enabled (widget, "machine.reset", is_up);
  gtk_widget_action_set_enabled (widget, "machine.power-off", is_active);
  gtk_widget_action_set_enabled (widget, "machine.send-keys", is_running);
  gtk_widget_action_set_enabled (widget, "machine.screenshot", is_up);
  gtk_widget_action_set_enabled (widget, "machine.insert-disc", is_ready);
  gtk_widget_action_set_enabled (widget, "machine.eject-disc", is_ready);
}

/**
 * gh_machine_window_install_actions:
 *
 * Installs actions and their keys. The keys work while the guest does not have the keyboard.
 */
void
gh_machine_window_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "machine.start", NULL, start_cb);
  gtk_widget_class_install_action (widget_class, "machine.shut-down", NULL, shut_down_cb);
  gtk_widget_class_install_action (widget_class, "machine.reboot", NULL, reboot_cb);
  gtk_widget_class_install_action (widget_class, "machine.pause", NULL, pause_cb);
  gtk_widget_class_install_action (widget_class, "machine.resume", NULL, resume_cb);
  gtk_widget_class_install_action (widget_class, "machine.reset", NULL, reset_cb);
  gtk_widget_class_install_action (widget_class, "machine.power-off", NULL, power_off_cb);
  gtk_widget_class_install_action (widget_class, "machine.send-keys", "s", send_keys_cb);
  gtk_widget_class_install_action (widget_class, "machine.screenshot", NULL, screenshot_cb);
  gtk_widget_class_install_action (widget_class, "machine.insert-disc", "s", insert_disc_cb);
  gtk_widget_class_install_action (widget_class, "machine.eject-disc", "s", eject_disc_cb);

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Return, GDK_CONTROL_MASK,
                                       "machine.start", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_d, GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                       "machine.shut-down", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_p, GDK_CONTROL_MASK, "machine.pause",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_p, GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                       "machine.resume", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_s, GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                       "machine.screenshot", NULL);
}
