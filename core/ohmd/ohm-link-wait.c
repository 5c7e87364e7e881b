/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * How long a link waits, and what silent units may cost it. A probe of a silent unit is paid from a
 * budget that fills with a thirtieth of the time. The budget alone would not be fair: whoever polls
 * right after it has filled would get it each time. So once it is short a silent unit comes back
 * only after the time in which the budget pays for all silent units of the link.
 */

#include "ohm-link-private.h"
#include "ohm-slot.h"

#define MS G_GINT64_CONSTANT (1000)

/* Longest wait for an answer where neither profile nor link say: above the 1 s that many gateways
 * wait for their own serial units (reference/tech.md 1: field values 120 to 1000 ms). */
#define TIMEOUT_US (1500 * MS)

/* A probe of a mute unit waits eight times the worst answer seen of it and on the link, but not
 * less than this. It may be slower than all others, or have become so: the first question and each
 * fourth probe wait longer, but not so long that who is asked each second misses a value for it;
 * each sixteenth waits in full. */
#define PROBE_FACTOR    8
#define PROBE_MIN_US    (200 * MS) /* and it counts as much if it cost the connection */
#define PROBE_LONG_US   (750 * MS)
#define PROBE_LONG_EACH 4
#define PROBE_FULL_EACH 16

/* A unit that answers is given up after twenty times the worst answer, but not before this. */
#define ANSWER_FACTOR 20
#define ANSWER_MIN_US (500 * MS)

/* An answer right after a silent unit is prompt within four times the usual. */
#define PROMPT_FACTOR 4
#define PROMPT_MIN_US (50 * MS)

/* Share of the link that probes of silent units may take, and how much may be saved up: a
 * thirtieth, so that with what is saved up, and what the exchanges of others cost between two
 * frames, it stays below 5 % in any minute but the first after a boundary. */
#define PROBE_SHARE        30
#define PROBE_SAVED_MAX_US (1000 * MS)

/* Probes for slots may borrow so much, but not before so long after the boundary; and a unit waits
 * so long at most for the others' first ones: it is to have its turn twice while the slot is tried.
 */
#define SLOT_LOAN_US  (3000 * MS)
#define SLOT_FIRST_US (10000 * MS)
#define SLOT_TURN_US  (30000 * MS)

/* A unit that answered after so few probes was not silent: its line loses frames. For this time so
 * many of its probes are at its own cost, out of its part of the link. */
#define LOSSY_LEVELS 3
#define LOSSY_PROBES 5
#define LOSSY_US     (600000 * MS)

/* Where nobody answers, a probe keeps nobody waiting: each unit is asked this often, but all of
 * them together no more often than each two seconds. */
#define NOBODY_US      (15000 * MS)
#define NOBODY_EACH_US (2000 * MS)

/* Behind a connection that was closed when something was asked, for each in a row, who may have
 * been the cause waits: until then somebody may want something who is known to answer. */
#define BARREN_PAUSE_US (50 * MS)

/* Live polls wait this long after a boundary, so that slot reads are in the queue first. */
#define BOUNDARY_GRACE_US (20 * MS)

static gint64
ohm_link_find_pacing (OhmLink *self, const char *key)
{
  const OhmSettingSpec *spec = OHM_TRANSPORT_GET_CLASS (self->transport)->settings_table;

  for (; spec != NULL && spec->key != NULL; spec++)
    if (g_str_equal (spec->key, key) && ohm_settings_is_set (self->settings, key))
      return ohm_settings_get_duration_us (self->settings, key);
  return 0;
}

void
ohm_link_read_pacing (OhmLink *self)
{
  self->timeout_us = ohm_link_find_pacing (self, "timeout");
  self->pause_us = ohm_link_find_pacing (self, "pause");
  self->connect_pause_us = ohm_link_find_pacing (self, "connect-pause");
}

gint64
ohm_link_get_start_us (OhmLink *self, const OhmLinkExchange *exchange)
{
  gint64 barren_us = ohm_link_is_preferred (self, exchange->unit) ? 0
                                                                  : self->barren * BARREN_PAUSE_US;

  return MAX (self->free_us + MAX (exchange->pause_us, self->pause_us),
              self->opened_us +
                MAX (barren_us, MAX (exchange->connect_pause_us, self->connect_pause_us)));
}

