/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libxml/tree.h>

G_BEGIN_DECLS

#define VMM_XML_MAX_BYTES (2 * 1024 * 1024)
#define VMM_XML_MAX_DEPTH 256
#define VMM_XML_MAX_ELEMENTS 20000
#define VMM_XML_MAX_ATTRIBUTES 256

xmlDoc     *vmm_xml_parse           (const char  *text,
                                     gssize       length,
                                     GError     **error);
void        vmm_xml_free            (xmlDoc      *doc);
char       *vmm_xml_dup_text        (xmlDoc      *doc,
                                     gboolean     with_declaration);

gboolean    vmm_xml_is              (const xmlNode *node,
                                     const char    *name);
xmlNode    *vmm_xml_get_first       (const xmlNode *parent);
xmlNode    *vmm_xml_get_next        (const xmlNode *node);
xmlNode    *vmm_xml_get_child       (const xmlNode *parent,
                                     const char    *name);
xmlNode    *vmm_xml_get_next_named  (const xmlNode *node);
xmlNode    *vmm_xml_find            (const xmlNode *base,
                                     const char    *path);
const char *vmm_xml_get             (const xmlNode *base,
                                     const char    *path);
const char *vmm_xml_get_attribute   (const xmlNode *node,
                                     const char    *name);
const char *vmm_xml_get_text        (const xmlNode *node);

gboolean    vmm_xml_set             (xmlNode       *base,
                                     const char    *path,
                                     const char    *value);
gboolean    vmm_xml_set_attribute   (xmlNode       *node,
                                     const char    *name,
                                     const char    *value);
gboolean    vmm_xml_set_text        (xmlNode       *node,
                                     const char    *text);
xmlNode    *vmm_xml_add_child       (xmlNode       *parent,
                                     const char    *name);
xmlNode    *vmm_xml_add_after       (xmlNode       *sibling,
                                     const char    *name);
gboolean    vmm_xml_can_hold        (const char    *text);
void        vmm_xml_unlink          (xmlNode       *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, vmm_xml_free)

G_END_DECLS
