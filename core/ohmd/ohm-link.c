/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One flight at a time: the link picks the next exchange by class, and within a class goes round
 * the units. Two other shapes were weighed: a queue per meter with a lock on the line (fair only by
 * accident, and a slot read would wait behind a live one), and one global list sorted by due time
 * (a silent unit's exchanges would be spread all over it). A ring of units per class needs neither
 * sorting nor locks, and a silent unit is one flag.
 *
 * Silent units (design 4.3): after a failure a unit backs off in steps. A probe of a silent unit is
 * paid from a budget that fills with 5 % of the time, so that all probes together never take
 * more of the link. A mute unit is probed with a short time-out learned from the link's own
 * answers: if it does answer late, the next answer of a healthy unit is awaited with the full
 * time-out, and nothing is blamed on it. A gateway that holds the line for its own time-out and
 * then answers 0x0A or 0x0B is waited for, since the line is busy anyway.
 */

#include "ohm-link.h"

#include "ohm-log.h"
#include "ohm-slot.h"
#include "ohm-unit.h"

#define MS G_GINT64_CONSTANT (1000)

/* Longest wait for an answer where neither profile nor link say: above the 1 s that many gateways
 * wait for their own serial units (reference/tech.md 1: field values 120 to 1000 ms). */
#define TIMEOUT_US      (1500 * MS)
#define OPEN_TIMEOUT_US (5000 * MS)

/* A probe of a mute unit waits eight times the worst answer seen on the link, within these bounds.
 */
#define PROBE_FACTOR    8
#define PROBE_MIN_US    (200 * MS)
#define PROBE_FULL_EACH 4

/* A unit that answers is given up after twenty times the worst answer, but not before this. */
#define ANSWER_FACTOR 20
#define ANSWER_MIN_US (500 * MS)

/* An answer right after a silent unit is prompt within four times the usual. */
#define PROMPT_FACTOR 4
#define PROMPT_MIN_US (50 * MS)

/* Share of the link that probes of silent units may take, and how much may be saved up. */
#define PROBE_SHARE        20
#define PROBE_SAVED_MAX_US (1000 * MS)

/* Time-outs in a row, with nothing received, after which the connection itself is doubted. */
#define DEAF_MAX 3

/* Live polls wait this long after a boundary, so that slot reads are in the queue first. */
#define BOUNDARY_GRACE_US (20 * MS)

/* Seconds that the load is measured over. */
#define LOAD_SECONDS 10

static const guint reconnect_steps[] = { 1, 2, 4, 8, 15, 30 };

typedef enum
{
  OHM_LINK_IDLE,    /* closed; opens as soon as there is a unit */
  OHM_LINK_OPENING, /* the transport is opening */
  OHM_LINK_OPEN,
  OHM_LINK_WAITING, /* down until the next try */
} OhmLinkPhase;

struct _OhmLink
{
  GObject parent_instance;

  char *id;                /* (owned) */
  char *transport_id;      /* (owned) */
  OhmTransport *transport; /* (owned) */
  OhmSettings *settings;   /* (owned) */
  OhmBus *bus;             /* (owned) */
  OhmClock *clock;         /* (owned) */
  OhmWatch *timer;         /* (owned) */

  OhmLinkPhase phase;
  OhmState state;
  guint attempts;      /* failed ones in a row */
  gint64 retry_us;     /* next try to open, monotonic */
  gboolean has_answer; /* since the connection was opened */
  guint deaf;          /* time-outs in a row */
  gboolean is_prompt;  /* answers come at once after a silent unit: the line is not held */

  OhmUnit *units[256];           /* (owned) (nullable) */
  guint n_units;                 /* with users */
  GQueue ring[OHM_N_PRIORITIES]; /* (element-type OhmUnit) with work, linked through `ring` */
  GQueue bounced;                /* (element-type OhmLinkExchange): end without having been sent */

  OhmLinkExchange *flight; /* (not owned) (nullable): withdrawn while in flight */
  OhmUnit *flight_unit;
  gint64 flight_start_us;
  gint64 flight_timeout_us;
  gboolean is_flying;
  gint64 free_us; /* end of the last flight */

  gint64 worst_latency_us;
  gint64 probe_saved_us;
  gint64 probe_filled_us; /* when the budget was last filled */

  gint64 busy_us[LOAD_SECONDS];
  gint64 busy_second;
  guint64 missed;
  gint64 missed_us; /* when the last poll was missed, monotonic */
};

G_DEFINE_FINAL_TYPE (OhmLink, ohm_link, G_TYPE_OBJECT)

static void ohm_link_dispatch (OhmLink *self);

static gint64
ohm_link_now (OhmLink *self)
{
  return ohm_clock_get_mono_us (self->clock);
}

static void
ohm_link_wake_at (OhmLink *self, gint64 mono_us)
{
  gint64 deadline_us = ohm_watch_get_deadline (self->timer);

  if (deadline_us < 0 || mono_us < deadline_us)
    ohm_watch_set_deadline (self->timer, mono_us);
}

static void
ohm_link_set_state (OhmLink *self, OhmStateCode code, OhmMessage *cause)
{
  g_autoptr (OhmChange) change = NULL;

  if (!ohm_state_set (&self->state, code, cause, ohm_clock_get_wall_us (self->clock)))
    return;
  change = ohm_change_new (self->id, FALSE);
  ohm_bus_emit_link_changed (self->bus, change);
}

/* --- load --- */

static void
ohm_link_turn_load (OhmLink *self, gint64 second)
{
  if (second - self->busy_second >= LOAD_SECONDS)
    self->busy_second = second - LOAD_SECONDS;
  while (self->busy_second < second)
    self->busy_us[++self->busy_second % LOAD_SECONDS] = 0;
}

static void
ohm_link_count_busy (OhmLink *self, gint64 from_us, gint64 to_us)
{
  ohm_link_turn_load (self, to_us / G_USEC_PER_SEC);
  self->busy_us[self->busy_second % LOAD_SECONDS] += to_us - from_us;
}

double
ohm_link_get_load (OhmLink *self)
{
  gint64 sum_us = 0;

  ohm_link_turn_load (self, ohm_link_now (self) / G_USEC_PER_SEC);
  for (guint i = 0; i < LOAD_SECONDS; i++)
    sum_us += self->busy_us[i];
  return MIN (1.0, (double) sum_us / (LOAD_SECONDS * G_USEC_PER_SEC));
}

/* --- the budget for probes --- */

static void
ohm_link_fill_budget (OhmLink *self, gint64 now_us)
{
  self->probe_saved_us = MIN (PROBE_SAVED_MAX_US, self->probe_saved_us +
                                                    (now_us - self->probe_filled_us) / PROBE_SHARE);
  self->probe_filled_us = now_us;
}

static gint64
ohm_link_full_timeout (const OhmLinkExchange *exchange)
{
  return exchange->timeout_us > 0 ? exchange->timeout_us : TIMEOUT_US;
}

/* How long to wait: what the link's answers teach, between a floor and what link or profile say. */
static gint64
ohm_link_flight_timeout (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange)
{
  gint64 full_us = ohm_link_full_timeout (exchange);
  gint64 worst_us = MAX (self->worst_latency_us, unit->worst_latency_us);
  gboolean is_probe = unit->trouble == OHM_UNIT_MUTE || unit->latency_us == 0;

  /* Nothing learned yet; or the gateway may still be busy with the silent unit asked before; or
   * now and then, so that a unit that is slower than all others is heard again. */
  if (self->worst_latency_us == 0 || (self->deaf > 0 && !self->is_prompt && unit->level == 0) ||
      unit->trouble == OHM_UNIT_NO_PATH ||
      (unit->latency_us == 0 && unit->level > 0 && unit->level % PROBE_FULL_EACH == 0))
    return full_us;
  if (is_probe)
    return CLAMP (PROBE_FACTOR * worst_us, MIN (PROBE_MIN_US, full_us), full_us);
  return CLAMP (ANSWER_FACTOR * worst_us, MIN (ANSWER_MIN_US, full_us), full_us);
}

/* What a probe of a silent unit will take of the link. */
static gint64
ohm_link_probe_cost (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange)
{
  return unit->trouble == OHM_UNIT_NO_PATH ? unit->cost_us
                                           : ohm_link_flight_timeout (self, unit, exchange);
}

/* A link with one unit disturbs nobody by probing it. What costs more than can be saved up is paid
 * off afterwards. */
static gboolean
ohm_link_can_pay (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange)
{
  gint64 cost_us = ohm_link_probe_cost (self, unit, exchange);

  return self->n_units <= 1 || self->probe_saved_us >= MIN (cost_us, PROBE_SAVED_MAX_US);
}

/* --- queues --- */

static void
ohm_link_enter_ring (OhmLink *self, OhmUnit *unit, OhmPriority priority)
{
  if (unit->is_in_ring[priority] || unit->pending[priority].length == 0)
    return;
  g_queue_push_tail_link (&self->ring[priority], &unit->ring[priority]);
  unit->is_in_ring[priority] = TRUE;
}

static void
ohm_link_leave_ring (OhmLink *self, OhmUnit *unit, OhmPriority priority)
{
  if (!unit->is_in_ring[priority])
    return;
  g_queue_unlink (&self->ring[priority], &unit->ring[priority]);
  unit->is_in_ring[priority] = FALSE;
}

static void
ohm_link_bounce (OhmLink *self, OhmLinkExchange *exchange)
{
  exchange->is_queued = TRUE;
  exchange->node.data = exchange;
  exchange->unit = NULL;
  g_queue_push_tail_link (&self->bounced, &exchange->node);
  ohm_link_wake_at (self, ohm_link_now (self));
}

static void
ohm_link_end_bounced (OhmLink *self, const GError *error)
{
  guint n = self->bounced.length;

  /* An exchange that is submitted again from its func waits for the next turn. */
  while (n-- > 0 && self->bounced.length > 0)
    {
      OhmLinkExchange *exchange = g_queue_pop_head_link (&self->bounced)->data;

      exchange->is_queued = FALSE;
      exchange->func (exchange, /* reply */ NULL, error);
    }
}

static void
ohm_link_bounce_unit (OhmLink *self, OhmUnit *unit)
{
  for (guint p = 0; p < OHM_N_PRIORITIES; p++)
    {
      OhmLinkExchange *exchange;

      while ((exchange = ohm_unit_pop (unit, p)) != NULL)
        ohm_link_bounce (self, exchange);
      ohm_link_leave_ring (self, unit, p);
    }
}

static void
ohm_link_bounce_all (OhmLink *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->units); i++)
    if (self->units[i] != NULL)
      ohm_link_bounce_unit (self, self->units[i]);
}

