/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-object.h"

G_BEGIN_DECLS

/* The places that a virtual meter is made of, as its file writes them: `main, -heat`. (transfer
 * full) (nullable): NULL without @error for a meter of another type */
char *ohmctl_dependents_dup_sum (OhmctlContext *context, OhmctlObject *meter, GError **error);

/**
 * ohmctl_dependents_find:
 * @ids: meters that are to go
 * @ret_texts: (out) (transfer full) (element-type utf8): who needs their places and stays, in words
 *
 * Virtual meters that have a place of theirs as a part, and places that name one as their parent.
 */
gboolean ohmctl_dependents_find (OhmctlContext *context,
                                 const char *const *ids,
                                 GPtrArray **ret_texts,
                                 GError **error);

G_END_DECLS
