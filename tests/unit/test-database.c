/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-database.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define NOBODY 65534

typedef struct
{
  char *dir;
  char *path;
  char *log;
} Fixture;

static void
fixture_set_up (Fixture *self, gconstpointer data)
{
  self->dir = g_dir_make_tmp ("ohm-database-XXXXXX", NULL);
  self->path = g_build_filename (self->dir, "store.db", NULL);
  self->log = g_strconcat (self->path, "-wal", NULL);
}

static void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (self->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (self->dir, name, NULL);

      g_remove (child);
    }
  g_rmdir (self->dir);
  g_free (self->dir);
  g_free (self->path);
  g_free (self->log);
}

static OhmDatabase *
fixture_try_open (Fixture *self, guint version, OhmDatabaseFault *ret_fault, GError **error)
{
  OhmDatabaseOptions options = {
    .path = self->path,
    .check_bytes = 16 * 1024 * 1024,
    .newest_version = version,
  };

  return ohm_database_open (&options, ret_fault, error);
}

static OhmDatabase *
fixture_open (Fixture *self, guint version)
{
  g_autoptr (GError) error = NULL;
  OhmDatabaseFault fault = OHM_DATABASE_FAULT_NONE;
  OhmDatabase *database = fixture_try_open (self, version, &fault, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fault, ==, OHM_DATABASE_FAULT_NONE);
  return database;
}

static void
fixture_assert_refused (Fixture *self, OhmDatabaseFault expected)
{
  g_autoptr (GError) error = NULL;
  OhmDatabaseFault fault = OHM_DATABASE_FAULT_NONE;
  g_autoptr (OhmDatabase) database = fixture_try_open (self, 0, &fault, &error);

  g_assert_null (database);
  g_assert_error (error, OHM_ERROR, OHM_ERROR_STORE);
  g_assert_cmpint (fault, ==, expected);
}

/* Runs SQL on the file as any program could. */
static void
fixture_exec (Fixture *self, const char *sql)
{
  sqlite3 *handle = NULL;
  char *message = NULL;

  g_assert_cmpint (sqlite3_open (self->path, &handle), ==, SQLITE_OK);
  sqlite3_exec (handle, sql, NULL, NULL, &message);
  g_assert_cmpstr (message, ==, NULL);
  sqlite3_close (handle);
}

static gint64
fixture_get (OhmDatabase *database, const char *sql)
{
  g_autoptr (GError) error = NULL;
  gint64 value = -1;

  g_assert_true (ohm_database_get_integer (database, sql, &value, &error));
  g_assert_no_error (error);
  return value;
}

static GBytes *
fixture_read_file (const char *path)
{
  char *text = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, NULL))
    return g_bytes_new_static ("", 0);
  return g_bytes_new_take (text, length);
}

static void
test_database_new (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmDatabase) database = fixture_open (self, 0);

  g_assert_cmpuint (ohm_database_get_version (database), ==, ohm_database_get_newest_version ());
  g_assert_true (ohm_database_is_checked (database));
  g_assert_cmpint (ohm_database_get_fault (database), ==, OHM_DATABASE_FAULT_NONE);
  g_assert_cmpint (fixture_get (database, "PRAGMA application_id"), ==, 0x4f686d31);
  g_assert_cmpint (fixture_get (database, "PRAGMA foreign_keys"), ==, 1);
  g_assert_cmpint (fixture_get (database, "PRAGMA synchronous"), ==, 2);
  g_assert_cmpint (ohm_database_get_used_bytes (database), >, 0);
}

/* From every version there ever was, data in the tables, to the newest. */
static void
test_database_migrate (Fixture *self, gconstpointer data)
{
  guint newest = ohm_database_get_newest_version ();

  for (guint version = 1; version <= newest; version++)
    {
      OhmDatabase *database = fixture_open (self, version);
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (ohm_database_get_version (database), ==, version);
      ohm_database_run (database, &error,
                        "INSERT INTO places (id, name, source, medium, is_inverted, factor,"
                        " updated_us) VALUES ('main', 'Main', '', 'electricity', 0, 1.0, 5)",
                        "");
      g_assert_no_error (error);
      ohm_database_close (database);

      database = fixture_open (self, 0);
      g_assert_cmpuint (ohm_database_get_version (database), ==, newest);
      g_assert_cmpint (fixture_get (database, "PRAGMA user_version"), ==, newest);
      g_assert_cmpint (fixture_get (database, "SELECT count(*) FROM places"), ==, 1);
      g_assert_cmpint (fixture_get (database, "SELECT count(*) FROM aside"), ==, 0);
      g_assert_cmpint (fixture_get (database, "SELECT count(*) FROM places AS p, runs AS r"
                                              " WHERE p.address = r.address"),
                       ==, 0);
      g_assert_cmpint (fixture_get (database, "SELECT count(*) FROM uplinks, dead_letters"), ==, 0);
      ohm_database_close (database);
      g_assert_cmpint (g_remove (self->path), ==, 0);
    }
}

