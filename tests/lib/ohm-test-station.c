/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-station.h"

#include <errno.h>
#include <string.h>

#define OHM_TEST_LATENCY_US 2000
#define OHM_TEST_REGISTERS  65536

/* A transport to a station, which is found by name. */
typedef struct
{
  OhmTransport parent_instance;

  OhmTestStation *station; /* (not owned) (nullable): while open */
  OhmWatch *timer;

  OhmTransportOpened opened; /* (nullable) */
  gpointer opened_data;
  gint64 open_deadline_us;

  OhmExchangeDone done; /* (nullable) */
  gpointer done_data;
  OhmRequest request;
  gint64 sent_us;
  gint64 deadline_us;
} OhmTestTransport;

typedef struct
{
  OhmTransportClass parent_class;
} OhmTestTransportClass;

G_DEFINE_TYPE (OhmTestTransport, ohm_test_transport, OHM_TYPE_TRANSPORT)

typedef OhmTestTransport OhmTestListener;
typedef OhmTestTransportClass OhmTestListenerClass;
G_DEFINE_TYPE (OhmTestListener, ohm_test_listener, ohm_test_transport_get_type ())

static GHashTable *stations; /* (element-type utf8 OhmTestStation) */

OhmTestStation *
ohm_test_station_new (const char *host)
{
  OhmTestStation *self = g_new0 (OhmTestStation, 1);

  self->host = g_strdup (host);
  self->visitors = g_ptr_array_new ();
  for (guint i = 0; i < G_N_ELEMENTS (self->units); i++)
    self->units[i].latency_us = OHM_TEST_LATENCY_US;
  if (stations == NULL)
    stations = g_hash_table_new (g_str_hash, g_str_equal);
  g_assert_true (g_hash_table_insert (stations, self->host, self));
  return self;
}

void
ohm_test_station_free (OhmTestStation *self)
{
  g_assert_cmpuint (self->visitors->len, ==, 0);
  g_hash_table_remove (stations, self->host);
  if (g_hash_table_size (stations) == 0)
    g_clear_pointer (&stations, g_hash_table_unref);
  for (guint i = 0; i < G_N_ELEMENTS (self->units); i++)
    {
      g_free (self->units[i].registers);
      g_free (self->units[i].is_there);
    }
  g_clear_pointer (&self->log, g_array_unref);
  g_ptr_array_unref (self->visitors);
  g_free (self->host);
  g_free (self);
}

static void
ohm_test_station_set (OhmTestStation *self, guint8 id, guint16 address, guint16 value)
{
  OhmTestUnit *unit = &self->units[id];

  if (unit->registers == NULL)
    unit->registers = g_new0 (guint16, OHM_TEST_REGISTERS);
  unit->registers[address] = value;
  if (unit->is_there != NULL)
    unit->is_there[address] = 1;
}

void
ohm_test_station_set_u16 (OhmTestStation *self, guint8 unit, guint16 address, guint16 value)
{
  ohm_test_station_set (self, unit, address, value);
}

void
ohm_test_station_set_u32 (OhmTestStation *self, guint8 unit, guint16 address, guint32 value)
{
  ohm_test_station_set (self, unit, address, (guint16) (value >> 16));
  ohm_test_station_set (self, unit, (guint16) (address + 1), (guint16) value);
}

void
ohm_test_station_set_f32 (OhmTestStation *self, guint8 unit, guint16 address, float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  ohm_test_station_set_u32 (self, unit, address, bits);
}

void
ohm_test_station_limit (OhmTestStation *self, guint8 unit)
{
  g_free (self->units[unit].is_there);
  self->units[unit].is_there = g_new0 (guint8, OHM_TEST_REGISTERS);
}

void
ohm_test_station_set_there (OhmTestStation *self,
                            guint8 unit,
                            guint16 first,
                            guint16 last,
                            gboolean is_there)
{
  if (self->units[unit].is_there == NULL)
    {
      ohm_test_station_limit (self, unit);
      memset (self->units[unit].is_there, 1, OHM_TEST_REGISTERS);
    }
  for (guint i = first; i <= last; i++)
    self->units[unit].is_there[i] = is_there ? 1 : 0;
}

