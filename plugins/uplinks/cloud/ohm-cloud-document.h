/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <json-glib/json-glib.h>
#include <ohm.h>

G_BEGIN_DECLS

/**
 * ohm_cloud_document_parse:
 * @body: an answer's body
 * @error: %OHM_ERROR_PROTOCOL
 *
 * Parses one object and nothing else, no deeper than an honest answer.
 *
 * Returns: (transfer full): the object
 */
JsonObject *ohm_cloud_document_parse (GBytes *body, GError **error);

/* (transfer none) (nullable): a text member of at most @max bytes without control characters; %NULL
 * if it is missing or anything else */
const char *ohm_cloud_document_get_text (JsonObject *self, const char *member, gsize max);

/* A whole number in @min..@max, also written as 60.0 or "60"; @fallback if it is missing, -1 if it
 * is anything else. */
gint64 ohm_cloud_document_get_number (JsonObject *self,
                                      const char *member,
                                      gint64 min,
                                      gint64 max,
                                      gint64 fallback);

/* Whether @member is the text @word, or a list with it. */
gboolean ohm_cloud_document_has_word (JsonObject *self, const char *member, const char *word);

G_END_DECLS
