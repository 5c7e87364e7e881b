/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

#include "ohm-place.h"

G_BEGIN_DECLS

#define OHM_TYPE_STORE (ohm_store_get_type ())

/*
 * The database (design 4.6, data/sql/README.md): one connection on one thread. All functions are
 * for the main thread. What is written goes through one bounded queue in memory, in order; a
 * write that fails (disk full, read-only) stays there and is tried again with back-off, so a
 * caller never repeats anything.
 *
 * Has the property `state`; `notify::state` comes with every change of state or message.
 */
G_DECLARE_FINAL_TYPE (OhmStore, ohm_store, OHM, STORE, GObject)

/*
 * OhmStoreState:
 * @OHM_STORE_CLOSED: not opened yet, or closed
 * @OHM_STORE_OK: all is committed
 * @OHM_STORE_FAILED: cannot write (or open) now; records wait in memory, the next try is known
 * @OHM_STORE_REFUSED: the database is not ours to touch: too new (`store-too-new`) or foreign
 *   (`store-foreign`); nothing is tried again
 */
typedef enum
{
  OHM_STORE_CLOSED,
  OHM_STORE_OK,
  OHM_STORE_FAILED,
  OHM_STORE_REFUSED,
} OhmStoreState;

/* `closed`, `ok`, `failed`, `refused` */
const char *ohm_store_state_to_string (OhmStoreState state);

/*
 * OhmStoreLimits:
 * @size_max_bytes: most bytes in use; above, trend, then events, then intervals older than
 *   @intervals_keep_us are dropped, never younger ones
 * @trend_keep_us: age at which one-minute values are dropped
 * @intervals_keep_us: age that interval records reach at least
 * @events_max: most events kept
 * @pending_max_bytes: most bytes of records that wait in memory while writing fails
 */
typedef struct
{
  gint64 size_max_bytes;
  gint64 trend_keep_us;
  gint64 intervals_keep_us;
  gint64 events_max;
  gint64 pending_max_bytes;
} OhmStoreLimits;

extern const OhmStoreLimits ohm_store_limits_default;

/* @path: the database file; @limits: (nullable): the default ones */
OhmStore *
ohm_store_new (const char *path, OhmBus *bus, OhmWatcher *watcher, const OhmStoreLimits *limits);

OhmStoreState ohm_store_get_state (OhmStore *self);

/* (transfer none) (nullable): why the state is not ok: `store-full`, `store-read-only`,
 * `store-failed`, `store-too-new`, `store-foreign` */
OhmMessage *ohm_store_get_message (OhmStore *self);

/* (transfer none) (nullable): `store-corrupt`: a corrupt database was put aside under another name
 * and a fresh one begun, with what could be read of it */
OhmMessage *ohm_store_get_quarantine (OhmStore *self);

const char *ohm_store_get_path (OhmStore *self);

/* When the next try of a failed write is due, monotonic; -1 if none. */
gint64 ohm_store_get_retry_us (OhmStore *self);

/* (transfer none) (nullable): identity of this database, 32 hex digits: with `seq` it names a
 * record for ever; a fresh database has another one */
const char *ohm_store_get_epoch (OhmStore *self);

/* What the store remembers of a meter. */
typedef struct
{
  char *id;
  char *type;
  char *address;
  char *serial;     /* (nullable) */
  OhmFacts *facts;  /* (nullable) */
  GVariant *limits; /* (nullable): `a{sv}`, what was learned of the device (owned) */
  gint64 updated_us;
} OhmStoreMeter;

void ohm_store_meter_free (OhmStoreMeter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmStoreMeter, ohm_store_meter_free)

/*
 * OhmStoreContent:
 * @meters: (element-type OhmStoreMeter)
 * @places: (element-type OhmStorePlace)
 * @newest_slot_us: newest slot of any place, record or gap; 0 if there is none
 *
 * What the daemon starts from.
 */
typedef struct
{
  GPtrArray *meters;
  GPtrArray *places;
  gint64 newest_slot_us;
} OhmStoreContent;

/*
 * OhmStorePlace:
 * @place: the place as last saved, with its open run
 * @slot_us: its newest slot, record or gap; 0 if there is none
 * @is_gap: whether that is a gap, from @gap_from_us, because of @cause
 * @last: (nullable): the newest interval record of its open run
 * @read_us: when the newest of any run was read, UTC; 0 if there is none
 */
