/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-command-line-private.h"

#include <string.h>

#include "vmm-error.h"
#include "vmm-xml.h"

/* The longest name that QEMU takes for a block node. */
#define MAX_NODE_NAME 31

struct _VmmCommandLine
{
  GObject     parent_instance;

  GStrv       argv;
  GStrv       notes;
  GArray     *slots;
  const char *accelerator;
  char       *accelerator_reason;
};

G_DEFINE_FINAL_TYPE (VmmCommandLine, vmm_command_line, G_TYPE_OBJECT)

static void
slot_clear (VmmFdSlot *slot)
{
  g_free (slot->alias);
}

static void
vmm_command_line_finalize (GObject *object)
{
  VmmCommandLine *self = VMM_COMMAND_LINE (object);

  g_strfreev (self->argv);
  g_strfreev (self->notes);
  g_clear_pointer (&self->slots, g_array_unref);
  g_free (self->accelerator_reason);

  G_OBJECT_CLASS (vmm_command_line_parent_class)->finalize (object);
}

static void
vmm_command_line_class_init (VmmCommandLineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vmm_command_line_finalize;
}

static void
vmm_command_line_init (VmmCommandLine *self)
{
}

void
vmm_builder_add (VmmBuilder *builder,
                 const char *option,
                 const char *value)
{
  g_ptr_array_add (builder->argv, g_strdup (option));

  if (value != NULL)
    g_ptr_array_add (builder->argv, g_strdup (value));
}

/* @object: (transfer full): the option's value */
void
vmm_builder_add_json (VmmBuilder *builder,
                      const char *option,
                      JsonObject *object)
{
  g_autoptr(JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_node_take_object (node, object);
  text = json_to_string (node, FALSE);
  vmm_builder_add (builder, option, text);
}

static gboolean
check_properties (VmmBuilder  *builder,
                  JsonObject  *device,
                  GError     **error)
{
  const char *driver = json_object_get_string_member (device, "driver");
  const char *version = vmm_capabilities_get_version (builder->capabilities);
  const char *property;
  JsonObjectIter iter;
  JsonNode *node;

  if (!vmm_capabilities_has_device (builder->capabilities, driver))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                   "This QEMU (%s) has no device “%s”; another model, or the QEMU package that brings it, would work",
                   version, driver);
      return FALSE;
    }

  json_object_iter_init (&iter, device);

  while (json_object_iter_next (&iter, &property, &node))
    {
      static const char *const common[] = { "driver", "id", "bus", NULL };

      if (g_strv_contains (common, property) ||
          vmm_capabilities_has_device_property (builder->capabilities, driver, property))
        continue;

      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                   "The device “%s” of this QEMU (%s) has no property “%s”; remove what asks for it",
                   driver, version, property);
      return FALSE;
    }

  return TRUE;
}

/* @device: (transfer full): a -device, checked against what this QEMU has */
gboolean
vmm_builder_add_device (VmmBuilder  *builder,
                        JsonObject  *device,
                        GError     **error)
{
  if (!check_properties (builder, device, error))
    {
      json_object_unref (device);
      return FALSE;
    }

  vmm_builder_add_json (builder, "-device", device);

  return TRUE;
}

/* QEMU's rule for ids, which options such as -chardev rely on. */
static gboolean
is_id (const char *text)
{
  if (!g_ascii_isalpha (text[0]))
    return FALSE;

  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("-._", *p) == NULL)
      return FALSE;

  return TRUE;
}

/* Returns: (transfer none) (nullable): the device's alias, if QEMU takes it as an id */
const char *
vmm_builder_get_id (VmmDevice  *view,
                    GError    **error)
{
  const char *alias = vmm_device_get_alias (view);

  if (alias == NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "The %s on line %ld has no alias; complete the definition first",
                   vmm_device_get_element (view), xmlGetLineNo (vmm_device_get_node (view)));
      return NULL;
    }

  if (!is_id (alias))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "The alias “%s” cannot be used; letters, digits, “-”, “_” and “.” after a letter work", alias);
      return NULL;
    }

  return alias;
}

