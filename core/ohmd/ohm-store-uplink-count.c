/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"
#include "ohm-store-uplink.h"

/* Rows of the index that one step counts: some milliseconds. */
#define COUNT_STEP 50000

/* A hundred years: the clock may have been far ahead, or behind, and no more fits. */
#define ROOM_MAX_US (36525.0 * 86400 * G_USEC_PER_SEC)

/* Shortest history from which a rate is worked out. */
#define RATE_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

typedef struct
{
  char *id;
  gint64 intervals_after;
  gint64 gaps_after;
  gboolean has_begun;
  OhmUplinkCount count;
} OhmUplinkCounting;

static void
ohm_uplink_counting_free (OhmUplinkCounting *self)
{
  g_free (self->id);
  g_free (self);
}

/* @sql: one row, of which the numbers are taken. */
static gboolean
ohm_store_get_numbers (OhmStoreBackend *self,
                       OhmStatement *row,
                       gint64 *ret_numbers,
                       int n,
                       GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (row == NULL)
    return FALSE;
  if (ohm_database_step (self->database, row, &problem))
    for (int i = 0; i < n; i++)
      ret_numbers[i] = ohm_statement_get_integer (row, i);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* After each retry, of which there may be 10,000: each number comes from an index alone. */
static gboolean
ohm_store_count_refused (OhmStoreBackend *self, OhmUplinkCounting *counting, GError **error)
{
  gint64 numbers[5] = { 0 };
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    "SELECT (SELECT count (*) FROM dead_letters WHERE uplink = ?1 AND retry_us > 0),"
    " (SELECT count (*) FROM dead_letters WHERE uplink = ?1 AND retry_us = 0),"
    " (SELECT min (retry_us) FROM dead_letters WHERE uplink = ?1 AND retry_us > 0),"
    " (SELECT forgotten FROM uplinks WHERE id = ?1),"
    " (SELECT count (*) FROM dead_letters WHERE uplink = ?1 AND retry_us > 0 AND tries = 0)",
    "t", counting->id);

  if (!ohm_store_get_numbers (self, row, numbers, G_N_ELEMENTS (numbers), error))
    return FALSE;
  counting->count.n_held = (guint) numbers[0];
  counting->count.n_dead = (guint) numbers[1];
  counting->count.held_us = numbers[2];
  counting->count.n_forgotten = (guint) numbers[3];
  counting->count.n_future = (guint) numbers[4];
  return TRUE;
}

/* What is in use grew over the time of the oldest run; the rest of the room lasts as long. */
static gboolean
ohm_store_count_room (OhmStoreBackend *self, OhmUplinkCounting *counting, GError **error)
{
  gint64 used = ohm_database_get_used_bytes (self->database);
  gint64 begin_us = 0;
  gint64 age_us;

  counting->count.room_us = -1;
  if (!ohm_database_get_integer (self->database, "SELECT min (opened_us) FROM runs", &begin_us,
                                 error))
    return FALSE;
  age_us = ohm_clock_get_wall_us (self->clock) - begin_us;
  if (begin_us > 0 && age_us >= RATE_US && used > 0)
    {
      double rest = (double) MAX (self->limits.size_max_bytes - used, 0);

      counting->count.room_us = (gint64) MIN ((double) age_us / (double) used * rest, ROOM_MAX_US);
    }
  return TRUE;
}

static gboolean
ohm_store_count_first (OhmStoreBackend *self, OhmUplinkCounting *counting, GError **error)
{
  gint64 slot = 0;
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error, "SELECT slot FROM intervals WHERE seq > ? ORDER BY seq LIMIT 1", "i",
    counting->intervals_after);

  if (!ohm_store_get_numbers (self, row, &slot, 1, error))
    return FALSE;
  counting->count.first_slot_us = ohm_store_slot_from_number (slot);
  return ohm_store_count_refused (self, counting, error) &&
         ohm_store_count_room (self, counting, error);
}

static gboolean
ohm_store_count_step (OhmStoreBackend *self,
                      OhmUplinkCounting *counting,
                      gboolean *ret_more,
                      GError **error)
{
  gint64 intervals[2] = { 0 };
  gint64 gaps[1] = { 0 };
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (OhmStatement) gap_row = NULL;

  if (ohm_store_backend_get (self, error) == NULL)
    return FALSE;
  if (!counting->has_begun && !ohm_store_count_first (self, counting, error))
    return FALSE;
  row = ohm_database_prepare (self->database, error,
                              "SELECT count (*), max (seq) FROM"
                              " (SELECT seq FROM intervals WHERE seq > ? ORDER BY seq LIMIT ?)",
                              "ii", counting->intervals_after, (gint64) COUNT_STEP);
  if (!ohm_store_get_numbers (self, row, intervals, G_N_ELEMENTS (intervals), error))
    return FALSE;
  counting->count.n_pending += (guint64) intervals[0];
  *ret_more = intervals[0] == COUNT_STEP;
  if (*ret_more)
    counting->intervals_after = intervals[1];
  if (counting->has_begun)
    return TRUE;
  counting->has_begun = TRUE;
  gap_row = ohm_database_prepare (self->database, error,
                                  "SELECT count (*) FROM gaps WHERE seq > ? AND read_us <> 0", "i",
                                  counting->gaps_after);
  if (!ohm_store_get_numbers (self, gap_row, gaps, G_N_ELEMENTS (gaps), error))
    return FALSE;
  counting->count.n_pending += (guint64) gaps[0];
  return TRUE;
}

