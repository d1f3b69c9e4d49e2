/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-os.h"

#include <string.h>

/**
 * VmmOs:
 *
 * An operating system of libosinfo's database, as a list item.
 */
struct _VmmOs
{
  GObject   parent_instance;

  OsinfoOs *os;
  GDate    *release_date;  /* (nullable) */
  char     *search_text;   /* casefolded, NFKD: name, short id, vendor */
  gboolean  is_end_of_life;
};

enum
{
  PROP_ID = 1,
  PROP_SHORT_ID,
  PROP_NAME,
  PROP_VERSION,
  PROP_FAMILY,
  PROP_END_OF_LIFE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (VmmOs, vmm_os, G_TYPE_OBJECT)

static char *
fold (const char *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);

  return g_utf8_normalize (folded, -1, G_NORMALIZE_ALL);
}

static void
vmm_os_finalize (GObject *object)
{
  VmmOs *self = VMM_OS (object);

  g_clear_object (&self->os);
  g_clear_pointer (&self->release_date, g_date_free);
  g_free (self->search_text);

  G_OBJECT_CLASS (vmm_os_parent_class)->finalize (object);
}

static void
vmm_os_get_property (GObject    *object,
                     guint       prop_id,
                     GValue     *value,
                     GParamSpec *pspec)
{
  VmmOs *self = VMM_OS (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, vmm_os_get_id (self));
      break;
    case PROP_SHORT_ID:
      g_value_set_string (value, vmm_os_get_short_id (self));
      break;
    case PROP_NAME:
      g_value_set_string (value, vmm_os_get_name (self));
      break;
    case PROP_VERSION:
      g_value_set_string (value, vmm_os_get_version (self));
      break;
    case PROP_FAMILY:
      g_value_set_string (value, vmm_os_get_family (self));
      break;
    case PROP_END_OF_LIFE:
      g_value_set_boolean (value, self->is_end_of_life);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
vmm_os_class_init (VmmOsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = vmm_os_finalize;
  object_class->get_property = vmm_os_get_property;

  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  properties[PROP_SHORT_ID] = g_param_spec_string ("short-id", NULL, NULL, NULL, flags);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_VERSION] = g_param_spec_string ("version", NULL, NULL, NULL, flags);
  properties[PROP_FAMILY] = g_param_spec_string ("family", NULL, NULL, NULL, flags);
  properties[PROP_END_OF_LIFE] = g_param_spec_boolean ("end-of-life", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
vmm_os_init (VmmOs *self)
{
}

VmmOs *
vmm_os_new (OsinfoOs *os)
{
  VmmOs *self;
  g_autoptr (GDate) end = NULL;
  g_autoptr (GDate) today = g_date_new ();
  g_autofree char *text = NULL;
  const char *vendor;

  g_return_val_if_fail (OSINFO_IS_OS (os), NULL);

  self = g_object_new (VMM_TYPE_OS, NULL);
  self->os = g_object_ref (os);
  self->release_date = osinfo_product_get_release_date (OSINFO_PRODUCT (os));

  end = osinfo_product_get_eol_date (OSINFO_PRODUCT (os));
  g_date_set_time_t (today, g_get_real_time () / G_USEC_PER_SEC);
  self->is_end_of_life = end != NULL && g_date_valid (end) && g_date_compare (end, today) < 0;

  vendor = osinfo_product_get_vendor (OSINFO_PRODUCT (os));
  text = g_strjoin (" ", vmm_os_get_name (self), vmm_os_get_short_id (self),
                    vendor != NULL ? vendor : "", NULL);
  self->search_text = fold (text);

  return self;
}

/**
 * vmm_os_get_id:
 *
 * Returns: libosinfo's identifier, a URI, such as "http://debian.org/debian/11"
 */
const char *
vmm_os_get_id (VmmOs *self)
{
  g_return_val_if_fail (VMM_IS_OS (self), NULL);

  return osinfo_entity_get_id (OSINFO_ENTITY (self->os));
}

/**
 * vmm_os_get_short_id:
 *
 * Returns: what people type: "debian11"
 */
const char *
vmm_os_get_short_id (VmmOs *self)
{
  const char *short_id;

  g_return_val_if_fail (VMM_IS_OS (self), NULL);

  short_id = osinfo_product_get_short_id (OSINFO_PRODUCT (self->os));

  return short_id != NULL ? short_id : "";
}

const char *
vmm_os_get_name (VmmOs *self)
{
  const char *name;

  g_return_val_if_fail (VMM_IS_OS (self), NULL);

  name = osinfo_product_get_name (OSINFO_PRODUCT (self->os));

  return name != NULL ? name : vmm_os_get_short_id (self);
}

const char *
vmm_os_get_version (VmmOs *self)
{
  const char *version;

  g_return_val_if_fail (VMM_IS_OS (self), NULL);

  version = osinfo_product_get_version (OSINFO_PRODUCT (self->os));

  return version != NULL ? version : "";
}

/**
 * vmm_os_get_family:
 *
 * Returns: "linux", "winnt", "freebsd", …, or ""
 */
const char *
vmm_os_get_family (VmmOs *self)
{
  const char *family;

  g_return_val_if_fail (VMM_IS_OS (self), NULL);

  family = osinfo_os_get_family (self->os);

  return family != NULL ? family : "";
}

/**
 * vmm_os_is_end_of_life:
 *
 * Returns: whether its vendor has stopped to care for it
 */
gboolean
vmm_os_is_end_of_life (VmmOs *self)
{
  g_return_val_if_fail (VMM_IS_OS (self), FALSE);

  return self->is_end_of_life;
}

/**
 * vmm_os_is_generic:
 *
 * Returns: whether it stands for any system of its kind, as "Generic Linux 2022" does
 */
gboolean
vmm_os_is_generic (VmmOs *self)
{
  return g_str_has_prefix (vmm_os_get_id (self), "http://libosinfo.org/");
}

OsinfoOs *
vmm_os_get_osinfo (VmmOs *self)
{
  g_return_val_if_fail (VMM_IS_OS (self), NULL);

  return self->os;
}

/**
 * vmm_os_has_device:
 * @name: libosinfo's name of a device, such as "virtio1.0-block"
 *
 * Returns: whether the system, or one that it derives from, has a driver for it
 */
gboolean
vmm_os_has_device (VmmOs      *self,
                   const char *name)
{
  g_autoptr (OsinfoDeviceList) devices = NULL;
  int length;

  g_return_val_if_fail (VMM_IS_OS (self), FALSE);

  devices = osinfo_os_get_all_devices (self->os, NULL);
  length = osinfo_list_get_length (OSINFO_LIST (devices));
  for (int i = 0; i < length; i++)
    {
      OsinfoDevice *device = OSINFO_DEVICE (osinfo_list_get_nth (OSINFO_LIST (devices), i));

      if (g_strcmp0 (osinfo_device_get_name (device), name) == 0)
        return TRUE;
    }

  return FALSE;
}

/**
 * vmm_os_matches:
 * @search: words as typed
 *
 * Returns: whether every word of @search is in the name, short id or vendor
 */
gboolean
vmm_os_matches (VmmOs      *self,
                const char *search)
{
  g_autofree char *folded = NULL;
  g_auto (GStrv) words = NULL;

  g_return_val_if_fail (VMM_IS_OS (self), FALSE);

  folded = fold (search);
  words = g_strsplit_set (folded, " \t", -1);
  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (self->search_text, words[i]) == NULL)
      return FALSE;

  return TRUE;
}

/**
 * vmm_os_compare:
 *
 * Orders what a person most likely looks for first: generic systems, then cared-for ones, newest
 * first, then the rest.
 */
int
vmm_os_compare (VmmOs *a,
                VmmOs *b)
{
  if (vmm_os_is_generic (a) != vmm_os_is_generic (b))
    return vmm_os_is_generic (a) ? -1 : 1;
  if (a->is_end_of_life != b->is_end_of_life)
    return a->is_end_of_life ? 1 : -1;
  if (a->release_date != NULL && b->release_date != NULL)
    {
      int order = g_date_compare (b->release_date, a->release_date);

      if (order != 0)
        return order;
    }
  else if (a->release_date != b->release_date)
    {
      return a->release_date != NULL ? -1 : 1;
    }

  return g_utf8_collate (vmm_os_get_name (a), vmm_os_get_name (b));
}
