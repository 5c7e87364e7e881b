/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

#include "ohm-slot.h"

#define MINUTE_US (60 * G_USEC_PER_SEC)

/* What one step drops at most: minutes of trend, events, slots of one run. */
#define MINUTES_STEP 10
#define EVENTS_STEP  500
#define SLOTS_STEP   480

/* A clock that jumps ahead is believed by a day for each hour that really passes, no faster. */
#define CATCH_UP 24

#define RETENTION_KEY "retention-us"

static gboolean
ohm_store_load_retention (OhmStoreBackend *self, gint64 now_us, GError **error)
{
  gint64 stored_us = now_us;

  if (!ohm_database_get_integer (self->database,
                                 "SELECT CAST (value AS INTEGER) FROM meta"
                                 " WHERE key = '" RETENTION_KEY "'",
                                 &stored_us, error))
    return FALSE;
  self->retention_us = stored_us;
  self->retention_mono_us = ohm_clock_get_mono_us (self->clock);
  return TRUE;
}

/* Moves on the time by which age is told; never drops by the wall clock alone. */
static gboolean
ohm_store_advance_retention (OhmStoreBackend *self, GError **error)
{
  gint64 now_us = ohm_clock_get_wall_us (self->clock);
  gint64 mono_us = ohm_clock_get_mono_us (self->clock);
  g_autofree char *text = NULL;
  gint64 allowed_us;

  if (now_us < OHM_SLOT_EARLIEST_US)
    return TRUE;
  if (self->retention_us == 0 && !ohm_store_load_retention (self, now_us, error))
    return FALSE;
  allowed_us = self->retention_us + CATCH_UP * (mono_us - self->retention_mono_us);
  self->retention_us = MIN (now_us, allowed_us);
  self->retention_mono_us = mono_us;
  text = g_strdup_printf ("%" G_GINT64_FORMAT, self->retention_us);
  return ohm_database_run (self->database, error,
                           "INSERT OR REPLACE INTO meta VALUES ('" RETENTION_KEY "', ?)", "t",
                           text);
}

/* Drops minutes before @end, a few at a time. */
static gboolean
ohm_store_drop_trend (OhmStoreBackend *self, gint64 end, gint64 *ret_n, GError **error)
{
  gint64 oldest = G_MAXINT64;

  *ret_n = 0;
  if (!ohm_database_get_integer (self->database, "SELECT min (minute) FROM trend", &oldest, error))
    return FALSE;
  if (oldest >= end)
    return TRUE;
  if (!ohm_database_run (self->database, error, "DELETE FROM trend WHERE minute < ?", "i",
                         MIN (end, oldest + MINUTES_STEP)))
    return FALSE;
  *ret_n = ohm_database_get_changes (self->database);
  return TRUE;
}

/* Drops the oldest events until @keep are left, a few at a time. */
static gboolean
ohm_store_drop_events (OhmStoreBackend *self, gint64 keep, gint64 *ret_n, GError **error)
{
  gint64 oldest = 0;
  gint64 newest = 0;
  gint64 end;

  *ret_n = 0;
  if (!ohm_database_get_integer (self->database, "SELECT min (id) FROM events", &oldest, error) ||
      !ohm_database_get_integer (self->database, "SELECT max (id) FROM events", &newest, error))
    return FALSE;
  end = MIN (newest - keep, oldest + EVENTS_STEP - 1);
  if (newest == 0 || end < oldest)
    return TRUE;
  if (!ohm_database_run (self->database, error, "DELETE FROM events WHERE id <= ?", "i", end))
    return FALSE;
  *ret_n = ohm_database_get_changes (self->database);
  return TRUE;
}

/* Drops the oldest intervals and gaps before @end of the run that reaches back farthest. */
static gboolean
ohm_store_drop_intervals (OhmStoreBackend *self, gint64 end, gint64 *ret_n, GError **error)
{
  gint64 run = 0;
  gint64 oldest = G_MAXINT64;

  *ret_n = 0;
  {
    g_autoptr (OhmStatement) row =
      ohm_database_prepare (self->database, error,
                            "SELECT number, (SELECT min (slot) FROM intervals"
                            " WHERE run = number) AS oldest FROM runs"
                            " WHERE oldest IS NOT NULL ORDER BY oldest LIMIT 1",
                            "");
    g_autoptr (GError) problem = NULL;

    if (row == NULL)
      return FALSE;
    if (ohm_database_step (self->database, row, &problem))
      {
        run = ohm_statement_get_integer (row, 0);
        oldest = ohm_statement_get_integer (row, 1);
      }
    if (problem != NULL)
      {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
      }
  }
  if (oldest >= end)
    return TRUE;
  end = MIN (end, oldest + SLOTS_STEP);
  if (!ohm_database_run (self->database, error, "DELETE FROM intervals WHERE run = ? AND slot < ?",
                         "ii", run, end))
    return FALSE;
  *ret_n = ohm_database_get_changes (self->database);
  return ohm_database_run (self->database, error, "DELETE FROM gaps WHERE run = ? AND to_slot < ?",
                           "ii", run, end);
}

static gboolean
ohm_store_drop_old (OhmStoreBackend *self, gint64 *ret_n, GError **error)
{
  gint64 end = (self->retention_us - self->limits.trend_keep_us) / MINUTE_US;

  if (!ohm_store_drop_trend (self, end, ret_n, error))
    return FALSE;
  return *ret_n > 0 || ohm_store_drop_events (self, self->limits.events_max, ret_n, error);
}

/* Too big: trend first, then events, then intervals past their age; younger ones never. */
static gboolean
ohm_store_drop_excess (OhmStoreBackend *self, gint64 *ret_n, GError **error)
{
  gint64 end = ohm_store_slot_to_number (self->retention_us - self->limits.intervals_keep_us);

  if (!ohm_store_drop_trend (self, G_MAXINT64, ret_n, error))
    return FALSE;
  if (*ret_n == 0 && !ohm_store_drop_events (self, 0, ret_n, error))
    return FALSE;
  return *ret_n > 0 || ohm_store_drop_intervals (self, end, ret_n, error);
}

static gboolean
ohm_store_drop_some (OhmStoreBackend *self, gboolean *ret_more, GError **error)
{
  gint64 n = 0;

  if (!ohm_store_advance_retention (self, error) || !ohm_store_drop_purged (self, &n, error) ||
      (n == 0 && !ohm_store_drop_old (self, &n, error)))
    return FALSE;
  if (n == 0 && ohm_database_get_used_bytes (self->database) > self->limits.size_max_bytes &&
      !ohm_store_drop_excess (self, &n, error))
    return FALSE;
  *ret_more = n > 0;
  self->n_sweeps += n == 0;
  return TRUE;
}

gboolean
ohm_store_drop_step (OhmStoreBackend *self, gboolean *ret_more, GError **error)
{
  *ret_more = FALSE;
  if (ohm_store_backend_get (self, error) == NULL ||
      !ohm_database_run (self->database, error, "BEGIN IMMEDIATE", ""))
    return FALSE;
  if (ohm_store_drop_some (self, ret_more, error) &&
      ohm_database_run (self->database, error, "COMMIT", ""))
    return TRUE;
  ohm_database_roll_back (self->database);
  return FALSE;
}
