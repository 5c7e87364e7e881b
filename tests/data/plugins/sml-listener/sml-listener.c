/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sml-listener.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* A telegram, framed as SML version 1 (BSI TR-03109-1, Anlage IV, 4): start sequence, content, end
 * sequence, fill bytes, checksum. The content is simpler than SML: OBIS code (6), value (8), ... */
#define SML_START   "\x1b\x1b\x1b\x1b\x01\x01\x01\x01"
#define SML_END     "\x1b\x1b\x1b\x1b\x1a"
#define SML_SEQ(x)  (sizeof (x) - 1)
#define SML_TAIL    (SML_SEQ (SML_END) + 3) /* with fill bytes and checksum */
#define SML_ENTRY   14
#define SML_LONGEST 1024

struct _OhmSmlTransport
{
  OhmTransport parent_instance;

  int fd;
  OhmWatch *watch;           /* (nullable) */
  OhmTransportOpened opened; /* (nullable): while connecting */
  gpointer opened_data;
  guint8 input[SML_LONGEST];
  gsize n_input;
};

G_DEFINE_FINAL_TYPE (OhmSmlTransport, ohm_sml_transport, OHM_TYPE_TRANSPORT)

static const OhmSettingSpec ohm_sml_transport_settings[] = {
  { "host", OHM_SETTING_STRING, 1, 64, NULL, NULL, "address of the sender, in numbers", TRUE },
  { "port", OHM_SETTING_INTEGER, 1, 65535, NULL, NULL, "TCP port of the sender", TRUE },
  { NULL },
};
static const char *const ohm_sml_transport_address_keys[] = { "host", "port", NULL };

static void
ohm_sml_transport_close (OhmTransport *transport)
{
  OhmSmlTransport *self = OHM_SML_TRANSPORT (transport);

  g_clear_pointer (&self->watch, ohm_watch_remove);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->n_input = 0;
  self->opened = NULL;
}

static void
ohm_sml_transport_fail (OhmSmlTransport *self, int code)
{
  OhmTransportOpened opened = self->opened;
  g_autoptr (GError) error = NULL;

  ohm_message_set_error_errno (&error, "sml-listener", code);
  ohm_transport_close (OHM_TRANSPORT (self));
  if (opened != NULL)
    opened (OHM_TRANSPORT (self), error, self->opened_data);
  else
    ohm_transport_report_closed (OHM_TRANSPORT (self), error);
}

/* Takes one telegram out of the input, with all that is before it; FALSE if there is none. */
static gboolean
ohm_sml_transport_take (OhmSmlTransport *self)
{
  OhmTransport *transport = OHM_TRANSPORT (self);
  OhmClock *clock = ohm_watcher_get_clock (ohm_transport_get_watcher (transport));
  const guint8 *limit = self->input + self->n_input;
  const guint8 *begin = memmem (self->input, self->n_input, SML_START, SML_SEQ (SML_START));
  const guint8 *end = begin == NULL
                        ? NULL
                        : memmem (begin, (gsize) (limit - begin), SML_END, SML_SEQ (SML_END));
  OhmReply telegram = { .time_us = ohm_clock_get_wall_us (clock) };

  if (end == NULL || end + SML_TAIL > limit)
    return FALSE;
  telegram.data = begin + SML_SEQ (SML_START);
  telegram.length = (gsize) (end - telegram.data);
  end += SML_TAIL;
  if (ohm_modbus_crc (telegram.data, telegram.length) == (end[-2] << 8 | end[-1]))
    ohm_transport_push (transport, 0, &telegram);
  else
    ohm_transport_get_counters (transport)->broken++;
  if (self->fd < 0) /* closed by whoever got it */
    return FALSE;
  self->n_input = (gsize) (limit - end);
  memmove (self->input, end, self->n_input);
  return TRUE;
}

static void
ohm_sml_transport_receive (OhmSmlTransport *self)
{
  gssize n;

  if (self->n_input == sizeof self->input)
    self->n_input = 0; /* noise without end */
  n = recv (self->fd, self->input + self->n_input, sizeof self->input - self->n_input, 0);
  if (n > 0)
    {
      self->n_input += (gsize) n;
      ohm_transport_get_counters (OHM_TRANSPORT (self))->bytes_in += (guint64) n;
      while (ohm_sml_transport_take (self))
        ;
    }
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    ohm_sml_transport_fail (self, n == 0 ? ECONNRESET : errno);
}

