/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "vmm-error.h"
#include "vmm-os-database.h"

#define SECTOR 2048

typedef struct
{
  char          *folder;
  VmmOsDatabase *database;
  GAsyncResult  *result;
} Fixture;

static void
done_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Fixture *fixture = user_data;

  g_assert_null (fixture->result);
  fixture->result = g_object_ref (result);
}

static void
wait_for_result (Fixture *fixture)
{
  while (fixture->result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("os-XXXXXX", NULL);
  fixture->database = vmm_os_database_new ();
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  gpointer database = fixture->database;

  /* The thread of the last call drops its reference a moment after the answer has come. */
  g_object_add_weak_pointer (G_OBJECT (database), &database);
  g_object_unref (fixture->database);
  while (database != NULL)
    {
      g_main_context_iteration (NULL, FALSE);
      g_thread_yield ();
    }
}

static void
put_padded (guint8     *at,
            const char *text,
            gsize       length)
{
  memset (at, ' ', length);
  memcpy (at, text, strlen (text));
}

/* An ISO 9660 file of 20 sectors: a primary volume descriptor, an El Torito one, the end. */
static char *
write_iso (Fixture    *fixture,
           const char *name,
           const char *volume_id,
           const char *system_id)
{
  g_autofree guint8 *data = g_malloc0 (20 * SECTOR);
  g_autoptr (GError) error = NULL;
  guint8 *at = data + 16 * SECTOR;
  char *path = g_build_filename (fixture->folder, name, NULL);

  at[0] = 1;
  memcpy (at + 1, "CD001\1", 6);
  put_padded (at + 8, system_id, 32);
  put_padded (at + 40, volume_id, 32);
  at[80] = at[87] = 20;            /* sectors, both ways round */
  at[128] = at[131] = SECTOR >> 8; /* their size: low byte 0 */
  at[129] = at[130] = SECTOR >> 8;
  at[128] = at[131] = 0;
  put_padded (at + 190, "", 128);
  put_padded (at + 318, "", 128);
  put_padded (at + 446, "", 128);
  put_padded (at + 574, "", 128);

  at += SECTOR;
  at[0] = 0;
  memcpy (at + 1, "CD001\1EL TORITO SPECIFICATION", 30);

  at += SECTOR;
  at[0] = 255;
  memcpy (at + 1, "CD001\1", 6);

  g_file_set_contents (path, (const char *) data, 20 * SECTOR, &error);
  g_assert_no_error (error);

  return path;
}

static VmmInstallMedia *
detect (Fixture     *fixture,
        const char  *path,
        GError     **error)
{
  VmmInstallMedia *media;

  vmm_os_database_detect_async (fixture->database, path, NULL, done_cb, fixture);
  wait_for_result (fixture);
  media = vmm_os_database_detect_finish (fixture->database, fixture->result, error);
  g_clear_object (&fixture->result);

  return media;
}

static void
test_load (Fixture       *fixture,
           gconstpointer  data)
{
  GListModel *systems = vmm_os_database_get_systems (fixture->database);
  VmmOs *debian;

  vmm_os_database_load_async (fixture->database, NULL, done_cb, fixture);
  wait_for_result (fixture);
  g_assert_true (vmm_os_database_load_finish (fixture->database, fixture->result, NULL));
  g_clear_object (&fixture->result);

  g_assert_cmpuint (g_list_model_get_n_items (systems), >, 100);
  debian = vmm_os_database_find (fixture->database, "debian11");
  g_assert_nonnull (debian);
  g_assert_true (debian == vmm_os_database_find (fixture->database, "http://debian.org/debian/11"));
  g_assert_cmpstr (vmm_os_get_name (debian), ==, "Debian 11");
  g_assert_cmpstr (vmm_os_get_family (debian), ==, "linux");
  g_assert_true (vmm_os_matches (debian, "11 DEB"));
  g_assert_true (vmm_os_matches (debian, ""));
  g_assert_false (vmm_os_matches (debian, "fedora"));
  g_assert_true (vmm_os_is_end_of_life (vmm_os_database_find (fixture->database, "debian3")));
  g_assert_true (vmm_os_has_device (debian, "virtio1.0-block"));
  g_assert_false (vmm_os_has_device (debian, "flux-capacitor"));
  g_assert_nonnull (vmm_os_database_get_generic (fixture->database));
  g_assert_null (vmm_os_database_find (fixture->database, "no-such-system"));
}

/* Two who ask at the same time read it once and both get an answer. */
static void
test_load_twice (Fixture       *fixture,
                 gconstpointer  data)
{
  Fixture other = { 0 };
  guint n;

  vmm_os_database_load_async (fixture->database, NULL, done_cb, fixture);
  vmm_os_database_load_async (fixture->database, NULL, done_cb, &other);
  wait_for_result (fixture);
  wait_for_result (&other);
  g_clear_object (&fixture->result);
  g_clear_object (&other.result);
  n = g_list_model_get_n_items (vmm_os_database_get_systems (fixture->database));

  vmm_os_database_load_async (fixture->database, NULL, done_cb, fixture);
  wait_for_result (fixture);
  g_clear_object (&fixture->result);
  g_assert_cmpuint (g_list_model_get_n_items (vmm_os_database_get_systems (fixture->database)), ==, n);
}

static void
test_detect_known (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autofree char *path = write_iso (fixture, "a file: 100%.iso", "Debian 11.5.0 amd64 1", "");
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmInstallMedia) media = detect (fixture, path, &error);

  g_assert_no_error (error);
  g_assert_true (vmm_install_media_is_identified (media));
  g_assert_cmpstr (vmm_os_get_short_id (vmm_install_media_get_os (media)), ==, "debian11");
  g_assert_cmpstr (vmm_install_media_get_arch (media), ==, "x86_64");
  g_assert_cmpstr (vmm_install_media_get_path (media), ==, path);
  g_assert_cmpuint (vmm_install_media_get_reboots (media), ==, 1);
  g_assert_true (vmm_install_media_is_installer (media));
  g_assert_false (vmm_install_media_is_live (media));
}

