/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-table.h"

#include "ohmctl-format.h"
#include "ohmctl-words.h"

#include <string.h>

#define GAP            2
#define SHRINK_MIN     8
#define WRAP_MIN       16
#define UNBOUNDED_WRAP 80

typedef struct
{
  char *title; /* (owned) */
  OhmctlAlign align;
  guint min_width;
  guint number_width; /* of OHMCTL_ALIGN_UNIT: columns left of the blank */
  guint width;
} OhmctlColumn;

typedef struct
{
  char *text; /* (owned) */
  OhmctlStyle style;
} OhmctlCell;

struct _OhmctlTable
{
  GArray *columns; /* (owned) (element-type OhmctlColumn) */
  GArray *cells;   /* (owned) (element-type OhmctlCell) */
  guint indent;
  guint n_shown; /* columns that have room */
};

static void
ohmctl_table_clear_column (gpointer data)
{
  g_free (((OhmctlColumn *) data)->title);
}

static void
ohmctl_table_clear_cell (gpointer data)
{
  g_free (((OhmctlCell *) data)->text);
}

OhmctlTable *
ohmctl_table_new (void)
{
  OhmctlTable *self = g_new0 (OhmctlTable, 1);

  self->columns = g_array_new (FALSE, TRUE, sizeof (OhmctlColumn));
  g_array_set_clear_func (self->columns, ohmctl_table_clear_column);
  self->cells = g_array_new (FALSE, TRUE, sizeof (OhmctlCell));
  g_array_set_clear_func (self->cells, ohmctl_table_clear_cell);
  return self;
}

void
ohmctl_table_free (OhmctlTable *self)
{
  g_array_unref (self->columns);
  g_array_unref (self->cells);
  g_free (self);
}

void
ohmctl_table_add_column (OhmctlTable *self, const char *title, OhmctlAlign align)
{
  OhmctlColumn column = { .title = g_strdup (title), .align = align };

  g_array_append_val (self->columns, column);
}

static OhmctlColumn *
ohmctl_table_column (OhmctlTable *self, guint index)
{
  return &g_array_index (self->columns, OhmctlColumn, index);
}

void
ohmctl_table_set_min_width (OhmctlTable *self, guint width)
{
  g_return_if_fail (self->columns->len > 0);

  ohmctl_table_column (self, self->columns->len - 1)->min_width = width;
}

void
ohmctl_table_set_indent (OhmctlTable *self, guint columns)
{
  self->indent = columns;
}

void
ohmctl_table_add_styled (OhmctlTable *self, const char *text, OhmctlStyle style)
{
  OhmctlCell cell = { .style = style };

  cell.text = ohmctl_format_clean (text != NULL && *text != '\0' ? text : "-");
  g_array_append_val (self->cells, cell);
}

void
ohmctl_table_add (OhmctlTable *self, const char *text)
{
  ohmctl_table_add_styled (self, text, OHMCTL_STYLE_PLAIN);
}

/* (nullable) */
void
ohmctl_table_add_take (OhmctlTable *self, char *text)
{
  g_autofree char *owned = text;

  ohmctl_table_add (self, owned);
}

guint
ohmctl_table_n_rows (OhmctlTable *self)
{
  return self->columns->len > 0 ? self->cells->len / self->columns->len : 0;
}

static OhmctlCell *
ohmctl_table_cell (OhmctlTable *self, guint row, guint column)
{
  return &g_array_index (self->cells, OhmctlCell, row * self->columns->len + column);
}

/* Columns of the number that a `NUMBER UNIT` begins with. */
static guint
ohmctl_table_number_width (const char *text)
{
  const char *blank = strchr (text, ' ');
  g_autofree char *number = blank != NULL ? g_strndup (text, (gsize) (blank - text)) : NULL;

  return ohmctl_format_width (number != NULL ? number : text);
}

static void
ohmctl_table_measure_column (OhmctlTable *self, guint index)
{
  OhmctlColumn *column = ohmctl_table_column (self, index);
  guint rows = ohmctl_table_n_rows (self);
  guint unit_width = 0;

  column->width = MAX (column->min_width, ohmctl_format_width (column->title));
  column->number_width = 0;
  for (guint row = 0; row < rows; row++)
    {
      const char *text = ohmctl_table_cell (self, row, index)->text;
      guint width = ohmctl_format_width (text);
      guint number = ohmctl_table_number_width (text);

      column->number_width = MAX (column->number_width, number);
      unit_width = MAX (unit_width, width - number);
      column->width = MAX (column->width, width);
    }
  if (column->align == OHMCTL_ALIGN_UNIT)
    {
      column->width = MAX (column->width, column->number_width + unit_width);
      column->number_width = column->width - unit_width;
    }
}