static void
ohm_link_deliver_bounced (OhmLink *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (self->bounced.length == 0)
    return;
  if (self->phase != OHM_LINK_WAITING)
    {
      g_set_error (&error, OHM_ERROR, OHM_ERROR_BUSY,
                   "link '%s': the unit is silent and not asked now", self->id);
    }
  else
    {
      text = self->state.cause != NULL ? ohm_message_dup_text (self->state.cause) : NULL;
      g_set_error (&error, OHM_ERROR, OHM_ERROR_LINK, "link '%s': %s", self->id,
                   text != NULL ? text : "is down");
    }
  ohm_link_end_bounced (self, error);
}

/* --- opening --- */

static void
ohm_link_go_down (OhmLink *self, const GError *error)
{
  g_autoptr (OhmMessage) cause = ohm_message_new_from_error (error);
  guint step = MIN (self->attempts, G_N_ELEMENTS (reconnect_steps) - 1);
  gint64 pause_us = (gint64) reconnect_steps[step] * G_USEC_PER_SEC;

  /* A tenth of spread, so that a building full of links does not knock at the same moment. */
  pause_us += pause_us / 10 * (g_str_hash (self->id) % 100) / 100;
  if (self->attempts == 0)
    ohm_log_warning ("link", self->id, "link '%s' is down: %s, retrying in %u s", self->id,
                     error->message, reconnect_steps[step]);
  self->attempts++;
  self->phase = OHM_LINK_WAITING;
  self->retry_us = ohm_link_now (self) + pause_us;
  self->state.next_attempt_us = ohm_clock_get_wall_us (self->clock) + pause_us;
  ohm_link_set_state (self, OHM_STATE_DOWN, cause);
  ohm_link_bounce_all (self);
  ohm_link_wake_at (self, self->retry_us);
}

