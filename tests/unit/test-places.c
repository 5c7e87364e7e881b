/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-places.h"
#include "ohm-typed-counters.h"

#include "store-fixture.h"

#include <string.h>

#define SLOT(n) (OHM_FIXTURE_T0_US + (n) *OHM_SLOT_US)

typedef struct
{
  OhmStoreFixture base;
  OhmPlaces *places;
  GString *changes;
  GObject *listener;
} Fixture;

static void
fixture_on_place_changed (const OhmChange *change, gpointer owner)
{
  GString *changes = g_object_get_data (owner, "changes");

  g_string_append_printf (changes, "%s%s ", change->is_gone ? "-" : "", change->id);
}

static void
fixture_make_places (Fixture *self)
{
  self->places = ohm_places_new (self->base.store, self->base.bus);
}

static void
fixture_begin (Fixture *self, gconstpointer data)
{
  fixture_set_up (&self->base, NULL);
  fixture_open (&self->base);
  self->changes = g_string_new (NULL);
  self->listener = g_object_new (G_TYPE_OBJECT, NULL);
  g_object_set_data (self->listener, "changes", self->changes);
  ohm_bus_connect_place_changed (self->base.bus, "test", fixture_on_place_changed, self->listener);
  fixture_make_places (self);
}

static void
fixture_end (Fixture *self, gconstpointer data)
{
  ohm_bus_disconnect (self->base.bus, self->listener);
  g_assert_finalize_object (self->places);
  g_assert_finalize_object (self->listener);
  g_string_free (self->changes, TRUE);
  fixture_tear_down (&self->base, NULL);
}

/* Stops and starts the daemon. */
static void
fixture_restart (Fixture *self)
{
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_finalize_object (self->places);
  g_assert_true (fixture_close (&self->base));
  fixture_make_store (&self->base, NULL);
  fixture_make_places (self);
  content = fixture_try_open (&self->base, &error);
  g_assert_no_error (error);
  ohm_places_load (self->places, content);
}

static OhmPlan *
test_plan (const char *const *points)
{
  OhmPlan *plan = ohm_plan_new ();
  guint16 address = 0;

  for (guint i = 0; points[i] != NULL; i++, address = (guint16) (address + 4))
    {
      gboolean is_gauge = strstr (points[i], "power") != NULL;
      OhmRegister row = { .point = points[i],
                          .address = address,
                          .format = OHM_FORMAT_F32,
                          .classes = is_gauge ? OHM_READ_LIVE : OHM_READ_SLOT };
      g_autoptr (GError) error = NULL;

      g_assert_true (ohm_plan_add_register (plan, &row, &error));
      g_assert_no_error (error);
    }
  ohm_plan_seal (plan);
  return plan;
}

static const char *const test_one_group[] = {
  "power-active.total",
  "energy-active-import.total",
  "energy-active-export.total",
  NULL,
};

static const char *const test_many_groups[] = {
  "power-active.total",
  "energy-active-import.total",
  "m1g2.energy-active-import.total",
  "in7.power-active.total",
  "m1g2.energy-active-export.total",
  "in8.volume",
  NULL,
};

static void
test_update (Fixture *self, const OhmPlacesMeter *meter)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ohm_places_update_meter (self->places, meter, &error));
  g_assert_no_error (error);
  fixture_settle (&self->base);
}

static void
test_assert_config_error (Fixture *self, const OhmPlacesMeter *meter, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ohm_places_update_meter (self->places, meter, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_cmpstr (error->message, ==, text);
}

static void
test_append (Fixture *self, const char *place, gint64 quarter, double import)
{
  g_autoptr (GError) error = NULL;

  fixture_append (&self->base, fixture_record (place, SLOT (quarter), import, 1), &error);
  g_assert_no_error (error);
}

static void
test_places_default (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlacesMeter meter = {
    .id = "main", .name = "Main incomer", .plan = plan, .profile_revision = 3
  };
  const OhmPlace *place;

  test_update (self, &meter);
  place = ohm_places_get (self->places, "main");
  g_assert_cmpstr (place->name, ==, "Main incomer");
  g_assert_cmpstr (place->source, ==, "");
  g_assert_cmpstr (place->medium, ==, "electricity");
  g_assert_cmpstr (place->meter, ==, "main");
  g_assert_null (place->parent);
  g_assert_null (place->run);
  g_assert_false (place->is_inverted);
  g_assert_cmpfloat_with_epsilon (place->factor, 1, 1e-12);
  g_assert_cmpuint (place->profile_revision, ==, 3);
  g_assert_cmpuint (place->n_points, ==, 2);
  g_assert_cmpuint (place->indices[0], ==, 1);
  g_assert_cmpuint (place->indices[1], ==, 2);
  g_assert_true (place->meter_points == ohm_plan_get_points (plan));
  g_assert_cmpstr (self->changes->str, ==, "main ");

  /* nothing new is no news */
  test_update (self, &meter);
  g_assert_cmpstr (self->changes->str, ==, "main ");
}

static void
test_places_groups (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_many_groups);
  OhmPlacesMeter meter = { .id = "panel", .plan = plan };
  g_autoptr (GPtrArray) list = NULL;
  const OhmPlace *place;

  test_update (self, &meter);
  list = ohm_places_list (self->places);
  g_assert_cmpuint (list->len, ==, 3);
  place = g_ptr_array_index (list, 0);
  g_assert_cmpstr (place->id, ==, "panel");
  g_assert_cmpuint (place->n_points, ==, 1);
  place = g_ptr_array_index (list, 1);
  g_assert_cmpstr (place->id, ==, "panel-in8");
  g_assert_cmpstr (place->name, ==, "panel in8");
  g_assert_cmpstr (place->medium, ==, "other");
  place = g_ptr_array_index (list, 2);
  g_assert_cmpstr (place->id, ==, "panel-m1g2");
  g_assert_cmpuint (place->n_points, ==, 2);
  g_assert_cmpuint (place->indices[1], ==, 4);
  g_assert_cmpuint (ohm_places_of_meter (self->places, "panel")->len, ==, 3);
  g_assert_null (ohm_places_of_meter (self->places, "other"));
}

