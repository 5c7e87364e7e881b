/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-place.h"
#include "ohm-store.h"

G_BEGIN_DECLS

#define OHM_TYPE_PLACES (ohm_places_get_type ())

/*
 * The registry of places: which place is measured by which meter and group, and the run it is
 * in. Places outlive their meters: one without a meter keeps its history. Emits `place-changed`.
 * Main thread.
 */
G_DECLARE_FINAL_TYPE (OhmPlaces, ohm_places, OHM, PLACES, GObject)

/* `[place ID]` of a meter's file. */
typedef struct
{
  const char *id;
  const char *name;   /* (nullable): the id */
  const char *source; /* (nullable): the group or input; none */
  const char *medium; /* (nullable): told by the counters */
  const char *parent; /* (nullable) */
  gboolean is_inverted;
  double factor; /* 0 is read as 1 */
  guint line;    /* where the file says so; 0 for none */
} OhmPlaceSpec;

/*
 * OhmPlacesMeter:
 * @id: the meter's id
 * @name: (nullable): what people call it
 * @specs: (array length=n_specs): its configured places, perhaps none
 * @plan: (nullable): its sealed plan; %NULL while that is unknown
 * @serial: (nullable): as surveyed
 * @address: (nullable): its link and unit; %NULL for a virtual one
 * @facts: (nullable): what the device says; `name.GROUP` names a place that nobody configured
 * @profile_revision: revision of its profile
 * @is_virtual: it is computed from others
 * @file: (nullable): where it is configured, and
 * @line: the line that is to blame for places that it does not name
 */
typedef struct
{
  const char *id;
  const char *name;
  const OhmPlaceSpec *specs;
  guint n_specs;
  OhmPlan *plan;
  const char *serial;
  const char *address;
  OhmFacts *facts;
  guint profile_revision;
  gboolean is_virtual;
  const char *file;
  guint line;
} OhmPlacesMeter;

OhmPlaces *ohm_places_new (OhmStore *store, OhmBus *bus);

/* Whether @meter is to have @place, as its file and its plan say; while its plan is unknown,
 * whether it may. */
typedef gboolean (*OhmPlacesClaims) (const char *meter, const char *place, gpointer user_data);

/*
 * Who keeps a place that two meters want does not depend on who is told first: the one that holds
 * it (ohm_places_get_holder()), else the one that is called so, as long as it claims it.
 */
void ohm_places_set_claims_func (OhmPlaces *self, OhmPlacesClaims claims, gpointer user_data);

/* (transfer none) (nullable): who measures a place; without a meter, who did by its open run */
const char *ohm_places_get_holder (OhmPlaces *self, const char *id);

/* Takes over what the store remembers; before the first meter, or late if the store was. */
void ohm_places_load (OhmPlaces *self, const OhmStoreContent *content);

/*
 * Says what a meter is now, whenever its instance or configuration changes. Without specs each
 * group with counters is a place: the meter's id, or `METER-GROUP`. Counters are the energy
 * points that the plan reads at slots, or that are pushed.
 *
 * %OHM_ERROR_CONFIG: an id that belongs to another meter's place or comes twice. %OHM_ERROR_EXISTS:
 * without specs it would go on with the series of a meter that was removed, and cannot prove to be
 * that one. Nothing changes then. %OHM_ERROR_CONFIG also for sources that the meter does not have:
 * their places have no counters and gaps, all others go on.
 */
gboolean ohm_places_update_meter (OhmPlaces *self, const OhmPlacesMeter *meter, GError **error);

/* The meter is gone or disabled; its places stay, without a meter. */
void ohm_places_remove_meter (OhmPlaces *self, const char *meter);

/* The meter gets another id, as ohm_store_rename_meter() was told: its runs go on under that. */
void ohm_places_follow_meter (OhmPlaces *self, const char *meter, const char *new_meter);

typedef gboolean (*OhmPlacesIsThere) (const char *meter, gpointer user_data);

/* Once the configuration is read: a meter whose file went while nobody looked was removed. */
void ohm_places_forget_gone (OhmPlaces *self, OhmPlacesIsThere is_there, gpointer user_data);

