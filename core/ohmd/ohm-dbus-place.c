/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-place.h"

#include "ohm-dbus-config.h"
#include "ohm-dbus-history.h"
#include "ohm-dbus-info.h"
#include "ohm-dbus-query.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus.h"
#include "ohm-virtual-sum.h"

static gpointer
ohm_dbus_place_find (OhmDbus *dbus, const char *id)
{
  return ohm_places_get (ohm_dbus_get_parts (dbus)->places, id);
}

static void
ohm_dbus_place_list (OhmDbus *dbus, GPtrArray *ids)
{
  g_autoptr (GPtrArray) places = ohm_places_list (ohm_dbus_get_parts (dbus)->places);

  for (guint i = 0; i < places->len; i++)
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
  return g_variant_new_int64 (ohm_dbus_get_last_slot_us (dbus, ((OhmPlace *) object)->id));
}

static GVariant *
ohm_dbus_place_get_state (OhmDbus *dbus, gpointer object)
{
  const OhmPlace *place = object;

  if (place->meter == NULL)
    return g_variant_new_string ("orphaned");
  if (ohm_place_is_wrong_device (place))
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
      if (record->qualities[i] != OHM_QUALITY_GOOD && record->qualities[i] != OHM_QUALITY_SUSPECT)
        continue;
      if (points[i].is_integer)
        g_variant_dict_insert (&dict, points[i].name, "x", record->cells[i].integer);
      else
        g_variant_dict_insert (&dict, points[i].name, "d", record->cells[i].real);
    }
  return g_variant_dict_end (&dict);
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
                             run->serial != NULL ? run->serial : "", run->source, run->opened_us,
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

/* The meter whose file says what the place is; answers if there is none. */
static const OhmMeterConfig *
ohm_dbus_place_find_file (OhmDbus *dbus, const OhmPlace *place, GDBusMethodInvocation *invocation)
{
  OhmConfig *config = ohm_site_get_config (ohm_dbus_get_parts (dbus)->site);
  const OhmMeterConfig *meter = place->meter != NULL ? ohm_config_find_meter (config, place->meter)
                                                     : NULL;

  if (meter == NULL)
    g_dbus_method_invocation_return_error (invocation, OHM_ERROR, OHM_ERROR_NOT_FOUND,
                                           "place '%s' has no meter any more, so no file",
                                           place->id);
  return meter;
}

/* A place that is there because its meter has the counters is written down before it is changed:
 * with it all places of that meter that have no group, which otherwise would go. */
static void
ohm_dbus_place_add_siblings (OhmDbus *dbus, const OhmMeterConfig *meter, GVariantBuilder *set)
{
  GPtrArray *places = ohm_places_of_meter (ohm_dbus_get_parts (dbus)->places, meter->id);

  if (meter->places->len > 0)
    return;
  for (guint i = 0; places != NULL && i < places->len; i++)
    {
      const OhmPlace *place = places->pdata[i];
      g_autofree char *group = g_strconcat ("place ", place->id, NULL);

      g_variant_builder_add (set, "(sss)", group, "source", place->source);
    }
}

static void
ohm_dbus_place_call_set_config (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmPlace *place = object;
  GVariant *arguments = g_dbus_method_invocation_get_parameters (invocation);
  const OhmMeterConfig *meter = ohm_dbus_place_find_file (dbus, place, invocation);
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
  ohm_dbus_place_add_siblings (dbus, meter, &set_rows);
  g_variant_get (arguments, "(a{ss}as@a{sv})", &set, &unset, NULL);
  while (g_variant_iter_next (set, "{&s&s}", &key, &value))
    g_variant_builder_add (&set_rows, "(sss)", group, key, value);
  while (g_variant_iter_next (unset, "&s", &key))
    g_variant_builder_add (&unset_rows, "(ss)", group, key);
  all_set = g_variant_ref_sink (g_variant_builder_end (&set_rows));
  all_unset = g_variant_ref_sink (g_variant_builder_end (&unset_rows));
  ohm_dbus_config_edit_meter (dbus, meter, all_set, all_unset, invocation);
}

typedef struct
{
  OhmSite *site;                     /* (owned) */
  GDBusMethodInvocation *invocation; /* answered at the end */
  GPtrArray *texts;                  /* (owned) (element-type OhmSiteText): files with the new id */
} OhmDbusPlaceRename;

static void
ohm_dbus_place_rename_free (OhmDbusPlaceRename *self)
{
  g_object_unref (self->site);
  g_ptr_array_unref (self->texts);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDbusPlaceRename, ohm_dbus_place_rename_free)

static void
ohm_dbus_place_on_renamed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDbusPlaceRename) self = user_data;
  g_autoptr (GError) error = NULL;

  if (ohm_places_rename_finish (OHM_PLACES (source), result, &error) &&
      ohm_site_write_meters (self->site, self->texts, &error))
    g_dbus_method_invocation_return_value (self->invocation, NULL);
  else
    g_dbus_method_invocation_take_error (self->invocation, g_steal_pointer (&error));
}

