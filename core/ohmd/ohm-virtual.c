/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-virtual.h"

#include <math.h>

/* What the layout was made for: another one is needed when one of these differs. */
typedef struct
{
  OhmPointSet *points; /* (owned) (nullable): of the part's meter */
  char *source;
  double factor;
  gboolean is_inverted;
} OhmVirtualBasis;

struct _OhmVirtual
{
  GObject parent_instance;

  OhmSite *site;     /* (not owned): outlives it */
  OhmPlaces *places; /* (owned) */
  OhmStore *store;   /* (owned) */
  char *meter;       /* (owned) */
  char *sum;         /* (owned) */
  GPtrArray *terms;  /* (owned) (element-type OhmVirtualTerm) */

  GArray *basis;            /* (owned) (element-type OhmVirtualBasis) */
  OhmVirtualLayout *layout; /* (owned) (nullable): while all parts are known */
  OhmWatch *tick;           /* (owned): the next values */
  gint64 due_us;            /* monotonic */
  gint64 newest_us;         /* newest value that was told */
  char *place;              /* (owned) (nullable) */
  OhmVirtualSlots *slots;   /* (owned) (nullable): while there is a place */
};

G_DEFINE_FINAL_TYPE (OhmVirtual, ohm_virtual, G_TYPE_OBJECT)

static void
ohm_virtual_basis_clear (gpointer data)
{
  OhmVirtualBasis *self = data;

  g_clear_pointer (&self->points, ohm_point_set_unref);
  g_free (self->source);
}

static OhmMeterHost *
ohm_virtual_get_host (OhmVirtual *self)
{
  OhmMeterHost *host = ohm_site_find_meter (self->site, self->meter);

  return host != NULL && ohm_meter_host_is_virtual (host) ? host : NULL;
}

static const OhmVirtualTerm *
ohm_virtual_get_term (OhmVirtual *self, guint i)
{
  return g_ptr_array_index (self->terms, i);
}

/* (nullable): the meter that measures a part */
static OhmMeterHost *
ohm_virtual_get_part_host (OhmVirtual *self, guint i)
{
  const OhmPlace *place = ohm_places_get (self->places, ohm_virtual_get_term (self, i)->place);

  return place != NULL && place->meter != NULL ? ohm_site_find_meter (self->site, place->meter)
                                               : NULL;
}

/* --- points --- */

/* What is known of all parts; @ret_unknown: the first of which nothing is known. */
static GArray *
ohm_virtual_take_basis (OhmVirtual *self, const char **ret_unknown)
{
  GArray *basis = g_array_new (FALSE, TRUE, sizeof (OhmVirtualBasis));

  g_array_set_clear_func (basis, ohm_virtual_basis_clear);
  *ret_unknown = NULL;
  for (guint i = 0; i < self->terms->len; i++)
    {
      const OhmVirtualTerm *term = ohm_virtual_get_term (self, i);
      const OhmPlace *place = ohm_places_get (self->places, term->place);
      OhmVirtualBasis part = { NULL };

      if (place != NULL && place->meter_points != NULL)
        {
          part.points = ohm_point_set_ref (place->meter_points);
          part.source = g_strdup (place->source);
          part.factor = place->factor;
          part.is_inverted = place->is_inverted;
        }
      else if (*ret_unknown == NULL)
        {
          *ret_unknown = term->place;
        }
      g_array_append_val (basis, part);
    }
  return basis;
}

static gboolean
ohm_virtual_is_same_basis (GArray *a, GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const OhmVirtualBasis *x = &g_array_index (a, OhmVirtualBasis, i);
      const OhmVirtualBasis *y = &g_array_index (b, OhmVirtualBasis, i);

      if (x->points != y->points || g_strcmp0 (x->source, y->source) != 0 ||
          islessgreater (x->factor, y->factor) || x->is_inverted != y->is_inverted)
        return FALSE;
    }
  return TRUE;
}

