/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

#include "ohm-crc32c.h"

#include <string.h>

/* Bytes of a point: count, least, mean, greatest. */
#define POINT_BYTES    16
#define CHECKSUM_BYTES 4

#define MINUTE_US (60 * G_USEC_PER_SEC)

/* Minutes that one step of a query looks up. */
#define MINUTES_STEP 1440

void
ohm_trend_row_free (OhmTrendRow *self)
{
  g_free (self->place);
  g_clear_pointer (&self->points, ohm_point_set_unref);
  g_free (self);
}

static guint32
ohm_store_trend_checksum (gint64 minute, gint64 place, const guint8 *data, gsize length)
{
  gint64 key[2] = { GINT64_TO_LE (minute), GINT64_TO_LE (place) };

  return ohm_crc32c (ohm_crc32c (0, key, sizeof key), data, length);
}

static void
ohm_store_put_word (guint8 **at, guint32 word)
{
  word = GUINT32_TO_LE (word);
  memcpy (*at, &word, sizeof word);
  *at += sizeof word;
}

static guint32
ohm_store_take_word (const guint8 **at)
{
  guint32 word;

  memcpy (&word, *at, sizeof word);
  *at += sizeof word;
  return GUINT32_FROM_LE (word);
}

/* The bits of a float, as they are stored. */
typedef union
{
  float real;
  guint32 bits;
} OhmStoreFloat;

static void
ohm_store_put_float (guint8 **at, float value)
{
  OhmStoreFloat cell = { .real = value };

  ohm_store_put_word (at, cell.bits);
}

static float
ohm_store_take_float (const guint8 **at)
{
  OhmStoreFloat cell = { .bits = ohm_store_take_word (at) };

  return cell.real;
}

static GBytes *
ohm_store_encode_trend (gint64 minute, gint64 place, const OhmTrendRow *row)
{
  gsize length = row->n * POINT_BYTES;
  guint8 *data = g_malloc (length + CHECKSUM_BYTES);
  guint8 *at = data;

  for (guint i = 0; i < row->n; i++)
    {
      ohm_store_put_word (&at, row->values[i].count);
      ohm_store_put_float (&at, row->values[i].min);
      ohm_store_put_float (&at, row->values[i].mean);
      ohm_store_put_float (&at, row->values[i].max);
    }
  ohm_store_put_word (&at, ohm_store_trend_checksum (minute, place, data, length));
  return g_bytes_new_take (data, length + CHECKSUM_BYTES);
}

static void
ohm_store_take_point (const guint8 *at, OhmTrendPoint *ret_point)
{
  ret_point->count = ohm_store_take_word (&at);
  ret_point->min = ohm_store_take_float (&at);
  ret_point->mean = ohm_store_take_float (&at);
  ret_point->max = ohm_store_take_float (&at);
}

/* (nullable): a row that is not intact is as good as none */
static OhmTrendRow *
ohm_store_decode_trend (gint64 minute,
                        gint64 place,
                        const OhmStorePoints *points,
                        const guint8 *data,
                        gsize length)
{
  guint n = MIN (ohm_point_set_get_n (points->points), OHM_TREND_POINTS_MAX);
  gsize expected = points->n_stored * (gsize) POINT_BYTES + CHECKSUM_BYTES;
  const guint8 *at = data + length - CHECKSUM_BYTES;
  OhmTrendRow *row;

  if (length != expected ||
      ohm_store_take_word (&at) !=
        ohm_store_trend_checksum (minute, place, data, length - CHECKSUM_BYTES))
    return NULL;
  row = g_new0 (OhmTrendRow, 1);
  row->minute_us = minute * MINUTE_US;
  row->points = ohm_point_set_ref (points->points);
  row->n = n;
  for (guint i = 0; i < n; i++)
    ohm_store_take_point (data + points->indices[i] * POINT_BYTES, &row->values[i]);
  return row;
}

static void
ohm_store_merge_point (OhmTrendPoint *into, const OhmTrendPoint *part)
{
  double sum = (double) into->mean * into->count + (double) part->mean * part->count;

  if (part->count == 0)
    return;
  if (into->count == 0)
    {
      *into = *part;
      return;
    }
  into->count += part->count;
  into->mean = (float) (sum / into->count);
  into->min = MIN (into->min, part->min);
  into->max = MAX (into->max, part->max);
}

/* (transfer full) (nullable): the stored row; %NULL without @error if there is none */
static OhmTrendRow *
ohm_store_get_trend (OhmStoreBackend *self, gint64 minute, gint64 place, GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error, "SELECT points, data FROM trend WHERE minute = ? AND place = ?", "ii",
    minute, place);
  OhmStorePoints *points;
  const guint8 *data;
  gsize length;

  if (row == NULL || !ohm_database_step (self->database, row, error))
    return NULL;
  points = ohm_store_get_points (self, ohm_statement_get_integer (row, 0), error);
  if (points == NULL)
    return NULL;
  data = ohm_statement_get_blob (row, 1, &length);
  return ohm_store_decode_trend (minute, place, points, data, length);
}