static guint
ohmctl_table_total_width (OhmctlTable *self)
{
  guint total = self->indent;

  for (guint i = 0; i < self->n_shown; i++)
    total += ohmctl_table_column (self, i)->width + (i > 0 ? GAP : 0);
  return total;
}

static OhmctlColumn *
ohmctl_table_find_widest (OhmctlTable *self, OhmctlAlign align)
{
  OhmctlColumn *widest = NULL;

  for (guint i = 0; i < self->n_shown; i++)
    {
      OhmctlColumn *column = ohmctl_table_column (self, i);

      gboolean is_meant = column->align == align ||
                          (align == OHMCTL_ALIGN_SHRINK && column->align == OHMCTL_ALIGN_SPARE);

      if (is_meant && column->width > SHRINK_MIN &&
          (widest == NULL || column->width > widest->width))
        widest = column;
    }
  return widest;
}

/* Makes the line shorter. Returns: %FALSE if it cannot be */
static gboolean
ohmctl_table_give_way (OhmctlTable *self)
{
  OhmctlColumn *widest = ohmctl_table_find_widest (self, OHMCTL_ALIGN_SHRINK);

  if (widest == NULL && ohmctl_table_column (self, self->n_shown - 1)->align == OHMCTL_ALIGN_SPARE)
    {
      self->n_shown--;
      return TRUE;
    }
  if (widest == NULL)
    widest = ohmctl_table_find_widest (self, OHMCTL_ALIGN_SHRINK_LAST);
  if (widest != NULL)
    widest->width--;
  return widest != NULL;
}

static void
ohmctl_table_fit (OhmctlTable *self, guint width)
{
  OhmctlColumn *last = ohmctl_table_column (self, self->columns->len - 1);
  guint limit = width > 0 ? width : UNBOUNDED_WRAP;
  guint total = ohmctl_table_total_width (self);

  if (last->align == OHMCTL_ALIGN_WRAP && total > limit)
    {
      guint others = total - last->width;

      last->width = MIN (last->width, MAX (limit - MIN (limit, others), WRAP_MIN));
    }
  while (width > 0 && ohmctl_table_total_width (self) > width)
    if (!ohmctl_table_give_way (self))
      break;
}

static void
ohmctl_table_pad (GString *line, guint n)
{
  while (n-- > 0)
    g_string_append_c (line, ' ');
}

/* @text with the blanks that put it where it belongs in its column */
static void
ohmctl_table_append_cell (OhmctlTable *self,
                          GString *line,
                          const OhmctlColumn *column,
                          const char *text,
                          OhmctlStyle style)
{
  guint width = ohmctl_format_width (text);
  guint before = 0;

  if (column->align == OHMCTL_ALIGN_RIGHT)
    before = column->width - MIN (width, column->width);
  else if (column->align == OHMCTL_ALIGN_UNIT)
    before = column->number_width - MIN (ohmctl_table_number_width (text), column->number_width);
  ohmctl_table_pad (line, before);
  g_string_append (line, ohmctl_style_begin (style));
  g_string_append (line, text);
  if (style != OHMCTL_STYLE_PLAIN)
    g_string_append (line, "\033[0m");
  ohmctl_table_pad (line, column->width - MIN (before + width, column->width));
}

static void
ohmctl_table_trim (GString *line)
{
  while (line->len > 0 && line->str[line->len - 1] == ' ')
    g_string_truncate (line, line->len - 1);
}

static char *
ohmctl_table_fit_text (OhmctlTable *self, const OhmctlColumn *column, const char *text)
{
  if (column->align == OHMCTL_ALIGN_SHRINK || column->align == OHMCTL_ALIGN_SHRINK_LAST ||
      column->align == OHMCTL_ALIGN_SPARE)
    return ohmctl_ellipsize (text, column->width);
  if (column->align == OHMCTL_ALIGN_WRAP)
    return ohmctl_wrap (text, column->width, ohmctl_table_total_width (self) - column->width);
  return g_strdup (text);
}

