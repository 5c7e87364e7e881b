/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-modbus-tcp-transport.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ohm-modbus-tcp-connector.h"
#include "ohm-modbus-tcp-guess.h"
#include "ohm-modbus-tcp-window.h"

/* Input of one receive call, and calls per wake-up; the rest waits for the next turn. */
#define OHM_MODBUS_TCP_INPUT    (4 * OHM_MODBUS_TCP_MAX)
#define OHM_MODBUS_TCP_RECEIVES 8
/* How long the rest of a frame that nobody waits for any more may take. */
#define OHM_MODBUS_TCP_REST_US (5 * G_USEC_PER_SEC)
/* RTU frames have no transaction id: after a time-out the line must be silent for so long, or a
 * late answer would be taken for the next one. */
#define OHM_MODBUS_TCP_QUIET_US (G_USEC_PER_SEC / 10)
/* Who sends more than an answer does so each time: so long it is reckoned with after the last. */
#define OHM_MODBUS_TCP_WORDY_US (60 * G_USEC_PER_SEC)
/* So many bytes behind an answer are thrown away; more are no slip. */
#define OHM_MODBUS_TCP_SURPLUS 16

struct _OhmModbusTcpTransport
{
  OhmTransport parent_instance;

  char *peer;                       /* (owned): for messages */
  OhmModbusTcpConnector *connector; /* (nullable): while opening */
  OhmTransportOpened opened;
  gpointer opened_data;

  int fd;
  OhmWatch *watch;    /* (nullable) */
  OhmWatch *timer;    /* of all exchanges */
  guint epoch;        /* counts connections: tells whether a callback has closed this one */
  int send_errno;     /* a send failed: told at the next turn, as exchange() must not call back */
  gint64 rest_us;     /* when an incomplete frame that nobody waits for is given up; -1: none */
  gint64 quiet_us;    /* until then what comes is thrown away, and nothing is sent; -1: no */
  gint64 wordy_us;    /* RTU: until then each answer is followed by a silence; 0: no */
  gsize spare;        /* surplus bytes that may still come before the next answer */
  gboolean is_spoilt; /* closed as soon as the running callback returns */
  gboolean is_auto;   /* framing is found out: it changes with every timeout until one answers */

  OhmModbusTcpWindow window;
  GByteArray *output; /* (owned): what the socket did not take yet */
  guint8 input[OHM_MODBUS_TCP_INPUT];
  gsize n_input;
};

G_DEFINE_FINAL_TYPE (OhmModbusTcpTransport, ohm_modbus_tcp_transport, OHM_TYPE_TRANSPORT)

static const OhmSettingSpec ohm_modbus_tcp_transport_settings[] = {
  { "host", OHM_SETTING_HOST, 0, 0, NULL, NULL, "name or address of the device", TRUE },
  { "port", OHM_SETTING_INTEGER, 1, 65535, "502", NULL, "TCP port", FALSE },
  { "framing", OHM_SETTING_CHOICE, 0, 0, "tcp", "tcp|rtu|auto",
    "frames with MBAP header, or those of a serial line passed through; auto tries both", FALSE },
  OHM_TRANSPORT_PACING_SETTINGS,
  { NULL },
};

static const char *const ohm_modbus_tcp_transport_address_keys[] = { "host", "port", NULL };

static gint64
ohm_modbus_tcp_transport_now_us (OhmModbusTcpTransport *self)
{
  return ohm_clock_get_mono_us (
    ohm_watcher_get_clock (ohm_transport_get_watcher (OHM_TRANSPORT (self))));
}

static OhmTransportCounters *
ohm_modbus_tcp_transport_counters (OhmModbusTcpTransport *self)
{
  return ohm_transport_get_counters (OHM_TRANSPORT (self));
}

static void
ohm_modbus_tcp_transport_tap (OhmModbusTcpTransport *self,
                              OhmFrameEventKind kind,
                              const guint8 *bytes,
                              gsize length)
{
  ohm_transport_tap (OHM_TRANSPORT (self), kind, self->window.framing, bytes, length);
}

