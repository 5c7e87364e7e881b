/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-place.h"

#include "ohm-dbus-config.h"
#include "ohm-dbus-history.h"
#include "ohm-dbus-info.h"
#include "ohm-dbus-query.h"
#include "ohm-dbus-rename.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

/* One that lost its meter before anything was recorded is nothing to anybody. */
static gboolean
ohm_dbus_place_is_shown (const OhmPlace *place)
{
  return place->meter != NULL || place->run != NULL;
}

static gpointer
ohm_dbus_place_find (OhmDbus *dbus, const char *id)
{
  OhmPlace *place = ohm_places_get (ohm_dbus_get_parts (dbus)->places, id);

  return place != NULL && ohm_dbus_place_is_shown (place) ? place : NULL;
}

static void
ohm_dbus_place_list (OhmDbus *dbus, GPtrArray *ids)
{
  g_autoptr (GPtrArray) places = ohm_places_list (ohm_dbus_get_parts (dbus)->places);

  for (guint i = 0; i < places->len; i++)
    if (ohm_dbus_place_is_shown (places->pdata[i]))
      g_ptr_array_add (ids, g_strdup (((OhmPlace *) places->pdata[i])->id));
}

static GVariant *
ohm_dbus_place_get_id (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (((OhmPlace *) object)->id);
}

static GVariant *
ohm_dbus_place_get_name (OhmDbus *dbus, gpointer object)
{
  const OhmPlace *place = object;

  return g_variant_new_string (place->name != NULL ? place->name : place->id);
}

static GVariant *
ohm_dbus_place_get_meter (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (((OhmPlace *) object)->meter);
}

static GVariant *
ohm_dbus_place_get_source (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (((OhmPlace *) object)->source);
}

static GVariant *
ohm_dbus_place_get_medium (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (((OhmPlace *) object)->medium);
}

static GVariant *
ohm_dbus_place_get_parent (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (((OhmPlace *) object)->parent);
}

static GVariant *
ohm_dbus_place_get_direction (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (((OhmPlace *) object)->is_inverted ? "inverted" : "normal");
}

static GVariant *
ohm_dbus_place_get_factor (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_double (((OhmPlace *) object)->factor);
}

static GVariant *
ohm_dbus_place_get_last_slot (OhmDbus *dbus, gpointer object)
{
  OhmPlaceStatus status = { 0 };

  ohm_places_get_status (ohm_dbus_get_parts (dbus)->places, ((OhmPlace *) object)->id, &status);
  return g_variant_new_int64 (status.recorded_us);
}

/* By its serial, or because nothing of the meter is believed before somebody has said so. */
static gboolean
ohm_dbus_place_is_wrong (OhmDbus *dbus, const OhmPlace *place)
{
  OhmMeterHost *host = ohm_site_find_meter (ohm_dbus_get_parts (dbus)->site, place->meter);

  return ohm_place_is_wrong_device (place) ||
         (host != NULL && ohm_meter_host_get_state (host)->code == OHM_STATE_WRONG_DEVICE);
}

static GVariant *
ohm_dbus_place_get_state (OhmDbus *dbus, gpointer object)
{
  const OhmPlace *place = object;

  if (place->meter == NULL)
    return g_variant_new_string ("orphaned");
  if (ohm_dbus_place_is_wrong (dbus, place))
    return g_variant_new_string ("wrong-device");
  return g_variant_new_string (place->run != NULL ? "recording" : "waiting");
}

static void
ohm_dbus_place_call_get_history (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  ohm_dbus_query_history (ohm_dbus_get_queries (dbus), object, invocation);
}

static void
ohm_dbus_place_call_get_trend (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  ohm_dbus_query_trend (ohm_dbus_get_queries (dbus), object, invocation);
}

static void
ohm_dbus_place_call_get_slots (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  ohm_dbus_query_slots (ohm_dbus_get_queries (dbus), object, invocation);
}

static GVariant *
ohm_dbus_place_new_counters (const OhmRecord *record)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  guint n = 0;
  const OhmPoint *points = NULL;

  if (record != NULL)
    points = ohm_point_set_get_points (record->points, &n);
  for (guint i = 0; i < n; i++)
    {
      if (!ohm_quality_has_value (record->qualities[i]))
        continue;
      if (points[i].is_integer)
        g_variant_dict_insert (&dict, points[i].name, "x", record->cells[i].integer);
      else
        g_variant_dict_insert (&dict, points[i].name, "d", record->cells[i].real);
    }
  return g_variant_dict_end (&dict);
}

