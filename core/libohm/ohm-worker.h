/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-clock.h"
#include "ohm-error.h"

G_BEGIN_DECLS

#define OHM_TYPE_WORKER (ohm_worker_get_type ())

/**
 * OHM_WORKER_QUEUE_MAX:
 *
 * Most tasks that wait; further ones fail with %OHM_ERROR_BUSY.
 *
 * Since: 0.1
 */
#define OHM_WORKER_QUEUE_MAX 1024

/**
 * OhmWorker:
 *
 * One thread with one queue, ordered by priority, then by arrival: the only way to a thread. It
 * touches only what it is given as task data; results come back through #GTask on the main context.
 * While work is under way the clock is held, so that a test clock does not run on without it.
 *
 * Since: 0.1
 */
OHM_API
G_DECLARE_FINAL_TYPE (OhmWorker, ohm_worker, OHM, WORKER, GObject)

/**
 * OhmWorkerPriority:
 * @OHM_WORKER_COMMIT: what others wait for
 * @OHM_WORKER_QUERY: what a person waits for
 * @OHM_WORKER_BACKGROUND: what can wait
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_WORKER_COMMIT,
  OHM_WORKER_QUERY,
  OHM_WORKER_BACKGROUND,
} OhmWorkerPriority;

#define OHM_WORKER_PRIORITIES (OHM_WORKER_BACKGROUND + 1)

/**
 * ohm_worker_new:
 * @name: static name of the thread, at most 15 bytes
 * @clock: (nullable): held while there is work
 *
 * Returns: (transfer full): a worker whose thread runs; the last reference waits for its end
 *
 * Since: 0.1
 */
OHM_API OhmWorker *ohm_worker_new (const char *name, OhmClock *clock);

/**
 * ohm_worker_run:
 * @self: a worker
 * @priority: before which others
 * @task: what is returned to
 * @func: what to do
 *
 * Runs @func with @task on the worker's thread. @func returns the task, or queues it again with
 * this function (a long query in short steps). A task that was cancelled while it waited is
 * returned as cancelled without running. Any thread.
 *
 * Since: 0.1
 */
OHM_API void
ohm_worker_run (OhmWorker *self, OhmWorkerPriority priority, GTask *task, GTaskThreadFunc func);

/**
 * ohm_worker_get_n_pending:
 * @self: a worker
 *
 * Returns: tasks that wait or run
 *
 * Since: 0.1
 */
OHM_API guint ohm_worker_get_n_pending (OhmWorker *self);

/**
 * ohm_worker_shutdown_async:
 * @self: a worker
 * @callback: called once the thread has ended
 * @user_data: for @callback
 *
 * Takes no new tasks (%OHM_ERROR_BUSY), finishes all that wait, ends the thread.
 *
 * Since: 0.1
 */
OHM_API void
ohm_worker_shutdown_async (OhmWorker *self, GAsyncReadyCallback callback, gpointer user_data);

/**
 * ohm_worker_shutdown_finish:
 * @self: a worker
 * @result: the result
 *
 * Returns: whether the thread has ended
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_worker_shutdown_finish (OhmWorker *self, GAsyncResult *result, GError **error);

G_END_DECLS
