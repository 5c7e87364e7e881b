/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

#include "ohmctl-context.h"
#include "ohmctl-table.h"

G_BEGIN_DECLS

/* Lines of `profile show` that follow from its rows: how it is recognised, its clock, what is not
 * from its maker. */
void ohmctl_profile_rows_summarize (OhmctlTable *table, OhmProfile *profile);

/* All points and facts, a row each; groups and inputs of one kind in one. */
void ohmctl_profile_rows_print (OhmctlContext *context, OhmProfile *profile);

/* Two points of one encoding at one register; bit fields may share it. (transfer full) (nullable):
 * the first pair, in words */
char *ohmctl_profile_rows_dup_twin (OhmProfile *profile);

G_END_DECLS
