/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-clock.h"

#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

static GVariant *
ohm_dbus_clock_new_checks (const GArray *checks)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxxsbb)"));

  for (guint i = 0; i < checks->len; i++)
    {
      const OhmClockCheckpoint *check = &g_array_index (checks, OhmClockCheckpoint, i);

      g_variant_builder_add (&builder, "(xxxsbb)", check->time_us, check->offset_us,
                             check->uncertainty_us, ohm_clock_fit_to_string (check->fit),
                             check->was_set, check->is_unsure);
    }
  return g_variant_builder_end (&builder);
}

static const char *
ohm_dbus_clock_get_state (const OhmClockView *view)
{
  if (view->clock == NULL)
    return "none";
  if (view->problem != NULL)
    return "failed";
  if (view->checks->len == 0)
    return "unchecked";
  return view->is_off ? "off" : "ok";
}

static GVariant *
ohm_dbus_clock_new_view (const OhmClockView *view)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  double drift = 0;

  g_variant_dict_insert (&dict, "state", "s", ohm_dbus_clock_get_state (view));
  g_variant_dict_insert (&dict, "settable", "b", view->write != NULL);
  g_variant_dict_insert (&dict, "limit_us", "x", view->limit_us);
  if (view->clock != NULL)
    {
      g_variant_dict_insert (&dict, "zone", "s", ohm_clock_zone_to_string (view->clock->zone));
      g_variant_dict_insert (&dict, "resolution_us", "x",
                             ohm_device_clock_get_resolution_us (view->clock));
    }
  if (ohm_clock_history_get_drift (view->checks, &drift))
    g_variant_dict_insert (&dict, "drift_per_day", "d", drift);
  if (view->problem != NULL)
    {
      g_variant_dict_insert (&dict, "cause_code", "s", ohm_message_get_code (view->problem));
      g_variant_dict_insert_value (&dict, "cause_arguments",
                                   ohm_message_get_arguments (view->problem));
    }
  return g_variant_dict_end (&dict);
}

void
ohm_dbus_clock_call_get (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmClockView view;

  ohm_clocks_look (ohm_dbus_get_parts (dbus)->clocks, object, &view);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a{sv}@a(xxxsbb))",
                                                        ohm_dbus_clock_new_view (&view),
                                                        ohm_dbus_clock_new_checks (view.checks)));
}

static void
ohm_dbus_clock_on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  OhmClockCheckpoint before = { 0 };
  OhmClockCheckpoint now = { 0 };
  g_autoptr (GError) error = NULL;

  if (!ohm_clocks_check_finish (OHM_CLOCKS (source), result, &before, &now, &error))
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
  else
    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new ("(xxx)", before.offset_us, now.offset_us,
                                                          now.uncertainty_us));
}

void
ohm_dbus_clock_call_check (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  ohm_clocks_check_async (ohm_dbus_get_parts (dbus)->clocks, object, /* is_setting */ FALSE,
                          ohm_dbus_clock_on_checked, invocation);
}

void
ohm_dbus_clock_call_set (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  ohm_clocks_check_async (ohm_dbus_get_parts (dbus)->clocks, object, /* is_setting */ TRUE,
                          ohm_dbus_clock_on_checked, invocation);
}
