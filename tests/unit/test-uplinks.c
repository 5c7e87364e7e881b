/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-uplinks.h"

#include <string.h>

#include "fake-delivery.h"
#include "ohm-daemon.h"
#include "ohm-gateway.h"
#include "ohm-store-uplink.h"
#include "ohm-test-secrets.h"
#include "ohm-test-uplink.h"
#include "site-fixture.h"

typedef struct
{
  OhmSiteFixture *site;
  OhmStore *store;
  OhmPlaces *places;
  OhmTestSecrets *secrets;
  OhmJobs *jobs;
  OhmUplinks *uplinks;
  GString *changed; /* ids, gone ones with a minus */
  GError *error;
  gboolean is_done;
} TestUplinks;

static void
test_uplinks_on_changed (const OhmChange *change, gpointer owner)
{
  TestUplinks *f = g_object_get_data (owner, "uplinks");

  g_string_append_printf (f->changed, "%s%s ", change->is_gone ? "-" : "", change->id);
}

static void
test_uplinks_setup (TestUplinks *f, gconstpointer data)
{
  g_autofree char *database = NULL;
  g_autofree char *state_dir = NULL;
  OhmUplinksSetup setup;

  ohm_test_uplink_set_flags (OHM_UPLINK_IDEMPOTENT);
  f->site = fixture_site_new (0);
  fixture_dir_make (f->site->dir, "etc/uplinks.d");
  fixture_dir_make (f->site->dir, "var");
  fixture_dir_install (f->site->dir, "test-uplink", "plugins/test-uplink.so");
  database = fixture_dir_dup_path (f->site->dir, "var/ohmnibus.db");
  state_dir = fixture_dir_dup_path (f->site->dir, "var");
  f->store = ohm_store_new (database, f->site->bus, f->site->time->watcher, /* limits */ NULL);
  f->secrets = ohm_test_secrets_new ();
  f->jobs = ohm_jobs_new (f->site->time->clock);
  f->places = ohm_places_new (f->store, f->site->bus);
  setup = (OhmUplinksSetup){ f->site->site, f->store, f->places, OHM_SECRETS (f->secrets),
                             state_dir };
  f->uplinks = ohm_uplinks_new (&setup);
  f->changed = g_string_new (NULL);
  g_object_set_data (G_OBJECT (f->uplinks), "uplinks", f);
  ohm_bus_connect_uplink_changed (f->site->bus, "test", test_uplinks_on_changed, f->uplinks);
}

static void
test_uplinks_teardown (TestUplinks *f, gconstpointer data)
{
  ohm_uplinks_stop (f->uplinks);
  ohm_test_time_spin (f->site->time);
  g_assert_finalize_object (f->uplinks);
  g_assert_finalize_object (f->jobs);
  g_assert_finalize_object (f->secrets);
  g_assert_finalize_object (f->places);
  g_assert_finalize_object (f->store);
  fixture_site_free (f->site);
  g_string_free (f->changed, TRUE);
  g_clear_error (&f->error);
}

static void
test_uplinks_write (TestUplinks *f, const char *id, const char *text)
{
  g_autofree char *file = g_strdup_printf ("etc/uplinks.d/%s.uplink", id);

  fixture_dir_write (f->site->dir, file, text);
}

/* `[uplink]` with @common lines, `[test-uplink]` with host `a` and @own lines. */
static void
test_uplinks_write_box (TestUplinks *f, const char *common, const char *own)
{
  g_autofree char *text = g_strdup_printf ("[uplink]\nplugin = test-uplink\n%s\n"
                                           "[test-uplink]\nhost = a\n%s\n",
                                           common, own);

  test_uplinks_write (f, "box", text);
}

static OhmUplinkHost *
test_uplinks_start_box (TestUplinks *f, const char *common, const char *own)
{
  test_uplinks_write_box (f, common, own);
  ohm_site_start (f->site->site);
  return ohm_uplinks_find (f->uplinks, "box");
}

static void
test_uplinks_assert_heard (OhmUplinkHost *host, const char *expected)
{
  GString *heard = fixture_delivery_get_heard (ohm_uplink_host_get_delivery (host));

  g_assert_cmpstr (heard->str, ==, expected);
  g_string_truncate (heard, 0);
}

static void
test_uplinks_assert_state (OhmUplinkHost *host, const char *state, const char *cause)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (host, &view);
  g_assert_cmpstr (view.state, ==, state);
  g_assert_cmpstr (view.message != NULL ? ohm_message_get_code (view.message) : NULL, ==, cause);
}

static void
test_uplinks_none (TestUplinks *f, gconstpointer data)
{
  g_autofree char *gateway = fixture_dir_dup_path (f->site->dir, "var/gateway");

  ohm_site_start (f->site->site);
  g_assert_cmpuint (ohm_uplinks_list (f->uplinks)->len, ==, 0);
  g_assert_null (ohm_uplinks_find (f->uplinks, "box"));
  g_assert_null (ohm_uplinks_get_gateway (f->uplinks));
  g_assert_false (g_file_test (gateway, G_FILE_TEST_EXISTS));
}

