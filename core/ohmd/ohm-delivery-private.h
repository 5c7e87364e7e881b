/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-delivery-bisect.h"
#include "ohm-delivery-limit.h"
#include "ohm-delivery.h"
#include "ohm-store-uplink.h"

G_BEGIN_DECLS

/*
 * OhmDeliveryKind:
 * @OHM_DELIVERY_SEND_LIVE: the newest slot, ahead of all that waits
 * @OHM_DELIVERY_SEND_HELD: one refused record that is tried again
 * @OHM_DELIVERY_SEND_MAIN: what comes next by number: the overlap, then what is new
 * @OHM_DELIVERY_SEND_RESEND: slots that a person asked for
 * @OHM_DELIVERY_SEND_ECHO: yesterday's slots
 *
 * What a batch is sent for.
 */
typedef enum
{
  OHM_DELIVERY_SEND_LIVE,
  OHM_DELIVERY_SEND_HELD,
  OHM_DELIVERY_SEND_MAIN,
  OHM_DELIVERY_SEND_RESEND,
  OHM_DELIVERY_SEND_ECHO,
} OhmDeliveryKind;

#define OHM_DELIVERY_KINDS (OHM_DELIVERY_SEND_ECHO + 1)

/*
 * A portion on its way: read once, sent in one part or, when it is refused, in several. It is kept
 * over failures that pass, so that a bisection goes on where it was.
 */
typedef struct
{
  OhmDeliveryKind kind;
  OhmUplinkPortion *portion; /* (owned) */
  OhmBatch *batch;           /* (owned): what the guards left of it */
  OhmBisection *parts;       /* (owned) */
  OhmBatch *part;            /* (owned) (nullable): what is being sent */
  GPtrArray *refused;        /* (owned) (element-type OhmRefusal): not committed yet */
  GArray *taken;             /* (owned) (element-type gint64): taken, to be forgotten as refused */
  GArray *old;               /* (owned) (element-type gint64): left out for their age */
  guint64 n_taken;           /* records that were taken */
  guint n_refused;           /* records that were refused alone since something was taken */
  guint n_passed;            /* records that are counted as delivered */
  guint n_unclear;           /* attempts that failed unclearly */
  gboolean is_suspect;       /* ... so often that the data is taken to be the cause */
  gboolean has_proof;        /* the engine took something before what is refused here */
  gboolean is_settled;       /* ... and after it: what was refused may be remembered */
} OhmDeliveryJob;

OhmDeliveryJob *ohm_delivery_job_new (OhmDeliveryKind kind, OhmUplinkPortion *portion_take);
void ohm_delivery_job_free (OhmDeliveryJob *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDeliveryJob, ohm_delivery_job_free)

struct _OhmDelivery
{
  GObject parent_instance;

  OhmUplink *uplink;   /* (owned) */
  OhmStore *store;     /* (owned) */
  OhmBus *bus;         /* (owned) */
  OhmWatcher *watcher; /* (owned) */
  OhmClock *clock;     /* (owned) */
  OhmDeliverySettings settings;
  char *fingerprint;         /* (owned): the one of the settings */
  char *id;                  /* (owned): likewise; the store knows it by the uplink's */
  GCancellable *cancellable; /* (owned) */
  GRand *random;             /* (owned) */
  OhmWatch *timer;           /* (owned) (nullable) */
  guint changed_id;          /* idle source that tells of changes */
  gboolean is_stopped;

  /* what is known */
  OhmUplinkPosition position;
  gboolean is_loaded;
  gboolean is_new_destination;
  gboolean is_confirmed; /* a person said what a changed destination gets */
  gboolean is_confirmed_from_start;
  gboolean has_synced; /* the clock was synchronised once */
  gboolean is_hurried; /* somebody said "now", and nothing was begun since */
  OhmDeliveryLimit limit;
  OhmUplinkCount count;
  guint64 n_records; /* sent since the start, to estimate bytes */
  guint64 n_requests;
  guint64 n_points;
  guint64 n_bytes;
  gboolean is_clock_off; /* the engine's clock differs from ours */
  guint n_old;           /* records left out for their age, not told yet */

