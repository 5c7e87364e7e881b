/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "ohm-cloud-verdict.h"

/* 2026-11-22T10:16:00Z */
#define TEST_NOW_US (G_GINT64_CONSTANT (1795342560) * G_USEC_PER_SEC)

static OhmCloudAnswer *
test_verdict_new_answer (guint status, const char *headers, gconstpointer body, gsize length)
{
  OhmCloudAnswer *answer = g_new0 (OhmCloudAnswer, 1);
  g_autofree char *text = g_strconcat ("GET / HTTP/1.1\r\n", headers != NULL ? headers : "", NULL);

  answer->status = status;
  answer->headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  g_assert_true (soup_headers_parse (text, (int) strlen (text), answer->headers));
  answer->body = g_bytes_new (body, length);
  return answer;
}

static OhmVerdict *
test_verdict_judge_format (OhmCloudFormat format,
                           guint status,
                           const char *headers,
                           const char *body)
{
  g_autoptr (OhmCloudAnswer) answer = test_verdict_new_answer (status, headers, body,
                                                               strlen (body));

  return ohm_cloud_verdict_new (format, answer, 60, TEST_NOW_US);
}

static OhmVerdict *
test_verdict_judge (guint status, const char *headers, const char *body)
{
  return test_verdict_judge_format (OHM_CLOUD_FORMAT_OTLP, status, headers, body);
}

static void
test_verdict_assert_message (OhmVerdict *verdict, const char *code)
{
  g_autofree char *text = NULL;

  g_assert_cmpstr (ohm_message_get_code (verdict->message), ==, code);
  g_assert_true (ohm_message_code_is_known (code));
  text = ohm_message_dup_text (verdict->message);
  g_assert_null (strchr (text, '{'));
  g_assert_null (strchr (text, '?'));
}

static void
test_verdict_table (void)
{
  static const struct
  {
    guint status;
    OhmVerdictKind kind;
    const char *code;
  } rows[] = {
    { 200, OHM_VERDICT_ACCEPTED, NULL },
    { 201, OHM_VERDICT_ACCEPTED, NULL },
    { 202, OHM_VERDICT_ACCEPTED, NULL },
    { 204, OHM_VERDICT_ACCEPTED, NULL },
    { 203, OHM_VERDICT_CONFIGURATION, "cloud-status" },
    { 301, OHM_VERDICT_CONFIGURATION, "cloud-redirect" },
    { 304, OHM_VERDICT_CONFIGURATION, "cloud-redirect" },
    { 308, OHM_VERDICT_CONFIGURATION, "cloud-redirect" },
    { 400, OHM_VERDICT_DATA, "cloud-data" },
    { 401, OHM_VERDICT_AUTH, "cloud-unauthorized" },
    { 402, OHM_VERDICT_CONFIGURATION, "cloud-status" },
    { 403, OHM_VERDICT_CONFIGURATION, "cloud-forbidden" },
    { 404, OHM_VERDICT_CONFIGURATION, "cloud-path" },
    { 405, OHM_VERDICT_CONFIGURATION, "cloud-path" },
    { 407, OHM_VERDICT_CONFIGURATION, "cloud-proxy-asks" },
    { 511, OHM_VERDICT_CONFIGURATION, "cloud-redirect" },
    { 408, OHM_VERDICT_TRANSIENT, "cloud-busy" },
    { 413, OHM_VERDICT_SIZE, "cloud-size" },
    { 415, OHM_VERDICT_CONFIGURATION, "cloud-path" },
    { 418, OHM_VERDICT_CONFIGURATION, "cloud-status" },
    { 422, OHM_VERDICT_DATA, "cloud-data" },
    { 425, OHM_VERDICT_TRANSIENT, "cloud-busy" },
    { 429, OHM_VERDICT_TRANSIENT, "cloud-busy" },
    { 500, OHM_VERDICT_UNCLEAR, "cloud-server-error" },
    { 501, OHM_VERDICT_UNCLEAR, "cloud-server-error" },
    { 502, OHM_VERDICT_TRANSIENT, "cloud-busy" },
    { 503, OHM_VERDICT_TRANSIENT, "cloud-busy" },
    { 504, OHM_VERDICT_TRANSIENT, "cloud-busy" },
    { 507, OHM_VERDICT_UNCLEAR, "cloud-server-error" },
    { 599, OHM_VERDICT_UNCLEAR, "cloud-server-error" },
    { 0, OHM_VERDICT_CONFIGURATION, "cloud-status" },
    { 999, OHM_VERDICT_CONFIGURATION, "cloud-status" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OhmVerdict) verdict = test_verdict_judge (rows[i].status, NULL, "");

      g_test_message ("%u", rows[i].status);
      g_assert_cmpint (verdict->kind, ==, rows[i].kind);
      g_assert_cmpint (verdict->status, ==, (int) rows[i].status);
      g_assert_cmpuint (verdict->n_points, ==, 60);
      g_assert_null (verdict->text);
      if (rows[i].code == NULL)
        g_assert_null (verdict->message);
      else
        test_verdict_assert_message (verdict, rows[i].code);
    }
}

