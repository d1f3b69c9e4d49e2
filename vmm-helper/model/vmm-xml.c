/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "vmm-xml.h"

#include <libxml/parser.h>
#include <libxml/xmlsave.h>
#include <string.h>

#include "vmm-error.h"

/* What vmm_xml_parse() allows; nothing here may read another file or grow the text. */
#define PARSE_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES)

static gboolean
refuse (GError     **error,
        guint        line,
        const char  *message)
{
  g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "The XML cannot be read: line %u: %s", line, message);

  return FALSE;
}

static guint
line_of (const char *text,
         const char *at)
{
  guint line = 1;

  for (const char *p = text; p < at; p++)
    line += *p == '\n';

  return line;
}

/* The end of a tag: the first ">" outside of a quoted attribute value. *@n_values counts these. */
static const char *
find_tag_end (const char *p,
              const char *end,
              guint      *n_values)
{
  char quote = '\0';

  *n_values = 0;

  for (; p < end; p++)
    {
      if (quote != '\0')
        {
          if (*p == quote)
            quote = '\0';
        }
      else if (*p == '"' || *p == '\'')
        {
          quote = *p;
          (*n_values)++;
        }
      else if (*p == '>')
        return p;
    }

  return NULL;
}

static const char *
skip_past (const char *p,
           const char *end,
           const char *mark)
{
  const char *found = g_strstr_len (p, end - p, mark);

  return found != NULL ? found + strlen (mark) : end;
}

/*
 * Finds DOCTYPE, too deep nesting and too many attributes before libxml2 sees the text: its own limits differ between
 * releases. Whether the text is well-formed is left to libxml2.
 */
static gboolean
scan (const char  *text,
      gsize        length,
      GError     **error)
{
  const char *end = text + length;
  const char *p = text;
  guint depth = 0;
  guint n_elements = 0;

  while ((p = memchr (p, '<', end - p)) != NULL)
    {
      gsize left = end - p;

      if (left >= 4 && memcmp (p, "<!--", 4) == 0)
        p = skip_past (p + 4, end, "-->");
      else if (left >= 9 && memcmp (p, "<![CDATA[", 9) == 0)
        p = skip_past (p + 9, end, "]]>");
      else if (left >= 2 && p[1] == '?')
        p = skip_past (p + 2, end, "?>");
      else if (left >= 2 && p[1] == '!')
        return refuse (error, line_of (text, p),
                       "a DOCTYPE or other declaration is not allowed; remove it");
      else if (left >= 2 && p[1] == '/')
        {
          depth -= depth > 0;
          p += 2;
        }
      else
        {
          guint n_values;
          const char *tag_end = find_tag_end (p, end, &n_values);

          /* libxml2 compares each attribute with all others. */
          if (n_values > VMM_XML_MAX_ATTRIBUTES)
            return refuse (error, line_of (text, p), "an element has more than 256 attributes");

          /* Each costs the parser some hundred bytes. */
          if (++n_elements > VMM_XML_MAX_ELEMENTS)
            return refuse (error, line_of (text, p), "there are more than 20000 elements");

          if (tag_end == NULL)
            return TRUE;

          if (tag_end[-1] != '/' && ++depth > VMM_XML_MAX_DEPTH)
            return refuse (error, line_of (text, p), "elements are nested deeper than 256 levels");

          p = tag_end + 1;
        }
    }

  return TRUE;
}

static void
ensure_libxml (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once))
    {
      xmlInitParser ();
      g_once_init_leave (&once, 1);
    }
}

/**
 * vmm_xml_parse:
 * @text: an XML document in UTF-8, from anywhere
 * @length: its length in bytes, or -1 if it ends with a NUL
 *
 * Parses without network, files, entities or DOCTYPE; at most %VMM_XML_MAX_BYTES bytes and
 * %VMM_XML_MAX_DEPTH levels.
 *
 * Fails with %VMM_ERROR_INVALID; the message has the line.
 *
 * Returns: (transfer full): the document; free it with vmm_xml_free()
 */
