/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "delivery-fixture.h"

/* What else goes besides what is new: overlap, echo, newest slot, what a person asks for; and when
 * nothing goes at all. */

#define S(n) ((gint64) (n) *G_USEC_PER_SEC)
#define DAY  96

typedef void (*DeliveryTest) (OhmDeliveryFixture *, gconstpointer);

static void
test_ways_add (const char *path, DeliveryTest func)
{
  g_test_add (path, OhmDeliveryFixture, NULL, fixture_delivery_set_up, func,
              fixture_delivery_tear_down);
}

static void
test_ways_record_ahead (OhmDeliveryFixture *self, guint n)
{
  for (guint i = 0; i < n; i++)
    fixture_delivery_record (self);
  fixture_pass (&self->base, n * OHM_SLOT_US);
}

static OhmVerdict *
test_ways_fail (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  *ret_is_stored = FALSE;
  return ohm_verdict_new (OHM_VERDICT_TRANSIENT, /* message */ NULL);
}

/* What an engine lost after it had accepted it comes with the next cycle. */
static void
test_ways_overlap (OhmDeliveryFixture *self, gconstpointer data)
{
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  fixture_delivery_assert_once (self);
  ohm_test_engine_forget (self->engine);
  fixture_delivery_quarter (self, 1);
  fixture_delivery_assert_complete (self);
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 2);
}

/* Who says "now" has not waited for that, and the next quarter hour still sends it again. */
static void
test_ways_overlap_and_now (OhmDeliveryFixture *self, gconstpointer data)
{
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  fixture_delivery_assert_once (self);
  ohm_delivery_send_now (self->delivery);
  fixture_delivery_settle (self);
  ohm_test_engine_forget (self->engine);
  fixture_delivery_quarter (self, 1);
  fixture_delivery_assert_complete (self);
}

/* What it lost later comes with the echo, once a day, and no more after it. */
static void
test_ways_echo (OhmDeliveryFixture *self, gconstpointer data)
{
  guint n;

  self->settings.has_echo = TRUE;
  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, DAY);
  n = ohm_test_engine_n_requests (self->engine);
  ohm_test_engine_forget (self->engine);
  fixture_delivery_quarter (self, DAY);
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, n + DAY + 1);
  /* yesterday, of which the engine has forgotten the part before */
  g_assert_cmpuint (ohm_test_engine_n_rows (self->engine), >=, (DAY + 40) * 6);
  fixture_delivery_stop (self);
  fixture_delivery_start (self);
  fixture_delivery_pass (self, OHM_SLOT_US);
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), <=, n + DAY + 2);
}

static OhmVerdict *
test_ways_note_newest (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  GArray *quarters = user_data;
  gint64 quarter = fixture_delivery_item_quarter (batch, 0);

  g_array_append_val (quarters, quarter);
  return ohm_verdict_new (OHM_VERDICT_ACCEPTED, /* message */ NULL);
}

/* Far behind: the newest slot comes first, then all in order. */
static void
test_ways_live_first (OhmDeliveryFixture *self, gconstpointer data)
{
  g_autoptr (GArray) quarters = g_array_new (FALSE, FALSE, sizeof (gint64));

  ohm_test_engine_set_func (self->engine, test_ways_note_newest, quarters);
  self->settings.points_max = 12;
  self->settings.has_overlap = FALSE;
  test_ways_record_ahead (self, 20);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  fixture_delivery_assert_complete (self);
  g_assert_cmpint (g_array_index (quarters, gint64, 0), ==, 20);
  g_assert_cmpint (g_array_index (quarters, gint64, 1), ==, 1);
  g_assert_cmpint (g_array_index (quarters, gint64, 2), ==, 3);
}

/* Where order matters it does not. */
static void
test_ways_ordered (OhmDeliveryFixture *self, gconstpointer data)
{
  g_autoptr (GArray) quarters = g_array_new (FALSE, FALSE, sizeof (gint64));

  fixture_delivery_set_flags (self, OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_ORDERED);
  ohm_test_engine_set_func (self->engine, test_ways_note_newest, quarters);
  self->settings.points_max = 12;
  self->settings.has_overlap = FALSE;
  test_ways_record_ahead (self, 20);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  for (guint i = 1; i < quarters->len; i++)
    g_assert_cmpint (g_array_index (quarters, gint64, i), >,
                     g_array_index (quarters, gint64, i - 1));
  fixture_delivery_assert_once (self);
}

