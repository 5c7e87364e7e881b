/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A ring for each link would need a size that is right for one link that polls every second and for
 * a thousand; a single ring for all would let a busy line wash away what a quiet one said. So all
 * share chunks of one budget, and a link that needs a chunk when there is none left gives up
 * its own oldest, if it has its share, or takes the oldest of the link that has most of them.
 */

#include "ohm-frame-log.h"

#include "ohm-frame-ring.h"
#include "ohm-frame-stream.h"

#define CHUNKS_MIN (OHM_FRAME_LOG_LINK_MIN / OHM_FRAME_CHUNK_BYTES)

/* A link, as far as its frames go. */
typedef struct
{
  OhmFrameLog *log;
  OhmTransport *transport; /* weakly */
  OhmFrameRing *ring;
  GPtrArray *streams; /* (element-type OhmFrameStream) */
} OhmFrameSource;

struct _OhmFrameLog
{
  GObject parent_instance;

  OhmWatcher *watcher; /* (owned) */
  GPtrArray *sources;  /* (owned) (element-type OhmFrameSource) */
  guint chunks_max;
  guint n_chunks;
  gint64 age_us;
};

G_DEFINE_FINAL_TYPE (OhmFrameLog, ohm_frame_log, G_TYPE_OBJECT)

/* --- memory --- */

static guint
ohm_frame_log_get_budget (OhmFrameLog *self)
{
  return self->chunks_max == 0 ? 0 : MAX (self->chunks_max, CHUNKS_MIN * self->sources->len);
}

static OhmFrameSource *
ohm_frame_log_find_biggest (OhmFrameLog *self)
{
  OhmFrameSource *biggest = g_ptr_array_index (self->sources, 0);

  for (guint i = 1; i < self->sources->len; i++)
    {
      OhmFrameSource *source = g_ptr_array_index (self->sources, i);

      if (ohm_frame_ring_get_n (source->ring) > ohm_frame_ring_get_n (biggest->ring))
        biggest = source;
    }
  return biggest;
}

/* (transfer full) (nullable): NULL if nobody has one */
static OhmFrameChunk *
ohm_frame_log_take (OhmFrameLog *self, OhmFrameSource *source)
{
  OhmFrameChunk *chunk = ohm_frame_ring_take (source->ring);

  if (chunk != NULL)
    self->n_chunks--;
  return chunk;
}

/* Whom to take a chunk from when the budget is used up. Who has a fair share itself gives its own:
 * with a thousand links that all speak, nobody has to look for the biggest. */
static OhmFrameSource *
ohm_frame_log_find_giver (OhmFrameLog *self, OhmFrameSource *source)
{
  if (ohm_frame_ring_get_n (source->ring) * self->sources->len >= self->n_chunks)
    return source;
  return ohm_frame_log_find_biggest (self);
}

/* The link's own chunk if it is too old to be shown, or somebody's if the budget is used up. */
static void
ohm_frame_log_make_room (OhmFrameLog *self, OhmFrameSource *source, gint64 now_us)
{
  OhmFrameChunk *chunk = NULL;

  if (ohm_frame_ring_get_oldest_us (source->ring) < now_us - self->age_us)
    chunk = ohm_frame_log_take (self, source);
  else if (self->n_chunks >= ohm_frame_log_get_budget (self))
    chunk = ohm_frame_log_take (self, ohm_frame_log_find_giver (self, source));
  ohm_frame_ring_give (source->ring, chunk);
  self->n_chunks++;
}

static void
ohm_frame_log_shrink (OhmFrameLog *self, guint n)
{
  while (self->n_chunks > n)
    ohm_frame_chunk_free (ohm_frame_log_take (self, ohm_frame_log_find_biggest (self)));
}

/* --- frames --- */

static void
ohm_frame_source_on_event (OhmTransport *transport, const OhmFrameEvent *event, gpointer user_data)
{
  OhmFrameSource *self = user_data;

  if (self->log->chunks_max > 0)
    {
      if (!ohm_frame_ring_has_room (self->ring, event))
        ohm_frame_log_make_room (self->log, self, event->time_us);
      ohm_frame_ring_append (self->ring, event);
    }
  for (guint i = 0; i < self->streams->len; i++)
    ohm_frame_stream_add (g_ptr_array_index (self->streams, i), event);
}

/* Nothing is heard of a link that nobody wants to hear. */
static void
ohm_frame_source_listen (OhmFrameSource *self)
{
  gboolean is_wanted = self->log->chunks_max > 0 || self->streams->len > 0;

  ohm_transport_set_tap (self->transport, is_wanted ? ohm_frame_source_on_event : NULL, self);
}

/* A stream that has ended leaves its link. */
static void
ohm_frame_source_on_ended (OhmFrameStream *stream, gpointer user_data)
{
  OhmFrameSource *self = user_data;

  g_ptr_array_remove_fast (self->streams, stream);
  if (self->transport != NULL)
    ohm_frame_source_listen (self);
  else if (self->streams->len == 0)
    g_ptr_array_remove_fast (self->log->sources, self);
}

/* What was not delivered yet still is. */
static void
ohm_frame_source_on_gone (gpointer user_data, GObject *transport)
{
  OhmFrameSource *self = user_data;

  self->transport = NULL;
  for (guint i = 0; i < self->streams->len; i++)
    ohm_frame_stream_end (g_ptr_array_index (self->streams, i));
  self->log->n_chunks -= ohm_frame_ring_get_n (self->ring);
  ohm_frame_ring_free (self->ring);
  self->ring = ohm_frame_ring_new ();
  if (self->streams->len == 0)
    g_ptr_array_remove_fast (self->log->sources, self);
}

