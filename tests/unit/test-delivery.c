/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "delivery-fixture.h"

#define S(n) ((gint64) (n) *G_USEC_PER_SEC)

typedef void (*DeliveryTest) (OhmDeliveryFixture *, gconstpointer);

static void
test_delivery_add (const char *path, DeliveryTest func)
{
  g_test_add (path, OhmDeliveryFixture, NULL, fixture_delivery_set_up, func,
              fixture_delivery_tear_down);
}

/* Nothing goes before the schedule says so; then each slot, and once more with the next one. */
static void
test_delivery_plain (OhmDeliveryFixture *self, gconstpointer data)
{
  OhmDeliveryView view;

  fixture_delivery_start (self);
  view = fixture_delivery_view (self);
  g_assert_cmpint (view.state, ==, OHM_DELIVERY_OK);
  g_assert_cmpint (view.acked, ==, 0);
  g_assert_cmpint (view.next_us, >, OHM_FIXTURE_T0_US + S (60));
  g_assert_cmpint (view.next_us, <, OHM_FIXTURE_T0_US + S (660));
  fixture_delivery_pass (self, OHM_SLOT_US);
  fixture_delivery_record (self);
  view = fixture_delivery_view (self);
  g_assert_cmpuint (view.n_pending, ==, 2);
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 0);
  fixture_delivery_pass (self, OHM_SLOT_US - G_USEC_PER_SEC);
  fixture_delivery_assert_once (self);
  view = fixture_delivery_view (self);
  g_assert_cmpuint (view.n_pending, ==, 0);
  g_assert_cmpint (view.acked, ==, 2);
  g_assert_cmpint (view.settled, ==, 0);
  g_assert_cmpint (view.delivered_us, ==, OHM_FIXTURE_T0_US + OHM_SLOT_US);
  g_assert_cmpint (view.success_us, >, OHM_FIXTURE_T0_US);
  g_assert_cmpuint (view.n_requests, ==, 1);
  g_assert_cmpuint (view.n_points, ==, 6);
  g_assert_cmpuint (view.n_bytes, ==, 60);
  fixture_delivery_quarter (self, 1);
  view = fixture_delivery_view (self);
  g_assert_cmpint (view.acked, ==, 4);
  g_assert_cmpint (view.settled, ==, 2);
  g_assert_cmpuint (view.n_requests, ==, 2);
  fixture_delivery_assert_complete (self);
}

/* What is durable goes once. */
static void
test_delivery_durable (OhmDeliveryFixture *self, gconstpointer data)
{
  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 5);
  fixture_delivery_assert_once (self);
  g_assert_cmpint (fixture_delivery_view (self).settled, ==, 10);
}

/* What the script of an engine knows. */
typedef struct
{
  OhmDeliveryFixture *fixture;
  OhmVerdictKind kind;  /* answered from now on */
  guint n_left;         /* so many times, then accepted; G_MAXUINT for ever */
  gboolean is_stored;   /* although it is not accepted */
  gint64 bad_quarter;   /* a batch with this quarter hour of p1 is not accepted */
  gint64 worst_quarter; /* ... up to this one */
  guint n_max;          /* most records at once */
  guint n_largest;      /* what came at most */
  gint64 retry_after_us;
  gint64 engine_us;
  GArray *times_us; /* (element-type gint64): of each request, monotonic */
  GArray *sizes;    /* (element-type guint) */
} Script;

static gboolean
test_script_is_bad (const Script *self, OhmBatch *batch)
{
  guint n = 0;
  const OhmBatchItem *items = ohm_batch_get_items (batch, &n);

  if (self->bad_quarter == 0)
    return TRUE;
  for (guint i = 0; i < n; i++)
    {
      gint64 quarter = fixture_delivery_item_quarter (batch, i);

      if (quarter >= self->bad_quarter && quarter <= self->worst_quarter &&
          g_str_equal (items[i].record->place, "p1"))
        return TRUE;
    }
  return FALSE;
}

static OhmVerdict *
test_script_answer (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  Script *self = user_data;
  OhmVerdict *verdict = ohm_verdict_new (OHM_VERDICT_ACCEPTED, /* message */ NULL);
  gint64 now_us = ohm_clock_get_mono_us (self->fixture->base.clock);
  guint n = 0;

  ohm_batch_get_items (batch, &n);
  g_array_append_val (self->times_us, now_us);
  g_array_append_val (self->sizes, n);
  self->n_largest = MAX (self->n_largest, n);
  verdict->engine_us = self->engine_us;
  if (self->n_left == 0)
    return verdict;
  if (self->n_max != 0 ? n > self->n_max : test_script_is_bad (self, batch))
    {
      verdict->kind = self->kind;
      verdict->text = g_strdup ("no");
      verdict->status = 418;
      verdict->retry_after_us = self->retry_after_us;
      verdict->n_rejected = self->kind == OHM_VERDICT_PARTLY ? 2 : 0;
      *ret_is_stored = self->is_stored;
      if (self->n_left != G_MAXUINT)
        self->n_left--;
    }
  return verdict;
}

