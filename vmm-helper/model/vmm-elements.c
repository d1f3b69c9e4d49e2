/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-elements.h"

#include <string.h>

#include "vmm-problem.h"
#include "vmm-xml.h"

/*
 * What of the domain format has an effect here. An element or attribute that is not listed is an
 * error: nothing is dropped silently. "path: attributes"; "*" stands for any attribute, and "kept"
 * for an element whose content nobody looks at. A path under a device begins with its element.
 */
static const char *const known[] = {
  ": type id",
  "name", "uuid", "title", "description", "metadata: kept",
  "memory: unit dumpCore", "currentMemory: unit", "vcpu: placement current",
  "os: firmware", "os/type: arch machine", "os/loader: readonly type secure format stateless",
  "os/nvram: template templateFormat format", "os/boot: dev", "os/bootmenu: enable timeout", "os/firmware",
  "os/firmware/feature: enabled name", "os/kernel", "os/initrd", "os/cmdline", "os/dtb",
  "features", "features/acpi", "features/apic", "features/pae", "features/smm: state", "features/vmport: state",
  "features/pmu: state", "features/kvm", "features/kvm/hidden: state", "features/hyperv: mode",
  "features/hyperv/relaxed: state", "features/hyperv/vapic: state", "features/hyperv/spinlocks: state retries",
  "features/hyperv/vpindex: state", "features/hyperv/runtime: state", "features/hyperv/synic: state",
  "features/hyperv/stimer: state", "features/hyperv/stimer/direct: state", "features/hyperv/reset: state",
  "features/hyperv/vendor_id: state value", "features/hyperv/frequencies: state",
  "features/hyperv/reenlightenment: state", "features/hyperv/tlbflush: state", "features/hyperv/ipi: state",
  "features/hyperv/evmcs: state", "features/hyperv/avic: state",
  "cpu: mode match check migratable", "cpu/model: fallback", "cpu/vendor", "cpu/topology: sockets dies cores threads",
  "cpu/feature: name policy",
  "clock: offset", "clock/timer: name present tickpolicy",
  "on_poweroff", "on_reboot", "on_crash", "pm", "pm/suspend-to-mem: enabled", "pm/suspend-to-disk: enabled",
  "devices", "devices/emulator",

  "devices/disk: type device", "devices/disk/driver: name type cache io discard detect_zeroes error_policy rerror_policy",
  "devices/disk/source: file dev index", "devices/disk/target: dev bus tray", "devices/disk/serial",
  "devices/disk/readonly", "devices/disk/shareable", "devices/disk/boot: order", "devices/disk/backingStore: kept",

  "devices/interface: type", "devices/interface/mac: address", "devices/interface/model: type",
  "devices/interface/source", "devices/interface/boot: order", "devices/interface/backend: type",
  "devices/interface/link: state", "devices/interface/portForward: proto address",
  "devices/interface/portForward/range: start end to",

  "devices/controller: type index model ports vectors", "devices/controller/driver: queues",
  "devices/controller/target: chassis chassisNr port hotplug", "devices/controller/model: name",
  "devices/controller/master: startport",

  "devices/graphics: type port autoport listen keymap sharePolicy", "devices/graphics/listen: type address",
  "devices/graphics/image: compression", "devices/graphics/jpeg: compression", "devices/graphics/zlib: compression",
  "devices/graphics/playback: compression", "devices/graphics/streaming: mode", "devices/graphics/mouse: mode",
  "devices/graphics/clipboard: copypaste", "devices/graphics/filetransfer: enable", "devices/graphics/gl: enable",

  "devices/video", "devices/video/model: type vram ram vgamem vram64 heads primary",
  "devices/video/model/acceleration: accel3d",
  "devices/input: type bus",

  "devices/serial: type", "devices/serial/source: path mode host service append", "devices/serial/protocol: type",
  "devices/serial/target: type port", "devices/serial/target/model: name", "devices/serial/log: file append",
  "devices/parallel: type", "devices/parallel/source: path mode host service append",
  "devices/parallel/protocol: type", "devices/parallel/target: port", "devices/parallel/log: file append",
  "devices/console: type tty", "devices/console/source: path mode host service append",
  "devices/console/protocol: type", "devices/console/target: type port", "devices/console/log: file append",
  "devices/channel: type", "devices/channel/source: path mode host service append",
  "devices/channel/protocol: type", "devices/channel/target: type name state", "devices/channel/log: file append",

  "devices/rng: model", "devices/rng/rate: bytes period", "devices/rng/backend: model",
  "devices/memballoon: model autodeflate freePageReporting", "devices/memballoon/stats: period",
};