/* One timer for all: the earliest of everything that is waited for. */
static void
ohm_modbus_tcp_transport_rearm (OhmModbusTcpTransport *self)
{
  gint64 first_us = ohm_modbus_tcp_window_get_deadline (&self->window);

  if (self->timer == NULL) /* disposed of by a callback */
    return;
  if (self->rest_us >= 0 && (first_us < 0 || self->rest_us < first_us))
    first_us = self->rest_us;
  if (self->quiet_us >= 0 && (first_us < 0 || self->quiet_us < first_us))
    first_us = self->quiet_us;
  if (self->send_errno != 0)
    first_us = 0;
  if (first_us != ohm_watch_get_deadline (self->timer))
    ohm_watch_set_deadline (self->timer, first_us);
}

static void
ohm_modbus_tcp_transport_disconnect (OhmModbusTcpTransport *self)
{
  self->epoch++;
  g_clear_pointer (&self->connector, ohm_modbus_tcp_connector_cancel);
  g_clear_pointer (&self->watch, ohm_watch_remove);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->send_errno = 0;
  self->rest_us = -1;
  self->quiet_us = -1;
  self->is_spoilt = FALSE;
  self->spare = 0;
  self->n_input = 0;
  g_byte_array_set_size (self->output, 0);
  ohm_modbus_tcp_window_forget (&self->window);
  ohm_transport_set_open (OHM_TRANSPORT (self), FALSE);
}

/* Closes and tells everybody who waits, or else the link. A callback may open again or close:
 * what is asked anew has a higher serial, and a close empties the window. */
static void
ohm_modbus_tcp_transport_fail (OhmModbusTcpTransport *self, const GError *error)
{
  g_autoptr (OhmModbusTcpTransport) guard = g_object_ref (self);
  guint64 last = self->window.serial;
  gboolean was_waiting = self->window.n > 0;
  OhmModbusTcpExchange *exchange;

  ohm_modbus_tcp_transport_disconnect (self);
  while ((exchange = ohm_modbus_tcp_window_find_due (&self->window, G_MAXINT64, last)) != NULL)
    {
      OhmModbusTcpExchange taken = ohm_modbus_tcp_window_take (&self->window, exchange);

      taken.done (OHM_TRANSPORT (self), NULL, error, taken.user_data);
    }
  if (!was_waiting)
    ohm_transport_report_closed (OHM_TRANSPORT (self), error);
  ohm_modbus_tcp_transport_rearm (self);
}

static void
ohm_modbus_tcp_transport_fail_errno (OhmModbusTcpTransport *self, int code)
{
  g_autoptr (GError) error = NULL;

  ohm_message_set_error_errno (&error, self->peer, code);
  ohm_modbus_tcp_transport_fail (self, error);
}

/* The connection is of no use any more, but what was waited for has come. Exchanges that a
 * callback has just asked for were not sent: for them the link was closed, no more. */
static void
ohm_modbus_tcp_transport_fail_spoilt (OhmModbusTcpTransport *self,
                                      const char *code,
                                      const char *reason)
{
  g_autoptr (GError) error = NULL;

  ohm_message_set_error (&error, self->window.n > 0 ? OHM_ERROR_LINK : OHM_ERROR_PROTOCOL,
                         ohm_message_new (code, "peer", self->peer, "text", reason, NULL), "%s: %s",
                         self->peer, reason);
  ohm_modbus_tcp_transport_fail (self, error);
}

/* RTU frames cannot be told from what is in front of them: after a good answer it may have been
 * left over from that. */
static void
ohm_modbus_tcp_transport_note_broken (OhmModbusTcpTransport *self,
                                      const guint8 *bytes,
                                      gsize length)
{
  ohm_modbus_tcp_transport_counters (self)->broken++;
  ohm_modbus_tcp_transport_tap (self, OHM_FRAME_EVENT_BROKEN, bytes, length);
  if (self->window.framing == OHM_FRAMING_RTU && self->spare > 0)
    self->wordy_us = ohm_modbus_tcp_transport_now_us (self) + OHM_MODBUS_TCP_WORDY_US;
  self->spare -= MIN (length, self->spare);
}

