/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One flight at a time, unless types permit more (ohm-link-flight.c): the link picks the next
 * exchange by class, and within a class goes round the units. Two other shapes were weighed: a
 * queue per meter with a lock on the line (fair only by accident, and a slot read would wait behind
 * a live one), and one global list sorted by due time (a silent unit's exchanges would be spread
 * all over it). A ring of units per class needs neither sorting nor locks, and a silent unit is one
 * flag.
 *
 * Silent units (design 4.3): after a failure a unit backs off in steps, and all probes together are
 * kept to a thirtieth of the link (ohm-link-wait.c). A mute unit is probed with a short time-out
 * learned from the link's own answers: if it does answer late, the next answer of a healthy unit is
 * awaited with the full time-out, and nothing is blamed on it. A gateway that holds the line for
 * its own time-out and then answers 0x0A or 0x0B is waited for, since the line is busy anyway.
 */

#include "ohm-link.h"

#include "ohm-link-private.h"
#include "ohm-log.h"

#define OPEN_TIMEOUT_US (5 * G_USEC_PER_SEC)

/* Time-outs in a row, with nothing received, after which the connection itself is doubted; on a
 * line that loses frames it has to go on for this long. */
#define DEAF_EACH     3
#define DEAF_LOSSY_US (30 * G_USEC_PER_SEC)

/* Connections in a row that were closed when something was asked, whoever it was, with no answer in
 * between, after which it is the device's way. */
#define BARREN_MAX 4

static const guint reconnect_steps[] = { 1, 2, 4, 8, 15, 30 };
/* A serial line is tried every two seconds: a look at a device costs nobody anything. */
#define LOCAL_STEP_MAX 1

G_DEFINE_FINAL_TYPE (OhmLink, ohm_link, G_TYPE_OBJECT)

static void ohm_link_dispatch (OhmLink *self);

gint64
ohm_link_now (OhmLink *self)
{
  return ohm_clock_get_mono_us (self->clock);
}

void
ohm_link_wake_at (OhmLink *self, gint64 mono_us)
{
  gint64 deadline_us = ohm_watch_get_deadline (self->timer);

  if (deadline_us < 0 || mono_us < deadline_us)
    ohm_watch_set_deadline (self->timer, mono_us);
}

void
ohm_link_set_state (OhmLink *self, OhmStateCode code, OhmMessage *cause)
{
  g_autoptr (OhmChange) change = NULL;

  if (!ohm_state_set (&self->state, code, cause, ohm_clock_get_wall_us (self->clock)))
    return;
  change = ohm_change_new (self->id, FALSE);
  ohm_bus_emit_link_changed (self->bus, change);
}

static int
ohm_link_compare_units (gconstpointer a, gconstpointer b)
{
  return (*(OhmUnit *const *) a)->id - (*(OhmUnit *const *) b)->id;
}