/* What libvirt enforces on the host's side and this project does not; the guest sees no difference. */
static const char *const host_policy[] = {
  "seclabel", "resource", "cputune", "memtune", "blkiotune", "numatune", "on_lockfailure", "devices/disk/seclabel",
  "devices/disk/source/seclabel", "devices/disk/iotune", "devices/interface/bandwidth",
};

/* "path@attribute" or "path" for text, and the values that work. */
static const char *const choices[][2] = {
  { "@type", "kvm qemu" },
  { "os@firmware", "efi bios" },
  { "os/type", "hvm" },
  { "os/loader@type", "pflash rom" },
  { "os/loader@format", "raw qcow2" },
  { "os/loader@stateless", "no" },
  { "os/nvram@format", "raw qcow2" },
  { "os/nvram@templateFormat", "raw qcow2" },
  { "os/boot@dev", "hd cdrom network fd" },
  { "os/firmware/feature@name", "secure-boot enrolled-keys" },
  { "cpu@mode", "host-passthrough host-model maximum custom" },
  { "cpu/feature@policy", "force require optional disable forbid" },
  { "clock@offset", "utc localtime" },
  { "clock/timer@name", "rtc pit hpet kvmclock hypervclock" },
  { "clock/timer@tickpolicy", "catchup delay discard" },
  { "on_poweroff", "destroy restart" },
  { "on_reboot", "restart destroy" },
  { "on_crash", "destroy restart preserve" },
  { "devices/disk@type", "file block" },
  { "devices/disk@device", "disk cdrom floppy" },
  { "devices/disk/target@bus", "virtio scsi sata ide usb fdc" },
  { "devices/disk/driver@name", "qemu" },
  { "devices/disk/driver@type", "raw qcow2" },
  { "devices/disk/driver@cache", "default none writethrough writeback directsync unsafe" },
  { "devices/disk/driver@io", "threads native io_uring" },
  { "devices/disk/driver@discard", "unmap ignore" },
  { "devices/disk/driver@detect_zeroes", "off on unmap" },
  { "devices/disk/driver@error_policy", "stop report ignore enospace" },
  { "devices/disk/driver@rerror_policy", "stop report ignore" },
  { "devices/interface@type", "user" },
  { "devices/interface/model@type", "virtio virtio-transitional virtio-non-transitional e1000e e1000 rtl8139" },
  { "devices/interface/backend@type", "default passt" },
  { "devices/interface/link@state", "up" },
  { "devices/interface/portForward@proto", "tcp udp" },
  { "devices/controller@type", "pci usb scsi sata ide virtio-serial fdc" },
  { "devices/graphics@type", "dbus vnc spice" },
  { "devices/graphics@sharePolicy", "allow-exclusive force-shared ignore" },
  { "devices/graphics/listen@type", "address none" },
  { "devices/graphics/gl@enable", "no" },
  { "devices/video/model@type", "virtio vga qxl bochs ramfb cirrus vmvga none" },
  { "devices/video/model/acceleration@accel3d", "no" },
  { "devices/input@type", "tablet mouse keyboard" },
  { "devices/input@bus", "usb virtio ps2" },
  { "devices/serial@type", "pty unix tcp udp file pipe dev null" },
  { "devices/serial/target@type", "isa-serial pci-serial usb-serial serial" },
  { "devices/parallel@type", "pty unix tcp udp file pipe dev null" },
  { "devices/console@type", "pty unix tcp udp file pipe dev null" },
  { "devices/console/target@type", "serial virtio" },
  { "devices/channel@type", "pty unix tcp udp file pipe dev null spicevmc" },
  { "devices/channel/target@type", "virtio" },
  { "devices/rng@model", "virtio virtio-transitional virtio-non-transitional" },
  { "devices/rng/backend@model", "random builtin" },
  { "devices/memballoon@model", "virtio virtio-transitional virtio-non-transitional none" },
};

/* Attributes of these children are the same for all devices. */
static gboolean
is_common_child (const char *path)
{
  return g_str_has_prefix (path, "devices/") && (g_str_has_suffix (path, "/alias") || g_str_has_suffix (path, "/address")) &&
         strchr (path + strlen ("devices/"), '/') == strrchr (path, '/');
}

static GHashTable *
get_known (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once))
    {
      GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);

      for (guint i = 0; i < G_N_ELEMENTS (known); i++)
        {
          const char *colon = strchr (known[i], ':');

          g_hash_table_insert (table, colon != NULL ? g_strndup (known[i], colon - known[i]) : g_strdup (known[i]),
                               (gpointer) (colon != NULL && colon[1] != '\0' ? colon + 1 : ""));
        }

      g_once_init_leave (&once, (gsize) table);
    }

  return (GHashTable *) once;
}

static GHashTable *
get_choices (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once))
    {
      GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);

      for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
        g_hash_table_insert (table, (gpointer) choices[i][0], (gpointer) choices[i][1]);

      g_once_init_leave (&once, (gsize) table);
    }

  return (GHashTable *) once;
}

