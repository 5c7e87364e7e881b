/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-link.h"
#include "ohm-profile-catalog.h"

G_BEGIN_DECLS

#define OHM_TYPE_METER_HOST (ohm_meter_host_get_type ())

typedef struct _OhmMeterHostListener OhmMeterHostListener;

/* A configured meter at work: drives the immutable OhmMeter through survey, plan, poll and decode,
 * keeps its last values, its state and what was learned. */
G_DECLARE_FINAL_TYPE (OhmMeterHost, ohm_meter_host, OHM, METER_HOST, GObject)

/**
 * OhmLastValues:
 * @points: (nullable): the meter's points; %NULL before the first plan
 * @cells: last cells
 * @qualities: last qualities, none for a point never read
 * @times_us: when each was read, UTC
 * @read_us: middle of the newest poll that was answered, UTC; 0 if there was none
 *
 * The last value of each point, whatever class brought it.
 */
typedef struct
{
  OhmPointSet *points;
  const OhmCell *cells;
  const guint8 *qualities;
  const gint64 *times_us;
  gint64 read_us;
} OhmLastValues;

/**
 * OhmMeterHostListener:
 * @planned: the instance is new: other points, facts, or a first plan
 * @surveyed: facts were read and the identity is confirmed; keep them
 * @learned: a register or gap was refused, or all was forgotten, the facts too; keep that
 * @proved: the serial was read once more after what was read for the open slot: that is this
 *   meter's, or another device's
 * @user_data: for all
 *
 * What the site wants to know at once, without knowing of the bus.
 */
struct _OhmMeterHostListener
{
  void (*planned) (OhmMeterHost *host, gpointer user_data);
  void (*surveyed) (OhmMeterHost *host, gpointer user_data);
  void (*learned) (OhmMeterHost *host, gpointer user_data);
  void (*proved) (OhmMeterHost *host, gboolean is_right, gpointer user_data);
  gpointer user_data;
};

/**
 * OhmMeterHostSetup:
 * @config: (not nullable): what its file says
 * @link: (nullable): its link; %NULL if misconfigured
 * @profiles: all types
 * @plugins: all families
 * @watcher: time
 * @bus: where readings go
 * @facts: (nullable): what was known before the restart
 * @learned: (nullable): `a{sv}`, what was learned before the restart
 * @listener: copied
 * @is_trial: it is surveyed once, at once; it is not polled, and nothing is logged
 */
typedef struct
{
  OhmMeterConfig *config;
  OhmLink *link;
  OhmProfileCatalog *profiles;
  OhmPluginHost *plugins;
  OhmWatcher *watcher;
  OhmBus *bus;
  OhmFacts *facts;
  GVariant *learned;
  const OhmMeterHostListener *listener;
  gboolean is_trial;
} OhmMeterHostSetup;

OhmMeterHost *ohm_meter_host_new (const OhmMeterHostSetup *setup);
void ohm_meter_host_start (OhmMeterHost *self);
void ohm_meter_host_stop (OhmMeterHost *self);

/* A file that says the same for the meter itself (name, places) is taken over while it runs. */
void ohm_meter_host_set_config (OhmMeterHost *self, OhmMeterConfig *config);

const char *ohm_meter_host_get_id (OhmMeterHost *self);
const OhmMeterConfig *ohm_meter_host_get_config (OhmMeterHost *self);
const char *ohm_meter_host_get_name (OhmMeterHost *self);
/* type id; `auto` until identified */
const char *ohm_meter_host_get_type_id (OhmMeterHost *self);
/* (nullable) */
OhmMeter *ohm_meter_host_get_meter (OhmMeterHost *self);
/* (nullable) */
OhmPlan *ohm_meter_host_get_plan (OhmMeterHost *self);
/* (nullable) */
OhmFacts *ohm_meter_host_get_facts (OhmMeterHost *self);
/* (transfer full): names of those facts that its profile marks `unconfirmed` */
char **ohm_meter_host_dup_unconfirmed (OhmMeterHost *self);
/* (nullable) */
OhmLink *ohm_meter_host_get_link (OhmMeterHost *self);
guint8 ohm_meter_host_get_unit (OhmMeterHost *self);
/* (transfer full): where it is read: `LINK/UNIT` */
char *ohm_meter_host_dup_address (OhmMeterHost *self);
/* How often its live values are read; of a sum how often all of its parts are. */
gint64 ohm_meter_host_get_period_us (OhmMeterHost *self);
const OhmState *ohm_meter_host_get_state (OhmMeterHost *self);

/* When it is asked again, UTC; 0 if nothing is waited for. Link and unit know: their waits go on
 * without the meter. */
gint64 ohm_meter_host_get_next_attempt_us (OhmMeterHost *self);
void ohm_meter_host_get_last (OhmMeterHost *self, OhmLastValues *ret_last);

/* Values older than this are shown as stale (design 1). */
gint64 ohm_meter_host_get_stale_us (OhmMeterHost *self);

/* Why a slot of this meter could not be recorded now. */
OhmGapCause ohm_meter_host_get_gap_cause (OhmMeterHost *self);