/* A link that was down is up once something has come through or a unit was merely silent: what
 * accepts connections but speaks something else would go up and down for ever. */
static void
ohm_link_prove_up (OhmLink *self)
{
  if (self->attempts > 0)
    ohm_log_message ("link", self->id, "link '%s' is up again after %u attempts", self->id,
                     self->attempts);
  self->attempts = 0;
  self->state.next_attempt_us = 0;
  if (self->state.code != OHM_STATE_OVERLOADED)
    ohm_link_set_state (self, OHM_STATE_UP, /* cause */ NULL);
}

static void
ohm_link_on_opened (OhmTransport *transport, const GError *error, gpointer user_data)
{
  OhmLink *self = user_data;

  if (error != NULL)
    {
      ohm_link_go_down (self, error);
      return;
    }
  self->phase = OHM_LINK_OPEN;
  self->has_answer = FALSE;
  self->deaf = 0;
  self->free_us = ohm_link_now (self);
  if (self->attempts == 0)
    ohm_link_prove_up (self);
  ohm_link_wake_at (self, self->free_us);
}

static void
ohm_link_open (OhmLink *self)
{
  self->phase = OHM_LINK_OPENING;
  if (self->attempts == 0)
    ohm_link_set_state (self, OHM_STATE_CONNECTING, /* cause */ NULL);
  ohm_transport_open (self->transport, ohm_link_now (self) + OPEN_TIMEOUT_US, ohm_link_on_opened,
                      self);
}

