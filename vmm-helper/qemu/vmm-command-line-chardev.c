/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-command-line-private.h"
#include "vmm-xml.h"

/* Serial and parallel ports, consoles, channels: a -chardev, which takes no JSON, and its device. */

static void
append_server (GString    *option,
               VmmCharDev *char_dev)
{
  if (g_strcmp0 (vmm_char_dev_get_source_mode (char_dev), "bind") == 0)
    g_string_append (option, ",server=on,wait=off");
}

static gboolean
append_tcp (GString     *option,
            VmmCharDev  *char_dev,
            GError     **error)
{
  const char *host = vmm_char_dev_get_source_host (char_dev);
  const char *service = vmm_char_dev_get_source_service (char_dev);
  const char *protocol = vmm_char_dev_get_protocol (char_dev);

  if (service == NULL || service[0] == '\0')
    return vmm_builder_refuse (VMM_DEVICE (char_dev), "TCP port", service, "give <source> a service", error);

  vmm_option_append (option, "host", host != NULL ? host : "127.0.0.1");
  vmm_option_append (option, "port", service);

  if (g_strcmp0 (protocol, "telnet") == 0)
    g_string_append (option, ",telnet=on");

  append_server (option, char_dev);

  return TRUE;
}

/* The one of the <source>s of a UDP port that has @mode. */
static const xmlNode *
find_source (VmmCharDev *char_dev,
             const char *mode)
{
  const xmlNode *source = vmm_xml_get_child (vmm_device_get_node (VMM_DEVICE (char_dev)), "source");

  for (; source != NULL; source = vmm_xml_get_next_named (source))
    if (g_strcmp0 (vmm_xml_get_attribute (source, "mode"), mode) == 0)
      return source;

  return NULL;
}

static gboolean
append_udp (GString     *option,
            VmmCharDev  *char_dev,
            GError     **error)
{
  const xmlNode *remote = find_source (char_dev, "connect");
  const xmlNode *local = find_source (char_dev, "bind");
  const char *host = remote != NULL ? vmm_xml_get_attribute (remote, "host") : NULL;
  const char *service = remote != NULL ? vmm_xml_get_attribute (remote, "service") : NULL;

  if (service == NULL)
    return vmm_builder_refuse (VMM_DEVICE (char_dev), "UDP port", NULL,
                               "add <source mode='connect' host='…' service='…'/>", error);

  vmm_option_append (option, "host", host != NULL ? host : "127.0.0.1");
  vmm_option_append (option, "port", service);

  if (local != NULL && vmm_xml_get_attribute (local, "host") != NULL)
    vmm_option_append (option, "localaddr", vmm_xml_get_attribute (local, "host"));

  if (local != NULL && vmm_xml_get_attribute (local, "service") != NULL)
    vmm_option_append (option, "localport", vmm_xml_get_attribute (local, "service"));

  return TRUE;
}

static gboolean
append_path (GString     *option,
             VmmCharDev  *char_dev,
             GError     **error)
{
  const char *path = vmm_char_dev_get_source_path (char_dev);

  if (path == NULL || path[0] == '\0')
    return vmm_builder_refuse (VMM_DEVICE (char_dev), "path", path, "give <source> a path", error);

  vmm_option_append (option, "path", path);

  return TRUE;
}

static void
append_served (VmmBuilder *builder,
               GString    *option,
               VmmCharDev *char_dev,
               const char *alias)
{
  int fd = vmm_builder_take_fd (builder, VMM_FD_SLOT_CHAR_DEV, alias);
  gboolean is_serial = strcmp (vmm_device_get_element (VMM_DEVICE (char_dev)), "serial") == 0;

  g_string_append_printf (option, ",fd=%d,server=on,wait=off", fd);

  if (is_serial && builder->options->log_folder != NULL && vmm_char_dev_get_log_file (char_dev) == NULL)
    {
      g_autofree char *name = g_strconcat (alias, ".log", NULL);
      g_autofree char *path = g_build_filename (builder->options->log_folder, name, NULL);

      vmm_option_append (option, "logfile", path);
      g_string_append (option, ",logappend=on");
    }
}

