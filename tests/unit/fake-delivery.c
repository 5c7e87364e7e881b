/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fake-delivery.h"

struct _OhmDelivery
{
  GObject parent_instance;

  OhmUplink *uplink;            /* (owned) */
  OhmBus *bus;                  /* (owned) */
  OhmDeliverySettings settings; /* fingerprint owned */
  OhmDeliveryView view;
  GString *heard; /* (owned) */
  GTask *resend;  /* (owned) (nullable) */
  double progress;
};

G_DEFINE_FINAL_TYPE (OhmDelivery, ohm_delivery, G_TYPE_OBJECT)

const char *
ohm_delivery_state_to_string (OhmDeliveryState state)
{
  static const char *const names[] = {
    "unclaimed", "waiting-user", "ok", "retrying", "held", "lost"
  };

  return names[state];
}

static void
ohm_delivery_announce (OhmDelivery *self)
{
  g_autoptr (OhmChange) change = ohm_change_new (ohm_uplink_get_id (self->uplink), FALSE);

  ohm_bus_emit_uplink_changed (self->bus, change);
}

void
ohm_delivery_set_settings (OhmDelivery *self, const OhmDeliverySettings *settings)
{
  g_autofree char *former = (char *) (gsize) self->settings.fingerprint;

  self->settings = *settings;
  self->settings.fingerprint = g_strdup (settings->fingerprint);
  g_string_append (self->heard, "settings ");
}

OhmDelivery *
ohm_delivery_new (const OhmDeliverySetup *setup)
{
  OhmDelivery *self = g_object_new (OHM_TYPE_DELIVERY, NULL);

  self->uplink = g_object_ref (setup->uplink);
  self->bus = g_object_ref (setup->bus);
  ohm_delivery_set_settings (self, &setup->settings);
  g_string_truncate (self->heard, 0);
  self->view.state = OHM_DELIVERY_OK;
  self->progress = -1;
  return self;
}

void
ohm_delivery_stop (OhmDelivery *self)
{
  g_string_append (self->heard, "stop ");
}

void
ohm_delivery_get_view (OhmDelivery *self, OhmDeliveryView *ret_view)
{
  *ret_view = self->view;
}

OhmUplink *
ohm_delivery_get_uplink (OhmDelivery *self)
{
  return self->uplink;
}

gboolean
ohm_delivery_is_open (OhmDelivery *self)
{
  return self->view.state == OHM_DELIVERY_OK;
}

void
ohm_delivery_send_now (OhmDelivery *self)
{
  g_string_append (self->heard, "send-now ");
}

void
ohm_delivery_confirm (OhmDelivery *self, gboolean is_from_start)
{
  g_string_append_printf (self->heard, "confirm-%s ", is_from_start ? "all" : "new");
}

void
ohm_delivery_resend_async (OhmDelivery *self,
                           gint64 from_us,
                           gint64 to_us,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  self->resend = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->resend, ohm_delivery_resend_async);
  self->progress = 0;
  g_string_append_printf (self->heard, "resend-%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT " ", from_us,
                          to_us);
}

gboolean
ohm_delivery_resend_finish (OhmDelivery *self,
                            GAsyncResult *result,
                            OhmDeliveryResent *ret_resent,
                            GError **error)
{
  g_autofree OhmDeliveryResent *resent = g_task_propagate_pointer (G_TASK (result), error);

  if (resent != NULL)
    *ret_resent = *resent;
  return resent != NULL;
}

double
ohm_delivery_get_resend_progress (OhmDelivery *self)
{
  return self->progress;
}

void
ohm_dead_letter_free (OhmDeadLetter *self)
{
  g_free (self->place);
  g_free (self->text);
  g_free (self);
}

void
ohm_delivery_list_dead_async (OhmDelivery *self,
                              gint64 after,
                              guint max,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ohm_delivery_list_dead_async);
  g_task_return_pointer (task,
                         g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_dead_letter_free),
                         (GDestroyNotify) g_ptr_array_unref);
}

GPtrArray *
ohm_delivery_list_dead_finish (OhmDelivery *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
fixture_delivery_say (OhmDelivery *self, const OhmDeliveryView *view)
{
  self->view = *view;
  ohm_delivery_announce (self);
}

const OhmDeliverySettings *
fixture_delivery_get_settings (OhmDelivery *self)
{
  return &self->settings;
}

GString *
fixture_delivery_get_heard (OhmDelivery *self)
{
  return self->heard;
}

void
fixture_delivery_set_progress (OhmDelivery *self, double progress)
{
  self->progress = progress;
  ohm_delivery_announce (self);
}

void
fixture_delivery_end_resend (OhmDelivery *self, const OhmDeliveryResent *resent, GError *error_take)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->resend);

  self->progress = -1;
  if (error_take != NULL)
    g_task_return_error (task, error_take);
  else
    g_task_return_pointer (task, g_memdup2 (resent, sizeof *resent), g_free);
}

static void
ohm_delivery_finalize (GObject *object)
{
  OhmDelivery *self = OHM_DELIVERY (object);

  g_object_unref (self->uplink);
  g_object_unref (self->bus);
  g_free ((char *) (gsize) self->settings.fingerprint);
  g_string_free (self->heard, TRUE);
  g_clear_object (&self->resend);
  G_OBJECT_CLASS (ohm_delivery_parent_class)->finalize (object);
}

static void
ohm_delivery_class_init (OhmDeliveryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ohm_delivery_finalize;
}

static void
ohm_delivery_init (OhmDelivery *self)
{
  self->heard = g_string_new (NULL);
}
