/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "dir-fixture.h"
#include "ohm-site.h"
#include "ohm-test-log.h"
#include "ohm-test-station.h"
#include "ohm-test-time.h"

G_BEGIN_DECLS

#define OHM_S  ((gint64) G_USEC_PER_SEC)
#define OHM_MS (OHM_S / 1000)

/* A site in simulated time, whose meters are units of stations. The folders are `etc` (site
 * configuration), `var` (state) and `plugins`, which has the transports test-net and test-listen
 * and the profile `box`. */
typedef struct
{
  OhmTestDir *dir;
  OhmTestTime *time;
  OhmBus *bus;
  OhmTestStation *station; /* host `station` */
  OhmSite *site;

  GHashTable *readings; /* (element-type utf8 guint): by meter */
  OhmReading *last;     /* (owned) (nullable): the last one on the bus */
  GString *planned;     /* ids, each followed by a blank */
  GString *surveyed;
  GString *learned;
  GString *removed;
  GString *changed; /* ids of meters, gone ones with a minus */
  guint n_alarms;   /* raised ones */
  GPtrArray *reads; /* (element-type GError): how operators' reads ended; NULL for a reading */

  void (*on_reading) (gpointer fixture, const OhmReading *reading); /* (nullable) */
} OhmSiteFixture;

/* Not started yet. */
OhmSiteFixture *fixture_site_new (gint64 after_us);
void fixture_site_free (OhmSiteFixture *self);

/* The same with a box as meter `a`, whose file has @more besides transport and host; started. */
OhmSiteFixture *fixture_site_start_box (const char *more);

/* Makes unit @unit of @station a box: serial, kind, power 1000 W and so on. */
void fixture_site_make_box (OhmTestStation *station, guint8 unit, guint32 serial);

/* `etc/meters.d/ID.meter`: transport and host of the station, then @more lines */
void fixture_site_write_meter (OhmSiteFixture *self, const char *id, const char *more);
void fixture_site_write_profile (OhmSiteFixture *self, const char *id, const char *text);

void fixture_site_run (OhmSiteFixture *self, gint64 us);
OhmMeterHost *fixture_site_host (OhmSiteFixture *self, const char *id);
guint fixture_site_readings (OhmSiteFixture *self, const char *id);

/* @cause: code; (nullable): none */
void fixture_site_assert_state (OhmSiteFixture *self,
                                const char *id,
                                OhmStateCode code,
                                const char *cause);

/* Last value of a point as a number; NAN if it is not good. */
double fixture_site_value (OhmSiteFixture *self, const char *id, const char *point);
OhmQuality fixture_site_quality (OhmSiteFixture *self, const char *id, const char *point);
gint64 fixture_site_age_us (OhmSiteFixture *self, const char *id, const char *point);

void fixture_site_assert_value (OhmSiteFixture *self,
                                const char *id,
                                const char *point,
                                double expected);

/* An operator reads the meter. */
void fixture_site_read (OhmSiteFixture *self, const char *id, GCancellable *cancellable);

/* How the earliest of these reads ended. @message: glob; (nullable): with a reading */
void fixture_site_assert_read (OhmSiteFixture *self, const char *message, int code);

/* Open alarms as `subject:code`, in order of their being raised, separated by blanks. */
void fixture_site_assert_alarms (OhmSiteFixture *self, const char *expected);

/* Compares, and empties. */
void fixture_site_assert_text (GString *text, const char *expected);

/* Declares a log line of the daemon. */
void fixture_site_expect_warning (const char *pattern);

G_END_DECLS
