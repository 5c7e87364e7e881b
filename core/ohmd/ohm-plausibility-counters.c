/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plausibility-counters.h"

#include <math.h>
#include <string.h>

#include "ohm-plausibility-counter.h"
#include "ohm-plausibility-jump.h"

#define HOUR_US (3600.0 * 1e6)
/* What a display cuts off: it shows whole kWh. */
#define DISPLAY_WH 1000.0

/* Totals that the power that is shown makes. */
typedef enum
{
  OHM_SIDE_IMPORT,
  OHM_SIDE_EXPORT,
  OHM_N_SIDES,
} OhmSide;

static const char *const ohm_sides[OHM_N_SIDES] = {
  [OHM_SIDE_IMPORT] = "energy-active-import.total",
  [OHM_SIDE_EXPORT] = "energy-active-export.total",
};

typedef struct
{
  guint index;
  double scale; /* to Wh, varh or VAh */
  OhmSide side; /* OHM_N_SIDES for none */
  OhmPlausibilityJump jump;
} OhmWatchedCounter;

struct _OhmPlausibilityCounters
{
  OhmPointSet *points; /* (owned) */
  GArray *list;        /* (owned) (element-type OhmWatchedCounter) */
  OhmPlausibilityCounter sides[OHM_N_SIDES];
  guint told;     /* index in the list of what is raised */
  gboolean is_on; /* something is raised */
};

/* @name: whole name of a point in @group */
static OhmSide
ohm_plausibility_counters_find_side (const char *name, const char *group)
{
  const char *own = *group != '\0' ? name + strlen (group) + 1 : name;
  guint side = 0;

  while (side < OHM_N_SIDES && !g_str_equal (own, ohm_sides[side]))
    side++;
  return (OhmSide) side;
}

OhmPlausibilityCounters *
ohm_plausibility_counters_new (OhmPointSet *points, const char *group)
{
  OhmPlausibilityCounters *self = g_new0 (OhmPlausibilityCounters, 1);
  guint n = 0;
  const OhmPoint *list = ohm_point_set_get_points (points, &n);

  self->points = ohm_point_set_ref (points);
  self->list = g_array_new (/* zero terminated */ FALSE, FALSE, sizeof (OhmWatchedCounter));
  for (guint i = 0; i < n; i++)
    {
      OhmWatchedCounter counter = { .index = i };

      if (!g_str_equal (list[i].group, group) || !ohm_point_is_energy (&list[i]))
        continue;
      counter.scale = ohm_plausibility_get_energy_scale (list[i].unit);
      counter.side = ohm_plausibility_counters_find_side (list[i].name, group);
      if (counter.scale > 0)
        g_array_append_val (self->list, counter);
    }
  if (self->list->len > 0)
    return self;
  ohm_plausibility_counters_free (self);
  return NULL;
}

void
ohm_plausibility_counters_free (OhmPlausibilityCounters *self)
{
  ohm_point_set_unref (self->points);
  g_array_unref (self->list);
  g_free (self);
}

void
ohm_plausibility_counters_note_power (OhmPlausibilityCounters *self,
                                      double total_w,
                                      const double *phases_w,
                                      gint64 now_us)
{
  const double supplied_w[OHM_N_PHASES] = { -phases_w[0], -phases_w[1], -phases_w[2] };

  ohm_plausibility_counter_note_power (&self->sides[OHM_SIDE_IMPORT], total_w, phases_w, now_us);
  ohm_plausibility_counter_note_power (&self->sides[OHM_SIDE_EXPORT], -total_w, supplied_w, now_us);
}

static gboolean
ohm_plausibility_counters_is_on (const OhmPlausibilityCounters *self,
                                 const OhmWatchedCounter *counter)
{
  return counter->jump.is_on ||
         (counter->side < OHM_N_SIDES && self->sides[counter->side].code != NULL);
}

/* (transfer full) (nullable): what is newly found of one */
static OhmMessage *
ohm_plausibility_counters_look (OhmPlausibilityCounters *self,
                                OhmWatchedCounter *counter,
                                double value,
                                double max_w,
                                const OhmPlausibilityLimits *limits,
                                gint64 now_us)
{
  const OhmPoint *point = &ohm_point_set_get_points (self->points, &(guint){ 0 })[counter->index];
  OhmMessage *message = NULL;

  ohm_plausibility_jump_update (&counter->jump, point, value, max_w, now_us, &message);
  if (counter->side == OHM_N_SIDES)
    return message;
  if (message != NULL)
    ohm_plausibility_counter_restart (&self->sides[counter->side]);
  else
    ohm_plausibility_counter_update (&self->sides[counter->side], point, value, limits, now_us,
                                     &message);
  return message;
}

/* Whether that was the last one that something was found of. */
static gboolean
ohm_plausibility_counters_is_over (OhmPlausibilityCounters *self)
{
  for (guint i = 0; i < self->list->len; i++)
    if (ohm_plausibility_counters_is_on (self, &g_array_index (self->list, OhmWatchedCounter, i)))
      return FALSE;
  return TRUE;
}

/* @message: (transfer full). Returns: whether it is told: another counter's would follow from it */
static gboolean
ohm_plausibility_counters_tell (OhmPlausibilityCounters *self,
                                guint i,
                                OhmMessage *message,
                                OhmMessage **ret_message)
{
  if ((self->is_on && self->told != i) || *ret_message != NULL)
    {
      ohm_message_unref (message);
      return FALSE;
    }
  self->is_on = TRUE;
  self->told = i;
  *ret_message = message;
  return TRUE;
}

