/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a device may be: the reads of all types, asked once, and the ranking. */

#include "ohm-identify.h"
#include "site-fixture.h"

typedef struct
{
  OhmSiteFixture *site;
  GCancellable *cancellable;
  OhmIdentification *found; /* (owned) (nullable) */
  GError *error;            /* (owned) (nullable) */
  gboolean is_done;
} IdentifyFixture;

/* The station's link is there without a meter; the types are `box` and those of the test. */
static IdentifyFixture *
test_identify_new (void)
{
  IdentifyFixture *f = g_new0 (IdentifyFixture, 1);

  f->site = fixture_site_new (60 * OHM_S);
  f->cancellable = g_cancellable_new ();
  fixture_dir_write (f->site->dir, "etc/links.d/line.link",
                     "[link]\ntransport = test-net\nhost = station\n");
  f->site->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  return f;
}

static void
test_identify_forget (IdentifyFixture *f)
{
  g_clear_pointer (&f->found, ohm_identification_free);
  g_clear_error (&f->error);
  f->is_done = FALSE;
  g_array_set_size (f->site->station->log, 0);
}

static void
test_identify_free (IdentifyFixture *f)
{
  test_identify_forget (f);
  g_object_unref (f->cancellable);
  fixture_site_free (f->site);
  g_free (f);
}

static void
test_identify_add_type (IdentifyFixture *f, const char *id, const char *rules)
{
  g_autofree char *text = g_strdup_printf ("[profile]\nid = %s\nname = The %s\nrevision = 1\n"
                                           "[identify]\n%s\n[registers]\n"
                                           "power-active.total = 0 f32\n",
                                           id, id, rules);

  fixture_site_write_profile (f->site, id, text);
}

static void
test_identify_on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  IdentifyFixture *f = user_data;

  f->found = ohm_identify_finish (OHM_LINK (source), result, &f->error);
  g_assert_true ((f->found != NULL) != (f->error != NULL));
  f->is_done = TRUE;
}

static void
test_identify_begin (IdentifyFixture *f, guint8 unit)
{
  const OhmIdentifyTarget target = { unit, OHM_PRIORITY_OPERATOR };
  OhmLink *link = ohm_site_find_link (f->site->site, "line");

  g_assert_nonnull (link);
  ohm_identify_async (link, &target, ohm_site_get_profiles (f->site->site), f->cancellable,
                      test_identify_on_done, f);
}

static void
test_identify_run (IdentifyFixture *f, guint8 unit)
{
  test_identify_begin (f, unit);
  fixture_site_run (f->site, 60 * OHM_S);
  g_assert_true (f->is_done);
}