void
ohm_test_station_push (OhmTestStation *self, guint8 unit, const char *text)
{
  for (guint i = 0; i < self->visitors->len; i++)
    {
      OhmTransport *visitor = g_ptr_array_index (self->visitors, i);
      OhmReply reply = {
        .data = (const guint8 *) text,
        .length = strlen (text),
        .time_us = ohm_clock_get_wall_us (
          ohm_watcher_get_clock (ohm_transport_get_watcher (visitor))),
      };

      ohm_transport_push (visitor, unit, &reply);
    }
}

static gint64
ohm_test_transport_now (OhmTestTransport *self)
{
  return ohm_clock_get_mono_us (
    ohm_watcher_get_clock (ohm_transport_get_watcher (OHM_TRANSPORT (self))));
}

static void
ohm_test_transport_disconnect (OhmTestTransport *self)
{
  self->opened = NULL;
  self->done = NULL;
  if (self->timer != NULL)
    ohm_watch_set_deadline (self->timer, -1);
  if (self->station != NULL)
    g_ptr_array_remove (self->station->visitors, self);
  self->station = NULL;
  ohm_transport_set_open (OHM_TRANSPORT (self), FALSE);
}

static void
ohm_test_transport_close (OhmTransport *transport)
{
  OhmTestTransport *self = (OhmTestTransport *) transport;

  if (self->station != NULL)
    self->station->closes++;
  ohm_test_transport_disconnect (self);
}

/* The connection breaks: who waits hears it, else the link. */
static void
ohm_test_transport_break (OhmTestTransport *self, const GError *error)
{
  OhmExchangeDone done = self->done;
  gpointer data = self->done_data;

  ohm_test_transport_disconnect (self);
  if (done != NULL)
    done (OHM_TRANSPORT (self), /* reply */ NULL, error, data);
  else
    ohm_transport_report_closed (OHM_TRANSPORT (self), error);
}

void
ohm_test_station_hang_up (OhmTestStation *self)
{
  while (self->visitors->len > 0)
    {
      g_autoptr (OhmTransport) visitor = g_object_ref (g_ptr_array_index (self->visitors, 0));
      g_autoptr (GError) error = NULL;

      ohm_message_set_error_errno (&error, self->host, ECONNRESET);
      ohm_test_transport_break ((OhmTestTransport *) visitor, error);
    }
}

static void
ohm_test_transport_end_opening (OhmTestTransport *self)
{
  const char *host = ohm_settings_get_string (ohm_transport_get_settings (OHM_TRANSPORT (self)),
                                              "host");
  OhmTestStation *station = stations != NULL ? g_hash_table_lookup (stations, host) : NULL;
  OhmTransportOpened opened = g_steal_pointer (&self->opened);
  g_autoptr (GError) error = NULL;

  if (station == NULL)
    ohm_message_set_error_errno (&error, host, EHOSTUNREACH);
  else if (station->door == OHM_TEST_REFUSED)
    ohm_message_set_error_errno (&error, host, ECONNREFUSED);
  else if (station->door == OHM_TEST_SWALLOWED)
    ohm_message_set_error_errno (&error, host, ETIMEDOUT);
  else
    {
      self->station = station;
      station->connects++;
      g_ptr_array_add (station->visitors, self);
      ohm_transport_set_open (OHM_TRANSPORT (self), TRUE);
    }
  opened (OHM_TRANSPORT (self), error, self->opened_data);
}

static gboolean
ohm_test_unit_has (const OhmTestUnit *self, const OhmRequest *request)
{
  if (self->is_there == NULL)
    return TRUE;
  for (guint i = 0; i < request->count; i++)
    if (self->is_there[(guint16) (request->address + i)] == 0)
      return FALSE;
  return TRUE;
}