/* Where a row that comes twice is there twice, nothing goes twice by itself or when asked. */
static void
test_ways_not_idempotent (OhmDeliveryFixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fixture_delivery_set_flags (self, 0);
  self->settings.has_echo = TRUE;
  test_ways_record_ahead (self, 20);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, DAY + 1);
  fixture_delivery_assert_once (self);
  ohm_delivery_resend_async (self->delivery, 0, G_MAXINT64, NULL, fixture_on_ready, &result);
  g_assert_false (
    ohm_delivery_resend_finish (self->delivery, fixture_wait (&result), NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
}

/* Slots of the future wait for their time; all others go on. */
static void
test_ways_future (OhmDeliveryFixture *self, gconstpointer data)
{
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  /* the clock is an hour ahead, and is set back */
  for (guint i = 0; i < 4; i++)
    fixture_delivery_record (self);
  fixture_delivery_pass (self, OHM_SLOT_US);
  g_assert_cmpuint (fixture_delivery_n_missing (self), ==, 3 * 6);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 0);
  g_assert_cmpuint (fixture_delivery_view (self).n_future, ==, 6);
  g_assert_cmpuint (fixture_delivery_n_events (self, "uplink-future"), ==, 1);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_OK);
  g_assert_cmpstr (fixture_delivery_code (self), ==, "uplink-future");
  fixture_delivery_pass (self, OHM_SLOT_US);
  g_assert_cmpuint (fixture_delivery_n_missing (self), ==, 2 * 6);
  fixture_delivery_pass (self, 2 * OHM_SLOT_US);
  fixture_delivery_assert_complete (self);
  g_assert_cmpuint (fixture_delivery_view (self).n_future, ==, 0);
}

/* What is too old for the engine is left out, and that is told once. */
static void
test_ways_old (OhmDeliveryFixture *self, gconstpointer data)
{
  guint64 n_old;

  self->settings.age_max_us = 10 * OHM_SLOT_US;
  test_ways_record_ahead (self, 40);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  g_assert_cmpuint (ohm_test_engine_n_rows (self->engine), <=, 11 * 6);
  g_assert_cmpuint (ohm_test_engine_n_rows (self->engine), >=, 9 * 6);
  g_assert_cmpuint (fixture_delivery_n_events (self, "uplink-too-old"), ==, 1);
  g_assert_cmpuint (fixture_delivery_view (self).n_pending, ==, 0);
  n_old = fixture_delivery_view (self).n_too_old;
  /* records of two places with three values each */
  g_assert_cmpuint (n_old * 3 + ohm_test_engine_n_rows (self->engine), ==, 41 * 6);
  fixture_delivery_stop (self);
  fixture_delivery_start (self);
  g_assert_cmpuint (fixture_delivery_view (self).n_too_old, ==, n_old);
}

static OhmVerdict *
test_ways_refuse (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  OhmVerdict *verdict = ohm_verdict_new (*(OhmVerdictKind *) user_data, /* message */ NULL);

  *ret_is_stored = verdict->kind == OHM_VERDICT_ACCEPTED;
  return verdict;
}

/* What is tried again has an end, and is tried however old it is by then. */
static void
test_ways_held_old (OhmDeliveryFixture *self, gconstpointer data)
{
  OhmVerdictKind kind = OHM_VERDICT_DATA;

  self->settings.age_max_us = 4 * OHM_SLOT_US;
  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  ohm_test_engine_set_func (self->engine, test_ways_refuse, &kind);
  fixture_delivery_quarter (self, 1);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 2);
  fixture_delivery_pass (self, S (86400));
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 2);
  kind = OHM_VERDICT_ACCEPTED;
  fixture_delivery_pass (self, S (86400));
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 0);
  fixture_delivery_assert_complete (self);
  g_assert_cmpuint (fixture_delivery_view (self).n_too_old, ==, 0);
}

static OhmVerdict *
test_ways_tell_time (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  OhmVerdict *verdict = ohm_verdict_new (OHM_VERDICT_ACCEPTED, /* message */ NULL);

  verdict->engine_us = *(gint64 *) user_data;
  return verdict;
}

/* A clock that is off is told once, until it was right again. */
static void
test_ways_engine_clock (OhmDeliveryFixture *self, gconstpointer data)
{
  gint64 engine_us = 0;

  ohm_test_engine_set_func (self->engine, test_ways_tell_time, &engine_us);
  fixture_delivery_start (self);
  engine_us = OHM_FIXTURE_T0_US - S (86400);
  fixture_delivery_quarter (self, 3);
  g_assert_cmpuint (fixture_delivery_n_events (self, "uplink-clock-differs"), ==, 1);
}

static void
test_ways_claim (OhmDeliveryFixture *self, gconstpointer data)
{
  OhmUplink *uplink = OHM_UPLINK (self->engine);
  g_autoptr (OhmMessage) message = ohm_message_new ("busy", NULL);

  ohm_uplink_set_claim (uplink, OHM_CLAIM_UNKNOWN, NULL, NULL);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_OK);
  ohm_uplink_set_claim (uplink, OHM_CLAIM_UNCLAIMED, NULL, NULL);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_UNCLAIMED);
  g_assert_cmpint (fixture_delivery_view (self).next_us, ==, 0);
  g_assert_cmpstr (fixture_delivery_code (self), ==, "uplink-unclaimed");
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 0);
  /* who has just linked it does not wait for the schedule */
  ohm_uplink_set_claim (uplink, OHM_CLAIM_CLAIMED, "office@example.org", NULL);
  fixture_delivery_pass (self, S (1));
  fixture_delivery_assert_complete (self);
  ohm_uplink_set_claim (uplink, OHM_CLAIM_LOST, NULL, message);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_LOST);
  g_assert_cmpstr (fixture_delivery_code (self), ==, "busy");
  fixture_delivery_quarter (self, 2);
  g_assert_cmpuint (fixture_delivery_n_missing (self), ==, 12);
}

