/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-config.h"
#include "ohm-link-exchange.h"
#include "ohm-state.h"

G_BEGIN_DECLS

#define OHM_TYPE_LINK (ohm_link_get_type ())

/* A physical path: owns the one connection that all meters on it share, the classed fair queue, and
 * what is known of each unit (latency, failures, back-off). */
G_DECLARE_FINAL_TYPE (OhmLink, ohm_link, OHM, LINK, GObject)

/**
 * OhmLinkListener:
 *
 * Receives telegrams that a transport pushes for a unit.
 */
typedef void (*OhmLinkListener) (OhmLink *self, const OhmReply *reply, gpointer user_data);

OhmLink *ohm_link_new (const OhmLinkConfig *config, OhmWatcher *watcher, OhmBus *bus);

const char *ohm_link_get_id (OhmLink *self);
const char *ohm_link_get_transport_id (OhmLink *self);
OhmSettings *ohm_link_get_settings (OhmLink *self);
OhmTransport *ohm_link_get_transport (OhmLink *self);
const OhmState *ohm_link_get_state (OhmLink *self);

/* Queues @exchange. With the unit in back-off it ends at once (from the loop) with OHM_ERROR_BUSY.
 */
void ohm_link_submit (OhmLink *self, OhmLinkExchange *exchange);

/* Takes @exchange back; its func is not called. An answer still on its way is dropped. */
void ohm_link_withdraw (OhmLink *self, OhmLinkExchange *exchange);

/* Units are counted, so that closing is known: with no unit and no work left the connection is
 * closed. */
void ohm_link_add_unit (OhmLink *self, guint8 unit, OhmLinkListener listener, gpointer user_data);
void ohm_link_remove_unit (OhmLink *self, guint8 unit, gpointer user_data);

/**
 * OhmUnitStats:
 * @unit: unit id
 * @latency_us: mean answer time
 * @worst_latency_us: worst of the last hundred
 * @failures: consecutive failures
 * @level: back-off level; 0 for a unit that answers
 * @retry_us: end of the back-off, monotonic; 0 for none
 * @lossy_until_us: frames of it got lost and came again: until then that is no silence, monotonic
 * @requests: exchanges sent
 * @timeouts: of these without answer
 */
typedef struct
{
  guint8 unit;
  gint64 latency_us;
  gint64 worst_latency_us;
  guint failures;
  guint level;
  gint64 retry_us;
  gint64 lossy_until_us;
  guint64 requests;
  guint64 timeouts;
} OhmUnitStats;

gboolean ohm_link_get_unit_stats (OhmLink *self, guint8 unit, OhmUnitStats *ret_stats);
/* (transfer container) (element-type OhmUnitStats) */
GArray *ohm_link_list_units (OhmLink *self);

/* Expected time of @request on the link, measured latency and line time, in microseconds. */
gint64 ohm_link_estimate_us (OhmLink *self, const OhmRequest *request);

/* Most unused registers worth reading along, from line speed and measured latency. */
guint ohm_link_get_gap_max (OhmLink *self);

/* Opens a link that is down at once, without waiting for the next try; one that is up and idle is
 * closed and opened again. */
void ohm_link_reconnect (OhmLink *self);

/* How long the connection took to be opened the last time; -1 if it never was. */
gint64 ohm_link_get_connect_us (OhmLink *self);

/* Share of the last ten seconds in which the link was busy, 0..1 */
double ohm_link_get_load (OhmLink *self);

/* Share of the link's time that the plans of its meters take; more than 1 cannot be done. */
typedef double (*OhmLinkPlannedFunc) (OhmLink *self, gpointer user_data);

/* @func: (nullable): who knows the meters; without it nothing is known to be planned */
void ohm_link_set_planned_func (OhmLink *self, OhmLinkPlannedFunc func, gpointer user_data);
double ohm_link_get_planned_load (OhmLink *self);

/* Polls that were still waiting when the next was due. */
guint64 ohm_link_get_missed (OhmLink *self);
void ohm_link_count_missed (OhmLink *self);

G_END_DECLS
