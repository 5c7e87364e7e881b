/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-error.h"

G_BEGIN_DECLS

/* Bounds on what is read. */
#define OHMCTL_CSV_BYTES_MAX   (4 * 1024 * 1024)
#define OHMCTL_CSV_ROWS_MAX    10000
#define OHMCTL_CSV_COLUMNS_MAX 64
#define OHMCTL_CSV_FIELD_MAX   4096

/**
 * OhmctlCsvRow:
 * @line: where it begins, counted from 1
 * @fields: (owned) (element-type utf8): blanks at both ends removed
 */
typedef struct
{
  guint line;
  GPtrArray *fields;
} OhmctlCsvRow;

/**
 * ohmctl_csv_parse:
 * @name: name of the file for messages
 * @text: (array length=length): its contents
 * @length: in bytes
 * @error: code %OHMCTL_EXIT_FAILED, `file:line: reason`, a line for each row of another width
 *
 * Reads comma-separated values as RFC 4180 and spreadsheets write them: the separator is the comma,
 * the semicolon or the tab, whichever the first line has most of; a byte order mark, CR LF and
 * quotes are understood; empty lines are passed over. All rows have as many fields as the first.
 *
 * Returns: (transfer full) (element-type OhmctlCsvRow) (nullable): rows, the header first
 */
GPtrArray *ohmctl_csv_parse (const char *name, const char *text, gsize length, GError **error);

/* The same from a file; `-` is standard input. */
GPtrArray *ohmctl_csv_load (const char *path, GError **error);

/* The whole of a file of at most @max bytes; `-` is standard input. (transfer full) (nullable) */
char *ohmctl_read_file (const char *path, gsize max, gsize *ret_length, GError **error);

G_END_DECLS
