/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-prodata2-unit.h"

#include <string.h>

#define OHM_TYPE_PRODATA2_METER (ohm_prodata2_meter_get_type ())
G_DECLARE_FINAL_TYPE (OhmProdata2Meter, ohm_prodata2_meter, OHM, PRODATA2_METER, OhmMeter)
OHM_DEFINE_METER (OhmProdata2Meter, ohm_prodata2_meter)

#define N_INPUTS 15

/* Kept among the facts while the battery is asked for. */
#define SCRATCH "@battery"

#define BATTERY_ADDRESS      4942
#define BATTERY_EMPTY        (1u << 0)
#define BATTERY_NEARLY_EMPTY (1u << 1)

/* --- what the device says of itself --- */

/* (nullable): a fact of one input, counted from 0 */
static const char *
ohm_prodata2_meter_get_text (OhmFactsBuilder *facts, const char *fact, guint input)
{
  g_autofree char *name = g_strdup_printf ("%s.%u", fact, input);

  return ohm_facts_builder_get (facts, name);
}

static gboolean
ohm_prodata2_meter_get_number (OhmFactsBuilder *facts, const char *name, guint64 *ret_number)
{
  const char *text = ohm_facts_builder_get (facts, name);

  return text != NULL &&
         g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, ret_number, /* error */ NULL);
}

static void
ohm_prodata2_meter_refine_device (OhmFactsBuilder *facts)
{
  const char *gateway = NULL;
  guint64 mode = 0;

  if (ohm_prodata2_meter_get_number (facts, "rs485-mode", &mode) && mode <= 1)
    gateway = mode == 1 ? "yes" : "no";
  ohm_facts_builder_set (facts, "model", "ProData 2");
  ohm_facts_builder_set (facts, "gateway", gateway);
}

/* The unit as we write it, and that of what is counted in an averaging interval: "kWh/900s". */
static void
ohm_prodata2_meter_refine_unit (OhmFactsBuilder *facts, guint input)
{
  g_autofree char *fact = g_strdup_printf ("input-unit.%u", input);
  g_autofree char *rate_fact = g_strdup_printf ("rate-unit.%u", input);
  g_autofree char *rate = NULL;
  const OhmProdata2Unit *known = ohm_prodata2_unit_find (ohm_facts_builder_get (facts, fact));
  const char *interval = ohm_prodata2_meter_get_text (facts, "input-interval", input);
  const char *unit;

  if (known != NULL)
    ohm_facts_builder_set (facts, fact, known->unit);
  unit = ohm_facts_builder_get (facts, fact);
  if (unit != NULL && interval != NULL && !g_str_equal (interval, "0"))
    rate = g_strdup_printf ("%s/%ss", unit, interval);
  ohm_facts_builder_set (facts, rate_fact, rate);
}

/* (nullable): what an input is called; an unnamed one may still be described */
static const char *
ohm_prodata2_meter_get_label (OhmFactsBuilder *facts, guint input)
{
  const char *name = ohm_prodata2_meter_get_text (facts, "input-name", input);

  return name != NULL ? name : ohm_prodata2_meter_get_text (facts, "input-description", input);
}

/* Fifteen inputs called "Energy" would be fifteen places of that name. */
static gboolean
ohm_prodata2_meter_is_label_shared (OhmFactsBuilder *facts, guint input)
{
  const char *label = ohm_prodata2_meter_get_label (facts, input);

  for (guint i = 0; i < N_INPUTS; i++)
    if (i != input && g_strcmp0 (label, ohm_prodata2_meter_get_label (facts, i)) == 0)
      return TRUE;
  return FALSE;
}

static void
ohm_prodata2_meter_refine_label (OhmFactsBuilder *facts, guint input)
{
  g_autofree char *fact = g_strdup_printf ("name.in%u", input + 1);
  const char *label = ohm_prodata2_meter_get_label (facts, input);
  g_autofree char *distinct = NULL;

  if (label != NULL && ohm_prodata2_meter_is_label_shared (facts, input))
    distinct = g_strdup_printf ("%s in%u", label, input + 1);
  ohm_facts_builder_set (facts, fact, distinct != NULL ? distinct : label);
}

/* The register of a point cannot be a fact of the profile too: it is asked for here. */
static void
ohm_prodata2_meter_ask_battery (OhmMeter *self, OhmFactsBuilder *facts, OhmRequest *ret_next)
{
  const OhmLimits *limits = ohm_profile_get_limits (ohm_meter_get_profile (self));
  const char *function = ohm_facts_builder_get (facts, "function");

  ret_next->function = function != NULL ? (guint8) g_ascii_digit_value (function[0])
                                        : limits->functions[0];
  ret_next->address = BATTERY_ADDRESS;
  ret_next->count = 1;
  ohm_facts_builder_set (facts, SCRATCH, "asked");
}

