/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-domain-install.h"

#include <string.h>

#include "vmm-domain.h"
#include "vmm-number.h"
#include "vmm-xml.h"

/*
 * The mark of a machine that is being installed, in <metadata>:
 * <gh:install xmlns:gh="https://guesthouse.org/xmlns/machine/1" media="sda" reboots="1" stage="0"/>
 */
static xmlNode *
find_mark (VmmDomain *self)
{
  const xmlNode *metadata = vmm_xml_get_child (vmm_domain_get_root (self), "metadata");
  xmlNode *node = metadata != NULL ? vmm_xml_get_first (metadata) : NULL;

  for (; node != NULL; node = vmm_xml_get_next (node))
    if (node->ns != NULL && node->ns->href != NULL &&
        strcmp ((const char *) node->ns->href, VMM_XML_NAMESPACE) == 0 &&
        strcmp ((const char *) node->name, "install") == 0)
      return node;

  return NULL;
}

/**
 * vmm_domain_get_install:
 * @media: (out) (optional) (transfer full): target of the drive that holds the installer
 * @reboots_left: (out) (optional): how often the installer will still restart the machine
 * @stage: (out) (optional): starts that have been: 0 boots from the medium
 *
 * Returns: whether the machine is being installed
 */
gboolean
vmm_domain_get_install (VmmDomain  *self,
                        char      **media,
                        guint      *reboots_left,
                        guint      *stage)
{
  const xmlNode *mark = find_mark (self);
  guint64 number;

  if (mark == NULL || vmm_xml_get_attribute (mark, "media") == NULL)
    return FALSE;

  if (media != NULL)
    *media = g_strdup (vmm_xml_get_attribute (mark, "media"));

  if (reboots_left != NULL)
    *reboots_left = vmm_number_parse (vmm_xml_get_attribute (mark, "reboots"), &number) ? MIN (number, 16) : 1;

  if (stage != NULL)
    *stage = vmm_number_parse (vmm_xml_get_attribute (mark, "stage"), &number) ? MIN (number, 16) : 0;

  return TRUE;
}

/* Marks the machine as being installed, or changes the mark. */
void
vmm_domain_set_install (VmmDomain  *self,
                        const char *media,
                        guint       reboots_left,
                        guint       stage)
{
  xmlNode *mark = find_mark (self);
  gboolean is_changed = mark == NULL;
  g_autofree char *reboots_text = g_strdup_printf ("%u", reboots_left);
  g_autofree char *stage_text = g_strdup_printf ("%u", stage);

  if (mark == NULL)
    {
      xmlNode *metadata = vmm_xml_get_child (vmm_domain_get_root (self), "metadata");

      if (metadata == NULL)
        metadata = vmm_xml_add_child (vmm_domain_get_root (self), "metadata");

      mark = vmm_xml_add_child (metadata, "install");
      xmlSetNs (mark, xmlNewNs (mark, (const xmlChar *) VMM_XML_NAMESPACE, (const xmlChar *) "gh"));
    }

  is_changed |= vmm_xml_set_attribute (mark, "media", media);
  is_changed |= vmm_xml_set_attribute (mark, "reboots", reboots_text);
  is_changed |= vmm_xml_set_attribute (mark, "stage", stage_text);

  if (is_changed)
    vmm_domain_mark_changed (self);
}

/* Removes the mark, and <metadata> with it if nothing else is in there. */
void
vmm_domain_clear_install (VmmDomain *self)
{
  xmlNode *mark = find_mark (self);
  xmlNode *metadata;

  if (mark == NULL)
    return;

  metadata = mark->parent;
  vmm_xml_unlink (mark);
  xmlFreeNode (mark);

  if (vmm_xml_get_first (metadata) == NULL)
    vmm_xml_set (vmm_domain_get_root (self), "metadata", NULL);

  vmm_domain_mark_changed (self);
}
