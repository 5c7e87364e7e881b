/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-mqtt-connection.h"

/* Messages that wait for their acknowledgement at a time: enough for 1000 a second at 50 ms, few
 * enough to be repeated without harm. */
#define OHM_MQTT_WINDOW 64
/* A job that waits for the connection, or messages that wait for the next acknowledgement. */
#define OHM_MQTT_PATIENCE_US (60 * G_USEC_PER_SEC)
/* Pauses before the connection is opened again by itself: doubled up to the longest, and a random
 * share of it, so that the gateways of a fleet do not return at once. */
#define OHM_MQTT_PAUSE_MIN_US (G_GINT64_CONSTANT (2) * G_USEC_PER_SEC)
#define OHM_MQTT_PAUSE_MAX_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)
/* Of a PUBLISH packet, beside topic and payload: type, length of the rest, of the topic, number. */
#define OHM_MQTT_HEADER_BYTES 7
/* MQTT 5: the packet is larger than the broker takes. */
#define OHM_MQTT_REASON_TOO_LARGE 0x95

struct _OhmMqttJob
{
  const OhmMqttSource *source;
  gpointer user_data;
  gboolean is_drained; /* no message is left, or none shall follow */
  guint n_waiting;     /* messages not acknowledged yet */
  guint n_records;
  guint n_unheard; /* of them: nobody has subscribed */
  gsize n_bytes;
  char *unheard;       /* (owned) (nullable): a topic of them */
  OhmVerdict *verdict; /* (owned) (nullable): what was found wrong so far */
};

/* A message that waits for its acknowledgement. */
typedef struct
{
  OhmMqttJob *job; /* (unowned) (nullable): NULL once the job was given up */
  OhmMqttRole role;
  char *topic;
} OhmMqttSent;

struct _OhmMqttConnection
{
  OhmMqttOptions *options;
  OhmWatcher *watcher;   /* (owned) */
  OhmMqttClient *client; /* (owned) (nullable) */
  char *password;        /* (owned) (nullable) */
  GQueue jobs;           /* (element-type OhmMqttJob): the older first */
  GHashTable *sent;      /* (owned) (element-type int OhmMqttSent) */
  OhmWatch *retry;       /* until the connection is opened again */
  OhmWatch *patience;    /* until it is given up, or its jobs are */
  OhmWatch *turn;        /* something is to be done in the next turn */
  OhmVerdict *failure;   /* (owned) (nullable): of the last connection */
  guint n_failures;      /* in a row */
  guint generation;
  gboolean is_open; /* its owner said so */
  gboolean is_up;
  gboolean is_v5;
  gboolean is_version_known; /* the broker has accepted it once */
  gboolean is_freed;         /* by its owner, perhaps inside `done` */
};

static void
ohm_mqtt_sent_free (gpointer data)
{
  OhmMqttSent *self = data;

  g_free (self->topic);
  g_free (self);
}

static void
ohm_mqtt_job_free (OhmMqttJob *self)
{
  g_clear_pointer (&self->verdict, ohm_verdict_free);
  g_free (self->unheard);
  g_free (self);
}

static void
ohm_mqtt_connection_clear (gpointer data)
{
  OhmMqttConnection *self = data;

  g_clear_pointer (&self->failure, ohm_verdict_free);
  g_clear_pointer (&self->password, ohm_secret_free);
  g_hash_table_unref (self->sent);
  g_object_unref (self->watcher);
}

static void
ohm_mqtt_connection_unref (OhmMqttConnection *self)
{
  g_rc_box_release_full (self, ohm_mqtt_connection_clear);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmMqttConnection, ohm_mqtt_connection_unref)

static gint64
ohm_mqtt_connection_now (OhmMqttConnection *self)
{
  return ohm_clock_get_mono_us (ohm_watcher_get_clock (self->watcher));
}

static gboolean
ohm_mqtt_connection_is_waiting (OhmMqttConnection *self)
{
  return !g_queue_is_empty (&self->jobs) || g_hash_table_size (self->sent) > 0;
}

/* @has_progress: something came that was waited for: from here on anew. What is only written proves
 * nothing. */
static void
ohm_mqtt_connection_be_patient (OhmMqttConnection *self, gboolean has_progress)
{
  if (!ohm_mqtt_connection_is_waiting (self))
    ohm_watch_set_deadline (self->patience, -1);
  else if (has_progress || ohm_watch_get_deadline (self->patience) < 0)
    ohm_watch_set_deadline (self->patience, ohm_mqtt_connection_now (self) + OHM_MQTT_PATIENCE_US);
}

