/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-counters.h"

#include <string.h>

#define IMPORT "energy-active-import.total"
#define EXPORT "energy-active-export.total"

static char *
test_describe_point (const char *point, const OhmEntry *entry, gboolean is_guarded)
{
  const OhmGuard guard = { .address = 7, .count = 1 };
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  g_autoptr (GError) error = NULL;

  ohm_plan_add (plan, point, /* unit */ NULL, entry, &error);
  g_assert_no_error (error);
  if (is_guarded)
    ohm_plan_add_guard (plan, &guard);
  ohm_plan_seal (plan);
  return ohm_counters_describe (plan, &(guint){ 0 }, 1);
}

static char *
test_describe (const OhmEntry *entry)
{
  return test_describe_point (IMPORT, entry, /* is_guarded */ FALSE);
}

/* These are kept in databases: a word that changes begins a run at each meter there is. */
static void
test_counters_describe (void)
{
  static const struct
  {
    OhmEntry entry;
    const char *text;
  } cases[] = {
    { { .address = 19068, .encoding = { .format = OHM_FORMAT_F32 } }, "19068 f32 unit=Wh" },
    { { .address = 1, .encoding = { .format = OHM_FORMAT_F32, .scale = 1 } }, "1 f32 unit=Wh" },
    { { .address = 1, .encoding = { .format = OHM_FORMAT_U32, .scale = 0.1 } },
      "1 u32 *0.1 unit=Wh" },
    { { .address = 1, .function = 4, .encoding = { .format = OHM_FORMAT_I64, .scale = 1000 } },
      "1 i64 *1000 fn=4 unit=Wh" },
    { { .address = 1,
        .encoding = { .format = OHM_FORMAT_U32, .is_low_first = TRUE, .is_swapped = TRUE } },
      "1 u32 words=low-first bytes=swapped unit=Wh" },
    { { .address = 1,
        .encoding = { .format = OHM_FORMAT_U32,
                      .is_bit_field = TRUE,
                      .bit_high = 15,
                      .bit_low = 4 } },
      "1 u32 bits=15-4 unit=Wh" },
    { { .address = 1, .encoding = { .format = OHM_FORMAT_U32, .has_missing = TRUE, .missing = 7 } },
      "1 u32 unit=Wh" },
    { { .address = 1, .encoding = { .format = OHM_FORMAT_F64, .terms = 2 } },
      "1 f64 sum=2 unit=Wh" },
    { { .address = 1, .flags = OHM_ENTRY_RAW, .encoding = { .format = OHM_FORMAT_U32 } },
      "1 u32 raw unit=Wh" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      OhmEntry entry = cases[i].entry;
      g_autofree char *expected = g_strdup_printf (IMPORT " %s\n", cases[i].text);
      g_autofree char *text = NULL;

      entry.classes = OHM_READ_SLOT;
      text = test_describe (&entry);
      g_assert_cmpstr (text, ==, expected);
    }
}

/* What is not there at present says nothing of how it is read. */
static void
test_counters_absent (void)
{
  const OhmEntry entry = { .classes = OHM_READ_SLOT,
                           .flags = OHM_ENTRY_ABSENT,
                           .encoding = { .format = OHM_FORMAT_F32 } };

  g_assert_null (test_describe (&entry));
}

static void
test_counters_assert_change (const char *before, const char *now, const char *expected)
{
  g_autoptr (OhmMessage) message = ohm_counters_compare (before, now);
  g_autofree char *text = message != NULL ? ohm_message_dup_text (message) : NULL;

  g_assert_cmpstr (text, ==, expected);
}

/* A device that moves the registers of its groups about: the counter stays the same. */
static void
test_counters_moves (void)
{
  const OhmEntry entry = { .address = 5,
                           .classes = OHM_READ_SLOT,
                           .encoding = { .format = OHM_FORMAT_F64 } };
  g_autofree char *group = test_describe_point ("m1g1." IMPORT, &entry, TRUE);
  g_autofree char *base = test_describe_point (IMPORT, &entry, TRUE);
  g_autofree char *alone = test_describe_point ("m1g1." IMPORT, &entry, FALSE);

  g_assert_cmpstr (group, ==, "m1g1." IMPORT " moves f64 unit=Wh\n");
  g_assert_cmpstr (base, ==, IMPORT " 5 f64 unit=Wh\n");
  test_counters_assert_change (alone, group, NULL);
  test_counters_assert_change ("m1g1." IMPORT " 5 f32 unit=Wh\n", group,
                               "The counter m1g1." IMPORT " is read otherwise now (moves f64 "
                               "unit=Wh; 5 f32 unit=Wh before): a new run began.");
}

static void
test_counters_compare (void)
{
  test_counters_assert_change (NULL, NULL, NULL);
  test_counters_assert_change (NULL, IMPORT " 1 f32\n", NULL);
  test_counters_assert_change (IMPORT " 1 f32\n", NULL, NULL);
  test_counters_assert_change (IMPORT " 1 f32\n", IMPORT " 1 f32\n", NULL);
  test_counters_assert_change (IMPORT " 1 f32\n", EXPORT " 3 f32\n", NULL);
  test_counters_assert_change (IMPORT " 1 f32\n", EXPORT " 3 f32\n" IMPORT " 1 f32\n", NULL);
  test_counters_assert_change (IMPORT " 1 f32\n" EXPORT " 3 f32\n",
                               EXPORT " 3 f32 *10\n" IMPORT " 1 f32\n",
                               "The counter " EXPORT " is read otherwise now (3 f32 *10; 3 f32 "
                               "before): a new run began.");
  /* what nobody wrote is harmless */
  test_counters_assert_change ("\n\nnonsense\n", IMPORT " 1 f32\nnonsense\n", NULL);
}

/* A counter that was gone for a while is remembered. */
static void
test_counters_merge (void)
{
  g_autofree char *nothing = ohm_counters_merge (NULL, NULL);
  g_autofree char *before = ohm_counters_merge (IMPORT " 1 f32\n", NULL);
  g_autofree char *now = ohm_counters_merge (NULL, IMPORT " 1 f32\n");
  g_autofree char *both = ohm_counters_merge (IMPORT " 1 f32\n" EXPORT " 3 f32\n",
                                              IMPORT " 1 f32\n");

  g_assert_null (nothing);
  g_assert_cmpstr (before, ==, IMPORT " 1 f32\n");
  g_assert_cmpstr (now, ==, IMPORT " 1 f32\n");
  g_assert_cmpstr (both, ==, IMPORT " 1 f32\n" EXPORT " 3 f32\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/counters/describe", test_counters_describe);
  g_test_add_func ("/counters/absent", test_counters_absent);
  g_test_add_func ("/counters/moves", test_counters_moves);
  g_test_add_func ("/counters/compare", test_counters_compare);
  g_test_add_func ("/counters/merge", test_counters_merge);
  return g_test_run ();
}