static void
test_uplinks_start (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "start = now", "");
  const OhmDeliverySettings *settings = fixture_delivery_get_settings (
    ohm_uplink_host_get_delivery (host));

  g_assert_cmpstr (ohm_uplink_host_get_id (host), ==, "box");
  g_assert_cmpstr (f->changed->str, ==, "box ");
  g_assert_true (settings->is_from_now && settings->has_echo && settings->has_overlap);
  g_assert_true (settings->has_live_first);
  g_assert_cmpuint (settings->points_max, ==, 2000);
  g_assert_cmpuint (settings->bytes_max, ==, 1024 * 1024);
  g_assert_cmpint (settings->pace_us, ==, 2 * OHM_S);
  g_assert_cmpint (settings->delay_us, ==, 60 * OHM_S);
  g_assert_cmpint (settings->spread_us, ==, 600 * OHM_S);
  g_assert_cmpint (settings->age_max_us, ==, 0);
  g_assert_cmpstr (settings->fingerprint, ==, "test-uplink\nhost=a\nport=80");
  g_assert_true (g_uuid_string_is_valid (ohm_uplinks_get_gateway (f->uplinks)));
  g_assert_cmpstr (ohm_uplink_get_gateway (ohm_uplink_host_get_uplink (host)), ==,
                   ohm_uplinks_get_gateway (f->uplinks));
  g_assert_cmpstr (ohm_uplink_host_get_secrets (host)[0].name, ==, "token");
  test_uplinks_assert_state (host, "ok", NULL);
}

/* What is sent twice depends on what the destination is like. */
static void
test_uplinks_flags (TestUplinks *f, gconstpointer data)
{
  static const struct
  {
    guint flags;
    const char *common;
    gboolean has_echo;
    gboolean has_overlap;
    gboolean has_live_first;
  } rows[] = {
    { OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_DURABLE, "", FALSE, FALSE, TRUE },
    { OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_ORDERED, "", TRUE, TRUE, FALSE },
    { OHM_UPLINK_IDEMPOTENT, "echo = no\noverlap = no", FALSE, FALSE, TRUE },
    { OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_DURABLE, "echo = yes", TRUE, FALSE, TRUE },
    { 0, "", FALSE, FALSE, FALSE },
  };

  ohm_site_start (f->site->site);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *own = g_strdup_printf ("note = %u", i);
      const OhmDeliverySettings *settings;

      ohm_test_uplink_set_flags (rows[i].flags);
      test_uplinks_write_box (f, rows[i].common, own);
      ohm_site_reload (f->site->site);
      settings = fixture_delivery_get_settings (
        ohm_uplink_host_get_delivery (ohm_uplinks_find (f->uplinks, "box")));
      g_assert_cmpint (settings->has_echo, ==, rows[i].has_echo);
      g_assert_cmpint (settings->has_overlap, ==, rows[i].has_overlap);
      g_assert_cmpint (settings->has_live_first, ==, rows[i].has_live_first);
    }
}

/* Asked to send twice where that doubles rows: that file is wrong, and says why. */
static void
test_uplinks_would_double (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host;
  OhmUplinkHostView view;

  ohm_test_uplink_set_flags (0);
  fixture_site_expect_warning ("*?uplink] overlap: sending twice would double rows*");
  host = test_uplinks_start_box (f, "overlap = yes", "");
  g_assert_null (ohm_uplink_host_get_delivery (host));
  ohm_uplink_host_get_view (host, &view);
  g_assert_cmpstr (view.state, ==, "misconfigured");
  g_assert_nonnull (
    strstr (ohm_message_get_argument (view.message, "text"), "box.uplink: [uplink] overlap:"));
  g_assert_cmpint (view.delivery.room_us, ==, -1);

  test_uplinks_write_box (f, "overlap = no", "");
  ohm_site_reload (f->site->site);
  test_uplinks_assert_state (ohm_uplinks_find (f->uplinks, "box"), "ok", NULL);
}

/* Values are asked of a plugin that takes none. */
static void
test_uplinks_no_values (TestUplinks *f, gconstpointer data)
{
  fixture_site_expect_warning ("*values: 'test-uplink' takes quarter hours only");
  test_uplinks_assert_state (test_uplinks_start_box (f, "values = live", ""), "misconfigured",
                             "misconfigured");
}

/* A reload touches only what changed. */
static void
test_uplinks_reload (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "");
  OhmUplink *uplink = ohm_uplink_host_get_uplink (host);
  g_autofree char *gateway = g_strdup (ohm_uplinks_get_gateway (f->uplinks));

  ohm_site_reload (f->site->site);
  g_assert_true (ohm_uplinks_find (f->uplinks, "box") == host);
  test_uplinks_assert_heard (host, "");

  /* common keys: the connection stays */
  g_string_truncate (f->changed, 0);
  test_uplinks_write_box (f, "name = The box\npace = 5s", "");
  ohm_site_reload (f->site->site);
  g_assert_true (ohm_uplink_host_get_uplink (host) == uplink);
  test_uplinks_assert_heard (host, "settings ");
  g_assert_cmpint (fixture_delivery_get_settings (ohm_uplink_host_get_delivery (host))->pace_us, ==,
                   5 * OHM_S);
  g_assert_cmpstr (ohm_uplink_config_get_name (ohm_uplink_host_get_config (host)), ==, "The box");
  g_assert_cmpstr (f->changed->str, ==, "box ");

  /* its own keys: another object, the same identity */
  g_object_add_weak_pointer (G_OBJECT (uplink), (gpointer *) &uplink);
  test_uplinks_write_box (f, "", "port = 81");
  ohm_site_reload (f->site->site);
  g_assert_null (uplink);
  host = ohm_uplinks_find (f->uplinks, "box");
  g_assert_cmpstr (fixture_delivery_get_settings (ohm_uplink_host_get_delivery (host))->fingerprint,
                   ==, "test-uplink\nhost=a\nport=81");
  g_assert_cmpstr (ohm_uplinks_get_gateway (f->uplinks), ==, gateway);

  g_string_truncate (f->changed, 0);
  fixture_dir_remove (f->site->dir, "etc/uplinks.d/box.uplink");
  ohm_site_reload (f->site->site);
  g_assert_null (ohm_uplinks_find (f->uplinks, "box"));
  g_assert_cmpstr (f->changed->str, ==, "-box ");
  g_assert_null (ohm_test_uplink_find ("box"));
}