static void
test_verdict_retry_after (void)
{
  static const struct
  {
    guint status;
    const char *headers;
    gint64 wait_us;
  } rows[] = {
    { 503, "", 0 },
    { 503, "Retry-After: 120\r\n", 120 * G_USEC_PER_SEC },
    { 429, "Retry-After: 0\r\n", G_USEC_PER_SEC },
    { 429, "Retry-After: 99999999999999999999999999\r\n", OHM_CLOUD_VERDICT_WAIT_MAX_US },
    { 429, "Retry-After: 18446744073709551615\r\n", OHM_CLOUD_VERDICT_WAIT_MAX_US },
    { 429, "Retry-After: -5\r\n", 0 },
    { 429, "Retry-After: soon\r\n", 0 },
    { 429, "Retry-After:\r\n", 0 },
    { 503, "Retry-After: Sun, 22 Nov 2026 10:18:00 GMT\r\n", 120 * G_USEC_PER_SEC },
    /* its clock is an hour behind ours: so is what it means */
    { 503, "Date: Sun, 22 Nov 2026 09:16:00 GMT\r\nRetry-After: Sun, 22 Nov 2026 09:17:00 GMT\r\n",
      60 * G_USEC_PER_SEC },
    { 503, "Retry-After: Sun, 22 Nov 2026 10:00:00 GMT\r\n", G_USEC_PER_SEC },
    { 503, "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", OHM_CLOUD_VERDICT_WAIT_MAX_US },
    /* only where it is tried again soon */
    { 400, "Retry-After: 120\r\n", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OhmVerdict) verdict = test_verdict_judge (rows[i].status, rows[i].headers, "");

      g_test_message ("%s", rows[i].headers);
      g_assert_cmpint (verdict->retry_after_us, ==, rows[i].wait_us);
    }
}

static void
test_verdict_date (void)
{
  g_autoptr (OhmVerdict) told = test_verdict_judge (204, "Date: Sun, 22 Nov 2026 10:16:00 GMT\r\n",
                                                    "");
  g_autoptr (OhmVerdict) broken = test_verdict_judge (204, "Date: yesterday\r\n", "");

  g_assert_cmpint (told->engine_us, ==, TEST_NOW_US);
  g_assert_cmpint (broken->engine_us, ==, 0);
}

