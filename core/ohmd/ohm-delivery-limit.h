/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-delivery.h"

G_BEGIN_DECLS

/* What may go: how much at once, and of what age. Pure. */

/*
 * OhmDeliveryLimit:
 * @points_max: most values that the engine takes at once, as it taught us; 0 if it did not
 * @points_us: when it did, UTC
 * @n_points: values that were sent so far
 * @n_bytes: bytes that they took
 */
typedef struct
{
  guint points_max;
  gint64 points_us;
  guint64 n_points;
  guint64 n_bytes;
} OhmDeliveryLimit;

/* Most values of the next batch. What the engine taught doubles every 24 h, until it is forgotten.
 */
guint ohm_delivery_limit_get (const OhmDeliveryLimit *self,
                              const OhmDeliverySettings *settings,
                              gint64 wall_us);

/* @n_points were too many. */
void ohm_delivery_limit_halve (OhmDeliveryLimit *self, guint n_points, gint64 wall_us);

/* What was sent. */
void ohm_delivery_limit_learn (OhmDeliveryLimit *self, guint n_points, gsize n_bytes);

/*
 * OhmDeliveryGuard:
 * @OHM_DELIVERY_GUARD_SEND: may go
 * @OHM_DELIVERY_GUARD_OLD: older than the engine takes
 * @OHM_DELIVERY_GUARD_FUTURE: later than now: one such value can silence a whole engine
 */
typedef enum
{
  OHM_DELIVERY_GUARD_SEND,
  OHM_DELIVERY_GUARD_OLD,
  OHM_DELIVERY_GUARD_FUTURE,
} OhmDeliveryGuard;

/* How far the engine's clock may be behind ours. */
#define OHM_DELIVERY_AHEAD_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)

/* @age_max_us: 0 for no limit */
OhmDeliveryGuard ohm_delivery_guard_slot (gint64 slot_us, gint64 wall_us, gint64 age_max_us);

/*
 * (transfer full) (nullable): what may go of @batch, %NULL if nothing may
 * @held: records of the future are added, referenced (element-type OhmRecord)
 * @old: sequence numbers of those that are too old are added (element-type gint64)
 */
OhmBatch *ohm_delivery_guard_batch (OhmBatch *batch,
                                    gint64 wall_us,
                                    gint64 age_max_us,
                                    GPtrArray *held,
                                    GArray *old);

G_END_DECLS
