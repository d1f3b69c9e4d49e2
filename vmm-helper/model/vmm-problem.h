/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libxml/tree.h>

G_BEGIN_DECLS

/* Nobody reads more, and naming a place takes as long as it has siblings. One more says so. */
#define VMM_PROBLEMS_MAX 100

typedef enum
{
  VMM_SEVERITY_NOTE,
  VMM_SEVERITY_WARNING,
  VMM_SEVERITY_ERROR,
} VmmSeverity;

/**
 * VmmProblem:
 * @xpath: place in the document, or ""
 * @line: its line, 0 if unknown
 * @value: the value at fault, or ""
 * @message: what is wrong, one plain English sentence without a full stop
 * @remedy: what would work, or ""
 */
typedef struct
{
  VmmSeverity  severity;
  char        *xpath;
  guint        line;
  char        *value;
  char        *message;
  char        *remedy;
} VmmProblem;

VmmProblem *vmm_problem_new            (VmmSeverity    severity,
                                        const char    *xpath,
                                        guint          line,
                                        const char    *value,
                                        const char    *message,
                                        const char    *remedy);
void        vmm_problem_free           (VmmProblem    *problem);

GPtrArray  *vmm_problems_new           (void);
void        vmm_problems_add           (GPtrArray     *problems,
                                        VmmSeverity    severity,
                                        const xmlNode *node,
                                        const char    *attribute,
                                        const char    *value,
                                        const char    *remedy,
                                        const char    *format,
                                        ...) G_GNUC_PRINTF (7, 8);
gboolean    vmm_problems_have_error    (GPtrArray     *problems);
GError     *vmm_problems_to_error      (GPtrArray     *problems);
GVariant   *vmm_problems_to_variant    (GPtrArray     *problems);
GPtrArray  *vmm_problems_from_variant  (GVariant      *variant);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmProblem, vmm_problem_free)

G_END_DECLS
