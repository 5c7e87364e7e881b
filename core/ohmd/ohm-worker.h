/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_WORKER (ohm_worker_get_type ())

/*
 * One thread with one queue, ordered by priority, then by arrival. It touches only what it is
 * given as task data; results come back through #GTask on the main context. While work is under
 * way the clock is held, so that a test clock does not run on without it.
 */
G_DECLARE_FINAL_TYPE (OhmWorker, ohm_worker, OHM, WORKER, GObject)

/* Most tasks that wait; further ones fail with %OHM_ERROR_BUSY. */
#define OHM_WORKER_QUEUE_MAX 1024

typedef enum
{
  OHM_WORKER_COMMIT,
  OHM_WORKER_QUERY,
  OHM_WORKER_BACKGROUND,
} OhmWorkerPriority;

#define OHM_WORKER_PRIORITIES (OHM_WORKER_BACKGROUND + 1)

/* @name: static name of the thread, at most 15 bytes; @clock: (nullable) */
OhmWorker *ohm_worker_new (const char *name, OhmClock *clock);

/*
 * Runs @func with @task on the worker's thread. @func returns the task, or queues it again with
 * this function (a long query in short steps). A task that was cancelled while it waited is
 * returned as cancelled without running. Any thread.
 */
void
ohm_worker_run (OhmWorker *self, OhmWorkerPriority priority, GTask *task, GTaskThreadFunc func);

/* Tasks that wait or run. */
guint ohm_worker_get_n_pending (OhmWorker *self);

/* Takes no new tasks (%OHM_ERROR_BUSY), finishes all that wait, ends the thread. */
void ohm_worker_shutdown_async (OhmWorker *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean ohm_worker_shutdown_finish (OhmWorker *self, GAsyncResult *result, GError **error);

G_END_DECLS
