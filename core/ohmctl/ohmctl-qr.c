/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-qr.h"

/* Light modules around the code: ISO/IEC 18004 6.3.8 wants four; two are enough for every reader
 * that was met, where four do not fit. */
#define QUIET_WANTED 4
#define QUIET_LEAST  2

/* Bright white on black: light modules are drawn, dark ones left, whatever the terminal's own
 * colours are. */
#define BEGIN "\033[97;40m"
#define END   "\033[0m"

void
ohmctl_qr_free (OhmctlQr *self)
{
  g_free (self->dark);
  g_free (self);
}

/* @row, @column: with the quiet zone, which is light */
static gboolean
ohmctl_qr_is_light (const OhmctlQr *self, int quiet, int row, int column)
{
  int size = (int) self->size;

  row -= quiet;
  column -= quiet;
  if (row < 0 || column < 0 || row >= size || column >= size)
    return TRUE;
  return !self->dark[row * size + column];
}

/* Two rows of modules in one of characters. */
static void
ohmctl_qr_append_halves (GString *text, const OhmctlQr *self, int quiet, int row)
{
  static const char *const blocks[] = { " ", "\342\226\204", "\342\226\200", "\342\226\210" };
  int side = (int) self->size + 2 * quiet;

  for (int column = 0; column < side; column++)
    {
      gboolean upper = ohmctl_qr_is_light (self, quiet, row, column);
      /* what is below the last row is not ours to colour */
      gboolean lower = row + 1 < side && ohmctl_qr_is_light (self, quiet, row + 1, column);

      g_string_append (text, blocks[(upper ? 2 : 0) + (lower ? 1 : 0)]);
    }
}

static void
ohmctl_qr_append_pairs (GString *text, const OhmctlQr *self, int quiet, int row, gboolean has_color)
{
  int side = (int) self->size + 2 * quiet;

  for (int column = 0; column < side; column++)
    {
      gboolean is_light = ohmctl_qr_is_light (self, quiet, row, column);

      if (has_color)
        g_string_append (text, is_light ? "\033[107m  " : "\033[40m  ");
      else
        g_string_append (text, is_light ? "##" : "  ");
    }
}

char *
ohmctl_qr_render (const OhmctlQr *self, guint width, gboolean is_utf8, gboolean has_color)
{
  guint cell = is_utf8 ? 1 : 2;
  int quiet = QUIET_WANTED;
  GString *text;

  while (quiet > QUIET_LEAST && (self->size + 2 * (guint) quiet) * cell > width)
    quiet--;
  if ((self->size + 2 * (guint) quiet) * cell > width)
    return NULL;
  text = g_string_new (NULL);
  for (int row = 0; row < (int) self->size + 2 * quiet; row += is_utf8 ? 2 : 1)
    {
      if (has_color && is_utf8)
        g_string_append (text, BEGIN);
      if (is_utf8)
        ohmctl_qr_append_halves (text, self, quiet, row);
      else
        ohmctl_qr_append_pairs (text, self, quiet, row, has_color);
      g_string_append (text, has_color ? END "\n" : "\n");
    }
  return g_string_free (text, FALSE);
}
