/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A place that is forgotten for good. One transaction takes its id away, and from then on nobody
 * finds it; its rows follow in short steps, after commits and queries, and after a restart if need
 * be. The row of the place itself stays, without a name: to take it out, all of the trend would
 * have to be looked through for rows that refer to it.
 */

#include "config.h"

#include "ohm-store-private.h"

/* No id has a slash. */
#define DOOMED_PREFIX "doomed/"
#define PURGED_PREFIX "purged/"

/* What one step drops at most: slots of one run, gaps, minutes of trend looked through. */
#define SLOTS_STEP   480
#define GAPS_STEP    480
#define MINUTES_STEP 30

static gboolean
ohm_store_doom_place (OhmStoreBackend *self, const OhmStoreSite *site, GError **error)
{
  gint64 now_us = ohm_clock_get_wall_us (self->clock);

  return ohm_database_run (self->database, error,
                           "UPDATE places SET id = '" DOOMED_PREFIX "' || number, name = '',"
                           " parent = NULL, meter = NULL, serial = NULL, updated_us = ?"
                           " WHERE number = ?",
                           "ii", now_us, site->number) &&
         ohm_database_run (self->database, error,
                           "UPDATE runs SET closed_us = ? WHERE place = ? AND closed_us IS NULL",
                           "ii", now_us, site->number);
}

static gboolean
ohm_store_run_purge (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  const char *id = op->data;
  g_autoptr (OhmStoreSite) site = ohm_store_find_site (self, id, error);
  g_autofree char *subject = g_strdup_printf ("places/%s", id);

  return site != NULL && ohm_store_doom_place (self, site, error) &&
         ohm_store_put_event (self, subject, "place-purged", "{}", error);
}

static void
ohm_store_on_doomed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  ohm_store_tidy_soon (OHM_STORE (source));
  g_task_return_boolean (task, TRUE);
}

void
ohm_store_purge_place_async (OhmStore *self,
                             const char *id,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task;
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self) && id != NULL);

  task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (task, ohm_store_purge_place_async);
  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_purge);
  ohm_store_op_set_data (op, g_strdup (id), g_free, strlen (id) + 1);
  op->task = g_task_new (self, /* cancellable */ NULL, ohm_store_on_doomed, task);
  g_task_set_source_tag (op->task, ohm_store_purge_place_async);
  ohm_store_push (self, op);
}

gboolean
ohm_store_purge_place_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- in steps --- */

/* @sql deletes some rows; its numbers are @a and @b. */
static gboolean
ohm_store_delete (OhmStoreBackend *self,
                  const char *sql,
                  gint64 a,
                  gint64 b,
                  gint64 *ret_n,
                  GError **error)
{
  if (!ohm_database_run (self->database, error, sql, "ii", a, b))
    return FALSE;
  *ret_n += ohm_database_get_changes (self->database);
  return TRUE;
}

/* Minutes in which the place may have a row, from the oldest of all on. */
static gboolean
ohm_store_purge_trend (OhmStoreBackend *self, gint64 place, gint64 *ret_n, GError **error)
{
  gint64 newest = -1;

  if (!ohm_database_get_integer (self->database, "SELECT max (minute) FROM trend", &newest, error))
    return FALSE;
  if (self->purged_place != place)
    {
      gint64 oldest = 0;

      if (!ohm_database_get_integer (self->database, "SELECT min (minute) FROM trend", &oldest,
                                     error))
        return FALSE;
      self->purged_place = place;
      self->purged_minute = oldest;
    }
  if (newest < 0 || self->purged_minute > newest)
    return TRUE;
  if (!ohm_database_run (self->database, error,
                         "DELETE FROM trend WHERE minute >= ? AND minute < ? AND place = ?", "iii",
                         self->purged_minute, self->purged_minute + MINUTES_STEP, place))
    return FALSE;
  self->purged_minute += MINUTES_STEP;
  *ret_n = 1;
  return TRUE;
}

/* @ret_run: one of the place's runs; 0 if it has none */
static gboolean
ohm_store_find_purged_run (OhmStoreBackend *self, gint64 place, gint64 *ret_run, GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error, "SELECT number FROM runs WHERE place = ? ORDER BY number LIMIT 1", "i",
    place);
  g_autoptr (GError) problem = NULL;

  *ret_run = 0;
  if (row == NULL)
    return FALSE;
  if (ohm_database_step (self->database, row, &problem))
    *ret_run = ohm_statement_get_integer (row, 0);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
ohm_store_purge_records (OhmStoreBackend *self, gint64 place, gint64 *ret_n, GError **error)
{
  gint64 run;

  if (!ohm_store_find_purged_run (self, place, &run, error))
    return FALSE;
  if (run == 0)
    return TRUE;
  if (!ohm_store_delete (self,
                         "DELETE FROM intervals WHERE run = ?1 AND slot <="
                         " (SELECT min (slot) + ?2 FROM intervals WHERE run = ?1)",
                         run, SLOTS_STEP, ret_n, error))
    return FALSE;
  if (*ret_n == 0 && !ohm_store_delete (self,
                                        "DELETE FROM gaps WHERE place = ?1 AND from_slot IN"
                                        " (SELECT from_slot FROM gaps WHERE place = ?1 LIMIT ?2)",
                                        place, GAPS_STEP, ret_n, error))
    return FALSE;
  return *ret_n > 0 ||
         (ohm_database_run (self->database, error, "DELETE FROM aside WHERE run = ?", "i", run) &&
          ohm_store_delete (self, "DELETE FROM runs WHERE number = ?1 AND place = ?2", run, place,
                            ret_n, error));
}

gboolean
ohm_store_drop_purged (OhmStoreBackend *self, gint64 *ret_n, GError **error)
{
  gint64 place = 0;

  *ret_n = 0;
  if (!ohm_database_get_integer (self->database,
                                 "SELECT number FROM places WHERE id >= '" DOOMED_PREFIX "'"
                                 " AND id < 'doomed0' LIMIT 1",
                                 &place, error))
    return FALSE;
  if (place == 0)
    return TRUE;
  if (!ohm_store_purge_records (self, place, ret_n, error) ||
      (*ret_n == 0 && !ohm_store_purge_trend (self, place, ret_n, error)))
    return FALSE;
  if (*ret_n > 0)
    return TRUE;
  self->purged_place = 0;
  *ret_n = 1;
  return ohm_database_run (self->database, error,
                           "UPDATE places SET id = '" PURGED_PREFIX "' || number WHERE number = ?",
                           "i", place);
}