static void
test_script_init (Script *self, OhmDeliveryFixture *fixture, OhmVerdictKind kind, guint n)
{
  *self = (Script){ .fixture = fixture, .kind = kind, .n_left = n };
  self->times_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->sizes = g_array_new (FALSE, FALSE, sizeof (guint));
  ohm_test_engine_set_func (fixture->engine, test_script_answer, self);
}

static void
test_script_clear (Script *self)
{
  g_array_unref (self->times_us);
  g_array_unref (self->sizes);
}

static gint64
test_script_wait (const Script *self, guint i)
{
  return g_array_index (self->times_us, gint64, i + 1) - g_array_index (self->times_us, gint64, i);
}

/* Lost answers: what arrived goes again, to the same rows. */
static void
test_delivery_transient (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;
  OhmDeliveryView view;

  test_script_init (&script, self, OHM_VERDICT_TRANSIENT, 4);
  script.is_stored = TRUE;
  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  fixture_delivery_pass (self, OHM_SLOT_US);
  g_assert_cmpuint (script.times_us->len, ==, 5);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpint (test_script_wait (&script, i), >=, G_USEC_PER_SEC);
      g_assert_cmpint (test_script_wait (&script, i), <=, S (5) << i);
    }
  fixture_delivery_assert_complete (self);
  view = fixture_delivery_view (self);
  g_assert_cmpint (view.state, ==, OHM_DELIVERY_OK);
  g_assert_cmpuint (view.n_pending, ==, 0);
  test_script_clear (&script);
}

/* While it fails people are told why, since when, and when it goes on. */
static void
test_delivery_told (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;
  OhmDeliveryView view;

  test_script_init (&script, self, OHM_VERDICT_TRANSIENT, G_MAXUINT);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 3);
  view = fixture_delivery_view (self);
  g_assert_cmpint (view.state, ==, OHM_DELIVERY_RETRYING);
  g_assert_cmpstr (ohm_delivery_state_to_string (view.state), ==, "retrying");
  g_assert_cmpstr (fixture_delivery_code (self), ==, "uplink-failed");
  g_assert_cmpstr (view.text, ==, "no");
  g_assert_cmpint (view.next_us, >, ohm_clock_get_wall_us (self->base.clock));
  g_assert_cmpint (view.since_us, <, ohm_clock_get_wall_us (self->base.clock));
  g_assert_cmpuint (view.n_pending, ==, 6);
  g_assert_cmpuint (view.n_pending_bytes, >, 0);
  g_assert_cmpint (view.acked, ==, 0);
  script.n_left = 0;
  /* its last try, at random, may have been just now, and the next keeps the pace of 2 s */
  ohm_delivery_send_now (self->delivery);
  fixture_delivery_pass (self, S (3));
  fixture_delivery_assert_complete (self);
  g_assert_cmpstr (fixture_delivery_code (self), ==, "");
  g_assert_null (fixture_delivery_view (self).text);
  test_script_clear (&script);
}

/* What the engine asked for is kept, whoever is in a hurry. */
static void
test_delivery_asked (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;

  test_script_init (&script, self, OHM_VERDICT_TRANSIENT, 1);
  script.retry_after_us = S (300);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  g_assert_cmpuint (script.times_us->len, >=, 1);
  ohm_delivery_send_now (self->delivery);
  fixture_delivery_pass (self, S (400));
  g_assert_cmpint (test_script_wait (&script, 0), >=, S (300));
  g_assert_cmpint (test_script_wait (&script, 0), <=, S (361));
  fixture_delivery_assert_complete (self);
  test_script_clear (&script);
}

