/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-state.h"

G_BEGIN_DECLS

/* What adapters answer with. All results are floating; what is NULL becomes an empty text, list
 * or dictionary. */

GVariant *ohm_dbus_string (const char *text);
GVariant *ohm_dbus_strings (const char *const *texts);
GVariant *ohm_dbus_message_code (OhmMessage *message);
GVariant *ohm_dbus_message_arguments (OhmMessage *message);

/* The property State and its kin */
GVariant *ohm_dbus_state_code (const OhmState *state);
GVariant *ohm_dbus_state_since (const OhmState *state);
GVariant *ohm_dbus_state_cause_code (const OhmState *state);
GVariant *ohm_dbus_state_cause_arguments (const OhmState *state);
GVariant *ohm_dbus_state_next_attempt (const OhmState *state);

/* Cause of a reason that is text only: @code and its argument `text`, or both empty for NULL. */
GVariant *ohm_dbus_reason_code (const char *code, const char *reason);
GVariant *ohm_dbus_reason_arguments (const char *reason);

/* A set of OhmReadClass in words: `live slot` */
char *ohm_dbus_dup_classes (guint classes);

/* Cause of a gap as a word; behind `part-missing` stands the part. Lives as long as the program. */
const char *ohm_dbus_gap_cause (const OhmRecord *gap);

G_END_DECLS