static void
test_uplinks_on_secret (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TestUplinks *f = user_data;

  g_clear_error (&f->error);
  ohm_uplink_host_set_secret_finish (OHM_UPLINK_HOST (source), result, &f->error);
  f->is_done = TRUE;
}

static void
test_uplinks_set_secret (TestUplinks *f, OhmUplinkHost *host, const char *name, const char *secret)
{
  f->is_done = FALSE;
  ohm_uplink_host_set_secret_async (host, name, secret, test_uplinks_on_secret, f);
  ohm_test_time_spin (f->site->time);
  g_assert_true (f->is_done);
}

/* Another file name, the same position and secrets: what is on its way goes on. */
static void
test_uplinks_rename (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "");
  OhmUplink *uplink = ohm_uplink_host_get_uplink (host);
  OhmDelivery *delivery = ohm_uplink_host_get_delivery (host);
  g_autoptr (OhmMessage) failed = ohm_message_new ("failed", "text", "no such path", NULL);
  const OhmDeliveryView view = { .state = OHM_DELIVERY_HELD, .message = failed };
  const char *shed = "[uplink]\nplugin = test-uplink\nkept-as = box\n[test-uplink]\nhost = a\n";
  g_autoptr (GError) error = NULL;

  fixture_delivery_say (delivery, &view);
  fixture_site_assert_alarms (f->site, "uplinks/box:failed");
  g_string_truncate (f->changed, 0);
  g_assert_false (ohm_site_rename_uplink (f->site->site, "box", "box", shed, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (ohm_site_rename_uplink (f->site->site, "box", "shed", "[uplink]\n", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_clear_error (&error);
  test_uplinks_assert_heard (host, "");
  g_assert_true (ohm_site_rename_uplink (f->site->site, "box", "shed", shed, &error));
  g_assert_no_error (error);
  g_assert_null (ohm_uplinks_find (f->uplinks, "box"));
  g_assert_true (ohm_uplinks_find (f->uplinks, "shed") == host);
  g_assert_true (ohm_uplink_host_get_uplink (host) == uplink);
  test_uplinks_assert_heard (host, "settings ");
  g_assert_cmpstr (fixture_delivery_get_settings (delivery)->id, ==, "shed");
  g_assert_cmpstr (f->changed->str, ==, "shed shed -box ");
  fixture_site_assert_alarms (f->site, "uplinks/shed:failed");
  test_uplinks_set_secret (f, host, "token", "s3cr3t");
  g_assert_cmpstr (ohm_test_secrets_peek (f->secrets, "box", "token"), ==, "s3cr3t");

  /* its own keys as well: another object, that is kept where the first was */
  fixture_dir_remove (f->site->dir, "etc/uplinks.d/shed.uplink");
  test_uplinks_write (f, "barn",
                      "[uplink]\nplugin = test-uplink\nkept-as = box\n[test-uplink]\nhost = b\n");
  ohm_site_reload (f->site->site);
  g_assert_null (ohm_uplinks_find (f->uplinks, "shed"));
  uplink = ohm_uplink_host_get_uplink (ohm_uplinks_find (f->uplinks, "barn"));
  g_assert_cmpstr (ohm_uplink_get_id (uplink), ==, "box");
}

static void
test_uplinks_disabled (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "enabled = false", "");
  g_autoptr (GError) error = NULL;

  test_uplinks_assert_state (host, "disabled", NULL);
  g_assert_null (ohm_uplink_host_claim (host, f->jobs, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_null (ohm_uplink_host_resend (host, f->jobs, 0, 1, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_BUSY);

  test_uplinks_write_box (f, "enabled = true", "");
  ohm_site_reload (f->site->site);
  test_uplinks_assert_state (ohm_uplinks_find (f->uplinks, "box"), "ok", NULL);
}

/* A wrong file stands alone, with an alarm that ends with it. */
static void
test_uplinks_misconfigured (TestUplinks *f, gconstpointer data)
{
  fixture_site_expect_warning ("*box.uplink:*no uplink 'test-uplnik'; did you mean*");
  test_uplinks_write (f, "box", "[uplink]\nplugin = test-uplnik\n");
  test_uplinks_write (f, "other", "[uplink]\nplugin = test-uplink\n[test-uplink]\nhost = a\n");
  ohm_site_start (f->site->site);
  test_uplinks_assert_state (ohm_uplinks_find (f->uplinks, "box"), "misconfigured",
                             "misconfigured");
  test_uplinks_assert_state (ohm_uplinks_find (f->uplinks, "other"), "ok", NULL);
  fixture_site_assert_alarms (f->site, "uplinks/box:misconfigured");

  fixture_site_expect_warning ("*box.uplink:4: ?test-uplink] prot: unknown key*");
  test_uplinks_write (f, "box",
                      "[uplink]\nplugin = test-uplink\n[test-uplink]\nprot = 1\nhost = a\n");
  ohm_site_reload (f->site->site);
  test_uplinks_assert_state (ohm_uplinks_find (f->uplinks, "box"), "misconfigured",
                             "misconfigured");

  test_uplinks_write_box (f, "", "");
  ohm_site_reload (f->site->site);
  test_uplinks_assert_state (ohm_uplinks_find (f->uplinks, "box"), "ok", NULL);
  fixture_site_assert_alarms (f->site, "");
}

static void
test_uplinks_gateway (TestUplinks *f, gconstpointer data)
{
  g_autofree char *dir = fixture_dir_dup_path (f->site->dir, "var");
  g_autofree char *nowhere = fixture_dir_dup_path (f->site->dir, "var/not/there");
  g_autoptr (GError) error = NULL;
  g_autofree char *first = ohm_gateway_load (dir, &error);
  g_autofree char *second = ohm_gateway_load (dir, &error);
  g_autofree char *third = NULL;
  g_autofree char *lost = NULL;

  g_assert_no_error (error);
  g_assert_true (g_uuid_string_is_valid (first));
  g_assert_cmpstr (first, ==, second);
  fixture_dir_write (f->site->dir, "var/gateway", "half a uui");
  third = ohm_gateway_load (dir, &error);
  g_assert_no_error (error);
  g_assert_true (g_uuid_string_is_valid (third));
  lost = ohm_gateway_load (nowhere, &error);
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
  g_assert_true (g_uuid_string_is_valid (lost));
}

/* One alarm per root cause; what passes by itself is none before a slot could not go. */
static void
test_uplinks_alarms (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "");
  OhmDelivery *delivery = ohm_uplink_host_get_delivery (host);
  g_autoptr (OhmMessage) refused = ohm_message_new ("connection-refused", NULL);
  g_autoptr (OhmMessage) failed = ohm_message_new ("failed", "text", "no such path", NULL);
  g_autoptr (OhmMessage) moved = ohm_message_new ("uplink-new-destination", NULL);
  OhmDeliveryView view = { .state = OHM_DELIVERY_RETRYING,
                           .message = refused,
                           .since_us = ohm_test_time_wall (f->site->time) };

  fixture_delivery_say (delivery, &view);
  test_uplinks_assert_state (host, "retrying", "connection-refused");
  fixture_site_assert_alarms (f->site, "");
  fixture_site_run (f->site, 16 * 60 * OHM_S);
  fixture_delivery_say (delivery, &view);
  fixture_site_assert_alarms (f->site, "uplinks/box:connection-refused");

  view.state = OHM_DELIVERY_HELD;
  view.message = failed;
  view.n_dead = 3;
  fixture_delivery_say (delivery, &view);
  fixture_site_assert_alarms (f->site,
                              "uplinks/box:failed uplinks/box/refused:uplink-refused-finally");

  view = (OhmDeliveryView){ .state = OHM_DELIVERY_OK, .message = failed };
  fixture_delivery_say (delivery, &view);
  fixture_site_assert_alarms (f->site, "");

  view = (OhmDeliveryView){ .state = OHM_DELIVERY_OK,
                            .message = moved,
                            .is_new_destination = TRUE };
  fixture_delivery_say (delivery, &view);
  test_uplinks_assert_state (host, "ok", "uplink-new-destination");
  fixture_site_assert_alarms (f->site, "uplinks/box:uplink-new-destination");

  fixture_dir_remove (f->site->dir, "etc/uplinks.d/box.uplink");
  ohm_site_reload (f->site->site);
  fixture_site_assert_alarms (f->site, "");
}

static void
test_uplinks_secret (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "");
  g_autofree char *huge = g_strnfill (OHM_SECRET_MAX + 1, 'x');

  test_uplinks_set_secret (f, host, "token", "s3cr3t");
  g_assert_no_error (f->error);
  g_assert_cmpstr (ohm_test_secrets_peek (f->secrets, "box", "token"), ==, "s3cr3t");
  g_assert_cmpstr (ohm_test_uplink_get_changed (ohm_test_uplink_find ("box")), ==, "token");

  test_uplinks_set_secret (f, host, "tokne", "s3cr3t");
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
  g_assert_cmpstr (f->error->message, ==,
                   "uplink 'box' has no secret 'tokne'; did you mean 'token'?");
  test_uplinks_set_secret (f, host, "password", huge);
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_CONFIG);

  test_uplinks_set_secret (f, host, "token", "\ts3cr3t");
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_cmpstr (f->error->message, ==, "the token has a tab");
  g_assert_cmpstr (ohm_test_secrets_peek (f->secrets, "box", "token"), ==, "s3cr3t");

  test_uplinks_set_secret (f, host, "token", "");
  g_assert_no_error (f->error);
  g_assert_null (ohm_test_secrets_peek (f->secrets, "box", "token"));

  ohm_test_secrets_set_broken (f->secrets, TRUE);
  test_uplinks_set_secret (f, host, "token", "s3cr3t");
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_SECRET);
  test_uplinks_set_secret (f, host, "token", "");
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_SECRET);
}

