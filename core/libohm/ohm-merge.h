/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-modbus.h"
#include "ohm-plan.h"

G_BEGIN_DECLS

/**
 * OhmRange:
 * @function: 3 or 4; 0 for both
 * @first: first register
 * @last: last register
 *
 * Since: 0.1
 */
typedef struct
{
  guint8 function;
  guint16 first;
  guint16 last;
} OhmRange;

/**
 * OhmMergeRules:
 * @registers_max: most registers in one request, 1..125
 * @function: what function 0 of an entry means, 3 or 4
 * @gap_max: most unused registers that are worth reading along (ohm_merge_gap_cost())
 * @holes: (array length=n_holes): registers that must not be read along
 * @n_holes: their number
 * @refused: (nullable): a byte per entry; entries that the meter refused are left out
 *
 * What limits merging, from profile, link and experience.
 *
 * Since: 0.1
 */
typedef struct
{
  guint registers_max;
  guint8 function;
  guint gap_max;
  const OhmRange *holes;
  guint n_holes;
  const guint8 *refused;
} OhmMergeRules;

/**
 * OhmMerged:
 * @function: 3 or 4
 * @is_stateful: never retried blindly
 * @address: first register
 * @count: registers
 * @first: position of the request's first entry in the list of entry indices
 * @n: number of entries
 *
 * One request and the entries it serves.
 *
 * Since: 0.1
 */
typedef struct
{
  guint8 function;
  gboolean is_stateful;
  guint16 address;
  guint16 count;
  guint first;
  guint n;
} OhmMerged;

/**
 * OhmRequestList:
 * @requests: (array length=n_requests): the requests in reading order
 * @n_requests: their number
 * @entries: indices into the plan's entries, request by request
 * @n_entries: their number
 *
 * Since: 0.1
 */
typedef struct
{
  OhmMerged *requests;
  guint n_requests;
  guint *entries;
  guint n_entries;
} OhmRequestList;

/**
 * ohm_merge:
 * @plan: a sealed plan
 * @classes: a set of %OhmReadClass: entries of any of these are read
 * @rules: limits
 *
 * Entries to requests: the fewest requests that keep the rules. Registers of stateful and of
 * refused entries are never read along. An entry longer than the rules allow gets a request of its
 * own. Pure.
 *
 * Returns: (transfer full): the requests
 *
 * Since: 0.1
 */
OHM_API OhmRequestList *ohm_merge (OhmPlan *plan, guint classes, const OhmMergeRules *rules);

OHM_API void ohm_request_list_free (OhmRequestList *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmRequestList, ohm_request_list_free)

/**
 * ohm_merge_gap_cost:
 * @framing: how frames are delimited
 * @baud: line speed of a serial line; 0 for TCP
 * @latency_us: measured time from request to answer beyond the line time
 *
 * The gap in registers up to which reading along is cheaper than a request of its own: 2 bytes
 * per register against request, answer header, silences and turnaround (RTU: 13 characters and two
 * silences). On TCP any gap within a request is cheaper than a round trip.
 *
 * Returns: registers, 0..125
 *
 * Since: 0.1
 */
OHM_API guint ohm_merge_gap_cost (OhmFraming framing, guint baud, gint64 latency_us);

/**
 * ohm_merge_split:
 * @plan: a sealed plan
 * @list: the list that @request is of
 * @request: a request that was refused with exception 2 or 3
 * @ret_gap: (out) (optional): the gap at which it was split; function 0 if at none
 *
 * Splits a refused request at its widest gap, else in half between entries. A request of one
 * entry cannot be split.
 *
 * Returns: (transfer full) (nullable): two requests, or %NULL if @request serves one entry
 *
 * Since: 0.1
 */
OHM_API OhmRequestList *ohm_merge_split (OhmPlan *plan,
                                         const OhmRequestList *list,
                                         const OhmMerged *request,
                                         OhmRange *ret_gap);

G_END_DECLS
