/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-store.h"

/* What the tests of store, places, recorder and trend share. */

/* 2026-11-22T10:00:00Z, a slot's end. */
#define OHM_FIXTURE_T0_US (G_GINT64_CONSTANT (1795341600) * G_USEC_PER_SEC)

typedef struct
{
  char *dir;
  char *path;
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmBus *bus;
  OhmStore *store;
  GPtrArray *announced; /* (element-type OhmRecord): in order */
  GPtrArray *opened;    /* (element-type OhmStoreContent): by the content function */
  GObject *listener;
} OhmStoreFixture;

/* A temporary directory, a manual clock at OHM_FIXTURE_T0_US, a bus; no store yet. */
void fixture_set_up (OhmStoreFixture *self, gconstpointer data);
/* Closes the store and removes the directory. */
void fixture_tear_down (OhmStoreFixture *self, gconstpointer data);

/* Makes the store; @limits: (nullable) */
void fixture_make_store (OhmStoreFixture *self, const OhmStoreLimits *limits);
/* Opens it: (transfer full), or %NULL with @error */
OhmStoreContent *fixture_try_open (OhmStoreFixture *self, GError **error);
/* Makes and opens it; what is in it does not matter. */
void fixture_open (OhmStoreFixture *self);
/* Closes and forgets it. Returns: whether all was written */
gboolean fixture_close (OhmStoreFixture *self);

/* Runs the main loop until @callback has stored a result in @result. */
void fixture_on_ready (GObject *source, GAsyncResult *result, gpointer user_data);
GAsyncResult *fixture_wait (GAsyncResult **result);

/* Moves wall and monotonic time by as much, and runs what is due. */
void fixture_pass (OhmStoreFixture *self, gint64 us);
/* The same without waiting for the store. */
void fixture_move (OhmStoreFixture *self, gint64 us);
/* Sets the wall clock alone. */
void fixture_set_wall (OhmStoreFixture *self, gint64 wall_us);
/* Runs what is due now, and all of the store's transactions. */
void fixture_settle (OhmStoreFixture *self);

/* (transfer full): `energy-active-import.total` and `-export`, real; `pulse-count`, integer */
OhmPointSet *fixture_points (void);
/* (transfer full): a record with @import, 2 * @import and @count */
OhmRecord *fixture_record (const char *place, gint64 slot_us, double import, gint64 count);
/* (transfer full): a minute of `power-active.total`, one value of 1 W */
OhmTrendRow *fixture_trend_row (const char *place, gint64 minute_us);
OhmRecord *fixture_gap (const char *place, gint64 slot_us, OhmGapCause cause);

/* Appends @record (transfer full) and waits. */
gboolean fixture_append (OhmStoreFixture *self, OhmRecord *record, GError **error);
/* The whole of a place's series; the caller frees the page. */
OhmStorePage *fixture_query (OhmStoreFixture *self, const char *place);
OhmStorePage *fixture_query_range (OhmStoreFixture *self,
                                   const char *place,
                                   gint64 from_us,
                                   gint64 to_us,
                                   guint max);
void fixture_get_stats (OhmStoreFixture *self, OhmStoreStats *ret_stats);

/* (transfer full): `slot:import slot:import gap:from-to:cause`, slots as quarters after T0 */
char *fixture_describe (OhmStoreFixture *self, const char *place);
void fixture_assert_series (OhmStoreFixture *self, const char *place, const char *expected);
