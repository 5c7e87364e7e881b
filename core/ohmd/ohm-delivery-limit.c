/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery-limit.h"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/* From so many values on the bytes of one are known well enough. */
#define KNOWN_POINTS 100

static guint
ohm_delivery_limit_taught (const OhmDeliveryLimit *self, gint64 wall_us)
{
  gint64 days = CLAMP ((wall_us - self->points_us) / DAY_US, 0, 32);

  return self->points_max == 0 ? G_MAXUINT
                               : (guint) MIN ((guint64) self->points_max << days, G_MAXUINT);
}

guint
ohm_delivery_limit_get (const OhmDeliveryLimit *self,
                        const OhmDeliverySettings *settings,
                        gint64 wall_us)
{
  guint n = MIN (settings->points_max, ohm_delivery_limit_taught (self, wall_us));

  if (self->n_points >= KNOWN_POINTS && self->n_bytes > 0 && settings->bytes_max > 0)
    {
      double bytes = (double) self->n_bytes / (double) self->n_points;
      double fitting = (double) settings->bytes_max / bytes;

      if (fitting < (double) n)
        n = (guint) fitting;
    }
  return MAX (n, 1);
}

void
ohm_delivery_limit_halve (OhmDeliveryLimit *self, guint n_points, gint64 wall_us)
{
  self->points_max = MAX (MIN (n_points / 2, ohm_delivery_limit_taught (self, wall_us)), 1);
  self->points_us = wall_us;
}

void
ohm_delivery_limit_learn (OhmDeliveryLimit *self, guint n_points, gsize n_bytes)
{
  self->n_points += n_points;
  self->n_bytes += n_bytes;
}

OhmDeliveryGuard
ohm_delivery_guard_slot (gint64 slot_us, gint64 wall_us, gint64 age_max_us)
{
  if (slot_us > wall_us + OHM_DELIVERY_AHEAD_US)
    return OHM_DELIVERY_GUARD_FUTURE;
  return age_max_us > 0 && slot_us < wall_us - age_max_us ? OHM_DELIVERY_GUARD_OLD
                                                          : OHM_DELIVERY_GUARD_SEND;
}

OhmBatch *
ohm_delivery_guard_batch (OhmBatch *batch,
                          gint64 wall_us,
                          gint64 age_max_us,
                          GPtrArray *held,
                          GArray *old)
{
  guint n = 0;
  const OhmBatchItem *items = ohm_batch_get_items (batch, &n);
  g_autoptr (GArray) kept = g_array_sized_new (FALSE, FALSE, sizeof (OhmBatchItem), n);

  for (guint i = 0; i < n; i++)
    switch (ohm_delivery_guard_slot (items[i].record->slot_us, wall_us, age_max_us))
      {
      case OHM_DELIVERY_GUARD_OLD:
        g_array_append_val (old, items[i].record->seq);
        break;
      case OHM_DELIVERY_GUARD_FUTURE:
        g_ptr_array_add (held, ohm_record_ref (items[i].record));
        break;
      case OHM_DELIVERY_GUARD_SEND:
      default:
        g_array_append_val (kept, items[i]);
      }
  if (kept->len == n)
    return ohm_batch_ref (batch);
  if (kept->len == 0)
    return NULL;
  return ohm_batch_new (ohm_batch_get_gateway (batch),
                        (const OhmBatchItem *) (gconstpointer) kept->data, kept->len);
}
