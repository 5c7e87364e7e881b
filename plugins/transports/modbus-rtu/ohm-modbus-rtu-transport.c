/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-modbus-rtu-transport.h"

#include <errno.h>
#include <unistd.h>

#include "ohm-modbus-rtu-find.h"
#include "ohm-modbus-rtu-line.h"

#define OHM_MODBUS_RTU_INPUT 512
/* Address, function, exception code and CRC. */
#define OHM_MODBUS_RTU_EXCEPTION_BYTES 5
/* After bytes that were not understood the line must be silent for so long, if that is more than
 * the silence between frames: USB adapters hand bytes over every 16 ms, unless told otherwise. */
#define OHM_MODBUS_RTU_QUIET_US (20 * G_USEC_PER_SEC / 1000)
/* An answer that pauses for so long has broken off: some bytes of it were lost. */
#define OHM_MODBUS_RTU_BREAK_US (100 * G_USEC_PER_SEC / 1000)
/* Frames carry no mark of the request. A unit that was given up is not asked anew for so long, or
 * its late answer could be taken for one to another question. */
#define OHM_MODBUS_RTU_HOLD_US (250 * G_USEC_PER_SEC / 1000)
/* So long a late answer of a unit that was given up is no surprise. */
#define OHM_MODBUS_RTU_LATE_US (30 * G_USEC_PER_SEC)

typedef enum
{
  OHM_MODBUS_RTU_FREE,
  OHM_MODBUS_RTU_HOLDING, /* an exchange waits for the line to be silent */
  OHM_MODBUS_RTU_ASKED,   /* its request was sent */
  OHM_MODBUS_RTU_SPOILT,  /* what came is no answer; told once the line is silent */
} OhmModbusRtuPhase;

typedef struct
{
  OhmRequest request;
  OhmModbusQuirks quirks;
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length; /* 0: it cannot be encoded */
  gint64 deadline_us;
  gint64 sent_us;     /* when its last byte has left */
  gboolean is_echoed; /* our own request was heard, and taken out */
  OhmExchangeDone done;
  gpointer user_data;
} OhmModbusRtuExchange;

struct _OhmModbusRtuTransport
{
  OhmTransport parent_instance;

  const char *device; /* (not owned): for messages */
  OhmModbusRtuTiming timing;
  OhmModbusRtuLine *line;    /* (owned) (nullable) */
  OhmTransportOpened opened; /* (nullable): while opening */
  gpointer opened_data;
  OhmWatch *watch; /* (nullable) */
  OhmWatch *timer;
  guint epoch; /* counts openings: tells whether a callback has closed this one */
  int failure; /* errno of a write: told at the next turn, as exchange() must not call back */

  OhmModbusRtuPhase phase;
  OhmModbusRtuExchange exchange; /* unless free */
  guint8 input[OHM_MODBUS_RTU_INPUT];
  gsize n_input;
  gboolean has_echo;   /* the adapter hears what it sends */
  gboolean is_babbled; /* bytes that nobody asked for are coming, and were counted */
  gint64 heard_us;     /* when the last byte came or left */
  gint64 silence_us;   /* that the line has to keep before the next request */
  gint64 given_up_us;  /* when an exchange was given up last; 0: never */
  gint64 given_up_units_us[256];
};

G_DEFINE_FINAL_TYPE (OhmModbusRtuTransport, ohm_modbus_rtu_transport, OHM_TYPE_TRANSPORT)

static const char *const ohm_modbus_rtu_transport_address_keys[] = { "device", NULL };

static gint64
ohm_modbus_rtu_transport_now_us (OhmModbusRtuTransport *self)
{
  return ohm_clock_get_mono_us (
    ohm_watcher_get_clock (ohm_transport_get_watcher (OHM_TRANSPORT (self))));
}

static OhmTransportCounters *
ohm_modbus_rtu_transport_counters (OhmModbusRtuTransport *self)
{
  return ohm_transport_get_counters (OHM_TRANSPORT (self));
}

