/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-endpoint.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ohm-sim-connection.h"

#define BACKLOG 256
/* Gateway target device failed to respond (Modbus Application Protocol V1.1b3, 7). */
#define NO_SUCH_UNIT 11

struct _OhmSimEndpoint
{
  OhmSimSite site;
  char *type;
  OhmSimUnits units;
  GPtrArray *owned; /* (element-type OhmSimDevice) */
  OhmSimDevice *devices[256];
  OhmSimFaults faults;
  gint64 latency_us;
  OhmFraming framing;
  OhmSimLineTraits traits; /* of the serial line behind a gateway */
  char *line;              /* (nullable): that it is reached over, instead of TCP */
  guint connections_max;
  GPtrArray *connections; /* (element-type OhmSimConnection) */
  guint n_accepted;
  guint16 port;
  GSocket *listener; /* (nullable) */
  OhmWatch *watch;   /* (nullable) */
};

static OhmSimNow
ohm_sim_endpoint_get_now (const OhmSimEndpoint *self)
{
  OhmClock *clock = ohm_watcher_get_clock (self->site.watcher);

  return (OhmSimNow){ ohm_clock_get_wall_us (clock), ohm_clock_get_mono_us (clock) };
}

static void
ohm_sim_endpoint_add_devices (OhmSimEndpoint *self,
                              const OhmSimSpec *spec,
                              guint64 serial,
                              const OhmSimLayout *layout,
                              const OhmSimShape *shape)
{
  OhmSimIdentity identity = { .serial = serial,
                              .seed = self->site.seed,
                              .power_w = spec->power_w,
                              .name = spec->name,
                              .facts = spec->facts };
  gboolean is_single = ohm_sim_units_is_all (&spec->units);

  for (guint unit = 0; unit < 256; unit++)
    {
      if (!ohm_sim_units_has (&spec->units, (guint8) unit))
        continue;
      /* one that does not look at the unit id */
      if (!is_single || unit == 0)
        g_ptr_array_add (self->owned, ohm_sim_device_new (layout, shape, &identity));
      if (spec->capture != NULL && (!is_single || unit == 0))
        ohm_sim_device_play (g_ptr_array_index (self->owned, self->owned->len - 1), spec->capture,
                             ohm_sim_endpoint_get_now (self), /* error: checked with the spec */
                             NULL);
      self->devices[unit] = g_ptr_array_index (self->owned, self->owned->len - 1);
      identity.serial++;
    }
}

OhmSimEndpoint *
ohm_sim_endpoint_new (const OhmSimSite *site,
                      const OhmSimSpec *spec,
                      guint64 serial,
                      const OhmSimLayout *layout,
                      const OhmSimShape *shape)
{
  OhmSimEndpoint *self = g_new0 (OhmSimEndpoint, 1);

  self->site = *site;
  g_object_ref (self->site.watcher);
  g_object_ref (self->site.host);
  self->type = g_strdup (spec->type);
  self->units = spec->units;
  self->framing = spec->framing;
  self->traits = spec->traits;
  self->latency_us = spec->latency_us;
  self->connections_max = spec->connections_max;
  self->connections = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_sim_connection_free);
  self->owned = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_sim_device_free);
  ohm_sim_faults_init (&self->faults, ohm_sim_hash (site->seed, serial));
  ohm_sim_endpoint_add_devices (self, spec, serial, layout, shape);
  for (guint i = 0; i < spec->faults->len; i++)
    ohm_sim_endpoint_set_fault (self, &g_array_index (spec->faults, OhmSimFault, i),
                                /* is_on */ TRUE, NULL);
  return self;
}

static void
ohm_sim_endpoint_unlisten (OhmSimEndpoint *self)
{
  g_clear_pointer (&self->watch, ohm_watch_remove);
  if (self->listener != NULL)
    g_socket_close (self->listener, NULL);
  g_clear_object (&self->listener);
}

void
ohm_sim_endpoint_set_number (OhmSimEndpoint *self, guint16 number, const char *line)
{
  self->port = number;
  self->framing = OHM_FRAMING_RTU;
  self->traits.baud = 0; /* the line itself takes its time */
  self->line = g_strdup (line);
}

const char *
ohm_sim_endpoint_get_line (const OhmSimEndpoint *self)
{
  return self->line;
}

OhmFraming
ohm_sim_endpoint_get_framing (const OhmSimEndpoint *self)
{
  return self->framing;
}

