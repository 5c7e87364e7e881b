/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-document.h"

#include <string.h>

/* Of a receiver's answer it is 2, of an identity server's 2 or 3. */
#define OHM_CLOUD_DOCUMENT_DEPTH_MAX 32

typedef struct
{
  guint depth;
  gboolean is_text;  /* within a string */
  gboolean is_quote; /* behind a backslash */
  gboolean is_over;  /* the object has ended */
} OhmCloudScan;

static gboolean
ohm_cloud_scan_text (OhmCloudScan *self, char c)
{
  if (g_ascii_iscntrl (c))
    return FALSE;
  if (self->is_quote)
    self->is_quote = FALSE;
  else if (c == '\\')
    self->is_quote = TRUE;
  else if (c == '"')
    self->is_text = FALSE;
  return TRUE;
}

static gboolean
ohm_cloud_scan_next (OhmCloudScan *self, char c)
{
  if (self->is_text)
    return ohm_cloud_scan_text (self, c);
  if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
    return TRUE;
  if (self->is_over || (self->depth == 0 && c != '{'))
    return FALSE;
  if (c == '{' || c == '[')
    return ++self->depth <= OHM_CLOUD_DOCUMENT_DEPTH_MAX;
  if (c == '}' || c == ']')
    {
      self->is_over = --self->depth == 0;
      return TRUE;
    }
  self->is_text = c == '"';
  return self->is_text || g_ascii_isalnum (c) || strchr ("+-.,:", c) != NULL;
}

/*
 * Whether it may be one object that is no deeper than an honest answer. json-glib recurses as deep
 * as the text says; it also takes comments, assignments and one document behind another, of which
 * it leaks all but the last (1.6).
 */
static gboolean
ohm_cloud_document_is_one (const char *text, gsize length)
{
  OhmCloudScan scan = { 0 };

  for (gsize i = 0; i < length; i++)
    if (!ohm_cloud_scan_next (&scan, text[i]))
      return FALSE;
  return scan.is_over;
}

JsonObject *
ohm_cloud_document_parse (GBytes *body, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  gsize length = 0;
  const char *text = g_bytes_get_data (body, &length);
  JsonNode *root;

  if (length == 0 || !g_utf8_validate_len (text, length, NULL))
    g_set_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL, "the answer is no text");
  else if (!ohm_cloud_document_is_one (text, length))
    g_set_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL,
                 "the answer is no single JSON object, or nested too deep");
  /* The parser's own message quotes the text, which may hold a secret. */
  else if (!json_parser_load_from_data (parser, text, (gssize) length, /* error */ NULL))
    g_set_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL, "the answer is no JSON");
  else
    {
      root = json_parser_get_root (parser);
      if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
        return json_object_ref (json_node_get_object (root));
      g_set_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL, "the answer is no JSON object");
    }
  return NULL;
}

/* (nullable) */
static JsonNode *
ohm_cloud_document_get_value (JsonObject *self, const char *member)
{
  JsonNode *node = json_object_get_member (self, member);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

const char *
ohm_cloud_document_get_text (JsonObject *self, const char *member, gsize max)
{
  JsonNode *node = ohm_cloud_document_get_value (self, member);
  const char *text = node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
                       ? json_node_get_string (node)
                       : NULL;

  if (text == NULL || *text == '\0' || strlen (text) > max)
    return NULL;
  for (const char *at = text; *at != '\0'; at += g_utf8_skip[(guchar) *at])
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return NULL;
  return text;
}

gint64
ohm_cloud_document_get_number (JsonObject *self,
                               const char *member,
                               gint64 min,
                               gint64 max,
                               gint64 fallback)
{
  JsonNode *node = ohm_cloud_document_get_value (self, member);
  gint64 number = -1;

  if (!json_object_has_member (self, member))
    return fallback;
  if (node == NULL)
    return -1;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    number = json_node_get_int (node);
  else if (json_node_get_value_type (node) == G_TYPE_DOUBLE)
    {
      double real = json_node_get_double (node);

      if (!(real >= 0 && real <= G_MAXINT32))
        return -1;
      number = (gint64) real;
    }
  else if (json_node_get_value_type (node) != G_TYPE_STRING ||
           !g_ascii_string_to_signed (json_node_get_string (node), 10, min, max, &number, NULL))
    return -1;
  return number >= min && number <= max ? number : -1;
}

gboolean
ohm_cloud_document_has_word (JsonObject *self, const char *member, const char *word)
{
  JsonNode *node = json_object_get_member (self, member);
  JsonArray *list;

  if (node == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return g_strcmp0 (ohm_cloud_document_get_text (self, member, 2000), word) == 0;
  list = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonNode *item = json_array_get_element (list, i);

      if (JSON_NODE_HOLDS_VALUE (item) && json_node_get_value_type (item) == G_TYPE_STRING &&
          g_str_equal (json_node_get_string (item), word))
        return TRUE;
    }
  return FALSE;
}
