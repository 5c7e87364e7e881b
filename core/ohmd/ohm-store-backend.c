/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

/* Largest file that is checked as a whole before the daemon goes on: what a slow disk reads in a
 * quarter of a second. A larger one is checked row by row while the daemon works. */
#define CHECK_BYTES (16 * 1024 * 1024)

/* Room above the limit, so that what is over it can still be dropped and records be written. */
#define RESERVE_BYTES_MAX (16 * 1024 * 1024)

OhmStoreBackend *
ohm_store_backend_new (const char *path, OhmClock *clock, const OhmStoreLimits *limits)
{
  OhmStoreBackend *self = g_new0 (OhmStoreBackend, 1);

  self->path = g_strdup (path);
  self->clock = g_object_ref (clock);
  self->limits = *limits;
  self->check_bytes = CHECK_BYTES;
  self->point_sets = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                            (GDestroyNotify) ohm_store_points_free);
  return self;
}

void
ohm_store_backend_free (OhmStoreBackend *self)
{
  ohm_store_backend_close (self);
  g_hash_table_unref (self->point_sets);
  g_object_unref (self->clock);
  g_free (self->epoch);
  g_free (self->path);
  g_free (self);
}

void
ohm_store_backend_close (OhmStoreBackend *self)
{
  g_clear_pointer (&self->database, ohm_database_close);
  g_hash_table_remove_all (self->point_sets);
}

OhmDatabase *
ohm_store_backend_get (OhmStoreBackend *self, GError **error)
{
  if (self->database == NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_STORE, "database '%s': is not open", self->path);
  return self->database;
}

