/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery-private.h"

void
ohm_delivery_end_resend (OhmDelivery *self, GError *error_take)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->resend);
  g_autoptr (GError) error = error_take;

  if (task == NULL)
    return;
  ohm_delivery_drop_job (self, OHM_DELIVERY_SEND_RESEND);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, g_memdup2 (&self->resent, sizeof self->resent), g_free);
}

void
ohm_delivery_end_kept_resend (OhmDelivery *self)
{
  /* an account that is still being looked up is no cause */
  if (self->resend != NULL && self->state != OHM_DELIVERY_OK && self->message != NULL)
    ohm_delivery_end_resend (self, ohm_delivery_new_error (self));
}

static void
ohm_delivery_on_resend_cancelled (GCancellable *cancellable, gpointer user_data)
{
  OhmDelivery *self = user_data;

  /* a part on its way is answered first */
  if (!self->is_busy || self->kind != OHM_DELIVERY_SEND_RESEND)
    ohm_delivery_end_resend (self, /* error */ NULL);
}

void
ohm_delivery_resend_async (OhmDelivery *self,
                           gint64 from_us,
                           gint64 to_us,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (OHM_IS_DELIVERY (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_delivery_resend_async);
  if (!ohm_delivery_is_idempotent (self))
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                               "uplink '%s': sending again would double what is there", self->id);
      return;
    }
  if (self->resend != NULL || self->is_stopped)
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_BUSY,
                               "uplink '%s': something is being sent again already", self->id);
      return;
    }
  self->resend = g_steal_pointer (&task);
  self->resend_from_us = MAX (from_us, 0);
  self->resend_to_us = to_us;
  self->resent = (OhmDeliveryResent){ 0 };
  self->resend_progress = 0;
  self->cursors[OHM_DELIVERY_SEND_RESEND] = (OhmUplinkCursor){ 0 };
  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled",
                             G_CALLBACK (ohm_delivery_on_resend_cancelled), self, 0);
  if (!self->is_asked) /* a person stands by */
    self->not_before_us = 0;
  ohm_delivery_go_on (self);
}

gboolean
ohm_delivery_resend_finish (OhmDelivery *self,
                            GAsyncResult *result,
                            OhmDeliveryResent *ret_resent,
                            GError **error)
{
  g_autofree OhmDeliveryResent *resent = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  resent = g_task_propagate_pointer (G_TASK (result), error);
  if (resent != NULL && ret_resent != NULL)
    *ret_resent = *resent;
  return resent != NULL;
}

double
ohm_delivery_get_resend_progress (OhmDelivery *self)
{
  g_return_val_if_fail (OHM_IS_DELIVERY (self), -1);

  return self->resend != NULL ? self->resend_progress : -1;
}

void
ohm_dead_letter_free (OhmDeadLetter *self)
{
  g_free (self->place);
  g_free (self->text);
  g_free (self);
}

static OhmDeadLetter *
ohm_delivery_new_dead_letter (const OhmRefusal *refusal)
{
  OhmDeadLetter *self = g_new0 (OhmDeadLetter, 1);

  self->seq = refusal->seq;
  self->place = g_strdup (refusal->place);
  self->slot_us = refusal->slot_us;
  self->is_final = refusal->retry_us == 0;
  self->n_tries = refusal->n_tries;
  self->refused_us = refusal->refused_us;
  self->status = refusal->status;
  self->text = g_strdup (refusal->text);
  return self;
}

static void
ohm_delivery_on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GPtrArray) refused = NULL;
  GPtrArray *letters;
  GError *error = NULL;

  refused = ohm_store_list_refused_finish (OHM_STORE (source), result, &error);
  if (refused == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  letters = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_dead_letter_free);
  for (guint i = 0; i < refused->len; i++)
    g_ptr_array_add (letters, ohm_delivery_new_dead_letter (g_ptr_array_index (refused, i)));
  g_task_return_pointer (task, letters, (GDestroyNotify) g_ptr_array_unref);
}

void
ohm_delivery_list_dead_async (OhmDelivery *self,
                              gint64 after,
                              guint max,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  const OhmRefusalQuery query = { ohm_uplink_get_id (self->uplink), after, max };
  GTask *task;

  g_return_if_fail (OHM_IS_DELIVERY (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_delivery_list_dead_async);
  ohm_store_list_refused_async (self->store, &query, cancellable, ohm_delivery_on_listed, task);
}

GPtrArray *
ohm_delivery_list_dead_finish (OhmDelivery *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
