/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One poll of one class: request after request, each answered, refused or failed. A refused request
 * (exception 2 or 3) is split at its widest gap, then in halves, and its parts are asked at once;
 * what is found is learned, so that the next poll asks for what the meter has. A device or gateway
 * in trouble may refuse everything: nothing is learned unless something else, the witness, was
 * answered with values between two refusals.
 */

#include "ohm-meter-host-private.h"

/* Requests that bisection may add to one poll; what is left is found by the next. */
#define SPLITS_MAX 40

/* After so many reads of a slot that brought nothing, what came before is proved first. */
#define MISSES_MAX 3

/* Where no witness is known, the parts of what is refused are searched for one: at once, then after
 * this, doubled up to a day. */
#define PROBE_US     (60 * G_TIME_SPAN_SECOND)
#define PROBE_US_MAX G_TIME_SPAN_DAY

/* What is known of a refusal. */
typedef enum
{
  OHM_DOUBT_NONE,      /* nothing was refused */
  OHM_DOUBT_ASKED,     /* the witness is asked, then the refused request again */
  OHM_DOUBT_WITNESSED, /* the witness was answered with values */
  OHM_DOUBT_DENIED,    /* nor was the witness */
  OHM_DOUBT_PROBING,   /* split in search of a witness */
  OHM_DOUBT_GONE,      /* refused again: it is meant */
} OhmDoubt;

/* A request that waits, and the list its entries are in; of a guard, a witness or the proof of a
 * slot, which have no entries, none. */
typedef struct
{
  OhmRequestList *list; /* (nullable) */
  const OhmMerged *request;
} OhmPollStep;

struct _OhmPoll
{
  OhmMeterHost *host; /* (not owned) */
  OhmPollKind kind;
  gboolean is_running;
  gboolean is_counted; /* its start is in the jitter figures */
  gint64 due_us;
  OhmRequestList *list; /* (owned) (nullable) unless it is the host's */
  GPtrArray *parts;     /* (owned) (nullable) (element-type OhmRequestList): of split requests */
  GArray *guards;       /* (owned) (element-type OhmMerged) */
  GArray *steps;        /* (owned) (element-type OhmPollStep): to do, the next last */
  guint splits_left;
  OhmDoubt doubt;
  OhmMerged witness;
  gboolean keeps_list; /* the list goes back to the host for the next poll */
  gboolean has_learned;
  guint longest;  /* registers of the longest request that was answered */
  guint shortest; /* of the shortest that was refused and has no gap; G_MAXUINT for none */
  gboolean has_refused_entry;
  gboolean has_asked_proof; /* at the end */
  gboolean is_proved;       /* with its last answer */
  guint classes;
  guint n_failed;
  guint n_answered;
  guint n_values; /* of these without exception */
  guint8 exception;
  GArray *lost;               /* (owned) (element-type guint): entries that have not come */
  gint64 answered_us;         /* the last answer, UTC */
  guint times_left;           /* requests that the reading has room for */
  OhmReadingBuilder *builder; /* (owned) (nullable) */
  OhmLinkExchange exchange;
};

static const OhmPriority priorities[] = {
  [OHM_POLL_LIVE] = OHM_PRIORITY_LIVE,
  [OHM_POLL_SLOW] = OHM_PRIORITY_SLOW,
  [OHM_POLL_SLOT] = OHM_PRIORITY_SLOT,
  [OHM_POLL_OPERATOR] = OHM_PRIORITY_OPERATOR,
};

static void ohm_poll_next (OhmPoll *self);

static guint8
ohm_poll_function (OhmMeterHost *host)
{
  double function;

  if (ohm_facts_get_number (host->facts, "function", &function))
    return function > 3.5 ? 4 : 3;
  return ohm_profile_get_limits (host->profile)->functions[0];
}

static gboolean
ohm_poll_is_refused_by (OhmMeterHost *host, guint8 function, const OhmEntry *entry)
{
  guint last = entry->address + ohm_encoding_get_registers (&entry->encoding) - 1;

  return ohm_learned_is_refused (host->learned, entry->function != 0 ? entry->function : function,
                                 entry->address, (guint16) last);
}

