/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-clock-history.h"

#include <string.h>

#define HOUR_US       (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define DRIFT_BASE_US (6 * HOUR_US)
/* The worst quartz gains 200 ppm; more, over a second of slack, is a clock that was set. */
#define STEP_PPM      200
#define STEP_SLACK_US (1 * G_USEC_PER_SEC)
#define STORED_TYPE   "a(xxxubb)"

GArray *
ohm_clock_history_new (void)
{
  return g_array_new (/* zero terminated */ FALSE, FALSE, sizeof (OhmClockCheckpoint));
}

static void
ohm_clock_history_trim (GArray *self)
{
  if (self->len > OHM_CLOCK_HISTORY_MAX)
    g_array_remove_range (self, 0, self->len - OHM_CLOCK_HISTORY_MAX);
}

void
ohm_clock_history_add (GArray *self, const OhmClockCheckpoint *check)
{
  g_array_append_vals (self, check, 1);
  ohm_clock_history_trim (self);
}

static gboolean
ohm_clock_history_is_step (const OhmClockCheckpoint *before, const OhmClockCheckpoint *after)
{
  gint64 change_us = ABS (after->offset_us - before->offset_us);
  gint64 span_us = ABS (after->time_us - before->time_us);

  return after->was_set || after->fit != before->fit ||
         change_us > STEP_SLACK_US + before->uncertainty_us + after->uncertainty_us +
                       span_us / 1000000 * STEP_PPM;
}

gboolean
ohm_clock_history_get_drift (const GArray *self, double *ret_drift)
{
  const OhmClockCheckpoint *first = NULL;
  const OhmClockCheckpoint *last = NULL;

  for (guint i = 0; i < self->len; i++)
    {
      const OhmClockCheckpoint *check = &g_array_index (self, OhmClockCheckpoint, i);

      if (check->is_unsure)
        continue;
      if (last == NULL || ohm_clock_history_is_step (last, check))
        first = check;
      last = check;
    }
  if (last == NULL || last->time_us - first->time_us < DRIFT_BASE_US)
    return FALSE;
  *ret_drift = (double) (last->offset_us - first->offset_us) /
               (double) (last->time_us - first->time_us) * 86400.0;
  return TRUE;
}

GBytes *
ohm_clock_history_save (const GArray *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE (STORED_TYPE));
  g_autoptr (GVariant) variant = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < self->len; i++)
    {
      const OhmClockCheckpoint *check = &g_array_index (self, OhmClockCheckpoint, i);

      g_variant_builder_add (&builder, "(xxxubb)", check->time_us, check->offset_us,
                             check->uncertainty_us, (guint32) check->fit, check->was_set,
                             check->is_unsure);
    }
  variant = g_variant_ref_sink (g_variant_builder_end (&builder));
  text = g_variant_print (variant, /* type annotate */ TRUE);
  return g_bytes_new (text, strlen (text));
}

static GVariant *
ohm_clock_history_parse (GBytes *bytes)
{
  gsize length = 0;
  const char *text = g_bytes_get_data (bytes, &length);

  return g_variant_parse (G_VARIANT_TYPE (STORED_TYPE), text, text + length, NULL,
                          /* error */ NULL);
}

void
ohm_clock_history_load (GArray *self, GBytes *bytes)
{
  g_autoptr (GVariant) variant = ohm_clock_history_parse (bytes);
  g_autoptr (GArray) stored = ohm_clock_history_new ();
  OhmClockCheckpoint check;
  GVariantIter iter;
  guint32 fit;

  if (variant == NULL)
    return;
  g_variant_iter_init (&iter, variant);
  while (g_variant_iter_next (&iter, "(xxxubb)", &check.time_us, &check.offset_us,
                              &check.uncertainty_us, &fit, &check.was_set, &check.is_unsure))
    {
      check.fit = fit <= OHM_CLOCK_FIT_STANDARD ? (OhmClockFit) fit : OHM_CLOCK_FIT_NONE;
      g_array_append_val (stored, check);
    }
  if (stored->len > 0)
    g_array_prepend_vals (self, stored->data, stored->len);
  ohm_clock_history_trim (self);
}
