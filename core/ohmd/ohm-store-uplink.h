/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-store.h"

G_BEGIN_DECLS

/*
 * The store as the queue of uplinks: how far each one is, what comes next, what was refused. All
 * functions are for the main thread; the work is done on the store's, in short steps, behind
 * commits.
 */

/*
 * OhmUplinkPosition:
 * @is_known: the store has it; else all but @epoch is 0
 * @epoch: (nullable): of the database whose sequence numbers these are
 * @fingerprint: (nullable): which destination the numbers are about
 * @acked: sequence number up to which the engine has accepted
 * @settled: ... up to which nothing is sent again by itself
 * @created_us: when delivery began, UTC
 * @success_us: when something was last accepted, UTC; 0 for never
 * @delivered_us: newest slot end of what was accepted; 0 for none
 * @echo_day: the last day (days from 1970, UTC) whose slots were sent again
 * @points_max: most values that the engine takes at once, as it taught us; 0 if it did not
 * @points_us: when it did, UTC
 * @n_rejected: values that the engine refused in batches whose rest it took, ever since
 * @n_too_old: records that were left out as they were older than the engine takes, ever since
 */
typedef struct
{
  gboolean is_known;
  char *epoch;
  char *fingerprint;
  gint64 acked;
  gint64 settled;
  gint64 created_us;
  gint64 success_us;
  gint64 delivered_us;
  gint64 echo_day;
  guint points_max;
  gint64 points_us;
  gint64 n_rejected;
  gint64 n_too_old;
} OhmUplinkPosition;

void ohm_uplink_position_clear (OhmUplinkPosition *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmUplinkPosition, ohm_uplink_position_clear)

/*
 * Reads where @id is. %OHM_ERROR_STORE.
 */