gboolean
ohm_poll_is_refused (OhmMeterHost *host, const OhmEntry *entry)
{
  return ohm_poll_is_refused_by (host, ohm_poll_function (host), entry);
}

static guint8 *
ohm_poll_mark_refused (OhmMeterHost *host, guint8 function, const guint8 *without)
{
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (host->plan, &n);
  guint8 *refused;

  if (ohm_learned_is_empty (host->learned) && without == NULL)
    return NULL;
  refused = without != NULL ? g_memdup2 (without, n) : g_new0 (guint8, n);
  for (guint i = 0; i < n; i++)
    refused[i] |= (guint8) ohm_poll_is_refused_by (host, function, &entries[i]);
  return refused;
}

static GArray *
ohm_poll_collect_holes (OhmMeterHost *host)
{
  const OhmLimits *limits = ohm_profile_get_limits (host->profile);
  GArray *holes = g_array_new (FALSE, FALSE, sizeof (OhmRange));
  guint n;
  const OhmRange *learned = ohm_learned_get_holes (host->learned, &n);

  g_array_append_vals (holes, learned, n);
  g_array_append_vals (holes, limits->holes, limits->n_holes);
  g_array_append_vals (holes, limits->stateful, limits->n_stateful);
  return holes;
}

/* @without: (nullable): by entry of the plan, what need not be asked for */
static OhmRequestList *
ohm_poll_merge_rest (OhmMeterHost *host, guint classes, const guint8 *without)
{
  guint8 function = ohm_poll_function (host);
  g_autofree guint8 *refused = ohm_poll_mark_refused (host, function, without);
  g_autoptr (GArray) holes = ohm_poll_collect_holes (host);
  OhmMergeRules rules = {
    .registers_max = ohm_learned_get_length (host->learned,
                                             ohm_profile_get_limits (host->profile)->registers_max),
    .function = function,
    .gap_max = ohm_link_get_gap_max (host->link),
    .holes = (const OhmRange *) (void *) holes->data,
    .n_holes = holes->len,
    .refused = refused,
  };

  return ohm_merge (host->plan, classes, &rules);
}

OhmRequestList *
ohm_poll_merge (OhmMeterHost *host, guint classes)
{
  return ohm_poll_merge_rest (host, classes, /* without */ NULL);
}

static void
ohm_poll_push_list (OhmPoll *self, OhmRequestList *list)
{
  for (guint i = list->n_requests; i-- > 0;)
    {
      OhmPollStep step = { list, &list->requests[i] };

      g_array_append_val (self->steps, step);
    }
}

/* A reading has room for the times of 255 requests; what is read after that has the last one's. */
static void
ohm_poll_begin_request (OhmPoll *self, gint64 time_us)
{
  if (self->times_left == 0)
    return;
  self->times_left--;
  ohm_reading_builder_begin_request (self->builder, time_us);
}

/* What is absent was asked for in vain, so to say, with the last request. */
static OhmReading *
ohm_poll_end_reading (OhmPoll *self)
{
  if (self->host->absent != NULL && self->n_answered > 0)
    {
      ohm_poll_begin_request (self, self->answered_us);
      ohm_absent_mark (self->host->plan, self->classes, self->builder);
    }
  return ohm_reading_builder_end (g_steal_pointer (&self->builder));
}

static gint64
ohm_poll_now_us (OhmPoll *self)
{
  return ohm_clock_get_wall_us (self->host->clock);
}

/* Long requests were refused, and all that they ask for was answered in shorter ones: it was the
 * length. */
static void
ohm_poll_learn_length (OhmPoll *self)
{
  if (self->shortest == G_MAXUINT || self->longest >= self->shortest || self->longest == 0 ||
      self->has_refused_entry || self->n_failed > 0)
    return;
  ohm_learned_set_length (self->host->learned, self->longest, ohm_poll_now_us (self));
  ohm_poll_forget_list (self->host);
  self->keeps_list = FALSE;
}

/* Whether it is no lack that nothing else came: of slow values or a slot nothing is left that the
 * device has. */
