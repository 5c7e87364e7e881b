/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-identify.h"
#include "ohm-log.h"
#include "ohm-meter-host-private.h"

/* Types that are dropped in are tried at once; the device itself changes seldom. */
#define NO_TYPE_RETRY_US (300 * G_USEC_PER_SEC)

static void
ohm_meter_host_take_type (OhmMeterHost *self, const OhmCandidate *candidate)
{
  g_autoptr (OhmFactsBuilder) builder = ohm_facts_builder_new (/* base */ NULL);
  g_autoptr (OhmFacts) facts = NULL;

  ohm_facts_builder_set (builder, "type", candidate->id);
  facts = ohm_facts_builder_end (g_steal_pointer (&builder));
  ohm_log_message ("meter", self->id, "meter '%s' is a %s (score %u)", self->id, candidate->name,
                   candidate->score);
  self->survey_due_us = ohm_clock_get_mono_us (self->clock);
  ohm_meter_host_take_facts (self, facts);
}

/* A guess is not taken by itself: the counters of another type may stand where it reads. */
static void
ohm_meter_host_refuse_types (OhmMeterHost *self, const OhmCandidate *best)
{
  g_autoptr (OhmMessage) cause = NULL;
  g_autofree char *score = NULL;

  if (best == NULL)
    {
      cause = ohm_message_new ("no-type-fits", "address", ohm_link_get_id (self->link), NULL);
    }
  else
    {
      score = g_strdup_printf ("%u", best->score);
      cause = ohm_message_new ("type-guessed", "meter", self->id, "type", best->id, "name",
                               best->name, "score", score, NULL);
    }
  self->survey_due_us = ohm_clock_get_mono_us (self->clock) + NO_TYPE_RETRY_US;
  ohm_meter_host_set_state (self, OHM_STATE_MISCONFIGURED, cause);
  ohm_meter_host_reschedule (self);
}

static void
ohm_meter_host_on_identified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmMeterHost) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmIdentification) found = ohm_identify_finish (OHM_LINK (source), result, &error);
  const OhmCandidate *best = found != NULL && found->candidates->len > 0
                               ? g_ptr_array_index (found->candidates, 0)
                               : NULL;

  /* stopped meanwhile */
  if (ohm_error_is_cancelled (error))
    return;
  g_clear_object (&self->identifying);
  if (found == NULL)
    {
      ohm_meter_host_note_failure (self, error);
    }
  else if (best != NULL && best->score >= OHM_IDENTIFY_SURE)
    {
      ohm_meter_host_take_type (self, best);
    }
  else
    {
      ohm_meter_host_refuse_types (self, best);
    }
}

void
ohm_meter_host_identify (OhmMeterHost *host)
{
  const OhmIdentifyTarget target = { host->unit, OHM_PRIORITY_LIVE };

  if (host->identifying != NULL)
    return;
  host->identifying = g_cancellable_new ();
  ohm_identify_async (host->link, &target, host->profiles, host->identifying,
                      ohm_meter_host_on_identified, g_object_ref (host));
}
