/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-exchange.h"

G_BEGIN_DECLS

/* A recording of one meter as text, format `.capture` (tests/replay/README.md): what the replay
 * tests and ohm-sim play. */

/**
 * OhmctlCaptureHeader:
 * @profile: id of the meter's type
 * @origin: what was recorded, in words
 * @unit: whose frames they are
 */
typedef struct
{
  const char *profile;
  const char *origin;
  guint unit;
} OhmctlCaptureHeader;

void ohmctl_capture_file_begin (GString *text, const OhmctlCaptureHeader *header);

/* @begin_us: when the recording began; times in the file count from there. What is neither an
 * answer nor the lack of one becomes a comment. */
void ohmctl_capture_file_add (GString *text, gint64 begin_us, const OhmctlExchange *exchange);

G_END_DECLS