/* Another destination gets nothing before somebody says what. */
static void
test_ways_destination (OhmDeliveryFixture *self, gconstpointer data)
{
  const char *other = "http://other.example.org";

  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 4);
  fixture_delivery_stop (self);
  ohm_test_engine_forget (self->engine);
  self->settings.fingerprint = other;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 2);
  g_assert_cmpuint (ohm_test_engine_n_rows (self->engine), ==, 0);
  g_assert_true (fixture_delivery_view (self).is_new_destination);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_HELD);
  g_assert_cmpstr (fixture_delivery_code (self), ==, "uplink-new-destination");
  ohm_delivery_confirm (self->delivery, /* is_from_start */ FALSE);
  fixture_delivery_quarter (self, 2);
  g_assert_cmpuint (ohm_test_engine_n_rows (self->engine), ==, 2 * 6);
  g_assert_false (fixture_delivery_view (self).is_new_destination);
  /* and back again */
  self->settings.fingerprint = "http://engine.example.org";
  ohm_delivery_set_settings (self->delivery, &self->settings);
  fixture_delivery_pass (self, S (60));
  g_assert_true (fixture_delivery_view (self).is_new_destination);
  ohm_delivery_confirm (self->delivery, /* is_from_start */ TRUE);
  fixture_delivery_quarter (self, 2);
  fixture_delivery_assert_complete (self);
}

static void
test_ways_from_now (OhmDeliveryFixture *self, gconstpointer data)
{
  self->settings.is_from_now = TRUE;
  test_ways_record_ahead (self, 4);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 3);
  g_assert_cmpuint (ohm_test_engine_n_rows (self->engine), ==, 3 * 6);
}

static gboolean
test_ways_resend (OhmDeliveryFixture *self,
                  gint64 from,
                  gint64 to,
                  OhmDeliveryResent *ret_resent,
                  GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ohm_delivery_resend_async (self->delivery, OHM_FIXTURE_T0_US + from * OHM_SLOT_US,
                             OHM_FIXTURE_T0_US + to * OHM_SLOT_US, NULL, fixture_on_ready, &result);
  g_assert_cmpfloat (ohm_delivery_get_resend_progress (self->delivery), >=, 0);
  fixture_delivery_pass (self, S (300));
  g_assert_nonnull (result);
  g_assert_cmpfloat (ohm_delivery_get_resend_progress (self->delivery), <, 0);
  return ohm_delivery_resend_finish (self->delivery, result, ret_resent, error);
}

static void
test_ways_resent (OhmDeliveryFixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  OhmDeliveryResent resent;

  self->settings.points_max = 30;
  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 30);
  ohm_test_engine_forget (self->engine);
  g_assert_true (test_ways_resend (self, 9, 29, &resent, &error));
  g_assert_cmpuint (resent.n_sent, ==, 2 * 20);
  g_assert_cmpuint (ohm_test_engine_n_rows (self->engine), ==, 20 * 6);
  g_assert_cmpuint (ohm_test_engine_get_row (self->engine, "p0", "pulse-count",
                                             OHM_FIXTURE_T0_US + 29 * OHM_SLOT_US, NULL),
                    ==, 1);
  g_assert_true (test_ways_resend (self, 500, 600, &resent, &error));
  g_assert_cmpuint (resent.n_sent, ==, 0);
}

static OhmVerdict *
test_ways_take_some (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  gboolean is_alone = fixture_delivery_item_quarter (batch, 0) == 29;
  guint n = 0;
  OhmVerdict *verdict;

  ohm_batch_get_items (batch, &n);
  *ret_is_stored = is_alone;
  if (!is_alone || n > 1)
    return ohm_verdict_new (OHM_VERDICT_DATA, /* message */ NULL);
  verdict = ohm_verdict_new (OHM_VERDICT_PARTLY, /* message */ NULL);
  verdict->n_points = 3;
  verdict->n_rejected = 1;
  return verdict;
}