/* Returns: (transfer full) (nullable): a -device with driver and id */
JsonObject *
vmm_builder_new_device (VmmBuilder  *builder,
                        VmmDevice   *view,
                        const char  *driver,
                        GError     **error)
{
  const char *id = vmm_builder_get_id (view, error);
  JsonObject *device;

  if (id == NULL)
    return NULL;

  device = json_object_new ();
  json_object_set_string_member (device, "driver", driver);
  json_object_set_string_member (device, "id", id);

  return device;
}

VmmController *
vmm_builder_find_controller (VmmBuilder *builder,
                             const char *kind,
                             guint       index)
{
  g_autoptr(GPtrArray) controllers = vmm_domain_list_controllers (builder->domain);

  for (guint i = 0; i < controllers->len; i++)
    {
      VmmController *controller = g_ptr_array_index (controllers, i);

      if (g_strcmp0 (vmm_controller_get_kind (controller), kind) == 0 &&
          vmm_controller_get_index (controller) == index)
        /* The view goes, the document keeps what its strings are lent from. */
        return g_object_ref (controller);
    }

  return NULL;
}

static char *
dup_pci_bus (VmmBuilder *builder,
             guint       bus)
{
  g_autoptr(VmmController) controller = NULL;

  if (bus == 0)
    return g_strdup (builder->is_q35 ? "pcie.0" : "pci.0");

  controller = vmm_builder_find_controller (builder, "pci", bus);

  return controller != NULL ? g_strdup (vmm_device_get_alias (VMM_DEVICE (controller))) : NULL;
}

gboolean
vmm_builder_set_pci (VmmBuilder  *builder,
                     JsonObject  *device,
                     VmmDevice   *view,
                     GError     **error)
{
  g_autofree char *bus = NULL;
  g_autofree char *addr = NULL;
  VmmPciAddress address;

  if (!vmm_device_get_pci_address (view, &address))
    return vmm_builder_refuse (view, "address of type", vmm_device_get_address_type (view),
                               "remove it and complete the definition", error);

  bus = dup_pci_bus (builder, address.bus);

  if (bus == NULL)
    {
      g_autofree char *number = g_strdup_printf ("%u", address.bus);

      return vmm_builder_refuse (view, "PCI bus", number, "add a controller of type “pci” with this index", error);
    }

  addr = address.function > 0 ? g_strdup_printf ("0x%x.0x%x", address.slot, address.function)
                              : g_strdup_printf ("0x%x", address.slot);
  json_object_set_string_member (device, "bus", bus);
  json_object_set_string_member (device, "addr", addr);

  if (address.multifunction)
    json_object_set_boolean_member (device, "multifunction", TRUE);

  return TRUE;
}

gboolean
vmm_builder_set_usb (VmmBuilder  *builder,
                     JsonObject  *device,
                     VmmDevice   *view,
                     GError     **error)
{
  guint index = vmm_device_get_number (view, "address@bus", 0);
  const char *port = vmm_device_get (view, "address@port");
  g_autoptr(VmmController) controller = vmm_builder_find_controller (builder, "usb", index);
  g_autofree char *bus = NULL;

  if (controller == NULL || g_strcmp0 (vmm_controller_get_model (controller), "none") == 0)
    return vmm_builder_refuse (view, "USB bus", vmm_device_get (view, "address@bus"),
                               "add a controller of type “usb” with this index", error);

  if (port == NULL || strspn (port, "0123456789.") != strlen (port))
    return vmm_builder_refuse (view, "USB port", port, "a number, or numbers with dots, works", error);

  bus = g_strconcat (vmm_device_get_alias (VMM_DEVICE (controller)), ".0", NULL);
  json_object_set_string_member (device, "bus", bus);
  json_object_set_string_member (device, "port", port);

  return TRUE;
}

void
vmm_builder_set_boot_index (VmmBuilder *builder,
                            JsonObject *device,
                            VmmDevice  *view)
{
  guint index = GPOINTER_TO_UINT (g_hash_table_lookup (builder->boot_index, vmm_device_get_node (view)));

  if (index > 0)
    json_object_set_int_member (device, "bootindex", index);
}

/* @alias: (nullable): whose it is; returns: the number under which QEMU will find the descriptor */
int
vmm_builder_take_fd (VmmBuilder    *builder,
                     VmmFdSlotKind  kind,
                     const char    *alias)
{
  VmmFdSlot slot = { kind, g_strdup (alias), builder->next_fd++ };

  g_array_append_val (builder->slots, slot);

  return slot.number;
}

