/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plausibility.h"

#include <math.h>

#include "ohm-plausibility-counters.h"
#include "ohm-plausibility-direction.h"
#include "ohm-plausibility-parts.h"
#include "ohm-plausibility-phases.h"
#include "ohm-plausibility-power.h"

/* Limits and settings may change: they are asked for again after this. */
#define REFRESH_US (60 * G_GINT64_CONSTANT (1000000))

/* Kinds of finding that do not follow from one another; each has one alarm at a time. */
typedef enum
{
  OHM_TOPIC_VOLTAGE,
  OHM_TOPIC_DIRECTION,
  OHM_TOPIC_POWER,
  OHM_TOPIC_COUNTER,
} OhmTopic;

#define OHM_N_TOPICS 4

static const char *const ohm_topics[OHM_N_TOPICS] = {
  [OHM_TOPIC_VOLTAGE] = "voltage",
  [OHM_TOPIC_DIRECTION] = "direction",
  [OHM_TOPIC_POWER] = "power",
  [OHM_TOPIC_COUNTER] = "counter",
};

/* Points of a group that are looked at; -1 for none. */
typedef struct
{
  int voltages[OHM_N_PHASES];
  int powers[OHM_N_PHASES];
  int power;
} OhmGroupPoints;

/* A group of a meter, and what was found of it. */
typedef struct
{
  const char *name; /* interned; `""` for none */
  OhmGroupPoints at;
  OhmPlausibilityPhases phases;
  OhmPlausibilityDirection direction;
  OhmPlausibilityPower power;
  OhmPlausibilityCounters *counters; /* (owned) (nullable) */
  double max_w;
  gboolean is_raised[OHM_N_TOPICS];
} OhmGroup;

typedef struct
{
  char *id;
  OhmPointSet *points; /* (owned) */
  GArray *groups;      /* (owned) (element-type OhmGroup) */
  gboolean is_checked;
  gint64 refresh_us; /* monotonic */
} OhmWatchedMeter;

struct _OhmPlausibility
{
  GObject parent_instance;

  OhmClock *clock;   /* (owned) */
  OhmAlarms *alarms; /* (owned) */
  OhmPlausibilityHost host;
  OhmPlausibilityLimits limits;
  gint64 limits_us;            /* monotonic; when they are asked for again */
  GHashTable *meters;          /* (owned) (element-type utf8 OhmWatchedMeter) */
  OhmPlausibilityParts *parts; /* (owned) */
};

G_DEFINE_FINAL_TYPE (OhmPlausibility, ohm_plausibility, G_TYPE_OBJECT)

/* --- alarms --- */

static char *
ohm_group_dup_subject (const OhmGroup *self, const char *meter, OhmTopic topic)
{
  return g_strdup_printf ("meters/%s/%s%s%s", meter, self->name, self->name[0] != '\0' ? "/" : "",
                          ohm_topics[topic]);
}

static void
ohm_plausibility_tell (OhmPlausibility *self,
                       const char *subject,
                       OhmHoldNews news,
                       OhmMessage *message)
{
  if (news == OHM_HOLD_RAISED)
    ohm_alarms_raise (self->alarms, subject, message);
  else
    ohm_alarms_end (self->alarms, subject);
}

static void
ohm_plausibility_take_news (OhmPlausibility *self,
                            const OhmWatchedMeter *meter,
                            OhmGroup *group,
                            OhmTopic topic,
                            OhmHoldNews news,
                            OhmMessage *message)
{
  g_autofree char *subject = NULL;
  g_autoptr (OhmMessage) owned = message;

  if (news == OHM_HOLD_SAME)
    return;
  subject = ohm_group_dup_subject (group, meter->id, topic);
  group->is_raised[topic] = news == OHM_HOLD_RAISED;
  ohm_plausibility_tell (self, subject, news, message);
}

static void
ohm_plausibility_end_all (OhmPlausibility *self, const OhmWatchedMeter *meter)
{
  for (guint i = 0; i < meter->groups->len; i++)
    {
      const OhmGroup *group = &g_array_index (meter->groups, OhmGroup, i);

      for (guint topic = 0; topic < OHM_N_TOPICS; topic++)
        if (group->is_raised[topic])
          {
            g_autofree char *subject = ohm_group_dup_subject (group, meter->id, (OhmTopic) topic);

            ohm_alarms_end (self->alarms, subject);
          }
    }
}

/* --- which points --- */

static int
ohm_group_find (OhmPointSet *points, const char *group, const char *name)
{
  g_autofree char *full = g_strconcat (group, group[0] != '\0' ? "." : "", name, NULL);
  guint index = 0;

  return ohm_point_set_find (points, full, &index) ? (int) index : -1;
}

