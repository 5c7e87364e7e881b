/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-csv.h"

#include <gio/gunixinputstream.h>
#include <string.h>
#include <unistd.h>

/**
 * OhmctlCsvParser:
 * @name: for messages
 * @p: next byte
 * @end: behind the last
 * @line: where @p is
 * @separator: between fields
 * @rows: (unowned) (element-type OhmctlCsvRow): so far
 * @wrong: (unowned): rows of another width than the first, one a line
 * @n_wrong: how many
 */
typedef struct
{
  const char *name;
  const char *p;
  const char *end;
  guint line;
  char separator;
  GPtrArray *rows;
  GString *wrong;
  guint n_wrong;
} OhmctlCsvParser;

/* So many of them are told. */
#define WRONG_MAX 50

static void
ohmctl_csv_row_free (gpointer data)
{
  OhmctlCsvRow *row = data;

  g_ptr_array_unref (row->fields);
  g_free (row);
}

static gboolean
ohmctl_csv_fail (OhmctlCsvParser *self, guint line, const char *reason, GError **error)
{
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "%s:%u: %s", self->name, line, reason);
  return FALSE;
}

/* The separator that the first line has most of. */
static char
ohmctl_csv_find_separator (const char *p, const char *end)
{
  static const char separators[] = { ',', ';', '\t' };
  guint counts[G_N_ELEMENTS (separators)] = { 0 };
  guint best = 0;

  for (; p < end && *p != '\n'; p++)
    for (guint i = 0; i < G_N_ELEMENTS (separators); i++)
      counts[i] += *p == separators[i];
  for (guint i = 1; i < G_N_ELEMENTS (separators); i++)
    if (counts[i] > counts[best])
      best = i;
  return separators[best];
}

/* Behind the opening quote; ends behind the closing one. */
static gboolean
ohmctl_csv_take_quoted (OhmctlCsvParser *self, GString *field, GError **error)
{
  guint first = self->line;

  for (; self->p < self->end; self->p++)
    {
      if (*self->p == '\n')
        self->line++;
      if (*self->p != '"')
        g_string_append_c (field, *self->p);
      else if (self->p + 1 < self->end && self->p[1] == '"')
        g_string_append_c (field, *self->p++);
      else
        {
          self->p++;
          return TRUE;
        }
      if (field->len > OHMCTL_CSV_FIELD_MAX)
        return ohmctl_csv_fail (self, first, "a field is too long", error);
    }
  return ohmctl_csv_fail (self, first, "a quote is not closed", error);
}

static gboolean
ohmctl_csv_take_plain (OhmctlCsvParser *self, GString *field, GError **error)
{
  for (; self->p < self->end && *self->p != self->separator && *self->p != '\n'; self->p++)
    {
      if (field->len >= OHMCTL_CSV_FIELD_MAX)
        return ohmctl_csv_fail (self, self->line, "a field is too long", error);
      g_string_append_c (field, *self->p);
    }
  return TRUE;
}

static gboolean
ohmctl_csv_take_field (OhmctlCsvParser *self, GPtrArray *fields, GError **error)
{
  g_autoptr (GString) field = g_string_new (NULL);

  if (fields->len >= OHMCTL_CSV_COLUMNS_MAX)
    return ohmctl_csv_fail (self, self->line, "too many columns", error);
  while (self->p < self->end && *self->p == ' ')
    self->p++;
  if (self->p < self->end && *self->p == '"')
    {
      self->p++;
      if (!ohmctl_csv_take_quoted (self, field, error))
        return FALSE;
    }
  if (!ohmctl_csv_take_plain (self, field, error))
    return FALSE;
  g_strstrip (field->str);
  g_ptr_array_add (fields, g_strdup (field->str));
  return TRUE;
}

static void
ohmctl_csv_note_wrong (OhmctlCsvParser *self, guint line, guint is, guint wanted)
{
  if (self->n_wrong++ < WRONG_MAX)
    g_string_append_printf (self->wrong, "%s%s:%u: %u field%s, but the header has %u",
                            self->wrong->len > 0 ? "\n" : "", self->name, line, is,
                            is == 1 ? "" : "s", wanted);
}

