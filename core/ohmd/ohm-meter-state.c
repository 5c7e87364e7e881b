/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a meter's answers and silences say of it. */

#include "ohm-meter-host-private.h"

#include "ohm-log.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)
/* A device that closes the connection all the time is not surveyed all the time. */
#define SURVEY_PAUSE_US (5 * SECOND_US)
/* A meter that was fine is silent after so many requests in a row without an answer, or this time.
 */
#define LOSSES_MAX 2
#define LOST_US    (10 * SECOND_US)

void
ohm_meter_host_announce (OhmMeterHost *self)
{
  g_autoptr (OhmChange) change = ohm_change_new (self->id, FALSE);

  ohm_bus_emit_meter_changed (self->bus, change);
}

static void
ohm_meter_host_log_transition (OhmMeterHost *self, gboolean was_bad, gboolean is_bad)
{
  g_autofree char *text = self->state.cause != NULL ? ohm_message_dup_text (self->state.cause)
                                                    : NULL;

  if (is_bad && !was_bad)
    ohm_log_warning ("meter", self->id, "meter '%s' is %s: %s", self->id,
                     ohm_state_to_string (self->state.code), text != NULL ? text : "unknown cause");
  else if (was_bad && self->state.code == OHM_STATE_OK)
    ohm_log_message ("meter", self->id, "meter '%s' is ok again after %u failures in %.0f s",
                     self->id, self->failures_in_row,
                     (double) (ohm_meter_host_now (self) - self->failing_us) / SECOND_US);
}

void
ohm_meter_host_set_state (OhmMeterHost *self, OhmStateCode code, OhmMessage *cause)
{
  gboolean was_bad = ohm_state_is_bad (self->state.code);

  if (!ohm_state_set (&self->state, code, cause, ohm_clock_get_wall_us (self->clock)))
    return;
  /* A link that is down is told once, by the link; a wrong file when it was read. */
  if (code != OHM_STATE_UNREACHABLE && self->config->reason == NULL)
    ohm_meter_host_log_transition (self, was_bad, ohm_state_is_bad (code));
  ohm_meter_host_announce (self);
}

GError *
ohm_meter_host_exception_error (OhmMeterHost *self, const OhmReply *reply)
{
  g_autofree char *unit = g_strdup_printf ("%u", self->unit);
  GError *error = NULL;

  ohm_message_set_error (&error, OHM_ERROR_DEVICE,
                         ohm_message_new (reply->exception == 0x0A ? "gateway-path"
                                                                   : "gateway-no-target",
                                          "unit", unit, NULL),
                         "meter '%s': the gateway answered for unit %u: %s", self->id, self->unit,
                         ohm_modbus_exception_to_string (reply->exception));
  return error;
}

static OhmMessage *
ohm_meter_host_silence_message (OhmMeterHost *self, const GError *error)
{
  g_autofree char *unit = g_strdup_printf ("%u", self->unit);

  /* not asked any more, because nothing came before */
  if (g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT) ||
      g_error_matches (error, OHM_ERROR, OHM_ERROR_BUSY))
    return ohm_message_new ("timeout", "unit", unit, NULL);
  return ohm_message_new_from_error (error);
}

static gboolean
ohm_meter_host_is_fine (OhmMeterHost *self)
{
  return self->state.code == OHM_STATE_OK || self->state.code == OHM_STATE_PARTIAL;
}

/* One lost frame, or a connection that had to be opened anew, is no silence. */
static gboolean
ohm_meter_host_is_lost (OhmMeterHost *self, gboolean is_busy)
{
  if (!ohm_meter_host_is_fine (self))
    return !is_busy;
  return self->losses_in_row >= LOSSES_MAX ||
         ohm_meter_host_now (self) - self->failing_us >= LOST_US;
}