/* Schema 6 had addresses of meters whose unit was not known yet: they tell nothing. */
static void
test_database_migrate_unit (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmDatabase) database = NULL;

  ohm_database_close (fixture_open (self, 6));
  fixture_exec (
    self, "INSERT INTO places (number, id, name, source, medium, is_inverted, factor, address,"
          " updated_us) VALUES (1, 'a', 'A', '', 'x', 0, 1, '192.0.2.1:502/0', 5),"
          " (2, 'b', 'B', '', 'x', 0, 1, '/dev/ttyS0/10', 5),"
          " (3, 'c', 'C', '', 'x', 0, 1, '/dev/ttyS0/0', 5);"
          "INSERT INTO runs (place, meter, source, opened_us, address) VALUES"
          " (1, 'a', '', 5, '192.0.2.1:502/0'), (2, 'b', '', 5, '/dev/ttyS0/10'),"
          " (3, 'c', '', 5, '/dev/ttyS0/7'), (3, 'c', '', 5, '/dev/ttyS0/0')");
  database = fixture_open (self, 0);
  g_assert_cmpint (fixture_get (database, "SELECT count(*) FROM places WHERE address IS NULL"), ==,
                   1);
  g_assert_cmpint (fixture_get (database, "SELECT count(*) FROM places WHERE id = 'c' AND address ="
                                          " '/dev/ttyS0/7' OR id = 'b' AND address ="
                                          " '/dev/ttyS0/10'"),
                   ==, 2);
  g_assert_cmpint (fixture_get (database, "SELECT count(*) FROM runs WHERE address IS NULL"), ==,
                   2);
}

static void
test_database_empty_file (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmDatabase) database = NULL;

  g_assert_true (g_file_set_contents (self->path, "", 0, NULL));
  database = fixture_open (self, 0);
  g_assert_cmpuint (ohm_database_get_version (database), ==, ohm_database_get_newest_version ());
}

/* A later release added something; this one goes on with what it knows. */
static void
test_database_newer (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmDatabase) database = NULL;
  g_autoptr (GError) error = NULL;

  ohm_database_close (fixture_open (self, 0));
  fixture_exec (self, "PRAGMA user_version = 99; ALTER TABLE places ADD COLUMN tenant TEXT;"
                      "CREATE TABLE tenants (id TEXT PRIMARY KEY)");
  database = fixture_open (self, 0);
  g_assert_cmpuint (ohm_database_get_version (database), ==, 99);
  g_assert_true (
    ohm_database_run (database, &error,
                      "INSERT INTO places (id, name, source, medium, is_inverted, factor,"
                      " updated_us) VALUES ('main', 'Main', '', 'electricity', 0, 1.0, 5)",
                      ""));
  g_assert_no_error (error);
  g_assert_cmpint (fixture_get (database, "PRAGMA user_version"), ==, 99);
}

/* Not even the log of a database that is refused is moved into it. */
static void
test_database_too_new (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) file = NULL;
  g_autoptr (GBytes) log = NULL;
  g_autoptr (GBytes) file_after = NULL;
  g_autoptr (GBytes) log_after = NULL;
  sqlite3 *handle = NULL;

  ohm_database_close (fixture_open (self, 0));
  g_assert_cmpint (sqlite3_open (self->path, &handle), ==, SQLITE_OK);
  sqlite3_db_config (handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  sqlite3_exec (handle,
                "PRAGMA user_version = 99;"
                "UPDATE meta SET value = '99' WHERE key = 'minimum-reader'",
                NULL, NULL, NULL);
  sqlite3_close (handle);
  file = fixture_read_file (self->path);
  log = fixture_read_file (self->log);
  g_assert_cmpuint (g_bytes_get_size (log), >, 0);

  fixture_assert_refused (self, OHM_DATABASE_FAULT_TOO_NEW);

  file_after = fixture_read_file (self->path);
  log_after = fixture_read_file (self->log);
  g_assert_true (g_bytes_equal (file, file_after));
  g_assert_true (g_bytes_equal (log, log_after));
}

/* So new that even the table has gone where it says whom it lets in. */
static void
test_database_unreadable (Fixture *self, gconstpointer data)
{
  ohm_database_close (fixture_open (self, 0));
  fixture_exec (self, "PRAGMA user_version = 99; DROP TABLE meta");
  fixture_assert_refused (self, OHM_DATABASE_FAULT_TOO_NEW);
}