/* One that would lie idle is refused before it is kept; what lies there already can be forgotten.
 */
static void
test_uplinks_secret_of_no_use (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "account = true");

  g_assert_false (ohm_uplink_host_takes_secret (host, "token", /* error */ NULL));
  test_uplinks_set_secret (f, host, "token", "s3cr3t");
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_cmpstr (f->error->message, ==, "uplink 'box': its account needs no token");
  g_assert_null (ohm_test_secrets_peek (f->secrets, "box", "token"));

  ohm_test_secrets_put (f->secrets, "box", "token", "s3cr3t");
  test_uplinks_set_secret (f, host, "token", "");
  g_assert_no_error (f->error);
  g_assert_null (ohm_test_secrets_peek (f->secrets, "box", "token"));
}

/* An uplink of which nothing works knows no names; its account is kept under one that nobody typed.
 */
static void
test_uplinks_forget (TestUplinks *f, gconstpointer data)
{
  static const char *const texts[] = {
    "[uplink]\nplugin = nosuch\n",
    "[uplink]\nplugin = test-uplink\n[test-uplink]\nhost = a\nnosuch = 1\n",
    "[uplink]\nplugin = test-uplink\nenabled = false\n[test-uplink]\nhost = a\n",
    "[uplink]\nplugin = test-uplink\n[test-uplink]\nhost = a\n",
  };
  OhmUplinkHost *host = NULL;

  ohm_site_start (f->site->site);
  fixture_site_expect_warning ("*no uplink 'nosuch'*");
  fixture_site_expect_warning ("*nosuch: unknown key*");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      test_uplinks_write (f, "box", texts[i]);
      ohm_site_reload (f->site->site);
      host = ohm_uplinks_find (f->uplinks, "box");
      ohm_test_secrets_put (f->secrets, "box", "token", "s3cr3t");
      ohm_test_secrets_put (f->secrets, "box", "claim", "s3cr3t");
      ohm_test_secrets_put (f->secrets, "box2", "claim", "s3cr3t");
      ohm_uplink_host_forget_secrets (host);
      ohm_test_time_spin (f->site->time);
      g_assert_null (ohm_test_secrets_peek (f->secrets, "box", "token"));
      g_assert_null (ohm_test_secrets_peek (f->secrets, "box", "claim"));
      g_assert_nonnull (ohm_test_secrets_peek (f->secrets, "box2", "claim"));
    }

  ohm_test_secrets_set_broken (f->secrets, TRUE);
  fixture_site_expect_warning ("uplink 'box' is removed, but its secrets stay until *");
  ohm_uplink_host_forget_secrets (host);
  ohm_test_time_spin (f->site->time);
}

