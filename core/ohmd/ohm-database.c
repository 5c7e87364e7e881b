/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-database-private.h"

#include <errno.h>
#include <stdarg.h>

/* What the system said is more exact than what SQLite makes of it. */
static OhmDatabaseFault
ohm_database_fault_of_system (sqlite3 *handle)
{
  switch (handle != NULL ? sqlite3_system_errno (handle) : 0)
    {
    case EACCES:
    case EPERM:
    case EROFS:
      return OHM_DATABASE_FAULT_READ_ONLY;
    case ENOSPC:
    case EDQUOT:
      return OHM_DATABASE_FAULT_FULL;
    default:
      return OHM_DATABASE_FAULT_FAILED;
    }
}

static OhmDatabaseFault
ohm_database_fault_of (sqlite3 *handle, int code)
{
  switch (code & 0xff)
    {
    case SQLITE_FULL:
      return OHM_DATABASE_FAULT_FULL;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return OHM_DATABASE_FAULT_READ_ONLY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return OHM_DATABASE_FAULT_CORRUPT;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return ohm_database_fault_of_system (handle);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_AUTH:
    case SQLITE_INTERRUPT:
      return OHM_DATABASE_FAULT_FAILED;
    default:
      return OHM_DATABASE_FAULT_NONE;
    }
}

void
ohm_database_set_error (OhmDatabase *self, int code, GError **error)
{
  OhmDatabaseFault fault = ohm_database_fault_of (self->handle, code);

  if (fault != OHM_DATABASE_FAULT_NONE)
    self->fault = fault;
  g_set_error (error, OHM_ERROR,
               fault != OHM_DATABASE_FAULT_NONE ? OHM_ERROR_STORE : OHM_ERROR_FAILED,
               "database '%s': %s", self->path,
               self->handle != NULL && sqlite3_errcode (self->handle) != SQLITE_OK
                 ? sqlite3_errmsg (self->handle)
                 : sqlite3_errstr (code));
}

guint
ohm_database_get_version (OhmDatabase *self)
{
  return self->version;
}

gboolean
ohm_database_is_checked (OhmDatabase *self)
{
  return self->is_checked;
}

OhmDatabaseFault
ohm_database_get_fault (OhmDatabase *self)
{
  return self->fault;
}

void
ohm_database_roll_back (OhmDatabase *self)
{
  if (sqlite3_get_autocommit (self->handle) == 0)
    sqlite3_exec (self->handle, "ROLLBACK", NULL, NULL, NULL);
}

gint64
ohm_database_get_changes (OhmDatabase *self)
{
  return sqlite3_changes64 (self->handle);
}

gint64
ohm_database_get_last_number (OhmDatabase *self)
{
  return sqlite3_last_insert_rowid (self->handle);
}

void
ohm_statement_put_back (OhmStatement *self)
{
  sqlite3_reset (self);
  sqlite3_clear_bindings (self);
}

static OhmStatement *
ohm_database_find_statement (OhmDatabase *self, const char *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);
  int code;

  if (statement != NULL)
    return statement;
  code = sqlite3_prepare_v3 (self->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                             /* tail */ NULL);
  if (code != SQLITE_OK)
    {
      ohm_database_set_error (self, code, error);
      return NULL;
    }
  g_hash_table_insert (self->statements, (gpointer) (guintptr) sql, statement);
  return statement;
}

static int
ohm_statement_bind_bytes (OhmStatement *self, int index, GBytes *bytes)
{
  gsize length;
  gconstpointer data;

  if (bytes == NULL)
    return sqlite3_bind_null (self, index);
  data = g_bytes_get_data (bytes, &length);
  return sqlite3_bind_blob64 (self, index, data != NULL ? data : "", length, SQLITE_TRANSIENT);
}

static int
ohm_statement_bind (OhmStatement *self, const char *types, va_list *values)
{
  int code = SQLITE_OK;

  for (int i = 0; types[i] != '\0' && code == SQLITE_OK; i++)
    switch (types[i])
      {
      case 'i':
        code = sqlite3_bind_int64 (self, i + 1, va_arg (*values, gint64));
        break;
      case 'd':
        code = sqlite3_bind_double (self, i + 1, va_arg (*values, double));
        break;
      case 't':
        code = sqlite3_bind_text (self, i + 1, va_arg (*values, const char *), -1,
                                  SQLITE_TRANSIENT);
        break;
      case 'b':
        code = ohm_statement_bind_bytes (self, i + 1, va_arg (*values, GBytes *));
        break;
      default:
        g_return_val_if_reached (SQLITE_MISUSE);
      }
  return code;
}

