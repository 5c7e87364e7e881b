/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-replay-device.h"

#include <string.h>

#define ILLEGAL_FUNCTION 1
#define ILLEGAL_ADDRESS  2

typedef enum
{
  OHM_REPLAY_UNKNOWN,
  OHM_REPLAY_KNOWN,
  OHM_REPLAY_REFUSED,
} OhmReplayState;

/* One for each of the functions 3 and 4. */
typedef struct
{
  guint16 registers[65536];
  guint8 states[65536];
  gboolean is_refused;
} OhmReplayTable;

struct _OhmReplayDevice
{
  OhmReplayTable tables[2];
  gint64 time_us;
  guint next; /* exchange of the recording that comes next as time goes on */
};

void
ohm_replay_device_free (OhmReplayDevice *self)
{
  g_free (self);
}

/* What refused a request of several registers is not told: all of them, unless known otherwise. */
static void
ohm_replay_device_refuse (OhmReplayTable *table, const OhmRequest *request, guint8 exception)
{
  if (exception == ILLEGAL_FUNCTION)
    table->is_refused = TRUE;
  for (guint i = request->address; i < MIN (65536u, request->address + (guint) request->count); i++)
    if (table->states[i] == OHM_REPLAY_UNKNOWN)
      table->states[i] = OHM_REPLAY_REFUSED;
}

static void
ohm_replay_device_learn (OhmReplayTable *table, const OhmRequest *request, const OhmReply *reply)
{
  for (guint i = 0; i < request->count; i++)
    {
      table->registers[request->address + i] = ohm_reply_get_register (reply, i);
      table->states[request->address + i] = OHM_REPLAY_KNOWN;
    }
  table->is_refused = FALSE;
}

/* As an answer over TCP, so that the codec itself judges it. */
static gboolean
ohm_replay_device_take (OhmReplayDevice *self, const OhmCaptureExchange *exchange, GError **error)
{
  OhmRequest request;
  OhmReply reply = { 0 };
  gsize length = 0;
  const guint8 *pdu;
  guint8 frame[OHM_MODBUS_TCP_MAX] = { 0 };

  if (!ohm_capture_get_request (exchange, &request) || exchange->reply == NULL)
    return TRUE;
  pdu = g_bytes_get_data (exchange->reply, &length);
  if (length + 7 > sizeof frame)
    {
      g_set_error_literal (error, OHM_ERROR, OHM_ERROR_CONFIG, "an answer is too long");
      return FALSE;
    }
  frame[4] = (guint8) ((length + 1) >> 8);
  frame[5] = (guint8) (length + 1);
  frame[6] = exchange->unit;
  memcpy (frame + 7, pdu, length);
  if (!ohm_modbus_check_reply (OHM_FRAMING_TCP, &request,
                               /* tid */ 0, frame, length + 7, OHM_MODBUS_STRICT, &reply, error))
    return FALSE;
  if (reply.exception != 0)
    ohm_replay_device_refuse (&self->tables[request.function - 3], &request, reply.exception);
  else
    ohm_replay_device_learn (&self->tables[request.function - 3], &request, &reply);
  return TRUE;
}

OhmReplayDevice *
ohm_replay_device_new (const OhmCapture *capture, GError **error)
{
  g_autoptr (OhmReplayDevice) self = g_new0 (OhmReplayDevice, 1);

  for (guint i = 0; i < capture->exchanges->len; i++)
    if (!ohm_replay_device_take (self, g_ptr_array_index (capture->exchanges, i), error))
      {
        g_prefix_error (error, "exchange %u: ", i + 1);
        return NULL;
      }
  return g_steal_pointer (&self);
}

void
ohm_replay_device_rewind (OhmReplayDevice *self, const OhmCapture *capture)
{
  for (guint i = capture->exchanges->len; i > 0; i--)
    ohm_replay_device_take (self, g_ptr_array_index (capture->exchanges, i - 1), /* error */ NULL);
  self->next = 0;
}

void
ohm_replay_device_advance (OhmReplayDevice *self, const OhmCapture *capture, gint64 us)
{
  for (; self->next < capture->exchanges->len; self->next++)
    {
      const OhmCaptureExchange *exchange = g_ptr_array_index (capture->exchanges, self->next);

      if (exchange->time_us > us)
        return;
      ohm_replay_device_take (self, exchange, /* error */ NULL);
    }
}

void
ohm_replay_device_answer (OhmReplayDevice *self,
                          const OhmRequest *request,
                          guint8 *buffer,
                          OhmReply *ret_reply)
{
  const OhmReplayTable *table = &self->tables[request->function == 4 ? 1 : 0];

  self->time_us += 10000;
  *ret_reply = (OhmReply){
    .unit = request->unit,
    .function = request->function,
    .address = request->address,
    .data = buffer,
    .time_us = self->time_us,
  };
  if (table->is_refused)
    ret_reply->exception = ILLEGAL_FUNCTION;
  for (guint i = 0; i < request->count && ret_reply->exception == 0; i++)
    {
      guint address = request->address + i;

      if (address > G_MAXUINT16 || table->states[address] != OHM_REPLAY_KNOWN)
        {
          ret_reply->exception = ILLEGAL_ADDRESS;
          break;
        }
      buffer[2 * i] = (guint8) (table->registers[address] >> 8);
      buffer[2 * i + 1] = (guint8) table->registers[address];
    }
  if (ret_reply->exception == 0)
    ret_reply->length = 2 * (gsize) request->count;
}
