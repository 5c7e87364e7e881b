/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-frame-ring.h"

#include <string.h>

/* Before the bytes of each event. A chunk says when it began, so that four bytes are enough for a
 * time: a chunk ends when they are not. */
typedef struct
{
  guint32 after_us;
  guint16 length;
  guint8 kind;
  guint8 framing;
} OhmFrameRecord;

struct _OhmFrameChunk
{
  OhmFrameChunk *next;
  gint64 first_us;
  gint64 last_us;
  gsize used;
  guint8 data[];
};

#define ROOM (OHM_FRAME_CHUNK_BYTES - sizeof (OhmFrameChunk))

G_STATIC_ASSERT (sizeof (OhmFrameRecord) + OHM_FRAME_EVENT_BYTES_MAX <= ROOM);

struct _OhmFrameRing
{
  OhmFrameChunk *oldest; /* (owned) (nullable) */
  OhmFrameChunk *newest; /* (nullable): the end of that chain */
  guint n;
};

OhmFrameRing *
ohm_frame_ring_new (void)
{
  return g_new0 (OhmFrameRing, 1);
}

void
ohm_frame_chunk_free (OhmFrameChunk *self)
{
  g_free (self);
}

void
ohm_frame_ring_free (OhmFrameRing *self)
{
  while (self->oldest != NULL)
    ohm_frame_chunk_free (ohm_frame_ring_take (self));
  g_free (self);
}

gboolean
ohm_frame_ring_has_room (const OhmFrameRing *self, const OhmFrameEvent *event)
{
  const OhmFrameChunk *chunk = self->newest;

  if (chunk == NULL)
    return FALSE;
  if (chunk->used == 0)
    return TRUE;
  /* A clock that was set back begins a new chunk as well. */
  return chunk->used + sizeof (OhmFrameRecord) + event->length <= ROOM &&
         event->time_us >= chunk->first_us && event->time_us - chunk->first_us <= G_MAXUINT32;
}

void
ohm_frame_ring_give (OhmFrameRing *self, OhmFrameChunk *chunk)
{
  if (chunk == NULL)
    chunk = g_malloc (OHM_FRAME_CHUNK_BYTES);
  memset (chunk, 0, sizeof *chunk);
  if (self->newest != NULL)
    self->newest->next = chunk;
  else
    self->oldest = chunk;
  self->newest = chunk;
  self->n++;
}

OhmFrameChunk *
ohm_frame_ring_take (OhmFrameRing *self)
{
  OhmFrameChunk *chunk = self->oldest;

  if (chunk == NULL)
    return NULL;
  self->oldest = chunk->next;
  if (self->oldest == NULL)
    self->newest = NULL;
  self->n--;
  return chunk;
}

guint
ohm_frame_ring_get_n (const OhmFrameRing *self)
{
  return self->n;
}

gint64
ohm_frame_ring_get_oldest_us (const OhmFrameRing *self)
{
  return self->oldest != NULL ? self->oldest->last_us : G_MAXINT64;
}

void
ohm_frame_ring_append (OhmFrameRing *self, const OhmFrameEvent *event)
{
  OhmFrameChunk *chunk = self->newest;
  OhmFrameRecord record = {
    .length = (guint16) event->length,
    .kind = (guint8) event->kind,
    .framing = (guint8) event->framing,
  };

  g_return_if_fail (ohm_frame_ring_has_room (self, event));

  if (chunk->used == 0)
    chunk->first_us = event->time_us;
  record.after_us = (guint32) (event->time_us - chunk->first_us);
  chunk->last_us = event->time_us;
  memcpy (chunk->data + chunk->used, &record, sizeof record);
  if (event->length > 0)
    memcpy (chunk->data + chunk->used + sizeof record, event->bytes, event->length);
  chunk->used += sizeof record + event->length;
}

static void
ohm_frame_chunk_foreach (const OhmFrameChunk *self,
                         gint64 from_us,
                         OhmFrameRingFunc func,
                         gpointer user_data)
{
  OhmFrameRecord record;

  for (gsize at = 0; at < self->used; at += sizeof record + record.length)
    {
      OhmFrameEvent event = { 0 };

      memcpy (&record, self->data + at, sizeof record);
      event.time_us = self->first_us + record.after_us;
      event.kind = record.kind;
      event.framing = record.framing;
      event.length = record.length;
      event.bytes = self->data + at + sizeof record;
      if (event.time_us >= from_us)
        func (&event, user_data);
    }
}

void
ohm_frame_ring_foreach (const OhmFrameRing *self,
                        gint64 from_us,
                        OhmFrameRingFunc func,
                        gpointer user_data)
{
  for (const OhmFrameChunk *chunk = self->oldest; chunk != NULL; chunk = chunk->next)
    ohm_frame_chunk_foreach (chunk, from_us, func, user_data);
}