static gboolean
ohmctl_csv_add_row (OhmctlCsvParser *self, guint line, GPtrArray *fields, GError **error)
{
  const OhmctlCsvRow *header = self->rows->len > 0 ? self->rows->pdata[0] : NULL;
  OhmctlCsvRow *row;

  if (fields->len == 1 && *(const char *) fields->pdata[0] == '\0')
    return TRUE;
  if (self->rows->len > OHMCTL_CSV_ROWS_MAX)
    return ohmctl_csv_fail (self, line, "too many lines", error);
  if (header != NULL && header->fields->len != fields->len)
    {
      ohmctl_csv_note_wrong (self, line, fields->len, header->fields->len);
      return TRUE;
    }
  row = g_new0 (OhmctlCsvRow, 1);
  row->line = line;
  row->fields = g_ptr_array_ref (fields);
  g_ptr_array_add (self->rows, row);
  return TRUE;
}

static gboolean
ohmctl_csv_take_row (OhmctlCsvParser *self, GError **error)
{
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func (g_free);
  guint line = self->line;

  for (;;)
    {
      if (!ohmctl_csv_take_field (self, fields, error))
        return FALSE;
      if (self->p >= self->end || *self->p == '\n')
        break;
      self->p++;
    }
  if (self->p < self->end)
    {
      self->p++;
      self->line++;
    }
  return ohmctl_csv_add_row (self, line, fields, error);
}

GPtrArray *
ohmctl_csv_parse (const char *name, const char *text, gsize length, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (ohmctl_csv_row_free);
  g_autoptr (GString) wrong = g_string_new (NULL);
  OhmctlCsvParser self = { name, text, text + length, 1, ',', rows, wrong, 0 };
  const char *bad;

  if (length > OHMCTL_CSV_BYTES_MAX || !g_utf8_validate_len (text, length, &bad))
    {
      ohmctl_csv_fail (&self, 1,
                       length > OHMCTL_CSV_BYTES_MAX ? "the file is too large"
                                                     : "the text is not UTF-8: save it as UTF-8",
                       error);
      return NULL;
    }
  if (length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    self.p += 3;
  self.separator = ohmctl_csv_find_separator (self.p, self.end);
  while (self.p < self.end)
    if (!ohmctl_csv_take_row (&self, error))
      return NULL;
  if (rows->len == 0)
    {
      ohmctl_csv_fail (&self, 1, "there is no header line", error);
      return NULL;
    }
  if (wrong->len > 0)
    {
      g_set_error_literal (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, wrong->str);
      return NULL;
    }
  return g_steal_pointer (&rows);
}

char *
ohmctl_read_file (const char *path, gsize max, gsize *ret_length, GError **error)
{
  gboolean is_stdin = strcmp (path, "-") == 0;
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (path);
  g_autoptr (GInputStream) stream = NULL;
  g_autofree char *text = g_malloc (max + 2);

  if (is_stdin)
    stream = g_unix_input_stream_new (STDIN_FILENO, /* close */ FALSE);
  else
    stream = G_INPUT_STREAM (g_file_read (file, /* cancellable */ NULL, error));
  if (stream == NULL ||
      !g_input_stream_read_all (stream, text, max + 1, ret_length, /* cancellable */ NULL, error))
    {
      g_prefix_error (error, "cannot read '%s': ", path);
      return NULL;
    }
  if (*ret_length > max)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED,
                   "'%s' is larger than %" G_GSIZE_FORMAT " bytes", path, max);
      return NULL;
    }
  text[*ret_length] = '\0';
  return g_steal_pointer (&text);
}

GPtrArray *
ohmctl_csv_load (const char *path, GError **error)
{
  gsize length;
  g_autofree char *text = ohmctl_read_file (path, OHMCTL_CSV_BYTES_MAX, &length, error);

  return text != NULL ? ohmctl_csv_parse (path, text, length, error) : NULL;
}