/* What the device calls its inputs, now and after it was renamed there. */
static void
test_places_named_by_device (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_many_groups);
  OhmFactsBuilder *builder = ohm_facts_builder_new (NULL);
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (OhmFacts) renamed = NULL;
  OhmPlacesMeter meter = { .id = "panel", .plan = plan };

  ohm_facts_builder_set (builder, "name.in8", "Cellar");
  facts = ohm_facts_builder_end (builder);
  meter.facts = facts;
  test_update (self, &meter);
  g_assert_cmpstr (ohm_places_get (self->places, "panel-in8")->name, ==, "Cellar");
  g_assert_cmpstr (ohm_places_get (self->places, "panel-m1g2")->name, ==, "panel m1g2");

  builder = ohm_facts_builder_new (facts);
  ohm_facts_builder_set (builder, "name.in8", "Attic");
  renamed = ohm_facts_builder_end (builder);
  meter.facts = renamed;
  test_update (self, &meter);
  g_assert_cmpstr (ohm_places_get (self->places, "panel-in8")->name, ==, "Attic");
}

/* A unit that facts tell says what is measured as well as a quantity does. */
static void
test_places_medium_of_unit (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *unit;
    const char *medium;
  } cases[] = {
    { "kWh", "electricity" },  { "Mvarh", "electricity" },
    { "kVAh", "electricity" }, { "pcs", "other" },
    { "", "other" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (OhmPlan) plan = ohm_plan_new ();
      g_autofree char *id = g_strdup_printf ("logger%u", i);
      g_autofree char *place = g_strconcat (id, "-in1", NULL);
      OhmEntry entry = { .address = 10, .classes = OHM_READ_SLOT };
      OhmPlacesMeter meter = { .id = id, .plan = plan };

      g_assert_true (ohm_plan_add (plan, "in1.pulse-count", NULL, &entry, NULL));
      g_assert_true (ohm_plan_add (plan, "in1.pulse-value", cases[i].unit, &entry, NULL));
      ohm_plan_seal (plan);
      test_update (self, &meter);
      g_assert_cmpstr (ohm_places_get (self->places, place)->medium, ==, cases[i].medium);
    }
}

static void
test_places_pushed (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  OhmPlacesMeter meter = { .id = "sml", .plan = plan };

  g_assert_true (ohm_plan_add_pushed (plan, "energy-active-import.total", NULL, TRUE, NULL));
  g_assert_true (ohm_plan_add_pushed (plan, "power-active.total", NULL, FALSE, NULL));
  ohm_plan_seal (plan);
  test_update (self, &meter);
  g_assert_cmpuint (ohm_places_get (self->places, "sml")->n_points, ==, 1);
}

static void
test_places_configured (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_many_groups);
  OhmPlaceSpec specs[] = {
    { .id = "hall",
      .name = "Hall",
      .source = "m1g2",
      .parent = "site",
      .is_inverted = TRUE,
      .factor = 40 },
    { .id = "water", .source = "in8", .medium = "hot-water" },
  };
  OhmPlacesMeter meter = { .id = "panel", .specs = specs, .n_specs = 2, .plan = plan };
  const OhmPlace *place;

  test_update (self, &meter);
  place = ohm_places_get (self->places, "hall");
  g_assert_cmpstr (place->name, ==, "Hall");
  g_assert_cmpstr (place->parent, ==, "site");
  g_assert_true (place->is_inverted);
  g_assert_cmpfloat_with_epsilon (place->factor, 40, 1e-12);
  place = ohm_places_get (self->places, "water");
  g_assert_cmpstr (place->name, ==, "water");
  g_assert_cmpstr (place->medium, ==, "hot-water");
  g_assert_null (ohm_places_get (self->places, "panel"));
}

