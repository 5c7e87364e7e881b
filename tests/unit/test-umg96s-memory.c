/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plugin umg96s-memory, on a memory in memory: what a simulator does not show. */

#include <ohm.h>

#include <string.h>

#include "ohm-umg96s-block.h"

extern const OhmPluginInfo ohm_plugin;

#define SLOT_US   (G_GINT64_CONSTANT (900) * G_USEC_PER_SEC)
#define NEWEST    1795338000 /* 2026-11-22T09:00:00Z */
#define NEWEST_US ((gint64) NEWEST * G_USEC_PER_SEC)
#define RING      256

/* A meter with a ring of blocks, newest last; what it was asked. */
typedef struct
{
  OhmMeter *meter;
  OhmSettings *settings;
  OhmHistory *history;
  guint8 ring[RING][OHM_UMG96S_BLOCK_BYTES];
  guint newest;
  guint place;
  guint n_reads;
  guint n_loads;
  guint exception;  /* of every answer */
  gsize cut;        /* bytes that each answer lacks */
  gboolean is_deaf; /* no answer */
} Fixture;

static void
fixture_put (guint8 *block, guint16 number, guint32 time_s, guint32 import)
{
  memset (block, 0, OHM_UMG96S_BLOCK_BYTES);
  for (guint i = 0; i < 4; i++)
    {
      block[2 + i] = (guint8) (time_s >> (24 - 8 * i));
      block[6 + i] = (guint8) (import >> (24 - 8 * i));
    }
  block[0] = (guint8) (number >> 8);
  block[1] = (guint8) number;
  block[16] = OHM_UMG96S_PROFILE_ENERGY;
}

/* @n blocks back from the newest one, which is number 5: numbers pass 0 */
static guint8 *
fixture_block (Fixture *self, guint n)
{
  return self->ring[(self->newest + RING - n) % RING];
}

static void
fixture_fill (Fixture *self, guint n)
{
  for (guint i = 0; i < n; i++)
    fixture_put (fixture_block (self, i), (guint16) (5 - i), (guint32) (NEWEST - 900 * i),
                 1000000 - 10 * i);
}

static void
fixture_answer (Fixture *self,
                const OhmRequest *request,
                const guint8 *data,
                OhmHistoryReplyFunc func,
                gpointer user_data)
{
  OhmReply reply = {
    .function = request->function,
    .exception = (guint8) self->exception,
    .address = request->address,
    .data = data,
    .length = self->exception != 0 ? 0 : 2 * (gsize) request->count - self->cut,
  };
  g_autoptr (GError) error = NULL;

  if (self->is_deaf)
    g_set_error (&error, OHM_ERROR, OHM_ERROR_TIMEOUT, "no answer");
  func (self->is_deaf ? NULL : &reply, error, user_data);
}

static void
fixture_on_exchange (gpointer owner,
                     const OhmRequest *request,
                     OhmHistoryReplyFunc func,
                     gpointer user_data)
{
  Fixture *self = owner;
  guint8 place[2] = { (guint8) (self->place >> 8), (guint8) self->place };
  const guint8 *data = place;

  switch (request->address)
    {
    case 500:
    case 506:
      g_assert_cmpuint (request->count, ==, 9);
      data = self->ring[self->place];
      if (request->address == 500)
        self->place = (self->place + RING - 1) % RING;
      self->n_reads++;
      break;
    case 510:
      g_assert_cmpuint (request->function, ==, 6);
      g_assert_cmpuint (request->values[0], ==, 0);
      self->place = self->newest;
      self->n_loads++;
      break;
    default:
      g_assert_cmpuint (request->address, ==, 702);
    }
  fixture_answer (self, request, data, func, user_data);
}

static GType
fixture_get_type (void)
{
  return ohm_plugin.types[0]();
}

