/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-link.h"
#include "ohm-profile-catalog.h"

G_BEGIN_DECLS

/* Most reads that one identification may make (design 4.2): no address walk, no login, ever. */
#define OHM_IDENTIFY_READS_MAX 12

/* A lower score is a guess, and a person has to say what the meter is. */
#define OHM_IDENTIFY_SURE 50

/**
 * OhmCandidate:
 * @id: type id
 * @name: its name
 * @score: 0..100, the sum of what matched
 * @missed: what was looked for and not found, in the same points: tells types of equal score apart
 * @evidence: what matched, in words
 *
 * A type that a device may be.
 */
typedef struct
{
  char *id;
  char *name;
  guint score;
  guint missed;
  char **evidence;
} OhmCandidate;

void ohm_candidate_free (OhmCandidate *self);

/**
 * OhmIdentification:
 * @candidates: (element-type OhmCandidate): best first; empty if the device answers but fits no
 * type
 * @latency_us: mean time of an answer
 * @function: the read function that the device takes, 3 or 4
 */
typedef struct
{
  GPtrArray *candidates;
  gint64 latency_us;
  guint8 function;
} OhmIdentification;

void ohm_identification_free (OhmIdentification *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmIdentification, ohm_identification_free)

/**
 * OhmIdentifyTarget:
 * @unit: unit id; it need not be registered with the link
 * @priority: whose question it is: an operator's is asked whatever the unit did before
 */
typedef struct
{
  guint8 unit;
  OhmPriority priority;
} OhmIdentifyTarget;

/**
 * ohm_identify_async:
 * @link: the path
 * @target: whom to ask
 * @profiles: all types
 * @cancellable: (nullable): gives up
 * @callback: called when done
 * @user_data: for @callback
 *
 * Asks for registers that the rules of types look at, each at most once, those first that tell most
 * of the types still in question; with function 3 and then 4. Ends when no answer could change
 * which type is best, and ranks the types. Devices that keep silent instead of refusing a register
 * they do not have lose that read alone.
 */
void ohm_identify_async (OhmLink *link,
                         const OhmIdentifyTarget *target,
                         OhmProfileCatalog *profiles,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);

/* (transfer full) (nullable): NULL with the link's error if the unit did not answer at all */
OhmIdentification *ohm_identify_finish (OhmLink *link, GAsyncResult *result, GError **error);

G_END_DECLS