static void
ohm_store_count_uplink_thread (GTask *task,
                               gpointer source,
                               gpointer data,
                               GCancellable *cancellable)
{
  OhmStoreBackend *backend = ohm_store_get_backend (source);
  g_autoptr (GError) error = NULL;
  gboolean more = FALSE;

  if (!ohm_store_count_step (backend, data, &more, &error))
    ohm_store_return_query_error (backend, task, g_steal_pointer (&error));
  else if (more)
    ohm_store_run_query (source, task, ohm_store_count_uplink_thread);
  else
    g_task_return_boolean (task, TRUE);
}

void
ohm_store_count_uplink_async (OhmStore *self,
                              const char *id,
                              gint64 after,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  OhmUplinkCounting *counting;

  g_return_if_fail (OHM_IS_STORE (self) && id != NULL);

  counting = g_new0 (OhmUplinkCounting, 1);
  counting->id = g_strdup (id);
  counting->intervals_after = after;
  counting->gaps_after = after;
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_count_uplink_async);
  g_task_set_task_data (task, counting, (GDestroyNotify) ohm_uplink_counting_free);
  ohm_store_run_query (self, task, ohm_store_count_uplink_thread);
}

gboolean
ohm_store_count_uplink_finish (OhmStore *self,
                               GAsyncResult *result,
                               OhmUplinkCount *ret_count,
                               GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (ret_count != NULL, FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *ret_count = ((OhmUplinkCounting *) g_task_get_task_data (G_TASK (result)))->count;
  return TRUE;
}

/* --- refused records --- */

void
ohm_refusal_free (OhmRefusal *self)
{
  g_free (self->place);
  g_free (self->text);
  g_free (self);
}

static void
ohm_refusal_query_free (OhmRefusalQuery *self)
{
  g_free ((char *) (guintptr) self->id);
  g_free (self);
}

static OhmRefusal *
ohm_store_refusal_from_row (OhmStatement *row)
{
  OhmRefusal *self = g_new0 (OhmRefusal, 1);

  self->seq = ohm_statement_get_integer (row, 0);
  self->place = g_strdup (ohm_statement_get_text (row, 1));
  self->slot_us = ohm_store_slot_from_number (ohm_statement_get_integer (row, 2));
  self->n_tries = (guint) ohm_statement_get_integer (row, 3);
  self->refused_us = ohm_statement_get_integer (row, 4);
  self->retry_us = ohm_statement_get_integer (row, 5);
  self->status = (int) ohm_statement_get_integer (row, 6);
  self->text = g_strdup (ohm_statement_get_text (row, 7));
  return self;
}

static GPtrArray *
ohm_store_list_refused (OhmStoreBackend *self, const OhmRefusalQuery *query, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_refusal_free);
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;

  if (ohm_store_backend_get (self, error) == NULL)
    return NULL;
  row = ohm_database_prepare (self->database, error,
                              "SELECT seq, place, slot, tries, refused_us, retry_us, status, text"
                              " FROM dead_letters WHERE uplink = ? AND seq > ?"
                              " ORDER BY seq LIMIT ?",
                              "tii", query->id, query->after,
                              (gint64) CLAMP (query->max, 1, OHM_STORE_PAGE_MAX));
  if (row == NULL)
    return NULL;
  while (ohm_database_step (self->database, row, &problem))
    g_ptr_array_add (list, ohm_store_refusal_from_row (row));
  if (problem == NULL)
    return g_steal_pointer (&list);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

static void
ohm_store_list_refused_thread (GTask *task,
                               gpointer source,
                               gpointer data,
                               GCancellable *cancellable)
{
  OhmStoreBackend *backend = ohm_store_get_backend (source);
  g_autoptr (GError) error = NULL;
  GPtrArray *list = ohm_store_list_refused (backend, data, &error);

  if (list != NULL)
    g_task_return_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
  else
    ohm_store_return_query_error (backend, task, g_steal_pointer (&error));
}

void
ohm_store_list_refused_async (OhmStore *self,
                              const OhmRefusalQuery *query,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  OhmRefusalQuery *copy;

  g_return_if_fail (OHM_IS_STORE (self) && query != NULL && query->id != NULL);

  copy = g_memdup2 (query, sizeof *query);
  copy->id = g_strdup (query->id);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_list_refused_async);
  g_task_set_task_data (task, copy, (GDestroyNotify) ohm_refusal_query_free);
  ohm_store_run_query (self, task, ohm_store_list_refused_thread);
}

GPtrArray *
ohm_store_list_refused_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
