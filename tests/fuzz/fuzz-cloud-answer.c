/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Input: which media type; then the body. */

#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "ohm-cloud-format.h"

#define TEXT_MAX 500

/* Words of the other side are one line that can be shown anywhere. */
static void
fuzz_check_text (const char *text)
{
  g_assert_cmpuint (strlen (text), >, 0);
  g_assert_cmpuint (strlen (text), <=, TEXT_MAX);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (const char *c = text; *c != '\0'; c++)
    g_assert_false (g_ascii_iscntrl (*c));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const char *const types[] = { "application/x-protobuf", "application/json", "text/plain",
                                       "text/html", NULL };
  g_autoptr (GBytes) body = NULL;
  g_autofree char *text = NULL;
  guint64 rejected = G_MAXUINT64;

  if (size == 0)
    return 0;
  body = g_bytes_new (data + 1, size - 1);
  if (!ohm_cloud_otlp_read_answer (types[data[0] % G_N_ELEMENTS (types)], body, &rejected, &text))
    {
      g_assert_true (rejected == G_MAXUINT64);
      g_assert_null (text);
      return 0;
    }
  g_assert_cmpuint (rejected, <=, G_MAXINT64);
  if (text != NULL)
    fuzz_check_text (text);
  return 0;
}
