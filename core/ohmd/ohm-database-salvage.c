/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What can still be read of a damaged file goes into a fresh one. SQLite's own recovery is an
 * extension that no distribution's library has; but a table whose rows are in an order can be read
 * from both ends until the damage, and then all but the damaged pages is saved.
 */

#include "config.h"

#include "ohm-database-private.h"

#include <glib/gstdio.h>

/* Collecting waits for the store to open. What is not saved by then stays in the damaged file. */
#define SALVAGE_US (60 * G_USEC_PER_SEC)

/* In an order in which no row comes before one that it refers to; the dispensable ones last. */
static const struct
{
  const char *table;
  const char *forward;
  const char *backward;
} tables[] = {
  { "point_sets", "number", "number DESC" },
  { "places", "number", "number DESC" },
  { "runs", "number", "number DESC" },
  { "meters", "id", "id DESC" },
  { "stored_values", "key", "key DESC" },
  { "gaps", "place, from_slot", "place DESC, from_slot DESC" },
  { "intervals", "run, slot", "run DESC, slot DESC" },
  { "aside", "seq", "seq DESC" },
  { "uplinks", "id", "id DESC" },
  { "dead_letters", "uplink, seq", "uplink DESC, seq DESC" },
  { "events", "id", "id DESC" },
  { "trend", "minute, place", "minute DESC, place DESC" },
};

typedef struct
{
  sqlite3 *from;
  sqlite3 *to;
  gint64 until_us; /* monotonic */
  gint64 n_rows;
} OhmSalvage;

/* (nullable): a statement that writes the columns of @rows */
static sqlite3_stmt *
ohm_database_salvage_prepare_insert (OhmSalvage *self, const char *table, sqlite3_stmt *rows)
{
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GString) marks = g_string_new (NULL);
  g_autofree char *sql = NULL;
  sqlite3_stmt *insert = NULL;

  for (int i = 0; i < sqlite3_column_count (rows); i++)
    {
      g_string_append_printf (names, "%s\"%s\"", i > 0 ? ", " : "", sqlite3_column_name (rows, i));
      g_string_append_printf (marks, "%s?", i > 0 ? ", " : "");
    }
  sql = g_strdup_printf ("INSERT OR IGNORE INTO %s (%s) VALUES (%s)", table, names->str,
                         marks->str);
  sqlite3_prepare_v2 (self->to, sql, -1, &insert, NULL);
  return insert;
}

/* A row that refers to one that is lost is lost too. */
static void
ohm_database_salvage_row (OhmSalvage *self, sqlite3_stmt *rows, sqlite3_stmt *insert)
{
  for (int i = 0; i < sqlite3_column_count (rows); i++)
    sqlite3_bind_value (insert, i + 1, sqlite3_column_value (rows, i));
  if (sqlite3_step (insert) == SQLITE_DONE)
    self->n_rows += sqlite3_changes (self->to);
  sqlite3_reset (insert);
}

/* Returns: whether the table could be read to its end */
static gboolean
ohm_database_salvage_scan (OhmSalvage *self, const char *table, const char *order)
{
  g_autofree char *sql = g_strdup_printf ("SELECT * FROM %s ORDER BY %s", table, order);
  sqlite3_stmt *rows = NULL;
  sqlite3_stmt *insert = NULL;
  int code = sqlite3_prepare_v2 (self->from, sql, -1, &rows, NULL);

  if (code == SQLITE_OK)
    insert = ohm_database_salvage_prepare_insert (self, table, rows);
  while (insert != NULL && g_get_monotonic_time () < self->until_us &&
         (code = sqlite3_step (rows)) == SQLITE_ROW)
    ohm_database_salvage_row (self, rows, insert);
  sqlite3_finalize (insert);
  sqlite3_finalize (rows);
  return code == SQLITE_DONE;
}

/* (nullable): the first column of the first row, if it can be read */
static char *
ohm_database_salvage_dup_text (sqlite3 *from, const char *sql)
{
  sqlite3_stmt *row = NULL;
  char *text = NULL;

  if (sqlite3_prepare_v2 (from, sql, -1, &row, NULL) == SQLITE_OK &&
      sqlite3_step (row) == SQLITE_ROW)
    text = g_strdup ((const char *) sqlite3_column_text (row, 0));
  sqlite3_finalize (row);
  return text;
}

/* Numbers that were given out are not given out again; where it is not known how far that was, the
 * database gets a new identity, which the fresh file has already. */
static void
ohm_database_salvage_identity (OhmSalvage *self)
{
  g_autofree char *epoch =
    ohm_database_salvage_dup_text (self->from, "SELECT value FROM meta WHERE key = 'epoch'");
  g_autofree char *last = ohm_database_salvage_dup_text (self->from,
                                                         "SELECT last_seq FROM sequence");
  char *sql = NULL;

  if (epoch != NULL && last != NULL)
    sql = sqlite3_mprintf ("UPDATE meta SET value = %Q WHERE key = 'epoch';"
                           "UPDATE sequence SET last_seq = %Q + 0",
                           epoch, last);
  if (sql != NULL)
    sqlite3_exec (self->to, sql, NULL, NULL, NULL);
  sqlite3_free (sql);
  sqlite3_exec (self->to,
                "UPDATE sequence SET last_seq = max (last_seq,"
                " (SELECT coalesce (max (seq), 0) FROM intervals),"
                " (SELECT coalesce (max (seq), 0) FROM gaps),"
                " (SELECT coalesce (max (acked), 0) FROM uplinks))",
                NULL, NULL, NULL);
}

static void
ohm_database_salvage_tables (OhmSalvage *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (!ohm_database_salvage_scan (self, tables[i].table, tables[i].forward))
      ohm_database_salvage_scan (self, tables[i].table, tables[i].backward);
}

gint64
ohm_database_salvage (OhmDatabase *self, const char *path)
{
  g_autofree char *index = g_strconcat (path, "-shm", NULL);
  OhmSalvage salvage = { .to = self->handle, .until_us = g_get_monotonic_time () + SALVAGE_US };

  g_return_val_if_fail (self != NULL && path != NULL, 0);

  if (sqlite3_open_v2 (path, &salvage.from, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
      sqlite3_exec (self->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK)
    {
      ohm_database_salvage_tables (&salvage);
      ohm_database_salvage_identity (&salvage);
      if (sqlite3_exec (self->handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        {
          ohm_database_roll_back (self);
          salvage.n_rows = 0;
        }
    }
  sqlite3_close (salvage.from);
  g_unlink (index);
  return salvage.n_rows;
}
