/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-send.h"

#include "ohm-cloud-auth.h"
#include "ohm-cloud-format.h"
#include "ohm-cloud-session.h"
#include "ohm-cloud-verdict.h"

/* What a server may leave unread when it hangs up, and yet all seems to be sent. */
#define OHM_CLOUD_SEND_BUFFERED (64 * 1024)

/* A request's body, made in the worker; and what has to be read from disk for it. */
typedef struct
{
  OhmSettings *settings; /* (owned) */
  OhmCloudFormat format;
  OhmBatch *batch;     /* (owned) (nullable) */
  OhmSamples *samples; /* (owned) (nullable) */

  GBytes *bytes; /* (owned) (nullable): nothing may travel */
  guint n_points;
  GTlsCertificate *certificate; /* (owned) (nullable) */
} OhmCloudBody;

typedef struct
{
  OhmCloudSender sender; /* (owned) */
  OhmCloudBody *body;    /* (owned) (nullable) */
  SoupMessage *message;  /* (owned) (nullable): on its way */
  gboolean is_begun;     /* its headers are sent */
  gboolean is_sent;      /* ... and its body */
  gboolean is_again;
} OhmCloudSending;

static void
ohm_cloud_body_free (OhmCloudBody *self)
{
  ohm_settings_unref (self->settings);
  g_clear_pointer (&self->batch, ohm_batch_unref);
  g_clear_pointer (&self->samples, ohm_samples_unref);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_object (&self->certificate);
  g_free (self);
}

static void
ohm_cloud_sending_free (OhmCloudSending *self)
{
  g_clear_object (&self->sender.session);
  g_clear_object (&self->sender.account);
  g_clear_object (&self->sender.worker);
  g_clear_pointer (&self->body, ohm_cloud_body_free);
  g_clear_object (&self->message);
  g_free (self);
}

/* (transfer full) @verdict */
static void
ohm_cloud_send_return (GTask *task, OhmVerdict *verdict)
{
  g_task_return_pointer (task, verdict, (GDestroyNotify) ohm_verdict_free);
}

/* Whatever keeps it from being delivered is a verdict, but for its being cancelled. */
static void
ohm_cloud_send_fail (GTask *task, GError *error)
{
  if (ohm_error_is_cancelled (error))
    {
      g_task_return_error (task, error);
      return;
    }
  ohm_cloud_send_return (task, ohm_cloud_verdict_new_from_error (error));
  g_error_free (error);
}

static gboolean
ohm_cloud_body_load_certificate (OhmCloudBody *self, GError **error)
{
  if (!ohm_settings_is_set (self->settings, "cert-file"))
    return TRUE;
  self->certificate = ohm_cloud_session_load_certificate (self->settings, error);
  return self->certificate != NULL;
}

static gboolean
ohm_cloud_body_compress (OhmCloudBody *self, GError **error)
{
  GBytes *packed;

  if (self->bytes == NULL || !ohm_settings_get_boolean (self->settings, "gzip"))
    return TRUE;
  packed = ohm_cloud_gzip (self->bytes, error);
  if (packed == NULL)
    return FALSE;
  g_bytes_unref (self->bytes);
  self->bytes = packed;
  return TRUE;
}

