/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-check-places.h"

#include "ohm-check-load.h"
#include "ohm-config-place.h"
#include "ohm-places-private.h"

/* A place that a meter is to have. */
typedef struct
{
  char *place;
  const OhmMeterConfig *meter;
  guint line;
  gboolean is_named; /* by its file */
} OhmCheckPlace;

static void
ohm_check_place_free (OhmCheckPlace *self)
{
  g_free (self->place);
  g_free (self);
}

static void
ohm_check_places_add (GPtrArray *wanted,
                      const char *place,
                      const OhmMeterConfig *meter,
                      guint line,
                      gboolean is_named)
{
  OhmCheckPlace *self = g_new0 (OhmCheckPlace, 1);

  self->place = g_strdup (place);
  self->meter = meter;
  self->line = line;
  self->is_named = is_named;
  g_ptr_array_add (wanted, self);
}

/* Places that come of its counters; of a type that is not known yet, the one that is called so. */
static void
ohm_check_places_add_own (GPtrArray *wanted,
                          const OhmMeterConfig *meter,
                          OhmPluginHost *plugins,
                          OhmProfileCatalog *profiles)
{
  OhmProfile *profile = ohm_profile_catalog_find (profiles,
                                                  ohm_settings_get_string (meter->settings,
                                                                           "type"));
  g_autoptr (OhmPlan) plan = profile != NULL ? ohm_check_load_new_plan (profile, plugins) : NULL;
  OhmPlacesMeter fields = { .id = meter->id, .plan = plan };
  g_autoptr (GPtrArray) places = NULL;

  if (plan == NULL)
    {
      ohm_check_places_add (wanted, meter->id, meter, meter->type_line, /* is_named */ FALSE);
      return;
    }
  places = ohm_places_make (&fields, /* error */ NULL);
  for (guint i = 0; i < places->len; i++)
    ohm_check_places_add (wanted, ((const OhmPlace *) g_ptr_array_index (places, i))->id, meter,
                          meter->type_line, /* is_named */ FALSE);
}

/* (transfer full) (element-type OhmCheckPlace) */
static GPtrArray *
ohm_check_places_list (OhmConfig *config, OhmPluginHost *plugins, OhmProfileCatalog *profiles)
{
  GPtrArray *wanted = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_check_place_free);

  for (guint i = 0; i < config->meters->len; i++)
    {
      const OhmMeterConfig *meter = g_ptr_array_index (config->meters, i);

      if (meter->reason != NULL || !ohm_meter_config_is_enabled (meter))
        continue;
      for (guint k = 0; k < meter->places->len; k++)
        {
          const OhmPlaceConfig *place = g_ptr_array_index (meter->places, k);

          ohm_check_places_add (wanted, place->id, meter, place->line, /* is_named */ TRUE);
        }
      if (meter->places->len == 0)
        ohm_check_places_add_own (wanted, meter, plugins, profiles);
    }
  return wanted;
}

/* (nullable): the finding */
static char *
ohm_check_places_dup_finding (const OhmCheckPlace *self, const OhmCheckPlace *keeper)
{
  if (keeper->meter == self->meter || (keeper->is_named && self->is_named))
    return NULL;
  if (self->is_named)
    return g_strdup_printf ("%s:%u: [" OHM_PLACE_PREFIX
                            "%s]: place '%s' belongs to meter '%s' (%s) "
                            "already; choose another id",
                            self->meter->file, self->line, self->place, self->place,
                            keeper->meter->id, keeper->meter->file);
  return g_strdup_printf (
    "%s:%u: [meter]: its place would be '%s', which belongs to meter '%s' (%s) "
    "already; name its places: [" OHM_PLACE_PREFIX "ID]",
    self->meter->file, self->line, self->place, keeper->meter->id, keeper->meter->file);
}

void
ohm_check_places (OhmConfig *config,
                  OhmPluginHost *plugins,
                  OhmProfileCatalog *profiles,
                  const OhmConfigHolders *holders,
                  GStrvBuilder *findings)
{
  g_autoptr (GPtrArray) wanted = ohm_check_places_list (config, plugins, profiles);
  g_autoptr (GHashTable) keepers = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < wanted->len; i++)
    {
      OhmCheckPlace *self = g_ptr_array_index (wanted, i);
      const OhmCheckPlace *keeper = g_hash_table_lookup (keepers, self->place);

      if (keeper == NULL ||
          ohm_config_place_is_kept_by (holders, self->place, self->meter, keeper->meter))
        g_hash_table_replace (keepers, self->place, self);
    }
  for (guint i = 0; i < wanted->len; i++)
    {
      const OhmCheckPlace *self = g_ptr_array_index (wanted, i);
      g_autofree char *finding = ohm_check_places_dup_finding (self,
                                                               g_hash_table_lookup (keepers,
                                                                                    self->place));

      if (finding != NULL)
        g_strv_builder_add (findings, finding);
    }
}
