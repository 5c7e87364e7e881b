/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From an answer's bytes to values on the bus, in the steps that the daemon takes: what a value
 * costs without sockets. */

#include "config.h"

#include <string.h>

#include "ohm.h"

#include "bench-util.h"

#define READINGS 5000

typedef struct
{
  OhmPlan *plan;
  OhmRequestList *list;
  OhmRequest request;
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize frame_length;
  OhmBus *bus;
  GObject *subscriber;
  OhmReading *last;
  guint n_values;
} Bench;

static OhmProfile *
bench_codec_load_profile (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  OhmProfile *profile = NULL;
  gsize length;

  if (g_file_get_contents (path, &text, &length, &error))
    profile = ohm_profile_parse (path, text, length, NULL, NULL, &error);
  if (profile == NULL)
    fprintf (stderr, "bench-codec: %s\n", error->message);
  return profile;
}

/* An answer in which each register reads 0x4366: a float of 230.4. */
static void
bench_codec_prepare_answer (Bench *bench)
{
  const OhmMerged *merged = &bench->list->requests[0];
  guint8 registers[2 * OHM_READ_REGISTERS_MAX];

  bench->request.unit = 1;
  bench->request.function = merged->function;
  bench->request.address = merged->address;
  bench->request.count = merged->count;
  for (guint i = 0; i < sizeof registers; i++)
    registers[i] = i % 2 == 0 ? 0x43 : 0x66;
  bench->frame_length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &bench->request, 7, 0, registers,
                                                 bench->frame);
  bench->n_values = merged->n;
}

static gboolean
bench_codec_set_up (Bench *bench, OhmProfile *profile)
{
  g_autoptr (OhmMeter) meter = ohm_meter_new (OHM_TYPE_METER, profile, NULL);
  g_autoptr (GError) error = NULL;
  const OhmMergeRules rules = {
    .registers_max = ohm_profile_get_limits (profile)->registers_max,
    .function = 3,
    .gap_max = 125,
  };

  bench->plan = ohm_meter_plan (meter, &error);
  if (bench->plan == NULL)
    {
      fprintf (stderr, "bench-codec: %s\n", error->message);
      return FALSE;
    }
  bench->list = ohm_merge (bench->plan, OHM_READ_LIVE, &rules);
  bench->bus = ohm_bus_new ();
  bench->subscriber = g_object_new (G_TYPE_OBJECT, NULL);
  bench_codec_prepare_answer (bench);
  return TRUE;
}

static void
bench_codec_tear_down (Bench *bench)
{
  g_clear_object (&bench->subscriber);
  g_clear_object (&bench->bus);
  g_clear_pointer (&bench->last, ohm_reading_unref);
  g_clear_pointer (&bench->list, ohm_request_list_free);
  g_clear_pointer (&bench->plan, ohm_plan_unref);
}

static void
bench_codec_run_encode (guint n, gpointer data)
{
  Bench *bench = data;
  guint8 bytes[OHM_MODBUS_TCP_MAX];

  for (guint i = 0; i < n; i++)
    ohm_modbus_encode_request (OHM_FRAMING_TCP, &bench->request, (guint16) i, bytes);
}

static gboolean
bench_codec_check (Bench *bench, OhmReply *reply)
{
  gsize length = 0;

  return ohm_modbus_delimit_reply (OHM_FRAMING_TCP, bench->frame, bench->frame_length, &length) ==
           OHM_FRAME_COMPLETE &&
         ohm_modbus_check_reply (OHM_FRAMING_TCP, &bench->request, 7, bench->frame, length,
                                 OHM_MODBUS_STRICT, reply, NULL);
}

static void
bench_codec_run_check (guint n, gpointer data)
{
  OhmReply reply;

  for (guint i = 0; i < n; i++)
    g_assert_true (bench_codec_check (data, &reply));
}

static OhmReading *
bench_codec_decode (Bench *bench)
{
  OhmReadingBuilder *builder = ohm_reading_builder_new ("bench", ohm_plan_get_points (bench->plan),
                                                        OHM_READ_LIVE, 1);
  OhmReply reply;

  g_assert_true (bench_codec_check (bench, &reply));
  ohm_reading_builder_begin_request (builder, 1);
  ohm_decode_reply (bench->plan, bench->list, &bench->list->requests[0], &reply, builder);
  return ohm_reading_builder_end (builder);
}

static void
bench_codec_run_decode (guint n, gpointer data)
{
  for (guint i = 0; i < n; i++)
    ohm_reading_unref (bench_codec_decode (data));
}

/* The subscriber that keeps the last values. */
static void
bench_codec_on_reading (const OhmReading *reading, gpointer owner)
{
  OhmReading **last = g_object_get_data (owner, "last");

  g_clear_pointer (last, ohm_reading_unref);
  *last = ohm_reading_ref ((OhmReading *) (guintptr) reading);
}

static void
bench_codec_run_bus (guint n, gpointer data)
{
  Bench *bench = data;
  guint8 bytes[OHM_MODBUS_TCP_MAX];

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (OhmReading) reading = NULL;

      ohm_modbus_encode_request (OHM_FRAMING_TCP, &bench->request, (guint16) i, bytes);
      reading = bench_codec_decode (bench);
      ohm_bus_emit_reading (bench->bus, reading);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (OhmProfile) profile = argc == 2 ? bench_codec_load_profile (argv[1]) : NULL;
  Bench bench = { 0 };
  double ns;

  if (profile == NULL || !bench_codec_set_up (&bench, profile))
    {
      fprintf (stderr, "Usage: bench-codec PROFILE\n");
      return 2;
    }
  bench_print ("codec.encode", bench_least_ns (bench_codec_run_encode, READINGS, &bench), "ns");
  bench_print ("codec.check", bench_least_ns (bench_codec_run_check, READINGS, &bench), "ns");
  ns = bench_least_ns (bench_codec_run_decode, READINGS, &bench);
  bench_print ("codec.values", bench.n_values, "values");
  bench_print ("codec.decode", ns / bench.n_values, "ns/value");
  g_object_set_data (bench.subscriber, "last", &bench.last);
  ohm_bus_connect_reading (bench.bus, "last", bench_codec_on_reading, bench.subscriber);
  ns = bench_least_ns (bench_codec_run_bus, READINGS, &bench);
  bench_print ("codec.all", ns / bench.n_values, "ns/value");
  bench_codec_tear_down (&bench);
  return 0;
}