/* `ID SCORE` of all candidates, best first. */
static void
test_identify_assert (IdentifyFixture *f, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_no_error (f->error);
  for (guint i = 0; i < f->found->candidates->len; i++)
    {
      const OhmCandidate *candidate = g_ptr_array_index (f->found->candidates, i);

      g_string_append_printf (text, "%s%s %u", i > 0 ? ", " : "", candidate->id, candidate->score);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_identify_assert_evidence (IdentifyFixture *f, guint index, const char *expected)
{
  const OhmCandidate *candidate = g_ptr_array_index (f->found->candidates, index);
  g_autofree char *text = g_strjoinv ("; ", candidate->evidence);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_identify_set_text (IdentifyFixture *f, guint16 address, const char *text)
{
  for (guint i = 0; text[i] != '\0'; i += 2)
    ohm_test_station_set_u16 (f->site->station, 1, (guint16) (address + i / 2),
                              (guint16) ((guint8) text[i] << 8 | (guint8) text[i + 1]));
}

static void
test_identify_rank (void)
{
  IdentifyFixture *f = test_identify_new ();

  fixture_site_make_box (f->site->station, 1, 41000017);
  test_identify_set_text (f, 400, "BOX 3000");
  test_identify_add_type (f, "bax", "kind = 104 u16 4711..4711 score=80");
  test_identify_add_type (f, "model",
                          "kind = 104 u16 4000..5000 score=60\nname = 400 text4 ~BOX* score=60");
  test_identify_add_type (f, "sober", "net = 200 f32 45..65 score=30");
  test_identify_add_type (f, "other",
                          "kind = 104 u16 1..2 score=90\nname = 400 text4 ~UMG* "
                          "score=90\nnet = 200 f32 55..65 score=90");
  ohm_site_start (f->site->site);
  test_identify_run (f, 1);
  /* no more than certain; the same score by id; what could not come up with them is not looked at
   */
  test_identify_assert (f, "model 100, bax 80, box 80");
  test_identify_assert_evidence (f, 0, "4711 at 104; 'BOX 3000' at 400");
  g_assert_cmpstr (((OhmCandidate *) g_ptr_array_index (f->found->candidates, 0))->name, ==,
                   "The model");
  g_assert_cmpuint (f->found->function, ==, 3);
  g_assert_cmpint (f->found->latency_us, ==, 2 * OHM_MS);
  /* each register once, whoever wants it */
  g_assert_cmpuint (f->site->station->log->len, ==, 2);
  test_identify_free (f);
}

/* No address walk: at most twelve reads, and those first that serve most types. */
static void
test_identify_reads (void)
{
  IdentifyFixture *f = test_identify_new ();

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *id = g_strdup_printf ("type-%u", i);
      g_autofree char *rules = g_strdup_printf ("kind = %u u16 1..2 score=80\n%s", 1000 + 2 * i,
                                                i >= 18 ? "common = 5000 u16 0..9 score=10" : "");

      test_identify_add_type (f, id, rules);
    }
  ohm_site_start (f->site->site);
  test_identify_run (f, 1);
  g_assert_cmpuint (f->site->station->log->len, ==, OHM_IDENTIFY_READS_MAX);
  g_assert_cmpuint (g_array_index (f->site->station->log, OhmTestSeen, 0).address, ==, 5000);
  test_identify_assert (f, "type-18 10, type-19 10");
  test_identify_free (f);
}

/* More types than reads: what is asked follows from what was answered. */
static void
test_identify_branches (void)
{
  IdentifyFixture *f = test_identify_new ();

  for (guint i = 0; i < 16; i++)
    {
      g_autofree char *id = g_strdup_printf ("family-%02u", i);
      g_autofree char *rules = g_strdup_printf (
        "common = 5000 u16 1..9 score=30\nown = %u u16 %u score=50", 6000 + i % 8, 100 + i);

      test_identify_add_type (f, id, rules);
    }
  for (guint i = 0; i < 9; i++)
    {
      g_autofree char *id = g_strdup_printf ("stranger-%u", i);
      g_autofree char *rules = g_strdup_printf ("kind = %u u16 1 score=80", 7000 + i);

      test_identify_add_type (f, id, rules);
    }
  ohm_test_station_limit (f->site->station, 1);
  ohm_test_station_set_u16 (f->site->station, 1, 5000, 1);
  ohm_test_station_set_u16 (f->site->station, 1, 6007, 115);
  ohm_site_start (f->site->site);
  test_identify_run (f, 1);
  g_assert_cmpstr (((OhmCandidate *) g_ptr_array_index (f->found->candidates, 0))->id, ==,
                   "family-15");
  test_identify_forget (f);

  /* where the first read is refused, those that look at it too come last */
  ohm_test_station_limit (f->site->station, 2);
  ohm_test_station_set_u16 (f->site->station, 2, 7008, 1);
  test_identify_run (f, 2);
  test_identify_assert (f, "stranger-8 80");
  test_identify_free (f);
}

/* The same score: what was expected to show more comes after what shows all that it promised. */
static void
test_identify_ties (void)
{
  IdentifyFixture *f = test_identify_new ();

  fixture_site_make_box (f->site->station, 1, 41000017);
  test_identify_add_type (f, "aaa", "kind = 104 u16 4711 score=80\nmore = 7000 u16 1 score=20");
  test_identify_add_type (f, "either", "old = 104 u16 1 score=80\nnew = 104 u16 4711 score=80");
  ohm_site_start (f->site->site);
  test_identify_run (f, 1);
  test_identify_assert (f, "box 80, either 80, aaa 80");
  test_identify_free (f);
}

/* A device that knows but one function is asked with it from then on. */
static void
test_identify_function (void)
{
  IdentifyFixture *f = test_identify_new ();

  fixture_site_make_box (f->site->station, 1, 1);
  f->site->station->units[1].function = 4;
  test_identify_add_type (f, "four", "net = 200 f32 fn=4 45..65 score=90");
  test_identify_add_type (f, "three", "net = 200 f32 fn=3 45..65 score=90");
  ohm_site_start (f->site->site);
  test_identify_run (f, 1);
  test_identify_assert (f, "four 90, box 80");
  g_assert_cmpuint (f->found->function, ==, 4);
  test_identify_forget (f);

  f->site->station->units[1].function = 3;
  test_identify_run (f, 1);
  test_identify_assert (f, "three 90, box 80");
  g_assert_cmpuint (f->found->function, ==, 3);
  test_identify_free (f);
}

static void
test_identify_unknown (void)
{
  IdentifyFixture *f = test_identify_new ();

  ohm_test_station_limit (f->site->station, 1);
  ohm_site_start (f->site->site);
  /* it refuses everything, but it is there */
  test_identify_run (f, 1);
  test_identify_assert (f, "");
  g_assert_cmpint (f->found->latency_us, ==, 2 * OHM_MS);
  test_identify_forget (f);

  /* it answers, with something else */
  ohm_test_station_set_u16 (f->site->station, 1, 104, 4712);
  test_identify_run (f, 1);
  test_identify_assert (f, "");
  test_identify_free (f);
}

/* Some devices keep silent instead of refusing a register that they do not have. */
static void
test_identify_deaf (void)
{
  IdentifyFixture *f = test_identify_new ();

  ohm_test_station_limit (f->site->station, 1);
  fixture_site_make_box (f->site->station, 1, 1);
  f->site->station->units[1].is_deaf_to_unknown = TRUE;
  test_identify_add_type (f, "bax", "kind = 104 u16 4711..4711 score=80");
  test_identify_add_type (f, "other", "kind = 7000 u16 0..65535 score=80");
  ohm_site_start (f->site->site);
  test_identify_run (f, 1);
  test_identify_assert (f, "bax 80, box 80");
  test_identify_free (f);
}

static void
test_identify_silent (void)
{
  IdentifyFixture *f = test_identify_new ();

  f->site->station->units[1].manner = OHM_TEST_MUTE;
  f->site->station->units[2].manner = OHM_TEST_NO_PATH;
  test_identify_add_type (f, "other", "kind = 7000 u16 0..65535 score=80");
  ohm_site_start (f->site->site);
  test_identify_run (f, 1);
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_TIMEOUT);
  /* once is enough */
  g_assert_cmpuint (f->site->station->log->len, ==, 1);
  test_identify_forget (f);

  test_identify_run (f, 2);
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (f->error->message, "unit 2: "));
  test_identify_free (f);
}

