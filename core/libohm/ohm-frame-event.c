/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-frame-event.h"

#include <string.h>

typedef struct
{
  gint64 time_us;
  guint8 kind;
  guint8 framing;
  guint16 length;
  guint32 lost;
} OhmFrameEventHeader;

G_STATIC_ASSERT (sizeof (OhmFrameEventHeader) == OHM_FRAME_EVENT_HEADER);

void
ohm_frame_event_pack (const OhmFrameEvent *self, GByteArray *array)
{
  OhmFrameEventHeader header = {
    .time_us = self->time_us,
    .kind = (guint8) self->kind,
    .framing = (guint8) self->framing,
    .length = (guint16) self->length,
    .lost = self->lost,
  };

  g_return_if_fail (self->length <= OHM_FRAME_EVENT_BYTES_MAX);

  g_byte_array_append (array, (const guint8 *) &header, sizeof header);
  g_byte_array_append (array, self->bytes, (guint) self->length);
}

gboolean
ohm_frame_event_unpack (const guint8 *bytes,
                        gsize length,
                        OhmFrameEvent *ret_event,
                        gsize *ret_used,
                        GError **error)
{
  OhmFrameEventHeader header;

  if (length < sizeof header)
    {
      *ret_used = 0;
      return TRUE;
    }
  memcpy (&header, bytes, sizeof header);
  if (header.kind >= OHM_N_FRAME_EVENT_KINDS || header.framing > OHM_FRAMING_RTU ||
      header.length > OHM_FRAME_EVENT_BYTES_MAX)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL,
                   "not a frame event: kind %u, framing %u, %u bytes", header.kind, header.framing,
                   header.length);
      return FALSE;
    }
  *ret_used = 0;
  if (length - sizeof header < header.length)
    return TRUE;
  *ret_used = sizeof header + header.length;
  *ret_event = (OhmFrameEvent){
    .time_us = header.time_us,
    .kind = header.kind,
    .framing = header.framing,
    .lost = header.lost,
    .length = header.length,
    .bytes = bytes + sizeof header,
  };
  return TRUE;
}