/* The text of the meter's file in which the place has its new id. */
static char *
ohm_dbus_place_dup_renamed (OhmDbus *dbus,
                            const OhmMeterConfig *meter,
                            const char *old_id,
                            const char *new_id,
                            GError **error)
{
  g_autofree char *old_group = g_strconcat ("place ", old_id, NULL);
  g_autofree char *new_group = g_strconcat ("place ", new_id, NULL);
  g_auto (GVariantBuilder) set_rows = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sss)"));
  g_autoptr (GVariant) set = NULL;
  g_autoptr (GVariant) unset = g_variant_ref_sink (g_variant_new ("a(ss)", NULL));
  g_autofree char *text = NULL;
  g_autofree char *whole = NULL;

  ohm_dbus_place_add_siblings (dbus, meter, &set_rows);
  set = g_variant_ref_sink (g_variant_builder_end (&set_rows));
  if (!g_file_get_contents (meter->file, &text, NULL, error))
    return NULL;
  whole = ohm_dbus_config_edit (text, set, unset, error);
  if (whole == NULL)
    return NULL;
  return ohm_dbus_config_rename_group (whole, old_group, new_group, error);
}

/* The text of a virtual meter's file in which the part has its new id. */
static char *
ohm_dbus_place_dup_resummed (const OhmMeterConfig *meter,
                             const char *old_id,
                             const char *new_id,
                             GError **error)
{
  g_autofree char *sum = ohm_virtual_sum_dup_renamed (ohm_settings_get_string (meter->settings,
                                                                               "sum"),
                                                      old_id, new_id);
  g_autofree char *text = NULL;
  g_autoptr (GVariant) unset = g_variant_ref_sink (g_variant_new ("a(ss)", NULL));
  g_auto (GVariantBuilder) rows = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sss)"));
  g_autoptr (GVariant) set = NULL;

  g_variant_builder_add (&rows, "(sss)", "meter", "sum", sum);
  set = g_variant_ref_sink (g_variant_builder_end (&rows));
  if (!g_file_get_contents (meter->file, &text, NULL, error))
    return NULL;
  return ohm_dbus_config_edit (text, set, unset, error);
}

/* @text: (transfer full) (nullable) */
static gboolean
ohm_dbus_place_add_text (GPtrArray *texts, const OhmMeterConfig *meter, char *text)
{
  OhmSiteText *row;

  if (text == NULL)
    return FALSE;
  row = g_new0 (OhmSiteText, 1);
  row->id = g_strdup (meter->id);
  row->text = text;
  g_ptr_array_add (texts, row);
  return TRUE;
}

/* Files that name the place: its meter's, and those of the sums that it is a part of. */
static gboolean
ohm_dbus_place_rename_in_files (OhmDbus *dbus,
                                const OhmMeterConfig *meter,
                                const OhmPlace *place,
                                const char *new_id,
                                GPtrArray *texts,
                                GError **error)
{
  GPtrArray *meters = ohm_site_get_config (ohm_dbus_get_parts (dbus)->site)->meters;

  if (!ohm_dbus_place_add_text (texts, meter,
                                ohm_dbus_place_dup_renamed (dbus, meter, place->id, new_id, error)))
    return FALSE;
  for (guint i = 0; i < meters->len; i++)
    {
      const OhmMeterConfig *sum = meters->pdata[i];

      if (sum->reason != NULL || !ohm_meter_config_is_virtual (sum) ||
          !ohm_virtual_sum_contains (ohm_settings_get_string (sum->settings, "sum"), place->id))
        continue;
      if (!ohm_dbus_place_add_text (texts, sum,
                                    ohm_dbus_place_dup_resummed (sum, place->id, new_id, error)))
        return FALSE;
    }
  return TRUE;
}

/* First the store, then the files: the other way round the reload would find a new place. */
static void
ohm_dbus_place_call_rename (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmPlace *place = object;
  const OhmMeterConfig *meter = ohm_dbus_place_find_file (dbus, place, invocation);
  const char *new_id = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (
    (GDestroyNotify) ohm_site_text_free);
  OhmDbusPlaceRename *self = NULL;

  if (meter == NULL)
    return;
  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 0, "&s", &new_id);
  if (!ohm_id_is_valid (new_id))
    g_set_error (&error, OHM_ERROR, OHM_ERROR_CONFIG,
                 "'%s' is no id; use a-z, 0-9 and -, at most 63", new_id);
  else
    ohm_dbus_place_rename_in_files (dbus, meter, place, new_id, texts, &error);
  if (error != NULL)
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  self = g_new0 (OhmDbusPlaceRename, 1);
  self->site = g_object_ref (ohm_dbus_get_parts (dbus)->site);
  self->invocation = invocation;
  self->texts = g_steal_pointer (&texts);
  ohm_places_rename_async (ohm_dbus_get_parts (dbus)->places, place->id, new_id,
                           ohm_dbus_place_on_renamed, self);
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
  { "Rename", ohm_dbus_place_call_rename },
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
