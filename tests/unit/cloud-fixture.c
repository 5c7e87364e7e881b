/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "cloud-fixture.h"

#include <string.h>

#include "ohm-cloud-session.h"
#include "ohm-cloud-settings.h"

OhmSettings *
fixture_cloud_try (const char *text, GError **error)
{
  static const OhmSettingSpec *const tables[] = { ohm_cloud_settings_table, NULL };
  g_autofree char *whole = g_strconcat ("[cloud]\n", text, NULL);
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("test.uplink", whole, strlen (whole), error);

  if (keyfile == NULL)
    return NULL;
  return ohm_settings_new (keyfile, "cloud", tables, error);
}

OhmSettings *
fixture_cloud_parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  OhmSettings *settings = fixture_cloud_try (text, &error);

  g_assert_no_error (error);
  return settings;
}

void
fixture_cloud_setup (OhmTestCloud *self, gconstpointer unused)
{
  self->dir = fixture_dir_new ();
  self->ca = ohm_test_ca_new ();
  self->limits = (OhmCloudLimits) OHM_CLOUD_LIMITS_INIT;
  self->ca_path = fixture_dir_dup_path (self->dir, "ca.pem");
  fixture_dir_write (self->dir, "ca.pem", ohm_test_ca_get_pem (self->ca));
}

void
fixture_cloud_teardown (OhmTestCloud *self, gconstpointer unused)
{
  if (self->session != NULL)
    soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_clear_pointer (&self->receiver, ohm_test_receiver_free);
  g_clear_pointer (&self->ca, ohm_test_ca_free);
  g_clear_pointer (&self->ca_path, g_free);
  g_clear_pointer (&self->dir, fixture_dir_free);
}

void
fixture_cloud_serve (OhmTestCloud *self, const OhmTestTls *tls, const char *more)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *trusted = g_strdup_printf ("ca-file=%s", self->ca_path);
  g_autofree char *text = g_strjoin ("\n", "url=https://localhost/",
                                     more != NULL ? more : "proxy=none",
                                     more != NULL ? trusted : "", NULL);
  g_autoptr (OhmSettings) settings = fixture_cloud_parse (text);

  g_clear_object (&self->session);
  g_clear_pointer (&self->receiver, ohm_test_receiver_free);
  self->receiver = ohm_test_receiver_new (tls);
  self->session = ohm_cloud_session_new (settings, &error);
  g_assert_no_error (error);
}

void
fixture_cloud_serve_tls (OhmTestCloud *self)
{
  g_autoptr (OhmTestCert) cert = ohm_test_cert_new (self->ca, "localhost", -1, 1);
  OhmTestTls tls = { .cert = cert };

  fixture_cloud_serve (self, &tls, "proxy=none");
}

char *
fixture_cloud_dup_url (OhmTestCloud *self, const char *scheme, const char *path)
{
  return g_strdup_printf ("%s://localhost:%u%s", scheme,
                          ohm_test_receiver_get_port (self->receiver), path);
}

void
fixture_cloud_on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

void
fixture_cloud_wait (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

OhmCloudAnswer *
fixture_cloud_post (OhmTestCloud *self, const char *scheme, const char *body, GError **error)
{
  g_autofree char *url = fixture_cloud_dup_url (self, scheme, "/take");
  g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  g_autoptr (GAsyncResult) result = NULL;

  soup_message_set_request_body_from_bytes (message, "text/plain", bytes);
  soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT);
  ohm_cloud_fetch_async (self->session, message, &self->limits, /* cancellable */ NULL,
                         fixture_cloud_on_ready, &result);
  fixture_cloud_wait (&result);
  return ohm_cloud_fetch_finish (self->session, result, error);
}

void
fixture_cloud_assert_fails (OhmTestCloud *self, const char *scheme, int code, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmCloudAnswer) answer = fixture_cloud_post (self, scheme, "a=1", &error);
  g_autoptr (OhmMessage) cause = NULL;
  g_autofree char *text = NULL;

  g_assert_null (answer);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  cause = ohm_message_new_from_error (error);
  text = ohm_message_dup_text (cause);
  g_test_message ("%s", text);
  g_assert_cmpstr (ohm_message_get_code (cause), ==, message);
  g_assert_true (ohm_message_code_is_known (message));
  g_assert_null (strchr (text, '{'));
  g_assert_null (strchr (text, '?'));
  g_assert_error (error, OHM_ERROR, code);
}