static void
ohm_prodata2_meter_take_battery (OhmFactsBuilder *facts, const OhmReply *reply)
{
  const char *battery = NULL;
  guint bits;

  ohm_facts_builder_set (facts, SCRATCH, NULL);
  if (reply != NULL && reply->exception == 0 && reply->length >= 2)
    {
      bits = ohm_reply_get_register (reply, 0);
      battery = (bits & BATTERY_EMPTY) != 0          ? "empty"
                : (bits & BATTERY_NEARLY_EMPTY) != 0 ? "low"
                                                     : "good";
    }
  ohm_facts_builder_set (facts, "battery", battery);
}

static void
ohm_prodata2_meter_refine (OhmFactsBuilder *facts)
{
  ohm_prodata2_meter_refine_device (facts);
  for (guint i = 0; i < N_INPUTS; i++)
    {
      ohm_prodata2_meter_refine_unit (facts, i);
      ohm_prodata2_meter_refine_label (facts, i);
    }
}

static gboolean
ohm_prodata2_meter_survey (OhmMeter *self,
                           guint step,
                           const OhmReply *last,
                           OhmFactsBuilder *facts,
                           OhmRequest *ret_next,
                           gboolean *ret_done,
                           GError **error)
{
  OhmMeterClass *parent = OHM_METER_CLASS (ohm_prodata2_meter_parent_class);

  if (step > 0 && ohm_facts_builder_get (facts, SCRATCH) != NULL)
    {
      ohm_prodata2_meter_take_battery (facts, last);
      *ret_done = TRUE;
      return TRUE;
    }
  if (!parent->survey (self, step, last, facts, ret_next, ret_done, error))
    return FALSE;
  if (!*ret_done)
    return TRUE;
  ohm_prodata2_meter_refine (facts);
  ohm_prodata2_meter_ask_battery (self, facts, ret_next);
  *ret_done = FALSE;
  return TRUE;
}

/* --- what is read --- */

static gboolean
ohm_prodata2_meter_is_counting (OhmFacts *facts, const OhmPoint *point)
{
  g_autofree char *name = NULL;
  double active = 0;

  if (point->tariff[0] == '\0')
    return TRUE;
  name = g_strconcat ("tariff-", point->tariff + 1, NULL);
  return ohm_facts_get_number (facts, name, &active) && active > 0;
}

/* A value whose unit tells what it is becomes that: `in2.pulse-value` in litres is `in2.volume`. */
static gboolean
ohm_prodata2_meter_add_mapped (OhmPlan *plan,
                               const OhmPoint *point,
                               const OhmEntry *entry,
                               const OhmProdata2Unit *unit,
                               GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s.%s%s%s", point->group, unit->quantity,
                                           point->tariff[0] != '\0' ? "." : "", point->tariff);
  OhmEntry scaled = *entry;

  scaled.encoding.scale = unit->factor;
  return ohm_plan_add (plan, name, /* unit */ NULL, &scaled, error);
}

static gboolean
ohm_prodata2_meter_add (OhmMeter *self,
                        OhmPlan *plan,
                        const OhmPoint *point,
                        const OhmEntry *entry,
                        GError **error)
{
  const OhmProdata2Unit *unit = NULL;

  if (!ohm_prodata2_meter_is_counting (ohm_meter_get_facts (self), point))
    return TRUE;
  if (g_str_equal (point->quantity->id, "pulse-value"))
    unit = ohm_prodata2_unit_find (point->unit);
  if (unit != NULL && unit->quantity != NULL)
    return ohm_prodata2_meter_add_mapped (plan, point, entry, unit, error);
  return ohm_plan_add (plan, point->name, point->unit, entry, error);
}

/* The profile's plan, point by point: tariffs that do not count are left out. */
static gboolean
ohm_prodata2_meter_plan (OhmMeter *self, OhmPlan *plan, GError **error)
{
  g_autoptr (OhmPlan) all = ohm_plan_new ();
  g_autofree guint *entry_of = NULL;
  const OhmEntry *entries;
  const OhmPoint *points;
  guint n_entries = 0;
  guint n = 0;

  if (!ohm_profile_plan (ohm_meter_get_profile (self), ohm_meter_get_facts (self), all, error))
    return FALSE;
  ohm_plan_seal (all);
  entries = ohm_plan_get_entries (all, &n_entries);
  points = ohm_point_set_get_points (ohm_plan_get_points (all), &n);
  entry_of = g_new0 (guint, n + 1);
  for (guint i = 0; i < n_entries; i++)
    entry_of[entries[i].point] = i;
  for (guint i = 0; i < n; i++)
    if (!ohm_prodata2_meter_add (self, plan, &points[i], &entries[entry_of[i]], error))
      return FALSE;
  return TRUE;
}

static void
ohm_prodata2_meter_class_init (OhmProdata2MeterClass *klass)
{
  OhmMeterClass *meter_class = OHM_METER_CLASS (klass);

  meter_class->survey = ohm_prodata2_meter_survey;
  meter_class->plan = ohm_prodata2_meter_plan;
}

OHM_PLUGIN ("prodata2", "Janitza ProData 2 data logger", ohm_prodata2_meter_get_type);
