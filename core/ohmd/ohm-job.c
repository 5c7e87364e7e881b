/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-job.h"

/* Jobs that ended and are still shown. */
#define ENDED_MAX 50

struct _OhmJob
{
  GObject parent_instance;

  guint id;
  char *kind;   /* (owned) */
  char *target; /* (owned) */
  OhmJobState state;
  double progress;
  OhmMessage *message; /* (owned) (nullable) */
  GVariant *result;    /* (owned) (nullable) */
  gint64 started_us;
  GCancellable *cancellable; /* (owned) */
  gboolean is_stopped;
};

G_DEFINE_FINAL_TYPE (OhmJob, ohm_job, G_TYPE_OBJECT)

struct _OhmJobs
{
  GObject parent_instance;

  OhmClock *clock; /* (owned) */
  GPtrArray *list; /* (owned) (element-type OhmJob) */
  guint last_id;
};

G_DEFINE_FINAL_TYPE (OhmJobs, ohm_jobs, G_TYPE_OBJECT)

static guint job_signal_changed;
static guint jobs_signal_changed;

OhmJob *
ohm_job_new (guint id, const char *kind, const char *target, gint64 now_us)
{
  OhmJob *self = g_object_new (OHM_TYPE_JOB, NULL);

  self->id = id;
  self->kind = g_strdup (kind);
  self->target = g_strdup (target);
  self->started_us = now_us;
  return self;
}

guint
ohm_job_get_id (OhmJob *self)
{
  return self->id;
}

const char *
ohm_job_get_kind (OhmJob *self)
{
  return self->kind;
}

const char *
ohm_job_get_target (OhmJob *self)
{
  return self->target;
}

OhmJobState
ohm_job_get_state (OhmJob *self)
{
  return self->state;
}

const char *
ohm_job_state_to_string (OhmJobState state)
{
  static const char *const names[] = { "running", "done", "failed", "cancelled" };

  return (guint) state < G_N_ELEMENTS (names) ? names[state] : "failed";
}

double
ohm_job_get_progress (OhmJob *self)
{
  return self->progress;
}

OhmMessage *
ohm_job_get_message (OhmJob *self)
{
  return self->message;
}

GVariant *
ohm_job_get_result (OhmJob *self)
{
  return self->result;
}

gint64
ohm_job_get_started_us (OhmJob *self)
{
  return self->started_us;
}

GCancellable *
ohm_job_get_cancellable (OhmJob *self)
{
  return self->cancellable;
}

void
ohm_job_cancel (OhmJob *self)
{
  g_return_if_fail (OHM_IS_JOB (self));

  if (self->state == OHM_JOB_RUNNING)
    g_cancellable_cancel (self->cancellable);
}

/* Who follows it shall know that nobody cancelled it. */
static void
ohm_job_stop (OhmJob *self)
{
  self->is_stopped = TRUE;
  ohm_job_cancel (self);
}

static void
ohm_job_take_message (OhmJob *self, OhmMessage *message)
{
  if (message != NULL)
    ohm_message_ref (message);
  g_clear_pointer (&self->message, ohm_message_unref);
  self->message = message;
}

void
ohm_job_set_progress (OhmJob *self, double progress, OhmMessage *message)
{
  g_return_if_fail (OHM_IS_JOB (self) && self->state == OHM_JOB_RUNNING);

  self->progress = CLAMP (progress, 0.0, 1.0);
  ohm_job_take_message (self, message);
  g_signal_emit (self, job_signal_changed, 0);
}

void
ohm_job_end (OhmJob *self, OhmJobState state, OhmMessage *message, GVariant *result)
{
  g_autoptr (OhmMessage) stopping = ohm_message_new ("stopping", NULL);

  g_return_if_fail (OHM_IS_JOB (self) && self->state == OHM_JOB_RUNNING &&
                    state != OHM_JOB_RUNNING);

  self->state = state;
  self->progress = 1.0;
  ohm_job_take_message (self, self->is_stopped && state == OHM_JOB_CANCELLED ? stopping : message);
  self->result = result != NULL ? g_variant_ref_sink (result) : NULL;
  g_signal_emit (self, job_signal_changed, 0);
}