/* Before the first contact a configured place is there, without its counters. */
static void
test_places_before_plan (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlaceSpec spec = { .id = "hall" };
  OhmPlacesMeter meter = { .id = "main", .specs = &spec, .n_specs = 1 };

  test_update (self, &meter);
  g_assert_null (ohm_places_get (self->places, "hall")->points);
  meter.plan = plan;
  meter.serial = "";
  test_update (self, &meter);
  g_assert_nonnull (ohm_places_get (self->places, "hall")->points);
  g_assert_null (ohm_places_get (self->places, "hall")->serial);
}

/* A wrong source costs its own place, not the others; and until a survey nobody knows the groups.
 */
static void
test_places_source (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmFactsBuilder *builder = ohm_facts_builder_new (NULL);
  g_autoptr (OhmFacts) facts = ohm_facts_builder_end (builder);
  OhmPlaceSpec specs[] = { { .id = "a1", .source = "m9g9" },
                           { .id = "a2" },
                           { .id = "a3", .source = "x" } };
  OhmPlacesMeter meter = { .id = "a", .specs = specs, .n_specs = 3, .plan = plan };

  test_update (self, &meter);
  meter.facts = facts;
  test_assert_config_error (self, &meter,
                            "no counters for 'a1' (source = m9g9), 'a3' (source = x)");
  g_assert_null (ohm_places_get (self->places, "a1")->points);
  g_assert_cmpstr (ohm_places_get (self->places, "a1")->meter, ==, "a");
  g_assert_nonnull (ohm_places_get (self->places, "a2")->points);
  g_assert_null (ohm_places_get (self->places, "a3")->points);
}

static void
test_places_errors (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlaceSpec specs[] = { { .id = "hall" }, { .id = "hall" } };
  OhmPlacesMeter meter = { .id = "a", .specs = specs, .n_specs = 2, .plan = plan };

  test_assert_config_error (self, &meter, "place 'hall' comes twice in meter 'a'");
  meter.n_specs = 1;
  test_update (self, &meter);
  meter.id = "b";
  test_assert_config_error (self, &meter, "place 'hall' belongs to meter 'a' already");

  /* free again once the first lets go of it */
  ohm_places_remove_meter (self->places, "a");
  test_update (self, &meter);
  g_assert_cmpstr (ohm_places_get (self->places, "hall")->meter, ==, "b");
}

static void
test_places_removed (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlacesMeter meter = { .id = "main", .plan = plan };
  const OhmPlace *place;

  test_update (self, &meter);
  test_append (self, "main", 1, 100);
  ohm_places_remove_meter (self->places, "main");
  place = ohm_places_get (self->places, "main");
  g_assert_null (place->meter);
  g_assert_null (place->points);
  g_assert_nonnull (place->run);
  g_assert_null (ohm_places_of_meter (self->places, "main"));
  fixture_assert_series (&self->base, "main", "1:100");
}

static void
test_places_status (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlacesMeter meter = { .id = "main", .plan = plan };
  OhmPlaceStatus status;
  g_autoptr (GError) error = NULL;

  g_assert_false (ohm_places_get_status (self->places, "main", &status));
  test_update (self, &meter);
  g_assert_true (ohm_places_get_status (self->places, "main", &status));
  g_assert_cmpint (status.slot_us, ==, 0);

  test_append (self, "main", 1, 100);
  test_append (self, "main", 2, 110);
  ohm_places_get_status (self->places, "main", &status);
  g_assert_cmpint (status.slot_us, ==, SLOT (2));
  g_assert_cmpint (status.since_us, ==, SLOT (1));
  g_assert_false (status.is_gap);

  fixture_append (&self->base, fixture_gap ("main", SLOT (4), OHM_GAP_LINK_DOWN), &error);
  ohm_places_get_status (self->places, "main", &status);
  g_assert_cmpint (status.slot_us, ==, SLOT (4));
  g_assert_cmpint (status.since_us, ==, SLOT (3));
  g_assert_true (status.is_gap);
  g_assert_cmpint (status.cause, ==, OHM_GAP_LINK_DOWN);
  g_assert_cmpint (status.recorded_us, ==, SLOT (2));

  test_append (self, "main", 5, 140);
  ohm_places_get_status (self->places, "main", &status);
  g_assert_cmpint (status.slot_us, ==, SLOT (5));
  g_assert_cmpint (status.since_us, ==, SLOT (5));
  g_assert_false (status.is_gap);
}

