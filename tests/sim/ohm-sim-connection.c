/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Requests that a client may send ahead. */
#define INPUT_MAX 2048

/* Bytes that go out at a time of their own. */
typedef struct
{
  gint64 due_us;
  gboolean closes;
  gsize length;
  guint8 bytes[];
} OhmSimOutput;

struct _OhmSimConnection
{
  OhmSimEndpoint *endpoint;
  OhmClock *clock; /* (not owned) */
  OhmWatch *watch;
  int fd;
  guint8 input[INPUT_MAX];
  gsize input_length;
  GQueue outputs; /* (element-type OhmSimOutput): by due_us */
  gint64 busy_us; /* monotonic: the line is held until then */
  gint64 deadline_us;
};

static int
ohm_sim_connection_compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const OhmSimOutput *output_a = a;
  const OhmSimOutput *output_b = b;

  return output_a->due_us < output_b->due_us ? -1 : 1;
}

static void
ohm_sim_connection_queue (OhmSimConnection *self,
                          gint64 due_us,
                          const guint8 *bytes,
                          gsize length,
                          gboolean closes)
{
  OhmSimOutput *output = g_malloc (sizeof *output + length);

  output->due_us = due_us;
  output->closes = closes;
  output->length = length;
  memcpy (output->bytes, bytes, length);
  g_queue_insert_sorted (&self->outputs, output, ohm_sim_connection_compare, NULL);
}

/* A client that does not read its answers is let go. */
static gboolean
ohm_sim_connection_send (OhmSimConnection *self, const guint8 *bytes, gsize length)
{
  return length == 0 || send (self->fd, bytes, length, MSG_NOSIGNAL) == (gssize) length;
}

static gboolean
ohm_sim_connection_flush (OhmSimConnection *self, gint64 now_us)
{
  OhmSimOutput *head;

  while ((head = g_queue_peek_head (&self->outputs)) != NULL && head->due_us <= now_us)
    {
      g_autofree OhmSimOutput *output = g_queue_pop_head (&self->outputs);

      if (!ohm_sim_connection_send (self, output->bytes, output->length) || output->closes)
        return FALSE;
    }
  return TRUE;
}

/* FALSE if the connection is over. */
static gboolean
ohm_sim_connection_reply (OhmSimConnection *self, const OhmSimAnswer *answer, gint64 now_us)
{
  gint64 due_us = now_us + answer->hold_us + answer->delay_us;

  self->busy_us = now_us + answer->hold_us;
  if (answer->drip_us > 0 && answer->length > 0)
    {
      for (gsize i = 0; i < answer->length; i++)
        ohm_sim_connection_queue (self, due_us + (gint64) i * answer->drip_us, answer->bytes + i, 1,
                                  answer->closes && i + 1 == answer->length);
      self->busy_us += (gint64) (answer->length - 1) * answer->drip_us;
      return ohm_sim_connection_flush (self, now_us);
    }
  if (due_us > now_us && (answer->length > 0 || answer->closes))
    ohm_sim_connection_queue (self, due_us, answer->bytes, answer->length, answer->closes);
  if (due_us > now_us)
    return TRUE;
  return ohm_sim_connection_send (self, answer->bytes, answer->length) && !answer->closes;
}

static gboolean
ohm_sim_connection_serve (OhmSimConnection *self, gsize frame_length, gint64 now_us)
{
  g_autoptr (GError) error = NULL;
  OhmRequest request;
  OhmSimAnswer answer;
  guint16 tid = 0;

  if (!ohm_modbus_decode_request (ohm_sim_endpoint_get_framing (self->endpoint), self->input,
                                  frame_length, &request, &tid, &error) &&
      !g_error_matches (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED))
    return FALSE;
  self->input_length -= frame_length;
  memmove (self->input, self->input + frame_length, self->input_length);
  ohm_sim_endpoint_answer (self->endpoint, &request, tid, &answer);
  return ohm_sim_connection_reply (self, &answer, now_us);
}

