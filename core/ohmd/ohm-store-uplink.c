/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-uplink.h"

#include "ohm-store-private.h"

#define COMMIT_BYTES  256
#define REFUSED_BYTES 256

void
ohm_uplink_position_clear (OhmUplinkPosition *self)
{
  g_clear_pointer (&self->epoch, g_free);
  g_clear_pointer (&self->fingerprint, g_free);
}

static void
ohm_uplink_position_copy (OhmUplinkPosition *into, const OhmUplinkPosition *from)
{
  *into = *from;
  into->epoch = g_strdup (from->epoch);
  into->fingerprint = g_strdup (from->fingerprint);
}

/* --- position --- */

typedef struct
{
  char *id;
  OhmUplinkPosition position;
  gint64 last_seq;
} OhmUplinkLoad;

static void
ohm_uplink_load_free (OhmUplinkLoad *self)
{
  ohm_uplink_position_clear (&self->position);
  g_free (self->id);
  g_free (self);
}

/* No position may lie behind what was given out: a file that was salvaged may have begun anew. */
static void
ohm_uplink_load_from_row (OhmUplinkLoad *self, OhmStatement *row)
{
  self->position = (OhmUplinkPosition){
    .is_known = TRUE,
    .fingerprint = g_strdup (ohm_statement_get_text (row, 0)),
    .acked = MIN (ohm_statement_get_integer (row, 1), self->last_seq),
    .settled = MIN (ohm_statement_get_integer (row, 2), self->last_seq),
    .created_us = ohm_statement_get_integer (row, 3),
    .success_us = ohm_statement_get_integer (row, 4),
    .delivered_us = ohm_statement_get_integer (row, 5),
    .echo_day = ohm_statement_get_integer (row, 6),
    .points_max = (guint) ohm_statement_get_integer (row, 7),
    .points_us = ohm_statement_get_integer (row, 8),
    .n_rejected = ohm_statement_get_integer (row, 9),
    .n_too_old = ohm_statement_get_integer (row, 10),
  };
}

static gboolean
ohm_store_load_uplink (OhmStoreBackend *self, OhmUplinkLoad *load, GError **error)
{
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;

  if (ohm_store_backend_get (self, error) == NULL ||
      !ohm_database_get_integer (self->database, "SELECT last_seq FROM sequence", &load->last_seq,
                                 error))
    return FALSE;
  row = ohm_database_prepare (self->database, error,
                              "SELECT fingerprint, acked, settled, created_us, success_us,"
                              " delivered_us, echo_day, points_max, points_us, rejected, too_old"
                              " FROM uplinks WHERE id = ?",
                              "t", load->id);
  if (row == NULL)
    return FALSE;
  if (ohm_database_step (self->database, row, &problem))
    ohm_uplink_load_from_row (load, row);
  load->position.epoch = g_strdup (self->epoch);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static void
ohm_store_load_uplink_thread (GTask *task,
                              gpointer source,
                              gpointer data,
                              GCancellable *cancellable)
{
  OhmStoreBackend *backend = ohm_store_get_backend (source);
  g_autoptr (GError) error = NULL;

  if (ohm_store_load_uplink (backend, data, &error))
    g_task_return_boolean (task, TRUE);
  else
    ohm_store_return_query_error (backend, task, g_steal_pointer (&error));
}

void
ohm_store_load_uplink_async (OhmStore *self,
                             const char *id,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  OhmUplinkLoad *load;

  g_return_if_fail (OHM_IS_STORE (self) && id != NULL);

  load = g_new0 (OhmUplinkLoad, 1);
  load->id = g_strdup (id);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_load_uplink_async);
  g_task_set_task_data (task, load, (GDestroyNotify) ohm_uplink_load_free);
  ohm_store_run_query (self, task, ohm_store_load_uplink_thread);
}

