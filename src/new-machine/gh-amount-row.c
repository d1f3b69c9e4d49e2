/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-amount-row.h"

#include <math.h>

#include <glib/gi18n.h>

/* Marks that are nearer than this share of the scale would write over each other. */
#define MARK_DISTANCE 0.22

/**
 * GhAmountRow:
 *
 * An amount of something, with a number to type and a scale to drag. The number takes any amount,
 * so that a wrong one can be told apart from what was typed; the scale stays within the range.
 */
struct _GhAmountRow
{
  AdwPreferencesRow  parent_instance;

  GtkLabel          *title_label;
  GtkLabel          *subtitle_label;
  GtkLabel          *unit_label;
  GtkLabel          *message_label;
  GtkSpinButton     *spin;
  GtkScale          *scale;
  GtkAdjustment     *spin_adjustment;
  GtkAdjustment     *scale_adjustment;

  double             least;
  double             recommended;
  double             most;
  gboolean           is_setting;
};

enum
{
  PROP_SUBTITLE = 1,
  PROP_UNIT,
  PROP_STEP,
  PROP_VALUE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (GhAmountRow, gh_amount_row, ADW_TYPE_PREFERENCES_ROW)

static void
spin_changed_cb (GhAmountRow *self)
{
  if (self->is_setting)
    return;

  self->is_setting = TRUE;
  gtk_adjustment_set_value (self->scale_adjustment,
                            gtk_adjustment_get_value (self->spin_adjustment));
  self->is_setting = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
}

static void
scale_changed_cb (GhAmountRow *self)
{
  double step = gtk_adjustment_get_step_increment (self->spin_adjustment);
  double value;

  if (self->is_setting)
    return;

  /* Dragged values are round ones, but for the end of the scale. */
  value = gtk_adjustment_get_value (self->scale_adjustment);
  if (value < self->most)
    value = MAX (round (value / step) * step, gtk_adjustment_get_lower (self->scale_adjustment));

  self->is_setting = TRUE;
  gtk_adjustment_set_value (self->spin_adjustment, value);
  self->is_setting = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
}

static void
update_names (GhAmountRow *self)
{
  const char *title = adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self));

  gtk_label_set_label (self->title_label, title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->spin), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->scale), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title, -1);
}

