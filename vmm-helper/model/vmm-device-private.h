/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

/* Views are made by their domain only. */
VmmDevice *vmm_device_new (GType      type,
                           VmmDomain *domain,
                           xmlNode   *node);

/*
 * The body of a view type that has no state of its own, and the getter and setter of one of its
 * strings; @path is as for vmm_xml_get().
 */
#define VMM_DEFINE_DEVICE(TypeName, type_name)                                                      \
  struct _##TypeName { VmmDevice parent_instance; };                                                \
  G_DEFINE_FINAL_TYPE (TypeName, type_name, VMM_TYPE_DEVICE)                                        \
  static void type_name##_class_init (TypeName##Class *klass) { }                                   \
  static void type_name##_init (TypeName *self) { }

#define VMM_DEVICE_STRING(TypeName, type_name, field, path)                                         \
  const char *type_name##_get_##field (TypeName *self)                                              \
  {                                                                                                 \
    return vmm_device_get ((VmmDevice *) self, path);                                               \
  }                                                                                                 \
  void type_name##_set_##field (TypeName *self, const char *value)                                  \
  {                                                                                                 \
    vmm_device_set ((VmmDevice *) self, path, value);                                               \
  }

G_END_DECLS
