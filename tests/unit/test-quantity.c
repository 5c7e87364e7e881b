/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-quantity.h"
#include "ohm-value.h"

/* The vocabulary of the design, with unit and kind. */
static const struct
{
  const char *id;
  const char *unit;
  OhmKind kind;
} vocabulary[] = {
  { "voltage", "V", OHM_KIND_GAUGE },
  { "current", "A", OHM_KIND_GAUGE },
  { "power-active", "W", OHM_KIND_GAUGE },
  { "power-apparent", "VA", OHM_KIND_GAUGE },
  { "power-reactive", "var", OHM_KIND_GAUGE },
  { "cos-phi", "", OHM_KIND_GAUGE },
  { "power-factor", "", OHM_KIND_GAUGE },
  { "frequency", "Hz", OHM_KIND_GAUGE },
  { "rotation", "", OHM_KIND_STATE },
  { "thd-voltage", "%", OHM_KIND_GAUGE },
  { "thd-current", "%", OHM_KIND_GAUGE },
  { "energy-active-net", "Wh", OHM_KIND_BALANCE },
  { "energy-active-import", "Wh", OHM_KIND_COUNTER },
  { "energy-active-export", "Wh", OHM_KIND_COUNTER },
  { "energy-apparent", "VAh", OHM_KIND_COUNTER },
  { "energy-reactive", "varh", OHM_KIND_BALANCE },
  { "energy-reactive-inductive", "varh", OHM_KIND_BALANCE },
  { "energy-reactive-capacitive", "varh", OHM_KIND_BALANCE },
  { "demand-active", "W", OHM_KIND_GAUGE },
  { "pulse-count", "", OHM_KIND_COUNTER },
  { "pulse-value", NULL, OHM_KIND_COUNTER },
  { "pulse-rate", NULL, OHM_KIND_GAUGE },
  { "battery-state", "", OHM_KIND_STATE },
  { "volume", "m3", OHM_KIND_COUNTER },
  { "energy-heat", "Wh", OHM_KIND_COUNTER },
  { "input-state", "", OHM_KIND_STATE },
  { "temperature", "degC", OHM_KIND_GAUGE },
};

static void
test_quantity_vocabulary (void)
{
  guint n;

  ohm_quantity_table (&n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (vocabulary));
  for (guint i = 0; i < G_N_ELEMENTS (vocabulary); i++)
    {
      const OhmQuantity *quantity = ohm_quantity_lookup (vocabulary[i].id);

      g_assert_nonnull (quantity);
      g_assert_cmpstr (quantity->id, ==, vocabulary[i].id);
      g_assert_cmpstr (quantity->unit, ==, vocabulary[i].unit);
      g_assert_cmpint (quantity->kind, ==, vocabulary[i].kind);
    }
}

static void
test_quantity_table (void)
{
  const OhmQuantity *table;
  guint n;

  table = ohm_quantity_table (&n);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (strcspn (table[i].id, "0123456789./"), ==, strlen (table[i].id));
      g_assert_nonnull (table[i].label);
      g_assert_true (g_ascii_isalpha (table[i].label[0]));
      if (i > 0)
        g_assert_cmpstr (table[i - 1].id, <, table[i].id);
    }
}

static void
test_quantity_unknown (void)
{
  g_assert_null (ohm_quantity_lookup (""));
  g_assert_null (ohm_quantity_lookup ("Voltage"));
  g_assert_null (ohm_quantity_lookup ("voltage "));
  g_assert_cmpstr (ohm_quantity_suggest ("volatge"), ==, "voltage");
  g_assert_cmpstr (ohm_quantity_suggest ("energy-active-imprt"), ==, "energy-active-import");
  g_assert_null (ohm_quantity_suggest ("xyzzy"));
  g_assert_null (ohm_quantity_suggest (""));
}

static void
test_quantity_strings (void)
{
  g_assert_cmpstr (ohm_kind_to_string (OHM_KIND_GAUGE), ==, "gauge");
  g_assert_cmpstr (ohm_kind_to_string (OHM_KIND_COUNTER), ==, "counter");
  g_assert_cmpstr (ohm_kind_to_string (OHM_KIND_BALANCE), ==, "balance");
  g_assert_cmpstr (ohm_kind_to_string (OHM_KIND_STATE), ==, "state");
  g_assert_cmpstr (ohm_kind_to_string (OHM_KIND_TEXT), ==, "text");
  g_assert_cmpstr (ohm_quality_to_string (OHM_QUALITY_NONE), ==, "none");
  g_assert_cmpstr (ohm_quality_to_string (OHM_QUALITY_GOOD), ==, "good");
  g_assert_cmpstr (ohm_quality_to_string (OHM_QUALITY_MISSING), ==, "missing");
  g_assert_cmpstr (ohm_quality_to_string (OHM_QUALITY_SUSPECT), ==, "suspect");
  g_assert_false (ohm_quality_has_value (OHM_QUALITY_NONE));
  g_assert_true (ohm_quality_has_value (OHM_QUALITY_GOOD));
  g_assert_false (ohm_quality_has_value (OHM_QUALITY_MISSING));
  g_assert_true (ohm_quality_has_value (OHM_QUALITY_SUSPECT));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quantity/vocabulary", test_quantity_vocabulary);
  g_test_add_func ("/quantity/table", test_quantity_table);
  g_test_add_func ("/quantity/unknown", test_quantity_unknown);
  g_test_add_func ("/quantity/strings", test_quantity_strings);
  return g_test_run ();
}
