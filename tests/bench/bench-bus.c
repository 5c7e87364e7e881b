/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an event on the bus costs, by the number of its subscribers; GLib's signals beside it. */

#include "config.h"

#include "ohm-bus.h"

#include "bench-util.h"

#define EMISSIONS 100000

typedef struct
{
  guint64 sum;
} OhmBenchEvent;

OHM_SIGNAL_DECLARE (bench_event, OhmBenchEvent)
OHM_SIGNAL_DEFINE (bench_event, "bench-event", NULL, NULL)

typedef struct
{
  OhmBus *bus;
  OhmBenchEvent event;
  GObject *emitter;
} Bench;

static void
bench_bus_on_event (const OhmBenchEvent *event, gpointer owner)
{
}

static void
bench_bus_emit (guint n, gpointer data)
{
  Bench *bench = data;

  for (guint i = 0; i < n; i++)
    ohm_bus_emit_bench_event (bench->bus, &bench->event);
}

static double
bench_bus_measure (guint n_subscribers)
{
  g_autoptr (GPtrArray) owners = g_ptr_array_new_with_free_func (g_object_unref);
  Bench bench = { .bus = ohm_bus_new () };
  double ns;

  for (guint i = 0; i < n_subscribers; i++)
    {
      GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);

      g_ptr_array_add (owners, owner);
      ohm_bus_connect_bench_event (bench.bus, "bench", bench_bus_on_event, owner);
    }
  ns = bench_least_ns (bench_bus_emit, EMISSIONS, &bench);
  g_object_unref (bench.bus);
  return ns;
}

static void
bench_bus_on_gsignal (GObject *emitter, gpointer payload, gpointer user_data)
{
}

static void
bench_bus_emit_gsignal (guint n, gpointer data)
{
  Bench *bench = data;

  for (guint i = 0; i < n; i++)
    g_signal_emit_by_name (bench->emitter, "bench-event", &bench->event);
}

static double
bench_bus_measure_gsignal (guint n_subscribers)
{
  Bench bench = { .emitter = g_object_new (G_TYPE_INITIALLY_UNOWNED, NULL) };
  double ns;

  g_object_ref_sink (bench.emitter);
  for (guint i = 0; i < n_subscribers; i++)
    g_signal_connect (bench.emitter, "bench-event", G_CALLBACK (bench_bus_on_gsignal), NULL);
  ns = bench_least_ns (bench_bus_emit_gsignal, EMISSIONS / 10, &bench);
  g_object_unref (bench.emitter);
  return ns;
}

static void
bench_bus_add_gsignal (void)
{
  g_signal_new ("bench-event", G_TYPE_INITIALLY_UNOWNED, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_POINTER);
}

int
main (void)
{
  double none = bench_bus_measure (0);

  bench_bus_add_gsignal ();
  bench_print ("bus.emission", none, "ns");
  bench_print ("bus.delivery.1", bench_bus_measure (1) - none, "ns");
  bench_print ("bus.delivery.10", (bench_bus_measure (10) - none) / 10, "ns");
  bench_print ("bus.delivery.100", (bench_bus_measure (100) - none) / 100, "ns");
  bench_print ("gsignal.delivery.10",
               (bench_bus_measure_gsignal (10) - bench_bus_measure_gsignal (0)) / 10, "ns");
  return 0;
}
