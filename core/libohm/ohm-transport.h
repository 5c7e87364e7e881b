/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-frame-event.h"
#include "ohm-modbus.h"
#include "ohm-settings.h"
#include "ohm-watcher.h"

G_BEGIN_DECLS

#define OHM_TYPE_TRANSPORT (ohm_transport_get_type ())

/**
 * OhmTransport:
 *
 * Moves requests over one link. It never blocks and never schedules: the link gives it one
 * exchange at a time (more only where the profile allows) with an absolute deadline. Main thread.
 *
 * Since: 0.1
 */
OHM_API
G_DECLARE_DERIVABLE_TYPE (OhmTransport, ohm_transport, OHM, TRANSPORT, GObject)

/**
 * OhmTransportOpened:
 * @self: the transport
 * @error: (nullable): why it could not be opened: %OHM_ERROR_LINK, %OHM_ERROR_TIMEOUT
 * @user_data: as given
 */
typedef void (*OhmTransportOpened) (OhmTransport *self, const GError *error, gpointer user_data);

/**
 * OhmExchangeDone:
 * @self: the transport
 * @reply: (nullable): the checked answer (an exception is one), valid during the call
 * @error: (nullable): %OHM_ERROR_TIMEOUT (the connection stays), %OHM_ERROR_LINK (closed by the
 *   peer), %OHM_ERROR_PROTOCOL (bytes that cannot be trusted; the transport has closed itself)
 * @user_data: as given
 *
 * Called exactly once per exchange, never from inside exchange() itself.
 */
typedef void (*OhmExchangeDone) (OhmTransport *self,
                                 const OhmReply *reply,
                                 const GError *error,
                                 gpointer user_data);

/**
 * OhmTransportPushed:
 * @self: the transport
 * @reply: a telegram that nobody asked for, valid during the call
 * @user_data: as given
 */
typedef void (*OhmTransportPushed) (OhmTransport *self, const OhmReply *reply, gpointer user_data);

/**
 * OhmTransportClosed:
 * @self: the transport
 * @error: why the open link broke while no exchange was waiting
 * @user_data: as given
 */
typedef void (*OhmTransportClosed) (OhmTransport *self, const GError *error, gpointer user_data);

/**
 * OhmTransportOptions:
 * @quirks: what is forgiven in an answer
 *
 * What may differ from one exchange to the next.
 */
typedef struct
{
  OhmModbusQuirks quirks;
} OhmTransportOptions;

/**
 * OhmTransportCounters:
 * @requests: requests sent
 * @replies: answers accepted, exceptions included
 * @timeouts: deadlines passed
 * @late: answers to exchanges already given up, and duplicates of completed ones, dropped
 * @broken: frames that were not accepted
 * @connects: successful opens
 * @bytes_out: bytes sent
 * @bytes_in: bytes received
 *
 * Since: 0.1
 */
typedef struct
{
  guint64 requests;
  guint64 replies;
  guint64 timeouts;
  guint64 late;
  guint64 broken;
  guint64 connects;
  guint64 bytes_out;
  guint64 bytes_in;
} OhmTransportCounters;

/**
 * OHM_TRANSPORT_PACING_SETTINGS:
 *
 * Rows of a settings table for what the link itself obeys: `timeout`, `pause` and `connect-pause`.
 * A transport that lists them lets its users slow a link down for devices that need it.
 *
 * Since: 0.1
 */
/* clang-format off */
#define OHM_TRANSPORT_PACING_SETTINGS                                                              \
  { "timeout", OHM_SETTING_DURATION, 10000, 60 * G_USEC_PER_SEC, NULL, NULL,                       \
    "Longest wait for an answer, whatever the meter's type says; without it that, or 1.5s. What "  \
    "answers have taken so far shortens it.", FALSE },                                             \
  { "pause", OHM_SETTING_DURATION, 0, 10 * G_USEC_PER_SEC, NULL, NULL,                             \
    "Shortest pause between an answer and the next request, if the meter's type asks for less.",   \
    FALSE },                                                                                       \
  { "connect-pause", OHM_SETTING_DURATION, 0, 60 * G_USEC_PER_SEC, NULL, NULL,                     \
    "Shortest pause between connecting and the first request, if the meter's type asks for less.", \
    FALSE }
