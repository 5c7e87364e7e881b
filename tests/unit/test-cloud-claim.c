/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-cloud-claim.h"
#include "ohm-cloud-document.h"
#include "ohm-cloud-form.h"
#include "ohm-cloud-grant.h"
#include "ohm-cloud-issuer.h"
#include "ohm-cloud-renewal.h"
#include "ohm-cloud-reply.h"

#define ISSUER   "https://id.example.org"
#define S(n)     ((gint64) (n) *G_USEC_PER_SEC)
#define DOCUMENT "\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://id.example.org/token\""
#define DEVICE                                                                                     \
  "\"device_code\":\"dc-1\",\"user_code\":\"FNHG-NHPC\","                                          \
  "\"verification_uri\":\"https://id.example.org/device\""

static GBytes *
test_cloud_bytes (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

static JsonObject *
test_cloud_parse (const char *text)
{
  g_autoptr (GBytes) body = test_cloud_bytes (text);
  g_autoptr (GError) error = NULL;
  JsonObject *object = ohm_cloud_document_parse (body, &error);

  g_assert_true ((object == NULL) == (error != NULL));
  if (error != NULL)
    g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  return object;
}

static void
test_document_hostile (void)
{
  static const char *const bad[] = {
    "",        " ",         "null",       "42",       "[]",     "\"text\"", "{",
    "{\"a\":", "{\"a\" 1}", "{\"a\":1}x", "\xff\xfe", "<html>", "{'a':1",   "{\"a\":\"\xc3\"}",
  };
  g_autofree char *deep = g_strnfill (1000000, '[');
  g_autofree char *hidden = g_strconcat ("{\"a\":/* \" */", deep, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (test_cloud_parse (bad[i]));
  g_assert_null (test_cloud_parse (deep));
  g_assert_null (test_cloud_parse (hidden));
  memset (deep, '{', 1000000);
  g_assert_null (test_cloud_parse (deep));
}

static void
test_document_values (void)
{
  g_autoptr (JsonObject) object = test_cloud_parse (
    "{\"text\":\"a\\u0001b\",\"long\":\"0123456789\",\"n\":60,\"real\":60.0,\"s\":\"60\","
    "\"minus\":-1,\"big\":1e300,\"list\":[1,\"x\",null],\"null\":null,\"o\":{}}");

  g_assert_null (ohm_cloud_document_get_text (object, "text", 100));
  g_assert_null (ohm_cloud_document_get_text (object, "long", 9));
  g_assert_cmpstr (ohm_cloud_document_get_text (object, "long", 10), ==, "0123456789");
  g_assert_null (ohm_cloud_document_get_text (object, "n", 10));
  g_assert_null (ohm_cloud_document_get_text (object, "o", 10));
  g_assert_null (ohm_cloud_document_get_text (object, "missing", 10));
  g_assert_cmpint (ohm_cloud_document_get_number (object, "n", 1, 100, 5), ==, 60);
  g_assert_cmpint (ohm_cloud_document_get_number (object, "real", 1, 100, 5), ==, 60);
  g_assert_cmpint (ohm_cloud_document_get_number (object, "s", 1, 100, 5), ==, 60);
  g_assert_cmpint (ohm_cloud_document_get_number (object, "missing", 1, 100, 5), ==, 5);
  g_assert_cmpint (ohm_cloud_document_get_number (object, "minus", 1, 100, 5), ==, -1);
  g_assert_cmpint (ohm_cloud_document_get_number (object, "big", 1, 100, 5), ==, -1);
  g_assert_cmpint (ohm_cloud_document_get_number (object, "null", 1, 100, 5), ==, -1);
  g_assert_cmpint (ohm_cloud_document_get_number (object, "n", 1, 59, 5), ==, -1);
  g_assert_cmpint (ohm_cloud_document_get_number (object, "long", 1, 59, 5), ==, -1);
  g_assert_true (ohm_cloud_document_has_word (object, "list", "x"));
  g_assert_false (ohm_cloud_document_has_word (object, "list", "y"));
  g_assert_true (ohm_cloud_document_has_word (object, "long", "0123456789"));
  g_assert_false (ohm_cloud_document_has_word (object, "missing", "x"));
}

static void
test_issuer (void)
{
  g_autoptr (GBytes) body = test_cloud_bytes (
    "{" DOCUMENT ",\"device_authorization_endpoint\":\"https://other.example.org/device\","
    "\"revocation_endpoint\":\"https://id.example.org/revoke\"}");
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmCloudIssuer) issuer = ohm_cloud_issuer_parse (body, ISSUER, FALSE, &error);
  g_autoptr (OhmCloudIssuer) slash = ohm_cloud_issuer_parse (body, ISSUER "/", FALSE, &error);
  g_autofree char *address = ohm_cloud_issuer_dup_address (ISSUER "/");

  g_assert_no_error (error);
  g_assert_cmpstr (issuer->token, ==, "https://id.example.org/token");
  g_assert_cmpstr (issuer->device, ==, "https://other.example.org/device");
  g_assert_cmpstr (issuer->revocation, ==, "https://id.example.org/revoke");
  g_assert_null (issuer->userinfo);
  g_assert_nonnull (slash);
  g_assert_cmpstr (address, ==, ISSUER "/.well-known/openid-configuration");
}

static void
test_issuer_refused (void)
{
  static const char *const bad[] = {
    "<html>",
    "{}",
    "{\"issuer\":\"" ISSUER "\"}",
    "{\"issuer\":\"https://evil.example.org\",\"token_endpoint\":\"https://id.example.org/t\"}",
    "{\"issuer\":\"https://id.example.or\",\"token_endpoint\":\"https://id.example.org/t\"}",
    "{\"issuer\":\"https://id.example.org//\",\"token_endpoint\":\"https://id.example.org/t\"}",
    "{\"issuer\":[\"" ISSUER "\"],\"token_endpoint\":\"https://id.example.org/t\"}",
    "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"http://id.example.org/t\"}",
    "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"file:///etc/passwd\"}",
    "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":7}",
    "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://a:b@id.example.org/t\"}",
    "{" DOCUMENT ",\"device_authorization_endpoint\":\"http://id.example.org/d\"}",
    "{" DOCUMENT ",\"revocation_endpoint\":\"https://id.example.org/\\r\\nX: y\"}",
    "{" DOCUMENT ",\"userinfo_endpoint\":null}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GBytes) body = test_cloud_bytes (bad[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (OhmMessage) message = NULL;

      g_assert_null (ohm_cloud_issuer_parse (body, ISSUER, FALSE, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
      message = ohm_message_new_from_error (error);
      g_assert_cmpstr (ohm_message_get_code (message), ==, "claim-issuer-bad");
    }
}

static void
test_issuer_safe (void)
{
  g_assert_true (ohm_cloud_issuer_is_safe ("https://id.example.org/x", FALSE));
  g_assert_true (ohm_cloud_issuer_is_safe ("http://127.0.0.1:8080/x", FALSE));
  g_assert_true (ohm_cloud_issuer_is_safe ("http://[::1]:8080/x", FALSE));
  g_assert_true (ohm_cloud_issuer_is_safe ("http://localhost/x", FALSE));
  g_assert_true (ohm_cloud_issuer_is_safe ("http://id.example.org/x", TRUE));
  g_assert_false (ohm_cloud_issuer_is_safe ("http://id.example.org/x", FALSE));
  g_assert_false (ohm_cloud_issuer_is_safe ("http://localhost.example.org/x", FALSE));
  g_assert_false (ohm_cloud_issuer_is_safe ("javascript:alert(1)", TRUE));
  g_assert_false (ohm_cloud_issuer_is_safe ("https:///x", TRUE));
  g_assert_false (ohm_cloud_issuer_is_safe ("nonsense", TRUE));
}

static OhmCloudReplyKind
test_cloud_reply (guint status, const char *type, const char *text)
{
  g_autoptr (GBytes) body = test_cloud_bytes (text);
  g_autoptr (OhmCloudReply) reply = ohm_cloud_reply_parse (status, type, body);

  g_assert_true ((reply->kind == OHM_CLOUD_REPLY_TOKEN) == (reply->text == NULL));
  return reply->kind;
}

static void
test_reply_errors (void)
{
  static const struct
  {
    guint status;
    const char *type;
    const char *body;
    OhmCloudReplyKind kind;
  } rows[] = {
    { 400, "application/json", "{\"error\":\"authorization_pending\"}", OHM_CLOUD_REPLY_PENDING },
    { 400, "application/json", "{\"error\":\"slow_down\"}", OHM_CLOUD_REPLY_SLOW_DOWN },
    { 400, "Application/JSON", "{\"error\":\"access_denied\"}", OHM_CLOUD_REPLY_DENIED },
    { 400, "application/json", "{\"error\":\"expired_token\"}", OHM_CLOUD_REPLY_EXPIRED },
    { 400, "application/json", "{\"error\":\"invalid_grant\"}", OHM_CLOUD_REPLY_INVALID },
    { 401, "application/json", "{\"error\":\"invalid_client\"}", OHM_CLOUD_REPLY_REFUSED },
    { 403, "application/json", "{\"error\":\"x\",\"error_description\":\"y\"}",
      OHM_CLOUD_REPLY_REFUSED },
    { 400, "application/json", "{\"error\":\"temporarily_unavailable\"}", OHM_CLOUD_REPLY_BUSY },
    { 500, "text/html", "<html>", OHM_CLOUD_REPLY_BUSY },
    { 503, NULL, "", OHM_CLOUD_REPLY_BUSY },
    { 429, "application/json", "{\"error\":\"slow_down\"}", OHM_CLOUD_REPLY_BUSY },
    { 200, "text/html", "<html>Sign in to the guest network</html>", OHM_CLOUD_REPLY_BROKEN },
    { 200, "text/html", "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}",
      OHM_CLOUD_REPLY_BROKEN },
    { 200, "application/json", "<html>", OHM_CLOUD_REPLY_BROKEN },
    { 200, "application/json", "{}", OHM_CLOUD_REPLY_BROKEN },
    { 200, "application/json", "{\"access_token\":\"a\"}", OHM_CLOUD_REPLY_BROKEN },
    { 200, "application/json", "{\"access_token\":\"a\",\"token_type\":\"mac\"}",
      OHM_CLOUD_REPLY_BROKEN },
    { 200, "application/json", "{\"access_token\":\"a b\",\"token_type\":\"Bearer\"}",
      OHM_CLOUD_REPLY_BROKEN },
    { 200, "application/json", "{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"Bearer\"}",
      OHM_CLOUD_REPLY_BROKEN },
    { 200, "application/json", "{\"access_token\":7,\"token_type\":\"Bearer\"}",
      OHM_CLOUD_REPLY_BROKEN },
    { 200, "application/json",
      "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":-5}",
      OHM_CLOUD_REPLY_BROKEN },
    { 200, "application/json", "{\"access_token\":\"a\",\"token_type\":\"bearer\"}",
      OHM_CLOUD_REPLY_TOKEN },
    { 400, "application/json", "{\"message\":\"x\"}", OHM_CLOUD_REPLY_BROKEN },
    { 302, "application/json", "{\"error\":\"invalid_grant\"}", OHM_CLOUD_REPLY_BROKEN },
    { 404, "application/json", "{\"error\":\"invalid_grant\"}", OHM_CLOUD_REPLY_BROKEN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (test_cloud_reply (rows[i].status, rows[i].type, rows[i].body), ==,
                     rows[i].kind);
}

static void
test_reply_token (void)
{
  g_autoptr (GBytes) body = test_cloud_bytes (
    "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":300,"
    "\"refresh_token\":\"rt\",\"id_token\":\"it\",\"more\":[]}");
  g_autoptr (OhmCloudReply) reply = ohm_cloud_reply_parse (200, "application/json", body);
  g_autoptr (GBytes) odd = test_cloud_bytes (
    "{\"error\":\"invalid_client\",\"error_description\":\"no \\u001b[31msuch\"}");
  g_autoptr (OhmCloudReply) refused = ohm_cloud_reply_parse (401, "application/json", odd);

  g_assert_cmpstr (reply->access_token, ==, "at");
  g_assert_cmpstr (reply->refresh_token, ==, "rt");
  g_assert_cmpstr (reply->id_token, ==, "it");
  g_assert_cmpint (reply->life_us, ==, S (300));
  /* What could move the cursor of a terminal is left out whole. */
  g_assert_cmpstr (refused->text, ==, "invalid_client");
}

static void
test_device (void)
{
  g_autoptr (GBytes) body = test_cloud_bytes (
    "{" DEVICE ",\"verification_uri_complete\":\"https://id.example.org/device?c=F\","
    "\"expires_in\":600}");
  g_autoptr (OhmCloudDevice) device = ohm_cloud_device_parse (body, FALSE);
  g_autoptr (GBytes) quick_body = test_cloud_bytes ("{" DEVICE
                                                    ",\"expires_in\":\"60\",\"interval\":0}");
  g_autoptr (OhmCloudDevice) quick = ohm_cloud_device_parse (quick_body, FALSE);

  g_assert_cmpstr (device->code, ==, "dc-1");
  g_assert_cmpstr (device->user_code, ==, "FNHG-NHPC");
  g_assert_cmpstr (device->uri, ==, "https://id.example.org/device");
  g_assert_cmpstr (device->uri_complete, ==, "https://id.example.org/device?c=F");
  g_assert_cmpint (device->life_us, ==, S (600));
  g_assert_cmpint (device->interval_us, ==, S (5));
  g_assert_cmpint (quick->interval_us, ==, S (1));
  g_assert_cmpint (quick->life_us, ==, S (60));
}

static void
test_device_refused (void)
{
  static const char *const bad[] = {
    "{}",
    "{" DEVICE "}",
    "{" DEVICE ",\"expires_in\":0}",
    "{" DEVICE ",\"expires_in\":1e9}",
    "{" DEVICE ",\"expires_in\":600,\"interval\":-1}",
    "{" DEVICE ",\"expires_in\":600,\"interval\":3600}",
    "{" DEVICE ",\"expires_in\":600,\"verification_uri_complete\":\"javascript:alert(1)\"}",
    "{\"device_code\":\"d\",\"user_code\":\"c\",\"verification_uri\":\"http://evil.example.org\","
    "\"expires_in\":600}",
    "{\"device_code\":\"d\",\"user_code\":\"a\\u001b[2Jb\",\"verification_uri\":\"https://a.b\","
    "\"expires_in\":600}",
    "{\"device_code\":\"d\\r\\n\",\"user_code\":\"c\",\"verification_uri\":\"https://a.b\","
    "\"expires_in\":600}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GBytes) body = test_cloud_bytes (bad[i]);

      g_assert_null (ohm_cloud_device_parse (body, FALSE));
    }
}

/* A code that lives 600 s, asked for at 1000 s. */
static OhmCloudGrant
test_cloud_grant (gint64 interval_us)
{
  const OhmCloudDevice device = { .life_us = S (600), .interval_us = interval_us };
  OhmCloudGrant grant;

  g_assert_cmpint (ohm_cloud_grant_begin (&grant), ==, OHM_CLOUD_GRANT_ASK);
  g_assert_cmpint (ohm_cloud_grant_on_device (&grant, &device, S (1000)), ==,
                   OHM_CLOUD_GRANT_PROMPT);
  g_assert_cmpint (grant.expires_us, ==, S (1600));
  return grant;
}

static void
test_grant_approved (void)
{
  OhmCloudGrant grant = test_cloud_grant (S (5));

  g_assert_cmpint (grant.next_us, ==, S (1005));
  g_assert_cmpint (ohm_cloud_grant_on_time (&grant, S (1004)), ==, OHM_CLOUD_GRANT_WAIT);
  g_assert_cmpint (ohm_cloud_grant_on_time (&grant, S (1005)), ==, OHM_CLOUD_GRANT_POLL);
  g_assert_cmpint (ohm_cloud_grant_on_reply (&grant, OHM_CLOUD_REPLY_PENDING, S (1006)), ==,
                   OHM_CLOUD_GRANT_WAIT);
  g_assert_cmpint (grant.next_us, ==, S (1011));
  g_assert_cmpint (ohm_cloud_grant_on_reply (&grant, OHM_CLOUD_REPLY_TOKEN, S (1011)), ==,
                   OHM_CLOUD_GRANT_KEEP);
}

static void
test_grant_slow_down (void)
{
  OhmCloudGrant grant = test_cloud_grant (S (5));

  ohm_cloud_grant_on_reply (&grant, OHM_CLOUD_REPLY_SLOW_DOWN, S (1010));
  g_assert_cmpint (grant.next_us, ==, S (1020));
  ohm_cloud_grant_on_reply (&grant, OHM_CLOUD_REPLY_PENDING, S (1020));
  g_assert_cmpint (grant.next_us, ==, S (1030));
  ohm_cloud_grant_on_reply (&grant, OHM_CLOUD_REPLY_SLOW_DOWN, S (1030));
  g_assert_cmpint (grant.next_us, ==, S (1045));
}

static void
test_grant_lost_answers (void)
{
  OhmCloudGrant grant = test_cloud_grant (S (5));
  const gint64 waits[] = { 10, 20, 40, 60, 60 };
  gint64 now_us = S (1005);

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_assert_cmpint (ohm_cloud_grant_on_lost (&grant, now_us), ==, OHM_CLOUD_GRANT_WAIT);
      g_assert_cmpint (grant.next_us - now_us, ==, S (waits[i]));
      now_us = grant.next_us;
    }
  /* A guest network's page, an overload: as good as no answer. */
  ohm_cloud_grant_on_reply (&grant, OHM_CLOUD_REPLY_BROKEN, now_us);
  g_assert_cmpint (grant.next_us - now_us, ==, S (60));
  ohm_cloud_grant_on_reply (&grant, OHM_CLOUD_REPLY_PENDING, now_us);
  g_assert_cmpint (grant.next_us - now_us, ==, S (5));
  g_assert_cmpint (ohm_cloud_grant_on_reply (&grant, OHM_CLOUD_REPLY_INVALID, now_us), ==,
                   OHM_CLOUD_GRANT_FAIL);
  g_assert_cmpstr (grant.failure, ==, "claim-answer-lost");
}

static void
test_grant_slow_server (void)
{
  OhmCloudGrant grant = test_cloud_grant (S (120));

  ohm_cloud_grant_on_lost (&grant, S (1120));
  g_assert_cmpint (grant.next_us, ==, S (1240));
}

static void
test_grant_over (void)
{
  static const struct
  {
    OhmCloudReplyKind kind;
    const char *failure;
  } rows[] = {
    { OHM_CLOUD_REPLY_DENIED, "claim-denied" },
    { OHM_CLOUD_REPLY_EXPIRED, "claim-expired" },
    { OHM_CLOUD_REPLY_INVALID, "claim-code-invalid" },
    { OHM_CLOUD_REPLY_REFUSED, "claim-refused" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      OhmCloudGrant grant = test_cloud_grant (S (5));

      g_assert_cmpint (ohm_cloud_grant_on_reply (&grant, rows[i].kind, S (1005)), ==,
                       OHM_CLOUD_GRANT_FAIL);
      g_assert_cmpstr (grant.failure, ==, rows[i].failure);
      g_assert_true (ohm_message_code_is_known (grant.failure));
    }
}

static void
test_grant_expires (void)
{
  OhmCloudGrant grant = test_cloud_grant (S (5));

  ohm_cloud_grant_on_reply (&grant, OHM_CLOUD_REPLY_PENDING, S (1598));
  g_assert_cmpint (grant.next_us, ==, S (1600));
  g_assert_cmpint (ohm_cloud_grant_on_time (&grant, S (1600)), ==, OHM_CLOUD_GRANT_FAIL);
  g_assert_cmpstr (grant.failure, ==, "claim-expired");
}

static void
test_renewal (void)
{
  OhmCloudRenewal renewal = { 0 };

  g_assert_cmpint (ohm_cloud_renewal_decide (&renewal, 0), ==, OHM_CLOUD_RENEWAL_RENEW);
  ohm_cloud_renewal_on_granted (&renewal, S (3600), 0, S (1000));
  g_assert_cmpint (renewal.due_us, ==, S (3400));
  g_assert_cmpint (ohm_cloud_renewal_decide (&renewal, S (3399)), ==, OHM_CLOUD_RENEWAL_USE);
  g_assert_cmpint (ohm_cloud_renewal_decide (&renewal, S (3400)), ==, OHM_CLOUD_RENEWAL_RENEW);

  /* The identity server is away: the token is good for a while yet. */
  g_assert_true (ohm_cloud_renewal_on_failed (&renewal, S (3400)));
  g_assert_cmpint (ohm_cloud_renewal_decide (&renewal, S (3459)), ==, OHM_CLOUD_RENEWAL_USE);
  g_assert_cmpint (ohm_cloud_renewal_decide (&renewal, S (3460)), ==, OHM_CLOUD_RENEWAL_RENEW);
  g_assert_true (ohm_cloud_renewal_on_failed (&renewal, S (4580)));
  g_assert_cmpint (ohm_cloud_renewal_decide (&renewal, S (4590)), ==, OHM_CLOUD_RENEWAL_RENEW);
  g_assert_false (ohm_cloud_renewal_on_failed (&renewal, S (4590)));

  ohm_cloud_renewal_on_granted (&renewal, S (3600), 1, S (5000));
  g_assert_cmpint (renewal.due_us, ==, S (5000 + 2400 + 240));
  ohm_cloud_renewal_on_granted (&renewal, S (3600), -1, S (5000));
  g_assert_cmpint (renewal.due_us, ==, S (5000 + 2400 - 240));

  ohm_cloud_renewal_on_refused (&renewal);
  g_assert_cmpint (ohm_cloud_renewal_decide (&renewal, S (5001)), ==, OHM_CLOUD_RENEWAL_RENEW);
  g_assert_false (ohm_cloud_renewal_on_failed (&renewal, S (5001)));

  /* One second is better than none. */
  ohm_cloud_renewal_on_granted (&renewal, S (1), 1, S (6000));
  g_assert_cmpint (ohm_cloud_renewal_decide (&renewal, S (6000)), ==, OHM_CLOUD_RENEWAL_USE);
  g_assert_cmpint (renewal.due_us, <=, renewal.expires_us);
  ohm_cloud_renewal_reset (&renewal);
  g_assert_false (renewal.has_token);
}

static void
test_claim_text (void)
{
  g_autoptr (OhmCloudClaim) claim = ohm_cloud_claim_new (ISSUER, "gateway");
  g_autoptr (OhmCloudClaim) copy = NULL;
  g_autoptr (OhmCloudClaim) lost = NULL;
  char *text;

  ohm_cloud_claim_set_token (claim, "rt-1");
  ohm_cloud_claim_set_token (claim, "rt-2");
  claim->account = g_strdup ("Jürgen \"J\"");
  claim->linked_us = G_GINT64_CONSTANT (1772445600123456);
  claim->refreshing_us = 7;
  text = ohm_cloud_claim_dup_text (claim);
  copy = ohm_cloud_claim_parse (text);
  ohm_secret_free (text);
  g_assert_cmpstr (copy->issuer, ==, ISSUER);
  g_assert_cmpstr (copy->client, ==, "gateway");
  g_assert_cmpstr (copy->account, ==, "Jürgen \"J\"");
  g_assert_cmpstr (copy->refresh_token, ==, "rt-2");
  g_assert_null (copy->subject);
  g_assert_null (copy->lost);
  g_assert_cmpint (copy->linked_us, ==, claim->linked_us);
  g_assert_cmpint (copy->refreshing_us, ==, 7);

  ohm_cloud_claim_set_token (claim, NULL);
  claim->lost = g_strdup ("claim-lost");
  text = ohm_cloud_claim_dup_text (claim);
  lost = ohm_cloud_claim_parse (text);
  ohm_secret_free (text);
  g_assert_cmpstr (lost->lost, ==, "claim-lost");
  g_assert_null (lost->refresh_token);

  g_assert_null (ohm_cloud_claim_parse (""));
  g_assert_null (ohm_cloud_claim_parse ("{}"));
  g_assert_null (ohm_cloud_claim_parse ("{\"issuer\":\"a\",\"client\":\"b\"}"));
}

/* HEADER.PAYLOAD.SIGNATURE */
static char *
test_cloud_id_token (const char *payload)
{
  g_autofree char *middle = g_base64_encode ((const guchar *) payload, strlen (payload));

  g_strdelimit (middle, "+", '-');
  g_strdelimit (middle, "/", '_');
  *(strchrnul (middle, '=')) = '\0';
  return g_strdup_printf ("e30.%s.c2ln", middle);
}

static gboolean
test_cloud_identify (OhmCloudClaim *claim, const char *payload)
{
  g_autofree char *token = test_cloud_id_token (payload);

  return ohm_cloud_claim_read_identity (claim, token);
}

static void
test_claim_identity (void)
{
  g_autoptr (OhmCloudClaim) claim = ohm_cloud_claim_new (ISSUER, "gateway");
  g_autoptr (GBytes) info = test_cloud_bytes ("{\"sub\":\"s-1\",\"name\":\"Werk 3\"}");
  g_autoptr (GBytes) other = test_cloud_bytes ("{\"sub\":\"s-2\",\"name\":\"Werk 4\"}");

  g_assert_false (ohm_cloud_claim_read_identity (claim, ""));
  g_assert_false (ohm_cloud_claim_read_identity (claim, "a.b"));
  g_assert_false (ohm_cloud_claim_read_identity (claim, "a.!!!.c"));
  g_assert_false (test_cloud_identify (claim, "{\"iss\":\"https://evil.example.org\","
                                              "\"sub\":\"s\",\"aud\":\"gateway\"}"));
  g_assert_false (test_cloud_identify (claim, "{\"iss\":\"" ISSUER "\",\"sub\":\"s\","
                                              "\"aud\":\"another\"}"));
  g_assert_false (test_cloud_identify (claim, "{\"iss\":\"" ISSUER "\",\"aud\":\"gateway\"}"));
  g_assert_null (claim->subject);

  g_assert_true (test_cloud_identify (claim, "{\"iss\":\"" ISSUER "/\",\"sub\":\"s-1\","
                                             "\"aud\":[\"x\",\"gateway\"]}"));
  g_assert_cmpstr (claim->subject, ==, "s-1");
  g_assert_null (claim->account);
  g_assert_false (ohm_cloud_claim_read_userinfo (claim, other));
  g_assert_null (claim->account);
  g_assert_true (ohm_cloud_claim_read_userinfo (claim, info));
  g_assert_cmpstr (claim->account, ==, "Werk 3");
  g_assert_true (test_cloud_identify (claim, "{\"iss\":\"" ISSUER "\",\"sub\":\"s-1\",\"aud\":"
                                             "\"gateway\",\"name\":\"N\",\"email\":\"a@b.c\"}"));
  g_assert_cmpstr (claim->account, ==, "a@b.c");
}

static void
test_form (void)
{
  g_autoptr (SoupMessage) message = ohm_cloud_form_new ("https://id.example.org/token", "a",
                                                        "b c&d=é", "scope", "openid x", NULL);

  g_assert_null (ohm_cloud_form_new ("nonsense", "a", "b", NULL));
  g_assert_cmpstr (soup_message_get_method (message), ==, "POST");
  g_assert_cmpstr (soup_message_headers_get_content_type (soup_message_get_request_headers (
                                                            message),
                                                          NULL),
                   ==, "application/x-www-form-urlencoded");
  g_assert_cmpint (soup_message_headers_get_content_length (
                     soup_message_get_request_headers (message)),
                   ==, strlen ("a=b%20c%26d%3D%C3%A9&scope=openid%20x"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud/document/hostile", test_document_hostile);
  g_test_add_func ("/cloud/document/values", test_document_values);
  g_test_add_func ("/cloud/issuer/good", test_issuer);
  g_test_add_func ("/cloud/issuer/refused", test_issuer_refused);
  g_test_add_func ("/cloud/issuer/safe", test_issuer_safe);
  g_test_add_func ("/cloud/reply/errors", test_reply_errors);
  g_test_add_func ("/cloud/reply/token", test_reply_token);
  g_test_add_func ("/cloud/device/good", test_device);
  g_test_add_func ("/cloud/device/refused", test_device_refused);
  g_test_add_func ("/cloud/grant/approved", test_grant_approved);
  g_test_add_func ("/cloud/grant/slow-down", test_grant_slow_down);
  g_test_add_func ("/cloud/grant/lost-answers", test_grant_lost_answers);
  g_test_add_func ("/cloud/grant/slow-server", test_grant_slow_server);
  g_test_add_func ("/cloud/grant/over", test_grant_over);
  g_test_add_func ("/cloud/grant/expires", test_grant_expires);
  g_test_add_func ("/cloud/renewal", test_renewal);
  g_test_add_func ("/cloud/claim/text", test_claim_text);
  g_test_add_func ("/cloud/claim/identity", test_claim_identity);
  g_test_add_func ("/cloud/form", test_form);
  return g_test_run ();
}
