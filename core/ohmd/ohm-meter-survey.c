/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The survey: asks the meter's step function what to read next until it is done. It runs at first
 * contact, after an interruption, daily and on request, and confirms that the device is still the
 * one that is recorded here. Its last question is the serial once more: a survey that had to wait
 * for lost answers may have begun with another device.
 */

#include "ohm-log.h"
#include "ohm-meter-host-private.h"

/* Requests that one survey may make; a UMG 801 with 20 modules needs about 70. */
#define STEPS_MAX 400

/* A request that got lost is not sent again sooner than this. */
#define AGAIN_US (2 * G_TIME_SPAN_SECOND)

struct _OhmSurvey
{
  OhmMeterHost *host;     /* (not owned) */
  OhmMeter *meter;        /* (owned) */
  OhmFactsBuilder *facts; /* (owned) (nullable) */
  guint step;
  OhmMerged serial; /* the request for it; of no registers if the type tells none */
  OhmProof proof;   /* what was answered to that */
  guint8 exception; /* or why it was not */
  gboolean is_proving;
  gboolean is_running;
  guint64 connects; /* of the link, when it began */
  gint64 lost_us;   /* when the present request first got lost, monotonic; 0 if it did not */
  gint64 again_us;  /* when it is sent again; -1 if it is not waited for that */
  OhmLinkExchange exchange;
};

static void ohm_survey_advance (OhmSurvey *self, const OhmReply *last);
static void ohm_survey_submit (OhmSurvey *self);

static void
ohm_survey_free (OhmSurvey *self)
{
  g_clear_pointer (&self->facts, ohm_facts_builder_free);
  ohm_proof_clear (&self->proof);
  g_object_unref (self->meter);
  g_free (self);
}

void
ohm_survey_stop (OhmMeterHost *host)
{
  OhmSurvey *self = g_steal_pointer (&host->survey);

  if (self == NULL)
    return;
  if (self->is_running && host->link != NULL)
    ohm_link_withdraw (host->link, &self->exchange);
  ohm_survey_free (self);
}

static guint64
ohm_survey_count_connects (OhmMeterHost *host)
{
  return ohm_transport_get_counters (ohm_link_get_transport (host->link))->connects;
}

/* What one device refuses says nothing of another one. */
static void
ohm_survey_forget_learned (OhmMeterHost *host)
{
  if (ohm_learned_is_empty (host->learned))
    return;
  host->refused_pause_us = 0;
  ohm_meter_host_forget_learned (host);
}

static void
ohm_survey_check_identity (OhmMeterHost *host, const char *serial)
{
  const char *known = ohm_facts_get (host->facts, "serial");
  g_autoptr (OhmMessage) cause = NULL;

  if (host->expected == NULL && serial != NULL)
    host->expected = g_strdup (serial);
  /* Types that tell no serial cannot be proved; one that has told it must tell it again. */
  if (serial != NULL ? g_str_equal (serial, host->expected) : known == NULL)
    {
      host->is_confirmed = TRUE;
      host->connects_seen = ohm_survey_count_connects (host);
      return;
    }
  host->is_confirmed = FALSE;
  ohm_meter_host_forget_slot (host);
  ohm_survey_forget_learned (host);
  if (serial != NULL)
    cause = ohm_message_new ("wrong-device", "expected", host->expected, "found", serial, NULL);
  else
    cause = ohm_message_new ("identity-unknown", NULL);
  ohm_meter_host_set_state (host, OHM_STATE_WRONG_DEVICE, cause);
}