/* A connection that has answered is opened again at once; one that never did, after a pause. */
static void
ohm_link_lose (OhmLink *self, const GError *error)
{
  ohm_transport_close (self->transport);
  if (!self->has_answer)
    {
      ohm_link_go_down (self, error);
      return;
    }
  self->attempts = 0;
  self->phase = OHM_LINK_IDLE;
  ohm_link_wake_at (self, ohm_link_now (self));
}

void
ohm_link_reconnect (OhmLink *self)
{
  g_return_if_fail (OHM_IS_LINK (self));

  if (self->phase == OHM_LINK_WAITING)
    self->retry_us = ohm_link_now (self);
  else if (self->phase == OHM_LINK_OPEN && !self->is_flying)
    {
      ohm_transport_close (self->transport);
      self->phase = OHM_LINK_IDLE;
    }
  ohm_link_wake_at (self, ohm_link_now (self));
}

static void
ohm_link_on_closed (OhmTransport *transport, const GError *error, gpointer user_data)
{
  OhmLink *self = user_data;

  if (self->phase == OHM_LINK_OPEN && !self->is_flying)
    ohm_link_lose (self, error);
}

static void
ohm_link_on_pushed (OhmTransport *transport, const OhmReply *reply, gpointer user_data)
{
  OhmLink *self = user_data;
  OhmUnit *unit = self->units[reply->unit];

  self->has_answer = TRUE;
  ohm_link_prove_up (self);
  if (unit != NULL && unit->listener != NULL)
    unit->listener (self, reply, unit->listener_data);
}

/* --- flights --- */

static gboolean
ohm_link_is_no_path (const OhmReply *reply)
{
  /* Gateway path unavailable, gateway target failed to respond: the unit's silence. */
  return reply->exception == 0x0A || reply->exception == 0x0B;
}

static void
ohm_link_note_answer (OhmLink *self, OhmUnit *unit, const OhmReply *reply)
{
  gint64 worst_us = self->worst_latency_us - self->worst_latency_us / 200;

  if (self->deaf > 0)
    self->is_prompt = reply->round_trip_us <= MAX (PROMPT_FACTOR * unit->latency_us, PROMPT_MIN_US);
  self->worst_latency_us = MAX (reply->round_trip_us, worst_us);
  ohm_unit_note_answer (unit, reply->round_trip_us);
}