  /* what is under way */
  gboolean is_busy; /* reading, sending or committing */
  gboolean is_counting;
  gboolean wants_count;
  gboolean is_counted;                      /* since the position was read */
  gboolean is_untried;                      /* what waited then was not tried since */
  OhmDeliveryKind kind;                     /* of what is under way */
  OhmDeliveryJob *jobs[OHM_DELIVERY_KINDS]; /* (owned) (nullable) */
  gboolean in_cycle;
  gint64 cycle_slot_us; /* the newest slot whose sending time came */
  gint64 cursor;        /* how far the cycle is */
  gint64 mark;          /* up to which it sends again */
  gboolean wants_live;
  gboolean wants_proof;                        /* a suspect batch waits for the newest slot */
  gboolean is_suspected;                       /* the next main batch is suspect from the start */
  OhmUplinkCursor cursors[OHM_DELIVERY_KINDS]; /* of those that go by slots */
  gint64 echo_day;                             /* being sent again */
  gboolean in_echo;
  guint64 turns[OHM_DELIVERY_KINDS]; /* request at which each was last sent: who waited longest */

  /* resend */
  GTask *resend; /* (owned) (nullable) */
  gint64 resend_from_us;
  gint64 resend_to_us;
  OhmDeliveryResent resent;
  double resend_progress;

  /* when; monotonic */
  gint64 sent_us;         /* begin of the last request but live ones; -1 */
  gint64 not_before_us;   /* of anything */
  gboolean is_asked;      /* ... because the engine said so */
  gint64 main_before_us;  /* of the main job */
  guint n_failures;       /* in a row */
  gint64 outage_since_us; /* UTC; 0 while all is well */

  /* how it is */
  OhmDeliveryState state;
  gint64 since_us;
  OhmMessage *message; /* (owned) (nullable) */
  char *text;          /* (owned) (nullable) */
};

/* Looks for what is to be done now, or arms the timer for it. */
void ohm_delivery_go_on (OhmDelivery *self);

/* Tells that something changed, once a turn. */
void ohm_delivery_note_change (OhmDelivery *self);

/* @message: (nullable) (transfer none) */
void ohm_delivery_set_state (OhmDelivery *self,
                             OhmDeliveryState state,
                             OhmMessage *message,
                             const char *text);
void ohm_delivery_set_ok (OhmDelivery *self);

/* Whether nothing but time keeps it from sending; else the state says why. */
gboolean ohm_delivery_is_free (OhmDelivery *self);

gboolean ohm_delivery_is_idempotent (OhmDelivery *self);
gboolean ohm_delivery_has_overlap (OhmDelivery *self);
gboolean ohm_delivery_has_live_first (OhmDelivery *self);
gboolean ohm_delivery_has_echo (OhmDelivery *self);

/* Whether what waits is older than 2 h. */
gboolean ohm_delivery_is_far_behind (OhmDelivery *self);

/* Reads and sends, or goes on sending. */
void ohm_delivery_run (OhmDelivery *self, OhmDeliveryKind kind);

/* What became of the part that was sent. */
void ohm_delivery_judge (OhmDelivery *self, OhmDeliveryJob *job, const OhmVerdict *verdict);

/* Remembers what is settled of it, and goes on. */
void ohm_delivery_commit (OhmDelivery *self, OhmDeliveryJob *job);

/* What was to be remembered is, or waits in the store; unless that is another by now. */
void ohm_delivery_end_commit (OhmDelivery *self, GAsyncResult *result);

/* Whether so much is refused and tried again that nothing may be added. */
gboolean ohm_delivery_is_full (OhmDelivery *self);

void ohm_delivery_drop_job (OhmDelivery *self, OhmDeliveryKind kind);

/* The engine took something else: what a suspect batch waited for. */
void ohm_delivery_prove (OhmDelivery *self);

void ohm_delivery_load (OhmDelivery *self);
void ohm_delivery_recount (OhmDelivery *self);

/* @error_take: (nullable): why it ended early */
void ohm_delivery_end_resend (OhmDelivery *self, GError *error_take);

/* Who waits for it is told what keeps it from sending. */
void ohm_delivery_end_kept_resend (OhmDelivery *self);

/* (transfer full): what the state's message says */
GError *ohm_delivery_new_error (OhmDelivery *self);

void ohm_delivery_add_event (OhmDelivery *self, OhmMessage *message_take);

G_END_DECLS
