/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gio.h>
#include <stdint.h>

/* Runs a fuzz target on stored inputs, where there is no libFuzzer: each argument is a folder. */

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

int
main (int   argc,
      char *argv[])
{
  for (int i = 1; i < argc; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GDir) dir = g_dir_open (argv[i], 0, &error);
      const char *name;

      if (dir == NULL)
        g_error ("%s", error->message);

      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *path = g_build_filename (argv[i], name, NULL);
          g_autofree char *text = NULL;
          gsize length;

          if (g_file_get_contents (path, &text, &length, NULL))
            LLVMFuzzerTestOneInput ((const uint8_t *) text, length);
        }
    }

  return 0;
}
