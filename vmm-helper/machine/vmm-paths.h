/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where the core keeps its things; see docs/design.md, "State on disk". */
typedef struct
{
  char *machines;   /* definitions and firmware variables, a folder per UUID */
  char *images;     /* where new disk images go */
  char *runtime;    /* sockets and status of active machines, a folder per UUID */
  char *cache;      /* what was found out about QEMU */
  char *logs;       /* a file per UUID */
} VmmPaths;

VmmPaths *vmm_paths_new_session (GError     **error);
void      vmm_paths_free        (VmmPaths    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmPaths, vmm_paths_free)

G_END_DECLS