static void
ohm_link_note_silence (OhmLink *self, OhmUnit *unit, OhmUnitTrouble trouble, gint64 now_us)
{
  gint64 cost_us = now_us - self->flight_start_us;

  if (trouble == OHM_UNIT_NO_PATH)
    self->is_prompt = FALSE;
  if (unit->level > 0)
    self->probe_saved_us -= cost_us;
  ohm_unit_note_silence (unit, trouble, cost_us, now_us);
  ohm_link_bounce_unit (self, unit);
}

static void
ohm_link_learn (OhmLink *self, OhmUnit *unit, const OhmReply *reply, const GError *error)
{
  gint64 now_us = ohm_link_now (self);

  if (reply != NULL)
    {
      self->has_answer = TRUE;
      ohm_link_prove_up (self);
      if (ohm_link_is_no_path (reply))
        ohm_link_note_silence (self, unit, OHM_UNIT_NO_PATH, now_us);
      else
        ohm_link_note_answer (self, unit, reply);
      self->deaf = 0;
    }
  else if (g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT))
    {
      self->deaf++;
      ohm_link_prove_up (self);
      ohm_link_note_silence (self, unit, OHM_UNIT_MUTE, now_us);
    }
}

/* After the exchange's owner has heard: what does it mean for the connection? */
static void
ohm_link_judge (OhmLink *self, const OhmReply *reply, const GError *error)
{
  if (reply != NULL)
    {
      /* The transport has found surplus bytes behind a good answer and closed itself. */
      if (!ohm_transport_is_open (self->transport))
        self->phase = OHM_LINK_IDLE;
    }
  else if (!g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT))
    {
      ohm_link_lose (self, error);
    }
  else if (self->deaf >= DEAF_MAX && self->n_units > 0)
    {
      /* A connection that brings nothing at all may be half open: try a new one. */
      self->deaf = 0;
      ohm_link_lose (self, error);
    }
}

static void
ohm_link_on_exchanged (OhmTransport *transport,
                       const OhmReply *reply,
                       const GError *error,
                       gpointer user_data)
{
  g_autoptr (OhmLink) self = g_object_ref (user_data);
  OhmLinkExchange *exchange = g_steal_pointer (&self->flight);
  OhmUnit *unit = g_steal_pointer (&self->flight_unit);

  self->is_flying = FALSE;
  self->free_us = ohm_link_now (self);
  ohm_link_count_busy (self, self->flight_start_us, self->free_us);
  ohm_link_learn (self, unit, reply, error);
  ohm_link_judge (self, reply, error);
  if (exchange != NULL)
    {
      exchange->is_in_flight = FALSE;
      exchange->func (exchange, reply, error);
    }
  ohm_link_dispatch (self);
}

static void
ohm_link_fly (OhmLink *self, OhmUnit *unit, OhmLinkExchange *exchange)
{
  OhmTransportOptions options = { .quirks = exchange->quirks };

  self->is_flying = TRUE;
  self->flight = exchange;
  self->flight_unit = unit;
  self->flight_start_us = ohm_link_now (self);
  self->flight_timeout_us = ohm_link_flight_timeout (self, unit, exchange);
  exchange->is_in_flight = TRUE;
  exchange->sent_us = self->flight_start_us;
  unit->requests++;
  ohm_transport_exchange (self->transport, &exchange->request, &options,
                          self->flight_start_us + self->flight_timeout_us, ohm_link_on_exchanged,
                          self);
}

/* Whether @exchange would still run at the next quarter hour (design 4.4). */
static gboolean
ohm_link_must_hold (OhmLink *self,
                    const OhmUnit *unit,
                    const OhmLinkExchange *exchange,
                    gint64 *ret_until_us)
{
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);
  gint64 left_us = ohm_slot_next_us (self->clock) - wall_us;
  gint64 need_us = unit->level > 0 ? ohm_link_probe_cost (self, unit, exchange)
                                   : 2 * ohm_link_estimate_us (self, &exchange->request);

  if (exchange->priority == OHM_PRIORITY_SLOT || need_us < left_us)
    return FALSE;
  *ret_until_us = ohm_link_now (self) + left_us + BOUNDARY_GRACE_US;
  return TRUE;
}

/* After a silent unit one that is known to answer: the others have waited, and its answer tells
 * whether the line is still held. */