/* Takes the job out; its messages may still be acknowledged. */
static void
ohm_mqtt_connection_drop_job (OhmMqttConnection *self, OhmMqttJob *job)
{
  GHashTableIter iter;
  OhmMqttSent *sent;

  g_hash_table_iter_init (&iter, self->sent);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &sent))
    if (sent->job == job)
      sent->job = NULL;
  g_queue_remove (&self->jobs, job);
}

/* @verdict: (transfer full) */
static void
ohm_mqtt_connection_finish (OhmMqttConnection *self, OhmMqttJob *job, OhmVerdict *verdict)
{
  const OhmMqttSource *source = job->source;
  gpointer user_data = job->user_data;

  verdict->n_bytes = job->n_bytes;
  ohm_mqtt_connection_drop_job (self, job);
  ohm_mqtt_job_free (job);
  source->done (verdict, user_data);
}

/* Nobody has subscribed to any of its records: the broker threw them away. If somebody takes some
 * of them, it is the subscribers' choice. */
static OhmVerdict *
ohm_mqtt_connection_judge_unheard (OhmMqttConnection *self, OhmMqttJob *job)
{
  gboolean is_waiting = job->n_unheard == job->n_records && !self->options->is_unheard_fine;
  g_autofree char *n = g_strdup_printf ("%u", job->n_unheard);
  OhmVerdict *verdict;

  verdict = ohm_verdict_new (is_waiting ? OHM_VERDICT_TRANSIENT : OHM_VERDICT_PARTLY,
                             ohm_message_new (is_waiting ? "mqtt-unheard" : "mqtt-unheard-some",
                                              "topic", job->unheard, "n", n, NULL));
  verdict->status = OHM_MQTT_REASON_NO_SUBSCRIBERS;
  if (!is_waiting)
    verdict->text = g_strdup_printf ("nobody has subscribed to %s", job->unheard);
  verdict->n_rejected = is_waiting ? 0 : job->n_unheard;
  return verdict;
}

static void
ohm_mqtt_connection_complete (OhmMqttConnection *self, OhmMqttJob *job)
{
  OhmVerdict *verdict = g_steal_pointer (&job->verdict);

  /* says more than that a description was refused */
  if (job->n_unheard > 0 && (verdict == NULL || verdict->kind == OHM_VERDICT_PARTLY))
    {
      ohm_verdict_free (verdict);
      verdict = ohm_mqtt_connection_judge_unheard (self, job);
    }
  if (verdict == NULL)
    verdict = ohm_verdict_new (OHM_VERDICT_ACCEPTED, NULL);
  ohm_mqtt_connection_finish (self, job, verdict);
}

/* Answers all jobs; those that begin meanwhile stay. */
static void
ohm_mqtt_connection_fail_jobs (OhmMqttConnection *self, const OhmVerdict *verdict)
{
  guint n = self->jobs.length;

  while (n-- > 0 && !self->is_freed && !g_queue_is_empty (&self->jobs))
    ohm_mqtt_connection_finish (self, g_queue_peek_head (&self->jobs),
                                ohm_mqtt_verdict_copy (verdict));
}

static void
ohm_mqtt_connection_ask_turn (OhmMqttConnection *self)
{
  ohm_watch_set_deadline (self->turn, 0);
}

static void
ohm_mqtt_connection_drop_client (OhmMqttConnection *self)
{
  self->is_up = FALSE;
  g_clear_pointer (&self->client, ohm_mqtt_client_close);
  g_hash_table_remove_all (self->sent);
}

static void
ohm_mqtt_connection_plan_retry (OhmMqttConnection *self, OhmVerdictKind kind)
{
  gint64 pause_us = MIN (OHM_MQTT_PAUSE_MIN_US << MIN (self->n_failures, 10),
                         OHM_MQTT_PAUSE_MAX_US);

  if (kind == OHM_VERDICT_AUTH || kind == OHM_VERDICT_CONFIGURATION)
    pause_us = OHM_MQTT_PAUSE_MAX_US;
  self->n_failures++;
  if (!self->is_open)
    return;
  pause_us = (gint64) ((double) pause_us * g_random_double_range (0.5, 1.0));
  ohm_watch_set_deadline (self->retry, ohm_mqtt_connection_now (self) + pause_us);
}

