/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-link.h"

#include <string.h>

#include <gio/gunixfdlist.h>

#include "ohm-dbus-config.h"
#include "ohm-dbus-info.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

static gpointer
ohm_dbus_link_find (OhmDbus *dbus, const char *id)
{
  return ohm_site_find_link (ohm_dbus_get_parts (dbus)->site, id);
}

static void
ohm_dbus_link_list (OhmDbus *dbus, GPtrArray *ids)
{
  GPtrArray *links = ohm_site_get_links (ohm_dbus_get_parts (dbus)->site);

  for (guint i = 0; i < links->len; i++)
    g_ptr_array_add (ids, g_strdup (ohm_link_get_id (links->pdata[i])));
}

static const char *
ohm_dbus_link_get_file_of (OhmDbus *dbus, OhmLink *link)
{
  OhmConfig *config = ohm_site_get_config (ohm_dbus_get_parts (dbus)->site);

  for (guint i = 0; i < config->links->len; i++)
    {
      const OhmLinkConfig *row = config->links->pdata[i];

      if (strcmp (row->id, ohm_link_get_id (link)) == 0)
        return row->file;
    }
  return NULL;
}

static GVariant *
ohm_dbus_link_get_id (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_link_get_id (object));
}

static GVariant *
ohm_dbus_link_get_transport (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_link_get_transport_id (object));
}

/* The transport says which of its keys name the path. */
static GVariant *
ohm_dbus_link_get_address (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_take_string (
    ohm_config_dup_address (G_OBJECT_TYPE (ohm_link_get_transport (object)),
                            ohm_link_get_settings (object)));
}

static GVariant *
ohm_dbus_link_get_meters (OhmDbus *dbus, gpointer object)
{
  GPtrArray *meters = ohm_site_get_meters (ohm_dbus_get_parts (dbus)->site);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  for (guint i = 0; i < meters->len; i++)
    if (ohm_meter_host_get_link (meters->pdata[i]) == object)
      g_variant_builder_add (&builder, "s", ohm_meter_host_get_id (meters->pdata[i]));
  return g_variant_builder_end (&builder);
}

static GVariant *
ohm_dbus_link_get_file (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (ohm_dbus_link_get_file_of (dbus, object));
}

static GVariant *
ohm_dbus_link_get_state (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_state_code (ohm_link_get_state (object));
}

static GVariant *
ohm_dbus_link_get_since (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_state_since (ohm_link_get_state (object));
}

static GVariant *
ohm_dbus_link_get_cause_code (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_state_cause_code (ohm_link_get_state (object));
}

static GVariant *
ohm_dbus_link_get_cause_arguments (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_state_cause_arguments (ohm_link_get_state (object));
}

static GVariant *
ohm_dbus_link_get_next_attempt (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_state_next_attempt (ohm_link_get_state (object));
}

static void
ohm_dbus_link_call_get_statistics (OhmDbus *dbus,
                                   gpointer object,
                                   GDBusMethodInvocation *invocation)
{
  const OhmTransportCounters *counters = ohm_transport_get_counters (
    ohm_link_get_transport (object));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "requests", "t", counters->requests);
  g_variant_dict_insert (&dict, "replies", "t", counters->replies);
  g_variant_dict_insert (&dict, "timeouts", "t", counters->timeouts);
  g_variant_dict_insert (&dict, "late", "t", counters->late);
  g_variant_dict_insert (&dict, "broken", "t", counters->broken);
  g_variant_dict_insert (&dict, "connects", "t", counters->connects);
  g_variant_dict_insert (&dict, "bytes_out", "t", counters->bytes_out);
  g_variant_dict_insert (&dict, "bytes_in", "t", counters->bytes_in);
  g_variant_dict_insert (&dict, "missed_polls", "t", ohm_link_get_missed (object));
  g_variant_dict_insert (&dict, "load", "d", ohm_link_get_load (object));
  g_variant_dict_insert (&dict, "planned_load", "d", ohm_link_get_planned_load (object));
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
}