static void
ohm_modbus_tcp_transport_fail_surplus (OhmModbusTcpTransport *self,
                                       const guint8 *bytes,
                                       gsize length)
{
  ohm_modbus_tcp_transport_note_broken (self, bytes, length);
  ohm_modbus_tcp_transport_fail_spoilt (self, "surplus-bytes",
                                        "bytes after the answer that belong to nothing");
}

static void
ohm_modbus_tcp_transport_fail_unknown (OhmModbusTcpTransport *self,
                                       const guint8 *bytes,
                                       gsize length)
{
  g_autoptr (GError) error = NULL;

  ohm_modbus_tcp_transport_note_broken (self, bytes, length);
  ohm_modbus_tcp_guess (&error, self->peer,
                        self->window.n > 0 ? &self->window.items[0].request : NULL, bytes, length);
  ohm_modbus_tcp_transport_fail (self, error);
}

/* --- surplus bytes --- */

/* The line has to fall silent before it is used again. */
static void
ohm_modbus_tcp_transport_hush (OhmModbusTcpTransport *self)
{
  self->quiet_us = ohm_modbus_tcp_transport_now_us (self) + OHM_MODBUS_TCP_QUIET_US;
}

static gboolean
ohm_modbus_tcp_transport_is_wordy (OhmModbusTcpTransport *self)
{
  return self->window.framing == OHM_FRAMING_RTU &&
         ohm_modbus_tcp_transport_now_us (self) < self->wordy_us;
}

/* How many of these bytes, which are no whole frame, are left over from the last answer: all in
 * front of what may be an answer by its transaction id. 0 if that cannot be told. */
static gsize
ohm_modbus_tcp_transport_count_surplus (OhmModbusTcpTransport *self,
                                        const guint8 *bytes,
                                        gsize length)
{
  gsize n = 0;

  if (self->window.framing == OHM_FRAMING_RTU || !ohm_modbus_tcp_window_is_strict (&self->window))
    return 0;
  while (n < length && n <= self->spare &&
         !ohm_modbus_tcp_window_is_known (&self->window, bytes + n, length - n))
    n++;
  return n <= self->spare ? n : 0;
}

/* Whether what follows an answer, while nobody waits for more, leaves the connection as it is. */
static gboolean
ohm_modbus_tcp_transport_takes_surplus (OhmModbusTcpTransport *self,
                                        const guint8 *bytes,
                                        gsize length)
{
  OhmFraming framing = self->window.framing;
  gsize frame = 0;

  if (length == 0 || ohm_modbus_tcp_window_is_known (&self->window, bytes, length))
    return TRUE;
  if (framing == OHM_FRAMING_RTU)
    return length <= self->spare;
  return ohm_modbus_delimit_reply (framing, bytes, length, &frame) != OHM_FRAME_COMPLETE &&
         ohm_modbus_tcp_transport_count_surplus (self, bytes, length) > 0;
}

/* @rest bytes follow the answer. What they mean if nobody waits for more is settled before the
 * callback, so that it sends nothing on a connection about to be closed or a line in use. */
static void
ohm_modbus_tcp_transport_look_behind (OhmModbusTcpTransport *self,
                                      OhmModbusQuirks quirks,
                                      const guint8 *behind,
                                      gsize rest)
{
  gboolean is_rtu = self->window.framing == OHM_FRAMING_RTU;

  self->spare = is_rtu || !(quirks & OHM_MODBUS_ANY_TID) ? OHM_MODBUS_TCP_SURPLUS : 0;
  self->is_spoilt = self->window.n == 0 &&
                    !ohm_modbus_tcp_transport_takes_surplus (self, behind, rest);
  if (!is_rtu || self->is_spoilt)
    return;
  if (rest > 0)
    ohm_modbus_tcp_transport_note_broken (self, behind, rest);
  if (ohm_modbus_tcp_transport_is_wordy (self))
    ohm_modbus_tcp_transport_hush (self);
}

