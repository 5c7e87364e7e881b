/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-site.h"

G_BEGIN_DECLS

/**
 * OhmTestTarget:
 * @host: (owned) (nullable): the meter of the site that was named
 * @link: (owned) (nullable): the path to it
 * @is_own_link: whether the path was made for the test, because no meter uses it
 * @unit: unit id, or -1 if none was named
 *
 * What `ohmctl test` was told to test.
 */
typedef struct
{
  OhmMeterHost *host;
  OhmLink *link;
  gboolean is_own_link;
  int unit;
} OhmTestTarget;

/**
 * ohm_test_target_open:
 * @site: meters, links and transports
 * @text: a meter's id, or `HOST`, `HOST:PORT`, `HOST:PORT/UNIT`, or a serial port's `/dev/...`
 * @ret_target: (out caller-allocates): zeros before; cleared by ohm_test_target_clear()
 * @error: %OHM_ERROR_CONFIG, %OHM_ERROR_PLUGIN
 *
 * Returns: %TRUE on success; nothing is connected yet
 */
gboolean
ohm_test_target_open (OhmSite *site, const char *text, OhmTestTarget *ret_target, GError **error);
void ohm_test_target_clear (OhmTestTarget *self);

G_END_DECLS