OhmHoldNews
ohm_plausibility_counters_update (OhmPlausibilityCounters *self,
                                  const OhmReading *reading,
                                  double max_w,
                                  const OhmPlausibilityLimits *limits,
                                  gint64 now_us,
                                  OhmMessage **ret_message)
{
  const guint8 *qualities = ohm_reading_get_qualities (reading, NULL);
  OhmHoldNews news = OHM_HOLD_SAME;

  *ret_message = NULL;
  for (guint i = 0; i < self->list->len; i++)
    {
      OhmWatchedCounter *counter = &g_array_index (self->list, OhmWatchedCounter, i);
      double value = qualities[counter->index] != OHM_QUALITY_NONE
                       ? ohm_reading_get_real (reading, counter->index)
                       : (double) NAN;
      OhmMessage *message = NULL;

      if (!isnan (value))
        message = ohm_plausibility_counters_look (self, counter, counter->scale * value, max_w,
                                                  limits, now_us);
      if (message != NULL && ohm_plausibility_counters_tell (self, i, message, ret_message))
        news = OHM_HOLD_RAISED;
    }
  if (news == OHM_HOLD_RAISED || !self->is_on || !ohm_plausibility_counters_is_over (self))
    return news;
  self->is_on = FALSE;
  return OHM_HOLD_CLEARED;
}

/* FALSE if the record has no value of it. */
static gboolean
ohm_plausibility_counters_get (const OhmRecord *record,
                               const char *point,
                               guint *ret_index,
                               double *ret_value)
{
  const OhmPoint *points = ohm_point_set_get_points (record->points, &(guint){ 0 });

  if (!ohm_point_set_find (record->points, point, ret_index) ||
      !ohm_quality_has_value (record->qualities[*ret_index]))
    return FALSE;
  *ret_value = ohm_point_get_real (&points[*ret_index], record->cells[*ret_index]);
  return TRUE;
}

void
ohm_plausibility_counters_judge (const OhmPlausibilityCounters *self,
                                 const OhmRecord *before,
                                 gint64 from_us,
                                 OhmRecord *record)
{
  const OhmPoint *points = ohm_point_set_get_points (self->points, &(guint){ 0 });

  for (guint i = 0; i < self->list->len; i++)
    {
      const OhmWatchedCounter *counter = &g_array_index (self->list, OhmWatchedCounter, i);
      const char *name = points[counter->index].name;
      double was;
      double is;
      guint at;

      if (counter->jump.jumped_us != 0 && counter->jump.jumped_us >= from_us &&
          ohm_plausibility_counters_get (before, name, &at, &was) &&
          ohm_plausibility_counters_get (record, name, &at, &is) &&
          ohm_plausibility_jump_is_between (&counter->jump, counter->scale * was,
                                            counter->scale * is))
        record->qualities[at] = OHM_QUALITY_SUSPECT;
    }
}

/* What cannot have been counted between two records. */
typedef struct
{
  double possible_wh; /* 0 if nobody knows how much is too much */
  gboolean has_reset; /* a counter may begin anew */
} OhmCountLimits;

/* @was, @is: in Wh */
static gboolean
ohm_plausibility_counters_is_possible (const OhmPoint *point,
                                       double was,
                                       double is,
                                       const OhmCountLimits *limits)
{
  gboolean has_fallen = is < was && point->quantity->kind == OHM_KIND_COUNTER;

  if (has_fallen)
    return limits->has_reset || was - is <= DISPLAY_WH;
  return limits->possible_wh <= 0 ||
         fabs (is - was) <= limits->possible_wh + fabs (is) * OHM_PLAUSIBILITY_FLOAT_STEP;
}

static void
ohm_plausibility_counters_hold_against (const OhmPlausibilityCounters *self,
                                        const OhmRecord *before,
                                        const OhmCountLimits *limits,
                                        OhmRecord *record)
{
  const OhmPoint *points = ohm_point_set_get_points (self->points, &(guint){ 0 });

  for (guint i = 0; i < self->list->len; i++)
    {
      const OhmWatchedCounter *counter = &g_array_index (self->list, OhmWatchedCounter, i);
      const OhmPoint *point = &points[counter->index];
      double was;
      double is;
      guint at;

      if (ohm_plausibility_counters_get (before, point->name, &at, &was) &&
          ohm_plausibility_counters_get (record, point->name, &at, &is) &&
          !ohm_plausibility_counters_is_possible (point, counter->scale * was, counter->scale * is,
                                                  limits))
        record->qualities[at] = OHM_QUALITY_SUSPECT;
    }
}

void
ohm_plausibility_counters_judge_since (const OhmPlausibilityCounters *self,
                                       const OhmRecord *before,
                                       gint64 from_us,
                                       double max_w,
                                       OhmRecord *record)
{
  /* by a clock that was set nobody knows how long it was */
  const OhmCountLimits limits = {
    .possible_wh = max_w * (1 + (double) (record->read_us - from_us) / HOUR_US),
    .has_reset = TRUE,
  };

  if ((record->flags & OHM_RECORD_CLOCK_UNSURE) == 0)
    ohm_plausibility_counters_hold_against (self, before, &limits, record);
}

void
ohm_plausibility_counters_judge_first (const OhmPlausibilityCounters *self,
                                       const OhmRecord *first,
                                       gint64 from_us,
                                       double max_w,
                                       OhmRecord *record)
{
  double energy = max_w * (double) (record->read_us - from_us) / HOUR_US;
  const OhmCountLimits limits = { .possible_wh = max_w > 0 ? energy + DISPLAY_WH : 0 };

  ohm_plausibility_counters_hold_against (self, first, &limits, record);
}
