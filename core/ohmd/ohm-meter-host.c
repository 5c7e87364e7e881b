/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A meter at work. What it does when is in one place, ohm_meter_host_on_timer(): live polls at
 * multiples of the period, slow ones each minute, slot retries inside the window, surveys at first
 * contact, after an interruption and daily. What these do, and what they say of the meter, are
 * files of their own.
 */

#include "ohm-meter-host-private.h"

#define SECOND_US        G_GINT64_CONSTANT (1000000)
#define SLOW_PERIOD_US   (60 * SECOND_US)
#define SURVEY_PERIOD_US (24 * 3600 * SECOND_US)
/* What is newly refused is asked for again after this long, then each time twice as long. */
#define REFUSED_PAUSE_US (600 * SECOND_US)
/* First polls are spread over this, so that a thousand meters do not start at once. */
#define START_SPREAD_US (1 * SECOND_US)
/* They begin in step with one another: a wake-up costs more than the exchange that it is for
 * (tests/bench, "evenly spread" against "all at once"), so one serves many. */
#define STEP_US (SECOND_US / 10)

G_DEFINE_FINAL_TYPE (OhmMeterHost, ohm_meter_host, G_TYPE_OBJECT)

gint64
ohm_meter_host_now (OhmMeterHost *self)
{
  return ohm_clock_get_mono_us (self->clock);
}

/* --- time --- */

/* Slow entries are first read with the first poll (design 4.2). */
void
ohm_meter_host_poll_live (OhmMeterHost *self, gint64 due_us)
{
  ohm_poll_start (self, OHM_POLL_LIVE,
                  self->read_us == 0 ? OHM_READ_LIVE | OHM_READ_SLOW : OHM_READ_LIVE, due_us);
}

static gint64
ohm_meter_host_earliest (gint64 a, gint64 b)
{
  if (a < 0)
    return b;
  return b < 0 ? a : MIN (a, b);
}

void
ohm_meter_host_reschedule (OhmMeterHost *self)
{
  gint64 next_us;

  if (!self->is_running || self->timer == NULL)
    return;
  next_us = self->survey == NULL ? self->survey_due_us : ohm_survey_get_due_us (self);
  if (ohm_meter_host_has_requests (self))
    {
      next_us = ohm_meter_host_earliest (next_us, self->live_due_us);
      next_us = ohm_meter_host_earliest (next_us, self->slow_due_us);
      if (self->slot_until_us > 0 && !ohm_poll_is_running (self, OHM_POLL_SLOT))
        next_us = ohm_meter_host_earliest (next_us, self->slot_retry_us);
    }
  ohm_watch_set_deadline (self->timer, next_us);
}

static void
ohm_meter_host_start_live (OhmMeterHost *self, gint64 now_us)
{
  gint64 due_us = self->live_due_us;

  /* Multiples of the period stay where they are, however late this one is. */
  self->live_due_us += self->period_us * ((now_us - due_us) / self->period_us + 1);
  if (ohm_poll_is_running (self, OHM_POLL_LIVE))
    {
      self->polls_missed++;
      ohm_link_count_missed (self->link);
      return;
    }
  ohm_meter_host_poll_live (self, due_us);
}

gboolean
ohm_meter_host_has_class (OhmMeterHost *self, guint class)
{
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (self->plan, &n);

  for (guint i = 0; i < n; i++)
    if (entries[i].classes & class)
      return TRUE;
  return FALSE;
}

static void
ohm_meter_host_start_slow (OhmMeterHost *self, gint64 now_us)
{
  self->slow_due_us += SLOW_PERIOD_US * ((now_us - self->slow_due_us) / SLOW_PERIOD_US + 1);
  if (self->read_us != 0 && ohm_meter_host_has_class (self, OHM_READ_SLOW) &&
      !ohm_poll_is_running (self, OHM_POLL_SLOW))
    ohm_poll_start (self, OHM_POLL_SLOW, OHM_READ_SLOW, now_us);
}

static void
ohm_meter_host_start_slot (OhmMeterHost *self, gint64 now_us)
{
  self->slot_retry_us = now_us + OHM_SLOT_RETRY_US;
  if (now_us >= self->slot_until_us)
    self->slot_until_us = 0;
  else if (!ohm_poll_is_running (self, OHM_POLL_SLOT) &&
           ohm_meter_host_has_class (self, OHM_READ_SLOT))
    ohm_poll_start (self, OHM_POLL_SLOT, OHM_READ_SLOT, now_us);
}

