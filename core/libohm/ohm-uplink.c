/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-uplink.h"

typedef struct
{
  char *id;              /* (owned) */
  char *gateway;         /* (owned) */
  OhmSettings *settings; /* (owned) */
  OhmClock *clock;       /* (owned) */
  OhmSecrets *secrets;   /* (owned) */
  OhmClaimState claim;
  char *account;       /* (owned) (nullable) */
  OhmMessage *message; /* (owned) (nullable) */
} OhmUplinkPrivate;

enum
{
  PROP_CLAIM = 1,
  N_PROPS,
};

static GParamSpec *ohm_uplink_props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (OhmUplink, ohm_uplink, G_TYPE_OBJECT)

OhmVerdict *
ohm_verdict_new (OhmVerdictKind kind, OhmMessage *message)
{
  OhmVerdict *self = g_new0 (OhmVerdict, 1);

  self->kind = kind;
  self->message = message;
  return self;
}

void
ohm_verdict_free (OhmVerdict *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->message, ohm_message_unref);
  g_free (self->text);
  g_free (self);
}

const char *
ohm_verdict_kind_to_string (OhmVerdictKind kind)
{
  static const char *const names[] = {
    [OHM_VERDICT_ACCEPTED] = "accepted",   [OHM_VERDICT_PARTLY] = "partly",
    [OHM_VERDICT_TRANSIENT] = "transient", [OHM_VERDICT_UNCLEAR] = "unclear",
    [OHM_VERDICT_DATA] = "data",           [OHM_VERDICT_SIZE] = "size",
    [OHM_VERDICT_AUTH] = "auth",           [OHM_VERDICT_CONFIGURATION] = "configuration",
  };

  g_return_val_if_fail (kind <= OHM_VERDICT_CONFIGURATION, "unknown");
  return names[kind];
}

const char *
ohm_claim_state_to_string (OhmClaimState state)
{
  static const char *const names[] = {
    [OHM_CLAIM_NONE] = "none",           [OHM_CLAIM_UNKNOWN] = "unknown",
    [OHM_CLAIM_UNCLAIMED] = "unclaimed", [OHM_CLAIM_CLAIMED] = "claimed",
    [OHM_CLAIM_LOST] = "lost",
  };

  g_return_val_if_fail (state <= OHM_CLAIM_LOST, "unknown");
  return names[state];
}

OhmUplink *
ohm_uplink_new (GType type, const OhmUplinkSetup *setup)
{
  OhmUplink *self;
  OhmUplinkPrivate *priv;

  g_return_val_if_fail (g_type_is_a (type, OHM_TYPE_UPLINK), NULL);
  g_return_val_if_fail (setup != NULL && setup->id != NULL && setup->gateway != NULL, NULL);
  g_return_val_if_fail (setup->settings != NULL && OHM_IS_CLOCK (setup->clock), NULL);
  g_return_val_if_fail (OHM_IS_SECRETS (setup->secrets), NULL);

  self = g_object_new (type, NULL);
  priv = ohm_uplink_get_instance_private (self);
  priv->id = g_strdup (setup->id);
  priv->gateway = g_strdup (setup->gateway);
  priv->settings = ohm_settings_ref (setup->settings);
  priv->clock = g_object_ref (setup->clock);
  priv->secrets = g_object_ref (setup->secrets);
  return self;
}

const char *
ohm_uplink_get_id (OhmUplink *self)
{
  OhmUplinkPrivate *priv;

  g_return_val_if_fail (OHM_IS_UPLINK (self), NULL);

  priv = ohm_uplink_get_instance_private (self);
  return priv->id;
}

const char *
ohm_uplink_get_gateway (OhmUplink *self)
{
  OhmUplinkPrivate *priv;

  g_return_val_if_fail (OHM_IS_UPLINK (self), NULL);

  priv = ohm_uplink_get_instance_private (self);
  return priv->gateway;
}

OhmSettings *
ohm_uplink_get_settings (OhmUplink *self)
{
  OhmUplinkPrivate *priv;

  g_return_val_if_fail (OHM_IS_UPLINK (self), NULL);

  priv = ohm_uplink_get_instance_private (self);
  return priv->settings;
}

OhmClock *
ohm_uplink_get_clock (OhmUplink *self)
{
  OhmUplinkPrivate *priv;

  g_return_val_if_fail (OHM_IS_UPLINK (self), NULL);

  priv = ohm_uplink_get_instance_private (self);
  return priv->clock;
}

OhmSecrets *
ohm_uplink_get_secrets (OhmUplink *self)
{
  OhmUplinkPrivate *priv;

  g_return_val_if_fail (OHM_IS_UPLINK (self), NULL);

  priv = ohm_uplink_get_instance_private (self);
  return priv->secrets;
}

guint
ohm_uplink_get_flags (OhmUplink *self)
{
  g_return_val_if_fail (OHM_IS_UPLINK (self), 0);

  return OHM_UPLINK_GET_CLASS (self)->get_flags (self);
}

void
ohm_uplink_start (OhmUplink *self)
{
  g_return_if_fail (OHM_IS_UPLINK (self));

  OHM_UPLINK_GET_CLASS (self)->start (self);
}