/* The connection is over: everybody is told why, and it is tried again later. */
static void
ohm_mqtt_connection_give_up (OhmMqttConnection *self, const OhmVerdict *verdict)
{
  ohm_mqtt_connection_drop_client (self);
  g_clear_pointer (&self->failure, ohm_verdict_free);
  self->failure = ohm_mqtt_verdict_copy (verdict);
  ohm_watch_set_deadline (self->patience, -1);
  ohm_mqtt_connection_plan_retry (self, verdict->kind);
  ohm_mqtt_connection_fail_jobs (self, verdict);
}

/* A broker of MQTT 3.1.1 says that it does not know version 5, or hangs up; so does one that ends,
 * but of that one we know which version it speaks. */
static gboolean
ohm_mqtt_connection_falls_back (OhmMqttConnection *self, const OhmMqttFailure *failure)
{
  if (self->options->protocol != OHM_MQTT_PROTOCOL_AUTO || failure->was_up)
    return FALSE;
  if (self->is_v5 && ohm_mqtt_verdict_is_version (failure))
    {
      self->is_v5 = FALSE;
      return TRUE;
    }
  if (!self->is_version_known && ohm_mqtt_verdict_is_hang_up (failure))
    self->is_v5 = !self->is_v5;
  return FALSE;
}

static void
ohm_mqtt_connection_on_up (gpointer user_data)
{
  OhmMqttConnection *self = user_data;

  self->is_up = TRUE;
  self->is_version_known = TRUE;
  self->generation++;
  ohm_mqtt_connection_be_patient (self, /* has_progress */ TRUE);
  ohm_mqtt_connection_ask_turn (self);
}

/* A refused description is told, a refused record ends its job. */
static void
ohm_mqtt_connection_note_refusal (OhmMqttConnection *self,
                                  OhmMqttJob *job,
                                  const OhmMqttSent *sent,
                                  int reason)
{
  OhmVerdict *verdict = ohm_mqtt_verdict_of_publish (reason, sent->topic, self->options->peer);

  if (sent->role == OHM_MQTT_ROLE_DESCRIPTION)
    verdict->kind = OHM_VERDICT_PARTLY;
  else
    job->is_drained = TRUE;
  if (job->verdict == NULL || verdict->kind != OHM_VERDICT_PARTLY)
    {
      g_clear_pointer (&job->verdict, ohm_verdict_free);
      job->verdict = verdict;
    }
  else
    ohm_verdict_free (verdict);
}

static void
ohm_mqtt_connection_note_ack (OhmMqttConnection *self, const OhmMqttSent *sent, int reason)
{
  OhmMqttJob *job = sent->job;

  job->n_waiting--;
  if (reason >= 0x80)
    ohm_mqtt_connection_note_refusal (self, job, sent, reason);
  if (sent->role != OHM_MQTT_ROLE_RECORD || reason != OHM_MQTT_REASON_NO_SUBSCRIBERS)
    return;
  job->n_unheard++;
  if (job->unheard == NULL)
    job->unheard = g_strdup (sent->topic);
}

/* Numbers that we never gave are the broker's mistake, and mean nothing. */
static void
ohm_mqtt_connection_on_acked (int mid, int reason, gpointer user_data)
{
  OhmMqttConnection *self = user_data;
  OhmMqttSent *sent = g_hash_table_lookup (self->sent, GINT_TO_POINTER (mid));
  gboolean has_progress = sent != NULL && sent->role != OHM_MQTT_ROLE_SAMPLE;

  self->n_failures = 0;
  if (sent == NULL)
    return;
  if (sent->job != NULL)
    ohm_mqtt_connection_note_ack (self, sent, reason);
  g_hash_table_remove (self->sent, GINT_TO_POINTER (mid));
  ohm_mqtt_connection_be_patient (self, has_progress);
  ohm_mqtt_connection_ask_turn (self);
}

static void ohm_mqtt_connection_connect (OhmMqttConnection *self);

static void
ohm_mqtt_connection_on_down (const OhmMqttFailure *failure, gpointer user_data)
{
  g_autoptr (OhmMqttConnection) self = g_rc_box_acquire (user_data);
  g_autoptr (OhmVerdict) verdict = NULL;

  if (ohm_mqtt_connection_falls_back (self, failure))
    {
      ohm_mqtt_connection_drop_client (self);
      ohm_mqtt_connection_connect (self);
      return;
    }
  verdict = ohm_mqtt_verdict_of_failure (failure, self->options->peer);
  ohm_mqtt_connection_give_up (self, verdict);
}

