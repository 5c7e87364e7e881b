/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Appends to a store for ever and says on standard output what was announced, one line each:
 * `seq place slot value`, or `seq place from-slot gap`. With `--dump` it prints all that is
 * stored instead and ends. For test-store-kill.py, which kills it.
 */

#define N_PLACES 5

typedef struct
{
  OhmStore *store;
  GMainLoop *loop;
  OhmPointSet *points;
  gint64 next[N_PLACES]; /* slot */
  gboolean is_dump;
  gint64 after;
  GObject *listener;
} Writer;

/* One write(2) per line: what is in the pipe was announced. */
static void
sim_writer_print (const OhmRecord *record)
{
  g_autofree char *line = NULL;
  gint64 slot = (record->is_gap ? record->from_us : record->slot_us) / OHM_SLOT_US;

  if (record->is_gap)
    line = g_strdup_printf ("%" G_GINT64_FORMAT " %s %" G_GINT64_FORMAT " gap %" G_GINT64_FORMAT
                            "\n",
                            record->seq, record->place, slot, record->slot_us / OHM_SLOT_US);
  else
    line = g_strdup_printf ("%" G_GINT64_FORMAT " %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
                            record->seq, record->place, slot, record->cells[0].integer);
  if (write (STDOUT_FILENO, line, strlen (line)) < 0)
    return;
}

static void
sim_writer_on_interval (const OhmRecord *record, gpointer owner)
{
  sim_writer_print (record);
}

static OhmRecord *
sim_writer_make (Writer *self, guint place)
{
  g_autofree char *id = g_strdup_printf ("place-%u", place);
  OhmRecord *record = ohm_record_new (id, self->points);

  record->slot_us = self->next[place] * OHM_SLOT_US;
  record->read_us = record->slot_us + 1;
  record->cells[0].integer = self->next[place] * 1000 + place;
  record->qualities[0] = OHM_QUALITY_GOOD;
  return record;
}

static void sim_writer_append (Writer *self);

static void
sim_writer_on_appended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!ohm_store_append_finish (OHM_STORE (source), result, &error))
    g_printerr ("%s\n", error->message);
  sim_writer_append (user_data);
}

/* Now and then a place leaves out some slots, and says so only half of the time. */
static void
sim_writer_append (Writer *self)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);

  for (guint i = 0; i < N_PLACES; i++)
    {
      int dice = g_random_int_range (0, 20);

      if (dice < 2)
        self->next[i] += 3;
      if (dice == 0)
        {
          OhmRecord *gap = sim_writer_make (self, i);

          gap->is_gap = TRUE;
          gap->cause = OHM_GAP_LINK_DOWN;
          g_ptr_array_add (records, gap);
        }
      else
        {
          g_ptr_array_add (records, sim_writer_make (self, i));
        }
      self->next[i]++;
    }
  ohm_store_append_async (self->store, records, sim_writer_on_appended, self);
}

static void sim_writer_dump (Writer *self);

static void
sim_writer_on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writer *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = ohm_store_read_after_finish (OHM_STORE (source), result, &error);

  if (records == NULL || records->len == 0)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  for (guint i = 0; i < records->len; i++)
    sim_writer_print (g_ptr_array_index (records, i));
  self->after = ((OhmRecord *) g_ptr_array_index (records, records->len - 1))->seq;
  sim_writer_dump (self);
}

static void
sim_writer_dump (Writer *self)
{
  ohm_store_read_after_async (self->store, self->after, OHM_STORE_PAGE_MAX, NULL,
                              sim_writer_on_read, self);
}

static void
sim_writer_on_open (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writer *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmStoreContent) content = ohm_store_open_finish (OHM_STORE (source), result, &error);

  if (content == NULL)
    {
      g_printerr ("%s\n", error->message);
      g_main_loop_quit (self->loop);
      return;
    }
  if (ohm_store_get_quarantine (self->store) != NULL)
    g_printerr ("the database was corrupt\n");
  for (guint i = 0; i < content->places->len; i++)
    {
      const OhmStorePlace *place = g_ptr_array_index (content->places, i);
      gint64 number = g_ascii_strtoll (place->place->id + strlen ("place-"), NULL, 10);

      self->next[number] = place->slot_us / OHM_SLOT_US + 1;
    }
  if (self->is_dump)
    sim_writer_dump (self);
  else
    sim_writer_append (self);
}

static void
sim_writer_on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writer *self = user_data;

  ohm_store_close_finish (OHM_STORE (source), result, NULL);
  g_main_loop_quit (self->loop);
}

int
main (int argc, char **argv)
{
  g_autoptr (OhmClock) clock = ohm_clock_new ();
  g_autoptr (OhmWatcher) watcher = ohm_watcher_new (clock, NULL);
  g_autoptr (OhmBus) bus = ohm_bus_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GObject) listener = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (OhmPointSet) points = NULL;
  OhmPoint point;
  Writer self = { .loop = loop };

  if (argc < 2 || !ohm_point_parse ("pulse-count", NULL, TRUE, &point, NULL))
    return 2;
  points = ohm_point_set_intern (&point, 1);
  self.points = points;
  self.is_dump = argc > 2 && g_str_equal (argv[2], "--dump");
  for (guint i = 0; i < N_PLACES; i++)
    self.next[i] = 2000000;
  ohm_bus_connect_interval (bus, "writer", sim_writer_on_interval, listener);
  self.store = ohm_store_new (argv[1], bus, watcher, NULL);
  ohm_store_open_async (self.store, NULL, sim_writer_on_open, &self);
  g_main_loop_run (loop);
  ohm_store_close_async (self.store, sim_writer_on_closed, &self);
  g_main_loop_run (loop);
  g_object_unref (self.store);
  return 0;
}
