/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-store.h"

#include "ohm-dbus-info.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

/* Events in one answer, and what they take of its 64 KiB. */
#define OHM_DBUS_EVENTS_DEFAULT 100
#define OHM_DBUS_EVENTS_MAX     1000
#define OHM_DBUS_EVENTS_BYTES   49152

#define OHM_DBUS_EVENT_TYPE "(xxssa{ss})"

static OhmStore *
ohm_dbus_store_of (OhmDbus *dbus)
{
  return ohm_dbus_get_parts (dbus)->store;
}

static GVariant *
ohm_dbus_store_get_path (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (ohm_store_get_path (ohm_dbus_store_of (dbus)));
}

static GVariant *
ohm_dbus_store_get_state (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (
    ohm_store_state_to_string (ohm_store_get_state (ohm_dbus_store_of (dbus))));
}

static GVariant *
ohm_dbus_store_get_cause_code (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_message_code (ohm_store_get_message (ohm_dbus_store_of (dbus)));
}

static GVariant *
ohm_dbus_store_get_cause_arguments (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_message_arguments (ohm_store_get_message (ohm_dbus_store_of (dbus)));
}

static GVariant *
ohm_dbus_store_get_quarantine (OhmDbus *dbus, gpointer object)
{
  OhmMessage *message = ohm_store_get_quarantine (ohm_dbus_store_of (dbus));

  return ohm_dbus_string (message != NULL ? ohm_message_get_argument (message, "text") : NULL);
}

static GVariant *
ohm_dbus_store_get_next_attempt (OhmDbus *dbus, gpointer object)
{
  OhmClock *clock = ohm_site_get_clock (ohm_dbus_get_parts (dbus)->site);
  gint64 retry_us = ohm_store_get_retry_us (ohm_dbus_store_of (dbus));
  gint64 wait_us = retry_us - ohm_clock_get_mono_us (clock);

  return g_variant_new_int64 (retry_us >= 0 ? ohm_clock_get_wall_us (clock) + MAX (wait_us, 0) : 0);
}

static void
ohm_dbus_store_on_stats (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  OhmStoreStats stats = { 0 };

  if (!ohm_store_get_stats_finish (OHM_STORE (source), result, &stats, &error))
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  g_variant_dict_insert (&dict, "schema", "u", stats.version);
  g_variant_dict_insert (&dict, "size_bytes", "x", stats.size_bytes);
  g_variant_dict_insert (&dict, "used_bytes", "x", stats.used_bytes);
  g_variant_dict_insert (&dict, "limit_bytes", "x", stats.limit_bytes);
  g_variant_dict_insert (&dict, "last_seq", "x", stats.last_seq);
  g_variant_dict_insert (&dict, "oldest_us", "x", stats.oldest_slot_us);
  g_variant_dict_insert (&dict, "newest_us", "x", stats.newest_slot_us);
  g_variant_dict_insert (&dict, "commits", "t", stats.n_commits);
  g_variant_dict_insert (&dict, "commit_us", "x", stats.commit_us);
  g_variant_dict_insert (&dict, "commit_max_us", "x", stats.commit_max_us);
  g_variant_dict_insert (&dict, "pending", "u", stats.n_pending);
  g_variant_dict_insert (&dict, "pending_bytes", "x", stats.pending_bytes);
  g_variant_dict_insert (&dict, "lost", "t", stats.n_lost);
  g_variant_dict_insert (&dict, "damaged", "t", stats.n_damaged);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
}

static void
ohm_dbus_store_call_get_statistics (OhmDbus *dbus,
                                    gpointer object,
                                    GDBusMethodInvocation *invocation)
{
  ohm_store_get_stats_async (ohm_dbus_store_of (dbus),
                             /* cancellable */ NULL, ohm_dbus_store_on_stats, invocation);
}

static GVariant *
ohm_dbus_store_new_event (const OhmStoreEvent *event)
{
  return g_variant_ref_sink (g_variant_new ("(xxss@a{ss})", event->id, event->time_us,
                                            event->subject, ohm_message_get_code (event->message),
                                            ohm_message_get_arguments (event->message)));
}

/* (transfer full) (element-type GVariant): the first of @events, as many as fit in an answer */
static GPtrArray *
ohm_dbus_store_pack_events (GPtrArray *events, guint max)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  gsize n_bytes = 0;

  for (guint i = 0; i < events->len && i < max; i++)
    {
      GVariant *row = ohm_dbus_store_new_event (events->pdata[i]);

      n_bytes += g_variant_get_size (row);
      if (i > 0 && n_bytes > OHM_DBUS_EVENTS_BYTES)
        {
          g_variant_unref (row);
          break;
        }
      g_ptr_array_add (rows, row);
    }
  return rows;
}

static guint
ohm_dbus_store_get_limit (GVariant *options)
{
  guint limit = OHM_DBUS_EVENTS_DEFAULT;

  g_variant_lookup (options, "limit", "u", &limit);
  return CLAMP (limit, 1, OHM_DBUS_EVENTS_MAX);
}

static void
ohm_dbus_store_on_events (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = ohm_store_query_events_finish (OHM_STORE (source), result, &error);
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GVariant) options = NULL;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (
    G_VARIANT_TYPE ("a" OHM_DBUS_EVENT_TYPE));

  if (events == NULL)
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  options = g_variant_get_child_value (g_dbus_method_invocation_get_parameters (invocation), 2);
  rows = ohm_dbus_store_pack_events (events, ohm_dbus_store_get_limit (options));
  for (guint i = rows->len; i > 0; i--)
    g_variant_builder_add_value (&builder, rows->pdata[i - 1]);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(a" OHM_DBUS_EVENT_TYPE "b)", &builder,
                                                        rows->len < events->len));
}

/* One event more than is wanted is looked for: whether there is more. */
static void
ohm_dbus_store_call_get_events (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) options = NULL;
  OhmStoreEventQuery query = { 0 };

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(xx@a{sv})", &query.from_us,
                 &query.to_us, &options);
  if (query.from_us < 0 || query.to_us < 0 || (query.to_us > 0 && query.to_us <= query.from_us))
    {
      g_dbus_method_invocation_return_error (invocation, OHM_ERROR, OHM_ERROR_CONFIG,
                                             "the time asked for is to end after it begins");
      return;
    }
  g_variant_lookup (options, "about", "&s", &query.about);
  g_variant_lookup (options, "code", "&s", &query.code);
  g_variant_lookup (options, "before", "x", &query.before);
  query.max = ohm_dbus_store_get_limit (options) + 1;
  ohm_store_query_events_async (ohm_dbus_store_of (dbus), &query,
                                /* cancellable */ NULL, ohm_dbus_store_on_events, invocation);
}

static const OhmDbusProperty ohm_dbus_store_properties[] = {
  { "Path", ohm_dbus_store_get_path },
  { "State", ohm_dbus_store_get_state },
  { "CauseCode", ohm_dbus_store_get_cause_code },
  { "CauseArguments", ohm_dbus_store_get_cause_arguments },
  { "Quarantine", ohm_dbus_store_get_quarantine },
  { "NextAttempt", ohm_dbus_store_get_next_attempt },
  { NULL },
};

static const OhmDbusMethod ohm_dbus_store_methods[] = {
  { "GetEvents", ohm_dbus_store_call_get_events },
  { "GetStatistics", ohm_dbus_store_call_get_statistics },
  { NULL },
};

const OhmDbusAdapter ohm_dbus_store_adapter = {
  .info = &org_ohmnibus_ohmnibus1_store_interface,
  .properties = ohm_dbus_store_properties,
  .methods = ohm_dbus_store_methods,
};
