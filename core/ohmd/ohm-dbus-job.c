/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-job.h"

#include "ohm-dbus-info.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

static gpointer
ohm_dbus_job_find (OhmDbus *dbus, const char *id)
{
  guint64 number = 0;

  if (!g_ascii_string_to_unsigned (id, 10, 1, G_MAXUINT, &number, /* error */ NULL))
    return NULL;
  return ohm_jobs_find (ohm_dbus_get_parts (dbus)->jobs, (guint) number);
}

static void
ohm_dbus_job_list (OhmDbus *dbus, GPtrArray *ids)
{
  GPtrArray *jobs = ohm_jobs_list (ohm_dbus_get_parts (dbus)->jobs);

  for (guint i = 0; i < jobs->len; i++)
    g_ptr_array_add (ids, g_strdup_printf ("%u", ohm_job_get_id (jobs->pdata[i])));
}

static GVariant *
ohm_dbus_job_get_id (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_take_string (g_strdup_printf ("%u", ohm_job_get_id (object)));
}

static GVariant *
ohm_dbus_job_get_kind (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_job_get_kind (object));
}

static GVariant *
ohm_dbus_job_get_target (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_job_get_target (object));
}

static GVariant *
ohm_dbus_job_get_state (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_job_state_to_string (ohm_job_get_state (object)));
}

static GVariant *
ohm_dbus_job_get_progress (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_double (ohm_job_get_progress (object));
}

static GVariant *
ohm_dbus_job_get_message_code (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_message_code (ohm_job_get_message (object));
}

static GVariant *
ohm_dbus_job_get_message_arguments (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_message_arguments (ohm_job_get_message (object));
}

static GVariant *
ohm_dbus_job_get_started (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_int64 (ohm_job_get_started_us (object));
}

static GVariant *
ohm_dbus_job_get_result (OhmDbus *dbus, gpointer object)
{
  GVariant *result = ohm_job_get_result (object);

  return result != NULL ? g_variant_ref (result) : g_variant_new ("a{sv}", NULL);
}

static void
ohm_dbus_job_call_cancel (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  ohm_job_cancel (object);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static const OhmDbusProperty ohm_dbus_job_properties[] = {
  { "Id", ohm_dbus_job_get_id },
  { "Kind", ohm_dbus_job_get_kind },
  { "Target", ohm_dbus_job_get_target },
  { "State", ohm_dbus_job_get_state },
  { "Progress", ohm_dbus_job_get_progress },
  { "MessageCode", ohm_dbus_job_get_message_code },
  { "MessageArguments", ohm_dbus_job_get_message_arguments },
  { "Started", ohm_dbus_job_get_started },
  { "Result", ohm_dbus_job_get_result },
  { NULL },
};

static const OhmDbusMethod ohm_dbus_job_methods[] = {
  { "Cancel", ohm_dbus_job_call_cancel },
  { NULL },
};

const OhmDbusAdapter ohm_dbus_job_adapter = {
  .info = &org_ohmnibus_ohmnibus1_job_interface,
  .properties = ohm_dbus_job_properties,
  .methods = ohm_dbus_job_methods,
  .collection = "jobs",
  .find = ohm_dbus_job_find,
  .list = ohm_dbus_job_list,
};