/* clang-format on */

/**
 * OhmTransportClass:
 * @settings_table: the keys of its `.link` and `.meter` settings; rows of a static table
 * @address_keys: which of them name the path: `host`, `port`; links that agree in these are one
 * @open: starts opening; @done is called once, never from inside open()
 * @exchange: starts one exchange; only when open
 * @cancel: gives up all exchanges in flight without calling back; their late answers are dropped
 * @close: closes at once; safe in every state; no callback follows
 * @get_line_us: (nullable): the time that @request and its answer take on the line, in
 * microseconds; 0 where the line is not the limit
 * @get_baud: (nullable): line speed of a serial line, else 0
 * @get_outstanding: (nullable): exchanges that it can have under way at a time, as it is now;
 * without it 1
 *
 * A transport that only listens leaves @exchange %NULL.
 *
 * Since: 0.1
 */
struct _OhmTransportClass
{
  GObjectClass parent_class;

  const OhmSettingSpec *settings_table;
  const char *const *address_keys;

  void (*open) (OhmTransport *self,
                gint64 deadline_us,
                OhmTransportOpened done,
                gpointer user_data);
  void (*exchange) (OhmTransport *self,
                    const OhmRequest *request,
                    const OhmTransportOptions *options,
                    gint64 deadline_us,
                    OhmExchangeDone done,
                    gpointer user_data);
  void (*cancel) (OhmTransport *self);
  void (*close) (OhmTransport *self);
  gint64 (*get_line_us) (OhmTransport *self, const OhmRequest *request);
  guint (*get_baud) (OhmTransport *self);
  guint (*get_outstanding) (OhmTransport *self);

  /*< private >*/
  gpointer padding[7];
};

/**
 * ohm_transport_new:
 * @type: a type derived from %OHM_TYPE_TRANSPORT
 * @settings: keys of the class's table
 * @watcher: descriptor watches and time
 *
 * Returns: (transfer full): a closed transport
 *
 * Since: 0.1
 */
OHM_API OhmTransport *ohm_transport_new (GType type, OhmSettings *settings, OhmWatcher *watcher);

/**
 * ohm_transport_get_settings:
 * @self: a transport
 *
 * Returns: (transfer none): what it was made with
 *
 * Since: 0.1
 */
OHM_API OhmSettings *ohm_transport_get_settings (OhmTransport *self);

/**
 * ohm_transport_get_watcher:
 * @self: a transport
 *
 * Returns: (transfer none): descriptor watches and time
 *
 * Since: 0.1
 */
OHM_API OhmWatcher *ohm_transport_get_watcher (OhmTransport *self);

/**
 * ohm_transport_set_handlers:
 * @self: a transport
 * @pushed: (nullable) (scope forever): receives telegrams
 * @closed: (nullable) (scope forever): hears of a link that broke while idle
 * @user_data: for both
 *
 * For the link, once, before open.
 *
 * Since: 0.1
 */
OHM_API void ohm_transport_set_handlers (OhmTransport *self,
                                         OhmTransportPushed pushed,
                                         OhmTransportClosed closed,
                                         gpointer user_data);

/**
 * ohm_transport_open:
 * @self: a closed transport
 * @deadline_us: monotonic time at which to give up, in microseconds
 * @done: (scope async): called once, never from inside this call
 * @user_data: for @done
 *
 * For the link.
 *
 * Since: 0.1
 */
OHM_API void ohm_transport_open (OhmTransport *self,
                                 gint64 deadline_us,
                                 OhmTransportOpened done,
                                 gpointer user_data);
/**
 * ohm_transport_exchange:
 * @self: an open transport
 * @request: what is asked; copied
 * @options: what is forgiven in the answer; copied
 * @deadline_us: monotonic time at which to give up, in microseconds
 * @done: (scope async): called once, never from inside this call
 * @user_data: for @done
 *
 * For the link.
 *
 * Since: 0.1
 */
OHM_API void ohm_transport_exchange (OhmTransport *self,
                                     const OhmRequest *request,
                                     const OhmTransportOptions *options,
                                     gint64 deadline_us,
                                     OhmExchangeDone done,
                                     gpointer user_data);

/**
 * ohm_transport_cancel:
 * @self: a transport
 *
 * Gives up all exchanges in flight without calling back; their late answers are dropped. For the
 * link.
 *
 * Since: 0.1
 */
