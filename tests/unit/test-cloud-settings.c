/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib/gstdio.h>
#include <string.h>

#include "cloud-fixture.h"
#include "ohm-cloud-file.h"
#include "ohm-cloud-session.h"
#include "ohm-cloud-settings.h"
#include "ohm-cloud-text.h"

#define TEST_URL "url=https://engine.example/take\n"

static void
test_settings_good (void)
{
  static const char *const rows[] = {
    TEST_URL "auth=none\n",
    TEST_URL "issuer=https://id.example\nclient-id=ohm\n",
    TEST_URL "auth=bearer\ntoken-file=/run/token\ntoken-scheme=Token\n",
    TEST_URL "auth=basic\nuser=gateway\n",
    TEST_URL "auth=certificate\ncert-file=/etc/cert.pem\n",
    TEST_URL "auth=bearer\ncert-file=pkcs11:object=gw\nkey-file=pkcs11:object=gw\n",
    TEST_URL "auth=none\nproxy=none\n",
    TEST_URL "auth=none\nproxy=http://proxy.example:3128\n",
    TEST_URL "auth=none\nproxy=socks5://proxy.example\n",
    "url=http://localhost:8428/take\nauth=none\n",
    "url=http://127.0.0.1:8428/write?db=x&precision=s\nauth=none\nformat=line\n",
    "url=http://[::1]:8428/take\nauth=none\n",
    "url=http://engine.example/\ninsecure=true\nauth=none\n",
    "url=https://engine.example/write?db=x&precision=s\nauth=none\nformat=line\nengine=influxdb\n",
    "url=https://engine.example/api?precision=second\nauth=none\nformat=line\n",
    TEST_URL "auth=none\nformat=otlp\nengine=victoria-metrics\n",
    TEST_URL "auth=none\nformat=otlp-json\nengine=mimir\ntenant=a\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OhmSettings) settings = fixture_cloud_parse (rows[i]);
      g_autoptr (GError) error = NULL;

      ohm_cloud_settings_check (settings, &error);
      g_assert_no_error (error);
    }
}

