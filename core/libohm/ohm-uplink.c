/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-uplink.h"

G_DEFINE_ABSTRACT_TYPE (OhmUplink, ohm_uplink, G_TYPE_OBJECT)

void
ohm_verdict_free (OhmVerdict *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  g_free (self);
}

void
ohm_uplink_deliver_async (OhmUplink *self,
                          const OhmBatch *batch,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (OHM_IS_UPLINK (self));
  g_return_if_fail (batch != NULL && batch->n_records > 0);
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

static void
ohm_uplink_class_init (OhmUplinkClass *klass)
{
}

static void
ohm_uplink_init (OhmUplink *self)
{
}
