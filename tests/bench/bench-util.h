/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

/* What every benchmark program prints: NAME VALUE UNIT, one a line, for bench.py. */
static inline void
bench_print (const char *name, double value, const char *unit)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  printf ("%s %s %s\n", name, g_ascii_formatd (text, sizeof text, "%.3f", value), unit);
  fflush (stdout);
}

/* CPU time of this process in nanoseconds: other processes on the machine do not count. */
static inline gint64
bench_cpu_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline gint64
bench_mono_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Runs @func a few times and returns the least CPU time of one of @n steps, in nanoseconds: noise
 * only ever adds. */
static inline double
bench_least_ns (void (*func) (guint n, gpointer data), guint n, gpointer data)
{
  double least = 0.0;

  for (guint i = 0; i < 5; i++)
    {
      gint64 start_ns = bench_cpu_ns ();
      double ns;

      func (n, data);
      ns = (double) (bench_cpu_ns () - start_ns) / n;
      if (i == 0 || ns < least)
        least = ns;
    }
  return least;
}