void
ohm_meter_host_note_failure (OhmMeterHost *self, const GError *error)
{
  const OhmState *link = ohm_link_get_state (self->link);
  gboolean is_busy = g_error_matches (error, OHM_ERROR, OHM_ERROR_BUSY);
  g_autoptr (OhmMessage) cause = NULL;
  OhmUnitStats stats;

  if (self->failures_in_row++ == 0)
    self->failing_us = ohm_meter_host_now (self);
  self->losses_in_row += is_busy ? 0 : 1;
  if (ohm_link_get_unit_stats (self->link, self->unit, &stats) && stats.retry_us > 0)
    self->state.next_attempt_us = ohm_clock_get_wall_us (self->clock) +
                                  MAX (0, stats.retry_us - ohm_meter_host_now (self));
  if (self->state.code == OHM_STATE_WRONG_DEVICE)
    return;
  if (link->code == OHM_STATE_DOWN)
    {
      self->is_confirmed = FALSE;
      self->state.next_attempt_us = link->next_attempt_us;
      ohm_meter_host_set_state (self, OHM_STATE_UNREACHABLE, link->cause);
    }
  else if (ohm_meter_host_is_lost (self, is_busy))
    {
      self->is_confirmed = FALSE;
      cause = ohm_meter_host_silence_message (self, error);
      ohm_meter_host_set_state (self, OHM_STATE_SILENT, cause);
    }
}

static OhmMessage *
ohm_meter_host_partial_message (const OhmPollResult *result)
{
  if (result->has_values)
    return ohm_message_new ("partial", NULL);
  switch (result->exception)
    {
    case 1:
      return ohm_message_new ("illegal-function", NULL);
    case 2:
      return ohm_message_new ("illegal-address", NULL);
    case 3:
      return ohm_message_new ("illegal-value", NULL);
    case 4:
      return ohm_message_new ("device-failure", NULL);
    case 6:
      return ohm_message_new ("device-busy", NULL);
    default:
      return ohm_message_new ("partial", NULL);
    }
}

/* Each kind of poll speaks for what it reads: live values that come leave it at partial while the
 * slow ones, a minute apart, do not. An operator's poll reads both. */
static void
ohm_meter_host_note_parts (OhmMeterHost *self, const OhmPollResult *result)
{
  guint parts = 1u << result->kind;

  if (result->kind == OHM_POLL_OPERATOR)
    parts = result->is_partial ? 0 : 1u << OHM_POLL_LIVE | 1u << OHM_POLL_SLOW;
  else if (result->classes & OHM_READ_SLOW)
    parts |= 1u << OHM_POLL_SLOW;
  if (result->is_partial)
    self->partial_kinds |= parts;
  else
    self->partial_kinds &= ~parts;
}

void
ohm_meter_host_note_connection (OhmMeterHost *self)
{
  guint64 connects = ohm_transport_get_counters (ohm_link_get_transport (self->link))->connects;

  /* Behind a new connection there may be another device. */
  if (connects != self->connects_seen)
    self->is_confirmed = FALSE;
  self->connects_seen = connects;
}

void
ohm_meter_host_note_success (OhmMeterHost *self, const OhmPollResult *result)
{
  gint64 pause_us = self->state.code == OHM_STATE_WRONG_DEVICE || self->survey_error != NULL
                      ? OHM_SURVEY_RETRY_US
                      : SURVEY_PAUSE_US;

  ohm_meter_host_note_connection (self);
  if (!self->is_confirmed && self->survey == NULL)
    self->survey_due_us = MAX (ohm_meter_host_now (self), self->surveyed_us + pause_us);
  self->state.next_attempt_us = 0;
  if (self->state.code == OHM_STATE_WRONG_DEVICE)
    return;
  ohm_meter_host_note_parts (self, result);
  if (self->survey_error != NULL)
    {
      ohm_meter_host_set_state (self, OHM_STATE_PARTIAL, self->survey_error);
    }
  else if (self->partial_kinds == 0)
    {
      ohm_meter_host_set_state (self, OHM_STATE_OK, /* cause */ NULL);
    }
  else if (self->state.code != OHM_STATE_PARTIAL)
    {
      g_autoptr (OhmMessage) cause = ohm_meter_host_partial_message (result);

      ohm_meter_host_set_state (self, OHM_STATE_PARTIAL, cause);
    }
  self->failures_in_row = 0;
  self->losses_in_row = 0;
}