static void
test_uplinks_on_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TestUplinks *f = user_data;

  g_clear_error (&f->error);
  if (OHM_IS_UPLINKS (source))
    ohm_uplinks_forget_finish (OHM_UPLINKS (source), result, &f->error);
  f->is_done = TRUE;
}

/* The store has a thread of its own. */
static void
test_uplinks_wait (TestUplinks *f)
{
  while (!f->is_done)
    g_main_context_iteration (/* context */ NULL, TRUE);
  f->is_done = FALSE;
  ohm_test_time_spin (f->site->time);
}

/* @code: -1 if it is done */
static void
test_uplinks_assert_forgets (TestUplinks *f, const char *id, int code, const char *words)
{
  ohm_uplinks_forget_async (f->uplinks, id, test_uplinks_on_told, f);
  test_uplinks_wait (f);
  if (code < 0)
    {
      g_assert_no_error (f->error);
      return;
    }
  g_assert_error (f->error, OHM_ERROR, code);
  g_assert_nonnull (strstr (f->error->message, words));
}

/* A file that was deleted by hand leaves what is kept, until it is removed for good. */
static void
test_uplinks_forget_left (TestUplinks *f, gconstpointer data)
{
  OhmUplinkPosition position = { .acked = 0 };

  ohm_store_open_async (f->store, /* cancellable */ NULL, test_uplinks_on_told, f);
  test_uplinks_wait (f);
  test_uplinks_start_box (f, "", "");
  ohm_test_secrets_put (f->secrets, "box", "claim", "s3cr3t");
  ohm_store_commit_uplink_async (f->store, ohm_uplink_commit_new ("box", &position),
                                 test_uplinks_on_told, f);
  test_uplinks_wait (f);
  test_uplinks_assert_forgets (f, "nobody", OHM_ERROR_NOT_FOUND, "no uplink 'nobody'");

  /* another one may go on with it, or does */
  fixture_dir_remove (f->site->dir, "etc/uplinks.d/box.uplink");
  fixture_site_expect_warning ("*nosuch: unknown key*");
  test_uplinks_write (
    f, "barn",
    "[uplink]\nplugin = test-uplink\nkept-as = box\nnosuch = 1\n[test-uplink]\nhost = a\n");
  ohm_site_reload (f->site->site);
  test_uplinks_assert_forgets (f, "box", OHM_ERROR_BUSY, "may be of uplink 'barn'");
  test_uplinks_write (f, "barn",
                      "[uplink]\nplugin = test-uplink\nkept-as = box\n[test-uplink]\nhost = a\n");
  ohm_site_reload (f->site->site);
  test_uplinks_assert_forgets (f, "box", OHM_ERROR_NOT_FOUND, "of uplink 'barn'");
  g_assert_nonnull (ohm_test_secrets_peek (f->secrets, "box", "claim"));

  fixture_dir_remove (f->site->dir, "etc/uplinks.d/barn.uplink");
  ohm_site_reload (f->site->site);
  test_uplinks_assert_forgets (f, "box", -1, "");
  g_assert_null (ohm_test_secrets_peek (f->secrets, "box", "claim"));
  test_uplinks_assert_forgets (f, "box", OHM_ERROR_NOT_FOUND, "no uplink 'box'");
  ohm_store_close_async (f->store, test_uplinks_on_told, f);
  test_uplinks_wait (f);
}