static guint8
ohm_test_unit_find_exception (const OhmTestUnit *self, const OhmRequest *request)
{
  if (self->manner == OHM_TEST_NO_PATH)
    return 0x0B;
  if (self->manner == OHM_TEST_REFUSES)
    return self->exception;
  if (self->function != 0 && self->function != request->function)
    return 1;
  return ohm_test_unit_has (self, request) ? 0 : 2;
}

/* Dice of its own for each unit: its requests, scattered (splitmix64, Steele and others 2014). */
static gboolean
ohm_test_unit_loses (const OhmTestUnit *self, guint8 unit)
{
  guint64 z = (self->requests + unit * G_GUINT64_CONSTANT (1000003)) *
              G_GUINT64_CONSTANT (0x9E3779B97F4A7C15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94D049BB133111EB);
  return (z ^ (z >> 31)) % 100 < self->loss;
}

static gboolean
ohm_test_unit_is_mute (const OhmTestUnit *self, const OhmRequest *request)
{
  return self->manner == OHM_TEST_MUTE || ohm_test_unit_loses (self, request->unit) ||
         (self->is_deaf_to_unknown && !ohm_test_unit_has (self, request));
}

static void
ohm_test_transport_give_up (OhmTestTransport *self, OhmTestStation *station)
{
  OhmExchangeDone done = g_steal_pointer (&self->done);
  g_autoptr (GError) error = NULL;

  station->lost_us += self->deadline_us - self->sent_us;
  ohm_transport_get_counters (OHM_TRANSPORT (self))->timeouts++;
  g_set_error (&error, OHM_ERROR, OHM_ERROR_TIMEOUT, "%s: no answer from unit %u", station->host,
               self->request.unit);
  done (OHM_TRANSPORT (self), /* reply */ NULL, error, self->done_data);
}

/* What is written is there. */
static void
ohm_test_unit_take (OhmTestUnit *self, const OhmRequest *request)
{
  for (guint i = 0; self->registers != NULL && request->function > 4 && i < request->count; i++)
    self->registers[(guint16) (request->address + i)] = request->values[i];
}

static void
ohm_test_transport_answer (OhmTestTransport *self, OhmTestUnit *unit)
{
  OhmClock *clock = ohm_watcher_get_clock (ohm_transport_get_watcher (OHM_TRANSPORT (self)));
  OhmTestStation *station = self->station;
  OhmExchangeDone done = g_steal_pointer (&self->done);
  guint8 bytes[2 * OHM_READ_REGISTERS_MAX] = { 0 };
  OhmReply reply = {
    .unit = self->request.unit,
    .function = self->request.function,
    .exception = ohm_test_unit_find_exception (unit, &self->request),
    .address = self->request.address,
    .data = bytes,
    .round_trip_us = ohm_test_transport_now (self) - self->sent_us,
  };

  reply.time_us = ohm_clock_get_wall_us (clock) - reply.round_trip_us / 2;
  if (unit->manner == OHM_TEST_NO_PATH)
    station->lost_us += reply.round_trip_us;
  if (reply.exception != 0)
    unit->refused++;
  else
    ohm_test_unit_take (unit, &self->request);
  if (reply.exception == 0 && self->request.function <= 4)
    reply.length = 2 * (gsize) self->request.count;
  for (guint i = 0; unit->registers != NULL && i < reply.length / 2; i++)
    {
      guint16 value = unit->registers[(guint16) (self->request.address + i)];

      bytes[2 * i] = (guint8) (value >> 8);
      bytes[2 * i + 1] = (guint8) value;
    }
  ohm_transport_get_counters (OHM_TRANSPORT (self))->replies++;
  if (unit->manner == OHM_TEST_OVERFLOWS)
    ohm_test_transport_disconnect (self);
  done (OHM_TRANSPORT (self), &reply, /* error */ NULL, self->done_data);
}