static gboolean
ohm_poll_is_enough (OhmPoll *self)
{
  gboolean is_minor = self->kind == OHM_POLL_SLOW || self->kind == OHM_POLL_SLOT;

  return self->n_values > 0 || self->is_proved || (is_minor && self->has_learned);
}

static void
ohm_poll_end (OhmPoll *self, const GError *error)
{
  OhmMeterHost *host = self->host;
  g_autoptr (OhmReading) reading = ohm_poll_end_reading (self);
  gboolean has_learned = self->has_learned;
  OhmPollResult result = {
    .kind = self->kind,
    .classes = self->classes,
    .reading = self->n_answered > 0 ? reading : NULL,
    .error = error,
    .is_partial = self->n_failed > 0 || !ohm_poll_is_enough (self),
    .has_values = self->n_values > 0,
    .is_proved = self->is_proved,
    .exception = self->exception,
    .lost = (const guint *) (void *) self->lost->data,
    .n_lost = self->lost->len,
  };

  ohm_poll_learn_length (self);
  if (self->has_refused_entry)
    ohm_meter_host_note_refused (host);
  self->is_running = FALSE;
  g_array_set_size (self->steps, 0);
  if (self->keeps_list)
    host->live = g_steal_pointer (&self->list);
  g_clear_pointer (&self->list, ohm_request_list_free);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
  /* From here on the poll may be gone: whoever hears of it may stop the meter. */
  ohm_meter_host_poll_ended (host, &result);
  if (has_learned && host->listener.learned != NULL)
    host->listener.learned (host, host->listener.user_data);
}

/* What got no answer is missing in the reading; without a time, so that last values stay. */
static void
ohm_poll_mark_missing (OhmPoll *self, const OhmPollStep *step, gint64 time_us)
{
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (self->host->plan, &n);

  ohm_poll_begin_request (self, time_us);
  for (guint i = 0; i < step->request->n; i++)
    {
      const OhmEntry *entry = &entries[step->list->entries[step->request->first + i]];

      ohm_reading_builder_set_quality (self->builder, entry->point, OHM_QUALITY_MISSING);
    }
}

/* Entries that should have come; what was learned to be refused should not. */
static void
ohm_poll_lose (OhmPoll *self, const OhmPollStep *step)
{
  self->n_failed++;
  for (guint i = 0; i < step->request->n; i++)
    {
      guint entry = step->list->entries[step->request->first + i];

      g_array_append_val (self->lost, entry);
    }
}

/* Nothing more is asked in this poll. */
static void
ohm_poll_fail (OhmPoll *self, const OhmPollStep *step, const GError *error)
{
  ohm_poll_lose (self, step);
  for (guint i = self->steps->len; i-- > 0;)
    ohm_poll_lose (self, &g_array_index (self->steps, OhmPollStep, i));
  ohm_poll_mark_missing (self, step, 0);
  ohm_poll_end (self, error);
}

static gboolean
ohm_poll_has_raw (OhmPoll *self, const OhmPollStep *step)
{
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (self->host->plan, &n);

  for (guint i = 0; i < step->request->n; i++)
    if (entries[step->list->entries[step->request->first + i]].flags & OHM_ENTRY_RAW)
      return TRUE;
  return FALSE;
}

/* It need not be read again for this slot. */
static void
ohm_poll_note_came (OhmPoll *self, const OhmPollStep *step)
{
  OhmMeterHost *host = self->host;
  guint n;

  if (self->kind != OHM_POLL_SLOT)
    return;
  ohm_plan_get_entries (host->plan, &n);
  if (host->slot_came == NULL)
    host->slot_came = g_new0 (guint8, n);
  for (guint i = 0; i < step->request->n; i++)
    host->slot_came[step->list->entries[step->request->first + i]] = 1;
}