/* In the worker. */
static void
ohm_cloud_body_make (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OhmCloudBody *self = data;
  GError *error = NULL;

  if (self->batch != NULL)
    self->bytes = ohm_cloud_format_batch (self->format, self->batch, &self->n_points);
  else
    self->bytes = ohm_cloud_format_samples (self->format, self->samples, &self->n_points);
  if (ohm_cloud_body_compress (self, &error) && ohm_cloud_body_load_certificate (self, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Who sees a request twice can tell; harmless where it is not known. */
static void
ohm_cloud_send_add_key (SoupMessageHeaders *headers, OhmUplink *uplink, OhmBatch *batch)
{
  guint n;
  const OhmBatchItem *items = ohm_batch_get_items (batch, &n);
  g_autofree char *key = g_strdup_printf ("%s-%s-%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT,
                                          ohm_batch_get_gateway (batch), ohm_uplink_get_id (uplink),
                                          items[0].record->seq, items[n - 1].record->seq);

  soup_message_headers_replace (headers, "Idempotency-Key", key);
}

static SoupMessage *
ohm_cloud_send_make_message (OhmCloudSending *self, const char *authorization)
{
  OhmCloudBody *body = self->body;
  SoupMessage *message = soup_message_new ("POST", ohm_settings_get_string (body->settings, "url"));
  SoupMessageHeaders *headers;

  if (message == NULL)
    return NULL;
  headers = soup_message_get_request_headers (message);
  soup_message_set_request_body_from_bytes (message, ohm_cloud_format_get_media_type (body->format),
                                            body->bytes);
  if (ohm_settings_get_boolean (body->settings, "gzip"))
    soup_message_headers_replace (headers, "Content-Encoding", "gzip");
  if (authorization != NULL)
    soup_message_headers_replace (headers, "Authorization", authorization);
  if (ohm_settings_is_set (body->settings, "tenant"))
    soup_message_headers_replace (headers, "X-Scope-OrgID",
                                  ohm_settings_get_string (body->settings, "tenant"));
  if (body->batch != NULL)
    ohm_cloud_send_add_key (headers, self->sender.uplink, body->batch);
  if (body->certificate != NULL)
    ohm_cloud_session_show_certificate (message, body->certificate);
  /* all formats are idempotent: on a connection that is open, and once more if it had just ended */
  soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT | SOUP_MESSAGE_COLLECT_METRICS);
  return message;
}

static gsize
ohm_cloud_send_count_bytes (SoupMessage *message)
{
  SoupMessageMetrics *metrics = soup_message_get_metrics (message);

  if (metrics == NULL)
    return 0;
  return (gsize) (soup_message_metrics_get_request_header_bytes_sent (metrics) +
                  soup_message_metrics_get_request_body_bytes_sent (metrics));
}

static void
ohm_cloud_send_on_wrote_headers (SoupMessage *message, gpointer user_data)
{
  OhmCloudSending *self = user_data;

  self->is_begun = TRUE;
}

static void
ohm_cloud_send_on_wrote_body (SoupMessage *message, gpointer user_data)
{
  OhmCloudSending *self = user_data;

  self->is_sent = TRUE;
}

/* Who finds a request too large says so at once and hangs up, and what he said is lost with the
 * connection: the same would be sent for ever. Smaller ones do no harm if it was only the line. */
static gboolean
ohm_cloud_send_is_too_large (OhmCloudSending *self, const GError *error)
{
  return self->is_begun && !self->is_sent &&
         g_bytes_get_size (self->body->bytes) > OHM_CLOUD_SEND_BUFFERED &&
         g_error_matches (error, OHM_ERROR, OHM_ERROR_LINK);
}

static void ohm_cloud_send_authorize (GTask *task);

static void
ohm_cloud_send_on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  OhmCloudSending *self = g_task_get_task_data (task);
  OhmClock *clock = ohm_uplink_get_clock (self->sender.uplink);
  GError *error = NULL;
  g_autoptr (OhmCloudAnswer) answer = ohm_cloud_fetch_finish (SOUP_SESSION (source), result,
                                                              &error);
  g_autoptr (SoupMessage) message = g_steal_pointer (&self->message);
  OhmVerdict *verdict;

  /* what was sent with the old token is not needed any more */
  soup_message_headers_remove (soup_message_get_request_headers (message), "Authorization");
  g_signal_handlers_disconnect_by_data (message, self);
  if (answer == NULL && ohm_cloud_send_is_too_large (self, error))
    {
      ohm_cloud_send_return (task, ohm_verdict_new (OHM_VERDICT_SIZE,
                                                    ohm_message_new_from_error (error)));
      g_error_free (error);
      return;
    }
  if (answer == NULL)
    {
      ohm_cloud_send_fail (task, error);
      return;
    }
  if (answer->status == SOUP_STATUS_UNAUTHORIZED && self->sender.account != NULL && !self->is_again)
    {
      self->is_again = TRUE;
      ohm_cloud_account_refused (self->sender.account);
      ohm_cloud_send_authorize (g_steal_pointer (&task));
      return;
    }
  verdict = ohm_cloud_verdict_new (self->body->format, answer, self->body->n_points,
                                   ohm_clock_get_wall_us (clock));
  verdict->n_bytes = ohm_cloud_send_count_bytes (message);
  ohm_cloud_send_return (task, verdict);
}

static void
ohm_cloud_send_on_authorized (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  OhmCloudSending *self = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;
  char *authorization = ohm_cloud_auth_finish (OHM_UPLINK (source), result, &error);

  if (error != NULL)
    {
      ohm_cloud_send_fail (task, error);
      return;
    }
  self->is_begun = FALSE;
  self->is_sent = FALSE;
  self->message = ohm_cloud_send_make_message (self, authorization);
  ohm_secret_free (authorization);
  if (self->message == NULL)
    {
      g_set_error (&error, OHM_ERROR, OHM_ERROR_CONFIG, "url: no address for HTTP");
      ohm_cloud_send_fail (task, error);
      return;
    }
  g_signal_connect (self->message, "wrote-headers", G_CALLBACK (ohm_cloud_send_on_wrote_headers),
                    self);
  g_signal_connect (self->message, "wrote-body", G_CALLBACK (ohm_cloud_send_on_wrote_body), self);
  ohm_cloud_fetch_async (self->sender.session, self->message, &self->sender.limits, cancellable,
                         ohm_cloud_send_on_answered, g_steal_pointer (&task));
}

/* @task: (transfer full) */
static void
ohm_cloud_send_authorize (GTask *task)
{
  OhmCloudSending *self = g_task_get_task_data (task);

  ohm_cloud_auth_async (self->sender.uplink, self->sender.account, self->sender.worker,
                        g_task_get_cancellable (task), ohm_cloud_send_on_authorized, task);
}

static void
ohm_cloud_send_on_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  OhmCloudSending *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    ohm_cloud_send_fail (task, error);
  else if (self->body->bytes == NULL)
    ohm_cloud_send_return (task, ohm_verdict_new (OHM_VERDICT_ACCEPTED, /* message */ NULL));
  else
    ohm_cloud_send_authorize (g_steal_pointer (&task));
}