static OhmSettings *
fixture_new_settings (const char *text)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (fixture_get_type ());
  const OhmSettingSpec *tables[] = { OHM_HISTORY_CLASS (klass)->settings_table, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("x.meter", text, strlen (text), &error);
  OhmSettings *settings;

  g_assert_no_error (error);
  settings = ohm_settings_new (keyfile, "history", tables, &error);
  g_assert_no_error (error);
  return settings;
}

static void
fixture_set_history (Fixture *self, const char *settings)
{
  OhmHistoryLink link = { fixture_on_exchange, self };

  g_clear_object (&self->history);
  g_clear_pointer (&self->settings, ohm_settings_unref);
  self->settings = fixture_new_settings (settings);
  self->history = ohm_history_new (fixture_get_type (), self->meter, self->settings);
  ohm_history_set_link (self->history, &link);
}

static void
fixture_set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmProfile) profile = ohm_profile_new_empty ("umg96s", "UMG 96S");

  self->meter = ohm_meter_new (OHM_TYPE_METER, profile, /* facts */ NULL);
  self->newest = 3; /* the ring is wrapped from the beginning */
  memset (self->ring, 0xff, sizeof self->ring);
  fixture_set_history (self, "[history]\nvalues = energy-active-import.total:u32\n");
}

static void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->history);
  g_clear_pointer (&self->settings, ohm_settings_unref);
  g_clear_object (&self->meter);
}

static void
fixture_on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static OhmHistoryPage *
fixture_read (Fixture *self, gint64 from_us, const char *token, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ohm_history_read_async (self->history, from_us, NEWEST_US, token,
                          /* cancellable */ NULL, fixture_on_done, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return ohm_history_read_finish (self->history, result, error);
}

/* All pages: (element-type OhmRecord), newest page first; checked to go back in time. */
static GPtrArray *
fixture_read_all (Fixture *self, gint64 from_us, guint *ret_n_pages)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  g_autofree char *token = NULL;
  gint64 oldest_us = G_MAXINT64;

  *ret_n_pages = 0;
  do
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (OhmHistoryPage) page = fixture_read (self, from_us, token, &error);

      g_assert_no_error (error);
      for (guint i = page->records->len; i > 0; i--)
        {
          OhmRecord *record = g_ptr_array_index (page->records, i - 1);

          g_assert_cmpint (record->slot_us, <, oldest_us);
          oldest_us = record->slot_us;
          g_ptr_array_add (records, ohm_record_ref (record));
        }
      g_free (token);
      token = g_strdup (page->token);
      (*ret_n_pages)++;
    }
  while (token != NULL);
  return records;
}

static void
test_umg96s_memory_pages (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) records = NULL;
  const OhmRecord *record;
  guint n_pages;

  fixture_fill (self, 100);
  records = fixture_read_all (self, 0, &n_pages);
  g_assert_cmpuint (records->len, ==, 100);
  g_assert_cmpuint (n_pages, ==, 3);
  g_assert_cmpuint (self->n_loads, ==, 1);
  g_assert_cmpuint (self->n_reads, ==, 101);
  record = g_ptr_array_index (records, 7);
  g_assert_cmpstr (record->place, ==, "");
  g_assert_cmpint (record->slot_us, ==, NEWEST_US - 7 * SLOT_US);
  g_assert_cmpint (record->origin, ==, OHM_ORIGIN_METER_RECORDED);
  g_assert_cmpint (record->cells[0].integer, ==, 1000000 - 70);
  g_assert_cmpuint (record->qualities[0], ==, OHM_QUALITY_GOOD);
}

/* Only what is asked for; the end of the range ends the reading. */
static void
test_umg96s_memory_range (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) records = NULL;
  guint n_pages;

  fixture_fill (self, 100);
  records = fixture_read_all (self, NEWEST_US - 10 * SLOT_US, &n_pages);
  g_assert_cmpuint (records->len, ==, 10);
  g_assert_cmpuint (n_pages, ==, 1);
  g_assert_cmpuint (self->n_reads, ==, 11);
}

