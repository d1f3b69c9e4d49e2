/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

#define VMM_TYPE_INTERFACE (vmm_interface_get_type ())

/* An <interface>, a network card. */
G_DECLARE_FINAL_TYPE (VmmInterface, vmm_interface, VMM, INTERFACE, VmmDevice)

const char *vmm_interface_get_kind (VmmInterface *self);
void        vmm_interface_set_kind (VmmInterface *self, const char *value);
const char *vmm_interface_get_mac (VmmInterface *self);
void        vmm_interface_set_mac (VmmInterface *self, const char *value);
const char *vmm_interface_get_model (VmmInterface *self);
void        vmm_interface_set_model (VmmInterface *self, const char *value);
const char *vmm_interface_get_source_network (VmmInterface *self);
void        vmm_interface_set_source_network (VmmInterface *self, const char *value);
const char *vmm_interface_get_source_bridge (VmmInterface *self);
void        vmm_interface_set_source_bridge (VmmInterface *self, const char *value);
const char *vmm_interface_get_backend (VmmInterface *self);
void        vmm_interface_set_backend (VmmInterface *self, const char *value);

/**
 * VmmPortForward:
 * @protocol: "tcp" or "udp"
 * @address: address of the host to listen on, or %NULL for all
 * @start: first port of the host
 * @end: last port of the host
 * @to: port of the guest that @start leads to
 */
typedef struct
{
  const char *protocol;
  const char *address;
  guint16     start;
  guint16     end;
  guint16     to;
} VmmPortForward;

GArray     *vmm_interface_list_port_forwards (VmmInterface *self);
gboolean    vmm_interface_is_link_down       (VmmInterface *self);

G_END_DECLS
