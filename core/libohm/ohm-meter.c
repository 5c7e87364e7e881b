/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-meter.h"

#include "ohm-profile-private.h"

typedef struct
{
  OhmProfile *profile; /* (owned) (not nullable) */
  OhmFacts *facts;     /* (owned) (nullable) */
} OhmMeterPrivate;

/* not abstract: a type that is only a profile needs no class of its own */
G_DEFINE_TYPE_WITH_PRIVATE (OhmMeter, ohm_meter, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_PROFILE,
  PROP_FACTS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static gboolean
ohm_meter_survey_default (OhmMeter *self,
                          guint step,
                          const OhmReply *last,
                          OhmFactsBuilder *facts,
                          OhmRequest *ret_next,
                          gboolean *ret_done,
                          GError **error)
{
  OhmMeterPrivate *priv = ohm_meter_get_instance_private (self);

  return ohm_profile_survey (priv->profile, step, last, facts, ret_next, ret_done, error);
}

static gboolean
ohm_meter_plan_default (OhmMeter *self, OhmPlan *plan, GError **error)
{
  OhmMeterPrivate *priv = ohm_meter_get_instance_private (self);
  const OhmMeterClass *klass = OHM_METER_GET_CLASS (self);

  for (guint i = 0; i < klass->n_registers; i++)
    if (!ohm_plan_add_register (plan, &klass->registers[i], error))
      return FALSE;
  return ohm_profile_plan (priv->profile, priv->facts, plan, error);
}

static void
ohm_meter_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  OhmMeterPrivate *priv = ohm_meter_get_instance_private (OHM_METER (object));

  switch (id)
    {
    case PROP_PROFILE:
      priv->profile = g_value_dup_boxed (value);
      break;
    case PROP_FACTS:
      priv->facts = g_value_dup_boxed (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ohm_meter_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  OhmMeterPrivate *priv = ohm_meter_get_instance_private (OHM_METER (object));

  switch (id)
    {
    case PROP_PROFILE:
      g_value_set_boxed (value, priv->profile);
      break;
    case PROP_FACTS:
      g_value_set_boxed (value, priv->facts);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ohm_meter_finalize (GObject *object)
{
  OhmMeterPrivate *priv = ohm_meter_get_instance_private (OHM_METER (object));

  g_clear_pointer (&priv->facts, ohm_facts_unref);
  g_clear_pointer (&priv->profile, ohm_profile_unref);
  G_OBJECT_CLASS (ohm_meter_parent_class)->finalize (object);
}

static void
ohm_meter_class_init (OhmMeterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS |
                            G_PARAM_EXPLICIT_NOTIFY;

  object_class->set_property = ohm_meter_set_property;
  object_class->get_property = ohm_meter_get_property;
  object_class->finalize = ohm_meter_finalize;
  klass->survey = ohm_meter_survey_default;
  klass->plan = ohm_meter_plan_default;
  properties[PROP_PROFILE] = g_param_spec_boxed ("profile", /* nick */ NULL, /* blurb */ NULL,
                                                 OHM_TYPE_PROFILE, flags);
  properties[PROP_FACTS] = g_param_spec_boxed ("facts", /* nick */ NULL, /* blurb */ NULL,
                                               OHM_TYPE_FACTS, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ohm_meter_init (OhmMeter *self)
{
}

OhmMeter *
ohm_meter_new (GType type, OhmProfile *profile, OhmFacts *facts)
{
  g_return_val_if_fail (g_type_is_a (type, OHM_TYPE_METER), NULL);
  g_return_val_if_fail (profile != NULL, NULL);

  return g_object_new (type, "profile", profile, "facts", facts, NULL);
}

OhmProfile *
ohm_meter_get_profile (OhmMeter *self)
{
  OhmMeterPrivate *priv;

  g_return_val_if_fail (OHM_IS_METER (self), NULL);

  priv = ohm_meter_get_instance_private (self);
  return priv->profile;
}

OhmFacts *
ohm_meter_get_facts (OhmMeter *self)
{
  OhmMeterPrivate *priv;

  g_return_val_if_fail (OHM_IS_METER (self), NULL);

  priv = ohm_meter_get_instance_private (self);
  return priv->facts;
}

gboolean
ohm_meter_survey (OhmMeter *self,
                  guint step,
                  const OhmReply *last,
                  OhmFactsBuilder *facts,
                  OhmRequest *ret_next,
                  gboolean *ret_done,
                  GError **error)
{
  g_return_val_if_fail (OHM_IS_METER (self), FALSE);
  g_return_val_if_fail (facts != NULL, FALSE);
  g_return_val_if_fail (ret_next != NULL, FALSE);
  g_return_val_if_fail (ret_done != NULL, FALSE);

  return OHM_METER_GET_CLASS (self)->survey (self, step, last, facts, ret_next, ret_done, error);
}

/* Which keys a family reads is known only now, not when its profile was parsed. */
static gboolean
ohm_meter_check_extra_keys (OhmMeter *self, OhmProfile *profile, GError **error)
{
  static const char *const none[] = { NULL };
  const char *const *known = OHM_METER_GET_CLASS (self)->extra_keys;
  GHashTableIter iter;
  gpointer key;
  const char *meant;

  if (known == NULL)
    known = none;
  g_hash_table_iter_init (&iter, profile->extra);
  while (g_hash_table_iter_next (&iter, &key, /* value */ NULL))
    {
      if (g_strv_contains (known, key))
        continue;
      meant = ohm_suggest (key, known);
      g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE,
                   "profile '%s': [family] %s: unknown key%s%s%s", profile->id, (const char *) key,
                   meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "",
                   meant != NULL ? "'?" : "");
      return FALSE;
    }
  return TRUE;
}

OhmPlan *
ohm_meter_plan (OhmMeter *self, GError **error)
{
  g_autoptr (OhmPlan) plan = NULL;

  g_return_val_if_fail (OHM_IS_METER (self), NULL);

  if (!ohm_meter_check_extra_keys (self, ohm_meter_get_profile (self), error))
    return NULL;
  plan = ohm_plan_new ();
  if (!OHM_METER_GET_CLASS (self)->plan (self, plan, error))
    return NULL;
  ohm_plan_seal (plan);
  return g_steal_pointer (&plan);
}

gboolean
ohm_meter_decode (OhmMeter *self, const OhmReply *reply, OhmReadingBuilder *out, GError **error)
{
  OhmMeterClass *klass;

  g_return_val_if_fail (OHM_IS_METER (self), FALSE);
  g_return_val_if_fail (reply != NULL, FALSE);
  g_return_val_if_fail (out != NULL, FALSE);

  klass = OHM_METER_GET_CLASS (self);
  if (klass->decode != NULL)
    return klass->decode (self, reply, out, error);
  g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED, "%s decodes no raw entries",
               G_OBJECT_TYPE_NAME (self));
  return FALSE;
}

gboolean
ohm_meter_check (OhmMeter *self, const OhmReply *reply)
{
  OhmMeterClass *klass;

  g_return_val_if_fail (OHM_IS_METER (self), TRUE);
  g_return_val_if_fail (reply != NULL, TRUE);

  klass = OHM_METER_GET_CLASS (self);
  return klass->check == NULL || klass->check (self, reply);
}

void
ohm_meter_class_set_registers (OhmMeterClass *klass, const OhmRegister *registers, gsize n)
{
  g_return_if_fail (OHM_IS_METER_CLASS (klass));
  g_return_if_fail (registers != NULL || n == 0);
  g_return_if_fail (n <= OHM_POINT_SET_MAX);

  klass->registers = registers;
  klass->n_registers = (guint) n;
}

void
ohm_meter_class_set_extra_keys (OhmMeterClass *klass, const char *const *keys)
{
  g_return_if_fail (OHM_IS_METER_CLASS (klass));

  klass->extra_keys = keys;
}
