/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/*
 * Which part of a batch goes next, when the engine refuses the whole: halves, from the left to the
 * right, down to single records. What is left of the current part is settled, so that the position
 * may move with each answer. Pure.
 */
typedef struct
{
  GArray *parts; /* (owned) (element-type guint): lengths of what is left, the next one last */
  guint first;   /* where the next one begins */
} OhmBisection;

/* One part of @n records. */
OhmBisection *ohm_bisection_new (guint n);
void ohm_bisection_free (OhmBisection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmBisection, ohm_bisection_free)

/* Length of the part that begins at `first`; 0 if nothing is left. */
guint ohm_bisection_get_length (const OhmBisection *self);

/* The part is settled: taken, or refused alone. */
void ohm_bisection_pass (OhmBisection *self);

/* Two halves instead. Returns: %FALSE if it is a single record */
gboolean ohm_bisection_split (OhmBisection *self);

G_END_DECLS
