/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-worker.h"

typedef struct
{
  GTask *task; /* (owned) */
  GTaskThreadFunc func;
  OhmClock *clock; /* (owned) (nullable) */
} OhmWorkerJob;

/* What the thread sees; it outlives neither the thread nor the worker. */
typedef struct
{
  GMutex lock;
  GCond cond;
  GQueue jobs[OHM_WORKER_PRIORITIES]; /* (element-type OhmWorkerJob) */
  guint n_pending;
  gboolean is_closing;
  GTask *closing; /* (owned) (nullable): told when the thread has ended */
} OhmWorkerQueue;

struct _OhmWorker
{
  GObject parent_instance;

  OhmWorkerQueue queue;
  GThread *thread; /* (owned) (nullable) */
  OhmClock *clock; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (OhmWorker, ohm_worker, G_TYPE_OBJECT)

/* Calls @func on the task's context; g_main_context_invoke() might call it here and now. */
static void
ohm_worker_post (GTask *task, GSourceFunc func, gpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, g_task_get_priority (task));
  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, g_task_get_context (task));
}

static gboolean
ohm_worker_job_on_returned (gpointer data)
{
  OhmWorkerJob *job = data;

  g_object_unref (job->task);
  if (job->clock != NULL)
    {
      ohm_clock_release (job->clock);
      g_object_unref (job->clock);
    }
  g_free (job);
  return G_SOURCE_REMOVE;
}

/* The last reference to a task, and with it perhaps to its owner, is dropped where it was made,
 * after its callback. */
static void
ohm_worker_hand_back (OhmWorkerJob *job)
{
  ohm_worker_post (job->task, ohm_worker_job_on_returned, job);
}

static void
ohm_worker_work (OhmWorkerJob *job)
{
  if (!g_task_return_error_if_cancelled (job->task))
    job->func (job->task, g_task_get_source_object (job->task), g_task_get_task_data (job->task),
               g_task_get_cancellable (job->task));
  ohm_worker_hand_back (job);
}

/* Waits for the next job; %NULL once the worker closes and none is left. */
static OhmWorkerJob *
ohm_worker_take (OhmWorkerQueue *queue)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&queue->lock);

  for (;;)
    {
      for (guint i = 0; i < OHM_WORKER_PRIORITIES; i++)
        {
          OhmWorkerJob *job = g_queue_pop_head (&queue->jobs[i]);

          if (job != NULL)
            return job;
        }
      if (queue->is_closing)
        return NULL;
      g_cond_wait (&queue->cond, &queue->lock);
    }
}

static gboolean
ohm_worker_on_ended (gpointer data)
{
  GTask *task = data;
  OhmWorker *self = g_task_get_source_object (task);

  g_clear_pointer (&self->thread, g_thread_join);
  if (self->clock != NULL)
    ohm_clock_release (self->clock);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

static gpointer
ohm_worker_thread (gpointer data)
{
  OhmWorkerQueue *queue = data;
  OhmWorkerJob *job;
  GTask *closing;

  while ((job = ohm_worker_take (queue)) != NULL)
    {
      ohm_worker_work (job);
      g_mutex_lock (&queue->lock);
      queue->n_pending--;
      g_mutex_unlock (&queue->lock);
    }
  closing = g_steal_pointer (&queue->closing);
  if (closing != NULL)
    ohm_worker_post (closing, ohm_worker_on_ended, closing);
  return NULL;
}

static gboolean
ohm_worker_push (OhmWorkerQueue *queue, OhmWorkerPriority priority, OhmWorkerJob *job)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&queue->lock);

  if (queue->is_closing || queue->n_pending >= OHM_WORKER_QUEUE_MAX)
    return FALSE;
  g_queue_push_tail (&queue->jobs[priority], job);
  queue->n_pending++;
  g_cond_signal (&queue->cond);
  return TRUE;
}

void
ohm_worker_run (OhmWorker *self, OhmWorkerPriority priority, GTask *task, GTaskThreadFunc func)
{
  OhmWorkerJob *job;

  g_return_if_fail (OHM_IS_WORKER (self));
  g_return_if_fail (priority < OHM_WORKER_PRIORITIES);
  g_return_if_fail (G_IS_TASK (task) && func != NULL);

  job = g_new0 (OhmWorkerJob, 1);
  job->task = g_object_ref (task);
  job->func = func;
  if (self->clock != NULL)
    {
      job->clock = g_object_ref (self->clock);
      ohm_clock_hold (self->clock);
    }
  if (ohm_worker_push (&self->queue, priority, job))
    return;
  g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_BUSY, "the worker takes no more tasks");
  ohm_worker_hand_back (job);
}

guint
ohm_worker_get_n_pending (OhmWorker *self)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (OHM_IS_WORKER (self), 0);

  locker = g_mutex_locker_new (&self->queue.lock);
  return self->queue.n_pending;
}

/* Returns whether this call is the one that closes. */
static gboolean
ohm_worker_begin_closing (OhmWorker *self, GTask *task)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->queue.lock);

  if (self->queue.is_closing)
    return FALSE;
  self->queue.is_closing = TRUE;
  g_set_object (&self->queue.closing, task);
  g_cond_signal (&self->queue.cond);
  return TRUE;
}

void
ohm_worker_shutdown_async (OhmWorker *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (OHM_IS_WORKER (self));

  task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (task, ohm_worker_shutdown_async);
  if (self->clock != NULL)
    ohm_clock_hold (self->clock);
  if (ohm_worker_begin_closing (self, task))
    return;
  if (self->clock != NULL)
    ohm_clock_release (self->clock);
  g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_BUSY, "the worker is shut down already");
}

gboolean
ohm_worker_shutdown_finish (OhmWorker *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ohm_worker_dispose (GObject *object)
{
  OhmWorker *self = OHM_WORKER (object);

  ohm_worker_begin_closing (self, NULL);
  g_clear_pointer (&self->thread, g_thread_join);
  g_clear_object (&self->clock);

  G_OBJECT_CLASS (ohm_worker_parent_class)->dispose (object);
}

static void
ohm_worker_finalize (GObject *object)
{
  OhmWorker *self = OHM_WORKER (object);

  g_mutex_clear (&self->queue.lock);
  g_cond_clear (&self->queue.cond);

  G_OBJECT_CLASS (ohm_worker_parent_class)->finalize (object);
}

static void
ohm_worker_class_init (OhmWorkerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_worker_dispose;
  object_class->finalize = ohm_worker_finalize;
}

static void
ohm_worker_init (OhmWorker *self)
{
  g_mutex_init (&self->queue.lock);
  g_cond_init (&self->queue.cond);
  for (guint i = 0; i < OHM_WORKER_PRIORITIES; i++)
    g_queue_init (&self->queue.jobs[i]);
}

OhmWorker *
ohm_worker_new (const char *name, OhmClock *clock)
{
  OhmWorker *self;

  g_return_val_if_fail (name != NULL, NULL);

  self = g_object_new (OHM_TYPE_WORKER, NULL);
  g_set_object (&self->clock, clock);
  self->thread = g_thread_new (name, ohm_worker_thread, &self->queue);
  return self;
}