/* Who asks for something to be sent again stands by: it is tried now, and said why it fails. */
static void
test_delivery_resend_held (OhmDeliveryFixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 now_us;
  Script script;

  test_script_init (&script, self, OHM_VERDICT_CONFIGURATION, G_MAXUINT);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 3);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_HELD);
  now_us = ohm_clock_get_wall_us (self->base.clock);
  ohm_delivery_resend_async (self->delivery, 0, now_us, /* cancellable */ NULL, fixture_on_ready,
                             &result);
  fixture_delivery_pass (self, S (10));
  g_assert_nonnull (result);
  g_assert_false (ohm_delivery_resend_finish (self->delivery, result, NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
  test_script_clear (&script);
}

/* An engine that never took anything and refuses all: that is not the data. */
static void
test_delivery_refuses_all (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;
  OhmDeliveryView view;

  test_script_init (&script, self, OHM_VERDICT_DATA, G_MAXUINT);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 12);
  view = fixture_delivery_view (self);
  g_assert_cmpint (view.state, ==, OHM_DELIVERY_HELD);
  g_assert_cmpint (view.acked, ==, 0);
  g_assert_cmpint (view.delivered_us, ==, 0);
  g_assert_cmpuint (view.n_held, ==, 0);
  script.n_left = 0;
  fixture_delivery_pass (self, S (2 * 3600));
  view = fixture_delivery_view (self);
  g_assert_cmpint (view.state, ==, OHM_DELIVERY_OK);
  fixture_delivery_assert_complete (self);
  test_script_clear (&script);
}

/* A person has to look: an hour, unless somebody says that it is done. */
static void
test_delivery_held (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;

  test_script_init (&script, self, OHM_VERDICT_CONFIGURATION, G_MAXUINT);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 3);
  g_assert_cmpuint (script.times_us->len, ==, 1);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_HELD);
  fixture_delivery_quarter (self, 8);
  g_assert_cmpuint (script.times_us->len, >=, 2);
  g_assert_cmpuint (script.times_us->len, <=, 3);
  g_assert_cmpint (test_script_wait (&script, 0), >=, S (3600));
  script.n_left = 0;
  ohm_delivery_send_now (self->delivery);
  fixture_delivery_pass (self, S (60));
  fixture_delivery_assert_complete (self);
  test_script_clear (&script);
}

/* Asked again while the answer is on its way, as by a person who has just typed the right secret.
 */
static OhmVerdict *
test_delivery_ask_meanwhile (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  Script *script = user_data;

  if (script->n_left > 0)
    ohm_delivery_send_now (script->fixture->delivery);
  return test_script_answer (batch, ret_is_stored, user_data);
}

/* That answer is of what was before: the next try does not wait, and nothing of it is left. */
static void
test_delivery_meanwhile (OhmDeliveryFixture *self, gconstpointer data)
{
  static const OhmVerdictKind kinds[] = { OHM_VERDICT_AUTH, OHM_VERDICT_TRANSIENT,
                                          OHM_VERDICT_UNCLEAR };
  Script script;

  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      test_script_init (&script, self, kinds[i], 1);
      ohm_test_engine_set_func (self->engine, test_delivery_ask_meanwhile, &script);
      fixture_delivery_quarter (self, 1);
      g_assert_cmpuint (script.times_us->len, ==, 2);
      g_assert_cmpint (test_script_wait (&script, 0), <=, self->settings.pace_us);
      g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_OK);
      g_assert_null (fixture_delivery_view (self).text);
      test_script_clear (&script);
    }
  fixture_delivery_assert_complete (self);
}

/* One bad record of many costs itself alone, now and on the next two days; then it waits for a
 * person. */
static void
test_delivery_bad_record (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;
  OhmDeliveryView view;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) letters = NULL;
  const OhmDeadLetter *letter;

  test_script_init (&script, self, OHM_VERDICT_DATA, G_MAXUINT);
  script.bad_quarter = script.worst_quarter = 5;
  for (guint i = 0; i < 8; i++)
    fixture_delivery_record (self);
  fixture_pass (&self->base, 9 * OHM_SLOT_US);
  fixture_delivery_start (self);
  fixture_delivery_pass (self, OHM_SLOT_US);
  g_assert_cmpuint (fixture_delivery_n_missing (self), ==, 3);
  view = fixture_delivery_view (self);
  g_assert_cmpint (view.acked, ==, 16);
  g_assert_cmpuint (view.n_held, ==, 1);
  g_assert_cmpuint (view.n_dead, ==, 0);
  g_assert_cmpint (view.state, ==, OHM_DELIVERY_OK);
  g_assert_cmpstr (fixture_delivery_code (self), ==, "uplink-refused");
  fixture_delivery_quarter (self, 95);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 1);
  fixture_delivery_quarter (self, 2 * 96);
  view = fixture_delivery_view (self);
  g_assert_cmpuint (view.n_held, ==, 0);
  g_assert_cmpuint (view.n_dead, ==, 1);
  g_assert_cmpuint (fixture_delivery_n_events (self, "uplink-refused"), ==, 1);
  g_assert_cmpuint (fixture_delivery_n_events (self, "uplink-refused-finally"), ==, 1);
  ohm_delivery_list_dead_async (self->delivery, 0, 10, NULL, fixture_on_ready, &result);
  letters = ohm_delivery_list_dead_finish (self->delivery, fixture_wait (&result), NULL);
  g_assert_cmpuint (letters->len, ==, 1);
  letter = g_ptr_array_index (letters, 0);
  g_assert_cmpstr (letter->place, ==, "p1");
  g_assert_cmpint (letter->slot_us, ==, OHM_FIXTURE_T0_US + 5 * OHM_SLOT_US);
  g_assert_true (letter->is_final);
  g_assert_cmpuint (letter->n_tries, ==, 3);
  g_assert_cmpint (letter->status, ==, 418);
  g_assert_cmpstr (letter->text, ==, "no");
  g_assert_cmpuint (fixture_delivery_n_missing (self), ==, 3);
  test_script_clear (&script);
}

