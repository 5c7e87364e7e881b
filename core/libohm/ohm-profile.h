/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-device-clock.h"
#include "ohm-facts.h"
#include "ohm-merge.h"

G_BEGIN_DECLS

#define OHM_TYPE_PROFILE (ohm_profile_get_type ())

/**
 * OhmProfile:
 *
 * A meter type as data, parsed and checked. Immutable, reference counted. The grammar is
 * design 4.2; its reference page is generated from the parser's tables.
 *
 * Since: 0.1
 */
typedef struct _OhmProfile OhmProfile;

OHM_API GType ohm_profile_get_type (void);

/**
 * OhmProfileLookup:
 * @id: a profile's id, from `inherits`
 * @user_data: as given to ohm_profile_parse()
 *
 * Returns: (transfer none) (nullable): the profile
 */
typedef OhmProfile *(*OhmProfileLookup) (const char *id, gpointer user_data);

/**
 * OhmLimits:
 * @registers_max: most registers in one request, 1..125; default 125
 * @functions: read functions to try in order, 0-terminated; default 3, then 4
 * @units: unit ids to try in order if the meter's file names none; @n_units 0 for 1
 * @n_units: their number, at most 8
 * @timeout_us: longest wait for an answer; 0 for the link's
 * @pause_us: shortest pause between two requests; 0 for none
 * @connect_pause_us: pause after connecting; 0 for none
 * @outstanding_max: exchanges at a time, 1..16; default 1
 * @quirks: what is forgiven in an answer
 * @stateful: (array length=n_stateful): registers whose reading has side effects
 * @n_stateful: their number
 * @holes: (array length=n_holes): registers that must not be read along
 * @n_holes: their number
 *
 * What the device can take; `[limits]` of a profile.
 *
 * Since: 0.1
 */
typedef struct
{
  guint registers_max;
  guint8 functions[3];
  guint8 units[8];
  guint n_units;
  gint64 timeout_us;
  gint64 pause_us;
  gint64 connect_pause_us;
  guint outstanding_max;
  OhmModbusQuirks quirks;
  const OhmRange *stateful;
  guint n_stateful;
  const OhmRange *holes;
  guint n_holes;
} OhmLimits;

/**
 * OhmWrite:
 * @name: what is set: `clock`
 * @address: first register
 * @count: registers, the high word first
 * @min: smallest permitted value of the whole (32 bit)
 * @max: largest permitted value
 * @fact: (nullable): a fact that has to have one of @fact_values
 * @fact_values: (nullable): texts separated by `,`
 *
 * A write that can be encoded; everything else cannot.
 *
 * Since: 0.1
 */
typedef struct
{
  const char *name;
  guint16 address;
  guint16 count;
  guint64 min;
  guint64 max;
  const char *fact;
  const char *fact_values;
} OhmWrite;

/**
 * OhmIdentifyRule:
 * @address: first register
 * @function: 3, 4 or 0 for what the type uses
 * @encoding: how the value lies there
 * @min: smallest accepted number
 * @max: largest accepted number
 * @pattern: (nullable): glob that a text has to match, instead of numbers
 * @score: what a match is worth, 1..100
 *
 * One read and predicate of `[identify]`.
 *
 * Since: 0.1
 */
typedef struct
{
  guint16 address;
  guint8 function;
  OhmEncoding encoding;
  double min;
  double max;
  const char *pattern;
  guint score;
} OhmIdentifyRule;

/**
 * ohm_profile_parse:
 * @file: name for messages; its stem must be the profile's id
 * @text: (array length=length): the text
 * @length: its length in bytes
 * @lookup: (nullable) (scope call): finds the profile that `inherits` names
 * @user_data: for @lookup
 * @error: %OHM_ERROR_PROFILE, `file:line: [group] key: reason`, with "did you mean" where it helps
 *
 * Returns: (transfer full) (nullable): the profile
 *
 * Since: 0.1
 */
OHM_API OhmProfile *ohm_profile_parse (const char *file,
                                       const char *text,
                                       gsize length,
                                       OhmProfileLookup lookup,
                                       gpointer user_data,
                                       GError **error);

