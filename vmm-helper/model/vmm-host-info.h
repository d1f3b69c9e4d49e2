/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * VmmMachineInfo:
 * @name: "pc-q35-7.2", or an alias such as "q35"
 * @canonical: (nullable): what an alias stands for
 * @max_vcpus: processors it can have
 */
typedef struct
{
  const char *name;
  const char *canonical;
  guint       max_vcpus;
  gboolean    is_deprecated;
} VmmMachineInfo;

/**
 * VmmHostInfo:
 * @arch: "x86_64", …
 * @default_machine: canonical name of the machine type that new machines get
 * @machines: the machine types of this QEMU
 * @cpu_models: (nullable): the named processor models of this QEMU
 * @memory_kib: the host's memory; 0 if unknown
 * @vcpus: processors of the host; 0 if unknown
 *
 * What completing and judging a definition must know of the host. All lent.
 */
typedef struct
{
  const char           *arch;
  const char           *default_machine;
  const VmmMachineInfo *machines;
  gsize                 n_machines;
  const char * const   *cpu_models;
  guint64               memory_kib;
  guint                 vcpus;
} VmmHostInfo;

G_END_DECLS
