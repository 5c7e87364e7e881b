/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-watcher.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "ohm-clock-private.h"
#include "ohm-watch-heap-private.h"

/* Bounds of one dispatch, so that other sources of the main loop get their turn. */
#define OHM_WATCHER_EVENTS_MAX    64
#define OHM_WATCHER_DEADLINES_MAX 256
/* Dispatches in a row that may put off deadlines because more events are waiting. */
#define OHM_WATCHER_PUT_OFF_MAX 16

#define OHM_WATCHER_NO_ALARM G_MAXINT64

typedef struct
{
  GSource source;
  OhmWatcher *watcher; /* (unowned): the watcher destroys its source */
} OhmWatcherSource;

struct _OhmWatcher
{
  GObject parent_instance;

  OhmClock *clock; /* (owned) */
  gboolean is_real;
  GSource *source; /* (owned) */
  int epoll_fd;
  int timer_fd; /* -1 unless the clock is real */

  OhmWatchHeap heap;
  GQueue watches;   /* (element-type OhmWatch): all that live */
  GSList *removed;  /* (element-type OhmWatch): freed after the dispatch that they left */
  gint64 alarm_us;  /* what the timer is set to; it may be earlier than needed, never later */
  guint64 sequence; /* of the deadline set last */
  gint64 due_us;    /* time of the last look at deadlines */
  guint put_off;
  guint depth; /* of dispatches */
};

G_DEFINE_FINAL_TYPE (OhmWatcher, ohm_watcher, G_TYPE_OBJECT)

static guint32
ohm_watcher_to_epoll (OhmWatchEvents events)
{
  guint32 bits = 0;

  if (events & OHM_WATCH_READ)
    bits |= EPOLLIN;
  if (events & OHM_WATCH_WRITE)
    bits |= EPOLLOUT;
  return bits;
}

static OhmWatchEvents
ohm_watcher_from_epoll (guint32 bits)
{
  OhmWatchEvents events = 0;

  if (bits & EPOLLIN)
    events |= OHM_WATCH_READ;
  if (bits & EPOLLOUT)
    events |= OHM_WATCH_WRITE;
  if (bits & (EPOLLERR | EPOLLHUP))
    events |= OHM_WATCH_ERROR;
  return events;
}

/* The timer is set before the loop sleeps, not when a deadline changes: a deadline that is
 * replaced by a later one, as with every exchange that is answered, costs no system call. */
static void
ohm_watcher_arm (OhmWatcher *self)
{
  OhmWatch *first = ohm_watch_heap_peek (&self->heap);
  gint64 next_us = first == NULL ? OHM_WATCHER_NO_ALARM : first->deadline_us;
  struct itimerspec at = { 0 };

  if (!self->is_real)
    {
      if (next_us != self->alarm_us)
        ohm_clock_set_next_of (self->clock, self, first == NULL ? -1 : next_us);
      self->alarm_us = next_us;
      return;
    }
  if (next_us >= self->alarm_us)
    return;
  at.it_value.tv_sec = next_us / G_USEC_PER_SEC;
  at.it_value.tv_nsec = (next_us % G_USEC_PER_SEC) * 1000;
  if (next_us <= 0)
    at.it_value.tv_nsec = 1; /* all zero would disarm */
  if (timerfd_settime (self->timer_fd, TFD_TIMER_ABSTIME, &at, NULL) == 0)
    self->alarm_us = next_us;
}

static gboolean
ohm_watcher_source_prepare (GSource *source, int *timeout_ms)
{
  OhmWatcher *self = ((OhmWatcherSource *) source)->watcher;
  OhmWatch *first = ohm_watch_heap_peek (&self->heap);

  *timeout_ms = -1;
  ohm_watcher_arm (self);
  return !self->is_real && first != NULL &&
         first->deadline_us <= ohm_clock_get_mono_us (self->clock);
}

static void
ohm_watcher_dispatch_event (OhmWatcher *self, const struct epoll_event *event)
{
  OhmWatch *watch = event->data.ptr;

  /* NULL is the timer, which is never read: setting it anew silences it */
  if (watch != NULL && !watch->is_removed)
    watch->func (watch, ohm_watcher_from_epoll (event->events), watch->user_data);
}

