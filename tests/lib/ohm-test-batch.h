/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* The gateway of all batches here. */
#define OHM_TEST_GATEWAY "4f6e2c1a-9d1b-4c7e-8f3a-2b5d7e9c0a11"

/* End of the first slot of all batches here: 2026-11-22T10:15:00Z. */
#define OHM_TEST_SLOT_US (G_GINT64_CONSTANT (1795342500) * G_USEC_PER_SEC)

/*
 * @n_slots quarter hours, one after the other, of @n_places places `p0`, `p1`, ...: energies
 * import (double, growing by 1 kWh a slot), export and net, and `pulse-count` (integer, above
 * 2^53). Meters `m0`, ... of type `umg96rm` with serials `41000000`, ...
 */
OhmBatch *ohm_test_batch_new (guint n_places, guint n_slots);

/* One gap of place `p0`: 12 slots up to OHM_TEST_SLOT_US, because of a link that was down. */
OhmBatch *ohm_test_batch_new_gap (void);

/* Three live values of place `p0` and three one-minute means. */
OhmSamples *ohm_test_samples_new (void);

G_END_DECLS