static void
ohm_survey_finish (OhmSurvey *self)
{
  OhmMeterHost *host = self->host;
  g_autoptr (OhmFacts) facts = NULL;
  g_autofree char *unit = g_strdup_printf ("%u", host->unit);
  g_auto (OhmProof) proof = { 0 };

  ohm_facts_builder_set (self->facts, "unit-id", unit);
  facts = ohm_facts_builder_end (g_steal_pointer (&self->facts));
  ohm_proof_take (&proof, &self->proof);
  host->survey = NULL;
  ohm_survey_free (self);
  g_clear_pointer (&host->survey_error, ohm_message_unref);

  ohm_survey_check_identity (host, ohm_facts_get (facts, "serial"));
  if (host->is_confirmed)
    ohm_proof_take (&host->proof, &proof);
  /* What another device says of itself is not this meter's. */
  if (host->is_confirmed && host->state.code == OHM_STATE_WRONG_DEVICE)
    ohm_meter_host_set_state (host, OHM_STATE_STARTING, /* cause */ NULL);
  if (host->is_confirmed)
    ohm_meter_host_resume_slot (host);
  if (host->is_confirmed)
    ohm_meter_host_take_facts (host, facts);
  /* nothing else of it is ever read */
  if (host->is_confirmed && host->plan != NULL &&
      ohm_point_set_get_n (ohm_plan_get_points (host->plan)) == 0)
    ohm_meter_host_set_state (host, OHM_STATE_OK, /* cause */ NULL);
  if (host->listener.surveyed != NULL)
    host->listener.surveyed (host, host->listener.user_data);
}

/* A first survey without a configured unit tries the profile's units in turn. Returns whether there
 * is one that has not been tried in this round. */
static gboolean
ohm_survey_try_next_unit (OhmMeterHost *host)
{
  const OhmLimits *limits = ohm_profile_get_limits (host->profile);

  if (!ohm_meter_host_has_choice (host))
    return FALSE;
  host->unit_try = (host->unit_try + 1) % limits->n_units;
  host->has_tried_units |= host->unit_try == 0;
  ohm_meter_host_register_unit (host, limits->units[host->unit_try]);
  return host->unit_try != 0;
}

/* The unit did not answer, or not any more. */
static void
ohm_survey_fail (OhmSurvey *self, const GError *error)
{
  OhmMeterHost *host = self->host;
  gboolean is_first = self->step == 0 && ohm_link_get_state (host->link)->code != OHM_STATE_DOWN;
  gint64 now_us = ohm_clock_get_mono_us (host->clock);

  host->survey = NULL;
  ohm_survey_free (self);
  host->survey_due_us = now_us + OHM_SURVEY_RETRY_US;
  if (is_first && ohm_survey_try_next_unit (host))
    host->survey_due_us = now_us;
  ohm_meter_host_note_failure (host, error);
  ohm_meter_host_reschedule (host);
}

/* It answers, but not what a device of its type has to. */
static void
ohm_survey_give_up (OhmSurvey *self, const GError *error)
{
  OhmMeterHost *host = self->host;

  host->survey = NULL;
  ohm_survey_free (self);
  g_clear_pointer (&host->survey_error, ohm_message_unref);
  host->survey_error = ohm_message_new_from_error (error);
  host->is_confirmed = FALSE;
  host->survey_due_us = ohm_clock_get_mono_us (host->clock) + OHM_SURVEY_RETRY_US;
  ohm_meter_host_set_state (host, OHM_STATE_PARTIAL, host->survey_error);
  ohm_meter_host_reschedule (host);
}

/* On a line that loses frames hardly a survey would end if each began anew for one of them. A unit
 * that was silent before is not asked again sooner than it would be anyway, nor is one of which it
 * is not certain that it still is the one that answered before. While a slot waits for it, it is
 * asked as the slot is: until the window is over. */
static gboolean
ohm_survey_may_wait (OhmSurvey *self, gint64 again_us)
{
  OhmMeterHost *host = self->host;
  gboolean is_patient = self->exchange.priority == OHM_PRIORITY_SLOT ||
                        again_us - self->lost_us <= OHM_SURVEY_RETRY_US;
  gboolean is_known = self->exchange.priority == OHM_PRIORITY_SLOT || self->step > 0 ||
                      ohm_meter_host_is_fine (host);

  return is_patient && is_known && ohm_transport_is_open (ohm_link_get_transport (host->link)) &&
         ohm_survey_count_connects (host) == self->connects;
}

