/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* More than one exchange at a time, where types and transport permit it. */

#include "link-fixture.h"

#define TEST_TYPE_PIPE (test_pipe_get_type ())
G_DECLARE_FINAL_TYPE (TestPipe, test_pipe, TEST, PIPE, OhmTransport)

typedef struct
{
  OhmRequest request;
  gint64 deadline_us;
  OhmExchangeDone done;
  gpointer user_data;
} TestPipeItem;

/* Keeps what it is asked until the test answers. */
struct _TestPipe
{
  OhmTransport parent_instance;

  OhmTransportOpened opened;
  gpointer opened_data;
  OhmWatch *timer;
  GArray *items; /* (element-type TestPipeItem) */
  guint outstanding;
};

G_DEFINE_FINAL_TYPE (TestPipe, test_pipe, OHM_TYPE_TRANSPORT)

static void
test_pipe_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  TestPipe *self = user_data;

  ohm_transport_set_open (OHM_TRANSPORT (self), TRUE);
  self->opened (OHM_TRANSPORT (self), NULL, self->opened_data);
}

static void
test_pipe_open (OhmTransport *transport,
                gint64 deadline_us,
                OhmTransportOpened done,
                gpointer user_data)
{
  TestPipe *self = TEST_PIPE (transport);

  self->opened = done;
  self->opened_data = user_data;
  ohm_watch_set_deadline (self->timer, 0);
}

static void
test_pipe_exchange (OhmTransport *transport,
                    const OhmRequest *request,
                    const OhmTransportOptions *options,
                    gint64 deadline_us,
                    OhmExchangeDone done,
                    gpointer user_data)
{
  TestPipeItem item = { *request, deadline_us, done, user_data };

  g_array_append_val (TEST_PIPE (transport)->items, item);
}

static void
test_pipe_close (OhmTransport *transport)
{
  g_array_set_size (TEST_PIPE (transport)->items, 0);
}

static guint
test_pipe_get_outstanding (OhmTransport *transport)
{
  return TEST_PIPE (transport)->outstanding;
}

static void
test_pipe_constructed (GObject *object)
{
  TestPipe *self = TEST_PIPE (object);

  G_OBJECT_CLASS (test_pipe_parent_class)->constructed (object);
  self->timer = ohm_watcher_add (ohm_transport_get_watcher (OHM_TRANSPORT (self)), -1, 0,
                                 test_pipe_on_timer, self);
}

static void
test_pipe_dispose (GObject *object)
{
  g_clear_pointer (&TEST_PIPE (object)->timer, ohm_watch_remove);
  G_OBJECT_CLASS (test_pipe_parent_class)->dispose (object);
}

static void
test_pipe_finalize (GObject *object)
{
  g_array_unref (TEST_PIPE (object)->items);
  G_OBJECT_CLASS (test_pipe_parent_class)->finalize (object);
}

static void
test_pipe_class_init (TestPipeClass *klass)
{
  static const OhmSettingSpec table[] = {
    { "host", OHM_SETTING_STRING, 1, 253, NULL, NULL, "name of the station", TRUE },
    OHM_TRANSPORT_PACING_SETTINGS,
    { NULL },
  };
  OhmTransportClass *transport_class = OHM_TRANSPORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->constructed = test_pipe_constructed;
  G_OBJECT_CLASS (klass)->dispose = test_pipe_dispose;
  G_OBJECT_CLASS (klass)->finalize = test_pipe_finalize;
  transport_class->settings_table = table;
  transport_class->open = test_pipe_open;
  transport_class->exchange = test_pipe_exchange;
  transport_class->close = test_pipe_close;
  transport_class->get_outstanding = test_pipe_get_outstanding;
}

static void
test_pipe_init (TestPipe *self)
{
  self->items = g_array_new (FALSE, FALSE, sizeof (TestPipeItem));
  self->outstanding = 16;
}

/* --- */

#define N_ASKS 5

typedef struct
{
  OhmLinkFixture *f;
  TestPipe *pipe;
  OhmLinkAsk *asks[N_ASKS]; /* of units 1 to 5 */
} TestPipeline;