/* The oldest block is followed by the newest again: numbers tell. */
static void
test_umg96s_memory_wrapped (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) records = NULL;
  guint n_pages;

  fixture_fill (self, RING);
  records = fixture_read_all (self, 0, &n_pages);
  g_assert_cmpuint (records->len, ==, RING);
  g_assert_cmpuint (self->n_reads, ==, RING + 1);
}

static void
test_umg96s_memory_bad_blocks (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) records = NULL;
  guint n_pages;

  fixture_fill (self, 12);
  fixture_block (self, 2)[17] = 1;                              /* marked as wrong */
  fixture_block (self, 3)[16] = 1;                              /* not counters */
  fixture_put (fixture_block (self, 4), 1, 5, 1);               /* a time before all time */
  fixture_put (fixture_block (self, 5), 0, G_MAXUINT32, 1);     /* and after it */
  fixture_put (fixture_block (self, 6), 0xffff, NEWEST - 1, 1); /* no quarter hour */
  fixture_put (fixture_block (self, 7), 0xfffe, NEWEST, 7);     /* the clock was set back */
  records = fixture_read_all (self, NEWEST_US - 20 * SLOT_US, &n_pages);
  g_assert_cmpuint (records->len, ==, 12 - 6);
  for (guint i = 0; i < records->len; i++)
    g_assert_cmpint (((OhmRecord *) g_ptr_array_index (records, i))->cells[0].integer, >, 999000);
}

/* Left in the middle: the meter may still be there, or have been read by somebody else. */
static void
test_umg96s_memory_resume (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmHistoryPage) first = NULL;
  g_autoptr (OhmHistoryPage) second = NULL;
  g_autoptr (OhmHistoryPage) again = NULL;
  const OhmRecord *oldest;

  fixture_fill (self, 100);
  first = fixture_read (self, 0, NULL, &error);
  g_assert_no_error (error);
  oldest = g_ptr_array_index (first->records, 0);

  second = fixture_read (self, 0, first->token, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (self->n_loads, ==, 1);
  self->place = 77;
  again = fixture_read (self, 0, first->token, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (self->n_loads, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      const OhmHistoryPage *page = i == 0 ? second : again;

      g_assert_cmpuint (page->records->len, ==, 48);
      g_assert_cmpint (((OhmRecord *) g_ptr_array_index (page->records, 47))->slot_us, ==,
                       oldest->slot_us - SLOT_US);
    }

  /* erased meanwhile */
  memset (self->ring, 0xff, sizeof self->ring);
  self->place = 77;
  g_clear_pointer (&again, ohm_history_page_free);
  again = fixture_read (self, 0, first->token, &error);
  g_assert_null (again);
  g_assert_error (error, OHM_ERROR, OHM_ERROR_DEVICE);
}

static void
test_umg96s_memory_errors (Fixture *self, gconstpointer data)
{
  static const struct
  {
    guint exception;
    gsize cut;
    gboolean is_deaf;
    int code;
  } cases[] = {
    { 2, 0, FALSE, OHM_ERROR_DEVICE },
    { 0, 1, FALSE, OHM_ERROR_PROTOCOL },
    { 0, 0, TRUE, OHM_ERROR_TIMEOUT },
  };

  fixture_fill (self, 10);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      self->exception = cases[i].exception;
      self->cut = cases[i].cut;
      self->is_deaf = cases[i].is_deaf;
      g_assert_null (fixture_read (self, 0, NULL, &error));
      g_assert_error (error, OHM_ERROR, cases[i].code);
    }
}