static void
ohm_modbus_tcp_transport_complete (OhmModbusTcpTransport *self,
                                   OhmModbusTcpExchange *exchange,
                                   OhmReply *reply,
                                   const guint8 *behind,
                                   gsize rest)
{
  OhmClock *clock = ohm_watcher_get_clock (ohm_transport_get_watcher (OHM_TRANSPORT (self)));
  OhmModbusTcpExchange taken = ohm_modbus_tcp_window_take (&self->window, exchange);
  guint epoch = self->epoch;

  ohm_modbus_tcp_window_remember (&self->window, &taken, /* is_completed */ TRUE);
  ohm_modbus_tcp_transport_look_behind (self, taken.quirks, behind, rest);
  self->is_auto = FALSE;
  reply->round_trip_us = ohm_clock_get_mono_us (clock) - taken.sent_us;
  reply->time_us = ohm_clock_get_wall_us (clock) - reply->round_trip_us / 2;
  ohm_modbus_tcp_transport_counters (self)->replies++;
  taken.done (OHM_TRANSPORT (self), reply, NULL, taken.user_data);
  if (self->epoch == epoch && self->is_spoilt)
    ohm_modbus_tcp_transport_fail_surplus (self, behind, rest);
}

/* The connection may be gone afterwards. */
static void
ohm_modbus_tcp_transport_on_frame (OhmModbusTcpTransport *self,
                                   const guint8 *frame,
                                   gsize length,
                                   gsize rest)
{
  OhmModbusTcpExchange *exchange = ohm_modbus_tcp_window_find (&self->window, frame);
  gboolean is_exact = exchange != NULL;
  g_autoptr (GError) error = NULL;
  OhmReply reply = { 0 };

  if (!is_exact && ohm_modbus_tcp_window_is_past (&self->window, frame, length))
    {
      ohm_modbus_tcp_transport_counters (self)->late++;
      ohm_modbus_tcp_transport_tap (self, OHM_FRAME_EVENT_LATE, frame, length);
      return;
    }
  if (!is_exact)
    exchange = ohm_modbus_tcp_window_find_oldest (&self->window);
  if (exchange == NULL)
    {
      ohm_modbus_tcp_transport_fail_unknown (self, frame, length + rest);
      return;
    }
  if (ohm_modbus_check_reply (self->window.framing, &exchange->request, exchange->tid, frame,
                              length, exchange->quirks, &reply, &error))
    {
      ohm_modbus_tcp_transport_tap (self, OHM_FRAME_EVENT_ANSWER, frame, length);
      ohm_modbus_tcp_transport_complete (self, exchange, &reply, frame + length, rest);
      return;
    }
  g_prefix_error (&error, "%s: ", self->peer);
  ohm_modbus_tcp_transport_note_broken (self, frame, length);
  ohm_modbus_tcp_transport_fail (self, error);
}

/* What has come while nobody waits and cannot be an answer to anything past is surplus, if it is
 * little, else it is not trusted. What can be has some time to become whole. */
static void
ohm_modbus_tcp_transport_keep_rest (OhmModbusTcpTransport *self, gsize used)
{
  if (used > 0)
    {
      self->n_input -= used;
      memmove (self->input, self->input + used, self->n_input);
      self->rest_us = -1;
    }
  if (self->n_input == 0 || self->window.n > 0)
    return;
  if (ohm_modbus_tcp_window_is_past (&self->window, self->input, self->n_input))
    {
      if (self->rest_us < 0)
        self->rest_us = ohm_modbus_tcp_transport_now_us (self) + OHM_MODBUS_TCP_REST_US;
    }
  else if (self->window.framing == OHM_FRAMING_RTU && self->n_input <= self->spare)
    {
      ohm_modbus_tcp_transport_note_broken (self, self->input, self->n_input);
      ohm_modbus_tcp_transport_hush (self);
      self->n_input = 0;
    }
  else
    {
      ohm_modbus_tcp_transport_fail_unknown (self, self->input, self->n_input);
    }
}

