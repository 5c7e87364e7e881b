/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All meters and links: what a reload touches and what not, and what is written over D-Bus. */

#include "site-fixture.h"

/* Three boxes at units 1 to 3 behind one station: meters `a`, `b` and `c`. */
static OhmSiteFixture *
test_site_new (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  for (guint8 unit = 1; unit <= 3; unit++)
    fixture_site_make_box (f->station, unit, 41000000u + unit);
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 1s");
  fixture_site_write_meter (f, "b", "type = box\nunit = 2\npoll = 1s");
  fixture_site_write_meter (f, "c", "type = box\nunit = 3\npoll = 1s");
  return f;
}

/* Started, read and settled; what was heard so far is forgotten. */
static OhmSiteFixture *
test_site_start (void)
{
  OhmSiteFixture *f = test_site_new ();

  ohm_site_start (f->site);
  fixture_site_run (f, 5 * OHM_S);
  g_string_truncate (f->changed, 0);
  g_string_truncate (f->planned, 0);
  g_string_truncate (f->surveyed, 0);
  return f;
}

static void
test_site_assert_ids (OhmSiteFixture *f, const char *meters, const char *links)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GPtrArray *list = ohm_site_get_meters (f->site);

  for (guint i = 0; i < list->len; i++)
    {
      OhmMeterHost *host = g_ptr_array_index (list, i);

      g_string_append_printf (text, "%s ", ohm_meter_host_get_id (host));
      g_assert_true (ohm_site_find_meter (f->site, ohm_meter_host_get_id (host)) == host);
    }
  g_assert_cmpstr (text->str, ==, meters);
  g_string_truncate (text, 0);
  list = ohm_site_get_links (f->site);
  for (guint i = 0; i < list->len; i++)
    {
      OhmLink *link = g_ptr_array_index (list, i);

      g_string_append_printf (text, "%s ", ohm_link_get_id (link));
      g_assert_true (ohm_site_find_link (f->site, ohm_link_get_id (link)) == link);
    }
  g_assert_cmpstr (text->str, ==, links);
}

static void
test_site_first (void)
{
  OhmSiteFixture *f = test_site_new ();

  /* a second path, and its file is read before the others' */
  fixture_dir_write (f->dir, "etc/meters.d/0.meter",
                     "[meter]\ntransport = test-net\nhost = station\nport = 503\n"
                     "type = box\nunit = 1\n");
  ohm_site_start (f->site);
  test_site_assert_ids (f, "0 a b c ", "station:502 station:503 ");
  g_assert_null (ohm_site_find_meter (f->site, "d"));
  g_assert_null (ohm_site_find_link (f->site, "station:504"));
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_state (f, "c", OHM_STATE_OK, NULL);
  /* one connection for each path, whoever uses it */
  g_assert_cmpuint (f->station->connects, ==, 2);
  g_assert_true (ohm_meter_host_get_link (fixture_site_host (f, "a")) ==
                 ohm_meter_host_get_link (fixture_site_host (f, "b")));
  g_assert_true (ohm_site_get_bus (f->site) == f->bus);
  g_assert_true (ohm_site_get_clock (f->site) == f->time->clock);
  g_assert_true (ohm_site_get_watcher (f->site) == f->time->watcher);
  ohm_site_stop (f->site);
  test_site_assert_ids (f, "", "");
  g_assert_null (ohm_site_find_meter (f->site, "a"));
  g_assert_cmpuint (f->station->visitors->len, ==, 0);
  fixture_site_free (f);
}

/* Nothing differs: nothing happens. */
static void
test_site_same (void)
{
  OhmSiteFixture *f = test_site_start ();
  OhmMeterHost *host = fixture_site_host (f, "a");
  OhmLink *link = ohm_site_find_link (f->site, "station:502");
  guint n = fixture_site_readings (f, "a");

  for (guint i = 0; i < 20; i++)
    {
      fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 1s");
      ohm_site_reload (f->site);
      fixture_site_run (f, 500 * OHM_MS);
    }
  g_assert_true (fixture_site_host (f, "a") == host);
  g_assert_true (ohm_site_find_link (f->site, "station:502") == link);
  g_assert_cmpuint (fixture_site_readings (f, "a"), ==, n + 10);
  g_assert_cmpuint (ohm_meter_host_get_missed (host), ==, 0);
  g_assert_cmpuint (f->station->connects, ==, 1);
  fixture_site_assert_text (f->changed, "");
  fixture_site_assert_text (f->planned, "");
  fixture_site_free (f);
}