/* As on a serial line: the transport stays open. */
static void
ohm_test_transport_disturb (OhmTestTransport *self, OhmTestUnit *unit)
{
  OhmExchangeDone done = g_steal_pointer (&self->done);
  g_autoptr (GError) error = NULL;

  unit->disturbances--;
  g_set_error (&error, OHM_ERROR, OHM_ERROR_PROTOCOL, "%s: crc is 1, not 2 as expected",
               self->station->host);
  done (OHM_TRANSPORT (self), /* reply */ NULL, error, self->done_data);
}

static void
ohm_test_transport_end_exchange (OhmTestTransport *self)
{
  OhmTestStation *station = self->station;
  OhmTestUnit *unit = &station->units[self->request.unit];
  gint64 now_us = ohm_test_transport_now (self);
  g_autoptr (GError) error = NULL;

  station->busy_us += now_us - self->sent_us;
  if (now_us >= self->deadline_us)
    {
      ohm_test_transport_give_up (self, station);
    }
  else if (unit->disturbances > 0)
    {
      ohm_test_transport_disturb (self, unit);
    }
  else if (unit->manner == OHM_TEST_CLOSES)
    {
      ohm_message_set_error_errno (&error, station->host, ECONNRESET);
      ohm_test_transport_break (self, error);
    }
  else if (unit->manner == OHM_TEST_BABBLES)
    {
      g_set_error (&error, OHM_ERROR, OHM_ERROR_PROTOCOL, "%s: protocol id 0x4854 instead of 0",
                   station->host);
      ohm_test_transport_break (self, error);
    }
  else
    {
      ohm_test_transport_answer (self, unit);
    }
}

static void
ohm_test_transport_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (GObject) guard = g_object_ref (user_data);
  OhmTestTransport *self = user_data;

  if (self->opened != NULL)
    ohm_test_transport_end_opening (self);
  else if (self->done != NULL)
    ohm_test_transport_end_exchange (self);
}

static void
ohm_test_transport_open (OhmTransport *transport,
                         gint64 deadline_us,
                         OhmTransportOpened opened,
                         gpointer user_data)
{
  OhmTestTransport *self = (OhmTestTransport *) transport;
  const char *host = ohm_settings_get_string (ohm_transport_get_settings (transport), "host");
  OhmTestStation *station = stations != NULL ? g_hash_table_lookup (stations, host) : NULL;
  gboolean is_swallowed = station != NULL && station->door == OHM_TEST_SWALLOWED;

  g_assert_null (self->opened);
  g_assert_null (self->station);
  self->opened = opened;
  self->opened_data = user_data;
  ohm_watch_set_deadline (self->timer,
                          is_swallowed ? deadline_us : ohm_test_transport_now (self) + 1000);
}

static void
ohm_test_transport_note (OhmTestTransport *self, OhmTestUnit *unit)
{
  OhmTestSeen seen = {
    .mono_us = self->sent_us,
    .wall_us = ohm_clock_get_wall_us (
      ohm_watcher_get_clock (ohm_transport_get_watcher (OHM_TRANSPORT (self)))),
    .wait_us = self->deadline_us - self->sent_us,
    .unit = self->request.unit,
    .function = self->request.function,
    .address = self->request.address,
    .count = self->request.count,
  };

  unit->requests++;
  if (self->station->log != NULL)
    g_array_append_val (self->station->log, seen);
}

/* When the answer comes: a line carries one request at a time, also one that nobody waits for any
 * more. */
static gint64
ohm_test_transport_begin (OhmTestTransport *self, const OhmTestUnit *unit)
{
  OhmTestStation *station = self->station;

  if (ohm_test_unit_is_mute (unit, &self->request))
    {
      station->free_us = MAX (station->free_us, self->sent_us + station->hold_us);
      return G_MAXINT64;
    }
  station->free_us = MAX (station->free_us, self->sent_us) + unit->latency_us;
  return station->free_us;
}

