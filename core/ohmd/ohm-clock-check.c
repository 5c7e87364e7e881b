/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-clock-check.h"

/* Knowing better than this is of no use to anybody. */
#define GOOD_ENOUGH_US (50 * G_GINT64_CONSTANT (1000))
/* A single read of a clock with coarse steps may have come between two of its fields. */
#define COARSE_US (1000)

struct _OhmClockCheck
{
  OhmLink *link;       /* (owned) */
  OhmClock *time;      /* (owned) */
  OhmProfile *profile; /* (owned): the clock's texts are its */
  OhmDeviceClock clock;
  OhmWatch *timer; /* (owned) */
  OhmLinkExchange exchange;
  gboolean is_running;
  OhmClockEstimate estimate;
  gint64 round_trip_us;
  guint n_reads;
  OhmClockCheckFunc func;
  gpointer user_data;
};

static void
ohm_clock_check_end (OhmClockCheck *self, const GError *error)
{
  ohm_watch_set_deadline (self->timer, -1);
  self->func (error == NULL ? &self->estimate : NULL, error, self->user_data);
}

static void
ohm_clock_check_end_message (OhmClockCheck *self, const char *code, const char *text)
{
  g_autoptr (GError) error = NULL;

  ohm_message_set_error (&error, OHM_ERROR_DEVICE, ohm_message_new (code, NULL), "%s", text);
  ohm_clock_check_end (self, error);
}

static void
ohm_clock_check_submit (OhmClockCheck *self)
{
  self->is_running = TRUE;
  self->n_reads++;
  ohm_link_submit (self->link, &self->exchange);
}

static void
ohm_clock_check_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmClockCheck *self = user_data;

  ohm_watch_set_deadline (watch, -1);
  if (!self->is_running)
    ohm_clock_check_submit (self);
}

static gboolean
ohm_clock_check_is_known (OhmClockCheck *self)
{
  gint64 resolution_us = ohm_device_clock_get_resolution_us (&self->clock);
  gint64 uncertainty_us = ohm_clock_estimate_get_uncertainty_us (&self->estimate);

  return (self->estimate.n > 1 || resolution_us < COARSE_US) &&
         uncertainty_us <= MAX (self->round_trip_us, GOOD_ENOUGH_US);
}

/* The device looks at its clock half a round trip after we ask. */
static void
ohm_clock_check_go_on (OhmClockCheck *self)
{
  gint64 now_us = ohm_clock_get_wall_us (self->time);
  gint64 resolution_us = ohm_device_clock_get_resolution_us (&self->clock);
  gint64 wait_us = ohm_clock_estimate_get_wait_us (&self->estimate, resolution_us,
                                                   now_us + self->round_trip_us / 2);

  if (ohm_clock_check_is_known (self))
    ohm_clock_check_end (self, /* error */ NULL);
  else if (self->n_reads < OHM_CLOCK_CHECK_READS_MAX)
    ohm_watch_set_deadline (self->timer, ohm_clock_get_mono_us (self->time) + wait_us);
  else if (self->estimate.n > 1)
    ohm_clock_check_end (self, /* error */ NULL);
  else
    ohm_clock_check_end_message (self, "clock-unsteady",
                                 "the clock's answers contradict each other");
}

static void
ohm_clock_check_take (OhmClockCheck *self, const OhmReply *reply)
{
  gint64 half_us = reply->round_trip_us / 2;
  gint64 shown_us = 0;

  if (reply->exception != 0)
    {
      ohm_clock_check_end_message (self, "clock-refused",
                                   ohm_modbus_exception_to_string (reply->exception));
      return;
    }
  if (reply->length < 2 * (gsize) self->exchange.request.count ||
      !ohm_device_clock_decode (&self->clock, reply->data, &shown_us))
    {
      ohm_clock_check_end_message (self, "clock-no-time", "what the clock shows is no time");
      return;
    }
  self->round_trip_us = reply->round_trip_us;
  ohm_clock_estimate_add (&self->estimate, shown_us,
                          ohm_device_clock_get_resolution_us (&self->clock),
                          reply->time_us - half_us, reply->time_us + half_us);
  ohm_clock_check_go_on (self);
}

static void
ohm_clock_check_on_exchanged (OhmLinkExchange *exchange, const OhmReply *reply, const GError *error)
{
  OhmClockCheck *self = exchange->user_data;

  self->is_running = FALSE;
  if (reply == NULL)
    ohm_clock_check_end (self, error);
  else
    ohm_clock_check_take (self, reply);
}

OhmClockCheck *
ohm_clock_check_start (const OhmClockDevice *device,
                       OhmPriority priority,
                       OhmClockCheckFunc func,
                       gpointer user_data)
{
  OhmClockCheck *self = g_new0 (OhmClockCheck, 1);
  const OhmLimits *limits = ohm_profile_get_limits (device->profile);

  self->link = g_object_ref (device->link);
  self->time = g_object_ref (ohm_watcher_get_clock (device->watcher));
  self->profile = ohm_profile_ref (device->profile);
  self->clock = *device->clock;
  self->timer = ohm_watcher_add (device->watcher, /* fd */ -1, 0, ohm_clock_check_on_timer, self);
  self->func = func;
  self->user_data = user_data;
  self->exchange.request.unit = device->unit;
  self->exchange.request.function = self->clock.function != 0 ? self->clock.function
                                                              : device->function;
  self->exchange.request.address = self->clock.address;
  self->exchange.request.count = (guint16) ohm_device_clock_get_registers (&self->clock);
  self->exchange.priority = priority;
  self->exchange.quirks = limits->quirks;
  self->exchange.timeout_us = limits->timeout_us;
  self->exchange.pause_us = limits->pause_us;
  self->exchange.func = ohm_clock_check_on_exchanged;
  self->exchange.user_data = self;
  ohm_clock_check_submit (self);
  return self;
}

void
ohm_clock_check_free (OhmClockCheck *self)
{
  if (self->is_running)
    ohm_link_withdraw (self->link, &self->exchange);
  ohm_watch_remove (self->timer);
  ohm_profile_unref (self->profile);
  g_object_unref (self->time);
  g_object_unref (self->link);
  g_free (self);
}

gint64
ohm_clock_check_get_round_trip_us (const OhmClockCheck *self)
{
  return self->round_trip_us;
}
