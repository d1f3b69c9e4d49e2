/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-device.h"

G_BEGIN_DECLS

typedef enum
{
  VMM_SWITCH_DEFAULT,
  VMM_SWITCH_ON,
  VMM_SWITCH_OFF,
} VmmSwitch;

/* <features>, <clock>, <pm> and what happens at the end of a run. */
VmmSwitch   vmm_switch_parse               (const char  *text);
VmmSwitch   vmm_domain_get_feature         (VmmDomain   *self,
                                            const char  *name);
void        vmm_domain_set_feature         (VmmDomain   *self,
                                            const char  *name,
                                            VmmSwitch    state);
VmmSwitch   vmm_domain_get_hyperv          (VmmDomain   *self,
                                            const char  *name);
xmlNode    *vmm_domain_get_timer           (VmmDomain   *self,
                                            const char  *name);
VmmSwitch   vmm_domain_get_timer_present   (VmmDomain   *self,
                                            const char  *name);
const char *vmm_domain_get_clock_offset    (VmmDomain   *self);
void        vmm_domain_set_clock_offset    (VmmDomain   *self,
                                            const char  *offset);
const char *vmm_domain_get_on_poweroff     (VmmDomain   *self);
void        vmm_domain_set_on_poweroff     (VmmDomain   *self,
                                            const char  *action);
const char *vmm_domain_get_on_reboot       (VmmDomain   *self);
void        vmm_domain_set_on_reboot       (VmmDomain   *self,
                                            const char  *action);
const char *vmm_domain_get_on_crash        (VmmDomain   *self);
void        vmm_domain_set_on_crash        (VmmDomain   *self,
                                            const char  *action);
VmmSwitch   vmm_domain_get_suspend_to_mem  (VmmDomain   *self);
VmmSwitch   vmm_domain_get_suspend_to_disk (VmmDomain   *self);

G_END_DECLS
