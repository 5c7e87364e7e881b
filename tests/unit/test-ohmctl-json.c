/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <math.h>

#include "ohmctl-json.h"

static void
test_json_assert (OhmctlJson *json, const char *expected)
{
  g_autofree char *text = ohmctl_json_steal (json);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_json_shape (void)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  const char *const words[] = { "a", "b", NULL };

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "s", "x");
  ohmctl_json_string (json, "n", NULL);
  ohmctl_json_begin_array (json, "l");
  ohmctl_json_integer (json, NULL, G_MININT64);
  ohmctl_json_unsigned (json, NULL, G_MAXUINT64);
  ohmctl_json_boolean (json, NULL, TRUE);
  ohmctl_json_boolean (json, NULL, FALSE);
  ohmctl_json_null (json, NULL);
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_end_object (json);
  ohmctl_json_end_array (json);
  ohmctl_json_strv (json, "w", words);
  ohmctl_json_strv (json, "none", NULL);
  g_assert_cmpuint (ohmctl_json_get_pending (json), >, 10);
  ohmctl_json_end_object (json);
  test_json_assert (json,
                    "{\"s\":\"x\",\"n\":null,\"l\":[-9223372036854775808,18446744073709551615,"
                    "true,false,null,{}],\"w\":[\"a\",\"b\"],\"none\":[]}\n");
  g_assert_cmpuint (ohmctl_json_get_pending (json), ==, 0);

  /* the next document of the same writer */
  ohmctl_json_begin_array (json, NULL);
  ohmctl_json_end_array (json);
  test_json_assert (json, "[]\n");
}

/* Pieces of one document put together are the document. */
static void
test_json_pieces (void)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  ohmctl_json_begin_array (json, NULL);
  ohmctl_json_integer (json, NULL, 1);
  test_json_assert (json, "[1");
  ohmctl_json_integer (json, NULL, 2);
  ohmctl_json_end_array (json);
  test_json_assert (json, ",2]\n");
}

static void
test_json_strings (void)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "\"\\\n", "\"\\\b\t\033\x7fé\xff/");
  ohmctl_json_end_object (json);
  test_json_assert (json,
                    "{\"\\\"\\\\\\u000a\":\"\\\"\\\\\\u0008\\u0009\\u001b\\u007fé\xef\xbf\xbd/"
                    "\"}\n");
}

static void
test_json_numbers (void)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  ohmctl_json_begin_array (json, NULL);
  ohmctl_json_real (json, NULL, 4321.5);
  ohmctl_json_real (json, NULL, 230);
  ohmctl_json_real (json, NULL, -0.1);
  ohmctl_json_real (json, NULL, NAN);
  ohmctl_json_real (json, NULL, -INFINITY);
  ohmctl_json_end_array (json);
  test_json_assert (json, "[4321.5,230,-0.1,null,null]\n");
}

static void
test_json_times (void)
{
  static const struct
  {
    gint64 us;
    const char *expected;
  } rows[] = {
    { G_GINT64_CONSTANT (1795342500000000), "2026-11-22T10:15:00Z" },
    { G_GINT64_CONSTANT (1795342500412000), "2026-11-22T10:15:00.412Z" },
    { G_GINT64_CONSTANT (1795342500123456), "2026-11-22T10:15:00.123456Z" },
    { 1, "1970-01-01T00:00:00.000001Z" },
    { -1, "1969-12-31T23:59:59.999999Z" },
    { G_MAXINT64, NULL },
  };
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = ohmctl_json_format_time (rows[i].us);

      g_assert_cmpstr (text, ==, rows[i].expected);
    }
  ohmctl_json_begin_array (json, NULL);
  ohmctl_json_time (json, NULL, 0);
  ohmctl_json_end_array (json);
  test_json_assert (json, "[null]\n");
}

static void
test_json_variants (void)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_parsed (
    "{'b': <byte 1>, 'n': <int16 -2>, 'q': <uint16 3>, 'i': <-4>, 'u': <uint32 5>, 'x': <int64 -6>,"
    " 't': <uint64 18446744073709551615>, 'd': <0.5>, 'y': <true>, 's': <'x'>, 'o': <objectpath "
    "'/'>,"
    " 'l': <['a', 'b']>, 'p': <(1, 'z', [uint32 2])>, 'm': <{'k': 'v'}>, 'v': <<7>>}"));

  ohmctl_json_variant (json, NULL, value);
  test_json_assert (json, "{\"b\":1,\"n\":-2,\"q\":3,\"i\":-4,\"u\":5,\"x\":-6,"
                          "\"t\":18446744073709551615,\"d\":0.5,\"y\":true,\"s\":\"x\",\"o\":\"/\","
                          "\"l\":[\"a\",\"b\"],\"p\":[1,\"z\",[2]],\"m\":{\"k\":\"v\"},\"v\":7}\n");
}

/* What is nested deeper than anything of ours is cut, not followed. */
static void
test_json_depth (void)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  GVariant *value = g_variant_new_string ("deep");
  g_autoptr (GVariant) nested = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < 40; i++)
    value = g_variant_new_array (NULL, &value, 1);
  nested = g_variant_ref_sink (value);
  ohmctl_json_variant (json, NULL, nested);
  text = ohmctl_json_steal (json);
  g_assert_true (g_str_has_prefix (text, "[[[[[[[["));
  g_assert_nonnull (g_strrstr (text, "[null]"));
  g_assert_null (g_strrstr (text, "deep"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ohmctl/json/shape", test_json_shape);
  g_test_add_func ("/ohmctl/json/pieces", test_json_pieces);
  g_test_add_func ("/ohmctl/json/strings", test_json_strings);
  g_test_add_func ("/ohmctl/json/numbers", test_json_numbers);
  g_test_add_func ("/ohmctl/json/times", test_json_times);
  g_test_add_func ("/ohmctl/json/variants", test_json_variants);
  g_test_add_func ("/ohmctl/json/depth", test_json_depth);
  return g_test_run ();
}
