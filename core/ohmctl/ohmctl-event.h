/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-context.h"

G_BEGIN_DECLS

/**
 * OhmctlEvent:
 * @id: number
 * @time_us: UTC in microseconds
 * @subject: (owned): `places/main`
 * @message: (owned): what happened
 */
typedef struct
{
  gint64 id;
  gint64 time_us;
  char *subject;
  OhmMessage *message;
} OhmctlEvent;

void ohmctl_event_free (OhmctlEvent *self);

/* The newest event with @code about @subject as `TIME: TEXT`; NULL if there is none, or it cannot
 * be asked for. (transfer full) (nullable) */
char *ohmctl_event_dup_newest (OhmctlContext *context, const char *subject, const char *code);

G_END_DECLS