static void
test_verdict_partly (void)
{
  static const char *const json = "Content-Type: application/json\r\n";
  g_autoptr (OhmVerdict) some = test_verdict_judge (
    200, json, "{\"partialSuccess\":{\"rejectedDataPoints\":\"7\",\"errorMessage\":\"too old\"}}");
  g_autoptr (OhmVerdict) unsaid =
    test_verdict_judge (200, json, "{\"partialSuccess\":{\"errorMessage\":\"out of bounds\"}}");
  g_autoptr (OhmVerdict) none = test_verdict_judge (200, json, "{\"partialSuccess\":{}}");
  g_autoptr (OhmVerdict) more = test_verdict_judge (
    200, json, "{\"partialSuccess\":{\"rejectedDataPoints\":\"9223372036854775807\"}}");

  g_assert_cmpint (some->kind, ==, OHM_VERDICT_PARTLY);
  g_assert_cmpuint (some->n_rejected, ==, 7);
  g_assert_cmpstr (some->text, ==, "too old");
  test_verdict_assert_message (some, "cloud-partly");
  g_assert_cmpint (unsaid->kind, ==, OHM_VERDICT_PARTLY);
  g_assert_cmpuint (unsaid->n_rejected, ==, 0);
  test_verdict_assert_message (unsaid, "cloud-partly-unsaid");
  g_assert_cmpint (none->kind, ==, OHM_VERDICT_ACCEPTED);
  g_assert_null (none->text);
  g_assert_cmpuint (more->n_rejected, ==, 60);
}

/* A portal that wants a room number answers 200 as well. */
static void
test_verdict_portal (void)
{
  static const OhmCloudFormat formats[] = { OHM_CLOUD_FORMAT_OTLP, OHM_CLOUD_FORMAT_OTLP_JSON,
                                            OHM_CLOUD_FORMAT_LINE };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr (OhmVerdict) verdict = test_verdict_judge_format (
        formats[i], 200, "Content-Type: text/html; charset=utf-8\r\n",
        "<html><head><title>Welcome</title></head><body>Your <b>room</b> number</body></html>");

      g_assert_cmpint (verdict->kind, ==, OHM_VERDICT_CONFIGURATION);
      test_verdict_assert_message (verdict, "cloud-status");
      g_assert_cmpstr (verdict->text, ==, "Welcome Your room number");
    }
}

/* 400 that is none: the records are not at fault. */
static void
test_verdict_path (void)
{
  g_autoptr (OhmVerdict) metrics =
    test_verdict_judge (400, NULL, "unsupported path requested: \"/opentelemetry/v1/metrics\" ");
  g_autoptr (OhmVerdict) influx = test_verdict_judge_format (
    OHM_CLOUD_FORMAT_LINE, 400, NULL, "{\"error\":\"database is required\"}\n");

  g_autoptr (OhmVerdict) json = test_verdict_judge_format (
    OHM_CLOUD_FORMAT_OTLP_JSON, 400, NULL,
    "json encoding isn't supported for opentelemetry format. Use protobuf encoding\n");

  g_assert_cmpint (metrics->kind, ==, OHM_VERDICT_CONFIGURATION);
  test_verdict_assert_message (metrics, "cloud-path");
  g_assert_cmpint (json->kind, ==, OHM_VERDICT_CONFIGURATION);
  test_verdict_assert_message (json, "cloud-path");
  g_assert_cmpint (influx->kind, ==, OHM_VERDICT_CONFIGURATION);
}

/* What engines write is shown to people and stored: cut, printable, one line. */
static void
test_verdict_text (void)
{
  g_autofree char *long_text = g_strnfill (5000, 'e');
  static const guint8 status_message[] = "\x08\x03\x12\x0dout of bounds\xff\xfe\x00 hidden";
  g_autoptr (OhmCloudAnswer) answer = test_verdict_new_answer (400, NULL, status_message,
                                                               sizeof status_message - 1);
  g_autoptr (OhmVerdict) binary = ohm_cloud_verdict_new (OHM_CLOUD_FORMAT_OTLP, answer, 1,
                                                         TEST_NOW_US);
  g_autoptr (OhmVerdict) cut = test_verdict_judge (400, NULL, long_text);
  g_autoptr (OhmVerdict) escape = test_verdict_judge (400, NULL, "\033[31mred\r\n\tnext\x7f");
  g_autoptr (OhmVerdict) wide = test_verdict_judge (400, NULL, "Größe \xe2\x80\xa8 passt nicht");
  g_autoptr (OhmVerdict) elsewhere =
    test_verdict_judge (302, "Location: https://login.example/?a=\033[2J\r\n", "");

  g_assert_cmpstr (binary->text, ==, "out of bounds hidden");
  g_assert_cmpuint (strlen (cut->text), ==, OHM_CLOUD_VERDICT_TEXT_MAX);
  g_assert_cmpstr (escape->text, ==, "[31mred next");
  g_assert_cmpstr (wide->text, ==, "Größe passt nicht");
  g_assert_null (strchr (ohm_message_get_argument (elsewhere->message, "location"), '\033'));
}

