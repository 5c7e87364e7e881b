/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-place-view.h"
#include "ohm-store-private.h"
#include "ohm-store-uplink.h"

/* After the slot before: where counters begin that were first read at a slot. */
#define BEGIN_US (1 * G_USEC_PER_SEC)

/* Whose counters a record holds, as this reading knows it. */
typedef struct
{
  OhmBatchRun run;    /* (owned) */
  OhmPlaceView *view; /* (owned) */
  gint64 begin_us;    /* since when its counters count, resets apart */
} OhmUplinkSeries;

/* One reading, in steps. */
typedef struct
{
  char *id;
  char *gateway;
  OhmUplinkQuery query;      /* its strings are the two above */
  GHashTable *series;        /* (owned) (element-type gint64 OhmUplinkSeries): by run */
  GHashTable *refused;       /* (owned) (nullable) (element-type gint64): left out */
  GArray *items;             /* (owned) (element-type OhmBatchItem) */
  OhmUplinkPortion *portion; /* (owned) (nullable) */
  gboolean is_full;
} OhmUplinkScan;

static void
ohm_uplink_series_free (OhmUplinkSeries *self)
{
  g_free (self->run.place);
  g_free (self->run.name);
  g_free (self->run.medium);
  g_free (self->run.meter);
  g_free (self->run.type);
  g_free (self->run.serial);
  g_clear_pointer (&self->view, ohm_place_view_free);
  g_free (self);
}

static void
ohm_uplink_scan_clear_item (gpointer data)
{
  ohm_record_unref (((OhmBatchItem *) data)->record);
}

static OhmUplinkScan *
ohm_uplink_scan_new (const OhmUplinkQuery *query)
{
  OhmUplinkScan *self = g_new0 (OhmUplinkScan, 1);

  self->id = g_strdup (query->id);
  self->gateway = g_strdup (query->gateway);
  self->query = *query;
  self->query.id = self->id;
  self->query.gateway = self->gateway;
  self->series = g_hash_table_new_full (g_int64_hash, g_int64_equal, /* key */ NULL,
                                        (GDestroyNotify) ohm_uplink_series_free);
  self->items = g_array_new (FALSE, FALSE, sizeof (OhmBatchItem));
  g_array_set_clear_func (self->items, ohm_uplink_scan_clear_item);
  self->portion = g_new0 (OhmUplinkPortion, 1);
  self->portion->reached = query->after;
  self->portion->cursor = query->cursor;
  return self;
}

static void
ohm_uplink_scan_free (OhmUplinkScan *self)
{
  g_array_unref (self->items);
  g_hash_table_unref (self->series);
  g_clear_pointer (&self->refused, g_hash_table_unref);
  g_clear_pointer (&self->portion, ohm_uplink_portion_free);
  g_free (self->id);
  g_free (self->gateway);
  g_free (self);
}

void
ohm_uplink_portion_free (OhmUplinkPortion *self)
{
  g_clear_pointer (&self->batch, ohm_batch_unref);
  g_free (self);
}

/* --- what is told with a record --- */

static OhmUplinkSeries *
ohm_uplink_series_from_row (OhmStatement *row)
{
  OhmUplinkSeries *self = g_new0 (OhmUplinkSeries, 1);
  gint64 first_us = ohm_store_slot_from_number (ohm_statement_get_integer (row, 9));

  self->run.number = ohm_statement_get_integer (row, 0);
  self->run.meter = g_strdup (ohm_statement_get_text (row, 1));
  self->run.serial = g_strdup (ohm_statement_get_text (row, 2));
  self->run.opened_us = ohm_statement_get_integer (row, 3);
  self->run.place = g_strdup (ohm_statement_get_text (row, 4));
  self->run.name = g_strdup (ohm_statement_get_text (row, 5));
  self->run.medium = g_strdup (ohm_statement_get_text (row, 6));
  self->view = ohm_place_view_new (ohm_statement_get_integer (row, 7) != 0,
                                   ohm_statement_get_real (row, 8));
  self->run.type = g_strdup (ohm_statement_get_text (row, 10));
  /* a run begins with its first slot, and the oldest one reaches back as far as it was filled */
  self->begin_us = self->run.opened_us;
  if (first_us > 0 && first_us <= self->begin_us)
    self->begin_us = first_us - OHM_SLOT_US + BEGIN_US;
  return self;
}

