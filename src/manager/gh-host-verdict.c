/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-host-verdict.h"

#include <glib/gi18n.h>

/**
 * GhHostVerdict:
 *
 * Says in a sentence whether this computer can run machines, how fast, and what would help.
 */
struct _GhHostVerdict
{
  GtkWidget  parent_instance;

  GtkWidget *box;
  GtkImage  *icon;
  GtkLabel  *label;
  GtkLabel  *reason_label;
};

G_DEFINE_FINAL_TYPE (GhHostVerdict, gh_host_verdict, GTK_TYPE_WIDGET)

static void
gh_host_verdict_dispose (GObject *object)
{
  GhHostVerdict *self = GH_HOST_VERDICT (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);

  G_OBJECT_CLASS (gh_host_verdict_parent_class)->dispose (object);
}

static void
gh_host_verdict_class_init (GhHostVerdictClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = gh_host_verdict_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/guesthouse/Guesthouse/manager/gh-host-verdict.ui");
  gtk_widget_class_bind_template_child (widget_class, GhHostVerdict, box);
  gtk_widget_class_bind_template_child (widget_class, GhHostVerdict, icon);
  gtk_widget_class_bind_template_child (widget_class, GhHostVerdict, label);
  gtk_widget_class_bind_template_child (widget_class, GhHostVerdict, reason_label);
}

static void
gh_host_verdict_init (GhHostVerdict *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * gh_host_verdict_set_host:
 * @host: what is known; nothing is shown while nothing is
 */
void
gh_host_verdict_set_host (GhHostVerdict        *self,
                          const VmmHostSummary *host)
{
  const char *icon = "emblem-ok-symbolic";
  const char *text;
  const char *reason = "";

  g_return_if_fail (GH_IS_HOST_VERDICT (self));
  g_return_if_fail (host != NULL);

  if (*host->emulator == '\0')
    {
      icon = "dialog-error-symbolic";
      text = _("No machine can run yet: QEMU is not installed.");
      reason = _("Install the package “qemu-system-x86” and come back to this window.");
    }
  else if (*host->error != '\0')
    {
      icon = "dialog-error-symbolic";
      text = _("No machine can run on this computer at present.");
      reason = host->error;
    }
  else if (g_str_equal (host->accelerator, "kvm"))
    {
      text = _("This computer can run machines at full speed.");
    }
  else
    {
      icon = "dialog-warning-symbolic";
      text = _("Machines run slowly on this computer: the processor's help is missing.");
      reason = host->accelerator_reason;
    }

  gtk_widget_set_visible (GTK_WIDGET (self), host->is_known);
  gtk_image_set_from_icon_name (self->icon, icon);
  gtk_label_set_label (self->label, text);
  gtk_label_set_label (self->reason_label, reason);
  gtk_widget_set_visible (GTK_WIDGET (self->reason_label), *reason != '\0');
}
