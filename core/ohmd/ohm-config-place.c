/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-config-place.h"

#define PARENT_KEY "parent"

static void
ohm_config_place_add (OhmMeterConfig *meter,
                      OhmKeyfile *keyfile,
                      const char *group,
                      OhmSettings *settings)
{
  OhmPlaceConfig *place = g_new0 (OhmPlaceConfig, 1);

  place->id = g_strdup (group + strlen (OHM_PLACE_PREFIX));
  place->settings = ohm_settings_ref (settings);
  place->parent = g_strdup (ohm_settings_get_string (settings, PARENT_KEY));
  place->line = ohm_keyfile_get_line (keyfile, group, /* key */ NULL);
  place->parent_line = ohm_keyfile_get_line (keyfile, group, PARENT_KEY);
  g_ptr_array_add (meter->places, place);
}

void
ohm_config_place_parse (OhmMeterConfig *meter,
                        OhmKeyfile *keyfile,
                        const char *group,
                        GHashTable *owners,
                        GPtrArray *faults)
{
  const OhmSettingSpec *tables[] = { ohm_config_place_table, NULL };
  const char *id = group + strlen (OHM_PLACE_PREFIX);
  g_autoptr (OhmSettings) settings = NULL;
  GError *error = NULL;

  if (!ohm_id_is_valid (id))
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, NULL, &error,
                           "'%s' is no id; use a-z, 0-9 and -, at most 63", id);
  else
    g_hash_table_replace (owners, g_strdup (id), g_strdup (meter->file));
  settings = ohm_settings_new_all (keyfile, group, tables, faults);
  if (ohm_keyfile_take_fault (faults, error) && settings != NULL)
    ohm_config_place_add (meter, keyfile, group, settings);
}

gboolean
ohm_config_place_is_of (const char *place, const OhmMeterConfig *meter)
{
  gsize length = strlen (meter->id);

  for (guint i = 0; i < meter->places->len; i++)
    if (g_str_equal (((OhmPlaceConfig *) g_ptr_array_index (meter->places, i))->id, place))
      return TRUE;
  return meter->places->len == 0 && g_str_has_prefix (place, meter->id) &&
         (place[length] == '\0' || place[length] == '-');
}

static guint
ohm_config_place_rank (const OhmConfigHolders *holders,
                       const char *place,
                       const OhmMeterConfig *meter)
{
  const char *holder = holders != NULL ? holders->get (place, holders->user_data) : NULL;

  if (g_strcmp0 (holder, meter->id) == 0)
    return 3;
  if (g_str_equal (place, meter->id))
    return 2;
  return meter->places->len > 0 ? 1 : 0;
}

gboolean
ohm_config_place_is_kept_by (const OhmConfigHolders *holders,
                             const char *place,
                             const OhmMeterConfig *a,
                             const OhmMeterConfig *b)
{
  guint rank_a = ohm_config_place_rank (holders, place, a);
  guint rank_b = ohm_config_place_rank (holders, place, b);

  return rank_a > rank_b || (rank_a == rank_b && strcmp (a->id, b->id) < 0);
}

/* (nullable): the other meter that names the place and keeps it */
static const OhmMeterConfig *
ohm_config_place_find_keeper (OhmConfig *self,
                              const OhmConfigHolders *holders,
                              const char *place,
                              const OhmMeterConfig *meter)
{
  for (guint i = 0; i < self->meters->len; i++)
    {
      const OhmMeterConfig *other = g_ptr_array_index (self->meters, i);

      if (other != meter && other->places->len > 0 && ohm_config_place_is_of (place, other) &&
          ohm_config_place_is_kept_by (holders, place, other, meter))
        return other;
    }
  return NULL;
}

static void
ohm_config_place_check_owner (OhmConfig *self,
                              const OhmConfigHolders *holders,
                              OhmMeterConfig *meter,
                              const OhmPlaceConfig *place)
{
  const OhmMeterConfig *keeper = ohm_config_place_find_keeper (self, holders, place->id, meter);
  g_autofree char *text = NULL;

  if (keeper == NULL)
    return;
  text = g_strdup_printf ("%s:%u: [" OHM_PLACE_PREFIX "%s]: place '%s' is in %s already",
                          meter->file, place->line, place->id, place->id, keeper->file);
  if (meter->reason == NULL)
    meter->reason = g_strdup (text);
  g_clear_pointer (&meter->link, g_free);
  g_ptr_array_add (self->errors, g_steal_pointer (&text));
}

void
ohm_config_place_check_owners (OhmConfig *self, const OhmConfigHolders *holders)
{
  for (guint i = 0; i < self->meters->len; i++)
    {
      OhmMeterConfig *meter = g_ptr_array_index (self->meters, i);

      for (guint k = 0; k < meter->places->len; k++)
        ohm_config_place_check_owner (self, holders, meter, g_ptr_array_index (meter->places, k));
    }
}

