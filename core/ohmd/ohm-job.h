/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_JOB (ohm_job_get_type ())

/* Long work that outlives its caller. */
G_DECLARE_FINAL_TYPE (OhmJob, ohm_job, OHM, JOB, GObject)

typedef enum
{
  OHM_JOB_RUNNING,
  OHM_JOB_DONE,
  OHM_JOB_FAILED,
  OHM_JOB_CANCELLED,
} OhmJobState;

/**
 * OhmJob::changed:
 *
 * State, progress, message or result changed. After the state is no longer running it is emitted
 * once more and never again.
 */

/* @id: number, unique while the daemon runs; @kind: `test`; @target: what it works on, a meter's or
 * uplink's id or an address */
OhmJob *ohm_job_new (guint id, const char *kind, const char *target, gint64 now_us);

guint ohm_job_get_id (OhmJob *self);
const char *ohm_job_get_kind (OhmJob *self);
const char *ohm_job_get_target (OhmJob *self);
OhmJobState ohm_job_get_state (OhmJob *self);
const char *ohm_job_state_to_string (OhmJobState state);
/* 0..1 */
double ohm_job_get_progress (OhmJob *self);
/* (nullable): what is being done, or why it failed */
OhmMessage *ohm_job_get_message (OhmJob *self);
/* (transfer none) (nullable): `a{sv}`, there once done; may be there after a failure too */
GVariant *ohm_job_get_result (OhmJob *self);
gint64 ohm_job_get_started_us (OhmJob *self);
GCancellable *ohm_job_get_cancellable (OhmJob *self);

void ohm_job_cancel (OhmJob *self);

/* For whoever does the work. */
void ohm_job_set_progress (OhmJob *self, double progress, OhmMessage *message);
void ohm_job_end (OhmJob *self, OhmJobState state, OhmMessage *message, GVariant *result);

#define OHM_TYPE_JOBS (ohm_jobs_get_type ())

/* All jobs: running ones and the last fifty that ended. */
G_DECLARE_FINAL_TYPE (OhmJobs, ohm_jobs, OHM, JOBS, GObject)

/**
 * OhmJobs::changed:
 * @job: a job that came, changed or (when ended and forgotten) went
 * @is_gone: whether it went
 */
OhmJobs *ohm_jobs_new (OhmClock *clock);
/* (transfer none) */
OhmJob *ohm_jobs_start (OhmJobs *self, const char *kind, const char *target);
/* (transfer none) (element-type OhmJob) */
GPtrArray *ohm_jobs_list (OhmJobs *self);
OhmJob *ohm_jobs_find (OhmJobs *self, guint id);
/* Cancels what still runs, and has it say that this is because the daemon stops. */
void ohm_jobs_stop (OhmJobs *self);

G_END_DECLS
