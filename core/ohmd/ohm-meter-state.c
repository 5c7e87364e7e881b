/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a meter's answers and silences say of it. */

#include "ohm-meter-host-private.h"

#include <string.h>

#include "ohm-log.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)
/* A device that closes the connection all the time is not surveyed all the time. */
#define SURVEY_PAUSE_US (5 * SECOND_US)
/* A meter that was fine is silent after so many requests in a row without an answer, or this time;
 * only after this time if frames get lost on its line all along. */
#define LOSSES_MAX 2
#define LOST_US    (10 * SECOND_US)
/* Of the points that a meter lacks, so many are named. */
#define LOST_NAMED 3

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
  else if (was_bad && self->state.code == OHM_STATE_OK && self->failures_in_row == 0)
    ohm_log_message ("meter", self->id, "meter '%s' is ok again", self->id);
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
  if (code != OHM_STATE_UNREACHABLE && self->config->reason == NULL && !self->is_trial)
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

gboolean
ohm_meter_host_is_fine (OhmMeterHost *self)
{
  return self->state.code == OHM_STATE_OK || self->state.code == OHM_STATE_PARTIAL;
}

static gboolean
ohm_meter_host_is_lossy (OhmMeterHost *self)
{
  OhmUnitStats stats;

  return ohm_link_get_unit_stats (self->link, self->unit, &stats) &&
         ohm_meter_host_now (self) < stats.lossy_until_us;
}

/* One lost frame, or a connection that had to be opened anew, is no silence. */
static gboolean
ohm_meter_host_is_lost (OhmMeterHost *self, gboolean is_busy)
{
  if (!ohm_meter_host_is_fine (self))
    return !is_busy;
  if (ohm_meter_host_now (self) - self->failing_us >= LOST_US)
    return TRUE;
  return self->losses_in_row >= LOSSES_MAX && !ohm_meter_host_is_lossy (self);
}

gint64
ohm_meter_host_get_next_attempt_us (OhmMeterHost *self)
{
  const OhmState *link = self->link != NULL ? ohm_link_get_state (self->link) : NULL;
  OhmUnitStats stats;

  if (link == NULL)
    return 0;
  if (link->code == OHM_STATE_DOWN)
    return link->next_attempt_us;
  if (!ohm_link_get_unit_stats (self->link, self->unit, &stats) || stats.retry_us == 0)
    return 0;
  return ohm_clock_get_wall_us (self->clock) + MAX (0, stats.retry_us - ohm_meter_host_now (self));
}

void
ohm_meter_host_note_failure (OhmMeterHost *self, const GError *error)
{
  const OhmState *link = ohm_link_get_state (self->link);
  gboolean is_busy = g_error_matches (error, OHM_ERROR, OHM_ERROR_BUSY);
  g_autoptr (OhmMessage) cause = NULL;

  if (self->failures_in_row++ == 0)
    self->failing_us = ohm_meter_host_now (self);
  self->losses_in_row += is_busy ? 0 : 1;
  if (self->state.code == OHM_STATE_WRONG_DEVICE)
    return;
  if (link->code == OHM_STATE_DOWN)
    {
      self->is_confirmed = FALSE;
      ohm_meter_host_set_state (self, OHM_STATE_UNREACHABLE, link->cause);
    }
  /* one that has another unit than was asked is not silent */
  else if (ohm_meter_host_is_lost (self, is_busy) &&
           (self->has_tried_units || !ohm_meter_host_has_choice (self)))
    {
      self->is_confirmed = FALSE;
      cause = ohm_meter_host_silence_message (self, error);
      ohm_meter_host_set_state (self, OHM_STATE_SILENT, cause);
    }
}

/* What is wrong with a device that refuses all its live values. */
static const char *
ohm_meter_host_name_refusal (const OhmPollResult *result)
{
  gboolean is_minor = result->kind == OHM_POLL_SLOW || result->kind == OHM_POLL_SLOT;
  static const char *const codes[] = {
    [1] = "illegal-function", [2] = "illegal-address", [3] = "illegal-value",
    [4] = "device-failure",   [6] = "device-busy",
  };

  if (result->has_values || is_minor || result->exception >= G_N_ELEMENTS (codes) ||
      codes[result->exception] == NULL)
    return "partial";
  return codes[result->exception];
}

/* (transfer full): the first few points by name */
static char *
ohm_meter_host_name_lost (OhmMeterHost *self, const OhmPollResult *result)
{
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (self->plan, &n);
  const OhmPoint *points = ohm_point_set_get_points (ohm_plan_get_points (self->plan), &n);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (guint i = 0; i < MIN (result->n_lost, LOST_NAMED); i++)
    g_strv_builder_add (names, points[entries[result->lost[i]].point].name);
  list = g_strv_builder_end (names);
  return g_strjoinv (", ", list);
}

