/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A directory of a test's own, writable by nobody else, removed with all it holds. */
typedef struct
{
  char *path;
} OhmTestDir;

OhmTestDir *fixture_dir_new (void);
void fixture_dir_free (OhmTestDir *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmTestDir, fixture_dir_free)

/* (transfer full): path of @name inside */
char *fixture_dir_dup_path (OhmTestDir *self, const char *name);

/* Writes a file as careful programs do: beside it, then renamed. Folders are made. */
void fixture_dir_write (OhmTestDir *self, const char *name, const char *text);
void
fixture_dir_write_bytes (OhmTestDir *self, const char *name, gconstpointer bytes, gsize length);
void fixture_dir_remove (OhmTestDir *self, const char *name);
void fixture_dir_make (OhmTestDir *self, const char *name);

/* Puts a module that the build made for tests (tests/data/meson.build) there as @name. */
void fixture_dir_install (OhmTestDir *self, const char *plugin, const char *name);

G_END_DECLS