static void
test_identify_down (void)
{
  IdentifyFixture *f = test_identify_new ();

  f->site->station->door = OHM_TEST_REFUSED;
  fixture_site_expect_warning ("link 'line' is down: *");
  ohm_site_start (f->site->site);
  test_identify_run (f, 1);
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_LINK);
  test_identify_free (f);
}

static void
test_identify_cancelled (void)
{
  IdentifyFixture *f = test_identify_new ();

  fixture_site_make_box (f->site->station, 1, 1);
  test_identify_add_type (f, "other", "kind = 7000 u16 0..65535 score=80");
  f->site->station->units[1].latency_us = 100 * OHM_MS;
  ohm_site_start (f->site->site);
  test_identify_begin (f, 1);
  fixture_site_run (f->site, 50 * OHM_MS);
  g_assert_false (f->is_done);
  g_cancellable_cancel (f->cancellable);
  fixture_site_run (f->site, 10 * OHM_S);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  /* what was asked is waited for, nothing else is asked */
  g_assert_cmpuint (f->site->station->log->len, ==, 1);
  test_identify_forget (f);

  test_identify_run (f, 1);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (f->site->station->log->len, ==, 0);
  test_identify_free (f);
}

/* No type that can be told: nothing is asked. */
static void
test_identify_nothing (void)
{
  IdentifyFixture *f = test_identify_new ();

  fixture_dir_remove (f->site->dir, "plugins/box.profile");
  ohm_site_start (f->site->site);
  test_identify_run (f, 1);
  test_identify_assert (f, "");
  g_assert_cmpint (f->found->latency_us, ==, 0);
  g_assert_cmpuint (f->site->station->log->len, ==, 0);
  test_identify_free (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identify/rank", test_identify_rank);
  g_test_add_func ("/identify/reads", test_identify_reads);
  g_test_add_func ("/identify/branches", test_identify_branches);
  g_test_add_func ("/identify/ties", test_identify_ties);
  g_test_add_func ("/identify/function", test_identify_function);
  g_test_add_func ("/identify/unknown", test_identify_unknown);
  g_test_add_func ("/identify/deaf", test_identify_deaf);
  g_test_add_func ("/identify/silent", test_identify_silent);
  g_test_add_func ("/identify/down", test_identify_down);
  g_test_add_func ("/identify/cancelled", test_identify_cancelled);
  g_test_add_func ("/identify/nothing", test_identify_nothing);
  return g_test_run ();
}