static void
ohm_virtual_make_layout (OhmVirtual *self)
{
  g_autofree OhmVirtualPart *parts = g_new0 (OhmVirtualPart, self->terms->len);

  for (guint i = 0; i < self->terms->len; i++)
    {
      const OhmVirtualTerm *term = ohm_virtual_get_term (self, i);

      parts[i].place = ohm_places_get (self->places, term->place);
      parts[i].is_negative = term->is_negative;
      parts[i].points = g_array_index (self->basis, OhmVirtualBasis, i).points;
    }
  self->layout = ohm_virtual_layout_new (parts, self->terms->len);
}

static OhmPlan *
ohm_virtual_make_plan (OhmVirtual *self)
{
  OhmPlan *plan = ohm_plan_new ();
  guint n;
  const OhmPoint *points = ohm_point_set_get_points (ohm_virtual_layout_get_points (self->layout),
                                                     &n);

  for (guint i = 0; i < n; i++)
    ohm_plan_add_pushed (plan, points[i].name, points[i].unit, points[i].is_integer,
                         /* error */ NULL);
  ohm_plan_seal (plan);
  return plan;
}

/* The place of the sum: whoever has it by name now has its quarter hours. */
static void
ohm_virtual_follow_place (OhmVirtual *self)
{
  GPtrArray *list = ohm_places_of_meter (self->places, self->meter);
  const OhmPlace *place = list != NULL && list->len > 0 ? g_ptr_array_index (list, 0) : NULL;
  const char *id = place != NULL && place->points != NULL ? place->id : NULL;

  if (g_strcmp0 (id, self->place) == 0)
    return;
  if (self->slots != NULL)
    ohm_virtual_slots_stop (self->slots);
  g_clear_object (&self->slots);
  g_free (self->place);
  self->place = g_strdup (id);
  if (id == NULL)
    return;
  self->slots = ohm_virtual_slots_new (self->store, self->places, ohm_site_get_clock (self->site),
                                       id, self->terms);
  ohm_virtual_catch_up (self);
}

/* A sum is as old as the oldest of its parts. */
static gboolean
ohm_virtual_is_slow (OhmVirtual *self, guint point)
{
  for (guint i = 0; i < self->terms->len; i++)
    {
      OhmMeterHost *part = ohm_virtual_get_part_host (self, i);

      if (part != NULL &&
          ohm_meter_host_is_slow (part, ohm_virtual_layout_get_source (self->layout, point, i)))
        return TRUE;
    }
  return FALSE;
}

/* How often the sum is made of what its parts have by then. */
static gint64
ohm_virtual_get_poll_us (OhmMeterHost *host)
{
  return MAX (ohm_settings_get_duration_us (ohm_meter_host_get_config (host)->settings, "poll"), 1);
}

/* How often its oldest part is new: what a disabled part has stays as it is. */
static gint64
ohm_virtual_get_period_us (OhmVirtual *self, OhmMeterHost *host)
{
  gint64 period_us = ohm_virtual_get_poll_us (host);

  for (guint i = 0; i < self->terms->len; i++)
    {
      OhmMeterHost *part = ohm_virtual_get_part_host (self, i);

      if (part != NULL && ohm_meter_host_get_state (part)->code != OHM_STATE_DISABLED)
        period_us = MAX (period_us, ohm_meter_host_get_period_us (part));
    }
  return period_us;
}

static gboolean
ohm_virtual_tell_pace (OhmVirtual *self, OhmMeterHost *host)
{
  g_autoptr (GArray) slow = g_array_new (FALSE, FALSE, sizeof (guint));
  guint n = ohm_point_set_get_n (ohm_virtual_layout_get_points (self->layout));

  for (guint i = 0; i < n; i++)
    if (ohm_virtual_is_slow (self, i))
      g_array_append_val (slow, i);
  return ohm_meter_host_set_virtual_pace (host, ohm_virtual_get_period_us (self, host), slow);
}

