/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/*
 * One SQLite connection with its prepared statements: opening with migrations and checks, and
 * the few calls that the store's files need. One thread, the store's worker. Plain data, no
 * GObject.
 *
 * Errors: %OHM_ERROR_STORE means that the medium failed (full, read-only, broken, locked); any
 * other code that the statement was wrong and the medium is fine.
 */
typedef struct _OhmDatabase OhmDatabase;

/* Number of the newest migration this program knows: its schema version. */
guint ohm_database_get_newest_version (void);

/*
 * OhmDatabaseFault:
 *
 * What kind of failure the last %OHM_ERROR_STORE was.
 */
typedef enum
{
  OHM_DATABASE_FAULT_NONE,
  OHM_DATABASE_FAULT_FAILED,
  OHM_DATABASE_FAULT_FULL,
  OHM_DATABASE_FAULT_READ_ONLY,
  OHM_DATABASE_FAULT_CORRUPT,
  OHM_DATABASE_FAULT_TOO_NEW,
  OHM_DATABASE_FAULT_FOREIGN,
} OhmDatabaseFault;

/*
 * OhmDatabaseOptions:
 * @path: the file; begun if it is not there
 * @max_bytes: most bytes of the file; 0 for SQLite's own limit
 * @check_bytes: largest file that is checked at opening
 * @newest_version: schema to migrate to; 0 for the newest (tests)
 */
typedef struct
{
  const char *path;
  gint64 max_bytes;
  gint64 check_bytes;
  guint newest_version;
} OhmDatabaseOptions;

/*
 * Opens, checks and migrates. A database that is too new or not ours is not changed.
 * @ret_fault: why it failed
 */
OhmDatabase *
ohm_database_open (const OhmDatabaseOptions *options, OhmDatabaseFault *ret_fault, GError **error);
void ohm_database_close (OhmDatabase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDatabase, ohm_database_close)

/*
 * Renames a corrupt database and its log to `PATH.corrupt-N`, the first free N.
 *
 * Returns: (transfer full) (nullable): the new name, or %NULL with %OHM_ERROR_STORE
 */
char *ohm_database_quarantine (const char *path, GError **error);

/*
 * Copies into a fresh database what can still be read of the damaged one at @path, which stays as
 * it is. What it lacks is lost: its rows can only be looked for in that file. Returns: rows copied
 */
gint64 ohm_database_salvage (OhmDatabase *self, const char *path);

/* Schema version of the file, which may be newer than ours. */
guint ohm_database_get_version (OhmDatabase *self);

/* Whether the check at opening came to its end. */
gboolean ohm_database_is_checked (OhmDatabase *self);

OhmDatabaseFault ohm_database_get_fault (OhmDatabase *self);

/* Pages in use, in bytes. */
gint64 ohm_database_get_used_bytes (OhmDatabase *self);

/* Sets the most bytes the file may have. */
void ohm_database_set_max_bytes (OhmDatabase *self, gint64 max_bytes);

/* A prepared statement in use; put back (reset) when it goes out of scope. */
typedef sqlite3_stmt OhmStatement;

void ohm_statement_put_back (OhmStatement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmStatement, ohm_statement_put_back)

/*
 * Takes a statement, prepared once per text, and binds its parameters.
 * @sql: static text; each text is in use once at a time
 * @types: one letter per parameter: `i` gint64, `t` text (nullable), `d` double, `b` GBytes
 *   (nullable)
 */
OhmStatement *
ohm_database_prepare (OhmDatabase *self, GError **error, const char *sql, const char *types, ...);

/* Next row. Returns: %FALSE after the last row (no error) or with @error set. */
gboolean ohm_database_step (OhmDatabase *self, OhmStatement *statement, GError **error);

/* Prepares, binds and runs a statement without rows. */
gboolean
ohm_database_run (OhmDatabase *self, GError **error, const char *sql, const char *types, ...);

/* Ends the transaction, if SQLite has not done so by itself. */
void ohm_database_roll_back (OhmDatabase *self);

/* First column of the first row; @ret_value is untouched without a row or with NULL there. */
gboolean
ohm_database_get_integer (OhmDatabase *self, const char *sql, gint64 *ret_value, GError **error);

/* Rows changed by the last statement. */
gint64 ohm_database_get_changes (OhmDatabase *self);

/* Row number that the last INSERT gave out. */
gint64 ohm_database_get_last_number (OhmDatabase *self);

/* Columns of the current row. */
gint64 ohm_statement_get_integer (OhmStatement *self, int column);
double ohm_statement_get_real (OhmStatement *self, int column);
/* (transfer none) (nullable) */
const char *ohm_statement_get_text (OhmStatement *self, int column);
/* (transfer none) (nullable) */
const guint8 *ohm_statement_get_blob (OhmStatement *self, int column, gsize *ret_length);

G_END_DECLS
