/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-query.h"

#include "ohm-dbus-history.h"
#include "ohm-dbus-payload.h"
#include "ohm-dbus-stretches.h"
#include "ohm-dbus-trend.h"

#define OHM_DBUS_MINUTE_US (60 * G_USEC_PER_SEC)

/* Calls that are worked on at a time: each may hold a year in memory before it is answered. */
#define OHM_DBUS_QUERIES_AT_A_TIME 2

/* A year of many places is asked for in one go by whoever draws it: the rest waits. */
struct _OhmDbusQueries
{
  OhmStore *store; /* (owned) */
  GQueue waiting;  /* (element-type OhmDbusQuery) */
  guint n_running;
  gboolean is_stopped;
};

/* One call: asks for page after page; one of the three collects what comes. */
typedef struct
{
  OhmDbusQueries *owner; /* (owned) */
  gboolean is_running;
  GDBusMethodInvocation *invocation; /* answered at the end */
  OhmPlace *place;                   /* (owned) */
  gint64 from_us;
  gint64 to_us;
  OhmDbusHistory *history;     /* (owned) (nullable) */
  OhmDbusStretches *stretches; /* (owned) (nullable) */
  OhmDbusTrend *trend;         /* (owned) (nullable) */
} OhmDbusQuery;

static void ohm_dbus_queries_run (OhmDbusQueries *self);

static void
ohm_dbus_query_free (OhmDbusQuery *self)
{
  if (self->is_running)
    {
      self->owner->n_running--;
      ohm_dbus_queries_run (self->owner);
    }
  ohm_dbus_queries_unref (self->owner);
  ohm_place_unref (self->place);
  g_clear_pointer (&self->history, ohm_dbus_history_free);
  g_clear_pointer (&self->stretches, ohm_dbus_stretches_free);
  g_clear_pointer (&self->trend, ohm_dbus_trend_free);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDbusQuery, ohm_dbus_query_free)

/* NULL after having answered that the time is wrong. */
static OhmDbusQuery *
ohm_dbus_query_new (OhmDbusQueries *owner,
                    OhmPlace *place,
                    gint64 longest_us,
                    GDBusMethodInvocation *invocation)
{
  GVariant *arguments = g_dbus_method_invocation_get_parameters (invocation);
  OhmDbusQuery *self = NULL;
  gint64 from_us = 0;
  gint64 to_us = 0;
  gint64 length_us = 0;

  g_variant_get_child (arguments, 0, "x", &from_us);
  g_variant_get_child (arguments, 1, "x", &to_us);
  if (from_us < 0 || __builtin_sub_overflow (to_us, from_us, &length_us) || length_us <= 0 ||
      length_us > longest_us)
    {
      g_dbus_method_invocation_return_error (
        invocation, OHM_ERROR, OHM_ERROR_CONFIG,
        "the time asked for is to end after it begins, at most %d days later",
        (int) (longest_us / (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)));
      return NULL;
    }
  self = g_new0 (OhmDbusQuery, 1);
  self->owner = g_rc_box_acquire (owner);
  self->invocation = invocation;
  self->place = ohm_place_ref (place);
  self->from_us = from_us;
  self->to_us = to_us;
  return self;
}

static void
ohm_dbus_query_end (OhmDbusQuery *self)
{
  if (self->history != NULL)
    ohm_dbus_payload_return (self->invocation, "history", ohm_dbus_history_end (self->history));
  else if (self->trend != NULL)
    ohm_dbus_payload_return (self->invocation, "trend", ohm_dbus_trend_end (self->trend));
  else
    g_dbus_method_invocation_return_value (self->invocation,
                                           g_variant_new ("(@a(xxsu))", ohm_dbus_stretches_end (
                                                                          self->stretches)));
}

static void ohm_dbus_query_ask_take (OhmDbusQuery *self_take);

static void
ohm_dbus_query_on_page (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDbusQuery) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmStorePage) page = ohm_store_query_finish (OHM_STORE (source), result, &error);

  if (page == NULL)
    {
      g_dbus_method_invocation_take_error (self->invocation, g_steal_pointer (&error));
      return;
    }
  if (self->history != NULL)
    ohm_dbus_history_add_page (self->history, page);
  else
    ohm_dbus_stretches_add_page (self->stretches, page);
  self->from_us = page->next_us;
  if (page->next_us != 0)
    ohm_dbus_query_ask_take (g_steal_pointer (&self));
  else
    ohm_dbus_query_end (self);
}

