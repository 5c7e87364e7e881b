/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A meter that answers and has nothing to say: no value at all, or none of the counters that its
 * type has. Its requests are fine, or are not sent any more since it refused them: only what came
 * of them tells.
 */

#include "config.h"

#include "ohm-meter-host-private.h"

/* One bad read is not told. Counters may be read once a minute only. */
#define VALUES_US   (10 * G_GINT64_CONSTANT (1000000))
#define COUNTERS_US (70 * G_GINT64_CONSTANT (1000000))

/* Whether all that is read with @classes is known to have no value; what is not there for good
 * says nothing. */
static gboolean
ohm_meter_barren_is (OhmMeterHost *self, guint classes)
{
  gboolean is_any = FALSE;
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (self->plan, &n);

  for (guint i = 0; i < n; i++)
    {
      guint8 quality = self->qualities[entries[i].point];

      if ((entries[i].classes & classes) == 0 || (entries[i].flags & OHM_ENTRY_ABSENT) != 0)
        continue;
      if (ohm_quality_has_value (quality) ||
          (quality == OHM_QUALITY_NONE && !ohm_poll_is_refused (self, &entries[i])))
        return FALSE;
      is_any = TRUE;
    }
  return is_any;
}

/* Whether it has been so for some time. @since_us: (inout): 0 while it is not so */
static gboolean
ohm_meter_barren_lasts (OhmMeterHost *self, guint classes, gint64 wait_us, gint64 *since_us)
{
  gint64 now_us = ohm_meter_host_now (self);

  if (self->plan == NULL || !ohm_meter_barren_is (self, classes))
    *since_us = 0;
  else if (*since_us == 0)
    *since_us = MAX (now_us, 1);
  return *since_us != 0 && now_us - *since_us >= wait_us;
}

gboolean
ohm_meter_barren_look (OhmMeterHost *self)
{
  gboolean has_none = ohm_meter_barren_lasts (self, OHM_READ_LIVE | OHM_READ_SLOW | OHM_READ_SLOT,
                                              VALUES_US, &self->barren_us[0]);
  gboolean has_no_counter = ohm_meter_barren_lasts (self, OHM_READ_SLOT, COUNTERS_US,
                                                    &self->barren_us[1]);
  const char *code = has_none ? "values-missing" : has_no_counter ? "counters-missing" : NULL;

  if (g_strcmp0 (code, self->barren != NULL ? ohm_message_get_code (self->barren) : NULL) == 0)
    return FALSE;
  g_clear_pointer (&self->barren, ohm_message_unref);
  self->barren = code != NULL ? ohm_message_new (code, NULL) : NULL;
  return TRUE;
}

OhmMessage *
ohm_meter_host_get_barren (OhmMeterHost *self)
{
  g_return_val_if_fail (OHM_IS_METER_HOST (self), NULL);

  return self->state.code == OHM_STATE_PARTIAL ? self->barren : NULL;
}