static void
test_database_foreign (Fixture *self, gconstpointer data)
{
  static const char *const owners[] = {
    "CREATE TABLE photos (id INTEGER); INSERT INTO photos VALUES (1)",
    "PRAGMA application_id = 252006674; CREATE TABLE layers (id INTEGER)",
  };

  for (guint i = 0; i < G_N_ELEMENTS (owners); i++)
    {
      g_autoptr (GBytes) before = NULL;
      g_autoptr (GBytes) after = NULL;

      g_remove (self->path);
      fixture_exec (self, owners[i]);
      before = fixture_read_file (self->path);
      fixture_assert_refused (self, OHM_DATABASE_FAULT_FOREIGN);
      after = fixture_read_file (self->path);
      g_assert_true (g_bytes_equal (before, after));
    }
}

static void
test_database_not_one (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (20000, 'x');

  g_assert_true (g_file_set_contents (self->path, text, -1, NULL));
  fixture_assert_refused (self, OHM_DATABASE_FAULT_CORRUPT);
}

static void
test_database_fails_check (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) file = NULL;
  g_autofree guint8 *bytes = NULL;
  gsize length;

  ohm_database_close (fixture_open (self, 0));
  file = fixture_read_file (self->path);
  bytes = g_memdup2 (g_bytes_get_data (file, &length), g_bytes_get_size (file));
  /* the second page from the end: the root of a table or index */
  for (gsize i = length - 8192; i < length - 4096; i++)
    bytes[i] = 0xa5;
  g_assert_true (g_file_set_contents (self->path, (char *) bytes, (gssize) length, NULL));
  fixture_assert_refused (self, OHM_DATABASE_FAULT_CORRUPT);
}

/* Too large to be checked: opened all the same, and said so. */
static void
test_database_too_large_to_check (Fixture *self, gconstpointer data)
{
  OhmDatabaseOptions options = { .path = self->path, .check_bytes = 64 * 1024 };
  OhmDatabaseFault fault;
  g_autoptr (OhmDatabase) database = NULL;
  g_autoptr (GError) error = NULL;

  database = fixture_open (self, 0);
  g_assert_true (ohm_database_run (database, &error, "BEGIN", ""));
  for (guint i = 0; i < 20000; i++)
    ohm_database_run (database, &error,
                      "INSERT INTO events (time_us, subject, code, arguments)"
                      " VALUES (?, 'meters/main', 'silent', '{}')",
                      "i", (gint64) i);
  ohm_database_run (database, &error, "COMMIT", "");
  g_assert_no_error (error);
  g_clear_pointer (&database, ohm_database_close);
  database = ohm_database_open (&options, &fault, &error);
  g_assert_no_error (error);
  g_assert_false (ohm_database_is_checked (database));
}

static void
test_database_quarantine (Fixture *self, gconstpointer data)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *log = g_strconcat (self->path, ".corrupt-1-wal", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (self->path, "one", -1, NULL));
  g_assert_true (g_file_set_contents (self->log, "log", -1, NULL));
  first = ohm_database_quarantine (self->path, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (first, "/store.db.corrupt-1"));
  g_assert_true (g_file_test (log, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (self->path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (self->log, G_FILE_TEST_EXISTS));

  g_assert_true (g_file_set_contents (self->path, "two", -1, NULL));
  second = ohm_database_quarantine (self->path, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (second, "/store.db.corrupt-2"));
}

static void
test_database_no_directory (Fixture *self, gconstpointer data)
{
  g_free (self->path);
  self->path = g_build_filename (self->dir, "nowhere", "store.db", NULL);
  fixture_assert_refused (self, OHM_DATABASE_FAULT_FAILED);
}

static void
test_database_locked (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmDatabase) database = fixture_open (self, 0);

  fixture_assert_refused (self, OHM_DATABASE_FAULT_FAILED);
}

static void
test_database_read_only (Fixture *self, gconstpointer data)
{
  if (geteuid () != 0)
    {
      ohm_database_close (fixture_open (self, 0));
      g_assert_cmpint (g_chmod (self->path, 0444), ==, 0);
      fixture_assert_refused (self, OHM_DATABASE_FAULT_READ_ONLY);
      return;
    }
  ohm_database_close (fixture_open (self, 0));
  g_assert_cmpint (g_chmod (self->dir, 0755), ==, 0);
  g_assert_cmpint (g_chmod (self->path, 0444), ==, 0);
  g_assert_cmpint (seteuid (NOBODY), ==, 0);
  fixture_assert_refused (self, OHM_DATABASE_FAULT_READ_ONLY);
  g_assert_cmpint (seteuid (0), ==, 0);
}

