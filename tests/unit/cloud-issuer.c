/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "cloud-issuer.h"

#include <string.h>

#include "ohm-cloud-session.h"
#include "ohm-cloud-settings.h"

#define FIXTURE_TYPE_UPLINK (fixture_uplink_get_type ())
G_DECLARE_FINAL_TYPE (FixtureUplink, fixture_uplink, FIXTURE, UPLINK, OhmUplink)

struct _FixtureUplink
{
  OhmUplink parent_instance;
};

G_DEFINE_FINAL_TYPE (FixtureUplink, fixture_uplink, OHM_TYPE_UPLINK)

static void
fixture_uplink_class_init (FixtureUplinkClass *klass)
{
}

static void
fixture_uplink_init (FixtureUplink *self)
{
}

static void
fixture_issuer_answer (SoupServerMessage *message, const OhmTestAnswer *answer)
{
  if (answer->body == NULL)
    {
      g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

      g_io_stream_close (stream, NULL, NULL);
      return;
    }
  soup_server_message_set_status (message, answer->status, NULL);
  soup_server_message_set_response (message, answer->type, SOUP_MEMORY_COPY, answer->body,
                                    strlen (answer->body));
}

static void
fixture_issuer_on_document (SoupServer *server,
                            SoupServerMessage *message,
                            const char *path,
                            GHashTable *query,
                            gpointer user_data)
{
  OhmTestIssuer *self = user_data;
  g_autofree char *body = g_strdup_printf (
    "{\"issuer\":\"%s\",\"token_endpoint\":\"%s/token\",\"revocation_endpoint\":\"%s/revoke\","
    "\"device_authorization_endpoint\":\"%s/device\",\"userinfo_endpoint\":\"%s/me\"}",
    self->issuer, self->issuer, self->issuer, self->issuer, self->issuer);
  const OhmTestAnswer good = { 200, OHM_TEST_JSON, body };

  self->n_documents++;
  fixture_issuer_answer (message, self->document.status == 0 ? &good : &self->document);
}

static void
fixture_issuer_on_device (SoupServer *server,
                          SoupServerMessage *message,
                          const char *path,
                          GHashTable *query,
                          gpointer user_data)
{
  OhmTestIssuer *self = user_data;

  fixture_issuer_answer (message, &self->device);
}

static char *
fixture_issuer_dup_form (SoupServerMessage *message)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);

  return g_strndup (body->data, (gsize) body->length);
}

static void
fixture_issuer_on_token (SoupServer *server,
                         SoupServerMessage *message,
                         const char *path,
                         GHashTable *query,
                         gpointer user_data)
{
  OhmTestIssuer *self = user_data;
  gint64 now_us = ohm_test_time_mono (self->time);

  g_assert_cmpuint (self->n_tokens, >, 0);
  g_ptr_array_add (self->forms, fixture_issuer_dup_form (message));
  g_array_append_val (self->times, now_us);
  fixture_issuer_answer (message, &self->tokens[MIN (self->forms->len, self->n_tokens) - 1]);
}

static void
fixture_issuer_on_revoke (SoupServer *server,
                          SoupServerMessage *message,
                          const char *path,
                          GHashTable *query,
                          gpointer user_data)
{
  OhmTestIssuer *self = user_data;
  const OhmTestAnswer good = { 200, OHM_TEST_JSON, "{}" };

  g_free (self->revoked);
  self->revoked = fixture_issuer_dup_form (message);
  fixture_issuer_answer (message, &good);
}

static void
fixture_issuer_on_userinfo (SoupServer *server,
                            SoupServerMessage *message,
                            const char *path,
                            GHashTable *query,
                            gpointer user_data)
{
  OhmTestIssuer *self = user_data;

  fixture_issuer_answer (message, &self->userinfo);
}

static void
fixture_issuer_on_queued (SoupSession *session, SoupMessage *message, gpointer user_data)
{
  OhmTestIssuer *self = user_data;

  self->n_queued++;
}

static void
fixture_issuer_on_unqueued (SoupSession *session, SoupMessage *message, gpointer user_data)
{
  OhmTestIssuer *self = user_data;

  self->n_queued--;
}

