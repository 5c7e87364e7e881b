/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-store.h"

G_BEGIN_DECLS

#define OHM_TYPE_DELIVERY (ohm_delivery_get_type ())

/*
 * The delivery of one uplink: position, schedule, retry, bisection, dead letters. The store is its
 * queue; nothing is kept in memory but the batch on its way. Main thread.
 *
 * Each change of what ohm_delivery_get_view() tells is emitted as `uplink-changed`, at most once a
 * turn of the main loop.
 */
G_DECLARE_FINAL_TYPE (OhmDelivery, ohm_delivery, OHM, DELIVERY, GObject)

/*
 * OhmDeliveryState:
 * @OHM_DELIVERY_UNCLAIMED: has to be linked to an account first
 * @OHM_DELIVERY_WAITING_USER: a person is being asked; told by who asks, never by the delivery
 * @OHM_DELIVERY_OK: all is delivered, or on its way at the pace that is allowed
 * @OHM_DELIVERY_RETRYING: the last try failed in a way that passes
 * @OHM_DELIVERY_HELD: a person has to look (address, certificate, credentials); tried each hour
 * @OHM_DELIVERY_LOST: the account does not know us any more; records wait
 *
 * The states of design 4.10.
 */
typedef enum
{
  OHM_DELIVERY_UNCLAIMED,
  OHM_DELIVERY_WAITING_USER,
  OHM_DELIVERY_OK,
  OHM_DELIVERY_RETRYING,
  OHM_DELIVERY_HELD,
  OHM_DELIVERY_LOST,
} OhmDeliveryState;

/* `unclaimed waiting-user ok retrying held lost` */
const char *ohm_delivery_state_to_string (OhmDeliveryState state);

/*
 * OhmDeliverySettings:
 * @is_from_now: a new destination gets what comes from now on; else all that is stored
 * @has_echo: yesterday's slots are sent again once a day; only where sending twice is harmless
 * @has_overlap: what was accepted is sent again with the next cycle; likewise
 * @has_live_first: far behind, the newest slot goes first; not where order matters
 * @points_max: most values in one batch
 * @bytes_max: most bytes of one batch; a hint for the number of values, learned from what was sent
 * @pace_us: least time between two batches while draining
 * @delay_us: from the end of a slot to the earliest sending: meters have to be read
 * @spread_us: sending begins later by a share of this that depends on the gateway's identity
 * @age_max_us: records older than this are left out, with an event; 0 for no limit
 * @fingerprint: (not nullable): what destination it is: a change of it has to be confirmed
 * @id: (nullable): the id that people gave it, in what is told of it; %NULL for the uplink's
 *
 * The common keys of an `.uplink` file, as the delivery wants them.
 */
typedef struct
{
  gboolean is_from_now;
  gboolean has_echo;
  gboolean has_overlap;
  gboolean has_live_first;
  guint points_max;
  gsize bytes_max;
  gint64 pace_us;
  gint64 delay_us;
  gint64 spread_us;
  gint64 age_max_us;
  const char *fingerprint;
  const char *id;
} OhmDeliverySettings;

/*
 * OhmDeliverySetup: what it works with; all referenced.
 */
typedef struct
{
  OhmUplink *uplink;
  OhmStore *store;
  OhmBus *bus;
  OhmWatcher *watcher;
  OhmDeliverySettings settings;
} OhmDeliverySetup;

/*
 * Reads its position and begins; the first batch goes when the schedule says so. The uplink has
 * been started.
 */
OhmDelivery *ohm_delivery_new (const OhmDeliverySetup *setup);

/* Ends it: the batch on its way is given up. It may be unreferenced at once. */
void ohm_delivery_stop (OhmDelivery *self);

/* The common keys changed; position and learned limits stay. */
void ohm_delivery_set_settings (OhmDelivery *self, const OhmDeliverySettings *settings);

