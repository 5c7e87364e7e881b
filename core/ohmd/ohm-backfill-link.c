/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-backfill-link.h"

struct _OhmBackfillLink
{
  OhmHistory *history; /* (owned) */
  OhmLink *link;       /* (owned) */
  guint8 function;     /* what 0 means */
  gboolean is_cancelled;
  gboolean is_running;
  OhmLinkExchange exchange;
  OhmHistoryReplyFunc func;
  gpointer func_data;
};

static void
ohm_backfill_link_answer (OhmBackfillLink *self, const OhmReply *reply, const GError *error)
{
  OhmHistoryReplyFunc func = g_steal_pointer (&self->func);

  self->is_running = FALSE;
  func (reply, error, self->func_data);
}

static void
ohm_backfill_link_on_exchanged (OhmLinkExchange *exchange,
                                const OhmReply *reply,
                                const GError *error)
{
  ohm_backfill_link_answer (exchange->user_data, reply, error);
}

static void
ohm_backfill_link_answer_cancelled (OhmBackfillLink *self)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                                  "it was cancelled");

  ohm_backfill_link_answer (self, /* reply */ NULL, error);
}

static void
ohm_backfill_link_exchange (gpointer owner,
                            const OhmRequest *request,
                            OhmHistoryReplyFunc func,
                            gpointer user_data)
{
  OhmBackfillLink *self = owner;
  guint8 unit = self->exchange.request.unit;

  g_return_if_fail (!self->is_running);

  self->func = func;
  self->func_data = user_data;
  if (self->is_cancelled)
    {
      ohm_backfill_link_answer_cancelled (self);
      return;
    }
  self->exchange.request = *request;
  self->exchange.request.unit = unit;
  if (request->function == 0)
    self->exchange.request.function = self->function;
  self->is_running = TRUE;
  ohm_link_submit (self->link, &self->exchange);
}

static guint8
ohm_backfill_link_get_function (OhmMeterHost *host, const OhmLimits *limits)
{
  double function = 0;

  if (ohm_facts_get_number (ohm_meter_host_get_facts (host), "function", &function) &&
      (guint) function == 4)
    return 4;
  return limits->functions[0];
}

OhmBackfillLink *
ohm_backfill_link_new (OhmMeterHost *host, OhmHistory *history)
{
  OhmBackfillLink *self = g_new0 (OhmBackfillLink, 1);
  const OhmHistoryClass *klass = OHM_HISTORY_GET_CLASS (history);
  const OhmLimits *limits = ohm_profile_get_limits (
    ohm_meter_get_profile (ohm_meter_host_get_meter (host)));
  OhmHistoryLink link = { ohm_backfill_link_exchange, self };

  self->history = g_object_ref (history);
  self->link = g_object_ref (ohm_meter_host_get_link (host));
  self->function = ohm_backfill_link_get_function (host, limits);
  self->exchange.request.unit = ohm_meter_host_get_unit (host);
  self->exchange.priority = OHM_PRIORITY_BACKGROUND;
  self->exchange.quirks = limits->quirks;
  self->exchange.timeout_us = limits->timeout_us;
  self->exchange.pause_us = limits->pause_us;
  self->exchange.writes = klass->writes;
  self->exchange.n_writes = klass->n_writes;
  self->exchange.func = ohm_backfill_link_on_exchanged;
  self->exchange.user_data = self;
  ohm_history_set_link (history, &link);
  return self;
}

void
ohm_backfill_link_cancel (OhmBackfillLink *self)
{
  self->is_cancelled = TRUE;
  if (!self->is_running)
    return;
  ohm_link_withdraw (self->link, &self->exchange);
  ohm_backfill_link_answer_cancelled (self);
}

void
ohm_backfill_link_free (OhmBackfillLink *self)
{
  ohm_backfill_link_cancel (self);
  ohm_history_set_link (self->history, /* link */ NULL);
  g_object_unref (self->history);
  g_object_unref (self->link);
  g_free (self);
}