static void
test_uplinks_confirm (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "");
  g_autoptr (OhmMessage) held = ohm_message_new ("uplink-new-destination", NULL);
  OhmDeliveryView changed = { .state = OHM_DELIVERY_HELD,
                              .message = held,
                              .is_new_destination = TRUE };
  OhmUplinkHostView view;
  GString *heard = fixture_delivery_get_heard (ohm_uplink_host_get_delivery (host));
  g_autoptr (GError) error = NULL;
  g_autofree char *remedy = NULL;

  g_string_truncate (heard, 0);
  g_assert_false (ohm_uplink_host_confirm (host, TRUE, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_EXISTS);
  g_assert_cmpstr (heard->str, ==, "");
  g_clear_error (&error);

  fixture_delivery_say (ohm_uplink_host_get_delivery (host), &changed);
  ohm_uplink_host_get_view (host, &view);
  remedy = ohm_message_dup_remedy (view.message);
  g_assert_nonnull (strstr (remedy, "'ohmctl uplink confirm box --all'"));
  g_assert_true (ohm_uplink_host_confirm (host, TRUE, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (heard->str, ==, "confirm-all send-now ");
}

/* Who asks is told what keeps it from sending, and what to do. */
static void
test_uplinks_send_now (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "");
  g_autoptr (OhmMessage) unclaimed = ohm_message_new ("uplink-unclaimed", NULL);
  OhmDeliveryView kept = { .state = OHM_DELIVERY_UNCLAIMED, .message = unclaimed };
  g_autoptr (GError) error = NULL;

  g_assert_true (ohm_uplink_host_send_now (host, &error));
  g_assert_no_error (error);
  test_uplinks_assert_heard (host, "send-now ");
  fixture_delivery_say (ohm_uplink_host_get_delivery (host), &kept);
  g_assert_false (ohm_uplink_host_send_now (host, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
  g_assert_cmpstr (error->message, ==,
                   "uplink 'box' does not send: It is not linked to an account yet. "
                   "Link it: 'ohmctl claim box'.");
}

static void
test_uplinks_assert_prompt (OhmUplinkHost *host, const char *code, gint64 expires_us)
{
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (host, &view);
  g_assert_cmpstr (view.prompt.user_code, ==, code);
  g_assert_cmpint (view.prompt.expires_us, ==, expires_us);
  /* not since it became what the delivery says */
  if (code != NULL)
    g_assert_cmpint (view.delivery.since_us, >, 0);
}

static void
test_uplinks_claim (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "account = true");
  OhmTestUplink *uplink = ohm_test_uplink_find ("box");
  OhmDeliveryView unclaimed = { .state = OHM_DELIVERY_UNCLAIMED };
  g_autoptr (GError) error = NULL;
  OhmJob *job;
  const char *account = NULL;

  fixture_delivery_say (ohm_uplink_host_get_delivery (host), &unclaimed);
  test_uplinks_assert_state (host, "unclaimed", NULL);
  fixture_site_assert_alarms (f->site, "");
  job = ohm_uplink_host_claim (host, f->jobs, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ohm_job_get_kind (job), ==, "claim");
  test_uplinks_assert_state (host, "unclaimed", NULL);

  ohm_test_uplink_prompt (uplink, "FNHG-NHPC", 600 * OHM_S);
  test_uplinks_assert_state (host, "waiting-user", "uplink-claim-waiting");
  test_uplinks_assert_prompt (host, "FNHG-NHPC", ohm_test_time_wall (f->site->time) + 600 * OHM_S);
  g_assert_cmpstr (ohm_message_get_argument (ohm_job_get_message (job), "code"), ==, "FNHG-NHPC");
  /* whoever asks too sees the same */
  g_assert_true (ohm_uplink_host_claim (host, f->jobs, &error) == job);
  ohm_test_uplink_prompt (uplink, "SECOND", 60 * OHM_S);
  test_uplinks_assert_prompt (host, "SECOND", ohm_test_time_wall (f->site->time) + 60 * OHM_S);

  ohm_test_uplink_answer (uplink, "jane@example.org");
  ohm_test_time_spin (f->site->time);
  g_assert_cmpint (ohm_job_get_state (job), ==, OHM_JOB_DONE);
  g_assert_true (g_variant_lookup (ohm_job_get_result (job), "account", "&s", &account));
  g_assert_cmpstr (account, ==, "jane@example.org");
  test_uplinks_assert_prompt (host, NULL, 0);
  g_assert_null (ohm_uplink_host_claim (host, f->jobs, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_EXISTS);
}

static void
test_uplinks_claim_refused (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "account = true");
  OhmTestUplink *uplink = ohm_test_uplink_find ("box");
  g_autoptr (OhmJob) job = NULL;

  job = g_object_ref (ohm_uplink_host_claim (host, f->jobs, /* error */ NULL));
  ohm_test_uplink_prompt (uplink, "FNHG-NHPC", 600 * OHM_S);
  ohm_test_uplink_answer (uplink, NULL);
  ohm_test_time_spin (f->site->time);
  g_assert_cmpint (ohm_job_get_state (job), ==, OHM_JOB_FAILED);
  g_assert_nonnull (ohm_job_get_message (job));
  test_uplinks_assert_prompt (host, NULL, 0);

  g_clear_object (&job);
  job = g_object_ref (ohm_uplink_host_claim (host, f->jobs, /* error */ NULL));
  ohm_test_uplink_prompt (uplink, "FNHG-NHPC", 600 * OHM_S);
  ohm_job_cancel (job);
  ohm_test_time_spin (f->site->time);
  g_assert_cmpint (ohm_job_get_state (job), ==, OHM_JOB_CANCELLED);
  test_uplinks_assert_prompt (host, NULL, 0);
  g_assert_false (ohm_test_uplink_is_asking (uplink));
}

/* The uplink goes while a person is asked. */
static void
test_uplinks_claim_gone (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "account = true");
  g_autoptr (OhmJob) job = g_object_ref (ohm_uplink_host_claim (host, f->jobs, /* error */ NULL));

  ohm_test_uplink_prompt (ohm_test_uplink_find ("box"), "FNHG-NHPC", 600 * OHM_S);
  fixture_dir_remove (f->site->dir, "etc/uplinks.d/box.uplink");
  ohm_site_reload (f->site->site);
  ohm_test_time_spin (f->site->time);
  g_assert_cmpint (ohm_job_get_state (job), ==, OHM_JOB_CANCELLED);
  g_assert_null (ohm_test_uplink_find ("box"));
}

static void
test_uplinks_on_unlinked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TestUplinks *f = user_data;

  g_clear_error (&f->error);
  ohm_uplink_host_unlink_finish (OHM_UPLINK_HOST (source), result, &f->error);
  f->is_done = TRUE;
}

