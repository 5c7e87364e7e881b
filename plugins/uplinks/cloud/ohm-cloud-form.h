/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <libsoup/soup.h>
#include <ohm.h>

G_BEGIN_DECLS

/**
 * ohm_cloud_form_new:
 * @address: where it goes
 * @...: names and texts of its fields, ended by %NULL
 *
 * A POST of a form, for an answer in JSON. The body is wiped when nobody needs it any more.
 *
 * Returns: (transfer full) (nullable): the request; %NULL if @address is none
 */
SoupMessage *ohm_cloud_form_new (const char *address, ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
