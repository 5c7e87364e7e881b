/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-place-owners.h"

#include "ohm-config-place.h"
#include "ohm-log.h"

struct _OhmPlaceOwners
{
  OhmSite *site;       /* (unowned) */
  OhmPlaces *places;   /* (unowned) */
  GHashTable *refused; /* (owned) (element-type utf8 utf8): meters without their places: why */
  gboolean is_trying;  /* whether they get them now */
};

/* Whether @meter claims @place, see OhmPlacesClaims. */
static gboolean
ohm_place_owners_on_claims (const char *meter, const char *place, gpointer user_data)
{
  OhmPlaceOwners *self = user_data;
  OhmMeterConfig *config = ohm_config_find_meter (ohm_site_get_config (self->site), meter);
  OhmMeterHost *host = ohm_site_find_meter (self->site, meter);
  OhmPlace *known = ohm_places_get (self->places, place);

  if (config == NULL || !ohm_meter_config_is_enabled (config) ||
      !ohm_config_place_is_of (place, config))
    return FALSE;
  if (config->places->len > 0 || host == NULL || ohm_meter_host_get_plan (host) == NULL)
    return TRUE;
  return known != NULL && g_strcmp0 (known->meter, meter) == 0;
}

OhmPlaceOwners *
ohm_place_owners_new (OhmSite *site, OhmPlaces *places)
{
  OhmPlaceOwners *self = g_new0 (OhmPlaceOwners, 1);

  self->site = site;
  self->places = places;
  self->refused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  ohm_places_set_claims_func (places, ohm_place_owners_on_claims, self);
  return self;
}

void
ohm_place_owners_free (OhmPlaceOwners *self)
{
  ohm_places_set_claims_func (self->places, NULL, NULL);
  g_hash_table_unref (self->refused);
  g_free (self);
}

/* (nullable): how the counters of the meter's places are read */
static char *
ohm_place_owners_dup_counters (OhmPlaceOwners *self, const char *meter)
{
  GPtrArray *places = ohm_places_of_meter (self->places, meter);
  GString *text = g_string_new (NULL);

  for (guint i = 0; places != NULL && i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);

      if (place->counters != NULL)
        g_string_append (text, place->counters);
    }
  return g_string_free (text, text->len == 0);
}

static OhmMessage *
ohm_place_owners_new_message (const GError *error)
{
  if (g_error_matches (error, OHM_ERROR, OHM_ERROR_EXISTS))
    return ohm_message_new ("place-of-removed", "text", error->message, NULL);
  return ohm_message_new_from_error (error);
}

/* Told once, however often it is tried again. */
static void
ohm_place_owners_refuse (OhmPlaceOwners *self,
                         const char *meter,
                         const char *subject,
                         const GError *error)
{
  g_autoptr (OhmMessage) message = ohm_place_owners_new_message (error);

  if (g_strcmp0 (g_hash_table_lookup (self->refused, meter), error->message) == 0)
    return;
  g_hash_table_replace (self->refused, g_strdup (meter), g_strdup (error->message));
  ohm_log_warning ("meter", meter, "meter '%s': %s, ignoring", meter, error->message);
  ohm_alarms_raise (ohm_site_get_alarms (self->site), subject, message);
}

/* Returns: as ohm_place_owners_update() */
static gboolean
ohm_place_owners_give (OhmPlaceOwners *self, const OhmPlacesMeter *meter)
{
  g_autofree char *subject = g_strdup_printf ("meters/%s/places", meter->id);
  g_autofree char *before = ohm_place_owners_dup_counters (self, meter->id);
  g_autofree char *now = NULL;
  g_autoptr (GError) error = NULL;

  if (!ohm_places_update_meter (self->places, meter, &error))
    {
      ohm_place_owners_refuse (self, meter->id, subject, error);
    }
  else
    {
      g_hash_table_remove (self->refused, meter->id);
      ohm_alarms_end (ohm_site_get_alarms (self->site), subject);
    }
  now = ohm_place_owners_dup_counters (self, meter->id);
  return before != NULL && g_strcmp0 (before, now) != 0;
}

static OhmPlaceSpec
ohm_place_owners_make_spec (const OhmPlaceConfig *config)
{
  return (OhmPlaceSpec){
    .id = config->id,
    .name = ohm_settings_get_string (config->settings, "name"),
    .source = ohm_settings_get_string (config->settings, "source"),
    .medium = ohm_settings_get_string (config->settings, "medium"),
    .parent = config->parent,
    .is_inverted = g_strcmp0 (ohm_settings_get_string (config->settings, "direction"),
                              "inverted") == 0,
    .factor = ohm_settings_get_real (config->settings, "factor"),
    .line = config->line,
  };
}

gboolean
ohm_place_owners_update (OhmPlaceOwners *self, OhmMeterHost *host)
{
  const OhmMeterConfig *config = ohm_meter_host_get_config (host);
  g_autofree OhmPlaceSpec *specs = g_new0 (OhmPlaceSpec, config->places->len + 1);
  g_autofree char *address = ohm_meter_host_dup_address (host);
  OhmPlacesMeter meter = {
    .id = config->id,
    .name = ohm_meter_host_get_name (host),
    .specs = specs,
    .n_specs = config->places->len,
    .plan = ohm_meter_host_get_plan (host),
    .serial = ohm_facts_get (ohm_meter_host_get_facts (host), "serial"),
    .facts = ohm_meter_host_get_facts (host),
    .is_virtual = ohm_meter_host_is_virtual (host),
    .file = config->file,
    .line = config->type_line,
  };

  if (!meter.is_virtual)
    {
      meter.address = address;
      meter.profile_revision = ohm_profile_get_revision (
        ohm_meter_get_profile (ohm_meter_host_get_meter (host)));
    }
  for (guint i = 0; i < config->places->len; i++)
    specs[i] = ohm_place_owners_make_spec (g_ptr_array_index (config->places, i));
  return ohm_place_owners_give (self, &meter);
}

/* (transfer full) (element-type utf8) */
static GPtrArray *
ohm_place_owners_list_refused (OhmPlaceOwners *self)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->refused);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_ptr_array_add (ids, g_strdup (id));
  return ids;
}

/* As long as one that gets its places makes room for another. */
void
ohm_place_owners_try_again (OhmPlaceOwners *self)
{
  guint n_before = g_hash_table_size (self->refused) + 1;

  if (self->is_trying)
    return;
  self->is_trying = TRUE;
  while (g_hash_table_size (self->refused) > 0 && g_hash_table_size (self->refused) < n_before)
    {
      g_autoptr (GPtrArray) ids = ohm_place_owners_list_refused (self);

      n_before = ids->len;
      for (guint i = 0; i < ids->len; i++)
        ohm_site_plan_meter (self->site, g_ptr_array_index (ids, i));
    }
  self->is_trying = FALSE;
}

void
ohm_place_owners_remove (OhmPlaceOwners *self, const char *meter)
{
  g_autofree char *subject = g_strdup_printf ("meters/%s/places", meter);

  ohm_places_remove_meter (self->places, meter);
  g_hash_table_remove (self->refused, meter);
  ohm_alarms_end (ohm_site_get_alarms (self->site), subject);
}
