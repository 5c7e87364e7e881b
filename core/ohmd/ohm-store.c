/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

/* Writes that go into one transaction at most. */
#define BATCH_MAX 256

/* Pause after the first and the longest after further failures. */
#define RETRY_FIRST_US (1 * G_USEC_PER_SEC)
#define RETRY_MAX_US   (60 * G_USEC_PER_SEC)

/* How often old rows are looked for, and how soon after opening. */
#define DROP_PERIOD_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define DROP_FIRST_US  (60 * G_USEC_PER_SEC)

const OhmStoreLimits ohm_store_limits_default = {
  .size_max_bytes = G_GINT64_CONSTANT (1024) << 20,
  .trend_keep_us = G_GINT64_CONSTANT (35) * 24 * 3600 * G_USEC_PER_SEC,
  .intervals_keep_us = G_GINT64_CONSTANT (731) * 24 * 3600 * G_USEC_PER_SEC,
  .events_max = 10000,
  .pending_max_bytes = 4 * 1024 * 1024,
};

struct _OhmStore
{
  GObject parent_instance;

  OhmBus *bus;              /* (owned) */
  OhmClock *clock;          /* (owned) */
  OhmWorker *worker;        /* (owned) */
  OhmStoreBackend *backend; /* (owned): the worker's */
  OhmStoreContentFunc content_func;
  gpointer content_data;

  GQueue queue; /* (element-type OhmStoreOp): writes that wait, in order */
  gint64 pending_bytes;
  guint64 n_lost;
  gboolean is_wanted;    /* opened, or to be */
  gboolean is_open;      /* the last try got as far as a database */
  gboolean in_flight;    /* a transaction is under way */
  gboolean has_given_up; /* the last try before closing failed */
  gboolean is_closed;
  GTask *opening; /* (owned) (nullable) */
  GTask *closing; /* (owned) (nullable) */

  OhmStoreState state;
  OhmMessage *message;    /* (owned) (nullable) */
  OhmMessage *quarantine; /* (owned) (nullable) */
  char *epoch;            /* (owned) (nullable) */

  OhmWatch *retry; /* (owned) */
  gint64 retry_pause_us;
  OhmWatch *drop; /* (owned) */
};

G_DEFINE_FINAL_TYPE (OhmStore, ohm_store, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* One transaction on its way through the worker. */
typedef struct
{
  GPtrArray *ops; /* (owned) (element-type OhmStoreOp) */
  gboolean was_opened;
  char *quarantine; /* (owned) (nullable) */
  char *epoch;      /* (owned) (nullable) */
  OhmDatabaseFault fault;
  OhmStoreContent *content; /* (owned) (nullable) */
} OhmStoreBatch;

static void ohm_store_pump (OhmStore *self);
static void ohm_store_go_on_closing (OhmStore *self);

static void
ohm_store_batch_free (OhmStoreBatch *self)
{
  g_clear_pointer (&self->ops, g_ptr_array_unref);
  g_clear_pointer (&self->content, ohm_store_content_free);
  g_free (self->quarantine);
  g_free (self->epoch);
  g_free (self);
}

OhmStoreOp *
ohm_store_op_new (OhmStoreOpClass op_class, OhmStoreOpFunc run)
{
  OhmStoreOp *self = g_new0 (OhmStoreOp, 1);

  self->op_class = op_class;
  self->run = run;
  return self;
}

void
ohm_store_op_set_data (OhmStoreOp *self, gpointer data, GDestroyNotify free_data, gsize n)
{
  self->data = data;
  self->free_data = free_data;
  self->n_bytes = (gint64) n;
}

void
ohm_store_op_free (OhmStoreOp *self)
{
  if (self->data != NULL)
    self->free_data (self->data);
  if (self->result != NULL)
    self->free_result (self->result);
  g_clear_pointer (&self->announce, g_ptr_array_unref);
  g_clear_error (&self->error);
  g_clear_object (&self->task);
  g_free (self);
}

static void
ohm_store_op_fail (OhmStoreOp *op, const GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&op->task);

  if (task != NULL)
    g_task_return_error (task, g_error_copy (error));
}