/* The request can be a witness. One that was refused and is not any more was no hole. */
static void
ohm_poll_note_values (OhmPoll *self, const OhmMerged *request)
{
  OhmMeterHost *host = self->host;

  if (self->doubt == OHM_DOUBT_WITNESSED || self->doubt == OHM_DOUBT_DENIED)
    self->doubt = OHM_DOUBT_NONE;
  host->probe_due_us = 0;
  host->probe_wait_us = 0;
  if (!request->is_stateful)
    host->witness = (OhmMerged){
      .function = request->function,
      .address = request->address,
      .count = request->count,
    };
}

static void
ohm_poll_take_values (OhmPoll *self, const OhmPollStep *step, const OhmReply *reply)
{
  g_autoptr (GError) error = NULL;

  self->n_answered++;
  self->n_values++;
  self->longest = MAX (self->longest, step->request->count);
  ohm_poll_note_values (self, step->request);
  ohm_poll_begin_request (self, reply->time_us);
  ohm_decode_reply (self->host->plan, step->list, step->request, reply, self->builder);
  if (ohm_poll_has_raw (self, step) &&
      !ohm_meter_decode (self->host->meter, reply, self->builder, &error))
    {
      ohm_poll_lose (self, step);
      g_debug ("meter '%s': %s", self->host->id, error->message);
      return;
    }
  ohm_poll_note_came (self, step);
}

static void
ohm_poll_learn_entry (OhmPoll *self, const OhmPollStep *step, guint8 exception)
{
  const OhmRange range = {
    .function = step->request->function,
    .first = step->request->address,
    .last = (guint16) (step->request->address + step->request->count - 1),
  };

  ohm_learned_add_refused (self->host->learned, &range, exception, ohm_poll_now_us (self));
  self->has_refused_entry = TRUE;
}

/* @gap: what its parts were split at; of no function if they adjoin */
static void
ohm_poll_learn (OhmPoll *self, const OhmPollStep *step, const OhmRange *gap, guint8 exception)
{
  self->has_learned = TRUE;
  if (step->request->n < 2)
    ohm_poll_learn_entry (self, step, exception);
  else if (gap->function != 0)
    ohm_learned_add_hole (self->host->learned, gap, ohm_poll_now_us (self));
  else
    self->shortest = MIN (self->shortest, step->request->count);
}

static void
ohm_poll_split (OhmPoll *self, const OhmPollStep *step, const OhmReply *reply)
{
  OhmRange gap = { 0 };
  OhmRequestList *parts = ohm_merge_split (self->host->plan, step->list, step->request, &gap);

  ohm_poll_forget_list (self->host);
  self->splits_left--;
  if (self->doubt == OHM_DOUBT_GONE)
    ohm_poll_learn (self, step, &gap, reply->exception);
  else
    self->host->learning_kinds |= 1u << self->kind;
  if (parts == NULL)
    {
      ohm_poll_mark_missing (self, step, reply->time_us);
      return;
    }
  if (self->parts == NULL)
    self->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_request_list_free);
  g_ptr_array_add (self->parts, parts);
  ohm_poll_push_list (self, parts);
}

/* Another request that the device is known to answer is asked, and the refused one behind it.
 * Returns: whether there is one */
static gboolean
ohm_poll_ask_witness (OhmPoll *self, const OhmPollStep *step)
{
  OhmMeterHost *host = self->host;
  OhmPollStep witness = { NULL, &self->witness };

  self->witness = host->proof.answer != NULL ? host->proof.request : host->witness;
  if (self->witness.count == 0 || (self->witness.function == step->request->function &&
                                   self->witness.address == step->request->address &&
                                   self->witness.count == step->request->count))
    return FALSE;
  self->doubt = OHM_DOUBT_ASKED;
  g_array_append_val (self->steps, *step);
  g_array_append_val (self->steps, witness);
  return TRUE;
}

/* Only where it cannot be asked for its serial, and not all the time: most often it refuses
 * everything. */
static gboolean
ohm_poll_may_probe (OhmPoll *self)
{
  OhmMeterHost *host = self->host;
  gint64 now_us = ohm_meter_host_now (host);

  if (host->proof.answer != NULL || now_us < host->probe_due_us)
    return FALSE;
  host->probe_wait_us = CLAMP (2 * host->probe_wait_us, PROBE_US, PROBE_US_MAX);
  host->probe_due_us = now_us + host->probe_wait_us;
  self->doubt = OHM_DOUBT_PROBING;
  return TRUE;
}