static void
ohm_virtual_plan (OhmVirtual *self, OhmMeterHost *host)
{
  g_autoptr (OhmPlan) plan = ohm_virtual_make_plan (self);
  OhmPlan *earlier = ohm_meter_host_get_plan (host);

  if (earlier != NULL && ohm_plan_get_points (earlier) == ohm_plan_get_points (plan))
    return;
  self->newest_us = 0;
  ohm_meter_host_set_virtual_plan (host, plan);
}

gboolean
ohm_virtual_refresh (OhmVirtual *self)
{
  OhmMeterHost *host;
  g_autoptr (GArray) basis = NULL;
  const char *unknown;
  gboolean is_other_pace = FALSE;

  g_return_val_if_fail (OHM_IS_VIRTUAL (self), FALSE);

  host = ohm_virtual_get_host (self);
  if (host == NULL)
    return FALSE;
  basis = ohm_virtual_take_basis (self, &unknown);
  if (!ohm_virtual_is_same_basis (basis, self->basis))
    {
      g_clear_pointer (&self->layout, ohm_virtual_layout_unref);
      g_array_unref (self->basis);
      self->basis = g_steal_pointer (&basis);
    }
  if (unknown == NULL && self->layout == NULL)
    ohm_virtual_make_layout (self);
  if (self->layout != NULL)
    {
      is_other_pace = ohm_virtual_tell_pace (self, host);
      ohm_virtual_plan (self, host);
    }
  ohm_virtual_follow_place (self);
  return is_other_pace;
}

/* --- values --- */

/* Values of another device are not the part's. */
static gboolean
ohm_virtual_get_values (OhmVirtual *self, guint i, OhmVirtualValues *ret_values)
{
  OhmMeterHost *host = ohm_virtual_get_part_host (self, i);
  OhmLastValues last;

  if (host == NULL || ohm_meter_host_get_state (host)->code == OHM_STATE_WRONG_DEVICE)
    return FALSE;
  ohm_meter_host_get_last (host, &last);
  if (last.points == NULL || last.points != g_array_index (self->basis, OhmVirtualBasis, i).points)
    return FALSE;
  *ret_values = (OhmVirtualValues){ last.cells, last.qualities, last.times_us };
  return TRUE;
}

/* (nullable): the part that stands in the way; @ret_values: those of all parts */
static const char *
ohm_virtual_gather (OhmVirtual *self, OhmVirtualValues *values, const char **ret_state)
{
  const char *bad = NULL;

  for (guint i = 0; i < self->terms->len; i++)
    {
      OhmMeterHost *host = ohm_virtual_get_part_host (self, i);
      OhmStateCode code = host != NULL ? ohm_meter_host_get_state (host)->code : OHM_STATE_DISABLED;
      gboolean has_values = self->layout != NULL && ohm_virtual_get_values (self, i, &values[i]);

      if (bad != NULL || (has_values && (code == OHM_STATE_OK || code == OHM_STATE_PARTIAL)))
        continue;
      bad = ohm_virtual_get_term (self, i)->place;
      *ret_state = ohm_state_to_string (code);
    }
  return bad;
}

/* What the sum comes to at each point. */
typedef struct
{
  guint n;
  OhmCell *cells;    /* (owned) */
  guint8 *qualities; /* (owned) */
  gint64 *times_us;  /* (owned) */
  gint64 newest_us;
  guint n_times; /* how often the time differs from that of the point before */
} OhmVirtualSums;

static void
ohm_virtual_sums_clear (OhmVirtualSums *self)
{
  g_free (self->cells);
  g_free (self->qualities);
  g_free (self->times_us);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmVirtualSums, ohm_virtual_sums_clear)

static void
ohm_virtual_add_up (OhmVirtual *self, const OhmVirtualValues *values, OhmVirtualSums *sums)
{
  sums->n = ohm_point_set_get_n (ohm_virtual_layout_get_points (self->layout));
  sums->cells = g_new0 (OhmCell, sums->n + 1);
  sums->qualities = g_new0 (guint8, sums->n + 1);
  sums->times_us = g_new0 (gint64, sums->n + 1);
  for (guint i = 0; i < sums->n; i++)
    {
      sums->qualities[i] = (guint8) ohm_virtual_layout_add_up (self->layout, i, values,
                                                               &sums->cells[i], &sums->times_us[i]);
      sums->newest_us = MAX (sums->newest_us, sums->times_us[i]);
      sums->n_times += i == 0 || sums->times_us[i] != sums->times_us[i - 1];
    }
}