/* (transfer none) (nullable) */
static OhmUplinkSeries *
ohm_uplink_scan_get_series (OhmStoreBackend *self, OhmUplinkScan *scan, gint64 run, GError **error)
{
  OhmUplinkSeries *series = g_hash_table_lookup (scan->series, &run);
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;

  if (series != NULL)
    return series;
  row = ohm_database_prepare (self->database, error,
                              "SELECT r.number, r.meter, r.serial, r.opened_us, p.id, p.name,"
                              " p.medium, p.is_inverted, p.factor,"
                              " (SELECT min (slot) FROM intervals WHERE run = r.number),"
                              " coalesce ((SELECT type FROM meters WHERE id = r.meter), '')"
                              " FROM runs AS r JOIN places AS p ON p.number = r.place"
                              " WHERE r.number = ?",
                              "i", run);
  if (row == NULL)
    return NULL;
  if (ohm_database_step (self->database, row, &problem))
    {
      series = ohm_uplink_series_from_row (row);
      g_hash_table_insert (scan->series, &series->run.number, series);
      return series;
    }
  if (problem == NULL)
    problem = g_error_new (OHM_ERROR, OHM_ERROR_NOT_FOUND,
                           "no run %" G_GINT64_FORMAT " in the store", run);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

/* Since when the counters of @record count: a reset begins them anew. Left to itself SQLite would
 * look through the whole run. */
static gboolean
ohm_uplink_scan_find_since (OhmStoreBackend *self,
                            const OhmUplinkSeries *series,
                            const OhmRecord *record,
                            gint64 *ret_since_us,
                            GError **error)
{
  g_autoptr (OhmStatement) row =
    ohm_database_prepare (self->database, error,
                          "SELECT slot FROM intervals INDEXED BY intervals_of_resets"
                          " WHERE run = ? AND slot <= ? AND flags & 2"
                          " ORDER BY slot DESC LIMIT 1",
                          "ii", record->run, ohm_store_slot_to_number (record->slot_us));
  g_autoptr (GError) problem = NULL;
  gint64 since_us = series->begin_us;

  if (row == NULL)
    return FALSE;
  if (ohm_database_step (self->database, row, &problem))
    since_us = ohm_store_slot_from_number (ohm_statement_get_integer (row, 0)) - OHM_SLOT_US +
               BEGIN_US;
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  *ret_since_us = MIN (since_us, record->slot_us - OHM_SLOT_US + BEGIN_US);
  return TRUE;
}

static guint
ohm_uplink_scan_count_points (const OhmRecord *record)
{
  guint n = ohm_point_set_get_n (record->points);
  guint n_good = 0;

  if (record->is_gap)
    return record->read_us != 0 ? 1 : 0;
  for (guint i = 0; i < n; i++)
    n_good += record->qualities[i] == OHM_QUALITY_GOOD;
  return n_good;
}

/* Those that were refused are sent by themselves: in a batch they would have it refused as well. */
static gboolean
ohm_uplink_scan_load_refused (OhmStoreBackend *self, OhmUplinkScan *scan, GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error, "SELECT seq FROM dead_letters WHERE uplink = ? AND seq > ?", "ti",
    scan->id, scan->query.after);
  g_autoptr (GError) problem = NULL;

  if (row == NULL)
    return FALSE;
  scan->refused = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  while (ohm_database_step (self->database, row, &problem))
    {
      gint64 seq = ohm_statement_get_integer (row, 0);

      g_hash_table_add (scan->refused, g_memdup2 (&seq, sizeof seq));
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* A record of a run that is not there, which only a damaged database has, can never be delivered:
 * it holds nothing else up, and is counted as damaged. */
static gboolean
ohm_uplink_scan_pass_orphan (OhmStoreBackend *self, OhmUplinkScan *scan, GError **error)
{
  if (*error == NULL || !g_error_matches (*error, OHM_ERROR, OHM_ERROR_NOT_FOUND))
    return FALSE;
  g_clear_error (error);
  self->n_damaged++;
  scan->portion->n_records++;
  return TRUE;
}

/* Passes @raw, unless it does not fit any more. */
static gboolean
ohm_uplink_scan_add (OhmStoreBackend *self,
                     OhmUplinkScan *scan,
                     const OhmRecord *raw,
                     GError **error)
{
  OhmUplinkSeries *series = ohm_uplink_scan_get_series (self, scan, raw->run, error);
  g_autoptr (OhmRecord) record = NULL;
  OhmBatchItem item;
  guint n_points;

  if (series == NULL)
    return ohm_uplink_scan_pass_orphan (self, scan, error);
  record = ohm_place_view_apply (series->view, raw);
  n_points = ohm_uplink_scan_count_points (record);
  scan->is_full = scan->items->len > 0 &&
                  scan->portion->n_points + n_points > scan->query.points_max;
  if (scan->is_full)
    return TRUE;
  scan->portion->n_records++;
  if (n_points == 0 || (scan->refused != NULL && g_hash_table_contains (scan->refused, &raw->seq)))
    return TRUE;
  if (!ohm_uplink_scan_find_since (self, series, record, &item.since_us, error))
    return FALSE;
  item.record = g_steal_pointer (&record);
  item.run = &series->run;
  g_array_append_val (scan->items, item);
  scan->portion->n_points += n_points;
  return TRUE;
}

/* --- by number --- */

static gboolean
ohm_uplink_scan_after (OhmStoreBackend *self,
                       OhmUplinkScan *scan,
                       gboolean *ret_more,
                       GError **error)
{
  g_autoptr (GPtrArray) records = ohm_store_read_numbered (self, scan->portion->reached,
                                                           OHM_STORE_STEP, error);

  if (records == NULL)
    return FALSE;
  for (guint i = 0; i < records->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (records, i);

      if (!ohm_uplink_scan_add (self, scan, record, error))
        return FALSE;
      if (scan->is_full)
        break;
      scan->portion->reached = record->seq;
    }
  *ret_more = !scan->is_full && records->len == OHM_STORE_STEP;
  scan->portion->has_more = scan->is_full;
  return TRUE;
}

/* --- by slots --- */

/* By the numbers of runs: no more than a hint for people. */
static gboolean
ohm_uplink_scan_note_progress (OhmStoreBackend *self, OhmUplinkScan *scan, GError **error)
{
  const OhmUplinkCursor *cursor = &scan->portion->cursor;
  gint64 n_runs = 0;

  if (!ohm_database_get_integer (self->database, "SELECT max (number) FROM runs", &n_runs, error))
    return FALSE;
  scan->portion->progress = cursor->is_in_gaps || n_runs == 0
                              ? 1
                              : (double) cursor->group / (double) (n_runs + 1);
  return TRUE;
}

/* Run by run, and slot by slot in each; then the gaps, place by place. */
static OhmStatement *
ohm_uplink_scan_prepare_slots (OhmStoreBackend *self, OhmUplinkScan *scan, GError **error)
{
  const OhmUplinkCursor *cursor = &scan->portion->cursor;
  gint64 from = ohm_store_slot_to_number (scan->query.from_us);
  gint64 to = ohm_store_slot_to_number (scan->query.to_us);

  if (cursor->is_in_gaps)
    return ohm_database_prepare (
      self->database, error,
      "SELECT " OHM_STORE_GAP_COLUMNS ", g.place"
      " FROM gaps AS g JOIN places AS p ON p.number = g.place"
      " WHERE (g.place, g.from_slot) > (?, ?) AND g.to_slot > ? AND g.to_slot <= ?"
      " AND instr (p.id, '/') = 0 ORDER BY g.place, g.from_slot LIMIT ?",
      "iiiii", cursor->group, cursor->slot, from, to, (gint64) OHM_STORE_STEP);
  return ohm_database_prepare (
    self->database, error,
    "SELECT " OHM_STORE_INTERVAL_COLUMNS " FROM runs AS r JOIN intervals AS i ON i.run = r.number"
    " JOIN places AS p ON p.number = r.place"
    " WHERE r.number >= ?1 AND i.slot > CASE WHEN r.number = ?1 THEN max (?2, ?3) ELSE ?3 END"
    " AND i.slot <= ?4 AND instr (p.id, '/') = 0 ORDER BY r.number, i.slot LIMIT ?5",
    "iiiii", cursor->group, cursor->slot, from, to, (gint64) OHM_STORE_STEP);
}

static void
ohm_uplink_scan_move (OhmUplinkScan *scan, OhmStatement *row, const OhmRecord *record)
{
  OhmUplinkCursor *cursor = &scan->portion->cursor;

  if (cursor->is_in_gaps)
    {
      cursor->group = ohm_statement_get_integer (row, 11);
      cursor->slot = ohm_store_slot_to_number (record->from_us);
      return;
    }
  cursor->group = record->run;
  cursor->slot = ohm_store_slot_to_number (record->slot_us);
}

static gboolean
ohm_uplink_scan_slots (OhmStoreBackend *self,
                       OhmUplinkScan *scan,
                       gboolean *ret_more,
                       GError **error)
{
  OhmUplinkCursor *cursor = &scan->portion->cursor;
  gboolean is_gap = cursor->is_in_gaps;
  g_autoptr (OhmStatement) row = ohm_uplink_scan_prepare_slots (self, scan, error);
  g_autoptr (GError) problem = NULL;
  guint n = 0;

  if (row == NULL)
    return FALSE;
  while (problem == NULL && !scan->is_full)
    {
      g_autoptr (OhmRecord) record = ohm_store_step_record (self, row, is_gap, &problem);

      if (record == NULL)
        break;
      n++;
      if (ohm_uplink_scan_add (self, scan, record, &problem) && !scan->is_full)
        ohm_uplink_scan_move (scan, row, record);
    }
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  scan->portion->has_more = scan->is_full;
  *ret_more = !scan->is_full && (n == OHM_STORE_STEP || !is_gap);
  if (!scan->is_full && n < OHM_STORE_STEP && !is_gap)
    *cursor = (OhmUplinkCursor){ .is_in_gaps = TRUE, .slot = G_MININT64 };
  return ohm_uplink_scan_note_progress (self, scan, error);
}

/* --- held ones --- */

/* @ret_seq: the one that has been due longest; 0 if there is none */
static gboolean
ohm_uplink_scan_find_held (OhmStoreBackend *self,
                           OhmUplinkScan *scan,
                           gint64 *ret_seq,
                           GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    "SELECT seq, tries FROM dead_letters WHERE uplink = ? AND retry_us > 0 AND retry_us <= ?"
    " ORDER BY retry_us, seq LIMIT 1",
    "ti", scan->id, scan->query.to_us);
  g_autoptr (GError) problem = NULL;

  if (row == NULL)
    return FALSE;
  if (ohm_database_step (self->database, row, &problem))
    {
      *ret_seq = ohm_statement_get_integer (row, 0);
      scan->portion->n_tries = (guint) ohm_statement_get_integer (row, 1);
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* A record that was replaced since went under its new number: then there is no batch. */
static gboolean
ohm_uplink_scan_held (OhmStoreBackend *self, OhmUplinkScan *scan, GError **error)
{
  g_autoptr (GPtrArray) records = NULL;
  gint64 seq = 0;

  if (!ohm_uplink_scan_find_held (self, scan, &seq, error))
    return FALSE;
  if (seq == 0)
    return TRUE;
  scan->portion->reached = seq;
  scan->portion->has_more = TRUE;
  records = ohm_store_read_numbered (self, seq - 1, 1, error);
  if (records == NULL)
    return FALSE;
  if (records->len == 0 || ((OhmRecord *) records->pdata[0])->seq != seq)
    return TRUE;
  return ohm_uplink_scan_add (self, scan, records->pdata[0], error);
}

/* --- steps --- */

static gboolean
ohm_uplink_scan_step (OhmStoreBackend *self,
                      OhmUplinkScan *scan,
                      gboolean *ret_more,
                      GError **error)
{
  gboolean is_plain = !scan->query.with_refused && scan->query.select != OHM_UPLINK_SELECT_HELD;

  if (ohm_store_backend_get (self, error) == NULL)
    return FALSE;
  if (is_plain && scan->refused == NULL && !ohm_uplink_scan_load_refused (self, scan, error))
    return FALSE;
  switch (scan->query.select)
    {
    case OHM_UPLINK_SELECT_AFTER:
      return ohm_uplink_scan_after (self, scan, ret_more, error);
    case OHM_UPLINK_SELECT_SLOTS:
      return ohm_uplink_scan_slots (self, scan, ret_more, error);
    case OHM_UPLINK_SELECT_HELD:
    default:
      return ohm_uplink_scan_held (self, scan, error);
    }
}

static int
ohm_uplink_scan_compare_items (gconstpointer a, gconstpointer b)
{
  gint64 x = ((const OhmBatchItem *) a)->record->seq;
  gint64 y = ((const OhmBatchItem *) b)->record->seq;

  return x < y ? -1 : x > y;
}

static void
ohm_uplink_scan_end (OhmUplinkScan *scan)
{
  if (scan->items->len == 0)
    return;
  g_array_sort (scan->items, ohm_uplink_scan_compare_items);
  scan->portion->batch = ohm_batch_new (scan->gateway,
                                        (const OhmBatchItem *) (gconstpointer) scan->items->data,
                                        scan->items->len);
}

static void
ohm_store_read_uplink_thread (GTask *task,
                              gpointer source,
                              gpointer data,
                              GCancellable *cancellable)
{
  OhmStoreBackend *backend = ohm_store_get_backend (source);
  OhmUplinkScan *scan = data;
  g_autoptr (GError) error = NULL;
  gboolean more = FALSE;

  if (!ohm_uplink_scan_step (backend, scan, &more, &error))
    {
      ohm_store_return_query_error (backend, task, g_steal_pointer (&error));
      return;
    }
  if (more)
    {
      ohm_store_run_query (source, task, ohm_store_read_uplink_thread);
      return;
    }
  ohm_uplink_scan_end (scan);
  g_task_return_pointer (task, g_steal_pointer (&scan->portion),
                         (GDestroyNotify) ohm_uplink_portion_free);
}

void
ohm_store_read_uplink_async (OhmStore *self,
                             const OhmUplinkQuery *query,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (OHM_IS_STORE (self) && query != NULL);
  g_return_if_fail (query->id != NULL && query->gateway != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_read_uplink_async);
  g_task_set_task_data (task, ohm_uplink_scan_new (query), (GDestroyNotify) ohm_uplink_scan_free);
  ohm_store_run_query (self, task, ohm_store_read_uplink_thread);
}

OhmUplinkPortion *
ohm_store_read_uplink_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