/* What did not go is told. */
static void
test_ways_resent_partly (OhmDeliveryFixture *self, gconstpointer data)
{
  OhmDeliveryResent resent;

  self->settings.points_max = 30;
  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 30);
  ohm_test_engine_set_func (self->engine, test_ways_take_some, NULL);
  self->settings.age_max_us = 4 * OHM_SLOT_US;
  ohm_delivery_set_settings (self->delivery, &self->settings);
  g_assert_true (test_ways_resend (self, 20, 29, &resent, /* error */ NULL));
  g_assert_cmpuint (resent.n_sent, ==, 2);
  g_assert_cmpuint (resent.n_rejected, ==, 2);
  g_assert_cmpuint (resent.n_refused, >=, 2);
  g_assert_cmpuint (resent.n_too_old, >=, 2 * 5);
  g_assert_cmpuint (resent.n_sent + resent.n_refused + resent.n_too_old, ==, 2 * 9);
}

/* Resending covers what was refused, and forgets that it was. */
static void
test_ways_resend_refused (OhmDeliveryFixture *self, gconstpointer data)
{
  OhmVerdictKind kind = OHM_VERDICT_ACCEPTED;
  g_autoptr (GError) error = NULL;
  OhmDeliveryResent resent;

  ohm_test_engine_set_func (self->engine, test_ways_refuse, &kind);
  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  kind = OHM_VERDICT_DATA;
  fixture_delivery_quarter (self, 2);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 4);
  /* what was refused is not delivered */
  g_assert_cmpint (fixture_delivery_view (self).delivered_us, ==, OHM_FIXTURE_T0_US + OHM_SLOT_US);
  g_assert_true (test_ways_resend (self, 1, 3, &resent, &error));
  g_assert_cmpuint (resent.n_sent, ==, 0);
  g_assert_cmpuint (resent.n_refused, ==, 4);
  kind = OHM_VERDICT_ACCEPTED;
  g_assert_true (test_ways_resend (self, 0, 3, &resent, &error));
  g_assert_cmpuint (resent.n_sent, ==, 6);
  g_assert_cmpuint (resent.n_refused, ==, 0);
  fixture_delivery_assert_complete (self);
  g_assert_cmpuint (fixture_delivery_view (self).n_held, ==, 0);
  g_assert_cmpint (fixture_delivery_view (self).delivered_us, ==,
                   OHM_FIXTURE_T0_US + 3 * OHM_SLOT_US);
}

/* The keyring was locked at the start: every try looks for the account again. */
static void
test_ways_unknown (OhmDeliveryFixture *self, gconstpointer data)
{
  OhmVerdictKind kind = OHM_VERDICT_AUTH;
  OhmUplink *uplink = OHM_UPLINK (self->engine);
  g_autoptr (OhmMessage) message = ohm_message_new ("secret-failed", NULL);

  ohm_test_engine_set_func (self->engine, test_ways_refuse, &kind);
  ohm_uplink_set_claim (uplink, OHM_CLAIM_UNKNOWN, NULL, message);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 1);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_HELD);
  kind = OHM_VERDICT_ACCEPTED;
  ohm_delivery_send_now (self->delivery);
  fixture_delivery_pass (self, S (10));
  fixture_delivery_assert_complete (self);
}

/* A wrong address took nothing: the right one needs nobody's word. */
static void
test_ways_corrected (OhmDeliveryFixture *self, gconstpointer data)
{
  OhmVerdictKind kind = OHM_VERDICT_CONFIGURATION;

  fixture_delivery_start (self);
  ohm_test_engine_set_func (self->engine, test_ways_refuse, &kind);
  fixture_delivery_quarter (self, 4);
  g_assert_cmpuint (ohm_test_engine_n_rows (self->engine), ==, 0);
  fixture_delivery_stop (self);
  ohm_test_engine_set_func (self->engine, NULL, NULL);
  self->settings.fingerprint = "http://right.example.org";
  fixture_delivery_start (self);
  g_assert_false (fixture_delivery_view (self).is_new_destination);
  fixture_delivery_quarter (self, 2);
  fixture_delivery_assert_complete (self);
}

