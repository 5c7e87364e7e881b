/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-error.h"

G_BEGIN_DECLS

/* A set of unit ids, written `1,3,5-8` or `*`. */
typedef struct
{
  guint32 bits[8];
} OhmSimUnits;

gboolean ohm_sim_units_parse (const char *text, OhmSimUnits *ret_units, GError **error);
char *ohm_sim_units_to_string (const OhmSimUnits *self);
gboolean ohm_sim_units_is_all (const OhmSimUnits *self);

static inline gboolean
ohm_sim_units_has (const OhmSimUnits *self, guint8 unit)
{
  return (self->bits[unit / 32] >> (unit % 32)) & 1;
}

static inline void
ohm_sim_units_add (OhmSimUnits *self, guint8 unit)
{
  self->bits[unit / 32] |= 1u << (unit % 32);
}

G_END_DECLS