static void
ohm_modbus_rtu_transport_tap (OhmModbusRtuTransport *self,
                              OhmFrameEventKind kind,
                              const guint8 *bytes,
                              gsize length)
{
  ohm_transport_tap (OHM_TRANSPORT (self), kind, OHM_FRAMING_RTU, bytes, length);
}

/* When the line has been silent long enough to send. */
static gint64
ohm_modbus_rtu_transport_get_start_us (OhmModbusRtuTransport *self)
{
  const OhmModbusRtuExchange *exchange = &self->exchange;
  gint64 given_up_us = exchange->quirks & OHM_MODBUS_ANY_UNIT
                         ? self->given_up_us
                         : self->given_up_units_us[exchange->request.unit];
  gint64 start_us = self->heard_us + self->silence_us;

  return given_up_us > 0 ? MAX (start_us, given_up_us + OHM_MODBUS_RTU_HOLD_US) : start_us;
}

/* The next moment at which something has to be done without anything having come; or -1. */
static gint64
ohm_modbus_rtu_transport_get_due_us (OhmModbusRtuTransport *self)
{
  switch (self->phase)
    {
    case OHM_MODBUS_RTU_HOLDING:
      return self->exchange.length == 0
               ? 0
               : MIN (self->exchange.deadline_us, ohm_modbus_rtu_transport_get_start_us (self));
    case OHM_MODBUS_RTU_ASKED:
      return self->n_input == 0
               ? self->exchange.deadline_us
               : MIN (self->exchange.deadline_us, self->heard_us + OHM_MODBUS_RTU_BREAK_US);
    case OHM_MODBUS_RTU_SPOILT:
      return MIN (self->exchange.deadline_us, self->heard_us + OHM_MODBUS_RTU_QUIET_US);
    case OHM_MODBUS_RTU_FREE:
    default:
      return -1;
    }
}

static void
ohm_modbus_rtu_transport_rearm (OhmModbusRtuTransport *self)
{
  gint64 due_us = ohm_modbus_rtu_transport_get_due_us (self);

  if (self->timer == NULL) /* disposed of by a callback */
    return;
  if (self->opened != NULL || self->failure != 0)
    due_us = 0;
  if (due_us != ohm_watch_get_deadline (self->timer))
    ohm_watch_set_deadline (self->timer, due_us);
}

/* --- ends --- */

static void
ohm_modbus_rtu_transport_disconnect (OhmModbusRtuTransport *self)
{
  self->epoch++;
  self->opened = NULL;
  g_clear_pointer (&self->watch, ohm_watch_remove);
  g_clear_pointer (&self->line, ohm_modbus_rtu_line_close);
  self->failure = 0;
  self->phase = OHM_MODBUS_RTU_FREE;
  self->n_input = 0;
  ohm_transport_set_open (OHM_TRANSPORT (self), FALSE);
}

/* The line has gone. A callback may open again or close. */
static void
ohm_modbus_rtu_transport_fail (OhmModbusRtuTransport *self, int code)
{
  OhmModbusRtuExchange exchange = self->exchange;
  gboolean was_waiting = self->phase != OHM_MODBUS_RTU_FREE;
  g_autoptr (GError) error = NULL;

  ohm_message_set_error (&error, OHM_ERROR_LINK,
                         ohm_message_new ("device-lost", "device", self->device, NULL),
                         "%s: the serial line has gone: %s", self->device, g_strerror (code));
  ohm_modbus_rtu_transport_disconnect (self);
  if (was_waiting)
    exchange.done (OHM_TRANSPORT (self), /* reply */ NULL, error, exchange.user_data);
  else
    ohm_transport_report_closed (OHM_TRANSPORT (self), error);
}

