/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "delivery-fixture.h"

#include <signal.h>
#include <sys/resource.h>

/* Nothing is lost and nothing doubled: whatever the engine answers, wherever it all ends. */

#define S(n) ((gint64) (n) *G_USEC_PER_SEC)

/* How many turns of the main loop a delivery may live at most; a cycle takes fewer. */
#define TURNS_MAX 48

static OhmVerdict *
test_lost_any_verdict (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  static const OhmVerdictKind kinds[] = {
    OHM_VERDICT_ACCEPTED,  OHM_VERDICT_ACCEPTED, OHM_VERDICT_PARTLY, OHM_VERDICT_TRANSIENT,
    OHM_VERDICT_TRANSIENT, OHM_VERDICT_UNCLEAR,  OHM_VERDICT_SIZE,   OHM_VERDICT_AUTH,
  };
  GRand *random = user_data;
  OhmVerdictKind kind = kinds[g_rand_int_range (random, 0, G_N_ELEMENTS (kinds))];
  OhmVerdict *verdict;
  guint n = 0;

  ohm_batch_get_items (batch, &n);
  if (kind == OHM_VERDICT_SIZE && n == 1)
    kind = OHM_VERDICT_TRANSIENT;
  verdict = ohm_verdict_new (kind, /* message */ NULL);
  /* an answer that is lost says nothing of the rows */
  *ret_is_stored = kind == OHM_VERDICT_ACCEPTED || kind == OHM_VERDICT_PARTLY ||
                   g_rand_boolean (random);
  return verdict;
}

/* Days of all that an engine may answer, then a good one. */
static void
test_lost_verdicts (OhmDeliveryFixture *self, gconstpointer data)
{
  for (guint seed = 1; seed <= 4; seed++)
    {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);

      self->settings.points_max = 24;
      fixture_delivery_start (self);
      ohm_test_engine_set_func (self->engine, test_lost_any_verdict, random);
      fixture_delivery_quarter (self, 24);
      ohm_test_engine_set_func (self->engine, NULL, NULL);
      fixture_delivery_quarter (self, 6);
      fixture_delivery_pass (self, S (3600));
      fixture_delivery_assert_complete (self);
      g_assert_cmpuint (fixture_delivery_view (self).n_pending, ==, 0);
      fixture_delivery_stop (self);
    }
}

/* The main loop turns @n times, then the delivery is no more: what it awaited comes to nobody. */
static gboolean
test_lost_live (OhmDeliveryFixture *self, guint n)
{
  fixture_delivery_start_only (self);
  ohm_delivery_send_now (self->delivery);
  for (guint i = 0; i < n; i++)
    {
      if (self->delivery->is_loaded && !self->delivery->in_cycle && !self->delivery->is_busy)
        ohm_delivery_send_now (self->delivery);
      g_main_context_iteration (NULL, FALSE);
      g_thread_yield ();
    }
  ohm_delivery_stop (self->delivery);
  g_clear_object (&self->delivery);
  return TRUE;
}

/* Ended at any point between reading and committing: what is not committed goes again, to the same
 * rows. */
static void
test_lost_restarts (OhmDeliveryFixture *self, gconstpointer data)
{
  self->settings.points_max = 18;
  for (guint n = 0; n < TURNS_MAX; n++)
    {
      fixture_delivery_record (self);
      fixture_pass (&self->base, OHM_SLOT_US);
      test_lost_live (self, n);
    }
  fixture_delivery_start (self);
  fixture_delivery_pass (self, S (3600 + 900));
  fixture_delivery_assert_complete (self);
}

