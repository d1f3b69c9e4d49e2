/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-machine-window.h"

#include <glib/gi18n.h>

#include "gh-machine-window-private.h"
#include "gh-machine-words.h"

/* The bar comes when the pointer rests at the screen's edge, not when it passes. */
#define EDGE_MS 300
#define EDGE_PIXELS 2

G_DEFINE_FINAL_TYPE (GhMachineWindow, gh_machine_window, ADW_TYPE_APPLICATION_WINDOW)

static char *
dup_subtitle (GhMachineWindow *self)
{
  g_autofree char *state = gh_machine_words_dup_state (self->machine);
  GhConsoleDisplay *display = gh_console_page_get_display (self->console);

  if (!vmm_client_is_connected (self->client))
    return g_strdup (_("Waiting for the service that runs machines…"));
  if (gh_console_display_get_keyboard_captured (display))
    /* Translators: %s is a machine's state */
    return g_strdup_printf (_("%s · Left Ctrl+Left Alt releases the keyboard"), state);
  if (self->proxy != NULL &&
      vmm_machine_state_is_active (vmm_remote_machine_get_state (self->machine)) &&
      g_strcmp0 (vmm_dbus_machine_get_accelerator (self->proxy), "tcg") == 0)
    /* Translators: %s is a machine's state */
    return g_strdup_printf (_("%s · slow, without KVM"), state);

  return g_steal_pointer (&state);
}

static void
update (GhMachineWindow *self)
{
  const char *label = gh_machine_words_get_label (self->machine);
  VmmMachineState state = vmm_remote_machine_get_state (self->machine);
  gboolean is_active = vmm_machine_state_is_active (state);
  gboolean is_halted = state == VMM_MACHINE_STATE_PAUSED || state == VMM_MACHINE_STATE_SUSPENDED;
  g_autofree char *subtitle = dup_subtitle (self);
  const char *reason = NULL;

  gtk_window_set_title (GTK_WINDOW (self), label);
  adw_window_title_set_title (self->title, label);
  adw_window_title_set_subtitle (self->title, subtitle);

  if (self->proxy != NULL && is_active)
    reason = vmm_dbus_machine_get_accelerator_reason (self->proxy);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->title),
                               reason != NULL && *reason != '\0' ? reason : NULL);

  gtk_widget_set_visible (GTK_WIDGET (self->start), !is_active);
  gtk_widget_set_visible (GTK_WIDGET (self->pause), is_active && !is_halted);
  gtk_widget_set_visible (GTK_WIDGET (self->resume), is_active && is_halted);
  gtk_widget_set_visible (GTK_WIDGET (self->shut_down), is_active);
  gh_machine_window_update_actions (self);
}

static void
definition_changed_cb (GhMachineWindow *self)
{
  update (self);
  gh_machine_window_load_discs (self);
}

static void
proxy_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GhMachineWindow) self = user_data;
  g_autoptr (VmmDBusMachine) proxy = NULL;
  g_autoptr (GError) error = NULL;

  proxy = vmm_remote_machine_get_proxy_finish (VMM_REMOTE_MACHINE (source), result, &error);
  if (proxy == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_warning ("No machine object: %s", error->message);
      return;
    }

  self->proxy = g_steal_pointer (&proxy);
  g_signal_connect_object (self->proxy, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  gh_console_page_set_machine (self->console, self->client, self->machine, self->proxy);
  definition_changed_cb (self);
}

/* By the list, since the client still finds a machine that it is just taking off. */
static void
machines_changed_cb (GhMachineWindow *self)
{
  GListModel *machines = vmm_client_get_machines (self->client);
  guint n = g_list_model_get_n_items (machines);

  if (!vmm_client_is_connected (self->client))
    return;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (VmmRemoteMachine) machine = g_list_model_get_item (machines, i);

      if (machine == self->machine)
        return;
    }
  gtk_window_close (GTK_WINDOW (self));
}

static void
set_edge_revealed (GhMachineWindow *self,
                   gboolean         is_revealed)
{
  g_clear_handle_id (&self->reveal_timeout, g_source_remove);
  gtk_revealer_set_reveal_child (self->edge, is_revealed);
  gtk_widget_set_can_target (GTK_WIDGET (self->edge), is_revealed);
}

static void
fullscreened_cb (GhMachineWindow *self)
{
  gboolean is_fullscreen = gtk_window_is_fullscreen (GTK_WINDOW (self));
  GtkWidget *header = GTK_WIDGET (self->header);

  g_object_ref (header);
  if (is_fullscreen && gtk_revealer_get_child (self->edge) == NULL)
    {
      gtk_box_remove (self->content, header);
      gtk_revealer_set_child (self->edge, header);
    }
  else if (!is_fullscreen && gtk_revealer_get_child (self->edge) != NULL)
    {
      gtk_revealer_set_child (self->edge, NULL);
      gtk_box_prepend (self->content, header);
    }
  g_object_unref (header);

  gtk_widget_set_visible (GTK_WIDGET (self->edge), is_fullscreen);
  set_edge_revealed (self, FALSE);
  gtk_button_set_icon_name (self->fullscreen,
                            is_fullscreen ? "view-restore-symbolic" : "view-fullscreen-symbolic");
}

static gboolean
edge_cb (gpointer user_data)
{
  GhMachineWindow *self = user_data;

  self->reveal_timeout = 0;
  set_edge_revealed (self, TRUE);

  return G_SOURCE_REMOVE;
}