/* The owner of the link knows best, then the type's profile. */
static gint64
ohm_link_get_full_timeout (OhmLink *self, const OhmLinkExchange *exchange)
{
  if (self->timeout_us > 0)
    return self->timeout_us;
  return exchange->timeout_us > 0 ? exchange->timeout_us : TIMEOUT_US;
}

static gint64
ohm_link_get_probe_min (const OhmUnit *unit)
{
  return unit->level % PROBE_LONG_EACH == 0 ? PROBE_LONG_US : PROBE_MIN_US;
}

/* No slot is to be lost for what another unit did: who may have waited behind it has one more try,
 * which is not charged. */
static gboolean
ohm_link_has_free_try (const OhmUnit *unit, const OhmLinkExchange *exchange)
{
  return unit->is_doubtful && exchange->priority == OHM_PRIORITY_SLOT;
}

/* What the link's answers teach, between a floor and what link or profile say. */
static gint64
ohm_link_get_patience (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange)
{
  gint64 full_us = ohm_link_get_full_timeout (self, exchange);
  gint64 worst_us = MAX (self->worst_latency_us, unit->worst_latency_us);
  gboolean is_probe = unit->trouble == OHM_UNIT_MUTE || unit->trouble == OHM_UNIT_BROKEN ||
                      unit->latency_us == 0;

  /* At the start, when nothing has answered yet, one silent unit after the other would keep all
   * others waiting; who is that slow is asked again soon. */
  if (self->worst_latency_us == 0 && self->deaf > 0 && unit->level == 0 &&
      exchange->priority != OHM_PRIORITY_OPERATOR)
    return MIN (ANSWER_MIN_US, full_us);
  /* Nothing learned yet; or somebody wants to know; or the gateway may still be busy with the
   * silent unit asked before; or now and then, so that a unit that is slower than all others is
   * heard again. */
  if (self->worst_latency_us == 0 || exchange->priority == OHM_PRIORITY_OPERATOR ||
      ohm_link_has_free_try (unit, exchange) ||
      (self->deaf > 0 && !self->is_prompt && unit->level == 0) ||
      unit->trouble == OHM_UNIT_NO_PATH || (unit->level > 0 && unit->level % PROBE_FULL_EACH == 0))
    return full_us;
  if (is_probe)
    return MIN (MAX (PROBE_FACTOR * worst_us, ohm_link_get_probe_min (unit)), full_us);
  return MIN (MAX (ANSWER_FACTOR * worst_us, ANSWER_MIN_US), full_us);
}

gint64
ohm_link_get_timeout (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange)
{
  gint64 wait_us = ohm_link_get_patience (self, unit, exchange) +
                   ohm_transport_get_line_us (self->transport, &exchange->request);

  /* Those that are under way already may be served first. */
  return wait_us * (1 + self->n_flights);
}

void
ohm_link_init_budget (OhmLink *self)
{
  self->probe_saved_us = PROBE_SAVED_MAX_US;
  self->probe_filled_us = ohm_link_now (self);
}

void
ohm_link_fill_budget (OhmLink *self, gint64 now_us)
{
  self->probe_saved_us = MIN (PROBE_SAVED_MAX_US, self->probe_saved_us +
                                                    (now_us - self->probe_filled_us) / PROBE_SHARE);
  self->probe_filled_us = now_us;
}

/* What a probe of a silent unit will take of the link. */
static gint64
ohm_link_get_probe_cost (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange)
{
  return unit->trouble == OHM_UNIT_NO_PATH ? unit->cost_us
                                           : ohm_link_get_timeout (self, unit, exchange);
}