/* The request got lost: it goes out again when the unit's back-off is over, or as a slot's does.
 * Returns whether. */
static gboolean
ohm_survey_wait (OhmSurvey *self)
{
  OhmMeterHost *host = self->host;
  gint64 now_us = ohm_meter_host_now (host);
  gint64 again_us = now_us + AGAIN_US;
  OhmUnitStats stats;

  if (self->exchange.priority != OHM_PRIORITY_SLOT &&
      ohm_link_get_unit_stats (host->link, host->unit, &stats))
    again_us = MAX (again_us, stats.retry_us);
  if (self->lost_us == 0)
    self->lost_us = now_us;
  if (!ohm_survey_may_wait (self, again_us))
    return FALSE;
  self->again_us = again_us;
  ohm_meter_host_reschedule (host);
  return TRUE;
}

static void
ohm_survey_lose (OhmSurvey *self, const GError *error)
{
  if (!ohm_survey_wait (self))
    ohm_survey_fail (self, error);
}

/* --- the proof --- */

static void
ohm_survey_on_register (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data)
{
  OhmSurvey *self = user_data;

  if (!is_fact || !g_str_equal (row->name, "serial"))
    return;
  self->serial.function = row->function;
  self->serial.address = row->address;
  self->serial.count = (guint16) ohm_encoding_get_registers (&row->encoding);
}

static void
ohm_survey_note_serial (OhmSurvey *self, const OhmReply *reply)
{
  const OhmRequest *request = &self->exchange.request;

  if (request->address != self->serial.address || request->count != self->serial.count ||
      (self->serial.function != 0 && request->function != self->serial.function))
    return;
  if (reply->exception == 0)
    ohm_proof_set (&self->proof, request, reply);
  else
    self->exception = reply->exception;
}

static const char *
ohm_survey_name_refusal (guint8 exception)
{
  if (exception == 6)
    return "device-busy";
  return exception == 4 ? "device-failure" : "identity-unknown";
}

static void
ohm_survey_doubt (OhmSurvey *self, const char *code)
{
  g_autoptr (GError) error = NULL;

  ohm_message_set_error (&error, OHM_ERROR_DEVICE, ohm_message_new (code, NULL),
                         "meter '%s': its serial cannot be confirmed", self->host->id);
  ohm_survey_give_up (self, error);
}

static void
ohm_survey_take_proof (OhmSurvey *self, const OhmReply *reply)
{
  if (ohm_proof_fits (&self->proof, reply))
    ohm_survey_finish (self);
  else
    ohm_survey_doubt (self, reply->exception != 0 ? ohm_survey_name_refusal (reply->exception)
                                                  : "identity-changed");
}

/* Everything was read. A device that tells a serial has to have told it now: one that is too busy
 * for that may be any. */
static void
ohm_survey_prove (OhmSurvey *self)
{
  if (self->serial.count == 0 || ohm_facts_builder_get (self->facts, "serial") == NULL)
    {
      ohm_proof_clear (&self->proof);
      ohm_survey_finish (self);
    }
  else if (self->proof.answer == NULL)
    {
      ohm_survey_doubt (self, ohm_survey_name_refusal (self->exception));
    }
  else
    {
      self->is_proving = TRUE;
      self->exchange.request.function = self->proof.request.function;
      self->exchange.request.address = self->proof.request.address;
      self->exchange.request.count = self->proof.request.count;
      ohm_survey_submit (self);
    }
}

