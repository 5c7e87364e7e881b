/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dbus-replace.h"

#include "ohm-dbus-config.h"
#include "ohm-dbus-meter.h"
#include "ohm-dbus.h"
#include "ohm-typed-counters.h"

typedef struct
{
  OhmDbus *dbus; /* (owned) */
  GDBusMethodInvocation *invocation;
  char *meter; /* (owned) */
} OhmDbusReplace;

static void
ohm_dbus_replace_free (OhmDbusReplace *self)
{
  g_object_unref (self->dbus);
  g_free (self->meter);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDbusReplace, ohm_dbus_replace_free)

/* (nullable): the meter, if there still is one */
static OhmMeterHost *
ohm_dbus_replace_find_meter (OhmDbus *dbus, const char *id)
{
  return ohm_site_find_meter (ohm_dbus_get_parts (dbus)->site, id);
}

/* A serial in the file is the old device's. */
static gboolean
ohm_dbus_replace_drop_serial (OhmDbus *dbus, const char *id, GError **error)
{
  OhmMeterHost *meter = ohm_dbus_replace_find_meter (dbus, id);
  const OhmMeterConfig *config = meter != NULL ? ohm_meter_host_get_config (meter) : NULL;
  g_autoptr (GVariant) set = g_variant_ref_sink (g_variant_new ("a(sss)", NULL));
  g_autoptr (GVariant) unset = g_variant_ref_sink (g_variant_new_parsed ("[('meter', 'serial')]"));

  if (config == NULL || config->settings == NULL ||
      !ohm_settings_is_set (config->settings, "serial"))
    return TRUE;
  return ohm_dbus_config_write_meter (dbus, config, set, unset, error);
}

static void
ohm_dbus_replace_on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDbusReplace) self = user_data;
  GError *error = NULL;

  if (ohm_store_sync_finish (OHM_STORE (source), result, &error))
    g_dbus_method_invocation_return_value (self->invocation, NULL);
  else
    g_dbus_method_invocation_take_error (self->invocation, error);
}

/* The new device is met without prejudice: what was learned of the old one is forgotten last, since
 * a changed file starts the meter from what is remembered; and for good, before anybody hears that
 * it is done. */
static void
ohm_dbus_replace_on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDbusReplace) self = user_data;
  OhmStore *store = ohm_dbus_get_parts (self->dbus)->store;
  OhmMeterHost *meter = NULL;
  GError *error = NULL;

  if (!ohm_places_replace_finish (OHM_PLACES (source), result, &error) ||
      !ohm_dbus_replace_drop_serial (self->dbus, self->meter, &error))
    {
      g_dbus_method_invocation_take_error (self->invocation, error);
      return;
    }
  meter = ohm_dbus_replace_find_meter (self->dbus, self->meter);
  if (meter != NULL)
    ohm_meter_host_forget (meter);
  ohm_store_sync_async (store, ohm_dbus_replace_on_kept, g_steal_pointer (&self));
}

/* Typed counters under @key; none is fine. */
static gboolean
ohm_dbus_replace_read (GVariant *options,
                       const char *key,
                       const char *meter,
                       GPtrArray *places,
                       GPtrArray **ret_records,
                       GError **error)
{
  g_autoptr (GVariant) counters = g_variant_lookup_value (options, key, G_VARIANT_TYPE_VARDICT);

  *ret_records = NULL;
  if (counters == NULL)
    return TRUE;
  *ret_records = ohm_typed_counters_parse (counters, meter, places, error);
  if (*ret_records == NULL)
    g_prefix_error (error, "'%s': ", key);
  return *ret_records != NULL;
}

void
ohm_dbus_replace_call (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmPlaces *places = ohm_dbus_get_parts (dbus)->places;
  GPtrArray *of_meter = NULL;
  OhmMeterHost *meter = NULL;
  OhmDbusReplace *self = NULL;
  g_autoptr (GPtrArray) last = NULL;
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;
  const char *id = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s@a{sv})", &id, &options);
  meter = ohm_dbus_replace_find_meter (dbus, id);
  if (meter == NULL)
    {
      g_dbus_method_invocation_return_error (invocation, OHM_ERROR, OHM_ERROR_NOT_FOUND,
                                             "no meter '%s'", id);
      return;
    }
  if (!ohm_dbus_meter_check_device (meter, invocation))
    return;
  of_meter = ohm_places_of_meter (places, id);
  if (!ohm_dbus_replace_read (options, "last", id, of_meter, &last, &error) ||
      !ohm_dbus_replace_read (options, "first", id, of_meter, &first, &error))
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  self = g_new0 (OhmDbusReplace, 1);
  self->dbus = g_object_ref (dbus);
  self->invocation = invocation;
  self->meter = g_strdup (id);
  ohm_places_replace_async (places, id, last, first, ohm_dbus_replace_on_done, self);
}
