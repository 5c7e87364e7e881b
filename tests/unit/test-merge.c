/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-merge.h"

typedef struct
{
  guint address;
  guint registers; /* 1, 2 or 4 */
  guint8 function;
  guint8 classes;
  guint8 flags;
} Row;

static OhmPlan *
fixture_make_plan (const Row *rows, guint n)
{
  g_autoptr (OhmPlan) plan = ohm_plan_new ();

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("in%u.pulse-count", i);
      OhmEntry entry = {
        .address = (guint16) rows[i].address,
        .function = rows[i].function,
        .classes = rows[i].classes != 0 ? rows[i].classes : OHM_READ_LIVE,
        .flags = rows[i].flags,
        .encoding.format = rows[i].registers == 1   ? OHM_FORMAT_U16
                           : rows[i].registers == 2 ? OHM_FORMAT_U32
                                                    : OHM_FORMAT_U64,
      };

      g_assert_true (ohm_plan_add (plan, name, NULL, &entry, NULL));
    }
  ohm_plan_seal (plan);
  return g_steal_pointer (&plan);
}

/* `function:address+count` of each request */
static char *
fixture_describe (const OhmRequestList *list)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < list->n_requests; i++)
    g_string_append_printf (text, "%s%u:%u+%u%s", i > 0 ? " " : "", list->requests[i].function,
                            list->requests[i].address, list->requests[i].count,
                            list->requests[i].is_stateful ? "!" : "");
  return g_string_free (text, /* free_segment */ FALSE);
}

/* What every list has to keep, whatever was merged. */
static void
fixture_check (OhmPlan *plan, guint classes, const OhmMergeRules *rules, const OhmRequestList *list)
{
  const OhmEntry *entries;
  guint n;
  g_autofree guint8 *seen = NULL;
  guint next = 0;

  entries = ohm_plan_get_entries (plan, &n);
  seen = g_new0 (guint8, n);
  for (guint i = 0; i < list->n_requests; i++)
    {
      const OhmMerged *request = &list->requests[i];
      guint end = request->address;

      g_assert_cmpuint (request->first, ==, next);
      g_assert_cmpuint (request->n, >, 0);
      next += request->n;
      for (guint j = request->first; j < next; j++)
        {
          const OhmEntry *entry = &entries[list->entries[j]];
          guint function = entry->function != 0 ? entry->function : rules->function;

          g_assert_cmpuint (seen[list->entries[j]]++, ==, 0);
          g_assert_cmpuint (function, ==, request->function);
          g_assert_cmpuint (entry->address, >=, request->address);
          g_assert_cmpuint (entry->address, <=, end + rules->gap_max);
          end = MAX (end, entry->address + ohm_encoding_get_registers (&entry->encoding));
        }
      g_assert_cmpuint (end, ==, request->address + request->count);
      g_assert_true (request->n == 1 || request->count <= rules->registers_max);
    }
  g_assert_cmpuint (next, ==, list->n_entries);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (seen[i], ==,
                     (entries[i].classes & classes) != 0 &&
                       (entries[i].flags & OHM_ENTRY_ABSENT) == 0 &&
                       (rules->refused == NULL || rules->refused[i] == 0));
}

static void
fixture_merge (const Row *rows,
               guint n,
               guint classes,
               const OhmMergeRules *rules,
               const char *expected)
{
  g_autoptr (OhmPlan) plan = fixture_make_plan (rows, n);
  g_autoptr (OhmRequestList) list = ohm_merge (plan, classes, rules);
  g_autofree char *text = fixture_describe (list);

  g_assert_cmpstr (text, ==, expected);
  fixture_check (plan, classes, rules, list);
}

static const OhmMergeRules plain = { .registers_max = 125, .function = 3, .gap_max = 10 };

static void
test_merge_gaps (void)
{
  static const Row rows[] = { { 120, 2 }, { 100, 2 }, { 102, 2 }, { 114, 2 }, { 133, 1 } };

  fixture_merge (rows, 5, OHM_READ_LIVE, &plain, "3:100+22 3:133+1");
  fixture_merge (rows, 3, OHM_READ_LIVE, &plain, "3:100+4 3:120+2");
  fixture_merge (rows, 0, OHM_READ_LIVE, &plain, "");
  fixture_merge (rows, 5, OHM_READ_SLOT, &plain, "");
}

