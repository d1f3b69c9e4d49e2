/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guestctl.h"

#include <string.h>

#include <glib/gi18n.h>

/* What the host and its QEMU offer. */

static struct
{
  char *arch;
  char *machine;
  char *virt_type;
} options;

static const GOptionEntry domcapabilities_entries[] = {
  { "arch", 0, 0, G_OPTION_ARG_STRING, &options.arch, N_("For this architecture"), N_("ARCH") },
  { "machine", 0, 0, G_OPTION_ARG_STRING, &options.machine, N_("For this machine type"), N_("TYPE") },
  { "virttype", 0, 0, G_OPTION_ARG_STRING, &options.virt_type, N_("With “kvm” or “qemu”"),
    N_("TYPE") },
  G_OPTION_ENTRY_NULL
};

static int
print_xml (GVariant  *reply,
           GError   **error)
{
  const char *xml;

  g_variant_get (reply, "(&s)", &xml);

  return cli_write (xml, strlen (xml), error)
         && (g_str_has_suffix (xml, "\n") || cli_write ("\n", 1, error)) ? CLI_EXIT_OK
                                                                       : CLI_EXIT_FAILED;
}

static int
capabilities_run (Cli     *cli,
                  GError **error)
{
  g_autoptr (GVariant) reply = cli_manager (cli, "GetCapabilities", NULL, error);

  return reply != NULL ? print_xml (reply, error) : CLI_EXIT_FAILED;
}

static int
domcapabilities_run (Cli     *cli,
                     GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (options.arch != NULL)
    g_variant_dict_insert (&dict, "arch", "s", options.arch);
  if (options.machine != NULL)
    g_variant_dict_insert (&dict, "machine", "s", options.machine);
  if (options.virt_type != NULL)
    g_variant_dict_insert (&dict, "virttype", "s", options.virt_type);
  reply = cli_manager (cli, "GetDomainCapabilities",
                       g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)), error);

  return reply != NULL ? print_xml (reply, error) : CLI_EXIT_FAILED;
}

static void
print_host_json (GVariant *summary)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  GVariantIter iter;
  const char *key;
  GVariant *value;

  json_builder_begin_object (json);
  g_variant_iter_init (&iter, summary);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      g_autofree char *name = g_strdelimit (g_strdup (key), "-", '_');

      cli_json_value (json, name, value);
    }
  json_builder_end_object (json);
  cli_json_print (json);
}

static int
nodeinfo_run (Cli     *cli,
              GError **error)
{
  g_autoptr (GVariant) summary = cli_host_summary (cli, error);
  g_autofree const char **firmwares = NULL;
  g_autofree char *firmware_text = NULL;
  g_autofree char *free_text = NULL;
  gboolean has_passt = FALSE;

  if (summary == NULL)
    return CLI_EXIT_FAILED;
  if (cli->is_json)
    {
      print_host_json (summary);
      return CLI_EXIT_OK;
    }

  g_variant_lookup (summary, "passt", "b", &has_passt);
  if (g_variant_lookup (summary, "firmwares", "^a&s", &firmwares))
    firmware_text = g_strjoinv (", ", (char **) firmwares);
  free_text = g_format_size_full (cli_number (summary, "images-free"), G_FORMAT_SIZE_IEC_UNITS);

  cli_field (_("CPU model"), "%s", cli_text (summary, "arch"));
  cli_field (_("CPU(s)"), "%" G_GUINT64_FORMAT, cli_number (summary, "cpus"));
  cli_field (_("Memory size"), "%" G_GUINT64_FORMAT " KiB", cli_number (summary, "memory-mib") * 1024);
  cli_field (_("QEMU"), "%s %s", cli_text (summary, "qemu-version"), cli_text (summary, "emulator"));
  cli_field (_("Accelerator"), "%s", cli_text (summary, "accelerator"));
  if (*cli_text (summary, "accelerator-reason") != '\0')
    cli_field (_("Because"), "%s", cli_text (summary, "accelerator-reason"));
  if (firmware_text != NULL)
    cli_field (_("Firmware"), "%s", firmware_text);
  cli_field (_("User network"), "%s", has_passt ? "passt" : "slirp");
  /* Translators: a folder, then how much is free there */
  cli_field (_("Disk images"), _("%s (%s free)"), cli_text (summary, "images-folder"), free_text);
  if (*cli_text (summary, "error") != '\0')
    cli_field (_("Problem"), "%s", cli_text (summary, "error"));

  return CLI_EXIT_OK;
}

static int
version_run (Cli     *cli,
             GError **error)
{
  g_autoptr (GVariant) summary = cli_host_summary (cli, error);
  g_autoptr (GVariant) manager = NULL;

  if (summary == NULL)
    return CLI_EXIT_FAILED;
  manager = cli_get_all (cli, "/org/guesthouse/Vmm1", CLI_MANAGER, error);
  if (manager == NULL)
    return CLI_EXIT_FAILED;

  if (cli->is_json)
    {
      g_autoptr (JsonBuilder) json = json_builder_new ();
      g_autoptr (GVariant) features = g_variant_lookup_value (manager, "Features", NULL);

      json_builder_begin_object (json);
      cli_json_text (json, "guestctl", PACKAGE_VERSION);
      cli_json_text (json, "core", cli_text (manager, "Version"));
      cli_json_text (json, "mode", cli_text (manager, "Mode"));
      cli_json_text (json, "qemu", cli_text (summary, "qemu-version"));
      if (features != NULL)
        cli_json_value (json, "features", features);
      json_builder_end_object (json);
      cli_json_print (json);
      return CLI_EXIT_OK;
    }

  cli_field (_("guestctl"), "%s", PACKAGE_VERSION);
  cli_field (_("Core"), "%s", cli_text (manager, "Version"));
  cli_field (_("QEMU"), "%s", cli_text (summary, "qemu-version"));

  return CLI_EXIT_OK;
}

const CliCommand cli_host_commands[] = {
  { .name = "nodeinfo", .alias = "host", .arguments = "", .summary = N_("Tell what this computer offers"),
    .flags = CLI_COMMAND_QUERY, .run = nodeinfo_run },
  { .name = "capabilities", .arguments = "", .summary = N_("Print what this computer can do, as XML"),
    .run = capabilities_run },
  { .name = "domcapabilities", .arguments = "", .summary = N_("Print what machines can have, as XML"),
    .options = domcapabilities_entries, .run = domcapabilities_run },
  { .name = "version", .arguments = "", .summary = N_("Tell the versions of all parts"),
    .flags = CLI_COMMAND_QUERY, .run = version_run },
  { .name = NULL },
};