static GVariant *
ohm_dbus_link_unit_to_variant (OhmDbus *dbus, OhmLink *link, const OhmUnitStats *unit)
{
  const OhmDbusParts *parts = ohm_dbus_get_parts (dbus);
  GPtrArray *meters = ohm_site_get_meters (parts->site);
  OhmClock *clock = ohm_site_get_clock (parts->site);
  gint64 wait_us = unit->retry_us - ohm_clock_get_mono_us (clock);
  g_auto (GVariantBuilder) ids = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  for (guint i = 0; i < meters->len; i++)
    if (ohm_meter_host_get_link (meters->pdata[i]) == link &&
        ohm_meter_host_get_unit (meters->pdata[i]) == unit->unit)
      g_variant_builder_add (&ids, "s", ohm_meter_host_get_id (meters->pdata[i]));
  return g_variant_new ("(uasxxttuux)", (guint) unit->unit, &ids, unit->latency_us,
                        unit->worst_latency_us, unit->requests, unit->timeouts, unit->failures,
                        unit->level,
                        unit->retry_us > 0 ? ohm_clock_get_wall_us (clock) + MAX (wait_us, 0)
                                           : G_GINT64_CONSTANT (0));
}

static void
ohm_dbus_link_call_get_units (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GArray) units = ohm_link_list_units (object);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(uasxxttuux)"));

  for (guint i = 0; i < units->len; i++)
    g_variant_builder_add_value (&builder,
                                 ohm_dbus_link_unit_to_variant (dbus, object,
                                                                &g_array_index (units, OhmUnitStats,
                                                                                i)));
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a(uasxxttuux))", &builder));
}

static void
ohm_dbus_link_call_get_config (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  ohm_dbus_config_return_file (dbus, ohm_dbus_link_get_file_of (dbus, object), invocation);
}

static void
ohm_dbus_link_call_reconnect (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  ohm_link_reconnect (object);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
ohm_dbus_link_call_capture (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmFrameLog *frames = ohm_site_get_frames (ohm_dbus_get_parts (dbus)->site);
  g_autoptr (GVariant) options =
    g_variant_get_child_value (g_dbus_method_invocation_get_parameters (invocation), 0);
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_live = TRUE;
  gint64 last_us = 0;
  int fd;

  g_variant_lookup (options, "last", "x", &last_us);
  g_variant_lookup (options, "live", "b", &is_live);
  fd = ohm_frame_log_open (frames, ohm_link_get_transport (object), last_us, is_live, &error);
  if (fd < 0)
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  list = g_unix_fd_list_new_from_array (&fd, 1);
  g_dbus_method_invocation_return_value_with_unix_fd_list (invocation, g_variant_new ("(h)", 0),
                                                           list);
}

static const OhmDbusProperty ohm_dbus_link_properties[] = {
  { "Id", ohm_dbus_link_get_id },
  { "Transport", ohm_dbus_link_get_transport },
  { "Address", ohm_dbus_link_get_address },
  { "Meters", ohm_dbus_link_get_meters },
  { "File", ohm_dbus_link_get_file },
  { "State", ohm_dbus_link_get_state },
  { "Since", ohm_dbus_link_get_since },
  { "CauseCode", ohm_dbus_link_get_cause_code },
  { "CauseArguments", ohm_dbus_link_get_cause_arguments },
  { "NextAttempt", ohm_dbus_link_get_next_attempt },
  { NULL },
};

static const OhmDbusMethod ohm_dbus_link_methods[] = {
  { "GetStatistics", ohm_dbus_link_call_get_statistics },
  { "GetUnits", ohm_dbus_link_call_get_units },
  { "GetConfig", ohm_dbus_link_call_get_config },
  { "Reconnect", ohm_dbus_link_call_reconnect },
  { "Capture", ohm_dbus_link_call_capture },
  { NULL },
};

const OhmDbusAdapter ohm_dbus_link_adapter = {
  .info = &org_ohmnibus_ohmnibus1_link_interface,
  .properties = ohm_dbus_link_properties,
  .methods = ohm_dbus_link_methods,
  .collection = "links",
  .find = ohm_dbus_link_find,
  .list = ohm_dbus_link_list,
};
