/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-uplink.h"

#include "ohm-dbus-config.h"
#include "ohm-dbus-info.h"
#include "ohm-dbus-uplink-calls.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

static gpointer
ohm_dbus_uplink_find (OhmDbus *dbus, const char *id)
{
  return ohm_uplinks_find (ohm_dbus_get_parts (dbus)->uplinks, id);
}

static void
ohm_dbus_uplink_list (OhmDbus *dbus, GPtrArray *ids)
{
  GPtrArray *hosts = ohm_uplinks_list (ohm_dbus_get_parts (dbus)->uplinks);

  for (guint i = 0; i < hosts->len; i++)
    g_ptr_array_add (ids, g_strdup (ohm_uplink_host_get_id (hosts->pdata[i])));
}

static GVariant *
ohm_dbus_uplink_get_id (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_uplink_host_get_id (object));
}

static GVariant *
ohm_dbus_uplink_get_name (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_uplink_config_get_name (ohm_uplink_host_get_config (object)));
}

static GVariant *
ohm_dbus_uplink_get_plugin (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_uplink_config_get_plugin (ohm_uplink_host_get_config (object)));
}

static GVariant *
ohm_dbus_uplink_get_file (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (ohm_uplink_host_get_config (object)->file);
}

static GVariant *
ohm_dbus_uplink_get_gateway (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (ohm_uplinks_get_gateway (ohm_dbus_get_parts (dbus)->uplinks));
}

static GVariant *
ohm_dbus_uplink_get_state (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_string (view.state);
}

static GVariant *
ohm_dbus_uplink_get_since (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_int64 (view.delivery.since_us);
}

static GVariant *
ohm_dbus_uplink_get_cause_code (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return ohm_dbus_message_code (view.message);
}

static GVariant *
ohm_dbus_uplink_get_cause_arguments (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return ohm_dbus_message_arguments (view.message);
}

static GVariant *
ohm_dbus_uplink_get_engine_text (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return ohm_dbus_string (view.delivery.text);
}

static GVariant *
ohm_dbus_uplink_get_next_attempt (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_int64 (view.delivery.next_us);
}

static GVariant *
ohm_dbus_uplink_get_delivered_up_to (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_int64 (view.delivery.delivered_us);
}

static GVariant *
ohm_dbus_uplink_get_last_success (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_int64 (view.delivery.success_us);
}

static GVariant *
ohm_dbus_uplink_get_pending (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_uint64 (view.delivery.n_pending);
}

static GVariant *
ohm_dbus_uplink_get_pending_bytes (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_uint64 (view.delivery.n_pending_bytes);
}

static GVariant *
ohm_dbus_uplink_get_room (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_int64 (view.delivery.room_us);
}

static GVariant *
ohm_dbus_uplink_get_held (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_uint32 (view.delivery.n_held);
}

static GVariant *
ohm_dbus_uplink_get_future (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_uint32 (view.delivery.n_future);
}

static GVariant *
ohm_dbus_uplink_get_dead (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_uint32 (view.delivery.n_dead);
}

static GVariant *
ohm_dbus_uplink_get_unlisted (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_uint32 (view.delivery.n_forgotten);
}

static GVariant *
ohm_dbus_uplink_get_rejected (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_uint64 (view.delivery.n_rejected);
}

static GVariant *
ohm_dbus_uplink_get_too_old (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_uint64 (view.delivery.n_too_old);
}

static GVariant *
ohm_dbus_uplink_get_requests (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_uint64 (view.delivery.n_requests);
}

static GVariant *
ohm_dbus_uplink_get_points (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_uint64 (view.delivery.n_points);
}

static GVariant *
ohm_dbus_uplink_get_bytes (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_uint64 (view.delivery.n_bytes);
}

static GVariant *
ohm_dbus_uplink_get_new_destination (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_boolean (view.delivery.is_new_destination);
}

static GVariant *
ohm_dbus_uplink_get_claim (OhmDbus *dbus, gpointer object)
{
  OhmUplink *uplink = ohm_uplink_host_get_uplink (object);

  return g_variant_new_string (
    ohm_claim_state_to_string (uplink != NULL ? ohm_uplink_get_claim (uplink) : OHM_CLAIM_NONE));
}

static GVariant *
ohm_dbus_uplink_get_account (OhmDbus *dbus, gpointer object)
{
  OhmUplink *uplink = ohm_uplink_host_get_uplink (object);

  return ohm_dbus_string (uplink != NULL ? ohm_uplink_get_account (uplink) : NULL);
}

