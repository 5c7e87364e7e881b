/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-guess-walk.h"

/* A number of several registers with so much evidence tells how its neighbours are laid out. */
#define GRID_MIN 70

/* A plausible float, whatever its size. */
#define FLOAT_MIN 60

typedef struct
{
  const guint8 *bytes;
  guint n;
  gint64 now_us;
  OhmEncoding encoding; /* of the grid */
  guint width;          /* of its values; 0 while there is none */
} OhmctlWalk;

static void
ohmctl_guess_step_free (gpointer data)
{
  OhmctlGuessStep *self = data;

  g_ptr_array_unref (self->guesses);
  g_free (self);
}

static GPtrArray *
ohmctl_walk_guess (const OhmctlWalk *self, guint index)
{
  return ohmctl_guess_list (self->bytes + 2 * index, self->n - index, self->now_us);
}

static gboolean
ohmctl_walk_is_zero (const OhmctlWalk *self, guint index, guint count)
{
  for (guint i = 2 * index; i < 2 * (index + count); i++)
    if (self->bytes[i] != 0)
      return FALSE;
  return TRUE;
}

/* The reading that continues the grid, or NULL. */
static OhmctlGuess *
ohmctl_walk_find_grid (const OhmctlWalk *self, GPtrArray *guesses)
{
  for (guint i = 0; i < guesses->len; i++)
    {
      OhmctlGuess *guess = guesses->pdata[i];
      const OhmEncoding *encoding = &guess->encoding;

      if (guess->registers == self->width && encoding->format == self->encoding.format &&
          encoding->is_low_first == self->encoding.is_low_first &&
          encoding->is_swapped == self->encoding.is_swapped)
        return guess;
    }
  return NULL;
}

/* Bytes of floats may be letters: a text is one if floats in its place would make no sense. */
static gboolean
ohmctl_walk_is_of_floats (const OhmctlWalk *self, guint index, const OhmctlGuess *text)
{
  for (guint at = 0; at + self->width <= text->registers; at += self->width)
    {
      g_autoptr (GPtrArray) guesses = ohmctl_walk_guess (self, index + at);
      const OhmctlGuess *value = ohmctl_walk_find_grid (self, guesses);

      if (value == NULL || value->score < FLOAT_MIN)
        return FALSE;
    }
  return TRUE;
}

static gboolean
ohmctl_walk_beats_grid (const OhmctlWalk *self, guint index, const OhmctlGuess *best)
{
  if (best->encoding.format == OHM_FORMAT_TEXT)
    return !ohmctl_walk_is_of_floats (self, index, best);
  return best->score >= OHMCTL_GUESS_SURE && best->registers % self->width == 0;
}

/* Zeros in front of a float are values of their own, and not the upper half of a counter. Returns
 * how many; 0 if the integer may be one. */
static guint
ohmctl_walk_count_zeros (const OhmctlWalk *self, guint index, const OhmctlGuess *best)
{
  guint highest = GRID_MIN - 1;
  guint count = 0;

  if (best->score >= FLOAT_MIN)
    return 0;
  for (guint k = 1; k < best->registers && ohmctl_walk_is_zero (self, index, k); k++)
    {
      g_autoptr (GPtrArray) guesses = ohmctl_walk_guess (self, index + k);
      const OhmctlGuess *next = guesses->pdata[0];

      if (next->registers > 1 && next->score > highest)
        {
          highest = next->score;
          count = k;
        }
    }
  return count;
}

static void
ohmctl_walk_put_first (GPtrArray *guesses, OhmctlGuess *guess)
{
  guint index = 0;

  g_ptr_array_find (guesses, guess, &index);
  g_ptr_array_insert (guesses, 0, g_ptr_array_steal_index (guesses, index));
}

/* All that may be said of zeros is how many of them belong together. */
static void
ohmctl_walk_take_zeros (const OhmctlWalk *self, GPtrArray *guesses, guint count)
{
  static const OhmEncoding word = { .format = OHM_FORMAT_U16 };
  OhmctlGuess *zero = g_new0 (OhmctlGuess, 1);

  g_ptr_array_set_size (guesses, 0);
  zero->encoding = count == self->width ? self->encoding : word;
  zero->registers = count;
  zero->value = g_strdup ("0");
  zero->reason = "zero in any format";
  g_ptr_array_add (guesses, zero);
}

/* Returns the registers that the value at @index takes; its reading is the first of @guesses. */
static guint
ohmctl_walk_choose (OhmctlWalk *self, guint index, GPtrArray *guesses)
{
  OhmctlGuess *best = guesses->pdata[0];
  OhmctlGuess *kept = self->width > 0 ? ohmctl_walk_find_grid (self, guesses) : NULL;
  guint zeros = 0;

  if (self->width > 0 && index + self->width <= self->n &&
      ohmctl_walk_is_zero (self, index, self->width))
    {
      ohmctl_walk_take_zeros (self, guesses, self->width);
      return self->width;
    }
  if (kept != NULL && kept->score >= OHMCTL_GUESS_PLAUSIBLE &&
      !ohmctl_walk_beats_grid (self, index, best))
    {
      ohmctl_walk_put_first (guesses, kept);
      return kept->registers;
    }
  zeros = ohmctl_walk_count_zeros (self, index, best);
  if (zeros > 0)
    {
      ohmctl_walk_take_zeros (self, guesses, zeros);
      return zeros;
    }
  if (self->width > 0 && best->registers % self->width != 0)
    self->width = 0;
  if (best->registers > 1 && best->score >= GRID_MIN && best->encoding.format != OHM_FORMAT_TEXT &&
      best->encoding.format != OHM_FORMAT_EPOCH32)
    {
      self->encoding = best->encoding;
      self->width = best->registers;
    }
  return best->registers;
}

GPtrArray *
ohmctl_guess_walk (const guint8 *registers, guint n, gint64 now_us)
{
  OhmctlWalk walk = { .bytes = registers, .n = n, .now_us = now_us };
  GPtrArray *steps = g_ptr_array_new_with_free_func (ohmctl_guess_step_free);

  for (guint index = 0; index < n;)
    {
      OhmctlGuessStep *step = g_new0 (OhmctlGuessStep, 1);

      step->index = index;
      step->guesses = ohmctl_walk_guess (&walk, index);
      index += ohmctl_walk_choose (&walk, index, step->guesses);
      g_ptr_array_add (steps, step);
    }
  return steps;
}
