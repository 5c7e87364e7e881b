/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One recording, played to the meter it is of; see README.md. */

#include <math.h>
#include <string.h>

#include "ohm-replay-meter.h"

#define CORRUPTED_ROUNDS 60
#define LONGEST_CUT      40

typedef struct
{
  const char *plugin_dir;
  OhmCapture *capture;
  OhmReplayDevice *device;
  OhmProfile *profile;
  GType class_type;
} OhmReplay;

static OhmFacts *
test_replay_survey (const OhmReplay *replay)
{
  g_autoptr (OhmMeter) meter = ohm_meter_new (replay->class_type, replay->profile, NULL);
  g_autoptr (GError) error = NULL;
  OhmFacts *facts = ohm_replay_survey (meter, replay->device, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (facts);
  return facts;
}

static void
test_replay_facts (gconstpointer data)
{
  const OhmReplay *replay = data;
  g_autoptr (OhmFacts) facts = test_replay_survey (replay);

  for (guint i = 0; i < replay->capture->facts->len; i++)
    {
      const OhmCaptureExpected *expected = g_ptr_array_index (replay->capture->facts, i);
      const char *text = ohm_facts_get (facts, expected->name);

      if (g_strcmp0 (text, expected->text) != 0)
        g_test_message ("fact '%s'", expected->name);
      g_assert_cmpstr (text, ==, expected->text);
    }
  g_test_message ("%u facts", replay->capture->facts->len);
}

/* VALUE [UNIT] */
static void
test_replay_compare_unit (const OhmPoint *point, const char *text)
{
  const char *unit = strchr (text, ' ');

  if (unit != NULL)
    g_assert_cmpstr (point->unit, ==, unit + 1);
}

static void
test_replay_compare_value (OhmReading *reading, const OhmCaptureExpected *expected)
{
  OhmPointSet *set = ohm_reading_get_points (reading);
  g_autofree char *number = g_strndup (expected->text, strcspn (expected->text, " "));
  const OhmPoint *points;
  guint index = 0;
  guint n = 0;
  gint64 integer = 0;
  double real;

  g_test_message ("point '%s'", expected->name);
  if (g_str_equal (number, "absent"))
    {
      g_assert_false (ohm_point_set_find (set, expected->name, &index));
      return;
    }
  g_assert_true (ohm_point_set_find (set, expected->name, &index));
  points = ohm_point_set_get_points (set, &n);
  test_replay_compare_unit (&points[index], expected->text);
  if (g_str_equal (number, "missing"))
    {
      g_assert_cmpuint (ohm_reading_get_qualities (reading, &n)[index], ==, OHM_QUALITY_MISSING);
      return;
    }
  g_assert_cmpuint (ohm_reading_get_qualities (reading, &n)[index], ==, OHM_QUALITY_GOOD);
  if (points[index].is_integer)
    {
      g_assert_true (g_ascii_string_to_signed (number, 10, G_MININT64, G_MAXINT64, &integer, NULL));
      g_assert_cmpint (ohm_reading_get_cells (reading, &n)[index].integer, ==, integer);
      return;
    }
  real = g_ascii_strtod (number, NULL);
  g_assert_cmpfloat_with_epsilon (ohm_reading_get_real (reading, index), real,
                                  MAX (fabs (real), 1e-9) * 1e-6);
}

static void
test_replay_readings (gconstpointer data)
{
  const OhmReplay *replay = data;
  g_autoptr (OhmFacts) facts = test_replay_survey (replay);
  g_autoptr (OhmMeter) meter = ohm_meter_new (replay->class_type, replay->profile, facts);
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmReading) reading = ohm_replay_poll (meter, replay->device, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (reading);
  for (guint i = 0; i < replay->capture->points->len; i++)
    test_replay_compare_value (reading, g_ptr_array_index (replay->capture->points, i));
  g_test_message ("%u of %u points compared", replay->capture->points->len,
                  ohm_point_set_get_n (ohm_reading_get_points (reading)));
}

/* The frame that carries an answer. */
static gsize
test_replay_frame (OhmFraming framing,
                   const OhmCaptureExchange *exchange,
                   guint16 tid,
                   guint8 *frame)
{
  gsize length = 0;
  const guint8 *pdu = g_bytes_get_data (exchange->reply, &length);
  gsize head = framing == OHM_FRAMING_TCP ? 7 : 1;
  guint16 crc;

  g_assert_cmpuint (length, <=, 253);
  memset (frame, 0, OHM_MODBUS_TCP_MAX);
  memcpy (frame + head, pdu, length);
  frame[head - 1] = exchange->unit;
  if (framing == OHM_FRAMING_TCP)
    {
      frame[0] = (guint8) (tid >> 8);
      frame[1] = (guint8) tid;
      frame[5] = (guint8) (length + 1);
      return head + length;
    }
  crc = ohm_modbus_crc (frame, head + length);
  frame[head + length] = (guint8) crc;
  frame[head + length + 1] = (guint8) (crc >> 8);
  return head + length + 2;
}

static gboolean
test_replay_is_accepted (OhmFraming framing,
                         const OhmRequest *request,
                         guint16 tid,
                         const guint8 *frame,
                         gsize length)
{
  g_autofree guint8 *exact = g_memdup2 (frame, MAX (length, 1));
  g_autoptr (GError) error = NULL;
  OhmReply reply;
  gboolean is_accepted = ohm_modbus_check_reply (framing, request, tid, exact, length,
                                                 OHM_MODBUS_STRICT, &reply, &error);

  if (!is_accepted)
    g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  return is_accepted;
}

typedef void (*TestReplayFrame) (OhmFraming framing,
                                 const OhmRequest *request,
                                 const OhmCaptureExchange *exchange,
                                 const OhmReplay *replay);

static void
test_replay_each_frame (const OhmReplay *replay, TestReplayFrame check)
{
  for (guint i = 0; i < replay->capture->exchanges->len; i++)
    {
      const OhmCaptureExchange *exchange = g_ptr_array_index (replay->capture->exchanges, i);
      OhmRequest request;

      if (exchange->reply == NULL || !ohm_capture_get_request (exchange, &request))
        continue;
      check (OHM_FRAMING_TCP, &request, exchange, replay);
      check (OHM_FRAMING_RTU, &request, exchange, replay);
    }
}

static void
test_replay_check_cut (OhmFraming framing,
                       const OhmRequest *request,
                       const OhmCaptureExchange *exchange,
                       const OhmReplay *replay)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length = test_replay_frame (framing, exchange, 7, frame);
  gsize needed = 0;

  g_assert_cmpint (ohm_modbus_delimit_reply (framing, frame, length, &needed), ==,
                   OHM_FRAME_COMPLETE);
  g_assert_cmpuint (needed, ==, length);
  g_assert_true (test_replay_is_accepted (framing, request, 7, frame, length));
  for (gsize cut = 0; cut < length; cut++)
    {
      g_assert_cmpint (ohm_modbus_delimit_reply (framing, frame, cut, &needed), ==,
                       OHM_FRAME_INCOMPLETE);
      g_assert_cmpuint (needed, >, cut);
      g_assert_false (test_replay_is_accepted (framing, request, 7, frame, cut));
    }
}