/* A wrong statement is not the medium's fault. */
static void
test_database_wrong_statement (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmDatabase) database = fixture_open (self, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) second = NULL;

  g_assert_false (ohm_database_run (database, &error, "INSERT INTO nothing VALUES (1)", ""));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
  g_assert_false (ohm_database_run (database, &second,
                                    "INSERT INTO runs (place, meter, source, opened_us)"
                                    " VALUES (77, '', '', 0)",
                                    ""));
  g_assert_error (second, OHM_ERROR, OHM_ERROR_FAILED);
  g_assert_cmpint (ohm_database_get_fault (database), ==, OHM_DATABASE_FAULT_NONE);
}

static void
test_database_full (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmDatabase) database = fixture_open (self, 0);
  g_autoptr (GBytes) big = g_bytes_new_take (g_malloc0 (100000), 100000);
  g_autoptr (GError) error = NULL;
  gint64 used = ohm_database_get_used_bytes (database);

  ohm_database_set_max_bytes (database, used + 8192);
  g_assert_false (
    ohm_database_run (database, &error, "INSERT INTO stored_values VALUES ('big', ?)", "b", big));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_STORE);
  g_assert_cmpint (ohm_database_get_fault (database), ==, OHM_DATABASE_FAULT_FULL);
  g_clear_error (&error);

  ohm_database_set_max_bytes (database, used + 1000000);
  g_assert_true (
    ohm_database_run (database, &error, "INSERT INTO stored_values VALUES ('big', ?)", "b", big));
  g_assert_no_error (error);
}

static void
test_database_columns (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmDatabase) database = fixture_open (self, 0);
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GBytes) blob = g_bytes_new_static ("\0\1\2", 3);
  g_autoptr (GError) error = NULL;
  const guint8 *bytes;
  gsize length;

  row = ohm_database_prepare (database, &error, "SELECT ?, ?, ?, ?, ?, ?", "itdbtb", G_MAXINT64,
                              "text", 0.5, blob, (const char *) NULL, (GBytes *) NULL);
  g_assert_no_error (error);
  g_assert_true (ohm_database_step (database, row, &error));
  g_assert_cmpint (ohm_statement_get_integer (row, 0), ==, G_MAXINT64);
  g_assert_cmpstr (ohm_statement_get_text (row, 1), ==, "text");
  g_assert_cmpfloat_with_epsilon (ohm_statement_get_real (row, 2), 0.5, 1e-12);
  bytes = ohm_statement_get_blob (row, 3, &length);
  g_assert_cmpuint (length, ==, 3);
  g_assert_cmpint (memcmp (bytes, "\0\1\2", 3), ==, 0);
  g_assert_null (ohm_statement_get_text (row, 4));
  g_assert_null (ohm_statement_get_blob (row, 5, &length));
  g_assert_cmpuint (length, ==, 0);
  g_assert_false (ohm_database_step (database, row, &error));
  g_assert_no_error (error);
}

static void
test_database_transaction (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmDatabase) database = fixture_open (self, 0);
  g_autoptr (GError) error = NULL;

  g_assert_true (ohm_database_run (database, &error, "BEGIN", ""));
  g_assert_true (ohm_database_run (
    database, &error,
    "INSERT INTO events (time_us, subject, code, arguments) VALUES (1, 'a', 'b', '{}')", ""));
  g_assert_cmpint (ohm_database_get_changes (database), ==, 1);
  g_assert_cmpint (ohm_database_get_last_number (database), ==, 1);
  ohm_database_roll_back (database);
  ohm_database_roll_back (database);
  g_assert_cmpint (fixture_get (database, "SELECT count(*) FROM events"), ==, 0);
}

static void
test_database_add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_database_add ("/database/new", test_database_new);
  test_database_add ("/database/migrate", test_database_migrate);
  test_database_add ("/database/migrate-unit", test_database_migrate_unit);
  test_database_add ("/database/empty-file", test_database_empty_file);
  test_database_add ("/database/newer", test_database_newer);
  test_database_add ("/database/too-new", test_database_too_new);
  test_database_add ("/database/unreadable", test_database_unreadable);
  test_database_add ("/database/foreign", test_database_foreign);
  test_database_add ("/database/not-one", test_database_not_one);
  test_database_add ("/database/fails-check", test_database_fails_check);
  test_database_add ("/database/too-large-to-check", test_database_too_large_to_check);
  test_database_add ("/database/quarantine", test_database_quarantine);
  test_database_add ("/database/no-directory", test_database_no_directory);
  test_database_add ("/database/locked", test_database_locked);
  test_database_add ("/database/read-only", test_database_read_only);
  test_database_add ("/database/wrong-statement", test_database_wrong_statement);
  test_database_add ("/database/full", test_database_full);
  test_database_add ("/database/columns", test_database_columns);
  test_database_add ("/database/transaction", test_database_transaction);

  return g_test_run ();
}
