/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-identify.h"
#include "ohm-meter-host.h"

G_BEGIN_DECLS

/* What a test found, as Job.Result has it. @builder: of `a{sv}` */

void ohm_test_result_add_candidates (GVariantBuilder *builder, OhmIdentification *identification);

/* `facts`, and `values`: the main ones of those that were read */
void ohm_test_result_add_meter (GVariantBuilder *builder, OhmMeterHost *host);

/* Whether not one of the values that every meter of its type has could be read. */
gboolean ohm_test_result_lacks_values (OhmMeterHost *host);

/* `trouble`: why it was not read, or not all of it, though it answers */
void ohm_test_result_add_trouble (GVariantBuilder *builder, OhmMessage *message);

G_END_DECLS
