/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-database.h"

G_BEGIN_DECLS

#define OHM_DATABASE_PAGE_BYTES 4096

/* "Ohm1": what `PRAGMA application_id` says of a file of ours. */
#define OHM_DATABASE_APPLICATION_ID 0x4f686d31

struct _OhmDatabase
{
  char *path;
  sqlite3 *handle;        /* (owned) (nullable) */
  GHashTable *statements; /* (owned) (element-type static-text sqlite3_stmt): by address of SQL */
  guint version;
  gboolean is_checked;
  OhmDatabaseFault fault;
};

OhmDatabase *ohm_database_new (const char *path);

/* Converts SQLite's result @code. */
void ohm_database_set_error (OhmDatabase *self, int code, GError **error);

/* Sets up, checks and migrates an opened file. */
gboolean
ohm_database_prepare_file (OhmDatabase *self, const OhmDatabaseOptions *options, GError **error);

G_END_DECLS
