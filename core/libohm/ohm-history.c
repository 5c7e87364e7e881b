/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-history.h"

typedef struct
{
  OhmMeter *meter;       /* (owned) */
  OhmSettings *settings; /* (owned) (nullable) */
  OhmHistoryLink link;
} OhmHistoryPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (OhmHistory, ohm_history, G_TYPE_OBJECT)

void
ohm_history_page_free (OhmHistoryPage *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_free (self->token);
  g_free (self);
}

OhmHistory *
ohm_history_new (GType type, OhmMeter *meter, OhmSettings *settings)
{
  OhmHistory *self;
  OhmHistoryPrivate *priv;

  g_return_val_if_fail (g_type_is_a (type, OHM_TYPE_HISTORY), NULL);
  g_return_val_if_fail (OHM_IS_METER (meter), NULL);

  self = g_object_new (type, NULL);
  priv = ohm_history_get_instance_private (self);
  priv->meter = g_object_ref (meter);
  priv->settings = settings != NULL ? ohm_settings_ref (settings) : NULL;
  return self;
}

OhmMeter *
ohm_history_get_meter (OhmHistory *self)
{
  OhmHistoryPrivate *priv;

  g_return_val_if_fail (OHM_IS_HISTORY (self), NULL);

  priv = ohm_history_get_instance_private (self);
  return priv->meter;
}

OhmSettings *
ohm_history_get_settings (OhmHistory *self)
{
  OhmHistoryPrivate *priv;

  g_return_val_if_fail (OHM_IS_HISTORY (self), NULL);

  priv = ohm_history_get_instance_private (self);
  return priv->settings;
}

void
ohm_history_set_link (OhmHistory *self, const OhmHistoryLink *link)
{
  OhmHistoryPrivate *priv;

  g_return_if_fail (OHM_IS_HISTORY (self));

  priv = ohm_history_get_instance_private (self);
  priv->link = link != NULL ? *link : (OhmHistoryLink){ NULL };
}

void
ohm_history_exchange (OhmHistory *self,
                      const OhmRequest *request,
                      OhmHistoryReplyFunc func,
                      gpointer user_data)
{
  OhmHistoryPrivate *priv;

  g_return_if_fail (OHM_IS_HISTORY (self));
  g_return_if_fail (request != NULL);
  g_return_if_fail (func != NULL);

  priv = ohm_history_get_instance_private (self);
  if (priv->link.exchange != NULL)
    {
      priv->link.exchange (priv->link.owner, request, func, user_data);
    }
  else
    {
      g_autoptr (GError) error = g_error_new_literal (OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                                                      "there is no link to the meter");

      func (/* reply */ NULL, error, user_data);
    }
}

void
ohm_history_range_async (OhmHistory *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (OHM_IS_HISTORY (self));

  OHM_HISTORY_GET_CLASS (self)->range_async (self, cancellable, callback, user_data);
}

gboolean
ohm_history_range_finish (OhmHistory *self,
                          GAsyncResult *result,
                          gint64 *ret_first_us,
                          gint64 *ret_last_us,
                          GError **error)
{
  g_return_val_if_fail (OHM_IS_HISTORY (self), FALSE);
  g_return_val_if_fail (ret_first_us != NULL && ret_last_us != NULL, FALSE);

  return OHM_HISTORY_GET_CLASS (self)->range_finish (self, result, ret_first_us, ret_last_us,
                                                     error);
}

void
ohm_history_read_async (OhmHistory *self,
                        gint64 from_us,
                        gint64 to_us,
                        const char *token,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_return_if_fail (OHM_IS_HISTORY (self));
  g_return_if_fail (from_us <= to_us);

  OHM_HISTORY_GET_CLASS (self)->read_async (self, from_us, to_us, token, cancellable, callback,
                                            user_data);
}

OhmHistoryPage *
ohm_history_read_finish (OhmHistory *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (OHM_IS_HISTORY (self), NULL);

  return OHM_HISTORY_GET_CLASS (self)->read_finish (self, result, error);
}

static void
ohm_history_dispose (GObject *object)
{
  OhmHistoryPrivate *priv = ohm_history_get_instance_private (OHM_HISTORY (object));

  g_clear_object (&priv->meter);
  g_clear_pointer (&priv->settings, ohm_settings_unref);
  G_OBJECT_CLASS (ohm_history_parent_class)->dispose (object);
}

static void
ohm_history_class_init (OhmHistoryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_history_dispose;
}

static void
ohm_history_init (OhmHistory *self)
{
}