static void
test_verdict_sentence (void)
{
  static const struct
  {
    const char *body;
    const char *text;
  } rows[] = {
    { "{\"error\":\"field type conflict\"}\n", "field type conflict" },
    { "{\"code\":3,\"message\":\"out of bounds\"}", "out of bounds" },
    { "{\"error\":\"partial write\",\"data\":[7]}", "{\"error\":\"partial write\",\"data\":[7]}" },
    { "{\"error\":7}", "{\"error\":7}" },
    { "{\"error\":\"half", "{\"error\":\"half" },
    { "plain words", "plain words" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OhmVerdict) verdict = test_verdict_judge (400, NULL, rows[i].body);

      g_assert_cmpstr (verdict->text, ==, rows[i].text);
    }
}

/* google.rpc.Status, as a Collector 0.152 sent it: the length of the sentence is printable. */
static void
test_verdict_status (void)
{
  static const char sentence[] =
    "error exporting items, request to http://127.0.0.1:45399/x responded with "
    "HTTP Status Code 429";
  g_autofree char *body = g_strconcat ("\x08\x08\x12^", sentence, NULL);
  const char *type = "Content-Type: application/x-protobuf\r\n";
  g_autoptr (OhmVerdict) good = test_verdict_judge (429, type, body);
  g_autoptr (OhmVerdict) broken = test_verdict_judge (429, type, "\x08\x08\x12^no");
  g_autoptr (OhmVerdict) other = test_verdict_judge (429, "Content-Type: text/plain\r\n", body);

  g_assert_cmpuint (strlen (sentence), ==, '^');
  g_assert_cmpstr (good->text, ==, sentence);
  g_assert_cmpstr (broken->text, ==, "^no");
  g_assert_true (g_str_has_prefix (other->text, "^error"));
}

static void
test_verdict_errors (void)
{
  static const struct
  {
    OhmError code;
    OhmVerdictKind kind;
  } rows[] = {
    { OHM_ERROR_LINK, OHM_VERDICT_TRANSIENT },       { OHM_ERROR_TIMEOUT, OHM_VERDICT_TRANSIENT },
    { OHM_ERROR_PROTOCOL, OHM_VERDICT_TRANSIENT },   { OHM_ERROR_BUSY, OHM_VERDICT_TRANSIENT },
    { OHM_ERROR_CONFIG, OHM_VERDICT_CONFIGURATION }, { OHM_ERROR_SECRET, OHM_VERDICT_AUTH },
    { OHM_ERROR_FAILED, OHM_VERDICT_UNCLEAR },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = g_error_new (OHM_ERROR, (int) rows[i].code, "the cause");
      g_autoptr (OhmVerdict) verdict = ohm_cloud_verdict_new_from_error (error);

      g_assert_cmpint (verdict->kind, ==, rows[i].kind);
      g_assert_nonnull (verdict->message);
      g_assert_cmpint (verdict->status, ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud-verdict/table", test_verdict_table);
  g_test_add_func ("/cloud-verdict/retry-after", test_verdict_retry_after);
  g_test_add_func ("/cloud-verdict/date", test_verdict_date);
  g_test_add_func ("/cloud-verdict/partly", test_verdict_partly);
  g_test_add_func ("/cloud-verdict/portal", test_verdict_portal);
  g_test_add_func ("/cloud-verdict/path", test_verdict_path);
  g_test_add_func ("/cloud-verdict/text", test_verdict_text);
  g_test_add_func ("/cloud-verdict/sentence", test_verdict_sentence);
  g_test_add_func ("/cloud-verdict/status", test_verdict_status);
  g_test_add_func ("/cloud-verdict/errors", test_verdict_errors);
  return g_test_run ();
}