static OhmCloudFormat
ohm_cloud_send_get_format (OhmSettings *settings)
{
  const char *format = ohm_settings_get_string (settings, "format");

  if (g_str_equal (format, "line"))
    return OHM_CLOUD_FORMAT_LINE;
  return g_str_equal (format, "otlp-json") ? OHM_CLOUD_FORMAT_OTLP_JSON : OHM_CLOUD_FORMAT_OTLP;
}

static OhmCloudSending *
ohm_cloud_sending_new (const OhmCloudSender *sender, OhmBatch *batch, OhmSamples *samples)
{
  OhmCloudSending *self = g_new0 (OhmCloudSending, 1);

  self->sender = *sender; /* the task keeps the uplink */
  g_object_ref (self->sender.session);
  g_object_ref (self->sender.worker);
  if (self->sender.account != NULL)
    g_object_ref (self->sender.account);
  self->body = g_new0 (OhmCloudBody, 1);
  self->body->settings = ohm_settings_ref (ohm_uplink_get_settings (sender->uplink));
  self->body->format = ohm_cloud_send_get_format (self->body->settings);
  self->body->batch = batch != NULL ? ohm_batch_ref (batch) : NULL;
  self->body->samples = samples != NULL ? ohm_samples_ref (samples) : NULL;
  return self;
}

void
ohm_cloud_send_async (const OhmCloudSender *sender,
                      OhmBatch *batch,
                      OhmSamples *samples,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (sender->uplink, cancellable, callback, user_data);
  OhmCloudSending *self = ohm_cloud_sending_new (sender, batch, samples);
  g_autoptr (GTask) making = NULL;

  g_task_set_source_tag (task, ohm_cloud_send_async);
  g_task_set_task_data (task, self, (GDestroyNotify) ohm_cloud_sending_free);
  making = g_task_new (sender->uplink, cancellable, ohm_cloud_send_on_made, task);
  g_task_set_source_tag (making, ohm_cloud_body_make);
  g_task_set_task_data (making, self->body, NULL);
  ohm_worker_run (sender->worker, OHM_WORKER_COMMIT, making, ohm_cloud_body_make);
}

OhmVerdict *
ohm_cloud_send_finish (OhmUplink *uplink, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, uplink), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