/* The same, and the database is closed with it. */
static void
test_lost_reopened (OhmDeliveryFixture *self, gconstpointer data)
{
  gint64 acked = 0;

  self->settings.points_max = 12;
  for (guint n = 0; n < TURNS_MAX / 2; n++)
    {
      fixture_delivery_record (self);
      fixture_pass (&self->base, OHM_SLOT_US);
      test_lost_live (self, n * 2);
      g_assert_true (fixture_close (&self->base));
      fixture_open (&self->base);
    }
  fixture_delivery_start (self);
  acked = fixture_delivery_view (self).acked;
  g_assert_cmpint (acked, <=, TURNS_MAX);
  fixture_delivery_pass (self, S (3600 + 900));
  fixture_delivery_assert_complete (self);
}

/* The position never runs ahead of what the engine has. */
static OhmVerdict *
test_lost_check_position (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  OhmDeliveryFixture *self = user_data;
  guint n = 0;
  const OhmBatchItem *items = ohm_batch_get_items (batch, &n);

  for (guint i = 0; i < n; i++)
    {
      const OhmRecord *record = items[i].record;

      if (record->seq <= self->delivery->position.acked)
        g_assert_cmpuint (ohm_test_engine_get_row (self->engine, record->place, "pulse-count",
                                                   record->slot_us, NULL),
                          >, 0);
      g_assert_cmpint (items[i].since_us, <, record->slot_us);
    }
  g_assert_cmpint (self->delivery->position.settled, <=, self->delivery->position.acked);
  return ohm_verdict_new (OHM_VERDICT_ACCEPTED, /* message */ NULL);
}

static void
test_lost_position (OhmDeliveryFixture *self, gconstpointer data)
{
  ohm_test_engine_set_func (self->engine, test_lost_check_position, self);
  self->settings.points_max = 10;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 40);
  fixture_delivery_assert_complete (self);
}

/* A quarter of an hour in which the store keeps step. */
static void
test_lost_pass_slot (OhmDeliveryFixture *self)
{
  for (guint i = 0; i < 5; i++)
    {
      fixture_delivery_pass (self, S (180));
      fixture_settle (&self->base);
    }
}

/* The disk is full, and has room again, twenty times: records and positions wait in memory, and
 * what was accepted stays accepted. */
static void
test_lost_disk_full (OhmDeliveryFixture *self, gconstpointer data)
{
  struct rlimit unlimited;
  struct rlimit full;

  g_assert_true (signal (SIGXFSZ, SIG_IGN) != SIG_ERR);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &unlimited), ==, 0);
  full = unlimited;
  full.rlim_cur = 4096;
  fixture_delivery_start (self);
  for (guint i = 0; i < 20; i++)
    {
      gint64 acked = fixture_delivery_view (self).acked;

      g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &full), ==, 0);
      test_lost_pass_slot (self);
      fixture_delivery_try_record (self);
      fixture_delivery_pass (self, S (300));
      g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &unlimited), ==, 0);
      test_lost_pass_slot (self);
      g_assert_cmpint (fixture_delivery_view (self).acked, >=, acked);
    }
  test_lost_pass_slot (self);
  test_lost_pass_slot (self);
  fixture_delivery_assert_complete (self);
  g_assert_cmpint (fixture_delivery_view (self).state, ==, OHM_DELIVERY_OK);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/delivery-lost/verdicts", OhmDeliveryFixture, NULL, fixture_delivery_set_up,
              test_lost_verdicts, fixture_delivery_tear_down);
  g_test_add ("/delivery-lost/restarts", OhmDeliveryFixture, NULL, fixture_delivery_set_up,
              test_lost_restarts, fixture_delivery_tear_down);
  g_test_add ("/delivery-lost/reopened", OhmDeliveryFixture, NULL, fixture_delivery_set_up,
              test_lost_reopened, fixture_delivery_tear_down);
  g_test_add ("/delivery-lost/position", OhmDeliveryFixture, NULL, fixture_delivery_set_up,
              test_lost_position, fixture_delivery_tear_down);
  g_test_add ("/delivery-lost/disk-full", OhmDeliveryFixture, NULL, fixture_delivery_set_up,
              test_lost_disk_full, fixture_delivery_tear_down);

  return g_test_run ();
}