typedef struct
{
  OhmPlace *place;
  gint64 slot_us;
  gboolean is_gap;
  gint64 gap_from_us;
  OhmGapCause cause;
  OhmRecord *last;
  gint64 read_us;
} OhmStorePlace;

void ohm_store_content_free (OhmStoreContent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmStoreContent, ohm_store_content_free)

/*
 * OhmStoreContentFunc:
 * @content: what the database holds
 * @user_data: as given to ohm_store_set_content_func()
 *
 * A database was opened after ohm_store_open_async() was answered: late because it could not be
 * opened before, again after a failure, or a fresh, empty one after a corrupt one was put aside:
 * then save again what you know.
 */
typedef void (*OhmStoreContentFunc) (const OhmStoreContent *content, gpointer user_data);

void ohm_store_set_content_func (OhmStore *self, OhmStoreContentFunc func, gpointer user_data);

/*
 * Opens the database: migrations, a check, and what the daemon starts from. Fails with
 * %OHM_ERROR_STORE; the store can be used all the same: what is written waits, and opening is
 * tried again unless the state is refused.
 */
void ohm_store_open_async (OhmStore *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
/* (transfer full) (nullable) */
OhmStoreContent *ohm_store_open_finish (OhmStore *self, GAsyncResult *result, GError **error);

/* Writes all that waits (one try), closes the database, ends the thread. */
void ohm_store_close_async (OhmStore *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean ohm_store_close_finish (OhmStore *self, GAsyncResult *result, GError **error);

/*
 * Appends interval and gap records in one transaction; after COMMIT each stored one is emitted as
 * `interval`, in the order of `seq`.
 *
 * A record of a slot that is stored is left out unless its origin is better than the stored one
 * (imported, meter-recorded > gateway-sampled): then it replaces it under a new `seq`. A gap
 * record says "nobody recorded up to and with `slot_us`, because of `cause`": the store works
 * out where the hole begins, opens the gap or lets it grow, and leaves it out if nothing is
 * missing or the place has no record yet. The next record of the place closes it with the
 * difference of the counters. A hole that nobody explained is `store-failed`. A counter that
 * fell sets %OHM_RECORD_RESET and leaves an event.
 *
 * @records: (transfer full) (element-type OhmRecord): filled by the store (run, seq, flags)
 *
 * Fails with %OHM_ERROR_STORE if they could not be written *now*; they wait in memory then.
 */
void ohm_store_append_async (OhmStore *self,
                             GPtrArray *records,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean ohm_store_append_finish (OhmStore *self, GAsyncResult *result, GError **error);

/* Ends when all that was written before, also what nobody waits for, is committed. */
void ohm_store_sync_async (OhmStore *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean ohm_store_sync_finish (OhmStore *self, GAsyncResult *result, GError **error);

/*
 * OhmComputed:
 * @record: an interval record of a virtual meter, or a gap that names the part
 * @parts: (nullable): which runs of which parts it was computed from; not of a gap
 * @is_break: a part's counter fell: the difference to the record before says nothing
 *
 * What was computed for one slot.
 */
typedef struct
{
  OhmRecord *record;
  char *parts;
  gboolean is_break;
} OhmComputed;

void ohm_computed_free (OhmComputed *self);

/*
 * Appends what was computed for a virtual meter, in the order of slots, as
 * ohm_store_append_async(). Other parts, or a break, end the run and begin the next: a sum of
 * other counters is another counter. What is stored is replaced under a new `seq` if it was
 * computed from the same runs and differs; a slot computed from other runs is left alone.
 *
 * @computed: (transfer full) (element-type OhmComputed)
 */
void ohm_store_append_computed_async (OhmStore *self,
                                      GPtrArray *computed,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean ohm_store_append_computed_finish (OhmStore *self, GAsyncResult *result, GError **error);

/* Remembers a meter. Replaces what was known of @id; nothing is reported. */
void ohm_store_save_meter (OhmStore *self, const OhmStoreMeter *meter);
void ohm_store_forget_meter (OhmStore *self, const char *id);

/* What was saved of a meter belongs to it under another id. */
void ohm_store_rename_meter (OhmStore *self, const char *id, const char *new_id);

/* Remembers a place as it is configured now; opens no run. */
void ohm_store_save_place (OhmStore *self, OhmPlace *place);

/* The open run of a place goes on whatever meter and address it has next; serials still decide. */
void ohm_store_keep_run (OhmStore *self, const char *place);

/*
 * Gives a place another id, keeping its series. Fails with %OHM_ERROR_EXISTS, %OHM_ERROR_NOT_FOUND
 * or %OHM_ERROR_STORE.
 */
void ohm_store_rename_place_async (OhmStore *self,
                                   const char *id,
                                   const char *new_id,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean ohm_store_rename_place_finish (OhmStore *self, GAsyncResult *result, GError **error);

/*
 * Forgets a place with all that was recorded for it. It is gone for everybody once this has ended;
 * its rows are deleted behind that, in short steps, also after a restart. An event stays. What
 * uplinks have delivered is not called back. Fails with %OHM_ERROR_NOT_FOUND or %OHM_ERROR_STORE.
 */
void ohm_store_purge_place_async (OhmStore *self,
                                  const char *id,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean ohm_store_purge_place_finish (OhmStore *self, GAsyncResult *result, GError **error);

/*
 * OhmReplacement:
 * @place: the place's id
 * @serial: (nullable): serial of the new meter if it is known
 * @last: (nullable): typed last counters of the old meter; else its last record counts
 * @first: (nullable): typed first counters of the new one; else its first record counts
 * @max_w: largest power that the old meter can measure; 0 if that is not known
 * @is_forced: what was typed is taken as it is, see ohm_exchange_check_last()
 */
typedef struct
{
  const char *place;
  const char *serial;
  OhmRecord *last;
  OhmRecord *first;
  double max_w;
  gboolean is_forced;
} OhmReplacement;

/*
 * Exchange of a meter: closes the open runs of its places and opens the next ones, of all @n places
 * or of none. Errors as above; %OHM_ERROR_CONFIG for a typed counter that cannot be.
 */
void ohm_store_replace_async (OhmStore *self,
                              const OhmReplacement *replacements,
                              guint n,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
/* (transfer full) (nullable) (element-type OhmRun): the new run of each place */
GPtrArray *ohm_store_replace_finish (OhmStore *self, GAsyncResult *result, GError **error);

/*
 * OhmStorePage:
 * @records: (element-type OhmRecord): interval records by slot
 * @gaps: (element-type OhmRecord): gap records that touch the range, by slot
 * @previous: (nullable): the record before the first one, for its difference
 * @exchanges: (element-type OhmRecord): differences over slots within which one run ended and the
 *   next began, both at typed counters, by slot
 * @next_us: where the next page begins (its @from_us); 0 after the last
 */
typedef struct
{
  GPtrArray *records;
  GPtrArray *gaps;
  OhmRecord *previous;
  GPtrArray *exchanges;
  gint64 next_us;
} OhmStorePage;

void ohm_store_page_free (OhmStorePage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmStorePage, ohm_store_page_free)

/* Most records in one page; a request for more gets as many. */
#define OHM_STORE_PAGE_MAX 4096

/*
 * OhmStoreQuery:
 * @place: the place's id
 * @from_us: begin, UTC
 * @to_us: end, UTC
 * @max: most rows, 1..%OHM_STORE_PAGE_MAX; 0 for that
 */
typedef struct
{
  const char *place;
  gint64 from_us;
  gint64 to_us;
  guint max;
} OhmStoreQuery;

/*
 * A place's records and gaps with slot ends in (@from_us, @to_us]. %OHM_ERROR_NOT_FOUND if the
 * store knows no such place, %OHM_ERROR_STORE.
 */
void ohm_store_query_async (OhmStore *self,
                            const OhmStoreQuery *query,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
OhmStorePage *ohm_store_query_finish (OhmStore *self, GAsyncResult *result, GError **error);

/*
 * What an uplink delivers next: records and gaps of all places with `seq` above @after, in the
 * order of `seq`, at most @max (1..%OHM_STORE_PAGE_MAX).
 */
void ohm_store_read_after_async (OhmStore *self,
                                 gint64 after,
                                 guint max,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
/* (transfer full) (element-type OhmRecord) */
GPtrArray *ohm_store_read_after_finish (OhmStore *self, GAsyncResult *result, GError **error);

/* (element-type OhmRun): the chain of runs of a place, oldest first */
void ohm_store_list_runs_async (OhmStore *self,
                                const char *place,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
GPtrArray *ohm_store_list_runs_finish (OhmStore *self, GAsyncResult *result, GError **error);

/*
 * OhmTrendPoint:
 * @count: values of the minute; 0 if there was none
 *
 * What one minute of one point came to.
 */
typedef struct
{
  guint32 count;
  float min;
  float mean;
  float max;
} OhmTrendPoint;

/* Most points of a place that have a trend. */
#define OHM_TREND_POINTS_MAX 16

/*
 * OhmTrendRow:
 * @minute_us: begin of the minute, UTC
 * @n: points, at most %OHM_TREND_POINTS_MAX
 */
typedef struct
{
  char *place;
  gint64 minute_us;
  OhmPointSet *points;
  guint n;
  OhmTrendPoint values[OHM_TREND_POINTS_MAX];
} OhmTrendRow;

void ohm_trend_row_free (OhmTrendRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmTrendRow, ohm_trend_row_free)

/*
 * Writes minutes in one transaction; a row of a minute that is stored is merged into it.
 * @rows: (transfer full) (element-type OhmTrendRow). Dropped first when memory or disk is short.
 */
void ohm_store_append_trend (OhmStore *self, GPtrArray *rows);

/* (element-type OhmTrendRow): minutes of a place that begin in [from, to) of the query */
void ohm_store_query_trend_async (OhmStore *self,
                                  const OhmStoreQuery *query,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
GPtrArray *ohm_store_query_trend_finish (OhmStore *self, GAsyncResult *result, GError **error);

/* OhmStoreEvent: something that happened, as code and arguments. */
typedef struct
{
  gint64 id;
  gint64 time_us;
  char *subject;
  OhmMessage *message;
} OhmStoreEvent;

void ohm_store_event_free (OhmStoreEvent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmStoreEvent, ohm_store_event_free)

/* @subject: `meters/main`, `places/main` */
void ohm_store_add_event (OhmStore *self, const char *subject, OhmMessage *message);

/*
 * OhmStoreEventQuery:
 * @before: only events with a lower id; 0 for all
 * @from_us: only those after this time, UTC; 0 for all
 * @to_us: only those up to this time, UTC; 0 for all
 * @about: (nullable): only those of this subject: `places/main`; or of this id, whatever it is of
 * @code: (nullable): only those with this code
 * @max: most of them, 1..%OHM_STORE_PAGE_MAX
 */
typedef struct
{
  gint64 before;
  gint64 from_us;
  gint64 to_us;
  const char *about;
  const char *code;
  guint max;
} OhmStoreEventQuery;

/* (element-type OhmStoreEvent): the newest ones, newest first. %OHM_ERROR_STORE. */
void ohm_store_query_events_async (OhmStore *self,
                                   const OhmStoreEventQuery *query,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
GPtrArray *ohm_store_query_events_finish (OhmStore *self, GAsyncResult *result, GError **error);

/* Small values by key (at most 64 KiB), for what has no table. @value: (nullable): forgets it */
void ohm_store_set_value (OhmStore *self, const char *key, GBytes *value);
void ohm_store_get_value_async (OhmStore *self,
                                const char *key,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
/* (transfer full) (nullable): the value; %OHM_ERROR_NOT_FOUND if there is none */
GBytes *ohm_store_get_value_finish (OhmStore *self, GAsyncResult *result, GError **error);

/*
 * OhmStoreStats:
 * @version: of the schema
 * @size_bytes: of the file with its write-ahead log
 * @used_bytes: pages in use
 * @limit_bytes: most bytes that may be in use
 * @last_seq: newest sequence number
 * @oldest_slot_us: oldest interval record; 0 if there is none
 * @newest_slot_us: newest interval record; 0 if there is none
 * @n_commits: transactions since the start
 * @commit_us: duration of the last one; @commit_max_us: of the longest
 * @n_pending: writes that wait in memory; @pending_bytes: their size
 * @n_lost: records dropped from memory because writing failed too long
 * @n_sweeps: how often old rows were looked for since the start
 * @is_checked: whether the whole database has been checked since it was opened
 * @n_damaged: records met since the start whose checksum is wrong: their cells are missing
 */
typedef struct
{
  guint version;
  gint64 size_bytes;
  gint64 used_bytes;
  gint64 limit_bytes;
  gint64 last_seq;
  gint64 oldest_slot_us;
  gint64 newest_slot_us;
  guint64 n_commits;
  gint64 commit_us;
  gint64 commit_max_us;
  guint n_pending;
  gint64 pending_bytes;
  guint64 n_lost;
  guint64 n_sweeps;
  gboolean is_checked;
  guint64 n_damaged;
} OhmStoreStats;

void ohm_store_get_stats_async (OhmStore *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
/* @ret_stats: (out caller-allocates) */
gboolean ohm_store_get_stats_finish (OhmStore *self,
                                     GAsyncResult *result,
                                     OhmStoreStats *ret_stats,
                                     GError **error);

G_END_DECLS