static OhmUnit *
ohm_link_find_healthy (OhmLink *self, OhmPriority priority)
{
  for (GList *node = self->ring[priority].head; node != NULL; node = node->next)
    {
      OhmUnit *unit = node->data;

      if (unit->level == 0 && unit->latency_us > 0)
        return unit;
    }
  return NULL;
}

/* The head of a ring that may be sent now. Silent units that cannot be paid for are bounced. */
static OhmUnit *
ohm_link_pick_from (OhmLink *self, OhmPriority priority, gint64 now_us)
{
  OhmUnit *healthy = self->deaf > 0 ? ohm_link_find_healthy (self, priority) : NULL;

  if (healthy != NULL)
    return healthy;
  while (self->ring[priority].length > 0)
    {
      OhmUnit *unit = g_queue_peek_head (&self->ring[priority]);
      OhmLinkExchange *exchange = g_queue_peek_head (&unit->pending[priority]);

      if (unit->level == 0 || priority == OHM_PRIORITY_OPERATOR)
        return unit;
      if (ohm_link_can_pay (self, unit, exchange) &&
          (priority == OHM_PRIORITY_SLOT || !ohm_unit_is_backing_off (unit, now_us)))
        return unit;
      ohm_link_bounce_unit (self, unit);
    }
  return NULL;
}

static OhmUnit *
ohm_link_pick (OhmLink *self, gint64 now_us, OhmPriority *ret_priority)
{
  for (guint p = 0; p < OHM_N_PRIORITIES; p++)
    {
      OhmUnit *unit = ohm_link_pick_from (self, p, now_us);

      if (unit != NULL)
        {
          *ret_priority = p;
          return unit;
        }
    }
  return NULL;
}

static void
ohm_link_start_next (OhmLink *self)
{
  gint64 now_us = ohm_link_now (self);
  OhmPriority priority;
  OhmLinkExchange *exchange;
  gint64 until_us = 0;
  OhmUnit *unit;

  ohm_link_fill_budget (self, now_us);
  unit = ohm_link_pick (self, now_us, &priority);
  if (unit == NULL)
    return;
  exchange = g_queue_peek_head (&unit->pending[priority]);
  if (now_us < self->free_us + exchange->pause_us)
    until_us = self->free_us + exchange->pause_us;
  if (until_us > 0 || ohm_link_must_hold (self, unit, exchange, &until_us))
    {
      ohm_link_wake_at (self, until_us);
      return;
    }
  exchange = ohm_unit_pop (unit, priority);
  ohm_link_leave_ring (self, unit, priority);
  ohm_link_enter_ring (self, unit, priority);
  ohm_link_fly (self, unit, exchange);
}

static void
ohm_link_calm_down (OhmLink *self)
{
  if (self->state.code == OHM_STATE_OVERLOADED &&
      ohm_link_now (self) - self->missed_us > LOAD_SECONDS * G_USEC_PER_SEC)
    ohm_link_set_state (self, OHM_STATE_UP, /* cause */ NULL);
}

static void
ohm_link_dispatch (OhmLink *self)
{
  ohm_link_deliver_bounced (self);
  if (self->phase == OHM_LINK_WAITING && ohm_link_now (self) >= self->retry_us)
    self->phase = OHM_LINK_IDLE;
  if (self->phase == OHM_LINK_IDLE && self->n_units > 0)
    ohm_link_open (self);
  else if (self->phase == OHM_LINK_WAITING)
    ohm_link_wake_at (self, self->retry_us);
  ohm_link_calm_down (self);
  if (self->phase == OHM_LINK_OPEN && !self->is_flying)
    ohm_link_start_next (self);
  /* Picking may have bounced exchanges of silent units. */
  if (self->bounced.length > 0)
    ohm_link_wake_at (self, ohm_link_now (self));
}

static void
ohm_link_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmLink) self = g_object_ref (user_data);

  ohm_link_dispatch (self);
}

/* --- the public part --- */

/* The one gate for writes (design 4.3): what the type's list does not name cannot be sent. */
static gboolean
ohm_link_permits (const OhmLinkExchange *exchange)
{
  const OhmRequest *request = &exchange->request;
  guint64 value = 0;

  if (request->function == 3 || request->function == 4)
    return TRUE;
  for (guint i = 0; i < request->count && i < 4; i++)
    value = value << 16 | request->values[i];
  for (guint i = 0; i < exchange->n_writes; i++)
    {
      const OhmWrite *write = &exchange->writes[i];

      if (write->address == request->address && write->count == request->count &&
          value >= write->min && value <= write->max)
        return TRUE;
    }
  return FALSE;
}

