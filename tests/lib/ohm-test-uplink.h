/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_TEST_UPLINK (ohm_test_uplink_get_type ())

/* An uplink that does what a test says: key `host` names the destination, `note` is of no matter,
 * and both as `bad` do not go together; secrets `token` and `password`; with `account = true` it
 * has to be linked first. */
G_DECLARE_FINAL_TYPE (OhmTestUplink, ohm_test_uplink, OHM, TEST_UPLINK, OhmUplink)

/* (transfer none) (nullable): the one that runs under this id */
OhmTestUplink *ohm_test_uplink_find (const char *id);

/* What ohm_uplink_get_flags() says of all of them from now on. */
void ohm_test_uplink_set_flags (guint flags);

/* Of a running claim: shows @code, for @for_us. */
void ohm_test_uplink_prompt (OhmTestUplink *self, const char *code, gint64 for_us);

/* Ends a claim. @account: (nullable): NULL if the person said no */
void ohm_test_uplink_answer (OhmTestUplink *self, const char *account);

/* Whether somebody is being asked. */
gboolean ohm_test_uplink_is_asking (OhmTestUplink *self);

/* (transfer none) (nullable): the secret that was last changed */
const char *ohm_test_uplink_get_changed (OhmTestUplink *self);

G_END_DECLS
