/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-capture.h"

G_BEGIN_DECLS

/* A device that knows what a recording brought. */
typedef struct _OhmReplayDevice OhmReplayDevice;

OhmReplayDevice *ohm_replay_device_new (const OhmCapture *capture, GError **error);
void ohm_replay_device_free (OhmReplayDevice *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmReplayDevice, ohm_replay_device_free)

/* The answer lives in @buffer, of 2 * OHM_READ_REGISTERS_MAX bytes. */
void ohm_replay_device_answer (OhmReplayDevice *self,
                               const OhmRequest *request,
                               guint8 *buffer,
                               OhmReply *ret_reply);

/* To the beginning of the recording: each register holds what was read of it first. @capture: the
 * one that the device was made of */
void ohm_replay_device_rewind (OhmReplayDevice *self, const OhmCapture *capture);

/* Each register holds what was read of it last at @us after the beginning; time only goes on. */
void ohm_replay_device_advance (OhmReplayDevice *self, const OhmCapture *capture, gint64 us);

G_END_DECLS
