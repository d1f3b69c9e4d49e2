/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-domain.h"
#include "vmm-host.h"
#include "vmm-job.h"
#include "vmm-paths.h"
#include "vmm-scope.h"

G_BEGIN_DECLS

/* What every machine of a core shares. It lives as long as the core. */
typedef struct
{
  VmmPaths                 *paths;
  VmmHost                  *host;
  VmmScopes                *scopes;
  GDBusObjectManagerServer *server;
  VmmJobs                  *jobs;
  GHashTable               *machines;   /* UUID → VmmMachine, all there are */
} VmmContext;

gboolean vmm_context_check_new (VmmContext  *self,
                                VmmDomain   *domain,
                                GError     **error);

G_END_DECLS
