/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-probe-kvm.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "vmm-error.h"
#include "vmm-firmware.h"
#include "vmm-probe-run.h"

/* Whether KVM is of use on this host. That /dev/kvm opens says little: in virtual machines and containers it
 * may start no processor, run real-mode code a hundred times slower than emulation, or stop at UEFI. */

/* How long UEFI firmware runs before it counts as well; what goes wrong does in a fifth of that. */
#define KVM_EFI_RUN_US (1000 * 1000)

/* SeaBIOS finds that there is nothing to boot after 0.1 s, with KVM and without. */
#define FIRMWARE_DONE "No bootable device"
#define FIRMWARE_GOOD_S 1.0
#define FIRMWARE_LIMIT_S 15.0
#define FIRMWARE_POLL_US (10 * 1000)

/* Slower than emulation by this factor, KVM is of no use. */
#define FIRMWARE_MAX_RATIO 4.0

/* Starts a real machine with KVM and this processor; only QEMU can tell whether that works. */
static gboolean
try_kvm (const char    *emulator,
         const char    *cpu,
         GCancellable  *cancellable,
         GError       **error)
{
  const char *const argv[] = {
    emulator, "-machine", "q35,accel=kvm", "-cpu", cpu, "-m", "64", "-S", "-nodefaults", "-no-user-config",
    "-display", "none", NULL
  };
  g_autoptr(VmmProbeRun) run = vmm_probe_run_start (argv, cancellable, error);
  g_autoptr(JsonNode) status = NULL;

  if (run == NULL)
    return FALSE;

  status = vmm_probe_run_execute (run, "query-status", NULL, error);

  return status != NULL;
}

/* Returns: seconds until the BIOS has run to its end, or FIRMWARE_LIMIT_S if it has not */
static double
time_firmware (const char   *emulator,
               const char   *accelerator,
               const char   *cpu,
               GCancellable *cancellable)
{
  g_autofree char *machine = g_strconcat ("q35,accel=", accelerator, NULL);
  g_autofree char *path = NULL;
  g_autoptr(GString) option = NULL;
  g_autoptr(VmmProbeRun) run = NULL;
  gint64 start;
  double seconds = FIRMWARE_LIMIT_S;
  int fd = g_file_open_tmp ("guesthouse-XXXXXX", &path, NULL);

  if (fd < 0)
    return 0;

  close (fd);
  option = g_string_new (path);
  /* The folder may have a comma in its name. */
  g_string_replace (option, ",", ",,", 0);
  g_string_prepend (option, "file,id=log,path=");
  const char *const argv[] = {
    emulator, "-machine", machine, "-cpu", cpu, "-m", "64", "-nodefaults", "-no-user-config", "-display", "none",
    "-chardev", option->str, "-device", "isa-debugcon,iobase=0x402,chardev=log", NULL
  };

  start = g_get_monotonic_time ();
  run = vmm_probe_run_start (argv, cancellable, NULL);
  while (run != NULL && g_get_monotonic_time () - start < FIRMWARE_LIMIT_S * G_USEC_PER_SEC)
    {
      g_autofree char *text = NULL;

      /* Nothing else tells; this thread has nothing else to do. */
      g_usleep (FIRMWARE_POLL_US);
      if (g_file_get_contents (path, &text, NULL, NULL) && strstr (text, FIRMWARE_DONE) != NULL)
        {
          seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
          break;
        }
    }
  g_unlink (path);

  return seconds;
}

/* Returns: (transfer full) (nullable): why KVM is too slow to be of use */
static char *
find_slowness (const char   *emulator,
               const char   *cpu,
               GCancellable *cancellable)
{
  double with_kvm = time_firmware (emulator, "kvm", cpu, cancellable);
  double without;

  if (with_kvm <= FIRMWARE_GOOD_S)
    return NULL;

  /* A slow host, or a firmware that does not tell, is no reason. */
  without = time_firmware (emulator, "tcg", "max", cancellable);
  if (without >= FIRMWARE_LIMIT_S || with_kvm <= FIRMWARE_MAX_RATIO * without)
    return NULL;

  return g_strdup_printf ("KVM is slower than emulation on this host: its firmware test took %.1f s instead of "
                          "%.1f s. This is so in some virtual machines and containers", with_kvm, without);
}

/*
 * Whether UEFI runs with KVM. Where KVM itself runs in a machine, firmware that starts in flash can need
 * instructions that the outer one does not emulate; it stops after 0.2 s then. SeaBIOS runs all the same.
 */
