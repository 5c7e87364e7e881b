/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-encoding.h"
#include "ohm-point-set.h"
#include "ohm-request.h"

G_BEGIN_DECLS

#define OHM_TYPE_PLAN (ohm_plan_get_type ())

/**
 * OhmEntryFlags:
 * @OHM_ENTRY_RAW: decoded by the meter's own decode()
 * @OHM_ENTRY_STATEFUL: reading has side effects: never merged, probed or retried blindly
 * @OHM_ENTRY_ABSENT: the device does not have it at present: never asked for, always missing
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_ENTRY_RAW = 1 << 0,
  OHM_ENTRY_STATEFUL = 1 << 1,
  OHM_ENTRY_ABSENT = 1 << 2,
} OhmEntryFlags;

/**
 * OhmRegister:
 * @point: name of the point
 * @address: first register, as on the wire
 * @format: how the value lies there
 * @scale: factor into the point's unit; 0 is read as 1
 * @function: 3 or 4; 0 for what the type uses
 * @classes: a set of %OhmReadClass; 0 is read as live
 * @flags: a set of %OhmEntryFlags
 * @is_low_first: low word first
 * @unit: (nullable): a unit that replaces the quantity's own
 *
 * A row of a register table in C, the same columns as a profile's row.
 *
 * Since: 0.1
 */
typedef struct
{
  const char *point;
  guint16 address;
  OhmFormat format;
  double scale;
  guint8 function;
  guint8 classes;
  guint8 flags;
  gboolean is_low_first;
  const char *unit;
} OhmRegister;

/**
 * OhmEntry:
 * @point: index in the plan's point set
 * @address: first register
 * @function: 3 or 4; 0 for what the type uses
 * @classes: a set of %OhmReadClass
 * @flags: a set of %OhmEntryFlags
 * @encoding: how the value lies in the registers
 *
 * What is read for one point, and when.
 *
 * Since: 0.1
 */
typedef struct
{
  guint point;
  guint16 address;
  guint8 function;
  guint8 classes;
  guint8 flags;
  OhmEncoding encoding;
} OhmEntry;

/**
 * OhmGuard:
 * @function: 3 or 4; 0 for what the type uses
 * @address: first register
 * @count: registers
 *
 * Registers that tell whether the plan still is the device's own.
 *
 * Since: 0.1
 */
typedef struct
{
  guint8 function;
  guint16 address;
  guint16 count;
} OhmGuard;

/**
 * OhmPlan:
 *
 * All entries of one meter: filled by plan(), then sealed and immutable. Sealing interns the
 * point set and sorts the entries by function and address. Main thread while it is filled.
 *
 * Since: 0.1
 */
typedef struct _OhmPlan OhmPlan;

OHM_API GType ohm_plan_get_type (void);

/**
 * ohm_plan_new:
 *
 * Returns: (transfer full): an empty plan, to be filled and sealed
 *
 * Since: 0.1
 */
OHM_API OhmPlan *ohm_plan_new (void);
OHM_API OhmPlan *ohm_plan_ref (OhmPlan *self);
OHM_API void ohm_plan_unref (OhmPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmPlan, ohm_plan_unref)

/**
 * ohm_plan_add:
 * @self: a plan that is not sealed
 * @point: name of the point; each name once
 * @unit: (nullable): a unit that replaces the quantity's own
 * @entry: the entry; its `point` is ignored
 * @error: %OHM_ERROR_PROFILE for an unknown or second point, a block past 65535, a class of 0,
 *   another function than 0, 3 and 4, text that is not raw (text is a fact), a sum of
 *   more registers than one request reads, more than %OHM_POINT_SET_MAX points
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_plan_add (OhmPlan *self,
                               const char *point,
                               const char *unit,
                               const OhmEntry *entry,
                               GError **error);

/**
 * ohm_plan_add_register:
 * @self: a plan that is not sealed
 * @row: a row of a table in C
 * @error: as ohm_plan_add()
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_plan_add_register (OhmPlan *self, const OhmRegister *row, GError **error);

/**
 * ohm_plan_add_pushed:
 * @self: a plan that is not sealed
 * @point: name of the point
 * @unit: (nullable): a unit that replaces the quantity's own
 * @is_integer: whether values are exact integers
 * @error: as ohm_plan_add()
 *
 * A point that no request reads: it comes with telegrams that a transport pushes.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_plan_add_pushed (OhmPlan *self,
                                      const char *point,
                                      const char *unit,
                                      gboolean is_integer,
                                      GError **error);

/**
 * ohm_plan_add_guard:
 * @self: a plan that is not sealed
 * @guard: what is to be read, at most %OHM_READ_REGISTERS_MAX registers
 *
 * For a device whose registers change their meaning: before values of the classes slow and slot are
 * read, the meter's check() judges what these hold. If it finds another device than facts describe,
 * nothing is read, and it is surveyed anew.
 *
 * Since: 0.1
 */
OHM_API void ohm_plan_add_guard (OhmPlan *self, const OhmGuard *guard);

/**
 * ohm_plan_get_guards:
 * @self: a plan
 * @ret_n: (out): number of guards
 *
 * Returns: (transfer none) (array length=ret_n): guards in the order they were added
 *
 * Since: 0.1
 */
OHM_API const OhmGuard *ohm_plan_get_guards (OhmPlan *self, guint *ret_n);

/**
 * ohm_plan_seal:
 * @self: a plan
 *
 * Since: 0.1
 */
OHM_API void ohm_plan_seal (OhmPlan *self);

/**
 * ohm_plan_get_points:
 * @self: a sealed plan
 *
 * Returns: (transfer none): the points, in the order they were added
 *
 * Since: 0.1
 */
OHM_API OhmPointSet *ohm_plan_get_points (OhmPlan *self);

/**
 * ohm_plan_get_entries:
 * @self: a sealed plan
 * @ret_n: (out): number of entries
 *
 * Returns: (transfer none) (array length=ret_n): entries sorted by function and address
 *
 * Since: 0.1
 */
OHM_API const OhmEntry *ohm_plan_get_entries (OhmPlan *self, guint *ret_n);

G_END_DECLS
