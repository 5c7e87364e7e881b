/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-sim-fault.h"

static OhmSimFault
test_sim_fault_parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  OhmSimFault fault;

  g_assert_true (ohm_sim_fault_parse (text, &fault, &error));
  g_assert_no_error (error);
  return fault;
}

static void
test_sim_fault_round_trip (void)
{
  static const char *const texts[] = {
    "silent=500",
    "slow=20",
    "drip=1",
    "late=3000",
    "hold=1000,10",
    "duplicate",
    "trailing=1",
    "wrong-tid",
    "wrong-unit",
    "wrong-length=-1",
    "wrong-protocol-id",
    "wrong-function",
    "wrong-count",
    "garbage",
    "rtu",
    "http",
    "exception=2",
    "refuse-function=3",
    "hole=19060-19070",
    "gaps",
    "close",
    "close-accept",
    "close-frame",
    "refuse",
    "nan@1,3-5",
    "counter-reset%20",
    "clock-drift=-3600@7%1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      OhmSimFault fault = test_sim_fault_parse (texts[i]);
      g_autofree char *text = ohm_sim_fault_to_string (&fault);

      g_assert_cmpstr (text, ==, texts[i]);
    }
  g_assert_cmpuint (G_N_ELEMENTS (texts), ==, OHM_SIM_N_FAULTS);
}

static void
test_sim_fault_defaults (void)
{
  g_assert_cmpint (test_sim_fault_parse ("silent").argument, ==, 0);
  g_assert_cmpint (test_sim_fault_parse ("trailing").argument, ==, 1);
  g_assert_cmpint (test_sim_fault_parse ("hold=5").second, ==, 11);
  g_assert_cmpint (test_sim_fault_parse ("hole=5-7").second, ==, 7);
  g_assert_cmpuint (test_sim_fault_parse ("nan").percent, ==, 100);
}