static void
test_places_restart (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlacesMeter meter = { .id = "main", .name = "Main", .plan = plan, .serial = "17" };
  const OhmPlace *place;
  OhmPlaceStatus status;

  test_update (self, &meter);
  test_append (self, "main", 1, 100);
  test_append (self, "main", 2, 110);
  fixture_restart (self);
  /* nobody has said yet that the meter is still there */
  place = ohm_places_get (self->places, "main");
  g_assert_cmpstr (place->name, ==, "Main");
  g_assert_null (place->meter);
  g_assert_cmpint (place->run->number, ==, 1);
  g_assert_cmpstr (place->run->serial, ==, "17");
  ohm_places_get_status (self->places, "main", &status);
  g_assert_cmpint (status.slot_us, ==, SLOT (2));
  g_assert_cmpint (status.recorded_us, ==, SLOT (2));

  /* configured, but silent so far: its places of last time */
  meter.plan = NULL;
  test_update (self, &meter);
  g_assert_cmpstr (ohm_places_get (self->places, "main")->meter, ==, "main");
  meter.plan = plan;
  test_update (self, &meter);
  test_append (self, "main", 3, 120);
  g_assert_cmpint (ohm_places_get (self->places, "main")->run->number, ==, 1);
}

/* Unknown becoming known starts nothing. */
static void
test_places_serial_known (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlacesMeter meter = { .id = "main", .plan = plan };
  const OhmPlace *place;

  test_update (self, &meter);
  test_append (self, "main", 1, 100);
  place = ohm_places_get (self->places, "main");
  g_assert_null (place->run->serial);
  meter.serial = "17";
  test_update (self, &meter);
  test_append (self, "main", 2, 110);
  place = ohm_places_get (self->places, "main");
  g_assert_cmpint (place->run->number, ==, 1);
  g_assert_cmpstr (place->run->serial, ==, "17");
  g_assert_cmpint (place->run->opened_us, ==, SLOT (1));
  g_assert_false (ohm_place_is_wrong_device (place));
}

/* Another serial: nothing is recorded until the owner says that it is an exchange. */
static void
test_places_wrong_device (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlacesMeter meter = { .id = "main", .plan = plan, .serial = "17" };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  const OhmPlace *place;

  test_update (self, &meter);
  test_append (self, "main", 1, 100);
  meter.serial = "18";
  test_update (self, &meter);
  g_assert_true (ohm_place_is_wrong_device (ohm_places_get (self->places, "main")));
  /* the store is the last to say no */
  test_append (self, "main", 2, 5);
  fixture_assert_series (&self->base, "main", "1:100 open:1-2:wrong-device");

  ohm_places_replace_async (self->places, "main", &(OhmPlacesExchange){ NULL }, fixture_on_ready,
                            &result);
  g_assert_true (ohm_places_replace_finish (self->places, fixture_wait (&result), &error));
  g_assert_no_error (error);
  place = ohm_places_get (self->places, "main");
  g_assert_cmpint (place->run->number, ==, 2);
  g_assert_cmpstr (place->run->serial, ==, "18");
  g_assert_false (ohm_place_is_wrong_device (place));
  test_append (self, "main", 3, 7);
  fixture_assert_series (&self->base, "main", "1:100 gap:1-2:wrong-device 3:7");
}

static GPtrArray *
test_runs (Fixture *self, const char *place)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *runs;

  ohm_store_list_runs_async (self->base.store, place, NULL, fixture_on_ready, &result);
  runs = ohm_store_list_runs_finish (self->base.store, fixture_wait (&result), &error);
  g_assert_no_error (error);
  return runs;
}

/* @record: (transfer full) */
static GPtrArray *
test_typed (OhmRecord *record)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);

  g_ptr_array_add (records, record);
  return records;
}

/* With typed counters even the hole around an exchange has its energy. */
static void
test_places_replace_typed (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlacesMeter meter = { .id = "main", .plan = plan };
  g_autoptr (GPtrArray) last = test_typed (fixture_record ("main", 0, 130, 9));
  g_autoptr (GPtrArray) first = test_typed (fixture_record ("main", 0, 2, 0));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GError) error = NULL;
  const OhmRun *run;

  test_update (self, &meter);
  test_append (self, "main", 1, 100);
  fixture_set_wall (&self->base, SLOT (2) + 5);
  ohm_places_replace_async (self->places, "main", &(OhmPlacesExchange){ last, first },
                            fixture_on_ready, &result);
  g_assert_true (ohm_places_replace_finish (self->places, fixture_wait (&result), &error));
  fixture_append (&self->base, fixture_gap ("main", SLOT (3), OHM_GAP_DISABLED), &error);
  test_append (self, "main", 4, 12);
  fixture_assert_series (&self->base, "main", "1:100 gap:1-3:disabled:40 4:12");

  runs = test_runs (self, "main");
  g_assert_cmpuint (runs->len, ==, 2);
  run = g_ptr_array_index (runs, 0);
  g_assert_cmpint (run->closed_us, ==, SLOT (2) + 5);
  g_assert_cmpfloat_with_epsilon (run->first->cells[0].real, 100, 1e-9);
  g_assert_cmpfloat_with_epsilon (run->last->cells[0].real, 130, 1e-9);
  run = g_ptr_array_index (runs, 1);
  g_assert_cmpint (run->opened_us, ==, SLOT (2) + 5);
  g_assert_cmpint (run->closed_us, ==, 0);
  g_assert_cmpfloat_with_epsilon (run->first->cells[0].real, 2, 1e-9);
  g_assert_cmpfloat_with_epsilon (run->last->cells[0].real, 12, 1e-9);
  g_clear_object (&result);
  fixture_restart (self);
  g_assert_cmpint (ohm_places_get (self->places, "main")->run->number, ==, 2);
}

