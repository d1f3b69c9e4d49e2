/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"
#include "guestctl-keys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <glib/gi18n.h>

#include "vmm-fd.h"

/* A machine's screen and keyboard. */

/* The first port of VNC's display numbers. */
#define VNC_FIRST_PORT 5900

static gint64 hold_ms;
static char *codeset;
static char *display_type;

static const GOptionEntry send_key_entries[] = {
  { "holdtime", 0, 0, G_OPTION_ARG_INT64, &hold_ms, N_("How long the keys are held down"),
    N_("MILLISECONDS") },
  { "codeset", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &codeset, NULL, NULL },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry domdisplay_entries[] = {
  { "type", 0, 0, G_OPTION_ARG_STRING, &display_type, N_("Only this kind: vnc or spice"),
    N_("KIND") },
  G_OPTION_ENTRY_NULL
};

static gboolean
copy_image (int          from,
            int          to,
            const char  *shown,
            GError     **error)
{
  char buffer[65536];
  gssize n;

  while ((n = read (from, buffer, sizeof buffer)) != 0)
    {
      int saved_errno = errno;

      if (n < 0 && saved_errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, _("The screenshot cannot be read: %s"),
                       g_strerror (saved_errno));
          return FALSE;
        }
      for (gssize done = 0; done < n;)
        {
          gssize written = write (to, buffer + done, n - done);

          saved_errno = errno;
          if (written < 0 && saved_errno == EINTR)
            continue;
          if (written < 0)
            {
              g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE,
                           _("The file “%s” cannot be written: %s"), shown, g_strerror (saved_errno));
              return FALSE;
            }
          done += written;
        }
    }

  return TRUE;
}

/* Writes beside the file first, so that an earlier picture stays when it goes wrong. */
static gboolean
save_image (int          image,
            const char  *path,
            GError     **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *temporary = g_strdup_printf ("%s.XXXXXX", path);
  vmm_autofd int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0666);
  int saved_errno = errno;

  if (fd >= 0 && !copy_image (image, fd, shown, error))
    {
      unlink (temporary);
      return FALSE;
    }
  if (fd >= 0 && g_rename (temporary, path) == 0)
    return TRUE;

  if (fd >= 0)
    {
      saved_errno = errno;
      unlink (temporary);
    }
  g_set_error (error, VMM_ERROR, VMM_ERROR_STORAGE, _("The file “%s” cannot be written: %s"), shown,
               g_strerror (saved_errno));

  return FALSE;
}

/* "NAME-2026-11-20-10:15:00.png" in the folder we are in. */
static char *
propose_file (const char *machine)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%d-%H:%M:%S");
  g_autofree char *stem = g_strdup (machine);

  g_strdelimit (stem, "/\n\r\t", '-');
  if (*stem == '-' || *stem == '.')
    *stem = '_';

  return g_strdup_printf ("%s-%s.png", stem, time);
}

static int
screenshot_run (Cli     *cli,
                GError **error)
{
  g_autofree char *path = cli_find_machine (cli, cli->args[0], error);
  g_autofree char *file = NULL;
  g_autofree char *shown = NULL;
  vmm_autofd int image = -1;

  if (path == NULL)
    return CLI_EXIT_FAILED;
  image = cli_call_for_fd (cli, path, "Screenshot", cli_no_options (), error);
  if (image < 0)
    return CLI_EXIT_FAILED;

  file = cli->n_args > 1 ? g_strdup (cli->args[1]) : propose_file (cli->args[0]);
  if (g_str_equal (file, "-"))
    return copy_image (image, STDOUT_FILENO, "-", error) ? CLI_EXIT_OK : CLI_EXIT_FAILED;
  if (!save_image (image, file, error))
    return CLI_EXIT_FAILED;

  shown = g_filename_display_name (file);
  if (!cli->is_quiet)
    cli_out (_("Screenshot saved to “%s”\n"), shown);

  return CLI_EXIT_OK;
}

static int
send_key_run (Cli     *cli,
              GError **error)
{
  g_autofree char *path = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder keys;
  GVariantDict dict;

  if (codeset != NULL && !g_str_equal (codeset, "linux") && !g_str_equal (codeset, "qnum"))
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   _("The key names “%s” are not known; “linux” and QEMU's are."), codeset);
      return CLI_EXIT_USAGE;
    }
  if (hold_ms < 0 || hold_ms > G_MAXUINT32)
    {
      g_set_error (error, CLI_ERROR, CLI_ERROR_USAGE,
                   _("Keys cannot be held for as long; 1 to 10000 milliseconds can be."));
      return CLI_EXIT_USAGE;
    }

  path = cli_find_machine (cli, cli->args[0], error);
  if (path == NULL)
    return CLI_EXIT_FAILED;

  g_variant_builder_init (&keys, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 1; i < cli->n_args; i++)
    {
      g_autofree char *key = cli_key_to_qemu (cli->args[i]);
      g_autofree char *valid = g_utf8_make_valid (key, -1);

      g_variant_builder_add (&keys, "s", valid);
    }
  g_variant_dict_init (&dict, NULL);
  if (hold_ms > 0)
    g_variant_dict_insert (&dict, "hold-ms", "u", (guint) hold_ms);
  reply = cli_call (cli, path, CLI_MACHINE, "SendKeys",
                    g_variant_new ("(as@a{sv})", &keys, g_variant_dict_end (&dict)), error);

  return reply != NULL ? CLI_EXIT_OK : CLI_EXIT_FAILED;
}

