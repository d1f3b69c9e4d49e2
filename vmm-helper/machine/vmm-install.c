/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-install.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vmm-definition.h"
#include "vmm-error.h"
#include "vmm-image.h"
#include "vmm-machine-private.h"
#include "vmm-options.h"

/* No system restarts more often while it is installed. */
#define MAX_REBOOTS 16

/* More drives than any machine has ports for. */
#define MAX_DISKS 64

/* A file name has 255 bytes at the most; this leaves room for a number and the format. */
#define MAX_STEM_BYTES 200

typedef struct
{
  char     *target;
  guint64   capacity;
  gboolean  overcommit;
  char     *path;         /* of the image, once it is known */
  char     *format;
} NewDisk;

/**
 * Install:
 *
 * Manager.Install under way: images, definition, start; and back in the opposite order if one of
 * them fails.
 */
typedef struct
{
  VmmContext        *context;
  VmmJob            *job;
  VmmAddMachineFunc  add;
  gpointer           add_data;
  VmmDomain         *domain;
  GPtrArray         *disks;         /* NewDisk */
  guint              n_created;     /* of disks, from the first */
  char              *media;
  guint              reboots;
  gboolean           start;
  VmmMachine        *machine;
} Install;

static void
new_disk_free (gpointer data)
{
  NewDisk *disk = data;

  g_free (disk->target);
  g_free (disk->path);
  g_free (disk->format);
  g_free (disk);
}

static void
install_free (Install *install)
{
  g_clear_object (&install->job);
  g_clear_object (&install->domain);
  g_clear_object (&install->machine);
  g_ptr_array_unref (install->disks);
  g_free (install->media);
  g_free (install);
}

/* @error: (transfer full) */
static void
fail (Install *install,
      GError  *error)
{
  g_autoptr (GError) undo_error = NULL;

  if (install->machine != NULL)
    {
      if (vmm_machine_undefine (install->machine, &undo_error))
        vmm_machine_emit_removed (install->machine);
      else
        g_warning ("%s", undo_error->message);
    }

  for (guint i = 0; i < install->n_created; i++)
    unlink (((NewDisk *) g_ptr_array_index (install->disks, i))->path);

  vmm_job_fail (install->job, error);
  install_free (install);
}

static void
succeed (Install *install)
{
  GVariantDict result;

  g_variant_dict_init (&result, NULL);
  g_variant_dict_insert (&result, "machine", "o", vmm_machine_get_path (install->machine));
  vmm_job_succeed (install->job, g_variant_dict_end (&result));
  install_free (install);
}

static void
started_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Install *install = user_data;
  GError *error = NULL;

  g_clear_object (&install->machine->job);
  if (vmm_machine_start_finish (install->machine, result, &error))
    succeed (install);
  else
    fail (install, error);
}

static void
define (Install *install)
{
  GError *error = NULL;

  if (g_cancellable_set_error_if_cancelled (vmm_job_get_cancellable (install->job), &error))
    {
      fail (install, error);
      return;
    }

  install->machine = install->add (install->add_data, install->domain, &error);
  if (install->machine == NULL)
    {
      fail (install, error);
      return;
    }

  vmm_job_set_target (install->job, vmm_machine_get_path (install->machine));
  if (!install->start)
    {
      succeed (install);
      return;
    }

  install->machine->job = g_object_ref (install->job);
  vmm_machine_start_async (install->machine, VMM_START_FLAGS_NONE, install->job, started_cb,
                           install);
}

static void create_next (Install *install);

static void
created_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Install *install = user_data;
  GError *error = NULL;

  if (!vmm_image_create_finish (result, &error))
    {
      fail (install, error);
      return;
    }

  install->n_created++;
  create_next (install);
}

static void
create_next (Install *install)
{
  g_autofree char *step = NULL;
  NewDisk *disk;

  if (install->n_created == install->disks->len)
    {
      define (install);
      return;
    }

  disk = g_ptr_array_index (install->disks, install->n_created);
  step = g_strdup_printf ("Creating the disk image “%s”", disk->path);
  vmm_job_set_step (install->job, step);
  vmm_image_create_async (disk->path, disk->format, disk->capacity, disk->overcommit,
                          vmm_job_get_cancellable (install->job), created_cb, install);
}

static void
definition_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  Install *install = user_data;
  GError *error = NULL;
  VmmDomain *domain;

  domain = vmm_definition_finish (result, NULL, &error);
  if (domain == NULL)
    {
      fail (install, error);
      return;
    }

  g_set_object (&install->domain, domain);
  g_object_unref (domain);
  if (!vmm_context_check_new (install->context, install->domain, &error))
    fail (install, error);
  else
    create_next (install);
}

