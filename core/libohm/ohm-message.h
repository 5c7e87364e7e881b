/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib-object.h>

#include "ohm-error.h"

G_BEGIN_DECLS

#define OHM_TYPE_MESSAGE (ohm_message_get_type ())

/**
 * OhmMessage:
 *
 * A cause, finding or job message: a code with arguments. Text and remedy come from the
 * catalogue in the reader's language; stored and sent are code and arguments. Immutable,
 * reference counted.
 *
 * Since: 0.1
 */
typedef struct _OhmMessage OhmMessage;

OHM_API GType ohm_message_get_type (void);

/**
 * ohm_message_new:
 * @code: a code of the table in ohm-message.c: `timeout`, `connection-refused`
 * @...: names and texts of its arguments, ended by %NULL
 *
 * Returns: (transfer full): the message
 *
 * Since: 0.1
 */
OHM_API OhmMessage *ohm_message_new (const char *code, ...) G_GNUC_NULL_TERMINATED;

/**
 * ohm_message_set_error:
 * @error: (out) (optional): return location
 * @code: a code of %OHM_ERROR
 * @message: (transfer full): the cause for people
 * @format: the error's own text, for logs
 * @...: its arguments
 *
 * Sets an error that carries a cause: whoever shows it gets the exact sentence and remedy from
 * ohm_message_new_from_error(). The cause goes along with g_error_copy() and g_prefix_error().
 *
 * Since: 0.1
 */
OHM_API void
ohm_message_set_error (GError **error, OhmError code, OhmMessage *message, const char *format, ...)
  G_GNUC_PRINTF (4, 5);

/**
 * ohm_message_set_error_errno:
 * @error: (out) (optional): return location
 * @peer: the other side: `192.0.2.10:502`
 * @code: an errno of a socket call
 *
 * Sets %OHM_ERROR_LINK (%OHM_ERROR_TIMEOUT for `ETIMEDOUT`) with the cause that fits: refused, no
 * route, closed by the other side, no answer.
 *
 * Since: 0.1
 */
OHM_API void ohm_message_set_error_errno (GError **error, const char *peer, int code);

/**
 * ohm_message_new_from_error:
 * @error: an error
 *
 * Returns: (transfer full): the cause in plain words: the one that the error's maker attached with
 *   ohm_message_set_error(), else one by the error's code with its text as argument `text`
 *
 * Since: 0.1
 */
OHM_API OhmMessage *ohm_message_new_from_error (const GError *error);

/**
 * ohm_message_new_from_variant:
 * @code: a code, perhaps of a newer release
 * @arguments: `a{ss}`
 *
 * Returns: (transfer full): the message
 *
 * Since: 0.1
 */
OHM_API OhmMessage *ohm_message_new_from_variant (const char *code, GVariant *arguments);
OHM_API OhmMessage *ohm_message_ref (OhmMessage *self);
OHM_API void ohm_message_unref (OhmMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmMessage, ohm_message_unref)

/**
 * ohm_message_get_code:
 * @self: a message
 *
 * Returns: (not nullable): its code
 *
 * Since: 0.1
 */
OHM_API const char *ohm_message_get_code (OhmMessage *self);

/**
 * ohm_message_get_arguments:
 * @self: a message
 *
 * Returns: (transfer floating): its arguments, `a{ss}`
 *
 * Since: 0.1
 */
OHM_API GVariant *ohm_message_get_arguments (OhmMessage *self);

/**
 * ohm_message_get_argument:
 * @self: a message
 * @name: an argument
 *
 * Returns: (transfer none) (nullable): its value; %NULL if the message has none of that name
 *
 * Since: 0.1
 */
OHM_API const char *ohm_message_get_argument (OhmMessage *self, const char *name);

/**
 * ohm_message_dup_text:
 * @self: a message
 *
 * Returns: (transfer full): one sentence for people, in the locale's language
 *
 * Since: 0.1
 */
OHM_API char *ohm_message_dup_text (OhmMessage *self);

/**
 * ohm_message_dup_remedy:
 * @self: a message
 *
 * Returns: (transfer full) (nullable): what to do about it, in the locale's language
 *
 * Since: 0.1
 */
OHM_API char *ohm_message_dup_remedy (OhmMessage *self);

/**
 * ohm_message_equal:
 * @a: a message
 * @b: another
 *
 * Returns: whether code and arguments are the same
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_message_equal (OhmMessage *a, OhmMessage *b);

/**
 * ohm_message_code_is_known:
 * @code: a code
 *
 * A code that is not known, sent by a newer release, is shown as it is.
 *
 * Returns: %TRUE if the table has a text for it
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_message_code_is_known (const char *code);

G_END_DECLS