static OhmUnit *
ohm_link_ensure_unit (OhmLink *self, guint8 id)
{
  if (self->units[id] == NULL)
    self->units[id] = ohm_unit_new (self, id);
  return self->units[id];
}

void
ohm_link_submit (OhmLink *self, OhmLinkExchange *exchange)
{
  OhmUnit *unit;

  g_return_if_fail (OHM_IS_LINK (self));
  g_return_if_fail (exchange->func != NULL && !exchange->is_queued && !exchange->is_in_flight);
  g_return_if_fail (ohm_link_permits (exchange));

  if (self->phase == OHM_LINK_WAITING)
    {
      ohm_link_bounce (self, exchange);
      return;
    }
  unit = ohm_link_ensure_unit (self, exchange->request.unit);
  ohm_unit_push (unit, exchange);
  ohm_link_enter_ring (self, unit, exchange->priority);
  if (!self->is_flying && self->phase != OHM_LINK_OPENING)
    ohm_link_wake_at (self, ohm_link_now (self));
}

void
ohm_link_withdraw (OhmLink *self, OhmLinkExchange *exchange)
{
  OhmUnit *unit = exchange->unit;

  g_return_if_fail (OHM_IS_LINK (self));

  if (exchange->is_in_flight)
    {
      exchange->is_in_flight = FALSE;
      self->flight = NULL;
    }
  else if (exchange->is_queued && unit == NULL)
    {
      g_queue_unlink (&self->bounced, &exchange->node);
      exchange->is_queued = FALSE;
    }
  else if (exchange->is_queued)
    {
      ohm_unit_remove (unit, exchange);
      if (unit->pending[exchange->priority].length == 0)
        ohm_link_leave_ring (self, unit, exchange->priority);
    }
}

void
ohm_link_add_unit (OhmLink *self, guint8 unit, OhmLinkListener listener, gpointer user_data)
{
  OhmUnit *entry;

  g_return_if_fail (OHM_IS_LINK (self));

  entry = ohm_link_ensure_unit (self, unit);
  if (entry->n_users++ == 0)
    self->n_units++;
  entry->listener = listener;
  entry->listener_data = user_data;
  if (self->phase == OHM_LINK_IDLE)
    ohm_link_wake_at (self, ohm_link_now (self));
}

void
ohm_link_remove_unit (OhmLink *self, guint8 unit, gpointer user_data)
{
  OhmUnit *entry = self->units[unit];

  g_return_if_fail (OHM_IS_LINK (self) && entry != NULL && entry->n_users > 0);

  if (entry->listener_data == user_data)
    entry->listener = NULL;
  if (--entry->n_users > 0)
    return;
  self->n_units--;
  if (self->n_units == 0 && !self->is_flying && self->phase != OHM_LINK_WAITING)
    {
      ohm_transport_close (self->transport);
      self->phase = OHM_LINK_IDLE;
    }
}

gint64
ohm_link_estimate_us (OhmLink *self, const OhmRequest *request)
{
  const OhmUnit *unit = self->units[request->unit];
  gint64 line_us = ohm_transport_get_line_us (self->transport, request);

  /* The measured latency has the line time of a typical request in it. */
  if (unit != NULL && unit->latency_us > 0)
    return MAX (unit->latency_us, line_us);
  return line_us + (self->worst_latency_us > 0 ? self->worst_latency_us : 20 * MS);
}

guint
ohm_link_get_gap_max (OhmLink *self)
{
  guint baud = ohm_transport_get_baud (self->transport);

  return ohm_merge_gap_cost (baud > 0 ? OHM_FRAMING_RTU : OHM_FRAMING_TCP, baud,
                             self->worst_latency_us);
}

gboolean
ohm_link_get_unit_stats (OhmLink *self, guint8 unit, OhmUnitStats *ret_stats)
{
  if (self->units[unit] == NULL)
    return FALSE;
  ohm_unit_get_stats (self->units[unit], ret_stats);
  return TRUE;
}