static void
ohmctl_table_append_row (OhmctlTable *self, GString *out, guint row, gboolean has_color)
{
  g_autoptr (GString) line = g_string_new (NULL);

  ohmctl_table_pad (line, self->indent);
  for (guint i = 0; i < self->n_shown; i++)
    {
      const OhmctlColumn *column = ohmctl_table_column (self, i);
      const OhmctlCell *cell = ohmctl_table_cell (self, row, i);
      g_autofree char *text = ohmctl_table_fit_text (self, column, cell->text);

      ohmctl_table_pad (line, i > 0 ? GAP : 0);
      ohmctl_table_append_cell (self, line, column, text,
                                has_color ? cell->style : OHMCTL_STYLE_PLAIN);
    }
  ohmctl_table_trim (line);
  g_string_append_printf (out, "%s\n", line->str);
}

static void
ohmctl_table_append_header (OhmctlTable *self, GString *out, gboolean has_color)
{
  g_autoptr (GString) line = g_string_new (NULL);

  ohmctl_table_pad (line, self->indent);
  for (guint i = 0; i < self->n_shown; i++)
    {
      const OhmctlColumn *column = ohmctl_table_column (self, i);
      guint width = ohmctl_format_width (column->title);
      gboolean is_right = column->align == OHMCTL_ALIGN_RIGHT || column->align == OHMCTL_ALIGN_UNIT;
      guint before = 0;

      if (is_right && column->number_width > width)
        before = column->align == OHMCTL_ALIGN_UNIT ? column->number_width - width
                                                    : column->width - width;
      ohmctl_table_pad (line, (i > 0 ? GAP : 0) + before);
      g_string_append (line, column->title);
      ohmctl_table_pad (line, column->width - MIN (before + width, column->width));
    }
  ohmctl_table_trim (line);
  g_string_append_printf (out, "%s%s%s\n", has_color ? ohmctl_style_begin (OHMCTL_STYLE_BOLD) : "",
                          line->str, has_color ? "\033[0m" : "");
}

char *
ohmctl_table_render (OhmctlTable *self, guint width, gboolean has_color)
{
  g_autoptr (GString) out = g_string_new (NULL);
  guint rows = ohmctl_table_n_rows (self);
  gboolean has_titles = FALSE;

  if (rows == 0)
    return g_strdup ("");
  self->n_shown = self->columns->len;
  for (guint i = 0; i < self->columns->len; i++)
    {
      ohmctl_table_measure_column (self, i);
      has_titles = has_titles || *ohmctl_table_column (self, i)->title != '\0';
    }
  ohmctl_table_fit (self, width);
  if (has_titles)
    ohmctl_table_append_header (self, out, has_color);
  for (guint row = 0; row < rows; row++)
    ohmctl_table_append_row (self, out, row, has_color);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

const char *
ohmctl_style_begin (OhmctlStyle style)
{
  static const char *const begins[] = {
    "", "\033[32m", "\033[33m", "\033[31m", "\033[2m", "\033[1m"
  };

  return begins[style];
}

char *
ohmctl_wrap (const char *text, guint width, guint indent)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  GString *out = g_string_new (NULL);
  guint column = 0;

  for (guint i = 0; words[i] != NULL; i++)
    {
      guint n = ohmctl_format_width (words[i]);

      if (n == 0)
        continue;
      if (column > 0 && column + 1 + n > width)
        {
          g_string_append_c (out, '\n');
          ohmctl_table_pad (out, indent);
          column = 0;
        }
      if (column > 0)
        g_string_append_c (out, ' ');
      column += n + (column > 0 ? 1 : 0);
      g_string_append (out, words[i]);
    }
  return g_string_free (out, FALSE);
}

char *
ohmctl_ellipsize (const char *text, guint width)
{
  const char *end = text;
  guint used = 0;

  if (ohmctl_format_width (text) <= width)
    return g_strdup (text);
  while (*end != '\0')
    {
      g_autofree char *next = g_strndup (end, (gsize) (ohmctl_words_next_char (end) - end));
      guint n = ohmctl_format_width (next);

      if (used + n + 1 > width)
        break;
      used += n;
      end = ohmctl_words_next_char (end);
    }
  return g_strdup_printf ("%.*s…", (int) (end - text), text);
}