/* Whether @word stands in the list @words, which has blanks between its words. */
static gboolean
has_word (const char *words,
          const char *word)
{
  gsize length = strlen (word);

  /* An empty word would be found for ever. */
  if (length == 0)
    return FALSE;

  for (const char *p = words; (p = strstr (p, word)) != NULL; p++)
    if ((p == words || p[-1] == ' ') && (p[length] == ' ' || p[length] == '\0'))
      return TRUE;

  return FALSE;
}

/* "a, b and c work" */
static char *
dup_remedy (const char *words)
{
  g_auto(GStrv) list = g_strsplit (words, " ", -1);
  guint n = g_strv_length (list);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s“%s”", i == 0 ? "" : i + 1 == n ? " and " : ", ", list[i]);

  g_string_append (text, n == 1 ? " works" : " work");

  return g_string_free (text, FALSE);
}

static void
check_choice (const xmlNode *node,
              const char    *key,
              const char    *attribute,
              const char    *value,
              GPtrArray     *problems)
{
  const char *words = g_hash_table_lookup (get_choices (), key);
  g_autofree char *remedy = NULL;

  if (words == NULL || has_word (words, value))
    return;

  remedy = dup_remedy (words);
  vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, attribute, value, remedy,
                    "<%s>: the %s “%s” is not supported", (const char *) node->name,
                    attribute != NULL ? attribute : "value", value);
}

static void
check_attributes (const xmlNode *node,
                  const char    *path,
                  const char    *attributes,
                  GPtrArray     *problems)
{
  for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next)
    {
      const char *name = (const char *) attribute->name;
      g_autofree char *key = NULL;

      if (attribute->ns != NULL)
        continue;

      key = g_strconcat (path, "@", name, NULL);

      if (!has_word (attributes, name) && strcmp (attributes, "*") != 0)
        vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, name, vmm_xml_get_attribute (node, name),
                          "remove the attribute", "<%s>: the attribute %s=“%s” is not supported",
                          (const char *) node->name, name, vmm_xml_get_attribute (node, name));
      else
        check_choice (node, key, name, vmm_xml_get_attribute (node, name), problems);
    }
}

static gboolean
is_host_policy (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (host_policy); i++)
    if (strcmp (host_policy[i], path) == 0)
      return TRUE;

  return FALSE;
}

static void
check_unknown (const xmlNode *node,
               const char    *path,
               GPtrArray     *problems)
{
  if (is_host_policy (path))
    vmm_problems_add (problems, VMM_SEVERITY_NOTE, node, NULL, NULL, NULL,
                      "<%s> is kept, but not enforced", (const char *) node->name);
  else
    vmm_problems_add (problems, VMM_SEVERITY_ERROR, node, NULL, vmm_xml_get_attribute (node, "type"),
                      "remove the element", "<%s> is not supported", (const char *) node->name);
}

static void
walk (const xmlNode *node,
      const char    *path,
      GPtrArray     *problems)
{
  const char *attributes = g_hash_table_lookup (get_known (), path);

  if (attributes == NULL && is_common_child (path))
    attributes = "*";

  if (attributes == NULL)
    {
      check_unknown (node, path, problems);
      return;
    }

  if (strcmp (attributes, " kept") == 0)
    return;

  check_attributes (node, path, attributes, problems);

  if (vmm_xml_get_first (node) == NULL && g_hash_table_contains (get_choices (), path))
    {
      g_autofree char *text = g_strstrip (g_strdup (vmm_xml_get_text (node)));

      check_choice (node, path, NULL, text, problems);
    }

  for (const xmlNode *child = vmm_xml_get_first (node); child != NULL && problems->len <= VMM_PROBLEMS_MAX;
       child = vmm_xml_get_next (child))
    {
      g_autofree char *child_path = NULL;

      if (child->ns != NULL)
        {
          /* Somebody else's data, but what QEMU is to be told directly would be missed. */
          if (strstr ((const char *) child->ns->href, "libvirt.org/schemas/domain/qemu") != NULL)
            vmm_problems_add (problems, VMM_SEVERITY_ERROR, child, NULL, NULL, "remove the element",
                              "<qemu:%s> is not supported", (const char *) child->name);
          continue;
        }

      child_path = path[0] != '\0' ? g_strconcat (path, "/", (const char *) child->name, NULL)
                                   : g_strdup ((const char *) child->name);
      walk (child, child_path, problems);
    }
}

/* Adds a problem for everything in the document that would have no effect, or not the one it asks for. */
void
vmm_elements_validate (VmmDomain *domain,
                       GPtrArray *problems)
{
  walk (vmm_domain_get_root (domain), "", problems);
}
