/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-capture.h"

#include "ohm-sim-layout.h"

G_BEGIN_DECLS

/* What makes one meter different from others of its type. */
typedef struct
{
  guint64 serial;
  guint64 seed;
  double power_w;
  const char *name;  /* (nullable) */
  GHashTable *facts; /* (nullable) (element-type utf8 utf8) */
} OhmSimIdentity;

/* A moment: what the clock on the wall says, and what passes evenly. */
typedef struct
{
  gint64 wall_us;
  gint64 mono_us;
} OhmSimNow;

/* One simulated meter: the image of its registers. */
typedef struct _OhmSimDevice OhmSimDevice;

/* @layout and @shape stay the caller's and must live as long. */
OhmSimDevice *ohm_sim_device_new (const OhmSimLayout *layout,
                                  const OhmSimShape *shape,
                                  const OhmSimIdentity *identity);
void ohm_sim_device_free (OhmSimDevice *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimDevice, ohm_sim_device_free)

/* From now on the registers are those of a recording, as time goes on from @now; at its end they
 * stay as they are. @capture stays the caller's and must live as long. */
gboolean
ohm_sim_device_play (OhmSimDevice *self, const OhmCapture *capture, OhmSimNow now, GError **error);

/* Registers are worked out anew at most every 200 ms, as in the meters themselves. Valid until the
 * next call. Returns an exception code, or 0. */
guint8 ohm_sim_device_read (OhmSimDevice *self,
                            const OhmRequest *request,
                            OhmSimNow now,
                            gboolean only_named,
                            const guint8 **ret_registers);

/* A line for each row of the type, with the bytes that a read brings now: "point|fact NAME
 * FUNCTIONS ADDRESS HEX". Alternatives of a point have the same name. */
void ohm_sim_device_dump (OhmSimDevice *self, OhmSimNow now, GString *text);

/* Only the profile's own writes are accepted; one that is named `clock` sets the clock. */
guint8 ohm_sim_device_write (OhmSimDevice *self, const OhmRequest *request, OhmSimNow now);

/* Fixes a point or a fact: a number, `nan`, for a text fact any text; `auto` lets it go again. */
gboolean
ohm_sim_device_set (OhmSimDevice *self, const char *name, const char *value, GError **error);

void ohm_sim_device_set_missing (OhmSimDevice *self, gboolean is_missing);
/* Counters start again at 0, or go back to what they were. */
void ohm_sim_device_set_reset (OhmSimDevice *self, gboolean is_reset, OhmSimNow now);
void ohm_sim_device_set_drift (OhmSimDevice *self, gint64 drift_us);
gint64 ohm_sim_device_get_drift (const OhmSimDevice *self);

guint64 ohm_sim_device_get_serial (const OhmSimDevice *self);
guint64 ohm_sim_device_get_reads (const OhmSimDevice *self);
guint64 ohm_sim_device_get_writes (const OhmSimDevice *self);

G_END_DECLS