static void
test_places_replace_errors (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_many_groups);
  OhmPlacesMeter meter = { .id = "panel", .plan = plan };
  g_autoptr (GPtrArray) last = test_typed (fixture_record ("hall", 0, 130, 9));
  g_autoptr (GAsyncResult) unknown = NULL;
  g_autoptr (GAsyncResult) foreign = NULL;
  g_autoptr (GAsyncResult) all = NULL;
  g_autoptr (GError) error = NULL;

  ohm_places_replace_async (self->places, "panel", &(OhmPlacesExchange){ NULL }, fixture_on_ready,
                            &unknown);
  g_assert_false (ohm_places_replace_finish (self->places, fixture_wait (&unknown), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
  g_clear_error (&error);

  test_update (self, &meter);
  ohm_places_replace_async (self->places, "panel", &(OhmPlacesExchange){ last }, fixture_on_ready,
                            &foreign);
  g_assert_false (ohm_places_replace_finish (self->places, fixture_wait (&foreign), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==, "meter 'panel' does not measure place 'hall'");
  g_clear_error (&error);

  ohm_places_replace_async (self->places, "panel", &(OhmPlacesExchange){ NULL }, fixture_on_ready,
                            &all);
  g_assert_true (ohm_places_replace_finish (self->places, fixture_wait (&all), &error));
  g_assert_nonnull (ohm_places_get (self->places, "panel-m1g2")->run);
}

/* Counters of several places in one go: each run ends and begins with its own. */
static void
test_places_replace_groups (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_many_groups);
  OhmPlacesMeter meter = { .id = "panel", .plan = plan };
  g_autoptr (GVariant) typed = g_variant_ref_sink (
    g_variant_new_parsed ("{'m1g2.energy-active-import.total': <int64 130>, 'in8.volume': <7.5>,"
                          " 'm1g2.energy-active-export.total': <3.0>}"));
  g_autoptr (GPtrArray) last = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  const OhmRun *run;

  test_update (self, &meter);
  ohm_places_replace_async (self->places, "panel", &(OhmPlacesExchange){ NULL }, fixture_on_ready,
                            &result);
  g_assert_true (ohm_places_replace_finish (self->places, fixture_wait (&result), &error));
  g_clear_object (&result);
  last = ohm_typed_counters_parse (typed, "panel", ohm_places_of_meter (self->places, "panel"),
                                   &error);
  g_assert_no_error (error);
  g_assert_cmpuint (last->len, ==, 2);
  ohm_places_replace_async (self->places, "panel", &(OhmPlacesExchange){ last }, fixture_on_ready,
                            &result);
  g_assert_true (ohm_places_replace_finish (self->places, fixture_wait (&result), &error));
  runs = test_runs (self, "panel-m1g2");
  run = g_ptr_array_index (runs, 0);
  g_assert_cmpfloat_with_epsilon (run->last->cells[0].real, 130, 1e-9);
  g_assert_cmpfloat_with_epsilon (run->last->cells[1].real, 3, 1e-9);
  g_clear_pointer (&runs, g_ptr_array_unref);
  runs = test_runs (self, "panel-in8");
  run = g_ptr_array_index (runs, 0);
  g_assert_cmpfloat_with_epsilon (run->last->cells[0].real, 7.5, 1e-9);
  g_clear_pointer (&runs, g_ptr_array_unref);
  runs = test_runs (self, "panel");
  run = g_ptr_array_index (runs, 0);
  g_assert_null (run->last);
}

static void
test_places_typed_errors (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *typed;
    const char *message;
  } cases[] = {
    { "{'m2g2.energy-active-import.total': <int64 1>}",
      "no place of meter 'panel' counts 'm2g2.energy-active-import.total'; did you mean"
      " 'm1g2.energy-active-import.total'?" },
    { "{'power-active.total': <1.0>}", "no place of meter 'panel' counts 'power-active.total'" },
    { "{'in8.volume': <'7'>}", "counter 'in8.volume' is no int64 or double below 9e18" },
    { "{'in8.volume': <1e19>}", "counter 'in8.volume' is no int64 or double below 9e18" },
  };
  g_autoptr (OhmPlan) plan = test_plan (test_many_groups);
  OhmPlacesMeter meter = { .id = "panel", .plan = plan };

  test_update (self, &meter);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) typed = g_variant_ref_sink (g_variant_new_parsed (cases[i].typed));
      g_autoptr (GError) error = NULL;

      g_assert_null (ohm_typed_counters_parse (typed, "panel",
                                               ohm_places_of_meter (self->places, "panel"),
                                               &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

/* Another group is another counter, and so is another meter that proves nothing. */
static void
test_places_other_counter (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_many_groups);
  OhmPlaceSpec spec = { .id = "hall", .source = "m1g2" };
  OhmPlacesMeter meter = { .id = "a", .specs = &spec, .n_specs = 1, .plan = plan };
  g_autoptr (GPtrArray) runs = NULL;

  test_update (self, &meter);
  test_append (self, "hall", 1, 100);
  spec.source = "in8";
  test_update (self, &meter);
  test_append (self, "hall", 2, 3);
  ohm_places_remove_meter (self->places, "a");
  meter.id = "b";
  test_update (self, &meter);
  test_append (self, "hall", 3, 4);
  runs = test_runs (self, "hall");
  g_assert_cmpuint (runs->len, ==, 3);
  g_assert_cmpstr (((OhmRun *) g_ptr_array_index (runs, 0))->source, ==, "m1g2");
  g_assert_cmpstr (((OhmRun *) g_ptr_array_index (runs, 1))->source, ==, "in8");
  g_assert_cmpstr (((OhmRun *) g_ptr_array_index (runs, 2))->meter, ==, "b");
  g_assert_cmpint (ohm_places_get (self->places, "hall")->run->number, ==, 3);
}

/* Who tells no serial is who is read at an address; what was not known before says nothing. */
static void
test_places_other_address (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlacesMeter meter = { .id = "main", .plan = plan };
  g_autoptr (GPtrArray) runs = NULL;

  test_update (self, &meter);
  test_append (self, "main", 1, 100);
  meter.address = "192.0.2.10:502/1";
  test_update (self, &meter);
  test_append (self, "main", 2, 110);
  meter.address = "192.0.2.10:502/2";
  test_update (self, &meter);
  test_append (self, "main", 3, 700000);
  fixture_restart (self);
  test_update (self, &meter);
  test_append (self, "main", 4, 700010);
  ohm_places_keep_runs (self->places, "main");
  meter.address = "192.0.2.10:502/3";
  test_update (self, &meter);
  test_append (self, "main", 5, 700020);
  meter.serial = "17";
  test_update (self, &meter);
  test_append (self, "main", 6, 700030);
  meter.address = "192.0.2.11:502/1";
  test_update (self, &meter);
  test_append (self, "main", 7, 700040);
  runs = test_runs (self, "main");
  g_assert_cmpuint (runs->len, ==, 2);
  g_assert_cmpint (((OhmRun *) g_ptr_array_index (runs, 1))->opened_us, ==, SLOT (3));
}

static void
test_places_claim_one (Fixture *self, const char *meter, const char *place, const char *refused)
{
  const char *const places[] = { place, NULL };
  g_autoptr (GError) error = NULL;
  gboolean is_free = ohm_places_claim (self->places, meter, places, /* is_same */ FALSE, &error);

  g_assert_true (is_free == (refused == NULL));
  if (is_free)
    return;
  g_assert_error (error, OHM_ERROR, OHM_ERROR_EXISTS);
  g_assert_true (g_str_has_prefix (error->message, refused));
  g_assert_nonnull (strstr (error->message, "--same-meter"));
}

/* Ids are never used again, unless the owner says that it is the same meter. */
static void
test_places_claim (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_many_groups);
  OhmPlacesMeter meter = { .id = "a", .plan = plan, .address = "192.0.2.10:502/1" };
  const char *const none[] = { NULL };
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GError) error = NULL;

  test_update (self, &meter);
  test_append (self, "a-in8", 1, 100);
  test_places_claim_one (self, "b", "a-in8", NULL);
  ohm_places_remove_meter (self->places, "a");
  test_places_claim_one (self, "a", NULL, "place 'a-in8' ");
  test_places_claim_one (self, "a-in8", NULL, "place 'a-in8' ");
  test_places_claim_one (self, "b", "a-in8", "place 'a-in8' ");
  /* nothing was recorded for these */
  test_places_claim_one (self, "a-m1g2", NULL, NULL);
  test_places_claim_one (self, "b", "a-m1g2", NULL);
  test_places_claim_one (self, "b", NULL, NULL);

  /* what was refused after all was never said */
  g_assert_true (ohm_places_claim (self->places, "a", none, /* is_same */ TRUE, &error));
  ohm_places_end_claim (self->places, /* is_done */ FALSE);
  meter.address = "192.0.2.10:502/9";
  g_assert_false (ohm_places_update_meter (self->places, &meter, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_EXISTS);
  g_clear_error (&error);

  g_assert_true (ohm_places_claim (self->places, "a", none, /* is_same */ TRUE, &error));
  ohm_places_end_claim (self->places, /* is_done */ TRUE);
  g_assert_no_error (error);
  meter.address = "192.0.2.10:502/9";
  test_update (self, &meter);
  test_append (self, "a-in8", 2, 110);
  runs = test_runs (self, "a-in8");
  g_assert_cmpuint (runs->len, ==, 1);
}

