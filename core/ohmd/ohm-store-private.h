/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-database.h"
#include "ohm-store.h"
#include "ohm-worker.h"

G_BEGIN_DECLS

/* Rows that a query handles before it lets commits go first. */
#define OHM_STORE_STEP 256

/* A stored point set: what this release knows of it, and where that lies in the stored cells. */
typedef struct
{
  OhmPointSet *points; /* (owned) */
  guint n_stored;
  guint *indices; /* (owned) (array): for each point of @points its stored cell */
} OhmStorePoints;

/* The worker's side: everything here belongs to the worker's thread. */
typedef struct
{
  char *path;
  OhmStoreLimits limits;
  OhmClock *clock;        /* (owned) */
  OhmDatabase *database;  /* (owned) (nullable) */
  GHashTable *point_sets; /* (owned) (element-type gint64 OhmStorePoints): by number */
  gint64 last_seq;        /* as of the running transaction */
  char *epoch;            /* (owned) (nullable) */
  gboolean is_corrupt;    /* put the file aside before it is opened again */
  gint64 commit_max_us;
  gint64 commit_us;
  guint64 n_commits;
  guint64 n_damaged;
  guint64 n_sweeps;
  gint64 n_salvaged;   /* rows of the last file that was put aside */
  gint64 check_bytes;  /* largest file that is checked at opening */
  gboolean is_checked; /* the whole file, at opening or since then step by step */
  gint64 checked_run;  /* how far the steps are */
  gint64 checked_slot;
  gint64 retention_us;      /* how far time-based dropping believes the clock */
  gint64 retention_mono_us; /* when it last did so */
  gint64 purged_place;      /* whose trend is being looked for; 0 for none */
  gint64 purged_minute;     /* how far that is */
} OhmStoreBackend;

typedef struct _OhmStoreOp OhmStoreOp;

/*
 * Runs in a transaction of the worker. On %OHM_ERROR_STORE the whole transaction is repeated
 * later, on any other error this one is undone and fails alone. May run several times.
 */
typedef gboolean (*OhmStoreOpFunc) (OhmStoreBackend *backend, OhmStoreOp *op, GError **error);

/* What is given up first when memory is short. */
typedef enum
{
  OHM_STORE_OP_TREND,
  OHM_STORE_OP_EVENT,
  OHM_STORE_OP_RECORDS,
  OHM_STORE_OP_STATE,
} OhmStoreOpClass;

/* One write that waits. Main thread, but for the time of its transaction. */
struct _OhmStoreOp
{
  OhmStoreOpClass op_class;
  OhmStoreOpFunc run;
  gpointer data; /* (owned) */
  GDestroyNotify free_data;
  gint64 n_bytes;
  GTask *task;         /* (owned) (nullable): told after the first try */
  GPtrArray *announce; /* (owned) (nullable) (element-type OhmRecord): emitted after COMMIT */
  gpointer result;     /* (owned) (nullable) */
  GDestroyNotify free_result;
  GError *error; /* (owned) (nullable): it failed alone */
};

OhmStoreOp *ohm_store_op_new (OhmStoreOpClass op_class, OhmStoreOpFunc run);
void ohm_store_op_set_data (OhmStoreOp *self, gpointer data, GDestroyNotify free_data, gsize n);
void ohm_store_op_free (OhmStoreOp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmStoreOp, ohm_store_op_free)

/* Queues a write. @op: (transfer full) */
void ohm_store_push (OhmStore *self, OhmStoreOp *op);

/* Runs @func with @task on the worker, behind all commits. @task: (transfer none) */
void ohm_store_run_query (OhmStore *self, GTask *task, GTaskThreadFunc func);
OhmStoreBackend *ohm_store_get_backend (OhmStore *self);

/* Ends a query that failed; what the failure says of the database is taken note of. Worker. */
void ohm_store_return_query_error (OhmStoreBackend *self, GTask *task, GError *error);

/* Adds what waits in memory. Main thread. */
void ohm_store_add_pending_stats (OhmStore *self, OhmStoreStats *stats);

/* The database for a query; %NULL with %OHM_ERROR_STORE while it is not open. Worker. */
OhmDatabase *ohm_store_backend_get (OhmStoreBackend *self, GError **error);

OhmStoreBackend *
ohm_store_backend_new (const char *path, OhmClock *clock, const OhmStoreLimits *limits);
void ohm_store_backend_free (OhmStoreBackend *self);

/* Opens the database if it is not. @ret_opened: whether this call did. */
gboolean ohm_store_backend_open (OhmStoreBackend *self,
                                 gboolean *ret_opened,
                                 char **ret_quarantine,
                                 OhmDatabaseFault *ret_fault,
                                 GError **error);

/* A statement failed with @error: closes the database unless it is merely full. */
OhmDatabaseFault ohm_store_backend_note_error (OhmStoreBackend *self, const GError *error);
void ohm_store_backend_close (OhmStoreBackend *self);

/* Runs all of @ops (element-type OhmStoreOp) in one transaction. */
gboolean ohm_store_backend_commit (OhmStoreBackend *self, GPtrArray *ops, GError **error);