void
ohm_meter_host_forget_learned (OhmMeterHost *self)
{
  ohm_learned_forget (self->learned);
  ohm_poll_forget_list (self);
  self->learning_kinds = OHM_POLL_ALL_KINDS;
  /* what is no longer refused is not learned anew, and nothing else would tell the store so */
  if (self->listener.learned != NULL)
    self->listener.learned (self, self->listener.user_data);
}

/* A refused register is tried again daily (design 4.3), and soon after it was found: a device that
 * is starting tells its serial before it has its values. */
static void
ohm_meter_host_retry_refused (OhmMeterHost *self)
{
  if (ohm_learned_is_empty (self->learned))
    {
      self->refused_pause_us = 0;
      return;
    }
  self->refused_pause_us = MIN (2 * MAX (self->refused_pause_us, REFUSED_PAUSE_US),
                                SURVEY_PERIOD_US);
  ohm_meter_host_forget_learned (self);
}

void
ohm_meter_host_note_refused (OhmMeterHost *self)
{
  gint64 again_us = ohm_meter_host_now (self) + MAX (self->refused_pause_us, REFUSED_PAUSE_US);

  if (self->survey_due_us >= 0)
    self->survey_due_us = MIN (self->survey_due_us, again_us);
}

static void
ohm_meter_host_start_survey (OhmMeterHost *self, gint64 now_us)
{
  if (self->meter == NULL)
    {
      self->survey_due_us = now_us + OHM_SURVEY_RETRY_US;
      ohm_meter_host_identify (self);
      return;
    }
  if (self->is_confirmed)
    ohm_meter_host_retry_refused (self);
  self->survey_due_us = now_us + SURVEY_PERIOD_US;
  /* learned in doubt, or before a restart */
  if (!ohm_learned_is_empty (self->learned))
    ohm_meter_host_note_refused (self);
  self->surveyed_us = now_us;
  ohm_survey_start (self);
}

/* The survey runs behind the first poll if what it will find is known already. */
static void
ohm_meter_host_check_survey (OhmMeterHost *self, gint64 now_us)
{
  if (self->survey != NULL)
    ohm_survey_go_on (self);
  else if (self->survey_due_us >= 0 && now_us >= self->survey_due_us)
    ohm_meter_host_start_survey (self, now_us);
}

static void
ohm_meter_host_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmMeterHost) self = g_object_ref (user_data);
  gint64 now_us = ohm_meter_host_now (self);

  if (self->facts == NULL)
    ohm_meter_host_check_survey (self, now_us);
  if (ohm_meter_host_has_requests (self))
    {
      if (self->slot_until_us > 0 && now_us >= self->slot_retry_us)
        ohm_meter_host_start_slot (self, now_us);
      if (self->live_due_us >= 0 && now_us >= self->live_due_us)
        ohm_meter_host_start_live (self, now_us);
      if (self->slow_due_us >= 0 && now_us >= self->slow_due_us)
        ohm_meter_host_start_slow (self, now_us);
    }
  ohm_meter_host_check_survey (self, now_us);
  ohm_meter_host_reschedule (self);
}

void
ohm_meter_host_read_slot (OhmMeterHost *self, gint64 deadline_us)
{
  g_return_if_fail (OHM_IS_METER_HOST (self));

  self->slot_cause = OHM_GAP_METER_SILENT;
  if (!self->is_running || !ohm_meter_host_has_requests (self))
    return;
  self->slot_until_us = deadline_us;
  self->slot_closes_us = deadline_us;
  g_clear_pointer (&self->slot_came, g_free);
  self->slot_misses = 0;
  self->has_slot_value = FALSE;
  self->is_slot_denied = FALSE;
  ohm_meter_host_start_slot (self, ohm_meter_host_now (self));
  ohm_meter_host_reschedule (self);
}

/* --- life --- */

void
ohm_meter_host_register_unit (OhmMeterHost *self, guint8 unit)
{
  if (self->has_unit)
    ohm_link_remove_unit (self->link, self->unit, self);
  self->unit = unit;
  self->has_unit = TRUE;
  ohm_link_add_unit (self->link, unit, ohm_meter_host_on_telegram, self);
}

gboolean
ohm_meter_host_has_choice (OhmMeterHost *self)
{
  return self->profile != NULL && self->config->unit < 0 && self->followed_unit < 0 &&
         ohm_facts_get (self->facts, "unit-id") == NULL &&
         ohm_profile_get_limits (self->profile)->n_units > 1;
}

