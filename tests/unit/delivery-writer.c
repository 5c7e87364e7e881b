/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery.h"
#include "ohm-test-batch.h"
#include "ohm-test-secrets.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Appends to a store and delivers it to an engine outside the process: a batch goes to standard
 * output as lines `place slot value` or `place slot gap slots`, ended by `.`; one byte on standard
 * input answers it, `a` for accepted, `t` for transient, `u` for unclear. With `--drain` nothing is
 * appended, and it ends when all is delivered. For test-delivery-kill.py, which kills it.
 */

#define N_PLACES 5

/* Slots begin here; the clock is a year later, so that none is of the future. */
#define FIRST_SLOT 1900000

/* One turn of the simulated clock. */
#define TICK_US (2 * G_USEC_PER_SEC)

#define OHM_TYPE_PIPE_UPLINK (ohm_pipe_uplink_get_type ())
G_DECLARE_FINAL_TYPE (OhmPipeUplink, ohm_pipe_uplink, OHM, PIPE_UPLINK, OhmUplink)

struct _OhmPipeUplink
{
  OhmUplink parent_instance;

  GTask *task; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (OhmPipeUplink, ohm_pipe_uplink, OHM_TYPE_UPLINK)

static void
ohm_pipe_uplink_print (GString *text, const OhmRecord *record)
{
  if (record->is_gap)
    g_string_append_printf (text, "%s %" G_GINT64_FORMAT " gap %" G_GINT64_FORMAT "\n",
                            record->place, record->slot_us / OHM_SLOT_US,
                            (record->slot_us - record->from_us) / OHM_SLOT_US);
  else
    g_string_append_printf (text, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", record->place,
                            record->slot_us / OHM_SLOT_US, record->cells[0].integer);
}

static void
ohm_pipe_uplink_deliver_async (OhmUplink *uplink,
                               OhmBatch *batch,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  OhmPipeUplink *self = OHM_PIPE_UPLINK (uplink);
  g_autoptr (GString) text = g_string_new (NULL);
  guint n = 0;
  const OhmBatchItem *items = ohm_batch_get_items (batch, &n);

  for (guint i = 0; i < n; i++)
    ohm_pipe_uplink_print (text, items[i].record);
  g_string_append (text, ".\n");
  self->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->task, ohm_pipe_uplink_deliver_async);
  fwrite (text->str, 1, text->len, stdout);
  fflush (stdout);
}

static OhmVerdict *
ohm_pipe_uplink_deliver_finish (OhmUplink *uplink, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
ohm_pipe_uplink_free_verdict (gpointer verdict)
{
  ohm_verdict_free (verdict);
}

static gboolean
ohm_pipe_uplink_on_answer (int fd, GIOCondition condition, gpointer user_data)
{
  OhmPipeUplink *self = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  OhmVerdictKind kind = OHM_VERDICT_ACCEPTED;
  char answer = 'a';

  if (task == NULL || read (fd, &answer, 1) != 1)
    return G_SOURCE_REMOVE;
  if (answer != 'a')
    kind = answer == 't' ? OHM_VERDICT_TRANSIENT : OHM_VERDICT_UNCLEAR;
  g_task_return_pointer (task, ohm_verdict_new (kind, /* message */ NULL),
                         ohm_pipe_uplink_free_verdict);
  return G_SOURCE_CONTINUE;
}

static guint
ohm_pipe_uplink_get_flags (OhmUplink *uplink)
{
  return OHM_UPLINK_IDEMPOTENT;
}

static void
ohm_pipe_uplink_start (OhmUplink *uplink)
{
}

static void
ohm_pipe_uplink_finalize (GObject *object)
{
  g_clear_object (&OHM_PIPE_UPLINK (object)->task);
  G_OBJECT_CLASS (ohm_pipe_uplink_parent_class)->finalize (object);
}

static void
ohm_pipe_uplink_class_init (OhmPipeUplinkClass *klass)
{
  OhmUplinkClass *uplink_class = OHM_UPLINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ohm_pipe_uplink_finalize;
  uplink_class->get_flags = ohm_pipe_uplink_get_flags;
  uplink_class->start = ohm_pipe_uplink_start;
  uplink_class->deliver_async = ohm_pipe_uplink_deliver_async;
  uplink_class->deliver_finish = ohm_pipe_uplink_deliver_finish;
}

static void
ohm_pipe_uplink_init (OhmPipeUplink *self)
{
}

typedef struct
{
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmBus *bus;
  OhmStore *store;
  OhmUplink *uplink;
  OhmDelivery *delivery;
  OhmPointSet *points;
  GMainLoop *loop;
  gint64 next[N_PLACES]; /* slot */
  gboolean is_drain;
  gboolean is_appending;
} Writer;

static OhmRecord *
sim_writer_make (Writer *self, guint place, gboolean is_gap)
{
  g_autofree char *id = g_strdup_printf ("place-%u", place);
  OhmRecord *record = ohm_record_new (id, self->points);

  record->slot_us = self->next[place] * OHM_SLOT_US;
  record->read_us = record->slot_us + 1;
  record->is_gap = is_gap;
  record->cause = OHM_GAP_LINK_DOWN;
  record->cells[0].integer = self->next[place] * 1000 + place;
  record->qualities[0] = OHM_QUALITY_GOOD;
  return record;
}

static void
sim_writer_on_appended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writer *self = user_data;

  self->is_appending = FALSE;
  if (!ohm_store_append_finish (OHM_STORE (source), result, /* error */ NULL))
    g_printerr ("not appended\n");
}