static void
pointer_cb (GtkEventControllerMotion *controller,
            double                    x,
            double                    y,
            GhMachineWindow          *self)
{
  const GdkModifierType buttons = GDK_BUTTON1_MASK | GDK_BUTTON2_MASK | GDK_BUTTON3_MASK;
  GdkModifierType state =
    gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  gboolean is_at_edge = y < EDGE_PIXELS && (state & buttons) == 0;

  if (!gtk_window_is_fullscreen (GTK_WINDOW (self)))
    return;

  if (gtk_revealer_get_reveal_child (self->edge))
    {
      GtkPopover *popover = gtk_menu_button_get_popover (self->menu_button);

      if (y > gtk_widget_get_height (GTK_WIDGET (self->header)) * 2 &&
          !gtk_widget_get_visible (GTK_WIDGET (popover)))
        set_edge_revealed (self, FALSE);
    }
  else if (!is_at_edge)
    g_clear_handle_id (&self->reveal_timeout, g_source_remove);
  else if (self->reveal_timeout == 0)
    self->reveal_timeout = g_timeout_add (EDGE_MS, edge_cb, self);
}

static void
toggle_fullscreen_cb (GtkWidget  *widget,
                      const char *name,
                      GVariant   *parameter)
{
  GhMachineWindow *self = GH_MACHINE_WINDOW (widget);

  if (gtk_window_is_fullscreen (GTK_WINDOW (self)))
    gtk_window_unfullscreen (GTK_WINDOW (self));
  else
    gtk_window_fullscreen (GTK_WINDOW (self));
  gtk_widget_grab_focus (GTK_WIDGET (gh_console_page_get_display (self->console)));
}

/* Calls under way hold the window, which would live on unseen without this. */
static void
end (GhMachineWindow *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->reveal_timeout, g_source_remove);
  if (self->console != NULL)
    gh_console_page_end (self->console);
  if (self->proxy != NULL)
    g_signal_handlers_disconnect_by_data (self->proxy, self);
  if (self->machine != NULL)
    g_signal_handlers_disconnect_by_data (self->machine, self);
  if (self->client != NULL)
    {
      g_signal_handlers_disconnect_by_data (vmm_client_get_machines (self->client), self);
      g_signal_handlers_disconnect_by_data (self->client, self);
    }
}

/* Part of gtk_window_destroy(), and nothing shows the window again afterwards. */
static void
gh_machine_window_unrealize (GtkWidget *widget)
{
  end (GH_MACHINE_WINDOW (widget));

  GTK_WIDGET_CLASS (gh_machine_window_parent_class)->unrealize (widget);
}

static void
gh_machine_window_dispose (GObject *object)
{
  GhMachineWindow *self = GH_MACHINE_WINDOW (object);

  end (self);
  g_clear_object (&self->proxy);
  g_clear_object (&self->machine);
  g_clear_object (&self->client);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (gh_machine_window_parent_class)->dispose (object);
}

static void
gh_machine_window_class_init (GhMachineWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = gh_machine_window_dispose;
  widget_class->unrealize = gh_machine_window_unrealize;

  g_type_ensure (GH_TYPE_CONSOLE_PAGE);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/org/guesthouse/Guesthouse/machine/gh-machine-window.ui");
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, content);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, header);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, title);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, edge);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, console);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, start);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, pause);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, resume);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, shut_down);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, fullscreen);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, GhMachineWindow, discs);
  gtk_widget_class_bind_template_callback (widget_class, pointer_cb);
  gtk_widget_class_bind_template_callback (widget_class, fullscreened_cb);

  gtk_widget_class_install_action (widget_class, "console.fullscreen", NULL, toggle_fullscreen_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F11, 0, "console.fullscreen", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close",
                                       NULL);
  gh_machine_window_install_actions (widget_class);
}

static void
gh_machine_window_init (GhMachineWindow *self)
{
  g_autoptr (GPropertyAction) resize_guest = NULL;
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();

  resize_guest = g_property_action_new ("resize-guest",
                                        gh_console_page_get_display (self->console),
                                        "resize-guest");
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (resize_guest));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "display", G_ACTION_GROUP (group));

  g_signal_connect_object (gh_console_page_get_display (self->console),
                           "notify::keyboard-captured", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
}

/**
 * gh_machine_window_new:
 *
 * Returns: a window that shows @machine; it closes when the machine is gone, and closing it stops
 *   nothing
 */
GtkWidget *
gh_machine_window_new (GtkApplication   *app,
                       VmmClient        *client,
                       VmmRemoteMachine *machine)
{
  GhMachineWindow *self = g_object_new (GH_TYPE_MACHINE_WINDOW, "application", app, NULL);

  self->client = g_object_ref (client);
  self->machine = g_object_ref (machine);
  g_signal_connect_object (machine, "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (machine, "notify::reason", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (machine, "notify::flags", G_CALLBACK (definition_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (machine, "notify::generation", G_CALLBACK (definition_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (machine, "notify::name", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (machine, "notify::title", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::connected", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (vmm_client_get_machines (client), "items-changed",
                           G_CALLBACK (machines_changed_cb), self, G_CONNECT_SWAPPED);
  update (self);
  vmm_remote_machine_get_proxy_async (machine, self->cancellable, proxy_cb, g_object_ref (self));

  return GTK_WIDGET (self);
}

/**
 * gh_machine_window_get_machine:
 *
 * Returns: (transfer none): what it shows
 */
VmmRemoteMachine *
gh_machine_window_get_machine (GhMachineWindow *self)
{
  g_return_val_if_fail (GH_IS_MACHINE_WINDOW (self), NULL);

  return self->machine;
}
