/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-database-private.h"

#include "ohm-sql.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define SQL_PATH "/org/ohmnibus/sql/"

/* Highest number tried for the name of a database that is put aside. */
#define QUARANTINE_MAX 10000

/* One connection in one process: the write-ahead log's index needs no shared memory then. */
static const char ohm_database_settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                            "PRAGMA trusted_schema = OFF;"
                                            "PRAGMA cell_size_check = ON;"
                                            "PRAGMA foreign_keys = ON;"
                                            "PRAGMA mmap_size = 0;"
                                            "PRAGMA temp_store = MEMORY;"
                                            "PRAGMA cache_size = -1024;"
                                            "PRAGMA synchronous = FULL;"
                                            "PRAGMA journal_size_limit = 4194304;";

static gboolean
ohm_database_exec (OhmDatabase *self, const char *sql, GError **error)
{
  int code = sqlite3_exec (self->handle, sql, NULL, NULL, NULL);

  if (code == SQLITE_OK)
    return TRUE;
  ohm_database_set_error (self, code, error);
  return FALSE;
}

static int
ohm_database_compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* (transfer full): names of the migrations in their order: the first is version 1. */
static GPtrArray *
ohm_database_list_migrations (void)
{
  g_auto (GStrv) names = g_resource_enumerate_children (ohm_sql_get_resource (), SQL_PATH,
                                                        G_RESOURCE_LOOKUP_FLAGS_NONE,
                                                        /* error */ NULL);
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    g_ptr_array_add (list, g_strdup (names[i]));
  g_ptr_array_sort (list, ohm_database_compare_names);
  return list;
}

guint
ohm_database_get_newest_version (void)
{
  g_autoptr (GPtrArray) list = ohm_database_list_migrations ();

  return list->len;
}

