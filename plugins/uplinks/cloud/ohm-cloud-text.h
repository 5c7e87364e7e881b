/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ohm_cloud_text_new:
 * @bytes: (array length=length): what somebody else wrote
 * @length: their number
 * @max: most bytes of the result
 *
 * Makes foreign text fit to be shown: valid UTF-8, no control characters, white space folded, cut.
 *
 * Returns: (transfer full) (nullable): the text; %NULL if nothing of it can be shown
 */
char *ohm_cloud_text_new (const void *bytes, gsize length, gsize max);

G_END_DECLS
