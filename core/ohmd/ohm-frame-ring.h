/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Memory of one chunk. A chunk holds the longest event that there is. */
#define OHM_FRAME_CHUNK_BYTES 2048

/* A stretch of one link's frames, in one block of memory. */
typedef struct _OhmFrameChunk OhmFrameChunk;

/* The frames of one link, oldest first, as a chain of chunks. It never allocates by itself: chunks
 * come from whoever keeps the budget. */
typedef struct _OhmFrameRing OhmFrameRing;

typedef void (*OhmFrameRingFunc) (const OhmFrameEvent *event, gpointer user_data);

OhmFrameRing *ohm_frame_ring_new (void);
void ohm_frame_ring_free (OhmFrameRing *self);

/* Whether @event goes into the newest chunk; else one has to be given first. */
gboolean ohm_frame_ring_has_room (const OhmFrameRing *self, const OhmFrameEvent *event);

/* Adds an empty chunk. @chunk: (transfer full) (nullable): one that was taken; %NULL for a new
 * one. */
void ohm_frame_ring_give (OhmFrameRing *self, OhmFrameChunk *chunk);

/* (transfer full) (nullable): the oldest chunk, with all that is in it */
OhmFrameChunk *ohm_frame_ring_take (OhmFrameRing *self);
void ohm_frame_chunk_free (OhmFrameChunk *self);

guint ohm_frame_ring_get_n (const OhmFrameRing *self);

/* When the oldest chunk got its last event, UTC; G_MAXINT64 without a chunk. */
gint64 ohm_frame_ring_get_oldest_us (const OhmFrameRing *self);

/* There must be room. */
void ohm_frame_ring_append (OhmFrameRing *self, const OhmFrameEvent *event);

/* All events since @from_us, oldest first. */
void ohm_frame_ring_foreach (const OhmFrameRing *self,
                             gint64 from_us,
                             OhmFrameRingFunc func,
                             gpointer user_data);

G_END_DECLS