static void
test_settings_bad (void)
{
  static const struct
  {
    const char *text;
    const char *reason;
  } rows[] = {
    { "url=engine.example\nauth=none\n", "*expected an address*" },
    { "url=ftp://engine.example/\nauth=none\n", "*expected an address*" },
    { "url=https:///write\nauth=none\n", "*expected an address*" },
    { "url=https://user:secret@engine.example/\nauth=none\n", "*credentials do not belong*" },
    { "url=https://engine.example/#part\nauth=none\n", "*'#' has no meaning*" },
    { "url=http://engine.example/\nauth=none\n", "*read along*" },
    { "url=http://localhost.example/\nauth=none\n", "*read along*" },
    { TEST_URL, "*'auth = claim' needs 'issuer'*" },
    { TEST_URL "issuer=https://id.example\n", "*needs 'client-id'*" },
    { TEST_URL "issuer=http://id.example\nclient-id=x\n", "*issuer: http://*" },
    { TEST_URL "auth=basic\n", "*needs 'user'*" },
    { TEST_URL "auth=basic\nuser=a:b\n", "*user: ':'*" },
    { TEST_URL "auth=none\nuser=x\n", "*user is only for 'auth = basic'*" },
    { TEST_URL "auth=none\ntoken-file=/x\n", "*token-file is only for 'auth = bearer'*" },
    { TEST_URL "auth=certificate\n", "*needs 'cert-file'*" },
    { TEST_URL "auth=none\nkey-file=/x\n", "*key-file needs 'cert-file'*" },
    { "url=http://localhost/\nauth=none\ncert-file=/x\n", "*needs an 'url' with https*" },
    { TEST_URL "auth=none\nproxy=proxy.example:3128\n", "*proxy: expected*" },
    { TEST_URL "auth=none\nproxy=http://a:b@proxy.example\n", "*proxy: credentials*" },
    { TEST_URL "auth=none\nformat=otlp-json\nengine=victoria-metrics\n",
      "*takes 'format = otlp|line'*" },
    { TEST_URL "auth=none\nformat=line\nengine=prometheus\n", "*takes 'format = otlp*" },
    { TEST_URL "auth=none\nformat=line\n", "*needs 'precision=s'*" },
    { "url=https://engine.example/api/v2/write?precision=s\nauth=none\n",
      "*'/api/v2/write' takes no OTLP ('format = otlp')*" },
    { "url=https://engine.example/write\nauth=none\nformat=otlp-json\n", "*set 'format = line'*" },
    { "url=https://engine.example/api/v3/write_lp?precision=second\nauth=none\n", "*no OTLP*" },
    { "url=https://engine.example/otlp/v1/metrics?precision=s\nauth=none\nformat=line\n",
      "*takes no line protocol: set 'format = otlp'*" },
    { "url=https://engine.example/?precision=ns\nauth=none\nformat=line\n", "*'precision=s'*" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OhmSettings) settings = fixture_cloud_parse (rows[i].text);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", rows[i].text);
      g_assert_false (ohm_cloud_settings_check (settings, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
      g_test_message ("%s", error->message);
      g_assert_true (g_pattern_match_simple (rows[i].reason, error->message));
      g_assert_null (strstr (error->message, "secret"));
    }
}

static void
test_settings_required (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (fixture_cloud_try ("auth=none\n", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
}

static void
test_settings_flags (void)
{
  static const struct
  {
    const char *engine;
    guint flags;
  } rows[] = {
    { "auto", OHM_UPLINK_IDEMPOTENT },
    { "victoria-metrics", OHM_UPLINK_IDEMPOTENT },
    { "influxdb", OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_DURABLE },
    { "prometheus", OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_DURABLE | OHM_UPLINK_ORDERED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strdup_printf (TEST_URL "engine=%s\n", rows[i].engine);
      g_autoptr (OhmSettings) settings = fixture_cloud_parse (text);

      g_assert_cmpuint (ohm_cloud_settings_get_flags (settings), ==, rows[i].flags);
    }
}

static void
test_settings_assert_refused (const char *path, const char *reason)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ohm_cloud_file_read_secret (path, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_test_message ("%s", error->message);
  g_assert_true (g_pattern_match_simple (reason, error->message));
}

static void
test_settings_secret_file (void)
{
  g_autoptr (OhmTestDir) dir = fixture_dir_new ();
  g_autofree char *path = fixture_dir_dup_path (dir, "token");
  g_autofree char *folder = fixture_dir_dup_path (dir, "folder");
  g_autofree char *huge = g_strnfill (OHM_SECRET_MAX + 1, 'x');
  g_autoptr (GError) error = NULL;
  char *secret;

  fixture_dir_write (dir, "token", " s3cret\n");
  g_assert_cmpint (g_chmod (path, 0440), ==, 0);
  secret = ohm_cloud_file_read_secret (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (secret, ==, "s3cret");
  ohm_secret_free (secret);

  g_assert_cmpint (g_chmod (path, 0444), ==, 0);
  test_settings_assert_refused (path, "*others can read it*");
  g_assert_cmpint (g_chmod (path, 0620), ==, 0);
  test_settings_assert_refused (path, "*others can read it*");
  fixture_dir_make (dir, "folder");
  test_settings_assert_refused (folder, "*no regular file*");
  test_settings_assert_refused ("/nowhere/token", "*No such file*");

  fixture_dir_write (dir, "token", huge);
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  test_settings_assert_refused (path, "*does not hold one line*");
  fixture_dir_write (dir, "token", "\n");
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  test_settings_assert_refused (path, "*does not hold one line*");
  fixture_dir_write_bytes (dir, "token", "a\0b", 3);
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  test_settings_assert_refused (path, "*does not hold one line*");
}

static void
test_settings_session (void)
{
  g_autoptr (OhmTestDir) dir = fixture_dir_new ();
  g_autofree char *path = fixture_dir_dup_path (dir, "ca.pem");
  g_autofree char *text = g_strdup_printf (TEST_URL "ca-file=%s\nproxy=none\n", path);
  g_autoptr (OhmSettings) settings = fixture_cloud_parse (text);
  g_autoptr (OhmTestCa) ca = ohm_test_ca_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupSession) session = NULL;

  g_assert_null (ohm_cloud_session_new (settings, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_clear_error (&error);
  fixture_dir_write (dir, "ca.pem", ohm_test_ca_get_pem (ca));
  session = ohm_cloud_session_new (settings, &error);
  g_assert_no_error (error);
  g_assert_null (soup_session_get_proxy_resolver (session));
  g_assert_null (soup_session_get_feature (session, SOUP_TYPE_AUTH_MANAGER));
}

static void
test_settings_certificate (void)
{
  g_autoptr (OhmTestDir) dir = fixture_dir_new ();
  g_autoptr (OhmTestCert) cert = ohm_test_cert_new (NULL, "gateway", -1, 1);
  g_autofree char *cert_path = fixture_dir_dup_path (dir, "cert.pem");
  g_autofree char *key_path = fixture_dir_dup_path (dir, "key.pem");
  g_autofree char *text = g_strdup_printf (TEST_URL "auth=certificate\ncert-file=%s\nkey-file=%s\n",
                                           cert_path, key_path);
  g_autoptr (OhmSettings) settings = fixture_cloud_parse (text);
  g_autoptr (OhmSettings) token = fixture_cloud_parse (
    TEST_URL "auth=certificate\ncert-file=pkcs11:object=nowhere\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;

  fixture_dir_write (dir, "cert.pem", cert->cert);
  fixture_dir_write (dir, "key.pem", cert->key);
  g_assert_cmpint (g_chmod (key_path, 0644), ==, 0);
  g_assert_null (ohm_cloud_session_load_certificate (settings, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_clear_error (&error);
  g_assert_cmpint (g_chmod (key_path, 0600), ==, 0);
  certificate = ohm_cloud_session_load_certificate (settings, &error);
  g_assert_no_error (error);
  g_assert_nonnull (certificate);

  fixture_dir_write (dir, "cert.pem", "no certificate");
  g_assert_null (ohm_cloud_session_load_certificate (settings, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_clear_error (&error);
  g_assert_null (ohm_cloud_session_load_certificate (token, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
}

static void
test_settings_text (void)
{
  g_autofree char *folded = ohm_cloud_text_new ("  a \t\n b  ", 10, 20);
  g_autofree char *cut = ohm_cloud_text_new ("ab\xc3\xa4", 4, 3);
  g_autofree char *broken = ohm_cloud_text_new ("\xff\xfe", 2, 20);
  g_autofree char *none = ohm_cloud_text_new (NULL, 0, 20);

  g_assert_cmpstr (folded, ==, "a b");
  g_assert_cmpstr (cut, ==, "ab");
  g_assert_null (broken);
  g_assert_null (none);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud-settings/good", test_settings_good);
  g_test_add_func ("/cloud-settings/bad", test_settings_bad);
  g_test_add_func ("/cloud-settings/required", test_settings_required);
  g_test_add_func ("/cloud-settings/flags", test_settings_flags);
  g_test_add_func ("/cloud-settings/secret-file", test_settings_secret_file);
  g_test_add_func ("/cloud-settings/session", test_settings_session);
  g_test_add_func ("/cloud-settings/certificate", test_settings_certificate);
  g_test_add_func ("/cloud-settings/text", test_settings_text);
  return g_test_run ();
}
