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
 * @transport: of an own link
 * @type: its type
 * @keys: (owned) (nullable): the address of an own link, as in a file
 * @ways: settings to try on an own link, one after the other: `framing=rtu`; the first is ""
 * @way: the one that @link has
 *
 * What `ohmctl test` was told to test.
 */
typedef struct
{
  OhmMeterHost *host;
  OhmLink *link;
  gboolean is_own_link;
  int unit;
  const char *transport;
  GType type;
  char *keys;
  const char *const *ways;
  guint way;
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

/* Whether @error, of the way that was tried, leaves hope for another one: silence, or bytes that
 * may be an answer if they are looked at another way. */
gboolean ohm_test_target_has_next_way (const OhmTestTarget *self, const GError *error);

/* Replaces the link by one with the next settings. Nobody may use the old one any more. */
void ohm_test_target_take_next_way (OhmTestTarget *self, OhmSite *site);

/* Replaces the link, which nobody uses yet, by one whose frames are so. %OHM_ERROR_NOT_SUPPORTED
 * of a link that is configured, or has no choice. */
gboolean ohm_test_target_take_framing (OhmTestTarget *self,
                                       OhmSite *site,
                                       const char *framing,
                                       GError **error);

/* The settings of the way that is tried. */
const char *ohm_test_target_get_settings (const OhmTestTarget *self);

/* (transfer full): what to say if no way led to an answer; @error: of the first */
OhmMessage *ohm_test_target_explain (const OhmTestTarget *self, const GError *error);

G_END_DECLS
