/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-places-private.h"

#include "ohm-counters.h"

/* Whether a point is a counter that is read at slots, or that no request reads: it is pushed. */
static GArray *
ohm_places_find_counters (OhmPlan *plan)
{
  guint n_entries;
  const OhmEntry *entries = ohm_plan_get_entries (plan, &n_entries);
  guint n;
  const OhmPoint *points = ohm_point_set_get_points (ohm_plan_get_points (plan), &n);
  g_autofree guint8 *classes = g_malloc0 (n + 1);
  GArray *counters = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < n_entries; i++)
    classes[entries[i].point] |= entries[i].classes;
  for (guint i = 0; i < n; i++)
    if (ohm_point_is_energy (&points[i]) && (classes[i] == 0 || (classes[i] & OHM_READ_SLOT) != 0))
      g_array_append_val (counters, i);
  return counters;
}

/* NULL if the point does not tell: a volume may be water or gas. */
static const char *
ohm_places_get_medium (const OhmPoint *point)
{
  const char *id = point->quantity->id;

  if (g_str_equal (id, "energy-heat"))
    return "heat";
  if (g_str_has_prefix (id, "energy-") || g_str_has_suffix (point->unit, "Wh") ||
      g_str_has_suffix (point->unit, "varh") || g_str_has_suffix (point->unit, "VAh"))
    return "electricity";
  return NULL;
}

static const char *
ohm_places_guess_medium (const OhmPoint *points, guint n)
{
  for (guint i = 0; i < n; i++)
    if (ohm_places_get_medium (&points[i]) != NULL)
      return ohm_places_get_medium (&points[i]);
  return "other";
}

/* Fills points and indices of the counters in the place's group; without any it has none. */
static void
ohm_places_fill_points (OhmPlace *place, OhmPlan *plan, const GArray *counters)
{
  OhmPointSet *meter_points = ohm_plan_get_points (plan);
  const OhmPoint *all = ohm_point_set_get_points (meter_points, &(guint){ 0 });
  g_autofree OhmPoint *points = g_new0 (OhmPoint, counters->len + 1);

  place->indices = g_new0 (guint, counters->len + 1);
  for (guint i = 0; i < counters->len; i++)
    {
      guint index = g_array_index (counters, guint, i);

      if (!g_str_equal (all[index].group, place->source))
        continue;
      points[place->n_points] = all[index];
      place->indices[place->n_points++] = index;
    }
  if (place->n_points == 0)
    return;
  place->points = ohm_point_set_intern (points, place->n_points);
  place->meter_points = ohm_point_set_ref (meter_points);
  place->counters = ohm_counters_describe (plan, place->indices, place->n_points);
  if (place->medium == NULL)
    place->medium = g_strdup (ohm_places_guess_medium (points, place->n_points));
}

/* (transfer full): @fields with its counters, if the plan is known */
static OhmPlace *
ohm_places_make_one (const OhmPlace *fields, OhmPlan *plan, const GArray *counters)
{
  OhmPlace filled = *fields;
  OhmPlace *place;

  filled.medium = g_strdup (fields->medium);
  if (plan != NULL)
    ohm_places_fill_points (&filled, plan, counters);
  place = ohm_place_new (&filled);
  g_free (filled.medium);
  g_free (filled.indices);
  g_free (filled.counters);
  g_clear_pointer (&filled.points, ohm_point_set_unref);
  g_clear_pointer (&filled.meter_points, ohm_point_set_unref);
  return place;
}