/**
 * ohm_meter_host_read_async:
 *
 * Reads all live and slow entries now, with an operator's priority. The result is a reading, or the
 * link's error; %OHM_ERROR_BUSY if it is not at work, %OHM_ERROR_NOT_SUPPORTED if nobody can be
 * asked: its type names no values, or it sends them by itself.
 */
void ohm_meter_host_read_async (OhmMeterHost *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
OhmReading *ohm_meter_host_read_finish (OhmMeterHost *self, GAsyncResult *result, GError **error);

/* Surveys the device again. */
void ohm_meter_host_survey (OhmMeterHost *self);

/* (transfer none) (nullable): what its answers lack altogether, if that is what is wrong with it:
 * `values-missing`, or `counters-missing` of a type that has some */
OhmMessage *ohm_meter_host_get_barren (OhmMeterHost *self);

/* Forgets refused registers, gaps, and all facts, also as they are kept; surveys and plans again.
 */
void ohm_meter_host_forget (OhmMeterHost *self);

/* Whether the serial was confirmed since the last interruption. */
gboolean ohm_meter_host_is_confirmed (OhmMeterHost *self);

/* Whether what is read for a slot is proved by the serial, which is told by the listener. */
gboolean ohm_meter_host_can_prove (OhmMeterHost *self);

/* (transfer floating): `a{sv}`, as given back at construction after a restart */
GVariant *ohm_meter_host_save_learned (OhmMeterHost *self);

/* For the scheduler: reads the slot entries now; retried until @deadline_us (monotonic). */
void ohm_meter_host_read_slot (OhmMeterHost *self, gint64 deadline_us);

/**
 * OhmPlannedRequest:
 * @classes: a set of %OhmReadClass it is read for
 * @function: 3 or 4
 * @address: first register
 * @count: registers
 * @n_points: points it serves; 0 for a request that proves that the device is still the same one
 * @bytes: bytes out and in
 * @time_us: expected time on the link
 */
typedef struct
{
  guint classes;
  guint8 function;
  guint16 address;
  guint16 count;
  guint n_points;
  guint bytes;
  gint64 time_us;
} OhmPlannedRequest;

/* (transfer container) (element-type OhmPlannedRequest): what is read, for `ohmctl plan` */
GArray *ohm_meter_host_get_requests (OhmMeterHost *self);

/* How often a second a request for @classes is sent. */
double ohm_meter_host_get_rate (OhmMeterHost *self, guint classes);

/* Share of the time of the link that all its requests are expected to take, 0..; above 1 they do
 * not fit. 0 without a plan. */
double ohm_meter_host_get_link_share (OhmMeterHost *self);

/* (transfer full): learned refusals, in words: `registers 19200..19201: illegal data address` */
char **ohm_meter_host_get_learned (OhmMeterHost *self);

/* (transfer full) (element-type gint64): when each of these was learned, UTC; 0: not known */
GArray *ohm_meter_host_get_learned_times (OhmMeterHost *self);

/* (nullable): the serial that the device must have */
const char *ohm_meter_host_get_expected (OhmMeterHost *self);

/* Reads the meter at another address from now on: its serial was met there. It is surveyed at
 * once, and nothing is recorded before that. */
void ohm_meter_host_follow (OhmMeterHost *self, OhmLink *link, guint8 unit);

/* Whether it is read elsewhere than its file says. */
gboolean ohm_meter_host_is_followed (OhmMeterHost *self);

/* (transfer none) (nullable): the link that its file says */
OhmLink *ohm_meter_host_get_home (OhmMeterHost *self);

/*
 * Virtual meters (`type = virtual`) have no link: OhmVirtual says what they are. Whether it is one
 * that is at work.
 */
gboolean ohm_meter_host_is_virtual (OhmMeterHost *self);
void ohm_meter_host_set_virtual_plan (OhmMeterHost *self, OhmPlan *plan);
/* @period_us: how often all of its parts are read; @slow: (element-type guint): points that are as
 * old as slow ones of the parts. Returns: whether these were others */
gboolean ohm_meter_host_set_virtual_pace (OhmMeterHost *self, gint64 period_us, GArray *slow);
/* Whether @point is read at the slow pace, of a sum whether one of its parts is. */
gboolean ohm_meter_host_is_slow (OhmMeterHost *self, guint point);
/* @cause: (nullable) */
void ohm_meter_host_set_virtual_state (OhmMeterHost *self, OhmStateCode code, OhmMessage *cause);
/* Keeps the values and emits `reading`. */
void ohm_meter_host_take_virtual (OhmMeterHost *self, OhmReading *reading);

guint64 ohm_meter_host_get_polls (OhmMeterHost *self);
guint64 ohm_meter_host_get_failures (OhmMeterHost *self);
guint64 ohm_meter_host_get_missed (OhmMeterHost *self);

/* p99 of how late live polls started, in microseconds, since the start; a power of two */
gint64 ohm_meter_host_get_jitter_us (OhmMeterHost *self);

G_END_DECLS
