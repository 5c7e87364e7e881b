/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-learned.h"
#include "ohm-meter-host.h"

G_BEGIN_DECLS

typedef struct _OhmPoll OhmPoll;
typedef struct _OhmSurvey OhmSurvey;

/* Buckets of start jitter: bucket n counts starts up to 2^n us late. */
#define OHM_JITTER_BUCKETS 28

/*
 * OhmProof:
 * @request: how the device is asked for its serial
 * @answer: (owned) (nullable): what it answers, as it is on the wire
 */
typedef struct
{
  OhmMerged request;
  GBytes *answer;
} OhmProof;

void ohm_proof_clear (OhmProof *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmProof, ohm_proof_clear)

struct _OhmMeterHost
{
  GObject parent_instance;

  char *id;                    /* (owned) */
  OhmMeterConfig *config;      /* (owned) */
  OhmLink *link;               /* (owned) (nullable) */
  OhmProfileCatalog *profiles; /* (owned) */
  OhmPluginHost *plugins;      /* (owned) */
  OhmBus *bus;                 /* (owned) */
  OhmClock *clock;             /* (owned) */
  OhmWatch *timer;             /* (owned) */
  OhmMeterHostListener listener;

  OhmFacts *facts;     /* (owned) (nullable): the newest */
  OhmLearned *learned; /* (owned) */
  OhmProfile *profile; /* (owned) (nullable) */
  OhmMeter *meter;     /* (owned) (nullable) */
  OhmPlan *plan;       /* (owned) (nullable) */
  OhmMessage *absent;  /* (owned) (nullable): parts that the device does not have at present */
  char *expected;      /* (owned) (nullable): the serial it must have */
  OhmLink *home;       /* (owned) (nullable): the configured link, if it is read elsewhere */
  guint8 home_unit;
  int followed_unit; /* where its serial was met; -1 if that is where its file says */
  guint8 unit;
  gboolean has_unit; /* registered with the link */
  gboolean is_running;
  gboolean is_trial;
  GCancellable *identifying; /* (owned) (nullable): while it is being found out what it is */
  guint learning_kinds;      /* a bit per kind of poll whose next one may split refused requests */
  OhmMerged witness;   /* what was last answered with values; of no registers if nothing was */
  gint64 probe_due_us; /* when refused requests may be searched for a witness, monotonic */
  gint64 probe_wait_us;

  OhmRequestList *live; /* (owned) (nullable): merged for the live class, made at need */
  OhmPoll *polls[4];    /* (owned) (nullable): by OhmPollKind */
  OhmSurvey *survey;    /* (owned) (nullable) */
  guint unit_try;       /* which unit of the profile's list a first survey tries */
  gboolean has_tried_units;

  gint64 period_us;
  gint64 live_due_us; /* monotonic; -1 for never */
  gint64 slow_due_us;
  gint64 survey_due_us;
  gint64 surveyed_us;      /* when the last survey began */
  gint64 refused_pause_us; /* until what is refused next is asked for again; 0 for the first time */
  guint64 connects_seen;   /* connections of the link when the last answer came */
  gint64 slot_retry_us;
  gint64 slot_until_us;    /* the open slot's window, monotonic; 0 for none */
  gint64 slot_closes_us;   /* the last slot's window, monotonic, whether it was read or not */
  guint8 *slot_came;       /* (owned) (nullable): by entry of the plan, what was read for it */
  gboolean has_slot_value; /* a read of it brought a value, not just an answer */
  guint slot_misses;       /* reads of it in a row that brought nothing */
  gboolean is_slot_denied; /* another device answered */
  OhmGapCause slot_cause;  /* what its last read says, should nothing be recorded */

  OhmState state;
  gboolean is_confirmed;
  OhmProof proof;           /* of the device that the facts describe */
  OhmMessage *survey_error; /* (owned) (nullable): why it cannot be surveyed, though it answers */
  OhmMessage *lacks[4]; /* (owned) (nullable): by OhmPollKind, what its last one did not bring */
  OhmMessage *barren;   /* (owned) (nullable): it has no value, or no counter */
  gint64 barren_us[2];  /* since when, monotonic: no value, no counter; 0 if that is not so */
  gint64 lacking_us;    /* since when the state tells the lack that it does, monotonic */
  guint failures_in_row;
  guint losses_in_row; /* of these where something had been sent */
  gint64 failing_us;   /* since when, monotonic */
  guint64 polls_done;
  guint64 polls_failed;
  guint64 polls_missed;
  guint32 jitter[OHM_JITTER_BUCKETS];

