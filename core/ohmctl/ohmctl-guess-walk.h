/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-guess.h"

G_BEGIN_DECLS

/**
 * OhmctlGuessStep:
 * @index: the register where a value begins, counted from 0
 * @guesses: (owned) (element-type OhmctlGuess): how it may be read, the likely way first; never
 * empty
 *
 * One value of many in a row.
 */
typedef struct
{
  guint index;
  GPtrArray *guesses;
} OhmctlGuessStep;

/**
 * ohmctl_guess_walk:
 * @registers: (array length=n): big endian registers
 * @n: how many there are
 * @now_us: UTC, to tell times by
 *
 * Pure: reads registers as values that follow one another. Devices give all values of a block the
 * same width: what has been found once is kept, over zeros too, as long as it gives something.
 *
 * Returns: (transfer full) (element-type OhmctlGuessStep): the values in order, without gap
 */
GPtrArray *ohmctl_guess_walk (const guint8 *registers, guint n, gint64 now_us);

G_END_DECLS
