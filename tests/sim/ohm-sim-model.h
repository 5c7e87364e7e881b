/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-point.h"

#include "ohm-sim-shape.h"

G_BEGIN_DECLS

/* The physics of one measuring point: a three-phase load that hangs on a common grid. Its values
 * follow from shape, seed, nominal power and wall time alone, so that a simulator that starts
 * again goes on where it would have been. Pure: no clock, no I/O. */
typedef struct _OhmSimModel OhmSimModel;

/* What a point asks of a model, resolved once. */
typedef struct
{
  guint8 what;
  guint8 channel;
  guint8 tariff;
} OhmSimTerm;

void ohm_sim_term_init (OhmSimTerm *self, const OhmPoint *point);

/* @shape stays the caller's and must live as long. Counters are 0 before a day of 2025 that the
 * seed tells. */
OhmSimModel *ohm_sim_model_new (const OhmSimShape *shape, guint64 seed, double nominal_w);
void ohm_sim_model_free (OhmSimModel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimModel, ohm_sim_model_free)

/* Counters start at 0 at this time; with -1 at the day of installation again. */
void ohm_sim_model_set_origin (OhmSimModel *self, gint64 wall_us);
gint64 ohm_sim_model_get_origin (const OhmSimModel *self);

/* Works out everything for one moment. */
void ohm_sim_model_move (OhmSimModel *self, gint64 wall_us);

/* A value at the moment moved to, in the unit of the vocabulary. */
double ohm_sim_model_get (const OhmSimModel *self, const OhmSimTerm *term);

G_END_DECLS