xmlDoc *
vmm_xml_parse (const char  *text,
               gssize       length,
               GError     **error)
{
  g_autoptr(xmlDoc) doc = NULL;
  xmlParserCtxt *context;
  const xmlError *problem;
  const char *valid_end;
  gsize len = length < 0 ? strlen (text) : (gsize) length;

  if (len == 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "The XML document is empty");
      return NULL;
    }

  if (len > VMM_XML_MAX_BYTES)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "The XML document has %" G_GSIZE_FORMAT " bytes; at most 2 MiB (%d bytes) are allowed",
                   len, VMM_XML_MAX_BYTES);
      return NULL;
    }

  if (!g_utf8_validate_len (text, len, &valid_end))
    {
      refuse (error, line_of (text, valid_end),
              *valid_end == '\0' ? "there is a NUL byte" : "the text is not valid UTF-8");
      return NULL;
    }

  if (!scan (text, len, error))
    return NULL;

  ensure_libxml ();
  context = xmlNewParserCtxt ();
  /* The encoding is given, so that a declaration of another one cannot reinterpret the bytes. */
  doc = xmlCtxtReadMemory (context, text, len, NULL, "UTF-8", PARSE_OPTIONS);
  problem = xmlCtxtGetLastError (context);

  if (doc == NULL || !context->wellFormed || xmlDocGetRootElement (doc) == NULL)
    {
      g_autofree char *message = g_strdup (problem != NULL && problem->message != NULL
                                           ? problem->message : "not an XML document");
      refuse (error, problem != NULL ? MAX (problem->line, 1) : 1, g_strstrip (message));
      g_clear_pointer (&doc, vmm_xml_free);
    }

  xmlFreeParserCtxt (context);

  return g_steal_pointer (&doc);
}

void
vmm_xml_free (xmlDoc *doc)
{
  if (doc == NULL)
    return;

  if (doc->_private != NULL)
    g_string_chunk_free (doc->_private);

  xmlFreeDoc (doc);
}

/**
 * vmm_xml_dup_text:
 * @with_declaration: begin with an XML declaration
 *
 * Returns: (transfer full): the document as text
 */
char *
vmm_xml_dup_text (xmlDoc   *doc,
                  gboolean  with_declaration)
{
  xmlBuffer *buffer = xmlBufferCreate ();
  xmlSaveCtxt *save = xmlSaveToBuffer (buffer, "UTF-8", with_declaration ? 0 : XML_SAVE_NO_DECL);
  char *text;

  xmlSaveDoc (save, doc);
  xmlSaveClose (save);
  text = g_strndup ((const char *) xmlBufferContent (buffer), xmlBufferLength (buffer));
  xmlBufferFree (buffer);

  return text;
}

/* Whether @node is the element @name of the domain format, which has no namespace. */
gboolean
vmm_xml_is (const xmlNode *node,
            const char    *name)
{
  return node->type == XML_ELEMENT_NODE && node->ns == NULL && strcmp ((const char *) node->name, name) == 0;
}

static xmlNode *
first_element (xmlNode *node)
{
  while (node != NULL && node->type != XML_ELEMENT_NODE)
    node = node->next;

  return node;
}

xmlNode *
vmm_xml_get_first (const xmlNode *parent)
{
  return first_element (parent->children);
}

xmlNode *
vmm_xml_get_next (const xmlNode *node)
{
  return first_element (node->next);
}

xmlNode *
vmm_xml_get_child (const xmlNode *parent,
                   const char    *name)
{
  for (xmlNode *child = parent->children; child != NULL; child = child->next)
    if (vmm_xml_is (child, name))
      return child;

  return NULL;
}

/* The next sibling of the same name. */
xmlNode *
vmm_xml_get_next_named (const xmlNode *node)
{
  for (xmlNode *next = node->next; next != NULL; next = next->next)
    if (vmm_xml_is (next, (const char *) node->name))
      return next;

  return NULL;
}

/* Takes the first step off a path such as "os/loader@type"; returns what ended it. */
static char
take_step (const char **path,
           char        *step,
           gsize        size)
{
  gsize length = strcspn (*path, "/@");
  char end = (*path)[length];

  g_assert (length < size);
  memcpy (step, *path, length);
  step[length] = '\0';
  *path += length + (end != '\0');

  return end;
}