static void
test_places_assert_reuse (Fixture *self, const OhmPlacesMeter *meter, gboolean is_refused)
{
  g_autoptr (GError) error = NULL;
  gboolean is_taken = ohm_places_update_meter (self->places, meter, &error);

  g_assert_true (is_taken == !is_refused);
  if (!is_refused)
    return;
  g_assert_error (error, OHM_ERROR, OHM_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, "which was removed"));
  g_assert_null (ohm_places_get (self->places, "main")->meter);
}

/* A file written by hand under an id that another meter had before: nothing goes on silently. */
static void
test_places_reused (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlaceSpec spec = { .id = "main" };
  OhmPlacesMeter meter = { .id = "main", .plan = plan, .address = "192.0.2.10:502/1" };

  test_update (self, &meter);
  test_append (self, "main", 1, 100);
  ohm_places_remove_meter (self->places, "main");
  /* who is read at its address is the same, before and after a restart */
  test_places_assert_reuse (self, &meter, FALSE);
  ohm_places_remove_meter (self->places, "main");
  meter.address = "192.0.2.10:502/2";
  test_places_assert_reuse (self, &meter, TRUE);
  fixture_restart (self);
  test_places_assert_reuse (self, &meter, TRUE);
  meter.is_virtual = TRUE;
  meter.address = NULL;
  test_places_assert_reuse (self, &meter, TRUE);
  meter.is_virtual = FALSE;
  meter.address = "192.0.2.10:502/1";
  test_places_assert_reuse (self, &meter, FALSE);
  ohm_places_remove_meter (self->places, "main");
  /* who names the place says so */
  meter.address = "192.0.2.10:502/2";
  meter.specs = &spec;
  meter.n_specs = 1;
  test_places_assert_reuse (self, &meter, FALSE);
}

