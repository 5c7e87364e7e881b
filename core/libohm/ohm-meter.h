/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-profile.h"
#include "ohm-reading.h"
#include "ohm-settings.h"

G_BEGIN_DECLS

#define OHM_TYPE_METER (ohm_meter_get_type ())

/**
 * OhmMeter:
 *
 * An instance of a meter type: profile, settings and facts, given at construction and never
 * changed. A meter does no input or output: the core asks it what to read and gives it the
 * answers. Main thread only.
 *
 * Since: 0.1
 */
OHM_API
G_DECLARE_DERIVABLE_TYPE (OhmMeter, ohm_meter, OHM, METER, GObject)

/**
 * OhmMeterClass:
 * @survey: pure step function: last answer in, next request or done out, facts filled on the
 *   way; the default is ohm_profile_survey(). The answer's length is never to be trusted. A step
 *   that refines the default chains up until it is done, then adds its own.
 * @plan: adds all entries; the default is the class's register table, then ohm_profile_plan()
 * @decode: an answer that serves entries marked raw, or a pushed telegram, to values; there is no
 *   default
 * @check: whether an answer to a guard of the plan is that of the device that facts describe; the
 *   default finds that it is. Pure; what cannot be judged is no other device
 *
 * Since: 0.1
 */
struct _OhmMeterClass
{
  GObjectClass parent_class;

  gboolean (*survey) (OhmMeter *self,
                      guint step,
                      const OhmReply *last,
                      OhmFactsBuilder *facts,
                      OhmRequest *ret_next,
                      gboolean *ret_done,
                      GError **error);
  gboolean (*plan) (OhmMeter *self, OhmPlan *plan, GError **error);
  gboolean (*decode) (OhmMeter *self,
                      const OhmReply *reply,
                      OhmReadingBuilder *out,
                      GError **error);

  /*< private >*/
  const OhmRegister *registers;
  guint n_registers;
  const char *const *extra_keys;

  /*< public >*/
  gboolean (*check) (OhmMeter *self, const OhmReply *reply);

  /*< private >*/
  gpointer padding[7];
};

/**
 * ohm_meter_new:
 * @type: %OHM_TYPE_METER for a type that is only a profile, or one derived from it
 * @profile: the type as data
 * @facts: (nullable): what the device said of itself at the last survey
 *
 * Returns: (transfer full): an instance
 *
 * Since: 0.1
 */
OHM_API OhmMeter *ohm_meter_new (GType type, OhmProfile *profile, OhmFacts *facts);

/**
 * ohm_meter_get_profile:
 * @self: a meter
 *
 * Returns: (transfer none): its type
 *
 * Since: 0.1
 */
OHM_API OhmProfile *ohm_meter_get_profile (OhmMeter *self);

/**
 * ohm_meter_get_facts:
 * @self: a meter
 *
 * Returns: (transfer none) (nullable): what its device says of itself
 *
 * Since: 0.1
 */
OHM_API OhmFacts *ohm_meter_get_facts (OhmMeter *self);

/**
 * ohm_meter_survey:
 * @self: a meter
 * @step: counts up from 0
 * @last: (nullable): answer to the previous request
 * @facts: filled on the way
 * @ret_next: (out): next request
 * @ret_done: (out): whether there is none
 * @error: return location
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_meter_survey (OhmMeter *self,
                                   guint step,
                                   const OhmReply *last,
                                   OhmFactsBuilder *facts,
                                   OhmRequest *ret_next,
                                   gboolean *ret_done,
                                   GError **error);

/**
 * ohm_meter_plan:
 * @self: a meter
 * @error: %OHM_ERROR_PROFILE, also for a key of the profile's `[family]` that the class has not
 * declared
 *
 * Returns: (transfer full) (nullable): the meter's plan, sealed
 *
 * Since: 0.1
 */
OHM_API OhmPlan *ohm_meter_plan (OhmMeter *self, GError **error);

/**
 * ohm_meter_decode:
 * @self: a meter
 * @reply: an answer to a request with raw entries, or a telegram
 * @out: what is being read
 * @error: %OHM_ERROR_NOT_SUPPORTED if the class has no decode
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_meter_decode (OhmMeter *self,
                                   const OhmReply *reply,
                                   OhmReadingBuilder *out,
                                   GError **error);

/**
 * ohm_meter_check:
 * @self: a meter
 * @reply: an answer to a guard of its plan
 *
 * Returns: %FALSE if the device is another one than facts describe
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_meter_check (OhmMeter *self, const OhmReply *reply);

/**
 * ohm_meter_class_set_registers:
 * @klass: a meter class
 * @registers: (array length=n): static rows
 * @n: their number
 *
 * Since: 0.1
 */
OHM_API void
ohm_meter_class_set_registers (OhmMeterClass *klass, const OhmRegister *registers, gsize n);

/**
 * ohm_meter_class_set_extra_keys:
 * @klass: a meter class
 * @keys: (array zero-terminated=1): static names of the keys that `[family]` of its profiles may
 * hold
 *
 * Since: 0.1
 */
OHM_API void ohm_meter_class_set_extra_keys (OhmMeterClass *klass, const char *const *keys);

/**
 * ohm_decode_reply:
 * @plan: a sealed plan
 * @list: requests of the plan
 * @request: the request that is answered
 * @reply: its answer, without exception
 * @out: what is being read
 *
 * The built-in decoding of every entry of @request that is not raw.
 *
 * Since: 0.1
 */
OHM_API void ohm_decode_reply (OhmPlan *plan,
                               const OhmRequestList *list,
                               const OhmMerged *request,
                               const OhmReply *reply,
                               OhmReadingBuilder *out);

/**
 * OHM_DEFINE_METER:
 * @TypeName: the type: `OhmSdm630Meter`
 * @type_name: its prefix: `ohm_sdm630_meter`
 *
 * Defines struct, final type and empty init of a meter without state.
 *
 * Since: 0.1
 */
#define OHM_DEFINE_METER(TypeName, type_name)                                                      \
  struct _##TypeName                                                                               \
  {                                                                                                \
    OhmMeter parent_instance;                                                                      \
  };                                                                                               \
  G_DEFINE_FINAL_TYPE (TypeName, type_name, OHM_TYPE_METER)                                        \
  static void type_name##_init (G_GNUC_UNUSED TypeName *self)                                      \
  {                                                                                                \
  }

G_END_DECLS
