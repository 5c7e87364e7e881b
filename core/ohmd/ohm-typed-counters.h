/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-place.h"

G_BEGIN_DECLS

/**
 * ohm_typed_counters_parse:
 * @counters: `a{sv}`: point, with its group, to an int64 or double in the point's unit
 * @meter: id of the meter, for messages
 * @places: (element-type OhmPlace): what the meter measures
 * @error: %OHM_ERROR_CONFIG for a point that none of them counts, or a value that is no counter
 *
 * Counters that somebody read off a meter when it was exchanged.
 *
 * Returns: (transfer full) (nullable) (element-type OhmRecord): one record for each place that a
 *   counter was given for; what was not given is missing in it
 */
GPtrArray *
ohm_typed_counters_parse (GVariant *counters, const char *meter, GPtrArray *places, GError **error);

G_END_DECLS