/* Another name, another place: the meter goes on polling, and says that it has another name. */
static void
test_site_renamed (void)
{
  OhmSiteFixture *f = test_site_start ();
  OhmMeterHost *host = fixture_site_host (f, "a");
  guint n = fixture_site_readings (f, "a");

  fixture_site_write_meter (f, "a",
                            "type = box\nunit = 1\npoll = 1s\nname = Lift\n[place lift]\n"
                            "name = The lift");
  ohm_site_reload (f->site);
  g_assert_true (fixture_site_host (f, "a") == host);
  g_assert_cmpstr (ohm_meter_host_get_name (host), ==, "Lift");
  fixture_site_assert_text (f->changed, "a ");
  fixture_site_assert_text (f->planned, "a ");
  fixture_site_run (f, 10 * OHM_S);
  g_assert_cmpuint (fixture_site_readings (f, "a"), ==, n + 10);
  fixture_site_free (f);
}

/* Another period: another meter at work, which starts from what is known of the old one. */
static void
test_site_changed (void)
{
  OhmSiteFixture *f = test_site_start ();
  OhmMeterHost *other = fixture_site_host (f, "b");
  guint n = fixture_site_readings (f, "b");

  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 2s");
  ohm_site_reload (f->site);
  g_assert_true (fixture_site_host (f, "b") == other);
  g_assert_cmpint (ohm_meter_host_get_period_us (fixture_site_host (f, "a")), ==, 2 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_STARTING, NULL);
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (fixture_site_host (f, "a")), "serial"),
                   ==, "41000001");
  fixture_site_run (f, 10 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_cmpuint (fixture_site_readings (f, "b"), ==, n + 10);
  g_assert_cmpuint (f->station->connects, ==, 1);
  g_assert_null (strstr (f->changed->str, "b"));
  g_assert_null (strstr (f->removed->str, "a"));
  fixture_site_free (f);
}

static void
test_site_moved (void)
{
  OhmSiteFixture *f = test_site_start ();

  fixture_dir_write (f->dir, "etc/meters.d/c.meter",
                     "[meter]\ntransport = test-net\nhost = station\nport = 503\n"
                     "type = box\nunit = 3\n");
  ohm_site_reload (f->site);
  test_site_assert_ids (f, "a b c ", "station:502 station:503 ");
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "c", OHM_STATE_OK, NULL);

  /* the last one leaves: its path goes with it */
  fixture_dir_remove (f->dir, "etc/meters.d/c.meter");
  ohm_site_reload (f->site);
  test_site_assert_ids (f, "a b ", "station:502 ");
  fixture_site_assert_text (f->removed, "c ");
  g_assert_true (g_str_has_suffix (f->changed->str, "-c "));
  fixture_site_run (f, 2 * OHM_S);
  g_assert_cmpuint (f->station->visitors->len, ==, 1);
  fixture_site_free (f);
}

/* What was wrong with a meter is over when the meter is gone, and comes again with it. */
static void
test_site_alarms (void)
{
  OhmSiteFixture *f = test_site_start ();

  f->station->units[1].manner = OHM_TEST_MUTE;
  fixture_site_expect_warning ("meter 'a' is silent: *");
  fixture_site_run (f, 10 * OHM_S);
  fixture_site_assert_alarms (f, "meters/a:timeout");
  fixture_dir_remove (f->dir, "etc/meters.d/a.meter");
  ohm_site_reload (f->site);
  fixture_site_assert_alarms (f, "");
  fixture_site_free (f);
}