/* A serial proves it; until it is read the place waits. */
static void
test_places_reused_serial (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmFactsBuilder *builder = ohm_facts_builder_new (NULL);
  g_autoptr (OhmFacts) facts = NULL;
  OhmPlacesMeter meter = { .id = "main", .plan = plan, .serial = "17", .address = "a/1" };

  ohm_facts_builder_set (builder, "firmware", "1");
  facts = ohm_facts_builder_end (builder);
  test_update (self, &meter);
  test_append (self, "main", 1, 100);
  ohm_places_remove_meter (self->places, "main");
  meter.address = "b/1";
  meter.serial = NULL;
  test_places_assert_reuse (self, &meter, FALSE);
  g_assert_null (ohm_places_get (self->places, "main")->meter);
  /* one that tells no serial is another one */
  meter.facts = facts;
  test_places_assert_reuse (self, &meter, TRUE);
  meter.serial = "17";
  test_places_assert_reuse (self, &meter, FALSE);
  g_assert_cmpstr (ohm_places_get (self->places, "main")->meter, ==, "main");
}

/* A meter whose serial is known stays the same under another id. */
static void
test_places_meter_renamed (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlaceSpec spec = { .id = "hall" };
  OhmPlacesMeter meter = { .id = "a", .specs = &spec, .n_specs = 1, .plan = plan, .serial = "17" };
  g_autoptr (GPtrArray) runs = NULL;

  test_update (self, &meter);
  test_append (self, "hall", 1, 100);
  ohm_places_remove_meter (self->places, "a");
  meter.id = "b";
  test_update (self, &meter);
  test_append (self, "hall", 2, 110);
  runs = test_runs (self, "hall");
  g_assert_cmpuint (runs->len, ==, 1);
  g_assert_cmpstr (((OhmRun *) g_ptr_array_index (runs, 0))->meter, ==, "b");
}

static void
test_places_renamed (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlacesMeter meter = { .id = "main", .plan = plan };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) again = NULL;
  g_autoptr (GError) error = NULL;

  test_update (self, &meter);
  test_append (self, "main", 1, 100);
  g_string_truncate (self->changes, 0);
  ohm_places_rename_async (self->places, "main", "incomer", fixture_on_ready, &result);
  g_assert_true (ohm_places_rename_finish (self->places, fixture_wait (&result), &error));
  g_assert_cmpstr (self->changes->str, ==, "-main incomer ");
  g_assert_null (ohm_places_get (self->places, "main"));
  g_assert_cmpstr (ohm_places_get (self->places, "incomer")->meter, ==, "main");
  g_assert_cmpuint (ohm_places_of_meter (self->places, "main")->len, ==, 1);
  test_append (self, "incomer", 2, 110);
  fixture_assert_series (&self->base, "incomer", "1:100 2:110");
  g_assert_cmpint (ohm_places_get (self->places, "incomer")->run->number, ==, 1);

  ohm_places_rename_async (self->places, "incomer", "incomer", fixture_on_ready, &again);
  g_assert_false (ohm_places_rename_finish (self->places, fixture_wait (&again), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_EXISTS);
}