static OhmSettings *
fixture_issuer_make_settings (OhmTestIssuer *self)
{
  const OhmSettingSpec *const tables[] = { ohm_cloud_settings_table, NULL };
  g_autofree char *text = g_strdup_printf ("[cloud]\nurl=https://engine.example.org/v1/metrics\n"
                                           "issuer=%s\nclient-id=%s\nproxy=none\n"
                                           "scope=openid offline_access email\n",
                                           self->issuer, self->client);
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("cloud.uplink", text, strlen (text), &error);
  OhmSettings *settings;

  g_assert_no_error (error);
  settings = ohm_settings_new (keyfile, "cloud", tables, &error);
  g_assert_no_error (error);
  return settings;
}

static void
fixture_issuer_make_account (OhmTestIssuer *self)
{
  g_autoptr (OhmSettings) settings = fixture_issuer_make_settings (self);
  const OhmUplinkSetup setup = {
    .id = "cloud",
    .settings = settings,
    .clock = self->time->clock,
    .secrets = OHM_SECRETS (self->secrets),
    .gateway = "5b0b6e2c-4f0a-4b8e-9d7a-111111111111",
  };

  self->uplink = ohm_uplink_new (FIXTURE_TYPE_UPLINK, &setup);
  self->account = ohm_cloud_account_new (self->uplink, self->session);
  ohm_cloud_account_start (self->account);
}

void
fixture_issuer_replace (OhmTestIssuer *self)
{
  g_clear_object (&self->account);
  g_clear_object (&self->uplink);
  fixture_issuer_make_account (self);
}

void
fixture_issuer_restart (OhmTestIssuer *self)
{
  fixture_issuer_replace (self);
  fixture_issuer_settle (self);
}

static OhmTestIssuer *
fixture_issuer_alloc (void)
{
  OhmTestIssuer *self = g_new0 (OhmTestIssuer, 1);

  self->time = ohm_test_time_new (0);
  self->secrets = ohm_test_secrets_new ();
  self->forms = g_ptr_array_new_with_free_func (g_free);
  self->times = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

static void
fixture_issuer_serve (OhmTestIssuer *self)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  self->server = soup_server_new (NULL, NULL);
  g_assert_true (soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  uris = soup_server_get_uris (self->server);
  self->issuer = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  soup_server_add_handler (self->server, "/.well-known/openid-configuration",
                           fixture_issuer_on_document, self, NULL);
  soup_server_add_handler (self->server, "/device", fixture_issuer_on_device, self, NULL);
  soup_server_add_handler (self->server, "/token", fixture_issuer_on_token, self, NULL);
  soup_server_add_handler (self->server, "/revoke", fixture_issuer_on_revoke, self, NULL);
  soup_server_add_handler (self->server, "/me", fixture_issuer_on_userinfo, self, NULL);
  self->device = (OhmTestAnswer){
    200, OHM_TEST_JSON,
    "{\"device_code\":\"dc-1\",\"user_code\":\"FNHG-NHPC\",\"expires_in\":600,"
    "\"verification_uri\":\"https://id.example.org/device\"}"
  };
  self->userinfo = (OhmTestAnswer){ 200, OHM_TEST_JSON,
                                    "{\"sub\":\"s-1\",\"email\":\"owner@example.org\"}" };
}

static void
fixture_issuer_open (OhmTestIssuer *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmSettings) settings = fixture_issuer_make_settings (self);

  self->session = ohm_cloud_session_new (settings, &error);
  g_assert_no_error (error);
  g_signal_connect (self->session, "request-queued", G_CALLBACK (fixture_issuer_on_queued), self);
  g_signal_connect (self->session, "request-unqueued", G_CALLBACK (fixture_issuer_on_unqueued),
                    self);
  fixture_issuer_make_account (self);
  fixture_issuer_settle (self);
}

OhmTestIssuer *
fixture_issuer_new (void)
{
  OhmTestIssuer *self = fixture_issuer_alloc ();

  self->client = g_strdup ("gateway");
  fixture_issuer_serve (self);
  fixture_issuer_open (self);
  return self;
}

OhmTestIssuer *
fixture_issuer_new_at (const char *address, const char *client)
{
  OhmTestIssuer *self = fixture_issuer_alloc ();

  self->issuer = g_strdup (address);
  self->client = g_strdup (client);
  fixture_issuer_open (self);
  return self;
}

