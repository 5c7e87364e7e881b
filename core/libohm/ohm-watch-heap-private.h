/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-watcher.h"

G_BEGIN_DECLS

struct _OhmWatch
{
  OhmWatcher *watcher; /* (unowned) */
  OhmWatchFunc func;
  gpointer user_data;
  GList link; /* in the watcher's list */
  int fd;
  guint32 bits; /* epoll events asked for */

  gint64 deadline_us; /* -1: not in the heap */
  guint64 sequence;   /* equal deadlines fire in the order they were set */
  guint heap_index;

  gboolean is_removed;
  gboolean is_refused; /* its descriptor cannot be watched; said at the next dispatch */
};

/**
 * OhmWatchHeap:
 * @items: (owned) (array length=n): a binary heap, the earliest deadline first
 * @n: their number
 * @allocated: room in @items
 *
 * Watches by deadline. Each knows its index, so that moving or removing one is logarithmic.
 */
typedef struct
{
  OhmWatch **items;
  guint n;
  guint allocated;
} OhmWatchHeap;

static inline OhmWatch *
ohm_watch_heap_peek (const OhmWatchHeap *self)
{
  return self->n == 0 ? NULL : self->items[0];
}

/* Adds @watch or moves it to its new deadline. */
void ohm_watch_heap_put (OhmWatchHeap *self, OhmWatch *watch, gint64 deadline_us, guint64 sequence);
/* Does nothing if @watch is not in. */
void ohm_watch_heap_remove (OhmWatchHeap *self, OhmWatch *watch);
void ohm_watch_heap_clear (OhmWatchHeap *self);

G_END_DECLS
