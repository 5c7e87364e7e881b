/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Keys of the group `[cloud]`, ended by a row without a key. */
extern const OhmSettingSpec ohm_cloud_settings_table[];

/**
 * ohm_cloud_settings_check:
 * @settings: of the table above
 * @error: %OHM_ERROR_CONFIG
 *
 * Returns: whether they can go together
 */
gboolean ohm_cloud_settings_check (OhmSettings *settings, GError **error);

/* A set of OhmUplinkFlags: what is known of the engine (README.md says from where). */
guint ohm_cloud_settings_get_flags (OhmSettings *settings);

G_END_DECLS
