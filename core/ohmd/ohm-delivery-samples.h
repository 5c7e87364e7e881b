/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-delivery.h"
#include "ohm-places.h"

G_BEGIN_DECLS

#define OHM_TYPE_DELIVERY_SAMPLES (ohm_delivery_samples_get_type ())

/*
 * One-minute means or live values of chosen points, sent to an uplink as best one can: one message
 * on its way, what comes meanwhile is dropped or replaced by what is newer. Nothing is kept and
 * nothing repeated: quarter hours are what is delivered for sure (OhmDelivery). What guards these
 * guards values as well: they go only while the delivery is open, and none that is later than now.
 * Values are the meter's own, as in the trend: direction and factor of a place are about its
 * counters. Main thread.
 */
G_DECLARE_FINAL_TYPE (OhmDeliverySamples, ohm_delivery_samples, OHM, DELIVERY_SAMPLES, GObject)

/* Most points of one place. */
#define OHM_DELIVERY_SAMPLES_MAX 64

/*
 * OhmDeliverySamplesSettings:
 * @is_live: the newest values once a period; else the means of each minute
 * @points: (array zero-terminated=1): names of points without a group: `power-active.total`
 * @period_us: of live values
 * @points_max: most values in one message
 */
typedef struct
{
  gboolean is_live;
  const char *const *points;
  gint64 period_us;
  guint points_max;
} OhmDeliverySamplesSettings;

/*
 * OhmDeliverySamplesSetup: what it works with; all referenced. The delivery's uplink takes samples
 * (ohm_uplink_can_send()).
 */
typedef struct
{
  OhmDelivery *delivery;
  OhmPlaces *places;
  OhmBus *bus;
  OhmWatcher *watcher;
  OhmDeliverySamplesSettings settings;
} OhmDeliverySamplesSetup;

OhmDeliverySamples *ohm_delivery_samples_new (const OhmDeliverySamplesSetup *setup);

/* Ends it. It may be unreferenced at once. */
void ohm_delivery_samples_stop (OhmDeliverySamples *self);

/* A person stands by: what failed is no reason to wait any more, unless the engine asked for it. */
void ohm_delivery_samples_send_now (OhmDeliverySamples *self);

/* @ret_n_sent: values that were taken; @ret_n_dropped: that were not sent or not taken */
void ohm_delivery_samples_get_counts (OhmDeliverySamples *self,
                                      guint64 *ret_n_sent,
                                      guint64 *ret_n_dropped);

G_END_DECLS