static guint8
ohm_meter_host_choose_unit (OhmMeterHost *self)
{
  const OhmLimits *limits;
  double known;

  if (self->followed_unit >= 0)
    return (guint8) self->followed_unit;
  if (self->config->unit >= 0)
    return (guint8) self->config->unit;
  if (ohm_facts_get_number (self->facts, "unit-id", &known) && known >= 0 && known <= 255)
    return (guint8) known;
  if (self->profile == NULL)
    return 1;
  limits = ohm_profile_get_limits (self->profile);
  return limits->n_units > 0 ? limits->units[0] : 1;
}

void
ohm_meter_host_settle_unit (OhmMeterHost *self)
{
  if (!self->has_unit)
    self->unit = ohm_meter_host_choose_unit (self);
}

/* A place of its own in [0, range) for each id. The hash of ids that count up counts up too: the
 * golden ratio's multiplication (Knuth, TAOCP 6.4) spreads it over all bits. */
static gint64
ohm_meter_host_spread (OhmMeterHost *self, gint64 range_us)
{
  guint32 mixed = g_str_hash (self->id) * 2654435769u;

  return (gint64) (((guint64) mixed * (guint64) range_us) >> 32);
}

/* The next step from @mono_us on. */
static gint64
ohm_meter_host_step (gint64 mono_us)
{
  return (mono_us + STEP_US - 1) / STEP_US * STEP_US;
}

void
ohm_meter_host_begin (OhmMeterHost *self)
{
  gint64 now_us = ohm_meter_host_now (self);
  gint64 spread_us = ohm_meter_host_spread (self, MIN (self->period_us, START_SPREAD_US));

  self->is_running = TRUE;
  self->survey_due_us = self->is_trial ? now_us : ohm_meter_host_step (now_us + spread_us);
  if (!self->is_trial)
    {
      self->live_due_us = self->survey_due_us;
      self->slow_due_us = self->live_due_us + SLOW_PERIOD_US;
    }
  ohm_meter_host_register_unit (self, ohm_meter_host_choose_unit (self));
  ohm_meter_host_reschedule (self);
}

void
ohm_meter_host_start (OhmMeterHost *self)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (OHM_IS_METER_HOST (self) && !self->is_running);

  if (self->config->reason == NULL && ohm_meter_config_is_virtual (self->config))
    {
      ohm_meter_host_start_virtual (self);
      return;
    }
  if (self->config->reason != NULL || self->link == NULL)
    {
      ohm_meter_host_refuse (self, self->config->reason != NULL ? self->config->reason
                                                                : "its link is not configured");
      return;
    }
  if (!ohm_settings_get_boolean (self->config->settings, "enabled"))
    {
      g_autoptr (OhmMessage) cause = ohm_message_new ("disabled", NULL);

      ohm_meter_host_settle_unit (self);
      ohm_meter_host_set_state (self, OHM_STATE_DISABLED, cause);
      return;
    }
  if (!g_str_equal (ohm_meter_host_get_type_id (self), "auto") &&
      !ohm_meter_host_build (self, &error))
    {
      ohm_meter_host_refuse (self, error->message);
      return;
    }
  ohm_meter_host_begin (self);
}

void
ohm_meter_host_stop (OhmMeterHost *self)
{
  g_return_if_fail (OHM_IS_METER_HOST (self));

  ohm_poll_stop_all (self);
  ohm_survey_stop (self);
  g_cancellable_cancel (self->identifying);
  g_clear_object (&self->identifying);
  if (self->has_unit)
    ohm_link_remove_unit (self->link, self->unit, self);
  self->has_unit = FALSE;
  self->is_running = FALSE;
  if (self->timer != NULL)
    ohm_watch_set_deadline (self->timer, -1);
  ohm_meter_host_end_operator_reads (self, NULL, NULL);
}

static void
ohm_meter_host_apply_settings (OhmMeterHost *self)
{
  const char *serial;

  if (self->config->settings == NULL)
    return;
  self->period_us = ohm_settings_get_duration_us (self->config->settings, "poll");
  serial = ohm_settings_get_string (self->config->settings, "serial");
  if (serial == NULL)
    serial = ohm_facts_get (self->facts, "serial");
  g_free (self->expected);
  self->expected = g_strdup (serial);
}

