/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-recorder.h"

#include "store-fixture.h"

#include <string.h>

#define SLOT(n)   (OHM_FIXTURE_T0_US + (n) *OHM_SLOT_US)
#define SECOND_US G_GINT64_CONSTANT (1000000)
#define MINUTE_US (60 * SECOND_US)
#define N_METERS  3

typedef struct
{
  char *id;
  gboolean is_mute;
  gboolean is_confirmed;
  gboolean can_prove;
  OhmGapCause cause;
  double import; /* its counter */
  guint n_doubts;
} Meter;

typedef struct
{
  OhmStoreFixture base;
  OhmPlaces *places;
  OhmRecorder *recorder;
  OhmPlan *plan;
  Meter meters[N_METERS];
  gboolean is_answering; /* meters answer as soon as a slot begins */
  gint64 begun_us;
  gint64 until_us;
  guint n_begun;
  GString *told;
  GString
    *judged; /* of meter-0: of each record how old the one before is, and whether it is first */
} Fixture;

static Meter *
test_find (Fixture *self, const char *id)
{
  for (guint i = 0; i < N_METERS; i++)
    if (g_str_equal (self->meters[i].id, id))
      return &self->meters[i];
  g_assert_not_reached ();
}

/* What a read of a meter brings: import and export; @n_answered of its two requests got through. */
static void
test_emit (Fixture *self, Meter *meter, OhmReadClass read_class, gint64 time_us, guint n_answered)
{
  OhmReadingBuilder *builder = ohm_reading_builder_new (meter->id, ohm_plan_get_points (self->plan),
                                                        read_class, 2);
  g_autoptr (OhmReading) reading = NULL;

  ohm_reading_builder_begin_request (builder, n_answered > 0 ? time_us : 0);
  ohm_reading_builder_set_real (builder, 0, 5.0);
  if (n_answered > 0)
    ohm_reading_builder_set_real (builder, 1, meter->import);
  else
    ohm_reading_builder_set_quality (builder, 1, OHM_QUALITY_MISSING);
  ohm_reading_builder_begin_request (builder, n_answered > 1 ? time_us : 0);
  if (n_answered > 1)
    ohm_reading_builder_set_real (builder, 2, 1.0);
  else
    ohm_reading_builder_set_quality (builder, 2, OHM_QUALITY_MISSING);
  reading = ohm_reading_builder_end (builder);
  ohm_bus_emit_reading (self->base.bus, reading);
}

static void
test_read (Fixture *self, const char *id)
{
  test_emit (self, test_find (self, id), OHM_READ_SLOT, ohm_clock_get_wall_us (self->base.clock),
             2);
}

static void
fixture_on_begin_slot (gint64 slot_us, gint64 until_us, gpointer user_data)
{
  Fixture *self = user_data;

  self->begun_us = slot_us;
  self->until_us = until_us;
  self->n_begun++;
  for (guint i = 0; self->is_answering && i < N_METERS; i++)
    if (!self->meters[i].is_mute)
      test_read (self, self->meters[i].id);
}

static gboolean
fixture_is_confirmed (const char *id, gpointer user_data)
{
  return test_find (user_data, id)->is_confirmed;
}

static gboolean
fixture_can_prove (const char *id, gpointer user_data)
{
  return test_find (user_data, id)->can_prove;
}

static OhmGapCause
fixture_get_cause (const char *id, gpointer user_data)
{
  return test_find (user_data, id)->cause;
}

static void
fixture_tell (OhmMessage *message, gpointer user_data)
{
  Fixture *self = user_data;
  const char *until = message != NULL ? ohm_message_get_argument (message, "until") : NULL;

  g_string_append_printf (self->told, "%s%s%s ",
                          message != NULL ? ohm_message_get_code (message) : "over",
                          until != NULL ? ":" : "", until != NULL ? until : "");
}

static void
fixture_judge (const OhmPlace *place,
               const OhmRecord *before,
               gint64 since_us,
               gboolean is_first,
               OhmRecord *record,
               gpointer user_data)
{
  Fixture *self = user_data;

  if (g_str_equal (place->id, "meter-0"))
    g_string_append_printf (self->judged, "%d%s ",
                            (int) ((record->read_us - since_us) / OHM_SLOT_US),
                            is_first ? ":first" : "");
}

static void
fixture_doubt (const char *id, gpointer user_data)
{
  Meter *meter = test_find (user_data, id);

  meter->n_doubts++;
  meter->is_confirmed = FALSE;
}

static void
fixture_add_meter (Fixture *self, const char *id, const char *serial)
{
  OhmPlacesMeter meter = { .id = id, .plan = self->plan, .serial = serial, .profile_revision = 2 };
  g_autoptr (GError) error = NULL;

  g_assert_true (ohm_places_update_meter (self->places, &meter, &error));
  g_assert_no_error (error);
}

