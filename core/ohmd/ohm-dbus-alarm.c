/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-alarm.h"

#include "ohm-dbus-info.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

static GPtrArray *
ohm_dbus_alarm_list (OhmDbus *dbus)
{
  return ohm_alarms_list (ohm_site_get_alarms (ohm_dbus_get_parts (dbus)->site));
}

static GVariant *
ohm_dbus_alarm_get_active (OhmDbus *dbus, gpointer object)
{
  GPtrArray *alarms = ohm_dbus_alarm_list (dbus);
  guint n = 0;

  for (guint i = 0; i < alarms->len; i++)
    n += ((OhmAlarm *) alarms->pdata[i])->until_us == 0;
  return g_variant_new_uint32 (n);
}

static void
ohm_dbus_alarm_call_get_alarms (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) options =
    g_variant_get_child_value (g_dbus_method_invocation_get_parameters (invocation), 0);
  GPtrArray *alarms = ohm_dbus_alarm_list (dbus);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(tssa{ss}xx)"));
  gboolean has_ended = FALSE;

  g_variant_lookup (options, "ended", "b", &has_ended);
  for (guint i = 0; i < alarms->len; i++)
    {
      const OhmAlarm *alarm = alarms->pdata[i];

      if (alarm->until_us == 0 || has_ended)
        g_variant_builder_add_value (&builder, ohm_dbus_alarm_to_variant (alarm));
    }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a(tssa{ss}xx))", &builder));
}

GVariant *
ohm_dbus_alarm_to_variant (const OhmAlarm *alarm)
{
  return g_variant_new ("(tss@a{ss}xx)", alarm->id, alarm->subject,
                        ohm_message_get_code (alarm->message),
                        ohm_message_get_arguments (alarm->message), alarm->since_us,
                        alarm->until_us);
}

static const OhmDbusProperty ohm_dbus_alarm_properties[] = {
  { "Active", ohm_dbus_alarm_get_active },
  { NULL },
};

static const OhmDbusMethod ohm_dbus_alarm_methods[] = {
  { "GetAlarms", ohm_dbus_alarm_call_get_alarms },
  { NULL },
};

const OhmDbusAdapter ohm_dbus_alarm_adapter = {
  .info = &org_ohmnibus_ohmnibus1_alarm_interface,
  .properties = ohm_dbus_alarm_properties,
  .methods = ohm_dbus_alarm_methods,
};