/* (transfer full): what the poll did not bring, and why: the exception, or the code of the error */
static OhmMessage *
ohm_meter_host_describe_lack (OhmMeterHost *self, const OhmPollResult *result)
{
  g_autoptr (GVariant) dict = NULL;
  g_autofree char *points = ohm_meter_host_name_lost (self, result);
  g_autofree char *more = g_strdup_printf ("%u", result->n_lost - MIN (result->n_lost, LOST_NAMED));
  g_autofree char *exception = g_strdup_printf ("%u", result->exception);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  if (result->n_lost > 0)
    g_variant_builder_add (&builder, "{ss}", "points", points);
  if (result->n_lost > LOST_NAMED)
    g_variant_builder_add (&builder, "{ss}", "more", more);
  if (result->exception != 0)
    g_variant_builder_add (&builder, "{ss}", "exception", exception);
  else if (result->error != NULL)
    {
      g_autoptr (OhmMessage) cause = ohm_message_new_from_error (result->error);

      g_variant_builder_add (&builder, "{ss}", "cause", ohm_message_get_code (cause));
    }
  dict = g_variant_ref_sink (g_variant_builder_end (&builder));
  return ohm_message_new_from_variant (ohm_meter_host_name_refusal (result), dict);
}

static void
ohm_meter_host_set_lack (OhmMeterHost *self, OhmPollKind kind, OhmMessage *lack)
{
  g_clear_pointer (&self->lacks[kind], ohm_message_unref);
  if (lack != NULL)
    self->lacks[kind] = ohm_message_ref (lack);
}

void
ohm_meter_host_forget_lacks (OhmMeterHost *self)
{
  for (guint kind = 0; kind < OHM_N_POLL_KINDS; kind++)
    ohm_meter_host_set_lack (self, kind, /* lack */ NULL);
  g_clear_pointer (&self->barren, ohm_message_unref);
  memset (self->barren_us, 0, sizeof self->barren_us);
}

/* Each kind of poll speaks for what it reads: live values that come leave it at partial while the
 * slow ones, a minute apart, do not. An operator's poll reads both, but none of them alone; a trial
 * has no other. */
static void
ohm_meter_host_note_parts (OhmMeterHost *self, const OhmPollResult *result)
{
  gboolean is_extra = result->kind == OHM_POLL_OPERATOR && !self->is_trial;
  g_autoptr (OhmMessage) lack = result->is_partial ? ohm_meter_host_describe_lack (self, result)
                                                   : NULL;

  if (is_extra && lack != NULL)
    return;
  ohm_meter_host_set_lack (self, result->kind == OHM_POLL_OPERATOR ? OHM_POLL_LIVE : result->kind,
                           lack);
  if (result->classes & OHM_READ_SLOW)
    ohm_meter_host_set_lack (self, OHM_POLL_SLOW, lack);
}

/* (nullable): what it lacks, of live values first; what it does not have at all, last */
static OhmMessage *
ohm_meter_host_find_lack (OhmMeterHost *self)
{
  for (guint kind = 0; kind < OHM_N_POLL_KINDS; kind++)
    if (self->lacks[kind] != NULL)
      return self->lacks[kind];
  return self->barren != NULL ? self->barren : self->absent;
}

/* Where each poll lacks something else, not each poll is news. */
static void
ohm_meter_host_tell_lack (OhmMeterHost *self, OhmMessage *lack)
{
  gint64 now_us = ohm_meter_host_now (self);

  if (self->state.code == OHM_STATE_PARTIAL && now_us - self->lacking_us < LOST_US)
    return;
  self->lacking_us = now_us;
  ohm_meter_host_set_state (self, OHM_STATE_PARTIAL, lack);
}

/* @is_news: whether it lacks something altogether, and did not before, or the other way round */
static void
ohm_meter_host_tell_success (OhmMeterHost *self, gboolean is_news)
{
  OhmMessage *lack = ohm_meter_host_find_lack (self);

  if (self->survey_error != NULL)
    ohm_meter_host_set_state (self, OHM_STATE_PARTIAL, self->survey_error);
  else if (lack != NULL)
    ohm_meter_host_tell_lack (self, lack);
  else
    ohm_meter_host_set_state (self, OHM_STATE_OK, /* cause */ NULL);
  if (is_news)
    ohm_meter_host_announce (self);
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
ohm_meter_host_plan_survey (OhmMeterHost *self)
{
  gint64 pause_us = self->state.code == OHM_STATE_WRONG_DEVICE || self->survey_error != NULL
                      ? OHM_SURVEY_RETRY_US
                      : SURVEY_PAUSE_US;

  if (!self->is_confirmed && self->survey == NULL)
    self->survey_due_us = MAX (ohm_meter_host_now (self), self->surveyed_us + pause_us);
}

void
ohm_meter_host_note_success (OhmMeterHost *self, const OhmPollResult *result)
{
  ohm_meter_host_note_connection (self);
  ohm_survey_hurry (self);
  ohm_meter_host_plan_survey (self);
  if (self->state.code == OHM_STATE_WRONG_DEVICE)
    return;
  ohm_meter_host_note_parts (self, result);
  ohm_meter_host_tell_success (self, !self->is_trial && ohm_meter_barren_look (self));
  self->failures_in_row = 0;
  self->losses_in_row = 0;
}

void
ohm_meter_host_note_idle (OhmMeterHost *self)
{
  gboolean is_there = ohm_meter_host_is_fine (self) ||
                      (self->state.code == OHM_STATE_STARTING && self->is_confirmed);
  gboolean is_news = is_there && !self->is_trial && ohm_meter_barren_look (self);

  if (is_news || (is_there && self->barren != NULL))
    ohm_meter_host_tell_success (self, is_news);
}