/* (transfer full): everything that the daemon starts from */
OhmStoreContent *ohm_store_backend_load (OhmStoreBackend *self, GError **error);

/* The next sequence number; written back at COMMIT. */
gint64 ohm_store_backend_next_seq (OhmStoreBackend *self);

void ohm_store_points_free (OhmStorePoints *self);

/* Point sets: number of a set, written if it is new; -1 on error. */
gint64 ohm_store_put_points (OhmStoreBackend *self, OhmPointSet *points, GError **error);
/* (transfer none) (nullable): the set of a number */
OhmStorePoints *ohm_store_get_points (OhmStoreBackend *self, gint64 number, GError **error);

/* Numbers of a row that its checksum covers, in a fixed order. */
#define OHM_STORE_KEY_MAX 8

typedef struct
{
  gint64 numbers[OHM_STORE_KEY_MAX];
} OhmStoreKey;

/* @points: number of its point set */
void ohm_store_make_key (OhmStoreKey *key, const OhmRecord *record, gint64 points);

/* (transfer full): cells, qualities and checksum of @record */
GBytes *ohm_store_encode (const OhmStoreKey *key, const OhmRecord *record);

/* Fills the cells of @into; leaves them missing, and counts, if the checksum is wrong. */
void ohm_store_decode (OhmStoreBackend *self,
                       const OhmStoreKey *key,
                       const OhmStorePoints *points,
                       GBytes *data,
                       OhmRecord *into);

gint64 ohm_store_slot_to_number (gint64 slot_us);
gint64 ohm_store_slot_from_number (gint64 number);

/* Columns of a record's row, as ohm_store_record_from_row() reads them. */
#define OHM_STORE_INTERVAL_COLUMNS                                                                 \
  "p.id, i.run, i.slot, i.seq, i.read_us, i.origin, i.flags, i.revision, i.points, i.data"
#define OHM_STORE_GAP_COLUMNS                                                                      \
  "p.id, g.run, g.to_slot, g.seq, g.read_us, g.cause, g.flags, g.from_slot, g.points, g.data,"     \
  " (SELECT part.id FROM places AS part WHERE part.number = g.part)"

/* (transfer full) (nullable): the record of the current row */
OhmRecord *ohm_store_record_from_row (OhmStoreBackend *self,
                                      OhmStatement *row,
                                      gboolean is_gap,
                                      GError **error);

/* (transfer full) (nullable): the row of @statement, %NULL without @error if there is none */
OhmRecord *ohm_store_step_record (OhmStoreBackend *self,
                                  OhmStatement *statement,
                                  gboolean is_gap,
                                  GError **error);

/* (transfer full) (element-type OhmRecord): the next @n records and gaps by number */
GPtrArray *ohm_store_read_numbered (OhmStoreBackend *self, gint64 after, gint64 n, GError **error);

/* (transfer full): @variant as a column holds it */
char *ohm_store_print_variant (GVariant *variant);

/* A place as the worker sees it. */
typedef struct
{
  gint64 number;
  gint64 run; /* the open run; 0 if there is none */
  char *id;
  char *meter;
  char *serial;
  char *source;
  char *address;
  char *counters;
  char *run_meter;
  char *run_serial;
  char *run_source;
  char *run_address;
  char *run_counters;
} OhmStoreSite;

void ohm_store_site_free (OhmStoreSite *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmStoreSite, ohm_store_site_free)

/* (transfer full) (nullable): with %OHM_ERROR_NOT_FOUND if there is no such place */
OhmStoreSite *ohm_store_find_site (OhmStoreBackend *self, const char *id, GError **error);
/* The same; begins the place if it is not there. */
OhmStoreSite *ohm_store_ensure_site (OhmStoreBackend *self, const char *id, GError **error);

/*
 * Makes the open run fit what the place is measured by now: opens the first, follows a serial
 * that became known, begins another for another counter.
 * @is_old: for a slot behind the end of the series, where no run begins
 * @ret_is_wrong: the meter is another than the run's: nothing may be recorded
 */
gboolean ohm_store_settle_run (OhmStoreBackend *self,
                               OhmStoreSite *site,
                               gint64 slot_us,
                               gboolean is_old,
                               gboolean *ret_is_wrong,
                               GError **error);

/* (transfer full) (nullable): the place's newest interval record */
OhmRecord *ohm_store_get_newest (OhmStoreBackend *self, gint64 place, GError **error);
/* (transfer full) (nullable): the place's newest gap */
OhmRecord *ohm_store_get_newest_gap (OhmStoreBackend *self, gint64 place, GError **error);

/* Writes an interval or gap record, perhaps over the one of the same slot or begin. */
gboolean ohm_store_put (OhmStoreBackend *self, gint64 place, OhmRecord *record, GError **error);
gboolean
ohm_store_drop_gap (OhmStoreBackend *self, gint64 place, const OhmRecord *gap, GError **error);

/* The differences over @gap, across an exchange if both of its counters were typed. */
gboolean ohm_store_fill_gap (OhmStoreBackend *self,
                             OhmRecord *gap,
                             OhmRecord *before,
                             OhmRecord *after,
                             GError **error);