static void
ohm_store_op_succeed (OhmStoreOp *op)
{
  g_autoptr (GTask) task = g_steal_pointer (&op->task);

  if (task == NULL)
    return;
  if (op->error != NULL)
    g_task_return_error (task, g_steal_pointer (&op->error));
  else if (op->free_result != NULL)
    g_task_return_pointer (task, g_steal_pointer (&op->result), op->free_result);
  else
    g_task_return_boolean (task, TRUE);
}

OhmStoreBackend *
ohm_store_get_backend (OhmStore *self)
{
  return self->backend;
}

void
ohm_store_run_query (OhmStore *self, GTask *task, GTaskThreadFunc func)
{
  ohm_worker_run (self->worker, OHM_WORKER_QUERY, task, func);
}

const char *
ohm_store_state_to_string (OhmStoreState state)
{
  static const char *const names[] = { "closed", "ok", "failed", "refused" };

  g_return_val_if_fail (state <= OHM_STORE_REFUSED, NULL);

  return names[state];
}

static const char *
ohm_store_code_of (OhmDatabaseFault fault)
{
  switch (fault)
    {
    case OHM_DATABASE_FAULT_FULL:
      return "store-full";
    case OHM_DATABASE_FAULT_READ_ONLY:
      return "store-read-only";
    case OHM_DATABASE_FAULT_TOO_NEW:
      return "store-too-new";
    case OHM_DATABASE_FAULT_FOREIGN:
      return "store-foreign";
    case OHM_DATABASE_FAULT_NONE:
    case OHM_DATABASE_FAULT_FAILED:
    case OHM_DATABASE_FAULT_CORRUPT:
    default:
      return "store-failed";
    }
}

/* @message: (transfer full) (nullable) */
static void
ohm_store_set_state (OhmStore *self, OhmStoreState state, OhmMessage *message)
{
  g_autoptr (OhmMessage) owned = message;
  gboolean is_same = self->state == state && (message == NULL) == (self->message == NULL) &&
                     (message == NULL || ohm_message_equal (message, self->message));

  if (is_same)
    return;
  self->state = state;
  g_clear_pointer (&self->message, ohm_message_unref);
  self->message = g_steal_pointer (&owned);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static gint64
ohm_store_count_records (const OhmStoreOp *op)
{
  const GPtrArray *records = op->data;

  return op->op_class == OHM_STORE_OP_RECORDS ? records->len : 0;
}

/* (transfer full): why nothing is written now */
static GError *
ohm_store_dup_error (OhmStore *self)
{
  const char *cause = self->message != NULL ? ohm_message_get_argument (self->message, "text")
                                            : NULL;

  if (cause != NULL)
    return g_error_new_literal (OHM_ERROR, OHM_ERROR_STORE, cause);
  return g_error_new (OHM_ERROR, OHM_ERROR_STORE, "database '%s': is not open",
                      self->backend->path);
}

static void
ohm_store_lose (OhmStore *self, OhmStoreOp *op)
{
  g_autoptr (GError) error = ohm_store_dup_error (self);

  self->n_lost += (guint64) ohm_store_count_records (op);
  ohm_store_op_fail (op, error);
  ohm_store_op_free (op);
}

/* Memory is short: gives up what matters least, of that the oldest. */
static void
ohm_store_limit_queue (OhmStore *self)
{
  for (guint op_class = 0; op_class <= OHM_STORE_OP_STATE; op_class++)
    {
      GList *next;

      for (GList *l = self->queue.head; l != NULL; l = next)
        {
          OhmStoreOp *op = l->data;

          if (self->pending_bytes <= self->backend->limits.pending_max_bytes)
            return;
          next = l->next;
          if (op->op_class != op_class)
            continue;
          self->pending_bytes -= op->n_bytes;
          g_queue_delete_link (&self->queue, l);
          ohm_store_lose (self, op);
        }
    }
}

static void
ohm_store_answer_waiting (OhmStore *self, OhmStoreOp *op)
{
  g_autoptr (GError) error = NULL;

  if (op->task == NULL || self->retry_pause_us == 0)
    return;
  error = ohm_store_dup_error (self);
  ohm_store_op_fail (op, error);
}

void
ohm_store_push (OhmStore *self, OhmStoreOp *op)
{
  if (self->state == OHM_STORE_REFUSED || self->is_closed)
    {
      ohm_store_lose (self, op);
      return;
    }
  ohm_store_answer_waiting (self, op);
  g_queue_push_tail (&self->queue, op);
  self->pending_bytes += op->n_bytes;
  ohm_store_pump (self);
  ohm_store_limit_queue (self);
}

static void
ohm_store_commit_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OhmStoreBackend *backend = OHM_STORE (source)->backend;
  OhmStoreBatch *batch = data;
  g_autoptr (GError) error = NULL;
  gboolean is_done;

  is_done = ohm_store_backend_open (backend, &batch->was_opened, &batch->quarantine, &batch->fault,
                                    &error);
  if (is_done && batch->was_opened)
    {
      batch->epoch = g_strdup (backend->epoch);
      batch->content = ohm_store_backend_load (backend, &error);
      is_done = batch->content != NULL;
    }
  if (is_done && batch->ops->len > 0)
    is_done = ohm_store_backend_commit (backend, batch->ops, &error);
  if (is_done)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (backend->database != NULL)
    batch->fault = ohm_store_backend_note_error (backend, error);
  g_task_return_error (task, g_steal_pointer (&error));
}

