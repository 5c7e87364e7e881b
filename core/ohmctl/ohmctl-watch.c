/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-watch.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

#include "ohmctl-format.h"
#include "ohmctl-screen.h"
#include "ohmctl-verbs.h"

#define EVERY_US   (500 * G_TIME_SPAN_MILLISECOND)
#define TIMEOUT_US (15 * G_TIME_SPAN_SECOND)
/* Last values of meters that fail come with the first signal, which follows at once. */
#define FIRST_SIGNAL_US (500 * G_TIME_SPAN_MILLISECOND)

#define TICK_MS       1000
#define DRAW_DELAY_MS 100
#define SCREEN_FIXED  3

/**
 * OhmctlWatch:
 * @context: the daemon
 * @model: (owned): what is known
 * @feed: (owned): keeps it so
 * @loop: (owned): runs until somebody has seen enough
 * @screen: (owned) (nullable): while a terminal is drawn in place
 * @first_line: of the table that is shown; what is above was scrolled away
 * @is_gone: whether the daemon left
 * @error: (owned) (nullable): why it ends
 */
typedef struct
{
  OhmctlContext *context;
  OhmctlWatchModel *model;
  OhmctlWatchFeed *feed;
  GMainLoop *loop;
  OhmctlScreen *screen;
  guint first_line;
  gboolean is_gone;
  GError *error;
  guint timer_id;
  guint draw_id;
  guint signal_ids[3];
} OhmctlWatch;

static gboolean
ohmctl_watch_on_quit (gpointer data)
{
  OhmctlWatch *self = data;

  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static void
ohmctl_watch_init (OhmctlWatch *self,
                   OhmctlContext *context,
                   const char *const *ids,
                   guint min_ms,
                   const OhmctlWatchEvents *events)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

  self->context = context;
  self->loop = g_main_loop_new (/* context */ NULL, FALSE);
  self->model = ohmctl_watch_model_new (context, ids);
  self->feed = ohmctl_watch_feed_new (context, self->model, ids, min_ms, events, self);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    self->signal_ids[i] = g_unix_signal_add (signals[i], ohmctl_watch_on_quit, self);
}

