/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-meter-host.h"

G_BEGIN_DECLS

/* A history's way to its meter: the link's background class, the meter's unit and limits, and only
 * the writes that the history lists. Main thread. */
typedef struct _OhmBackfillLink OhmBackfillLink;

OhmBackfillLink *ohm_backfill_link_new (OhmMeterHost *host, OhmHistory *history);

/* Ends the exchange under way, if there is one, with %G_IO_ERROR_CANCELLED; so do all that follow.
 */
void ohm_backfill_link_cancel (OhmBackfillLink *self);

void ohm_backfill_link_free (OhmBackfillLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmBackfillLink, ohm_backfill_link_free)

G_END_DECLS