static TestPipeItem
test_pipeline_take (TestPipeline *self, guint8 unit)
{
  for (guint i = 0; i < self->pipe->items->len; i++)
    {
      TestPipeItem item = g_array_index (self->pipe->items, TestPipeItem, i);

      if (item.request.unit != unit)
        continue;
      g_array_remove_index (self->pipe->items, i);
      return item;
    }
  g_assert_not_reached ();
}

static void
test_pipeline_answer (TestPipeline *self, guint8 unit)
{
  TestPipeItem item = test_pipeline_take (self, unit);
  const guint8 data[4] = { 0 };
  const OhmReply reply = {
    .unit = unit, .function = 3, .data = data, .length = sizeof data, .round_trip_us = 2 * OHM_MS
  };

  item.done (OHM_TRANSPORT (self->pipe), &reply, NULL, item.user_data);
  ohm_test_time_spin (self->f->time);
}

static void
test_pipeline_fail (TestPipeline *self, guint8 unit, OhmError code, gboolean closes)
{
  TestPipeItem item = test_pipeline_take (self, unit);
  g_autoptr (GError) error = g_error_new_literal (OHM_ERROR, (int) code, "test");

  if (closes)
    ohm_transport_set_open (OHM_TRANSPORT (self->pipe), FALSE);
  item.done (OHM_TRANSPORT (self->pipe), NULL, error, item.user_data);
  ohm_test_time_spin (self->f->time);
}

static void
test_pipeline_submit_all (TestPipeline *self)
{
  for (guint i = 0; i < N_ASKS; i++)
    fixture_ask_submit (self->asks[i]);
  ohm_test_time_spin (self->f->time);
}

/* Each unit has answered once: before that nobody is asked together with others. */
static void
test_pipeline_setup (TestPipeline *self, gconstpointer data)
{
  self->f = fixture_link_new_of (60 * OHM_S, TEST_TYPE_PIPE);
  self->pipe = TEST_PIPE (ohm_link_get_transport (self->f->link));
  for (guint i = 0; i < N_ASKS; i++)
    {
      self->asks[i] = fixture_ask_new (self->f, NULL, (guint8) (i + 1), OHM_PRIORITY_LIVE);
      self->asks[i]->exchange.outstanding = 4;
      ohm_link_add_unit (self->f->link, (guint8) (i + 1), NULL, self);
    }
  ohm_test_time_spin (self->f->time);
  test_pipeline_submit_all (self);
  for (guint8 unit = 1; unit <= N_ASKS; unit++)
    {
      g_assert_cmpuint (self->pipe->items->len, ==, 1);
      test_pipeline_answer (self, unit);
    }
}

static void
test_pipeline_teardown (TestPipeline *self, gconstpointer data)
{
  for (guint i = 0; i < N_ASKS; i++)
    {
      ohm_link_remove_unit (self->f->link, (guint8) (i + 1), self);
      g_clear_pointer (&self->asks[i], fixture_ask_free);
    }
  fixture_link_free (self->f);
}

static void
test_pipeline_together (TestPipeline *self, gconstpointer data)
{
  test_pipeline_submit_all (self);
  g_assert_cmpuint (self->pipe->items->len, ==, 4);
  /* in any order; whoever waits takes the free place */
  test_pipeline_answer (self, 3);
  g_assert_cmpuint (self->pipe->items->len, ==, 4);
  test_pipeline_answer (self, 5);
  test_pipeline_answer (self, 1);
  test_pipeline_answer (self, 4);
  test_pipeline_answer (self, 2);
  for (guint i = 0; i < N_ASKS; i++)
    g_assert_cmpuint (self->asks[i]->n_good, ==, 2);
}

/* One that may be under way behind three others is waited for longer. */
static void
test_pipeline_deadlines (TestPipeline *self, gconstpointer data)
{
  gint64 now_us = ohm_test_time_mono (self->f->time);

  test_pipeline_submit_all (self);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpint (g_array_index (self->pipe->items, TestPipeItem, i).deadline_us - now_us, ==,
                     (i + 1) * 500 * OHM_MS);
}

static void
test_pipeline_one_transport (TestPipeline *self, gconstpointer data)
{
  self->pipe->outstanding = 1;
  test_pipeline_submit_all (self);
  g_assert_cmpuint (self->pipe->items->len, ==, 1);
}