static void
ohm_store_take_opened (OhmStore *self, OhmStoreBatch *batch)
{
  if (batch->quarantine != NULL)
    {
      g_autofree char *rows = g_strdup_printf ("%" G_GINT64_FORMAT, self->backend->n_salvaged);

      g_clear_pointer (&self->quarantine, ohm_message_unref);
      self->quarantine = ohm_message_new ("store-corrupt", "text", batch->quarantine, "rows", rows,
                                          NULL);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
    }
  if (batch->content == NULL)
    return;
  self->is_open = TRUE;
  g_free (self->epoch);
  self->epoch = g_steal_pointer (&batch->epoch);
  ohm_watch_set_deadline (self->drop, ohm_clock_get_mono_us (self->clock) + DROP_FIRST_US);
  if (self->opening == NULL && self->content_func != NULL)
    self->content_func (batch->content, self->content_data);
}

static void
ohm_store_announce (OhmStore *self, const OhmStoreOp *op)
{
  for (guint i = 0; op->announce != NULL && i < op->announce->len; i++)
    ohm_bus_emit_interval (self->bus, g_ptr_array_index (op->announce, i));
}

static void
ohm_store_finish_ops (OhmStore *self, GPtrArray *ops)
{
  for (guint i = 0; i < ops->len; i++)
    {
      OhmStoreOp *op = g_ptr_array_index (ops, i);

      ohm_store_announce (self, op);
      ohm_store_op_succeed (op);
    }
}

/* Back to the head of the queue, in the same order. */
static void
ohm_store_put_back (OhmStore *self, GPtrArray *ops, const GError *error)
{
  g_ptr_array_set_free_func (ops, NULL);
  for (guint i = ops->len; i > 0; i--)
    {
      OhmStoreOp *op = g_ptr_array_index (ops, i - 1);

      ohm_store_op_fail (op, error);
      g_queue_push_head (&self->queue, op);
      self->pending_bytes += op->n_bytes;
    }
  g_ptr_array_set_size (ops, 0);
  ohm_store_limit_queue (self);
}

static void
ohm_store_lose_queue (OhmStore *self)
{
  OhmStoreOp *op;

  while ((op = g_queue_pop_head (&self->queue)) != NULL)
    ohm_store_lose (self, op);
  self->pending_bytes = 0;
}

static void
ohm_store_fail (OhmStore *self, const OhmStoreBatch *batch, const GError *error)
{
  gboolean is_refused = batch->fault == OHM_DATABASE_FAULT_TOO_NEW ||
                        batch->fault == OHM_DATABASE_FAULT_FOREIGN;

  if (batch->fault != OHM_DATABASE_FAULT_FULL)
    self->is_open = FALSE;
  self->retry_pause_us = CLAMP (self->retry_pause_us * 2, RETRY_FIRST_US, RETRY_MAX_US);
  if (!is_refused)
    ohm_watch_set_deadline (self->retry,
                            ohm_clock_get_mono_us (self->clock) + self->retry_pause_us);
  ohm_store_set_state (self, is_refused ? OHM_STORE_REFUSED : OHM_STORE_FAILED,
                       ohm_message_new (ohm_store_code_of (batch->fault), "text", error->message,
                                        NULL));
  if (is_refused)
    ohm_store_lose_queue (self);
}

