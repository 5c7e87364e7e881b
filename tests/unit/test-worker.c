/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-worker.h"

typedef struct
{
  OhmWorker *worker;
  GThread *main;
  GMutex gate; /* held: the worker stands still in its first task */
  GString *order;
  guint n_done;
} Fixture;

static void
fixture_set_up (Fixture *self, gconstpointer data)
{
  self->worker = ohm_worker_new ("test-worker", NULL);
  self->main = g_thread_self ();
  self->order = g_string_new (NULL);
  g_mutex_init (&self->gate);
}

static void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->worker);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_mutex_clear (&self->gate);
  g_string_free (self->order, TRUE);
}

static void
fixture_on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_true (g_thread_self () == self->main);
  self->n_done++;
}

static void
fixture_wait (Fixture *self, guint n_done)
{
  while (self->n_done < n_done)
    g_main_context_iteration (NULL, TRUE);
}

static void
fixture_wait_at_gate (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Fixture *self = data;

  g_assert_true (g_thread_self () != self->main);
  g_mutex_lock (&self->gate);
  g_mutex_unlock (&self->gate);
  g_task_return_boolean (task, TRUE);
}

/* Adds the letter that is the task's name. */
static void
fixture_note (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Fixture *self = data;

  g_string_append (self->order, g_task_get_name (task));
  g_task_return_boolean (task, TRUE);
}

static GTask *
fixture_task (Fixture *self, const char *name, GCancellable *cancellable)
{
  GTask *task = g_task_new (NULL, cancellable, fixture_on_done, self);

  g_task_set_source_tag (task, fixture_task);
  g_task_set_name (task, name);
  g_task_set_task_data (task, self, NULL);
  return task;
}

static void
fixture_run (Fixture *self, const char *name, OhmWorkerPriority priority, GTaskThreadFunc func)
{
  g_autoptr (GTask) task = fixture_task (self, name, NULL);

  ohm_worker_run (self->worker, priority, task, func);
}

static void
test_worker_order (Fixture *self, gconstpointer data)
{
  g_mutex_lock (&self->gate);
  fixture_run (self, "gate", OHM_WORKER_COMMIT, fixture_wait_at_gate);
  fixture_run (self, "z", OHM_WORKER_BACKGROUND, fixture_note);
  fixture_run (self, "q", OHM_WORKER_QUERY, fixture_note);
  fixture_run (self, "r", OHM_WORKER_QUERY, fixture_note);
  fixture_run (self, "a", OHM_WORKER_COMMIT, fixture_note);
  fixture_run (self, "b", OHM_WORKER_COMMIT, fixture_note);
  g_assert_cmpuint (ohm_worker_get_n_pending (self->worker), ==, 6);
  g_mutex_unlock (&self->gate);
  fixture_wait (self, 6);
  g_assert_cmpstr (self->order->str, ==, "abqrz");
}

/* A long query in three steps; what is urgent goes in between. */
static void
fixture_step (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Fixture *self = data;

  g_string_append_c (self->order, 's');
  if (self->order->len == 1)
    {
      g_autoptr (GTask) urgent = g_task_new (NULL, NULL, NULL, NULL);

      g_task_set_source_tag (urgent, fixture_step);
      g_task_set_name (urgent, "C");
      g_task_set_task_data (urgent, self, NULL);
      ohm_worker_run (self->worker, OHM_WORKER_COMMIT, urgent, fixture_note);
    }
  if (self->order->len < 4)
    ohm_worker_run (self->worker, OHM_WORKER_QUERY, task, fixture_step);
  else
    g_task_return_boolean (task, TRUE);
}

static void
test_worker_steps (Fixture *self, gconstpointer data)
{
  fixture_run (self, "steps", OHM_WORKER_QUERY, fixture_step);
  fixture_wait (self, 1);
  g_assert_cmpstr (self->order->str, ==, "sCss");
}

static void
test_worker_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = fixture_task (self, "x", cancellable);
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  ohm_worker_run (self->worker, OHM_WORKER_QUERY, task, fixture_note);
  fixture_wait (self, 1);
  g_task_propagate_boolean (task, &error);
  g_assert_true (ohm_error_is_cancelled (error));
  g_assert_cmpstr (self->order->str, ==, "");
}

static void
test_worker_full (Fixture *self, gconstpointer data)
{
  g_autoptr (GTask) task = fixture_task (self, "x", NULL);
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&self->gate);
  for (guint i = 0; i < OHM_WORKER_QUEUE_MAX; i++)
    fixture_run (self, "gate", OHM_WORKER_COMMIT, fixture_wait_at_gate);
  ohm_worker_run (self->worker, OHM_WORKER_COMMIT, task, fixture_note);
  fixture_wait (self, 1);
  g_task_propagate_boolean (task, &error);
  g_assert_error (error, OHM_ERROR, OHM_ERROR_BUSY);
  g_mutex_unlock (&self->gate);
  fixture_wait (self, OHM_WORKER_QUEUE_MAX + 1);
}

static void
fixture_on_shut_down (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;
  g_autoptr (GError) error = NULL;

  ohm_worker_shutdown_finish (OHM_WORKER (source), result, &error);
  g_string_append_c (self->order, error == NULL ? '.' : '!');
}

static void
test_worker_shutdown (Fixture *self, gconstpointer data)
{
  g_mutex_lock (&self->gate);
  fixture_run (self, "gate", OHM_WORKER_COMMIT, fixture_wait_at_gate);
  fixture_run (self, "a", OHM_WORKER_QUERY, fixture_note);
  ohm_worker_shutdown_async (self->worker, fixture_on_shut_down, self);
  fixture_run (self, "late", OHM_WORKER_COMMIT, fixture_note);
  g_mutex_unlock (&self->gate);
  while (strchr (self->order->str, '.') == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (self->order->str, ==, "a.");
  g_assert_cmpuint (self->n_done, ==, 3);

  ohm_worker_shutdown_async (self->worker, fixture_on_shut_down, self);
  while (strchr (self->order->str, '!') == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* Without a shutdown the last reference ends the thread; all that waits is done first. */
static void
test_worker_dispose (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 50; i++)
    fixture_run (self, "n", OHM_WORKER_BACKGROUND, fixture_note);
  g_clear_object (&self->worker);
  g_assert_cmpuint (self->order->len, ==, 50);
  fixture_wait (self, 50);
}

static void
test_worker_new_and_gone (void)
{
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (OhmClock) clock = ohm_clock_new ();
      g_autoptr (OhmWorker) worker = ohm_worker_new ("short-lived", clock);

      g_assert_cmpuint (ohm_worker_get_n_pending (worker), ==, 0);
    }
}

static void
test_worker_add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_worker_add ("/worker/order", test_worker_order);
  test_worker_add ("/worker/steps", test_worker_steps);
  test_worker_add ("/worker/cancelled", test_worker_cancelled);
  test_worker_add ("/worker/full", test_worker_full);
  test_worker_add ("/worker/shutdown", test_worker_shutdown);
  test_worker_add ("/worker/dispose", test_worker_dispose);
  g_test_add_func ("/worker/new-and-gone", test_worker_new_and_gone);

  return g_test_run ();
}
