/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-command-line-private.h"

/* The order in which the firmware tries devices: "bootindex" of each. */

static gint
compare_order (gconstpointer a,
               gconstpointer b)
{
  guint first = vmm_device_get_boot_order (*(VmmDevice **) a);
  guint second = vmm_device_get_boot_order (*(VmmDevice **) b);

  return first < second ? -1 : first > second;
}

static gboolean
is_kind (VmmDevice  *device,
         const char *kind)
{
  const char *type;

  if (VMM_IS_INTERFACE (device))
    return strcmp (kind, "network") == 0;

  if (!VMM_IS_DISK (device))
    return FALSE;

  type = vmm_disk_get_device (VMM_DISK (device));

  if (strcmp (kind, "cdrom") == 0)
    return g_strcmp0 (type, "cdrom") == 0;

  if (strcmp (kind, "fd") == 0)
    return g_strcmp0 (type, "floppy") == 0;

  return strcmp (kind, "hd") == 0 && (type == NULL || strcmp (type, "disk") == 0);
}

static void
add_once (GPtrArray *order,
          VmmDevice *device)
{
  if (!g_ptr_array_find (order, device, NULL))
    g_ptr_array_add (order, device);
}

/* As libvirt does: of each kind in <boot dev> the first device. */
static void
order_by_kinds (VmmBuilder *builder,
                GPtrArray  *devices,
                GPtrArray  *order)
{
  g_auto(GStrv) kinds = vmm_domain_dup_boot_devices (builder->domain);
  const char *const fallback[] = { "hd", NULL };
  const char * const *wanted = kinds[0] != NULL ? (const char * const *) kinds : fallback;

  for (guint k = 0; wanted[k] != NULL; k++)
    for (guint i = 0; i < devices->len; i++)
      if (is_kind (devices->pdata[i], wanted[k]))
        {
          add_once (order, devices->pdata[i]);
          break;
        }
}

/* The installer's medium is first at the first start, and behind the disks at later ones. */
static void
order_for_install (VmmBuilder *builder,
                   GPtrArray  *devices,
                   GPtrArray  *order)
{
  g_autoptr(GPtrArray) old = g_ptr_array_copy (order, NULL, NULL);
  VmmDevice *media = NULL;

  for (guint i = 0; i < devices->len; i++)
    if (VMM_IS_DISK (devices->pdata[i]) &&
        g_strcmp0 (vmm_disk_get_target (devices->pdata[i]), builder->options->install_media) == 0)
      media = devices->pdata[i];

  g_ptr_array_set_size (order, 0);

  if (media != NULL && builder->options->install_stage == 0)
    add_once (order, media);

  for (guint i = 0; i < devices->len; i++)
    if (is_kind (devices->pdata[i], "hd"))
      add_once (order, devices->pdata[i]);

  for (guint i = 0; i < old->len; i++)
    add_once (order, old->pdata[i]);

  if (media != NULL)
    add_once (order, media);
}

void
vmm_builder_plan_boot (VmmBuilder *builder)
{
  g_autoptr(GPtrArray) devices = vmm_domain_list_devices (builder->domain, NULL);
  g_autoptr(GPtrArray) order = g_ptr_array_new ();

  for (guint i = 0; i < devices->len; i++)
    if (vmm_device_get_boot_order (devices->pdata[i]) > 0)
      g_ptr_array_add (order, devices->pdata[i]);

  if (order->len > 0)
    g_ptr_array_sort (order, compare_order);
  else
    order_by_kinds (builder, devices, order);

  if (builder->options->is_installing)
    order_for_install (builder, devices, order);

  for (guint i = 0; i < order->len; i++)
    g_hash_table_insert (builder->boot_index, vmm_device_get_node (order->pdata[i]), GUINT_TO_POINTER (i + 1));
}

/* A kernel that QEMU loads itself. Each value is an argument of its own, so nothing in it is parsed. */
void
vmm_builder_add_kernel (VmmBuilder *builder)
{
  static const char *const options[][2] = {
    { "-kernel", "os/kernel" },
    { "-initrd", "os/initrd" },
    { "-append", "os/cmdline" },
    { "-dtb", "os/dtb" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      const char *value = vmm_domain_get_value (builder->domain, options[i][1]);

      if (value != NULL && value[0] != '\0')
        vmm_builder_add (builder, options[i][0], value);
    }
}