/* A sum keeps there which runs of its parts it was computed from: nothing for people. */
static const char *
ohm_dbus_place_get_serial (const OhmRun *run)
{
  return run->serial == NULL || g_str_has_prefix (run->serial, OHM_RUN_OF_PARTS) ? "" : run->serial;
}

static void
ohm_dbus_place_on_runs (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) runs = ohm_store_list_runs_finish (OHM_STORE (source), result, &error);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (
    G_VARIANT_TYPE ("a(xsssxxa{sv}a{sv})"));

  if (runs == NULL)
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  for (guint i = 0; i < runs->len; i++)
    {
      const OhmRun *run = runs->pdata[i];

      g_variant_builder_add (&builder, "(xsssxx@a{sv}@a{sv})", run->number, run->meter,
                             ohm_dbus_place_get_serial (run), run->source, run->opened_us,
                             run->closed_us, ohm_dbus_place_new_counters (run->first),
                             ohm_dbus_place_new_counters (run->last));
    }
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(a(xsssxxa{sv}a{sv}))", &builder));
}

static void
ohm_dbus_place_call_get_runs (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  ohm_store_list_runs_async (ohm_dbus_get_parts (dbus)->store, ((OhmPlace *) object)->id,
                             /* cancellable */ NULL, ohm_dbus_place_on_runs, invocation);
}

static void
ohm_dbus_place_call_set_config (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmPlace *place = object;
  GVariant *arguments = g_dbus_method_invocation_get_parameters (invocation);
  const OhmMeterConfig *meter = ohm_dbus_rename_find_file (dbus, place, invocation);
  g_autofree char *group = g_strconcat ("place ", place->id, NULL);
  g_auto (GVariantBuilder) set_rows = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sss)"));
  g_auto (GVariantBuilder) unset_rows = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ss)"));
  g_autoptr (GVariantIter) set = NULL;
  g_autoptr (GVariantIter) unset = NULL;
  g_autoptr (GVariant) all_set = NULL;
  g_autoptr (GVariant) all_unset = NULL;
  const char *key = NULL;
  const char *value = NULL;

  if (meter == NULL)
    return;
  ohm_dbus_rename_add_siblings (dbus, meter, &set_rows);
  g_variant_get (arguments, "(a{ss}as@a{sv})", &set, &unset, NULL);
  while (g_variant_iter_next (set, "{&s&s}", &key, &value))
    g_variant_builder_add (&set_rows, "(sss)", group, key, value);
  while (g_variant_iter_next (unset, "&s", &key))
    g_variant_builder_add (&unset_rows, "(ss)", group, key);
  all_set = g_variant_ref_sink (g_variant_builder_end (&set_rows));
  all_unset = g_variant_ref_sink (g_variant_builder_end (&unset_rows));
  ohm_dbus_config_edit_meter (dbus, meter, all_set, all_unset, invocation);
}

static const OhmDbusProperty ohm_dbus_place_properties[] = {
  { "Id", ohm_dbus_place_get_id },
  { "Name", ohm_dbus_place_get_name },
  { "Meter", ohm_dbus_place_get_meter },
  { "Source", ohm_dbus_place_get_source },
  { "Medium", ohm_dbus_place_get_medium },
  { "Parent", ohm_dbus_place_get_parent },
  { "Direction", ohm_dbus_place_get_direction },
  { "Factor", ohm_dbus_place_get_factor },
  { "LastSlot", ohm_dbus_place_get_last_slot },
  { "State", ohm_dbus_place_get_state },
  { NULL },
};

static const OhmDbusMethod ohm_dbus_place_methods[] = {
  { "GetHistory", ohm_dbus_place_call_get_history },
  { "GetTrend", ohm_dbus_place_call_get_trend },
  { "GetSlots", ohm_dbus_place_call_get_slots },
  { "GetRuns", ohm_dbus_place_call_get_runs },
  { "SetConfig", ohm_dbus_place_call_set_config },
  { "Rename", ohm_dbus_rename_call_place },
  { NULL },
};

const OhmDbusAdapter ohm_dbus_place_adapter = {
  .info = &org_ohmnibus_ohmnibus1_place_interface,
  .properties = ohm_dbus_place_properties,
  .methods = ohm_dbus_place_methods,
  .collection = "places",
  .find = ohm_dbus_place_find,
  .list = ohm_dbus_place_list,
};