/* Meters that give the same address share its link, and have to agree on what it is. */
static void
test_site_disagreement (void)
{
  OhmSiteFixture *f = test_site_new ();

  fixture_site_write_meter (f, "b", "framing = rtu\ntype = box\nunit = 2\npoll = 1s");
  fixture_site_expect_warning (
    "*b.meter:*'rtu' here, but 'tcp' in *shares the link 'station:502'*");
  ohm_site_start (f->site);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_state (f, "b", OHM_STATE_MISCONFIGURED, "misconfigured");
  fixture_site_assert_state (f, "c", OHM_STATE_OK, NULL);
  test_site_assert_ids (f, "a b c ", "station:502 ");
  fixture_site_assert_alarms (f, "meters/b:misconfigured");

  /* corrected: it starts, and the others do not notice */
  fixture_site_write_meter (f, "b", "type = box\nunit = 2\npoll = 1s");
  ohm_site_reload (f->site);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "b", OHM_STATE_OK, NULL);
  fixture_site_assert_alarms (f, "");
  g_assert_cmpuint (f->station->connects, ==, 1);
  fixture_site_free (f);
}

/* A file that becomes wrong stops its meter alone. */
static void
test_site_wrong_later (void)
{
  OhmSiteFixture *f = test_site_start ();
  guint n = fixture_site_readings (f, "b");

  fixture_site_write_meter (f, "a", "type = box\nunit = 300");
  fixture_site_expect_warning ("*a.meter:5: *unit: '300'*");
  ohm_site_reload (f->site);
  fixture_site_run (f, 10 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_MISCONFIGURED, "misconfigured");
  g_assert_cmpuint (fixture_site_readings (f, "b"), ==, n + 10);
  /* the same reason: nothing new */
  g_string_truncate (f->changed, 0);
  ohm_site_reload (f->site);
  fixture_site_assert_text (f->changed, "");
  fixture_site_free (f);
}

/* A type that is missing is looked for when types may have come, not with every file. */
static void
test_site_new_type (void)
{
  OhmSiteFixture *f = test_site_new ();
  OhmMeterHost *host;

  fixture_site_write_meter (f, "a", "type = crate\nunit = 1\npoll = 1s");
  fixture_site_expect_warning ("meter 'a' is misconfigured: *no type 'crate'*");
  ohm_site_start (f->site);
  fixture_site_run (f, 2 * OHM_S);
  host = fixture_site_host (f, "a");
  ohm_site_reload (f->site);
  g_assert_true (fixture_site_host (f, "a") == host);
  fixture_site_write_profile (f, "crate",
                              "[profile]\nid = crate\nname = C\nrevision = 1\n[registers]\n"
                              "power-active.total = 0 f32\n");
  ohm_site_rescan (f->site);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_value (f, "a", "power-active.total", 1000);

  /* another revision: the meters of the type begin anew, the others do not */
  host = fixture_site_host (f, "b");
  fixture_site_write_profile (f, "crate",
                              "[profile]\nid = crate\nname = C\nrevision = 2\n[registers]\n"
                              "power-active.total = 0 f32 *2\n");
  ohm_site_rescan (f->site);
  g_assert_true (fixture_site_host (f, "b") == host);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_value (f, "a", "power-active.total", 2000);
  fixture_site_free (f);
}

/* Facts of another type say nothing of this one. */
static void
test_site_memory (void)
{
  OhmSiteFixture *f = test_site_new ();
  g_autoptr (OhmFactsBuilder) builder = ohm_facts_builder_new (NULL);
  g_autoptr (OhmFacts) facts = NULL;
  OhmSiteMeterMemory memory = { "a", "crate", "station:502/1", NULL, NULL };

  ohm_facts_builder_set (builder, "serial", "7");
  facts = ohm_facts_builder_end (g_steal_pointer (&builder));
  memory.facts = facts;
  ohm_site_remember_meter (f->site, &memory);
  memory.id = "b";
  memory.type = NULL;
  ohm_site_remember_meter (f->site, &memory);
  ohm_site_start (f->site);
  g_assert_null (ohm_meter_host_get_facts (fixture_site_host (f, "a")));
  g_assert_null (ohm_meter_host_get_facts (fixture_site_host (f, "b")));
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_free (f);
}