/* Now and then a place leaves out some slots. */
static void
sim_writer_append (Writer *self)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);

  for (guint i = 0; i < N_PLACES; i++)
    {
      int dice = g_random_int_range (0, 20);

      self->next[i] += dice < 2 ? 3 : 0;
      g_ptr_array_add (records, sim_writer_make (self, i, dice == 0));
      self->next[i]++;
    }
  self->is_appending = TRUE;
  ohm_store_append_async (self->store, records, sim_writer_on_appended, self);
}

static gboolean
sim_writer_on_tick (gpointer user_data)
{
  Writer *self = user_data;
  OhmDeliveryView view;

  ohm_clock_move (self->clock, ohm_clock_get_wall_us (self->clock) + TICK_US,
                  ohm_clock_get_mono_us (self->clock) + TICK_US);
  if (!self->is_drain && !self->is_appending)
    sim_writer_append (self);
  if (g_random_int_range (0, 4) == 0)
    ohm_delivery_send_now (self->delivery);
  ohm_delivery_get_view (self->delivery, &view);
  if (self->is_drain && view.acked > 0 && view.acked == view.settled && view.n_pending == 0)
    g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static void
sim_writer_deliver (Writer *self)
{
  const OhmDeliverySetup setup = {
    .uplink = self->uplink,
    .store = self->store,
    .bus = self->bus,
    .watcher = self->watcher,
    .settings = { .has_overlap = TRUE,
                  .has_live_first = TRUE,
                  .points_max = 40,
                  .bytes_max = 1 << 20,
                  .fingerprint = "pipe" },
  };

  self->delivery = ohm_delivery_new (&setup);
  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, ohm_pipe_uplink_on_answer, self->uplink);
  g_timeout_add (1, sim_writer_on_tick, self);
}

static void
sim_writer_on_open (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writer *self = user_data;
  g_autoptr (OhmStoreContent) content = ohm_store_open_finish (OHM_STORE (source), result, NULL);

  if (content == NULL || ohm_store_get_quarantine (self->store) != NULL)
    g_printerr ("the database could not be opened\n");
  for (guint i = 0; content != NULL && i < content->places->len; i++)
    {
      const OhmStorePlace *place = g_ptr_array_index (content->places, i);
      gint64 number = g_ascii_strtoll (place->place->id + strlen ("place-"), NULL, 10);

      self->next[number] = place->slot_us / OHM_SLOT_US + 1;
    }
  sim_writer_deliver (self);
}

static void
sim_writer_on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ohm_store_close_finish (OHM_STORE (source), result, NULL);
  g_main_loop_quit (((Writer *) user_data)->loop);
}

static void
sim_writer_begin (Writer *self, const char *path)
{
  static const OhmSettingSpec table[] = { { NULL } };
  const OhmSettingSpec *const tables[] = { table, NULL };
  g_autoptr (OhmSettings) settings = ohm_settings_new (NULL, "pipe", tables, /* error */ NULL);
  g_autoptr (OhmTestSecrets) secrets = ohm_test_secrets_new ();
  OhmPoint point;

  g_assert (ohm_point_parse ("pulse-count", NULL, TRUE, &point, NULL));
  self->points = ohm_point_set_intern (&point, 1);
  self->clock = ohm_clock_new_manual ((FIRST_SLOT + 35040) * OHM_SLOT_US, G_USEC_PER_SEC);
  self->watcher = ohm_watcher_new (self->clock, NULL);
  self->bus = ohm_bus_new ();
  self->loop = g_main_loop_new (NULL, FALSE);
  self->uplink = ohm_uplink_new (OHM_TYPE_PIPE_UPLINK,
                                 &(OhmUplinkSetup){ .id = "pipe",
                                                    .settings = settings,
                                                    .clock = self->clock,
                                                    .secrets = OHM_SECRETS (secrets),
                                                    .gateway = OHM_TEST_GATEWAY });
  for (guint i = 0; i < N_PLACES; i++)
    self->next[i] = FIRST_SLOT;
  self->store = ohm_store_new (path, self->bus, self->watcher, NULL);
  ohm_store_open_async (self->store, NULL, sim_writer_on_open, self);
}

static void
sim_writer_end (Writer *self)
{
  while (g_source_remove_by_user_data (self) || g_source_remove_by_user_data (self->uplink))
    ;
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_object_unref (self->delivery);
  g_object_unref (self->uplink);
  g_object_unref (self->store);
  g_object_unref (self->bus);
  g_object_unref (self->watcher);
  g_object_unref (self->clock);
  ohm_point_set_unref (self->points);
  g_main_loop_unref (self->loop);
}

int
main (int argc, char **argv)
{
  Writer self = { 0 };

  if (argc < 2)
    return 2;
  self.is_drain = argc > 2 && g_str_equal (argv[2], "--drain");
  sim_writer_begin (&self, argv[1]);
  g_main_loop_run (self.loop);
  ohm_delivery_stop (self.delivery);
  ohm_store_close_async (self.store, sim_writer_on_closed, &self);
  g_main_loop_run (self.loop);
  sim_writer_end (&self);
  return 0;
}
