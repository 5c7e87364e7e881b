/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stands in for libFuzzer: runs a corpus and a fixed number of mutations of it, the same on every
 * machine and at every run. */

#include "config.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX 4096

static int mutations = 1000;
static int first;
static gboolean is_verbose;
static char **paths;
static char running[300];

static const GOptionEntry options[] = {
  { "mutations", 0, 0, G_OPTION_ARG_INT, &mutations, "how many mutations to run", "N" },
  { "first", 0, 0, G_OPTION_ARG_INT, &first, "number of the first mutation", "N" },
  { "verbose", 'v', 0, G_OPTION_ARG_NONE, &is_verbose, "name each input before it runs", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, "FOLDER..." },
  G_OPTION_ENTRY_NULL,
};

static void
fuzz_on_abort (int signal_number)
{
  if (write (STDERR_FILENO, running, strlen (running)) < 0)
    running[0] = '\0';
  signal (signal_number, SIG_DFL);
  raise (signal_number);
}

/* The copy ends where the input does, so that a sanitizer sees a byte too far. */
static void
fuzz_run (const guint8 *data, gsize size)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);

  if (is_verbose)
    g_printerr ("%s", running);
  LLVMFuzzerTestOneInput (copy, size);
}

static int
fuzz_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* In the order of names: directories have none of their own. */
static gboolean
fuzz_load (const char *folder, GPtrArray *seeds, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (names, fuzz_compare);
  for (guint i = 0; i < names->len; i++)
    {
      char *contents;
      gsize length;

      if (!g_file_get_contents (names->pdata[i], &contents, &length, error))
        return FALSE;
      g_ptr_array_add (seeds, g_bytes_new_take (contents, length));
      g_snprintf (running, sizeof running, "input: %s\n", (const char *) names->pdata[i]);
      fuzz_run ((const guint8 *) contents, length);
    }
  return TRUE;
}

/* One change; returns the new length. */
static gsize
fuzz_change (GRand *rand, guint8 *data, gsize length)
{
  static const guint8 interesting[] = { 0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, '0', '=', '\n' };
  gsize at = length > 0 ? (gsize) g_rand_int_range (rand, 0, (gint32) length) : 0;
  gsize n = (gsize) g_rand_int_range (rand, 1, 9);

  n = MIN (n, length - at);
  switch (length > 0 ? g_rand_int_range (rand, 0, 6) : 5)
    {
    case 0:
      data[at] ^= (guint8) (1u << g_rand_int_range (rand, 0, 8));
      return length;
    case 1:
      data[at] = (guint8) g_rand_int (rand);
      return length;
    case 2:
      data[at] = interesting[g_rand_int_range (rand, 0, (gint32) G_N_ELEMENTS (interesting))];
      return length;
    case 3:
      memmove (data + at, data + at + n, length - at - n);
      return length - n;
    case 4:
      if (length + n > INPUT_MAX)
        return length;
      memmove (data + at + n, data + at, length - at);
      return length + n;
    default:
      if (length >= INPUT_MAX)
        return length;
      data[length] = (guint8) g_rand_int (rand);
      return length + 1;
    }
}

/* The tail of another seed at the same place. */
static gsize
fuzz_splice (GRand *rand, GPtrArray *seeds, guint8 *data, gsize length)
{
  gsize other_length;
  const guint8 *other =
    g_bytes_get_data (seeds->pdata[g_rand_int_range (rand, 0, (gint32) seeds->len)], &other_length);
  gsize at = (gsize) g_rand_int_range (rand, 0, (gint32) MIN (length, other_length) + 1);

  other_length = MIN (other_length, INPUT_MAX);
  if (at < other_length)
    memcpy (data + at, other + at, other_length - at);
  return MAX (at, other_length);
}

static void
fuzz_mutate (GPtrArray *seeds, guint number)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (number);
  guint8 data[INPUT_MAX] = { 0 };
  gsize length;
  const guint8 *seed =
    g_bytes_get_data (seeds->pdata[g_rand_int_range (rand, 0, (gint32) seeds->len)], &length);
  int n = g_rand_int_range (rand, 1, 7);

  length = MIN (length, INPUT_MAX);
  if (length > 0)
    memcpy (data, seed, length);
  if (g_rand_int_range (rand, 0, 4) == 0)
    length = fuzz_splice (rand, seeds, data, length);
  for (int i = 0; i < n; i++)
    length = fuzz_change (rand, data, length);
  g_snprintf (running, sizeof running, "input: mutation %u\n", number);
  fuzz_run (data, length);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GPtrArray) seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GError) error = NULL;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING | G_LOG_FATAL_MASK);
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  signal (SIGABRT, fuzz_on_abort);
  g_ptr_array_add (seeds, g_bytes_new (NULL, 0));
  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    if (!fuzz_load (paths[i], seeds, &error))
      {
        g_printerr ("%s\n", error->message);
        return 1;
      }
  for (int i = 0; i < mutations; i++)
    fuzz_mutate (seeds, (guint) (first + i));
  g_print ("%u seeds, %d mutations\n", seeds->len - 1, mutations);
  g_strfreev (paths);
  return 0;
}
