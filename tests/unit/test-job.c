/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-job.h"

static void
test_job_on_changed (OhmJob *job, guint *n)
{
  (*n)++;
}

static void
test_job_life (void)
{
  g_autoptr (OhmJob) job = ohm_job_new (7, "test", "main", 1234);
  g_autoptr (OhmMessage) asking = ohm_message_new ("asking", "unit", "1", NULL);
  g_autoptr (OhmMessage) done = ohm_message_new ("identified", "name", "x", NULL);
  guint n = 0;

  g_signal_connect (job, "changed", G_CALLBACK (test_job_on_changed), &n);
  g_assert_cmpuint (ohm_job_get_id (job), ==, 7);
  g_assert_cmpstr (ohm_job_get_kind (job), ==, "test");
  g_assert_cmpstr (ohm_job_get_target (job), ==, "main");
  g_assert_cmpint (ohm_job_get_started_us (job), ==, 1234);
  g_assert_cmpint (ohm_job_get_state (job), ==, OHM_JOB_RUNNING);
  g_assert_null (ohm_job_get_message (job));
  g_assert_null (ohm_job_get_result (job));
  g_assert_cmpfloat (ohm_job_get_progress (job), <=, 0.0);

  ohm_job_set_progress (job, 0.25, asking);
  g_assert_cmpfloat_with_epsilon (ohm_job_get_progress (job), 0.25, 1e-9);
  g_assert_true (ohm_job_get_message (job) == asking);
  ohm_job_set_progress (job, 7.0, NULL);
  g_assert_cmpfloat_with_epsilon (ohm_job_get_progress (job), 1.0, 1e-9);
  g_assert_null (ohm_job_get_message (job));
  ohm_job_end (job, OHM_JOB_DONE, done, g_variant_new_string ("result"));
  g_assert_cmpint (ohm_job_get_state (job), ==, OHM_JOB_DONE);
  g_assert_true (ohm_job_get_message (job) == done);
  g_assert_cmpstr (g_variant_get_string (ohm_job_get_result (job), NULL), ==, "result");
  g_assert_cmpuint (n, ==, 3);
  /* too late */
  ohm_job_cancel (job);
  g_assert_false (g_cancellable_is_cancelled (ohm_job_get_cancellable (job)));
}

static void
test_job_states (void)
{
  g_assert_cmpstr (ohm_job_state_to_string (OHM_JOB_RUNNING), ==, "running");
  g_assert_cmpstr (ohm_job_state_to_string (OHM_JOB_DONE), ==, "done");
  g_assert_cmpstr (ohm_job_state_to_string (OHM_JOB_FAILED), ==, "failed");
  g_assert_cmpstr (ohm_job_state_to_string (OHM_JOB_CANCELLED), ==, "cancelled");
}

static void
test_job_on_jobs_changed (OhmJobs *jobs, OhmJob *job, gboolean is_gone, GString *heard)
{
  g_string_append_printf (heard, "%s%u%s ", is_gone ? "-" : "", ohm_job_get_id (job),
                          ohm_job_state_to_string (ohm_job_get_state (job)));
}

static void
test_job_list (void)
{
  g_autoptr (OhmClock) clock = ohm_clock_new_manual (5000, 0);
  OhmJobs *jobs = ohm_jobs_new (clock);
  g_autoptr (GString) heard = g_string_new (NULL);
  g_autoptr (GCancellable) cancellable = NULL;
  OhmJob *one, *two;

  g_signal_connect (jobs, "changed", G_CALLBACK (test_job_on_jobs_changed), heard);
  one = ohm_jobs_start (jobs, "test", "main");
  two = ohm_jobs_start (jobs, "scan", "main");
  g_assert_cmpint (ohm_job_get_started_us (one), ==, 5000);
  ohm_job_set_progress (two, 0.5, NULL);
  ohm_job_end (one, OHM_JOB_FAILED, NULL, NULL);
  g_assert_cmpstr (heard->str, ==, "1running 2running 2running 1failed ");
  g_assert_cmpuint (ohm_jobs_list (jobs)->len, ==, 2);
  g_assert_true (ohm_jobs_find (jobs, 2) == two);
  g_assert_null (ohm_jobs_find (jobs, 3));

  /* running ones stay, and the last fifty that ended */
  for (guint i = 0; i < 60; i++)
    ohm_job_end (ohm_jobs_start (jobs, "test", "main"), OHM_JOB_DONE, NULL, NULL);
  g_assert_cmpuint (ohm_jobs_list (jobs)->len, ==, 51);
  g_assert_true (ohm_jobs_find (jobs, 2) == two);
  g_assert_null (ohm_jobs_find (jobs, 1));
  g_assert_null (ohm_jobs_find (jobs, 12));
  g_assert_nonnull (ohm_jobs_find (jobs, 13));
  g_assert_nonnull (strstr (heard->str, "-1failed "));

  /* what still runs is told that nobody waits */
  cancellable = g_object_ref (ohm_job_get_cancellable (two));
  g_assert_finalize_object (jobs);
  g_assert_true (g_cancellable_is_cancelled (cancellable));
}

/* What a job does that is cancelled: it ends by itself. */
static void
test_job_on_cancelled (GCancellable *cancellable, OhmJob *job)
{
  g_autoptr (OhmMessage) cancelled = ohm_message_new ("cancelled", NULL);

  ohm_job_end (job, OHM_JOB_CANCELLED, cancelled, NULL);
}

static void
test_job_stop (void)
{
  g_autoptr (OhmClock) clock = ohm_clock_new_manual (5000, 0);
  g_autoptr (OhmJobs) jobs = ohm_jobs_new (clock);
  OhmJob *done = ohm_jobs_start (jobs, "test", "main");
  OhmJob *cancelled = ohm_jobs_start (jobs, "test", "main");
  OhmJob *stopped = ohm_jobs_start (jobs, "claim", "main");
  OhmJob *late = ohm_jobs_start (jobs, "scan", "main");

  ohm_job_end (done, OHM_JOB_DONE, NULL, NULL);
  for (guint id = 2; id <= 3; id++)
    g_signal_connect (ohm_job_get_cancellable (ohm_jobs_find (jobs, id)), "cancelled",
                      G_CALLBACK (test_job_on_cancelled), ohm_jobs_find (jobs, id));
  ohm_job_cancel (cancelled);
  ohm_jobs_stop (jobs);
  g_assert_cmpint (ohm_job_get_state (done), ==, OHM_JOB_DONE);
  g_assert_null (ohm_job_get_message (done));
  g_assert_cmpstr (ohm_message_get_code (ohm_job_get_message (cancelled)), ==, "cancelled");
  g_assert_cmpint (ohm_job_get_state (stopped), ==, OHM_JOB_CANCELLED);
  g_assert_cmpstr (ohm_message_get_code (ohm_job_get_message (stopped)), ==, "stopping");
  /* what it found before it heard of that is its own */
  ohm_job_end (late, OHM_JOB_FAILED, NULL, NULL);
  g_assert_null (ohm_job_get_message (late));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job/life", test_job_life);
  g_test_add_func ("/job/states", test_job_states);
  g_test_add_func ("/job/list", test_job_list);
  g_test_add_func ("/job/stop", test_job_stop);
  return g_test_run ();
}