static gboolean
ohm_places_make_configured (const OhmPlacesMeter *meter,
                            const GArray *counters,
                            GPtrArray *places,
                            GError **error)
{
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < meter->n_specs; i++)
    {
      const OhmPlaceSpec *spec = &meter->specs[i];
      OhmPlace fields = {
        .id = (char *) (guintptr) spec->id,
        .name = (char *) (guintptr) spec->name,
        .source = (char *) (guintptr) (spec->source != NULL ? spec->source : ""),
        .medium = (char *) (guintptr) spec->medium,
        .parent = (char *) (guintptr) spec->parent,
        .is_inverted = spec->is_inverted,
        .factor = spec->factor > 0 || spec->factor < 0 ? spec->factor : 1,
        .meter = (char *) (guintptr) meter->id,
        .serial = (char *) (guintptr) meter->serial,
        .address = (char *) (guintptr) meter->address,
        .profile_revision = meter->profile_revision,
        .is_virtual = meter->is_virtual,
      };

      if (!g_hash_table_add (ids, (gpointer) (guintptr) spec->id))
        {
          g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "place '%s' comes twice in meter '%s'",
                       spec->id, meter->id);
          return FALSE;
        }
      g_ptr_array_add (places, ohm_places_make_one (&fields, meter->plan, counters));
    }
  return TRUE;
}

/* The owner's name for the meter, or what the device calls its group. */
static char *
ohm_places_dup_label (const OhmPlacesMeter *meter, const char *group)
{
  const char *name = meter->name != NULL ? meter->name : meter->id;
  g_autofree char *fact = g_strconcat ("name.", group, NULL);
  const char *said = ohm_facts_get (meter->facts, fact);

  if (*group == '\0')
    return g_strdup (name);
  return said != NULL ? g_strdup (said) : g_strconcat (name, " ", group, NULL);
}

/* The place of a group that nobody configured. */
static void
ohm_places_make_default (const OhmPlacesMeter *meter,
                         const char *group,
                         const GArray *counters,
                         GPtrArray *places)
{
  gboolean is_whole = *group == '\0';
  g_autofree char *id = is_whole ? g_strdup (meter->id) : g_strconcat (meter->id, "-", group, NULL);
  g_autofree char *label = ohm_places_dup_label (meter, group);
  OhmPlace fields = {
    .id = id,
    .name = label,
    .source = (char *) (guintptr) group,
    .factor = 1,
    .meter = (char *) (guintptr) meter->id,
    .serial = (char *) (guintptr) meter->serial,
    .address = (char *) (guintptr) meter->address,
    .profile_revision = meter->profile_revision,
    .is_virtual = meter->is_virtual,
  };

  g_ptr_array_add (places, ohm_places_make_one (&fields, meter->plan, counters));
}

static void
ohm_places_make_defaults (const OhmPlacesMeter *meter, const GArray *counters, GPtrArray *places)
{
  const OhmPoint *points = ohm_point_set_get_points (ohm_plan_get_points (meter->plan),
                                                     &(guint){ 0 });
  g_autoptr (GHashTable) groups = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < counters->len; i++)
    {
      const char *group = points[g_array_index (counters, guint, i)].group;

      if (g_hash_table_add (groups, (gpointer) (guintptr) group))
        ohm_places_make_default (meter, group, counters, places);
    }
}

gboolean
ohm_places_check_sources (const OhmPlacesMeter *meter, GPtrArray *places, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  /* until its survey nobody knows its modules */
  if (meter->plan == NULL || (meter->facts == NULL && !meter->is_virtual))
    return TRUE;
  for (guint i = 0; i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);

      if (place->points == NULL)
        g_string_append_printf (names, "%s'%s' (source = %s)", names->len > 0 ? ", " : "",
                                place->id, place->source);
    }
  if (names->len == 0)
    return TRUE;
  ohm_message_set_error (error, OHM_ERROR_CONFIG,
                         ohm_message_new ("place-source", "places", names->str, NULL),
                         "no counters for %s", names->str);
  return FALSE;
}

GPtrArray *
ohm_places_make (const OhmPlacesMeter *meter, GError **error)
{
  g_autoptr (GPtrArray) places = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_place_unref);
  g_autoptr (GArray) counters = NULL;
  gboolean is_made = TRUE;

  if (meter->plan != NULL)
    counters = ohm_places_find_counters (meter->plan);
  if (meter->n_specs > 0)
    is_made = ohm_places_make_configured (meter, counters, places, error);
  else if (meter->plan != NULL)
    ohm_places_make_defaults (meter, counters, places);
  return is_made ? g_steal_pointer (&places) : NULL;
}