/**
 * vmm_xml_find:
 * @base: an element
 * @path: names of elements under it, as in "os/loader"
 *
 * Returns: (transfer none) (nullable): the first such element
 */
xmlNode *
vmm_xml_find (const xmlNode *base,
              const char    *path)
{
  xmlNode *node = (xmlNode *) base;
  char step[64];

  while (node != NULL && *path != '\0' && *path != '@')
    {
      char end = take_step (&path, step, sizeof step);

      node = vmm_xml_get_child (node, step);

      if (end == '@')
        break;
    }

  return node;
}

/* A text made of one node is lent as it is; a rarer one is put together once and kept. */
static const char *
lend_text (const xmlNode *children,
           xmlDoc        *doc)
{
  const char *lent;
  xmlChar *text;

  if (children == NULL)
    return "";

  if (children->next == NULL && (children->type == XML_TEXT_NODE || children->type == XML_CDATA_SECTION_NODE))
    return children->content != NULL ? (const char *) children->content : "";

  text = xmlNodeListGetString (doc, (xmlNode *) children, 1);

  if (doc->_private == NULL)
    doc->_private = g_string_chunk_new (256);

  lent = g_string_chunk_insert_const (doc->_private, text != NULL ? (const char *) text : "");
  xmlFree (text);

  return lent;
}

/**
 * vmm_xml_get_attribute:
 *
 * Returns: (transfer none) (nullable): the value, valid until it is changed; %NULL if not there
 */
const char *
vmm_xml_get_attribute (const xmlNode *node,
                       const char    *name)
{
  for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next)
    if (attribute->ns == NULL && strcmp ((const char *) attribute->name, name) == 0)
      return lend_text (attribute->children, node->doc);

  return NULL;
}

/**
 * vmm_xml_get_text:
 *
 * Returns: (transfer none): the text directly in @node, valid until it is changed
 */
const char *
vmm_xml_get_text (const xmlNode *node)
{
  return lend_text (node->children, node->doc);
}

/**
 * vmm_xml_get:
 * @base: an element
 * @path: as for vmm_xml_find(), with "@attribute" at its end for an attribute
 *
 * Returns: (transfer none) (nullable): the attribute's value or the element's text
 */
const char *
vmm_xml_get (const xmlNode *base,
             const char    *path)
{
  const xmlNode *node = vmm_xml_find (base, path);
  const char *attribute = strchr (path, '@');

  if (node == NULL)
    return NULL;

  return attribute != NULL ? vmm_xml_get_attribute (node, attribute + 1) : vmm_xml_get_text (node);
}

/* Returns: whether something changed; %NULL removes. */
gboolean
vmm_xml_set_attribute (xmlNode    *node,
                       const char *name,
                       const char *value)
{
  const char *old = vmm_xml_get_attribute (node, name);

  if (g_strcmp0 (old, value) == 0)
    return FALSE;

  if (value == NULL)
    xmlUnsetProp (node, (const xmlChar *) name);
  else
    xmlSetProp (node, (const xmlChar *) name, (const xmlChar *) value);

  return TRUE;
}

/* Returns: whether something changed. */
gboolean
vmm_xml_set_text (xmlNode    *node,
                  const char *text)
{
  if (strcmp (vmm_xml_get_text (node), text) == 0)
    return FALSE;

  xmlNodeSetContent (node, NULL);
  xmlNodeAddContent (node, (const xmlChar *) text);

  return TRUE;
}

static gboolean
is_blank (const xmlNode *node)
{
  return node != NULL && node->type == XML_TEXT_NODE && xmlIsBlankNode (node);
}

/* The line break and indentation in front of @node, if it is on a line of its own. */
static const char *
indentation_of (const xmlNode *node)
{
  const char *content;

  if (!is_blank (node->prev))
    return node->prev == NULL && node->parent->type == XML_DOCUMENT_NODE ? "\n" : NULL;

  content = strrchr ((const char *) node->prev->content, '\n');

  return content;
}