static gboolean
ohm_poll_may_split (OhmPoll *self)
{
  if (self->doubt == OHM_DOUBT_WITNESSED)
    self->doubt = OHM_DOUBT_GONE;
  return self->doubt == OHM_DOUBT_GONE || self->doubt == OHM_DOUBT_PROBING ||
         ohm_poll_may_probe (self);
}

static void
ohm_poll_take_exception (OhmPoll *self, const OhmPollStep *step, const OhmReply *reply)
{
  gboolean is_hole = (reply->exception == 2 || reply->exception == 3) &&
                     !step->request->is_stateful;

  self->n_answered++;
  self->exception = reply->exception;
  if (is_hole && self->splits_left > 0)
    {
      if (self->doubt == OHM_DOUBT_NONE && ohm_poll_ask_witness (self, step))
        return;
      if (ohm_poll_may_split (self))
        {
          ohm_poll_split (self, step, reply);
          return;
        }
    }
  /* Without room for the answers of its parts, or a witness, it is split by the next poll. */
  if (is_hole)
    self->host->learning_kinds |= 1u << self->kind;
  ohm_poll_lose (self, step);
  ohm_poll_mark_missing (self, step, reply->time_us);
}

/* What the registers mean has changed: nothing of this poll can be believed, and a survey finds out
 * what they mean now. A guard that is refused says nothing. */
static gboolean
ohm_poll_passes_guard (OhmPoll *self, const OhmReply *reply)
{
  OhmMeterHost *host = self->host;
  g_autoptr (GError) error = NULL;

  if (reply->exception != 0 || ohm_meter_check (host->meter, reply))
    return TRUE;
  ohm_message_set_error (&error, OHM_ERROR_BUSY, ohm_message_new ("device-changed", NULL),
                         "meter '%s': the device has changed, it is surveyed anew", host->id);
  self->n_answered = 0;
  ohm_meter_host_survey (host);
  ohm_poll_end (self, error);
  return FALSE;
}

/* What was read may be of another device: none of it can be believed. */
static void
ohm_poll_deny (OhmPoll *self)
{
  g_autoptr (GError) error = NULL;

  ohm_message_set_error (&error, OHM_ERROR_BUSY, ohm_message_new ("identity-changed", NULL),
                         "meter '%s': another device answers", self->host->id);
  self->n_answered = 0;
  ohm_meter_host_deny (self->host);
  ohm_poll_end (self, error);
}

/* Before others, so that what earlier reads brought is proved even if these never bring the rest;
 * after others, for what they have brought. A device that is busy proves nothing yet. */
static void
ohm_poll_take_proof (OhmPoll *self, const OhmReply *reply)
{
  OhmMeterHost *host = self->host;

  if (reply->exception > 3)
    {
      self->n_failed++;
      self->exception = reply->exception;
    }
  else if (!ohm_proof_fits (&host->proof, reply))
    {
      ohm_poll_deny (self);
      return;
    }
  else if (self->steps->len > 0)
    {
      ohm_meter_host_tell_proof (host, /* is_right */ TRUE);
    }
  else
    {
      self->is_proved = TRUE;
    }
  ohm_poll_next (self);
}

static void
ohm_poll_count_jitter (OhmPoll *self)
{
  gint64 late_us = MAX (1, self->exchange.sent_us - self->due_us);
  guint bucket = g_bit_storage ((gulong) late_us);

  self->is_counted = TRUE;
  self->host->jitter[MIN (bucket, OHM_JITTER_BUCKETS - 1)]++;
}