gboolean
ohm_link_has_healthy (OhmLink *self, const OhmUnit *unit)
{
  for (guint i = 0; i < self->units->len; i++)
    {
      const OhmUnit *other = g_ptr_array_index (self->units, i);

      if (other != unit && other->n_users > 0 && other->level == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether its next probe is @unit's own affair, not one of silent units together. */
static gboolean
ohm_link_is_lossy (OhmLink *self, const OhmUnit *unit)
{
  return unit->level <= LOSSY_PROBES && ohm_link_now (self) < unit->lossy_until_us;
}

/* Each unit has its part of the link, of which it may waste what it likes. */
static gint64
ohm_link_get_own_saved (OhmLink *self, const OhmUnit *unit)
{
  gint64 filled_us = (ohm_link_now (self) - unit->own_filled_us) / MAX (self->n_units, 1);

  return MIN (PROBE_SAVED_MAX_US, unit->own_saved_us + filled_us);
}

static void
ohm_link_charge_own (OhmLink *self, OhmUnit *unit, gint64 cost_us)
{
  unit->own_saved_us = ohm_link_get_own_saved (self, unit) - cost_us;
  unit->own_filled_us = ohm_link_now (self);
}

/* When a silent unit may be asked at the earliest, besides its own back-off: at once while there is
 * enough for whichever of them comes, else after the time that pays for one probe of each. */
static gint64
ohm_link_get_turn_us (OhmLink *self, gint64 now_us)
{
  gint64 sum_us = 0;
  gint64 most_us = 0;

  for (guint i = 0; i < self->units->len; i++)
    {
      const OhmUnit *unit = g_ptr_array_index (self->units, i);

      if (unit->n_users == 0 || unit->level == 0)
        continue;
      sum_us += unit->cost_us;
      most_us = MAX (most_us, unit->cost_us);
    }
  return self->probe_saved_us >= MIN (most_us, PROBE_SAVED_MAX_US) ? 0
                                                                   : now_us + sum_us * PROBE_SHARE;
}

/* For a slot a silent unit is asked whatever its back-off says, but each before any is asked twice.
 * Once all others have been read, probes may cost beyond the budget, which is saved later. */
static gboolean
ohm_link_may_probe_slot (OhmLink *self, const OhmUnit *unit, gint64 cost_us)
{
  gint64 now_us = ohm_link_now (self);
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);
  gint64 turn_us = ohm_link_get_turn_us (self, now_us) - now_us;
  gboolean is_late = wall_us - ohm_slot_at_or_before (wall_us) >= SLOT_FIRST_US;

  return self->probe_saved_us + (is_late ? SLOT_LOAN_US : 0) >= cost_us &&
         (now_us < unit->lossy_until_us || now_us - unit->failed_us >= MIN (turn_us, SLOT_TURN_US));
}

gboolean
ohm_link_may_probe (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange)
{
  gint64 cost_us = ohm_link_get_probe_cost (self, unit, exchange);

  if (exchange->priority != OHM_PRIORITY_SLOT &&
      ohm_unit_is_backing_off (unit, ohm_link_now (self)))
    return FALSE;
  if (ohm_link_has_free_try (unit, exchange))
    return TRUE;
  if (ohm_link_is_lossy (self, unit) &&
      ohm_link_get_own_saved (self, unit) >= MIN (cost_us, PROBE_SAVED_MAX_US))
    return TRUE;
  if (!ohm_link_has_healthy (self, unit))
    return TRUE;
  if (exchange->priority == OHM_PRIORITY_SLOT)
    return ohm_link_may_probe_slot (self, unit, MIN (cost_us, PROBE_SAVED_MAX_US));
  return self->probe_saved_us >= MIN (cost_us, PROBE_SAVED_MAX_US);
}

gboolean
ohm_link_must_hold (OhmLink *self,
                    const OhmUnit *unit,
                    const OhmLinkExchange *exchange,
                    gint64 *ret_until_us)
{
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);
  gint64 past_us = wall_us - ohm_slot_at_or_before (wall_us);
  gint64 left_us = ohm_slot_after (wall_us) - wall_us;
  gint64 need_us;

  if (exchange->priority == OHM_PRIORITY_SLOT)
    return FALSE;
  if (past_us < BOUNDARY_GRACE_US)
    {
      *ret_until_us = ohm_link_now (self) + BOUNDARY_GRACE_US - past_us;
      return TRUE;
    }
  if (unit->level > 0 || unit->latency_us == 0)
    need_us = ohm_link_get_probe_cost (self, unit, exchange);
  else
    need_us = 2 * ohm_link_estimate_us (self, &exchange->request);
  if (need_us < left_us)
    return FALSE;
  *ret_until_us = ohm_link_now (self) + left_us + BOUNDARY_GRACE_US;
  return TRUE;
}

void
ohm_link_forgive (OhmLink *self)
{
  for (guint i = 0; i < self->units->len; i++)
    ((OhmUnit *) g_ptr_array_index (self->units, i))->retry_us = 0;
}

/* A gateway may wait for a silent unit long after we have given it up, and whoever is asked next
 * waits with it: that, too, is what the probe took. */
static void
ohm_link_settle_debt (OhmLink *self, const OhmUnit *unit, gint64 latency_us)
{
  OhmUnit *debtor = g_steal_pointer (&self->debtor);
  gint64 late_us = latency_us - unit->latency_us;

  if (debtor == NULL || self->is_prompt || unit->latency_us == 0 || late_us <= 0)
    return;
  self->probe_saved_us -= late_us;
  debtor->cost_us += late_us;
  debtor->retry_us = MAX (debtor->retry_us, ohm_link_get_turn_us (self, ohm_link_now (self)));
}

void
ohm_link_note_answer (OhmLink *self, const OhmLinkFlight *flight, const OhmReply *reply)
{
  OhmUnit *unit = flight->unit;
  gint64 worst_us = self->worst_latency_us - self->worst_latency_us / 200;
  /* How long an answer is says nothing of how fast the meter is. */
  gint64 latency_us = MAX (1, reply->round_trip_us - flight->answer_us);

  if (self->deaf > 0)
    self->is_prompt = latency_us <= MAX (PROMPT_FACTOR * unit->latency_us, PROMPT_MIN_US);
  ohm_link_settle_debt (self, unit, latency_us);
  /* The first answer ever: what failed before failed for the line, the gateway or a framing that
   * was not known yet, and is not to be paid for by the units that happened to be asked. */
  if (self->worst_latency_us == 0)
    {
      ohm_link_forgive (self);
      ohm_link_init_budget (self);
    }
  /* The first that answers after all were silent: the same. */
  else if (unit->level > 0 && !ohm_link_has_healthy (self, unit))
    ohm_link_forgive (self);
  self->worst_latency_us = MAX (latency_us, worst_us);
  if (unit->level > 0 && unit->level <= LOSSY_LEVELS)
    {
      unit->lossy_until_us = ohm_link_now (self) + LOSSY_US;
      self->lossy_until_us = unit->lossy_until_us;
    }
  ohm_unit_note_answer (unit, latency_us);
}

static gint64
ohm_link_get_nobody_us (OhmLink *self)
{
  return MAX (NOBODY_US, self->units->len * NOBODY_EACH_US);
}

void
ohm_link_note_silence (OhmLink *self, const OhmLinkFlight *flight, OhmUnitTrouble trouble)
{
  OhmUnit *unit = flight->unit;
  gint64 now_us = ohm_link_now (self);
  gint64 cost_us = MAX (now_us - flight->start_us, trouble == OHM_UNIT_BROKEN ? PROBE_MIN_US : 0);
  gboolean is_lossy = ohm_link_is_lossy (self, unit);
  gboolean was_doubtful = unit->is_doubtful;
  gboolean has_healthy;
  guint level = unit->level;

  /* Who answered so far and does not right behind a silent unit: the gateway may still wait for
   * that one, as it does when it says that there is no path. */
  unit->is_doubtful = level == 0 && unit->latency_us > 0 && trouble == OHM_UNIT_MUTE &&
                      self->deaf > 1;
  if (trouble == OHM_UNIT_NO_PATH || unit->is_doubtful)
    self->is_prompt = FALSE;
  self->debtor = NULL;
  ohm_unit_note_silence (unit, trouble, cost_us, now_us);
  has_healthy = ohm_link_has_healthy (self, unit);
  if (level > 0 && !was_doubtful && is_lossy)
    {
      ohm_link_charge_own (self, unit, cost_us);
    }
  else if (level > 0 && !was_doubtful && has_healthy)
    {
      self->probe_saved_us -= cost_us;
      self->debtor = unit;
    }
  if (!has_healthy)
    unit->retry_us = MIN (unit->retry_us, now_us + ohm_link_get_nobody_us (self));
  else if (unit->level > level && !is_lossy)
    unit->retry_us = MAX (unit->retry_us, ohm_link_get_turn_us (self, now_us));
  ohm_link_bounce_unit (self, unit, OHM_LINK_REFUSAL_SILENT);
}