/* A refused record that is taken the next day is forgotten. */
static void
test_delivery_bad_for_a_day (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;

  test_script_init (&script, self, OHM_VERDICT_DATA, G_MAXUINT);
  script.bad_quarter = script.worst_quarter = 2;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 10);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 1);
  script.n_left = 0;
  fixture_delivery_quarter (self, 96);
  fixture_delivery_assert_complete (self);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 0);
  g_assert_cmpstr (fixture_delivery_code (self), ==, "");
  test_script_clear (&script);
}

/* 413: smaller batches from then on, larger ones a day later. */
static void
test_delivery_size (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;

  test_script_init (&script, self, OHM_VERDICT_SIZE, G_MAXUINT);
  script.n_max = 10;
  for (guint i = 0; i < 60; i++)
    fixture_delivery_record (self);
  fixture_pass (&self->base, 60 * OHM_SLOT_US);
  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  fixture_delivery_pass (self, OHM_SLOT_US);
  fixture_delivery_assert_complete (self);
  g_assert_cmpuint (script.n_largest, ==, 120);
  g_assert_cmpuint (self->delivery->position.points_max, <=, 45);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 0);
  /* it is remembered by the next one, too */
  fixture_delivery_stop (self);
  for (guint i = 0; i < 20; i++)
    fixture_delivery_record (self);
  fixture_pass (&self->base, 20 * OHM_SLOT_US);
  script.n_largest = 0;
  fixture_delivery_start (self);
  fixture_delivery_pass (self, 4 * OHM_SLOT_US);
  fixture_delivery_assert_complete (self);
  g_assert_cmpuint (script.n_largest, <=, 10);
  script.n_left = 0;
  fixture_pass (&self->base, 10 * 96 * OHM_SLOT_US);
  for (guint i = 0; i < 60; i++)
    fixture_delivery_record (self);
  fixture_delivery_pass (self, 4 * OHM_SLOT_US);
  fixture_delivery_assert_complete (self);
  g_assert_cmpuint (script.n_largest, ==, 120);
  g_assert_cmpuint (self->delivery->position.points_max, ==, 0);
  test_script_clear (&script);
}

/* Some of it was refused: told and counted, and not repeated. */
static void
test_delivery_partly (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;

  test_script_init (&script, self, OHM_VERDICT_PARTLY, 1);
  script.is_stored = TRUE;
  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 3);
  fixture_delivery_assert_once (self);
  g_assert_cmpuint (fixture_delivery_n_events (self, "uplink-partly"), ==, 1);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_OK);
  g_assert_cmpuint (fixture_delivery_view (self).n_rejected, ==, 2);
  fixture_delivery_stop (self);
  fixture_delivery_start (self);
  g_assert_cmpuint (fixture_delivery_view (self).n_rejected, ==, 2);
  test_script_clear (&script);
}

/* An engine that fails is not the data: after two hours something else is tried, and nothing is
 * given up while that fails as well. */
static void
test_delivery_unclear_engine (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;
  OhmDeliveryView view;

  test_script_init (&script, self, OHM_VERDICT_UNCLEAR, G_MAXUINT);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 40);
  view = fixture_delivery_view (self);
  g_assert_cmpint (view.acked, ==, 0);
  g_assert_cmpuint (view.n_held, ==, 0);
  g_assert_cmpint (view.state, ==, OHM_DELIVERY_RETRYING);
  g_assert_cmpuint (script.times_us->len, <, 100);
  script.n_left = 0;
  fixture_delivery_quarter (self, 8);
  fixture_delivery_assert_complete (self);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 0);
  test_script_clear (&script);
}