static OhmStatement *
ohm_database_prepare_valist (OhmDatabase *self,
                             const char *sql,
                             const char *types,
                             va_list *values,
                             GError **error)
{
  OhmStatement *statement = ohm_database_find_statement (self, sql, error);
  int code;

  if (statement == NULL)
    return NULL;
  code = ohm_statement_bind (statement, types, values);
  if (code == SQLITE_OK)
    return statement;
  ohm_database_set_error (self, code, error);
  ohm_statement_put_back (statement);
  return NULL;
}

OhmStatement *
ohm_database_prepare (OhmDatabase *self, GError **error, const char *sql, const char *types, ...)
{
  OhmStatement *statement;
  va_list values;

  va_start (values, types);
  statement = ohm_database_prepare_valist (self, sql, types, &values, error);
  va_end (values);
  return statement;
}

gboolean
ohm_database_step (OhmDatabase *self, OhmStatement *statement, GError **error)
{
  int code = sqlite3_step (statement);

  if (code == SQLITE_ROW)
    return TRUE;
  if (code != SQLITE_DONE)
    ohm_database_set_error (self, code, error);
  return FALSE;
}

gboolean
ohm_database_run (OhmDatabase *self, GError **error, const char *sql, const char *types, ...)
{
  g_autoptr (OhmStatement) statement = NULL;
  g_autoptr (GError) problem = NULL;
  va_list values;

  va_start (values, types);
  statement = ohm_database_prepare_valist (self, sql, types, &values, &problem);
  va_end (values);
  if (statement != NULL)
    ohm_database_step (self, statement, &problem);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gboolean
ohm_database_get_integer (OhmDatabase *self, const char *sql, gint64 *ret_value, GError **error)
{
  g_autoptr (OhmStatement) statement = ohm_database_prepare (self, error, sql, "");
  g_autoptr (GError) problem = NULL;

  if (statement == NULL)
    return FALSE;
  if (ohm_database_step (self, statement, &problem))
    {
      if (sqlite3_column_type (statement, 0) != SQLITE_NULL)
        *ret_value = sqlite3_column_int64 (statement, 0);
      return TRUE;
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gint64
ohm_statement_get_integer (OhmStatement *self, int column)
{
  return sqlite3_column_int64 (self, column);
}

double
ohm_statement_get_real (OhmStatement *self, int column)
{
  return sqlite3_column_double (self, column);
}

const char *
ohm_statement_get_text (OhmStatement *self, int column)
{
  return (const char *) sqlite3_column_text (self, column);
}

const guint8 *
ohm_statement_get_blob (OhmStatement *self, int column, gsize *ret_length)
{
  const guint8 *data = sqlite3_column_blob (self, column);

  *ret_length = (gsize) sqlite3_column_bytes (self, column);
  return data;
}

static gint64
ohm_database_get_pragma (OhmDatabase *self, const char *sql)
{
  gint64 value = 0;

  ohm_database_get_integer (self, sql, &value, /* error */ NULL);
  return value;
}

gint64
ohm_database_get_used_bytes (OhmDatabase *self)
{
  return (ohm_database_get_pragma (self, "PRAGMA page_count") -
          ohm_database_get_pragma (self, "PRAGMA freelist_count")) *
         OHM_DATABASE_PAGE_BYTES;
}

void
ohm_database_set_max_bytes (OhmDatabase *self, gint64 max_bytes)
{
  g_autofree char *sql = NULL;

  if (max_bytes <= 0)
    return;
  sql = g_strdup_printf ("PRAGMA max_page_count = %" G_GINT64_FORMAT,
                         MAX (max_bytes / OHM_DATABASE_PAGE_BYTES, 1));
  sqlite3_exec (self->handle, sql, NULL, NULL, NULL);
}

static void
ohm_database_finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

OhmDatabase *
ohm_database_new (const char *path)
{
  OhmDatabase *self = g_new0 (OhmDatabase, 1);

  self->path = g_strdup (path);
  self->statements = g_hash_table_new_full (g_direct_hash, g_direct_equal, /* key_free */ NULL,
                                            ohm_database_finalize_statement);
  return self;
}

void
ohm_database_close (OhmDatabase *self)
{
  g_hash_table_unref (self->statements);
  sqlite3_close_v2 (self->handle);
  g_free (self->path);
  g_free (self);
}
