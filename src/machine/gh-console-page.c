/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-console-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "gh-console-link.h"
#include "gh-message.h"

/* The screen of a machine, or a page that says why there is none and what to do. */
struct _GhConsolePage
{
  AdwBin            parent_instance;

  VmmClient        *client;
  VmmRemoteMachine *machine;
  VmmDBusMachine   *proxy;
  GhConsoleLink    *link;
  gboolean          show_screen; /* of a crashed system, on wish */
  gboolean          has_screen;  /* as far as the core has told */
  gboolean          has_other;   /* a screen of a kind that we cannot show */

  GtkStack         *stack;
  GhConsoleDisplay *display;
  AdwStatusPage    *status;
  GtkButton        *action;
  GtkButton        *details;
  GtkSpinner       *spinner;
  GtkRevealer      *banner;
  GtkLabel         *banner_label;
  GtkButton        *banner_button;
};

G_DEFINE_FINAL_TYPE (GhConsolePage, gh_console_page, ADW_TYPE_BIN)

typedef struct
{
  const char *icon;
  const char *title;
  const char *text;
  const char *button;   /* NULL: none */
  const char *action;
  gboolean    is_busy;
} Status;

/* While the core is away its properties are unknown, but QEMU's screen is still there. Not by the
 * generated getter: its list points into what the proxy drops when the core dies. */
static void
update_screens (GhConsolePage *self)
{
  g_autoptr (GVariant) value = NULL;
  g_autofree const char **displays = NULL;

  value = g_dbus_proxy_get_cached_property (G_DBUS_PROXY (self->proxy), "Displays");
  if (value == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return;

  displays = g_variant_get_strv (value, NULL);
  self->has_screen = g_strv_contains (displays, "dbus");
  self->has_other = !self->has_screen && displays[0] != NULL;
}

static const char *
get_problem (GhConsolePage *self)
{
  const char *problem = vmm_dbus_machine_get_problem (self->proxy);

  return problem != NULL ? problem : "";
}

static void
show_status (GhConsolePage *self,
             const Status  *status)
{
  const char *problem = get_problem (self);
  g_autofree char *summary = g_strndup (problem, strcspn (problem, "\n"));
  g_autofree char *description = NULL;

  /* What failed comes first; it may hold any characters, and the page reads markup. */
  description = g_markup_escape_text (*summary != '\0' ? summary : status->text, -1);
  adw_status_page_set_icon_name (self->status, status->is_busy ? NULL : status->icon);
  adw_status_page_set_title (self->status, status->title);
  adw_status_page_set_description (self->status, description);
  gtk_widget_set_visible (GTK_WIDGET (self->action), status->button != NULL);
  if (status->button != NULL)
    {
      gtk_button_set_label (self->action, status->button);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->action), status->action);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->details), strchr (problem, '\n') != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), status->is_busy);
  gtk_spinner_set_spinning (self->spinner, status->is_busy);
  gtk_stack_set_visible_child_name (self->stack, "status");
}

static gboolean
show_state (GhConsolePage   *self,
            VmmMachineState  state)
{
  const Status off = { "system-shutdown-symbolic", _("Off"), "", _("_Start"), "machine.start" };
  const Status starting = { NULL, _("Starting…"), "", NULL, NULL, TRUE };
  const Status crashed = { "dialog-warning-symbolic", _("The System in It Has Crashed"),
                           _("What it had not saved is lost. Its last screen may say why."),
                           _("Show the _Screen"), "console.show-screen" };
  const Status unresponsive = { "dialog-warning-symbolic", _("The Machine Does Not Answer"),
                                _("It may recover by itself. If not, it can be turned off."),
                                _("_Turn Off at Once…"), "machine.power-off" };
  const Status broken = { "dialog-error-symbolic", _("The Definition Cannot Be Read"), "", NULL };
  const Status blind = { "video-display-symbolic", _("This Machine Has No Screen"),
                         _("It runs all the same. A video device can be added to its definition."),
                         NULL };
  const Status other = { "video-display-symbolic", _("The Screen Cannot Be Shown Here"),
                         _("It is offered to VNC or SPICE viewers only."), NULL };

  switch (state)
    {
    case VMM_MACHINE_STATE_OFF:
      show_status (self, &off);
      return TRUE;

    case VMM_MACHINE_STATE_STARTING:
      show_status (self, &starting);
      return TRUE;

    case VMM_MACHINE_STATE_CRASHED:
      if (self->show_screen && self->has_screen)
        return FALSE;
      show_status (self, &crashed);
      return TRUE;

    case VMM_MACHINE_STATE_UNRESPONSIVE:
      show_status (self, &unresponsive);
      return TRUE;

    case VMM_MACHINE_STATE_BROKEN:
      show_status (self, &broken);
      return TRUE;

    case VMM_MACHINE_STATE_RUNNING:
    case VMM_MACHINE_STATE_PAUSED:
    case VMM_MACHINE_STATE_SHUTTING_DOWN:
    case VMM_MACHINE_STATE_SUSPENDED:
    default:
      if (self->has_screen)
        return FALSE;
      show_status (self, self->has_other ? &other : &blind);
      return TRUE;
    }
}