/* An exchange ends without an answer; the line stays. */
static void
ohm_modbus_rtu_transport_end (OhmModbusRtuTransport *self, const GError *error)
{
  OhmModbusRtuExchange exchange = self->exchange;

  self->phase = OHM_MODBUS_RTU_FREE;
  self->n_input = 0;
  self->silence_us = MAX (self->timing.silence_us, OHM_MODBUS_RTU_QUIET_US);
  exchange.done (OHM_TRANSPORT (self), /* reply */ NULL, error, exchange.user_data);
}

/* What came is no answer, and the line is silent again: the next exchange can begin. */
static void
ohm_modbus_rtu_transport_end_spoilt (OhmModbusRtuTransport *self)
{
  g_autoptr (GError) error = NULL;

  ohm_modbus_rtu_transport_counters (self)->broken++;
  ohm_modbus_rtu_transport_tap (self, OHM_FRAME_EVENT_BROKEN, self->input, self->n_input);
  ohm_modbus_rtu_find_explain (self->device, &self->exchange.request, self->exchange.quirks,
                               self->input, self->n_input, &error);
  ohm_modbus_rtu_transport_end (self, error);
}

static void
ohm_modbus_rtu_transport_give_up (OhmModbusRtuTransport *self)
{
  self->given_up_us = ohm_modbus_rtu_transport_now_us (self);
  self->given_up_units_us[self->exchange.request.unit] = self->given_up_us;
}

static void
ohm_modbus_rtu_transport_end_late (OhmModbusRtuTransport *self)
{
  g_autofree char *unit = g_strdup_printf ("%u", self->exchange.request.unit);
  g_autoptr (GError) error = NULL;

  ohm_message_set_error (&error, OHM_ERROR_TIMEOUT,
                         ohm_message_new ("timeout", "unit", unit, "peer", self->device, NULL),
                         "%s unit %s: no answer in time", self->device, unit);
  ohm_modbus_rtu_transport_counters (self)->timeouts++;
  ohm_modbus_rtu_transport_tap (self, OHM_FRAME_EVENT_TIMEOUT, self->exchange.frame,
                                self->exchange.length);
  ohm_modbus_rtu_transport_give_up (self);
  ohm_modbus_rtu_transport_end (self, error);
}

/* Somebody else talks all the time, or the baud rate is wrong: not the unit's fault. */
static void
ohm_modbus_rtu_transport_end_noisy (OhmModbusRtuTransport *self)
{
  g_autoptr (GError) error = NULL;

  ohm_message_set_error (&error, OHM_ERROR_LINK,
                         ohm_message_new ("line-noisy", "device", self->device, NULL),
                         "%s: the line is never silent", self->device);
  ohm_modbus_rtu_transport_end (self, error);
}

static void
ohm_modbus_rtu_transport_end_refused (OhmModbusRtuTransport *self)
{
  g_autoptr (GError) error = NULL;

  g_set_error (&error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED, "%s: request that cannot be encoded",
               self->device);
  ohm_modbus_rtu_transport_end (self, error);
}

/* Bytes behind an answer belong to nothing: the line has to fall silent before it is used again. */
static void
ohm_modbus_rtu_transport_complete (OhmModbusRtuTransport *self,
                                   OhmReply *reply,
                                   gboolean has_surplus)
{
  OhmClock *clock = ohm_watcher_get_clock (ohm_transport_get_watcher (OHM_TRANSPORT (self)));
  OhmModbusRtuExchange exchange = self->exchange;

  self->phase = OHM_MODBUS_RTU_FREE;
  self->silence_us = self->timing.silence_us;
  if (has_surplus)
    {
      ohm_modbus_rtu_transport_counters (self)->broken++;
      self->silence_us = MAX (self->silence_us, OHM_MODBUS_RTU_QUIET_US);
    }
  self->given_up_units_us[exchange.request.unit] = 0;
  reply->round_trip_us = MAX (1, self->heard_us - exchange.sent_us);
  reply->time_us = ohm_clock_get_wall_us (clock) - reply->round_trip_us / 2;
  ohm_modbus_rtu_transport_counters (self)->replies++;
  exchange.done (OHM_TRANSPORT (self), reply, /* error */ NULL, exchange.user_data);
}