static void
ohm_group_find_points (OhmGroup *self, OhmPointSet *points)
{
  static const char *const voltages[] = { "voltage.l1-n", "voltage.l2-n", "voltage.l3-n" };
  static const char *const powers[] = { "power-active.l1", "power-active.l2", "power-active.l3" };

  for (guint i = 0; i < OHM_N_PHASES; i++)
    {
      self->at.voltages[i] = ohm_group_find (points, self->name, voltages[i]);
      self->at.powers[i] = ohm_group_find (points, self->name, powers[i]);
    }
  self->at.power = ohm_group_find (points, self->name, "power-active.total");
  self->counters = ohm_plausibility_counters_new (points, self->name);
}

static gboolean
ohm_watched_meter_has_group (const OhmWatchedMeter *self, const char *name)
{
  for (guint i = 0; i < self->groups->len; i++)
    if (g_array_index (self->groups, OhmGroup, i).name == name)
      return TRUE;
  return FALSE;
}

/* A meter with other points begins anew: what was found of the old ones has no meaning. */
static void
ohm_watched_meter_set_points (OhmWatchedMeter *self, OhmPointSet *points)
{
  guint n = 0;
  const OhmPoint *list = ohm_point_set_get_points (points, &n);

  g_array_set_size (self->groups, 0);
  g_clear_pointer (&self->points, ohm_point_set_unref);
  self->points = ohm_point_set_ref (points);
  self->refresh_us = 0;
  for (guint i = 0; i < n; i++)
    {
      OhmGroup group = { .name = list[i].group };

      if (ohm_watched_meter_has_group (self, group.name))
        continue;
      ohm_group_find_points (&group, points);
      if (group.at.power >= 0 || group.at.voltages[0] >= 0 || group.counters != NULL)
        g_array_append_val (self->groups, group);
    }
}

static void
ohm_group_clear (gpointer data)
{
  OhmGroup *self = data;

  g_clear_pointer (&self->counters, ohm_plausibility_counters_free);
}

static void
ohm_watched_meter_free (gpointer data)
{
  OhmWatchedMeter *self = data;

  g_clear_pointer (&self->points, ohm_point_set_unref);
  g_array_unref (self->groups);
  g_free (self->id);
  g_free (self);
}

static OhmWatchedMeter *
ohm_plausibility_ensure (OhmPlausibility *self, const OhmReading *reading)
{
  const char *id = ohm_reading_get_meter (reading);
  OhmPointSet *points = ohm_reading_get_points (reading);
  OhmWatchedMeter *meter = g_hash_table_lookup (self->meters, id);

  if (meter == NULL)
    {
      meter = g_new0 (OhmWatchedMeter, 1);
      meter->id = g_strdup (id);
      meter->groups = g_array_new (/* zero terminated */ FALSE, FALSE, sizeof (OhmGroup));
      g_array_set_clear_func (meter->groups, ohm_group_clear);
      g_hash_table_insert (self->meters, meter->id, meter);
    }
  if (meter->points != points)
    {
      ohm_plausibility_end_all (self, meter);
      ohm_watched_meter_set_points (meter, points);
    }
  return meter;
}

/* --- looking --- */

/* FALSE if the reading did not read it; NaN if it has no value. */
static gboolean
ohm_group_get (const OhmReading *reading, int index, double *ret_value)
{
  *ret_value = (double) NAN;
  if (index < 0 || ohm_reading_get_qualities (reading, NULL)[index] == OHM_QUALITY_NONE)
    return FALSE;
  *ret_value = ohm_reading_get_real (reading, (guint) index);
  return TRUE;
}

static gboolean
ohm_group_get_phases (const OhmReading *reading, const int *indices, double *values)
{
  gboolean is_read = FALSE;

  for (guint i = 0; i < OHM_N_PHASES; i++)
    is_read |= ohm_group_get (reading, indices[i], &values[i]);
  return is_read;
}

static void
ohm_plausibility_look_at_power (OhmPlausibility *self,
                                OhmWatchedMeter *meter,
                                OhmGroup *group,
                                const OhmReading *reading,
                                gint64 now_us)
{
  OhmMessage *message = NULL;
  OhmHoldNews news;
  double powers[OHM_N_PHASES];
  double total;

  if (ohm_group_get_phases (reading, group->at.powers, powers))
    {
      news = ohm_plausibility_direction_update (&group->direction, powers, &self->limits, now_us,
                                                &message);
      ohm_plausibility_take_news (self, meter, group, OHM_TOPIC_DIRECTION, news, message);
    }
  if (!ohm_group_get (reading, group->at.power, &total))
    return;
  if (group->counters != NULL)
    ohm_plausibility_counters_note_power (group->counters, total, powers, now_us);
  message = NULL;
  news = ohm_plausibility_power_update (&group->power, total, group->max_w, now_us, &message);
  ohm_plausibility_take_news (self, meter, group, OHM_TOPIC_POWER, news, message);
}