static void
ohm_poll_on_exchanged (OhmLinkExchange *exchange, const OhmReply *reply, const GError *error)
{
  OhmPoll *self = exchange->user_data;
  g_autoptr (OhmMeterHost) host = g_object_ref (self->host);
  OhmPollStep step = g_array_index (self->steps, OhmPollStep, self->steps->len - 1);

  g_array_set_size (self->steps, self->steps->len - 1);
  if (reply == NULL)
    {
      ohm_poll_fail (self, &step, error);
      return;
    }
  self->answered_us = reply->time_us;
  if (!self->is_counted && self->kind == OHM_POLL_LIVE)
    ohm_poll_count_jitter (self);
  if (reply->exception == 0x0A || reply->exception == 0x0B)
    {
      g_autoptr (GError) no_path = ohm_meter_host_exception_error (host, reply);

      ohm_poll_fail (self, &step, no_path);
      return;
    }
  if (step.request == &host->proof.request)
    {
      ohm_poll_take_proof (self, reply);
      return;
    }
  if (step.request == &self->witness)
    {
      self->doubt = reply->exception == 0 ? OHM_DOUBT_WITNESSED : OHM_DOUBT_DENIED;
      ohm_poll_next (self);
      return;
    }
  if (step.list == NULL && !ohm_poll_passes_guard (self, reply))
    return;
  if (step.list == NULL)
    g_debug ("meter '%s': the device is as it was", host->id);
  else if (reply->exception != 0)
    ohm_poll_take_exception (self, &step, reply);
  else
    ohm_poll_take_values (self, &step, reply);
  ohm_poll_next (self);
}

static void
ohm_poll_push_proof (OhmPoll *self)
{
  OhmPollStep step = { NULL, &self->host->proof.request };

  if (self->host->proof.answer != NULL)
    g_array_append_val (self->steps, step);
}

/* The serial tells whose values these are. */
static void
ohm_poll_finish_steps (OhmPoll *self)
{
  if (self->kind != OHM_POLL_SLOT || self->has_asked_proof || self->steps->len > 0)
    return;
  self->has_asked_proof = TRUE;
  ohm_poll_push_proof (self);
}

static void
ohm_poll_next (OhmPoll *self)
{
  const OhmLimits *limits = ohm_profile_get_limits (self->host->profile);
  OhmLinkExchange *exchange = &self->exchange;
  const OhmPollStep *step;

  ohm_poll_finish_steps (self);
  if (self->steps->len == 0)
    {
      ohm_poll_end (self, /* error */ NULL);
      return;
    }
  step = &g_array_index (self->steps, OhmPollStep, self->steps->len - 1);
  exchange->request.unit = self->host->unit;
  exchange->request.function = step->request->function;
  exchange->request.address = step->request->address;
  exchange->request.count = step->request->count;
  exchange->priority = priorities[self->kind];
  exchange->quirks = limits->quirks;
  exchange->timeout_us = limits->timeout_us;
  exchange->pause_us = limits->pause_us;
  exchange->connect_pause_us = limits->connect_pause_us;
  exchange->outstanding = limits->outstanding_max;
  exchange->is_once = step->request->is_stateful;
  ohm_link_submit (self->host->link, exchange);
}

static OhmPoll *
ohm_poll_ensure (OhmMeterHost *host, OhmPollKind kind)
{
  OhmPoll *self = host->polls[kind];

  if (self != NULL)
    return self;
  self = g_new0 (OhmPoll, 1);
  self->host = host;
  self->kind = kind;
  self->steps = g_array_new (FALSE, FALSE, sizeof (OhmPollStep));
  self->lost = g_array_new (FALSE, FALSE, sizeof (guint));
  self->guards = g_array_new (FALSE, FALSE, sizeof (OhmMerged));
  self->exchange.func = ohm_poll_on_exchanged;
  self->exchange.user_data = self;
  host->polls[kind] = self;
  return self;
}

static void
ohm_poll_free (OhmPoll *self)
{
  g_clear_pointer (&self->builder, ohm_reading_builder_free);
  g_clear_pointer (&self->list, ohm_request_list_free);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
  g_array_unref (self->steps);
  g_array_unref (self->lost);
  g_array_unref (self->guards);
  g_free (self);
}

void
ohm_poll_forget_list (OhmMeterHost *host)
{
  g_clear_pointer (&host->live, ohm_request_list_free);
  if (host->polls[OHM_POLL_LIVE] != NULL)
    host->polls[OHM_POLL_LIVE]->keeps_list = FALSE;
}