/**
 * ohm_profile_parse_all:
 * @file: name for messages; its stem must be the profile's id
 * @text: (array length=length): the text
 * @length: its length in bytes
 * @lookup: (nullable) (scope call): finds the profile that this one inherits from
 * @user_data: for @lookup
 * @faults: (element-type utf8): gets all that is wrong, as `file:line: [group] key: reason`; what
 *   does not go together is told once every row is right
 *
 * As ohm_profile_parse() for who tells all that is wrong, and not only the first.
 *
 * Returns: (transfer full) (nullable): the profile; %NULL if anything is wrong
 *
 * Since: 0.1
 */
OHM_API OhmProfile *ohm_profile_parse_all (const char *file,
                                           const char *text,
                                           gsize length,
                                           OhmProfileLookup lookup,
                                           gpointer user_data,
                                           GPtrArray *faults);

/**
 * ohm_profile_new_empty:
 * @id: a type id
 * @name: its name
 *
 * For a plugin that brings no profile: an empty one of its own id.
 *
 * Returns: (transfer full): a profile without registers
 *
 * Since: 0.1
 */
OHM_API OhmProfile *ohm_profile_new_empty (const char *id, const char *name);

OHM_API OhmProfile *ohm_profile_ref (OhmProfile *self);
OHM_API void ohm_profile_unref (OhmProfile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmProfile, ohm_profile_unref)

/**
 * ohm_profile_get_id:
 * @self: a profile
 *
 * Returns: (not nullable): the type's id, as `type` in a meter's file names it
 *
 * Since: 0.1
 */
OHM_API const char *ohm_profile_get_id (OhmProfile *self);

/**
 * ohm_profile_get_name:
 * @self: a profile
 *
 * Returns: (not nullable): what people call the type
 *
 * Since: 0.1
 */
OHM_API const char *ohm_profile_get_name (OhmProfile *self);

/**
 * ohm_profile_get_revision:
 * @self: a profile
 *
 * Returns: its revision, which every record names
 *
 * Since: 0.1
 */
OHM_API guint ohm_profile_get_revision (OhmProfile *self);

/**
 * ohm_profile_get_family:
 * @self: a profile
 *
 * Returns: (nullable): the plugin that provides the class
 *
 * Since: 0.1
 */
OHM_API const char *ohm_profile_get_family (OhmProfile *self);

/**
 * ohm_profile_get_parent:
 * @self: a profile
 *
 * Returns: (nullable): the profile that it inherits from
 *
 * Since: 0.1
 */
OHM_API const char *ohm_profile_get_parent (OhmProfile *self);

/**
 * ohm_profile_get_source:
 * @self: a profile
 *
 * Returns: (nullable): where the register numbers come from
 *
 * Since: 0.1
 */
OHM_API const char *ohm_profile_get_source (OhmProfile *self);

/**
 * ohm_profile_get_file:
 * @self: a profile
 *
 * Returns: the file's name as it was given
 *
 * Since: 0.1
 */
OHM_API const char *ohm_profile_get_file (OhmProfile *self);

/**
 * ohm_profile_get_limits:
 * @self: a profile
 *
 * Returns: (transfer none): what a device of this type can be asked
 *
 * Since: 0.1
 */
OHM_API const OhmLimits *ohm_profile_get_limits (OhmProfile *self);

/**
 * ohm_profile_get_writes:
 * @self: a profile
 * @ret_n: (out): their number
 *
 * Returns: (transfer none) (array length=ret_n): the only writes that can be encoded
 *
 * Since: 0.1
 */
OHM_API const OhmWrite *ohm_profile_get_writes (OhmProfile *self, guint *ret_n);

/**
 * ohm_profile_get_identify_rules:
 * @self: a profile
 * @ret_n: (out): their number
 *
 * Returns: (transfer none) (array length=ret_n): what tells this type from others
 *
 * Since: 0.1
 */
OHM_API const OhmIdentifyRule *ohm_profile_get_identify_rules (OhmProfile *self, guint *ret_n);

/**
 * ohm_profile_find_write:
 * @self: a profile
 * @facts: (nullable): what is known of the device
 * @name: what is to be set: `clock`
 *
 * Returns: (transfer none) (nullable): the write, or %NULL if the type has none or the facts do not
 *   allow it
 *
 * Since: 0.1
 */
