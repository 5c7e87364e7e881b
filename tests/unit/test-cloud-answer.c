/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a receiver of OTLP says. */

#include "config.h"

#include <string.h>

#include "ohm-cloud-format.h"
#include "ohm-cloud-proto.h"

#define PROTO "application/x-protobuf"
#define JSON  "application/json"

typedef struct
{
  const char *type;
  const char *body;
  gsize length; /* 0: up to the end of the text */
  gboolean is_answer;
  guint64 rejected;
  const char *text;
} TestAnswer;

static void
test_answer (const TestAnswer *row)
{
  gsize length = row->length != 0 ? row->length : strlen (row->body);
  g_autoptr (GBytes) body = g_bytes_new (row->body, length);
  g_autofree char *text = NULL;
  guint64 rejected = 0;

  g_assert_true (ohm_cloud_otlp_read_answer (row->type, body, &rejected, &text) == row->is_answer);
  g_assert_cmpuint (rejected, ==, row->rejected);
  g_assert_cmpstr (text, ==, row->text);
}

static void
test_protobuf (void)
{
  static const TestAnswer rows[] = {
    { PROTO, "", 0, TRUE, 0, NULL },
    { PROTO, "\x0a\x00", 2, TRUE, 0, NULL },
    { PROTO, "\x0a\x02\x08\x03", 4, TRUE, 3, NULL },
    { "Application/X-Protobuf; v=1", "\x0a\x06\x08\x03\x12\x02no", 8, TRUE, 3, "no" },
    { "application/protobuf", "\x0a\x04\x12\x02no", 6, TRUE, 0, "no" },
    { PROTO, "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13, TRUE, 0, NULL },
    { PROTO, "\x0a\x05\x12\x03\xff\x01z", 7, TRUE, 0, "z" },
    /* fields of a later version, of every kind; the last of two counts */
    { PROTO, "\x10\x01\x19\x01\x02\x03\x04\x05\x06\x07\x08\x25\x01\x02\x03\x04", 16, TRUE, 0,
      NULL },
    { PROTO, "\x0a\x04\x12\x02no\x0a\x05\x12\x03yes", 13, TRUE, 0, "yes" },
    /* broken: cut, too long a number, field 0, unknown kind, not a message */
    { PROTO, "\x0a\x06\x08\x03\x12\x02n", 7, FALSE, 0, NULL },
    { PROTO, "\x0a\x02\x08", 3, FALSE, 0, NULL },
    { PROTO, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, FALSE, 0, NULL },
    { PROTO, "\x02\x00", 2, FALSE, 0, NULL },
    { PROTO, "\x0b", 1, FALSE, 0, NULL },
    { PROTO, "\x08\x01", 2, FALSE, 0, NULL },
    { PROTO, "<html>", 0, FALSE, 0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    test_answer (&rows[i]);
}

static void
test_json (void)
{
  static const TestAnswer rows[] = {
    { JSON, "", 0, TRUE, 0, NULL },
    { JSON, "{}", 0, TRUE, 0, NULL },
    { JSON, "{\"partialSuccess\":{}}", 0, TRUE, 0, NULL },
    { JSON, "{\"partialSuccess\":null}", 0, TRUE, 0, NULL },
    { "application/json; charset=utf-8", "{\"partialSuccess\":{\"rejectedDataPoints\":\"2\"}}", 0,
      TRUE, 2, NULL },
    { JSON, "{\"partialSuccess\":{\"rejectedDataPoints\":2,\"errorMessage\":\"too old\"}}", 0, TRUE,
      2, "too old" },
    { JSON, "{\"partialSuccess\":{\"rejectedDataPoints\":\"-1\",\"errorMessage\":\" a\\nb\\t\"}}",
      0, TRUE, 0, "a b" },
    { JSON, "{\"partialSuccess\":{\"rejectedDataPoints\":[1],\"errorMessage\":{}}}", 0, TRUE, 0,
      NULL },
    { JSON, "{\"x\":[1,2],\"partialSuccess\":{\"errorMessage\":\"\"}}", 0, TRUE, 0, NULL },
    { JSON, " {\"a\":\"}{ \\\" [\",\"b\":[-1.5e+3,true,null,{}]} \r\n\t", 0, TRUE, 0, NULL },
    { JSON, "[]", 0, FALSE, 0, NULL },
    { JSON, "{}{}", 0, FALSE, 0, NULL },
    { JSON, "{} x", 0, FALSE, 0, NULL },
    { JSON, "var x = {}", 0, FALSE, 0, NULL },
    { JSON, "{/* */}", 0, FALSE, 0, NULL },
    { JSON, "{'a':1}", 0, FALSE, 0, NULL },
    { JSON, "{\"a\":\"\n\"}", 0, FALSE, 0, NULL },
    { JSON, "{]", 0, FALSE, 0, NULL },
    { JSON, "{\"a\":1}}", 0, FALSE, 0, NULL },
    { JSON, "1", 0, FALSE, 0, NULL },
    { JSON, "{\"partialSuccess\":", 0, FALSE, 0, NULL },
    { JSON, "{\"partialSuccess\":{\"errorMessage\":\"\377\"}}", 0, FALSE, 0, NULL },
    { JSON, "<html>", 0, FALSE, 0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    test_answer (&rows[i]);
}

static void
test_other_types (void)
{
  static const TestAnswer rows[] = {
    { NULL, "", 0, TRUE, 0, NULL },
    { "text/html", "", 0, TRUE, 0, NULL },
    { "text/plain", "OK\n", 0, TRUE, 0, NULL },
    { "text/plain; charset=utf-8", "ok", 0, TRUE, 0, NULL },
    { "text/plain", "<html>", 0, FALSE, 0, NULL },
    { "text/html", "Please log in", 0, FALSE, 0, NULL },
    { "application/jsonp", "{}", 0, FALSE, 0, NULL },
    { NULL, "{}", 0, FALSE, 0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    test_answer (&rows[i]);
}

/* Nothing grows with what the other side sends, neither a stack nor a message. */
static void
test_bounds (void)
{
  g_autofree char *brackets = g_strnfill (60000, '[');
  g_autofree char *deep = g_strconcat ("{\"a\":", brackets, NULL);
  g_autofree char *hidden = g_strconcat ("{/*\"*/\"a\":", brackets, NULL);
  g_autofree char *letters = g_strnfill (60000, 'x');
  g_autofree char *chatty = g_strconcat ("{\"partialSuccess\":{\"errorMessage\":\"", letters,
                                         "\"}}", NULL);
  g_autofree char *cut = g_strndup (letters, 500);
  g_autofree char *spaces = g_strnfill (70000, ' ');
  g_autofree char *large = g_strconcat ("{", spaces, "}", NULL);
  const TestAnswer rows[] = {
    { JSON, deep, 0, FALSE, 0, NULL },
    { JSON, hidden, 0, FALSE, 0, NULL },
    { JSON, large, 0, FALSE, 0, NULL },
    { JSON, chatty, 0, TRUE, 0, cut },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    test_answer (&rows[i]);
}

/* What is written is read. */
static void
test_proto_round_trip (void)
{
  static const guint64 numbers[] = { 0, 1, 127, 128, 300, G_MAXINT64, G_MAXUINT64 };
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const guint8 *data;
  gsize length;
  OhmCloudProtoField field;

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    ohm_cloud_proto_put_number (out, 16 + i, numbers[i]);
  ohm_cloud_proto_put_fixed64 (out, 3, 7);
  ohm_cloud_proto_put_text (out, 4, "four");
  data = out->data;
  length = out->len;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_assert_true (ohm_cloud_proto_take (&data, &length, &field));
      g_assert_cmpuint (field.field, ==, 16 + i);
      g_assert_cmpuint (field.wire, ==, OHM_CLOUD_WIRE_VARINT);
      g_assert_cmpuint (field.number, ==, numbers[i]);
    }
  g_assert_true (ohm_cloud_proto_take (&data, &length, &field));
  g_assert_cmpuint (field.wire, ==, OHM_CLOUD_WIRE_FIXED64);
  g_assert_true (ohm_cloud_proto_take (&data, &length, &field));
  g_assert_cmpuint (field.length, ==, 4);
  g_assert_true (memcmp (field.data, "four", 4) == 0);
  g_assert_cmpuint (length, ==, 0);
  g_assert_false (ohm_cloud_proto_take (&data, &length, &field));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud-answer/protobuf", test_protobuf);
  g_test_add_func ("/cloud-answer/json", test_json);
  g_test_add_func ("/cloud-answer/other-types", test_other_types);
  g_test_add_func ("/cloud-answer/bounds", test_bounds);
  g_test_add_func ("/cloud-answer/proto-round-trip", test_proto_round_trip);
  return g_test_run ();
}