static void
test_uplinks_unlink (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "account = true");
  OhmTestUplink *uplink = ohm_test_uplink_find ("box");

  ohm_uplink_set_claim (OHM_UPLINK (uplink), OHM_CLAIM_CLAIMED, "jane", /* message */ NULL);
  ohm_uplink_host_unlink_async (host, test_uplinks_on_unlinked, f);
  ohm_test_time_spin (f->site->time);
  g_assert_true (f->is_done);
  g_assert_no_error (f->error);
  g_assert_cmpint (ohm_uplink_get_claim (OHM_UPLINK (uplink)), ==, OHM_CLAIM_UNCLAIMED);
  g_assert_null (ohm_uplink_get_account (OHM_UPLINK (uplink)));

  test_uplinks_write_box (f, "", "account = false");
  ohm_site_reload (f->site->site);
  f->is_done = FALSE;
  ohm_uplink_host_unlink_async (ohm_uplinks_find (f->uplinks, "box"), test_uplinks_on_unlinked, f);
  ohm_test_time_spin (f->site->time);
  g_assert_true (f->is_done);
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
}

static void
test_uplinks_resend (TestUplinks *f, gconstpointer data)
{
  OhmUplinkHost *host = test_uplinks_start_box (f, "", "");
  OhmDelivery *delivery = ohm_uplink_host_get_delivery (host);
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmJob) job = NULL;
  g_autoptr (OhmMessage) unsure = ohm_message_new ("uplink-clock-unsure", NULL);
  OhmDeliveryView waiting = { .state = OHM_DELIVERY_RETRYING, .message = unsure };
  const OhmDeliveryResent all = { .n_sent = 42 };
  const OhmDeliveryResent some = { .n_sent = 1, .n_refused = 2, .n_too_old = 3, .n_rejected = 4 };
  g_autofree char *text = NULL;
  guint64 n = 0;

  g_assert_null (ohm_uplink_host_resend (host, f->jobs, 5, 5, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_clear_error (&error);
  job = g_object_ref (ohm_uplink_host_resend (host, f->jobs, 5, 9, &error));
  g_assert_no_error (error);
  test_uplinks_assert_heard (host, "resend-5-9 ");
  g_assert_null (ohm_uplink_host_resend (host, f->jobs, 5, 9, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_BUSY);
  fixture_delivery_set_progress (delivery, 0.25);
  g_assert_cmpfloat_with_epsilon (ohm_job_get_progress (job), 0.25, 1e-9);
  g_assert_cmpstr (ohm_message_get_code (ohm_job_get_message (job)), ==, "uplink-resending");
  fixture_delivery_say (delivery, &waiting);
  g_assert_cmpstr (ohm_message_get_code (ohm_job_get_message (job)), ==, "uplink-clock-unsure");
  fixture_delivery_end_resend (delivery, &all, NULL);
  ohm_test_time_spin (f->site->time);
  g_assert_cmpint (ohm_job_get_state (job), ==, OHM_JOB_DONE);
  g_assert_true (g_variant_lookup (ohm_job_get_result (job), "records", "t", &n));
  g_assert_cmpuint (n, ==, 42);
  g_assert_cmpstr (ohm_message_get_code (ohm_job_get_message (job)), ==, "uplink-resent");

  /* what did not go is told */
  g_clear_object (&job);
  job = g_object_ref (ohm_uplink_host_resend (host, f->jobs, 5, 9, NULL));
  fixture_delivery_end_resend (delivery, &some, NULL);
  ohm_test_time_spin (f->site->time);
  text = ohm_message_dup_text (ohm_job_get_message (job));
  g_assert_cmpstr (text, ==,
                   "Records sent again: 1; refused: 2; values of these that were refused: 4; left "
                   "out, being older than 'max-age': 3.");
  g_assert_true (g_variant_lookup (ohm_job_get_result (job), "refused", "t", &n) && n == 2);
  g_assert_true (g_variant_lookup (ohm_job_get_result (job), "too_old", "t", &n) && n == 3);
  g_assert_true (g_variant_lookup (ohm_job_get_result (job), "rejected", "t", &n) && n == 4);

  g_clear_object (&job);
  job = g_object_ref (ohm_uplink_host_resend (host, f->jobs, 5, 9, NULL));
  g_assert_cmpstr (ohm_message_get_code (ohm_job_get_message (job)), ==, "uplink-clock-unsure");
  fixture_delivery_end_resend (delivery, &all,
                               g_error_new (OHM_ERROR, OHM_ERROR_NOT_SUPPORTED, "would double"));
  ohm_test_time_spin (f->site->time);
  g_assert_cmpint (ohm_job_get_state (job), ==, OHM_JOB_FAILED);
}

static void
test_uplinks_on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ohm_daemon_stop_finish (OHM_DAEMON (source), result);
  *(gboolean *) user_data = TRUE;
}

/* A daemon of its own, that is told to stop while its uplink `box` uses the secrets. Returns:
 * (transfer full): those */
static OhmSecrets *
test_uplinks_stop_in_use (TestUplinks *f, OhmBus *bus, gboolean *ret_is_stopped)
{
  g_autofree char *etc = fixture_dir_dup_path (f->site->dir, "etc");
  g_autofree char *var = fixture_dir_dup_path (f->site->dir, "var");
  g_autofree char *plugins = fixture_dir_dup_path (f->site->dir, "plugins");
  const char *const plugin_dirs[] = { plugins, NULL };
  const OhmSiteOptions options = { etc, var, plugin_dirs, NULL };
  g_autoptr (OhmDaemon) daemon = ohm_daemon_new (&options, f->site->time->watcher, bus);
  OhmSecrets *secrets;

  test_uplinks_write_box (f, "", "");
  ohm_daemon_start (daemon);
  while (!ohm_daemon_is_started (daemon))
    g_main_context_iteration (NULL, TRUE);
  secrets = g_object_ref (ohm_uplink_get_secrets (OHM_UPLINK (ohm_test_uplink_find ("box"))));
  ohm_daemon_stop_async (daemon, test_uplinks_on_stopped, ret_is_stopped);
  while (ohm_store_get_state (ohm_daemon_get_store (daemon)) != OHM_STORE_CLOSED)
    g_main_context_iteration (NULL, TRUE);
  ohm_test_time_run (f->site->time, 1400 * OHM_MS);
  g_assert_false (*ret_is_stopped);
  return secrets;
}

/* Stopping waits for who has a secret to keep, but not for long. */
static void
test_uplinks_stop (TestUplinks *f, gconstpointer data)
{
  g_autoptr (OhmBus) bus = ohm_bus_new ();
  g_autoptr (OhmBus) other = ohm_bus_new ();
  OhmSecrets *secrets;
  gboolean is_stopped = FALSE;

  secrets = test_uplinks_stop_in_use (f, bus, &is_stopped);
  g_assert_finalize_object (secrets);
  while (!is_stopped)
    g_main_context_iteration (NULL, TRUE);

  is_stopped = FALSE;
  secrets = test_uplinks_stop_in_use (f, other, &is_stopped);
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_WARNING, "*still waits for a secret*");
  ohm_test_time_run (f->site->time, 100 * OHM_MS);
  while (!is_stopped)
    g_main_context_iteration (NULL, TRUE);
  g_assert_finalize_object (secrets);
}