/*
 * OhmDeliveryView:
 * @state: how it is
 * @since_us: since when, UTC
 * @message: (nullable): why, in plain words with a remedy; also for `ok` if something was refused
 * @text: (nullable): the engine's own words of the last failure
 * @next_us: next attempt, UTC; 0 if none is planned
 * @delivered_us: newest slot end up to which everything is delivered but what was refused; 0 for
 *   none
 * @success_us: when something was last accepted, UTC; 0 for never
 * @acked: sequence number up to which the engine has accepted
 * @settled: ... and which is not sent again by itself
 * @n_pending: records that wait
 * @n_pending_bytes: estimate of what they take on the wire
 * @room_us: how long records can still be kept at this rate before the store's limit; -1 if unknown
 * @n_held: records that were refused alone and are tried again
 * @n_future: records that are sent once their time has come
 * @n_dead: records that were refused for good
 * @n_forgotten: more of these, of which there were too many to list
 * @n_rejected: values that were refused in batches whose rest was taken, ever since
 * @n_too_old: records that were left out as they were older than `max-age`, ever since
 * @n_requests: batches sent since the start
 * @n_points: values accepted since the start
 * @n_bytes: bytes sent since the start
 * @is_new_destination: the destination changed; delivery waits for ohm_delivery_confirm()
 *
 * What people want to know. Strings and messages belong to the delivery until the next turn.
 */
typedef struct
{
  OhmDeliveryState state;
  gint64 since_us;
  OhmMessage *message;
  const char *text;
  gint64 next_us;
  gint64 delivered_us;
  gint64 success_us;
  gint64 acked;
  gint64 settled;
  guint64 n_pending;
  guint64 n_pending_bytes;
  gint64 room_us;
  guint n_held;
  guint n_future;
  guint n_dead;
  guint n_forgotten;
  guint64 n_rejected;
  guint64 n_too_old;
  guint64 n_requests;
  guint64 n_points;
  guint64 n_bytes;
  gboolean is_new_destination;
} OhmDeliveryView;

void ohm_delivery_get_view (OhmDelivery *self, OhmDeliveryView *ret_view);

/* (transfer none) */
OhmUplink *ohm_delivery_get_uplink (OhmDelivery *self);

/* Whether quarter hours might go now. What keeps them (an account, a destination to be confirmed, a
 * clock that is not sure, a wait that the engine or a failure asked for) keeps all that the uplink
 * sends; how much waits does not matter. */
gboolean ohm_delivery_is_open (OhmDelivery *self);

/* Tries at once, whatever the schedule says (not what a Retry-After said). */
void ohm_delivery_send_now (OhmDelivery *self);

/*
 * A changed destination: @is_from_start sends it all that is stored, else what comes from now on.
 */
void ohm_delivery_confirm (OhmDelivery *self, gboolean is_from_start);

/*
 * Sends the slots that end in (from, to] again, beside what is new; also those that were refused.
 * One at a time; %OHM_ERROR_BUSY. %OHM_ERROR_NOT_SUPPORTED where sending twice would double rows.
 */
void ohm_delivery_resend_async (OhmDelivery *self,
                                gint64 from_us,
                                gint64 to_us,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

/*
 * OhmDeliveryResent:
 * @n_sent: records that were accepted
 * @n_refused: records that were refused alone
 * @n_too_old: records that were left out as they are older than `max-age`
 * @n_rejected: values of the accepted that were refused
 *
 * What became of what was to be sent again.
 */
typedef struct
{
  guint64 n_sent;
  guint64 n_refused;
  guint64 n_too_old;
  guint64 n_rejected;
} OhmDeliveryResent;

/* @ret_resent: (optional) */
gboolean ohm_delivery_resend_finish (OhmDelivery *self,
                                     GAsyncResult *result,
                                     OhmDeliveryResent *ret_resent,
                                     GError **error);

/* How far the running resend is, 0..1; -1 if none runs. */
double ohm_delivery_get_resend_progress (OhmDelivery *self);

/*
 * OhmDeadLetter:
 * @seq: of the record
 * @place: its place
 * @slot_us: its slot end
 * @is_final: not tried again by itself
 * @n_tries: how often it was refused
 * @refused_us: when it was last refused, UTC
 * @status: the engine's number
 * @text: the engine's words
 *
 * A record that the engine refused alone.
 */
typedef struct
{
  gint64 seq;
  char *place;
  gint64 slot_us;
  gboolean is_final;
  guint n_tries;
  gint64 refused_us;
  int status;
  char *text;
} OhmDeadLetter;

void ohm_dead_letter_free (OhmDeadLetter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDeadLetter, ohm_dead_letter_free)

/* (element-type OhmDeadLetter): by sequence number, at most @max above @after */
void ohm_delivery_list_dead_async (OhmDelivery *self,
                                   gint64 after,
                                   guint max,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
GPtrArray *ohm_delivery_list_dead_finish (OhmDelivery *self, GAsyncResult *result, GError **error);

G_END_DECLS