static void
ohm_survey_on_exchanged (OhmLinkExchange *exchange, const OhmReply *reply, const GError *error)
{
  OhmSurvey *self = exchange->user_data;
  g_autoptr (OhmMeterHost) host = g_object_ref (self->host);

  self->is_running = FALSE;
  if (reply == NULL)
    {
      ohm_survey_lose (self, error);
      return;
    }
  if (reply->exception == 0x0A || reply->exception == 0x0B)
    {
      g_autoptr (GError) no_path = ohm_meter_host_exception_error (host, reply);

      ohm_survey_lose (self, no_path);
      return;
    }
  if (self->is_proving)
    {
      ohm_survey_take_proof (self, reply);
      return;
    }
  ohm_survey_note_serial (self, reply);
  self->step++;
  self->lost_us = 0;
  ohm_survey_advance (self, reply);
}

/* On an overloaded link the background is never reached, but without a confirmed identity nothing
 * is recorded: not what was read for the slot that is open, either. */
static OhmPriority
ohm_survey_choose_priority (OhmMeterHost *host)
{
  if (host->is_trial)
    return OHM_PRIORITY_OPERATOR;
  if (host->is_confirmed)
    return OHM_PRIORITY_BACKGROUND;
  if (host->slot_until_us == 0 && ohm_meter_host_now (host) < host->slot_closes_us)
    return OHM_PRIORITY_SLOT;
  return OHM_PRIORITY_LIVE;
}

static void
ohm_survey_submit (OhmSurvey *self)
{
  const OhmLimits *limits = ohm_profile_get_limits (self->host->profile);

  self->exchange.priority = ohm_survey_choose_priority (self->host);
  self->exchange.request.unit = self->host->unit;
  self->exchange.quirks = limits->quirks;
  self->exchange.timeout_us = limits->timeout_us;
  self->exchange.pause_us = limits->pause_us;
  self->exchange.connect_pause_us = limits->connect_pause_us;
  self->is_running = TRUE;
  self->again_us = -1;
  ohm_link_submit (self->host->link, &self->exchange);
}

static void
ohm_survey_advance (OhmSurvey *self, const OhmReply *last)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = FALSE;

  if (self->step > STEPS_MAX)
    g_set_error (&error, OHM_ERROR, OHM_ERROR_PROFILE, "the survey does not end after %d requests",
                 STEPS_MAX);
  else
    ohm_meter_survey (self->meter, self->step, last, self->facts, &self->exchange.request, &is_done,
                      &error);
  if (error != NULL)
    {
      g_prefix_error (&error, "meter '%s': ", self->host->id);
      ohm_survey_give_up (self, error);
    }
  else if (is_done)
    {
      ohm_survey_prove (self);
    }
  else
    {
      ohm_survey_submit (self);
    }
}

void
ohm_survey_start (OhmMeterHost *host)
{
  OhmSurvey *self;

  if (host->survey != NULL || host->meter == NULL || host->link == NULL)
    return;
  self = g_new0 (OhmSurvey, 1);
  self->host = host;
  self->meter = g_object_ref (host->meter);
  /* Choices of alternatives hold for the life of the run: the survey starts from what is known. */
  self->facts = ohm_facts_builder_new (host->facts);
  ohm_profile_foreach_register (host->profile, ohm_survey_on_register, self);
  self->connects = ohm_survey_count_connects (host);
  self->exchange.func = ohm_survey_on_exchanged;
  self->exchange.user_data = self;
  host->survey = self;
  ohm_survey_advance (self, /* last */ NULL);
}

gint64
ohm_survey_get_due_us (OhmMeterHost *host)
{
  return host->survey != NULL && !host->survey->is_running ? host->survey->again_us : -1;
}

void
ohm_survey_hurry (OhmMeterHost *host)
{
  if (ohm_survey_get_due_us (host) >= 0)
    host->survey->again_us = ohm_meter_host_now (host);
}

void
ohm_survey_go_on (OhmMeterHost *host)
{
  gint64 due_us = ohm_survey_get_due_us (host);

  if (due_us >= 0 && ohm_meter_host_now (host) >= due_us)
    ohm_survey_submit (host->survey);
}