  OhmCell *cells;    /* (owned) (nullable) */
  guint8 *qualities; /* (owned) (nullable) */
  gint64 *times_us;  /* (owned) (nullable) */
  gint64 read_us;
  GArray *virtual_slow;      /* (owned) (nullable) (element-type guint): points of a sum */
  GPtrArray *operator_tasks; /* (owned) (element-type GTask) */
};

/* What is read together, each with an exchange of its own. */
typedef enum
{
  OHM_POLL_LIVE,
  OHM_POLL_SLOW,
  OHM_POLL_SLOT,
  OHM_POLL_OPERATOR,
} OhmPollKind;

#define OHM_N_POLL_KINDS   4
#define OHM_POLL_ALL_KINDS ((1u << OHM_N_POLL_KINDS) - 1)

/* --- ohm-meter-poll.c --- */

/**
 * OhmPollResult:
 * @kind: what was polled
 * @classes: a set of %OhmReadClass
 * @reading: (nullable): what was answered; %NULL if nothing was
 * @error: (nullable): why the rest, or all, was not
 * @is_partial: whether anything that should have come has not
 * @has_values: whether any request brought values
 * @is_proved: whether the serial was read after it, and is right
 * @exception: the last one that is not the gateway's; 0 for none
 * @lost: (array length=n_lost): entries of the plan that should have come and have not
 *
 * How a poll ended. Without reading and error there was nothing to ask.
 */
typedef struct
{
  OhmPollKind kind;
  guint classes;
  OhmReading *reading;
  const GError *error;
  gboolean is_partial;
  gboolean has_values;
  gboolean is_proved;
  guint8 exception;
  const guint *lost;
  guint n_lost;
} OhmPollResult;

/* Starts reading @classes; one poll of a kind at a time. @due_us: (monotonic) when it was due. */
void ohm_poll_start (OhmMeterHost *host, OhmPollKind kind, guint classes, gint64 due_us);
gboolean ohm_poll_is_running (OhmMeterHost *host, OhmPollKind kind);
void ohm_poll_stop_all (OhmMeterHost *host);
/* What is to be refused or left out has changed: the kept list is of no use any more. */
void ohm_poll_forget_list (OhmMeterHost *host);
/* Whether it was learned that the device has no such register. */
gboolean ohm_poll_is_refused (OhmMeterHost *host, const OhmEntry *entry);
/* (transfer full): requests for @classes by what is known now */
OhmRequestList *ohm_poll_merge (OhmMeterHost *host, guint classes);

/* (transfer full) (element-type OhmMerged): what is read before counters */
GArray *ohm_poll_list_guards (OhmMeterHost *host);

/* --- ohm-meter-proof.c --- */

void ohm_proof_set (OhmProof *self, const OhmRequest *request, const OhmReply *reply);
void ohm_proof_take (OhmProof *self, OhmProof *other);
gboolean ohm_proof_fits (const OhmProof *self, const OhmReply *reply);

void ohm_meter_host_forget_slot (OhmMeterHost *self);
/* The right device is there: what was forgotten is read again while that is possible. */
void ohm_meter_host_resume_slot (OhmMeterHost *self);
/* Another device has answered: nothing that it told is recorded, and it is surveyed. */
void ohm_meter_host_deny (OhmMeterHost *self);
void ohm_meter_host_tell_proof (OhmMeterHost *self, gboolean is_right);

/* --- ohm-meter-absent.c --- */

/* (transfer full) (nullable): names the groups whose points the plan has as absent */
OhmMessage *ohm_absent_describe (OhmPlan *plan);
/* They are missing in a reading of @classes. */
void ohm_absent_mark (OhmPlan *plan, guint classes, OhmReadingBuilder *builder);

/* --- ohm-meter-barren.c --- */

/* Looks at the last values. Returns: whether something else is to be said of them than before */
gboolean ohm_meter_barren_look (OhmMeterHost *self);

/* --- ohm-meter-facts.c --- */

/* Logs what the device says differently from before; nothing of the first that it says. */
void ohm_meter_host_tell_changes (OhmMeterHost *self, OhmFacts *present);

/* --- ohm-meter-survey.c --- */

void ohm_survey_start (OhmMeterHost *host);
void ohm_survey_stop (OhmMeterHost *host);
/* When a request that got lost is sent again, monotonic; -1 if none waits */
gint64 ohm_survey_get_due_us (OhmMeterHost *host);
/* The unit has answered: what waits need not. */
void ohm_survey_hurry (OhmMeterHost *host);
void ohm_survey_go_on (OhmMeterHost *host);