static gboolean
append_backend (VmmBuilder  *builder,
                GString     *option,
                VmmCharDev  *char_dev,
                const char  *alias,
                GError     **error)
{
  const char *kind = vmm_char_dev_get_kind (char_dev);

  if (vmm_char_dev_is_served (char_dev))
    append_served (builder, option, char_dev, alias);
  else if (g_strcmp0 (kind, "unix") == 0)
    {
      if (!append_path (option, char_dev, error))
        return FALSE;

      append_server (option, char_dev);
    }
  else if (g_strcmp0 (kind, "tcp") == 0)
    return append_tcp (option, char_dev, error);
  else if (g_strcmp0 (kind, "udp") == 0)
    return append_udp (option, char_dev, error);
  else if (g_strcmp0 (kind, "file") == 0)
    {
      if (!append_path (option, char_dev, error))
        return FALSE;

      if (g_strcmp0 (vmm_device_get (VMM_DEVICE (char_dev), "source@append"), "on") == 0)
        g_string_append (option, ",append=on");
    }
  else if (g_strcmp0 (kind, "pipe") == 0 || g_strcmp0 (kind, "dev") == 0)
    return append_path (option, char_dev, error);
  else if (g_strcmp0 (kind, "spicevmc") == 0)
    vmm_option_append (option, "name", "vdagent");

  return TRUE;
}

/* What QEMU calls the backend of a <source> of this type. */
static const char *
backend_for (VmmCharDev *char_dev)
{
  const char *kind = vmm_char_dev_get_kind (char_dev);
  gboolean is_parallel = strcmp (vmm_device_get_element (VMM_DEVICE (char_dev)), "parallel") == 0;

  if (g_strcmp0 (kind, "dev") == 0)
    return is_parallel ? "parallel" : "serial";

  if (g_strcmp0 (kind, "pty") == 0 || g_strcmp0 (kind, "unix") == 0 || g_strcmp0 (kind, "tcp") == 0)
    return "socket";

  if (g_strcmp0 (kind, "null") == 0 || g_strcmp0 (kind, "file") == 0 || g_strcmp0 (kind, "pipe") == 0 ||
      g_strcmp0 (kind, "udp") == 0 || g_strcmp0 (kind, "spicevmc") == 0)
    return kind;

  return NULL;
}

static gboolean
add_backend (VmmBuilder  *builder,
             VmmCharDev  *char_dev,
             const char  *alias,
             GError     **error)
{
  const char *backend = backend_for (char_dev);
  const char *log = vmm_char_dev_get_log_file (char_dev);
  g_autoptr(GString) option = g_string_new (backend);

  if (backend == NULL)
    return vmm_builder_refuse (VMM_DEVICE (char_dev), "type", vmm_char_dev_get_kind (char_dev),
                               "pty, unix, tcp, udp, file, pipe, dev and null work", error);

  g_string_append_printf (option, ",id=char%s", alias);

  if (!append_backend (builder, option, char_dev, alias, error))
    return FALSE;

  if (log != NULL)
    {
      vmm_option_append (option, "logfile", log);
      vmm_option_append (option, "logappend",
                         g_strcmp0 (vmm_device_get (VMM_DEVICE (char_dev), "log@append"), "on") == 0 ? "on" : "off");
    }

  vmm_builder_add (builder, "-chardev", option->str);

  return TRUE;
}