static void
ohm_plausibility_look_at_group (OhmPlausibility *self,
                                OhmWatchedMeter *meter,
                                OhmGroup *group,
                                const OhmReading *reading,
                                gint64 now_us)
{
  OhmMessage *message = NULL;
  OhmHoldNews news;
  double voltages[OHM_N_PHASES];

  if (ohm_group_get_phases (reading, group->at.voltages, voltages))
    {
      news = ohm_plausibility_phases_update (&group->phases, voltages, &self->limits, now_us,
                                             &message);
      ohm_plausibility_take_news (self, meter, group, OHM_TOPIC_VOLTAGE, news, message);
    }
  ohm_plausibility_look_at_power (self, meter, group, reading, now_us);
  if (group->counters == NULL)
    return;
  news = ohm_plausibility_counters_update (group->counters, reading, group->max_w, &self->limits,
                                           now_us, &message);
  ohm_plausibility_take_news (self, meter, group, OHM_TOPIC_COUNTER, news, message);
}

static void
ohm_plausibility_refresh_limits (OhmPlausibility *self, gint64 now_us)
{
  if (now_us < self->limits_us)
    return;
  self->limits_us = now_us + REFRESH_US;
  self->host.get_limits (&self->limits, self->host.user_data);
}

static void
ohm_plausibility_refresh (OhmPlausibility *self,
                          OhmWatchedMeter *meter,
                          const OhmReading *reading,
                          gint64 now_us)
{
  OhmPlausibilityMeter known = { 0 };

  ohm_plausibility_refresh_limits (self, now_us);
  if (now_us < meter->refresh_us)
    return;
  meter->refresh_us = now_us + REFRESH_US;
  meter->is_checked = self->host.get_meter (meter->id, &known, self->host.user_data) &&
                      known.is_checked;
  for (guint i = 0; i < meter->groups->len; i++)
    {
      OhmGroup *group = &g_array_index (meter->groups, OhmGroup, i);
      double voltages[OHM_N_PHASES];

      ohm_group_get_phases (reading, group->at.voltages, voltages);
      group->max_w = ohm_plausibility_power_find_max (known.settings, known.facts, voltages);
    }
  if (!meter->is_checked)
    {
      ohm_plausibility_end_all (self, meter);
      ohm_watched_meter_set_points (meter, meter->points);
      meter->refresh_us = now_us + REFRESH_US;
    }
}

static void
ohm_plausibility_on_reading (const OhmReading *reading, gpointer owner)
{
  OhmPlausibility *self = OHM_PLAUSIBILITY (owner);
  gint64 now_us = ohm_clock_get_mono_us (self->clock);
  OhmWatchedMeter *meter = NULL;

  if (self->host.is_confirmed != NULL &&
      !self->host.is_confirmed (ohm_reading_get_meter (reading), self->host.user_data))
    return;
  meter = ohm_plausibility_ensure (self, reading);
  ohm_plausibility_refresh (self, meter, reading, now_us);
  for (guint i = 0; meter->is_checked && i < meter->groups->len; i++)
    ohm_plausibility_look_at_group (self, meter, &g_array_index (meter->groups, OhmGroup, i),
                                    reading, now_us);
}

/* --- parts and their whole --- */

/* Whether something is found already of what measures @place: that is the root cause then. */
static gboolean
ohm_plausibility_is_doubted (OhmPlausibility *self, const OhmPlace *place)
{
  const OhmWatchedMeter *meter = place->meter != NULL
                                   ? g_hash_table_lookup (self->meters, place->meter)
                                   : NULL;

  for (guint i = 0; meter != NULL && i < meter->groups->len; i++)
    {
      const OhmGroup *group = &g_array_index (meter->groups, OhmGroup, i);

      for (guint topic = 0; topic < OHM_N_TOPICS; topic++)
        if (group->is_raised[topic] && g_str_equal (group->name, place->source))
          return TRUE;
    }
  return FALSE;
}

static gboolean
ohm_plausibility_is_family_doubted (OhmPlausibility *self,
                                    const char *parent,
                                    const GPtrArray *places)
{
  for (guint i = 0; i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);

      if ((g_str_equal (place->id, parent) || g_strcmp0 (place->parent, parent) == 0) &&
          ohm_plausibility_is_doubted (self, place))
        return TRUE;
    }
  return FALSE;
}

static void
ohm_plausibility_judge_parent (OhmPlausibility *self,
                               const char *parent,
                               const GPtrArray *places,
                               gint64 slot_us)
{
  g_autofree char *subject = g_strdup_printf ("places/%s/parts", parent);
  g_autoptr (OhmMessage) message = NULL;
  OhmHoldNews news;

  if (ohm_plausibility_is_family_doubted (self, parent, places))
    return;
  news = ohm_plausibility_parts_update (self->parts, parent, places, slot_us, &self->limits,
                                        &message);
  if (news != OHM_HOLD_SAME)
    ohm_plausibility_tell (self, subject, news, message);
}

