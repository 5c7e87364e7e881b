/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* (transfer full): @unit in UCUM: `W.h` for `Wh`, `1` for none, `{Stk}` for what it does not
 * know */
char *ohm_cloud_names_dup_ucum (const char *unit);

/* (transfer full): `energy.active.import` */
char *ohm_cloud_names_dup_metric (const OhmPoint *point);

/* (transfer full): a field of line protocol: `energy_active_import_total_wh_t1`; only
 * `[a-z0-9_]` */
char *ohm_cloud_names_dup_field (const OhmPoint *point);

/* Whether values of this quantity are integers at every engine. */
gboolean ohm_cloud_names_is_integer (const OhmQuantity *quantity);

G_END_DECLS