/* A converter passes on whatever comes: a Modbus TCP frame, too. */
static gboolean
ohm_sim_connection_is_foreign (const OhmSimConnection *self, OhmFrameState state, gsize length)
{
  return state == OHM_FRAME_BROKEN || ohm_modbus_crc (self->input, length) != 0;
}

static gboolean
ohm_sim_connection_serve_all (OhmSimConnection *self, gint64 now_us)
{
  while (now_us >= self->busy_us && self->input_length > 0)
    {
      gsize length = 0;
      OhmFraming framing = ohm_sim_endpoint_get_framing (self->endpoint);
      OhmFrameState state = ohm_modbus_delimit_request (framing, self->input, self->input_length,
                                                        &length);

      if (state == OHM_FRAME_INCOMPLETE)
        return TRUE;
      if (framing == OHM_FRAMING_RTU && ohm_sim_connection_is_foreign (self, state, length))
        {
          self->input_length = 0; /* meters on a line do not answer what they do not understand */
          return TRUE;
        }
      if (state == OHM_FRAME_BROKEN || !ohm_sim_connection_serve (self, length, now_us))
        return FALSE;
    }
  return TRUE;
}

static void
ohm_sim_connection_arm (OhmSimConnection *self, gint64 now_us)
{
  const OhmSimOutput *head = g_queue_peek_head (&self->outputs);
  gint64 deadline_us = head != NULL ? head->due_us : -1;

  if (self->input_length > 0 && self->busy_us > now_us &&
      (deadline_us < 0 || self->busy_us < deadline_us))
    deadline_us = self->busy_us;
  /* one that has passed is disarmed by the watcher */
  if (deadline_us != self->deadline_us || (deadline_us >= 0 && deadline_us <= now_us))
    ohm_watch_set_deadline (self->watch, deadline_us);
  self->deadline_us = deadline_us;
}

static gboolean
ohm_sim_connection_receive (OhmSimConnection *self)
{
  gssize n = recv (self->fd, self->input + self->input_length, INPUT_MAX - self->input_length, 0);

  if (n < 0)
    return errno == EAGAIN || errno == EINTR;
  self->input_length += (gsize) n;
  if (self->input_length == INPUT_MAX) /* the rest waits in the socket */
    ohm_watch_set_events (self->watch, 0);
  return n > 0;
}

static void
ohm_sim_connection_on_event (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmSimConnection *self = user_data;
  gboolean was_full = self->input_length == INPUT_MAX;
  gint64 now_us = ohm_clock_get_mono_us (self->clock);

  if (((events & (OHM_WATCH_READ | OHM_WATCH_ERROR)) != 0 &&
       (was_full || !ohm_sim_connection_receive (self))) ||
      !ohm_sim_connection_flush (self, now_us) || !ohm_sim_connection_serve_all (self, now_us))
    {
      ohm_sim_endpoint_drop (self->endpoint, self);
      return;
    }
  if (was_full && self->input_length < INPUT_MAX)
    ohm_watch_set_events (self->watch, OHM_WATCH_READ);
  ohm_sim_connection_arm (self, now_us);
}

OhmSimConnection *
ohm_sim_connection_new_take (OhmSimEndpoint *endpoint, int fd)
{
  OhmSimConnection *self = g_new0 (OhmSimConnection, 1);
  OhmWatcher *watcher = ohm_sim_endpoint_get_watcher (endpoint);

  self->endpoint = endpoint;
  self->clock = ohm_watcher_get_clock (watcher);
  self->fd = fd;
  self->deadline_us = -1;
  self->busy_us = G_MININT64;
  g_queue_init (&self->outputs);
  self->watch = ohm_watcher_add (watcher, fd, OHM_WATCH_READ, ohm_sim_connection_on_event, self);
  return self;
}

void
ohm_sim_connection_free (OhmSimConnection *self)
{
  g_clear_pointer (&self->watch, ohm_watch_remove);
  g_queue_clear_full (&self->outputs, g_free);
  close (self->fd);
  g_free (self);
}
