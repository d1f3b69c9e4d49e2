/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "golden.h"
#include "vmm-capabilities-probe.h"
#include "vmm-qmp.h"

/* The installed QEMU takes every stored definition: it starts, and greets. */

static VmmCapabilities *capabilities;

static void
got_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr(GError) error = NULL;

  capabilities = vmm_capabilities_get_finish (result, &error);
  g_assert_no_error (error);
}

static void
negotiated_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  int *outcome = user_data;

  *outcome = vmm_qmp_negotiate_finish (VMM_QMP (source), result, &error) ? 1 : -1;
}

static void
run (const char * const *argv)
{
  g_autoptr(GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL,
                &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, &error));
}

static void
make_images (VmmDomain *domain)
{
  g_autoptr(GPtrArray) disks = vmm_domain_list_disks (domain);

  for (guint i = 0; i < disks->len; i++)
    {
      const char *path = vmm_disk_get_source_file (disks->pdata[i]);
      const char *size = g_strcmp0 (vmm_disk_get_device (disks->pdata[i]), "floppy") == 0 ? "1440k" : "16M";
      const char *argv[] = {
        "qemu-img", "create", "-q", "-f", vmm_disk_get_format (disks->pdata[i]), "--", path, size, NULL
      };

      if (path != NULL)
        run (argv);
    }
}

static int
listen_at (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpuint (strlen (path), <, sizeof address.sun_path);
  strcpy (address.sun_path, path);
  g_assert_no_errno (bind (fd, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (fd, 1));

  return fd;
}

static GSubprocess *
start (VmmCommandLine *line,
       const char     *folder,
       GPtrArray      *peers)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr(GError) error = NULL;
  GSubprocess *process;
  gsize n_slots;
  const VmmFdSlot *slots = vmm_command_line_get_fd_slots (line, &n_slots);

  for (gsize i = 0; i < n_slots; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%d.sock", folder, slots[i].number);
      int fds[2];

      if (slots[i].kind == VMM_FD_SLOT_PASST)
        {
          g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
          g_ptr_array_add (peers, g_socket_new_from_fd (fds[0], NULL));
          g_subprocess_launcher_take_fd (launcher, fds[1], slots[i].number);
        }
      else
        {
          g_subprocess_launcher_take_fd (launcher, listen_at (path), slots[i].number);
        }
    }

  process = g_subprocess_launcher_spawnv (launcher, vmm_command_line_get_argv (line), &error);
  g_assert_no_error (error);

  return process;
}

/* Returns: 1 if QEMU greets, -1 if it ends first */
static int
greet (const char *path)
{
  g_autoptr(GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr(GError) error = NULL;
  g_autoptr(VmmQmp) qmp = NULL;
  int outcome = 0;

  g_socket_connect (socket, address, NULL, &error);
  g_assert_no_error (error);
  qmp = vmm_qmp_new (socket);
  vmm_qmp_negotiate_async (qmp, negotiated_cb, &outcome);

  while (outcome == 0)
    g_main_context_iteration (NULL, TRUE);

  vmm_qmp_close (qmp);

  return outcome;
}

static void
remove_folder (const char *folder)
{
  const char *argv[] = { "rm", "-rf", "--", folder, NULL };

  run (argv);
}

static void
start_with (const char *name,
            const char *accelerator)
{
  g_autofree char *folder = g_dir_make_tmp ("guesthouse-test-XXXXXX", NULL);
  g_autofree char *qmp_path = g_build_filename (folder, "3.sock", NULL);
  g_autofree char *vars = g_build_filename (folder, "vars.fd", NULL);
  g_autoptr(VmmDomain) domain = golden_load_domain (name, capabilities, folder);
  g_autoptr(GPtrArray) peers = g_ptr_array_new_with_free_func (g_object_unref);
  VmmStartOptions options = golden_options (name);
  g_autoptr(VmmCommandLine) line = NULL;
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(VmmFirmware) firmware = NULL;
  g_autoptr(GError) error = NULL;
  char words[4096] = "";
  int outcome;

  options.accelerator = accelerator;
  options.log_folder = folder;
  options.nvram_path = NULL;

  if (options.firmware != NULL)
    {
      VmmFirmwareQuery query = { "efi", "x86_64", vmm_domain_get_machine (domain), -1, -1, NULL };
      g_autofree char *template = NULL;
      gsize length;

      firmware = vmm_firmware_find (&query, &error);
      g_assert_no_error (error);
      g_assert_true (g_file_get_contents (firmware->nvram_template, &template, &length, NULL));
      g_assert_true (g_file_set_contents (vars, template, length, NULL));
      options.firmware = firmware;
      options.nvram_path = vars;
    }

  make_images (domain);
  line = vmm_command_line_build (domain, capabilities, &options, &error);
  g_assert_no_error (error);
  process = start (line, folder, peers);
  outcome = greet (qmp_path);
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
  g_input_stream_read_all (g_subprocess_get_stderr_pipe (process), words, sizeof words - 1, NULL, NULL, NULL);

  if (words[0] != '\0')
    g_test_message ("%s", words);

  remove_folder (folder);

  /* A KVM inside of another one may lack what Windows likes. */
  if (outcome != 1 && strstr (words, "kernel doesn't allow setting HyperV") != NULL)
    g_test_skip ("this host's KVM has not all Hyper-V features");
  else
    g_assert_cmpint (outcome, ==, 1);
}

static void
test_tcg (gconstpointer data)
{
  start_with (data, "tcg");
}

static void
test_kvm (gconstpointer data)
{
  if (g_str_equal (vmm_capabilities_get_accelerator (capabilities), "kvm"))
    start_with (data, "kvm");
  else
    g_test_skip (vmm_capabilities_get_accelerator_reason (capabilities));
}

int
main (int   argc,
      char *argv[])
{
  g_auto(GStrv) names = golden_list ();
  int status;

  g_test_init (&argc, &argv, NULL);
  vmm_capabilities_get_async (NULL, NULL, NULL, got_cb, NULL);

  while (capabilities == NULL)
    g_main_context_iteration (NULL, TRUE);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *tcg = g_strconcat ("/command-line/tcg/", names[i], NULL);
      g_autofree char *kvm = g_strconcat ("/command-line/kvm/", names[i], NULL);

      g_test_add_data_func (tcg, names[i], test_tcg);
      g_test_add_data_func (kvm, names[i], test_kvm);
    }

  status = g_test_run ();
  g_object_unref (capabilities);

  return status;
}
