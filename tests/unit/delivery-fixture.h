/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-delivery-private.h"
#include "ohm-test-engine.h"
#include "store-fixture.h"

/* A store on disk, an engine in memory, a delivery between them, in simulated time. */
typedef struct
{
  OhmStoreFixture base;
  OhmTestEngine *engine;
  OhmDelivery *delivery;
  OhmDeliverySettings settings;
  guint n_places;
  gint64 slot_us;       /* the last that was recorded */
  guint n_slots;        /* recorded so far */
  GHashTable *expected; /* (element-type utf8 double): every row that has to arrive */
} OhmDeliveryFixture;

#define OHM_FIXTURE_FLAGS OHM_UPLINK_IDEMPOTENT

/* Two places; an engine that is idempotent and not durable; overlap, live first, no echo. */
void fixture_delivery_set_up (OhmDeliveryFixture *self, gconstpointer data);
void fixture_delivery_tear_down (OhmDeliveryFixture *self, gconstpointer data);

/* Another engine, with the flags. */
void fixture_delivery_set_flags (OhmDeliveryFixture *self, guint flags);

void fixture_delivery_start (OhmDeliveryFixture *self);
/* The same, without waiting for what it does first. */
void fixture_delivery_start_only (OhmDeliveryFixture *self);
void fixture_delivery_stop (OhmDeliveryFixture *self);

/* What the clock says of itself from now on; it is sure at the begin. */
void fixture_delivery_set_sure (OhmDeliveryFixture *self, gboolean is_sure);

/* Lets time pass from deadline to deadline; at each, all that follows is done. */
void fixture_delivery_pass (OhmDeliveryFixture *self, gint64 us);
void fixture_delivery_settle (OhmDeliveryFixture *self);

/* The next slot's end comes, all places are recorded, and 14 minutes pass. */
void fixture_delivery_quarter (OhmDeliveryFixture *self, guint n);

/* Records the slot after the last one, whatever the clock says. */
void fixture_delivery_record (OhmDeliveryFixture *self);
/* Returns: whether it could be written now; else it waits in memory */
gboolean fixture_delivery_try_record (OhmDeliveryFixture *self);

/* Every row that was recorded is at the engine with its value, and nothing else. */
void fixture_delivery_assert_complete (OhmDeliveryFixture *self);
/* The same, each written once. */
void fixture_delivery_assert_once (OhmDeliveryFixture *self);
/* Rows that are not there, and those that nobody recorded. */
guint fixture_delivery_n_missing (OhmDeliveryFixture *self);

OhmDeliveryView fixture_delivery_view (OhmDeliveryFixture *self);
/* Its message's code; `""` for none */
const char *fixture_delivery_code (OhmDeliveryFixture *self);

/* Number of events with the code. */
guint fixture_delivery_n_events (OhmDeliveryFixture *self, const char *code);

/* Index of the quarter hour after T0 that a batch's item is of; and of which place. */
gint64 fixture_delivery_item_quarter (OhmBatch *batch, guint i);