void
vmm_builder_note (VmmBuilder *builder,
                  const char *format,
                  ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (builder->notes, g_strdup_vprintf (format, args));
  va_end (args);
}

/* Sets the error of a value that has no place on the command line. Returns: %FALSE */
gboolean
vmm_builder_refuse (VmmDevice   *view,
                    const char  *what,
                    const char  *value,
                    const char  *remedy,
                    GError     **error)
{
  g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED, "line %ld: <%s>: %s “%s” is not supported; %s",
               xmlGetLineNo (vmm_device_get_node (view)), vmm_device_get_element (view), what,
               value != NULL ? value : "", remedy);

  return FALSE;
}

/**
 * vmm_option_append:
 * @option: an option of the form "a=b,c=d"
 * @name: (nullable): the next name
 * @value: its value, whose commas are doubled
 *
 * For the few options that take no JSON.
 */
void
vmm_option_append (GString    *option,
                   const char *name,
                   const char *value)
{
  if (option->len > 0)
    g_string_append_c (option, ',');

  if (name != NULL)
    g_string_append_printf (option, "%s=", name);

  for (const char *p = value; *p != '\0'; p++)
    {
      if (*p == ',')
        g_string_append_c (option, ',');

      g_string_append_c (option, *p);
    }
}

/**
 * vmm_command_line_dup_node_name:
 * @role: "fmt" for the node that the device uses, "file" for the one under it
 * @alias: the disk's alias
 *
 * Returns: (transfer full): the name of the block node, of 31 characters at most
 */
char *
vmm_command_line_dup_node_name (const char *role,
                                const char *alias)
{
  g_autofree char *name = g_strconcat (role, "-", alias, NULL);
  g_autofree char *digest = NULL;

  if (strlen (name) <= MAX_NODE_NAME)
    return g_steal_pointer (&name);

  digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, alias, -1);
  digest[20] = '\0';

  return g_strconcat (role, "-", digest, NULL);
}

static gboolean
choose_accelerator (VmmBuilder  *builder,
                    GError     **error)
{
  const char *virt_type = vmm_domain_get_virt_type (builder->domain);
  const char *accelerator = builder->options->accelerator;

  if (g_strcmp0 (virt_type, "kvm") != 0 && g_strcmp0 (virt_type, "qemu") != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_UNSUPPORTED,
                   "The domain type “%s” is not supported; “kvm” and “qemu” work", virt_type != NULL ? virt_type : "");
      return FALSE;
    }

  if (accelerator == NULL && strcmp (virt_type, "qemu") == 0)
    {
      accelerator = "tcg";
      builder->accelerator_reason = "The definition asks for emulation";
    }
  else if (accelerator == NULL)
    {
      accelerator = vmm_capabilities_get_accelerator (builder->capabilities);
      builder->accelerator_reason = vmm_capabilities_get_accelerator_reason (builder->capabilities);

      if (strcmp (accelerator, "kvm") == 0 && vmm_domain_is_uefi (builder->domain) &&
          vmm_capabilities_get_kvm_efi_problem (builder->capabilities) != NULL)
        {
          accelerator = "tcg";
          builder->accelerator_reason = vmm_capabilities_get_kvm_efi_problem (builder->capabilities);
        }
    }
  else
    {
      builder->accelerator_reason = "The start asks for it";
    }

  builder->is_kvm = strcmp (accelerator, "kvm") == 0;

  if (!builder->is_kvm && strcmp (virt_type, "kvm") == 0)
    vmm_builder_note (builder, "The machine runs without KVM, and so slowly: %s", builder->accelerator_reason);

  return TRUE;
}

static void
add_monitor (VmmBuilder *builder)
{
  g_autofree char *chardev = g_strdup_printf ("socket,id=monitor,fd=%d,server=on,wait=off",
                                              vmm_builder_take_fd (builder, VMM_FD_SLOT_QMP, NULL));

  vmm_builder_add (builder, "-chardev", chardev);
  vmm_builder_add (builder, "-mon", "chardev=monitor,mode=control");
}