static int
ohm_watcher_dispatch_events (OhmWatcher *self)
{
  struct epoll_event events[OHM_WATCHER_EVENTS_MAX];
  int n = epoll_wait (self->epoll_fd, events, G_N_ELEMENTS (events), 0);

  for (int i = 0; i < n; i++)
    ohm_watcher_dispatch_event (self, &events[i]);
  return n;
}

static void
ohm_watcher_dispatch_deadlines (OhmWatcher *self)
{
  gint64 now_us = self->due_us = ohm_clock_get_mono_us (self->clock);
  guint64 last = self->sequence; /* what is set from here on waits for the next dispatch */
  guint budget = OHM_WATCHER_DEADLINES_MAX;
  OhmWatch *watch;

  while (budget-- > 0 && (watch = ohm_watch_heap_peek (&self->heap)) != NULL &&
         watch->deadline_us <= now_us && watch->sequence <= last)
    {
      OhmWatchEvents events = watch->is_refused ? OHM_WATCH_ERROR : OHM_WATCH_DEADLINE;

      watch->is_refused = FALSE;
      ohm_watch_heap_remove (&self->heap, watch);
      watch->func (watch, events, watch->user_data);
    }
}

/* The alarm has passed: forget it, so that the next one is set; with none left, silence the
 * descriptor, which stays readable otherwise. */
static void
ohm_watcher_disarm (OhmWatcher *self)
{
  static const struct itimerspec never = { { 0 } };

  if (!self->is_real || self->alarm_us > ohm_clock_get_mono_us (self->clock))
    return;
  self->alarm_us = OHM_WATCHER_NO_ALARM;
  if (ohm_watch_heap_peek (&self->heap) == NULL)
    timerfd_settime (self->timer_fd, 0, &never, NULL);
}

static void
ohm_watcher_bury (OhmWatcher *self)
{
  g_slist_free_full (g_steal_pointer (&self->removed), g_free);
}

/* Events go first: an answer that has arrived must win over its deadline, however late the loop
 * comes to look. */
static gboolean
ohm_watcher_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_autoptr (OhmWatcher) self = g_object_ref (((OhmWatcherSource *) source)->watcher);
  int n;

  self->depth++;
  n = ohm_watcher_dispatch_events (self);
  if (n < OHM_WATCHER_EVENTS_MAX || ++self->put_off > OHM_WATCHER_PUT_OFF_MAX)
    {
      self->put_off = 0;
      ohm_watcher_dispatch_deadlines (self);
    }
  if (--self->depth == 0)
    ohm_watcher_bury (self);
  ohm_watcher_disarm (self);
  return G_SOURCE_CONTINUE;
}

OhmWatch *
ohm_watcher_add (OhmWatcher *self,
                 int fd,
                 OhmWatchEvents events,
                 OhmWatchFunc func,
                 gpointer user_data)
{
  OhmWatch *watch;
  struct epoll_event event;

  g_return_val_if_fail (OHM_IS_WATCHER (self), NULL);
  g_return_val_if_fail (func != NULL, NULL);

  watch = g_new0 (OhmWatch, 1);
  watch->watcher = self;
  watch->fd = fd;
  watch->func = func;
  watch->user_data = user_data;
  watch->bits = ohm_watcher_to_epoll (events);
  watch->deadline_us = -1;
  watch->link.data = watch;
  g_queue_push_tail_link (&self->watches, &watch->link);
  if (fd < 0)
    return watch;
  event.events = watch->bits;
  event.data.ptr = watch;
  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    {
      watch->fd = -1;
      ohm_watch_set_deadline (watch, 0);
      watch->is_refused = TRUE;
    }
  return watch;
}