/* The version is written in the migration's own transaction. */
static gboolean
ohm_database_migrate_one (OhmDatabase *self, const char *name, guint version, GError **error)
{
  g_autofree char *path = g_strconcat (SQL_PATH, name, NULL);
  g_autoptr (GBytes) text = NULL;
  g_autofree char *sql = NULL;

  text = g_resource_lookup_data (ohm_sql_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE,
                                 /* error */ NULL);
  if (text == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "migration '%s' is not built in", name);
      return FALSE;
    }
  sql = g_strdup_printf ("BEGIN IMMEDIATE; %s; PRAGMA user_version = %u;"
                         "PRAGMA application_id = %d; COMMIT",
                         (const char *) g_bytes_get_data (text, NULL), version,
                         OHM_DATABASE_APPLICATION_ID);
  if (ohm_database_exec (self, sql, error))
    return TRUE;
  g_prefix_error (error, "migration '%s': ", name);
  sqlite3_exec (self->handle, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

static gboolean
ohm_database_migrate (OhmDatabase *self, guint newest, GError **error)
{
  g_autoptr (GPtrArray) list = ohm_database_list_migrations ();

  for (guint i = self->version; i < MIN (newest, list->len); i++)
    {
      if (!ohm_database_migrate_one (self, g_ptr_array_index (list, i), i + 1, error))
        return FALSE;
      self->version = i + 1;
    }
  return TRUE;
}

/* %FALSE also where there is no table `meta`: then no reader can be old enough to be told. */
static gboolean
ohm_database_is_readable_by (OhmDatabase *self, guint version)
{
  gint64 minimum = G_MAXINT64;

  return ohm_database_get_integer (self,
                                   "SELECT CAST (value AS INTEGER) FROM meta"
                                   " WHERE key = 'minimum-reader'",
                                   &minimum,
                                   /* error */ NULL) &&
         minimum <= version;
}

static gboolean
ohm_database_refuse (OhmDatabase *self, OhmDatabaseFault fault, const char *why, GError **error)
{
  self->fault = fault;
  g_set_error (error, OHM_ERROR, OHM_ERROR_STORE, "database '%s': %s", self->path, why);
  return FALSE;
}

/* Reads only. */
static gboolean
ohm_database_check_owner (OhmDatabase *self, guint newest, GError **error)
{
  gint64 application = 0;
  gint64 version = 0;
  gint64 n_tables = 0;

  if (!ohm_database_get_integer (self, "PRAGMA application_id", &application, error) ||
      !ohm_database_get_integer (self, "PRAGMA user_version", &version, error) ||
      !ohm_database_get_integer (self, "SELECT count(*) FROM sqlite_schema", &n_tables, error))
    return FALSE;
  if (application != OHM_DATABASE_APPLICATION_ID && (application != 0 || n_tables != 0))
    return ohm_database_refuse (self, OHM_DATABASE_FAULT_FOREIGN,
                                "belongs to another program, not touched", error);
  self->version = (guint) CLAMP (version, 0, G_MAXINT);
  if (self->version > newest && !ohm_database_is_readable_by (self, newest))
    return ohm_database_refuse (self, OHM_DATABASE_FAULT_TOO_NEW,
                                "needs a newer release, not touched", error);
  return TRUE;
}

/* SQLite checks a file in one instruction of its machine, which no progress handler interrupts (as
 * of 3.40): what would take long has to be left alone. */
static gboolean
ohm_database_check (OhmDatabase *self, gint64 check_bytes, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int code;
  gboolean is_ok;

  if (ohm_database_get_used_bytes (self) > check_bytes)
    return TRUE;
  code = sqlite3_prepare_v2 (self->handle, "PRAGMA quick_check(1)", -1, &statement, NULL);
  if (code == SQLITE_OK)
    code = sqlite3_step (statement);
  is_ok = code == SQLITE_ROW && g_strcmp0 (ohm_statement_get_text (statement, 0), "ok") == 0;
  sqlite3_finalize (statement);
  self->is_checked = is_ok;
  if (is_ok)
    return TRUE;
  if (code == SQLITE_ROW)
    return ohm_database_refuse (self, OHM_DATABASE_FAULT_CORRUPT, "fails its check", error);
  ohm_database_set_error (self, code, error);
  return FALSE;
}

static gboolean
ohm_database_set_up_log (OhmDatabase *self, GError **error)
{
  return ohm_database_exec (self, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL", error);
}

gboolean
ohm_database_prepare_file (OhmDatabase *self, const OhmDatabaseOptions *options, GError **error)
{
  guint newest = options->newest_version != 0 ? options->newest_version
                                              : ohm_database_get_newest_version ();

  if (sqlite3_db_readonly (self->handle, "main") == 1)
    return ohm_database_refuse (self, OHM_DATABASE_FAULT_READ_ONLY, "is read-only", error);
  sqlite3_extended_result_codes (self->handle, 1);
  sqlite3_busy_timeout (self->handle, 0);
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  /* until it is known to be ours, not even its log is moved into it */
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  if (!ohm_database_exec (self, ohm_database_settings, error) ||
      !ohm_database_check_owner (self, newest, error))
    return FALSE;
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
  if (!ohm_database_set_up_log (self, error) ||
      !ohm_database_check (self, options->check_bytes, error) ||
      !ohm_database_migrate (self, newest, error))
    return FALSE;
  ohm_database_set_max_bytes (self, options->max_bytes);
  return TRUE;
}

OhmDatabase *
ohm_database_open (const OhmDatabaseOptions *options, OhmDatabaseFault *ret_fault, GError **error)
{
  g_autoptr (OhmDatabase) self = ohm_database_new (options->path);
  int code = sqlite3_open_v2 (options->path, &self->handle,
                              SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                              /* vfs */ NULL);

  if (code != SQLITE_OK)
    ohm_database_set_error (self, code, error);
  else if (ohm_database_prepare_file (self, options, error))
    return g_steal_pointer (&self);
  *ret_fault = self->fault != OHM_DATABASE_FAULT_NONE ? self->fault : OHM_DATABASE_FAULT_FAILED;
  return NULL;
}

static gboolean
ohm_database_rename (const char *from, const char *to, GError **error)
{
  if (g_rename (from, to) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_STORE, "database '%s': cannot rename: %s", from,
               g_strerror (errno));
  return FALSE;
}

/* (transfer full) (nullable) */
static char *
ohm_database_find_free_name (const char *path)
{
  for (guint i = 1; i <= QUARANTINE_MAX; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.corrupt-%u", path, i);

      if (!g_file_test (name, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&name);
    }
  return NULL;
}

char *
ohm_database_quarantine (const char *path, GError **error)
{
  g_autofree char *name = ohm_database_find_free_name (path);
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  g_autofree char *new_log = NULL;

  if (name == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_STORE, "database '%s': too many put aside already",
                   path);
      return NULL;
    }
  /* the log first: without it the rest is an older state, with a new file it would be poison */
  new_log = g_strconcat (name, "-wal", NULL);
  if (!ohm_database_rename (log, new_log, error) || !ohm_database_rename (path, name, error))
    return NULL;
  return g_steal_pointer (&name);
}