void
fixture_issuer_free (OhmTestIssuer *self)
{
  g_clear_object (&self->account);
  g_clear_object (&self->uplink);
  fixture_issuer_settle (self);
  soup_session_abort (self->session);
  g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  if (self->server != NULL)
    soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_clear_object (&self->secrets);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  ohm_test_time_free (self->time);
  g_ptr_array_unref (self->forms);
  g_array_unref (self->times);
  g_free (self->issuer);
  g_free (self->client);
  g_free (self->revoked);
  g_free (self->prompt);
  g_free (self);
}

void
fixture_issuer_settle (OhmTestIssuer *self)
{
  do
    while (g_main_context_iteration (NULL, self->n_queued > 0))
      ;
  while (self->n_queued > 0);
}

void
fixture_issuer_wait (OhmTestIssuer *self, const gboolean *is_done)
{
  while (!*is_done)
    {
      gint64 next_us;

      while (!*is_done && g_main_context_iteration (NULL, self->n_queued > 0))
        ;
      next_us = ohm_clock_get_next (self->time->clock);
      if (!*is_done && next_us > ohm_test_time_mono (self->time))
        ohm_clock_move (self->time->clock,
                        ohm_test_time_wall (self->time) + next_us - ohm_test_time_mono (self->time),
                        next_us);
    }
}

typedef struct
{
  gboolean (*finish) (OhmCloudAccount *account, GAsyncResult *result, GError **error);
  gboolean is_done;
  gboolean is_good;
  char *text;
  GError *error;
} FixtureResult;

static void
fixture_issuer_on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FixtureResult *self = user_data;
  OhmCloudAccount *account = OHM_CLOUD_ACCOUNT (source);

  if (self->finish != NULL)
    self->is_good = self->finish (account, result, &self->error);
  else
    self->text = ohm_cloud_account_authorize_finish (account, result, &self->error);
  self->is_done = TRUE;
}

/* Waits for it and hands on its error; a good end has none, and a bad one has. */
static void
fixture_issuer_end (OhmTestIssuer *self, FixtureResult *result, GError **error)
{
  fixture_issuer_wait (self, &result->is_done);
  g_assert_true ((result->is_good || result->text != NULL) == (result->error == NULL));
  if (result->error != NULL)
    g_propagate_error (error, result->error);
}

static void
fixture_issuer_on_prompt (const OhmClaimPrompt *prompt, gpointer user_data)
{
  OhmTestIssuer *self = user_data;

  self->n_prompts++;
  g_free (self->prompt);
  self->prompt = g_strdup_printf ("%s %s %s %" G_GINT64_FORMAT, prompt->user_code, prompt->uri,
                                  prompt->uri_complete != NULL ? prompt->uri_complete : "-",
                                  (prompt->expires_us - ohm_test_time_mono (self->time)) /
                                    G_USEC_PER_SEC);
}

gboolean
fixture_issuer_claim (OhmTestIssuer *self, GCancellable *cancellable, GError **error)
{
  FixtureResult result = { .finish = ohm_cloud_account_claim_finish };

  ohm_cloud_account_claim_async (self->account, fixture_issuer_on_prompt, self, cancellable,
                                 fixture_issuer_on_done, &result);
  fixture_issuer_end (self, &result, error);
  return result.is_good;
}

char *
fixture_issuer_authorize (OhmTestIssuer *self, GError **error)
{
  FixtureResult result = { 0 };

  ohm_cloud_account_authorize_async (self->account, /* cancellable */ NULL, fixture_issuer_on_done,
                                     &result);
  fixture_issuer_end (self, &result, error);
  return result.text;
}

gboolean
fixture_issuer_unlink (OhmTestIssuer *self, GError **error)
{
  FixtureResult result = { .finish = ohm_cloud_account_unlink_finish };

  ohm_cloud_account_unlink_async (self->account, fixture_issuer_on_done, &result);
  fixture_issuer_end (self, &result, error);
  return result.is_good;
}

const char *
fixture_issuer_code (OhmTestIssuer *self)
{
  OhmMessage *message = ohm_uplink_get_claim_message (self->uplink);

  if (message == NULL)
    return "";
  g_assert_true (ohm_message_code_is_known (ohm_message_get_code (message)));
  return ohm_message_get_code (message);
}

const char *
fixture_issuer_kept (OhmTestIssuer *self)
{
  return ohm_test_secrets_peek (self->secrets, "cloud", "claim");
}