static void
ohm_job_finalize (GObject *object)
{
  OhmJob *self = OHM_JOB (object);

  g_free (self->kind);
  g_free (self->target);
  g_clear_pointer (&self->message, ohm_message_unref);
  g_clear_pointer (&self->result, g_variant_unref);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (ohm_job_parent_class)->finalize (object);
}

static void
ohm_job_class_init (OhmJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ohm_job_finalize;
  job_signal_changed = g_signal_new ("changed", OHM_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 0);
}

static void
ohm_job_init (OhmJob *self)
{
  self->cancellable = g_cancellable_new ();
}

static guint
ohm_jobs_count_ended (OhmJobs *self)
{
  guint n = 0;

  for (guint i = 0; i < self->list->len; i++)
    n += ohm_job_get_state (g_ptr_array_index (self->list, i)) != OHM_JOB_RUNNING;
  return n;
}

static void
ohm_jobs_forget_oldest (OhmJobs *self)
{
  for (guint i = 0; i < self->list->len; i++)
    {
      g_autoptr (OhmJob) job = g_object_ref (g_ptr_array_index (self->list, i));

      if (ohm_job_get_state (job) == OHM_JOB_RUNNING)
        continue;
      g_ptr_array_remove_index (self->list, i);
      g_signal_emit (self, jobs_signal_changed, 0, job, TRUE);
      return;
    }
}

static void
ohm_jobs_on_job_changed (OhmJob *job, OhmJobs *self)
{
  g_signal_emit (self, jobs_signal_changed, 0, job, FALSE);
}

OhmJobs *
ohm_jobs_new (OhmClock *clock)
{
  OhmJobs *self = g_object_new (OHM_TYPE_JOBS, NULL);

  self->clock = g_object_ref (clock);
  return self;
}

OhmJob *
ohm_jobs_start (OhmJobs *self, const char *kind, const char *target)
{
  OhmJob *job;

  g_return_val_if_fail (OHM_IS_JOBS (self), NULL);

  if (ohm_jobs_count_ended (self) >= ENDED_MAX)
    ohm_jobs_forget_oldest (self);
  job = ohm_job_new (++self->last_id, kind, target, ohm_clock_get_wall_us (self->clock));
  g_signal_connect_object (job, "changed", G_CALLBACK (ohm_jobs_on_job_changed), self, 0);
  g_ptr_array_add (self->list, job);
  g_signal_emit (self, jobs_signal_changed, 0, job, FALSE);
  return job;
}

GPtrArray *
ohm_jobs_list (OhmJobs *self)
{
  return self->list;
}

OhmJob *
ohm_jobs_find (OhmJobs *self, guint id)
{
  for (guint i = 0; i < self->list->len; i++)
    {
      OhmJob *job = g_ptr_array_index (self->list, i);

      if (job->id == id)
        return job;
    }
  return NULL;
}

void
ohm_jobs_stop (OhmJobs *self)
{
  g_autoptr (GPtrArray) all = NULL;

  g_return_if_fail (OHM_IS_JOBS (self));

  /* what ends may be forgotten */
  all = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < self->list->len; i++)
    g_ptr_array_add (all, g_object_ref (g_ptr_array_index (self->list, i)));
  for (guint i = 0; i < all->len; i++)
    ohm_job_stop (g_ptr_array_index (all, i));
}

static void
ohm_jobs_dispose (GObject *object)
{
  OhmJobs *self = OHM_JOBS (object);

  for (guint i = 0; self->list != NULL && i < self->list->len; i++)
    ohm_job_cancel (g_ptr_array_index (self->list, i));
  g_clear_pointer (&self->list, g_ptr_array_unref);
  g_clear_object (&self->clock);
  G_OBJECT_CLASS (ohm_jobs_parent_class)->dispose (object);
}

static void
ohm_jobs_class_init (OhmJobsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_jobs_dispose;
  jobs_signal_changed = g_signal_new ("changed", OHM_TYPE_JOBS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                      NULL, G_TYPE_NONE, 2, OHM_TYPE_JOB, G_TYPE_BOOLEAN);
}

static void
ohm_jobs_init (OhmJobs *self)
{
  self->list = g_ptr_array_new_with_free_func (g_object_unref);
}
