/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-watcher.h"

G_BEGIN_DECLS

/* How a line treats what goes over it. Chances are per million bytes, in both directions. */
typedef struct
{
  guint baud; /* 0: bytes take no time */
  guint bits; /* of a character */
  guint drop; /* a byte gets lost */
  guint flip; /* a bit of a byte turns */
  guint insert;
  guint collide; /* somebody else talks over a few bytes */
  guint pause;   /* the meters stop for PAUSE_US in the middle of a frame */
  gint64 pause_us;
  gint64 hand_over_us; /* bytes are given this often, and at the end of what is under way */
  gboolean echoes;     /* the master hears what it sends */
  gboolean is_strict;  /* who does not keep the silence between frames is not heard */
  guint64 seed;
} OhmSimLineTraits;

/* 8N1, undisturbed, and no pace. */
extern const OhmSimLineTraits ohm_sim_line_traits;

/* A serial line that is not there: a pseudo-terminal whose other end is in this process, and a half
 * duplex medium in between. Bytes come when they would come at the baud rate; who talks while
 * somebody else does garbles both. */
typedef struct _OhmSimLine OhmSimLine;

/* Bytes that the master sent and that have arrived. @began_us and @ended_us: when the first of them
 * began and the last of them ended, monotonic. */
typedef void (*OhmSimLineHeard) (const guint8 *bytes,
                                 gsize length,
                                 gint64 began_us,
                                 gint64 ended_us,
                                 gpointer user_data);

OhmSimLine *ohm_sim_line_new (OhmWatcher *watcher, OhmSimLineHeard heard, gpointer user_data);
void ohm_sim_line_free (OhmSimLine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimLine, ohm_sim_line_free)

/* May be changed at any time. */
OhmSimLineTraits *ohm_sim_line_get_traits (OhmSimLine *self);

/* Sets a trait by its name: `baud`, `bits`, `drop`, `flip`, `insert`, `collide`, `pause`,
 * `pause-ms`, `hand-over-ms`, `echo`, `strict`. */
gboolean
ohm_sim_line_set (OhmSimLineTraits *traits, const char *name, const char *value, GError **error);

/* Makes the device, and @link, if given, a symbolic link to it. */
gboolean ohm_sim_line_plug (OhmSimLine *self, const char *link, GError **error);
/* Whoever has the device open sees it vanish. */
void ohm_sim_line_unplug (OhmSimLine *self);

/* (nullable): `/dev/pts/7`; NULL while it is unplugged */
const char *ohm_sim_line_get_device (const OhmSimLine *self);

/* From the meters to the master, beginning at @at_us, or when what was sent before is through. */
void ohm_sim_line_send (OhmSimLine *self, const guint8 *bytes, gsize length, gint64 at_us);

gint64 ohm_sim_line_get_span_us (const OhmSimLineTraits *traits, gsize characters);
/* Between two frames. */
gint64 ohm_sim_line_get_silence_us (const OhmSimLineTraits *traits);

typedef struct
{
  guint hasty;     /* requests that came before the line had been silent long enough */
  guint64 taken;   /* bytes taken from the device */
  guint64 given;   /* bytes given to it */
  guint disturbed; /* bytes that noise has hit */
} OhmSimLineCounters;

const OhmSimLineCounters *ohm_sim_line_get_counters (const OhmSimLine *self);

G_END_DECLS
