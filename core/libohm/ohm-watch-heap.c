/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-watch-heap-private.h"

static gboolean
ohm_watch_heap_is_before (const OhmWatch *a, const OhmWatch *b)
{
  if (a->deadline_us != b->deadline_us)
    return a->deadline_us < b->deadline_us;
  return a->sequence < b->sequence;
}

static void
ohm_watch_heap_place (OhmWatchHeap *self, guint index, OhmWatch *watch)
{
  self->items[index] = watch;
  watch->heap_index = index;
}

static void
ohm_watch_heap_rise (OhmWatchHeap *self, guint index, OhmWatch *watch)
{
  while (index > 0)
    {
      guint parent = (index - 1) / 2;

      if (!ohm_watch_heap_is_before (watch, self->items[parent]))
        break;
      ohm_watch_heap_place (self, index, self->items[parent]);
      index = parent;
    }
  ohm_watch_heap_place (self, index, watch);
}

static void
ohm_watch_heap_sink (OhmWatchHeap *self, guint index, OhmWatch *watch)
{
  for (;;)
    {
      guint child = 2 * index + 1;

      if (child >= self->n)
        break;
      if (child + 1 < self->n &&
          ohm_watch_heap_is_before (self->items[child + 1], self->items[child]))
        child++;
      if (!ohm_watch_heap_is_before (self->items[child], watch))
        break;
      ohm_watch_heap_place (self, index, self->items[child]);
      index = child;
    }
  ohm_watch_heap_place (self, index, watch);
}

static void
ohm_watch_heap_settle (OhmWatchHeap *self, guint index, OhmWatch *watch)
{
  if (index > 0 && ohm_watch_heap_is_before (watch, self->items[(index - 1) / 2]))
    ohm_watch_heap_rise (self, index, watch);
  else
    ohm_watch_heap_sink (self, index, watch);
}

void
ohm_watch_heap_put (OhmWatchHeap *self, OhmWatch *watch, gint64 deadline_us, guint64 sequence)
{
  gboolean is_new = watch->deadline_us < 0;

  watch->deadline_us = deadline_us;
  watch->sequence = sequence;
  if (!is_new)
    {
      ohm_watch_heap_settle (self, watch->heap_index, watch);
      return;
    }
  if (self->n == self->allocated)
    {
      self->allocated = MAX (16, 2 * self->allocated);
      self->items = g_renew (OhmWatch *, self->items, self->allocated);
    }
  ohm_watch_heap_rise (self, self->n++, watch);
}

void
ohm_watch_heap_remove (OhmWatchHeap *self, OhmWatch *watch)
{
  OhmWatch *last;

  if (watch->deadline_us < 0)
    return;
  last = self->items[--self->n];
  if (last != watch)
    ohm_watch_heap_settle (self, watch->heap_index, last);
  watch->deadline_us = -1;
}

void
ohm_watch_heap_clear (OhmWatchHeap *self)
{
  g_clear_pointer (&self->items, g_free);
  self->n = 0;
  self->allocated = 0;
}
