/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-link.h"
#include "ohm-unit.h"

G_BEGIN_DECLS

/* The load is that of the last ten whole seconds; one more is being filled. */
#define OHM_LINK_LOAD_SECONDS 10
#define OHM_LINK_LOAD_SLOTS   (OHM_LINK_LOAD_SECONDS + 1)

typedef enum
{
  OHM_LINK_IDLE,    /* closed; opens as soon as there is a unit or work */
  OHM_LINK_OPENING, /* the transport is opening */
  OHM_LINK_OPEN,
  OHM_LINK_WAITING, /* down until the next try */
} OhmLinkPhase;

/* Why an exchange ends without having been sent. */
typedef enum
{
  OHM_LINK_REFUSAL_SILENT,    /* the unit is in back-off */
  OHM_LINK_REFUSAL_DOWN,      /* the link is */
  OHM_LINK_REFUSAL_FORBIDDEN, /* a write that the type's list does not name */
  OHM_LINK_REFUSAL_LISTENS,   /* the transport cannot ask */
} OhmLinkRefusal;

#define OHM_N_LINK_REFUSALS 4

/* Most exchanges under way at a time (limit `outstanding` of a profile). */
#define OHM_LINK_FLIGHTS_MAX 16

/* An exchange under way. */
typedef struct
{
  OhmLink *link;             /* (not owned) */
  OhmLinkExchange *exchange; /* (not owned) (nullable): NULL if withdrawn */
  OhmUnit *unit;             /* (not owned) (nullable): NULL if the place is free */
  gint64 start_us;
  gint64 answer_us; /* what the answer takes on a serial line */
  guint most;       /* exchanges that may be under way together with it, itself counted */
} OhmLinkFlight;

struct _OhmLink
{
  GObject parent_instance;

  char *id;                /* (owned) */
  char *transport_id;      /* (owned) */
  OhmTransport *transport; /* (owned) */
  OhmSettings *settings;   /* (owned) */
  OhmBus *bus;             /* (owned) */
  OhmClock *clock;         /* (owned) */
  OhmWatch *timer;         /* (owned) */

  OhmLinkPhase phase;
  OhmState state;
  guint attempts;        /* failed ones in a row */
  gint64 retry_us;       /* next try to open, monotonic */
  gint64 opening_us;     /* when its opening began, monotonic */
  gint64 connect_us;     /* how long the last one took; -1 before the first */
  gint64 opened_us;      /* when the connection was opened, monotonic */
  gboolean is_trial;     /* what becomes of it concerns only who asked */
  gboolean has_answer;   /* since the connection was opened */
  guint barren;          /* connections in a row closed when something was asked, unanswered */
  guint deaf;            /* time-outs in a row */
  guint deaf_here;       /* of these on this connection */
  gint64 deaf_us;        /* when the first of these ended, monotonic */
  gint64 lossy_until_us; /* some unit answers, though not always; monotonic */
  gboolean is_prompt;    /* answers come at once after a silent unit: the line is not held */
  OhmUnit *debtor;       /* (nullable): whose probe ended last, in silence */

  GPtrArray *units;              /* (owned) (element-type OhmUnit): sorted by id */
  guint n_units;                 /* with users */
  GQueue ring[OHM_N_PRIORITIES]; /* (element-type OhmUnit) with work, linked through `ring` */
  GQueue bounced;                /* (element-type OhmLinkExchange): end without having been sent */

  OhmLinkFlight flights[OHM_LINK_FLIGHTS_MAX];
  guint n_flights;
  gint64 free_us;    /* end of the last flight */
  gint64 counted_us; /* until then flights are in the load */

  gint64 timeout_us; /* of the link's settings, as the pauses below; 0: none is set */
  gint64 pause_us;
  gint64 connect_pause_us;
  gint64 worst_latency_us; /* beyond the time on the line */
  gint64 probe_saved_us;
  gint64 probe_filled_us; /* when the budget was last filled */

  gint64 busy_us[OHM_LINK_LOAD_SLOTS];
  gint64 busy_second;
  guint64 missed;
  OhmLinkPlannedFunc planned; /* (nullable) */
  gpointer planned_data;
  gint64 missed_us; /* when the last poll was missed, monotonic */
};