static void
ohm_test_transport_exchange (OhmTransport *transport,
                             const OhmRequest *request,
                             const OhmTransportOptions *options,
                             gint64 deadline_us,
                             OhmExchangeDone done,
                             gpointer user_data)
{
  OhmTestTransport *self = (OhmTestTransport *) transport;
  OhmTestUnit *unit = &self->station->units[request->unit];
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gint64 answer_us;

  g_assert_null (self->done);
  g_assert_cmpuint (ohm_modbus_encode_request (OHM_FRAMING_TCP, request, 0, frame), >, 0);
  self->request = *request;
  self->done = done;
  self->done_data = user_data;
  self->sent_us = ohm_test_transport_now (self);
  self->deadline_us = deadline_us;
  ohm_transport_get_counters (transport)->requests++;
  ohm_test_transport_note (self, unit);
  answer_us = ohm_test_transport_begin (self, unit);
  ohm_watch_set_deadline (self->timer, MIN (deadline_us, answer_us));
}

static void
ohm_test_transport_cancel (OhmTransport *transport)
{
  OhmTestTransport *self = (OhmTestTransport *) transport;

  self->done = NULL;
  ohm_watch_set_deadline (self->timer, -1);
}

static OhmTestStation *
ohm_test_transport_find_station (OhmTransport *transport)
{
  const char *host = ohm_settings_get_string (ohm_transport_get_settings (transport), "host");

  return stations != NULL ? g_hash_table_lookup (stations, host) : NULL;
}

static gint64
ohm_test_transport_get_line_us (OhmTransport *transport, const OhmRequest *request)
{
  OhmTestStation *station = ohm_test_transport_find_station (transport);

  return station != NULL ? station->line_us : 0;
}

static guint
ohm_test_transport_get_baud (OhmTransport *transport)
{
  OhmTestStation *station = ohm_test_transport_find_station (transport);

  return station != NULL ? station->baud : 0;
}

static void
ohm_test_transport_constructed (GObject *object)
{
  OhmTestTransport *self = (OhmTestTransport *) object;

  G_OBJECT_CLASS (ohm_test_transport_parent_class)->constructed (object);
  self->timer = ohm_watcher_add (ohm_transport_get_watcher (OHM_TRANSPORT (self)), /* fd */ -1, 0,
                                 ohm_test_transport_on_timer, self);
}

static void
ohm_test_transport_dispose (GObject *object)
{
  OhmTestTransport *self = (OhmTestTransport *) object;

  ohm_test_transport_close (OHM_TRANSPORT (self));
  g_clear_pointer (&self->timer, ohm_watch_remove);
  G_OBJECT_CLASS (ohm_test_transport_parent_class)->dispose (object);
}

static void
ohm_test_transport_class_init (OhmTestTransportClass *klass)
{
  static const OhmSettingSpec table[] = {
    { "host", OHM_SETTING_STRING, 1, 253, NULL, NULL, "name of the station", TRUE },
    { "port", OHM_SETTING_INTEGER, 1, 65535, "502", NULL, "port", FALSE },
    { "framing", OHM_SETTING_CHOICE, 0, 0, "tcp", "tcp|rtu", "framing", FALSE },
    OHM_TRANSPORT_PACING_SETTINGS,
    { NULL },
  };
  static const char *const address_keys[] = { "host", "port", NULL };
  OhmTransportClass *transport_class = OHM_TRANSPORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->constructed = ohm_test_transport_constructed;
  G_OBJECT_CLASS (klass)->dispose = ohm_test_transport_dispose;
  transport_class->settings_table = table;
  transport_class->address_keys = address_keys;
  transport_class->open = ohm_test_transport_open;
  transport_class->exchange = ohm_test_transport_exchange;
  transport_class->cancel = ohm_test_transport_cancel;
  transport_class->close = ohm_test_transport_close;
  transport_class->get_line_us = ohm_test_transport_get_line_us;
  transport_class->get_baud = ohm_test_transport_get_baud;
}

static void
ohm_test_transport_init (OhmTestTransport *self)
{
}

static void
ohm_test_listener_class_init (OhmTestListenerClass *klass)
{
  OHM_TRANSPORT_CLASS (klass)->exchange = NULL;
}

static void
ohm_test_listener_init (OhmTestListener *self)
{
}