static void
show_banner (GhConsolePage *self,
             const char    *text,
             const char    *button,
             const char    *action)
{
  if (text != NULL)
    gtk_label_set_label (self->banner_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->banner_button), button != NULL);
  if (button != NULL)
    {
      gtk_button_set_label (self->banner_button, button);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->banner_button), action);
    }
  gtk_revealer_set_reveal_child (self->banner, text != NULL);
}

static const char *
get_pause_text (GhConsolePage *self)
{
  const char *reason = vmm_remote_machine_get_reason (self->machine);

  if (g_str_equal (reason, "no-space"))
    return _("Paused: no room is left for its disk. Make room, then resume.");
  if (g_str_equal (reason, "io-error"))
    return _("Paused: its disk cannot be read or written.");

  return _("Paused");
}

static void
update_banner (GhConsolePage   *self,
               VmmMachineState  state,
               gboolean         is_screen)
{
  guint n = gh_console_link_get_attempt (self->link);
  g_autofree char *text = NULL;

  if (is_screen && !gh_console_link_is_connected (self->link) &&
      gtk_stack_get_visible_child (self->stack) == GTK_WIDGET (self->display))
    {
      /* Translators: %u counts the attempts */
      text = g_strdup_printf (_("The screen is disconnected. Reconnecting, attempt %u"), MAX (n, 1));
      show_banner (self, text, NULL, NULL);
    }
  else if (state == VMM_MACHINE_STATE_PAUSED || state == VMM_MACHINE_STATE_SUSPENDED)
    show_banner (self, state == VMM_MACHINE_STATE_PAUSED ? get_pause_text (self) : _("Asleep"),
                 _("_Resume"), "machine.resume");
  else if ((vmm_remote_machine_get_flags (self->machine) & VMM_MACHINE_FLAGS_INSTALLING) != 0 &&
           vmm_machine_state_is_active (state))
    show_banner (self, _("Installing. The disc is taken out by itself when it is done."), NULL,
                 NULL);
  else
    show_banner (self, NULL, NULL, NULL);
}

/* The display keeps a lost picture, dimmed, so a page for connecting is only for the first time. */
static gboolean
has_picture (GhConsolePage *self)
{
  return gh_console_link_is_connected (self->link) ||
         gh_console_display_has_picture (self->display);
}

static void
update (GhConsolePage *self)
{
  const Status connecting = { NULL, _("Connecting to the Screen…"), "", NULL, NULL, TRUE };
  VmmMachineState state;
  gboolean is_screen;

  if (self->machine == NULL)
    return;

  update_screens (self);
  state = vmm_remote_machine_get_state (self->machine);
  if (state != VMM_MACHINE_STATE_CRASHED)
    self->show_screen = FALSE;

  is_screen = !show_state (self, state);
  gh_console_link_set_wanted (self->link, is_screen);
  if (is_screen)
    {
      if (gh_console_link_get_source (self->link) != NULL)
        gh_console_display_set_source (self->display, gh_console_link_get_source (self->link));
      if (has_picture (self))
        gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->display));
      else
        show_status (self, &connecting);
    }
  else if (!vmm_machine_state_is_active (state))
    {
      /* The next run begins with its own picture. */
      gh_console_display_set_source (self->display, NULL);
    }

  update_banner (self, state, is_screen);
}

