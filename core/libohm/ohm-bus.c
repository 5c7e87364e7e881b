/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-bus.h"

#include <pthread.h>
#include <time.h>

/* One delivery in this many is timed: two clock reads cost more than the delivery itself. */
#define OHM_BUS_SAMPLE 64

typedef struct
{
  OhmBusHandler handler; /* NULL once ended during an emission */
  gpointer owner;        /* (unowned): watched by a weak reference */
  const char *name;      /* (unowned): static */
  guint64 deliveries;
  guint64 sampled_ns;
} OhmBusSubscriber;

/* All subscribers of one signal. */
typedef struct
{
  const OhmSignal *signal;
  OhmBusSubscriber *subscribers; /* (owned) (array length=n) */
  guint n;
  guint allocated;
  gboolean has_ended;
} OhmBusSlot;

typedef struct
{
  const OhmSignal *signal;
  gpointer payload; /* (owned) */
} OhmBusEvent;

struct _OhmBus
{
  GObject parent_instance;

  pthread_t thread; /* the one that may emit */
  GPtrArray *slots; /* (owned) (element-type OhmBusSlot): by slot number; holes are NULL */
  GQueue queue;     /* (element-type OhmBusEvent): emitted inside a handler */
  gboolean is_emitting;

  GSource *source; /* (owned): wakes the main context for posted events */
  GMutex mutex;    /* guards `posted` */
  GQueue posted;   /* (element-type OhmBusEvent) */
};

typedef struct
{
  GSource source;
  OhmBus *bus; /* (unowned): the bus destroys its source */
} OhmBusSource;

G_DEFINE_FINAL_TYPE (OhmBus, ohm_bus, G_TYPE_OBJECT)

static OhmBusEvent *
ohm_bus_event_new (const OhmSignal *signal, gpointer payload)
{
  OhmBusEvent *event = g_new (OhmBusEvent, 1);

  event->signal = signal;
  event->payload = signal->ref == NULL || payload == NULL ? payload : signal->ref (payload);
  return event;
}

static void
ohm_bus_event_free (OhmBusEvent *event)
{
  if (event->signal->unref != NULL && event->payload != NULL)
    event->signal->unref (event->payload);
  g_free (event);
}

static void
ohm_bus_slot_free (OhmBusSlot *slot)
{
  if (slot == NULL)
    return;
  g_free (slot->subscribers);
  g_free (slot);
}

/* Slot numbers are given out once per process, for all buses. */
static guint
ohm_bus_number_signal (const OhmSignal *signal)
{
  static GMutex mutex;
  static guint last;

  if (*signal->slot == 0)
    {
      g_mutex_lock (&mutex);
      if (*signal->slot == 0)
        *signal->slot = ++last;
      g_mutex_unlock (&mutex);
    }
  return *signal->slot;
}

static OhmBusSlot *
ohm_bus_ensure_slot (OhmBus *self, const OhmSignal *signal)
{
  guint number = ohm_bus_number_signal (signal);
  OhmBusSlot *slot;

  if (number >= self->slots->len)
    g_ptr_array_set_size (self->slots, (int) number + 1);
  slot = g_ptr_array_index (self->slots, number);
  if (slot == NULL)
    {
      slot = g_new0 (OhmBusSlot, 1);
      slot->signal = signal;
      g_ptr_array_index (self->slots, number) = slot;
    }
  return slot;
}

static inline guint64
ohm_bus_now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (guint64) now.tv_sec * 1000000000 + (guint64) now.tv_nsec;
}

/* The handler may connect, so that the array moves: the sample is booked by index. */
static void
ohm_bus_deliver_timed (OhmBusSlot *slot, guint i, gpointer payload)
{
  OhmBusSubscriber *subscriber = &slot->subscribers[i];
  guint64 begin = ohm_bus_now_ns ();

  subscriber->handler (payload, subscriber->owner);
  slot->subscribers[i].sampled_ns += ohm_bus_now_ns () - begin;
}

static void
ohm_bus_slot_sweep (OhmBusSlot *slot)
{
  guint kept = 0;

  for (guint i = 0; i < slot->n; i++)
    if (slot->subscribers[i].handler != NULL)
      slot->subscribers[kept++] = slot->subscribers[i];
  slot->n = kept;
  slot->has_ended = FALSE;
}