void
ohm_watch_set_events (OhmWatch *watch, OhmWatchEvents events)
{
  struct epoll_event event;

  g_return_if_fail (watch != NULL && !watch->is_removed);

  event.events = ohm_watcher_to_epoll (events);
  event.data.ptr = watch;
  if (watch->fd < 0 || event.events == watch->bits)
    return;
  watch->bits = event.events;
  epoll_ctl (watch->watcher->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void
ohm_watch_set_deadline (OhmWatch *watch, gint64 mono_us)
{
  OhmWatcher *self;

  g_return_if_fail (watch != NULL && !watch->is_removed);

  if (watch->is_refused)
    return;
  self = watch->watcher;
  if (mono_us < 0)
    ohm_watch_heap_remove (&self->heap, watch);
  else
    {
      /* a timer that sets itself in the past, again and again, must not stay ahead of others */
      gint64 deadline_us = MAX (mono_us, self->due_us);

      ohm_watch_heap_put (&self->heap, watch, deadline_us, ++self->sequence);
    }
}

gint64
ohm_watch_get_deadline (OhmWatch *watch)
{
  g_return_val_if_fail (watch != NULL, -1);

  return watch->is_refused ? -1 : watch->deadline_us;
}

void
ohm_watch_remove (OhmWatch *watch)
{
  OhmWatcher *self;

  g_return_if_fail (watch != NULL && !watch->is_removed);

  self = watch->watcher;
  ohm_watch_heap_remove (&self->heap, watch);
  if (watch->fd >= 0)
    epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
  g_queue_unlink (&self->watches, &watch->link);
  watch->is_removed = TRUE;
  if (self->depth > 0)
    self->removed = g_slist_prepend (self->removed, watch);
  else
    g_free (watch);
}

OhmClock *
ohm_watcher_get_clock (OhmWatcher *self)
{
  g_return_val_if_fail (OHM_IS_WATCHER (self), NULL);

  return self->clock;
}

static void
ohm_watcher_finalize (GObject *object)
{
  OhmWatcher *self = OHM_WATCHER (object);

  while (!g_queue_is_empty (&self->watches))
    ohm_watch_remove (g_queue_peek_head (&self->watches));
  g_source_destroy (self->source);
  g_source_unref (self->source);
  ohm_clock_set_next_of (self->clock, self, -1);
  g_clear_object (&self->clock);
  ohm_watch_heap_clear (&self->heap);
  close (self->epoll_fd);
  if (self->timer_fd >= 0)
    close (self->timer_fd);

  G_OBJECT_CLASS (ohm_watcher_parent_class)->finalize (object);
}

static void
ohm_watcher_class_init (OhmWatcherClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ohm_watcher_finalize;
}

static void
ohm_watcher_init (OhmWatcher *self)
{
  self->alarm_us = OHM_WATCHER_NO_ALARM;
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  self->timer_fd = -1;
  g_queue_init (&self->watches);
}

static void
ohm_watcher_open_timer (OhmWatcher *self)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

  self->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, self->timer_fd, &event);
}

OhmWatcher *
ohm_watcher_new (OhmClock *clock, GMainContext *context)
{
  static GSourceFuncs funcs = { .prepare = ohm_watcher_source_prepare,
                                .dispatch = ohm_watcher_source_dispatch };
  OhmWatcher *self;

  g_return_val_if_fail (OHM_IS_CLOCK (clock), NULL);

  self = g_object_new (OHM_TYPE_WATCHER, NULL);
  self->clock = g_object_ref (clock);
  self->is_real = ohm_clock_is_real (clock);
  if (self->is_real)
    ohm_watcher_open_timer (self);
  self->source = g_source_new (&funcs, sizeof (OhmWatcherSource));
  ((OhmWatcherSource *) self->source)->watcher = self;
  g_source_set_static_name (self->source, "OhmWatcher");
  /* or else GLib takes the descriptor out while it dispatches and wakes the loop afterwards: two
   * system calls and a turn of the loop more for each event */
  g_source_set_can_recurse (self->source, TRUE);
  g_source_add_unix_fd (self->source, self->epoll_fd, G_IO_IN);
  g_source_attach (self->source, context != NULL ? context : g_main_context_get_thread_default ());
  return self;
}
