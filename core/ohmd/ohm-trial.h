/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-meter-host.h"

G_BEGIN_DECLS

/**
 * OhmTrialSetup:
 * @link: the path
 * @unit: unit id
 * @type: what it is taken for
 * @profiles: all types
 * @plugins: all families
 * @watcher: time
 */
typedef struct
{
  OhmLink *link;
  guint8 unit;
  const char *type;
  OhmProfileCatalog *profiles;
  OhmPluginHost *plugins;
  OhmWatcher *watcher;
} OhmTrialSetup;

/**
 * ohm_trial_async:
 * @setup: what is tried
 * @cancellable: (nullable): gives up
 * @callback: called when done
 * @user_data: for @callback
 *
 * Surveys and reads a device that is no meter of the site, once, as a meter of that type would be.
 * Nobody else hears of it: its readings are on no bus but its own.
 */
void ohm_trial_async (const OhmTrialSetup *setup,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);

/**
 * ohm_trial_finish:
 * @link: the path
 * @result: as given to the callback
 * @ret_host: (out) (nullable) (transfer full): the meter as it was in the end, stopped: facts and
 *   last values, as far as it came
 * @error: why it was not read
 *
 * Returns: whether it was read
 */
gboolean
ohm_trial_finish (OhmLink *link, GAsyncResult *result, OhmMeterHost **ret_host, GError **error);

G_END_DECLS
