/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-cloud-fetch.h"
#include "ohm-cloud-format.h"

G_BEGIN_DECLS

/* Most bytes of the engine's own words that are kept. */
#define OHM_CLOUD_VERDICT_TEXT_MAX 300

/* What an engine may ask us to wait. */
#define OHM_CLOUD_VERDICT_WAIT_MIN_US G_USEC_PER_SEC
#define OHM_CLOUD_VERDICT_WAIT_MAX_US (6 * 3600 * (gint64) G_USEC_PER_SEC)

/**
 * ohm_cloud_verdict_new:
 * @format: what was sent
 * @answer: what came back
 * @n_points: how many values were sent
 * @now_us: our time, UTC
 *
 * Judges an answer: the table of README.md. Pure. Nothing of an answer is believed but its meaning:
 * text is cut and made printable, times are bounded.
 *
 * Returns: (transfer full): the verdict
 */
OhmVerdict *ohm_cloud_verdict_new (OhmCloudFormat format,
                                   const OhmCloudAnswer *answer,
                                   guint n_points,
                                   gint64 now_us);

/**
 * ohm_cloud_verdict_new_from_error:
 * @error: why there is no answer, or why nothing was sent
 *
 * Returns: (transfer full): the verdict
 */
OhmVerdict *ohm_cloud_verdict_new_from_error (const GError *error);

G_END_DECLS