static void
test_ways_resend_fails (OhmDeliveryFixture *self, gconstpointer data)
{
  OhmVerdictKind kind = OHM_VERDICT_ACCEPTED;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  ohm_test_engine_set_func (self->engine, test_ways_refuse, &kind);
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 2);
  kind = OHM_VERDICT_CONFIGURATION;
  g_assert_false (test_ways_resend (self, 0, 9, NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
  g_clear_error (&error);
  /* one at a time, which can be given up */
  ohm_delivery_resend_async (self->delivery, 0, 1, cancellable, fixture_on_ready, &result);
  ohm_delivery_resend_async (self->delivery, 0, 1, NULL, fixture_on_ready, &second);
  g_assert_false (
    ohm_delivery_resend_finish (self->delivery, fixture_wait (&second), NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_BUSY);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_false (
    ohm_delivery_resend_finish (self->delivery, fixture_wait (&result), NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_ways_assert_resend_kept (OhmDeliveryFixture *self, const char *code)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmMessage) message = NULL;

  ohm_delivery_resend_async (self->delivery, 0, 1, NULL, fixture_on_ready, &result);
  fixture_delivery_settle (self);
  g_assert_nonnull (result);
  g_assert_false (ohm_delivery_resend_finish (self->delivery, result, NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
  message = ohm_message_new_from_error (error);
  g_assert_cmpstr (ohm_message_get_code (message), ==, code);
}

/* Where a person has to do something first nobody waits: it is said what. */
static void
test_ways_resend_kept (OhmDeliveryFixture *self, gconstpointer data)
{
  OhmUplink *uplink = OHM_UPLINK (self->engine);
  g_autoptr (OhmMessage) lost = ohm_message_new ("busy", NULL);

  fixture_delivery_set_sure (self, FALSE);
  fixture_delivery_start (self);
  g_assert_false (ohm_delivery_is_open (self->delivery));
  test_ways_assert_resend_kept (self, "uplink-clock-unsure");
  fixture_delivery_set_sure (self, TRUE);
  fixture_delivery_settle (self);
  g_assert_true (ohm_delivery_is_open (self->delivery));
  ohm_uplink_set_claim (uplink, OHM_CLAIM_UNCLAIMED, NULL, NULL);
  test_ways_assert_resend_kept (self, "uplink-unclaimed");
  ohm_uplink_set_claim (uplink, OHM_CLAIM_LOST, NULL, lost);
  test_ways_assert_resend_kept (self, "busy");
  ohm_uplink_set_claim (uplink, OHM_CLAIM_CLAIMED, NULL, NULL);
  fixture_delivery_quarter (self, 1);
  fixture_delivery_stop (self);
  self->settings.fingerprint = "http://other.example.org";
  fixture_delivery_start (self);
  test_ways_assert_resend_kept (self, "uplink-new-destination");
}

/* Stopped in the middle of it. */
static void
test_ways_resend_stopped (OhmDeliveryFixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (OhmDelivery) delivery = NULL;
  g_autoptr (GError) error = NULL;

  fixture_delivery_start (self);
  delivery = g_object_ref (self->delivery);
  ohm_delivery_resend_async (delivery, 0, G_MAXINT64, NULL, fixture_on_ready, &result);
  fixture_delivery_stop (self);
  g_assert_false (ohm_delivery_resend_finish (delivery, fixture_wait (&result), NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (ohm_delivery_get_resend_progress (delivery) < 0, ==, TRUE);
}

/* A gap goes once it is closed; records that have nothing good do not go at all. */
static void
test_ways_gap (OhmDeliveryFixture *self, gconstpointer data)
{
  double slots = 0;
  g_autoptr (GError) error = NULL;
  OhmRecord *bad;

  self->n_places = 1;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  fixture_append (&self->base,
                  fixture_gap ("p0", self->slot_us + 3 * OHM_SLOT_US, OHM_GAP_LINK_DOWN), &error);
  g_assert_no_error (error);
  fixture_delivery_pass (self, 3 * OHM_SLOT_US);
  fixture_delivery_assert_complete (self);
  g_assert_cmpuint (fixture_delivery_view (self).n_pending, ==, 0);
  self->slot_us += 3 * OHM_SLOT_US;
  fixture_delivery_quarter (self, 1);
  g_assert_cmpuint (ohm_test_engine_get_row (self->engine, "p0", "gap", self->slot_us - OHM_SLOT_US,
                                             &slots),
                    ==, 1);
  g_assert_cmpfloat_with_epsilon (slots, 3, 0.1);
  bad = fixture_record ("p0", self->slot_us + OHM_SLOT_US, 1, 1);
  for (guint i = 0; i < 3; i++)
    bad->qualities[i] = OHM_QUALITY_MISSING;
  fixture_append (&self->base, bad, &error);
  fixture_delivery_pass (self, 2 * OHM_SLOT_US);
  g_assert_cmpuint (ohm_test_engine_n_rows (self->engine), ==, 2 * 3 + 1);
  g_assert_cmpuint (fixture_delivery_view (self).n_pending, ==, 0);
}

/* Back after a long outage of ours: not at once. */
static void
test_ways_spread (OhmDeliveryFixture *self, gconstpointer data)
{
  guint n_late = 0;

  self->settings.spread_us = 0;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  for (guint i = 0; i < 8; i++)
    {
      gint64 now_us;

      fixture_delivery_stop (self);
      fixture_pass (&self->base, 40 * OHM_SLOT_US);
      fixture_delivery_start (self);
      now_us = ohm_clock_get_mono_us (self->base.clock);
      g_assert_cmpint (self->delivery->not_before_us, <=, now_us + S (3600));
      n_late += self->delivery->not_before_us > now_us;
    }
  g_assert_cmpuint (n_late, >=, 7);
}

/* A restart within an outage: it is not well before it was tried. */
static void
test_ways_untried (OhmDeliveryFixture *self, gconstpointer data)
{
  g_autoptr (OhmMessage) message = ohm_message_new ("secret-key-wrong", "path", "/key", NULL);

  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  fixture_delivery_stop (self);
  fixture_delivery_start (self);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_OK);
  fixture_delivery_stop (self);
  for (guint i = 0; i < 4; i++)
    {
      fixture_pass (&self->base, OHM_SLOT_US);
      fixture_delivery_record (self);
    }
  fixture_delivery_start (self);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_RETRYING);
  g_assert_cmpstr (fixture_delivery_code (self), ==, "uplink-untried");
  g_assert_cmpint (fixture_delivery_view (self).next_us, >, 0);

  /* what is known to be in the way is told before */
  ohm_uplink_set_claim (OHM_UPLINK (self->engine), OHM_CLAIM_UNKNOWN, NULL, message);
  fixture_pass (&self->base, S (1));
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_RETRYING);
  g_assert_cmpstr (fixture_delivery_code (self), ==, "secret-key-wrong");
  ohm_uplink_set_claim (OHM_UPLINK (self->engine), OHM_CLAIM_CLAIMED, "office@example.org", NULL);
  fixture_pass (&self->base, S (1));
  g_assert_cmpstr (fixture_delivery_code (self), ==, "uplink-untried");
  fixture_delivery_pass (self, 5 * OHM_SLOT_US);
  fixture_delivery_assert_complete (self);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_OK);
  g_assert_null (fixture_delivery_view (self).message);
}

/* What waited was left out for its age: then nothing waits. */
static void
test_ways_untried_old (OhmDeliveryFixture *self, gconstpointer data)
{
  self->settings.age_max_us = 8 * OHM_SLOT_US;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  fixture_delivery_stop (self);
  fixture_delivery_record (self);
  fixture_pass (&self->base, 20 * OHM_SLOT_US);
  fixture_delivery_start (self);
  g_assert_cmpstr (fixture_delivery_code (self), ==, "uplink-untried");
  fixture_delivery_pass (self, 5 * OHM_SLOT_US);
  g_assert_cmpuint (fixture_delivery_view (self).n_pending, ==, 0);
  g_assert_cmpuint (fixture_delivery_view (self).n_too_old, ==, 2);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_OK);
  g_assert_null (fixture_delivery_view (self).message);
}

static void
test_ways_on_changed (const OhmChange *change, gpointer owner)
{
  guint *n = g_object_get_data (owner, "n");

  g_assert_cmpstr (change->id, ==, "office");
  (*n)++;
}

/* Changes are told, once a turn. */
static void
test_ways_told (OhmDeliveryFixture *self, gconstpointer data)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  guint n = 0;

  g_object_set_data (owner, "n", &n);
  ohm_bus_connect_uplink_changed (self->base.bus, "test", test_ways_on_changed, owner);
  fixture_delivery_start (self);
  g_assert_cmpuint (n, >=, 1);
  g_assert_true (ohm_delivery_get_uplink (self->delivery) == OHM_UPLINK (self->engine));
  n = 0;
  fixture_delivery_pass (self, S (2));
  g_assert_cmpuint (n, ==, 0);
  fixture_delivery_record (self);
  fixture_delivery_settle (self);
  g_assert_cmpuint (n, >=, 1);
  g_assert_cmpuint (n, <=, 2);
  ohm_bus_disconnect (self->base.bus, owner);
}

/* The store fails and comes back: delivery goes on by itself. */
static void
test_ways_no_store (OhmDeliveryFixture *self, gconstpointer data)
{
  g_assert_true (fixture_close (&self->base));
  fixture_make_store (&self->base, NULL);
  fixture_delivery_start (self);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_RETRYING);
  {
    g_autoptr (OhmStoreContent) content = fixture_try_open (&self->base, NULL);

    g_assert_nonnull (content);
  }
  fixture_delivery_quarter (self, 2);
  fixture_delivery_assert_complete (self);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_OK);
}

