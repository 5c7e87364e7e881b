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
 * ohm_message_new_from_error:
 * @error: an error
 *
 * Returns: (transfer full): the cause in plain words: the code that an errors's maker attached with
 *   ohm_message_set_error(), else one by the error's code with its text as argument
 *
 * Since: 0.1
 */
OHM_API OhmMessage *ohm_message_new_from_error (const GError *error);

OHM_API OhmMessage *ohm_message_new_from_variant (const char *code, GVariant *arguments);
OHM_API OhmMessage *ohm_message_ref (OhmMessage *self);
OHM_API void ohm_message_unref (OhmMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmMessage, ohm_message_unref)

OHM_API const char *ohm_message_get_code (OhmMessage *self);
/* (transfer floating): `a{ss}` */
OHM_API GVariant *ohm_message_get_arguments (OhmMessage *self);
/* (nullable) */
OHM_API const char *ohm_message_get_argument (OhmMessage *self, const char *name);
/* (transfer full): one sentence */
OHM_API char *ohm_message_dup_text (OhmMessage *self);
/* (transfer full) (nullable): what to do about it */
OHM_API char *ohm_message_dup_remedy (OhmMessage *self);
OHM_API gboolean ohm_message_equal (OhmMessage *a, OhmMessage *b);

G_END_DECLS
