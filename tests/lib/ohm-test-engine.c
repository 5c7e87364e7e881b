/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-engine.h"

#include "ohm-test-batch.h"
#include "ohm-test-secrets.h"

typedef struct
{
  guint n_written;
  double value;
} Row;

struct _OhmTestEngine
{
  OhmUplink parent_instance;

  guint flags;
  GHashTable *rows; /* (owned) (element-type utf8 Row) */
  OhmTestEngineFunc func;
  gpointer user_data;
  guint n_requests;
  guint n_samples;
  guint n_messages;
  OhmVerdictKind samples_kind;
  gint64 samples_retry_us;
  gboolean is_hanging;
  GTask *hanging; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (OhmTestEngine, ohm_test_engine, OHM_TYPE_UPLINK)

static char *
ohm_test_engine_dup_key (const char *place, const char *point, gint64 slot_us)
{
  return g_strdup_printf ("%s/%s/%" G_GINT64_FORMAT, place, point, slot_us / G_USEC_PER_SEC);
}

static void
ohm_test_engine_write (OhmTestEngine *self, char *key_take, double value)
{
  Row *row = g_hash_table_lookup (self->rows, key_take);

  if (row == NULL)
    {
      row = g_new0 (Row, 1);
      g_hash_table_insert (self->rows, g_strdup (key_take), row);
    }
  row->n_written++;
  row->value = value;
  g_free (key_take);
}

static guint
ohm_test_engine_store (OhmTestEngine *self, const OhmRecord *record, gboolean is_kept)
{
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (record->points, &n);
  guint n_good = 0;

  if (record->is_gap)
    {
      gint64 slots = (record->slot_us - record->from_us) / OHM_SLOT_US;

      if (is_kept)
        ohm_test_engine_write (self,
                               ohm_test_engine_dup_key (record->place, "gap", record->slot_us),
                               (double) slots);
      return 1;
    }
  for (guint i = 0; i < n; i++)
    {
      double value = ohm_point_get_real (&points[i], record->cells[i]);

      if (record->qualities[i] != OHM_QUALITY_GOOD)
        continue;
      n_good++;
      if (is_kept)
        ohm_test_engine_write (self,
                               ohm_test_engine_dup_key (record->place, points[i].name,
                                                        record->slot_us),
                               value);
    }
  return n_good;
}

static void
ohm_test_engine_free_verdict (gpointer verdict)
{
  ohm_verdict_free (verdict);
}

static void
ohm_test_engine_deliver_async (OhmUplink *uplink,
                               OhmBatch *batch,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  OhmTestEngine *self = OHM_TEST_ENGINE (uplink);
  g_autoptr (GTask) task = g_task_new (uplink, cancellable, callback, user_data);
  gboolean is_stored = TRUE;
  OhmVerdict *verdict;
  guint n = 0;
  const OhmBatchItem *items = ohm_batch_get_items (batch, &n);

  g_task_set_source_tag (task, ohm_test_engine_deliver_async);
  self->n_requests++;
  verdict = self->func != NULL ? self->func (batch, &is_stored, self->user_data)
                               : ohm_verdict_new (OHM_VERDICT_ACCEPTED, /* message */ NULL);
  for (guint i = 0; i < n; i++)
    verdict->n_points += ohm_test_engine_store (self, items[i].record, is_stored);
  if (verdict->n_bytes == 0)
    verdict->n_bytes = verdict->n_points * 10;
  g_task_return_pointer (task, verdict, ohm_test_engine_free_verdict);
}

static void
ohm_test_engine_send_async (OhmUplink *uplink,
                            OhmSamples *samples,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  OhmTestEngine *self = OHM_TEST_ENGINE (uplink);
  g_autoptr (GTask) task = g_task_new (uplink, cancellable, callback, user_data);

  OhmVerdict *verdict = ohm_verdict_new (self->samples_kind, /* message */ NULL);

  g_task_set_source_tag (task, ohm_test_engine_send_async);
  verdict->retry_after_us = self->samples_retry_us;
  self->n_requests++;
  self->n_messages++;
  self->n_samples += samples->n;
  if (self->is_hanging)
    {
      ohm_verdict_free (verdict);
      self->hanging = g_steal_pointer (&task);
      return;
    }
  g_task_return_pointer (task, verdict, ohm_test_engine_free_verdict);
}

static OhmVerdict *
ohm_test_engine_finish (OhmUplink *uplink, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static guint
ohm_test_engine_get_flags (OhmUplink *uplink)
{
  return OHM_TEST_ENGINE (uplink)->flags;
}

static void
ohm_test_engine_start (OhmUplink *uplink)
{
}

static void
ohm_test_engine_finalize (GObject *object)
{
  OhmTestEngine *self = OHM_TEST_ENGINE (object);

  g_hash_table_unref (self->rows);
  g_clear_object (&self->hanging);
  G_OBJECT_CLASS (ohm_test_engine_parent_class)->finalize (object);
}

static void
ohm_test_engine_class_init (OhmTestEngineClass *klass)
{
  OhmUplinkClass *uplink_class = OHM_UPLINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ohm_test_engine_finalize;
  uplink_class->get_flags = ohm_test_engine_get_flags;
  uplink_class->start = ohm_test_engine_start;
  uplink_class->deliver_async = ohm_test_engine_deliver_async;
  uplink_class->deliver_finish = ohm_test_engine_finish;
  uplink_class->send_async = ohm_test_engine_send_async;
  uplink_class->send_finish = ohm_test_engine_finish;
}

static void
ohm_test_engine_init (OhmTestEngine *self)
{
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

OhmTestEngine *
ohm_test_engine_new (const char *id, OhmClock *clock, guint flags)
{
  static const OhmSettingSpec table[] = { { NULL } };
  const OhmSettingSpec *const tables[] = { table, NULL };
  g_autoptr (OhmSettings) settings = ohm_settings_new (NULL, "engine", tables, /* error */ NULL);
  g_autoptr (OhmTestSecrets) secrets = ohm_test_secrets_new ();
  OhmUplink *self = ohm_uplink_new (OHM_TYPE_TEST_ENGINE,
                                    &(OhmUplinkSetup){ .id = id,
                                                       .settings = settings,
                                                       .clock = clock,
                                                       .secrets = OHM_SECRETS (secrets),
                                                       .gateway = OHM_TEST_GATEWAY });

  OHM_TEST_ENGINE (self)->flags = flags;
  ohm_uplink_start (self);
  return OHM_TEST_ENGINE (self);
}

void
ohm_test_engine_set_func (OhmTestEngine *self, OhmTestEngineFunc func, gpointer user_data)
{
  self->func = func;
  self->user_data = user_data;
}

void
ohm_test_engine_forget (OhmTestEngine *self)
{
  g_hash_table_remove_all (self->rows);
}

guint
ohm_test_engine_n_rows (OhmTestEngine *self)
{
  return g_hash_table_size (self->rows);
}

guint
ohm_test_engine_n_requests (OhmTestEngine *self)
{
  return self->n_requests;
}

guint
ohm_test_engine_n_samples (OhmTestEngine *self)
{
  return self->n_samples;
}

guint
ohm_test_engine_get_row (OhmTestEngine *self,
                         const char *place,
                         const char *point,
                         gint64 slot_us,
                         double *ret_value)
{
  g_autofree char *key = ohm_test_engine_dup_key (place, point, slot_us);
  const Row *row = g_hash_table_lookup (self->rows, key);

  if (row != NULL && ret_value != NULL)
    *ret_value = row->value;
  return row != NULL ? row->n_written : 0;
}

guint
ohm_test_engine_n_messages (OhmTestEngine *self)
{
  return self->n_messages;
}

void
ohm_test_engine_set_samples_verdict (OhmTestEngine *self,
                                     OhmVerdictKind kind,
                                     gint64 retry_after_us)
{
  self->samples_kind = kind;
  self->samples_retry_us = retry_after_us;
}

void
ohm_test_engine_set_hanging (OhmTestEngine *self, gboolean is_hanging)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->hanging);

  self->is_hanging = is_hanging;
  if (task != NULL)
    g_task_return_pointer (task, ohm_verdict_new (OHM_VERDICT_ACCEPTED, /* message */ NULL),
                           ohm_test_engine_free_verdict);
}