static GVariant *
ohm_dbus_uplink_get_user_code (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return ohm_dbus_string (view.prompt.user_code);
}

static GVariant *
ohm_dbus_uplink_get_verification_uri (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return ohm_dbus_string (view.prompt.uri);
}

static GVariant *
ohm_dbus_uplink_get_verification_uri_complete (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return ohm_dbus_string (view.prompt.uri_complete);
}

static GVariant *
ohm_dbus_uplink_get_claim_expires (OhmDbus *dbus, gpointer object)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (object, &view);
  return g_variant_new_int64 (view.prompt.expires_us);
}

static GVariant *
ohm_dbus_uplink_get_secrets (OhmDbus *dbus, gpointer object)
{
  const OhmUplinkSecret *row = ohm_uplink_host_get_secrets (object);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));

  for (; row != NULL && row->name != NULL; row++)
    if (ohm_uplink_host_takes_secret (object, row->name, /* error */ NULL))
      g_variant_builder_add (&builder, "{ss}", row->name, row->help);
  return g_variant_builder_end (&builder);
}

static const OhmDbusProperty ohm_dbus_uplink_properties[] = {
  { "Id", ohm_dbus_uplink_get_id },
  { "Name", ohm_dbus_uplink_get_name },
  { "Plugin", ohm_dbus_uplink_get_plugin },
  { "File", ohm_dbus_uplink_get_file },
  { "Gateway", ohm_dbus_uplink_get_gateway },
  { "State", ohm_dbus_uplink_get_state },
  { "Since", ohm_dbus_uplink_get_since },
  { "CauseCode", ohm_dbus_uplink_get_cause_code },
  { "CauseArguments", ohm_dbus_uplink_get_cause_arguments },
  { "EngineText", ohm_dbus_uplink_get_engine_text },
  { "NextAttempt", ohm_dbus_uplink_get_next_attempt },
  { "DeliveredUpTo", ohm_dbus_uplink_get_delivered_up_to },
  { "LastSuccess", ohm_dbus_uplink_get_last_success },
  { "Pending", ohm_dbus_uplink_get_pending },
  { "PendingBytes", ohm_dbus_uplink_get_pending_bytes },
  { "Room", ohm_dbus_uplink_get_room },
  { "Held", ohm_dbus_uplink_get_held },
  { "Future", ohm_dbus_uplink_get_future },
  { "Dead", ohm_dbus_uplink_get_dead },
  { "Unlisted", ohm_dbus_uplink_get_unlisted },
  { "Rejected", ohm_dbus_uplink_get_rejected },
  { "TooOld", ohm_dbus_uplink_get_too_old },
  { "Requests", ohm_dbus_uplink_get_requests },
  { "Points", ohm_dbus_uplink_get_points },
  { "Bytes", ohm_dbus_uplink_get_bytes },
  { "NewDestination", ohm_dbus_uplink_get_new_destination },
  { "Claim", ohm_dbus_uplink_get_claim },
  { "Account", ohm_dbus_uplink_get_account },
  { "UserCode", ohm_dbus_uplink_get_user_code },
  { "VerificationUri", ohm_dbus_uplink_get_verification_uri },
  { "VerificationUriComplete", ohm_dbus_uplink_get_verification_uri_complete },
  { "ClaimExpires", ohm_dbus_uplink_get_claim_expires },
  { "Secrets", ohm_dbus_uplink_get_secrets },
  { NULL },
};

static const OhmDbusMethod ohm_dbus_uplink_methods[] = {
  { "GetConfig", ohm_dbus_uplink_call_get_config },
  { "SetConfig", ohm_dbus_uplink_call_set_config },
  { "ListDeadLetters", ohm_dbus_uplink_call_list_dead_letters },
  { "SendNow", ohm_dbus_uplink_call_send_now },
  { "Resend", ohm_dbus_uplink_call_resend },
  { "Confirm", ohm_dbus_uplink_call_confirm },
  { "SetSecret", ohm_dbus_uplink_call_set_secret },
  { "Claim", ohm_dbus_uplink_call_claim },
  { "Unlink", ohm_dbus_uplink_call_unlink },
  { NULL },
};

const OhmDbusAdapter ohm_dbus_uplink_adapter = {
  .info = &org_ohmnibus_ohmnibus1_uplink_interface,
  .properties = ohm_dbus_uplink_properties,
  .methods = ohm_dbus_uplink_methods,
  .collection = "uplinks",
  .find = ohm_dbus_uplink_find,
  .list = ohm_dbus_uplink_list,
};