static gboolean
ohm_store_backend_read_epoch (OhmStoreBackend *self, GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (self->database, error,
                                                       "SELECT value FROM meta WHERE key = 'epoch'",
                                                       "");
  g_autoptr (GError) problem = NULL;

  if (row == NULL)
    return FALSE;
  if (ohm_database_step (self->database, row, &problem))
    {
      g_free (self->epoch);
      self->epoch = g_strdup (ohm_statement_get_text (row, 0));
      return TRUE;
    }
  if (problem == NULL)
    problem = g_error_new (OHM_ERROR, OHM_ERROR_STORE, "database '%s': has no identity",
                           self->path);
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
ohm_store_backend_try_open (OhmStoreBackend *self, OhmDatabaseFault *ret_fault, GError **error)
{
  OhmDatabaseOptions options = {
    .path = self->path,
    .max_bytes = self->limits.size_max_bytes +
                 MIN (self->limits.size_max_bytes / 4, RESERVE_BYTES_MAX),
    .check_bytes = self->check_bytes,
  };

  self->database = ohm_database_open (&options, ret_fault, error);
  if (self->database == NULL)
    return FALSE;
  self->is_checked = ohm_database_is_checked (self->database);
  self->checked_run = 0;
  self->checked_slot = 0;
  if (ohm_store_backend_read_epoch (self, error))
    return TRUE;
  *ret_fault = ohm_database_get_fault (self->database);
  ohm_store_backend_close (self);
  return FALSE;
}

/* What is left of a file that was put aside, with its identity if that was left. */
static void
ohm_store_backend_salvage (OhmStoreBackend *self, const char *name)
{
  self->n_salvaged = ohm_database_salvage (self->database, name);
  ohm_store_backend_read_epoch (self, /* error */ NULL);
}

/* A corrupt file is put aside, never deleted; what can still be read goes into a fresh one. */
gboolean
ohm_store_backend_open (OhmStoreBackend *self,
                        gboolean *ret_opened,
                        char **ret_quarantine,
                        OhmDatabaseFault *ret_fault,
                        GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *name = NULL;

  if (self->database != NULL)
    return TRUE;
  if (!self->is_corrupt && ohm_store_backend_try_open (self, ret_fault, &problem))
    {
      *ret_opened = TRUE;
      return TRUE;
    }
  if (!self->is_corrupt && *ret_fault != OHM_DATABASE_FAULT_CORRUPT)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  *ret_fault = OHM_DATABASE_FAULT_CORRUPT;
  name = ohm_database_quarantine (self->path, error);
  if (name == NULL)
    return FALSE;
  self->is_corrupt = FALSE;
  g_free (*ret_quarantine);
  *ret_quarantine = g_strdup (name);
  if (!ohm_store_backend_try_open (self, ret_fault, error))
    return FALSE;
  ohm_store_backend_salvage (self, name);
  *ret_opened = TRUE;
  return TRUE;
}

/* After a failed write nobody knows what the file holds: it is opened and checked afresh. */
OhmDatabaseFault
ohm_store_backend_note_error (OhmStoreBackend *self, const GError *error)
{
  OhmDatabaseFault fault = OHM_DATABASE_FAULT_FAILED;

  if (!g_error_matches (error, OHM_ERROR, OHM_ERROR_STORE))
    return OHM_DATABASE_FAULT_NONE;
  if (self->database != NULL)
    fault = ohm_database_get_fault (self->database);
  if (fault == OHM_DATABASE_FAULT_CORRUPT)
    self->is_corrupt = TRUE;
  if (fault != OHM_DATABASE_FAULT_FULL)
    ohm_store_backend_close (self);
  return fault;
}

void
ohm_store_return_query_error (OhmStoreBackend *self, GTask *task, GError *error)
{
  if (self->database != NULL)
    ohm_store_backend_note_error (self, error);
  g_task_return_error (task, error);
}

gint64
ohm_store_backend_next_seq (OhmStoreBackend *self)
{
  return ++self->last_seq;
}

static void
ohm_store_op_begin (OhmStoreOp *op)
{
  g_clear_error (&op->error);
  g_clear_pointer (&op->announce, g_ptr_array_unref);
  if (op->result != NULL)
    op->free_result (op->result);
  op->result = NULL;
  op->announce = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
}

/* Runs one write; %FALSE only if the whole transaction has to go. */
static gboolean
ohm_store_backend_run_op (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  gint64 last_seq = self->last_seq;
  g_autoptr (GError) problem = NULL;

  ohm_store_op_begin (op);
  if (!ohm_database_run (self->database, error, "SAVEPOINT op", ""))
    return FALSE;
  if (op->run (self, op, &problem))
    return ohm_database_run (self->database, error, "RELEASE op", "");
  if (g_error_matches (problem, OHM_ERROR, OHM_ERROR_STORE))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  op->error = g_steal_pointer (&problem);
  g_ptr_array_set_size (op->announce, 0);
  self->last_seq = last_seq;
  g_hash_table_remove_all (self->point_sets);
  return ohm_database_run (self->database, error, "ROLLBACK TO op", "") &&
         ohm_database_run (self->database, error, "RELEASE op", "");
}

static gboolean
ohm_store_backend_run_ops (OhmStoreBackend *self, GPtrArray *ops, GError **error)
{
  gint64 stored_seq = 0;

  if (!ohm_database_run (self->database, error, "BEGIN IMMEDIATE", "") ||
      !ohm_database_get_integer (self->database, "SELECT last_seq FROM sequence", &stored_seq,
                                 error))
    return FALSE;
  self->last_seq = stored_seq;
  for (guint i = 0; i < ops->len; i++)
    if (!ohm_store_backend_run_op (self, g_ptr_array_index (ops, i), error))
      return FALSE;
  if (self->last_seq != stored_seq &&
      !ohm_database_run (self->database, error, "UPDATE sequence SET last_seq = ?", "i",
                         self->last_seq))
    return FALSE;
  return ohm_database_run (self->database, error, "COMMIT", "");
}

gboolean
ohm_store_backend_commit (OhmStoreBackend *self, GPtrArray *ops, GError **error)
{
  gint64 begin_us = g_get_monotonic_time ();

  if (!ohm_store_backend_run_ops (self, ops, error))
    {
      ohm_database_roll_back (self->database);
      g_hash_table_remove_all (self->point_sets);
      return FALSE;
    }
  self->commit_us = g_get_monotonic_time () - begin_us;
  self->commit_max_us = MAX (self->commit_max_us, self->commit_us);
  self->n_commits++;
  return TRUE;
}