/* --- what comes --- */

static void
ohm_modbus_rtu_transport_drop (OhmModbusRtuTransport *self, gsize length)
{
  self->n_input -= length;
  memmove (self->input, self->input + length, self->n_input);
}

/* An adapter that hears what it sends puts the request in front of the answer. The answer to a
 * write is equal to the request, so that a read has to show it first. Returns whether what came is
 * an echo, as far as it goes. */
static gboolean
ohm_modbus_rtu_transport_take_echo (OhmModbusRtuTransport *self)
{
  OhmModbusRtuExchange *exchange = &self->exchange;
  gboolean is_read = exchange->request.function == 3 || exchange->request.function == 4;

  if (exchange->is_echoed || (!is_read && !self->has_echo) ||
      memcmp (self->input, exchange->frame, MIN (self->n_input, exchange->length)) != 0)
    return FALSE;
  if (self->n_input < exchange->length)
    return TRUE;
  self->has_echo = TRUE;
  exchange->is_echoed = TRUE;
  ohm_modbus_rtu_transport_drop (self, exchange->length);
  return self->n_input == 0;
}

static gboolean
ohm_modbus_rtu_transport_is_late (OhmModbusRtuTransport *self, guint8 unit)
{
  gint64 given_up_us = self->given_up_units_us[unit];

  return given_up_us > 0 && self->heard_us - given_up_us < OHM_MODBUS_RTU_LATE_US;
}

/* The answer of another unit, which was given up. */
static gboolean
ohm_modbus_rtu_transport_drop_late (OhmModbusRtuTransport *self)
{
  gsize length = ohm_modbus_rtu_find_whole (self->input, self->n_input);

  if (length == 0 || self->input[0] == self->exchange.request.unit ||
      !ohm_modbus_rtu_transport_is_late (self, self->input[0]))
    return FALSE;
  ohm_modbus_rtu_transport_counters (self)->late++;
  ohm_modbus_rtu_transport_tap (self, OHM_FRAME_EVENT_LATE, self->input, length);
  ohm_modbus_rtu_transport_drop (self, length);
  return TRUE;
}

/* Noise in front of the answer is not shown. */
static void
ohm_modbus_rtu_transport_tap_answer (OhmModbusRtuTransport *self, const OhmReply *reply, gsize end)
{
  gsize length = reply->exception != 0
                   ? OHM_MODBUS_RTU_EXCEPTION_BYTES
                   : ohm_modbus_reply_bytes (OHM_FRAMING_RTU, &self->exchange.request);

  ohm_modbus_rtu_transport_tap (self, OHM_FRAME_EVENT_ANSWER, self->input + end - length, length);
}

/* Looks at all that has come since the request. */
static void
ohm_modbus_rtu_transport_parse (OhmModbusRtuTransport *self)
{
  OhmModbusRtuExchange *exchange = &self->exchange;
  OhmReply reply = { 0 };
  gsize length = 0;

  if (ohm_modbus_rtu_transport_take_echo (self))
    return;
  while (self->n_input > 0 && ohm_modbus_rtu_transport_drop_late (self))
    ;
  switch (ohm_modbus_rtu_find (&exchange->request, exchange->quirks, self->input, self->n_input,
                               &reply, &length))
    {
    case OHM_MODBUS_RTU_ANSWER:
      ohm_modbus_rtu_transport_tap_answer (self, &reply, length);
      ohm_modbus_rtu_transport_complete (self, &reply, self->n_input > length);
      break;
    case OHM_MODBUS_RTU_LOST:
      self->phase = OHM_MODBUS_RTU_SPOILT;
      break;
    case OHM_MODBUS_RTU_WAIT:
    default:
      self->phase = OHM_MODBUS_RTU_ASKED;
      break;
    }
}

/* Bytes that nobody asked for: a late answer, a disturbance, or another master. They make a burst
 * that ends in silence. */