/* A type that takes one at a time is asked alone, and keeps others from joining it. */
static void
test_pipeline_one_type (TestPipeline *self, gconstpointer data)
{
  self->asks[2]->exchange.outstanding = 1;
  test_pipeline_submit_all (self);
  g_assert_cmpuint (self->pipe->items->len, ==, 2);
  test_pipeline_answer (self, 1);
  test_pipeline_answer (self, 2);
  g_assert_cmpuint (self->pipe->items->len, ==, 1);
  test_pipeline_answer (self, 3);
  g_assert_cmpuint (self->pipe->items->len, ==, 2);
}

/* A pause, a stateful read: alone. */
static void
test_pipeline_alone (TestPipeline *self, gconstpointer data)
{
  self->asks[1]->exchange.is_once = TRUE;
  test_pipeline_submit_all (self);
  g_assert_cmpuint (self->pipe->items->len, ==, 1);
  test_pipeline_answer (self, 1);
  g_assert_cmpuint (self->pipe->items->len, ==, 1);
  test_pipeline_answer (self, 2);
  g_assert_cmpuint (self->pipe->items->len, ==, 3);
}

/* A time-out is the unit's; the others' answers count. */
static void
test_pipeline_timeout (TestPipeline *self, gconstpointer data)
{
  OhmUnitStats stats;

  test_pipeline_submit_all (self);
  test_pipeline_fail (self, 2, OHM_ERROR_TIMEOUT, /* closes */ FALSE);
  g_assert_cmpuint (self->asks[1]->n_timeouts, ==, 1);
  g_assert_true (ohm_link_get_unit_stats (self->f->link, 2, &stats));
  g_assert_cmpuint (stats.level, ==, 1);
  test_pipeline_answer (self, 1);
  test_pipeline_answer (self, 3);
  test_pipeline_answer (self, 4);
  test_pipeline_answer (self, 5);
  g_assert_true (ohm_link_get_unit_stats (self->f->link, 3, &stats));
  g_assert_cmpuint (stats.level, ==, 0);
}

/* The connection breaks: only the one that it broke on fails, the others are asked again. */
static void
test_pipeline_broken (TestPipeline *self, gconstpointer data)
{
  test_pipeline_submit_all (self);
  test_pipeline_fail (self, 1, OHM_ERROR_LINK, /* closes */ TRUE);
  g_assert_cmpuint (self->asks[0]->n_other, ==, 1);
  ohm_test_time_run (self->f->time, 10 * OHM_MS);
  g_assert_cmpuint (self->pipe->items->len, ==, 4);
  for (guint8 unit = 2; unit <= N_ASKS; unit++)
    test_pipeline_answer (self, unit);
  for (guint i = 1; i < N_ASKS; i++)
    g_assert_cmpuint (self->asks[i]->n_good, ==, 2);
}

static void
test_pipeline_withdraw (TestPipeline *self, gconstpointer data)
{
  test_pipeline_submit_all (self);
  ohm_link_withdraw (self->f->link, &self->asks[1]->exchange);
  self->asks[1]->is_waiting = FALSE;
  test_pipeline_answer (self, 2);
  g_assert_cmpuint (self->asks[1]->n_good, ==, 1);
  g_assert_cmpuint (self->pipe->items->len, ==, 4);
}

static void
test_pipeline_add (const char *name, void (*func) (TestPipeline *self, gconstpointer data))
{
  g_autofree char *path = g_strconcat ("/link/pipeline/", name, NULL);

  g_test_add (path, TestPipeline, NULL, test_pipeline_setup, func, test_pipeline_teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_pipeline_add ("together", test_pipeline_together);
  test_pipeline_add ("deadlines", test_pipeline_deadlines);
  test_pipeline_add ("one-transport", test_pipeline_one_transport);
  test_pipeline_add ("one-type", test_pipeline_one_type);
  test_pipeline_add ("alone", test_pipeline_alone);
  test_pipeline_add ("timeout", test_pipeline_timeout);
  test_pipeline_add ("broken", test_pipeline_broken);
  test_pipeline_add ("withdraw", test_pipeline_withdraw);
  return g_test_run ();
}
