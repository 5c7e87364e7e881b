/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The immutable instance and its plan, made from type, settings and facts. */

#include "ohm-meter-host-private.h"

gboolean
ohm_meter_host_has_requests (OhmMeterHost *self)
{
  guint n = 0;

  if (self->plan != NULL)
    ohm_plan_get_entries (self->plan, &n);
  return n > 0;
}

static OhmProfile *
ohm_meter_host_dup_profile (OhmMeterHost *self, GError **error)
{
  const char *id = ohm_meter_host_get_type_id (self);
  OhmProfile *profile = ohm_profile_catalog_find (self->profiles, id);
  g_autofree const char **known = NULL;
  const char *suggestion;

  if (profile != NULL)
    return ohm_profile_ref (profile);
  /* A plugin without a profile provides the type of its own id (design 4.2). */
  if (ohm_plugin_host_find_type (self->plugins, id, OHM_TYPE_METER) != G_TYPE_INVALID)
    return ohm_profile_new_empty (id, id);
  known = ohm_profile_catalog_list_ids (self->profiles);
  suggestion = ohm_suggest (id, known);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s:%u: [meter] type: no type '%s'%s%s%s",
               self->config->file, self->config->type_line, id,
               suggestion != NULL ? "; did you mean '" : "", suggestion != NULL ? suggestion : "",
               suggestion != NULL ? "'?" : "");
  return NULL;
}

static OhmMeter *
ohm_meter_host_make_meter (OhmMeterHost *self, OhmProfile *profile, GError **error)
{
  const char *id = ohm_profile_get_id (profile);
  const char *family = ohm_profile_get_family (profile);
  GType type = OHM_TYPE_METER;

  if (ohm_profile_catalog_find (self->profiles, id) != profile)
    family = id;
  if (family != NULL)
    type = ohm_plugin_host_find_type (self->plugins, family, OHM_TYPE_METER);
  if (type != G_TYPE_INVALID)
    return ohm_meter_new (type, profile, self->facts);
  g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN,
               "%s:%u: [meter] type: '%s' needs the plugin '%s', which is not loaded",
               self->config->file, self->config->type_line, id, family);
  return NULL;
}

void
ohm_meter_host_drop_instance (OhmMeterHost *self)
{
  ohm_poll_stop_all (self);
  g_clear_pointer (&self->live, ohm_request_list_free);
  g_clear_pointer (&self->slot_came, g_free);
  self->witness = (OhmMerged){ 0 };
  self->probe_due_us = 0;
  self->probe_wait_us = 0;
  g_clear_pointer (&self->profile, ohm_profile_unref);
  g_clear_pointer (&self->plan, ohm_plan_unref);
  g_clear_object (&self->meter);
}

/* What the old instance was asked for is asked of the new one; who waits for an answer waits on. */
static void
ohm_meter_host_resume (OhmMeterHost *self, gboolean was_polling)
{
  gint64 now_us = ohm_meter_host_now (self);

  if (!self->is_running || !ohm_meter_host_has_requests (self))
    return;
  if (was_polling)
    ohm_meter_host_poll_live (self, now_us);
  /* what was lacking, or was read by other facts, does not wait for a minute */
  self->slow_due_us = self->slow_due_us < 0 ? -1 : now_us;
  if (self->operator_tasks->len > 0)
    ohm_meter_host_start_operator (self);
  self->slot_retry_us = now_us;
  ohm_meter_host_reschedule (self);
}

/* Makes instance and plan from profile and facts, swapped in one turn; answers that are still on
 * their way to the old one are dropped. If it fails, the old one is untouched. */
gboolean
ohm_meter_host_build (OhmMeterHost *self, GError **error)
{
  g_autoptr (OhmProfile) profile = ohm_meter_host_dup_profile (self, error);
  g_autoptr (OhmMeter) meter = profile != NULL ? ohm_meter_host_make_meter (self, profile, error)
                                               : NULL;
  g_autoptr (OhmPlan) plan = meter != NULL ? ohm_meter_plan (meter, error) : NULL;
  gboolean was_polling = ohm_poll_is_running (self, OHM_POLL_LIVE);
  gboolean has_same_points;

  if (plan == NULL)
    return FALSE;
  has_same_points = self->plan != NULL &&
                    ohm_plan_get_points (self->plan) == ohm_plan_get_points (plan);
  ohm_meter_host_drop_instance (self);
  self->profile = g_steal_pointer (&profile);
  self->meter = g_steal_pointer (&meter);
  self->plan = g_steal_pointer (&plan);
  g_clear_pointer (&self->absent, ohm_message_unref);
  self->absent = ohm_absent_describe (self->plan);
  if (!has_same_points)
    {
      ohm_meter_host_reset_values (self);
      ohm_meter_host_forget_lacks (self);
    }
  /* Nothing of these points was read: not ok before the first reading. */
  if (!has_same_points && ohm_meter_host_is_fine (self))
    ohm_meter_host_set_state (self, OHM_STATE_STARTING, /* cause */ NULL);
  self->learning_kinds = OHM_POLL_ALL_KINDS;
  ohm_meter_host_settle_unit (self);
  if (self->listener.planned != NULL)
    self->listener.planned (self, self->listener.user_data);
  ohm_meter_host_resume (self, was_polling);
  return TRUE;
}

void
ohm_meter_host_refuse (OhmMeterHost *self, const char *reason)
{
  g_autoptr (OhmMessage) cause = ohm_message_new ("misconfigured", "text", reason, NULL);

  ohm_meter_host_set_state (self, OHM_STATE_MISCONFIGURED, cause);
}

/* What it was is wrong now, and what it should be cannot be made: nothing is read. */
void
ohm_meter_host_rebuild (OhmMeterHost *self)
{
  g_autoptr (GError) error = NULL;

  if (ohm_meter_host_build (self, &error))
    return;
  ohm_meter_host_stop (self);
  ohm_meter_host_refuse (self, error->message);
}

void
ohm_meter_host_take_facts (OhmMeterHost *self, OhmFacts *facts)
{
  gboolean is_new = !ohm_facts_equal (self->facts, facts);

  ohm_meter_host_tell_changes (self, facts);
  g_clear_pointer (&self->facts, ohm_facts_unref);
  self->facts = ohm_facts_ref (facts);
  if (is_new || self->meter == NULL)
    ohm_meter_host_rebuild (self);
  ohm_meter_host_announce (self);
  ohm_meter_host_reschedule (self);
}