#define TEST(path, func)                                                                           \
  g_test_add (path, TestUplinks, NULL, test_uplinks_setup, func, test_uplinks_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/uplinks/none", test_uplinks_none);
  TEST ("/uplinks/start", test_uplinks_start);
  TEST ("/uplinks/flags", test_uplinks_flags);
  TEST ("/uplinks/would-double", test_uplinks_would_double);
  TEST ("/uplinks/no-values", test_uplinks_no_values);
  TEST ("/uplinks/reload", test_uplinks_reload);
  TEST ("/uplinks/rename", test_uplinks_rename);
  TEST ("/uplinks/disabled", test_uplinks_disabled);
  TEST ("/uplinks/misconfigured", test_uplinks_misconfigured);
  TEST ("/uplinks/gateway", test_uplinks_gateway);
  TEST ("/uplinks/alarms", test_uplinks_alarms);
  TEST ("/uplinks/secret", test_uplinks_secret);
  TEST ("/uplinks/secret-of-no-use", test_uplinks_secret_of_no_use);
  TEST ("/uplinks/confirm", test_uplinks_confirm);
  TEST ("/uplinks/send-now", test_uplinks_send_now);
  TEST ("/uplinks/forget", test_uplinks_forget);
  TEST ("/uplinks/forget-left", test_uplinks_forget_left);
  TEST ("/uplinks/claim", test_uplinks_claim);
  TEST ("/uplinks/claim-refused", test_uplinks_claim_refused);
  TEST ("/uplinks/claim-gone", test_uplinks_claim_gone);
  TEST ("/uplinks/unlink", test_uplinks_unlink);
  TEST ("/uplinks/resend", test_uplinks_resend);
  TEST ("/uplinks/stop", test_uplinks_stop);
  return g_test_run ();
}
