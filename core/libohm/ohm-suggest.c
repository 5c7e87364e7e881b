/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-keyfile.h"

/* Longer words are not compared: the work grows with the square of the length. */
#define OHM_SUGGEST_LENGTH_MAX 63

static guint
ohm_suggest_min3 (guint a, guint b, guint c)
{
  return MIN (MIN (a, b), c);
}

/* Edits that turn @a into @b: inserted, removed, changed or two swapped characters. */
static guint
ohm_suggest_distance (const char *a, const char *b)
{
  guint rows[3][OHM_SUGGEST_LENGTH_MAX + 1];
  guint length_a = (guint) strlen (a);
  guint length_b = (guint) strlen (b);

  for (guint j = 0; j <= length_b; j++)
    rows[0][j] = j;
  for (guint i = 1; i <= length_a; i++)
    {
      guint *row = rows[i % 3];
      const guint *above = rows[(i + 2) % 3];
      const guint *above2 = rows[(i + 1) % 3];

      row[0] = i;
      for (guint j = 1; j <= length_b; j++)
        {
          guint change = a[i - 1] == b[j - 1] ? 0 : 1;

          row[j] = ohm_suggest_min3 (row[j - 1] + 1, above[j] + 1, above[j - 1] + change);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = MIN (row[j], above2[j - 2] + 1);
        }
    }
  return rows[length_a % 3][length_b];
}

const char *
ohm_suggest (const char *word, const char *const *candidates)
{
  const char *best = NULL;
  guint best_distance = 0;
  gsize length;

  g_return_val_if_fail (word != NULL, NULL);
  g_return_val_if_fail (candidates != NULL, NULL);

  length = strlen (word);
  if (length == 0 || length > OHM_SUGGEST_LENGTH_MAX)
    return NULL;
  /* a third of the letters may be wrong: what is farther off was hardly meant */
  best_distance = (guint) MAX (1, length / 3) + 1;
  for (guint i = 0; candidates[i] != NULL; i++)
    {
      guint distance;

      if (strlen (candidates[i]) > OHM_SUGGEST_LENGTH_MAX)
        continue;
      distance = ohm_suggest_distance (word, candidates[i]);
      if (distance < best_distance)
        {
          best_distance = distance;
          best = candidates[i];
        }
    }
  return best;
}