/* --- ohm-meter-identify.c --- */

/* `type = auto`: finds out what the device is, and builds the instance. */
void ohm_meter_host_identify (OhmMeterHost *host);

/* --- ohm-meter-virtual.c --- */

void ohm_meter_host_start_virtual (OhmMeterHost *self);

/* --- ohm-meter-state.c --- */

void ohm_meter_host_announce (OhmMeterHost *self);
/* ok or partial */
gboolean ohm_meter_host_is_fine (OhmMeterHost *self);
void ohm_meter_host_set_state (OhmMeterHost *self, OhmStateCode code, OhmMessage *cause);
/* A request did not get through: what that says of the meter. */
void ohm_meter_host_note_failure (OhmMeterHost *self, const GError *error);
/* Answers came. */
void ohm_meter_host_note_success (OhmMeterHost *self, const OhmPollResult *result);
/* Nothing was asked, since all of it was refused before. */
void ohm_meter_host_note_idle (OhmMeterHost *self);

/* What was learned is asked for anew by the next polls. */
void ohm_meter_host_forget_learned (OhmMeterHost *self);
/* The device refused registers that it has not refused before. */
void ohm_meter_host_note_refused (OhmMeterHost *self);
void ohm_meter_host_note_connection (OhmMeterHost *self);
/* Its identity is in doubt: it is surveyed, but not all the time. */
void ohm_meter_host_plan_survey (OhmMeterHost *self);
/* The points are others: nothing is lacking yet. */
void ohm_meter_host_forget_lacks (OhmMeterHost *self);
/* Error of an answer that is an exception, or of a gateway that found no unit. */
GError *ohm_meter_host_exception_error (OhmMeterHost *self, const OhmReply *reply);

/* --- ohm-meter-reading.c --- */

void ohm_meter_host_poll_ended (OhmMeterHost *self, const OhmPollResult *result);
void ohm_meter_host_on_telegram (OhmLink *link, const OhmReply *reply, gpointer user_data);
/* What was read becomes the last values. */
void ohm_meter_host_keep (OhmMeterHost *self, OhmReading *reading);
/* Forgets the last values: the points are others now. */
void ohm_meter_host_reset_values (OhmMeterHost *self);
/* @reading: (nullable); @error: (nullable) */
void
ohm_meter_host_end_operator_reads (OhmMeterHost *self, OhmReading *reading, const GError *error);
void ohm_meter_host_start_operator (OhmMeterHost *self);

/* --- ohm-meter-build.c --- */

gboolean ohm_meter_host_build (OhmMeterHost *self, GError **error);
/* The same for a meter at work, which is stopped if it fails. */
void ohm_meter_host_rebuild (OhmMeterHost *self);
void ohm_meter_host_drop_instance (OhmMeterHost *self);
void ohm_meter_host_refuse (OhmMeterHost *self, const char *reason);
/* New facts: another instance if they differ. */
void ohm_meter_host_take_facts (OhmMeterHost *self, OhmFacts *facts);
gboolean ohm_meter_host_has_requests (OhmMeterHost *self);

/* --- ohm-meter-host.c --- */

void ohm_meter_host_begin (OhmMeterHost *self);

/* A device whose type is not known yet, that refuses to tell what it is, or that is another one, is
 * asked again after this. */
#define OHM_SURVEY_RETRY_US (15 * G_TIME_SPAN_SECOND)

/* A slot read that failed is tried again after this. */
#define OHM_SLOT_RETRY_US (2 * G_TIME_SPAN_SECOND)
/* What got lost on the way may come at once. */
#define OHM_SLOT_AGAIN_US (1 * G_TIME_SPAN_SECOND)

gint64 ohm_meter_host_now (OhmMeterHost *self);
/* Whether its plan has entries of a %OhmReadClass. */
gboolean ohm_meter_host_has_class (OhmMeterHost *self, guint class);
void ohm_meter_host_poll_live (OhmMeterHost *self, gint64 due_us);
void ohm_meter_host_reschedule (OhmMeterHost *self);
/* Whether it is not known yet which of the profile's units it has. */
gboolean ohm_meter_host_has_choice (OhmMeterHost *self);
void ohm_meter_host_register_unit (OhmMeterHost *self, guint8 unit);
/* Says which unit it will be before the link is told: its address is who it is without a serial. */
void ohm_meter_host_settle_unit (OhmMeterHost *self);

G_END_DECLS
