/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-os-database.h"

#include "vmm-error.h"

#include <glib/gi18n-lib.h>

/**
 * VmmOsDatabase:
 *
 * libosinfo's database of operating systems. It is read in a thread, once; without its files
 * (package osinfo-db) it is empty, and installation media count as unknown.
 */
struct _VmmOsDatabase
{
  GObject     parent_instance;

  OsinfoDb   *db;           /* %NULL until loaded; nothing changes it afterwards */
  GListStore *systems;
  GHashTable *by_id;        /* id and short id → VmmOs, owned by systems */
  VmmOs      *generic;
  GPtrArray  *waiting;      /* GTask of loads under way; %NULL if there is none */
};

G_DEFINE_FINAL_TYPE (VmmOsDatabase, vmm_os_database, G_TYPE_OBJECT)

/* What the thread makes. */
typedef struct
{
  OsinfoDb  *db;
  GPtrArray *systems;
} Loaded;

static void
loaded_free (gpointer data)
{
  Loaded *loaded = data;

  g_clear_object (&loaded->db);
  g_clear_pointer (&loaded->systems, g_ptr_array_unref);
  g_free (loaded);
}

static int
compare_systems (gconstpointer a,
                 gconstpointer b)
{
  return vmm_os_compare (*(VmmOs **) a, *(VmmOs **) b);
}

static void
load_thread (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  g_autoptr (OsinfoLoader) loader = osinfo_loader_new ();
  g_autoptr (OsinfoOsList) list = NULL;
  g_autoptr (GError) error = NULL;
  Loaded *loaded = g_new0 (Loaded, 1);
  int length;

  /* A broken file of the user's leaves us what was read before it. */
  osinfo_loader_process_default_path (loader, &error);
  if (error != NULL)
    g_message ("The database of operating systems is not complete: %s", error->message);

  loaded->db = g_object_ref (osinfo_loader_get_db (loader));
  loaded->systems = g_ptr_array_new_with_free_func (g_object_unref);
  list = osinfo_db_get_os_list (loaded->db);
  length = osinfo_list_get_length (OSINFO_LIST (list));
  for (int i = 0; i < length; i++)
    {
      OsinfoOs *os = OSINFO_OS (osinfo_list_get_nth (OSINFO_LIST (list), i));

      if (osinfo_product_get_name (OSINFO_PRODUCT (os)) != NULL)
        g_ptr_array_add (loaded->systems, vmm_os_new (os));
    }
  g_ptr_array_sort (loaded->systems, compare_systems);

  g_task_return_pointer (task, loaded, loaded_free);
}

static void
take_loaded (VmmOsDatabase *self,
             Loaded        *loaded)
{
  g_set_object (&self->db, loaded->db);
  for (guint i = 0; i < loaded->systems->len; i++)
    {
      VmmOs *os = g_ptr_array_index (loaded->systems, i);

      g_hash_table_insert (self->by_id, (char *) vmm_os_get_id (os), os);
      if (*vmm_os_get_short_id (os) != '\0')
        g_hash_table_insert (self->by_id, (char *) vmm_os_get_short_id (os), os);
      /* They are sorted: the first generic Linux is the newest. */
      if (self->generic == NULL && vmm_os_is_generic (os)
          && g_str_equal (vmm_os_get_family (os), "linux"))
        self->generic = os;
    }
  g_list_store_splice (self->systems, 0, 0, loaded->systems->pdata, loaded->systems->len);
}

static void
load_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  VmmOsDatabase *self = VMM_OS_DATABASE (source);
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);
  Loaded *loaded = g_task_propagate_pointer (G_TASK (result), NULL);

  g_assert (loaded != NULL);
  take_loaded (self, loaded);
  loaded_free (loaded);

  for (guint i = 0; i < waiting->len; i++)
    g_task_return_boolean (g_ptr_array_index (waiting, i), TRUE);
}

static void
vmm_os_database_finalize (GObject *object)
{
  VmmOsDatabase *self = VMM_OS_DATABASE (object);

  g_clear_object (&self->db);
  g_clear_pointer (&self->by_id, g_hash_table_unref);
  g_clear_object (&self->systems);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);

  G_OBJECT_CLASS (vmm_os_database_parent_class)->finalize (object);
}

static void
vmm_os_database_class_init (VmmOsDatabaseClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vmm_os_database_finalize;
}

static void
vmm_os_database_init (VmmOsDatabase *self)
{
  self->systems = g_list_store_new (VMM_TYPE_OS);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
}