static void
ohm_dbus_query_on_trend (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDbusQuery) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = ohm_store_query_trend_finish (OHM_STORE (source), result, &error);

  if (rows == NULL)
    {
      g_dbus_method_invocation_take_error (self->invocation, g_steal_pointer (&error));
      return;
    }
  for (guint i = 0; i < rows->len; i++)
    ohm_dbus_trend_add (self->trend, rows->pdata[i]);
  if (rows->len > 0)
    self->from_us = ((OhmTrendRow *) rows->pdata[rows->len - 1])->minute_us + OHM_DBUS_MINUTE_US;
  if (rows->len >= OHM_STORE_PAGE_MAX && self->from_us < self->to_us)
    ohm_dbus_query_ask_take (g_steal_pointer (&self));
  else
    ohm_dbus_query_end (self);
}

static void
ohm_dbus_query_ask_take (OhmDbusQuery *self_take)
{
  OhmStore *store = self_take->owner->store;
  const OhmStoreQuery query = {
    .place = self_take->place->id,
    .from_us = self_take->from_us,
    .to_us = self_take->to_us,
    .max = OHM_STORE_PAGE_MAX,
  };

  if (self_take->trend != NULL)
    ohm_store_query_trend_async (store, &query,
                                 /* cancellable */ NULL, ohm_dbus_query_on_trend, self_take);
  else
    ohm_store_query_async (store, &query,
                           /* cancellable */ NULL, ohm_dbus_query_on_page, self_take);
}

static void
ohm_dbus_queries_run (OhmDbusQueries *self)
{
  while (!self->is_stopped && self->n_running < OHM_DBUS_QUERIES_AT_A_TIME &&
         !g_queue_is_empty (&self->waiting))
    {
      OhmDbusQuery *query = g_queue_pop_head (&self->waiting);

      query->is_running = TRUE;
      self->n_running++;
      ohm_dbus_query_ask_take (query);
    }
}

static void
ohm_dbus_queries_add_take (OhmDbusQueries *self, OhmDbusQuery *query_take)
{
  g_queue_push_tail (&self->waiting, query_take);
  ohm_dbus_queries_run (self);
}

OhmDbusQueries *
ohm_dbus_queries_new (OhmStore *store)
{
  OhmDbusQueries *self = g_rc_box_new0 (OhmDbusQueries);

  self->store = g_object_ref (store);
  g_queue_init (&self->waiting);
  return self;
}

static void
ohm_dbus_queries_clear (gpointer data)
{
  g_object_unref (((OhmDbusQueries *) data)->store);
}

void
ohm_dbus_queries_unref (OhmDbusQueries *self)
{
  g_rc_box_release_full (self, ohm_dbus_queries_clear);
}

void
ohm_dbus_queries_stop (OhmDbusQueries *self)
{
  OhmDbusQuery *query = NULL;

  self->is_stopped = TRUE;
  while ((query = g_queue_pop_head (&self->waiting)) != NULL)
    {
      g_dbus_method_invocation_return_error (query->invocation, OHM_ERROR, OHM_ERROR_BUSY,
                                             "the daemon is leaving the bus");
      ohm_dbus_query_free (query);
    }
}

void
ohm_dbus_query_history (OhmDbusQueries *queries, OhmPlace *place, GDBusMethodInvocation *invocation)
{
  OhmDbusQuery *self = ohm_dbus_query_new (queries, place, OHM_DBUS_HISTORY_MAX_US, invocation);

  if (self == NULL)
    return;
  self->history = ohm_dbus_history_new (place);
  ohm_dbus_queries_add_take (queries, self);
}

void
ohm_dbus_query_trend (OhmDbusQueries *queries, OhmPlace *place, GDBusMethodInvocation *invocation)
{
  OhmDbusQuery *self = ohm_dbus_query_new (queries, place, OHM_DBUS_TREND_MAX_US, invocation);

  if (self == NULL)
    return;
  self->trend = ohm_dbus_trend_new ();
  ohm_dbus_queries_add_take (queries, self);
}

void
ohm_dbus_query_slots (OhmDbusQueries *queries, OhmPlace *place, GDBusMethodInvocation *invocation)
{
  OhmDbusQuery *self = ohm_dbus_query_new (queries, place, OHM_DBUS_HISTORY_MAX_US, invocation);

  if (self == NULL)
    return;
  self->stretches = ohm_dbus_stretches_new (self->from_us, self->to_us);
  ohm_dbus_queries_add_take (queries, self);
}