/* Returns how many bytes are done with; 0 if more are needed, or the connection has gone. */
static gsize
ohm_modbus_tcp_transport_take (OhmModbusTcpTransport *self, const guint8 *bytes, gsize left)
{
  gsize length = 0;
  OhmFrameState state;

  if (self->quiet_us >= 0) /* it has begun with the answer in front */
    return left;
  state = ohm_modbus_delimit_reply (self->window.framing, bytes, left, &length);
  if (state == OHM_FRAME_COMPLETE)
    {
      ohm_modbus_tcp_transport_on_frame (self, bytes, length, left - length);
      return length;
    }
  length = ohm_modbus_tcp_transport_count_surplus (self, bytes, left);
  if (length > 0)
    ohm_modbus_tcp_transport_note_broken (self, bytes, length);
  else if (state == OHM_FRAME_BROKEN)
    ohm_modbus_tcp_transport_fail_unknown (self, bytes, left);
  return length;
}

/* Returns FALSE if the connection has gone. */
static gboolean
ohm_modbus_tcp_transport_parse (OhmModbusTcpTransport *self)
{
  guint epoch = self->epoch;
  gsize used = 1;
  gsize at = 0;

  for (; used > 0 && self->epoch == epoch && at < self->n_input; at += used)
    used = ohm_modbus_tcp_transport_take (self, self->input + at, self->n_input - at);
  if (self->epoch == epoch)
    ohm_modbus_tcp_transport_keep_rest (self, at);
  return self->epoch == epoch;
}

/* Between a time-out and the silence that has to follow. */
static gboolean
ohm_modbus_tcp_transport_drain (OhmModbusTcpTransport *self)
{
  if (self->quiet_us < 0)
    return FALSE;
  ohm_modbus_tcp_transport_counters (self)->late++;
  ohm_modbus_tcp_transport_tap (self, OHM_FRAME_EVENT_LATE, self->input, self->n_input);
  self->n_input = 0;
  ohm_modbus_tcp_transport_hush (self);
  return TRUE;
}

/* Returns whether more may be waiting. */
static gboolean
ohm_modbus_tcp_transport_receive (OhmModbusTcpTransport *self)
{
  gsize room = sizeof self->input - self->n_input;
  gssize n;

  do
    n = recv (self->fd, self->input + self->n_input, room, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN)
    return FALSE;
  if (n <= 0)
    {
      ohm_modbus_tcp_transport_fail_errno (self, n == 0 ? ECONNRESET : errno);
      return FALSE;
    }
  ohm_modbus_tcp_transport_counters (self)->bytes_in += (guint64) n;
  self->n_input += (gsize) n;
  if (!ohm_modbus_tcp_transport_drain (self) && !ohm_modbus_tcp_transport_parse (self))
    return FALSE;
  return (gsize) n == room;
}

/* Takes from the output what the socket takes. */
static void
ohm_modbus_tcp_transport_flush (OhmModbusTcpTransport *self)
{
  gssize n;

  do
    n = send (self->fd, self->output->data, self->output->len, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n > 0)
    g_byte_array_remove_range (self->output, 0, (guint) n);
  else if (errno != EAGAIN)
    self->send_errno = errno;
  ohm_watch_set_events (self->watch,
                        self->output->len > 0 ? OHM_WATCH_READ | OHM_WATCH_WRITE : OHM_WATCH_READ);
}

static void
ohm_modbus_tcp_transport_on_socket (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmModbusTcpTransport) self = g_object_ref (user_data);
  guint receives = OHM_MODBUS_TCP_RECEIVES;

  if ((events & OHM_WATCH_WRITE) && self->output->len > 0)
    ohm_modbus_tcp_transport_flush (self);
  if (events & (OHM_WATCH_READ | OHM_WATCH_ERROR))
    while (receives-- > 0 && ohm_modbus_tcp_transport_receive (self))
      ;
  ohm_modbus_tcp_transport_rearm (self);
}

static void
ohm_modbus_tcp_transport_send (OhmModbusTcpTransport *self, OhmModbusTcpExchange *exchange)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length = ohm_modbus_encode_request (self->window.framing, &exchange->request, exchange->tid,
                                            frame);
  OhmTransportCounters *counters = ohm_modbus_tcp_transport_counters (self);

  exchange->is_sent = TRUE;
  counters->requests++;
  counters->bytes_out += length;
  g_byte_array_append (self->output, frame, (guint) length);
  ohm_modbus_tcp_transport_flush (self);
  exchange->sent_us = ohm_modbus_tcp_transport_now_us (self);
  ohm_modbus_tcp_transport_tap (self, OHM_FRAME_EVENT_SENT, frame, length);
}