/**
 * vmm_xml_add_child:
 *
 * Adds an element behind the others, indented like them.
 *
 * Returns: (transfer none): the new element
 */
xmlNode *
vmm_xml_add_child (xmlNode    *parent,
                   const char *name)
{
  xmlNode *last = xmlLastElementChild (parent);
  xmlNode *child;
  const char *indentation;

  if (last != NULL)
    return vmm_xml_add_after (last, name);

  indentation = indentation_of (parent);
  child = xmlNewDocNode (parent->doc, NULL, (const xmlChar *) name, NULL);

  if (indentation == NULL || (parent->children != NULL && !is_blank (parent->children)))
    {
      xmlAddChild (parent, child);
    }
  else
    {
      g_autofree char *own = g_strdup (indentation);
      g_autofree char *inner = g_strconcat (own, "  ", NULL);

      xmlNodeSetContent (parent, NULL);
      xmlAddChild (parent, xmlNewDocText (parent->doc, (const xmlChar *) inner));
      xmlAddChild (parent, child);
      xmlAddChild (parent, xmlNewDocText (parent->doc, (const xmlChar *) own));
    }

  return child;
}

/**
 * vmm_xml_add_after:
 *
 * Adds an element behind @sibling, indented like it.
 *
 * Returns: (transfer none): the new element
 */
xmlNode *
vmm_xml_add_after (xmlNode    *sibling,
                   const char *name)
{
  const char *indentation = indentation_of (sibling);
  xmlNode *child = xmlNewDocNode (sibling->doc, NULL, (const xmlChar *) name, NULL);

  xmlAddNextSibling (sibling, child);

  if (indentation != NULL)
    {
      g_autofree char *own = g_strdup (indentation);

      xmlAddNextSibling (sibling, xmlNewDocText (sibling->doc, (const xmlChar *) own));
    }

  return child;
}

/* Takes @node out, with the line break before it. The caller frees it. */
void
vmm_xml_unlink (xmlNode *node)
{
  xmlNode *before = node->prev;
  xmlNode *after = node->next;

  if (is_blank (before) && (after == NULL || is_blank (after)))
    {
      /* The last child takes its parent's indentation along, which stays in @after. */
      xmlUnlinkNode (before);
      xmlFreeNode (before);
    }

  xmlUnlinkNode (node);
}

/* Whether @text is UTF-8 without characters that XML 1.0 has no way to write. */
gboolean
vmm_xml_can_hold (const char *text)
{
  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xfffe || c == 0xffff)
        return FALSE;
    }

  return TRUE;
}

static gboolean
remove_at (xmlNode    *base,
           const char *path)
{
  xmlNode *node = vmm_xml_find (base, path);
  const char *attribute = strchr (path, '@');

  if (node == NULL)
    return FALSE;

  if (attribute != NULL)
    return vmm_xml_set_attribute (node, attribute + 1, NULL);

  vmm_xml_unlink (node);
  xmlFreeNode (node);

  return TRUE;
}

/**
 * vmm_xml_set:
 * @base: an element
 * @path: as for vmm_xml_get()
 * @value: (nullable): the new value; %NULL removes the attribute or element
 *
 * Missing elements on the way are made. What has the value already is left alone.
 *
 * Returns: whether something changed
 */
gboolean
vmm_xml_set (xmlNode    *base,
             const char *path,
             const char *value)
{
  xmlNode *node = base;
  const char *rest = path;
  gboolean changed = FALSE;
  char step[64];

  if (value == NULL)
    return remove_at (base, path);

  while (*rest != '\0' && *rest != '@')
    {
      xmlNode *child;
      char end = take_step (&rest, step, sizeof step);

      child = vmm_xml_get_child (node, step);

      if (child == NULL)
        {
          child = vmm_xml_add_child (node, step);
          changed = TRUE;
        }

      node = child;

      if (end == '@')
        return vmm_xml_set_attribute (node, rest, value) || changed;
    }

  if (*rest == '@')
    return vmm_xml_set_attribute (node, rest + 1, value) || changed;

  return vmm_xml_set_text (node, value) || changed;
}