GArray *
ohm_link_list_units (OhmLink *self)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (OhmUnitStats));

  for (guint i = 0; i < G_N_ELEMENTS (self->units); i++)
    {
      OhmUnitStats stats;

      if (self->units[i] == NULL || self->units[i]->n_users == 0)
        continue;
      ohm_unit_get_stats (self->units[i], &stats);
      g_array_append_val (list, stats);
    }
  return list;
}

guint64
ohm_link_get_missed (OhmLink *self)
{
  return self->missed;
}

void
ohm_link_count_missed (OhmLink *self)
{
  g_autoptr (OhmMessage) cause = NULL;
  g_autofree char *share = NULL;

  self->missed++;
  self->missed_us = ohm_link_now (self);
  if (self->state.code != OHM_STATE_UP || ohm_link_get_load (self) < 0.9)
    return;
  share = g_strdup_printf ("%.0f %%", 100 * ohm_link_get_load (self));
  cause = ohm_message_new ("overloaded", "share", share, NULL);
  ohm_link_set_state (self, OHM_STATE_OVERLOADED, cause);
}

const char *
ohm_link_get_id (OhmLink *self)
{
  return self->id;
}

const char *
ohm_link_get_transport_id (OhmLink *self)
{
  return self->transport_id;
}

OhmSettings *
ohm_link_get_settings (OhmLink *self)
{
  return self->settings;
}

OhmTransport *
ohm_link_get_transport (OhmLink *self)
{
  return self->transport;
}

const OhmState *
ohm_link_get_state (OhmLink *self)
{
  return &self->state;
}

OhmLink *
ohm_link_new (const OhmLinkConfig *config, OhmWatcher *watcher, OhmBus *bus)
{
  OhmLink *self = g_object_new (OHM_TYPE_LINK, NULL);

  self->id = g_strdup (config->id);
  self->transport_id = g_strdup (config->transport);
  self->settings = ohm_settings_ref (config->settings);
  self->bus = g_object_ref (bus);
  self->clock = g_object_ref (ohm_watcher_get_clock (watcher));
  self->transport = ohm_transport_new (config->transport_type, config->settings, watcher);
  ohm_transport_set_handlers (self->transport, ohm_link_on_pushed, ohm_link_on_closed, self);
  self->timer = ohm_watcher_add (watcher, /* fd */ -1, 0, ohm_link_on_timer, self);
  self->probe_filled_us = ohm_link_now (self);
  self->probe_saved_us = PROBE_SAVED_MAX_US;
  self->busy_second = self->probe_filled_us / G_USEC_PER_SEC;
  ohm_state_set (&self->state, OHM_STATE_CONNECTING, NULL, ohm_clock_get_wall_us (self->clock));
  return self;
}

static void
ohm_link_dispose (GObject *object)
{
  OhmLink *self = OHM_LINK (object);

  g_clear_pointer (&self->timer, ohm_watch_remove);
  if (self->transport != NULL)
    {
      ohm_transport_close (self->transport);
      ohm_transport_set_handlers (self->transport, NULL, NULL, NULL);
    }
  g_clear_object (&self->transport);
  g_clear_object (&self->bus);
  g_clear_object (&self->clock);
  G_OBJECT_CLASS (ohm_link_parent_class)->dispose (object);
}

static void
ohm_link_finalize (GObject *object)
{
  OhmLink *self = OHM_LINK (object);

  for (guint i = 0; i < G_N_ELEMENTS (self->units); i++)
    g_clear_pointer (&self->units[i], ohm_unit_free);
  g_free (self->id);
  g_free (self->transport_id);
  ohm_settings_unref (self->settings);
  ohm_state_clear (&self->state);
  G_OBJECT_CLASS (ohm_link_parent_class)->finalize (object);
}

static void
ohm_link_class_init (OhmLinkClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_link_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_link_finalize;
}

static void
ohm_link_init (OhmLink *self)
{
  for (guint i = 0; i < OHM_N_PRIORITIES; i++)
    g_queue_init (&self->ring[i]);
  g_queue_init (&self->bounced);
}