static void
test_merge_touching_only (void)
{
  static const Row rows[] = { { 100, 2 }, { 102, 2 }, { 105, 2 } };
  OhmMergeRules rules = plain;

  rules.gap_max = 0;
  fixture_merge (rows, 3, OHM_READ_LIVE, &rules, "3:100+4 3:105+2");
}

static void
test_merge_longest (void)
{
  static const Row rows[] = { { 0, 4 }, { 4, 4 }, { 8, 4 }, { 12, 4 }, { 16, 4 } };
  OhmMergeRules rules = plain;

  rules.registers_max = 8;
  fixture_merge (rows, 5, OHM_READ_LIVE, &rules, "3:0+8 3:8+8 3:16+4");
  rules.registers_max = 9;
  fixture_merge (rows, 5, OHM_READ_LIVE, &rules, "3:0+8 3:8+8 3:16+4");
  rules.registers_max = 2;
  fixture_merge (rows, 2, OHM_READ_LIVE, &rules, "3:0+4 3:4+4");
}

static void
test_merge_functions (void)
{
  static const Row rows[] = { { 100, 2, 0 }, { 102, 2, 4 }, { 104, 2, 3 }, { 106, 2, 4 } };
  OhmMergeRules rules = plain;

  fixture_merge (rows, 4, OHM_READ_LIVE, &rules, "3:100+6 4:102+6");
  rules.function = 4;
  fixture_merge (rows, 4, OHM_READ_LIVE, &rules, "3:104+2 4:100+8");
}

static void
test_merge_classes (void)
{
  static const Row rows[] = {
    { 100, 2, .classes = OHM_READ_LIVE },
    { 102, 2, .classes = OHM_READ_SLOW },
    { 104, 2, .classes = OHM_READ_SLOT | OHM_READ_LIVE },
  };

  fixture_merge (rows, 3, OHM_READ_LIVE, &plain, "3:100+6");
  fixture_merge (rows, 3, OHM_READ_SLOW, &plain, "3:102+2");
  fixture_merge (rows, 3, OHM_READ_SLOT, &plain, "3:104+2");
  fixture_merge (rows, 3, OHM_READ_SLOT | OHM_READ_SLOW, &plain, "3:102+4");
}

/* Bit fields of one register, and a wide entry over narrow ones. */
static void
test_merge_overlaps (void)
{
  static const Row rows[] = { { 100, 1 }, { 100, 1 }, { 100, 4 }, { 101, 1 }, { 103, 2 } };

  fixture_merge (rows, 5, OHM_READ_LIVE, &plain, "3:100+5");
}

static void
test_merge_stateful (void)
{
  static const Row rows[] = {
    { 98, 2 },
    { 100, 2, .flags = OHM_ENTRY_STATEFUL },
    { 102, 2, .flags = OHM_ENTRY_STATEFUL },
    { 104, 2 },
  };
  static const Row apart[] = { { 98, 2 },
                               { 102, 2, .classes = OHM_READ_SLOT, .flags = OHM_ENTRY_STATEFUL },
                               { 106, 2 } };

  fixture_merge (rows, 4, OHM_READ_LIVE, &plain, "3:98+2 3:100+2! 3:102+2! 3:104+2");
  fixture_merge (apart, 3, OHM_READ_LIVE, &plain, "3:98+2 3:106+2");
}

static void
test_merge_absent (void)
{
  static const Row rows[] = { { 100, 2 }, { 102, 2, .flags = OHM_ENTRY_ABSENT }, { 104, 2 } };
  static const Row alone[] = { { 102, 2, .flags = OHM_ENTRY_ABSENT } };

  /* where it would be is nobody's: it may be read along */
  fixture_merge (rows, 3, OHM_READ_LIVE, &plain, "3:100+6");
  fixture_merge (alone, 1, OHM_READ_LIVE, &plain, "");
}