/* Another database took the place of a corrupt one: numbers of the old one are forgotten. */
static void
test_ways_fresh_store (OhmDeliveryFixture *self, gconstpointer data)
{
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 2);
  g_assert_cmpstr (self->delivery->position.epoch, ==, ohm_store_get_epoch (self->base.store));
  g_free (self->delivery->position.epoch);
  self->delivery->position.epoch = g_strdup ("0123456789abcdef0123456789abcdef");
  self->delivery->position.acked = 1000;
  self->delivery->position.settled = 1000;
  g_object_notify (G_OBJECT (self->base.store), "state");
  fixture_delivery_quarter (self, 2);
  fixture_delivery_assert_complete (self);
  g_assert_cmpint (fixture_delivery_view (self).acked, ==, 8);
}

static OhmVerdict *
test_ways_swap_store (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  OhmDeliveryFixture *self = user_data;

  g_free (self->delivery->position.epoch);
  self->delivery->position.epoch = g_strdup ("0123456789abcdef0123456789abcdef");
  self->delivery->jobs[OHM_DELIVERY_SEND_MAIN]->portion->reached = 1000;
  ohm_test_engine_set_func (self->engine, /* func */ NULL, NULL);
  return ohm_verdict_new (OHM_VERDICT_ACCEPTED, /* message */ NULL);
}

