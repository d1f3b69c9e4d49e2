/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gh-console-page.h"
#include "gh-machine-window.h"

G_BEGIN_DECLS

struct _GhMachineWindow
{
  AdwApplicationWindow  parent_instance;

  VmmClient            *client;
  VmmRemoteMachine     *machine;
  VmmDBusMachine       *proxy;        /* once loaded */
  GCancellable         *cancellable;  /* of what ends with the window */
  GMenu                *discs;        /* section of the menu */
  guint                 reveal_timeout;

  AdwToastOverlay      *toasts;
  GtkBox               *content;
  AdwHeaderBar         *header;
  AdwWindowTitle       *title;
  GtkRevealer          *edge;         /* holds the header while fullscreen */
  AdwViewStack         *pages;
  GhConsolePage        *console;
  GtkButton            *start;
  GtkButton            *pause;
  GtkButton            *resume;
  GtkButton            *shut_down;
  GtkButton            *fullscreen;
  GtkMenuButton        *menu_button;
};

void gh_machine_window_install_actions (GtkWidgetClass  *widget_class);
void gh_machine_window_update_actions  (GhMachineWindow *self);
void gh_machine_window_load_discs      (GhMachineWindow *self);

G_END_DECLS
