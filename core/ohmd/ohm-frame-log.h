/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_FRAME_LOG (ohm_frame_log_get_type ())

/* The last frames of all links, and who looks at them. All links share one budget of memory: who
 * says much takes the place of its own oldest frames, not of a quiet link's. */
G_DECLARE_FINAL_TYPE (OhmFrameLog, ohm_frame_log, OHM, FRAME_LOG, GObject)

/* However small the budget is, each link that speaks has this much of it. */
#define OHM_FRAME_LOG_LINK_MIN 4096

/* Most readers at a time. */
#define OHM_FRAME_LOG_READERS_MAX 16

OhmFrameLog *ohm_frame_log_new (OhmWatcher *watcher);

/* @bytes: memory for all frames together; 0 keeps none, and costs nothing while nobody looks.
 * @age_us: how old a frame may be that is still shown */
void ohm_frame_log_set_limits (OhmFrameLog *self, gsize bytes, gint64 age_us);

/* Keeps the frames of @transport from now on, until it is disposed of. */
void ohm_frame_log_attach (OhmFrameLog *self, OhmTransport *transport);

/* Bytes of memory that frames take now. */
gsize ohm_frame_log_get_bytes (OhmFrameLog *self);

/**
 * ohm_frame_log_open:
 * @transport: one that was attached
 * @last_us: how much of what was before is told first; 0 for nothing
 * @is_live: whether the reader goes on to hear what happens; else it ends with what was before
 * @error: %OHM_ERROR_BUSY for too many readers, %OHM_ERROR_NOT_FOUND for a transport that is not
 *   known, %OHM_ERROR_FAILED without descriptors
 *
 * Returns: a descriptor that packed events come from (ohm_frame_event_unpack()); closing it ends
 *   it. -1 on error
 */
int ohm_frame_log_open (OhmFrameLog *self,
                        OhmTransport *transport,
                        gint64 last_us,
                        gboolean is_live,
                        GError **error);

guint ohm_frame_log_get_n_readers (OhmFrameLog *self);

G_END_DECLS