static void
ohm_store_return_opening (OhmStore *self, OhmStoreBatch *batch, const GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->opening);

  if (task == NULL)
    return;
  if (error != NULL)
    g_task_return_error (task, g_error_copy (error));
  else
    g_task_return_pointer (task, g_steal_pointer (&batch->content),
                           (GDestroyNotify) ohm_store_content_free);
}

static void
ohm_store_on_committed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmStore *self = OHM_STORE (source);
  OhmStoreBatch *batch = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  self->in_flight = FALSE;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      self->retry_pause_us = 0;
      ohm_watch_set_deadline (self->retry, -1);
      ohm_store_take_opened (self, batch);
      ohm_store_set_state (self, OHM_STORE_OK, NULL);
      ohm_store_finish_ops (self, batch->ops);
    }
  else
    {
      ohm_store_take_opened (self, batch);
      ohm_store_put_back (self, batch->ops, error);
      ohm_store_fail (self, batch, error);
      self->has_given_up = self->closing != NULL;
    }
  ohm_store_return_opening (self, batch, error);
  if (self->closing != NULL)
    ohm_store_go_on_closing (self);
  else
    ohm_store_pump (self);
}

static void
ohm_store_send (OhmStore *self)
{
  g_autoptr (GTask) task = NULL;
  OhmStoreBatch *batch = g_new0 (OhmStoreBatch, 1);

  batch->ops = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_store_op_free);
  while (self->queue.length > 0 && batch->ops->len < BATCH_MAX)
    {
      OhmStoreOp *op = g_queue_pop_head (&self->queue);

      self->pending_bytes -= op->n_bytes;
      g_ptr_array_add (batch->ops, op);
    }
  self->in_flight = TRUE;
  task = g_task_new (self, /* cancellable */ NULL, ohm_store_on_committed, /* user_data */ NULL);
  g_task_set_source_tag (task, ohm_store_send);
  g_task_set_task_data (task, batch, (GDestroyNotify) ohm_store_batch_free);
  ohm_worker_run (self->worker, OHM_WORKER_COMMIT, task, ohm_store_commit_thread);
}

/* Sends the next transaction if there is something to do and nothing speaks against it. */
static void
ohm_store_pump (OhmStore *self)
{
  gboolean is_waiting = ohm_watch_get_deadline (self->retry) >= 0;

  if (self->in_flight || !self->is_wanted || is_waiting || self->state == OHM_STORE_REFUSED ||
      self->is_closed)
    return;
  if (!self->is_open || self->queue.length > 0)
    ohm_store_send (self);
}

static void
ohm_store_on_retry (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  ohm_store_pump (user_data);
}

static gboolean
ohm_store_tidy_step (OhmStoreBackend *backend, gboolean *ret_more, GError **error)
{
  if (!ohm_store_drop_step (backend, ret_more, error))
    return FALSE;
  return *ret_more || ohm_store_check_step (backend, ret_more, error);
}

static void
ohm_store_drop_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OhmStore *self = source;
  g_autoptr (GError) error = NULL;
  gboolean more = FALSE;

  if (!ohm_store_tidy_step (self->backend, &more, &error))
    ohm_store_return_query_error (self->backend, task, g_steal_pointer (&error));
  else if (more)
    ohm_worker_run (self->worker, OHM_WORKER_BACKGROUND, task, ohm_store_drop_thread);
  else
    g_task_return_boolean (task, TRUE);
}

