/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OhmctlAlign:
 * @OHMCTL_ALIGN_LEFT: text
 * @OHMCTL_ALIGN_RIGHT: numbers without unit
 * @OHMCTL_ALIGN_UNIT: `NUMBER UNIT`: numbers end in one column, units begin in one
 * @OHMCTL_ALIGN_SHRINK: text that may be cut with an ellipsis where the line is too short
 * @OHMCTL_ALIGN_SHRINK_LAST: the same, where nothing else can be cut: an address cut is none
 * @OHMCTL_ALIGN_SPARE: text of columns at the right end that may be cut, and are left out before
 *   what is cut last is cut
 * @OHMCTL_ALIGN_WRAP: text of the last column, broken into as many lines as it needs
 */
typedef enum
{
  OHMCTL_ALIGN_LEFT,
  OHMCTL_ALIGN_RIGHT,
  OHMCTL_ALIGN_UNIT,
  OHMCTL_ALIGN_SHRINK,
  OHMCTL_ALIGN_SHRINK_LAST,
  OHMCTL_ALIGN_SPARE,
  OHMCTL_ALIGN_WRAP,
} OhmctlAlign;

typedef enum
{
  OHMCTL_STYLE_PLAIN,
  OHMCTL_STYLE_GOOD,
  OHMCTL_STYLE_WARNING,
  OHMCTL_STYLE_BAD,
  OHMCTL_STYLE_DIM,
  OHMCTL_STYLE_BOLD,
} OhmctlStyle;

/* A table of text in columns. */
typedef struct _OhmctlTable OhmctlTable;

OhmctlTable *ohmctl_table_new (void);
void ohmctl_table_free (OhmctlTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlTable, ohmctl_table_free)

void ohmctl_table_add_column (OhmctlTable *self, const char *title, OhmctlAlign align);
/* Of the last column: so that a table that is drawn again and again does not jump. */
void ohmctl_table_set_min_width (OhmctlTable *self, guint width);
/* Cells left of every line. */
void ohmctl_table_set_indent (OhmctlTable *self, guint columns);

/* Cells of the last row, from left to right; a cell without text, also %NULL, is shown as `-`. The
 * text is cleaned of control characters. The first cell after the last column begins a new row. */
void ohmctl_table_add (OhmctlTable *self, const char *text);
void ohmctl_table_add_take (OhmctlTable *self, char *text);
void ohmctl_table_add_styled (OhmctlTable *self, const char *text, OhmctlStyle style);

guint ohmctl_table_n_rows (OhmctlTable *self);

/**
 * ohmctl_table_render:
 * @width: columns of the terminal; 0 for no limit
 * @has_color: whether styles are shown
 *
 * Returns: (transfer full): header and rows, each ended by a newline; `""` without rows
 */
char *ohmctl_table_render (OhmctlTable *self, guint width, gboolean has_color);

/* `\033[31m`..; `""` for plain */
const char *ohmctl_style_begin (OhmctlStyle style);

/* (transfer full): @text in lines of at most @width columns; lines after the first begin with
 * @indent blanks. No newline at the end. */
char *ohmctl_wrap (const char *text, guint width, guint indent);

/* (transfer full): @text cut to @width columns, with an ellipsis if something is missing */
char *ohmctl_ellipsize (const char *text, guint width);

G_END_DECLS
