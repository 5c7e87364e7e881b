/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The work of bare-epoll-client.c done by libohm: its watcher, its codec and the Modbus TCP
 * transport as a plugin, paced in the same way. Nothing is decoded, as there. */

#include "config.h"

#include <gmodule.h>
#include <stdlib.h>
#include <string.h>

#include "ohm.h"

#include "bench-util.h"

typedef struct _Bench Bench;

typedef struct
{
  Bench *bench;
  OhmTransport *transport;
  gboolean is_waiting;
} OhmBenchMeter;

struct _Bench
{
  GType type;
  OhmClock *clock;
  OhmWatcher *watcher;
  GMainLoop *loop;
  GPtrArray *meters; /* (element-type OhmBenchMeter) */
  OhmWatch *timer;
  gint64 period_us;
  gboolean is_burst;
  gint64 start_us;
  gint64 until_us;
  guint64 turn; /* meters asked since the start */
  guint n_open;
  guint64 answered;
  guint64 failed;
  guint64 missed;
};

static void
bench_exchange_meter_free (gpointer data)
{
  OhmBenchMeter *meter = data;

  ohm_transport_close (meter->transport);
  g_object_unref (meter->transport);
  g_free (meter);
}

static GType
bench_exchange_load_type (const char *path)
{
  GModule *module = g_module_open (path, G_MODULE_BIND_LOCAL);
  gpointer symbol = NULL;

  if (module == NULL || !g_module_symbol (module, "ohm_plugin", &symbol))
    {
      fprintf (stderr, "bench-exchange: %s\n", g_module_error ());
      return G_TYPE_INVALID;
    }
  g_module_make_resident (module);
  return ((const OhmPluginInfo *) symbol)->types[0]();
}

static OhmSettings *
bench_exchange_make_settings (Bench *bench, unsigned int port)
{
  g_autofree char *text = g_strdup_printf ("[link]\nhost = 127.0.0.1\nport = %u\n", port);
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("bench", text, strlen (text), NULL);
  g_autoptr (GTypeClass) klass = g_type_class_ref (bench->type);
  const OhmSettingSpec *tables[] = { OHM_TRANSPORT_CLASS (klass)->settings_table, NULL };

  return ohm_settings_new (keyfile, "link", tables, NULL);
}

static void
bench_exchange_on_opened (OhmTransport *transport, const GError *error, gpointer user_data)
{
  OhmBenchMeter *meter = user_data;

  if (error != NULL)
    fprintf (stderr, "bench-exchange: %s\n", error->message);
  else
    meter->bench->n_open++;
  if (error != NULL || meter->bench->n_open == meter->bench->meters->len)
    g_main_loop_quit (meter->bench->loop);
}

static void
bench_exchange_add_meter (Bench *bench, unsigned int port)
{
  g_autoptr (OhmSettings) settings = bench_exchange_make_settings (bench, port);
  OhmBenchMeter *meter = g_new0 (OhmBenchMeter, 1);

  meter->bench = bench;
  meter->transport = ohm_transport_new (bench->type, settings, bench->watcher);
  g_ptr_array_add (bench->meters, meter);
}

static gboolean
bench_exchange_open_all (Bench *bench)
{
  unsigned int port;

  while (scanf ("%u", &port) == 1)
    bench_exchange_add_meter (bench, port);
  for (guint i = 0; i < bench->meters->len; i++)
    {
      OhmBenchMeter *meter = g_ptr_array_index (bench->meters, i);

      ohm_transport_open (meter->transport,
                          ohm_clock_get_mono_us (bench->clock) + 30 * G_USEC_PER_SEC,
                          bench_exchange_on_opened, meter);
    }
  if (bench->meters->len > 0)
    g_main_loop_run (bench->loop);
  return bench->n_open > 0 && bench->n_open == bench->meters->len;
}

static void
bench_exchange_on_done (OhmTransport *transport,
                        const OhmReply *reply,
                        const GError *error,
                        gpointer user_data)
{
  OhmBenchMeter *meter = user_data;

  meter->is_waiting = FALSE;
  if (reply != NULL && reply->exception == 0)
    meter->bench->answered++;
  else
    meter->bench->failed++;
}