static gboolean
try_kvm_efi (const char    *emulator,
             const char    *cpu,
             GCancellable  *cancellable,
             GError       **error)
{
  /* The machine is named as in "pc-q35-7.2"; descriptors leave the version open. */
  const VmmFirmwareQuery query = { "efi", "x86_64", "pc-q35-1.0", 0, 0, NULL };
  g_autoptr(VmmFirmware) firmware = vmm_firmware_find (&query, NULL);
  g_autoptr(VmmProbeRun) run = NULL;
  g_autoptr(JsonBuilder) flash = NULL;
  g_autoptr(JsonNode) root = NULL;
  g_autoptr(JsonNode) status = NULL;
  g_autofree char *blockdev = NULL;
  const char *word;
  const char *argv[] = {
    emulator, "-machine", "q35,accel=kvm,pflash0=code", "-cpu", cpu, "-m", "128", "-nodefaults", "-no-user-config",
    "-display", "none", "-blockdev", NULL, NULL
  };

  if (firmware == NULL || !firmware->is_flash)
    return TRUE;

  flash = json_builder_new ();
  json_builder_begin_object (flash);
  json_builder_set_member_name (flash, "driver");
  json_builder_add_string_value (flash, firmware->format);
  json_builder_set_member_name (flash, "node-name");
  json_builder_add_string_value (flash, "code");
  json_builder_set_member_name (flash, "read-only");
  json_builder_add_boolean_value (flash, TRUE);
  json_builder_set_member_name (flash, "file");
  json_builder_begin_object (flash);
  json_builder_set_member_name (flash, "driver");
  json_builder_add_string_value (flash, "file");
  json_builder_set_member_name (flash, "filename");
  json_builder_add_string_value (flash, firmware->path);
  json_builder_end_object (flash);
  json_builder_end_object (flash);
  root = json_builder_get_root (flash);
  blockdev = json_to_string (root, FALSE);
  argv[G_N_ELEMENTS (argv) - 2] = blockdev;

  run = vmm_probe_run_start (argv, cancellable, error);
  if (run == NULL)
    return FALSE;

  /* There is no event for "the firmware is well"; this thread has nothing else to do. */
  g_usleep (KVM_EFI_RUN_US);
  status = vmm_probe_run_execute (run, "query-status", NULL, error);
  if (status == NULL || !JSON_NODE_HOLDS_OBJECT (status))
    return FALSE;

  word = json_object_get_string_member_with_default (json_node_get_object (status), "status", "");
  if (strcmp (word, "internal-error") == 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_HYPERVISOR, "KVM stops UEFI firmware with an internal error");
      return FALSE;
    }

  return TRUE;
}

/**
 * vmm_probe_kvm:
 * @cpu: (out) (nullable): the argument of -cpu that starts and is closest to the host's processor
 * @reason: (out): why KVM is used, or why not, in plain English
 * @efi_problem: (out) (nullable): why UEFI machines cannot use it
 *
 * Tries whether KVM works, by starting QEMU a few times. To be called in a thread.
 *
 * Returns: whether machines are to run with KVM
 */
gboolean
vmm_probe_kvm (const char    *emulator,
               char         **cpu,
               char         **reason,
               char         **efi_problem,
               GCancellable  *cancellable)
{
  static const char *const cpus[] = {
    "host", "host,arch-capabilities=off", "EPYC", "Nehalem", "qemu64"
  };
  g_autoptr(GError) first = NULL;
  g_autoptr(GError) efi_error = NULL;
  guint i;

  *cpu = *reason = *efi_problem = NULL;

  if (g_access ("/dev/kvm", F_OK) != 0)
    *reason = g_strdup ("The host has no KVM (/dev/kvm is missing): switch on virtualisation in its firmware, "
                        "or load the module kvm_intel or kvm_amd");
  else if (g_access ("/dev/kvm", R_OK | W_OK) != 0)
    *reason = g_strdup ("KVM may not be used by this user: /dev/kvm cannot be opened; "
                        "membership in the group kvm usually allows it");
  if (*reason != NULL)
    return FALSE;

  /* From the host's own processor to simpler ones. */
  for (i = 0; i < G_N_ELEMENTS (cpus); i++)
    {
      g_autoptr(GError) error = NULL;

      if (try_kvm (emulator, cpus[i], cancellable, &error))
        break;
      if (first == NULL)
        first = g_steal_pointer (&error);
    }
  if (i == G_N_ELEMENTS (cpus))
    {
      *reason = g_strdup_printf ("KVM does not start a machine on this host; QEMU said: %s", first->message);
      return FALSE;
    }

  *reason = find_slowness (emulator, cpus[i], cancellable);
  if (*reason != NULL)
    return FALSE;

  *cpu = g_strdup (cpus[i]);
  *reason = i == 0 ? g_strdup ("KVM works with the host's processor")
                   : g_strdup_printf ("KVM works with the processor “%s”; with the host's own, QEMU said: %s",
                                      cpus[i], first->message);
  if (!try_kvm_efi (emulator, cpus[i], cancellable, &efi_error))
    *efi_problem = g_strdup (efi_error->message);

  return TRUE;
}