/* At a boundary units that answer are asked before those that may not. */
static void
test_site_slots (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  GArray *log;

  for (guint8 unit = 1; unit <= 3; unit++)
    fixture_site_make_box (f->station, unit, unit);
  f->station->units[1].manner = OHM_TEST_MUTE;
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 1h");
  fixture_site_write_meter (f, "b", "type = box\nunit = 2\npoll = 1h");
  fixture_site_write_meter (f, "c", "type = box\nunit = 3\npoll = 1h");
  fixture_site_expect_warning ("meter 'a' is silent: *");
  ohm_site_start (f->site);
  fixture_site_run (f, 300 * OHM_S);
  log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  f->station->log = log;
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + 60 * OHM_S);
  fixture_site_run (f, 5 * OHM_S);
  g_assert_cmpuint (log->len, >=, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (g_array_index (log, OhmTestSeen, i).unit, >, 1);
  fixture_site_free (f);
}

/* --- what is written --- */

static void
test_site_assert_write (OhmSiteFixture *f,
                        const char *id,
                        const char *text,
                        gboolean overwrite,
                        int code)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = ohm_site_write_meter (f->site, id, text, overwrite, &error);

  g_assert_true (is_done == (error == NULL));
  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, OHM_ERROR, code);
}

static void
test_site_assert_file (OhmSiteFixture *f, const char *name, const char *expected)
{
  g_autofree char *path = fixture_dir_dup_path (f->dir, name);
  g_autofree char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  g_assert_cmpstr (text, ==, expected);
}

#define BOX_4 "[meter]\ntransport = test-net\nhost = station\ntype = box\nunit = 4\npoll = 1s\n"
#define BOX_5 "[meter]\ntransport = test-net\nhost = station\ntype = box\nunit = 5\npoll = 1s\n"

static void
test_site_add (void)
{
  OhmSiteFixture *f = test_site_start ();
  guint n = fixture_site_readings (f, "a");

  fixture_site_make_box (f->station, 4, 4);
  fixture_site_make_box (f->station, 5, 4);
  test_site_assert_write (f, "d", BOX_4, FALSE, -1);
  test_site_assert_file (f, "var/config/meters.d/d.meter", BOX_4);
  test_site_assert_ids (f, "a b c d ", "station:502 ");
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "d", OHM_STATE_OK, NULL);

  /* the same device, at another unit */
  test_site_assert_write (f, "d", BOX_5, TRUE, -1);
  test_site_assert_file (f, "var/config/meters.d/d.meter", BOX_5);
  fixture_site_run (f, 5 * OHM_S);
  g_assert_cmpuint (ohm_meter_host_get_unit (fixture_site_host (f, "d")), ==, 5);
  fixture_site_assert_state (f, "d", OHM_STATE_OK, NULL);

  test_site_assert_write (f, "d", NULL, TRUE, -1);
  /* another device under the same id, once the first is forgotten */
  fixture_site_make_box (f->station, 4, 44);
  ohm_site_forget_meter (f->site, "d");
  test_site_assert_write (f, "d", BOX_4, FALSE, -1);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "d", OHM_STATE_OK, NULL);
  test_site_assert_write (f, "d", NULL, TRUE, -1);
  test_site_assert_file (f, "var/config/meters.d/d.meter", NULL);
  test_site_assert_ids (f, "a b c ", "station:502 ");
  g_assert_cmpuint (fixture_site_readings (f, "a"), ==, n + 15);
  g_assert_cmpuint (f->station->connects, ==, 1);

  /* one of the site's own files is changed where it is */
  test_site_assert_write (f, "c", BOX_4, TRUE, -1);
  test_site_assert_file (f, "etc/meters.d/c.meter", BOX_4);
  fixture_site_free (f);
}