static void
test_merge_holes (void)
{
  static const Row rows[] = { { 100, 2 }, { 104, 2 }, { 108, 2 } };
  static const OhmRange holes[] = { { 3, 103, 103 }, { 4, 106, 107 } };
  static const OhmRange any[] = { { 0, 107, 200 } };
  static const OhmRange over_entry[] = { { 0, 104, 105 } };
  OhmMergeRules rules = plain;

  rules.holes = holes;
  rules.n_holes = 2;
  fixture_merge (rows, 3, OHM_READ_LIVE, &rules, "3:100+2 3:104+6");
  rules.holes = any;
  rules.n_holes = 1;
  fixture_merge (rows, 3, OHM_READ_LIVE, &rules, "3:100+6 3:108+2");
  /* what is wanted is read, hole or not */
  rules.holes = over_entry;
  fixture_merge (rows, 3, OHM_READ_LIVE, &rules, "3:100+10");
}

/* A refused register must not come back inside somebody else's request. */
static void
test_merge_refused (void)
{
  static const Row rows[] = { { 100, 2 }, { 102, 2 }, { 104, 2 }, { 106, 2 } };
  static const guint8 refused[] = { 0, 1, 0, 0 };
  OhmMergeRules rules = plain;

  rules.refused = refused;
  fixture_merge (rows, 4, OHM_READ_LIVE, &rules, "3:100+2 3:104+4");
}

static void
test_merge_end_of_space (void)
{
  static const Row rows[] = { { 65532, 2 }, { 65534, 2 } };

  fixture_merge (rows, 2, OHM_READ_LIVE, &plain, "3:65532+4");
}

/* The fewest requests that any cut of the sorted entries into runs gives, by dynamic programming.
 */
static guint
fixture_fewest (OhmPlan *plan, const OhmMergeRules *rules)
{
  const OhmEntry *entries;
  guint n;
  g_autofree guint *best = NULL;

  entries = ohm_plan_get_entries (plan, &n);
  best = g_new0 (guint, n + 1);
  for (guint i = 1; i <= n; i++)
    {
      best[i] = G_MAXUINT;
      for (guint head = i; head-- > 0;)
        {
          guint end = entries[head].address;
          gboolean is_allowed = TRUE;

          for (guint j = head; j < i; j++)
            {
              is_allowed = is_allowed && entries[j].address <= end + rules->gap_max;
              end = MAX (end,
                         entries[j].address + ohm_encoding_get_registers (&entries[j].encoding));
            }
          is_allowed = is_allowed &&
                       (end - entries[head].address <= rules->registers_max || i - head == 1);
          if (is_allowed)
            best[i] = MIN (best[i], best[head] + 1);
        }
    }
  return best[n];
}

static void
test_merge_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  for (guint round = 0; round < 500; round++)
    {
      Row rows[40];
      guint n = (guint) g_rand_int_range (rand, 1, G_N_ELEMENTS (rows));
      OhmMergeRules rules = {
        .registers_max = (guint) g_rand_int_range (rand, 4, 60),
        .function = 3,
        .gap_max = (guint) g_rand_int_range (rand, 0, 20),
      };
      g_autoptr (OhmPlan) plan = NULL;
      g_autoptr (OhmRequestList) list = NULL;

      memset (rows, 0, sizeof rows);
      for (guint i = 0; i < n; i++)
        {
          rows[i].address = (guint) g_rand_int_range (rand, 0, 400);
          rows[i].registers = 1u << g_rand_int_range (rand, 0, 3);
        }
      plan = fixture_make_plan (rows, n);
      list = ohm_merge (plan, OHM_READ_LIVE, &rules);
      fixture_check (plan, OHM_READ_LIVE, &rules, list);
      g_assert_cmpuint (list->n_requests, ==, fixture_fewest (plan, &rules));
    }
}

/* Modbus over serial line V1.02: 11 bits a character, 3.5 characters or 1.75 ms of silence. */
static void
test_merge_gap_cost (void)
{
  g_assert_cmpuint (ohm_merge_gap_cost (OHM_FRAMING_TCP, 0, 0), ==, 125);
  g_assert_cmpuint (ohm_merge_gap_cost (OHM_FRAMING_TCP, 9600, 0), ==, 125);
  g_assert_cmpuint (ohm_merge_gap_cost (OHM_FRAMING_RTU, 0, 0), ==, 125);
  g_assert_cmpuint (ohm_merge_gap_cost (OHM_FRAMING_RTU, 9600, 0), ==, 10);
  g_assert_cmpuint (ohm_merge_gap_cost (OHM_FRAMING_RTU, 9600, -5), ==, 10);
  g_assert_cmpuint (ohm_merge_gap_cost (OHM_FRAMING_RTU, 9600, 10000), ==, 14);
  g_assert_cmpuint (ohm_merge_gap_cost (OHM_FRAMING_RTU, 115200, 0), ==, 24);
  g_assert_cmpuint (ohm_merge_gap_cost (OHM_FRAMING_RTU, 115200, G_MAXINT64), ==, 125);
}

