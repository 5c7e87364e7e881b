/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-clock-set.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)
/* A write that could not be sent by then would set a wrong time. */
#define PATIENCE_US (1 * SECOND_US)

struct _OhmClockSet
{
  OhmLink *link;   /* (owned) */
  OhmClock *time;  /* (owned) */
  OhmWatch *timer; /* (owned) */
  OhmWrite list;   /* the allow-list of this one write; it has no texts */
  OhmWrite permitted;
  OhmLinkExchange exchange;
  gint64 lead_us;
  gint64 second_us; /* what is written */
  gboolean is_submitted;
  gboolean is_running;
  OhmClockSetFunc func;
  gpointer user_data;
};

static void
ohm_clock_set_end (OhmClockSet *self, const GError *error)
{
  ohm_watch_set_deadline (self->timer, -1);
  self->func (error, self->user_data);
}

static void
ohm_clock_set_on_exchanged (OhmLinkExchange *exchange, const OhmReply *reply, const GError *error)
{
  OhmClockSet *self = exchange->user_data;
  g_autoptr (GError) refused = NULL;

  self->is_running = FALSE;
  if (reply != NULL && reply->exception != 0)
    g_set_error (&refused, OHM_ERROR, OHM_ERROR_DEVICE, "the device refused to be set: %s",
                 ohm_modbus_exception_to_string (reply->exception));
  ohm_clock_set_end (self, reply != NULL ? refused : error);
}

/* Exact address and count, and of the type's values those next to our own time. */
static void
ohm_clock_set_narrow (OhmClockSet *self)
{
  guint64 low = (guint64) MAX (self->second_us - OHM_CLOCK_SET_REACH_US, 0) / SECOND_US;
  guint64 high = (guint64) (self->second_us + OHM_CLOCK_SET_REACH_US) / SECOND_US;

  self->permitted = self->list;
  self->permitted.min = MAX (self->list.min, low);
  self->permitted.max = MIN (self->list.max, high);
}

static void
ohm_clock_set_submit (OhmClockSet *self)
{
  guint32 seconds = (guint32) (self->second_us / SECOND_US);

  ohm_clock_set_narrow (self);
  self->exchange.request.values[0] = (guint16) (seconds >> 16);
  self->exchange.request.values[1] = (guint16) seconds;
  self->exchange.writes = &self->permitted;
  self->exchange.n_writes = 1;
  self->is_submitted = TRUE;
  self->is_running = TRUE;
  ohm_watch_set_deadline (self->timer, ohm_clock_get_mono_us (self->time) + PATIENCE_US);
  ohm_link_submit (self->link, &self->exchange);
}

/* The next full second that can be met. */
static void
ohm_clock_set_aim (OhmClockSet *self)
{
  gint64 now_us = ohm_clock_get_wall_us (self->time);
  gint64 wait_us;

  self->second_us = ((now_us + self->lead_us) / SECOND_US + 1) * SECOND_US;
  wait_us = self->second_us - self->lead_us - now_us;
  ohm_watch_set_deadline (self->timer, ohm_clock_get_mono_us (self->time) + wait_us);
}

static void
ohm_clock_set_give_up (OhmClockSet *self)
{
  g_autoptr (GError) error = NULL;

  if (!ohm_link_exchange_is_waiting (&self->exchange))
    {
      ohm_watch_set_deadline (self->timer, -1);
      return;
    }
  ohm_link_withdraw (self->link, &self->exchange);
  self->is_running = FALSE;
  g_set_error_literal (&error, OHM_ERROR, OHM_ERROR_BUSY,
                       "the link had no time to send it at the right moment; nothing was sent");
  ohm_clock_set_end (self, error);
}

static void
ohm_clock_set_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmClockSet *self = user_data;
  gint64 late_us = ohm_clock_get_wall_us (self->time) - (self->second_us - self->lead_us);

  if (self->is_submitted)
    ohm_clock_set_give_up (self);
  else if (ABS (late_us) > SECOND_US / 2)
    ohm_clock_set_aim (self); /* our own clock was set, or we slept */
  else
    ohm_clock_set_submit (self);
}

OhmClockSet *
ohm_clock_set_start (const OhmClockDevice *device,
                     const OhmWrite *write,
                     gint64 round_trip_us,
                     OhmClockSetFunc func,
                     gpointer user_data)
{
  OhmClockSet *self = g_new0 (OhmClockSet, 1);
  const OhmLimits *limits = ohm_profile_get_limits (device->profile);

  self->link = g_object_ref (device->link);
  self->time = g_object_ref (ohm_watcher_get_clock (device->watcher));
  self->timer = ohm_watcher_add (device->watcher, /* fd */ -1, 0, ohm_clock_set_on_timer, self);
  self->list = (OhmWrite){
    .address = write->address,
    .count = write->count,
    .min = write->min,
    .max = write->max,
  };
  self->lead_us = round_trip_us / 2;
  self->func = func;
  self->user_data = user_data;
  self->exchange.request.unit = device->unit;
  self->exchange.request.function = 16;
  self->exchange.request.address = write->address;
  self->exchange.request.count = write->count;
  self->exchange.priority = OHM_PRIORITY_OPERATOR;
  self->exchange.quirks = limits->quirks;
  self->exchange.timeout_us = limits->timeout_us;
  self->exchange.pause_us = limits->pause_us;
  self->exchange.func = ohm_clock_set_on_exchanged;
  self->exchange.user_data = self;
  ohm_clock_set_aim (self);
  return self;
}

void
ohm_clock_set_free (OhmClockSet *self)
{
  if (self->is_running)
    ohm_link_withdraw (self->link, &self->exchange);
  ohm_watch_remove (self->timer);
  g_object_unref (self->time);
  g_object_unref (self->link);
  g_free (self);
}