static void
test_site_add_wrong (void)
{
  OhmSiteFixture *f = test_site_start ();
  g_autofree char *before = NULL;
  g_autofree char *path = fixture_dir_dup_path (f->dir, "etc/meters.d/a.meter");
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &before, NULL, NULL);
  test_site_assert_write (f, "a", BOX_4, FALSE, OHM_ERROR_EXISTS);
  test_site_assert_write (f, "d", BOX_4, TRUE, OHM_ERROR_NOT_FOUND);
  test_site_assert_write (f, "d", NULL, TRUE, OHM_ERROR_NOT_FOUND);
  test_site_assert_write (f, "../d", BOX_4, FALSE, OHM_ERROR_CONFIG);
  test_site_assert_write (f, "D", BOX_4, FALSE, OHM_ERROR_CONFIG);
  test_site_assert_write (f, "d", "[meter]\nunit = 300\n", FALSE, OHM_ERROR_CONFIG);
  test_site_assert_write (f, "d", "rubbish", FALSE, OHM_ERROR_CONFIG);
  /* all that is wrong is told */
  g_assert_false (ohm_site_write_meter (f->site, "d",
                                        "[meter]\ntransport = test-net\nhost = station\n"
                                        "unit = 300\npol = 1s\n[place d]\nparent = nowhere\n",
                                        FALSE, &error));
  g_assert_cmpstr (error->message, ==,
                   "d.meter:4: [meter] unit: '300': expected an integer 0..255\n"
                   "d.meter:5: [meter] pol: unknown key; did you mean 'poll'?\n"
                   "d.meter:7: [place d] parent: no place 'nowhere'");
  /* what was wrong before does not hinder what mends or moves another line */
  fixture_dir_write (f->dir, "etc/meters.d/e.meter",
                     "[meter]\ntransport = test-net\nhost = station\ntype = box\nunit = 6\n"
                     "[place e]\nparent = nowhere\n");
  fixture_site_expect_warning ("*parent: no place 'nowhere'");
  ohm_site_reload (f->site);
  fixture_site_expect_warning ("*parent: no place 'nowhere'");
  test_site_assert_write (f, "e",
                          "[meter]\ntransport = test-net\nhost = station\ntype = box\nunit = 6\n"
                          "poll = 1h\n[place e]\nparent = nowhere\n",
                          TRUE, -1);
  test_site_assert_write (f, "d", "[meter]\n[place e]\nparent = nowhere\n", FALSE,
                          OHM_ERROR_CONFIG);
  test_site_assert_write (f, "e", NULL, TRUE, -1);
  g_string_truncate (f->changed, 0);
  /* it is only wrong beside the others */
  test_site_assert_write (f, "d",
                          "[meter]\ntransport = test-net\nhost = station\nframing = rtu\n"
                          "type = box\nunit = 4\n",
                          FALSE, OHM_ERROR_CONFIG);
  test_site_assert_file (f, "var/config/meters.d/d.meter", NULL);
  /* the file of a meter at work is put back */
  test_site_assert_write (f, "a", "[meter]\nunit = 300\n", TRUE, OHM_ERROR_CONFIG);
  test_site_assert_file (f, "etc/meters.d/a.meter", before);
  fixture_site_assert_text (f->changed, "");
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_free (f);
}

static gboolean
test_site_add_two (OhmSiteFixture *f, const char *id, const char *text, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (
    (GDestroyNotify) ohm_site_text_free);
  const OhmSiteText rows[] = { { (char *) (guintptr) "d", (char *) (guintptr) BOX_4 },
                               { (char *) (guintptr) id, (char *) (guintptr) text } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      OhmSiteText *row = g_new0 (OhmSiteText, 1);

      row->id = g_strdup (rows[i].id);
      row->text = g_strdup (rows[i].text);
      g_ptr_array_add (texts, row);
    }
  return ohm_site_write_meters (f->site, texts, /* overwrite */ FALSE, error);
}

