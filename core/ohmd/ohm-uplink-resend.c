/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sending again as a job that people follow. It is not remembered: after a restart it is asked for
 * again, which does no harm where sending twice is allowed at all. */

#include "ohm-uplink-host-private.h"

typedef struct
{
  OhmUplinkHost *host; /* (owned) */
  OhmJob *job;         /* (owned) */
} OhmUplinkResend;

static void
ohm_uplink_resend_free (OhmUplinkResend *self)
{
  ohm_bus_disconnect (self->host->bus, self->job);
  g_object_set_data (G_OBJECT (self->job), "ohm-uplink-resend", NULL);
  g_object_unref (self->host);
  g_object_unref (self->job);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmUplinkResend, ohm_uplink_resend_free)

/* An engine that is away keeps this as it keeps the delivery: the job waits, and says for what. */
static void
ohm_uplink_resend_tell (OhmUplinkResend *self)
{
  g_autoptr (OhmMessage) message = ohm_message_new ("uplink-resending", NULL);
  double progress = ohm_delivery_get_resend_progress (self->host->delivery);
  OhmDeliveryView view;

  if (progress < 0 || ohm_job_get_state (self->job) != OHM_JOB_RUNNING)
    return;
  ohm_delivery_get_view (self->host->delivery, &view);
  ohm_job_set_progress (self->job, progress,
                        view.state != OHM_DELIVERY_OK && view.message != NULL ? view.message
                                                                              : message);
}

/* The delivery tells of each batch: that is when there is progress. */
static void
ohm_uplink_resend_on_changed (const OhmChange *change, gpointer owner)
{
  OhmUplinkResend *self = g_object_get_data (owner, "ohm-uplink-resend");

  if (self != NULL && self->host->delivery != NULL &&
      g_str_equal (change->id, self->host->config->id))
    ohm_uplink_resend_tell (self);
}

/* Of what did not go: only what there is. */
static void
ohm_uplink_resend_add_count (GVariantBuilder *arguments, const char *name, guint64 n)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, n);

  if (n > 0)
    g_variant_builder_add (arguments, "{ss}", name, text);
}

/* (transfer full): says what did not go, with the destination's answer */
static OhmMessage *
ohm_uplink_resend_new_message (OhmUplinkResend *self, const OhmDeliveryResent *resent)
{
  g_autofree char *records = g_strdup_printf ("%" G_GUINT64_FORMAT, resent->n_sent);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_autoptr (GVariant) arguments = NULL;
  OhmDeliveryView view = { 0 };

  if (resent->n_refused + resent->n_rejected + resent->n_too_old == 0)
    return ohm_message_new ("uplink-resent", "records", records, NULL);
  if (self->host->delivery != NULL)
    ohm_delivery_get_view (self->host->delivery, &view);
  g_variant_builder_add (&builder, "{ss}", "records", records);
  g_variant_builder_add (&builder, "{ss}", "uplink", self->host->config->id);
  ohm_uplink_resend_add_count (&builder, "refused", resent->n_refused);
  ohm_uplink_resend_add_count (&builder, "values", resent->n_rejected);
  ohm_uplink_resend_add_count (&builder, "old", resent->n_too_old);
  if (resent->n_refused > 0 && view.text != NULL)
    g_variant_builder_add (&builder, "{ss}", "text", view.text);
  arguments = g_variant_ref_sink (g_variant_builder_end (&builder));
  return ohm_message_new_from_variant ("uplink-resent-partly", arguments);
}

static void
ohm_uplink_resend_end (OhmUplinkResend *self, const OhmDeliveryResent *resent)
{
  g_autoptr (OhmMessage) message = ohm_uplink_resend_new_message (self, resent);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "records", "t", resent->n_sent);
  g_variant_dict_insert (&dict, "refused", "t", resent->n_refused);
  g_variant_dict_insert (&dict, "rejected", "t", resent->n_rejected);
  g_variant_dict_insert (&dict, "too_old", "t", resent->n_too_old);
  ohm_job_end (self->job, OHM_JOB_DONE, message, g_variant_dict_end (&dict));
}

static void
ohm_uplink_resend_on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmUplinkResend) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmMessage) cause = NULL;
  g_autoptr (OhmMessage) message = NULL;
  OhmDeliveryResent resent = { 0 };

  if (ohm_delivery_resend_finish (OHM_DELIVERY (source), result, &resent, &error))
    {
      ohm_uplink_resend_end (self, &resent);
      return;
    }
  cause = ohm_message_new_from_error (error);
  message = ohm_error_is_cancelled (error) ? ohm_message_new ("cancelled", NULL)
                                           : ohm_uplink_host_name_message (self->host, cause);
  ohm_job_end (self->job, ohm_error_is_cancelled (error) ? OHM_JOB_CANCELLED : OHM_JOB_FAILED,
               message, /* result */ NULL);
}

OhmJob *
ohm_uplink_host_resend (OhmUplinkHost *self,
                        OhmJobs *jobs,
                        gint64 from_us,
                        gint64 to_us,
                        GError **error)
{
  OhmUplinkResend *resend = NULL;

  g_return_val_if_fail (OHM_IS_UPLINK_HOST (self), NULL);

  if (!ohm_uplink_host_check_runs (self, error))
    return NULL;
  if (from_us >= to_us)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "there is no time between from and to");
      return NULL;
    }
  if (ohm_delivery_get_resend_progress (self->delivery) >= 0)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_BUSY, "uplink '%s' sends something again already",
                   self->config->id);
      return NULL;
    }
  resend = g_new0 (OhmUplinkResend, 1);
  resend->host = g_object_ref (self);
  resend->job = g_object_ref (ohm_jobs_start (jobs, "resend", self->config->id));
  g_object_set_data (G_OBJECT (resend->job), "ohm-uplink-resend", resend);
  ohm_bus_connect_uplink_changed (self->bus, "resend", ohm_uplink_resend_on_changed, resend->job);
  ohm_delivery_resend_async (self->delivery, from_us, to_us, ohm_job_get_cancellable (resend->job),
                             ohm_uplink_resend_on_done, resend);
  ohm_uplink_resend_tell (resend);
  return resend->job;
}