/* It did while a batch was on its way: what is remembered after the answer is about the old one. */
static void
test_ways_swapped_store (OhmDeliveryFixture *self, gconstpointer data)
{
  self->settings.points_max = 6;
  test_ways_record_ahead (self, 4);
  fixture_delivery_start (self);
  ohm_test_engine_set_func (self->engine, test_ways_swap_store, self);
  fixture_delivery_quarter (self, 2);
  fixture_delivery_assert_complete (self);
  g_assert_cmpint (fixture_delivery_view (self).acked, ==, 12);
}

/* Has @n records from @first on remembered as refused, to be tried again at @retry_us. */
static void
test_ways_refuse_stored (OhmDeliveryFixture *self, gint64 first, guint n, gint64 retry_us)
{
  OhmUplinkCommit *commit = ohm_uplink_commit_new ("office", &self->delivery->position);
  g_autoptr (GAsyncResult) result = NULL;

  for (guint i = 0; i < n; i++)
    {
      OhmRefusal *refusal = g_new0 (OhmRefusal, 1);

      refusal->seq = first + i;
      refusal->place = g_strdup ("p0");
      refusal->slot_us = OHM_FIXTURE_T0_US;
      refusal->n_tries = 1;
      refusal->retry_us = retry_us;
      g_ptr_array_add (commit->refused, refusal);
    }
  ohm_store_commit_uplink_async (self->base.store, commit, fixture_on_ready, &result);
  g_assert_true (ohm_store_commit_uplink_finish (self->base.store, fixture_wait (&result), NULL));
  ohm_delivery_recount (self->delivery);
  fixture_delivery_settle (self);
}

/* A day on which many refused records come up again: what is new does not wait for them, nor they
 * for what is new; and what a person asked for does not keep yesterday's slots. */
static void
test_ways_turns (OhmDeliveryFixture *self, gconstpointer data)
{
  g_autoptr (GArray) quarters = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GAsyncResult) resent = NULL;
  gint64 day;
  guint n_old = 0;

  self->settings.has_overlap = FALSE;
  self->settings.points_max = 6;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 20);
  test_ways_refuse_stored (self, 1, 20, OHM_FIXTURE_T0_US + OHM_SLOT_US);
  for (guint i = 0; i < 20; i++)
    fixture_delivery_record (self);
  ohm_test_engine_set_func (self->engine, test_ways_note_newest, quarters);
  fixture_set_wall (&self->base, self->slot_us);
  ohm_delivery_send_now (self->delivery);
  fixture_delivery_pass (self, S (200));
  g_assert_cmpuint (quarters->len, ==, 20 + 20);
  for (guint i = 0; i < 20; i++)
    n_old += g_array_index (quarters, gint64, i) <= 20;
  g_assert_cmpuint (n_old, >=, 8);
  g_assert_cmpuint (n_old, <=, 12);

  self->delivery->settings.has_echo = TRUE;
  day = self->delivery->position.echo_day--;
  ohm_delivery_resend_async (self->delivery, 0, self->slot_us, NULL, fixture_on_ready, &resent);
  fixture_delivery_pass (self, S (20));
  g_assert_null (resent);
  g_assert_cmpint (self->delivery->position.echo_day, ==, day);
  fixture_delivery_pass (self, S (300));
  g_assert_true (ohm_delivery_resend_finish (self->delivery, fixture_wait (&resent), NULL, NULL));
}

/* So much is refused and tried again that no more can be remembered: nothing is passed by, and
 * what was taken is told again as on every day. */
static void
test_ways_full (OhmDeliveryFixture *self, gconstpointer data)
{
  gint64 retry_us = OHM_FIXTURE_T0_US + 20 * OHM_SLOT_US;
  gint64 day;

  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 1);
  /* a hundred come up again soon, the others are many enough */
  test_ways_refuse_stored (self, 1000, 100, retry_us);
  test_ways_refuse_stored (self, 2000, OHM_REFUSALS_MAX - 100, retry_us + S (30 * 86400));
  fixture_delivery_quarter (self, 2);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_HELD);
  g_assert_cmpstr (fixture_delivery_code (self), ==, "uplink-refused-full");
  g_assert_cmpint (fixture_delivery_view (self).acked, ==, 2);
  g_assert_cmpuint (fixture_delivery_view (self).n_pending, ==, 4);
  g_assert_cmpuint (fixture_delivery_view (self).n_forgotten, ==, 0);
  self->delivery->settings.has_echo = TRUE;
  day = self->delivery->position.echo_day--;
  fixture_delivery_pass (self, S (60));
  g_assert_cmpint (self->delivery->position.echo_day, ==, day);
  g_assert_cmpint (fixture_delivery_view (self).acked, ==, 2);
  fixture_set_wall (&self->base, retry_us + OHM_SLOT_US);
  fixture_delivery_pass (self, 2 * OHM_SLOT_US);
  fixture_delivery_assert_complete (self);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_OK);
}

