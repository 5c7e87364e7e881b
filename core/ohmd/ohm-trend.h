/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-places.h"
#include "ohm-store.h"

G_BEGIN_DECLS

#define OHM_TYPE_TREND (ohm_trend_get_type ())

/* What a power cut may cost at most. */
#define OHM_TREND_COMMIT_US (10 * G_USEC_PER_SEC)

/*
 * One-minute mean, least and greatest value of a few points of each place, from readings. The
 * running minute is written every ten seconds. Main thread.
 */
G_DECLARE_FINAL_TYPE (OhmTrend, ohm_trend, OHM, TREND, GObject)

OhmTrend *ohm_trend_new (OhmStore *store, OhmPlaces *places, OhmBus *bus, OhmWatcher *watcher);

/* Hands what is not written yet to the store. */
void ohm_trend_flush (OhmTrend *self);

G_END_DECLS
