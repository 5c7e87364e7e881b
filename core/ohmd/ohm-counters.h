/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/*
 * How the counters of a place are read, as text: a line `POINT ENCODING` for each, the encoding in
 * the words of a profile's row. It is kept with each run and compared with what later releases
 * write: the words stay as they are (data/sql/README.md). Pure, any thread.
 */

/* (transfer full) (nullable): of the points @indices of @plan's point set; %NULL if none is read */
char *ohm_counters_describe (OhmPlan *plan, const guint *indices, guint n);

/*
 * Whether a counter that is in both is read otherwise: with another scale, from another register.
 * What is in one only, or not known, tells nothing.
 * Returns: (transfer full) (nullable): `counter-changed` with the first such `point`, how it was
 *   read `before` and is `now`
 */
OhmMessage *ohm_counters_compare (const char *before, const char *now);

/* (transfer full) (nullable): @now, and what only @before has */
char *ohm_counters_merge (const char *before, const char *now);

G_END_DECLS
