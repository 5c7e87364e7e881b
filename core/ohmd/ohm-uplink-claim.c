/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What people do with an uplink's account: linking it, which is a job that waits for them, and
 * giving it back. */

#include "ohm-uplink-host-private.h"

/* What a claim holds on to, since it may outlive the host's interest in it. */
typedef struct
{
  OhmUplinkHost *host; /* (owned) */
  OhmJob *job;         /* (owned) */
} OhmUplinkClaim;

static void
ohm_uplink_claim_free (OhmUplinkClaim *self)
{
  g_object_unref (self->host);
  g_object_unref (self->job);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmUplinkClaim, ohm_uplink_claim_free)

void
ohm_uplink_host_drop_prompt (OhmUplinkHost *self)
{
  g_clear_pointer (&self->user_code, g_free);
  g_clear_pointer (&self->uri, g_free);
  g_clear_pointer (&self->uri_complete, g_free);
  self->expires_us = 0;
}

/* An event for what an owner will want to know later: when was it linked, when lost. */
void
ohm_uplink_host_note_claim (OhmUplinkHost *self, OhmClaimState claim)
{
  OhmClaimState former = self->claim;
  const char *account = ohm_uplink_get_account (self->uplink);
  g_autoptr (OhmMessage) message = NULL;

  self->claim = claim;
  /* what was linked before the restart is no news */
  if (claim == former || former == OHM_CLAIM_NONE || former == OHM_CLAIM_UNKNOWN)
    return;
  if (claim == OHM_CLAIM_CLAIMED)
    message = ohm_message_new ("uplink-claimed", "account", account != NULL ? account : "", NULL);
  else if (claim == OHM_CLAIM_LOST && ohm_uplink_get_claim_message (self->uplink) != NULL)
    message = ohm_message_ref (ohm_uplink_get_claim_message (self->uplink));
  else if (claim == OHM_CLAIM_UNCLAIMED)
    message = ohm_message_new ("uplink-unlinked", NULL);
  if (message != NULL)
    ohm_uplink_host_add_event (self, message);
  /* a person stands by: what waited goes at once, not when the schedule says */
  if (claim == OHM_CLAIM_CLAIMED)
    ohm_uplink_host_send_now (self, /* error */ NULL);
}

static void
ohm_uplink_host_on_prompt (const OhmClaimPrompt *prompt, gpointer user_data)
{
  OhmUplinkClaim *claim = user_data;
  OhmUplinkHost *self = claim->host;
  OhmClock *clock = ohm_watcher_get_clock (self->watcher);
  gint64 asked_us = self->user_code != NULL ? self->asked_us : ohm_clock_get_wall_us (clock);
  g_autoptr (OhmMessage) message = ohm_message_new ("uplink-claim-waiting", "code",
                                                    prompt->user_code, "uri", prompt->uri, NULL);

  if (self->claim_job != claim->job)
    return;
  ohm_uplink_host_drop_prompt (self);
  self->user_code = g_strdup (prompt->user_code);
  self->uri = g_strdup (prompt->uri);
  self->uri_complete = g_strdup (prompt->uri_complete);
  self->asked_us = asked_us;
  self->expires_us = ohm_clock_get_wall_us (clock) + prompt->expires_us -
                     ohm_clock_get_mono_us (clock);
  ohm_job_set_progress (claim->job, 0, message);
  ohm_uplink_host_announce (self);
}

static void
ohm_uplink_claim_end (OhmUplinkClaim *self, OhmUplink *uplink, const GError *error)
{
  const char *account = ohm_uplink_get_account (uplink);
  g_autoptr (OhmMessage) message = NULL;
  g_auto (GVariantDict) result = G_VARIANT_DICT_INIT (NULL);

  if (error == NULL)
    {
      message = ohm_message_new ("uplink-claimed", "account", account != NULL ? account : "", NULL);
      g_variant_dict_insert (&result, "account", "s", account != NULL ? account : "");
      ohm_job_end (self->job, OHM_JOB_DONE, message, g_variant_dict_end (&result));
      return;
    }
  message = ohm_error_is_cancelled (error) ? ohm_message_new ("cancelled", NULL)
                                           : ohm_message_new_from_error (error);
  ohm_job_end (self->job, ohm_error_is_cancelled (error) ? OHM_JOB_CANCELLED : OHM_JOB_FAILED,
               message, /* result */ NULL);
}

static void
ohm_uplink_host_on_claimed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmUplinkClaim) claim = user_data;
  OhmUplinkHost *self = claim->host;
  g_autoptr (GError) error = NULL;

  ohm_uplink_claim_finish (OHM_UPLINK (source), result, &error);
  if (self->claim_job == claim->job)
    {
      ohm_uplink_host_drop_prompt (self);
      g_clear_object (&self->claim_job);
    }
  ohm_uplink_claim_end (claim, OHM_UPLINK (source), error);
  if (self->delivery != NULL)
    ohm_uplink_host_announce (self);
}

static gboolean
ohm_uplink_host_check_claim (OhmUplinkHost *self, GError **error)
{
  if (!ohm_uplink_host_check_runs (self, error))
    return FALSE;
  if (ohm_uplink_can_claim (self->uplink))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
               "uplink '%s' needs no account: its settings and 'ohmctl uplink secret' say how it "
               "proves who it is",
               self->config->id);
  return FALSE;
}

OhmJob *
ohm_uplink_host_claim (OhmUplinkHost *self, OhmJobs *jobs, GError **error)
{
  OhmUplinkClaim *claim = NULL;

  g_return_val_if_fail (OHM_IS_UPLINK_HOST (self), NULL);

  if (!ohm_uplink_host_check_claim (self, error))
    return NULL;
  if (self->claim_job != NULL)
    return self->claim_job;
  if (ohm_uplink_get_claim (self->uplink) == OHM_CLAIM_CLAIMED)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_EXISTS, "uplink '%s' is linked already",
                   self->config->id);
      return NULL;
    }
  claim = g_new0 (OhmUplinkClaim, 1);
  claim->host = g_object_ref (self);
  claim->job = g_object_ref (ohm_jobs_start (jobs, "claim", self->config->id));
  self->claim_job = g_object_ref (claim->job);
  ohm_uplink_claim_async (self->uplink, ohm_uplink_host_on_prompt, claim,
                          ohm_job_get_cancellable (claim->job), ohm_uplink_host_on_claimed, claim);
  return self->claim_job;
}

static void
ohm_uplink_host_on_unlinked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (ohm_uplink_unlink_finish (OHM_UPLINK (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
ohm_uplink_host_unlink_async (OhmUplinkHost *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;
  GError *error = NULL;

  g_return_if_fail (OHM_IS_UPLINK_HOST (self));

  task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (task, ohm_uplink_host_unlink_async);
  if (!ohm_uplink_host_check_claim (self, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (self->claim_job != NULL)
    ohm_job_cancel (self->claim_job);
  ohm_uplink_unlink_async (self->uplink, ohm_uplink_host_on_unlinked, task);
}

gboolean
ohm_uplink_host_unlink_finish (OhmUplinkHost *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