static void
ohm_bus_deliver (OhmBus *self, const OhmSignal *signal, gpointer payload)
{
  guint number = *signal->slot;
  OhmBusSlot *slot = number < self->slots->len ? g_ptr_array_index (self->slots, number) : NULL;
  guint n = slot == NULL ? 0 : slot->n; /* who connects meanwhile hears the next event */

  for (guint i = 0; i < n; i++)
    {
      OhmBusSubscriber *subscriber = &slot->subscribers[i];

      if (G_UNLIKELY (subscriber->handler == NULL))
        continue;
      if (G_UNLIKELY (subscriber->deliveries++ % OHM_BUS_SAMPLE == 0))
        ohm_bus_deliver_timed (slot, i, payload);
      else
        subscriber->handler (payload, subscriber->owner);
    }
  if (G_UNLIKELY (slot != NULL && slot->has_ended))
    ohm_bus_slot_sweep (slot);
}

static void
ohm_bus_drain (OhmBus *self)
{
  OhmBusEvent *event;

  while ((event = g_queue_pop_head (&self->queue)) != NULL)
    {
      ohm_bus_deliver (self, event->signal, event->payload);
      ohm_bus_event_free (event);
    }
}

void
ohm_bus_emit (OhmBus *self, const OhmSignal *signal, gpointer payload)
{
  g_return_if_fail (self != NULL && signal != NULL);
  g_return_if_fail (pthread_equal (self->thread, pthread_self ()));

  if (self->is_emitting)
    {
      g_queue_push_tail (&self->queue, ohm_bus_event_new (signal, payload));
      return;
    }
  self->is_emitting = TRUE;
  ohm_bus_deliver (self, signal, payload);
  ohm_bus_drain (self);
  self->is_emitting = FALSE;
}

void
ohm_bus_post (OhmBus *self, const OhmSignal *signal, gpointer payload)
{
  gboolean was_empty;

  g_return_if_fail (OHM_IS_BUS (self));
  g_return_if_fail (signal != NULL);

  g_mutex_lock (&self->mutex);
  was_empty = g_queue_is_empty (&self->posted);
  g_queue_push_tail (&self->posted, ohm_bus_event_new (signal, payload));
  g_mutex_unlock (&self->mutex);
  if (was_empty)
    g_source_set_ready_time (self->source, 0);
}

static gboolean
ohm_bus_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_autoptr (OhmBus) self = g_object_ref (((OhmBusSource *) source)->bus);
  GQueue batch;
  OhmBusEvent *event;

  g_source_set_ready_time (source, -1);
  g_mutex_lock (&self->mutex);
  batch = self->posted;
  g_queue_init (&self->posted);
  g_mutex_unlock (&self->mutex);
  while ((event = g_queue_pop_head (&batch)) != NULL)
    {
      ohm_bus_emit (self, event->signal, event->payload);
      ohm_bus_event_free (event);
    }
  return G_SOURCE_CONTINUE;
}

static void
ohm_bus_end_subscriber (OhmBus *self, OhmBusSlot *slot, guint i)
{
  if (!self->is_emitting)
    {
      memmove (&slot->subscribers[i], &slot->subscribers[i + 1],
               (slot->n - i - 1) * sizeof *slot->subscribers);
      slot->n--;
      return;
    }
  slot->subscribers[i].handler = NULL;
  slot->subscribers[i].owner = NULL;
  slot->has_ended = TRUE;
}

/* Ends all subscriptions of @owner and returns their number. */
static guint
ohm_bus_end_owner (OhmBus *self, gconstpointer owner)
{
  guint ended = 0;

  for (guint number = 0; number < self->slots->len; number++)
    {
      OhmBusSlot *slot = g_ptr_array_index (self->slots, number);

      for (guint i = slot == NULL ? 0 : slot->n; i-- > 0;)
        if (slot->subscribers[i].owner == owner)
          {
            ohm_bus_end_subscriber (self, slot, i);
            ended++;
          }
    }
  return ended;
}

static void
ohm_bus_on_owner_gone (gpointer user_data, GObject *owner)
{
  ohm_bus_end_owner (user_data, owner);
}