static void
fixture_split (const Row *rows, guint n, const char *expected, const char *gap)
{
  g_autoptr (OhmPlan) plan = fixture_make_plan (rows, n);
  g_autoptr (OhmRequestList) list = ohm_merge (plan, OHM_READ_LIVE, &plain);
  g_autoptr (OhmRequestList) halves = NULL;
  g_autofree char *text = NULL;
  g_autofree char *found = NULL;
  OhmRange range = { 9, 9, 9 };

  g_assert_cmpuint (list->n_requests, ==, 1);
  halves = ohm_merge_split (plan, list, &list->requests[0], &range);
  g_assert_nonnull (halves);
  g_assert_cmpuint (halves->n_requests, ==, 2);
  text = fixture_describe (halves);
  g_assert_cmpstr (text, ==, expected);
  found = g_strdup_printf ("%u:%u-%u", range.function, range.first, range.last);
  g_assert_cmpstr (found, ==, gap);
  fixture_check (plan, OHM_READ_LIVE, &plain, halves);
}

static void
test_merge_split (void)
{
  static const Row gaps[] = { { 100, 2 }, { 104, 2 }, { 110, 2 }, { 112, 2 } };
  static const Row dense[] = { { 100, 2 }, { 102, 2 }, { 104, 2 }, { 106, 2 }, { 108, 2 } };
  static const Row fields[] = { { 100, 1 }, { 100, 1 }, { 100, 1 }, { 101, 1 } };
  static const Row one[] = { { 100, 1 }, { 100, 1 } };

  fixture_split (gaps, 4, "3:100+6 3:110+4", "3:106-109");
  fixture_split (dense, 5, "3:100+4 3:104+6", "0:0-0");
  fixture_split (fields, 4, "3:100+1 3:101+1", "0:0-0");
  fixture_split (one, 2, "3:100+1 3:100+1", "0:0-0");
}

/* Splitting goes down to the entry, and no further. */
static void
test_merge_split_down (void)
{
  static const Row rows[] = { { 100, 2 }, { 104, 2 }, { 106, 1 } };
  g_autoptr (OhmPlan) plan = fixture_make_plan (rows, 3);
  g_autoptr (OhmRequestList) list = ohm_merge (plan, OHM_READ_LIVE, &plain);
  g_autoptr (OhmRequestList) halves = ohm_merge_split (plan, list, &list->requests[0], NULL);
  g_autoptr (OhmRequestList) quarters = NULL;

  g_assert_null (ohm_merge_split (plan, halves, &halves->requests[0], NULL));
  quarters = ohm_merge_split (plan, halves, &halves->requests[1], NULL);
  g_assert_nonnull (quarters);
  g_assert_cmpuint (quarters->requests[0].address, ==, 104);
  g_assert_cmpuint (quarters->requests[1].address, ==, 106);
  g_assert_null (ohm_merge_split (plan, quarters, &quarters->requests[0], NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/merge/gaps", test_merge_gaps);
  g_test_add_func ("/merge/touching-only", test_merge_touching_only);
  g_test_add_func ("/merge/longest", test_merge_longest);
  g_test_add_func ("/merge/functions", test_merge_functions);
  g_test_add_func ("/merge/classes", test_merge_classes);
  g_test_add_func ("/merge/overlaps", test_merge_overlaps);
  g_test_add_func ("/merge/stateful", test_merge_stateful);
  g_test_add_func ("/merge/absent", test_merge_absent);
  g_test_add_func ("/merge/holes", test_merge_holes);
  g_test_add_func ("/merge/refused", test_merge_refused);
  g_test_add_func ("/merge/end-of-space", test_merge_end_of_space);
  g_test_add_func ("/merge/random", test_merge_random);
  g_test_add_func ("/merge/gap-cost", test_merge_gap_cost);
  g_test_add_func ("/merge/split", test_merge_split);
  g_test_add_func ("/merge/split-down", test_merge_split_down);
  return g_test_run ();
}