static void
ohm_store_on_drop (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmStore *self = user_data;
  g_autoptr (GTask) task = NULL;

  ohm_watch_set_deadline (watch, ohm_clock_get_mono_us (self->clock) + DROP_PERIOD_US);
  if (self->state != OHM_STORE_OK && self->state != OHM_STORE_FAILED)
    return;
  task = g_task_new (self, /* cancellable */ NULL, /* callback */ NULL, /* user_data */ NULL);
  g_task_set_source_tag (task, ohm_store_on_drop);
  ohm_worker_run (self->worker, OHM_WORKER_BACKGROUND, task, ohm_store_drop_thread);
}

void
ohm_store_tidy_soon (OhmStore *self)
{
  ohm_watch_set_deadline (self->drop, ohm_clock_get_mono_us (self->clock));
}

void
ohm_store_set_content_func (OhmStore *self, OhmStoreContentFunc func, gpointer user_data)
{
  g_return_if_fail (OHM_IS_STORE (self));

  self->content_func = func;
  self->content_data = user_data;
}

void
ohm_store_open_async (OhmStore *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (OHM_IS_STORE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_open_async);
  if (self->is_wanted || self->is_closed)
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_BUSY,
                               "the store was opened or closed already");
      return;
    }
  self->is_wanted = TRUE;
  self->opening = g_steal_pointer (&task);
  ohm_store_pump (self);
}

OhmStoreContent *
ohm_store_open_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
ohm_store_on_worker_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmStore *self = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&self->closing);
  g_autoptr (GError) error = NULL;

  ohm_worker_shutdown_finish (OHM_WORKER (source), result, &error);
  ohm_store_set_state (self, OHM_STORE_CLOSED, NULL);
  if (error == NULL && self->has_given_up)
    error = g_error_new (OHM_ERROR, OHM_ERROR_STORE,
                         "database '%s': closed with %" G_GUINT64_FORMAT " records not written",
                         self->backend->path, self->n_lost);
  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

static void
ohm_store_close_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  ohm_store_backend_close (OHM_STORE (source)->backend);
  g_task_return_boolean (task, TRUE);
}

/* One last try to write; then the database, then the thread. */
static void
ohm_store_go_on_closing (OhmStore *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->in_flight)
    return;
  if (self->queue.length > 0 && !self->has_given_up && self->is_wanted &&
      self->state != OHM_STORE_REFUSED)
    {
      ohm_store_send (self);
      return;
    }
  ohm_store_lose_queue (self);
  task = g_task_new (self, /* cancellable */ NULL, /* callback */ NULL, /* user_data */ NULL);
  g_task_set_source_tag (task, ohm_store_go_on_closing);
  ohm_worker_run (self->worker, OHM_WORKER_BACKGROUND, task, ohm_store_close_thread);
  ohm_worker_shutdown_async (self->worker, ohm_store_on_worker_ended, self);
}

void
ohm_store_close_async (OhmStore *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (OHM_IS_STORE (self));

  task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (task, ohm_store_close_async);
  if (self->is_closed)
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_BUSY, "the store was closed already");
      return;
    }
  self->is_closed = TRUE;
  self->closing = g_steal_pointer (&task);
  ohm_watch_set_deadline (self->retry, -1);
  ohm_watch_set_deadline (self->drop, -1);
  ohm_store_go_on_closing (self);
}

gboolean
ohm_store_close_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static gint64
ohm_store_record_bytes (const OhmRecord *record)
{
  return (gint64) (sizeof (OhmRecord) + 64 + ohm_point_set_get_n (record->points) * 9u);
}

void
ohm_store_append_async (OhmStore *self,
                        GPtrArray *records,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  OhmStoreOp *op;
  gint64 n_bytes = 0;

  g_return_if_fail (OHM_IS_STORE (self) && records != NULL);

  for (guint i = 0; i < records->len; i++)
    n_bytes += ohm_store_record_bytes (g_ptr_array_index (records, i));
  op = ohm_store_op_new (OHM_STORE_OP_RECORDS, ohm_store_run_append);
  ohm_store_op_set_data (op, records, (GDestroyNotify) g_ptr_array_unref, (gsize) n_bytes);
  op->task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (op->task, ohm_store_append_async);
  ohm_store_push (self, op);
}

gboolean
ohm_store_append_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
ohm_store_run_nothing (OhmStoreBackend *backend, OhmStoreOp *op, GError **error)
{
  return TRUE;
}