void
ohm_bus_connect (OhmBus *self,
                 const OhmSignal *signal,
                 const char *name,
                 OhmBusHandler handler,
                 gpointer owner)
{
  OhmBusSlot *slot;

  g_return_if_fail (OHM_IS_BUS (self));
  g_return_if_fail (signal != NULL && name != NULL && handler != NULL);
  g_return_if_fail (G_IS_OBJECT (owner));

  slot = ohm_bus_ensure_slot (self, signal);
  if (slot->n == slot->allocated)
    {
      slot->allocated = MAX (4, 2 * slot->allocated);
      slot->subscribers = g_renew (OhmBusSubscriber, slot->subscribers, slot->allocated);
    }
  slot->subscribers[slot->n++] = (OhmBusSubscriber){ .handler = handler,
                                                     .owner = owner,
                                                     .name = name };
  g_object_weak_ref (owner, ohm_bus_on_owner_gone, self);
}

void
ohm_bus_disconnect (OhmBus *self, gpointer owner)
{
  g_return_if_fail (OHM_IS_BUS (self));
  g_return_if_fail (G_IS_OBJECT (owner));

  for (guint n = ohm_bus_end_owner (self, owner); n > 0; n--)
    g_object_weak_unref (owner, ohm_bus_on_owner_gone, self);
}

static void
ohm_bus_slot_add_stats (OhmBusSlot *slot, GArray *rows)
{
  for (guint i = 0; i < slot->n; i++)
    {
      const OhmBusSubscriber *subscriber = &slot->subscribers[i];
      guint64 samples = (subscriber->deliveries + OHM_BUS_SAMPLE - 1) / OHM_BUS_SAMPLE;
      OhmBusStats row = {
        .signal = slot->signal->name,
        .subscriber = subscriber->name,
        .deliveries = subscriber->deliveries,
        .mean_ns = samples == 0 ? 0 : subscriber->sampled_ns / samples,
      };

      if (subscriber->handler != NULL)
        g_array_append_val (rows, row);
    }
}

GArray *
ohm_bus_get_stats (OhmBus *self)
{
  GArray *rows;

  g_return_val_if_fail (OHM_IS_BUS (self), NULL);

  rows = g_array_new (FALSE, FALSE, sizeof (OhmBusStats));
  for (guint number = 0; number < self->slots->len; number++)
    if (g_ptr_array_index (self->slots, number) != NULL)
      ohm_bus_slot_add_stats (g_ptr_array_index (self->slots, number), rows);
  return rows;
}

static void
ohm_bus_forget_owners (OhmBus *self)
{
  for (guint number = 0; number < self->slots->len; number++)
    {
      OhmBusSlot *slot = g_ptr_array_index (self->slots, number);

      for (guint i = 0; slot != NULL && i < slot->n; i++)
        if (slot->subscribers[i].owner != NULL)
          g_object_weak_unref (slot->subscribers[i].owner, ohm_bus_on_owner_gone, self);
    }
}

static void
ohm_bus_finalize (GObject *object)
{
  OhmBus *self = OHM_BUS (object);

  g_source_destroy (self->source);
  g_source_unref (self->source);
  ohm_bus_forget_owners (self);
  g_queue_clear_full (&self->queue, (GDestroyNotify) ohm_bus_event_free);
  g_queue_clear_full (&self->posted, (GDestroyNotify) ohm_bus_event_free);
  g_ptr_array_unref (self->slots);
  g_mutex_clear (&self->mutex);

  G_OBJECT_CLASS (ohm_bus_parent_class)->finalize (object);
}

static void
ohm_bus_class_init (OhmBusClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ohm_bus_finalize;
}

static void
ohm_bus_init (OhmBus *self)
{
  static GSourceFuncs funcs = { .dispatch = ohm_bus_source_dispatch };

  self->thread = pthread_self ();
  self->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_bus_slot_free);
  g_queue_init (&self->queue);
  g_queue_init (&self->posted);
  g_mutex_init (&self->mutex);
  self->source = g_source_new (&funcs, sizeof (OhmBusSource));
  ((OhmBusSource *) self->source)->bus = self;
  g_source_set_static_name (self->source, "OhmBus");
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

OhmBus *
ohm_bus_new (void)
{
  return g_object_new (OHM_TYPE_BUS, NULL);
}
