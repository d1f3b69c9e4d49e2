/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gh-media.h"

#include <libxml/parser.h>
#include <string.h>

void
gh_media_drive_free (GhMediaDrive *self)
{
  g_free (self->target);
  g_free (self->file);
  g_free (self);
}

static xmlNode *
find_child (xmlNode    *parent,
            const char *name)
{
  for (xmlNode *node = parent != NULL ? parent->children : NULL; node != NULL; node = node->next)
    if (node->type == XML_ELEMENT_NODE && strcmp ((const char *) node->name, name) == 0)
      return node;

  return NULL;
}

static char *
dup_attribute (xmlNode    *node,
               const char *name)
{
  xmlChar *value = node != NULL ? xmlGetNoNsProp (node, (const xmlChar *) name) : NULL;
  char *copy = g_strdup ((const char *) value);

  xmlFree (value);

  return copy;
}

static GhMediaDrive *
read_drive (xmlNode *disk)
{
  g_autofree char *device = dup_attribute (disk, "device");
  g_autofree char *target = dup_attribute (find_child (disk, "target"), "dev");
  GhMediaDrive *drive;

  if (target == NULL || *target == '\0' ||
      (g_strcmp0 (device, "cdrom") != 0 && g_strcmp0 (device, "floppy") != 0))
    return NULL;

  drive = g_new0 (GhMediaDrive, 1);
  drive->target = g_steal_pointer (&target);
  drive->is_floppy = g_strcmp0 (device, "floppy") == 0;
  drive->file = dup_attribute (find_child (disk, "source"), "file");

  return drive;
}

/**
 * gh_media_parse:
 * @xml: a domain XML document, from the core
 *
 * Returns: (transfer full): the GhMediaDrive of each drive whose medium can be changed; none if the
 *   document cannot be read
 */
GPtrArray *
gh_media_parse (const char *xml)
{
  GPtrArray *drives = g_ptr_array_new_with_free_func ((GDestroyNotify) gh_media_drive_free);
  gsize length = strlen (xml);
  xmlDoc *document = NULL;
  xmlNode *devices;

  if (length <= G_MAXINT)
    document = xmlReadMemory (xml, (int) length, NULL, NULL,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (document == NULL)
    return drives;

  devices = find_child (xmlDocGetRootElement (document), "devices");
  for (xmlNode *node = devices != NULL ? devices->children : NULL; node != NULL; node = node->next)
    {
      GhMediaDrive *drive = NULL;

      if (node->type == XML_ELEMENT_NODE && strcmp ((const char *) node->name, "disk") == 0)
        drive = read_drive (node);
      if (drive != NULL)
        g_ptr_array_add (drives, drive);
    }
  xmlFreeDoc (document);

  return drives;
}