/* Refused for good, more than are listed: people are told how many. */
static void
test_ways_unlisted (OhmDeliveryFixture *self, gconstpointer data)
{
  fixture_delivery_start (self);
  test_ways_refuse_stored (self, 1000, OHM_REFUSALS_MAX, 0);
  g_assert_cmpuint (fixture_delivery_view (self).n_forgotten, ==, 0);
  test_ways_refuse_stored (self, 20000, 3, 0);
  g_assert_cmpuint (fixture_delivery_view (self).n_dead, ==, OHM_REFUSALS_MAX);
  g_assert_cmpuint (fixture_delivery_view (self).n_forgotten, ==, 3);
  g_assert_cmpuint (fixture_delivery_n_events (self, "uplink-refused-unlisted"), ==, 1);
  fixture_delivery_stop (self);
  fixture_delivery_start (self);
  g_assert_cmpuint (fixture_delivery_view (self).n_forgotten, ==, 3);
  g_assert_cmpuint (fixture_delivery_n_events (self, "uplink-refused-unlisted"), ==, 1);
}

/* Many jumps of the wall clock, and an outage meanwhile. */
static void
test_ways_jumps (OhmDeliveryFixture *self, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  gint64 wall_us;

  fixture_delivery_start (self);
  ohm_test_engine_set_func (self->engine, test_ways_fail, NULL);
  fixture_delivery_quarter (self, 10);
  wall_us = ohm_clock_get_wall_us (self->base.clock);
  for (guint i = 0; i < 50; i++)
    {
      if (i == 25)
        ohm_test_engine_set_func (self->engine, NULL, NULL);
      fixture_delivery_record (self);
      fixture_set_wall (&self->base,
                        wall_us + S (1) * g_rand_int_range (random, -20 * 86400, 20 * 86400));
      fixture_delivery_pass (self, S (30));
    }
  fixture_set_wall (&self->base, wall_us);
  fixture_delivery_pass (self, 60 * OHM_SLOT_US);
  fixture_delivery_assert_complete (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_ways_add ("/delivery-ways/overlap", test_ways_overlap);
  test_ways_add ("/delivery-ways/overlap-and-now", test_ways_overlap_and_now);
  test_ways_add ("/delivery-ways/echo", test_ways_echo);
  test_ways_add ("/delivery-ways/live-first", test_ways_live_first);
  test_ways_add ("/delivery-ways/ordered", test_ways_ordered);
  test_ways_add ("/delivery-ways/not-idempotent", test_ways_not_idempotent);
  test_ways_add ("/delivery-ways/future", test_ways_future);
  test_ways_add ("/delivery-ways/old", test_ways_old);
  test_ways_add ("/delivery-ways/held-old", test_ways_held_old);
  test_ways_add ("/delivery-ways/engine-clock", test_ways_engine_clock);
  test_ways_add ("/delivery-ways/claim", test_ways_claim);
  test_ways_add ("/delivery-ways/unknown", test_ways_unknown);
  test_ways_add ("/delivery-ways/corrected", test_ways_corrected);
  test_ways_add ("/delivery-ways/destination", test_ways_destination);
  test_ways_add ("/delivery-ways/from-now", test_ways_from_now);
  test_ways_add ("/delivery-ways/resent", test_ways_resent);
  test_ways_add ("/delivery-ways/resent-partly", test_ways_resent_partly);
  test_ways_add ("/delivery-ways/resend-refused", test_ways_resend_refused);
  test_ways_add ("/delivery-ways/resend-fails", test_ways_resend_fails);
  test_ways_add ("/delivery-ways/resend-kept", test_ways_resend_kept);
  test_ways_add ("/delivery-ways/resend-stopped", test_ways_resend_stopped);
  test_ways_add ("/delivery-ways/gap", test_ways_gap);
  test_ways_add ("/delivery-ways/spread", test_ways_spread);
  test_ways_add ("/delivery-ways/untried", test_ways_untried);
  test_ways_add ("/delivery-ways/untried-old", test_ways_untried_old);
  test_ways_add ("/delivery-ways/told", test_ways_told);
  test_ways_add ("/delivery-ways/no-store", test_ways_no_store);
  test_ways_add ("/delivery-ways/fresh-store", test_ways_fresh_store);
  test_ways_add ("/delivery-ways/swapped-store", test_ways_swapped_store);
  test_ways_add ("/delivery-ways/turns", test_ways_turns);
  test_ways_add ("/delivery-ways/full", test_ways_full);
  test_ways_add ("/delivery-ways/unlisted", test_ways_unlisted);
  test_ways_add ("/delivery-ways/jumps", test_ways_jumps);

  return g_test_run ();
}
