/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "vmm-dbus.h"

G_BEGIN_DECLS

#define VMM_TYPE_JOB (vmm_job_get_type ())
G_DECLARE_FINAL_TYPE (VmmJob, vmm_job, VMM, JOB, GObject)

#define VMM_TYPE_JOBS (vmm_jobs_get_type ())
G_DECLARE_FINAL_TYPE (VmmJobs, vmm_jobs, VMM, JOBS, GObject)

VmmJobs      *vmm_jobs_new            (GDBusObjectManagerServer *server);
VmmJob       *vmm_jobs_begin          (VmmJobs                  *self,
                                       const char               *kind,
                                       const char               *target,
                                       gboolean                  is_cancellable);

const char   *vmm_job_get_path        (VmmJob                   *self);
GCancellable *vmm_job_get_cancellable (VmmJob                   *self);
void          vmm_job_set_target      (VmmJob                   *self,
                                       const char               *target);
void          vmm_job_set_step        (VmmJob                   *self,
                                       const char               *step);
void          vmm_job_succeed         (VmmJob                   *self,
                                       GVariant                 *result);
void          vmm_job_fail            (VmmJob                   *self,
                                       GError                   *error);

G_END_DECLS
