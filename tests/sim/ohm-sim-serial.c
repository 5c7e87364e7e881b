/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-serial.h"

#include <string.h>

/* Whoever is asked in the middle of its answer has not heard. */
struct _OhmSimSerial
{
  char *path;
  OhmSimLine *line;
  GPtrArray *endpoints; /* (element-type OhmSimEndpoint) (not owned) */
  guint8 input[OHM_MODBUS_TCP_MAX];
  gsize n_input;
  gint64 heard_us; /* end of the last byte */
  gint64 busy_us;  /* until then meters are at work */
};

/* A frame ends in silence: what came before it is not part of the next. */
static void
ohm_sim_serial_part (OhmSimSerial *self, gint64 began_us)
{
  const OhmSimLineTraits *traits = ohm_sim_line_get_traits (self->line);

  if (began_us - self->heard_us >= MAX (ohm_sim_line_get_silence_us (traits), 500))
    self->n_input = 0;
}

static void
ohm_sim_serial_answer (OhmSimSerial *self, OhmSimEndpoint *endpoint, const OhmRequest *request)
{
  const OhmSimLineTraits *traits = ohm_sim_line_get_traits (self->line);
  OhmSimAnswer answer;

  ohm_sim_endpoint_answer (endpoint, request, /* tid */ 0, &answer);
  self->busy_us = self->heard_us + ohm_sim_line_get_silence_us (traits) + answer.hold_us;
  if (answer.length > 0)
    ohm_sim_line_send (self->line, answer.bytes, answer.length, self->busy_us + answer.delay_us);
}

/* Nobody answers for a unit that is not there. */
static void
ohm_sim_serial_serve (OhmSimSerial *self)
{
  OhmRequest request = { 0 };
  guint16 tid = 0;

  if (self->heard_us < self->busy_us ||
      !ohm_modbus_decode_request (OHM_FRAMING_RTU, self->input, self->n_input, &request, &tid,
                                  /* error */ NULL))
    return;
  for (guint i = 0; i < self->endpoints->len; i++)
    {
      OhmSimEndpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      if (ohm_sim_endpoint_get_device (endpoint, request.unit) == NULL)
        continue;
      ohm_sim_serial_answer (self, endpoint, &request);
      return;
    }
}

static void
ohm_sim_serial_on_heard (const guint8 *bytes,
                         gsize length,
                         gint64 began_us,
                         gint64 ended_us,
                         gpointer user_data)
{
  OhmSimSerial *self = user_data;
  gsize room;
  gsize frame = 0;

  ohm_sim_serial_part (self, began_us);
  room = MIN (length, sizeof self->input - self->n_input);
  memcpy (self->input + self->n_input, bytes, room);
  self->n_input += room;
  self->heard_us = ended_us;
  if (ohm_modbus_delimit_request (OHM_FRAMING_RTU, self->input, self->n_input, &frame) !=
      OHM_FRAME_COMPLETE)
    return;
  if (frame == self->n_input)
    ohm_sim_serial_serve (self);
  self->n_input = 0;
}

OhmSimSerial *
ohm_sim_serial_new (OhmWatcher *watcher, const char *path)
{
  OhmSimSerial *self = g_new0 (OhmSimSerial, 1);

  self->path = g_strdup (path);
  self->line = ohm_sim_line_new (watcher, ohm_sim_serial_on_heard, self);
  self->endpoints = g_ptr_array_new ();
  return self;
}

void
ohm_sim_serial_free (OhmSimSerial *self)
{
  ohm_sim_line_free (self->line);
  g_ptr_array_unref (self->endpoints);
  g_free (self->path);
  g_free (self);
}

const char *
ohm_sim_serial_get_path (const OhmSimSerial *self)
{
  return self->path;
}

OhmSimLine *
ohm_sim_serial_get_line (OhmSimSerial *self)
{
  return self->line;
}

void
ohm_sim_serial_add (OhmSimSerial *self, OhmSimEndpoint *endpoint)
{
  g_ptr_array_add (self->endpoints, endpoint);
}

gboolean
ohm_sim_serial_has (const OhmSimSerial *self, const OhmSimEndpoint *endpoint)
{
  return g_ptr_array_find (self->endpoints, endpoint, /* index */ NULL);
}

gboolean
ohm_sim_serial_plug (OhmSimSerial *self, GError **error)
{
  return ohm_sim_line_plug (self->line, self->path, error);
}
