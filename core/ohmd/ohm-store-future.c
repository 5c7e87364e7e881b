/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

/*
 * Slots later than now were written by a clock that was ahead, and would keep every slot until then
 * from being recorded. At opening, and only while the clock is synchronised, they are taken out of
 * their series, kept in a table of their own, and told. The next record closes the hole with the
 * difference of its counters: no energy is lost.
 */

/* What may be ahead: a clock that was set by a summer hour. */
#define AHEAD_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

#define FUTURE_RUNS                                                                                \
  "(SELECT number FROM runs AS r WHERE (SELECT max (slot) FROM intervals WHERE run = r.number) > " \
  "?1)"

static gboolean
ohm_store_count_future (OhmStoreBackend *self, gint64 slot, gint64 *ret_n, GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    "SELECT (SELECT count(*) FROM intervals WHERE run IN " FUTURE_RUNS " AND slot > ?1)"
    " + (SELECT count(*) FROM gaps WHERE to_slot > ?1)",
    "i", slot);
  g_autoptr (GError) problem = NULL;

  if (row == NULL)
    return FALSE;
  if (ohm_database_step (self->database, row, &problem))
    *ret_n = ohm_statement_get_integer (row, 0);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* A gap that ends in the future is told anew by the next record, or by the recorder. */
static gboolean
ohm_store_move_future (OhmStoreBackend *self, gint64 slot, gint64 n, GError **error)
{
  g_autofree char *arguments = g_strdup_printf ("{'slots': '%" G_GINT64_FORMAT "'}", n);

  return ohm_database_run (self->database, error,
                           "INSERT OR REPLACE INTO aside SELECT seq, run, slot, read_us, origin,"
                           " flags, revision, points, data, ?2 FROM intervals"
                           " WHERE run IN " FUTURE_RUNS " AND slot > ?1",
                           "ii", slot, ohm_clock_get_wall_us (self->clock)) &&
         ohm_database_run (self->database, error,
                           "DELETE FROM intervals WHERE run IN " FUTURE_RUNS " AND slot > ?1", "i",
                           slot) &&
         ohm_database_run (self->database, error, "DELETE FROM gaps WHERE to_slot > ?", "i",
                           slot) &&
         ohm_store_put_event (self, "store", "slots-aside", arguments, error);
}

gboolean
ohm_store_put_future_aside (OhmStoreBackend *self, GError **error)
{
  gint64 slot = ohm_store_slot_to_number (ohm_clock_get_wall_us (self->clock) + AHEAD_US);
  gint64 n = 0;

  if (!ohm_clock_is_synchronized (self->clock))
    return TRUE;
  if (!ohm_store_count_future (self, slot, &n, error))
    return FALSE;
  if (n == 0)
    return TRUE;
  if (!ohm_database_run (self->database, error, "BEGIN IMMEDIATE", ""))
    return FALSE;
  if (ohm_store_move_future (self, slot, n, error) &&
      ohm_database_run (self->database, error, "COMMIT", ""))
    return TRUE;
  ohm_database_roll_back (self->database);
  return FALSE;
}
