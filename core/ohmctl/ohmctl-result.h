/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-context.h"

G_BEGIN_DECLS

/* What a job found: `a{sv}` as Job.Result documents it. */

/* For programs: tuples become objects, dashes in keys underscores. */
void ohmctl_result_write (OhmctlJson *json, const char *key, GVariant *result);

/* For people: address, durations, candidates, facts, values, what went wrong. */
void ohmctl_result_print (OhmctlContext *context, GVariant *result);

/* (transfer full) (nullable): what it was read as, else the type that fits best */
char *ohmctl_result_dup_type (GVariant *result);

G_END_DECLS