static void
test_replay_frames_cut (gconstpointer data)
{
  test_replay_each_frame (data, test_replay_check_cut);
}

/* A bit of each byte that a check covers, another one in each: all bytes with a checksum, header,
 * function and length without, of which each bit has its turn. */
static void
test_replay_check_corrupted (OhmFraming framing,
                             const OhmRequest *request,
                             const OhmCaptureExchange *exchange,
                             const OhmReplay *replay)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length = test_replay_frame (framing, exchange, 7, frame);
  gboolean is_exception = (frame[framing == OHM_FRAMING_TCP ? 7 : 1] & 0x80) != 0;
  gsize covered = framing == OHM_FRAMING_RTU ? length : is_exception ? 8 : 9;

  for (gsize bit = 0; bit < 8 * covered; bit += framing == OHM_FRAMING_RTU ? 9 : 1)
    {
      frame[bit / 8] ^= (guint8) (1u << bit % 8);
      g_assert_false (test_replay_is_accepted (framing, request, 7, frame, length));
      frame[bit / 8] ^= (guint8) (1u << bit % 8);
    }
}

static void
test_replay_frames_corrupted (gconstpointer data)
{
  test_replay_each_frame (data, test_replay_check_corrupted);
}

/* The answers to all other requests. Without a transaction id an answer of the same function and
   length cannot be told. */
static void
test_replay_check_swapped (OhmFraming framing,
                           const OhmRequest *request,
                           const OhmCaptureExchange *exchange,
                           const OhmReplay *replay)
{
  for (guint i = 0; i < replay->capture->exchanges->len; i++)
    {
      const OhmCaptureExchange *other = g_ptr_array_index (replay->capture->exchanges, i);
      guint8 frame[OHM_MODBUS_TCP_MAX];
      OhmRequest asked;
      gsize length;
      gboolean is_alike;

      if (other == exchange || other->reply == NULL || !ohm_capture_get_request (other, &asked))
        continue;
      length = test_replay_frame (framing, other, (guint16) (100 + i), frame);
      is_alike = asked.function == request->function && asked.unit == request->unit &&
                 (asked.count == request->count || (frame[1] & 0x80) != 0);
      if (framing == OHM_FRAMING_TCP || !is_alike)
        g_assert_false (test_replay_is_accepted (framing, request, 7, frame, length));
    }
}

static void
test_replay_frames_swapped (gconstpointer data)
{
  test_replay_each_frame (data, test_replay_check_swapped);
}

