/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-replay-device.h"

G_BEGIN_DECLS

/* Changes answers on their way; the data may be written to. */
typedef void (*OhmReplayMangle) (guint number, guint8 *data, OhmReply *reply, gpointer user_data);

/* The type's profile and class; @plugin_dir holds both. */
OhmProfile *ohm_replay_load_profile (const char *plugin_dir, const char *id, GError **error);
GType ohm_replay_load_class (const char *plugin_dir, OhmProfile *profile, GError **error);

/* Facts of a whole survey; at most OHM_REPLAY_STEPS_MAX steps. */
OhmFacts *ohm_replay_survey (OhmMeter *meter,
                             OhmReplayDevice *device,
                             OhmReplayMangle mangle,
                             gpointer user_data,
                             GError **error);

/* One poll of all classes. */
OhmReading *ohm_replay_poll (OhmMeter *meter,
                             OhmReplayDevice *device,
                             OhmReplayMangle mangle,
                             gpointer user_data,
                             GError **error);

G_END_DECLS
