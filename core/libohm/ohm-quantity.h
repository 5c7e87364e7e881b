/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-macros.h"

G_BEGIN_DECLS

/**
 * OhmKind:
 * @OHM_KIND_GAUGE: a momentary value
 * @OHM_KIND_COUNTER: an ever-growing register; a fall is a reset event
 * @OHM_KIND_BALANCE: a register that may fall (net and reactive energy)
 * @OHM_KIND_STATE: a small number with a meaning each
 * @OHM_KIND_TEXT: text; always a fact, never a value
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_KIND_GAUGE,
  OHM_KIND_COUNTER,
  OHM_KIND_BALANCE,
  OHM_KIND_STATE,
  OHM_KIND_TEXT,
} OhmKind;

/**
 * OhmQuantity:
 * @id: the name in points, without digits: `voltage`
 * @label: what people see: `Voltage`
 * @unit: the unit of every value: `V`; `""` for none; %NULL if facts tell it
 * @obis: (nullable): OBIS value group C for the total and D: `1.8.0`, IEC 62056-61
 * @kind: how values behave over time
 * @symbol: (nullable): short symbol for narrow tables: `U`
 *
 * One row of the closed vocabulary of what can be measured.
 *
 * Since: 0.1
 */
typedef struct
{
  const char *id;
  const char *label;
  const char *unit;
  const char *obis;
  OhmKind kind;
  const char *symbol;
} OhmQuantity;

/**
 * ohm_quantity_lookup:
 * @id: a quantity's name
 *
 * Returns: (transfer none) (nullable): the quantity, or %NULL if there is none of that name
 *
 * Since: 0.1
 */
OHM_API const OhmQuantity *ohm_quantity_lookup (const char *id);

/**
 * ohm_quantity_table:
 * @ret_n: (out): number of rows
 *
 * Returns: (transfer none) (array length=ret_n): the whole vocabulary, sorted by @id
 *
 * Since: 0.1
 */
OHM_API const OhmQuantity *ohm_quantity_table (guint *ret_n);

/**
 * ohm_quantity_suggest:
 * @id: an unknown name
 *
 * Returns: (nullable): the quantity's id nearest to @id, for "did you mean"; %NULL if none is near
 *
 * Since: 0.1
 */
OHM_API const char *ohm_quantity_suggest (const char *id);

/**
 * ohm_kind_to_string:
 * @kind: a kind
 *
 * Returns: `gauge`, `counter`, `balance`, `state` or `text`
 *
 * Since: 0.1
 */
OHM_API const char *ohm_kind_to_string (OhmKind kind);

G_END_DECLS