static void
bench_exchange_ask (Bench *bench, OhmBenchMeter *meter, gint64 now_us)
{
  static const OhmRequest request = { .unit = 1, .function = 3, .address = 19000, .count = 122 };
  static const OhmTransportOptions options = { .quirks = OHM_MODBUS_STRICT };

  if (meter->is_waiting)
    {
      bench->missed++;
      return;
    }
  meter->is_waiting = TRUE;
  ohm_transport_exchange (meter->transport, &request, &options, now_us + G_USEC_PER_SEC,
                          bench_exchange_on_done, meter);
}

static gint64
bench_exchange_get_next_us (const Bench *bench)
{
  guint64 n = bench->meters->len;

  if (bench->is_burst)
    return bench->start_us + (gint64) (bench->turn / n) * bench->period_us;
  return bench->start_us + (gint64) bench->turn * bench->period_us / (gint64) n;
}

static void
bench_exchange_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  Bench *bench = user_data;
  gint64 now_us = ohm_clock_get_mono_us (bench->clock);

  if (now_us >= bench->until_us)
    {
      g_main_loop_quit (bench->loop);
      return;
    }
  for (; bench_exchange_get_next_us (bench) <= now_us; bench->turn++)
    bench_exchange_ask (bench, g_ptr_array_index (bench->meters, bench->turn % bench->meters->len),
                        now_us);
  ohm_watch_set_deadline (watch, MIN (bench_exchange_get_next_us (bench), bench->until_us));
}

static void
bench_exchange_run (Bench *bench, gint64 duration_us)
{
  bench->until_us = ohm_clock_get_mono_us (bench->clock) + duration_us;
  ohm_watch_set_deadline (bench->timer, bench_exchange_get_next_us (bench));
  g_main_loop_run (bench->loop);
}

/* The same lines as bare-epoll-client prints. */
static void
bench_exchange_measure (Bench *bench, gint64 duration_us)
{
  struct rusage usage;
  guint64 answered;
  double cpu_us;

  bench->start_us = ohm_clock_get_mono_us (bench->clock);
  bench->timer = ohm_watcher_add (bench->watcher, -1, 0, bench_exchange_on_timer, bench);
  bench_exchange_run (bench, 2 * bench->period_us);
  answered = bench->answered;
  bench->missed = 0;
  cpu_us = (double) bench_cpu_ns () / 1000.0;
  bench_exchange_run (bench, duration_us);
  cpu_us = (double) bench_cpu_ns () / 1000.0 - cpu_us;
  answered = bench->answered - answered;
  getrusage (RUSAGE_SELF, &usage);
  bench_print ("requests", (double) answered * 1e6 / (double) duration_us, "1/s");
  bench_print ("cpu", 100.0 * cpu_us / (double) duration_us, "%");
  bench_print ("exchange", answered > 0 ? cpu_us / (double) answered : 0.0, "us");
  bench_print ("rss", (double) usage.ru_maxrss / 1024.0, "MiB");
  bench_print ("missed", (double) bench->missed, "cycles");
  bench_print ("broken", (double) bench->failed, "answers");
  ohm_watch_remove (bench->timer);
}

static void
bench_exchange_raise_limit (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

int
main (int argc, char **argv)
{
  Bench bench = { 0 };
  gboolean is_open;

  if (argc != 5)
    {
      fprintf (stderr, "Usage: bench-exchange MODULE PERIOD_MS SECONDS spread|burst <PORTS\n");
      return 2;
    }
  bench_exchange_raise_limit ();
  bench.type = bench_exchange_load_type (argv[1]);
  if (bench.type == G_TYPE_INVALID)
    return 1;
  bench.period_us = g_ascii_strtoll (argv[2], NULL, 10) * 1000;
  bench.is_burst = g_str_equal (argv[4], "burst");
  bench.clock = ohm_clock_new ();
  bench.watcher = ohm_watcher_new (bench.clock, NULL);
  bench.loop = g_main_loop_new (NULL, FALSE);
  bench.meters = g_ptr_array_new_with_free_func (bench_exchange_meter_free);
  is_open = bench_exchange_open_all (&bench);
  if (is_open)
    bench_exchange_measure (&bench, g_ascii_strtoll (argv[3], NULL, 10) * G_USEC_PER_SEC);
  g_ptr_array_unref (bench.meters);
  g_main_loop_unref (bench.loop);
  g_object_unref (bench.watcher);
  g_object_unref (bench.clock);
  return is_open ? EXIT_SUCCESS : EXIT_FAILURE;
}
