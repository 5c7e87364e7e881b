/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

#include <string.h>

/* Longest small value. */
#define VALUE_BYTES_MAX 65536

/* Bytes that a waiting write takes besides its text. */
#define OP_BYTES 256

char *
ohm_store_print_variant (GVariant *variant)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (variant);

  return g_variant_print (owned, FALSE);
}

/* A row of `meters` as texts. */
typedef struct
{
  char *id;
  char *type;
  char *address;
  char *serial;
  char *facts;
  char *limits;
} OhmStoreMeterRow;

static void
ohm_store_meter_row_free (OhmStoreMeterRow *self)
{
  g_free (self->id);
  g_free (self->type);
  g_free (self->address);
  g_free (self->serial);
  g_free (self->facts);
  g_free (self->limits);
  g_free (self);
}

static gboolean
ohm_store_run_save_meter (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  const OhmStoreMeterRow *row = op->data;

  return ohm_database_run (self->database, error,
                           "INSERT OR REPLACE INTO meters (id, type, address, serial, facts,"
                           " limits, updated_us) VALUES (?, ?, ?, ?, ?, ?, ?)",
                           "ttttt"
                           "ti",
                           row->id, row->type, row->address, row->serial, row->facts, row->limits,
                           ohm_clock_get_wall_us (self->clock));
}

void
ohm_store_save_meter (OhmStore *self, const OhmStoreMeter *meter)
{
  OhmStoreMeterRow *row;
  OhmStoreOp *op;
  gsize n_bytes = OP_BYTES;

  g_return_if_fail (OHM_IS_STORE (self));
  g_return_if_fail (meter != NULL && meter->id != NULL);

  row = g_new0 (OhmStoreMeterRow, 1);
  row->id = g_strdup (meter->id);
  row->type = g_strdup (meter->type != NULL ? meter->type : "");
  row->address = g_strdup (meter->address != NULL ? meter->address : "");
  row->serial = g_strdup (meter->serial);
  if (meter->facts != NULL)
    row->facts = ohm_store_print_variant (ohm_facts_to_variant (meter->facts));
  if (meter->limits != NULL)
    row->limits = g_variant_print (meter->limits, TRUE);
  n_bytes += row->facts != NULL ? strlen (row->facts) : 0;
  n_bytes += row->limits != NULL ? strlen (row->limits) : 0;
  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_save_meter);
  ohm_store_op_set_data (op, row, (GDestroyNotify) ohm_store_meter_row_free, n_bytes);
  ohm_store_push (self, op);
}

static gboolean
ohm_store_run_forget_meter (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  return ohm_database_run (self->database, error, "DELETE FROM meters WHERE id = ?", "t",
                           (const char *) op->data);
}

void
ohm_store_forget_meter (OhmStore *self, const char *id)
{
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self) && id != NULL);

  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_forget_meter);
  ohm_store_op_set_data (op, g_strdup (id), g_free, OP_BYTES);
  ohm_store_push (self, op);
}

typedef struct
{
  char *id;
  char *new_id;
} OhmStoreMeterRename;

static void
ohm_store_meter_rename_free (OhmStoreMeterRename *self)
{
  g_free (self->id);
  g_free (self->new_id);
  g_free (self);
}

/* Small values are kept under `WHAT/METER`. */
static gboolean
ohm_store_run_rename_meter (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  const OhmStoreMeterRename *rename = op->data;

  return ohm_database_run (self->database, error,
                           "UPDATE OR REPLACE meters SET id = ? WHERE id = ?", "tt", rename->new_id,
                           rename->id) &&
         ohm_database_run (self->database, error,
                           "UPDATE OR REPLACE stored_values"
                           " SET key = substr (key, 1, instr (key, '/')) || ?1"
                           " WHERE key IN ('clock/' || ?2, 'backfill/' || ?2)",
                           "tt", rename->new_id, rename->id) &&
         ohm_database_run (self->database, error, "UPDATE runs SET meter = ? WHERE meter = ?", "tt",
                           rename->new_id, rename->id) &&
         ohm_store_rename_events (self, "meters", rename->id, rename->new_id, error);
}

void
ohm_store_rename_meter (OhmStore *self, const char *id, const char *new_id)
{
  OhmStoreMeterRename *rename;
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self) && id != NULL && new_id != NULL);

  rename = g_new0 (OhmStoreMeterRename, 1);
  rename->id = g_strdup (id);
  rename->new_id = g_strdup (new_id);
  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_rename_meter);
  ohm_store_op_set_data (op, rename, (GDestroyNotify) ohm_store_meter_rename_free, OP_BYTES);
  ohm_store_push (self, op);
}

typedef struct
{
  char *key;
  GBytes *value; /* (nullable) */
} OhmStoreValue;

static void
ohm_store_value_free (OhmStoreValue *self)
{
  g_free (self->key);
  g_clear_pointer (&self->value, g_bytes_unref);
  g_free (self);
}

static gboolean
ohm_store_run_set_value (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  const OhmStoreValue *value = op->data;

  if (value->value == NULL)
    return ohm_database_run (self->database, error, "DELETE FROM stored_values WHERE key = ?", "t",
                             value->key);
  return ohm_database_run (self->database, error,
                           "INSERT OR REPLACE INTO stored_values VALUES (?, ?)", "tb", value->key,
                           value->value);
}

void
ohm_store_set_value (OhmStore *self, const char *key, GBytes *value)
{
  OhmStoreValue *data;
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self) && key != NULL);
  g_return_if_fail (value == NULL || g_bytes_get_size (value) <= VALUE_BYTES_MAX);

  data = g_new0 (OhmStoreValue, 1);
  data->key = g_strdup (key);
  data->value = value != NULL ? g_bytes_ref (value) : NULL;
  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_set_value);
  ohm_store_op_set_data (op, data, (GDestroyNotify) ohm_store_value_free,
                         OP_BYTES + (value != NULL ? g_bytes_get_size (value) : 0));
  ohm_store_push (self, op);
}

static GBytes *
ohm_store_read_value (OhmStoreBackend *self, const char *key, GError **error)
{
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;

  if (ohm_store_backend_get (self, error) == NULL)
    return NULL;
  row = ohm_database_prepare (self->database, error,
                              "SELECT value FROM stored_values WHERE key = ?", "t", key);
  if (row == NULL)
    return NULL;
  if (ohm_database_step (self->database, row, &problem))
    {
      gsize length;
      const guint8 *data = ohm_statement_get_blob (row, 0, &length);

      return g_bytes_new (data, length);
    }
  if (problem == NULL)
    problem = g_error_new (OHM_ERROR, OHM_ERROR_NOT_FOUND, "no value '%s' in the store", key);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

static void
ohm_store_get_value_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OhmStoreBackend *backend = ohm_store_get_backend (source);
  g_autoptr (GError) error = NULL;
  GBytes *value = ohm_store_read_value (backend, data, &error);

  if (value != NULL)
    g_task_return_pointer (task, value, (GDestroyNotify) g_bytes_unref);
  else
    ohm_store_return_query_error (backend, task, g_steal_pointer (&error));
}

void
ohm_store_get_value_async (OhmStore *self,
                           const char *key,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (OHM_IS_STORE (self) && key != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_get_value_async);
  g_task_set_task_data (task, g_strdup (key), g_free);
  ohm_store_run_query (self, task, ohm_store_get_value_thread);
}

GBytes *
ohm_store_get_value_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