static void
ohm_modbus_rtu_transport_ignore (OhmModbusRtuTransport *self)
{
  OhmTransportCounters *counters = ohm_modbus_rtu_transport_counters (self);
  gboolean is_late = ohm_modbus_rtu_transport_is_late (self, self->input[0]);

  if (!self->is_babbled && is_late)
    counters->late++;
  else if (!self->is_babbled)
    counters->broken++;
  ohm_modbus_rtu_transport_tap (self, is_late ? OHM_FRAME_EVENT_LATE : OHM_FRAME_EVENT_BROKEN,
                                self->input, self->n_input);
  self->is_babbled = TRUE;
  self->n_input = 0;
  self->silence_us = MAX (self->timing.silence_us, OHM_MODBUS_RTU_QUIET_US);
}

/* A line that babbles on fills the buffer; the rest of it tells no more. */
static void
ohm_modbus_rtu_transport_take (OhmModbusRtuTransport *self, const guint8 *bytes, gsize length)
{
  gint64 now_us = ohm_modbus_rtu_transport_now_us (self);
  gsize room = MIN (length, sizeof self->input - self->n_input);

  ohm_modbus_rtu_transport_counters (self)->bytes_in += length;
  memcpy (self->input + self->n_input, bytes, room);
  self->n_input += room;
  if (now_us - self->heard_us > OHM_MODBUS_RTU_QUIET_US)
    self->is_babbled = FALSE;
  self->heard_us = MAX (self->heard_us, now_us);
  if (self->phase == OHM_MODBUS_RTU_ASKED || self->phase == OHM_MODBUS_RTU_SPOILT)
    ohm_modbus_rtu_transport_parse (self);
  else
    ohm_modbus_rtu_transport_ignore (self);
}

/* Returns the errno of a line that has gone, or 0. */
static int
ohm_modbus_rtu_transport_receive (OhmModbusRtuTransport *self)
{
  guint8 bytes[OHM_MODBUS_RTU_INPUT];
  gssize n;

  do
    n = read (ohm_modbus_rtu_line_get_fd (self->line), bytes, sizeof bytes);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return errno == EAGAIN ? 0 : errno;
  if (n == 0)
    return EIO;
  ohm_modbus_rtu_transport_take (self, bytes, (gsize) n);
  return 0;
}

static void
ohm_modbus_rtu_transport_on_line (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmModbusRtuTransport) self = g_object_ref (user_data);
  guint epoch = self->epoch;
  int code = events & OHM_WATCH_READ ? ohm_modbus_rtu_transport_receive (self) : 0;

  if (self->epoch == epoch && (code != 0 || (events & OHM_WATCH_ERROR) != 0))
    ohm_modbus_rtu_transport_fail (self, code != 0 ? code : EIO);
  ohm_modbus_rtu_transport_rearm (self);
}

/* --- what goes --- */

static void
ohm_modbus_rtu_transport_send (OhmModbusRtuTransport *self)
{
  OhmModbusRtuExchange *exchange = &self->exchange;
  OhmTransportCounters *counters = ohm_modbus_rtu_transport_counters (self);
  gssize n;

  do
    n = write (ohm_modbus_rtu_line_get_fd (self->line), exchange->frame, exchange->length);
  while (n < 0 && errno == EINTR);
  if (n != (gssize) exchange->length)
    self->failure = n < 0 ? errno : EIO;
  counters->requests++;
  counters->bytes_out += exchange->length;
  exchange->sent_us = ohm_modbus_rtu_transport_now_us (self) +
                      ohm_modbus_rtu_timing_get_span_us (&self->timing, exchange->length);
  self->heard_us = exchange->sent_us;
  self->n_input = 0;
  self->phase = OHM_MODBUS_RTU_ASKED;
  ohm_modbus_rtu_transport_tap (self, OHM_FRAME_EVENT_SENT, exchange->frame, exchange->length);
}