void
ohm_sim_endpoint_free (OhmSimEndpoint *self)
{
  ohm_sim_endpoint_unlisten (self);
  g_ptr_array_unref (self->connections);
  g_ptr_array_unref (self->owned);
  ohm_sim_faults_clear (&self->faults);
  g_object_unref (self->site.watcher);
  g_object_unref (self->site.host);
  g_free (self->type);
  g_free (self->line);
  g_free (self);
}

/* The faults that are the endpoint's, not a unit's. */
static gboolean
ohm_sim_endpoint_refuses (OhmSimEndpoint *self)
{
  if (self->connections_max > 0 && self->connections->len >= self->connections_max)
    return TRUE;
  return ohm_sim_faults_strike (&self->faults, OHM_SIM_FAULT_CLOSE_ACCEPT, 0) != NULL;
}

static void
ohm_sim_endpoint_on_accept (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmSimEndpoint *self = user_data;
  int one = 1;
  int fd;

  while ((fd = accept4 (g_socket_get_fd (self->listener), NULL, NULL,
                        SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
      self->n_accepted++;
      if (ohm_sim_endpoint_refuses (self))
        {
          close (fd);
          continue;
        }
      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      g_ptr_array_add (self->connections, ohm_sim_connection_new_take (self, fd));
    }
}

static GSocket *
ohm_sim_endpoint_bind (OhmSimEndpoint *self, guint16 port, GError **error)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (self->site.host, port);
  g_autoptr (GSocket) socket = g_socket_new (g_socket_address_get_family (address),
                                             G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL)
    return NULL;
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, /* allow_reuse */ TRUE, error) ||
      !g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

static gboolean
ohm_sim_endpoint_keep_port (OhmSimEndpoint *self, GError **error)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (self->listener, error);

  if (address == NULL)
    return FALSE;
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  return TRUE;
}

gboolean
ohm_sim_endpoint_listen (OhmSimEndpoint *self, guint16 port, GError **error)
{
  self->listener = ohm_sim_endpoint_bind (self, port, error);
  if (self->listener == NULL || !ohm_sim_endpoint_keep_port (self, error))
    {
      g_prefix_error (error, "port %u: ", port);
      return FALSE;
    }
  if (ohm_sim_faults_find (&self->faults, OHM_SIM_FAULT_REFUSE, 0) != NULL)
    {
      ohm_sim_endpoint_unlisten (self);
      return TRUE;
    }
  self->watch = ohm_watcher_add (self->site.watcher, g_socket_get_fd (self->listener),
                                 OHM_WATCH_READ, ohm_sim_endpoint_on_accept, self);
  return TRUE;
}

guint16
ohm_sim_endpoint_get_port (const OhmSimEndpoint *self)
{
  return self->port;
}

const OhmSimUnits *
ohm_sim_endpoint_get_units (const OhmSimEndpoint *self)
{
  return &self->units;
}

const char *
ohm_sim_endpoint_get_type (const OhmSimEndpoint *self)
{
  return self->type;
}

const OhmSimFaults *
ohm_sim_endpoint_get_faults (const OhmSimEndpoint *self)
{
  return &self->faults;
}

guint
ohm_sim_endpoint_get_n_connections (const OhmSimEndpoint *self)
{
  return self->connections->len;
}

guint
ohm_sim_endpoint_get_n_accepted (const OhmSimEndpoint *self)
{
  return self->n_accepted;
}

OhmSimDevice *
ohm_sim_endpoint_get_device (const OhmSimEndpoint *self, guint8 unit)
{
  return self->devices[unit];
}

OhmWatcher *
ohm_sim_endpoint_get_watcher (const OhmSimEndpoint *self)
{
  return self->site.watcher;
}

void
ohm_sim_endpoint_drop (OhmSimEndpoint *self, gpointer connection)
{
  g_ptr_array_remove_fast (self->connections, connection);
}

void
ohm_sim_endpoint_drop_all (OhmSimEndpoint *self)
{
  g_ptr_array_set_size (self->connections, 0);
}

static gboolean
ohm_sim_endpoint_set_refuse (OhmSimEndpoint *self, gboolean is_on, GError **error)
{
  if (!is_on)
    return self->listener != NULL || self->port == 0 ||
           ohm_sim_endpoint_listen (self, self->port, error);
  if (self->port != 0)
    ohm_sim_endpoint_unlisten (self);
  ohm_sim_endpoint_drop_all (self);
  return TRUE;
}

