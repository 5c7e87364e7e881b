/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-exchange.h"

#include <math.h>
#include <string.h>

#include "store-fixture.h"

#define SLOT(n) (OHM_FIXTURE_T0_US + (n) *OHM_SLOT_US)

typedef OhmStoreFixture Fixture;

/* (transfer full): with nothing but the import */
static OhmRecord *
test_import (const char *place, double import_wh)
{
  OhmRecord *record = fixture_record (place, 0, import_wh, 0);

  record->qualities[1] = OHM_QUALITY_MISSING;
  record->qualities[2] = OHM_QUALITY_MISSING;
  return record;
}

/* What cannot have been read off is refused, and nothing changes. */
static void
test_exchange_implausible (Fixture *self, gconstpointer data)
{
  static const struct
  {
    double last_wh; /* 54719123 are recorded, half an hour ago */
    double first_wh;
    double max_w;
    gboolean is_forced;
    double stored_wh; /* 0: it is refused */
    const char *message;
  } cases[] = {
    { 100000, 0, 0, FALSE, 0,
      "'last': energy-active-import.total: 100 kWh is less than the 54719.123 kWh recorded at "
      "2026-11-22 10:15 UTC; read it again" },
    { -5000, 0, 0, FALSE, 0, "'last': energy-active-import.total: -5 kWh is nothing that" },
    { (double) NAN, 0, 0, FALSE, 0, "'last': " },
    { 54718122, 0, 0, FALSE, 0, "is less than" },
    { 54919123, 0, 10000, FALSE, 0, "54919.123 kWh is more than can have been counted beyond" },
    { 54720000, -1, 0, FALSE, 0, "'first': energy-active-import.total: -0.001 kWh is nothing" },
    /* a display that shows no fractions */
    { 54719000, 0, 10000, FALSE, 54719123, NULL },
    { 54724000, 0, 10000, FALSE, 54724000, NULL },
    { 64724000, 0, 0, FALSE, 64724000, NULL },
    { 100000, -1, 10000, TRUE, 100000, NULL },
  };

  fixture_open (self);
  fixture_set_wall (self, SLOT (3));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *place = g_strdup_printf ("p%u", i);
      g_autoptr (OhmRecord) last = test_import (place, cases[i].last_wh);
      g_autoptr (OhmRecord) first = test_import (place, cases[i].first_wh);
      OhmReplacement replacement = { place, NULL, last, first, cases[i].max_w, cases[i].is_forced };
      g_autoptr (GAsyncResult) replaced = NULL;
      g_autoptr (GAsyncResult) listed = NULL;
      g_autoptr (GPtrArray) new_runs = NULL;
      g_autoptr (GPtrArray) runs = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (fixture_append (self, fixture_record (place, SLOT (1), 54719123, 1), NULL));
      ohm_store_replace_async (self->store, &replacement, 1, fixture_on_ready, &replaced);
      new_runs = ohm_store_replace_finish (self->store, fixture_wait (&replaced), &error);
      ohm_store_list_runs_async (self->store, place, NULL, fixture_on_ready, &listed);
      runs = ohm_store_list_runs_finish (self->store, fixture_wait (&listed), NULL);
      if (cases[i].message == NULL)
        {
          g_assert_no_error (error);
          g_assert_cmpuint (runs->len, ==, 2);
          g_assert_cmpfloat_with_epsilon (((OhmRun *) runs->pdata[0])->last->cells[0].real,
                                          cases[i].stored_wh, 1e-6);
          continue;
        }
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
      g_assert_nonnull (strstr (error->message, cases[i].message));
      g_assert_cmpuint (runs->len, ==, 1);
    }
}

/* What one place refuses, is not done for the others either. */
static void
test_exchange_all_or_none (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmRecord) last = test_import ("b", 5);
  OhmReplacement replacements[] = { { .place = "a" }, { .place = "b", .last = last } };
  g_autoptr (GAsyncResult) replaced = NULL;
  g_autoptr (GAsyncResult) listed = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GError) error = NULL;

  fixture_open (self);
  g_assert_true (fixture_append (self, fixture_record ("a", SLOT (1), 5000, 1), NULL));
  g_assert_true (fixture_append (self, fixture_record ("b", SLOT (1), 5000, 1), NULL));
  ohm_store_replace_async (self->store, replacements, 2, fixture_on_ready, &replaced);
  g_assert_null (ohm_store_replace_finish (self->store, fixture_wait (&replaced), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_true (g_str_has_prefix (error->message, "place 'b': 'last': "));
  ohm_store_list_runs_async (self->store, "a", NULL, fixture_on_ready, &listed);
  runs = ohm_store_list_runs_finish (self->store, fixture_wait (&listed), NULL);
  g_assert_cmpuint (runs->len, ==, 1);
}

/* Within one slot, both typed: the slot has what both meters have counted, and no more. */
static void
test_exchange_within_slot (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmRecord) last = test_import ("main", 130);
  g_autoptr (OhmRecord) first = test_import ("main", 2);
  OhmReplacement replacement = { .place = "main", .last = last, .first = first };
  g_autoptr (GAsyncResult) replaced = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (OhmStorePage) page = NULL;
  g_autoptr (OhmStorePage) later = NULL;
  const OhmRecord *difference;

  fixture_open (self);
  g_assert_true (fixture_append (self, fixture_record ("main", SLOT (1), 100, 1), NULL));
  fixture_set_wall (self, SLOT (1) + 5);
  ohm_store_replace_async (self->store, &replacement, 1, fixture_on_ready, &replaced);
  runs = ohm_store_replace_finish (self->store, fixture_wait (&replaced), NULL);
  g_assert_true (fixture_append (self, fixture_record ("main", SLOT (2), 12, 1), NULL));
  g_assert_true (fixture_append (self, fixture_record ("main", SLOT (3), 13, 1), NULL));
  page = fixture_query (self, "main");
  g_assert_cmpuint (page->exchanges->len, ==, 1);
  difference = g_ptr_array_index (page->exchanges, 0);
  g_assert_cmpint (difference->slot_us, ==, SLOT (2));
  g_assert_cmpfloat_with_epsilon (difference->cells[0].real, 30 + 10, 1e-9);
  g_assert_cmpuint (difference->qualities[0], ==, OHM_QUALITY_GOOD);
  /* that one was not typed */
  g_assert_cmpuint (difference->qualities[2], ==, OHM_QUALITY_MISSING);
  /* the record before is of the page before */
  later = fixture_query_range (self, "main", SLOT (1), SLOT (3), 0);
  g_assert_cmpuint (later->exchanges->len, ==, 1);
}

#define ADD(name)                                                                                  \
  g_test_add ("/exchange/" #name, Fixture, NULL, fixture_set_up, test_exchange_##name,             \
              fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (implausible);
  ADD (all_or_none);
  ADD (within_slot);
  return g_test_run ();
}