static void
ohm_modbus_rtu_transport_send_or_end (OhmModbusRtuTransport *self, gint64 now_us)
{
  if (self->exchange.length == 0)
    ohm_modbus_rtu_transport_end_refused (self);
  else if (ohm_modbus_rtu_transport_get_start_us (self) <= now_us)
    ohm_modbus_rtu_transport_send (self);
  else if (self->exchange.deadline_us > now_us)
    return;
  else if (self->heard_us + self->silence_us > now_us)
    ohm_modbus_rtu_transport_end_noisy (self);
  else
    ohm_modbus_rtu_transport_end_late (self);
}

static void
ohm_modbus_rtu_transport_finish_open (OhmModbusRtuTransport *self)
{
  OhmTransport *transport = OHM_TRANSPORT (self);
  OhmTransportOpened opened = g_steal_pointer (&self->opened);
  g_autoptr (GError) error = NULL;

  self->line = ohm_modbus_rtu_line_open (ohm_transport_get_settings (transport), &error);
  if (self->line != NULL)
    {
      self->watch = ohm_watcher_add (ohm_transport_get_watcher (transport),
                                     ohm_modbus_rtu_line_get_fd (self->line), OHM_WATCH_READ,
                                     ohm_modbus_rtu_transport_on_line, self);
      self->heard_us = ohm_modbus_rtu_transport_now_us (self);
      self->silence_us = self->timing.silence_us;
      self->has_echo = FALSE;
      ohm_transport_set_open (transport, TRUE);
    }
  opened (transport, error, self->opened_data);
}

static void
ohm_modbus_rtu_transport_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmModbusRtuTransport) self = g_object_ref (user_data);
  gint64 now_us = ohm_modbus_rtu_transport_now_us (self);
  gint64 due_us = ohm_modbus_rtu_transport_get_due_us (self);

  if (self->opened != NULL)
    ohm_modbus_rtu_transport_finish_open (self);
  else if (self->failure != 0)
    ohm_modbus_rtu_transport_fail (self, self->failure);
  else if (due_us >= 0 && due_us <= now_us)
    {
      if (self->phase == OHM_MODBUS_RTU_HOLDING)
        ohm_modbus_rtu_transport_send_or_end (self, now_us);
      else if (self->n_input > 0)
        ohm_modbus_rtu_transport_end_spoilt (self);
      else
        ohm_modbus_rtu_transport_end_late (self);
    }
  ohm_modbus_rtu_transport_rearm (self);
}

/* --- the contract --- */

static void
ohm_modbus_rtu_transport_open (OhmTransport *transport,
                               gint64 deadline_us,
                               OhmTransportOpened done,
                               gpointer user_data)
{
  OhmModbusRtuTransport *self = OHM_MODBUS_RTU_TRANSPORT (transport);

  g_return_if_fail (self->opened == NULL && self->line == NULL);

  self->opened = done;
  self->opened_data = user_data;
  ohm_modbus_rtu_transport_rearm (self);
}

static void
ohm_modbus_rtu_transport_exchange (OhmTransport *transport,
                                   const OhmRequest *request,
                                   const OhmTransportOptions *options,
                                   gint64 deadline_us,
                                   OhmExchangeDone done,
                                   gpointer user_data)
{
  OhmModbusRtuTransport *self = OHM_MODBUS_RTU_TRANSPORT (transport);
  OhmModbusRtuExchange *exchange = &self->exchange;

  g_return_if_fail (self->phase == OHM_MODBUS_RTU_FREE);

  exchange->request = *request;
  exchange->quirks = options->quirks;
  exchange->length = ohm_modbus_encode_request (OHM_FRAMING_RTU, request, /* tid */ 0,
                                                exchange->frame);
  exchange->deadline_us = deadline_us;
  exchange->is_echoed = FALSE;
  exchange->done = done;
  exchange->user_data = user_data;
  self->n_input = 0;
  self->phase = OHM_MODBUS_RTU_HOLDING;
  if (exchange->length > 0 &&
      ohm_modbus_rtu_transport_get_start_us (self) <= ohm_modbus_rtu_transport_now_us (self))
    ohm_modbus_rtu_transport_send (self);
  ohm_modbus_rtu_transport_rearm (self);
}