/* If one of many is wrong, none is added. */
static void
test_site_add_many (void)
{
  OhmSiteFixture *f = test_site_start ();
  g_autoptr (GError) error = NULL;

  g_assert_false (test_site_add_two (f, "e", "[meter]\nunit = 300\n", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "e.meter:"));
  g_clear_error (&error);
  g_assert_false (test_site_add_two (f, "a", BOX_5, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (test_site_add_two (f, "d", BOX_5, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_EXISTS);
  g_clear_error (&error);
  test_site_assert_file (f, "var/config/meters.d/d.meter", NULL);
  fixture_site_assert_text (f->changed, "");

  g_assert_true (test_site_add_two (f, "e", BOX_5, &error));
  test_site_assert_ids (f, "a b c d e ", "station:502 ");
  fixture_site_free (f);
}

static void
test_site_assert_rename_fails (OhmSiteFixture *f, const char *id, const char *new_id, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ohm_site_rename_meter (f->site, id, new_id, BOX_4, &error));
  g_assert_error (error, OHM_ERROR, code);
}

/* Under one id or the other, never both or none; what is known of the device goes along. */
static void
test_site_rename_meter (void)
{
  OhmSiteFixture *f = test_site_start ();
  g_autofree char *path = fixture_dir_dup_path (f->dir, "etc/meters.d/a.meter");
  g_autofree char *text = NULL;
  g_autofree char *spelled = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  spelled = g_strconcat (text, "[place a]\n", NULL);
  g_assert_true (ohm_site_rename_meter (f->site, "a", "z", spelled, &error));
  g_assert_no_error (error);
  test_site_assert_file (f, "etc/meters.d/a.meter", NULL);
  test_site_assert_file (f, "etc/meters.d/z.meter", spelled);
  test_site_assert_ids (f, "b c z ", "station:502 ");
  fixture_site_assert_text (f->removed, "a>z a ");
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (fixture_site_host (f, "z")), "serial"),
                   ==, "41000001");
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "z", OHM_STATE_OK, NULL);

  test_site_assert_rename_fails (f, "a", "y", OHM_ERROR_NOT_FOUND);
  test_site_assert_rename_fails (f, "z", "b", OHM_ERROR_EXISTS);
  test_site_assert_rename_fails (f, "z", "../y", OHM_ERROR_CONFIG);
  /* a file that is masked, or of somebody else */
  fixture_dir_write (f->dir, "etc/meters.d/y.meter", "");
  fixture_site_expect_warning ("*y.meter:1: has no group*");
  ohm_site_reload (f->site);
  test_site_assert_rename_fails (f, "z", "y", OHM_ERROR_EXISTS);
  test_site_assert_file (f, "etc/meters.d/z.meter", spelled);
  test_site_assert_file (f, "etc/meters.d/y.meter", "");
  fixture_site_free (f);
}