static const char *
driver_for (VmmCharDev *char_dev)
{
  const char *element = vmm_device_get_element (VMM_DEVICE (char_dev));
  const char *type = vmm_char_dev_get_target_type (char_dev);

  if (strcmp (element, "serial") == 0)
    {
      if (type == NULL || strcmp (type, "isa-serial") == 0 || strcmp (type, "serial") == 0)
        return "isa-serial";

      return strcmp (type, "pci-serial") == 0 || strcmp (type, "usb-serial") == 0 ? type : NULL;
    }

  if (strcmp (element, "parallel") == 0)
    return "isa-parallel";

  if (g_strcmp0 (type, "virtio") == 0)
    return strcmp (element, "console") == 0 ? "virtconsole" : "virtserialport";

  return NULL;
}

static gboolean
set_virtio_serial (VmmBuilder  *builder,
                   JsonObject  *device,
                   VmmDevice   *view,
                   GError     **error)
{
  guint index = vmm_device_get_number (view, "address@controller", 0);
  g_autoptr(VmmController) controller = vmm_builder_find_controller (builder, "virtio-serial", index);
  g_autofree char *bus = NULL;

  if (controller == NULL)
    return vmm_builder_refuse (view, "controller", vmm_device_get (view, "address@controller"),
                               "add a controller of type “virtio-serial” with this index", error);

  bus = g_strconcat (vmm_device_get_alias (VMM_DEVICE (controller)), ".0", NULL);
  json_object_set_string_member (device, "bus", bus);
  json_object_set_int_member (device, "nr", vmm_device_get_number (view, "address@port", 0));

  if (vmm_char_dev_get_target_name (VMM_CHAR_DEV (view)) != NULL)
    json_object_set_string_member (device, "name", vmm_char_dev_get_target_name (VMM_CHAR_DEV (view)));

  return TRUE;
}

static gboolean
set_place (VmmBuilder  *builder,
           JsonObject  *device,
           VmmDevice   *view,
           const char  *driver,
           guint        number,
           GError     **error)
{
  if (g_str_has_prefix (driver, "virt"))
    return set_virtio_serial (builder, device, view, error);

  if (strcmp (driver, "pci-serial") == 0)
    return vmm_builder_set_pci (builder, device, view, error);

  if (strcmp (driver, "usb-serial") == 0)
    return vmm_builder_set_usb (builder, device, view, error);

  json_object_set_int_member (device, "index", vmm_device_get_number (view, "target@port", number));

  return TRUE;
}

/* @number: its place among its kind */
static gboolean
add_char_dev (VmmBuilder  *builder,
              VmmCharDev  *char_dev,
              guint        number,
              GError     **error)
{
  VmmDevice *view = VMM_DEVICE (char_dev);
  const char *alias = vmm_builder_get_id (view, error);
  const char *driver = driver_for (char_dev);
  g_autoptr(JsonObject) device = NULL;
  g_autofree char *id = NULL;

  if (alias == NULL)
    return FALSE;

  if (driver == NULL)
    return vmm_builder_refuse (view, "target type", vmm_char_dev_get_target_type (char_dev),
                               "“isa-serial” works for a serial port, “virtio” for a console or channel", error);

  if (!add_backend (builder, char_dev, alias, error))
    return FALSE;

  device = vmm_builder_new_device (builder, view, driver, error);

  if (device == NULL || !set_place (builder, device, view, driver, number, error))
    return FALSE;

  id = g_strconcat ("char", alias, NULL);
  json_object_set_string_member (device, "chardev", id);

  return vmm_builder_add_device (builder, g_steal_pointer (&device), error);
}

gboolean
vmm_builder_add_char_devs (VmmBuilder  *builder,
                           GError     **error)
{
  static const char *const elements[] = { "serial", "parallel", "console", "channel" };

  for (guint e = 0; e < G_N_ELEMENTS (elements); e++)
    {
      g_autoptr(GPtrArray) devices = vmm_domain_list_devices (builder->domain, elements[e]);

      for (guint i = 0; i < devices->len; i++)
        if (!vmm_char_dev_is_serial_twin (devices->pdata[i]) &&
            !add_char_dev (builder, devices->pdata[i], i, error))
          return FALSE;
    }

  return TRUE;
}
