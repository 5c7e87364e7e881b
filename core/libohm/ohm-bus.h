/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib-object.h>

#include "ohm-macros.h"

G_BEGIN_DECLS

#define OHM_TYPE_BUS (ohm_bus_get_type ())

/**
 * OhmBus:
 *
 * The typed signal bus: carries every event between the parts of the daemon and its plugins.
 * Delivery is a walk over an array of subscribers; what is emitted inside a handler is queued, so
 * that all subscribers see one order. Main thread only; workers use ohm_bus_post().
 *
 * Since: 0.1
 */
OHM_API
G_DECLARE_FINAL_TYPE (OhmBus, ohm_bus, OHM, BUS, GObject)

/**
 * OhmSignal:
 * @name: `reading`, `meter-changed`
 * @ref: (nullable): takes a reference to a payload (%NULL for static payloads)
 * @unref: (nullable): drops one
 * @slot: index on the bus, given out at first use; 0 before
 *
 * A kind of event. Declared by OHM_SIGNAL_DECLARE(), defined by OHM_SIGNAL_DEFINE().
 *
 * Since: 0.1
 */
typedef struct
{
  const char *name;
  gpointer (*ref) (gpointer payload);
  void (*unref) (gpointer payload);
  guint *slot;
} OhmSignal;

/**
 * OhmBusHandler:
 * @payload: the event, valid during the call; take a reference to keep it
 * @owner: the subscriber
 *
 * Returns fast and never blocks.
 */
typedef void (*OhmBusHandler) (gconstpointer payload, gpointer owner);

/**
 * ohm_bus_new:
 *
 * Returns: (transfer full): a bus without subscribers, of the main thread
 *
 * Since: 0.1
 */
OHM_API OhmBus *ohm_bus_new (void);

/**
 * ohm_bus_emit:
 * @self: a bus
 * @signal: what happened
 * @payload: (transfer none): the event
 *
 * Use the typed `ohm_bus_emit_<name>()`.
 *
 * Since: 0.1
 */
OHM_API void ohm_bus_emit (OhmBus *self, const OhmSignal *signal, gpointer payload);

/**
 * ohm_bus_post:
 * @self: a bus
 * @signal: what happened
 * @payload: (transfer none): the event; a reference is taken until it is delivered
 *
 * Emits from any thread: delivered on the main context, in the order of posting.
 *
 * Since: 0.1
 */
OHM_API void ohm_bus_post (OhmBus *self, const OhmSignal *signal, gpointer payload);

/**
 * ohm_bus_connect:
 * @self: a bus
 * @signal: what to hear
 * @name: static name of the subscriber for counters
 * @handler: (scope forever): called for every event
 * @owner: a #GObject; the subscription ends with it or with ohm_bus_disconnect()
 *
 * Use the typed `ohm_bus_connect_<name>()`.
 *
 * Since: 0.1
 */
OHM_API void ohm_bus_connect (OhmBus *self,
                              const OhmSignal *signal,
                              const char *name,
                              OhmBusHandler handler,
                              gpointer owner);

/**
 * ohm_bus_disconnect:
 * @self: a bus
 * @owner: a subscriber
 *
 * Ends all subscriptions of @owner.
 *
 * Since: 0.1
 */
OHM_API void ohm_bus_disconnect (OhmBus *self, gpointer owner);

/**
 * OhmBusStats:
 * @signal: name of the signal
 * @subscriber: name of the subscriber
 * @deliveries: events delivered to it
 * @mean_ns: mean time of its handler in nanoseconds, from one delivery in 64
 *
 * Since: 0.1
 */
typedef struct
{
  const char *signal;
  const char *subscriber;
  guint64 deliveries;
  guint64 mean_ns;
} OhmBusStats;

/**
 * ohm_bus_get_stats:
 * @self: a bus
 *
 * Returns: (transfer container) (element-type OhmBusStats): one row per subscription
 *
 * Since: 0.1
 */
OHM_API GArray *ohm_bus_get_stats (OhmBus *self);

/**
 * OHM_SIGNAL_DECLARE:
 * @name: the signal's name in C: `meter_changed`
 * @Payload: type of its events
 *
 * Makes `ohm_bus_emit_<name>()`, `ohm_bus_post_<name>()` and `ohm_bus_connect_<name>()`, which
 * take nothing but this payload.
 *
 * Since: 0.1
 */
#define OHM_SIGNAL_DECLARE(name, Payload)                                                          \
  OHM_API extern const OhmSignal ohm_signal_##name;                                                \
  typedef void (*OhmBusHandler_##name) (const Payload *payload, gpointer owner);                   \
  G_GNUC_UNUSED static inline void ohm_bus_emit_##name (OhmBus *bus, Payload *payload)             \
  {                                                                                                \
    ohm_bus_emit (bus, &ohm_signal_##name, payload);                                               \
  }                                                                                                \
  G_GNUC_UNUSED static inline void ohm_bus_post_##name (OhmBus *bus, Payload *payload)             \
  {                                                                                                \
    ohm_bus_post (bus, &ohm_signal_##name, payload);                                               \
  }                                                                                                \
  G_GNUC_UNUSED static inline void ohm_bus_connect_##name (OhmBus *bus, const char *subscriber,    \
                                                           OhmBusHandler_##name handler,           \
                                                           gpointer owner)                         \
  {                                                                                                \
    ohm_bus_connect (bus, &ohm_signal_##name, subscriber, (OhmBusHandler) handler, owner);         \
  }

/**
 * OHM_SIGNAL_DEFINE:
 * @name: the signal's name in C
 * @text: its name as shown
 * @ref_func: takes a reference to a payload
 * @unref_func: drops one
 *
 * Since: 0.1
 */
#define OHM_SIGNAL_DEFINE(name, text, ref_func, unref_func)                                        \
  static guint ohm_signal_slot_##name;                                                             \
  const OhmSignal ohm_signal_##name = { text, (gpointer (*) (gpointer)) ref_func,                  \
                                        (void (*) (gpointer)) unref_func,                          \
                                        &ohm_signal_slot_##name };

G_END_DECLS
