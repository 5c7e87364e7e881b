/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-meter.h"
#include "ohm-reading-private.h"

void
ohm_decode_reply (OhmPlan *plan,
                  const OhmRequestList *list,
                  const OhmMerged *request,
                  const OhmReply *reply,
                  OhmReadingBuilder *out)
{
  const OhmEntry *entries;
  guint n;

  g_return_if_fail (plan != NULL);
  g_return_if_fail (list != NULL);
  g_return_if_fail (request != NULL && request->first + request->n <= list->n_entries);
  g_return_if_fail (reply != NULL && reply->exception == 0);
  g_return_if_fail (out != NULL);
  g_return_if_fail (ohm_reading_builder_get_points (out) == ohm_plan_get_points (plan));

  entries = ohm_plan_get_entries (plan, &n);
  for (guint i = request->first; i < request->first + request->n; i++)
    {
      const OhmEntry *entry = &entries[list->entries[i]];
      gsize offset = 2 * (gsize) (entry->address - request->address);
      OhmCell cell = { 0 };
      OhmQuality quality = OHM_QUALITY_MISSING;

      if ((entry->flags & OHM_ENTRY_RAW) != 0)
        continue;
      if (offset + 2 * ohm_encoding_get_registers (&entry->encoding) <= reply->length)
        quality = ohm_encoding_decode (&entry->encoding, reply->data + offset, &cell);
      ohm_reading_builder_set_cell (out, entry->point, cell, quality);
    }
}