static void
test_detect_unknown (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *path = write_iso (fixture, "x.iso", "TINY", "NOBODY KNOWS IT");
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmInstallMedia) media = detect (fixture, path, &error);

  g_assert_no_error (error);
  g_assert_false (vmm_install_media_is_identified (media));
  g_assert_true (vmm_install_media_get_os (media)
                 == vmm_os_database_get_generic (fixture->database));
  g_assert_cmpstr (vmm_install_media_get_volume_id (media), ==, "TINY");
}

/* A disc that says nothing of itself is a disc all the same. */
static void
test_detect_mute (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *path = write_iso (fixture, "mute.iso", "", "");
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmInstallMedia) media = detect (fixture, path, &error);

  g_assert_no_error (error);
  g_assert_false (vmm_install_media_is_identified (media));
}

static void
test_detect_bad (Fixture       *fixture,
                 gconstpointer  data)
{
  static const struct
  {
    const char *name;
    int         kind;
    VmmError    code;
  } cases[] = {
    { "absent.iso", 0, VMM_ERROR_NOT_FOUND },
    { "empty.iso", 1, VMM_ERROR_INVALID },
    { "text.iso", 2, VMM_ERROR_INVALID },
    { "folder.iso", 3, VMM_ERROR_INVALID },
    { "pipe.iso", 4, VMM_ERROR_INVALID },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, cases[i].name, NULL);
      g_autofree char *long_text = g_strnfill (60000, 'x');
      g_autoptr (GError) error = NULL;

      if (cases[i].kind == 1)
        g_file_set_contents (path, "", 0, NULL);
      else if (cases[i].kind == 2)
        g_file_set_contents (path, long_text, -1, NULL);
      else if (cases[i].kind == 3)
        g_mkdir (path, 0700);
      else if (cases[i].kind == 4)
        g_assert_cmpint (mkfifo (path, 0600), ==, 0);

      g_assert_null (detect (fixture, path, &error));
      g_assert_error (error, VMM_ERROR, (int) cases[i].code);
      g_assert_nonnull (strstr (error->message, path));
    }
}

static void
test_detect_unreadable (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autofree char *path = write_iso (fixture, "secret.iso", "X", "");
  g_autoptr (GError) error = NULL;

  if (geteuid () == 0)
    {
      g_test_skip ("root reads everything");
      return;
    }
  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  g_assert_null (detect (fixture, path, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_STORAGE);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/os-database/load", Fixture, NULL, set_up, test_load, tear_down);
  g_test_add ("/os-database/load-twice", Fixture, NULL, set_up, test_load_twice, tear_down);
  g_test_add ("/os-database/detect/known", Fixture, NULL, set_up, test_detect_known, tear_down);
  g_test_add ("/os-database/detect/unknown", Fixture, NULL, set_up, test_detect_unknown, tear_down);
  g_test_add ("/os-database/detect/mute", Fixture, NULL, set_up, test_detect_mute, tear_down);
  g_test_add ("/os-database/detect/bad", Fixture, NULL, set_up, test_detect_bad, tear_down);
  g_test_add ("/os-database/detect/unreadable", Fixture, NULL, set_up, test_detect_unreadable,
              tear_down);

  return g_test_run ();
}
