/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-result.h"

/* A handful of values tells whether a meter measures; `ohmctl read` shows all. */
#define VALUES_MAX 8

/* What people look for first. */
static const char *const main_points[] = {
  "power-active.total",
  "energy-active-import.total",
  "energy-active-export.total",
  "voltage.l1-n",
  "voltage.l2-n",
  "voltage.l3-n",
  "current.l1",
  "frequency",
};

void
ohm_test_result_add_candidates (GVariantBuilder *builder, OhmIdentification *identification)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(ssuas)"));
  for (guint i = 0; i < identification->candidates->len; i++)
    {
      const OhmCandidate *candidate = g_ptr_array_index (identification->candidates, i);

      g_variant_builder_add (&list, "(ssu@as)", candidate->id, candidate->name, candidate->score,
                             g_variant_new_strv ((const char *const *) candidate->evidence, -1));
    }
  g_variant_builder_add (builder, "{sv}", "candidates", g_variant_builder_end (&list));
}

static void
ohm_test_result_add_value (GVariantBuilder *list, const OhmLastValues *last, guint index)
{
  guint n;
  const OhmPoint *point = &ohm_point_set_get_points (last->points, &n)[index];
  double value = ohm_point_get_real (point, last->cells[index]);

  if (!ohm_quality_has_value (last->qualities[index]))
    value = 0;
  g_variant_builder_add (list, "(sdsy)", point->name, value, point->unit, last->qualities[index]);
}

/* A meter that has none of the usual points shows its first ones. */
static void
ohm_test_result_add_first (GVariantBuilder *list, const OhmLastValues *last)
{
  guint n = ohm_point_set_get_n (last->points);
  guint n_added = 0;

  for (guint i = 0; i < n && n_added < VALUES_MAX; i++)
    if (last->qualities[i] != OHM_QUALITY_NONE)
      {
        ohm_test_result_add_value (list, last, i);
        n_added++;
      }
}

static void
ohm_test_result_add_values (GVariantBuilder *builder, const OhmLastValues *last)
{
  GVariantBuilder list;
  guint n_added = 0;
  guint index;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sdsy)"));
  for (guint i = 0; i < G_N_ELEMENTS (main_points); i++)
    if (ohm_point_set_find (last->points, main_points[i], &index) &&
        last->qualities[index] != OHM_QUALITY_NONE)
      {
        ohm_test_result_add_value (&list, last, index);
        n_added++;
      }
  if (n_added == 0)
    ohm_test_result_add_first (&list, last);
  g_variant_builder_add (builder, "{sv}", "values", g_variant_builder_end (&list));
}

gboolean
ohm_test_result_lacks_values (OhmMeterHost *host)
{
  OhmLastValues last;
  gboolean is_asked = FALSE;
  guint index;

  ohm_meter_host_get_last (host, &last);
  for (guint i = 0; last.points != NULL && i < G_N_ELEMENTS (main_points); i++)
    {
      if (!ohm_point_set_find (last.points, main_points[i], &index))
        continue;
      is_asked |= last.qualities[index] != OHM_QUALITY_NONE;
      if (ohm_quality_has_value (last.qualities[index]))
        return FALSE;
    }
  return is_asked;
}

void
ohm_test_result_add_meter (GVariantBuilder *builder, OhmMeterHost *host)
{
  OhmFacts *facts = ohm_meter_host_get_facts (host);
  g_auto (GStrv) unconfirmed = ohm_meter_host_dup_unconfirmed (host);
  OhmLastValues last;

  if (facts != NULL)
    g_variant_builder_add (builder, "{sv}", "facts", ohm_facts_to_variant (facts));
  if (*unconfirmed != NULL)
    g_variant_builder_add (builder, "{sv}", "unconfirmed",
                           g_variant_new_strv ((const char *const *) unconfirmed, -1));
  ohm_meter_host_get_last (host, &last);
  if (last.points != NULL && last.read_us != 0)
    ohm_test_result_add_values (builder, &last);
}

void
ohm_test_result_add_trouble (GVariantBuilder *builder, OhmMessage *message)
{
  g_variant_builder_add (builder, "{sv}", "trouble",
                         g_variant_new ("(s@a{ss})", ohm_message_get_code (message),
                                        ohm_message_get_arguments (message)));
}