static const OhmMqttClientEvents ohm_mqtt_connection_events = {
  .up = ohm_mqtt_connection_on_up,
  .acked = ohm_mqtt_connection_on_acked,
  .down = ohm_mqtt_connection_on_down,
};

static void
ohm_mqtt_connection_connect (OhmMqttConnection *self)
{
  ohm_watch_set_deadline (self->retry, -1);
  self->client = ohm_mqtt_client_new (self->options, self->password, self->is_v5, self->watcher,
                                      &ohm_mqtt_connection_events, self);
}

static void
ohm_mqtt_connection_publish (OhmMqttConnection *self,
                             OhmMqttJob *job,
                             OhmMqttMessage *message,
                             OhmMqttRole role)
{
  OhmMqttSent *sent = g_new0 (OhmMqttSent, 1);
  OhmMqttClientSent result;
  int mid = 0;

  sent->job = job;
  sent->role = role;
  sent->topic = g_steal_pointer (&message->topic);
  job->n_bytes += strlen (sent->topic) + strlen (message->payload) + OHM_MQTT_HEADER_BYTES;
  if (role == OHM_MQTT_ROLE_RECORD)
    job->n_records++;
  message->topic = sent->topic;
  result = ohm_mqtt_client_publish (self->client, message, &mid);
  message->topic = NULL;
  if (result == OHM_MQTT_CLIENT_SENT)
    {
      job->n_waiting++;
      g_hash_table_insert (self->sent, GINT_TO_POINTER (mid), sent);
      return;
    }
  if (result == OHM_MQTT_CLIENT_REFUSED)
    ohm_mqtt_connection_note_refusal (self, job, sent, OHM_MQTT_REASON_TOO_LARGE);
  else
    self->is_up = FALSE; /* `down` follows */
  ohm_mqtt_sent_free (sent);
}

/* Whether there is room for one more message. */
static gboolean
ohm_mqtt_connection_has_room (OhmMqttConnection *self)
{
  return self->is_up && g_hash_table_size (self->sent) < OHM_MQTT_WINDOW &&
         !ohm_mqtt_client_is_congested (self->client);
}

static void
ohm_mqtt_connection_pump (OhmMqttConnection *self, OhmMqttJob *job)
{
  while (!job->is_drained && ohm_mqtt_connection_has_room (self))
    {
      OhmMqttMessage message = { 0 };
      OhmMqttRole role;

      if (job->source->next (&message, &role, job->user_data))
        ohm_mqtt_connection_publish (self, job, &message, role);
      else
        job->is_drained = TRUE;
      ohm_mqtt_message_clear (&message);
    }
}

/* A job whose record was refused does not wait for the rest. */
static gboolean
ohm_mqtt_connection_is_complete (const OhmMqttJob *job)
{
  return job->is_drained && (job->n_waiting == 0 ||
                             (job->verdict != NULL && job->verdict->kind != OHM_VERDICT_PARTLY));
}

/* (nullable): the first job that is complete */
static OhmMqttJob *
ohm_mqtt_connection_find_complete (OhmMqttConnection *self)
{
  for (GList *link = self->jobs.head; link != NULL; link = link->next)
    if (ohm_mqtt_connection_is_complete (link->data))
      return link->data;
  return NULL;
}

static void
ohm_mqtt_connection_on_turn (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmMqttConnection) self = g_rc_box_acquire (user_data);
  OhmMqttJob *job;

  for (GList *link = self->jobs.head; link != NULL; link = link->next)
    ohm_mqtt_connection_pump (self, link->data);
  while (!self->is_freed && (job = ohm_mqtt_connection_find_complete (self)) != NULL)
    ohm_mqtt_connection_complete (self, job);
  if (self->is_freed)
    return;
  ohm_mqtt_connection_be_patient (self, /* has_progress */ FALSE);
  if (self->client == NULL && self->is_open && !g_queue_is_empty (&self->jobs))
    ohm_mqtt_connection_connect (self);
}

static void
ohm_mqtt_connection_on_retry (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmMqttConnection) self = g_rc_box_acquire (user_data);

  ohm_mqtt_connection_connect (self);
}

/* A broker that acknowledges nothing is left; one that cannot even be reached is waited for, but
 * not by the jobs. */