static void
connected_cb (GhConsolePage *self)
{
  if (vmm_client_is_connected (self->client))
    gh_console_link_retry (self->link);
}

static void
show_screen_cb (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  GhConsolePage *self = GH_CONSOLE_PAGE (widget);

  self->show_screen = TRUE;
  update (self);
}

static void
details_cb (GhConsolePage *self)
{
  const char *problem = get_problem (self);
  g_autofree char *summary = g_strndup (problem, strcspn (problem, "\n"));

  gh_message_show_details (GTK_WIDGET (self), summary, problem);
}

static void
gh_console_page_dispose (GObject *object)
{
  gh_console_page_end (GH_CONSOLE_PAGE (object));

  G_OBJECT_CLASS (gh_console_page_parent_class)->dispose (object);
}

static void
gh_console_page_class_init (GhConsolePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = gh_console_page_dispose;

  g_type_ensure (GH_CONSOLE_TYPE_DISPLAY);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/org/guesthouse/Guesthouse/machine/gh-console-page.ui");
  gtk_widget_class_bind_template_child (widget_class, GhConsolePage, stack);
  gtk_widget_class_bind_template_child (widget_class, GhConsolePage, display);
  gtk_widget_class_bind_template_child (widget_class, GhConsolePage, status);
  gtk_widget_class_bind_template_child (widget_class, GhConsolePage, action);
  gtk_widget_class_bind_template_child (widget_class, GhConsolePage, details);
  gtk_widget_class_bind_template_child (widget_class, GhConsolePage, spinner);
  gtk_widget_class_bind_template_child (widget_class, GhConsolePage, banner);
  gtk_widget_class_bind_template_child (widget_class, GhConsolePage, banner_label);
  gtk_widget_class_bind_template_child (widget_class, GhConsolePage, banner_button);
  gtk_widget_class_bind_template_callback (widget_class, details_cb);
  gtk_widget_class_install_action (widget_class, "console.show-screen", NULL, show_screen_cb);
}

static void
gh_console_page_init (GhConsolePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * gh_console_page_set_machine:
 *
 * Call it once.
 */
void
gh_console_page_set_machine (GhConsolePage    *self,
                             VmmClient        *client,
                             VmmRemoteMachine *machine,
                             VmmDBusMachine   *proxy)
{
  g_return_if_fail (GH_IS_CONSOLE_PAGE (self));
  g_return_if_fail (self->machine == NULL);

  self->client = g_object_ref (client);
  self->machine = g_object_ref (machine);
  self->proxy = g_object_ref (proxy);
  self->link = gh_console_link_new (proxy);
  gh_console_display_set_name (self->display, vmm_remote_machine_get_name (machine));

  g_signal_connect_object (self->link, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  /* Statistics change every second and say nothing here. */
  g_signal_connect_object (machine, "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (machine, "notify::reason", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (machine, "notify::flags", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  /* Not g-properties-changed: the proxy's lists are still the old ones then. */
  g_signal_connect_object (proxy, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::connected", G_CALLBACK (connected_cb), self,
                           G_CONNECT_SWAPPED);
  update (self);
}

/**
 * gh_console_page_end:
 *
 * Lets the machine go for good, as its window does when it is closed: the screen is disconnected
 * even if a call still holds the page.
 */
void
gh_console_page_end (GhConsolePage *self)
{
  g_return_if_fail (GH_IS_CONSOLE_PAGE (self));

  if (self->machine == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->link, self);
  g_signal_handlers_disconnect_by_data (self->machine, self);
  g_signal_handlers_disconnect_by_data (self->proxy, self);
  g_signal_handlers_disconnect_by_data (self->client, self);
  if (self->display != NULL)
    gh_console_display_set_source (self->display, NULL);
  /* A call of its own may hold the link. */
  gh_console_link_set_wanted (self->link, FALSE);
  g_clear_object (&self->link);
  g_clear_object (&self->proxy);
  g_clear_object (&self->machine);
  g_clear_object (&self->client);
}

GhConsoleDisplay *
gh_console_page_get_display (GhConsolePage *self)
{
  g_return_val_if_fail (GH_IS_CONSOLE_PAGE (self), NULL);

  return self->display;
}
