/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plugin umg20cm-memory: what is public of it, and that the rest is said, not guessed. */

#include <ohm.h>

#include <string.h>

extern const OhmPluginInfo ohm_plugin;

static void
test_umg20cm_memory_on_exchange (gpointer owner,
                                 const OhmRequest *request,
                                 OhmHistoryReplyFunc func,
                                 gpointer user_data)
{
  const guint8 *data = owner;
  OhmReply reply = { .function = 3, .address = request->address, .data = data, .length = 16 };

  g_assert_cmpuint (request->function, ==, 3);
  g_assert_cmpuint (request->address, ==, 6000);
  g_assert_cmpuint (request->count, ==, 8);
  /* the first byte of a test's data says how the meter answers */
  reply.exception = data[0] == 0xee ? 2 : 0;
  reply.length = data[0] == 0xcc ? 15 : 16;
  func (&reply, /* error */ NULL, user_data);
}

static OhmHistory *
test_umg20cm_memory_new (const guint8 *data)
{
  OhmHistoryLink link = { test_umg20cm_memory_on_exchange, (gpointer) (guintptr) data };
  g_autoptr (OhmProfile) profile = ohm_profile_new_empty ("umg20cm", "UMG 20CM");
  g_autoptr (OhmMeter) meter = ohm_meter_new (OHM_TYPE_METER, profile, /* facts */ NULL);
  OhmHistory *history = ohm_history_new (ohm_plugin.types[0](), meter, /* settings */ NULL);

  ohm_history_set_link (history, &link);
  return history;
}

static void
test_umg20cm_memory_on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
test_umg20cm_memory_get_range (const guint8 *data, gint64 *ret_first_us, GError **error)
{
  g_autoptr (OhmHistory) history = test_umg20cm_memory_new (data);
  g_autoptr (GAsyncResult) result = NULL;
  gint64 last_us = -1;

  ohm_history_range_async (history, /* cancellable */ NULL, test_umg20cm_memory_on_done, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  if (!ohm_history_range_finish (history, result, ret_first_us, &last_us, error))
    return FALSE;
  g_assert_cmpint (last_us, ==, 0);
  return TRUE;
}

static void
test_umg20cm_memory_range (void)
{
  static const guint8 good[16] = { 0, 1, 0, 0, 3, 0x84, 0, 0, 0, 0, 0, 0, 0x6b, 0x02, 0x5e, 0x10 };
  static const struct
  {
    guint8 data[16];
    const char *message;
  } wrong[] = {
    { { 0, 0, 0, 0, 3, 0x84 }, "storage is off" },
    { { 0, 1, 0, 0, 0, 0 }, "every 0 s" },
    { { 0, 1, 0, 0, 0x0e, 0x10 }, "every 3600 s" },
    { { 0xee }, "refused" },
    { { 0xcc }, "cut off" },
  };
  g_autoptr (GError) error = NULL;
  gint64 first_us = 0;

  g_assert_true (test_umg20cm_memory_get_range (good, &first_us, &error));
  g_assert_no_error (error);
  g_assert_cmpint (first_us, ==, G_GINT64_CONSTANT (0x6b025e10) * G_USEC_PER_SEC);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) problem = NULL;

      g_assert_false (test_umg20cm_memory_get_range (wrong[i].data, &first_us, &problem));
      g_assert_nonnull (strstr (problem->message, wrong[i].message));
    }
}

static void
test_umg20cm_memory_read (void)
{
  g_autoptr (OhmHistory) history = test_umg20cm_memory_new (NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ohm_history_read_async (history, 0, 1, /* token */ NULL, /* cancellable */ NULL,
                          test_umg20cm_memory_on_done, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (ohm_history_read_finish (history, result, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (OHM_HISTORY_GET_CLASS (history)->n_writes, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/umg20cm-memory/range", test_umg20cm_memory_range);
  g_test_add_func ("/umg20cm-memory/read", test_umg20cm_memory_read);
  return g_test_run ();
}