OHM_API void ohm_transport_cancel (OhmTransport *self);

/**
 * ohm_transport_close:
 * @self: a transport
 *
 * Closes at once, whatever state it is in; no callback follows. For the link.
 *
 * Since: 0.1
 */
OHM_API void ohm_transport_close (OhmTransport *self);

/**
 * ohm_transport_is_open:
 * @self: a transport
 *
 * Returns: whether it can exchange
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_transport_is_open (OhmTransport *self);

/**
 * ohm_transport_get_line_us:
 * @self: a transport
 * @request: a request
 *
 * Returns: time that request and answer take on the line, in microseconds; 0 if that does not
 *   matter
 *
 * Since: 0.1
 */
OHM_API gint64 ohm_transport_get_line_us (OhmTransport *self, const OhmRequest *request);

/**
 * ohm_transport_get_baud:
 * @self: a transport
 *
 * Returns: the line's baud rate; 0 if it has none
 *
 * Since: 0.1
 */
OHM_API guint ohm_transport_get_baud (OhmTransport *self);

/**
 * ohm_transport_get_outstanding:
 * @self: a transport
 *
 * Returns: how many exchanges it can have under way at a time
 *
 * Since: 0.1
 */
OHM_API guint ohm_transport_get_outstanding (OhmTransport *self);

/**
 * ohm_transport_get_counters:
 * @self: a transport
 *
 * Returns: (transfer none): what it did since it was made; subclasses count in the same struct
 *
 * Since: 0.1
 */
OHM_API OhmTransportCounters *ohm_transport_get_counters (OhmTransport *self);

/**
 * ohm_transport_push:
 * @self: a transport
 * @unit: whose telegram it is; 0 if the link carries one meter
 * @reply: the telegram
 *
 * For subclasses: hands an unsolicited telegram to the link, which hands it to the meter's
 * decode().
 *
 * Since: 0.1
 */
OHM_API void ohm_transport_push (OhmTransport *self, guint8 unit, const OhmReply *reply);

/**
 * ohm_transport_set_open:
 * @self: a transport
 * @is_open: its state now
 *
 * For subclasses.
 *
 * Since: 0.1
 */
OHM_API void ohm_transport_set_open (OhmTransport *self, gboolean is_open);

/**
 * ohm_transport_report_closed:
 * @self: a transport
 * @error: why
 *
 * For subclasses: the link broke while no exchange was waiting.
 *
 * Since: 0.1
 */
OHM_API void ohm_transport_report_closed (OhmTransport *self, const GError *error);

/**
 * OhmTransportTap:
 * @self: the transport
 * @event: what happened, valid during the call
 * @user_data: as given
 *
 * Looks on: it must neither close nor use the transport.
 */
typedef void (*OhmTransportTap) (OhmTransport *self,
                                 const OhmFrameEvent *event,
                                 gpointer user_data);

/**
 * ohm_transport_set_tap:
 * @self: a transport
 * @tap: (nullable) (scope forever): hears of every frame; %NULL for nobody, who costs nothing
 * @user_data: for @tap
 *
 * For the frame log.
 *
 * Since: 0.1
 */
OHM_API void ohm_transport_set_tap (OhmTransport *self, OhmTransportTap tap, gpointer user_data);

/**
 * ohm_transport_tap:
 * @self: a transport
 * @kind: what happened
 * @framing: how @bytes are framed
 * @bytes: (array length=length): the whole frame, header and checksum included
 * @length: their number; what is above %OHM_FRAME_EVENT_BYTES_MAX is cut off
 *
 * For subclasses: five calls feed the frame log and `ohmctl capture`. After a request has gone out
 * (`SENT`); before an answer is handed on (`ANSWER`); when one is dropped (`LATE`); before the
 * connection is closed for bytes that cannot be trusted (`BROKEN`); before a time-out is told, with
 * the request once more (`TIMEOUT`). Opening and closing are told by the base class.
 *
 * Since: 0.1
 */
OHM_API void ohm_transport_tap (OhmTransport *self,
                                OhmFrameEventKind kind,
                                OhmFraming framing,
                                const guint8 *bytes,
                                gsize length);

G_END_DECLS