static void
ohmctl_watch_clear (OhmctlWatch *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->signal_ids); i++)
    g_clear_handle_id (&self->signal_ids[i], g_source_remove);
  g_clear_handle_id (&self->timer_id, g_source_remove);
  g_clear_handle_id (&self->draw_id, g_source_remove);
  g_clear_pointer (&self->feed, ohmctl_watch_feed_free);
  g_clear_pointer (&self->screen, ohmctl_screen_free);
  g_clear_pointer (&self->model, ohmctl_watch_model_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

static gboolean
ohmctl_watch_propagate (OhmctlWatch *self, GError **error)
{
  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

static void
ohmctl_watch_end_without_daemon (gpointer data)
{
  OhmctlWatch *self = data;

  if (self->error == NULL)
    g_set_error (&self->error, OHMCTL_ERROR, OHMCTL_EXIT_NO_DAEMON, "ohmd has ended");
  g_main_loop_quit (self->loop);
}

/* Drawn in place. */

static char *
ohmctl_watch_dup_head (OhmctlWatch *self, gint64 now_us)
{
  g_autofree char *time = ohmctl_format_time (now_us, ohmctl_context_get_zone (self->context));
  g_autofree char *counts = ohmctl_watch_model_dup_counts (self->model);

  if (self->is_gone)
    return g_strdup_printf ("%s  ohmd has ended; waiting until it is back", time);
  return g_strdup_printf ("%s  %s", time, counts);
}

static void
ohmctl_watch_draw (OhmctlWatch *self)
{
  gint64 now_us = ohmctl_context_now_us ();
  guint width = ohmctl_screen_get_width (self->screen);
  guint room = MAX (ohmctl_screen_get_height (self->screen), SCREEN_FIXED + 1) - SCREEN_FIXED;
  g_autoptr (OhmctlTable) table = ohmctl_watch_model_new_table (self->model, /* id */ NULL, width,
                                                                now_us);
  g_autofree char *text = ohmctl_table_render (table, width, self->context->has_color);
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  guint n = MAX (g_strv_length (rows), 2) - 2;

  self->first_line = MIN (self->first_line, n > room ? n - room : 0);
  g_ptr_array_add (lines, ohmctl_watch_dup_head (self, now_us));
  g_ptr_array_add (lines, g_strdup (rows[0]));
  for (guint i = 0; i < room && i + self->first_line < n; i++)
    g_ptr_array_add (lines, g_strdup (rows[1 + self->first_line + i]));
  if (n > room)
    g_ptr_array_add (lines,
                     g_strdup_printf ("%u..%u of %u, arrows scroll, q ends", self->first_line + 1,
                                      MIN (self->first_line + room, n), n));
  else
    g_ptr_array_add (lines, g_strdup ("q ends"));
  g_ptr_array_add (lines, NULL);
  ohmctl_screen_draw (self->screen, (const char *const *) lines->pdata);
}

static gboolean
ohmctl_watch_on_draw (gpointer data)
{
  OhmctlWatch *self = data;

  self->draw_id = 0;
  ohmctl_watch_draw (self);
  return G_SOURCE_REMOVE;
}

/* A thousand meters may change at once: they are drawn once. */
static void
ohmctl_watch_on_batch (gpointer data)
{
  OhmctlWatch *self = data;

  if (self->draw_id == 0)
    self->draw_id = g_timeout_add (DRAW_DELAY_MS, ohmctl_watch_on_draw, self);
}

static gboolean
ohmctl_watch_on_tick (gpointer data)
{
  ohmctl_watch_draw (data);
  return G_SOURCE_CONTINUE;
}

static void
ohmctl_watch_on_gone (gpointer data)
{
  OhmctlWatch *self = data;

  self->is_gone = TRUE;
  ohmctl_watch_draw (self);
}

static void
ohmctl_watch_on_back (gpointer data)
{
  OhmctlWatch *self = data;

  self->is_gone = FALSE;
  ohmctl_watch_draw (self);
}

static void
ohmctl_watch_on_key (OhmctlKey key, gpointer data)
{
  OhmctlWatch *self = data;
  guint page = MAX (ohmctl_screen_get_height (self->screen), SCREEN_FIXED + 2) - SCREEN_FIXED - 1;

  switch (key)
    {
    case OHMCTL_KEY_QUIT:
      g_main_loop_quit (self->loop);
      return;
    case OHMCTL_KEY_UP:
      self->first_line -= MIN (self->first_line, 1);
      break;
    case OHMCTL_KEY_DOWN:
      self->first_line++;
      break;
    case OHMCTL_KEY_PAGE_UP:
      self->first_line -= MIN (self->first_line, page);
      break;
    case OHMCTL_KEY_PAGE_DOWN:
      self->first_line += page;
      break;
    case OHMCTL_KEY_HOME:
      self->first_line = 0;
      break;
    case OHMCTL_KEY_END:
      self->first_line = G_MAXINT;
      break;
    case OHMCTL_KEY_RESIZE:
    default:
      break;
    }
  ohmctl_watch_draw (self);
}

static gboolean
ohmctl_watch_run_screen (OhmctlContext *context,
                         const char *const *ids,
                         guint min_ms,
                         GError **error)
{
  static const OhmctlWatchEvents events = {
    .batch = ohmctl_watch_on_batch,
    .gone = ohmctl_watch_on_gone,
    .back = ohmctl_watch_on_back,
  };
  OhmctlWatch self = { NULL };
  gboolean is_started;

  ohmctl_watch_init (&self, context, ids, min_ms, &events);
  is_started = ohmctl_watch_feed_start (self.feed, error);
  if (is_started)
    {
      self.screen = ohmctl_screen_new (ohmctl_watch_on_key, &self);
      self.timer_id = g_timeout_add (TICK_MS, ohmctl_watch_on_tick, &self);
      ohmctl_watch_draw (&self);
      g_main_loop_run (self.loop);
    }
  ohmctl_watch_clear (&self);
  return is_started;
}

/* Line by line, where nothing can be drawn in place. */

static void
ohmctl_watch_on_line (const char *id, gpointer data)
{
  OhmctlWatch *self = data;
  gint64 now_us = ohmctl_context_now_us ();
  g_autoptr (OhmctlTable) table = NULL;
  g_autofree char *text = NULL;
  g_autofree char *time = NULL;
  g_auto (GStrv) rows = NULL;

  if (self->context->is_json)
    {
      g_autoptr (OhmctlJson) json = ohmctl_json_new ();

      ohmctl_watch_model_write (self->model, json, id, /* state */ FALSE, now_us);
      ohmctl_print_json (json);
      return;
    }
  table = ohmctl_watch_model_new_table (self->model, id, OHMCTL_WATCH_WIDTH, now_us);
  text = ohmctl_table_render (table, self->context->width, self->context->has_color);
  time = ohmctl_format_time (now_us, ohmctl_context_get_zone (self->context));
  rows = g_strsplit (text, "\n", -1);
  for (guint i = 1; rows[0] != NULL && rows[i] != NULL && *rows[i] != '\0'; i++)
    ohmctl_printf ("%s  %s\n", time + strlen ("2026-11-22 "), rows[i]);
}

static void
ohmctl_watch_on_state (const char *id, gpointer data)
{
  OhmctlWatch *self = data;
  OhmctlObject *meter = ohmctl_watch_model_get_object (self->model, id);
  g_autofree char *time = NULL;

  if (self->context->is_json || meter == NULL)
    return;
  time = ohmctl_format_time (ohmctl_context_now_us (), ohmctl_context_get_zone (self->context));
  ohmctl_printf ("%s  %s is %s\n", time + strlen ("2026-11-22 "), id,
                 ohmctl_object_string (meter, "State"));
}

static void
ohmctl_watch_on_flush (gpointer data)
{
  OhmctlWatch *self = data;

  if (fflush (stdout) != 0)
    g_main_loop_quit (self->loop);
}

static gboolean
ohmctl_watch_run_lines (OhmctlContext *context,
                        const char *const *ids,
                        guint min_ms,
                        GError **error)
{
  static const OhmctlWatchEvents events = {
    .reading = ohmctl_watch_on_line,
    .state = ohmctl_watch_on_state,
    .batch = ohmctl_watch_on_flush,
    .gone = ohmctl_watch_end_without_daemon,
  };
  OhmctlWatch self = { NULL };
  gboolean is_started;

  ohmctl_watch_init (&self, context, ids, min_ms, &events);
  is_started = ohmctl_watch_feed_start (self.feed, error);
  if (is_started)
    g_main_loop_run (self.loop);
  ohmctl_watch_clear (&self);
  return is_started && ohmctl_watch_propagate (&self, error);
}

/* One table. */

static void
ohmctl_watch_on_progress (gpointer data)
{
  OhmctlWatch *self = data;

  if (ohmctl_watch_model_is_settled (self->model))
    g_main_loop_quit (self->loop);
}

static gboolean
ohmctl_watch_on_late (gpointer data)
{
  OhmctlWatch *self = data;

  self->timer_id = 0;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static guint
ohmctl_watch_width (OhmctlWatch *self)
{
  return self->context->width > 0 ? self->context->width : OHMCTL_WATCH_WIDTH;
}

static void
ohmctl_watch_print_once (OhmctlWatch *self)
{
  gint64 now_us = ohmctl_context_now_us ();
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autoptr (OhmctlTable) table = NULL;
  g_autofree char *counts = NULL;

  if (self->context->is_json)
    {
      ohmctl_json_begin_object (json, NULL);
      ohmctl_watch_model_write_all (self->model, json, "meters", now_us);
      ohmctl_json_end_object (json);
      ohmctl_print_json (json);
      return;
    }
  if (ohmctl_watch_model_n_meters (self->model) == 0)
    {
      ohmctl_print ("no meters yet; 'ohmctl add --help' tells how to add one\n");
      return;
    }
  table = ohmctl_watch_model_new_table (self->model, /* id */ NULL, ohmctl_watch_width (self),
                                        now_us);
  counts = ohmctl_watch_model_dup_counts (self->model);
  ohmctl_print_table (self->context, table);
  ohmctl_printf ("%s\n", counts);
}

/* Waits for the first values of every meter that can have some. */
static gboolean
ohmctl_watch_run_once (OhmctlContext *context,
                       const char *const *ids,
                       gint64 timeout_us,
                       GError **error)
{
  static const OhmctlWatchEvents events = {
    .batch = ohmctl_watch_on_progress,
    .gone = ohmctl_watch_end_without_daemon,
  };
  OhmctlWatch self = { NULL };
  gboolean is_done;

  ohmctl_watch_init (&self, context, ids, /* min_ms */ 0, &events);
  is_done = ohmctl_watch_feed_start (self.feed, error);
  if (is_done && ohmctl_watch_model_n_meters (self.model) > 0)
    {
      gboolean is_settled = ohmctl_watch_model_is_settled (self.model);
      gint64 wait_us = is_settled ? MIN (timeout_us, FIRST_SIGNAL_US) : timeout_us;

      self.timer_id = g_timeout_add ((guint) (wait_us / 1000), ohmctl_watch_on_late, &self);
      g_main_loop_run (self.loop);
    }
  is_done = is_done && ohmctl_watch_propagate (&self, error);
  if (is_done)
    {
      ohmctl_watch_print_once (&self);
      if (ohmctl_watch_model_n_read (self.model) == 0 &&
          ohmctl_watch_model_n_meters (self.model) > 0)
        context->exit = OHMCTL_EXIT_NO_ANSWER;
    }
  ohmctl_watch_clear (&self);
  return is_done;
}

/* An unknown id is told with the nearest that there is. */
static gboolean
ohmctl_watch_check_ids (OhmctlContext *context, const char *const *ids, GError **error)
{
  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autoptr (OhmctlObject) meter = ohmctl_object_get (context, OHMCTL_KIND_METER, ids[i],
                                                          error);

      if (meter == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
ohmctl_watch_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  const char *const *ids = ohmctl_args_words (args, 0);
  gint64 every_us = EVERY_US;
  gint64 timeout_us = TIMEOUT_US;
  guint min_ms;

  if (!ohmctl_args_get_duration_us (args, "every", &every_us, error) ||
      !ohmctl_args_get_duration_us (args, "timeout", &timeout_us, error) ||
      !ohmctl_watch_check_ids (context, ids, error))
    return FALSE;
  min_ms = (guint) (MIN (every_us, G_TIME_SPAN_HOUR) / 1000);
  if (ohmctl_args_has (args, "once"))
    return ohmctl_watch_run_once (context, ids, MIN (timeout_us, G_TIME_SPAN_HOUR), error);
  if (!context->is_json && ohmctl_screen_is_possible ())
    return ohmctl_watch_run_screen (context, ids, min_ms, error);
  return ohmctl_watch_run_lines (context, ids, min_ms, error);
}

static const OhmctlOption ohmctl_watch_options[] = {
  { "once", NULL, "print one table when every meter was read or has failed, and end" },
  { "timeout", "TIME", "with --once: wait no longer than this (default 15s)" },
  { "every", "TIME", "show new values no more often than this (default 500ms)" },
  { NULL },
};

const OhmctlVerb ohmctl_watch_verbs[] = {
  {
    .verb = "watch",
    .words = "[METER...]",
    .summary = "live values of all or some meters",
    .text =
      "Draws a table in place; arrows scroll, q or Ctrl-C ends. The last column is the age of the "
      "values, or what is wrong with the meter; values that are too old are dim. Where the "
      "output is no terminal, every reading is a line, with --json an object per line.\n\n"
      "With --once it ends with exit code 6 if no meter answered.",
    .examples = "ohmctl watch\n"
                "ohmctl watch main lift --every=5s\n"
                "ohmctl watch --once\n",
    .options = ohmctl_watch_options,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_METER, OHMCTL_WORD_METER, OHMCTL_WORD_METER },
    .run = ohmctl_watch_run,
  },
  { NULL },
};