gint64 ohm_link_now (OhmLink *self);
void ohm_link_wake_at (OhmLink *self, gint64 mono_us);
void ohm_link_set_state (OhmLink *self, OhmStateCode code, OhmMessage *cause);

/* (nullable) */
OhmUnit *ohm_link_find_unit (OhmLink *self, guint8 id);
OhmUnit *ohm_link_ensure_unit (OhmLink *self, guint8 id);

/* --- ohm-link-queue.c --- */

gboolean ohm_link_has_work (OhmLink *self);
void ohm_link_push (OhmLink *self, OhmUnit *unit, OhmLinkExchange *exchange);
/* In front of all that wait in its class. */
void ohm_link_push_again (OhmLink *self, OhmLinkExchange *exchange);
void ohm_link_take_out (OhmLink *self, OhmLinkExchange *exchange);

/* Ends @exchange from the loop, without sending it. */
void ohm_link_bounce (OhmLink *self, OhmLinkExchange *exchange, OhmLinkRefusal refusal);
void ohm_link_bounce_unit (OhmLink *self, OhmUnit *unit, OhmLinkRefusal refusal);
void ohm_link_bounce_all (OhmLink *self, OhmLinkRefusal refusal);
void ohm_link_deliver_bounced (OhmLink *self);

/* Whether @unit may go before others of its class, as things are on the link. */
gboolean ohm_link_is_preferred (OhmLink *self, const OhmUnit *unit);

/* (nullable): the exchange that goes next, taken out of its queue; if all that wait have to wait
 * longer, *@ret_until_us says until when, else it stays -1. */
OhmLinkExchange *ohm_link_pull (OhmLink *self, gint64 *ret_until_us);

/* --- ohm-link-flight.c --- */

gboolean ohm_link_is_read (const OhmRequest *request);

/* Whether one more exchange may be under way; whether this one may be it. */
gboolean ohm_link_has_room (OhmLink *self);
gboolean ohm_link_may_join (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange);

OhmLinkFlight *ohm_link_take_off (OhmLink *self, OhmLinkExchange *exchange);
/* Frees the place of @flight, and returns what it was. */
OhmLinkFlight ohm_link_land (OhmLink *self, OhmLinkFlight *flight);
/* Puts @exchange in front of its queue, if it may be asked once more. */
gboolean ohm_link_repeat (OhmLink *self, OhmLinkExchange *exchange);
/* The transport was closed: no callback follows for what was under way. */
void ohm_link_recall (OhmLink *self);
void ohm_link_forget_flight (OhmLink *self, OhmLinkExchange *exchange);

/* --- ohm-link-wait.c --- */

/* What the link's settings say of time-out and pauses. */
void ohm_link_read_pacing (OhmLink *self);

/* When @exchange may be sent at the earliest, pauses kept. */
gint64 ohm_link_get_start_us (OhmLink *self, const OhmLinkExchange *exchange);

/* How long to wait for the answer. */
gint64 ohm_link_get_timeout (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange);

void ohm_link_init_budget (OhmLink *self);
void ohm_link_fill_budget (OhmLink *self, gint64 now_us);

/* Whether there is a meter, other than @unit, that nothing bad is known of: one whom others may
 * hold up. */
gboolean ohm_link_has_healthy (OhmLink *self, /* (nullable) */ const OhmUnit *unit);

/* Whether a silent unit may be asked now. */
gboolean ohm_link_may_probe (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange);

/* Whether @exchange would still run at the next quarter hour, or comes right after one. */
gboolean ohm_link_must_hold (OhmLink *self,
                             const OhmUnit *unit,
                             const OhmLinkExchange *exchange,
                             gint64 *ret_until_us);

void ohm_link_note_answer (OhmLink *self, const OhmLinkFlight *flight, const OhmReply *reply);
void ohm_link_note_silence (OhmLink *self, const OhmLinkFlight *flight, OhmUnitTrouble trouble);

/* Ends all back-offs: what units did before says little of them. */
void ohm_link_forgive (OhmLink *self);

/* --- ohm-link-view.c --- */

void ohm_link_count_busy (OhmLink *self, gint64 from_us, gint64 to_us);
void ohm_link_calm_down (OhmLink *self);

G_END_DECLS