static gboolean
ohm_store_put_trend (OhmStoreBackend *self, const OhmTrendRow *row, GError **error)
{
  g_autoptr (OhmStoreSite) site = ohm_store_ensure_site (self, row->place, error);
  g_autoptr (OhmTrendRow) stored = NULL;
  g_autoptr (GBytes) data = NULL;
  g_autoptr (GError) problem = NULL;
  gint64 minute = row->minute_us / MINUTE_US;
  gint64 points;

  if (site == NULL)
    return FALSE;
  points = ohm_store_put_points (self, row->points, error);
  if (points < 0)
    return FALSE;
  stored = ohm_store_get_trend (self, minute, site->number, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (stored != NULL && stored->points == row->points)
    for (guint i = 0; i < row->n; i++)
      ohm_store_merge_point (&stored->values[i], &row->values[i]);
  data = ohm_store_encode_trend (minute, site->number,
                                 stored != NULL && stored->points == row->points ? stored : row);
  return ohm_database_run (self->database, error,
                           "INSERT OR REPLACE INTO trend VALUES (?, ?, ?, ?)", "iiib", minute,
                           site->number, points, data);
}

static gboolean
ohm_store_run_trend (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  GPtrArray *rows = op->data;

  for (guint i = 0; i < rows->len; i++)
    if (!ohm_store_put_trend (self, g_ptr_array_index (rows, i), error))
      return FALSE;
  return TRUE;
}

void
ohm_store_append_trend (OhmStore *self, GPtrArray *rows)
{
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self) && rows != NULL);

  op = ohm_store_op_new (OHM_STORE_OP_TREND, ohm_store_run_trend);
  ohm_store_op_set_data (op, rows, (GDestroyNotify) g_ptr_array_unref,
                         (rows->len + 1) * sizeof (OhmTrendRow));
  ohm_store_push (self, op);
}

typedef struct
{
  char *place;
  gint64 number; /* of the place; 0 before the first step */
  gint64 next;   /* minute */
  gint64 end;    /* minute behind the last */
  guint max;
  GPtrArray *rows; /* (owned) (nullable) (element-type OhmTrendRow) */
} OhmStoreTrendScan;

static void
ohm_store_trend_scan_free (OhmStoreTrendScan *self)
{
  g_free (self->place);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_free (self);
}

/* Narrows the scan to the minutes that are there at all. */
static gboolean
ohm_store_begin_trend_scan (OhmStoreBackend *self, OhmStoreTrendScan *scan, GError **error)
{
  g_autoptr (OhmStoreSite) site = ohm_store_find_site (self, scan->place, error);
  gint64 oldest = 0;
  gint64 newest = -1;

  if (site == NULL ||
      !ohm_database_get_integer (self->database, "SELECT min (minute) FROM trend", &oldest,
                                 error) ||
      !ohm_database_get_integer (self->database, "SELECT max (minute) FROM trend", &newest, error))
    return FALSE;
  scan->number = site->number;
  scan->next = MAX (scan->next, oldest);
  scan->end = MIN (scan->end, newest + 1);
  return TRUE;
}

static gboolean
ohm_store_step_trend (OhmStoreBackend *self,
                      OhmStoreTrendScan *scan,
                      gboolean *ret_more,
                      GError **error)
{
  g_autoptr (GError) problem = NULL;
  gint64 until;

  if (ohm_store_backend_get (self, error) == NULL)
    return FALSE;
  if (scan->number == 0 && !ohm_store_begin_trend_scan (self, scan, error))
    return FALSE;
  until = MIN (scan->end, scan->next + MINUTES_STEP);
  for (; scan->next < until && scan->rows->len < scan->max; scan->next++)
    {
      OhmTrendRow *row = ohm_store_get_trend (self, scan->next, scan->number, &problem);

      if (problem != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
      if (row == NULL)
        continue;
      row->place = g_strdup (scan->place);
      g_ptr_array_add (scan->rows, row);
    }
  *ret_more = scan->next < scan->end && scan->rows->len < scan->max;
  return TRUE;
}

static void
ohm_store_query_trend_thread (GTask *task,
                              gpointer source,
                              gpointer data,
                              GCancellable *cancellable)
{
  OhmStoreBackend *backend = ohm_store_get_backend (source);
  OhmStoreTrendScan *scan = data;
  g_autoptr (GError) error = NULL;
  gboolean more = FALSE;

  if (!ohm_store_step_trend (backend, scan, &more, &error))
    ohm_store_return_query_error (backend, task, g_steal_pointer (&error));
  else if (more)
    ohm_store_run_query (source, task, ohm_store_query_trend_thread);
  else
    g_task_return_pointer (task, g_steal_pointer (&scan->rows), (GDestroyNotify) g_ptr_array_unref);
}

void
ohm_store_query_trend_async (OhmStore *self,
                             const OhmStoreQuery *query,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  OhmStoreTrendScan *scan;

  g_return_if_fail (OHM_IS_STORE (self));
  g_return_if_fail (query != NULL && query->place != NULL);

  scan = g_new0 (OhmStoreTrendScan, 1);
  scan->place = g_strdup (query->place);
  scan->next = MAX (query->from_us, 0) / MINUTE_US + (query->from_us % MINUTE_US > 0);
  scan->end = MAX (query->to_us, 0) / MINUTE_US + (query->to_us % MINUTE_US > 0);
  scan->max = query->max == 0 ? OHM_STORE_PAGE_MAX : MIN (query->max, OHM_STORE_PAGE_MAX);
  scan->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_trend_row_free);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_query_trend_async);
  g_task_set_task_data (task, scan, (GDestroyNotify) ohm_store_trend_scan_free);
  ohm_store_run_query (self, task, ohm_store_query_trend_thread);
}

GPtrArray *
ohm_store_query_trend_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
