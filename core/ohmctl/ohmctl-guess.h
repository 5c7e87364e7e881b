/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* From here on a decoding is worth showing; below it is hardly more than noise. */
#define OHMCTL_GUESS_PLAUSIBLE 20

/* And from here on there is hardly a doubt. */
#define OHMCTL_GUESS_SURE 85

/**
 * OhmctlGuess:
 * @encoding: how the registers are read
 * @registers: how many they are
 * @score: how likely that is, 0..100; comparable between guesses about the same registers only
 * @value: (owned): what it gives, for people
 * @reason: what speaks for it
 *
 * One way to read registers that nobody has described.
 */
typedef struct
{
  OhmEncoding encoding;
  guint registers;
  guint score;
  char *value;
  const char *reason;
} OhmctlGuess;

/**
 * ohmctl_guess_list:
 * @registers: (array length=n): big endian registers
 * @n: how many there are
 * @now_us: UTC, to tell times by
 *
 * Pure: types, word and byte orders are judged by what they give. Nothing is known of the device.
 *
 * Returns: (transfer full) (element-type OhmctlGuess): all readings of the value that begins with
 *   the first register, most likely first; never empty
 */
GPtrArray *ohmctl_guess_list (const guint8 *registers, guint n, gint64 now_us);

/* (transfer full): `f32 words=low-first`, as a profile says it */
char *ohmctl_guess_dup_format (const OhmctlGuess *self);

G_END_DECLS
