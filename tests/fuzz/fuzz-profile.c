/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Input: the text of a profile of id `x`. What is accepted can be surveyed and planned, and every
 * entry lies within the limits. */

#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "ohm-meter.h"

/* What a profile may inherit from. */
static const char parent_text[] = "[profile]\nid = parent\nname = P\nrevision = 1\nfamily = f\n"
                                  "[facts]\nserial = 1 u32\nmodules = 3 text2\n"
                                  "[repeat]\nover = @modules\ncount = 4\n"
                                  "[registers]\nfrequency = 10 f32 | 20 f32\n"
                                  "in{i}.pulse-count = 100+2*i u32\n";

static OhmProfile *
fuzz_on_lookup (const char *id, gpointer user_data)
{
  return g_str_equal (id, "parent") ? user_data : NULL;
}

/* Answers that are the same every time, refusals among them. */
static void
fuzz_answer (const OhmRequest *request, guint step, guint8 *data, OhmReply *reply)
{
  *reply = (OhmReply){ .function = request->function, .address = request->address };
  if (step % 5 == 3)
    {
      reply->exception = (guint8) (1 + step % 7);
      return;
    }
  for (guint i = 0; i < 2u * request->count; i++)
    data[i] = (guint8) (step * 37 + i * 11);
  reply->data = data;
  reply->length = 2 * (gsize) request->count;
}

static OhmFacts *
fuzz_survey (OhmProfile *profile)
{
  g_autoptr (OhmFactsBuilder) facts = ohm_facts_builder_new (NULL);
  guint8 data[2 * OHM_READ_REGISTERS_MAX] = { 0 };
  OhmRequest request = { 0 };
  OhmReply reply = { 0 };
  gboolean is_done = FALSE;

  for (guint step = 0; !is_done; step++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (step, <, 400);
      if (!ohm_profile_survey (profile, step, step > 0 ? &reply : NULL, facts, &request, &is_done,
                               &error))
        {
          g_assert_error (error, OHM_ERROR, OHM_ERROR_DEVICE);
          break;
        }
      if (is_done)
        break;
      g_assert_true (request.function == 3 || request.function == 4);
      g_assert_true (request.count >= 1 && request.count <= OHM_READ_REGISTERS_MAX);
      g_assert_cmpuint (request.address + request.count, <=, 65536);
      fuzz_answer (&request, step, data, &reply);
    }
  return ohm_facts_builder_end (g_steal_pointer (&facts));
}

static void
fuzz_plan (OhmProfile *profile, OhmFacts *facts)
{
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  g_autoptr (GError) error = NULL;
  const OhmEntry *entries;
  guint n = 0;

  g_assert_true (ohm_profile_plan (profile, facts, plan, &error));
  ohm_plan_seal (plan);
  entries = ohm_plan_get_entries (plan, &n);
  for (guint i = 0; i < n; i++)
    {
      guint registers = ohm_encoding_get_registers (&entries[i].encoding);

      g_assert_cmpuint (registers, <=, ohm_profile_get_limits (profile)->registers_max);
      g_assert_cmpuint (entries[i].address + registers, <=, 65536);
      g_assert_cmpuint (entries[i].classes, !=, 0);
    }
}

static void
fuzz_on_register (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data)
{
  g_assert_cmpuint (row->address + ohm_encoding_get_registers (&row->encoding), <=, 65536);
}

/* Whatever lies there, it is a time or none; what is shown by a clock is read from it. */
static void
fuzz_clocks (OhmProfile *profile, const guint8 *data, gsize size)
{
  guint n = 0;
  const OhmDeviceClock *clocks = ohm_profile_get_clocks (profile, &n);

  for (guint i = 0; i < n; i++)
    {
      guint registers = ohm_device_clock_get_registers (&clocks[i]);
      guint8 bytes[2 * OHM_DEVICE_CLOCK_FIELDS_MAX] = { 0 };
      gint64 shown_us = -1;

      g_assert_cmpuint (registers, >=, 1);
      g_assert_cmpuint (registers, <=, OHM_DEVICE_CLOCK_FIELDS_MAX);
      g_assert_cmpuint (clocks[i].address + registers, <=, 65536);
      g_assert_cmpint (ohm_device_clock_get_resolution_us (&clocks[i]), >=, 1);
      memcpy (bytes, data, MIN (size, sizeof bytes));
      g_assert_true (ohm_device_clock_decode (&clocks[i], bytes, &shown_us) == (shown_us >= 0));
      ohm_device_clock_encode (&clocks[i], G_GINT64_CONSTANT (1795342530000000), bytes);
    }
}

static OhmProfile *
fuzz_get_parent (void)
{
  static OhmProfile *parent;

  if (parent == NULL)
    parent = ohm_profile_parse ("parent.profile", parent_text, strlen (parent_text), NULL, NULL,
                                NULL);
  return parent;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmProfile) profile = ohm_profile_parse ("x.profile",
                                                      (const char *) (gconstpointer) data, size,
                                                      fuzz_on_lookup, fuzz_get_parent (), &error);
  g_autoptr (OhmFacts) facts = NULL;

  g_assert_true ((profile != NULL) != (error != NULL));
  if (profile == NULL)
    {
      g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
      g_assert_true (g_str_has_prefix (error->message, "x.profile:"));
      return 0;
    }
  ohm_profile_foreach_register (profile, fuzz_on_register, NULL);
  fuzz_clocks (profile, data, size);
  facts = fuzz_survey (profile);
  fuzz_plan (profile, facts);
  fuzz_plan (profile, NULL);
  return 0;
}
