/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-trial.h"

/* Task data. The task holds itself until it has ended. */
typedef struct
{
  OhmBus *bus;        /* (owned): nobody else listens */
  OhmMeterHost *host; /* (owned) (nullable): NULL once handed over */
  gulong cancelled;   /* handler; 0 for none */
  gboolean is_reading;
  gboolean has_ended;
} OhmTrial;

static void
ohm_trial_free (OhmTrial *self)
{
  g_clear_object (&self->host);
  g_object_unref (self->bus);
  g_free (self);
}

/* @error: (transfer full) (nullable) */
static void
ohm_trial_end (GTask *task, GError *error)
{
  OhmTrial *self = g_task_get_task_data (task);
  g_autoptr (GTask) last = NULL;

  if (self->has_ended)
    {
      g_clear_error (&error);
      return;
    }
  last = task;
  self->has_ended = TRUE;
  ohm_bus_disconnect (self->bus, task);
  if (self->cancelled != 0)
    g_signal_handler_disconnect (g_task_get_cancellable (task), self->cancelled);
  ohm_meter_host_stop (self->host);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
ohm_trial_on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (OhmReading) reading = ohm_meter_host_read_finish (OHM_METER_HOST (source), result,
                                                               &error);

  ohm_trial_end (task, error);
}

static void
ohm_trial_read (GTask *task)
{
  OhmTrial *self = g_task_get_task_data (task);

  if (self->is_reading || self->has_ended)
    return;
  self->is_reading = TRUE;
  ohm_meter_host_read_async (self->host, /* cancellable */ NULL, ohm_trial_on_read,
                             g_object_ref (task));
}

static void
ohm_trial_on_surveyed (OhmMeterHost *host, gpointer user_data)
{
  ohm_trial_read (user_data);
}

/* A device that cannot be surveyed as its type wants may have values all the same. */
static void
ohm_trial_on_changed (const OhmChange *change, gpointer owner)
{
  GTask *task = owner;
  OhmTrial *self = g_task_get_task_data (task);
  const OhmState *state = ohm_meter_host_get_state (self->host);
  g_autofree char *text = NULL;
  GError *error = NULL;

  if (self->is_reading || !ohm_state_is_bad (state->code))
    return;
  if (state->code == OHM_STATE_PARTIAL)
    {
      ohm_trial_read (task);
      return;
    }
  text = ohm_message_dup_text (state->cause);
  ohm_message_set_error (&error, OHM_ERROR_DEVICE, ohm_message_ref (state->cause), "%s", text);
  ohm_trial_end (task, error);
}

static void
ohm_trial_on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  ohm_trial_end (user_data,
                 g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the trial was cancelled"));
}

static OhmMeterHost *
ohm_trial_make_host (GTask *task, OhmTrial *self, const OhmTrialSetup *setup)
{
  g_autoptr (OhmMeterConfig) config = ohm_meter_config_new_trial (setup->type, setup->unit);
  const OhmMeterHostListener listener = { .surveyed = ohm_trial_on_surveyed, .user_data = task };
  const OhmMeterHostSetup host = {
    .config = config,
    .link = setup->link,
    .profiles = setup->profiles,
    .plugins = setup->plugins,
    .watcher = setup->watcher,
    .bus = self->bus,
    .listener = &listener,
    .is_trial = TRUE,
  };

  return ohm_meter_host_new (&host);
}

void
ohm_trial_async (const OhmTrialSetup *setup,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  GTask *task = g_task_new (setup->link, cancellable, callback, user_data);
  OhmTrial *self = g_new0 (OhmTrial, 1);

  g_task_set_source_tag (task, ohm_trial_async);
  g_task_set_task_data (task, self, (GDestroyNotify) ohm_trial_free);
  self->bus = ohm_bus_new ();
  self->host = ohm_trial_make_host (task, self, setup);
  if (cancellable != NULL)
    self->cancelled = g_signal_connect (cancellable, "cancelled",
                                        G_CALLBACK (ohm_trial_on_cancelled), task);
  ohm_bus_connect_meter_changed (self->bus, "trial", ohm_trial_on_changed, task);
  if (g_cancellable_is_cancelled (cancellable))
    ohm_trial_on_cancelled (cancellable, task);
  else
    ohm_meter_host_start (self->host);
}

gboolean
ohm_trial_finish (OhmLink *link, GAsyncResult *result, OhmMeterHost **ret_host, GError **error)
{
  OhmTrial *self;

  g_return_val_if_fail (g_task_is_valid (result, link), FALSE);

  self = g_task_get_task_data (G_TASK (result));
  *ret_host = g_steal_pointer (&self->host);
  return g_task_propagate_boolean (G_TASK (result), error);
}