/* The engine fails at one record: six attempts over two hours, then it is found. */
static void
test_delivery_unclear_data (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;
  gint64 sum_us = 0;

  test_script_init (&script, self, OHM_VERDICT_UNCLEAR, G_MAXUINT);
  script.bad_quarter = script.worst_quarter = 1;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 12);
  for (guint i = 0; i < 5; i++)
    sum_us += test_script_wait (&script, i);
  g_assert_cmpint (sum_us, >=, S (7200));
  g_assert_cmpint (sum_us, <=, S (8700));
  g_assert_cmpuint (fixture_delivery_n_missing (self), ==, 3);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 1);
  test_script_clear (&script);
}

/* A held record meets an engine that fails: that is no try of it. */
static void
test_delivery_unclear_held (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;

  test_script_init (&script, self, OHM_VERDICT_DATA, G_MAXUINT);
  script.bad_quarter = script.worst_quarter = 2;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 4);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 1);
  script.kind = OHM_VERDICT_UNCLEAR;
  script.bad_quarter = 0;
  fixture_delivery_quarter (self, 3 * 96);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 1);
  g_assert_cmpuint (fixture_delivery_view (self).n_dead, ==, 0);
  g_assert_cmpuint (fixture_delivery_n_events (self, "uplink-refused"), ==, 1);
  script.n_left = 0;
  fixture_delivery_quarter (self, 8);
  fixture_delivery_assert_complete (self);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 0);
  test_script_clear (&script);
}

/* A single record that is too large costs itself alone. */
static void
test_delivery_size_of_one (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;

  test_script_init (&script, self, OHM_VERDICT_SIZE, G_MAXUINT);
  script.bad_quarter = script.worst_quarter = 3;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 6);
  g_assert_cmpuint (fixture_delivery_n_missing (self), ==, 3);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 1);
  g_assert_cmpuint (self->delivery->position.points_max, >, 1);
  test_script_clear (&script);
}

/* Said before the position is known, "now" is not forgotten; it goes before the spread, too. */
static void
test_delivery_hurried (OhmDeliveryFixture *self, gconstpointer data)
{
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  fixture_delivery_stop (self);
  for (guint i = 0; i < 20; i++)
    fixture_delivery_record (self);
  fixture_pass (&self->base, 20 * OHM_SLOT_US);
  fixture_delivery_start_only (self);
  ohm_delivery_send_now (self->delivery);
  fixture_delivery_pass (self, S (4));
  fixture_delivery_assert_complete (self);
}

/* A backlog that the engine cannot take (Prometheus: too old is a 500) does not keep what is new
 * waiting, and does not stay for ever. */
static void
test_delivery_unclear_backlog (OhmDeliveryFixture *self, gconstpointer data)
{
  Script script;

  self->n_places = 2;
  test_script_init (&script, self, OHM_VERDICT_UNCLEAR, G_MAXUINT);
  script.bad_quarter = 1;
  script.worst_quarter = 40;
  for (guint i = 0; i < 40; i++)
    fixture_delivery_record (self);
  fixture_pass (&self->base, 40 * OHM_SLOT_US);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 20);
  g_assert_cmpuint (fixture_delivery_n_missing (self), ==, 40 * 3);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 40);
  g_assert_cmpuint (fixture_delivery_view (self).n_pending, ==, 0);
  test_script_clear (&script);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_delivery_add ("/delivery/plain", test_delivery_plain);
  test_delivery_add ("/delivery/durable", test_delivery_durable);
  test_delivery_add ("/delivery/transient", test_delivery_transient);
  test_delivery_add ("/delivery/told", test_delivery_told);
  test_delivery_add ("/delivery/asked", test_delivery_asked);
  test_delivery_add ("/delivery/held", test_delivery_held);
  test_delivery_add ("/delivery/meanwhile", test_delivery_meanwhile);
  test_delivery_add ("/delivery/resend-held", test_delivery_resend_held);
  test_delivery_add ("/delivery/refuses-all", test_delivery_refuses_all);
  test_delivery_add ("/delivery/bad-record", test_delivery_bad_record);
  test_delivery_add ("/delivery/bad-for-a-day", test_delivery_bad_for_a_day);
  test_delivery_add ("/delivery/size", test_delivery_size);
  test_delivery_add ("/delivery/partly", test_delivery_partly);
  test_delivery_add ("/delivery/unclear-engine", test_delivery_unclear_engine);
  test_delivery_add ("/delivery/unclear-data", test_delivery_unclear_data);
  test_delivery_add ("/delivery/unclear-held", test_delivery_unclear_held);
  test_delivery_add ("/delivery/size-of-one", test_delivery_size_of_one);
  test_delivery_add ("/delivery/hurried", test_delivery_hurried);
  test_delivery_add ("/delivery/unclear-backlog", test_delivery_unclear_backlog);

  return g_test_run ();
}