/* Faults that change a device once, not each of its answers. */
static void
ohm_sim_endpoint_set_device_fault (OhmSimEndpoint *self, const OhmSimFault *fault, gboolean is_on)
{
  OhmSimNow now = ohm_sim_endpoint_get_now (self);
  OhmSimDevice *last = NULL;

  for (guint unit = 0; unit < 256; unit++)
    {
      OhmSimDevice *device = self->devices[unit];

      if (device == NULL || device == last || !ohm_sim_units_has (&fault->units, (guint8) unit))
        continue;
      if (fault->kind == OHM_SIM_FAULT_COUNTER_RESET)
        ohm_sim_device_set_reset (device, is_on, now);
      if (fault->kind == OHM_SIM_FAULT_CLOCK_DRIFT)
        ohm_sim_device_set_drift (device, is_on ? fault->argument * G_USEC_PER_SEC : 0);
      last = device;
    }
}

gboolean
ohm_sim_endpoint_set_fault (OhmSimEndpoint *self,
                            const OhmSimFault *fault,
                            gboolean is_on,
                            GError **error)
{
  if (is_on)
    ohm_sim_faults_add (&self->faults, fault);
  else
    ohm_sim_faults_remove (&self->faults, fault->kind, &fault->units);
  if (fault->kind == OHM_SIM_FAULT_REFUSE)
    return ohm_sim_endpoint_set_refuse (self, is_on, error);
  ohm_sim_endpoint_set_device_fault (self, fault, is_on);
  return TRUE;
}

static guint8
ohm_sim_endpoint_ask_device (OhmSimEndpoint *self,
                             const OhmRequest *request,
                             const guint8 **ret_registers)
{
  OhmSimDevice *device = self->devices[request->unit];
  OhmSimFaults *faults = &self->faults;
  gboolean only_named = FALSE;
  gboolean is_missing = FALSE;

  if (device == NULL)
    return NO_SUCH_UNIT;
  if (request->function != 3 && request->function != 4)
    return ohm_sim_device_write (device, request, ohm_sim_endpoint_get_now (self));
  if (faults->array->len > 0)
    {
      only_named = ohm_sim_faults_strike (faults, OHM_SIM_FAULT_GAPS, request->unit) != NULL;
      is_missing = ohm_sim_faults_strike (faults, OHM_SIM_FAULT_NAN, request->unit) != NULL;
    }
  ohm_sim_device_set_missing (device, is_missing);
  return ohm_sim_device_read (device, request, ohm_sim_endpoint_get_now (self), only_named,
                              ret_registers);
}

/* Monotonic time of the machine, also under a test clock: it tells when a request really came. */
static void
ohm_sim_endpoint_write_journal (const OhmSimEndpoint *self, const OhmRequest *request)
{
  fprintf (self->site.journal, "%" G_GINT64_FORMAT " %u %u %u %u %u\n", g_get_monotonic_time (),
           self->port, request->unit, request->function, request->address, request->count);
}

/* What an exchange takes on the serial line behind a gateway. */
static gint64
ohm_sim_endpoint_get_line_us (const OhmSimEndpoint *self,
                              const OhmRequest *request,
                              gsize answer_length)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize asked = ohm_modbus_encode_request (OHM_FRAMING_RTU, request, /* tid */ 0, frame);
  gsize header = self->framing == OHM_FRAMING_RTU ? 0 : 4; /* MBAP against CRC */
  gsize answered = answer_length > header ? answer_length - header : 0;

  if (self->traits.baud == 0)
    return 0;
  return ohm_sim_line_get_span_us (&self->traits, asked + answered) +
         2 * ohm_sim_line_get_silence_us (&self->traits);
}

void
ohm_sim_endpoint_answer (OhmSimEndpoint *self,
                         const OhmRequest *request,
                         guint16 tid,
                         OhmSimAnswer *ret_answer)
{
  const guint8 *registers = NULL;
  guint8 exception = 0;
  gint64 hold_us = 0;

  if (self->site.journal != NULL)
    ohm_sim_endpoint_write_journal (self, request);
  if (self->faults.array->len > 0)
    exception = ohm_sim_faults_refuse (&self->faults, request, &hold_us);
  if (exception == 0)
    exception = ohm_sim_endpoint_ask_device (self, request, &registers);
  ret_answer->length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, request, tid, exception, registers,
                                                ret_answer->bytes);
  ret_answer->hold_us = self->latency_us + hold_us;
  ret_answer->delay_us = 0;
  ret_answer->drip_us = 0;
  ret_answer->closes = FALSE;
  if (self->faults.array->len > 0)
    ohm_sim_faults_spoil (&self->faults, request, self->framing, ret_answer);
  else if (self->framing == OHM_FRAMING_RTU)
    ohm_sim_answer_to_rtu (ret_answer);
  ret_answer->hold_us += ohm_sim_endpoint_get_line_us (self, request, ret_answer->length);
}