/* ---- where the screen is served ---- */

typedef struct
{
  char *kind;
  char *listen;
  char *socket;
  int   port;
} Graphics;

static void
graphics_free (gpointer data)
{
  Graphics *graphics = data;

  g_free (graphics->kind);
  g_free (graphics->listen);
  g_free (graphics->socket);
  g_free (graphics);
}

static void
start_element (GMarkupParseContext  *context,
               const char           *element,
               const char          **names,
               const char          **values,
               gpointer              user_data,
               GError              **error)
{
  GPtrArray *found = user_data;
  Graphics *graphics;

  if (!g_str_equal (element, "graphics"))
    return;

  graphics = g_new0 (Graphics, 1);
  g_ptr_array_add (found, graphics);
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], "type"))
      graphics->kind = g_strdup (values[i]);
    else if (g_str_equal (names[i], "listen"))
      graphics->listen = g_strdup (values[i]);
    else if (g_str_equal (names[i], "socket"))
      graphics->socket = g_strdup (values[i]);
    else if (g_str_equal (names[i], "port"))
      graphics->port = (int) g_ascii_strtoll (values[i], NULL, 10);
}

/* Returns: (transfer full): the Graphics of the running machine that is named first */
static GPtrArray *
find_graphics (Cli     *cli,
               GError **error)
{
  static const GMarkupParser parser = { .start_element = start_element };
  g_autofree char *path = cli_find_machine (cli, cli->args[0], error);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (graphics_free);
  g_autoptr (GMarkupParseContext) context = NULL;
  g_autoptr (GVariant) values = NULL;
  g_autoptr (GVariant) reply = NULL;
  const char *xml;

  if (path == NULL)
    return NULL;
  values = cli_get_all (cli, path, CLI_MACHINE, error);
  if (values == NULL)
    return NULL;
  if (cli_number (values, "Pid") == 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID_STATE, _("The machine “%s” is off."),
                   cli_text (values, "Name"));
      return NULL;
    }

  reply = cli_call (cli, path, CLI_MACHINE, "GetXml", cli_no_options (), error);
  if (reply == NULL)
    return NULL;

  g_variant_get (reply, "(&st)", &xml, NULL);
  context = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT | G_MARKUP_IGNORE_QUALIFIED,
                                        found, NULL);
  if (!g_markup_parse_context_parse (context, xml, -1, error))
    return NULL;

  return g_steal_pointer (&found);
}

static int
no_display (Cli         *cli,
            const char  *kind,
            GError     **error)
{
  g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
               /* Translators: a machine, then “VNC” or such */
               _("The machine “%s” serves no %s that others could connect to. Its screen is shown by "
                 "“guesthouse”."), cli->args[0], kind);

  return CLI_EXIT_FAILED;
}

static int
vncdisplay_run (Cli     *cli,
                GError **error)
{
  g_autoptr (GPtrArray) found = find_graphics (cli, error);

  if (found == NULL)
    return CLI_EXIT_FAILED;

  for (guint i = 0; i < found->len; i++)
    {
      Graphics *graphics = g_ptr_array_index (found, i);

      if (g_strcmp0 (graphics->kind, "vnc") != 0 || graphics->port < VNC_FIRST_PORT)
        continue;
      cli_out ("%s:%d\n", graphics->listen != NULL ? graphics->listen : "127.0.0.1",
               graphics->port - VNC_FIRST_PORT);
      return CLI_EXIT_OK;
    }

  return no_display (cli, "VNC", error);
}

static int
domdisplay_run (Cli     *cli,
                GError **error)
{
  g_autoptr (GPtrArray) found = find_graphics (cli, error);

  if (found == NULL)
    return CLI_EXIT_FAILED;

  for (guint i = 0; i < found->len; i++)
    {
      Graphics *graphics = g_ptr_array_index (found, i);
      const char *host = graphics->listen != NULL ? graphics->listen : "127.0.0.1";

      if (graphics->kind == NULL || (display_type != NULL && !g_str_equal (display_type, graphics->kind)))
        continue;
      if (graphics->socket != NULL)
        cli_out ("%s+unix://%s\n", graphics->kind, graphics->socket);
      else if (graphics->port <= 0)
        continue;
      /* virsh gives VNC's display number where others have the port. */
      else if (g_str_equal (graphics->kind, "vnc"))
        cli_out ("vnc://%s:%d\n", host, graphics->port - VNC_FIRST_PORT);
      else
        cli_out ("%s://%s:%d\n", graphics->kind, host, graphics->port);
      return CLI_EXIT_OK;
    }

  return no_display (cli, display_type != NULL ? display_type : "VNC or SPICE", error);
}

const CliCommand cli_screen_commands[] = {
  { .name = "screenshot", .arguments = "MACHINE [FILE]", .summary = N_("Save what a machine shows, as PNG"),
    .run = screenshot_run },
  { .name = "send-key", .arguments = "MACHINE KEY…", .summary = N_("Press keys together"),
    .options = send_key_entries, .run = send_key_run },
  { .name = "vncdisplay", .arguments = "MACHINE", .summary = N_("Tell where VNC is served"),
    .run = vncdisplay_run },
  { .name = "domdisplay", .arguments = "MACHINE", .summary = N_("Tell where the screen is served, as a URI"),
    .options = domdisplay_entries, .run = domdisplay_run },
  { .name = NULL },
};