static void
ohm_virtual_set_point (OhmReadingBuilder *builder,
                       const OhmPoint *point,
                       const OhmVirtualSums *sums,
                       guint i)
{
  if (sums->qualities[i] == OHM_QUALITY_MISSING)
    {
      ohm_reading_builder_set_quality (builder, i, OHM_QUALITY_MISSING);
      return;
    }
  if (point->is_integer)
    ohm_reading_builder_set_integer (builder, i, sums->cells[i].integer);
  else
    ohm_reading_builder_set_real (builder, i, sums->cells[i].real);
  if (sums->qualities[i] == OHM_QUALITY_SUSPECT)
    ohm_reading_builder_set_quality (builder, i, OHM_QUALITY_SUSPECT);
}

/* The time of a point is that of its oldest part. */
static OhmReading *
ohm_virtual_make_reading (OhmVirtual *self, const OhmVirtualSums *sums)
{
  OhmPointSet *set = ohm_virtual_layout_get_points (self->layout);
  const OhmPoint *points = ohm_point_set_get_points (set, &(guint){ 0 });
  gboolean has_times = sums->n_times <= OHM_READING_REQUESTS_MAX;
  OhmReadingBuilder *builder = ohm_reading_builder_new (self->meter, set, OHM_READ_LIVE,
                                                        has_times ? sums->n_times : 1);

  for (guint i = 0; i < sums->n; i++)
    {
      if (i == 0 || (has_times && sums->times_us[i] != sums->times_us[i - 1]))
        ohm_reading_builder_begin_request (builder, sums->times_us[i]);
      ohm_virtual_set_point (builder, &points[i], sums, i);
    }
  return ohm_reading_builder_end (builder);
}

static void
ohm_virtual_tell_state (OhmMeterHost *host, const char *bad, const char *state, gboolean has_values)
{
  g_autoptr (OhmMessage) cause = NULL;

  if (bad != NULL)
    cause = ohm_message_new ("part-missing", "part", bad, "state", state, NULL);
  if (has_values)
    ohm_meter_host_set_virtual_state (host, bad != NULL ? OHM_STATE_PARTIAL : OHM_STATE_OK, cause);
  else
    ohm_meter_host_set_virtual_state (host, OHM_STATE_STARTING, cause);
}

static void
ohm_virtual_read (OhmVirtual *self, OhmMeterHost *host)
{
  g_autofree OhmVirtualValues *values = g_new0 (OhmVirtualValues, self->terms->len);
  g_auto (OhmVirtualSums) sums = { 0 };
  const char *state = NULL;
  const char *bad = ohm_virtual_gather (self, values, &state);
  gboolean is_whole = self->layout != NULL;

  for (guint i = 0; i < self->terms->len; i++)
    is_whole = is_whole && values[i].cells != NULL;
  if (is_whole)
    ohm_virtual_add_up (self, values, &sums);
  if (sums.n > 0 && sums.newest_us > self->newest_us)
    {
      g_autoptr (OhmReading) reading = ohm_virtual_make_reading (self, &sums);

      self->newest_us = sums.newest_us;
      ohm_meter_host_take_virtual (host, reading);
    }
  if (is_whole && sums.n == 0)
    {
      g_autoptr (OhmMessage) cause = ohm_message_new (
        "misconfigured", "text", "its parts have no value in common that adds up", NULL);

      ohm_meter_host_set_virtual_state (host, OHM_STATE_MISCONFIGURED, cause);
      return;
    }
  ohm_virtual_tell_state (host, bad, state, self->newest_us != 0);
}

