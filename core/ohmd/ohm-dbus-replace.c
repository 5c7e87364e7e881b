/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dbus-replace.h"

#include <math.h>

#include "ohm-dbus-config.h"
#include "ohm-dbus-meter.h"
#include "ohm-dbus.h"
#include "ohm-plausibility-power.h"
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

/* The new device is met without prejudice: what was learned of the old one is forgotten last, since
 * a changed file starts the meter from what is remembered; and for good, before anybody hears that
 * it is done. */
static void
ohm_dbus_replace_on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDbusReplace) self = user_data;
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
  ohm_dbus_return_kept (self->dbus, self->invocation);
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

/* The device that is to be gone is there, as far as anybody knows. */
static gboolean
ohm_dbus_replace_check_gone (OhmMeterHost *meter, GPtrArray *places, GError **error)
{
  const char *id = ohm_meter_host_get_id (meter);
  const char *serial = ohm_facts_get (ohm_meter_host_get_facts (meter), "serial");

  for (guint i = 0; places != NULL && i < places->len; i++)
    {
      const OhmRun *run = ((const OhmPlace *) g_ptr_array_index (places, i))->run;

      if (run == NULL || serial == NULL || g_strcmp0 (run->serial, serial) != 0 ||
          !ohm_meter_host_is_confirmed (meter))
        continue;
      g_set_error (
        error, OHM_ERROR, OHM_ERROR_EXISTS,
        "meter '%s': the device with serial %s is still the one that answers; if the "
        "new one is in its place already, run 'ohmctl meter survey %s' and try again, or "
        "say --force if nothing is wrong with that",
        id, serial, id);
      return FALSE;
    }
  return TRUE;
}

/* The largest power that the meter can measure at any voltage; 0 if nothing tells. */
static double
ohm_dbus_replace_find_max (OhmMeterHost *meter)
{
  const double voltages[] = { (double) NAN, (double) NAN, (double) NAN };

  return ohm_plausibility_power_find_max (ohm_meter_host_get_config (meter)->settings,
                                          ohm_meter_host_get_facts (meter), voltages);
}

/* What the call says of the exchange of @meter; @exchange: its arrays are owned by the caller */
static gboolean
ohm_dbus_replace_take (OhmMeterHost *meter,
                       GPtrArray *places,
                       GVariant *options,
                       OhmPlacesExchange *exchange,
                       GError **error)
{
  const char *id = ohm_meter_host_get_id (meter);

  exchange->max_w = ohm_dbus_replace_find_max (meter);
  g_variant_lookup (options, "force", "b", &exchange->is_forced);
  return ohm_dbus_replace_read (options, "last", id, places, &exchange->last, error) &&
         ohm_dbus_replace_read (options, "first", id, places, &exchange->first, error) &&
         (exchange->is_forced || ohm_dbus_replace_check_gone (meter, places, error));
}

static void
ohm_dbus_exchange_clear (OhmPlacesExchange *exchange)
{
  g_clear_pointer (&exchange->last, g_ptr_array_unref);
  g_clear_pointer (&exchange->first, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmPlacesExchange, ohm_dbus_exchange_clear)

void
ohm_dbus_replace_call (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  const OhmDbusParts *parts = ohm_dbus_get_parts (dbus);
  OhmMeterHost *meter = NULL;
  OhmDbusReplace *self = NULL;
  g_auto (OhmPlacesExchange) exchange = { NULL };
  g_autoptr (GVariant) options = NULL;
  GError *error = NULL;
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
  if (!ohm_dbus_replace_take (meter, ohm_places_of_meter (parts->places, id), options, &exchange,
                              &error))
    {
      g_dbus_method_invocation_take_error (invocation, error);
      return;
    }
  /* what is recorded is the old device's */
  if (parts->recorder != NULL)
    ohm_recorder_flush (parts->recorder);
  self = g_new0 (OhmDbusReplace, 1);
  self->dbus = g_object_ref (dbus);
  self->invocation = invocation;
  self->meter = g_strdup (id);
  ohm_places_replace_async (parts->places, id, &exchange, ohm_dbus_replace_on_done, self);
}