/* A text that is wrong leaves everything as it was. */
static void
test_site_rename_wrong (void)
{
  OhmSiteFixture *f = test_site_start ();
  g_autofree char *path = fixture_dir_dup_path (f->dir, "etc/meters.d/a.meter");
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_false (ohm_site_rename_meter (f->site, "a", "z", "[meter]\nunit = 300\n", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  test_site_assert_file (f, "etc/meters.d/a.meter", text);
  test_site_assert_file (f, "etc/meters.d/z.meter", NULL);
  fixture_site_assert_text (f->removed, "");
  fixture_site_assert_text (f->changed, "");
  fixture_site_free (f);
}

static void
test_site_links (void)
{
  OhmSiteFixture *f = test_site_start ();
  g_autoptr (GError) error = NULL;

  /* a file that is not there yet goes by its name */
  g_assert_false (ohm_site_write_link (f->site, "line", "[link]\nhost = x\n", FALSE, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_true (g_str_has_prefix (error->message, "line.link:"));
  g_clear_error (&error);
  g_assert_true (ohm_site_write_link (f->site, "line",
                                      "[link]\ntransport = test-net\nhost = other\n", FALSE,
                                      &error));
  g_assert_no_error (error);
  test_site_assert_ids (f, "a b c ", "line station:502 ");
  g_assert_false (ohm_site_write_link (f->site, "line", "[link]\ntransport = test-net\nhost = x\n",
                                       FALSE, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (ohm_site_write_link (f->site, "line", "[link]\nhost = x\n", TRUE, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_true (g_str_has_suffix (error->message, "missing"));
  g_assert_true (g_path_is_absolute (error->message));
  g_clear_error (&error);

  /* a meter names it */
  test_site_assert_write (f, "c", "[meter]\nlink = line\ntype = box\nunit = 3\npoll = 1s\n", TRUE,
                          -1);
  g_assert_false (ohm_site_write_link (f->site, "line", NULL, TRUE, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "named by meter 'c'"));
  g_clear_error (&error);

  /* with other settings it takes its meters along */
  g_assert_true (ohm_site_write_link (f->site, "line",
                                      "[link]\ntransport = test-net\nhost = station\n", TRUE,
                                      &error));
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "c", OHM_STATE_OK, NULL);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  test_site_assert_write (f, "c", NULL, TRUE, -1);
  g_assert_true (ohm_site_write_link (f->site, "line", NULL, TRUE, &error));
  g_assert_false (ohm_site_write_link (f->site, "line", NULL, TRUE, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
  test_site_assert_ids (f, "a b ", "station:502 ");
  fixture_site_free (f);
}

static void
test_site_daemon (void)
{
  OhmSiteFixture *f = test_site_start ();
  g_autoptr (GError) error = NULL;

  g_assert_true (ohm_site_write_daemon (f->site, "[ohmd]\nslot-window = 90s\n", &error));
  g_assert_no_error (error);
  g_assert_cmpint (ohm_settings_get_duration_us (ohm_site_get_config (f->site)->daemon,
                                                 "slot-window"),
                   ==, 90 * OHM_S);
  g_assert_false (ohm_site_write_daemon (f->site, "[ohmd]\nslot-window = 90\n", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_cmpint (ohm_settings_get_duration_us (ohm_site_get_config (f->site)->daemon,
                                                 "slot-window"),
                   ==, 90 * OHM_S);
  test_site_assert_file (f, "var/config/ohmd.conf", "[ohmd]\nslot-window = 90s\n");
  fixture_site_assert_text (f->changed, "");
  fixture_site_free (f);
}

static void
test_site_on_reloaded (const OhmChange *change, gpointer owner)
{
  guint *n = g_object_get_data (owner, "reloads");

  (*n)++;
}

/* A write is one load, told once. */
static void
test_site_reloads (void)
{
  OhmSiteFixture *f = test_site_start ();
  guint n = 0;

  g_object_set_data (G_OBJECT (f->site), "reloads", &n);
  ohm_bus_connect_config_reloaded (f->bus, "test", test_site_on_reloaded, f->site);
  test_site_assert_write (f, "d", BOX_4, FALSE, -1);
  g_assert_cmpuint (n, ==, 1);
  test_site_assert_write (f, "d", BOX_4, FALSE, OHM_ERROR_EXISTS);
  g_assert_cmpuint (n, ==, 1);
  ohm_site_reload (f->site);
  g_assert_cmpuint (n, ==, 2);
  ohm_bus_disconnect (f->bus, f->site);
  fixture_site_free (f);
}

/* The sum of a virtual meter was changed: what was computed for the one before comes too late. */
static void
test_site_sum_changed (void)
{
  OhmSiteFixture *f = test_site_start ();
  OhmMeterHost *host;
  guint n = fixture_site_readings (f, "a");

  fixture_dir_write (f->dir, "etc/meters.d/rest.meter", "[meter]\ntype = virtual\nsum = a\n");
  ohm_site_reload (f->site);
  host = fixture_site_host (f, "rest");
  g_assert_true (ohm_meter_host_is_virtual (host));
  g_assert_null (ohm_meter_host_get_plan (host));
  g_assert_nonnull (f->last);
  ohm_meter_host_take_virtual (host, f->last);
  g_assert_cmpuint (fixture_site_readings (f, "a"), ==, n);
  fixture_site_free (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/site/first", test_site_first);
  g_test_add_func ("/site/same", test_site_same);
  g_test_add_func ("/site/renamed", test_site_renamed);
  g_test_add_func ("/site/changed", test_site_changed);
  g_test_add_func ("/site/moved", test_site_moved);
  g_test_add_func ("/site/alarms", test_site_alarms);
  g_test_add_func ("/site/disagreement", test_site_disagreement);
  g_test_add_func ("/site/wrong-later", test_site_wrong_later);
  g_test_add_func ("/site/new-type", test_site_new_type);
  g_test_add_func ("/site/memory", test_site_memory);
  g_test_add_func ("/site/slots", test_site_slots);
  g_test_add_func ("/site/add", test_site_add);
  g_test_add_func ("/site/add-wrong", test_site_add_wrong);
  g_test_add_func ("/site/add-many", test_site_add_many);
  g_test_add_func ("/site/rename-meter", test_site_rename_meter);
  g_test_add_func ("/site/rename-wrong", test_site_rename_wrong);
  g_test_add_func ("/site/links", test_site_links);
  g_test_add_func ("/site/daemon", test_site_daemon);
  g_test_add_func ("/site/reloads", test_site_reloads);
  g_test_add_func ("/site/sum-changed", test_site_sum_changed);
  return g_test_run ();
}