/* The longest id fits best. */
OhmMeterConfig *
ohm_config_place_find_owner (OhmConfig *self, const char *place)
{
  OhmMeterConfig *best = NULL;

  for (guint i = 0; i < self->meters->len; i++)
    {
      OhmMeterConfig *meter = g_ptr_array_index (self->meters, i);

      if (ohm_config_place_is_of (place, meter) &&
          (best == NULL || meter->places->len > 0 || strlen (meter->id) > strlen (best->id)))
        best = meter;
    }
  return best;
}

char *
ohm_config_place_dup_suggestion (OhmConfig *self, const char *place)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) known = NULL;

  for (guint i = 0; i < self->meters->len; i++)
    {
      const OhmMeterConfig *meter = g_ptr_array_index (self->meters, i);

      if (meter->places->len == 0)
        g_strv_builder_add (builder, meter->id);
      for (guint j = 0; j < meter->places->len; j++)
        g_strv_builder_add (builder, ((OhmPlaceConfig *) g_ptr_array_index (meter->places, j))->id);
    }
  known = g_strv_builder_end (builder);
  return g_strdup (ohm_suggest (place, (const char *const *) known));
}

static void
ohm_config_place_tell (OhmConfig *self,
                       const OhmMeterConfig *meter,
                       const OhmPlaceConfig *place,
                       const char *reason)
{
  g_ptr_array_add (self->errors,
                   g_strdup_printf ("%s:%u: [" OHM_PLACE_PREFIX "%s] " PARENT_KEY ": %s",
                                    meter->file, place->parent_line, place->id, reason));
}

static void
ohm_config_place_tell_unknown (OhmConfig *self,
                               const OhmMeterConfig *meter,
                               const OhmPlaceConfig *place)
{
  g_autofree char *meant = ohm_config_place_dup_suggestion (self, place->parent);
  g_autofree char *reason = meant != NULL ? g_strdup_printf ("no place '%s'; did you mean '%s'?",
                                                             place->parent, meant)
                                          : g_strdup_printf ("no place '%s'", place->parent);

  ohm_config_place_tell (self, meter, place, reason);
}

/* (transfer full) (nullable): the way from a place up to itself: `a > b > a` */
static char *
ohm_config_place_dup_circle (GHashTable *places, const OhmPlaceConfig *place)
{
  g_autoptr (GString) way = g_string_new (place->id);
  const OhmPlaceConfig *above = place;

  /* a circle that the place is not on has more steps than there are places */
  for (guint n = g_hash_table_size (places); n > 0; n--)
    {
      above = above->parent != NULL ? g_hash_table_lookup (places, above->parent) : NULL;
      if (above == NULL)
        return NULL;
      g_string_append_printf (way, " > %s", above->id);
      if (above == place)
        return g_string_free (g_steal_pointer (&way), FALSE);
    }
  return NULL;
}

/* Whether it may stay: a place that is a part of itself has no parent. */
static gboolean
ohm_config_place_check_parent (OhmConfig *self,
                               const OhmMeterConfig *meter,
                               const OhmPlaceConfig *place,
                               GHashTable *places,
                               GHashTable *owners)
{
  g_autofree char *circle = ohm_config_place_dup_circle (places, place);
  g_autofree char *reason = NULL;

  if (circle != NULL)
    {
      reason = g_strdup_printf ("the place is a part of itself: %s", circle);
      ohm_config_place_tell (self, meter, place, reason);
    }
  else if (place->parent != NULL && !g_hash_table_contains (owners, place->parent) &&
           ohm_config_place_find_owner (self, place->parent) == NULL)
    {
      ohm_config_place_tell_unknown (self, meter, place);
    }
  return circle == NULL;
}

void
ohm_config_place_check_parents (OhmConfig *self, GHashTable *owners)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) tied = g_ptr_array_new ();

  for (guint i = 0; i < self->meters->len; i++)
    {
      const OhmMeterConfig *meter = g_ptr_array_index (self->meters, i);

      for (guint k = 0; k < meter->places->len; k++)
        {
          OhmPlaceConfig *place = g_ptr_array_index (meter->places, k);

          g_hash_table_replace (places, place->id, place);
        }
    }
  for (guint i = 0; i < self->meters->len; i++)
    {
      const OhmMeterConfig *meter = g_ptr_array_index (self->meters, i);

      for (guint k = 0; k < meter->places->len; k++)
        {
          OhmPlaceConfig *place = g_ptr_array_index (meter->places, k);

          if (!ohm_config_place_check_parent (self, meter, place, places, owners))
            g_ptr_array_add (tied, place);
        }
    }
  /* all have been told: any file of a circle may be the one to mend */
  for (guint i = 0; i < tied->len; i++)
    g_clear_pointer (&((OhmPlaceConfig *) g_ptr_array_index (tied, i))->parent, g_free);
}
