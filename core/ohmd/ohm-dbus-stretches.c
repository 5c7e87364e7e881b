/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-stretches.h"

#include <string.h>

#include "ohm-dbus-value.h"
#include "ohm-slot.h"

typedef struct
{
  gint64 from_us;
  gint64 to_us;
  const char *state; /* static */
} OhmDbusStretch;

struct _OhmDbusStretches
{
  gint64 from_us;
  gint64 to_us;
  GArray *rows; /* (owned) (element-type OhmDbusStretch) */
};

OhmDbusStretches *
ohm_dbus_stretches_new (gint64 from_us, gint64 to_us)
{
  OhmDbusStretches *self = g_new0 (OhmDbusStretches, 1);

  self->from_us = from_us;
  self->to_us = to_us;
  self->rows = g_array_new (FALSE, FALSE, sizeof (OhmDbusStretch));
  return self;
}

void
ohm_dbus_stretches_free (OhmDbusStretches *self)
{
  g_array_unref (self->rows);
  g_free (self);
}

static void
ohm_dbus_stretches_append (OhmDbusStretches *self, gint64 from_us, gint64 to_us, const char *state)
{
  const OhmDbusStretch row = { from_us, to_us, state };
  OhmDbusStretch *last = NULL;

  if (self->rows->len > 0)
    last = &g_array_index (self->rows, OhmDbusStretch, self->rows->len - 1);
  if (last != NULL && strcmp (last->state, state) == 0)
    last->to_us = to_us;
  else
    g_array_append_val (self->rows, row);
}

/* Slots that end in (@from_us, @to_us] have @state; earlier stretches stay. */
static void
ohm_dbus_stretches_add (OhmDbusStretches *self, gint64 from_us, gint64 to_us, const char *state)
{
  from_us = MAX (from_us, ohm_slot_at_or_before (self->from_us));
  to_us = MIN (to_us, ohm_slot_at_or_before (self->to_us));
  if (self->rows->len > 0)
    {
      gint64 end_us = g_array_index (self->rows, OhmDbusStretch, self->rows->len - 1).to_us;

      from_us = MAX (from_us, end_us);
      if (from_us > end_us && to_us > from_us)
        ohm_dbus_stretches_append (self, end_us, from_us, "open");
    }
  if (to_us > from_us)
    ohm_dbus_stretches_append (self, from_us, to_us, state);
}

void
ohm_dbus_stretches_add_page (OhmDbusStretches *self, const OhmStorePage *page)
{
  guint i = 0;
  guint j = 0;

  while (i < page->records->len || j < page->gaps->len)
    {
      const OhmRecord *record = i < page->records->len ? page->records->pdata[i] : NULL;
      const OhmRecord *gap = j < page->gaps->len ? page->gaps->pdata[j] : NULL;

      if (gap == NULL || (record != NULL && record->slot_us <= gap->from_us))
        {
          ohm_dbus_stretches_add (self, record->slot_us - OHM_SLOT_US, record->slot_us,
                                  ohm_origin_to_string (record->origin));
          i++;
        }
      else
        {
          ohm_dbus_stretches_add (self, gap->from_us, gap->slot_us, ohm_dbus_gap_cause (gap));
          j++;
        }
    }
}

GVariant *
ohm_dbus_stretches_end (OhmDbusStretches *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxsu)"));

  for (guint i = 0; i < self->rows->len; i++)
    {
      const OhmDbusStretch *row = &g_array_index (self->rows, OhmDbusStretch, i);

      g_variant_builder_add (&builder, "(xxsu)", row->from_us, row->to_us, row->state,
                             (guint) ohm_slot_count (row->from_us, row->to_us));
    }
  return g_variant_builder_end (&builder);
}