void
ohm_store_sync_async (OhmStore *self, GAsyncReadyCallback callback, gpointer user_data)
{
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self));

  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_nothing);
  op->task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (op->task, ohm_store_sync_async);
  ohm_store_push (self, op);
}

gboolean
ohm_store_sync_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

OhmStoreState
ohm_store_get_state (OhmStore *self)
{
  g_return_val_if_fail (OHM_IS_STORE (self), OHM_STORE_CLOSED);

  return self->state;
}

OhmMessage *
ohm_store_get_message (OhmStore *self)
{
  g_return_val_if_fail (OHM_IS_STORE (self), NULL);

  return self->message;
}

OhmMessage *
ohm_store_get_quarantine (OhmStore *self)
{
  g_return_val_if_fail (OHM_IS_STORE (self), NULL);

  return self->quarantine;
}

gint64
ohm_store_get_retry_us (OhmStore *self)
{
  g_return_val_if_fail (OHM_IS_STORE (self), -1);

  return ohm_watch_get_deadline (self->retry);
}

const char *
ohm_store_get_epoch (OhmStore *self)
{
  g_return_val_if_fail (OHM_IS_STORE (self), NULL);

  return self->epoch;
}

const char *
ohm_store_get_path (OhmStore *self)
{
  g_return_val_if_fail (OHM_IS_STORE (self), NULL);

  return self->backend->path;
}

void
ohm_store_add_pending_stats (OhmStore *self, OhmStoreStats *stats)
{
  stats->n_pending = self->queue.length;
  stats->pending_bytes = self->pending_bytes;
  stats->n_lost = self->n_lost;
}

static void
ohm_store_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  OhmStore *self = OHM_STORE (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_uint (value, self->state);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ohm_store_dispose (GObject *object)
{
  OhmStore *self = OHM_STORE (object);
  OhmStoreOp *op;

  g_clear_object (&self->worker);
  while ((op = g_queue_pop_head (&self->queue)) != NULL)
    ohm_store_op_free (op);
  g_clear_pointer (&self->retry, ohm_watch_remove);
  g_clear_pointer (&self->drop, ohm_watch_remove);
  g_clear_object (&self->opening);
  g_clear_object (&self->closing);
  g_clear_object (&self->bus);
  g_clear_object (&self->clock);

  G_OBJECT_CLASS (ohm_store_parent_class)->dispose (object);
}

static void
ohm_store_finalize (GObject *object)
{
  OhmStore *self = OHM_STORE (object);

  ohm_store_backend_free (self->backend);
  g_clear_pointer (&self->message, ohm_message_unref);
  g_clear_pointer (&self->quarantine, ohm_message_unref);
  g_free (self->epoch);

  G_OBJECT_CLASS (ohm_store_parent_class)->finalize (object);
}

static void
ohm_store_class_init (OhmStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ohm_store_get_property;
  object_class->dispose = ohm_store_dispose;
  object_class->finalize = ohm_store_finalize;

  properties[PROP_STATE] = g_param_spec_uint ("state", NULL, NULL, OHM_STORE_CLOSED,
                                              OHM_STORE_REFUSED, OHM_STORE_CLOSED,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ohm_store_init (OhmStore *self)
{
  g_queue_init (&self->queue);
}

OhmStore *
ohm_store_new (const char *path, OhmBus *bus, OhmWatcher *watcher, const OhmStoreLimits *limits)
{
  OhmStore *self;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (OHM_IS_BUS (bus) && OHM_IS_WATCHER (watcher), NULL);

  self = g_object_new (OHM_TYPE_STORE, NULL);
  self->bus = g_object_ref (bus);
  self->clock = g_object_ref (ohm_watcher_get_clock (watcher));
  self->backend = ohm_store_backend_new (path, self->clock,
                                         limits != NULL ? limits : &ohm_store_limits_default);
  self->worker = ohm_worker_new ("ohm-store", self->clock);
  self->retry = ohm_watcher_add (watcher, -1, 0, ohm_store_on_retry, self);
  self->drop = ohm_watcher_add (watcher, -1, 0, ohm_store_on_drop, self);
  return self;
}
