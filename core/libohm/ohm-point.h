/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-quantity.h"
#include "ohm-value.h"

G_BEGIN_DECLS

/**
 * OhmPoint:
 * @name: (not nullable): the whole name, interned: `g2.power-active.l1`
 * @group: (not nullable): `g2`; `""` for none; interned
 * @quantity: what is measured
 * @channel: (not nullable): `l1`, `total`; `""` for none; interned
 * @tariff: (not nullable): `t1`; `""` for none; interned
 * @unit: (not nullable): the quantity's unit, or what facts told; interned
 * @is_integer: which member of the cell counts, for ever
 *
 * A quantity of one meter: `[group.]quantity[.channel][.tariff]` (design 1).
 *
 * Since: 0.1
 */
typedef struct
{
  const char *name;
  const char *group;
  const OhmQuantity *quantity;
  const char *channel;
  const char *tariff;
  const char *unit;
  gboolean is_integer;
} OhmPoint;

/**
 * ohm_point_parse:
 * @name: a point's name
 * @unit: (nullable): a unit that replaces the quantity's own (from facts)
 * @is_integer: whether values are exact integers
 * @ret_point: (out caller-allocates): filled on success
 * @error: %OHM_ERROR_PROFILE if the name is not in the vocabulary
 *
 * Splits and checks a name: known quantity, known channel or none, tariff `t1`..`t99`, a
 * group that ends in a digit and has only `[a-z0-9]`, at most 120 characters in all. A unit is cut
 * at 32 bytes. All strings are interned, equal ones are the same: nothing
 * to free.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_point_parse (const char *name,
                                  const char *unit,
                                  gboolean is_integer,
                                  OhmPoint *ret_point,
                                  GError **error);

/**
 * ohm_point_dup_obis:
 * @point: a point
 *
 * The reduced OBIS code (IEC 62056-61) with medium and channel of a single meter:
 * `1-0:1.8.0` for `energy-active-import.total`, `1-0:21.8.0` for its `l1`, tariff in group E.
 *
 * Returns: (transfer full) (nullable): the code, or %NULL if the point has none
 *
 * Since: 0.1
 */
OHM_API char *ohm_point_dup_obis (const OhmPoint *point);

/**
 * ohm_point_is_energy:
 * @point: a point
 *
 * Returns: %TRUE for a counter or balance, that is what an interval record keeps
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_point_is_energy (const OhmPoint *point);

/**
 * ohm_point_get_real:
 * @point: a point
 * @cell: a value of it
 *
 * Returns: the value as a double; an integer beyond 2^53 is rounded
 *
 * Since: 0.1
 */
OHM_API double ohm_point_get_real (const OhmPoint *point, OhmCell cell);

G_END_DECLS