static void
test_sim_fault_refused (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } rows[] = {
    { "", "unknown fault ''" },
    { "exeption=2", "unknown fault 'exeption'; did you mean 'exception'?" },
    { "exception", "fault 'exception': expected exception=CODE, found ''" },
    { "exception=0", "fault 'exception': expected exception=CODE, found '0'" },
    { "nan=1", "fault 'nan': expected no argument, found '1'" },
    { "hole=5", "fault 'hole': expected hole=FIRST-LAST, found '5'" },
    { "hold=x", "fault 'hold': expected hold=MS[,CODE], found 'x'" },
    { "hold=1,256", "fault 'hold': expected hold=MS[,CODE], found '1,256'" },
    { "nan%0", "fault 'nan': expected a percentage from 1 to 100, found '0'" },
    { "nan@x", "'x' is not a unit id from 0 to 255 or a range of them" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      OhmSimFault fault;

      g_assert_false (ohm_sim_fault_parse (rows[i].text, &fault, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
      g_assert_cmpstr (error->message, ==, rows[i].message);
    }
}

static void
test_sim_fault_help (void)
{
  g_autofree char *help = ohm_sim_fault_help ();

  g_assert_nonnull (g_strstr_len (help, -1, "hold=MS[,CODE]"));
}

/* A good answer of two registers to unit 1, spoilt by the given faults. */
static OhmSimAnswer
test_sim_fault_spoil_in (OhmFraming framing, const char *texts)
{
  static const guint8 good[] = { 0, 9, 0, 0, 0, 7, 1, 3, 4, 0x43, 0x66, 0, 0 };
  const OhmRequest request = { .unit = 1, .function = 3, .address = 19000, .count = 2 };
  g_auto (GStrv) names = g_strsplit (texts, " ", -1);
  OhmSimAnswer answer = { .length = sizeof good };
  OhmSimFaults faults;

  memcpy (answer.bytes, good, sizeof good);
  ohm_sim_faults_init (&faults, 1);
  for (guint i = 0; names[i] != NULL; i++)
    {
      OhmSimFault fault = test_sim_fault_parse (names[i]);

      ohm_sim_faults_add (&faults, &fault);
    }
  ohm_sim_faults_spoil (&faults, &request, framing, &answer);
  ohm_sim_faults_clear (&faults);
  return answer;
}

static OhmSimAnswer
test_sim_fault_spoil (const char *texts)
{
  return test_sim_fault_spoil_in (OHM_FRAMING_TCP, texts);
}

static void
test_sim_fault_spoil_bytes (void)
{
  static const struct
  {
    const char *faults;
    gsize length;
    gsize offset;
    guint8 byte;
  } rows[] = {
    { "silent@2", 13, 1, 9 },
    { "wrong-tid", 13, 1, 9 ^ 0x55 },
    { "wrong-protocol-id", 13, 3, 1 },
    { "wrong-unit", 13, 6, 2 },
    { "wrong-function", 13, 7, 4 },
    { "wrong-count", 13, 8, 6 },
    { "wrong-length", 13, 5, 8 },
    { "wrong-length=-3", 13, 5, 4 },
    { "wrong-length=-200", 13, 5, 0 },
    { "duplicate", 26, 14, 9 },
    { "trailing", 14, 13, 0xee },
    { "trailing=8", 21, 20, 0xee },
    { "http", 66, 0, 'H' },
    { "rtu", 9, 0, 1 },
    { "close-frame", 6, 5, 7 },
    { "duplicate trailing", 27, 26, 0xee },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      OhmSimAnswer answer = test_sim_fault_spoil (rows[i].faults);

      g_test_message ("%s", rows[i].faults);
      g_assert_cmpuint (answer.length, ==, rows[i].length);
      g_assert_cmphex (answer.bytes[rows[i].offset], ==, rows[i].byte);
    }
}

static void
test_sim_fault_spoil_rtu (void)
{
  OhmSimAnswer answer = test_sim_fault_spoil ("rtu");

  g_assert_cmphex (ohm_modbus_crc (answer.bytes, 7), ==,
                   (guint) (answer.bytes[7] | answer.bytes[8] << 8));
}

/* What follows a frame follows its CRC. */
static void
test_sim_fault_spoil_rtu_trailing (void)
{
  OhmSimAnswer rtu = test_sim_fault_spoil ("rtu");
  OhmSimAnswer longer = test_sim_fault_spoil_in (OHM_FRAMING_RTU, "trailing=2");
  OhmSimAnswer twice = test_sim_fault_spoil_in (OHM_FRAMING_RTU, "duplicate");

  g_assert_cmpuint (longer.length, ==, rtu.length + 2);
  g_assert_cmpint (memcmp (longer.bytes, rtu.bytes, rtu.length), ==, 0);
  g_assert_cmpuint (twice.length, ==, 2 * rtu.length);
  g_assert_cmpint (memcmp (twice.bytes + rtu.length, rtu.bytes, rtu.length), ==, 0);
}

static void
test_sim_fault_spoil_garbage (void)
{
  OhmSimAnswer good = test_sim_fault_spoil ("silent@9");
  OhmSimAnswer answer = test_sim_fault_spoil ("garbage");

  g_assert_cmpuint (answer.length, ==, good.length);
  g_assert_cmpint (memcmp (answer.bytes, good.bytes, good.length), !=, 0);
}

static void
test_sim_fault_spoil_time (void)
{
  g_assert_cmpint (test_sim_fault_spoil ("slow=20").hold_us, ==, 20000);
  g_assert_cmpint (test_sim_fault_spoil ("late=20").delay_us, ==, 20000);
  g_assert_cmpint (test_sim_fault_spoil ("late=20").hold_us, ==, 0);
  g_assert_cmpint (test_sim_fault_spoil ("drip=3").drip_us, ==, 3000);
  g_assert_cmpint (test_sim_fault_spoil ("silent=3 slow=4").hold_us, ==, 7000);
  g_assert_cmpuint (test_sim_fault_spoil ("silent").length, ==, 0);
}

static void
test_sim_fault_spoil_close (void)
{
  g_assert_true (test_sim_fault_spoil ("close").closes);
  g_assert_cmpuint (test_sim_fault_spoil ("close").length, ==, 0);
  g_assert_true (test_sim_fault_spoil ("close-frame").closes);
  g_assert_true (test_sim_fault_spoil ("http").closes);
}

static guint8
test_sim_fault_refuse (OhmSimFaults *faults, guint8 unit, guint8 function, guint16 address)
{
  const OhmRequest request = { .unit = unit, .function = function, .address = address, .count = 2 };
  gint64 hold_us = -1;
  guint8 exception = ohm_sim_faults_refuse (faults, &request, &hold_us);

  g_assert_cmpint (hold_us, ==, exception == 10 ? 2000 : 0);
  return exception;
}

static void
test_sim_fault_refuse_requests (void)
{
  OhmSimFault hold = test_sim_fault_parse ("hold=2,10@1");
  OhmSimFault exception = test_sim_fault_parse ("exception=4@2");
  OhmSimFault function = test_sim_fault_parse ("refuse-function=3@3");
  OhmSimFault hole = test_sim_fault_parse ("hole=100-101@4");
  OhmSimFault second_hole = test_sim_fault_parse ("hole=200-200@4");
  OhmSimFaults faults;

  ohm_sim_faults_init (&faults, 1);
  g_assert_cmpuint (test_sim_fault_refuse (&faults, 1, 3, 100), ==, 0);
  ohm_sim_faults_add (&faults, &hold);
  ohm_sim_faults_add (&faults, &exception);
  ohm_sim_faults_add (&faults, &function);
  ohm_sim_faults_add (&faults, &hole);
  ohm_sim_faults_add (&faults, &second_hole);
  g_assert_cmpuint (test_sim_fault_refuse (&faults, 1, 3, 100), ==, 10);
  g_assert_cmpuint (test_sim_fault_refuse (&faults, 2, 3, 100), ==, 4);
  g_assert_cmpuint (test_sim_fault_refuse (&faults, 3, 3, 100), ==, 1);
  g_assert_cmpuint (test_sim_fault_refuse (&faults, 3, 4, 100), ==, 0);
  g_assert_cmpuint (test_sim_fault_refuse (&faults, 4, 3, 98), ==, 0);
  g_assert_cmpuint (test_sim_fault_refuse (&faults, 4, 3, 99), ==, 2);
  g_assert_cmpuint (test_sim_fault_refuse (&faults, 4, 3, 101), ==, 2);
  g_assert_cmpuint (test_sim_fault_refuse (&faults, 4, 3, 102), ==, 0);
  g_assert_cmpuint (test_sim_fault_refuse (&faults, 4, 3, 199), ==, 2);
  ohm_sim_faults_clear (&faults);
}

static void
test_sim_fault_add_and_remove (void)
{
  OhmSimFault all = test_sim_fault_parse ("slow=1@1-3");
  OhmSimFault again = test_sim_fault_parse ("slow=2@2-9");
  OhmSimFaults faults;

  ohm_sim_faults_init (&faults, 1);
  ohm_sim_faults_add (&faults, &all);
  ohm_sim_faults_add (&faults, &again);
  g_assert_cmpint (ohm_sim_faults_find (&faults, OHM_SIM_FAULT_SLOW, 1)->argument, ==, 1);
  g_assert_cmpint (ohm_sim_faults_find (&faults, OHM_SIM_FAULT_SLOW, 2)->argument, ==, 2);
  g_assert_null (ohm_sim_faults_find (&faults, OHM_SIM_FAULT_SLOW, 10));
  g_assert_null (ohm_sim_faults_find (&faults, OHM_SIM_FAULT_NAN, 1));
  ohm_sim_faults_remove (&faults, OHM_SIM_FAULT_SLOW, &again.units);
  g_assert_cmpuint (faults.array->len, ==, 1);
  ohm_sim_faults_remove (&faults, OHM_SIM_FAULT_SLOW, &all.units);
  g_assert_cmpuint (faults.array->len, ==, 0);
  ohm_sim_faults_clear (&faults);
}

static guint
test_sim_fault_count_strikes (guint64 seed)
{
  OhmSimFault fault = test_sim_fault_parse ("nan%20");
  OhmSimFaults faults;
  guint n = 0;

  ohm_sim_faults_init (&faults, seed);
  ohm_sim_faults_add (&faults, &fault);
  for (guint i = 0; i < 10000; i++)
    n += ohm_sim_faults_strike (&faults, OHM_SIM_FAULT_NAN, 1) != NULL ? 1 : 0;
  ohm_sim_faults_clear (&faults);
  return n;
}

static void
test_sim_fault_chance (void)
{
  guint n = test_sim_fault_count_strikes (1);

  g_assert_cmpuint (n, >, 1800);
  g_assert_cmpuint (n, <, 2200);
  g_assert_cmpuint (test_sim_fault_count_strikes (1), ==, n);
  g_assert_cmpuint (test_sim_fault_count_strikes (2), !=, n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/fault/round-trip", test_sim_fault_round_trip);
  g_test_add_func ("/sim/fault/defaults", test_sim_fault_defaults);
  g_test_add_func ("/sim/fault/refused", test_sim_fault_refused);
  g_test_add_func ("/sim/fault/help", test_sim_fault_help);
  g_test_add_func ("/sim/fault/spoil/bytes", test_sim_fault_spoil_bytes);
  g_test_add_func ("/sim/fault/spoil/rtu", test_sim_fault_spoil_rtu);
  g_test_add_func ("/sim/fault/spoil/rtu-trailing", test_sim_fault_spoil_rtu_trailing);
  g_test_add_func ("/sim/fault/spoil/garbage", test_sim_fault_spoil_garbage);
  g_test_add_func ("/sim/fault/spoil/time", test_sim_fault_spoil_time);
  g_test_add_func ("/sim/fault/spoil/close", test_sim_fault_spoil_close);
  g_test_add_func ("/sim/fault/refuse", test_sim_fault_refuse_requests);
  g_test_add_func ("/sim/fault/add-and-remove", test_sim_fault_add_and_remove);
  g_test_add_func ("/sim/fault/chance", test_sim_fault_chance);
  return g_test_run ();
}