static void
ohm_plausibility_on_interval (const OhmRecord *record, gpointer owner)
{
  OhmPlausibility *self = OHM_PLAUSIBILITY (owner);
  g_autoptr (GPtrArray) places = self->host.list_places (self->host.user_data);

  ohm_plausibility_refresh_limits (self, ohm_clock_get_mono_us (self->clock));
  for (guint i = 0; i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);

      if (!g_str_equal (place->id, record->place))
        continue;
      ohm_plausibility_parts_note (self->parts, place, record);
      if (place->parent != NULL)
        ohm_plausibility_judge_parent (self, place->parent, places, record->slot_us);
      ohm_plausibility_judge_parent (self, place->id, places, record->slot_us);
      return;
    }
}

/* Whether @record is of the run that @before is of: the store finds that out only as it takes it.
 * Of meters without a serial nobody knows before. */
static gboolean
ohm_plausibility_is_same_counter (const OhmPlace *place,
                                  const OhmRecord *before,
                                  const OhmRecord *record)
{
  const OhmRun *run = place->run;

  return run != NULL && place->serial != NULL && g_strcmp0 (run->serial, place->serial) == 0 &&
         g_strcmp0 (run->meter, place->meter) == 0 && g_strcmp0 (run->source, place->source) == 0 &&
         run->opened_us <= before->slot_us && before->profile_revision == record->profile_revision;
}

void
ohm_plausibility_judge (OhmPlausibility *self,
                        const OhmPlace *place,
                        const OhmRecord *before,
                        gint64 since_us,
                        gboolean is_first,
                        OhmRecord *record)
{
  gint64 ago_us = ohm_clock_get_wall_us (self->clock) - since_us;
  gint64 from_us = ohm_clock_get_mono_us (self->clock) - ago_us;
  const OhmWatchedMeter *meter = place->meter != NULL
                                   ? g_hash_table_lookup (self->meters, place->meter)
                                   : NULL;
  const OhmRecord *typed = is_first && place->run != NULL ? place->run->first : NULL;

  for (guint i = 0; meter != NULL && meter->is_checked && i < meter->groups->len; i++)
    {
      const OhmGroup *group = &g_array_index (meter->groups, OhmGroup, i);

      if (group->counters == NULL)
        continue;
      if (before != NULL)
        ohm_plausibility_counters_judge (group->counters, before, from_us, record);
      if (before != NULL && ohm_plausibility_is_same_counter (place, before, record))
        ohm_plausibility_counters_judge_since (group->counters, before, since_us, group->max_w,
                                               record);
      /* when it was put in nobody said: after what the one before it has recorded */
      if (typed != NULL)
        ohm_plausibility_counters_judge_first (group->counters, typed, since_us, group->max_w,
                                               record);
    }
}

/* --- life --- */

void
ohm_plausibility_remove_meter (OhmPlausibility *self, const char *meter)
{
  OhmWatchedMeter *found = g_hash_table_lookup (self->meters, meter);

  if (found == NULL)
    return;
  ohm_plausibility_end_all (self, found);
  g_hash_table_remove (self->meters, meter);
}

OhmPlausibility *
ohm_plausibility_new (OhmBus *bus,
                      OhmClock *clock,
                      OhmAlarms *alarms,
                      const OhmPlausibilityHost *host)
{
  OhmPlausibility *self = g_object_new (OHM_TYPE_PLAUSIBILITY, NULL);

  self->clock = g_object_ref (clock);
  self->alarms = g_object_ref (alarms);
  self->host = *host;
  ohm_bus_connect_reading (bus, "plausibility", ohm_plausibility_on_reading, self);
  ohm_bus_connect_interval (bus, "plausibility", ohm_plausibility_on_interval, self);
  return self;
}

static void
ohm_plausibility_dispose (GObject *object)
{
  OhmPlausibility *self = OHM_PLAUSIBILITY (object);

  g_clear_object (&self->clock);
  g_clear_object (&self->alarms);
  g_clear_pointer (&self->meters, g_hash_table_unref);
  g_clear_pointer (&self->parts, ohm_plausibility_parts_free);
  G_OBJECT_CLASS (ohm_plausibility_parent_class)->dispose (object);
}

static void
ohm_plausibility_class_init (OhmPlausibilityClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_plausibility_dispose;
}

static void
ohm_plausibility_init (OhmPlausibility *self)
{
  self->meters = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, ohm_watched_meter_free);
  self->parts = ohm_plausibility_parts_new ();
}