OhmUnit *
ohm_link_find_unit (OhmLink *self, guint8 id)
{
  guint low = 0;
  guint high = self->units->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      OhmUnit *unit = g_ptr_array_index (self->units, middle);

      if (unit->id == id)
        return unit;
      if (unit->id < id)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

OhmUnit *
ohm_link_ensure_unit (OhmLink *self, guint8 id)
{
  OhmUnit *unit = ohm_link_find_unit (self, id);

  if (unit != NULL)
    return unit;
  unit = ohm_unit_new (id);
  g_ptr_array_add (self->units, unit);
  g_ptr_array_sort (self->units, ohm_link_compare_units);
  return unit;
}

/* --- the connection --- */

static gboolean
ohm_link_is_wanted (OhmLink *self)
{
  return self->n_units > 0 || self->n_flights > 0 || ohm_link_has_work (self);
}

static void
ohm_link_go_down (OhmLink *self, const GError *error)
{
  g_autoptr (OhmMessage) cause = ohm_message_new_from_error (error);
  gboolean is_local = ohm_transport_get_baud (self->transport) > 0;
  guint last = is_local ? LOCAL_STEP_MAX : G_N_ELEMENTS (reconnect_steps) - 1;
  guint step = MIN (self->attempts, last);
  gint64 pause_us = (gint64) reconnect_steps[step] * G_USEC_PER_SEC;

  /* A tenth of spread, so that a building full of links does not knock at the same moment. */
  pause_us += pause_us / 10 * (g_str_hash (self->id) % 100) / 100;
  if (self->attempts == 0)
    ohm_log (self->is_trial ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_WARNING, "link", self->id,
             "link '%s' is down: %s, retrying in %u s", self->id, error->message,
             reconnect_steps[step]);
  self->attempts++;
  self->phase = OHM_LINK_WAITING;
  self->retry_us = ohm_link_now (self) + pause_us;
  self->state.next_attempt_us = ohm_clock_get_wall_us (self->clock) + pause_us;
  ohm_link_set_state (self, OHM_STATE_DOWN, cause);
  ohm_link_bounce_all (self, OHM_LINK_REFUSAL_DOWN);
  ohm_link_wake_at (self, self->retry_us);
}

/* A link that was down is up once something has come through or a unit was merely silent: what
 * accepts connections but speaks something else would go up and down for ever. */
static void
ohm_link_prove_up (OhmLink *self)
{
  if (self->attempts > 0)
    ohm_log (self->is_trial ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_MESSAGE, "link", self->id,
             "link '%s' is up again after %u attempts", self->id, self->attempts);
  self->attempts = 0;
  self->state.next_attempt_us = 0;
  if (self->state.code != OHM_STATE_OVERLOADED)
    ohm_link_set_state (self, OHM_STATE_UP, /* cause */ NULL);
}

static void
ohm_link_on_opened (OhmTransport *transport, const GError *error, gpointer user_data)
{
  g_autoptr (OhmLink) self = g_object_ref (user_data);

  if (error != NULL)
    {
      ohm_link_go_down (self, error);
      return;
    }
  if (self->attempts > 0)
    {
      ohm_link_forgive (self);
      self->deaf = 0;
    }
  self->phase = OHM_LINK_OPEN;
  self->has_answer = FALSE;
  self->deaf_here = 0;
  self->opened_us = ohm_link_now (self);
  self->connect_us = self->opened_us - self->opening_us;
  self->free_us = self->opened_us;
  if (self->attempts == 0)
    ohm_link_prove_up (self);
  ohm_link_wake_at (self, self->opened_us);
}

/* A connection that is opened anew at once is no news, unless that fails. */
static void
ohm_link_open (OhmLink *self)
{
  self->phase = OHM_LINK_OPENING;
  if (self->state.code != OHM_STATE_UP && self->state.code != OHM_STATE_OVERLOADED &&
      self->attempts == 0)
    ohm_link_set_state (self, OHM_STATE_CONNECTING, /* cause */ NULL);
  self->opening_us = ohm_link_now (self);
  ohm_transport_open (self->transport, self->opening_us + OPEN_TIMEOUT_US, ohm_link_on_opened,
                      self);
}

static void
ohm_link_hang_up (OhmLink *self)
{
  ohm_transport_close (self->transport);
  ohm_link_recall (self);
}

static void
ohm_link_reopen (OhmLink *self)
{
  ohm_link_hang_up (self);
  self->phase = OHM_LINK_IDLE;
  ohm_link_wake_at (self, ohm_link_now (self));
}

/* Nobody needs the link any more. */
static void
ohm_link_rest (OhmLink *self)
{
  ohm_link_hang_up (self);
  self->phase = OHM_LINK_IDLE;
  ohm_link_set_state (self, OHM_STATE_CONNECTING, /* cause */ NULL);
}

/* Whether there is somebody else to ask than @unit, who was asked when the connection was lost.
 * Broken frames are that unit's; a connection that is closed may be. */
static gboolean
ohm_link_has_hope (OhmLink *self, const OhmUnit *unit, const GError *error)
{
  return unit != NULL && ohm_link_has_healthy (self, unit) &&
         (g_error_matches (error, OHM_ERROR, OHM_ERROR_PROTOCOL) || self->barren <= BARREN_MAX);
}

/* A connection that has answered is opened again at once, and so is one that was lost for a unit's
 * sake while there is somebody else to ask; any other after a pause. */
static void
ohm_link_lose (OhmLink *self, const OhmUnit *unit, const GError *error)
{
  if (self->has_answer)
    self->attempts = 0;
  if (self->has_answer || ohm_link_has_hope (self, unit, error))
    {
      ohm_link_reopen (self);
      return;
    }
  ohm_link_hang_up (self);
  ohm_link_go_down (self, error);
}

void
ohm_link_reconnect (OhmLink *self)
{
  g_return_if_fail (OHM_IS_LINK (self));

  if (self->phase == OHM_LINK_WAITING)
    self->retry_us = ohm_link_now (self);
  else if (self->phase == OHM_LINK_OPEN && self->n_flights == 0)
    ohm_link_reopen (self);
  ohm_link_wake_at (self, ohm_link_now (self));
}

static void
ohm_link_on_closed (OhmTransport *transport, const GError *error, gpointer user_data)
{
  g_autoptr (OhmLink) self = g_object_ref (user_data);

  if (self->phase == OHM_LINK_OPEN && self->n_flights == 0)
    ohm_link_lose (self, /* unit */ NULL, error);
}

/* Unit 0 means the one meter of the link, whatever unit its file gives it. */
static OhmUnit *
ohm_link_find_listener (OhmLink *self, guint8 id)
{
  OhmUnit *unit = ohm_link_find_unit (self, id);

  if (id != 0 || self->n_units != 1 || (unit != NULL && unit->n_users > 0))
    return unit;
  for (guint i = 0; i < self->units->len; i++)
    {
      unit = g_ptr_array_index (self->units, i);
      if (unit->n_users > 0)
        return unit;
    }
  return NULL;
}

static void
ohm_link_on_pushed (OhmTransport *transport, const OhmReply *reply, gpointer user_data)
{
  g_autoptr (OhmLink) self = g_object_ref (user_data);
  OhmUnit *unit = ohm_link_find_listener (self, reply->unit);

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

/* The connection was closed when the unit was asked. That may happen once; a gateway that does so
 * for one of its units each time would take the link from all others. */
static void
ohm_link_suspect (OhmLink *self, const OhmLinkFlight *flight)
{
  OhmUnit *unit = flight->unit;

  if (ohm_transport_is_open (self->transport))
    return;
  self->barren = MIN (self->barren + 1, BARREN_MAX + 1);
  if (unit->closes++ > 0 && ohm_link_has_healthy (self, unit))
    ohm_link_note_silence (self, flight, OHM_UNIT_BROKEN);
}

static void
ohm_link_learn (OhmLink *self,
                const OhmLinkFlight *flight,
                const OhmReply *reply,
                const GError *error)
{
  if (reply != NULL)
    {
      self->has_answer = TRUE;
      ohm_link_prove_up (self);
      if (ohm_link_is_no_path (reply))
        ohm_link_note_silence (self, flight, OHM_UNIT_NO_PATH);
      else
        ohm_link_note_answer (self, flight, reply);
      self->deaf = 0;
      self->deaf_here = 0;
      self->barren = 0;
    }
  else if (g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT))
    {
      self->deaf++;
      if (self->deaf_here++ == 0)
        self->deaf_us = ohm_link_now (self);
      ohm_link_prove_up (self);
      ohm_link_note_silence (self, flight, OHM_UNIT_MUTE);
    }
  else if (g_error_matches (error, OHM_ERROR, OHM_ERROR_PROTOCOL))
    {
      ohm_link_note_silence (self, flight,
                             ohm_transport_is_open (self->transport) ? OHM_UNIT_MUTE
                                                                     : OHM_UNIT_BROKEN);
    }
  else if (g_error_matches (error, OHM_ERROR, OHM_ERROR_LINK))
    {
      ohm_link_suspect (self, flight);
    }
}

/* An answer that could not be trusted, and a transport that has found its feet again: on a serial
 * line there is no connection to begin anew. */
static gboolean
ohm_link_is_disturbed (OhmLink *self, const GError *error)
{
  return g_error_matches (error, OHM_ERROR, OHM_ERROR_PROTOCOL) &&
         ohm_transport_is_open (self->transport);
}

static gboolean
ohm_link_is_deaf (OhmLink *self)
{
  return self->deaf_here >= DEAF_EACH && (ohm_link_now (self) >= self->lossy_until_us ||
                                          ohm_link_now (self) - self->deaf_us >= DEAF_LOSSY_US);
}

/* What the end of a flight means for the connection. */
static void
ohm_link_judge (OhmLink *self,
                const OhmLinkFlight *flight,
                const OhmReply *reply,
                const GError *error)
{
  if (ohm_link_is_disturbed (self, error))
    {
      /* The line is silent again, and goes on. */
      ohm_link_prove_up (self);
    }
  else if (g_error_matches (error, OHM_ERROR, OHM_ERROR_LINK) ||
           g_error_matches (error, OHM_ERROR, OHM_ERROR_PROTOCOL))
    {
      ohm_link_lose (self, flight->unit, error);
    }
  else if (!ohm_transport_is_open (self->transport))
    {
      /* It has found surplus bytes behind a good answer and closed itself. */
      self->phase = OHM_LINK_IDLE;
      ohm_link_recall (self);
    }
  else if (ohm_link_is_deaf (self))
    {
      /* A connection that brings nothing at all may be half open: try a new one. */
      ohm_link_reopen (self);
    }
}

static void
ohm_link_on_exchanged (OhmTransport *transport,
                       const OhmReply *reply,
                       const GError *error,
                       gpointer user_data)
{
  OhmLinkFlight *flight = user_data;
  g_autoptr (OhmLink) self = g_object_ref (flight->link);
  OhmLinkFlight landed = ohm_link_land (self, flight);
  OhmLinkExchange *exchange = landed.exchange;

  /* A disturbance is the line's, not the unit's: the same again, if that can do no harm. */
  if (exchange != NULL && ohm_link_is_disturbed (self, error) && ohm_link_repeat (self, exchange))
    {
      ohm_link_dispatch (self);
      return;
    }
  ohm_link_learn (self, &landed, reply, error);
  ohm_link_judge (self, &landed, reply, error);
  if (exchange != NULL)
    exchange->func (exchange, reply, error);
  ohm_link_dispatch (self);
}

static void
ohm_link_fly (OhmLink *self, OhmLinkExchange *exchange)
{
  OhmTransportOptions options = { .quirks = exchange->quirks };
  gint64 timeout_us = ohm_link_get_timeout (self, exchange->unit, exchange);
  OhmLinkFlight *flight = ohm_link_take_off (self, exchange);

  ohm_transport_exchange (self->transport, &exchange->request, &options,
                          flight->start_us + timeout_us, ohm_link_on_exchanged, flight);
}

/* Returns whether something was sent. */
static gboolean
ohm_link_start_next (OhmLink *self)
{
  OhmLinkExchange *exchange;
  gint64 until_us;

  if (!ohm_link_has_room (self))
    return FALSE;
  ohm_link_fill_budget (self, ohm_link_now (self));
  exchange = ohm_link_pull (self, &until_us);
  if (exchange != NULL)
    ohm_link_fly (self, exchange);
  else if (until_us >= 0)
    ohm_link_wake_at (self, until_us);
  return exchange != NULL;
}

static void
ohm_link_dispatch (OhmLink *self)
{
  if (self->timer == NULL) /* disposed of by a callback */
    return;
  ohm_link_deliver_bounced (self);
  if (self->phase == OHM_LINK_WAITING && ohm_link_now (self) >= self->retry_us)
    self->phase = OHM_LINK_IDLE;
  if (self->phase == OHM_LINK_IDLE && ohm_link_is_wanted (self))
    ohm_link_open (self);
  else if (self->phase == OHM_LINK_OPEN && !ohm_link_is_wanted (self))
    ohm_link_rest (self);
  else if (self->phase == OHM_LINK_WAITING)
    ohm_link_wake_at (self, self->retry_us);
  ohm_link_calm_down (self);
  while (self->phase == OHM_LINK_OPEN && ohm_link_start_next (self))
    ;
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

  if (ohm_link_is_read (request))
    return TRUE;
  if ((request->function != 6 && request->function != 16) || request->count > 4)
    return FALSE;
  for (guint i = 0; i < request->count; i++)
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

void
ohm_link_submit (OhmLink *self, OhmLinkExchange *exchange)
{
  g_return_if_fail (OHM_IS_LINK (self));
  g_return_if_fail (exchange->func != NULL && !exchange->is_queued && !exchange->is_in_flight);

  exchange->repeats = 0;
  if (OHM_TRANSPORT_GET_CLASS (self->transport)->exchange == NULL)
    ohm_link_bounce (self, exchange, OHM_LINK_REFUSAL_LISTENS);
  else if (!ohm_link_permits (exchange))
    ohm_link_bounce (self, exchange, OHM_LINK_REFUSAL_FORBIDDEN);
  else if (self->phase == OHM_LINK_WAITING)
    ohm_link_bounce (self, exchange, OHM_LINK_REFUSAL_DOWN);
  else
    ohm_link_push (self, ohm_link_ensure_unit (self, exchange->request.unit), exchange);
  if ((self->n_flights == 0 || exchange->outstanding > 1) && self->phase != OHM_LINK_OPENING)
    ohm_link_wake_at (self, ohm_link_now (self));
}

void
ohm_link_withdraw (OhmLink *self, OhmLinkExchange *exchange)
{
  g_return_if_fail (OHM_IS_LINK (self));

  if (exchange->is_in_flight)
    ohm_link_forget_flight (self, exchange);
  else if (exchange->is_queued)
    ohm_link_take_out (self, exchange);
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
  OhmUnit *entry;

  g_return_if_fail (OHM_IS_LINK (self));

  entry = ohm_link_find_unit (self, unit);
  g_return_if_fail (entry != NULL && entry->n_users > 0);
  if (entry->listener_data == user_data)
    entry->listener = NULL;
  if (--entry->n_users > 0)
    return;
  self->n_units--;
  if (!ohm_link_is_wanted (self) &&
      (self->phase == OHM_LINK_OPEN || self->phase == OHM_LINK_OPENING))
    ohm_link_rest (self);
}

OhmLink *
ohm_link_new (const OhmLinkConfig *config, OhmWatcher *watcher, OhmBus *bus)
{
  OhmLink *self = g_object_new (OHM_TYPE_LINK, NULL);

  self->id = g_strdup (config->id);
  self->transport_id = g_strdup (config->transport);
  self->settings = ohm_settings_ref (config->settings);
  self->is_trial = config->is_trial;
  self->bus = g_object_ref (bus);
  self->clock = g_object_ref (ohm_watcher_get_clock (watcher));
  self->transport = ohm_transport_new (config->transport_type, config->settings, watcher);
  ohm_transport_set_handlers (self->transport, ohm_link_on_pushed, ohm_link_on_closed, self);
  self->timer = ohm_watcher_add (watcher, /* fd */ -1, 0, ohm_link_on_timer, self);
  ohm_link_read_pacing (self);
  ohm_link_init_budget (self);
  self->busy_second = ohm_link_now (self) / G_USEC_PER_SEC;
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

  g_ptr_array_unref (self->units);
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
  self->connect_us = -1;
  self->units = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_unit_free);
}