/* Cuts stored slots out of the gaps of a place that overlap (from, to]. */
gboolean ohm_store_trim_gaps (OhmStoreBackend *self,
                              OhmStoreOp *op,
                              const OhmStoreSite *site,
                              gint64 from_us,
                              gint64 to_us,
                              GError **error);

/* Writes @record under a new number and has it announced. */
gboolean ohm_store_write (OhmStoreBackend *self,
                          OhmStoreOp *op,
                          gint64 place,
                          OhmRecord *record,
                          GError **error);

/* (transfer full) (nullable): the interval record (of any run) at @slot_us */
OhmRecord *ohm_store_get_at (OhmStoreBackend *self, gint64 place, gint64 slot_us, GError **error);

/* (transfer full): a gap with the place and points of @like, all cells missing */
OhmRecord *
ohm_store_new_gap (const OhmRecord *like, gint64 from_us, gint64 to_us, OhmGapCause cause);

/* Whether there is a @gap that no later record has closed yet. */
gboolean ohm_store_is_open (const OhmRecord *gap);

/* How far a place's series reaches. */
typedef struct
{
  OhmRecord *newest; /* (owned) (nullable): newest interval record */
  OhmRecord *gap;    /* (owned) (nullable): newest gap */
  gint64 covered_us; /* newest slot of either; 0 if there is no record */
} OhmStoreReach;

void ohm_store_reach_clear (OhmStoreReach *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmStoreReach, ohm_store_reach_clear)

gboolean
ohm_store_get_reach (OhmStoreBackend *self, gint64 place, OhmStoreReach *reach, GError **error);

/* Appends a record that is later than all that is stored, to the site's open run. */
gboolean ohm_store_append_new (OhmStoreBackend *self,
                               OhmStoreOp *op,
                               const OhmStoreSite *site,
                               const OhmStoreReach *reach,
                               OhmRecord *record,
                               GError **error);

/* "Nobody recorded up to and with this slot": opens a gap or lets the open one grow, silently. */
gboolean ohm_store_append_gap (OhmStoreBackend *self,
                               OhmStoreOp *op,
                               const OhmStoreSite *site,
                               const OhmRecord *hint,
                               GError **error);

/* Fills in the run that measured at the record's slot; the oldest one reaches back at will. */
gboolean
ohm_store_find_run (OhmStoreBackend *self, gint64 place, OhmRecord *record, GError **error);

/* Ends the open run of a site and begins another, for its meter, serial and source. */
gboolean
ohm_store_begin_run (OhmStoreBackend *self, OhmStoreSite *site, gint64 from_us, GError **error);

gboolean
ohm_store_open_run (OhmStoreBackend *self, OhmStoreSite *site, gint64 opened_us, GError **error);

gboolean ohm_store_close_run (OhmStoreBackend *self,
                              const OhmStoreSite *site,
                              gint64 closed_us,
                              GError **error);

/* (transfer full) (nullable): a run with its typed counters; %OHM_ERROR_NOT_FOUND */
OhmRun *ohm_store_get_run (OhmStoreBackend *self, gint64 number, GError **error);

/* (transfer full) (nullable): the first or last interval record of a run */
OhmRecord *ohm_store_get_end (OhmStoreBackend *self, gint64 run, gboolean is_last, GError **error);

/* The function of an append, run by the worker. */
gboolean ohm_store_run_append (OhmStoreBackend *backend, OhmStoreOp *op, GError **error);

/* Slots far in the future are put aside, while the clock is sure; at opening. */
gboolean ohm_store_put_future_aside (OhmStoreBackend *self, GError **error);

/* Adds an event in the running transaction. @arguments: `a{ss}` as text */
gboolean ohm_store_put_event (OhmStoreBackend *self,
                              const char *subject,
                              const char *code,
                              const char *arguments,
                              GError **error);

gboolean ohm_store_put_message (OhmStoreBackend *self,
                                const char *subject,
                                OhmMessage *message,
                                GError **error);

/* What happened to @id of @kind (`places`) happened to @new_id. */
gboolean ohm_store_rename_events (OhmStoreBackend *self,
                                  const char *kind,
                                  const char *id,
                                  const char *new_id,
                                  GError **error);

/* Looks for what is to be dropped as soon as commits and queries leave time. Main thread. */
void ohm_store_tidy_soon (OhmStore *self);

/* Drops some rows of places that were purged, in the running transaction; *@ret_n is 0 if none is
 * left. */
gboolean ohm_store_drop_purged (OhmStoreBackend *self, gint64 *ret_n, GError **error);

/*
 * One short step of dropping what is too old or too much.
 * @ret_more: whether another step is wanted
 */
gboolean ohm_store_drop_step (OhmStoreBackend *self, gboolean *ret_more, GError **error);

/*
 * One short step of reading all records where the check at opening was cut short: finds what is
 * damaged before somebody asks for it. @ret_more: whether another step is wanted
 */
gboolean ohm_store_check_step (OhmStoreBackend *self, gboolean *ret_more, GError **error);

G_END_DECLS