static void
ohm_frame_source_free (OhmFrameSource *self)
{
  if (self->transport != NULL)
    {
      ohm_transport_set_tap (self->transport, NULL, NULL);
      g_object_weak_unref (G_OBJECT (self->transport), ohm_frame_source_on_gone, self);
    }
  g_ptr_array_unref (self->streams);
  ohm_frame_ring_free (self->ring);
  g_free (self);
}

static OhmFrameSource *
ohm_frame_log_find (OhmFrameLog *self, OhmTransport *transport)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      OhmFrameSource *source = g_ptr_array_index (self->sources, i);

      if (source->transport == transport)
        return source;
    }
  return NULL;
}

void
ohm_frame_log_attach (OhmFrameLog *self, OhmTransport *transport)
{
  OhmFrameSource *source;

  g_return_if_fail (OHM_IS_FRAME_LOG (self) && OHM_IS_TRANSPORT (transport));
  g_return_if_fail (ohm_frame_log_find (self, transport) == NULL);

  source = g_new0 (OhmFrameSource, 1);
  source->log = self;
  source->transport = transport;
  source->ring = ohm_frame_ring_new ();
  source->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_frame_stream_free);
  g_object_weak_ref (G_OBJECT (transport), ohm_frame_source_on_gone, source);
  g_ptr_array_add (self->sources, source);
  ohm_frame_source_listen (source);
}

void
ohm_frame_log_set_limits (OhmFrameLog *self, gsize bytes, gint64 age_us)
{
  g_return_if_fail (OHM_IS_FRAME_LOG (self));

  self->chunks_max = (guint) (bytes / OHM_FRAME_CHUNK_BYTES);
  self->age_us = age_us;
  ohm_frame_log_shrink (self, ohm_frame_log_get_budget (self));
  for (guint i = 0; i < self->sources->len; i++)
    {
      OhmFrameSource *source = g_ptr_array_index (self->sources, i);

      if (source->transport != NULL)
        ohm_frame_source_listen (source);
    }
}

gsize
ohm_frame_log_get_bytes (OhmFrameLog *self)
{
  g_return_val_if_fail (OHM_IS_FRAME_LOG (self), 0);

  return (gsize) self->n_chunks * OHM_FRAME_CHUNK_BYTES;
}

/* --- readers --- */

guint
ohm_frame_log_get_n_readers (OhmFrameLog *self)
{
  guint n = 0;

  g_return_val_if_fail (OHM_IS_FRAME_LOG (self), 0);

  for (guint i = 0; i < self->sources->len; i++)
    n += ((OhmFrameSource *) g_ptr_array_index (self->sources, i))->streams->len;
  return n;
}

static void
ohm_frame_log_on_past (const OhmFrameEvent *event, gpointer user_data)
{
  ohm_frame_stream_add_past (user_data, event);
}

static gint64
ohm_frame_log_get_from_us (OhmFrameLog *self, gint64 last_us)
{
  return ohm_clock_get_wall_us (ohm_watcher_get_clock (self->watcher)) -
         MIN (last_us, self->age_us);
}

static OhmFrameSource *
ohm_frame_log_find_for_reader (OhmFrameLog *self, OhmTransport *transport, GError **error)
{
  OhmFrameSource *source = ohm_frame_log_find (self, transport);

  if (source == NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "the frames of this link are not known");
  else if (ohm_frame_log_get_n_readers (self) >= OHM_FRAME_LOG_READERS_MAX)
    g_set_error (error, OHM_ERROR, OHM_ERROR_BUSY, "%d captures are running already",
                 OHM_FRAME_LOG_READERS_MAX);
  else
    return source;
  return NULL;
}

int
ohm_frame_log_open (OhmFrameLog *self,
                    OhmTransport *transport,
                    gint64 last_us,
                    gboolean is_live,
                    GError **error)
{
  OhmFrameSource *source;
  OhmFrameStream *stream;
  int fd = -1;

  g_return_val_if_fail (OHM_IS_FRAME_LOG (self), -1);

  source = ohm_frame_log_find_for_reader (self, transport, error);
  if (source == NULL)
    return -1;
  stream = ohm_frame_stream_new (self->watcher, ohm_frame_source_on_ended, source, &fd, error);
  if (stream == NULL)
    return -1;
  if (last_us > 0)
    ohm_frame_ring_foreach (source->ring, ohm_frame_log_get_from_us (self, last_us),
                            ohm_frame_log_on_past, stream);
  if (!is_live)
    ohm_frame_stream_end (stream);
  g_ptr_array_add (source->streams, stream);
  ohm_frame_source_listen (source);
  return fd;
}

static void
ohm_frame_log_dispose (GObject *object)
{
  OhmFrameLog *self = OHM_FRAME_LOG (object);

  g_ptr_array_set_size (self->sources, 0);
  g_clear_object (&self->watcher);
  G_OBJECT_CLASS (ohm_frame_log_parent_class)->dispose (object);
}

static void
ohm_frame_log_finalize (GObject *object)
{
  g_ptr_array_unref (OHM_FRAME_LOG (object)->sources);
  G_OBJECT_CLASS (ohm_frame_log_parent_class)->finalize (object);
}

static void
ohm_frame_log_class_init (OhmFrameLogClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_frame_log_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_frame_log_finalize;
}

static void
ohm_frame_log_init (OhmFrameLog *self)
{
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_frame_source_free);
}

OhmFrameLog *
ohm_frame_log_new (OhmWatcher *watcher)
{
  OhmFrameLog *self;

  g_return_val_if_fail (OHM_IS_WATCHER (watcher), NULL);

  self = g_object_new (OHM_TYPE_FRAME_LOG, NULL);
  self->watcher = g_object_ref (watcher);
  return self;
}
