/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * CliSuboptions:
 *
 * The value of an option of virt-install's kind: "path=/a,size=8". Two commas stand for one in a
 * value. What was given and never taken is an error.
 */
typedef struct _CliSuboptions CliSuboptions;

CliSuboptions *cli_suboptions_parse       (const char      *option,
                                           const char      *text,
                                           const char      *first_key,
                                           GError         **error);
void           cli_suboptions_free        (CliSuboptions   *self);

const char    *cli_suboptions_take        (CliSuboptions   *self,
                                           const char      *key);
gboolean       cli_suboptions_take_switch (CliSuboptions   *self,
                                           const char      *key,
                                           gboolean        *value,
                                           GError         **error);
gboolean       cli_suboptions_take_number (CliSuboptions   *self,
                                           const char      *key,
                                           guint64          most,
                                           guint64         *value,
                                           GError         **error);
const char    *cli_suboptions_take_word   (CliSuboptions   *self);
gboolean       cli_suboptions_finish      (CliSuboptions   *self,
                                           GError         **error);

gboolean       cli_parse_gib              (const char      *text,
                                           guint64         *bytes,
                                           GError         **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliSuboptions, cli_suboptions_free)

G_END_DECLS