void ohm_store_load_uplink_async (OhmStore *self,
                                  const char *id,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/*
 * @ret_position: (out caller-allocates)
 * @ret_last_seq: (out): newest sequence number that was given out
 */
gboolean ohm_store_load_uplink_finish (OhmStore *self,
                                       GAsyncResult *result,
                                       OhmUplinkPosition *ret_position,
                                       gint64 *ret_last_seq,
                                       GError **error);

/*
 * OhmRefusal:
 * @seq: of the record
 * @place: its place
 * @slot_us: its slot end
 * @n_tries: how often it was refused
 * @refused_us: when it was last refused, UTC
 * @retry_us: when it is tried again, UTC; 0 for never
 * @status: the engine's number
 * @text: the engine's words
 */
typedef struct
{
  gint64 seq;
  char *place;
  gint64 slot_us;
  guint n_tries;
  gint64 refused_us;
  gint64 retry_us;
  int status;
  char *text;
} OhmRefusal;

void ohm_refusal_free (OhmRefusal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmRefusal, ohm_refusal_free)

/* Most records refused for good that are listed of one uplink: the oldest are listed no more then,
 * and counted. Those that are tried again stay listed, whatever their number. */
#define OHM_REFUSALS_MAX 10000

/*
 * OhmUplinkCommit:
 * @id: the uplink
 * @position: what to remember
 * @refused: (element-type OhmRefusal): added, or put in the place of those with the same `seq`
 * @cleared: (element-type gint64): sequence numbers of which nothing is remembered any more
 * @is_fresh: nothing of all that was refused is remembered any more
 *
 * One small transaction after an answer.
 */
typedef struct
{
  char *id;
  OhmUplinkPosition position;
  GPtrArray *refused;
  GArray *cleared;
  gboolean is_fresh;
} OhmUplinkCommit;

/* @position: copied */
OhmUplinkCommit *ohm_uplink_commit_new (const char *id, const OhmUplinkPosition *position);
void ohm_uplink_commit_free (OhmUplinkCommit *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmUplinkCommit, ohm_uplink_commit_free)

/*
 * Remembers it. Fails with %OHM_ERROR_STORE if it could not be written *now*; it waits in memory
 * then, as all that is written. Fails with %OHM_ERROR_NOT_FOUND, and nothing is remembered, if the
 * database is not the one that its position was read from: numbers mean nothing in another one.
 */
void ohm_store_commit_uplink_async (OhmStore *self,
                                    OhmUplinkCommit *commit_take,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean ohm_store_commit_uplink_finish (OhmStore *self, GAsyncResult *result, GError **error);

/* Forgets @id, its position and what was refused: another of that name begins anew. */
void ohm_store_drop_uplink (OhmStore *self, const char *id);

/*
 * OhmUplinkCursor: how far a reading by slots is; all 0 at the begin.
 */
typedef struct
{
  gboolean is_in_gaps;
  gint64 group; /* run; of gaps the place */
  gint64 slot;  /* of gaps the one before the gap */
} OhmUplinkCursor;

/*
 * OhmUplinkSelect:
 * @OHM_UPLINK_SELECT_AFTER: records with a `seq` above @after, in that order
 * @OHM_UPLINK_SELECT_SLOTS: records of slots that end in (@from_us, @to_us], from @cursor on
 * @OHM_UPLINK_SELECT_HELD: the refused record that is to be tried again first, if that is by @to_us
 */
typedef enum
{
  OHM_UPLINK_SELECT_AFTER,
  OHM_UPLINK_SELECT_SLOTS,
  OHM_UPLINK_SELECT_HELD,
} OhmUplinkSelect;

/*
 * OhmUplinkQuery:
 * @id: the uplink
 * @gateway: identity of this gateway
 * @with_refused: those that were refused as well; else only those that never were
 * @points_max: most values; one record comes at least
 */
typedef struct
{
  const char *id;
  const char *gateway;
  OhmUplinkSelect select;
  gint64 after;
  gint64 from_us;
  gint64 to_us;
  OhmUplinkCursor cursor;
  gboolean with_refused;
  guint points_max;
} OhmUplinkQuery;

/*
 * OhmUplinkPortion:
 * @batch: (nullable): the records with good values, direction and factor applied; %NULL if there
 *   are none
 * @n_points: good values in it
 * @n_records: stored records that were passed, those that need no delivery (open gaps, without
 *   good values) as well
 * @reached: nothing up to and with this number is left out
 * @cursor: where the next portion by slots begins
 * @has_more: there is a next portion
 * @progress: of a reading by slots: how far it is, 0..1
 * @n_tries: of a held record: how often it was refused
 *
 * What comes next.
 */
typedef struct
{
  OhmBatch *batch;
  guint n_points;
  guint n_records;
  gint64 reached;
  OhmUplinkCursor cursor;
  gboolean has_more;
  double progress;
  guint n_tries;
} OhmUplinkPortion;

void ohm_uplink_portion_free (OhmUplinkPortion *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmUplinkPortion, ohm_uplink_portion_free)

void ohm_store_read_uplink_async (OhmStore *self,
                                  const OhmUplinkQuery *query,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/* (transfer full) */
OhmUplinkPortion *
ohm_store_read_uplink_finish (OhmStore *self, GAsyncResult *result, GError **error);

/*
 * OhmUplinkCount:
 * @n_pending: records and closed gaps with a `seq` above the one asked for
 * @first_slot_us: slot end of the first of them; 0 if there is none
 * @n_held: refused records that are tried again
 * @n_future: ... of these those that were never sent: they are later than now
 * @n_dead: refused records that are not
 * @n_forgotten: refused records that are listed no more, there being too many
 * @held_us: when the next one of those is due, UTC; 0 if there is none
 * @room_us: how long records can be kept at the rate so far; -1 if that is not known yet
 */
typedef struct
{
  guint64 n_pending;
  gint64 first_slot_us;
  guint n_held;
  guint n_future;
  guint n_dead;
  guint n_forgotten;
  gint64 held_us;
  gint64 room_us;
} OhmUplinkCount;

void ohm_store_count_uplink_async (OhmStore *self,
                                   const char *id,
                                   gint64 after,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean ohm_store_count_uplink_finish (OhmStore *self,
                                        GAsyncResult *result,
                                        OhmUplinkCount *ret_count,
                                        GError **error);

/*
 * OhmRefusalQuery:
 * @id: the uplink
 * @after: sequence numbers above this
 * @max: most of them, up to %OHM_STORE_PAGE_MAX
 */
typedef struct
{
  const char *id;
  gint64 after;
  guint max;
} OhmRefusalQuery;

/* (element-type OhmRefusal): in the order of `seq` */
void ohm_store_list_refused_async (OhmStore *self,
                                   const OhmRefusalQuery *query,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
GPtrArray *ohm_store_list_refused_finish (OhmStore *self, GAsyncResult *result, GError **error);

G_END_DECLS