static void
fixture_make_plan (Fixture *self)
{
  static const OhmRegister registers[] = {
    { "power-active.total", 0, OHM_FORMAT_F32, .classes = OHM_READ_LIVE },
    { "energy-active-import.total", 2, OHM_FORMAT_F32, .classes = OHM_READ_LIVE | OHM_READ_SLOT },
    { "energy-active-export.total", 4, OHM_FORMAT_F32, .classes = OHM_READ_LIVE | OHM_READ_SLOT },
  };

  self->plan = ohm_plan_new ();
  for (guint i = 0; i < G_N_ELEMENTS (registers); i++)
    g_assert_true (ohm_plan_add_register (self->plan, &registers[i], NULL));
  ohm_plan_seal (self->plan);
}

/* Starts all that a daemon has of it. */
static void
fixture_start (Fixture *self)
{
  OhmRecorderHost host = {
    .begin_slot = fixture_on_begin_slot,
    .is_confirmed = fixture_is_confirmed,
    .can_prove = fixture_can_prove,
    .get_cause = fixture_get_cause,
    .doubt = fixture_doubt,
    .judge = fixture_judge,
    .tell = fixture_tell,
    .user_data = self,
  };
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (GError) error = NULL;

  fixture_make_store (&self->base, NULL);
  self->places = ohm_places_new (self->base.store, self->base.bus);
  self->recorder = ohm_recorder_new (self->base.store, self->places, self->base.bus,
                                     self->base.watcher, &host);
  content = fixture_try_open (&self->base, &error);
  g_assert_no_error (error);
  ohm_places_load (self->places, content);
  ohm_recorder_load (self->recorder, content);
  for (guint i = 0; i < N_METERS; i++)
    fixture_add_meter (self, self->meters[i].id, NULL);
  ohm_recorder_start (self->recorder);
}

static void
fixture_stop (Fixture *self)
{
  ohm_recorder_stop (self->recorder);
  g_assert_finalize_object (self->recorder);
  g_clear_object (&self->places);
  g_assert_true (fixture_close (&self->base));
}

static void
fixture_begin (Fixture *self, gconstpointer data)
{
  fixture_set_up (&self->base, NULL);
  self->told = g_string_new (NULL);
  self->judged = g_string_new (NULL);
  fixture_make_plan (self);
  for (guint i = 0; i < N_METERS; i++)
    self->meters[i] = (Meter){ .id = g_strdup_printf ("meter-%u", i),
                               .is_confirmed = TRUE,
                               .cause = OHM_GAP_METER_SILENT,
                               .import = 1000 };
  fixture_move (&self->base, 5 * MINUTE_US);
  fixture_start (self);
}

static void
fixture_end (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->recorder);
  g_clear_object (&self->places);
  fixture_tear_down (&self->base, NULL);
  ohm_plan_unref (self->plan);
  g_string_free (self->told, TRUE);
  g_string_free (self->judged, TRUE);
  for (guint i = 0; i < N_METERS; i++)
    g_free (self->meters[i].id);
}

/* Moves on to a time of the wall clock, and all counters with it. */
static void
test_go_to (Fixture *self, gint64 wall_us)
{
  gint64 now_us = ohm_clock_get_wall_us (self->base.clock);

  for (guint i = 0; i < N_METERS; i++)
    self->meters[i].import += (double) (wall_us - now_us) / OHM_SLOT_US;
  fixture_pass (&self->base, wall_us - now_us);
}

/* Lets a slot go by in which all meters but the mute answer. */
static void
test_pass_slot (Fixture *self, gint64 quarter)
{
  self->is_answering = TRUE;
  test_go_to (self, SLOT (quarter));
  test_go_to (self, SLOT (quarter) + 61 * SECOND_US);
  self->is_answering = FALSE;
}

static void
test_assert_series (Fixture *self, const char *expected)
{
  fixture_settle (&self->base);
  fixture_assert_series (&self->base, "meter-0", expected);
}

static const OhmRecord *
test_get_announced (Fixture *self, const char *place, guint n)
{
  for (guint i = 0; i < self->base.announced->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (self->base.announced, i);

      if (g_str_equal (record->place, place) && n-- == 0)
        return record;
    }
  g_assert_not_reached ();
}