static void
test_umg96s_memory_bad_tokens (Fixture *self, gconstpointer data)
{
  static const char *const tokens[] = { "", "x", "1 2 3 4", "1 70000 3 4 5" };

  fixture_fill (self, 10);
  for (guint i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (fixture_read (self, 0, tokens[i], &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
    }
}

static void
test_umg96s_memory_settings (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "", "not known here" },
    { "values = energy-active-import.total\n", "expected POINT:FORMAT" },
    { "values = energy-active-import.total:text2\n", "expected POINT:FORMAT" },
    { "values = energy-activ-import:u32\n", "unknown quantity" },
    { "values = pulse-count:u64;volume:u32\n", "ends past the 10 bytes" },
  };

  fixture_fill (self, 10);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat ("[history]\n", cases[i].text, NULL);
      g_autoptr (GError) error = NULL;

      fixture_set_history (self, text);
      g_assert_null (fixture_read (self, 0, NULL, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, cases[i].message));
    }
}

static void
test_umg96s_memory_ratio (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) records = NULL;
  const OhmRecord *record;
  guint n_pages;

  fixture_set_history (self, "[history]\nratio = 40\n"
                             "values = energy-active-import.total:u32;pulse-count:i16\n");
  fixture_fill (self, 2);
  records = fixture_read_all (self, 0, &n_pages);
  record = g_ptr_array_index (records, 0);
  g_assert_cmpuint (ohm_point_set_get_n (record->points), ==, 2);
  g_assert_cmpfloat_with_epsilon (record->cells[0].real, 40000000, 1e-6);
}

static void
test_umg96s_memory_get_range (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 first_us = 0;
  gint64 last_us = 0;

  fixture_fill (self, 3);
  ohm_history_range_async (self->history, /* cancellable */ NULL, fixture_on_done, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (ohm_history_range_finish (self->history, result, &first_us, &last_us, &error));
  g_assert_no_error (error);
  g_assert_cmpint (last_us, ==, NEWEST_US);
  g_assert_cmpint (first_us, ==, last_us - 32767 * SLOT_US);
  g_assert_cmpuint (self->place, ==, self->newest);
}

/* Nothing but the place of the newest block can be loaded: 0xA55A would erase the memory. */
static void
test_umg96s_memory_writes (void)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (fixture_get_type ());
  const OhmHistoryClass *history_class = OHM_HISTORY_CLASS (klass);

  g_assert_cmpuint (history_class->n_writes, ==, 1);
  g_assert_cmpuint (history_class->writes[0].address, ==, 510);
  g_assert_cmpuint (history_class->writes[0].count, ==, 1);
  g_assert_cmpuint (history_class->writes[0].max, ==, 0);
}

/* A history without a way to its meter. */
static void
test_umg96s_memory_no_link (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  ohm_history_set_link (self->history, /* link */ NULL);
  g_assert_null (fixture_read (self, 0, NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_assert_true (ohm_history_get_meter (self->history) == self->meter);
  g_assert_true (ohm_history_get_settings (self->history) == self->settings);
}

static void
test_umg96s_memory_add (const char *path, void (*func) (Fixture *self, gconstpointer data))
{
  g_autofree char *full = g_strconcat ("/umg96s-memory/", path, NULL);

  g_test_add (full, Fixture, NULL, fixture_set_up, func, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_umg96s_memory_add ("pages", test_umg96s_memory_pages);
  test_umg96s_memory_add ("range", test_umg96s_memory_range);
  test_umg96s_memory_add ("wrapped", test_umg96s_memory_wrapped);
  test_umg96s_memory_add ("bad-blocks", test_umg96s_memory_bad_blocks);
  test_umg96s_memory_add ("resume", test_umg96s_memory_resume);
  test_umg96s_memory_add ("errors", test_umg96s_memory_errors);
  test_umg96s_memory_add ("bad-tokens", test_umg96s_memory_bad_tokens);
  test_umg96s_memory_add ("settings", test_umg96s_memory_settings);
  test_umg96s_memory_add ("ratio", test_umg96s_memory_ratio);
  test_umg96s_memory_add ("get-range", test_umg96s_memory_get_range);
  test_umg96s_memory_add ("no-link", test_umg96s_memory_no_link);
  g_test_add_func ("/umg96s-memory/writes", test_umg96s_memory_writes);
  return g_test_run ();
}
