/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

#define RUN_COLUMNS                                                                                \
  "r.number, r.meter, r.serial, r.source, r.opened_us, r.closed_us, r.first_points,"               \
  " r.first_data, r.last_points, r.last_data, p.id"

enum
{
  COLUMN_NUMBER,
  COLUMN_METER,
  COLUMN_SERIAL,
  COLUMN_SOURCE,
  COLUMN_OPENED,
  COLUMN_CLOSED,
  COLUMN_FIRST_POINTS,
  COLUMN_FIRST_DATA,
  COLUMN_LAST_POINTS,
  COLUMN_LAST_DATA,
  COLUMN_PLACE,
};

/* (nullable): the typed counters in the pair of columns that begins with @column */
static OhmRecord *
ohm_store_get_typed_row (OhmStoreBackend *self, OhmStatement *row, int column, GError **error)
{
  OhmStoreKey key = { { ohm_statement_get_integer (row, COLUMN_NUMBER) } };
  gint64 number = ohm_statement_get_integer (row, column);
  g_autoptr (GBytes) data = NULL;
  OhmStorePoints *points;
  OhmRecord *record;
  const guint8 *blob;
  gsize length;

  if (number == 0)
    return NULL;
  points = ohm_store_get_points (self, number, error);
  if (points == NULL)
    return NULL;
  record = ohm_record_new (ohm_statement_get_text (row, COLUMN_PLACE), points->points);
  record->run = key.numbers[0];
  blob = ohm_statement_get_blob (row, column + 1, &length);
  data = g_bytes_new_static (blob, length);
  ohm_store_decode (self, &key, points, data, record);
  return record;
}

static OhmRun *
ohm_store_run_from_row (OhmStoreBackend *self, OhmStatement *row, GError **error)
{
  g_autoptr (OhmRecord) first = NULL;
  g_autoptr (OhmRecord) last = NULL;
  g_autoptr (GError) problem = NULL;
  OhmRun fields = { 0 };

  first = ohm_store_get_typed_row (self, row, COLUMN_FIRST_POINTS, &problem);
  if (problem == NULL)
    last = ohm_store_get_typed_row (self, row, COLUMN_LAST_POINTS, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  fields.number = ohm_statement_get_integer (row, COLUMN_NUMBER);
  fields.meter = (char *) (guintptr) ohm_statement_get_text (row, COLUMN_METER);
  fields.serial = (char *) (guintptr) ohm_statement_get_text (row, COLUMN_SERIAL);
  fields.source = (char *) (guintptr) ohm_statement_get_text (row, COLUMN_SOURCE);
  fields.opened_us = ohm_statement_get_integer (row, COLUMN_OPENED);
  fields.closed_us = ohm_statement_get_integer (row, COLUMN_CLOSED);
  fields.first = first;
  fields.last = last;
  return ohm_run_new (&fields);
}

OhmRun *
ohm_store_get_run (OhmStoreBackend *self, gint64 number, GError **error)
{
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;

  row = ohm_database_prepare (self->database, error,
                              "SELECT " RUN_COLUMNS " FROM runs AS r"
                              " JOIN places AS p ON p.number = r.place WHERE r.number = ?",
                              "i", number);
  if (row == NULL)
    return NULL;
  if (ohm_database_step (self->database, row, &problem))
    return ohm_store_run_from_row (self, row, error);
  if (problem == NULL)
    problem = g_error_new (OHM_ERROR, OHM_ERROR_NOT_FOUND,
                           "no run %" G_GINT64_FORMAT " in the store", number);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

OhmRecord *
ohm_store_get_end (OhmStoreBackend *self, gint64 run, gboolean is_last, GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    is_last ? "SELECT " OHM_STORE_INTERVAL_COLUMNS " FROM intervals AS i JOIN runs AS r"
              " ON r.number = i.run JOIN places AS p ON p.number = r.place"
              " WHERE i.run = ? ORDER BY i.slot DESC LIMIT 1"
            : "SELECT " OHM_STORE_INTERVAL_COLUMNS " FROM intervals AS i JOIN runs AS r"
              " ON r.number = i.run JOIN places AS p ON p.number = r.place"
              " WHERE i.run = ? ORDER BY i.slot LIMIT 1",
    "i", run);

  return row != NULL ? ohm_store_step_record (self, row, /* is_gap */ FALSE, error) : NULL;
}

/* (transfer full): @run with the counters of its records where none were typed */
static OhmRun *
ohm_store_complete_run (OhmStoreBackend *self, const OhmRun *run, GError **error)
{
  g_autoptr (OhmRecord) first = NULL;
  g_autoptr (OhmRecord) last = NULL;
  g_autoptr (GError) problem = NULL;
  OhmRun fields = *run;

  if (run->first == NULL)
    first = ohm_store_get_end (self, run->number, /* is_last */ FALSE, &problem);
  if (problem == NULL && run->last == NULL)
    last = ohm_store_get_end (self, run->number, /* is_last */ TRUE, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  if (first != NULL)
    fields.first = first;
  if (last != NULL)
    fields.last = last;
  return ohm_run_new (&fields);
}

/* (element-type OhmRun): as stored */
static GPtrArray *
ohm_store_load_runs (OhmStoreBackend *self, gint64 place, GError **error)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_run_unref);
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;

  row = ohm_database_prepare (self->database, error,
                              "SELECT " RUN_COLUMNS " FROM runs AS r JOIN places AS p"
                              " ON p.number = r.place WHERE r.place = ? ORDER BY r.number LIMIT ?",
                              "ii", place, (gint64) OHM_STORE_PAGE_MAX);
  if (row == NULL)
    return NULL;
  while (problem == NULL && ohm_database_step (self->database, row, &problem))
    {
      OhmRun *run = ohm_store_run_from_row (self, row, &problem);

      if (run != NULL)
        g_ptr_array_add (runs, run);
    }
  if (problem == NULL)
    return g_steal_pointer (&runs);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

static GPtrArray *
ohm_store_list_runs (OhmStoreBackend *self, const char *place, GError **error)
{
  g_autoptr (OhmStoreSite) site = ohm_store_find_site (self, place, error);
  g_autoptr (GPtrArray) stored = NULL;
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_run_unref);

  if (site == NULL)
    return NULL;
  stored = ohm_store_load_runs (self, site->number, error);
  if (stored == NULL)
    return NULL;
  for (guint i = 0; i < stored->len; i++)
    {
      OhmRun *run = ohm_store_complete_run (self, g_ptr_array_index (stored, i), error);

      if (run == NULL)
        return NULL;
      g_ptr_array_add (runs, run);
    }
  return g_steal_pointer (&runs);
}

static void
ohm_store_list_runs_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OhmStoreBackend *backend = ohm_store_get_backend (source);
  g_autoptr (GError) error = NULL;
  GPtrArray *runs = NULL;

  if (ohm_store_backend_get (backend, &error) != NULL)
    runs = ohm_store_list_runs (backend, data, &error);
  if (runs != NULL)
    g_task_return_pointer (task, runs, (GDestroyNotify) g_ptr_array_unref);
  else
    ohm_store_return_query_error (backend, task, g_steal_pointer (&error));
}

void
ohm_store_list_runs_async (OhmStore *self,
                           const char *place,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (OHM_IS_STORE (self) && place != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_list_runs_async);
  g_task_set_task_data (task, g_strdup (place), g_free);
  ohm_store_run_query (self, task, ohm_store_list_runs_thread);
}

GPtrArray *
ohm_store_list_runs_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
