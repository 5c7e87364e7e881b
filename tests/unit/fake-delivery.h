/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-delivery.h"

G_BEGIN_DECLS

/* A delivery that delivers nothing: linked instead of the real one, it says what a test says and
 * remembers what it is told. */

/* What it says from now on; emits `uplink-changed`. */
void fixture_delivery_say (OhmDelivery *self, const OhmDeliveryView *view);

/* What it was made of, or told since. */
const OhmDeliverySettings *fixture_delivery_get_settings (OhmDelivery *self);

/* What was asked of it, in short words, each followed by a blank. */
GString *fixture_delivery_get_heard (OhmDelivery *self);

/* Of a running resend. */
void fixture_delivery_set_progress (OhmDelivery *self, double progress);
/* @error_take: (nullable) */
void fixture_delivery_end_resend (OhmDelivery *self,
                                  const OhmDeliveryResent *resent,
                                  GError *error_take);

G_END_DECLS