static void
gh_amount_row_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  GhAmountRow *self = GH_AMOUNT_ROW (object);

  switch (prop_id)
    {
    case PROP_SUBTITLE:
      g_value_set_string (value, gtk_label_get_label (self->subtitle_label));
      break;
    case PROP_UNIT:
      g_value_set_string (value, gtk_label_get_label (self->unit_label));
      break;
    case PROP_STEP:
      g_value_set_double (value, gtk_adjustment_get_step_increment (self->spin_adjustment));
      break;
    case PROP_VALUE:
      g_value_set_double (value, gh_amount_row_get_value (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
gh_amount_row_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  GhAmountRow *self = GH_AMOUNT_ROW (object);

  switch (prop_id)
    {
    case PROP_SUBTITLE:
      gtk_label_set_label (self->subtitle_label, g_value_get_string (value));
      gtk_widget_set_visible (GTK_WIDGET (self->subtitle_label),
                              *gtk_label_get_label (self->subtitle_label) != '\0');
      break;
    case PROP_UNIT:
      gtk_label_set_label (self->unit_label, g_value_get_string (value));
      gtk_widget_set_visible (GTK_WIDGET (self->unit_label),
                              *gtk_label_get_label (self->unit_label) != '\0');
      break;
    case PROP_STEP:
      gtk_adjustment_set_step_increment (self->spin_adjustment, g_value_get_double (value));
      gtk_adjustment_set_step_increment (self->scale_adjustment, g_value_get_double (value));
      gtk_adjustment_set_page_increment (self->spin_adjustment, g_value_get_double (value) * 4);
      gtk_adjustment_set_page_increment (self->scale_adjustment, g_value_get_double (value) * 4);
      break;
    case PROP_VALUE:
      gh_amount_row_set_value (self, g_value_get_double (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
gh_amount_row_class_init (GhAmountRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = gh_amount_row_get_property;
  object_class->set_property = gh_amount_row_set_property;

  properties[PROP_SUBTITLE] = g_param_spec_string ("subtitle", NULL, NULL, "", flags);
  properties[PROP_UNIT] = g_param_spec_string ("unit", NULL, NULL, "", flags);
  properties[PROP_STEP] = g_param_spec_double ("step", NULL, NULL, 0, G_MAXDOUBLE, 1, flags);
  properties[PROP_VALUE] = g_param_spec_double ("value", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (
    widget_class, "/org/guesthouse/Guesthouse/new-machine/gh-amount-row.ui");
  gtk_widget_class_bind_template_child (widget_class, GhAmountRow, title_label);
  gtk_widget_class_bind_template_child (widget_class, GhAmountRow, subtitle_label);
  gtk_widget_class_bind_template_child (widget_class, GhAmountRow, unit_label);
  gtk_widget_class_bind_template_child (widget_class, GhAmountRow, message_label);
  gtk_widget_class_bind_template_child (widget_class, GhAmountRow, spin);
  gtk_widget_class_bind_template_child (widget_class, GhAmountRow, scale);
  gtk_widget_class_bind_template_child (widget_class, GhAmountRow, spin_adjustment);
  gtk_widget_class_bind_template_child (widget_class, GhAmountRow, scale_adjustment);
  gtk_widget_class_bind_template_callback (widget_class, spin_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, scale_changed_cb);
}

/* The wheel is for the page: it must not change what lies under the pointer as the page goes by. */
static void
ignore_wheel (GtkWidget *widget)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  guint n = g_list_model_get_n_items (controllers);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_NONE);
    }
}

static void
gh_amount_row_init (GhAmountRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ignore_wheel (GTK_WIDGET (self->spin));
  ignore_wheel (GTK_WIDGET (self->scale));
  g_signal_connect (self, "notify::title", G_CALLBACK (update_names), NULL);
}

static void
add_mark (GhAmountRow *self,
          double       value,
          const char  *text,
          double      *taken,
          guint       *n_taken)
{
  double lower = gtk_adjustment_get_lower (self->scale_adjustment);
  double span = gtk_adjustment_get_upper (self->scale_adjustment) - lower;
  g_autofree char *markup = NULL;

  if (value <= 0 || value < lower || value > lower + span || span <= 0)
    return;

  for (guint i = 0; i < *n_taken; i++)
    if (fabs (taken[i] - value) / span < MARK_DISTANCE)
      text = NULL;
  if (text != NULL)
    {
      markup = g_markup_printf_escaped ("<small>%s</small>", text);
      taken[(*n_taken)++] = value;
    }
  gtk_scale_add_mark (self->scale, value, GTK_POS_BOTTOM, markup);
}

/**
 * gh_amount_row_set_range:
 * @least: what is the least that makes sense; 0 if that is not known
 * @recommended: what is good; 0 if that is not known
 * @most: what the host has; 0 if that is not known, then there is no scale
 */
void
gh_amount_row_set_range (GhAmountRow *self,
                         double       least,
                         double       recommended,
                         double       most)
{
  double taken[3];
  guint n_taken = 0;

  g_return_if_fail (GH_IS_AMOUNT_ROW (self));

  if (least == self->least && recommended == self->recommended && most == self->most)
    return;

  self->least = least;
  self->recommended = recommended;
  self->most = most;

  self->is_setting = TRUE;
  gtk_adjustment_set_lower (self->scale_adjustment,
                            gtk_adjustment_get_lower (self->spin_adjustment));
  gtk_adjustment_set_upper (self->scale_adjustment, most);
  gtk_adjustment_set_value (self->scale_adjustment,
                            gtk_adjustment_get_value (self->spin_adjustment));
  self->is_setting = FALSE;

  gtk_widget_set_visible (GTK_WIDGET (self->scale),
                          most > gtk_adjustment_get_lower (self->scale_adjustment));
  gtk_scale_clear_marks (self->scale);
  /* Translators: mark on a scale: what is good for a system */
  add_mark (self, recommended, _("Recommended"), taken, &n_taken);
  /* Translators: mark on a scale: what the computer has */
  add_mark (self, most, _("All there is"), taken, &n_taken);
  if (least != recommended)
    /* Translators: mark on a scale: the least that a system asks for */
    add_mark (self, least, _("Least"), taken, &n_taken);
}

void
gh_amount_row_set_value (GhAmountRow *self,
                         double       value)
{
  g_return_if_fail (GH_IS_AMOUNT_ROW (self));

  if (gtk_adjustment_get_value (self->spin_adjustment) == value)
    return;

  self->is_setting = TRUE;
  gtk_adjustment_set_value (self->spin_adjustment, value);
  gtk_adjustment_set_value (self->scale_adjustment, value);
  self->is_setting = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
}

double
gh_amount_row_get_value (GhAmountRow *self)
{
  g_return_val_if_fail (GH_IS_AMOUNT_ROW (self), 0);

  return gtk_adjustment_get_value (self->spin_adjustment);
}

/**
 * gh_amount_row_set_message:
 * @text: (nullable): what is to be said about the amount
 * @is_problem: whether it is not possible, rather than unwise
 */
void
gh_amount_row_set_message (GhAmountRow *self,
                           const char  *text,
                           gboolean     is_problem)
{
  g_return_if_fail (GH_IS_AMOUNT_ROW (self));

  gtk_label_set_label (self->message_label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->message_label), text != NULL);
  gtk_widget_set_css_classes (GTK_WIDGET (self->message_label),
                              (const char *[]) { "caption", is_problem ? "error" : "warning", NULL });
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->spin), GTK_ACCESSIBLE_STATE_INVALID,
                               is_problem ? GTK_ACCESSIBLE_INVALID_TRUE
                                          : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->spin), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text != NULL ? text : "", -1);
}