static gboolean
build_all (VmmBuilder  *builder,
           GError     **error)
{
  if (!choose_accelerator (builder, error))
    return FALSE;

  vmm_builder_plan_boot (builder);

  if (!vmm_builder_add_machine (builder, error) ||
      !vmm_builder_add_cpu (builder, error))
    return FALSE;

  add_monitor (builder);

  vmm_builder_add_kernel (builder);

  return vmm_builder_add_controllers (builder, error) &&
         vmm_builder_add_disks (builder, error) &&
         vmm_builder_add_interfaces (builder, error) &&
         vmm_builder_add_char_devs (builder, error) &&
         vmm_builder_add_inputs (builder, error) &&
         vmm_builder_add_displays (builder, error) &&
         vmm_builder_add_misc (builder, error);
}

/**
 * vmm_command_line_build:
 * @domain: a definition that vmm_domain_validate() accepts and vmm_domain_complete() has completed
 * @capabilities: of the QEMU that runs it
 * @options: what this start needs
 *
 * A pure function: looks at no file and opens nothing.
 *
 * Fails with %VMM_ERROR_UNSUPPORTED if something in the definition has no command line here, or
 * %VMM_ERROR_INVALID if the definition is not complete.
 */
VmmCommandLine *
vmm_command_line_build (VmmDomain              *domain,
                        VmmCapabilities        *capabilities,
                        const VmmStartOptions  *options,
                        GError                **error)
{
  g_autoptr(VmmCommandLine) self = NULL;
  VmmBuilder builder = { domain, capabilities, options };
  gboolean is_built;

  g_return_val_if_fail (VMM_IS_DOMAIN (domain), NULL);
  g_return_val_if_fail (VMM_IS_CAPABILITIES (capabilities), NULL);
  g_return_val_if_fail (options != NULL, NULL);

  self = g_object_new (VMM_TYPE_COMMAND_LINE, NULL);
  self->slots = g_array_new (FALSE, FALSE, sizeof (VmmFdSlot));
  g_array_set_clear_func (self->slots, (GDestroyNotify) slot_clear);

  builder.is_q35 = vmm_domain_is_q35 (domain);
  builder.argv = g_ptr_array_new ();
  builder.notes = g_ptr_array_new ();
  builder.slots = self->slots;
  builder.boot_index = g_hash_table_new (NULL, NULL);
  builder.next_fd = 3;

  g_ptr_array_add (builder.argv, g_strdup (vmm_capabilities_get_emulator (capabilities)));
  is_built = build_all (&builder, error);

  g_ptr_array_add (builder.argv, NULL);
  g_ptr_array_add (builder.notes, NULL);
  self->argv = (GStrv) g_ptr_array_free (builder.argv, FALSE);
  self->notes = (GStrv) g_ptr_array_free (builder.notes, FALSE);
  self->accelerator = builder.is_kvm ? "kvm" : "tcg";
  self->accelerator_reason = g_strdup (builder.accelerator_reason);
  g_hash_table_unref (builder.boot_index);

  return is_built ? g_steal_pointer (&self) : NULL;
}

/* Returns: (transfer none): the arguments, the emulator first */
const char * const *
vmm_command_line_get_argv (VmmCommandLine *self)
{
  g_return_val_if_fail (VMM_IS_COMMAND_LINE (self), NULL);

  return (const char * const *) self->argv;
}

/* Returns: (transfer none) (array length=n_slots): descriptors that QEMU must be given */
const VmmFdSlot *
vmm_command_line_get_fd_slots (VmmCommandLine *self,
                               gsize          *n_slots)
{
  g_return_val_if_fail (VMM_IS_COMMAND_LINE (self), NULL);

  *n_slots = self->slots->len;

  return (const VmmFdSlot *) (gpointer) self->slots->data;
}

/* Returns: (transfer none): "kvm" or "tcg" */
const char *
vmm_command_line_get_accelerator (VmmCommandLine *self)
{
  return self->accelerator;
}

/* Returns: (transfer none): why it runs with that accelerator, in plain English */
const char *
vmm_command_line_get_accelerator_reason (VmmCommandLine *self)
{
  return self->accelerator_reason;
}

/* Returns: (transfer none): plain English sentences on what runs otherwise than the definition says */
const char * const *
vmm_command_line_get_notes (VmmCommandLine *self)
{
  return (const char * const *) self->notes;
}