/* RTU frames have no transaction id; and what is still to be found out is not risked on many. */
static guint
ohm_modbus_tcp_transport_get_outstanding (OhmTransport *transport)
{
  OhmModbusTcpTransport *self = OHM_MODBUS_TCP_TRANSPORT (transport);

  return self->window.framing == OHM_FRAMING_RTU || self->is_auto ? 1
                                                                  : OHM_MODBUS_TCP_OUTSTANDING_MAX;
}

static gboolean
ohm_modbus_tcp_transport_is_refused (OhmModbusTcpTransport *self, const OhmRequest *request)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];

  return self->window.n >= ohm_modbus_tcp_transport_get_outstanding (OHM_TRANSPORT (self)) ||
         ohm_modbus_encode_request (self->window.framing, request, 0, frame) == 0;
}

static void
ohm_modbus_tcp_transport_exchange (OhmTransport *transport,
                                   const OhmRequest *request,
                                   const OhmTransportOptions *options,
                                   gint64 deadline_us,
                                   OhmExchangeDone done,
                                   gpointer user_data)
{
  OhmModbusTcpTransport *self = OHM_MODBUS_TCP_TRANSPORT (transport);
  gboolean is_refused = ohm_modbus_tcp_transport_is_refused (self, request);
  OhmModbusTcpExchange *exchange = ohm_modbus_tcp_window_add (&self->window, request);

  exchange->quirks = options->quirks;
  exchange->deadline_us = is_refused ? 0 : deadline_us;
  exchange->is_refused = is_refused;
  exchange->done = done;
  exchange->user_data = user_data;
  if (!is_refused && !self->is_spoilt && self->quiet_us < 0)
    ohm_modbus_tcp_transport_send (self, exchange);
  ohm_modbus_tcp_transport_rearm (self);
}

static GError *
ohm_modbus_tcp_transport_new_refusal (OhmModbusTcpTransport *self)
{
  return g_error_new (OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                      "%s: request that cannot be encoded, or too many at a time", self->peer);
}

static void
ohm_modbus_tcp_transport_tap_timeout (OhmModbusTcpTransport *self,
                                      const OhmModbusTcpExchange *taken)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length = ohm_modbus_encode_request (self->window.framing, &taken->request, taken->tid,
                                            frame);

  ohm_modbus_tcp_transport_tap (self, OHM_FRAME_EVENT_TIMEOUT, frame, length);
}

/* Without transaction ids a late answer could not be told from the next one. */
static void
ohm_modbus_tcp_transport_after_timeout (OhmModbusTcpTransport *self, gboolean has_tid)
{
  gboolean is_rtu = self->window.framing == OHM_FRAMING_RTU;

  if (is_rtu || self->is_auto)
    self->n_input = 0;
  if (is_rtu)
    ohm_modbus_tcp_transport_hush (self);
  if (self->is_auto && self->window.n == 0)
    self->window.framing = is_rtu ? OHM_FRAMING_TCP : OHM_FRAMING_RTU;
  self->is_spoilt = !is_rtu && !has_tid;
}

static void
ohm_modbus_tcp_transport_time_out (OhmModbusTcpTransport *self, OhmModbusTcpExchange *exchange)
{
  OhmModbusTcpExchange taken = ohm_modbus_tcp_window_take (&self->window, exchange);
  g_autofree char *unit = g_strdup_printf ("%u", taken.request.unit);
  g_autoptr (GError) error = NULL;
  guint epoch = self->epoch;

  if (taken.is_refused)
    error = ohm_modbus_tcp_transport_new_refusal (self);
  else
    {
      ohm_message_set_error (&error, OHM_ERROR_TIMEOUT,
                             ohm_message_new ("timeout", "unit", unit, "peer", self->peer, NULL),
                             "%s unit %s: no answer in time", self->peer, unit);
      ohm_modbus_tcp_window_remember (&self->window, &taken, /* is_completed */ FALSE);
      ohm_modbus_tcp_transport_counters (self)->timeouts++;
      ohm_modbus_tcp_transport_tap_timeout (self, &taken);
      ohm_modbus_tcp_transport_after_timeout (self, !(taken.quirks & OHM_MODBUS_ANY_TID));
    }
  taken.done (OHM_TRANSPORT (self), NULL, error, taken.user_data);
  if (self->epoch == epoch && self->is_spoilt)
    ohm_modbus_tcp_transport_fail_spoilt (
      self, "link-down", "closed after a time-out: late answers could not be told from others");
}