/* A file in the images folder that does not exist, named after the machine. */
static char *
propose_path (Install    *install,
              const char *target,
              const char *format)
{
  g_autofree char *stem = g_strdup (vmm_domain_get_name (install->domain));

  /* It becomes part of paths that people type: no separators, no leading dash or dot. */
  g_strdelimit (stem, "/\n\r\t,:\\\"'", '-');
  if (stem[0] == '-' || stem[0] == '.')
    stem[0] = '_';
  if (strlen (stem) > MAX_STEM_BYTES)
    {
      char *end = g_utf8_find_prev_char (stem, stem + MAX_STEM_BYTES);

      stem[end != NULL ? end - stem : MAX_STEM_BYTES] = '\0';
    }

  for (guint i = 0;; i++)
    {
      g_autofree char *number = i == 0 ? g_strdup ("") : g_strdup_printf ("-%u", i + 1);
      g_autofree char *name = install->disks->len == 1
                              ? g_strdup_printf ("%s%s.%s", stem, number, format)
                              : g_strdup_printf ("%s-%s%s.%s", stem, target, number, format);
      g_autofree char *path = g_build_filename (install->context->paths->images, name, NULL);

      if (access (path, F_OK) != 0)
        return g_steal_pointer (&path);
    }
}

/* Writes into the document what the options say. */
static gboolean
apply_options (Install  *install,
               GError  **error)
{
  if (vmm_domain_get_name (install->domain) == NULL)
    return TRUE;    /* judged with all the rest */

  for (guint i = 0; i < install->disks->len; i++)
    {
      NewDisk *new_disk = g_ptr_array_index (install->disks, i);
      g_autoptr (VmmDisk) disk = vmm_domain_find_disk (install->domain, new_disk->target);
      const char *format, *path;

      if (disk == NULL)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                       "An image is to be created for the drive “%s”, which the definition does not "
                       "have", new_disk->target);
          return FALSE;
        }

      format = vmm_disk_get_format (disk);
      if (format == NULL)
        vmm_disk_set_format (disk, format = "qcow2");
      new_disk->format = g_strdup (format);

      path = vmm_disk_get_source_file (disk);
      new_disk->path = path != NULL ? g_strdup (path)
                                    : propose_path (install, new_disk->target, format);
      if (path == NULL)
        vmm_disk_set_source_file (disk, new_disk->path);
    }

  if (install->media != NULL)
    {
      g_autoptr (VmmDisk) disk = vmm_domain_find_disk (install->domain, install->media);

      if (disk == NULL || g_strcmp0 (vmm_disk_get_device (disk), "cdrom") != 0)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                       "The installer is to be in the drive “%s”, which is no CD drive of the "
                       "definition", install->media);
          return FALSE;
        }
      vmm_domain_set_install (install->domain, install->media, install->reboots, 0);
    }

  return TRUE;
}

static gboolean
parse_disks (Install   *install,
             GVariant  *list,
             GError   **error)
{
  GVariantIter iter;
  GVariant *item;

  if (g_variant_n_children (list) > MAX_DISKS)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "%" G_GSIZE_FORMAT " images are to be created; %d can be",
                   g_variant_n_children (list), MAX_DISKS);
      return FALSE;
    }

  g_variant_iter_init (&iter, list);
  while ((item = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_autoptr (GVariant) options = item;
      NewDisk *disk = g_new0 (NewDisk, 1);

      g_ptr_array_add (install->disks, disk);
      if (!vmm_options_parse (options, error, "target", "s", &disk->target,
                              "capacity", "t", &disk->capacity,
                              "overcommit", "b", &disk->overcommit, NULL))
        return FALSE;
      if (disk->target == NULL)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                       "An image is to be created, but for which drive is not said");
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
parse_options (Install   *install,
               GVariant  *options,
               GError   **error)
{
  g_autoptr (GVariant) disks = NULL;

  if (!vmm_options_parse (options, error, "disks", "aa{sv}", &disks, "media", "s", &install->media,
                          "reboots", "u", &install->reboots, "start", "b", &install->start, NULL))
    return FALSE;
  if (install->reboots < 1 || install->reboots > MAX_REBOOTS)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "An installer cannot restart %u times; 1 to %d can be", install->reboots,
                   MAX_REBOOTS);
      return FALSE;
    }

  return disks == NULL || parse_disks (install, disks, error);
}

/**
 * vmm_install_begin:
 * @options: those of Manager.Install
 * @add: makes the machine and lists it
 *
 * Returns: (transfer none): the job, which has begun, or %NULL with VMM_ERROR_INVALID if the
 *   arguments are wrong in themselves
 */
VmmJob *
vmm_install_begin (VmmContext         *context,
                   const char         *xml,
                   GVariant           *options,
                   VmmAddMachineFunc   add,
                   gpointer            data,
                   GError            **error)
{
  g_autoptr (VmmDomain) domain = NULL;
  g_autofree char *text = NULL;
  Install *install;
  VmmJob *job;

  domain = vmm_domain_new_from_xml (xml, -1, error);
  if (domain == NULL)
    return NULL;

  install = g_new0 (Install, 1);
  install->context = context;
  install->add = add;
  install->add_data = data;
  install->domain = g_steal_pointer (&domain);
  install->disks = g_ptr_array_new_with_free_func (new_disk_free);
  install->reboots = 1;
  install->start = TRUE;

  if (!parse_options (install, options, error) || !apply_options (install, error))
    {
      install_free (install);
      return NULL;
    }

  install->job = job = vmm_jobs_begin (context->jobs, "install", "/", TRUE);
  vmm_job_set_step (job, "Checking the definition");
  text = vmm_domain_dup_xml (install->domain);
  vmm_definition_async (context->host, text, definition_cb, install);

  return job;
}
