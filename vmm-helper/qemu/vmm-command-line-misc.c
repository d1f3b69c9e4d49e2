/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "vmm-command-line-private.h"

/* Small devices without a family: randomness, balloon. */

static const char *
virtio_driver (const char *model,
               const char *plain,
               const char *transitional,
               const char *non_transitional)
{
  if (model == NULL || strcmp (model, "virtio") == 0)
    return plain;

  if (strcmp (model, "virtio-transitional") == 0)
    return transitional;

  return strcmp (model, "virtio-non-transitional") == 0 ? non_transitional : NULL;
}

static gboolean
add_rng_backend (VmmBuilder  *builder,
                 VmmRng      *rng,
                 const char  *id,
                 GError     **error)
{
  const char *backend = vmm_rng_get_backend (rng);
  const char *path = vmm_rng_get_backend_path (rng);
  JsonObject *object;

  if (backend != NULL && strcmp (backend, "random") != 0 && strcmp (backend, "builtin") != 0)
    return vmm_builder_refuse (VMM_DEVICE (rng), "backend", backend, "“random” and “builtin” work", error);

  object = json_object_new ();

  if (g_strcmp0 (backend, "builtin") == 0)
    json_object_set_string_member (object, "qom-type", "rng-builtin");
  else
    {
      json_object_set_string_member (object, "qom-type", "rng-random");
      json_object_set_string_member (object, "filename", path != NULL && path[0] != '\0' ? path : "/dev/urandom");
    }

  json_object_set_string_member (object, "id", id);
  vmm_builder_add_json (builder, "-object", object);

  return TRUE;
}

static gboolean
add_rng (VmmBuilder  *builder,
         VmmRng      *rng,
         GError     **error)
{
  VmmDevice *view = VMM_DEVICE (rng);
  const char *alias = vmm_builder_get_id (view, error);
  const char *driver = virtio_driver (vmm_rng_get_model (rng), "virtio-rng-pci", "virtio-rng-pci-transitional",
                                      "virtio-rng-pci-non-transitional");
  g_autoptr(JsonObject) device = NULL;
  g_autofree char *id = NULL;

  if (alias == NULL)
    return FALSE;

  if (driver == NULL)
    return vmm_builder_refuse (view, "model", vmm_rng_get_model (rng), "“virtio” works", error);

  id = g_strconcat ("obj", alias, NULL);
  device = vmm_builder_new_device (builder, view, driver, error);

  if (!add_rng_backend (builder, rng, id, error) || !vmm_builder_set_pci (builder, device, view, error))
    return FALSE;

  json_object_set_string_member (device, "rng", id);

  if (vmm_device_has (view, "rate@bytes"))
    {
      json_object_set_int_member (device, "max-bytes", vmm_device_get_number (view, "rate@bytes", 0));
      json_object_set_int_member (device, "period", vmm_device_get_number (view, "rate@period", 1000));
    }

  return vmm_builder_add_device (builder, g_steal_pointer (&device), error);
}

static gboolean
add_memballoon (VmmBuilder     *builder,
                VmmMemballoon  *balloon,
                GError        **error)
{
  const char *model = vmm_memballoon_get_model (balloon);
  const char *driver = virtio_driver (model, "virtio-balloon-pci", "virtio-balloon-pci-transitional",
                                      "virtio-balloon-pci-non-transitional");
  g_autoptr(JsonObject) device = NULL;

  if (g_strcmp0 (model, "none") == 0)
    return TRUE;

  if (driver == NULL)
    return vmm_builder_refuse (VMM_DEVICE (balloon), "model", model, "“virtio” and “none” work", error);

  device = vmm_builder_new_device (builder, VMM_DEVICE (balloon), driver, error);

  if (device == NULL || !vmm_builder_set_pci (builder, device, VMM_DEVICE (balloon), error))
    return FALSE;

  if (vmm_memballoon_deflates_on_oom (balloon))
    json_object_set_boolean_member (device, "deflate-on-oom", TRUE);

  if (vmm_memballoon_reports_free_pages (balloon))
    json_object_set_boolean_member (device, "free-page-reporting", TRUE);

  return vmm_builder_add_device (builder, g_steal_pointer (&device), error);
}

gboolean
vmm_builder_add_misc (VmmBuilder  *builder,
                      GError     **error)
{
  g_autoptr(GPtrArray) rngs = vmm_domain_list_rngs (builder->domain);
  g_autoptr(GPtrArray) balloons = vmm_domain_list_memballoons (builder->domain);

  for (guint i = 0; i < rngs->len; i++)
    if (!add_rng (builder, rngs->pdata[i], error))
      return FALSE;

  for (guint i = 0; i < balloons->len; i++)
    if (!add_memballoon (builder, balloons->pdata[i], error))
      return FALSE;

  return TRUE;
}