/*
 * Ids are never used again (design 4.7): what a meter that is gone has recorded must not go on with
 * the counter of another.
 * @places: (array zero-terminated=1): ids of places in the new meter's file
 * @is_same: the owner says that it is the same meter: the runs of these places go on, unless
 * the serials differ
 *
 * What is claimed is settled by ohm_places_end_claim(), in the same turn of the main loop.
 *
 * %OHM_ERROR_EXISTS: a meter @meter would go on with such a place, and nobody said so
 */
gboolean ohm_places_claim (OhmPlaces *self,
                           const char *meter,
                           const char *const *places,
                           gboolean is_same,
                           GError **error);

/* Ends what ohm_places_claim() began. @is_done: the meters are there; else nothing was said. */
void ohm_places_end_claim (OhmPlaces *self, gboolean is_done);

/* The owner says that the meter stays the same at another address: its runs go on there. */
void ohm_places_keep_runs (OhmPlaces *self, const char *meter);

/*
 * Forgets places for good, with all that was recorded for them; see ohm_store_purge_place_async().
 * @ids: (array zero-terminated=1). %OHM_ERROR_BUSY for one that a meter still measures,
 * %OHM_ERROR_STORE; the others are forgotten all the same.
 */
void ohm_places_purge_async (OhmPlaces *self,
                             const char *const *ids,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean ohm_places_purge_finish (OhmPlaces *self, GAsyncResult *result, GError **error);

/* (transfer none) (nullable) */
OhmPlace *ohm_places_get (OhmPlaces *self, const char *id);

/* (transfer container) (element-type OhmPlace): all, sorted by id */
GPtrArray *ohm_places_list (OhmPlaces *self);

/* (transfer none) (nullable) (element-type OhmPlace): those of a meter */
GPtrArray *ohm_places_of_meter (OhmPlaces *self, const char *meter);

/*
 * OhmPlaceStatus:
 * @slot_us: end of the newest slot that was recorded or is known to be missing; 0 if there is none
 * @is_gap: nothing was recorded for it
 * @cause: of the gap
 * @recorded_us: end of the newest slot that was recorded; 0 if there is none, or none of the open
 * run was when the daemon started
 * @since_us: since when it has been so, UTC: the first slot of this kind; 0 without a slot
 */
typedef struct
{
  gint64 slot_us;
  gboolean is_gap;
  OhmGapCause cause;
  gint64 recorded_us;
  gint64 since_us;
} OhmPlaceStatus;

/* How the place's series stands. Returns: %FALSE if there is no such place */
gboolean ohm_places_get_status (OhmPlaces *self, const char *id, OhmPlaceStatus *ret_status);

/*
 * OhmPlacesExchange:
 * @last: (nullable) (element-type OhmRecord): typed counters of the old device, at most one record
 *   for each place
 * @first: (nullable) (element-type OhmRecord): the same of the new one
 * @max_w: largest power that the old one can measure; 0 if that is not known
 * @is_forced: what was typed is taken as it is
 */
typedef struct
{
  GPtrArray *last;
  GPtrArray *first;
  double max_w;
  gboolean is_forced;
} OhmPlacesExchange;

/*
 * Exchange (design 4.5): closes the open runs of all places of a meter and opens the next ones.
 * %OHM_ERROR_NOT_FOUND (a record of another place, too), %OHM_ERROR_CONFIG (typed counters that
 * cannot be), %OHM_ERROR_STORE; nothing changes then.
 */
void ohm_places_replace_async (OhmPlaces *self,
                               const char *meter,
                               const OhmPlacesExchange *exchange,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean ohm_places_replace_finish (OhmPlaces *self, GAsyncResult *result, GError **error);

/* Gives a place another id. Errors as ohm_store_rename_place_async(). */
void ohm_places_rename_async (OhmPlaces *self,
                              const char *id,
                              const char *new_id,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean ohm_places_rename_finish (OhmPlaces *self, GAsyncResult *result, GError **error);

G_END_DECLS