void
ohm_uplink_deliver_async (OhmUplink *self,
                          OhmBatch *batch,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (OHM_IS_UPLINK (self));
  g_return_if_fail (batch != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  OHM_UPLINK_GET_CLASS (self)->deliver_async (self, batch, cancellable, callback, user_data);
}

OhmVerdict *
ohm_uplink_deliver_finish (OhmUplink *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (OHM_IS_UPLINK (self), NULL);
  g_return_val_if_fail (G_IS_ASYNC_RESULT (result), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return OHM_UPLINK_GET_CLASS (self)->deliver_finish (self, result, error);
}

gboolean
ohm_uplink_can_send (OhmUplink *self)
{
  g_return_val_if_fail (OHM_IS_UPLINK (self), FALSE);

  return OHM_UPLINK_GET_CLASS (self)->send_async != NULL;
}

void
ohm_uplink_send_async (OhmUplink *self,
                       OhmSamples *samples,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_return_if_fail (ohm_uplink_can_send (self));
  g_return_if_fail (samples != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  OHM_UPLINK_GET_CLASS (self)->send_async (self, samples, cancellable, callback, user_data);
}

OhmVerdict *
ohm_uplink_send_finish (OhmUplink *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (ohm_uplink_can_send (self), NULL);
  g_return_val_if_fail (G_IS_ASYNC_RESULT (result), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return OHM_UPLINK_GET_CLASS (self)->send_finish (self, result, error);
}

void
ohm_uplink_secret_changed (OhmUplink *self, const char *name)
{
  OhmUplinkClass *klass;

  g_return_if_fail (OHM_IS_UPLINK (self));
  g_return_if_fail (name != NULL);

  klass = OHM_UPLINK_GET_CLASS (self);
  if (klass->secret_changed != NULL)
    klass->secret_changed (self, name);
}

gboolean
ohm_uplink_can_claim (OhmUplink *self)
{
  g_return_val_if_fail (OHM_IS_UPLINK (self), FALSE);

  return OHM_UPLINK_GET_CLASS (self)->claim_async != NULL &&
         ohm_uplink_get_claim (self) != OHM_CLAIM_NONE;
}

void
ohm_uplink_claim_async (OhmUplink *self,
                        OhmClaimPromptFunc prompt,
                        gpointer prompt_data,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_return_if_fail (ohm_uplink_can_claim (self));
  g_return_if_fail (prompt != NULL);

  OHM_UPLINK_GET_CLASS (self)->claim_async (self, prompt, prompt_data, cancellable, callback,
                                            user_data);
}

gboolean
ohm_uplink_claim_finish (OhmUplink *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (OHM_IS_UPLINK (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return OHM_UPLINK_GET_CLASS (self)->claim_finish (self, result, error);
}

void
ohm_uplink_unlink_async (OhmUplink *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (ohm_uplink_can_claim (self));

  OHM_UPLINK_GET_CLASS (self)->unlink_async (self, callback, user_data);
}

gboolean
ohm_uplink_unlink_finish (OhmUplink *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (OHM_IS_UPLINK (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return OHM_UPLINK_GET_CLASS (self)->unlink_finish (self, result, error);
}

void
ohm_uplink_set_claim (OhmUplink *self,
                      OhmClaimState state,
                      const char *account,
                      OhmMessage *message)
{
  OhmUplinkPrivate *priv;

  g_return_if_fail (OHM_IS_UPLINK (self));

  priv = ohm_uplink_get_instance_private (self);
  priv->claim = state;
  g_free (priv->account);
  priv->account = g_strdup (account);
  g_clear_pointer (&priv->message, ohm_message_unref);
  priv->message = message != NULL ? ohm_message_ref (message) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), ohm_uplink_props[PROP_CLAIM]);
}

OhmClaimState
ohm_uplink_get_claim (OhmUplink *self)
{
  OhmUplinkPrivate *priv;

  g_return_val_if_fail (OHM_IS_UPLINK (self), OHM_CLAIM_NONE);

  priv = ohm_uplink_get_instance_private (self);
  return priv->claim;
}

const char *
ohm_uplink_get_account (OhmUplink *self)
{
  OhmUplinkPrivate *priv;

  g_return_val_if_fail (OHM_IS_UPLINK (self), NULL);

  priv = ohm_uplink_get_instance_private (self);
  return priv->account;
}

OhmMessage *
ohm_uplink_get_claim_message (OhmUplink *self)
{
  OhmUplinkPrivate *priv;

  g_return_val_if_fail (OHM_IS_UPLINK (self), NULL);

  priv = ohm_uplink_get_instance_private (self);
  return priv->message;
}

static void
ohm_uplink_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  g_return_if_fail (id == PROP_CLAIM);

  g_value_set_uint (value, ohm_uplink_get_claim (OHM_UPLINK (object)));
}

static void
ohm_uplink_finalize (GObject *object)
{
  OhmUplinkPrivate *priv = ohm_uplink_get_instance_private (OHM_UPLINK (object));

  g_free (priv->id);
  g_free (priv->gateway);
  g_clear_pointer (&priv->settings, ohm_settings_unref);
  g_clear_object (&priv->clock);
  g_clear_object (&priv->secrets);
  g_free (priv->account);
  g_clear_pointer (&priv->message, ohm_message_unref);
  G_OBJECT_CLASS (ohm_uplink_parent_class)->finalize (object);
}

static guint
ohm_uplink_get_no_flags (OhmUplink *self)
{
  return 0;
}

static void
ohm_uplink_start_nothing (OhmUplink *self)
{
}

static void
ohm_uplink_class_init (OhmUplinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ohm_uplink_get_property;
  object_class->finalize = ohm_uplink_finalize;
  klass->get_flags = ohm_uplink_get_no_flags;
  klass->start = ohm_uplink_start_nothing;

  ohm_uplink_props[PROP_CLAIM] = g_param_spec_uint ("claim", NULL, "an OhmClaimState", 0,
                                                    OHM_CLAIM_LOST, OHM_CLAIM_NONE,
                                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, ohm_uplink_props);
}

static void
ohm_uplink_init (OhmUplink *self)
{
}
