/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-keyfile.h"

G_BEGIN_DECLS

#define OHM_TYPE_SETTINGS (ohm_settings_get_type ())

/**
 * OhmSettingType:
 * @OHM_SETTING_STRING: text, at most @max bytes (0: 255)
 * @OHM_SETTING_BOOLEAN: `true` or `false`
 * @OHM_SETTING_INTEGER: decimal or 0x hexadecimal, @min..@max
 * @OHM_SETTING_REAL: decimal point, @min..@max
 * @OHM_SETTING_DURATION: number with unit `us ms s min h d`, @min..@max in microseconds
 * @OHM_SETTING_CHOICE: one of `choices`
 * @OHM_SETTING_LIST: texts separated by `;`
 * @OHM_SETTING_HOST: a name or an address (IPv6 without brackets) of at most 253 bytes (RFC 1035
 *   2.3.4), without a port
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_SETTING_STRING,
  OHM_SETTING_BOOLEAN,
  OHM_SETTING_INTEGER,
  OHM_SETTING_REAL,
  OHM_SETTING_DURATION,
  OHM_SETTING_CHOICE,
  OHM_SETTING_LIST,
  OHM_SETTING_HOST,
} OhmSettingType;

/**
 * OhmSettingSpec:
 * @key: the key
 * @type: its type
 * @min: smallest value
 * @max: largest value; both 0 for any
 * @fallback: (nullable): the default as text; %NULL for "not set"
 * @choices: (nullable): `tcp|rtu|auto`
 * @help: one sentence for `ohmctl config explain` and the man page
 * @is_required: whether leaving it out is an error
 *
 * Declares one key: the only place where its type, range, default and meaning stand. A table ends
 * with a row whose @key is %NULL.
 *
 * Since: 0.1
 */
typedef struct
{
  const char *key;
  OhmSettingType type;
  gint64 min;
  gint64 max;
  const char *fallback;
  const char *choices;
  const char *help;
  gboolean is_required;
} OhmSettingSpec;

/**
 * OhmSettings:
 *
 * Checked values of one group. Immutable, reference counted. Getters of a key that no table
 * declared are programmer errors.
 *
 * Since: 0.1
 */
typedef struct _OhmSettings OhmSettings;

OHM_API GType ohm_settings_get_type (void);

/**
 * ohm_settings_new:
 * @keyfile: (nullable): a file; %NULL for all defaults
 * @group: the group to read
 * @tables: (array zero-terminated=1): spec tables whose keys are allowed there
 * @error: %OHM_ERROR_CONFIG for an unknown key ("did you mean"), a bad value, a missing key
 *
 * Returns: (transfer full) (nullable): the settings
 *
 * Since: 0.1
 */
OHM_API OhmSettings *ohm_settings_new (OhmKeyfile *keyfile,
                                       const char *group,
                                       const OhmSettingSpec *const *tables,
                                       GError **error);

/**
 * ohm_settings_new_all:
 * @keyfile: (nullable): a file; %NULL for all defaults
 * @group: the group to read
 * @tables: (array zero-terminated=1): spec tables whose keys are allowed there
 * @faults: (element-type utf8): gets all that is wrong, as `file:line: [group] key: reason`
 *
 * As ohm_settings_new() for who tells all that is wrong, and not only the first.
 *
 * Returns: (transfer full) (nullable): the settings; %NULL if anything is wrong
 *
 * Since: 0.1
 */
OHM_API OhmSettings *ohm_settings_new_all (OhmKeyfile *keyfile,
                                           const char *group,
                                           const OhmSettingSpec *const *tables,
                                           GPtrArray *faults);

OHM_API OhmSettings *ohm_settings_ref (OhmSettings *self);
OHM_API void ohm_settings_unref (OhmSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSettings, ohm_settings_unref)

/**
 * ohm_settings_is_set:
 * @self: settings
 * @key: a declared key
 *
 * Returns: %TRUE if the file gives the key, %FALSE if the value is its default or there is none
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_settings_is_set (OhmSettings *self, const char *key);

/**
 * ohm_settings_get_string:
 * @self: settings
 * @key: a declared key
 *
 * Returns: (transfer none) (nullable): its value or fallback; %NULL if it has neither
 *
 * Since: 0.1
 */
OHM_API const char *ohm_settings_get_string (OhmSettings *self, const char *key);

/**
 * ohm_settings_get_boolean:
 * @self: settings
 * @key: a declared key of that type
 *
 * Returns: its value or fallback
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_settings_get_boolean (OhmSettings *self, const char *key);

/**
 * ohm_settings_get_integer:
 * @self: settings
 * @key: a declared key of that type
 *
 * Returns: its value or fallback
 *
 * Since: 0.1
 */
OHM_API gint64 ohm_settings_get_integer (OhmSettings *self, const char *key);

/**
 * ohm_settings_get_real:
 * @self: settings
 * @key: a declared key of that type
 *
 * Returns: its value or fallback
 *
 * Since: 0.1
 */
OHM_API double ohm_settings_get_real (OhmSettings *self, const char *key);

/**
 * ohm_settings_get_duration_us:
 * @self: settings
 * @key: a declared key of that type
 *
 * Returns: its value or fallback in microseconds
 *
 * Since: 0.1
 */
OHM_API gint64 ohm_settings_get_duration_us (OhmSettings *self, const char *key);

/**
 * ohm_settings_get_list:
 * @self: settings
 * @key: a declared key of that type
 *
 * Returns: (transfer none) (array zero-terminated=1): its values
 *
 * Since: 0.1
 */
OHM_API const char *const *ohm_settings_get_list (OhmSettings *self, const char *key);

/**
 * ohm_settings_equal:
 * @a: (nullable): settings
 * @b: (nullable): settings
 *
 * Returns: %TRUE if all keys have the same values: nothing to do at a reload
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_settings_equal (OhmSettings *a, OhmSettings *b);

/**
 * ohm_settings_find_difference:
 * @a: settings
 * @b: settings of the same tables
 *
 * Returns: (nullable): the first key, in the order of the tables, that has another value in @b
 *
 * Since: 0.1
 */
OHM_API const char *ohm_settings_find_difference (OhmSettings *a, OhmSettings *b);

/**
 * ohm_settings_equal_but:
 * @a: (nullable): settings
 * @b: (nullable): settings
 * @ignored: (nullable): a key that may differ
 *
 * As ohm_settings_equal(), but for one key.
 *
 * Returns: whether all other keys have the same values
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_settings_equal_but (OhmSettings *a, OhmSettings *b, const char *ignored);

/**
 * ohm_setting_check:
 * @spec: a key's declaration
 * @text: a value
 * @error: %OHM_ERROR_CONFIG, the bare reason with expected type, range and unit; a value that holds
 *   an inline `#` is told about it
 *
 * Returns: %TRUE if @text is a valid value
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_setting_check (const OhmSettingSpec *spec, const char *text, GError **error);

/**
 * ohm_duration_parse:
 * @text: `250ms`, `5s`, `15min`
 * @ret_us: (out): microseconds
 *
 * Returns: %TRUE if @text is a duration with a unit
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_duration_parse (const char *text, gint64 *ret_us);

/**
 * ohm_duration_to_string:
 * @us: microseconds
 *
 * Returns: (transfer full): the shortest text that ohm_duration_parse() reads back
 *
 * Since: 0.1
 */
OHM_API char *ohm_duration_to_string (gint64 us);

/**
 * ohm_id_is_valid:
 * @id: (nullable): an id
 *
 * Returns: %TRUE for `[a-z0-9][a-z0-9-]{0,62}`
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_id_is_valid (const char *id);

G_END_DECLS
