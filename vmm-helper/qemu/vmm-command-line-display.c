/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-command-line-private.h"

/* Video cards, and the ways in which their picture is served. */

static const char *
driver_for (const char *model,
            gboolean    is_primary)
{
  static const char *const drivers[][3] = {
    /* model, as the first card, as a further one */
    { "virtio", "virtio-vga", "virtio-gpu-pci" },
    { "vga", "VGA", "secondary-vga" },
    { "qxl", "qxl-vga", "qxl" },
    { "bochs", "bochs-display", "bochs-display" },
    { "ramfb", "ramfb", "ramfb" },
    { "cirrus", "cirrus-vga", NULL },
    { "vmvga", "vmware-svga", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (drivers); i++)
    if (g_strcmp0 (drivers[i][0], model) == 0)
      return is_primary ? drivers[i][1] : drivers[i][2];

  return NULL;
}

static void
set_bytes (JsonObject *device,
           const char *property,
           VmmDevice  *view,
           const char *path,
           guint64     kib_per_unit)
{
  guint64 kib = vmm_device_get_number (view, path, 0);

  if (kib > 0)
    json_object_set_int_member (device, property, kib / kib_per_unit);
}

static void
set_memory (JsonObject *device,
            VmmVideo   *video,
            const char *model)
{
  VmmDevice *view = VMM_DEVICE (video);
  guint64 heads = vmm_device_get_number (view, "model@heads", 1);

  if (strcmp (model, "virtio") == 0)
    json_object_set_int_member (device, "max_outputs", CLAMP (heads, 1, 16));
  else if (strcmp (model, "qxl") == 0)
    {
      json_object_set_int_member (device, "max_outputs", CLAMP (heads, 1, 64));
      /* QEMU counts the first two in bytes, the last in MiB. */
      set_bytes (device, "vgamem_mb", view, "model@vgamem", 1024);

      if (vmm_device_has (view, "model@ram"))
        json_object_set_int_member (device, "ram_size", vmm_device_get_number (view, "model@ram", 65536) * 1024);

      if (vmm_device_has (view, "model@vram"))
        json_object_set_int_member (device, "vram_size", vmm_device_get_number (view, "model@vram", 65536) * 1024);
    }
  else if (strcmp (model, "vga") == 0 || strcmp (model, "cirrus") == 0 || strcmp (model, "vmvga") == 0)
    set_bytes (device, "vgamem_mb", view, "model@vram", 1024);
  else if (strcmp (model, "bochs") == 0 && vmm_device_has (view, "model@vram"))
    json_object_set_int_member (device, "vgamem", vmm_device_get_number (view, "model@vram", 16384) * 1024);
}

static gboolean
add_video (VmmBuilder  *builder,
           VmmVideo    *video,
           gboolean     is_primary,
           GError     **error)
{
  const char *model = vmm_video_get_model (video);
  const char *driver = driver_for (model, is_primary);
  g_autoptr(JsonObject) device = NULL;

  if (driver == NULL)
    return vmm_builder_refuse (VMM_DEVICE (video), "model", model,
                               "virtio, vga, qxl, bochs and ramfb work, as a further card virtio, vga and qxl", error);

  device = vmm_builder_new_device (builder, VMM_DEVICE (video), driver, error);

  if (device == NULL)
    return FALSE;

  if (strcmp (driver, "ramfb") != 0 && !vmm_builder_set_pci (builder, device, VMM_DEVICE (video), error))
    return FALSE;

  set_memory (device, video, model);

  return vmm_builder_add_device (builder, g_steal_pointer (&device), error);
}

static gint
compare_primary (gconstpointer a,
                 gconstpointer b)
{
  gboolean first = g_strcmp0 (vmm_device_get (*(VmmDevice **) a, "model@primary"), "yes") == 0;
  gboolean second = g_strcmp0 (vmm_device_get (*(VmmDevice **) b, "model@primary"), "yes") == 0;

  return second - first;
}

static gboolean
is_none (VmmVideo *video)
{
  return g_strcmp0 (vmm_video_get_model (video), "none") == 0;
}

/*
 * VNC on the port that the definition names, on a free one if it asks for any, else on none: the
 * screen is always handed out as a descriptor too.
 */
static void
add_vnc (VmmBuilder  *builder,
         VmmGraphics *graphics)
{
  const char *address = vmm_graphics_get_listen_address (graphics);
  const char *policy = vmm_graphics_get_share_policy (graphics);
  guint port = vmm_graphics_get_port (graphics);
  g_autoptr(GString) vnc = g_string_new (NULL);
  gboolean is_hidden = g_strcmp0 (vmm_graphics_get_listen_type (graphics), "none") == 0;

  if (is_hidden || (port < 5900 && !vmm_graphics_is_auto_port (graphics)))
    g_string_append (vnc, "none");
  else
    {
      g_autofree char *server = NULL;

      if (address == NULL || address[0] == '\0')
        address = "127.0.0.1";

      /* The brackets tell the colons of IPv6 from the port's. */
      server = g_strdup_printf (strchr (address, ':') != NULL ? "[%s]:%u" : "%s:%u", address,
                                port >= 5900 ? port - 5900 : 0);
      vmm_option_append (vnc, NULL, server);

      if (port < 5900)
        g_string_append (vnc, ",to=99");
    }

  if (policy != NULL)
    vmm_option_append (vnc, "share", policy);

  vmm_builder_add (builder, "-vnc", vnc->str);

  if (vmm_graphics_get_keymap (graphics) != NULL)
    vmm_builder_add (builder, "-k", vmm_graphics_get_keymap (graphics));
}

/* SPICE cannot look for a free port, so without a port it is only handed out as a descriptor. */
static void
add_spice (VmmBuilder  *builder,
           VmmGraphics *graphics)
{
  static const char *const options[][2] = {
    { "image-compression", "image@compression" },
    { "jpeg-wan-compression", "jpeg@compression" },
    { "zlib-glz-wan-compression", "zlib@compression" },
    { "playback-compression", "playback@compression" },
    { "streaming-video", "streaming@mode" },
  };
  const char *address = vmm_graphics_get_listen_address (graphics);
  guint port = vmm_graphics_get_port (graphics);
  g_autoptr(GString) spice = g_string_new ("disable-ticketing=on");

  if (port > 0 && g_strcmp0 (vmm_graphics_get_listen_type (graphics), "none") != 0)
    {
      g_string_append_printf (spice, ",port=%u", port);
      vmm_option_append (spice, "addr", address != NULL && address[0] != '\0' ? address : "127.0.0.1");
    }

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    if (vmm_device_has (VMM_DEVICE (graphics), options[i][1]))
      vmm_option_append (spice, options[i][0], vmm_device_get (VMM_DEVICE (graphics), options[i][1]));

  if (g_strcmp0 (vmm_device_get (VMM_DEVICE (graphics), "mouse@mode"), "server") == 0)
    g_string_append (spice, ",agent-mouse=off");

  if (g_strcmp0 (vmm_device_get (VMM_DEVICE (graphics), "clipboard@copypaste"), "no") == 0)
    g_string_append (spice, ",disable-copy-paste=on");

  if (g_strcmp0 (vmm_device_get (VMM_DEVICE (graphics), "filetransfer@enable"), "no") == 0)
    g_string_append (spice, ",disable-agent-file-xfer=on");

  vmm_builder_add (builder, "-spice", spice->str);
}

static gboolean
add_graphics (VmmBuilder  *builder,
              gboolean     has_video,
              GError     **error)
{
  g_autoptr(GPtrArray) graphics = vmm_domain_list_graphics (builder->domain);

  /* The embedded console's own way in, whatever else there is. */
  if (has_video && vmm_capabilities_has_feature (builder->capabilities, "display-dbus"))
    vmm_builder_add (builder, "-display", "dbus,p2p=yes");
  else
    vmm_builder_add (builder, "-display", "none");

  for (guint i = 0; i < graphics->len; i++)
    {
      const char *kind = vmm_graphics_get_kind (graphics->pdata[i]);

      if (g_strcmp0 (kind, "vnc") == 0)
        add_vnc (builder, graphics->pdata[i]);
      else if (g_strcmp0 (kind, "spice") == 0 && vmm_capabilities_has_feature (builder->capabilities, "spice"))
        add_spice (builder, graphics->pdata[i]);
      else if (g_strcmp0 (kind, "dbus") != 0)
        return vmm_builder_refuse (graphics->pdata[i], "type", kind, "dbus and vnc work, and spice with the package qemu-system-modules-spice", error);
    }

  return TRUE;
}

gboolean
vmm_builder_add_displays (VmmBuilder  *builder,
                          GError     **error)
{
  g_autoptr(GPtrArray) videos = vmm_domain_list_videos (builder->domain);
  guint n_added = 0;

  g_ptr_array_sort (videos, compare_primary);

  for (guint i = 0; i < videos->len; i++)
    {
      if (is_none (videos->pdata[i]))
        continue;

      if (!add_video (builder, videos->pdata[i], n_added == 0, error))
        return FALSE;

      n_added++;
    }

  return add_graphics (builder, n_added > 0, error);
}