/* The list for live values is kept from poll to poll: it is the one that is read all day. For a
 * slot only what an earlier read of it did not bring is asked again. */
static OhmRequestList *
ohm_poll_take_list (OhmPoll *self, guint classes)
{
  self->keeps_list = self->kind == OHM_POLL_LIVE && classes == OHM_READ_LIVE;
  if (self->keeps_list && self->host->live != NULL)
    return g_steal_pointer (&self->host->live);
  return ohm_poll_merge_rest (self->host, classes,
                              self->kind == OHM_POLL_SLOT ? self->host->slot_came : NULL);
}

GArray *
ohm_poll_list_guards (OhmMeterHost *host)
{
  guint n;
  const OhmGuard *guards = ohm_plan_get_guards (host->plan, &n);
  GArray *list = g_array_new (FALSE, FALSE, sizeof (OhmMerged));

  for (guint i = 0; i < n; i++)
    {
      OhmMerged request = {
        .function = guards[i].function != 0 ? guards[i].function : ohm_poll_function (host),
        .address = guards[i].address,
        .count = guards[i].count,
      };

      g_array_append_val (list, request);
    }
  return list;
}

/* Counters are kept: they are read only from a device that is the one that facts describe. */
static void
ohm_poll_push_guards (OhmPoll *self)
{
  g_array_unref (self->guards);
  self->guards = ohm_poll_list_guards (self->host);
  for (guint i = self->guards->len; i-- > 0;)
    {
      OhmPollStep step = { NULL, &g_array_index (self->guards, OhmMerged, i) };

      g_array_append_val (self->steps, step);
    }
}

void
ohm_poll_start (OhmMeterHost *host, OhmPollKind kind, guint classes, gint64 due_us)
{
  OhmPoll *self = ohm_poll_ensure (host, kind);

  g_return_if_fail (!self->is_running && host->plan != NULL);

  self->list = ohm_poll_take_list (self, classes);
  self->splits_left = host->learning_kinds & (1u << kind) ? SPLITS_MAX : 0;
  self->times_left = self->list->n_requests + self->splits_left + (host->absent != NULL ? 1 : 0);
  self->times_left = MIN (self->times_left, OHM_READING_REQUESTS_MAX);
  host->learning_kinds &= ~(1u << kind);
  self->is_running = TRUE;
  self->is_counted = FALSE;
  self->due_us = due_us;
  self->doubt = OHM_DOUBT_NONE;
  self->has_learned = FALSE;
  self->longest = 0;
  self->shortest = G_MAXUINT;
  self->has_refused_entry = FALSE;
  self->has_asked_proof = FALSE;
  self->is_proved = FALSE;
  self->classes = classes;
  self->n_failed = 0;
  self->n_answered = 0;
  self->n_values = 0;
  self->exception = 0;
  g_array_set_size (self->lost, 0);
  self->builder = ohm_reading_builder_new (host->id, ohm_plan_get_points (host->plan), classes,
                                           self->times_left);
  ohm_poll_push_list (self, self->list);
  if ((classes & (OHM_READ_SLOW | OHM_READ_SLOT)) != 0 && self->list->n_requests > 0)
    ohm_poll_push_guards (self);
  if (kind == OHM_POLL_SLOT && host->slot_misses >= MISSES_MAX && self->list->n_requests > 0)
    ohm_poll_push_proof (self);
  ohm_poll_next (self);
}

gboolean
ohm_poll_is_running (OhmMeterHost *host, OhmPollKind kind)
{
  return host->polls[kind] != NULL && host->polls[kind]->is_running;
}

void
ohm_poll_stop_all (OhmMeterHost *host)
{
  for (guint i = 0; i < OHM_N_POLL_KINDS; i++)
    {
      OhmPoll *self = host->polls[i];

      if (self == NULL)
        continue;
      if (self->is_running && host->link != NULL)
        ohm_link_withdraw (host->link, &self->exchange);
      host->polls[i] = NULL;
      ohm_poll_free (self);
    }
}
