/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "vmm-client.h"
#include "vmm-host-summary.h"
#include "vmm-os-database.h"

G_BEGIN_DECLS

#define GH_RESOURCES "/org/guesthouse/Guesthouse/"

#define GH_TYPE_APPLICATION (gh_application_get_type ())
G_DECLARE_FINAL_TYPE (GhApplication, gh_application, GH, APPLICATION, AdwApplication)

GhApplication        *gh_application_new             (void);

VmmClient            *gh_application_get_client      (GhApplication    *self);
VmmOsDatabase        *gh_application_get_os_database (GhApplication    *self);
GSettings            *gh_application_get_settings    (GhApplication    *self);
const VmmHostSummary *gh_application_get_host        (GhApplication    *self);
void                  gh_application_refresh_host    (GhApplication    *self);
const char           *gh_application_get_core_error  (GhApplication    *self);
void                  gh_application_reconnect       (GhApplication    *self);

void                  gh_application_open_machine    (GhApplication    *self,
                                                      VmmRemoteMachine *machine);
void                  gh_application_new_machine     (GhApplication    *self,
                                                      GFile            *file);

void                  gh_application_hold_statistics    (GhApplication *self);
void                  gh_application_release_statistics (GhApplication *self);

G_END_DECLS
