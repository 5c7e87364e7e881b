/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* What may wait for a reader that is slower than the link; what comes then is counted, not kept. */
#define OHM_FRAME_STREAM_WAITING_MAX (1024 * 1024)

/* One reader of frames, at the other end of a socket. Nothing that it does holds up the daemon:
 * what it does not take is lost to it, and it is told how much that was. */
typedef struct _OhmFrameStream OhmFrameStream;

/* The reader has left, or all was delivered after ohm_frame_stream_end(): to be freed. */
typedef void (*OhmFrameStreamEnded) (OhmFrameStream *self, gpointer user_data);

/* @ret_fd: (out): the reader's end, close-on-exec. %OHM_ERROR_FAILED without descriptors. @ended is
 * never called from inside one of these functions. */
OhmFrameStream *ohm_frame_stream_new (OhmWatcher *watcher,
                                      OhmFrameStreamEnded ended,
                                      gpointer user_data,
                                      int *ret_fd,
                                      GError **error);
void ohm_frame_stream_free (OhmFrameStream *self);

/* Queues what was before: it is bounded by the log, and not by what may wait. */
void ohm_frame_stream_add_past (OhmFrameStream *self, const OhmFrameEvent *event);

/* Queues what has just happened. */
void ohm_frame_stream_add (OhmFrameStream *self, const OhmFrameEvent *event);

/* Nothing more comes: it ends when all is delivered. */
void ohm_frame_stream_end (OhmFrameStream *self);

G_END_DECLS