static void
ohm_mqtt_connection_on_impatient (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmMqttConnection) self = g_rc_box_acquire (user_data);
  const char *code = self->is_up ? "mqtt-no-ack" : "mqtt-no-answer";
  g_autoptr (OhmVerdict) verdict = NULL;

  if (!self->is_up)
    verdict = ohm_mqtt_verdict_copy (self->failure);
  if (verdict == NULL)
    verdict = ohm_verdict_new (OHM_VERDICT_TRANSIENT,
                               ohm_message_new (code, "peer", self->options->peer, NULL));
  if (self->is_up)
    ohm_mqtt_connection_give_up (self, verdict);
  else
    ohm_mqtt_connection_fail_jobs (self, verdict);
}

OhmMqttConnection *
ohm_mqtt_connection_new (OhmMqttOptions *options, OhmWatcher *watcher)
{
  OhmMqttConnection *self = g_rc_box_new0 (OhmMqttConnection);

  self->options = options;
  self->watcher = g_object_ref (watcher);
  self->is_v5 = options->protocol != OHM_MQTT_PROTOCOL_3_1_1;
  self->sent = g_hash_table_new_full (NULL, NULL, NULL, ohm_mqtt_sent_free);
  g_queue_init (&self->jobs);
  self->retry = ohm_watcher_add (watcher, -1, 0, ohm_mqtt_connection_on_retry, self);
  self->patience = ohm_watcher_add (watcher, -1, 0, ohm_mqtt_connection_on_impatient, self);
  self->turn = ohm_watcher_add (watcher, -1, 0, ohm_mqtt_connection_on_turn, self);
  return self;
}

void
ohm_mqtt_connection_free (OhmMqttConnection *self)
{
  if (self == NULL)
    return;
  self->is_freed = TRUE;
  g_clear_pointer (&self->retry, ohm_watch_remove);
  g_clear_pointer (&self->patience, ohm_watch_remove);
  g_clear_pointer (&self->turn, ohm_watch_remove);
  ohm_mqtt_connection_drop_client (self);
  g_queue_clear_full (&self->jobs, (GDestroyNotify) ohm_mqtt_job_free);
  ohm_mqtt_connection_unref (self);
}

void
ohm_mqtt_connection_wait (OhmMqttConnection *self)
{
  self->is_open = FALSE;
  ohm_watch_set_deadline (self->retry, -1);
}

void
ohm_mqtt_connection_open (OhmMqttConnection *self, const char *password)
{
  g_autoptr (OhmMqttConnection) guard = g_rc_box_acquire (self);
  g_autoptr (OhmVerdict) verdict = NULL;
  gboolean was_up;

  g_clear_pointer (&self->password, ohm_secret_free);
  self->password = g_strdup (password);
  self->is_open = TRUE;
  self->n_failures = 0;
  ohm_watch_set_deadline (self->retry, 0);
  was_up = self->is_up;
  ohm_mqtt_connection_drop_client (self);
  if (!was_up)
    return; /* nothing of the jobs was sent yet */
  verdict = ohm_verdict_new (OHM_VERDICT_TRANSIENT,
                             ohm_message_new ("mqtt-lost", "peer", self->options->peer, NULL));
  ohm_mqtt_connection_fail_jobs (self, verdict);
}

OhmMqttJob *
ohm_mqtt_connection_send (OhmMqttConnection *self,
                          const OhmMqttSource *source,
                          gboolean is_patient,
                          gpointer user_data)
{
  OhmMqttJob *job = g_new0 (OhmMqttJob, 1);

  job->source = source;
  job->user_data = user_data;
  if (!is_patient && (!self->is_up || ohm_mqtt_client_is_congested (self->client)))
    {
      job->is_drained = TRUE;
      job->verdict = ohm_verdict_new (OHM_VERDICT_TRANSIENT,
                                      ohm_message_new ("mqtt-not-now", "peer", self->options->peer,
                                                       NULL));
    }
  g_queue_push_tail (&self->jobs, job);
  ohm_mqtt_connection_ask_turn (self);
  return job;
}

void
ohm_mqtt_connection_cancel (OhmMqttConnection *self, OhmMqttJob *job)
{
  ohm_mqtt_connection_drop_job (self, job);
  ohm_mqtt_job_free (job);
}

guint
ohm_mqtt_connection_get_generation (OhmMqttConnection *self)
{
  return self->generation;
}