VmmOsDatabase *
vmm_os_database_new (void)
{
  return g_object_new (VMM_TYPE_OS_DATABASE, NULL);
}

/**
 * vmm_os_database_load_async:
 *
 * Reads the database if that has not been done. A broken or absent file is no error.
 */
void
vmm_os_database_load_async (VmmOsDatabase       *self,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GTask) worker = NULL;

  g_return_if_fail (VMM_IS_OS_DATABASE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, vmm_os_database_load_async);

  if (self->db != NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  if (self->waiting != NULL)
    {
      g_ptr_array_add (self->waiting, g_steal_pointer (&task));
      return;
    }

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (self->waiting, g_steal_pointer (&task));
  worker = g_task_new (self, NULL, load_cb, NULL);
  g_task_set_source_tag (worker, load_thread);
  g_task_run_in_thread (worker, load_thread);
}

gboolean
vmm_os_database_load_finish (VmmOsDatabase  *self,
                             GAsyncResult   *result,
                             GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * vmm_os_database_get_systems:
 *
 * Returns: (transfer none): VmmOs, generic ones first, then newest first; empty until loaded
 */
GListModel *
vmm_os_database_get_systems (VmmOsDatabase *self)
{
  g_return_val_if_fail (VMM_IS_OS_DATABASE (self), NULL);

  return G_LIST_MODEL (self->systems);
}

/**
 * vmm_os_database_find:
 * @id: an id or short id
 *
 * Returns: (transfer none) (nullable): that system
 */
VmmOs *
vmm_os_database_find (VmmOsDatabase *self,
                      const char    *id)
{
  g_return_val_if_fail (VMM_IS_OS_DATABASE (self), NULL);

  return g_hash_table_lookup (self->by_id, id);
}

/**
 * vmm_os_database_get_generic:
 *
 * Returns: (transfer none) (nullable): the newest generic Linux: what an unknown medium counts as
 */
VmmOs *
vmm_os_database_get_generic (VmmOsDatabase *self)
{
  g_return_val_if_fail (VMM_IS_OS_DATABASE (self), NULL);

  return self->generic;
}

static void
detect_thread (GTask        *task,
               gpointer      source,
               gpointer      task_data,
               GCancellable *cancellable)
{
  VmmOsDatabase *self = source;
  const char *path = task_data;
  g_autoptr (OsinfoMedia) media = NULL;
  GError *error = NULL;

  media = vmm_install_media_read (path, cancellable, &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  if (media != NULL)
    osinfo_db_identify_media (self->db, media);
  g_task_return_pointer (task, g_steal_pointer (&media), g_object_unref);
}

static void
detect_loaded_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (!vmm_os_database_load_finish (VMM_OS_DATABASE (source), result, &error))
    g_task_return_error (task, error);
  else
    g_task_run_in_thread (task, detect_thread);
}

/**
 * vmm_os_database_detect_async:
 * @path: an ISO file
 *
 * Finds out what an ISO file installs, reading the database first if need be. What is unknown
 * counts as generic Linux.
 *
 * Fails with VMM_ERROR_NOT_FOUND, VMM_ERROR_STORAGE (cannot be read) or VMM_ERROR_INVALID (no ISO);
 * the message names the file.
 */
void
vmm_os_database_detect_async (VmmOsDatabase       *self,
                              const char          *path,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (VMM_IS_OS_DATABASE (self));
  g_return_if_fail (path != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, vmm_os_database_detect_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  vmm_os_database_load_async (self, cancellable, detect_loaded_cb, g_steal_pointer (&task));
}

/**
 * vmm_os_database_detect_finish:
 *
 * Returns: (transfer full): what was found
 */
VmmInstallMedia *
vmm_os_database_detect_finish (VmmOsDatabase  *self,
                               GAsyncResult   *result,
                               GError        **error)
{
  g_autoptr (OsinfoMedia) media = NULL;
  g_autoptr (OsinfoOs) identified = NULL;
  g_autoptr (GError) local_error = NULL;
  VmmOs *os = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  media = g_task_propagate_pointer (G_TASK (result), &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  if (media != NULL)
    identified = osinfo_media_get_os (media);
  if (identified != NULL)
    os = vmm_os_database_find (self, osinfo_entity_get_id (OSINFO_ENTITY (identified)));

  return vmm_install_media_new (g_task_get_task_data (G_TASK (result)),
                                os != NULL ? os : self->generic, media);
}
