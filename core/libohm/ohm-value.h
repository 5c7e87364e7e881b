/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-macros.h"

G_BEGIN_DECLS

/**
 * OhmQuality:
 * @OHM_QUALITY_NONE: the point was not part of this reading
 * @OHM_QUALITY_GOOD: read and plausible
 * @OHM_QUALITY_MISSING: NaN, infinite, refused or failed; the cell has no meaning
 * @OHM_QUALITY_SUSPECT: read, but failed a plausibility check
 *
 * The numbers are stored and sent: never change them. "Stale" is shown, never stored.
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_QUALITY_NONE = 0,
  OHM_QUALITY_GOOD = 1,
  OHM_QUALITY_MISSING = 2,
  OHM_QUALITY_SUSPECT = 3,
} OhmQuality;

/**
 * OhmCell:
 * @real: the value of a point whose `is_integer` is %FALSE
 * @integer: the value of a point whose `is_integer` is %TRUE
 *
 * Sixty-four bits of a value; which member counts is told by the point, once and for ever.
 *
 * Since: 0.1
 */
typedef union
{
  double real;
  gint64 integer;
} OhmCell;

#ifndef __GI_SCANNER__ /* it reads no assertions */
G_STATIC_ASSERT (sizeof (OhmCell) == 8);
#endif

/**
 * OhmReadClass:
 * @OHM_READ_LIVE: read at the meter's live period
 * @OHM_READ_SLOW: read once a minute
 * @OHM_READ_SLOT: read at quarter-hour boundaries
 *
 * When an entry of a plan is read. An entry may be of several classes: a bit set.
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_READ_LIVE = 1 << 0,
  OHM_READ_SLOW = 1 << 1,
  OHM_READ_SLOT = 1 << 2,
} OhmReadClass;

/**
 * ohm_quality_to_string:
 * @quality: a quality
 *
 * Returns: `none`, `good`, `missing` or `suspect`
 *
 * Since: 0.1
 */
OHM_API const char *ohm_quality_to_string (OhmQuality quality);

/**
 * ohm_quality_has_value:
 * @quality: a quality, as it is stored and sent
 *
 * Returns: whether the cell has a value: good, or suspect
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_quality_has_value (guint8 quality);

G_END_DECLS