OHM_API const OhmWrite *
ohm_profile_find_write (OhmProfile *self, OhmFacts *facts, const char *name);

/**
 * ohm_profile_get_clocks:
 * @self: a profile
 * @ret_n: (out): their number
 *
 * Returns: (transfer none) (array length=ret_n): every clock that a device of this type may
 *   have, as `[clock]` lists them
 *
 * Since: 0.1
 */
OHM_API const OhmDeviceClock *ohm_profile_get_clocks (OhmProfile *self, guint *ret_n);

/**
 * ohm_profile_find_clock:
 * @self: a profile
 * @facts: (nullable): what is known of the device
 *
 * Returns: (transfer none) (nullable): how the device's clock is read; %NULL if it has none
 *
 * Since: 0.1
 */
OHM_API const OhmDeviceClock *ohm_profile_find_clock (OhmProfile *self, OhmFacts *facts);

/**
 * ohm_profile_get_extra:
 * @self: a profile
 * @key: a key of the group `[family]`
 *
 * `[family]` holds keys for the family's code; families declare them with
 * ohm_meter_class_set_extra_keys().
 *
 * Returns: (nullable): the value
 *
 * Since: 0.1
 */
OHM_API const char *ohm_profile_get_extra (OhmProfile *self, const char *key);

/**
 * ohm_profile_survey:
 * @self: a profile
 * @step: 0 for the first call
 * @last: (nullable): the answer to the previous request; %NULL at step 0
 * @facts: what is known so far, filled further
 * @ret_next: (out): the next request, its unit left alone; function from the fact `function`, or
 * the first of the limits
 * @ret_done: (out): %TRUE if there is no next request
 * @error: %OHM_ERROR_DEVICE if the device refuses every function
 *
 * The default survey: reads `[facts]`, repeats expanded, function 4 if 3 is refused (remembered as
 * the fact `function`), then probes alternatives (remembered as `choice.<point>`). Pure. A fact
 * that is refused is left out.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_profile_survey (OhmProfile *self,
                                     guint step,
                                     const OhmReply *last,
                                     OhmFactsBuilder *facts,
                                     OhmRequest *ret_next,
                                     gboolean *ret_done,
                                     GError **error);

/**
 * ohm_profile_plan:
 * @self: a profile
 * @facts: (nullable): what is known
 * @plan: filled with `[registers]`, repeats expanded, alternatives chosen, `@fact` resolved
 * @error: %OHM_ERROR_PROFILE
 *
 * A `scale=@fact` whose fact is not known leaves its point out.
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_profile_plan (OhmProfile *self,
                                   OhmFacts *facts,
                                   OhmPlan *plan,
                                   GError **error);

/**
 * OhmProfileRegister:
 * @name: point of a register row (unexpanded index replaced), or name of a fact
 * @function: 3, 4 or 0
 * @address: first register
 * @encoding: how it lies there
 * @is_unconfirmed: it is not the maker who says so
 * @classes: when it is read, OhmReadClass; 0 of a fact
 * @index: which alternative of the point it is, from 0
 *
 * Since: 0.1
 */
typedef struct
{
  const char *name;
  guint8 function;
  guint16 address;
  OhmEncoding encoding;
  gboolean is_unconfirmed;
  guint classes;
  guint index;
} OhmProfileRegister;

/**
 * ohm_profile_foreach_register:
 * @self: a profile
 * @func: called for every register row, alternative and fact, repeats expanded
 * @user_data: for @func
 *
 * Everything that the type reads but its clocks (ohm_profile_get_clocks()): how a simulator serves
 * any profile. `is_fact` tells the two apart.
 *
 * Since: 0.1
 */
OHM_API void ohm_profile_foreach_register (OhmProfile *self,
                                           void (*func) (const OhmProfileRegister *row,
                                                         gboolean is_fact,
                                                         gpointer user_data),
                                           gpointer user_data);

/**
 * ohm_profile_grammar_markdown:
 *
 * Returns: (transfer full): the reference page of the grammar, from the parser's own tables
 *
 * Since: 0.1
 */
OHM_API char *ohm_profile_grammar_markdown (void);

G_END_DECLS