static void
test_recorder_slot (Fixture *self, gconstpointer data)
{
  const OhmRecord *record;

  g_assert_cmpint (ohm_recorder_get_slot_us (self->recorder), ==, 0);
  g_assert_false (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  test_go_to (self, SLOT (1));
  g_assert_cmpint (self->begun_us, ==, SLOT (1));
  g_assert_cmpint (self->until_us, ==, SLOT (1) + OHM_SLOT_WINDOW_US);
  g_assert_cmpint (ohm_recorder_get_slot_us (self->recorder), ==, SLOT (1));
  g_assert_true (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  g_assert_false (ohm_recorder_is_wanted (self->recorder, "no-meter"));

  test_go_to (self, SLOT (1) + 300000);
  test_read (self, "meter-0");
  g_assert_false (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  g_assert_true (ohm_recorder_is_wanted (self->recorder, "meter-1"));
  test_go_to (self, SLOT (1) + 2 * SECOND_US);
  record = test_get_announced (self, "meter-0", 0);
  g_assert_cmpint (record->slot_us, ==, SLOT (1));
  g_assert_cmpint (record->read_us, ==, SLOT (1) + 300000);
  g_assert_cmpint (record->origin, ==, OHM_ORIGIN_GATEWAY_SAMPLED);
  g_assert_cmpuint (record->flags, ==, 0);
  g_assert_cmpuint (record->profile_revision, ==, 2);
  g_assert_cmpuint (ohm_point_set_get_n (record->points), ==, 2);

  /* written once */
  test_read (self, "meter-0");
  test_go_to (self, SLOT (1) + 61 * SECOND_US);
  g_assert_cmpint (ohm_recorder_get_slot_us (self->recorder), ==, 0);
  test_assert_series (self, "1:1000");
  /* a place that never had a record has no gaps */
  fixture_assert_series (&self->base, "meter-1", "");
}

static void
test_recorder_live (Fixture *self, gconstpointer data)
{
  Meter *meter = &self->meters[0];

  test_go_to (self, SLOT (1) + SECOND_US / 2);
  /* its middle lies before the boundary */
  test_emit (self, meter, OHM_READ_LIVE, SLOT (1) - 1, 2);
  g_assert_true (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  /* a live read that failed in part does not serve */
  test_emit (self, meter, OHM_READ_LIVE, SLOT (1) + 1000, 1);
  g_assert_true (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  test_go_to (self, SLOT (1) + 3 * SECOND_US);
  /* late */
  test_emit (self, meter, OHM_READ_LIVE, SLOT (1) + SECOND_US + 1, 2);
  g_assert_true (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  test_emit (self, meter, OHM_READ_LIVE, SLOT (1) + SECOND_US, 2);
  g_assert_false (ohm_recorder_is_wanted (self->recorder, "meter-0"));
}

static void
test_recorder_window (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  test_go_to (self, SLOT (2) + 59 * SECOND_US);
  test_read (self, "meter-0");
  test_go_to (self, SLOT (3));
  test_go_to (self, SLOT (3) + 60 * SECOND_US);
  test_read (self, "meter-0");
  test_go_to (self, SLOT (3) + 62 * SECOND_US);
  test_assert_series (self, "1:1000 2:1001 open:2-3:meter-silent");
  ohm_recorder_set_window_us (self->recorder, 120 * SECOND_US);
  test_go_to (self, SLOT (4));
  test_go_to (self, SLOT (4) + 119 * SECOND_US);
  test_read (self, "meter-0");
  test_go_to (self, SLOT (4) + 121 * SECOND_US);
  test_assert_series (self, "1:1000 2:1001 gap:2-3:meter-silent:2 4:1003");
}

/* Part of it failed: a retry may bring the rest; else what there is counts. */
static void
test_recorder_partial (Fixture *self, gconstpointer data)
{
  Meter *meter = &self->meters[0];
  const OhmRecord *record;

  test_go_to (self, SLOT (1));
  test_emit (self, meter, OHM_READ_SLOT, SLOT (1) + 1000, 1);
  g_assert_true (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  test_emit (self, meter, OHM_READ_SLOT, SLOT (1) + 2000, 2);
  g_assert_false (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  test_go_to (self, SLOT (2));
  test_emit (self, meter, OHM_READ_SLOT, SLOT (2) + 1000, 1);
  test_emit (self, meter, OHM_READ_SLOT, SLOT (2) + 2000, 0);
  test_go_to (self, SLOT (2) + 61 * SECOND_US);
  record = test_get_announced (self, "meter-0", 0);
  g_assert_cmpint (record->read_us, ==, SLOT (1) + 2000);
  g_assert_cmpint (record->qualities[1], ==, OHM_QUALITY_GOOD);
  record = test_get_announced (self, "meter-0", 1);
  g_assert_cmpint (record->read_us, ==, SLOT (2) + 1000);
  g_assert_cmpint (record->qualities[0], ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (record->qualities[1], ==, OHM_QUALITY_MISSING);
}

/* What the first read lost comes with a second that asks for nothing else. */
static void
test_recorder_rest (Fixture *self, gconstpointer data)
{
  Meter *meter = &self->meters[0];
  OhmReadingBuilder *builder;
  g_autoptr (OhmReading) rest = NULL;
  const OhmRecord *record;
  double import;

  test_go_to (self, SLOT (1));
  import = meter->import;
  test_emit (self, meter, OHM_READ_SLOT, SLOT (1) + 1000, 1);
  builder = ohm_reading_builder_new (meter->id, ohm_plan_get_points (self->plan), OHM_READ_SLOT, 1);
  ohm_reading_builder_begin_request (builder, SLOT (1) + 4 * SECOND_US);
  ohm_reading_builder_set_real (builder, 2, 7.0);
  rest = ohm_reading_builder_end (builder);
  g_assert_true (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  ohm_bus_emit_reading (self->base.bus, rest);
  g_assert_false (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  test_go_to (self, SLOT (1) + 61 * SECOND_US);
  record = test_get_announced (self, "meter-0", 0);
  g_assert_cmpint (record->read_us, ==, SLOT (1) + 1000);
  g_assert_cmpint (record->qualities[0], ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (record->qualities[1], ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (record->cells[0].real, import, 1e-9);
  g_assert_cmpfloat_with_epsilon (record->cells[1].real, 7.0, 1e-9);
}

static void
test_recorder_causes (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  self->meters[0].is_mute = TRUE;
  self->meters[0].cause = OHM_GAP_LINK_DOWN;
  test_pass_slot (self, 2);
  test_assert_series (self, "1:1000 open:1-2:link-down");
  test_pass_slot (self, 3);
  self->meters[0].is_mute = FALSE;
  test_pass_slot (self, 4);
  test_assert_series (self, "1:1000 gap:1-3:link-down:3 4:1003");
  fixture_assert_series (&self->base, "meter-1", "1:1000 2:1001 3:1002 4:1003");
}

/* Nothing is committed before the identity is confirmed. */
static void
test_recorder_unconfirmed (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  self->meters[0].is_confirmed = FALSE;
  self->meters[0].cause = OHM_GAP_WRONG_DEVICE;
  test_go_to (self, SLOT (2));
  test_read (self, "meter-0");
  test_go_to (self, SLOT (2) + 20 * SECOND_US);
  test_assert_series (self, "1:1000");
  self->meters[0].is_confirmed = TRUE;
  ohm_recorder_confirm (self->recorder, "meter-0");
  test_go_to (self, SLOT (2) + 22 * SECOND_US);
  test_assert_series (self, "1:1000 2:1001");

  self->meters[0].is_confirmed = FALSE;
  test_pass_slot (self, 3);
  test_assert_series (self, "1:1000 2:1001 open:2-3:wrong-device");
  /* too late */
  self->meters[0].is_confirmed = TRUE;
  ohm_recorder_confirm (self->recorder, "meter-0");
  fixture_pass (&self->base, SECOND_US);
  test_assert_series (self, "1:1000 2:1001 open:2-3:wrong-device");
}

/* A meter that can prove who it was is recorded once it has, whatever its survey says yet. */
static void
test_recorder_proved (Fixture *self, gconstpointer data)
{
  Meter *meter = &self->meters[0];

  meter->can_prove = TRUE;
  meter->is_confirmed = FALSE;
  test_go_to (self, SLOT (1));
  test_read (self, "meter-0");
  test_go_to (self, SLOT (1) + 20 * SECOND_US);
  test_assert_series (self, "");
  ohm_recorder_confirm (self->recorder, "meter-0");
  test_go_to (self, SLOT (1) + 22 * SECOND_US);
  test_assert_series (self, "1:1000");

  /* what was another device's goes, and a proof from before says nothing of what follows */
  test_go_to (self, SLOT (2));
  ohm_recorder_confirm (self->recorder, "meter-0");
  meter->import = 10;
  test_read (self, "meter-0");
  ohm_recorder_drop (self->recorder, "meter-0");
  ohm_recorder_confirm (self->recorder, "meter-0");
  meter->import = 1005;
  test_read (self, "meter-0");
  test_go_to (self, SLOT (2) + 20 * SECOND_US);
  test_assert_series (self, "1:1000");
  ohm_recorder_confirm (self->recorder, "meter-0");
  test_go_to (self, SLOT (2) + 22 * SECOND_US);
  test_assert_series (self, "1:1000 2:1005");

  /* a counter that falls needs no further question */
  meter->import = 3;
  test_go_to (self, SLOT (3));
  test_read (self, "meter-0");
  ohm_recorder_confirm (self->recorder, "meter-0");
  g_assert_cmpuint (meter->n_doubts, ==, 0);
  /* and without a proof there is a gap */
  meter->is_confirmed = TRUE;
  test_go_to (self, SLOT (4));
  test_read (self, "meter-0");
  test_go_to (self, SLOT (4) + 62 * SECOND_US);
  test_assert_series (self, "1:1000 2:1005 3:3 open:3-4:meter-silent");
}

/* Two meters swapped behind a gateway are noticed before the first wrong record. */
static void
test_recorder_fall (Fixture *self, gconstpointer data)
{
  const OhmRecord *record;

  test_pass_slot (self, 1);
  self->meters[0].import = 10;
  test_go_to (self, SLOT (2));
  test_read (self, "meter-0");
  test_go_to (self, SLOT (2) + 2 * SECOND_US);
  g_assert_cmpuint (self->meters[0].n_doubts, ==, 1);
  test_assert_series (self, "1:1000");
  /* it is the same meter: a reset */
  self->meters[0].is_confirmed = TRUE;
  ohm_recorder_confirm (self->recorder, "meter-0");
  test_go_to (self, SLOT (2) + 61 * SECOND_US);
  test_assert_series (self, "1:1000 2:10");
  record = test_get_announced (self, "meter-0", 1);
  g_assert_cmpuint (record->flags, ==, OHM_RECORD_RESET);
  test_pass_slot (self, 3);
  g_assert_cmpuint (self->meters[0].n_doubts, ==, 1);
}

/* The other one of the two rose: what was read of it and is not written yet waits as well. */
static void
test_recorder_held_back (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  self->meters[0].import = 5000;
  self->meters[1].import = 10;
  test_go_to (self, SLOT (2));
  test_read (self, "meter-0");
  g_assert_false (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  /* the host doubts all meters of the line */
  self->meters[0].is_confirmed = FALSE;
  test_read (self, "meter-1");
  test_go_to (self, SLOT (2) + 2 * SECOND_US);
  test_assert_series (self, "1:1000");
  /* it is another device: what was read is forgotten, and is read anew where the meter is */
  g_assert_cmpint (ohm_recorder_drop (self->recorder, "meter-0"), ==,
                   ohm_slot_to_mono_us (self->base.clock, SLOT (2) + OHM_SLOT_WINDOW_US));
  g_assert_true (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  self->meters[0].import = 1002;
  test_read (self, "meter-0");
  self->meters[0].is_confirmed = TRUE;
  ohm_recorder_confirm (self->recorder, "meter-0");
  test_go_to (self, SLOT (2) + 4 * SECOND_US);
  test_assert_series (self, "1:1000 2:1002");
  test_go_to (self, SLOT (2) + 61 * SECOND_US);
  g_assert_cmpint (ohm_recorder_drop (self->recorder, "meter-0"), ==, 0);
}

/* What was held back and is confirmed is recorded as it was read, and what was written stays. */
static void
test_recorder_held_back_confirmed (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  test_go_to (self, SLOT (2));
  test_read (self, "meter-2");
  test_go_to (self, SLOT (2) + SECOND_US);
  self->meters[1].import = 10;
  test_read (self, "meter-0");
  self->meters[0].is_confirmed = FALSE;
  self->meters[2].is_confirmed = FALSE;
  test_read (self, "meter-1");
  self->meters[0].is_confirmed = TRUE;
  ohm_recorder_confirm (self->recorder, "meter-0");
  test_go_to (self, SLOT (2) + 4 * SECOND_US);
  test_assert_series (self, "1:1000 2:1001");
  fixture_assert_series (&self->base, "meter-2", "1:1000 2:1001");
  self->meters[1].is_confirmed = self->meters[2].is_confirmed = TRUE;
  ohm_recorder_confirm (self->recorder, "meter-1");
  test_pass_slot (self, 3);
  test_assert_series (self, "1:1000 2:1001 3:1002");
}

static void
test_recorder_wrong_device (Fixture *self, gconstpointer data)
{
  fixture_add_meter (self, "meter-0", "17");
  test_pass_slot (self, 1);
  fixture_add_meter (self, "meter-0", "18");
  test_pass_slot (self, 2);
  test_assert_series (self, "1:1000 open:1-2:wrong-device");
}

static void
test_recorder_gateway_off (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  fixture_stop (self);
  g_clear_object (&self->places);
  test_go_to (self, SLOT (5) + 5 * MINUTE_US);
  fixture_start (self);
  /* meter-1 stays away for longer */
  self->meters[1].is_mute = TRUE;
  self->meters[1].cause = OHM_GAP_LINK_DOWN;
  test_pass_slot (self, 6);
  self->meters[1].is_mute = FALSE;
  test_pass_slot (self, 7);
  test_assert_series (self, "1:1000 gap:1-5:gateway-off:5 6:1005 7:1006");
  fixture_assert_series (&self->base, "meter-1", "1:1000 gap:1-6:gateway-off:6 7:1006");
}

/* A restart in the middle of a slot: each place is read once, none is lost. */
static void
test_recorder_restart_in_window (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  test_go_to (self, SLOT (2));
  test_read (self, "meter-0");
  fixture_stop (self);
  g_clear_object (&self->places);
  test_go_to (self, SLOT (2) + 30 * SECOND_US);
  fixture_start (self);
  g_assert_cmpint (ohm_recorder_get_slot_us (self->recorder), ==, SLOT (2));
  g_assert_false (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  g_assert_true (ohm_recorder_is_wanted (self->recorder, "meter-1"));
  test_read (self, "meter-0");
  test_read (self, "meter-1");
  test_go_to (self, SLOT (2) + 61 * SECOND_US);
  test_assert_series (self, "1:1000 2:1001");
  fixture_assert_series (&self->base, "meter-1", "1:1000 2:1001");
  fixture_assert_series (&self->base, "meter-2", "1:1000 open:1-2:meter-silent");
}

static void
test_replace (Fixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ohm_places_replace_async (self->places, "meter-0", &(OhmPlacesExchange){ NULL }, fixture_on_ready,
                            &result);
  g_assert_true (ohm_places_replace_finish (self->places, fixture_wait (&result), &error));
  g_assert_no_error (error);
}

/* Which record is the first of its run is known after a restart, too, and what came before it. */
static void
test_recorder_judged (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  test_pass_slot (self, 2);
  test_replace (self);
  test_pass_slot (self, 3);
  test_pass_slot (self, 4);
  g_assert_cmpstr (self->judged->str, ==, "1 1:first 1 ");

  g_string_truncate (self->judged, 0);
  test_replace (self);
  fixture_stop (self);
  g_clear_object (&self->places);
  fixture_start (self);
  test_pass_slot (self, 5);
  test_pass_slot (self, 6);
  g_assert_cmpstr (self->judged->str, ==, "1:first 1 ");
}

/* A meter that was taken out for a while. */
static void
test_recorder_disabled (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  ohm_places_remove_meter (self->places, "meter-0");
  test_pass_slot (self, 2);
  test_pass_slot (self, 3);
  test_assert_series (self, "1:1000");
  fixture_add_meter (self, "meter-0", NULL);
  test_pass_slot (self, 4);
  test_assert_series (self, "1:1000 gap:1-3:disabled:3 4:1003");
}

static void
test_recorder_clock_early (Fixture *self, gconstpointer data)
{
  fixture_stop (self);
  g_clear_object (&self->places);
  fixture_set_wall (&self->base, G_GINT64_CONSTANT (86400) * 365 * SECOND_US);
  fixture_start (self);
  self->is_answering = TRUE;
  fixture_pass (&self->base, OHM_SLOT_US);
  fixture_pass (&self->base, OHM_SLOT_US);
  g_assert_cmpuint (self->n_begun, ==, 0);
  g_assert_cmpstr (ohm_message_get_code (ohm_recorder_get_message (self->recorder)), ==,
                   "clock-early");

  fixture_set_wall (&self->base, SLOT (1) + 5 * MINUTE_US);
  g_assert_null (ohm_recorder_get_message (self->recorder));
  g_assert_cmpstr (self->told->str, ==, "clock-early over ");
  test_pass_slot (self, 2);
  test_assert_series (self, "2:1000");
}

/* The store knows a later slot: nothing opens until the clock has passed it. */
static void
test_recorder_clock_behind (Fixture *self, gconstpointer data)
{
  for (gint64 i = 1; i <= 4; i++)
    test_pass_slot (self, i);
  fixture_stop (self);
  g_clear_object (&self->places);
  fixture_set_wall (&self->base, SLOT (2) + 5 * MINUTE_US);
  fixture_start (self);
  g_assert_cmpstr (ohm_message_get_code (ohm_recorder_get_message (self->recorder)), ==,
                   "clock-early");
  test_pass_slot (self, 3);
  g_assert_cmpuint (self->n_begun, ==, 4);
  /* the newest one once more: as after a restart in its window, for places that lack it */
  test_go_to (self, SLOT (4));
  g_assert_false (ohm_recorder_is_wanted (self->recorder, "meter-0"));
  test_pass_slot (self, 4);
  test_pass_slot (self, 5);
  test_assert_series (self, "1:1000 2:1001 3:1002 4:1003 5:1006");
  g_assert_cmpstr (self->told->str, ==, "clock-early:2026-11-22 11:15 UTC over ");
}

/* Into the future and back: told once, with the time when slots are recorded again, and only if
 * that is worth a word. */
static void
test_recorder_there_and_back (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  fixture_set_wall (&self->base, SLOT (1) - 10 * SECOND_US);
  fixture_pass (&self->base, MINUTE_US);
  g_assert_cmpstr (self->told->str, ==, "");
  fixture_set_wall (&self->base, SLOT (8) + 5 * MINUTE_US);
  fixture_pass (&self->base, MINUTE_US);
  fixture_set_wall (&self->base, SLOT (2) + 5 * MINUTE_US);
  test_pass_slot (self, 3);
  test_pass_slot (self, 4);
  g_assert_cmpstr (self->told->str, ==, "clock-early:2026-11-22 12:15 UTC ");
  test_pass_slot (self, 9);
  g_assert_cmpstr (self->told->str, ==, "clock-early:2026-11-22 12:15 UTC over ");
}

static void
test_recorder_jump_ahead (Fixture *self, gconstpointer data)
{
  const OhmRecord *record;

  test_pass_slot (self, 1);
  fixture_set_wall (&self->base, SLOT (5) + 5 * MINUTE_US);
  test_pass_slot (self, 6);
  test_pass_slot (self, 7);
  test_assert_series (self, "1:1000 gap:1-5:clock-unsure:0 6:1001 7:1002");
  record = test_get_announced (self, "meter-0", 3);
  g_assert_cmpint (record->slot_us, ==, SLOT (6));
  g_assert_cmpuint (record->flags, ==, OHM_RECORD_CLOCK_UNSURE);
  record = test_get_announced (self, "meter-0", 4);
  g_assert_cmpuint (record->flags, ==, 0);
}

/* The machine slept: no step of the clock, but nobody was there. */
static void
test_recorder_slept (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  test_go_to (self, SLOT (4) + 5 * MINUTE_US);
  test_go_to (self, SLOT (4) + 5 * MINUTE_US + SECOND_US);
  test_assert_series (self, "1:1000 open:1-4:gateway-off");
  test_pass_slot (self, 5);
  test_assert_series (self, "1:1000 gap:1-4:gateway-off:4 5:1004");
}

/* Out of the window: nobody can say what the meters would have told; a small step is no excuse. */
static void
test_recorder_jump_out (Fixture *self, gconstpointer data)
{
  self->meters[0].cause = OHM_GAP_METER_REFUSED;
  test_pass_slot (self, 1);
  test_go_to (self, SLOT (2) + 1 * SECOND_US);
  fixture_set_wall (&self->base, SLOT (2) + 3 * MINUTE_US);
  test_go_to (self, SLOT (3) + 1 * SECOND_US);
  fixture_set_wall (&self->base, SLOT (3) + 4 * SECOND_US);
  test_go_to (self, SLOT (3) + 3 * MINUTE_US);
  test_assert_series (self, "1:1000 open:1-3:clock-unsure");
  test_pass_slot (self, 4);
  test_go_to (self, SLOT (5) + 1 * SECOND_US);
  fixture_set_wall (&self->base, SLOT (5) + 4 * SECOND_US);
  test_go_to (self, SLOT (5) + 3 * MINUTE_US);
  test_assert_series (self, "1:1000 gap:1-3:clock-unsure:2 4:1003 open:4-5:meter-refused");
}

/* Into the window of a slot: it opens at once. */
static void
test_recorder_jump_into (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  self->is_answering = TRUE;
  fixture_set_wall (&self->base, SLOT (3) + 10 * SECOND_US);
  fixture_pass (&self->base, SECOND_US);
  test_assert_series (self, "1:1000 gap:1-2:clock-unsure:0 3:1000");
}

static void
test_recorder_jump_back (Fixture *self, gconstpointer data)
{
  for (gint64 i = 1; i <= 3; i++)
    test_pass_slot (self, i);
  fixture_set_wall (&self->base, SLOT (1) - 5 * SECOND_US);
  for (gint64 i = 1; i <= 4; i++)
    test_pass_slot (self, i);
  g_assert_cmpuint (self->n_begun, ==, 4);
  test_assert_series (self, "1:1000 2:1001 3:1002 4:1005");
  g_assert_cmpuint (test_get_announced (self, "meter-0", 3)->flags, ==, OHM_RECORD_CLOCK_UNSURE);
}

/* Back over the boundary while the slot is open: it is not opened again. */
static void
test_recorder_jump_back_in_window (Fixture *self, gconstpointer data)
{
  test_pass_slot (self, 1);
  test_go_to (self, SLOT (2) + 3 * SECOND_US);
  test_read (self, "meter-0");
  fixture_set_wall (&self->base, SLOT (2) - 10 * SECOND_US);
  test_pass_slot (self, 2);
  g_assert_cmpuint (self->n_begun, ==, 2);
  test_assert_series (self, "1:1000 2:1001");
  /* what was not read by then is a gap, and not for want of an answer */
  fixture_assert_series (&self->base, "meter-1", "1:1000 open:1-2:clock-unsure");
}

/* Every slot from the first to the last is there once, as a record or in a gap. */
static void
test_assert_unbroken (Fixture *self, const char *place)
{
  g_autoptr (OhmStorePage) page = fixture_query (&self->base, place);
  gint64 reached_us = 0;
  guint g = 0;

  g_assert_cmpint (page->next_us, ==, 0);
  for (guint i = 0; i < page->records->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (page->records, i);

      for (; g < page->gaps->len; g++)
        {
          const OhmRecord *gap = g_ptr_array_index (page->gaps, g);

          if (gap->from_us >= record->slot_us)
            break;
          g_assert_cmpint (gap->from_us, ==, reached_us);
          g_assert_cmpint (gap->cause, !=, OHM_GAP_STORE_FAILED);
          reached_us = gap->slot_us;
        }
      if (reached_us != 0)
        g_assert_cmpint (record->slot_us, ==, reached_us + OHM_SLOT_US);
      g_assert_true (ohm_slot_is_within (record->slot_us, record->read_us, OHM_SLOT_WINDOW_US));
      reached_us = record->slot_us;
    }
}

static void
test_recorder_many_jumps (Fixture *self, gconstpointer data)
{
  static const gint64 sizes_s[] = { 1, 3, 30, 200, 900, 1300, 7200, 86400 };
  guint n_jumps = 0;

  self->is_answering = TRUE;
  while (n_jumps < 200)
    {
      guint n_steps = (guint) g_test_rand_int_range (1, 200);
      gint64 step_us = g_test_rand_int_range (5, 20) * SECOND_US;
      gint64 size_us = sizes_s[g_test_rand_int_range (0, G_N_ELEMENTS (sizes_s))] * SECOND_US;

      for (guint i = 0; i < n_steps; i++)
        {
          fixture_move (&self->base, step_us);
          for (guint m = 0; m < N_METERS; m++)
            self->meters[m].import += 1;
        }
      self->meters[1].is_mute = g_test_rand_int_range (0, 3) == 0;
      if (g_test_rand_int_range (0, 5) < 2)
        size_us = -size_us / 2;
      fixture_set_wall (&self->base, ohm_clock_get_wall_us (self->base.clock) + size_us);
      n_jumps++;
    }
  fixture_settle (&self->base);
  for (guint m = 0; m < N_METERS; m++)
    test_assert_unbroken (self, self->meters[m].id);
  g_assert_cmpuint (self->n_begun, >, 10);
}

/* A month of quarter hours, with meters that come and go. */
static void
test_recorder_month (Fixture *self, gconstpointer data)
{
  const guint n = 31 * 96;
  g_autoptr (OhmStorePage) page = NULL;

  self->is_answering = TRUE;
  for (guint i = 1; i <= n; i++)
    {
      self->meters[1].is_mute = i % 97 < 10;
      self->meters[2].import += 3;
      fixture_move (&self->base, SLOT (i) - ohm_clock_get_wall_us (self->base.clock));
      fixture_move (&self->base, 61 * SECOND_US);
    }
  fixture_settle (&self->base);
  for (guint m = 0; m < N_METERS; m++)
    test_assert_unbroken (self, self->meters[m].id);
  page = fixture_query (&self->base, "meter-0");
  g_assert_cmpuint (page->records->len, ==, n);
  g_assert_cmpuint (page->gaps->len, ==, 0);
}

static void
test_recorder_late_store (Fixture *self, gconstpointer data)
{
  OhmRecorderHost host = { NULL };
  g_autoptr (OhmStoreContent) content = NULL;

  test_pass_slot (self, 1);
  fixture_stop (self);
  g_clear_object (&self->places);
  test_go_to (self, SLOT (3) + 5 * MINUTE_US);

  /* the recorder runs before the store is open; without a host at all */
  fixture_make_store (&self->base, NULL);
  self->places = ohm_places_new (self->base.store, self->base.bus);
  self->recorder = ohm_recorder_new (self->base.store, self->places, self->base.bus,
                                     self->base.watcher, &host);
  fixture_add_meter (self, "meter-0", NULL);
  ohm_recorder_start (self->recorder);
  ohm_clock_move (self->base.clock, SLOT (4),
                  ohm_clock_get_mono_us (self->base.clock) + OHM_SLOT_US);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  test_read (self, "meter-0");
  fixture_move (&self->base, SECOND_US);
  content = fixture_try_open (&self->base, NULL);
  ohm_places_load (self->places, content);
  ohm_recorder_load (self->recorder, content);
  test_assert_series (self, "1:1000 gap:1-3:gateway-off:2 4:1003");
  test_pass_slot (self, 5);
  test_go_to (self, SLOT (6));
  test_read (self, "meter-0");
  fixture_pass (&self->base, SECOND_US);
  test_assert_series (self, "1:1000 gap:1-3:gateway-off:2 4:1003 gap:4-5:meter-silent:1 6:1004");
}

static void
test_recorder_add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_begin, test, fixture_end);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_recorder_add ("/recorder/slot", test_recorder_slot);
  test_recorder_add ("/recorder/live", test_recorder_live);
  test_recorder_add ("/recorder/window", test_recorder_window);
  test_recorder_add ("/recorder/partial", test_recorder_partial);
  test_recorder_add ("/recorder/rest", test_recorder_rest);
  test_recorder_add ("/recorder/causes", test_recorder_causes);
  test_recorder_add ("/recorder/unconfirmed", test_recorder_unconfirmed);
  test_recorder_add ("/recorder/proved", test_recorder_proved);
  test_recorder_add ("/recorder/fall", test_recorder_fall);
  test_recorder_add ("/recorder/held-back", test_recorder_held_back);
  test_recorder_add ("/recorder/held-back-confirmed", test_recorder_held_back_confirmed);
  test_recorder_add ("/recorder/wrong-device", test_recorder_wrong_device);
  test_recorder_add ("/recorder/gateway-off", test_recorder_gateway_off);
  test_recorder_add ("/recorder/restart-in-window", test_recorder_restart_in_window);
  test_recorder_add ("/recorder/judged", test_recorder_judged);
  test_recorder_add ("/recorder/disabled", test_recorder_disabled);
  test_recorder_add ("/recorder/clock-early", test_recorder_clock_early);
  test_recorder_add ("/recorder/clock-behind", test_recorder_clock_behind);
  test_recorder_add ("/recorder/there-and-back", test_recorder_there_and_back);
  test_recorder_add ("/recorder/jump-ahead", test_recorder_jump_ahead);
  test_recorder_add ("/recorder/slept", test_recorder_slept);
  test_recorder_add ("/recorder/jump-out", test_recorder_jump_out);
  test_recorder_add ("/recorder/jump-into", test_recorder_jump_into);
  test_recorder_add ("/recorder/jump-back", test_recorder_jump_back);
  test_recorder_add ("/recorder/jump-back-in-window", test_recorder_jump_back_in_window);
  test_recorder_add ("/recorder/many-jumps", test_recorder_many_jumps);
  test_recorder_add ("/recorder/month", test_recorder_month);
  test_recorder_add ("/recorder/late-store", test_recorder_late_store);

  return g_test_run ();
}