/* Survey, plan and poll of answers that @mangle spoils: any error will do, but no crash. */
static void
test_replay_spoiled (const OhmReplay *replay, OhmReplayMangle mangle, gpointer user_data)
{
  g_autoptr (OhmMeter) asked = ohm_meter_new (replay->class_type, replay->profile, NULL);
  g_autoptr (OhmMeter) meter = NULL;
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (OhmReading) reading = NULL;
  g_autoptr (GError) survey_error = NULL;
  g_autoptr (GError) poll_error = NULL;

  facts = ohm_replay_survey (asked, replay->device, mangle, user_data, &survey_error);
  g_assert_true ((facts == NULL) == (survey_error != NULL));
  meter = ohm_meter_new (replay->class_type, replay->profile, facts);
  reading = ohm_replay_poll (meter, replay->device, mangle, user_data, &poll_error);
  g_assert_true ((reading == NULL) == (poll_error != NULL));
}

static void
test_replay_on_cut (guint number, guint8 *data, OhmReply *reply, gpointer user_data)
{
  reply->length = MIN (reply->length, *(const gsize *) user_data);
}

static void
test_replay_answers_cut (gconstpointer data)
{
  for (gsize length = 0; length < LONGEST_CUT; length++)
    test_replay_spoiled (data, test_replay_on_cut, &length);
}

static void
test_replay_on_corrupt (guint number, guint8 *data, OhmReply *reply, gpointer user_data)
{
  GRand *random = user_data;

  for (gsize i = 0; i < reply->length; i++)
    if (g_rand_int_range (random, 0, 4) == 0)
      data[i] = (guint8) g_rand_int_range (random, 0, 256);
  if (g_rand_int_range (random, 0, 8) == 0)
    {
      reply->exception = (guint8) g_rand_int_range (random, 1, 12);
      reply->length = 0;
    }
}

static void
test_replay_answers_corrupted (gconstpointer data)
{
  for (guint32 round = 0; round < CORRUPTED_ROUNDS; round++)
    {
      GRand *random = g_rand_new_with_seed (round);

      test_replay_spoiled (data, test_replay_on_corrupt, random);
      g_rand_free (random);
    }
}

typedef struct
{
  guint8 data[2 * OHM_READ_REGISTERS_MAX];
  gsize length;
} TestReplayFormer;

static void
test_replay_on_swap (guint number, guint8 *data, OhmReply *reply, gpointer user_data)
{
  TestReplayFormer *former = user_data;
  TestReplayFormer present;

  present.length = reply->length;
  memcpy (present.data, data, sizeof present.data);
  memcpy (data, former->data, sizeof former->data);
  if (reply->exception == 0)
    reply->length = former->length;
  *former = present;
}

static void
test_replay_answers_swapped (gconstpointer data)
{
  TestReplayFormer former = { .length = 0 };

  test_replay_spoiled (data, test_replay_on_swap, &former);
}

static gboolean
test_replay_load (OhmReplay *replay, const char *path, GError **error)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;
  replay->capture = ohm_capture_parse (text, error);
  if (replay->capture == NULL)
    return FALSE;
  replay->device = ohm_replay_device_new (replay->capture, error);
  if (replay->device == NULL)
    return FALSE;
  replay->profile = ohm_replay_load_profile (replay->plugin_dir, replay->capture->profile, error);
  if (replay->profile == NULL)
    return FALSE;
  replay->class_type = ohm_replay_load_class (replay->plugin_dir, replay->profile, error);
  return replay->class_type != G_TYPE_INVALID;
}

static void
test_replay_clear (OhmReplay *replay)
{
  g_clear_pointer (&replay->profile, ohm_profile_unref);
  g_clear_pointer (&replay->device, ohm_replay_device_free);
  g_clear_pointer (&replay->capture, ohm_capture_free);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    GTestDataFunc func;
  } tests[] = {
    { "/replay/facts", test_replay_facts },
    { "/replay/readings", test_replay_readings },
    { "/replay/frames/cut", test_replay_frames_cut },
    { "/replay/frames/corrupted", test_replay_frames_corrupted },
    { "/replay/frames/swapped", test_replay_frames_swapped },
    { "/replay/answers/cut", test_replay_answers_cut },
    { "/replay/answers/corrupted", test_replay_answers_corrupted },
    { "/replay/answers/swapped", test_replay_answers_swapped },
  };
  OhmReplay replay = { 0 };
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  if (argc != 3)
    {
      g_printerr ("usage: ohm-replay FILE.capture PLUGIN-DIR\n");
      return 2;
    }
  replay.plugin_dir = argv[2];
  if (!test_replay_load (&replay, argv[1], &error))
    {
      g_print ("Bail out! %s: %s\n", argv[1], error->message);
      test_replay_clear (&replay);
      return 1;
    }
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add_data_func (tests[i].path, &replay, tests[i].func);
  status = g_test_run ();
  test_replay_clear (&replay);
  return status;
}