static void
ohm_modbus_tcp_transport_end_quiet (OhmModbusTcpTransport *self)
{
  self->quiet_us = -1;
  for (guint i = 0; i < self->window.n; i++)
    if (!self->window.items[i].is_sent && !self->window.items[i].is_refused)
      ohm_modbus_tcp_transport_send (self, &self->window.items[i]);
}

static void
ohm_modbus_tcp_transport_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmModbusTcpTransport) self = g_object_ref (user_data);
  gint64 now_us = ohm_modbus_tcp_transport_now_us (self);
  guint64 last = self->window.serial;
  OhmModbusTcpExchange *exchange;

  if (self->send_errno != 0)
    {
      ohm_modbus_tcp_transport_fail_errno (self, self->send_errno);
      return;
    }
  while ((exchange = ohm_modbus_tcp_window_find_due (&self->window, now_us, last)) != NULL)
    ohm_modbus_tcp_transport_time_out (self, exchange);
  if (self->quiet_us >= 0 && self->quiet_us <= now_us)
    ohm_modbus_tcp_transport_end_quiet (self);
  if (self->rest_us >= 0 && self->rest_us <= now_us)
    ohm_modbus_tcp_transport_fail_surplus (self, self->input, self->n_input);
  else if (self->fd >= 0)
    ohm_modbus_tcp_transport_keep_rest (self, 0);
  ohm_modbus_tcp_transport_rearm (self);
}

static void
ohm_modbus_tcp_transport_on_connected (int fd, const GError *error, gpointer user_data)
{
  OhmModbusTcpTransport *self = user_data;
  OhmTransport *transport = OHM_TRANSPORT (self);
  OhmTransportOpened opened = self->opened;
  const char *framing = ohm_settings_get_string (ohm_transport_get_settings (transport), "framing");

  self->connector = NULL;
  if (fd >= 0)
    {
      self->fd = fd;
      self->watch = ohm_watcher_add (ohm_transport_get_watcher (transport), fd, OHM_WATCH_READ,
                                     ohm_modbus_tcp_transport_on_socket, self);
      if (g_str_equal (framing, "rtu"))
        self->window.framing = OHM_FRAMING_RTU;
      if (ohm_modbus_tcp_transport_is_wordy (self))
        ohm_modbus_tcp_transport_hush (self);
      ohm_transport_set_open (transport, TRUE);
    }
  opened (transport, error, self->opened_data);
}

static void
ohm_modbus_tcp_transport_open (OhmTransport *transport,
                               gint64 deadline_us,
                               OhmTransportOpened done,
                               gpointer user_data)
{
  OhmModbusTcpTransport *self = OHM_MODBUS_TCP_TRANSPORT (transport);
  OhmSettings *settings = ohm_transport_get_settings (transport);

  g_return_if_fail (self->connector == NULL && self->fd < 0);

  self->opened = done;
  self->opened_data = user_data;
  self->connector = ohm_modbus_tcp_connector_start (ohm_transport_get_watcher (transport),
                                                    ohm_settings_get_string (settings, "host"),
                                                    (guint16) ohm_settings_get_integer (settings,
                                                                                        "port"),
                                                    deadline_us,
                                                    ohm_modbus_tcp_transport_on_connected, self);
}