static void
ohm_modbus_rtu_transport_cancel (OhmTransport *transport)
{
  OhmModbusRtuTransport *self = OHM_MODBUS_RTU_TRANSPORT (transport);

  if (self->phase == OHM_MODBUS_RTU_ASKED || self->phase == OHM_MODBUS_RTU_SPOILT)
    ohm_modbus_rtu_transport_give_up (self);
  self->phase = OHM_MODBUS_RTU_FREE;
  self->n_input = 0;
  ohm_modbus_rtu_transport_rearm (self);
}

static void
ohm_modbus_rtu_transport_close (OhmTransport *transport)
{
  OhmModbusRtuTransport *self = OHM_MODBUS_RTU_TRANSPORT (transport);

  if (self->timer == NULL)
    return;
  ohm_modbus_rtu_transport_disconnect (self);
  ohm_modbus_rtu_transport_rearm (self);
}

static gint64
ohm_modbus_rtu_transport_get_line_us (OhmTransport *transport, const OhmRequest *request)
{
  OhmModbusRtuTransport *self = OHM_MODBUS_RTU_TRANSPORT (transport);

  return ohm_modbus_rtu_timing_get_exchange_us (&self->timing, request);
}

static guint
ohm_modbus_rtu_transport_get_baud (OhmTransport *transport)
{
  return OHM_MODBUS_RTU_TRANSPORT (transport)->timing.baud;
}

static void
ohm_modbus_rtu_transport_constructed (GObject *object)
{
  OhmModbusRtuTransport *self = OHM_MODBUS_RTU_TRANSPORT (object);
  OhmSettings *settings = ohm_transport_get_settings (OHM_TRANSPORT (self));

  G_OBJECT_CLASS (ohm_modbus_rtu_transport_parent_class)->constructed (object);

  self->device = ohm_settings_get_string (settings, "device");
  ohm_modbus_rtu_line_get_timing (settings, &self->timing);
  self->timer = ohm_watcher_add (ohm_transport_get_watcher (OHM_TRANSPORT (self)), /* fd */ -1, 0,
                                 ohm_modbus_rtu_transport_on_timer, self);
}

static void
ohm_modbus_rtu_transport_dispose (GObject *object)
{
  OhmModbusRtuTransport *self = OHM_MODBUS_RTU_TRANSPORT (object);

  ohm_modbus_rtu_transport_close (OHM_TRANSPORT (self));
  g_clear_pointer (&self->timer, ohm_watch_remove);

  G_OBJECT_CLASS (ohm_modbus_rtu_transport_parent_class)->dispose (object);
}

static void
ohm_modbus_rtu_transport_class_init (OhmModbusRtuTransportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  OhmTransportClass *transport_class = OHM_TRANSPORT_CLASS (klass);

  object_class->constructed = ohm_modbus_rtu_transport_constructed;
  object_class->dispose = ohm_modbus_rtu_transport_dispose;

  transport_class->settings_table = ohm_modbus_rtu_line_settings;
  transport_class->address_keys = ohm_modbus_rtu_transport_address_keys;
  transport_class->open = ohm_modbus_rtu_transport_open;
  transport_class->exchange = ohm_modbus_rtu_transport_exchange;
  transport_class->cancel = ohm_modbus_rtu_transport_cancel;
  transport_class->close = ohm_modbus_rtu_transport_close;
  transport_class->get_line_us = ohm_modbus_rtu_transport_get_line_us;
  transport_class->get_baud = ohm_modbus_rtu_transport_get_baud;
}

static void
ohm_modbus_rtu_transport_init (OhmModbusRtuTransport *self)
{
}

OHM_PLUGIN ("modbus-rtu",
            "Modbus RTU over serial lines and RS-485",
            ohm_modbus_rtu_transport_get_type);
