/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-machine-row.h"

#include <glib/gi18n.h>

#include "gh-machine-words.h"
#include "gh-sparkline.h"

#define SPACING 12

/**
 * GhMachineRow:
 *
 * A machine in the list: which, how it is, what it does, what to do next. It makes no calls: “act”
 * asks its owner to. Where there is little room, the middle part, hardware and load, is left out.
 */
struct _GhMachineRow
{
  GtkWidget         parent_instance;

  GtkWidget        *main_box;
  GtkWidget        *load_box;
  GtkWidget        *button_box;
  GtkImage         *icon;
  GtkLabel         *name_label;
  GtkLabel         *state_label;
  GtkLabel         *hardware_label;
  GhSparkline      *sparkline;
  GtkButton        *primary_button;
  GtkWidget        *menu;         /* (nullable): made when first needed */
  GMenuModel       *menu_model;

  VmmRemoteMachine *machine;      /* (nullable) */
  VmmMachineState   shown_state;
  gboolean          has_appearance;
  gboolean          can_start;
};

enum
{
  SIGNAL_ACT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GhMachineRow, gh_machine_row, GTK_TYPE_WIDGET)

static const struct
{
  const char   *action;
  GhMachineAct  act;
} row_acts[] = {
  { "machine.open", GH_MACHINE_ACT_OPEN },
  { "machine.start", GH_MACHINE_ACT_START },
  { "machine.shut-down", GH_MACHINE_ACT_SHUT_DOWN },
  { "machine.pause", GH_MACHINE_ACT_PAUSE },
  { "machine.resume", GH_MACHINE_ACT_RESUME },
  { "machine.power-off", GH_MACHINE_ACT_POWER_OFF },
  { "machine.delete", GH_MACHINE_ACT_DELETE },
};

static void
action_cb (GtkWidget  *widget,
           const char *action,
           GVariant   *parameter)
{
  GhMachineRow *self = GH_MACHINE_ROW (widget);

  for (gsize i = 0; i < G_N_ELEMENTS (row_acts); i++)
    if (g_str_equal (row_acts[i].action, action) && self->machine != NULL)
      {
        g_signal_emit (self, signals[SIGNAL_ACT], 0, self->machine, (guint) row_acts[i].act);
        return;
      }
}

static const char *
state_class (VmmMachineState state)
{
  switch (state)
    {
    case VMM_MACHINE_STATE_STARTING:
    case VMM_MACHINE_STATE_RUNNING:
    case VMM_MACHINE_STATE_SHUTTING_DOWN:
      return "running";
    case VMM_MACHINE_STATE_PAUSED:
    case VMM_MACHINE_STATE_SUSPENDED:
      return "paused";
    case VMM_MACHINE_STATE_CRASHED:
    case VMM_MACHINE_STATE_UNRESPONSIVE:
    case VMM_MACHINE_STATE_BROKEN:
      return "trouble";
    case VMM_MACHINE_STATE_OFF:
    default:
      return "off";
    }
}

static const char *
state_icon (VmmMachineState state)
{
  switch (state)
    {
    case VMM_MACHINE_STATE_PAUSED:
    case VMM_MACHINE_STATE_SUSPENDED:
      return "media-playback-pause-symbolic";
    case VMM_MACHINE_STATE_CRASHED:
    case VMM_MACHINE_STATE_UNRESPONSIVE:
    case VMM_MACHINE_STATE_BROKEN:
      return "dialog-warning-symbolic";
    case VMM_MACHINE_STATE_OFF:
    case VMM_MACHINE_STATE_STARTING:
    case VMM_MACHINE_STATE_RUNNING:
    case VMM_MACHINE_STATE_SHUTTING_DOWN:
    default:
      return "computer-symbolic";
    }
}

/* A list view keeps some two hundred rows, of which a person sees ten. */
static gboolean
is_on_view (GhMachineRow *self)
{
  GtkWidget *view = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_LIST_VIEW);
  graphene_rect_t bounds;

  return view != NULL && gtk_widget_get_mapped (GTK_WIDGET (self))
         && gtk_widget_compute_bounds (GTK_WIDGET (self), view, &bounds)
         && bounds.origin.y < (float) gtk_widget_get_height (view)
         && bounds.origin.y + bounds.size.height > 0;
}

/**
 * gh_machine_row_update_load:
 *
 * Draws the load anew, if a person sees it.
 */
void
gh_machine_row_update_load (GhMachineRow *self)
{
  g_return_if_fail (GH_IS_MACHINE_ROW (self));

  if (self->machine != NULL && is_on_view (self))
    gh_sparkline_set_history (self->sparkline, gh_cpu_history_of (self->machine));
}

