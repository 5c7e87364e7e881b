/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-record.h"

G_DEFINE_BOXED_TYPE (OhmRecord, ohm_record, ohm_record_ref, ohm_record_unref)

const char *
ohm_origin_to_string (OhmOrigin origin)
{
  switch (origin)
    {
    case OHM_ORIGIN_GATEWAY_SAMPLED:
      return "gateway-sampled";
    case OHM_ORIGIN_METER_RECORDED:
      return "meter-recorded";
    case OHM_ORIGIN_IMPORTED:
      return "imported";
    case OHM_ORIGIN_COMPUTED:
      return "computed";
    default:
      return "unknown";
    }
}

const char *
ohm_gap_cause_to_string (OhmGapCause cause)
{
  static const char *const names[] = {
    [OHM_GAP_GATEWAY_OFF] = "gateway-off",   [OHM_GAP_LINK_DOWN] = "link-down",
    [OHM_GAP_METER_SILENT] = "meter-silent", [OHM_GAP_METER_REFUSED] = "meter-refused",
    [OHM_GAP_WRONG_DEVICE] = "wrong-device", [OHM_GAP_CLOCK_UNSURE] = "clock-unsure",
    [OHM_GAP_STORE_FAILED] = "store-failed", [OHM_GAP_DISABLED] = "disabled",
    [OHM_GAP_PART_MISSING] = "part-missing", [OHM_GAP_VALUES_MISSING] = "values-missing",
  };

  if (cause < OHM_GAP_GATEWAY_OFF || cause > OHM_GAP_VALUES_MISSING)
    return "unknown";
  return names[cause];
}

OhmRecord *
ohm_record_new (const char *place, OhmPointSet *points)
{
  OhmRecord *self;
  guint n;

  g_return_val_if_fail (place != NULL && points != NULL, NULL);

  n = ohm_point_set_get_n (points);
  self = g_atomic_rc_box_new0 (OhmRecord);
  self->place = g_strdup (place);
  self->origin = OHM_ORIGIN_GATEWAY_SAMPLED;
  self->points = ohm_point_set_ref (points);
  self->cells = g_new0 (OhmCell, n);
  self->qualities = g_malloc (n);
  for (guint i = 0; i < n; i++)
    self->qualities[i] = OHM_QUALITY_MISSING;
  return self;
}

OhmRecord *
ohm_record_ref (OhmRecord *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
ohm_record_clear (gpointer data)
{
  OhmRecord *self = data;

  ohm_point_set_unref (self->points);
  g_free (self->place);
  g_free (self->part);
  g_free (self->cells);
  g_free (self->qualities);
}

void
ohm_record_unref (OhmRecord *self)
{
  g_atomic_rc_box_release_full (self, ohm_record_clear);
}