OhmMeterHost *
ohm_meter_host_new (const OhmMeterHostSetup *setup)
{
  OhmMeterHost *self = g_object_new (OHM_TYPE_METER_HOST, NULL);

  self->id = g_strdup (setup->config->id);
  self->config = ohm_meter_config_ref (setup->config);
  self->link = setup->link != NULL ? g_object_ref (setup->link) : NULL;
  self->profiles = g_object_ref (setup->profiles);
  self->plugins = g_object_ref (setup->plugins);
  self->bus = g_object_ref (setup->bus);
  self->clock = g_object_ref (ohm_watcher_get_clock (setup->watcher));
  self->facts = setup->facts != NULL ? ohm_facts_ref (setup->facts) : NULL;
  self->learned = ohm_learned_new_from_variant (setup->learned);
  self->listener = *setup->listener;
  self->is_trial = setup->is_trial;
  self->timer = ohm_watcher_add (setup->watcher, /* fd */ -1, 0, ohm_meter_host_on_timer, self);
  self->slot_cause = OHM_GAP_METER_SILENT;
  ohm_state_set (&self->state, OHM_STATE_STARTING, NULL, ohm_clock_get_wall_us (self->clock));
  ohm_meter_host_apply_settings (self);
  return self;
}

void
ohm_meter_host_set_config (OhmMeterHost *self, OhmMeterConfig *config)
{
  ohm_meter_config_ref (config);
  ohm_meter_config_unref (self->config);
  self->config = config;
}

void
ohm_meter_host_survey (OhmMeterHost *self)
{
  g_return_if_fail (OHM_IS_METER_HOST (self));

  /* what one that is under way has read may be from before whatever raised the question */
  ohm_survey_stop (self);
  self->survey_due_us = ohm_meter_host_now (self);
  self->is_confirmed = FALSE;
  ohm_meter_host_reschedule (self);
}

void
ohm_meter_host_forget (OhmMeterHost *self)
{
  g_return_if_fail (OHM_IS_METER_HOST (self));

  ohm_survey_stop (self);
  ohm_proof_clear (&self->proof);
  ohm_learned_forget (self->learned);
  self->refused_pause_us = 0;
  g_clear_pointer (&self->facts, ohm_facts_unref);
  g_clear_pointer (&self->survey_error, ohm_message_unref);
  ohm_meter_host_apply_settings (self);
  /* at once: until the next survey, a restart or another file would bring back what was kept */
  if (self->listener.learned != NULL)
    self->listener.learned (self, self->listener.user_data);
  if (self->state.code == OHM_STATE_WRONG_DEVICE)
    ohm_meter_host_set_state (self, OHM_STATE_STARTING, /* cause */ NULL);
  if (!self->is_running)
    return;
  if (g_str_equal (ohm_meter_host_get_type_id (self), "auto"))
    ohm_meter_host_drop_instance (self);
  else
    ohm_meter_host_rebuild (self);
  ohm_meter_host_survey (self);
}

static void
ohm_meter_host_dispose (GObject *object)
{
  OhmMeterHost *self = OHM_METER_HOST (object);

  if (self->link != NULL)
    ohm_meter_host_stop (self);
  g_clear_pointer (&self->timer, ohm_watch_remove);
  g_clear_object (&self->link);
  g_clear_object (&self->home);
  g_clear_object (&self->profiles);
  g_clear_object (&self->plugins);
  g_clear_object (&self->bus);
  g_clear_object (&self->meter);
  g_clear_object (&self->clock);
  G_OBJECT_CLASS (ohm_meter_host_parent_class)->dispose (object);
}

static void
ohm_meter_host_finalize (GObject *object)
{
  OhmMeterHost *self = OHM_METER_HOST (object);

  g_clear_pointer (&self->config, ohm_meter_config_unref);
  g_clear_pointer (&self->survey_error, ohm_message_unref);
  ohm_meter_host_forget_lacks (self);
  ohm_proof_clear (&self->proof);
  g_free (self->id);
  g_free (self->expected);
  g_clear_pointer (&self->absent, ohm_message_unref);
  g_free (self->cells);
  g_free (self->qualities);
  g_free (self->times_us);
  g_free (self->slot_came);
  g_clear_pointer (&self->virtual_slow, g_array_unref);
  g_ptr_array_unref (self->operator_tasks);
  g_clear_pointer (&self->live, ohm_request_list_free);
  g_clear_pointer (&self->facts, ohm_facts_unref);
  g_clear_pointer (&self->learned, ohm_learned_free);
  g_clear_pointer (&self->profile, ohm_profile_unref);
  g_clear_pointer (&self->plan, ohm_plan_unref);
  ohm_state_clear (&self->state);
  G_OBJECT_CLASS (ohm_meter_host_parent_class)->finalize (object);
}

static void
ohm_meter_host_class_init (OhmMeterHostClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_meter_host_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_meter_host_finalize;
}

static void
ohm_meter_host_init (OhmMeterHost *self)
{
  self->live_due_us = -1;
  self->slow_due_us = -1;
  self->survey_due_us = -1;
  self->followed_unit = -1;
  self->operator_tasks = g_ptr_array_new_with_free_func (g_object_unref);
}