gboolean
ohm_store_load_uplink_finish (OhmStore *self,
                              GAsyncResult *result,
                              OhmUplinkPosition *ret_position,
                              gint64 *ret_last_seq,
                              GError **error)
{
  const OhmUplinkLoad *load;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (ret_position != NULL && ret_last_seq != NULL, FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  load = g_task_get_task_data (G_TASK (result));
  ohm_uplink_position_copy (ret_position, &load->position);
  *ret_last_seq = load->last_seq;
  return TRUE;
}

/* --- commit --- */

OhmUplinkCommit *
ohm_uplink_commit_new (const char *id, const OhmUplinkPosition *position)
{
  OhmUplinkCommit *self = g_new0 (OhmUplinkCommit, 1);

  self->id = g_strdup (id);
  ohm_uplink_position_copy (&self->position, position);
  self->refused = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_refusal_free);
  self->cleared = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

void
ohm_uplink_commit_free (OhmUplinkCommit *self)
{
  ohm_uplink_position_clear (&self->position);
  g_ptr_array_unref (self->refused);
  g_array_unref (self->cleared);
  g_free (self->id);
  g_free (self);
}

static gboolean
ohm_store_put_position (OhmStoreBackend *self, const OhmUplinkCommit *commit, GError **error)
{
  const OhmUplinkPosition *position = &commit->position;

  return ohm_database_run (
    self->database, error,
    "INSERT INTO uplinks (id, fingerprint, acked, settled, created_us, success_us, delivered_us,"
    " echo_day, points_max, points_us, rejected, too_old)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, acked = excluded.acked,"
    " settled = excluded.settled, created_us = excluded.created_us,"
    " success_us = excluded.success_us, delivered_us = excluded.delivered_us,"
    " echo_day = excluded.echo_day, points_max = excluded.points_max,"
    " points_us = excluded.points_us, rejected = excluded.rejected,"
    " too_old = excluded.too_old",
    "ttiiiiiiiiii", commit->id, position->fingerprint != NULL ? position->fingerprint : "",
    position->acked, position->settled, position->created_us, position->success_us,
    position->delivered_us, position->echo_day, (gint64) position->points_max, position->points_us,
    position->n_rejected, position->n_too_old);
}

static gboolean
ohm_store_put_refusal (OhmStoreBackend *self,
                       const char *id,
                       const OhmRefusal *refusal,
                       GError **error)
{
  return ohm_database_run (
    self->database, error,
    "INSERT OR REPLACE INTO dead_letters (uplink, seq, place, slot, tries, refused_us, retry_us,"
    " status, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "titiiiiit", id, refusal->seq, refusal->place, ohm_store_slot_to_number (refusal->slot_us),
    (gint64) refusal->n_tries, refusal->refused_us, refusal->retry_us, (gint64) refusal->status,
    refusal->text != NULL ? refusal->text : "");
}

/* Only those that are not tried again anyhow: they stay in the store, and are counted. */
static gboolean
ohm_store_limit_refusals (OhmStoreBackend *self, const char *id, GError **error)
{
  if (!ohm_database_run (self->database, error,
                         "DELETE FROM dead_letters WHERE uplink = ?1 AND seq IN"
                         " (SELECT seq FROM dead_letters WHERE uplink = ?1 AND retry_us = 0"
                         " ORDER BY seq DESC LIMIT -1 OFFSET ?2)",
                         "ti", id, (gint64) OHM_REFUSALS_MAX))
    return FALSE;
  return ohm_database_run (self->database, error,
                           "UPDATE uplinks SET forgotten = forgotten + ? WHERE id = ?", "it",
                           ohm_database_get_changes (self->database), id);
}

static gboolean
ohm_store_check_epoch (OhmStoreBackend *self, const OhmUplinkCommit *commit, GError **error)
{
  if (commit->position.epoch == NULL || g_strcmp0 (commit->position.epoch, self->epoch) == 0)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND,
               "uplink '%s': its position is of another database", commit->id);
  return FALSE;
}

static gboolean
ohm_store_forget_uplink (OhmStoreBackend *self, const char *id, GError **error)
{
  return ohm_database_run (self->database, error, "DELETE FROM dead_letters WHERE uplink = ?", "t",
                           id) &&
         ohm_database_run (self->database, error, "DELETE FROM uplinks WHERE id = ?", "t", id);
}

static gboolean
ohm_store_run_commit_uplink (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  const OhmUplinkCommit *commit = op->data;

  if (!ohm_store_check_epoch (self, commit, error) ||
      (commit->is_fresh && !ohm_store_forget_uplink (self, commit->id, error)))
    return FALSE;
  for (guint i = 0; i < commit->cleared->len; i++)
    if (!ohm_database_run (self->database, error,
                           "DELETE FROM dead_letters WHERE uplink = ? AND seq = ?", "ti",
                           commit->id, g_array_index (commit->cleared, gint64, i)))
      return FALSE;
  for (guint i = 0; i < commit->refused->len; i++)
    if (!ohm_store_put_refusal (self, commit->id, g_ptr_array_index (commit->refused, i), error))
      return FALSE;
  return ohm_store_put_position (self, commit, error) &&
         (commit->refused->len == 0 || ohm_store_limit_refusals (self, commit->id, error));
}

void
ohm_store_commit_uplink_async (OhmStore *self,
                               OhmUplinkCommit *commit_take,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self) && commit_take != NULL);

  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_commit_uplink);
  ohm_store_op_set_data (op, commit_take, (GDestroyNotify) ohm_uplink_commit_free,
                         COMMIT_BYTES + commit_take->refused->len * REFUSED_BYTES +
                           commit_take->cleared->len * sizeof (gint64));
  op->task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (op->task, ohm_store_commit_uplink_async);
  ohm_store_push (self, op);
}

gboolean
ohm_store_commit_uplink_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- removal --- */

static gboolean
ohm_store_run_drop_uplink (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  return ohm_store_forget_uplink (self, op->data, error);
}

void
ohm_store_drop_uplink (OhmStore *self, const char *id)
{
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self) && id != NULL);

  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_drop_uplink);
  ohm_store_op_set_data (op, g_strdup (id), g_free, COMMIT_BYTES);
  ohm_store_push (self, op);
}
