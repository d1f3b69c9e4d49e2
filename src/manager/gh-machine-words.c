/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-machine-words.h"

#include <glib/gi18n.h>

/* How a machine is put into words: the core sends its own words, which are not for people. */

/**
 * gh_machine_words_get_label:
 *
 * Returns: what a person calls it: its title, else its name
 */
const char *
gh_machine_words_get_label (VmmRemoteMachine *machine)
{
  const char *title = vmm_remote_machine_get_title (machine);

  return *title != '\0' ? title : vmm_remote_machine_get_name (machine);
}

/**
 * gh_machine_words_dup_duration:
 * @seconds: how long; negative counts as 0, as when the clock was put back
 *
 * Returns: (transfer full): in the largest unit that fits: “2 h”
 */
char *
gh_machine_words_dup_duration (gint64 seconds)
{
  int minutes = (int) (CLAMP (seconds, 0, G_GINT64_CONSTANT (60) * G_MAXINT) / 60);

  if (minutes < 60)
    /* Translators: minutes, short */
    return g_strdup_printf (_("%d min"), minutes);
  if (minutes < 48 * 60)
    /* Translators: hours, short */
    return g_strdup_printf (_("%d h"), minutes / 60);

  return g_strdup_printf (ngettext ("%d day", "%d days", minutes / (24 * 60)),
                          minutes / (24 * 60));
}

static const char *
off_text (VmmRemoteMachine *machine)
{
  const char *reason = vmm_remote_machine_get_reason (machine);

  if ((vmm_remote_machine_get_flags (machine) & VMM_MACHINE_FLAGS_SAVED) != 0)
    return _("Saved");
  if (g_str_equal (reason, "failed") || g_str_equal (reason, "killed"))
    return _("Off · stopped unexpectedly");
  if (g_str_equal (reason, "unknown"))
    return _("Off · ended while nobody watched");
  if ((vmm_remote_machine_get_flags (machine) & VMM_MACHINE_FLAGS_INSTALLING) != 0)
    return _("Off · installation not finished");

  return _("Off");
}

static const char *
paused_text (VmmRemoteMachine *machine)
{
  const char *reason = vmm_remote_machine_get_reason (machine);

  if (g_str_equal (reason, "no-space"))
    return _("Paused · no room left for its disk");
  if (g_str_equal (reason, "io-error"))
    return _("Paused · its disk cannot be read or written");
  if (g_str_equal (reason, "installed"))
    return _("Paused · installed");

  return _("Paused");
}

static const char *
state_text (VmmRemoteMachine *machine)
{
  switch (vmm_remote_machine_get_state (machine))
    {
    case VMM_MACHINE_STATE_OFF:
      return off_text (machine);
    case VMM_MACHINE_STATE_STARTING:
      return _("Starting");
    case VMM_MACHINE_STATE_RUNNING:
      if ((vmm_remote_machine_get_flags (machine) & VMM_MACHINE_FLAGS_INSTALLING) != 0)
        return _("Installing");
      return _("Running");
    case VMM_MACHINE_STATE_PAUSED:
      return paused_text (machine);
    case VMM_MACHINE_STATE_SHUTTING_DOWN:
      return _("Shutting down");
    case VMM_MACHINE_STATE_CRASHED:
      if (g_str_equal (vmm_remote_machine_get_reason (machine), "internal-error"))
        return _("QEMU could not go on");
      return _("The system in it has crashed");
    case VMM_MACHINE_STATE_SUSPENDED:
      return _("Asleep");
    case VMM_MACHINE_STATE_UNRESPONSIVE:
      return _("Does not answer");
    case VMM_MACHINE_STATE_BROKEN:
      return _("Its definition cannot be read");
    default:
      return "";
    }
}

/**
 * gh_machine_words_dup_state:
 *
 * Returns: (transfer full): how it is: “Running · 2 h”, “Off · stopped unexpectedly”
 */
char *
gh_machine_words_dup_state (VmmRemoteMachine *machine)
{
  const char *text = state_text (machine);
  gint64 since = vmm_remote_machine_get_since (machine);

  gint64 seconds = g_get_real_time () / G_USEC_PER_SEC - since;

  if (vmm_remote_machine_get_state (machine) == VMM_MACHINE_STATE_RUNNING && since > 0
      && seconds >= 60)
    {
      g_autofree char *duration = gh_machine_words_dup_duration (seconds);

      /* Translators: a state and how long it has lasted: “Running · 2 h” */
      return g_strdup_printf (_("%s · %s"), text, duration);
    }
  if (vmm_remote_machine_get_state (machine) == VMM_MACHINE_STATE_OFF
      && (vmm_remote_machine_get_flags (machine) & VMM_MACHINE_FLAGS_PENDING) != 0)
    return g_strdup_printf (_("%s · %s"), text, _("changes wait"));

  return g_strdup (text);
}

/**
 * gh_machine_words_dup_size:
 *
 * Returns: (transfer full): “4 GiB”, “512 MiB”, or “1.5 GiB” where it is not whole
 */
char *
gh_machine_words_dup_size (guint64 bytes)
{
  const guint64 mib = G_GUINT64_CONSTANT (1) << 20;
  const guint64 gib = mib << 10;

  if (bytes > 0 && bytes < 1024 * gib && bytes % gib == 0)
    /* Translators: a size of memory or of a disk */
    return g_strdup_printf (_("%u GiB"), (guint) (bytes / gib));
  if (bytes > 0 && bytes < gib && bytes % mib == 0)
    /* Translators: a size of memory or of a disk */
    return g_strdup_printf (_("%u MiB"), (guint) (bytes / mib));

  return g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
}

/**
 * gh_machine_words_dup_hardware:
 *
 * Returns: (transfer full): “2 GiB · 4 processors”
 */
char *
gh_machine_words_dup_hardware (VmmRemoteMachine *machine)
{
  guint vcpus = vmm_remote_machine_get_vcpus (machine);
  guint64 mib = MIN (vmm_remote_machine_get_memory_mib (machine), G_MAXUINT64 >> 20);
  g_autofree char *memory = gh_machine_words_dup_size (mib << 20);

  /* Translators: memory such as “2 GiB”, then how many processors */
  return g_strdup_printf (ngettext ("%s · %u processor", "%s · %u processors", vcpus),
                          memory, vcpus);
}