static void
ohm_sml_transport_on_event (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmSmlTransport) self = g_object_ref (user_data);
  OhmTransportOpened opened = self->opened;
  int code = ETIMEDOUT;
  socklen_t size = sizeof code;

  if (!(events & OHM_WATCH_DEADLINE))
    getsockopt (self->fd, SOL_SOCKET, SO_ERROR, &code, &size);
  if (code != 0)
    ohm_sml_transport_fail (self, code);
  else if (opened == NULL)
    ohm_sml_transport_receive (self);
  else
    {
      self->opened = NULL;
      ohm_watch_set_events (watch, OHM_WATCH_READ);
      ohm_watch_set_deadline (watch, -1);
      ohm_transport_set_open (OHM_TRANSPORT (self), TRUE);
      opened (OHM_TRANSPORT (self), NULL, self->opened_data);
    }
}

static void
ohm_sml_transport_open (OhmTransport *transport,
                        gint64 deadline_us,
                        OhmTransportOpened done,
                        gpointer user_data)
{
  OhmSmlTransport *self = OHM_SML_TRANSPORT (transport);
  OhmSettings *settings = ohm_transport_get_settings (transport);
  struct sockaddr_storage native = { 0 };
  g_autoptr (GSocketAddress) address =
    g_inet_socket_address_new_from_string (ohm_settings_get_string (settings, "host"),
                                           (guint) ohm_settings_get_integer (settings, "port"));

  self->opened = done;
  self->opened_data = user_data;
  if (address != NULL && g_socket_address_to_native (address, &native, sizeof native, NULL))
    self->fd = socket (native.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (self->fd >= 0)
    connect (self->fd, (struct sockaddr *) &native, sizeof native);
  self->watch = ohm_watcher_add (ohm_transport_get_watcher (transport), self->fd, OHM_WATCH_WRITE,
                                 ohm_sml_transport_on_event, self);
  ohm_watch_set_deadline (self->watch, self->fd < 0 ? 0 : deadline_us);
}

static void
ohm_sml_transport_class_init (OhmSmlTransportClass *klass)
{
  OhmTransportClass *transport_class = OHM_TRANSPORT_CLASS (klass);

  transport_class->settings_table = ohm_sml_transport_settings;
  transport_class->address_keys = ohm_sml_transport_address_keys;
  transport_class->open = ohm_sml_transport_open;
  transport_class->close = ohm_sml_transport_close;
}

static void
ohm_sml_transport_init (OhmSmlTransport *self)
{
  self->fd = -1;
}

OHM_DEFINE_METER (OhmSmlMeter, ohm_sml_meter)

/* OBIS codes as in the telegram; energies there in 1/10 Wh */
static const struct
{
  guint8 obis[6];
  const char *point;
  double scale;
} ohm_sml_meter_values[] = {
  { { 1, 0, 1, 8, 0, 255 }, "energy-active-import.total", 0.1 },
  { { 1, 0, 2, 8, 0, 255 }, "energy-active-export.total", 0.1 },
  { { 1, 0, 16, 7, 0, 255 }, "power-active.total", 1.0 },
};

static gboolean
ohm_sml_meter_plan (OhmMeter *meter, OhmPlan *plan, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ohm_sml_meter_values); i++)
    if (!ohm_plan_add_pushed (plan, ohm_sml_meter_values[i].point, NULL, FALSE, error))
      return FALSE;
  return TRUE;
}

static gboolean
ohm_sml_meter_decode (OhmMeter *meter,
                      const OhmReply *reply,
                      OhmReadingBuilder *out,
                      GError **error)
{
  gint64 raw;

  if (reply->length % SML_ENTRY != 0)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL, "telegram: %zu bytes", reply->length);
      return FALSE;
    }
  for (const guint8 *entry = reply->data; entry < reply->data + reply->length; entry += SML_ENTRY)
    for (guint i = 0; i < G_N_ELEMENTS (ohm_sml_meter_values); i++) /* i is the point's index */
      if (memcmp (entry, ohm_sml_meter_values[i].obis, 6) == 0)
        {
          memcpy (&raw, entry + 6, sizeof raw);
          raw = GINT64_FROM_BE (raw);
          ohm_reading_builder_set_real (out, i, (double) raw * ohm_sml_meter_values[i].scale);
        }
  return TRUE;
}

static void
ohm_sml_meter_class_init (OhmSmlMeterClass *klass)
{
  OHM_METER_CLASS (klass)->plan = ohm_sml_meter_plan;
  OHM_METER_CLASS (klass)->decode = ohm_sml_meter_decode;
}

OHM_PLUGIN ("sml-listener",
            "Hears telegrams that nobody asks for",
            ohm_sml_transport_get_type,
            ohm_sml_meter_get_type);