/* What a meter still measures stays; what nobody knows needs no forgetting. */
static void
test_places_purged (Fixture *self, gconstpointer data)
{
  const char *const ids[] = { "main", "other", NULL };
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlacesMeter meter = { .id = "main", .plan = plan };
  OhmPlacesMeter other = { .id = "other", .plan = plan };
  g_autoptr (GAsyncResult) busy = NULL;
  g_autoptr (GAsyncResult) done = NULL;
  g_autoptr (GAsyncResult) again = NULL;
  g_autoptr (GError) error = NULL;

  test_update (self, &meter);
  test_update (self, &other);
  test_append (self, "main", 1, 100);
  ohm_places_remove_meter (self->places, "other");
  g_string_truncate (self->changes, 0);
  ohm_places_purge_async (self->places, ids, fixture_on_ready, &busy);
  g_assert_false (ohm_places_purge_finish (self->places, fixture_wait (&busy), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_cmpstr (self->changes->str, ==, "-other ");
  fixture_assert_series (&self->base, "main", "1:100");

  ohm_places_remove_meter (self->places, "main");
  ohm_places_purge_async (self->places, ids, fixture_on_ready, &done);
  g_assert_true (ohm_places_purge_finish (self->places, fixture_wait (&done), &error));
  g_assert_no_error (error);
  g_assert_null (ohm_places_get (self->places, "main"));
  ohm_places_purge_async (self->places, ids, fixture_on_ready, &again);
  g_assert_true (ohm_places_purge_finish (self->places, fixture_wait (&again), &error));

  /* the same id begins anew */
  test_update (self, &meter);
  test_append (self, "main", 2, 7);
  fixture_assert_series (&self->base, "main", "2:7");
}

/* A place of the store that was loaded only after its meter had been told. */
static void
test_places_late_load (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmPlan) plan = test_plan (test_one_group);
  OhmPlacesMeter meter = { .id = "main", .plan = plan, .serial = "17" };
  g_autoptr (OhmStoreContent) content = NULL;
  const OhmPlace *place;

  test_update (self, &meter);
  test_append (self, "main", 1, 100);
  g_assert_finalize_object (self->places);
  g_assert_true (fixture_close (&self->base));
  fixture_make_store (&self->base, NULL);
  fixture_make_places (self);
  g_assert_true (ohm_places_update_meter (self->places, &meter, NULL));
  g_assert_null (ohm_places_get (self->places, "main")->run);
  content = fixture_try_open (&self->base, NULL);
  ohm_places_load (self->places, content);
  place = ohm_places_get (self->places, "main");
  g_assert_cmpstr (place->meter, ==, "main");
  g_assert_cmpint (place->run->number, ==, 1);
  test_append (self, "main", 2, 110);
  g_assert_cmpint (ohm_places_get (self->places, "main")->run->number, ==, 1);
}

static void
test_places_add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_begin, test, fixture_end);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_places_add ("/places/default", test_places_default);
  test_places_add ("/places/groups", test_places_groups);
  test_places_add ("/places/named-by-device", test_places_named_by_device);
  test_places_add ("/places/medium-of-unit", test_places_medium_of_unit);
  test_places_add ("/places/pushed", test_places_pushed);
  test_places_add ("/places/configured", test_places_configured);
  test_places_add ("/places/before-plan", test_places_before_plan);
  test_places_add ("/places/source", test_places_source);
  test_places_add ("/places/errors", test_places_errors);
  test_places_add ("/places/removed", test_places_removed);
  test_places_add ("/places/status", test_places_status);
  test_places_add ("/places/restart", test_places_restart);
  test_places_add ("/places/serial-known", test_places_serial_known);
  test_places_add ("/places/other-address", test_places_other_address);
  test_places_add ("/places/claim", test_places_claim);
  test_places_add ("/places/reused", test_places_reused);
  test_places_add ("/places/reused-serial", test_places_reused_serial);
  test_places_add ("/places/wrong-device", test_places_wrong_device);
  test_places_add ("/places/replace-typed", test_places_replace_typed);
  test_places_add ("/places/replace-errors", test_places_replace_errors);
  test_places_add ("/places/replace-groups", test_places_replace_groups);
  test_places_add ("/places/typed-errors", test_places_typed_errors);
  test_places_add ("/places/other-counter", test_places_other_counter);
  test_places_add ("/places/meter-renamed", test_places_meter_renamed);
  test_places_add ("/places/renamed", test_places_renamed);
  test_places_add ("/places/purged", test_places_purged);
  test_places_add ("/places/late-load", test_places_late_load);

  return g_test_run ();
}
