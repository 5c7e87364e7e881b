/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-error.h"

G_BEGIN_DECLS

#define OHM_TYPE_KEYFILE (ohm_keyfile_get_type ())

/* Bounds on a configuration or profile file. */
#define OHM_KEYFILE_BYTES_MAX (1024 * 1024)
#define OHM_KEYFILE_KEYS_MAX  20000

/* Most that is told of one file. */
#define OHM_KEYFILE_FAULTS_MAX 100

/**
 * OhmKeyfile:
 *
 * Strict keyfile text that knows its lines: no repeated group, no repeated key, no key outside
 * a group, UTF-8 only. Order is kept. Immutable.
 *
 * Since: 0.1
 */
typedef struct _OhmKeyfile OhmKeyfile;

OHM_API GType ohm_keyfile_get_type (void);

/**
 * OhmKeyfileEntry:
 * @key: the key
 * @value: the value, blanks at both ends removed
 * @line: where it stands, counted from 1
 *
 * Since: 0.1
 */
typedef struct
{
  const char *key;
  const char *value;
  guint line;
} OhmKeyfileEntry;

/**
 * ohm_keyfile_parse:
 * @file: name for messages
 * @text: (array length=length): the text
 * @length: its length in bytes
 * @error: %OHM_ERROR_CONFIG, `file:line: [group] key: reason`
 *
 * Returns: (transfer full) (nullable): the file
 *
 * Since: 0.1
 */
OHM_API OhmKeyfile *
ohm_keyfile_parse (const char *file, const char *text, gsize length, GError **error);

/**
 * ohm_keyfile_load:
 * @path: a file
 * @error: %OHM_ERROR_CONFIG, %OHM_ERROR_NOT_FOUND
 *
 * Returns: (transfer full) (nullable): the file
 *
 * Since: 0.1
 */
OHM_API OhmKeyfile *ohm_keyfile_load (const char *path, GError **error);

/**
 * ohm_keyfile_parse_all:
 * @file: name for messages
 * @text: (array length=length): the text
 * @length: its length in bytes
 * @faults: (element-type utf8): gets every line that is wrong, as ohm_keyfile_load_all() does
 *
 * Returns: (transfer full) (nullable): the file; %NULL if it is no text at all
 *
 * Since: 0.1
 */
OHM_API OhmKeyfile *
ohm_keyfile_parse_all (const char *file, const char *text, gsize length, GPtrArray *faults);

/**
 * ohm_keyfile_load_all:
 * @path: a file
 * @faults: (element-type utf8): gets every line that is wrong, as `file:line: [group] key: reason`;
 *   at most %OHM_KEYFILE_FAULTS_MAX
 *
 * As ohm_keyfile_load() for who tells all that is wrong: lines that are wrong are left out, and so
 * are the keys behind a wrong group.
 *
 * Returns: (transfer full) (nullable): the file; %NULL if it cannot be read at all
 *
 * Since: 0.1
 */
OHM_API OhmKeyfile *ohm_keyfile_load_all (const char *path, GPtrArray *faults);

/**
 * ohm_keyfile_take_fault:
 * @faults: (element-type utf8): what is wrong with a file
 * @error: (transfer full) (nullable): one thing more; %NULL for nothing
 *
 * Returns: %TRUE if there is no error
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_keyfile_take_fault (GPtrArray *faults, GError *error);

OHM_API OhmKeyfile *ohm_keyfile_ref (OhmKeyfile *self);
OHM_API void ohm_keyfile_unref (OhmKeyfile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmKeyfile, ohm_keyfile_unref)

/**
 * ohm_keyfile_get_name:
 * @self: a file
 *
 * Returns: the name for messages
 *
 * Since: 0.1
 */
OHM_API const char *ohm_keyfile_get_name (OhmKeyfile *self);

/**
 * ohm_keyfile_get_groups:
 * @self: a file
 *
 * Returns: (transfer none) (array zero-terminated=1): group names in order
 *
 * Since: 0.1
 */
OHM_API const char *const *ohm_keyfile_get_groups (OhmKeyfile *self);

/**
 * ohm_keyfile_get_entries:
 * @self: a file
 * @group: a group
 * @ret_n: (out): number of keys; 0 if there is no such group
 *
 * Returns: (transfer none) (array length=ret_n): its keys in order
 *
 * Since: 0.1
 */
OHM_API const OhmKeyfileEntry *
ohm_keyfile_get_entries (OhmKeyfile *self, const char *group, guint *ret_n);

/**
 * ohm_keyfile_get:
 * @self: a file
 * @group: a group
 * @key: a key
 *
 * Returns: (transfer none) (nullable): its value
 *
 * Since: 0.1
 */
OHM_API const char *ohm_keyfile_get (OhmKeyfile *self, const char *group, const char *key);

/**
 * ohm_keyfile_get_line:
 * @self: a file
 * @group: a group
 * @key: (nullable): a key, or %NULL for the group's own line
 *
 * Returns: the line, or 0
 *
 * Since: 0.1
 */
OHM_API guint ohm_keyfile_get_line (OhmKeyfile *self, const char *group, const char *key);

/**
 * ohm_keyfile_set_error:
 * @self: a file
 * @code: %OHM_ERROR_CONFIG or %OHM_ERROR_PROFILE
 * @group: (nullable): the group at fault
 * @key: (nullable): the key at fault
 * @error: (out) (optional): set to `file:line: [group] key: reason`
 * @format: the reason, printf
 *
 * Since: 0.1
 */
OHM_API void ohm_keyfile_set_error (OhmKeyfile *self,
                                    OhmError code,
                                    const char *group,
                                    const char *key,
                                    GError **error,
                                    const char *format,
                                    ...) G_GNUC_PRINTF (6, 7);

/**
 * ohm_suggest:
 * @word: what was written
 * @candidates: (array zero-terminated=1): what would have been right
 *
 * Returns: (nullable): the candidate nearest to @word by edit distance, if near enough to be
 *   meant
 *
 * Since: 0.1
 */
OHM_API const char *ohm_suggest (const char *word, const char *const *candidates);

G_END_DECLS