static void
update_primary_button (GhMachineRow *self)
{
  const char *label = gh_machine_words_get_label (self->machine);
  g_autofree char *name = NULL;

  /* Translators: %s is a machine's name */
  name = g_strdup_printf (self->can_start ? _("Start %s") : _("Open %s"), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->primary_button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* Two hundred rows are bound in one go when somebody scrolls to the end: what is the same for the
 * machine that was shown before is left alone. */
static void
update_appearance (GhMachineRow    *self,
                   VmmMachineState  state)
{
  if (self->has_appearance && self->shown_state == state)
    return;

  self->has_appearance = TRUE;
  self->shown_state = state;
  self->can_start = gh_machine_act_is_possible (GH_MACHINE_ACT_START, self->machine);
  gtk_image_set_from_icon_name (self->icon, state_icon (state));
  gtk_widget_set_css_classes (GTK_WIDGET (self->icon),
                              (const char *[]) { "machine-icon", state_class (state), NULL });
  gtk_button_set_icon_name (self->primary_button,
                            self->can_start ? "media-playback-start-symbolic" : "go-next-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->primary_button),
                               self->can_start ? _("Start") : _("Open"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->primary_button),
                                  self->can_start ? "machine.start" : "machine.open");
  for (gsize i = 0; i < G_N_ELEMENTS (row_acts); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), row_acts[i].action,
                                   gh_machine_act_is_possible (row_acts[i].act, self->machine));
}

/**
 * gh_machine_row_update_state:
 *
 * Writes the state anew, because time has passed or it has changed.
 */
void
gh_machine_row_update_state (GhMachineRow *self)
{
  g_autofree char *text = NULL;
  g_autofree char *accessible = NULL;
  GtkWidget *parent;

  g_return_if_fail (GH_IS_MACHINE_ROW (self));

  if (self->machine == NULL)
    return;

  text = gh_machine_words_dup_state (self->machine);
  gtk_label_set_label (self->state_label, text);

  /* The list's own row is what has the focus; GTK 4.8 gives it no name. */
  parent = gtk_widget_get_parent (GTK_WIDGET (self));
  accessible = g_strdup_printf ("%s, %s", gh_machine_words_get_label (self->machine), text);
  if (parent != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (parent), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    accessible, -1);
}

static void
update (GhMachineRow *self)
{
  g_autofree char *hardware = gh_machine_words_dup_hardware (self->machine);

  gtk_label_set_label (self->name_label, gh_machine_words_get_label (self->machine));
  gtk_label_set_label (self->hardware_label, hardware);
  update_appearance (self, vmm_remote_machine_get_state (self->machine));
  gh_machine_row_update_state (self);
  update_primary_button (self);
}

static void
machine_notify_cb (GhMachineRow     *self,
                   GParamSpec       *pspec,
                   VmmRemoteMachine *machine)
{
  /* Those come with each sample, which is drawn on its own. */
  if (!g_str_equal (pspec->name, "cpu-percent") && !g_str_equal (pspec->name, "rss-bytes"))
    update (self);
  /* The history has ended, and no sample will come to draw that. */
  if (g_str_equal (pspec->name, "state") &&
      !vmm_machine_state_is_active (vmm_remote_machine_get_state (machine)))
    gh_sparkline_set_history (self->sparkline, gh_cpu_history_of (machine));
}

static void
menu_pressed_cb (GtkGestureClick *gesture,
                 int              n_press,
                 double           x,
                 double           y,
                 GhMachineRow    *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gh_machine_row_popup_menu (self, x, y);
}

/**
 * gh_machine_row_popup_menu:
 * @x: where, in its own coordinates
 */
void
gh_machine_row_popup_menu (GhMachineRow *self,
                           double        x,
                           double        y)
{
  g_return_if_fail (GH_IS_MACHINE_ROW (self));

  if (self->machine == NULL)
    return;

  /* Most rows never need one. */
  if (self->menu == NULL)
    {
      self->menu = gtk_popover_menu_new_from_model (self->menu_model);
      gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
      gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
      gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
    }

  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle) { (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
gh_machine_row_measure (GtkWidget      *widget,
                        GtkOrientation  orientation,
                        int             for_size,
                        int            *minimum,
                        int            *natural,
                        int            *minimum_baseline,
                        int            *natural_baseline)
{
  GhMachineRow *self = GH_MACHINE_ROW (widget);
  GtkWidget *parts[] = { self->main_box, self->load_box, self->button_box };

  *minimum = *natural = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      int least, good;

      gtk_widget_measure (parts[i], orientation, -1, &least, &good, NULL, NULL);
      if (orientation == GTK_ORIENTATION_VERTICAL)
        {
          *minimum = MAX (*minimum, least);
          *natural = MAX (*natural, good);
        }
      else
        {
          /* It does without the middle part. */
          if (parts[i] != self->load_box)
            *minimum += least + (i > 0 ? SPACING : 0);
          *natural += good + (i > 0 ? SPACING : 0);
        }
    }
}

static void
allocate (GtkWidget *child,
          int        x,
          int        width,
          int        whole_width,
          int        height)
{
  gboolean is_rtl = gtk_widget_get_direction (child) == GTK_TEXT_DIR_RTL;

  gtk_widget_size_allocate (child,
                            &(GtkAllocation) { is_rtl ? whole_width - x - width : x, 0,
                                               width, height }, -1);
}

static void
gh_machine_row_size_allocate (GtkWidget *widget,
                              int        width,
                              int        height,
                              int        baseline)
{
  GhMachineRow *self = GH_MACHINE_ROW (widget);
  int main_width, load_width, button_width;
  gboolean has_load;

  gtk_widget_measure (self->load_box, GTK_ORIENTATION_HORIZONTAL, -1, &load_width, NULL, NULL, NULL);
  gtk_widget_measure (self->button_box, GTK_ORIENTATION_HORIZONTAL, -1, &button_width, NULL, NULL,
                      NULL);

  /* Names come first: the middle part shows only if they keep half of the row. */
  main_width = width - button_width - SPACING;
  has_load = main_width - load_width - SPACING >= width / 2;
  if (has_load)
    main_width -= load_width + SPACING;

  gtk_widget_set_child_visible (self->load_box, has_load);
  allocate (self->main_box, 0, main_width, width, height);
  if (has_load)
    allocate (self->load_box, main_width + SPACING, load_width, width, height);
  allocate (self->button_box, width - button_width, button_width, width, height);
  if (self->menu != NULL)
    gtk_popover_present (GTK_POPOVER (self->menu));
}

static void
gh_machine_row_dispose (GObject *object)
{
  GhMachineRow *self = GH_MACHINE_ROW (object);

  gh_machine_row_set_machine (self, NULL);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_pointer (&self->main_box, gtk_widget_unparent);
  g_clear_pointer (&self->load_box, gtk_widget_unparent);
  g_clear_pointer (&self->button_box, gtk_widget_unparent);

  G_OBJECT_CLASS (gh_machine_row_parent_class)->dispose (object);
}

static void
gh_machine_row_class_init (GhMachineRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = gh_machine_row_dispose;
  widget_class->measure = gh_machine_row_measure;
  widget_class->size_allocate = gh_machine_row_size_allocate;

  /**
   * GhMachineRow::act:
   * @machine: the machine
   * @act: a GhMachineAct that a person asks for
   */
  signals[SIGNAL_ACT] = g_signal_new ("act", GH_TYPE_MACHINE_ROW, G_SIGNAL_RUN_LAST, 0,
                                      NULL, NULL, NULL, G_TYPE_NONE, 2, VMM_TYPE_REMOTE_MACHINE,
                                      G_TYPE_UINT);

  g_type_ensure (GH_TYPE_SPARKLINE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/guesthouse/Guesthouse/manager/gh-machine-row.ui");
  gtk_widget_class_bind_template_child (widget_class, GhMachineRow, main_box);
  gtk_widget_class_bind_template_child (widget_class, GhMachineRow, load_box);
  gtk_widget_class_bind_template_child (widget_class, GhMachineRow, button_box);
  gtk_widget_class_bind_template_child (widget_class, GhMachineRow, icon);
  gtk_widget_class_bind_template_child (widget_class, GhMachineRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, GhMachineRow, state_label);
  gtk_widget_class_bind_template_child (widget_class, GhMachineRow, hardware_label);
  gtk_widget_class_bind_template_child (widget_class, GhMachineRow, sparkline);
  gtk_widget_class_bind_template_child (widget_class, GhMachineRow, primary_button);
  gtk_widget_class_bind_template_child (widget_class, GhMachineRow, menu_model);
  gtk_widget_class_bind_template_callback (widget_class, menu_pressed_cb);
  for (gsize i = 0; i < G_N_ELEMENTS (row_acts); i++)
    gtk_widget_class_install_action (widget_class, row_acts[i].action, NULL, action_cb);
}

static void
gh_machine_row_init (GhMachineRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
gh_machine_row_new (void)
{
  return g_object_new (GH_TYPE_MACHINE_ROW, NULL);
}

/**
 * gh_machine_row_set_machine:
 * @machine: (nullable): what to show; %NULL when the row is put aside
 */
void
gh_machine_row_set_machine (GhMachineRow     *self,
                            VmmRemoteMachine *machine)
{
  g_return_if_fail (GH_IS_MACHINE_ROW (self));
  g_return_if_fail (machine == NULL || VMM_IS_REMOTE_MACHINE (machine));

  if (self->machine == machine)
    return;

  if (self->machine != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->machine, self);
      gh_sparkline_set_history (self->sparkline, NULL);
      if (self->menu != NULL)
        gtk_popover_popdown (GTK_POPOVER (self->menu));
    }
  g_set_object (&self->machine, machine);
  if (machine != NULL)
    {
      /* The history connects first, so that it has the sample when we draw. */
      gh_cpu_history_of (machine);
      g_signal_connect_swapped (machine, "notify", G_CALLBACK (machine_notify_cb), self);
      g_signal_connect_swapped (machine, "statistics", G_CALLBACK (gh_machine_row_update_load), self);
      update (self);
      gh_sparkline_set_history (self->sparkline, gh_cpu_history_of (machine));
    }
}

/**
 * gh_machine_row_get_machine:
 *
 * Returns: (transfer none) (nullable): what it shows
 */
VmmRemoteMachine *
gh_machine_row_get_machine (GhMachineRow *self)
{
  g_return_val_if_fail (GH_IS_MACHINE_ROW (self), NULL);

  return self->machine;
}
