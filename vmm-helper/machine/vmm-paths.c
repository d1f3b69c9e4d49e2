/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-paths.h"

#include <errno.h>

#include "vmm-error.h"

static gboolean
make_folder (const char  *path,
             GError     **error)
{
  if (g_mkdir_with_parents (path, 0700) == 0)
    return TRUE;

  g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, "Cannot make the folder “%s”: %s", path,
               g_strerror (errno));

  return FALSE;
}

/**
 * vmm_paths_new_session:
 *
 * The places of a user's own core, by the XDG base directory specification. All are made, readable
 * by the user alone.
 *
 * Returns: (transfer full): the paths, or %NULL with @error set
 */
VmmPaths *
vmm_paths_new_session (GError **error)
{
  g_autoptr (VmmPaths) self = g_new0 (VmmPaths, 1);

  self->machines = g_build_filename (g_get_user_data_dir (), "guesthouse", "m", NULL);
  self->images = g_build_filename (g_get_user_data_dir (), "guesthouse", "images", NULL);
  self->runtime = g_build_filename (g_get_user_runtime_dir (), "guesthouse", NULL);
  self->cache = g_build_filename (g_get_user_cache_dir (), "guesthouse", NULL);
  self->logs = g_build_filename (g_get_user_state_dir (), "guesthouse", NULL);

  if (!make_folder (self->machines, error) || !make_folder (self->images, error)
      || !make_folder (self->runtime, error) || !make_folder (self->cache, error)
      || !make_folder (self->logs, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
vmm_paths_free (VmmPaths *self)
{
  g_free (self->machines);
  g_free (self->images);
  g_free (self->runtime);
  g_free (self->cache);
  g_free (self->logs);
  g_free (self);
}