static void
ohm_modbus_tcp_transport_cancel (OhmTransport *transport)
{
  OhmModbusTcpTransport *self = OHM_MODBUS_TCP_TRANSPORT (transport);

  while (self->window.n > 0)
    {
      OhmModbusTcpExchange taken = ohm_modbus_tcp_window_take (&self->window,
                                                               &self->window.items[0]);

      if (!taken.is_sent)
        continue;
      ohm_modbus_tcp_window_remember (&self->window, &taken, /* is_completed */ FALSE);
      if (self->window.framing == OHM_FRAMING_RTU)
        ohm_modbus_tcp_transport_hush (self);
      else if (taken.quirks & OHM_MODBUS_ANY_TID)
        self->send_errno = ECONNABORTED; /* its late answer could not be told */
    }
  ohm_modbus_tcp_transport_rearm (self);
}

static void
ohm_modbus_tcp_transport_close (OhmTransport *transport)
{
  OhmModbusTcpTransport *self = OHM_MODBUS_TCP_TRANSPORT (transport);

  if (self->timer == NULL)
    return;
  self->window.n = 0;
  ohm_modbus_tcp_transport_disconnect (self);
  ohm_modbus_tcp_transport_rearm (self);
}

static void
ohm_modbus_tcp_transport_constructed (GObject *object)
{
  OhmModbusTcpTransport *self = OHM_MODBUS_TCP_TRANSPORT (object);
  OhmSettings *settings = ohm_transport_get_settings (OHM_TRANSPORT (self));

  G_OBJECT_CLASS (ohm_modbus_tcp_transport_parent_class)->constructed (object);

  self->peer = ohm_modbus_tcp_connector_name_peer (ohm_settings_get_string (settings, "host"),
                                                   (guint16) ohm_settings_get_integer (settings,
                                                                                       "port"));
  self->is_auto = g_str_equal (ohm_settings_get_string (settings, "framing"), "auto");
  self->timer = ohm_watcher_add (ohm_transport_get_watcher (OHM_TRANSPORT (self)), -1, 0,
                                 ohm_modbus_tcp_transport_on_timer, self);
}

static void
ohm_modbus_tcp_transport_dispose (GObject *object)
{
  OhmModbusTcpTransport *self = OHM_MODBUS_TCP_TRANSPORT (object);

  ohm_modbus_tcp_transport_close (OHM_TRANSPORT (self));
  g_clear_pointer (&self->timer, ohm_watch_remove);

  G_OBJECT_CLASS (ohm_modbus_tcp_transport_parent_class)->dispose (object);
}

static void
ohm_modbus_tcp_transport_finalize (GObject *object)
{
  OhmModbusTcpTransport *self = OHM_MODBUS_TCP_TRANSPORT (object);

  ohm_modbus_tcp_window_clear (&self->window);
  g_byte_array_unref (self->output);
  g_free (self->peer);

  G_OBJECT_CLASS (ohm_modbus_tcp_transport_parent_class)->finalize (object);
}

static void
ohm_modbus_tcp_transport_class_init (OhmModbusTcpTransportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  OhmTransportClass *transport_class = OHM_TRANSPORT_CLASS (klass);

  object_class->constructed = ohm_modbus_tcp_transport_constructed;
  object_class->dispose = ohm_modbus_tcp_transport_dispose;
  object_class->finalize = ohm_modbus_tcp_transport_finalize;

  transport_class->settings_table = ohm_modbus_tcp_transport_settings;
  transport_class->address_keys = ohm_modbus_tcp_transport_address_keys;
  transport_class->open = ohm_modbus_tcp_transport_open;
  transport_class->exchange = ohm_modbus_tcp_transport_exchange;
  transport_class->cancel = ohm_modbus_tcp_transport_cancel;
  transport_class->close = ohm_modbus_tcp_transport_close;
  transport_class->get_outstanding = ohm_modbus_tcp_transport_get_outstanding;
}

static void
ohm_modbus_tcp_transport_init (OhmModbusTcpTransport *self)
{
  self->fd = -1;
  self->rest_us = -1;
  self->quiet_us = -1;
  self->output = g_byte_array_new ();
  ohm_modbus_tcp_window_init (&self->window);
}

OHM_PLUGIN ("modbus-tcp",
            "Modbus over TCP, and RTU frames over TCP",
            ohm_modbus_tcp_transport_get_type);