static void
ohm_virtual_on_tick (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmVirtual *self = user_data;
  OhmMeterHost *host = ohm_virtual_get_host (self);
  gint64 now_us = ohm_clock_get_mono_us (ohm_site_get_clock (self->site));
  gint64 period_us;

  if (host == NULL)
    return;
  period_us = ohm_virtual_get_poll_us (host);
  self->due_us += period_us * ((now_us - self->due_us) / period_us + 1);
  ohm_watch_set_deadline (self->tick, self->due_us);
  ohm_virtual_read (self, host);
}

/* --- quarter hours --- */

void
ohm_virtual_take_record (OhmVirtual *self, const OhmRecord *record)
{
  g_return_if_fail (OHM_IS_VIRTUAL (self) && record != NULL);

  if (self->slots != NULL)
    ohm_virtual_slots_take (self->slots, record);
}

void
ohm_virtual_catch_up (OhmVirtual *self)
{
  const OhmConfig *config;

  g_return_if_fail (OHM_IS_VIRTUAL (self));

  if (self->slots == NULL)
    return;
  config = ohm_site_get_config (self->site);
  ohm_virtual_slots_set_window_us (self->slots,
                                   ohm_settings_get_duration_us (config->daemon, "slot-window"));
  ohm_virtual_slots_catch_up (self->slots);
}

const char *
ohm_virtual_get_sum (OhmVirtual *self)
{
  g_return_val_if_fail (OHM_IS_VIRTUAL (self), NULL);

  return self->sum;
}

static void
ohm_virtual_dispose (GObject *object)
{
  OhmVirtual *self = OHM_VIRTUAL (object);

  if (self->slots != NULL)
    ohm_virtual_slots_stop (self->slots);
  g_clear_object (&self->slots);
  g_clear_pointer (&self->tick, ohm_watch_remove);
  g_clear_object (&self->places);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (ohm_virtual_parent_class)->dispose (object);
}

static void
ohm_virtual_finalize (GObject *object)
{
  OhmVirtual *self = OHM_VIRTUAL (object);

  g_free (self->meter);
  g_free (self->sum);
  g_free (self->place);
  g_clear_pointer (&self->terms, g_ptr_array_unref);
  g_array_unref (self->basis);
  g_clear_pointer (&self->layout, ohm_virtual_layout_unref);

  G_OBJECT_CLASS (ohm_virtual_parent_class)->finalize (object);
}

static void
ohm_virtual_class_init (OhmVirtualClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_virtual_dispose;
  object_class->finalize = ohm_virtual_finalize;
}

static void
ohm_virtual_init (OhmVirtual *self)
{
  self->basis = g_array_new (FALSE, TRUE, sizeof (OhmVirtualBasis));
  g_array_set_clear_func (self->basis, ohm_virtual_basis_clear);
}

OhmVirtual *
ohm_virtual_new (OhmSite *site,
                 OhmPlaces *places,
                 OhmStore *store,
                 const char *meter,
                 const char *sum)
{
  OhmVirtual *self;
  OhmMeterHost *host;

  g_return_val_if_fail (OHM_IS_SITE (site) && OHM_IS_PLACES (places), NULL);
  g_return_val_if_fail (OHM_IS_STORE (store) && meter != NULL && sum != NULL, NULL);

  self = g_object_new (OHM_TYPE_VIRTUAL, NULL);
  self->site = site;
  self->places = g_object_ref (places);
  self->store = g_object_ref (store);
  self->meter = g_strdup (meter);
  self->sum = g_strdup (sum);
  self->terms = ohm_virtual_sum_parse (sum, /* error */ NULL);
  self->tick = ohm_watcher_add (ohm_site_get_watcher (site), -1, 0, ohm_virtual_on_tick, self);
  host = ohm_virtual_get_host (self);
  self->due_us = ohm_clock_get_mono_us (ohm_site_get_clock (site));
  if (host != NULL && self->terms != NULL)
    ohm_watch_set_deadline (self->tick, self->due_us + ohm_virtual_get_poll_us (host));
  return self;
}
