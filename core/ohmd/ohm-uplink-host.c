/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-uplink-host-private.h"

#include "ohm-log.h"

G_DEFINE_FINAL_TYPE (OhmUplinkHost, ohm_uplink_host, G_TYPE_OBJECT)

void
ohm_uplink_host_announce (OhmUplinkHost *self)
{
  g_autoptr (OhmChange) change = ohm_change_new (self->config->id, FALSE);

  ohm_bus_emit_uplink_changed (self->bus, change);
}

void
ohm_uplink_host_add_event (OhmUplinkHost *self, OhmMessage *message)
{
  g_autofree char *subject = g_strdup_printf ("uplinks/%s", self->config->id);

  ohm_store_add_event (self->store, subject, message);
}

gboolean
ohm_uplink_host_check_runs (OhmUplinkHost *self, GError **error)
{
  if (self->delivery != NULL)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_BUSY, "uplink '%s' does not run: %s", self->config->id,
               self->reason != NULL ? self->reason : "it is switched off");
  return FALSE;
}

/* `auto` is yes where sending twice does no harm and accepted does not mean on disk. */
static gboolean
ohm_uplink_host_get_choice (OhmSettings *settings, const char *key, guint flags)
{
  const char *choice = ohm_settings_get_string (settings, key);

  if (g_str_equal (choice, "auto"))
    return (flags & OHM_UPLINK_IDEMPOTENT) != 0 && (flags & OHM_UPLINK_DURABLE) == 0;
  return g_str_equal (choice, "yes");
}

static OhmDeliverySettings
ohm_uplink_host_make_settings (OhmUplinkHost *self, const char *fingerprint)
{
  OhmSettings *settings = self->config->settings;
  guint flags = ohm_uplink_get_flags (self->uplink);

  return (OhmDeliverySettings){
    .is_from_now = g_str_equal (ohm_settings_get_string (settings, "start"), "now"),
    .has_echo = ohm_uplink_host_get_choice (settings, "echo", flags),
    .has_overlap = ohm_uplink_host_get_choice (settings, "overlap", flags),
    .has_live_first = (flags & OHM_UPLINK_IDEMPOTENT) != 0 && (flags & OHM_UPLINK_ORDERED) == 0,
    .points_max = (guint) ohm_settings_get_integer (settings, "max-points"),
    .bytes_max = (gsize) ohm_settings_get_integer (settings, "max-bytes"),
    .pace_us = ohm_settings_get_duration_us (settings, "pace"),
    .delay_us = ohm_settings_get_duration_us (settings, "delay"),
    .spread_us = ohm_settings_get_duration_us (settings, "spread"),
    .age_max_us = ohm_settings_is_set (settings, "max-age")
                    ? ohm_settings_get_duration_us (settings, "max-age")
                    : 0,
    .fingerprint = fingerprint,
    .id = self->config->id,
  };
}

/* What only the instance can tell: whether its destination stands being told twice, and takes
 * values. Returns: (transfer full) (nullable): what is wrong */
static char *
ohm_uplink_host_find_fault (OhmUplinkHost *self)
{
  static const char *const keys[] = { "echo", "overlap" };
  OhmSettings *settings = self->config->settings;
  guint flags = ohm_uplink_get_flags (self->uplink);

  for (guint i = 0; (flags & OHM_UPLINK_IDEMPOTENT) == 0 && i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (ohm_settings_get_string (settings, keys[i]), "yes"))
      return g_strdup_printf (
        "%s: [uplink] %s: sending twice would double rows at this destination", self->config->file,
        keys[i]);
  if (!g_str_equal (ohm_settings_get_string (settings, "values"), "none") &&
      !ohm_uplink_can_send (self->uplink))
    return g_strdup_printf ("%s: [uplink] values: '%s' takes quarter hours only",
                            self->config->file, ohm_uplink_config_get_plugin (self->config));
  return NULL;
}

static void
ohm_uplink_host_start_samples (OhmUplinkHost *self)
{
  OhmSettings *settings = self->config->settings;
  const char *values = ohm_settings_get_string (settings, "values");
  OhmDeliverySamplesSetup setup = {
    .delivery = self->delivery,
    .places = self->places,
    .bus = self->bus,
    .watcher = self->watcher,
    .settings = {
      .is_live = g_str_equal (values, "live"),
      .points = ohm_settings_get_list (settings, "points"),
      .period_us = ohm_settings_get_duration_us (settings, "live-period"),
      .points_max = (guint) ohm_settings_get_integer (settings, "max-points"),
    },
  };

  if (!g_str_equal (values, "none"))
    self->samples = ohm_delivery_samples_new (&setup);
}

static void
ohm_uplink_host_stop_samples (OhmUplinkHost *self)
{
  if (self->samples != NULL)
    ohm_delivery_samples_stop (self->samples);
  g_clear_object (&self->samples);
}

static void
ohm_uplink_host_on_claim (OhmUplink *uplink, GParamSpec *pspec, OhmUplinkHost *self)
{
  OhmClaimState claim = ohm_uplink_get_claim (uplink);

  ohm_uplink_host_note_claim (self, claim);
  ohm_uplink_host_announce (self);
}

static void
ohm_uplink_host_start (OhmUplinkHost *self, const OhmUplinkHostSetup *setup)
{
  g_autofree char *fingerprint = ohm_uplink_config_dup_fingerprint (self->config);
  OhmUplinkSetup uplink = {
    .id = ohm_uplink_config_get_kept (self->config),
    .settings = self->config->own,
    .clock = ohm_watcher_get_clock (self->watcher),
    .secrets = setup->secrets,
    .gateway = setup->gateway,
  };
  OhmDeliverySetup delivery = { .store = self->store, .bus = self->bus, .watcher = self->watcher };

  self->uplink = ohm_uplink_new (self->config->type, &uplink);
  self->reason = ohm_uplink_host_find_fault (self);
  if (self->reason != NULL)
    {
      ohm_log_warning ("uplink", self->config->id, "%s", self->reason);
      g_clear_object (&self->uplink);
      return;
    }
  g_signal_connect_object (self->uplink, "notify::claim", G_CALLBACK (ohm_uplink_host_on_claim),
                           self, 0);
  ohm_uplink_start (self->uplink);
  delivery.uplink = self->uplink;
  delivery.settings = ohm_uplink_host_make_settings (self, fingerprint);
  self->delivery = ohm_delivery_new (&delivery);
  ohm_uplink_host_start_samples (self);
}

OhmUplinkHost *
ohm_uplink_host_new (const OhmUplinkHostSetup *setup)
{
  OhmUplinkHost *self = g_object_new (OHM_TYPE_UPLINK_HOST, NULL);

  self->config = ohm_uplink_config_ref (setup->config);
  self->store = g_object_ref (setup->store);
  self->bus = g_object_ref (setup->bus);
  self->watcher = g_object_ref (setup->watcher);
  self->places = g_object_ref (setup->places);
  self->secrets = g_object_ref (setup->secrets);
  self->reason = g_strdup (setup->config->reason);
  self->since_us = ohm_clock_get_wall_us (ohm_watcher_get_clock (self->watcher));
  if (ohm_uplink_config_is_enabled (self->config))
    ohm_uplink_host_start (self, setup);
  return self;
}

void
ohm_uplink_host_stop (OhmUplinkHost *self)
{
  g_return_if_fail (OHM_IS_UPLINK_HOST (self));

  if (self->claim_job != NULL)
    ohm_job_cancel (self->claim_job);
  ohm_uplink_host_stop_samples (self);
  if (self->delivery != NULL)
    ohm_delivery_stop (self->delivery);
  if (self->uplink != NULL)
    g_signal_handlers_disconnect_by_data (self->uplink, self);
  g_clear_object (&self->delivery);
  g_clear_object (&self->uplink);
}

/* Whether the object at work can stay: it was made of the same keys. */
static gboolean
ohm_uplink_host_can_stay (OhmUplinkHost *self, OhmUplinkConfig *config)
{
  const OhmUplinkConfig *present = self->config;

  if (!g_str_equal (ohm_uplink_config_get_kept (present), ohm_uplink_config_get_kept (config)))
    return FALSE;
  if (present->reason != NULL || config->reason != NULL)
    return g_strcmp0 (present->reason, config->reason) == 0;
  return present->type == config->type && ohm_settings_equal (present->own, config->own) &&
         ohm_uplink_config_is_enabled (present) == ohm_uplink_config_is_enabled (config) &&
         (self->reason == NULL || ohm_settings_equal (present->settings, config->settings));
}

gboolean
ohm_uplink_host_set_config (OhmUplinkHost *self, OhmUplinkConfig *config)
{
  g_autofree char *fingerprint = NULL;
  g_autofree char *fault = NULL;
  gboolean is_same;
  OhmDeliverySettings settings;

  g_return_val_if_fail (OHM_IS_UPLINK_HOST (self), FALSE);

  if (!ohm_uplink_host_can_stay (self, config))
    return FALSE;
  is_same = ohm_settings_equal (self->config->settings, config->settings);
  ohm_uplink_config_ref (config);
  ohm_uplink_config_unref (self->config);
  self->config = config;
  if (is_same || self->delivery == NULL)
    return TRUE;
  fault = ohm_uplink_host_find_fault (self);
  if (fault != NULL)
    return FALSE;
  fingerprint = ohm_uplink_config_dup_fingerprint (config);
  settings = ohm_uplink_host_make_settings (self, fingerprint);
  ohm_delivery_set_settings (self->delivery, &settings);
  ohm_uplink_host_stop_samples (self);
  ohm_uplink_host_start_samples (self);
  ohm_uplink_host_announce (self);
  return TRUE;
}

void
ohm_uplink_host_forget_position (OhmUplinkHost *self)
{
  g_return_if_fail (OHM_IS_UPLINK_HOST (self));

  /* what is answered later does not write it again */
  ohm_uplink_host_stop (self);
  ohm_store_drop_uplink (self->store, ohm_uplink_config_get_kept (self->config));
}

const char *
ohm_uplink_host_get_id (OhmUplinkHost *self)
{
  return self->config->id;
}

OhmUplinkConfig *
ohm_uplink_host_get_config (OhmUplinkHost *self)
{
  return self->config;
}

OhmUplink *
ohm_uplink_host_get_uplink (OhmUplinkHost *self)
{
  return self->uplink;
}

OhmDelivery *
ohm_uplink_host_get_delivery (OhmUplinkHost *self)
{
  return self->delivery;
}

/* Kept in the host, because a view lends what it shows. */
static OhmMessage *
ohm_uplink_host_keep_message (OhmUplinkHost *self, OhmMessage *message)
{
  g_clear_pointer (&self->shown, ohm_message_unref);
  self->shown = message;
  return message;
}

OhmMessage *
ohm_uplink_host_name_message (OhmUplinkHost *self, OhmMessage *message)
{
  g_autoptr (GVariant) arguments = g_variant_ref_sink (ohm_message_get_arguments (message));
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_autoptr (GVariant) named = NULL;
  GVariantIter iter;
  const char *name;
  const char *value;

  g_variant_iter_init (&iter, arguments);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
    if (!g_str_equal (name, "uplink"))
      g_variant_builder_add (&builder, "{ss}", name, value);
  g_variant_builder_add (&builder, "{ss}", "uplink", self->config->id);
  named = g_variant_ref_sink (g_variant_builder_end (&builder));
  return ohm_message_new_from_variant (ohm_message_get_code (message), named);
}

static void
ohm_uplink_host_view_idle (OhmUplinkHost *self, OhmUplinkHostView *view)
{
  view->state = self->reason != NULL ? "misconfigured" : "disabled";
  view->delivery.since_us = self->since_us;
  view->delivery.room_us = -1;
  if (self->reason != NULL)
    view->message = ohm_uplink_host_keep_message (self, ohm_message_new ("misconfigured", "text",
                                                                         self->reason, NULL));
}

/* A person is asked: that goes before whatever the delivery says. */
static void
ohm_uplink_host_view_prompt (OhmUplinkHost *self, OhmUplinkHostView *view)
{
  view->delivery.state = OHM_DELIVERY_WAITING_USER;
  view->delivery.since_us = self->asked_us;
  view->prompt = (OhmUplinkPrompt){ self->user_code, self->uri, self->uri_complete,
                                    self->expires_us };
  view->message = ohm_uplink_host_keep_message (self, ohm_message_new ("uplink-claim-waiting",
                                                                       "code", self->user_code,
                                                                       "uri", self->uri, NULL));
}

/* Returns: %FALSE with @error set to what the state says, if that keeps it from sending */
static gboolean
ohm_uplink_host_check_open (OhmUplinkHost *self, GError **error)
{
  OhmUplinkHostView view;
  g_autofree char *text = NULL;
  g_autofree char *remedy = NULL;

  if (ohm_delivery_is_open (self->delivery))
    return TRUE;
  ohm_uplink_host_get_view (self, &view);
  if (view.delivery.state == OHM_DELIVERY_OK || view.message == NULL)
    return TRUE;
  text = ohm_message_dup_text (view.message);
  remedy = ohm_message_dup_remedy (view.message);
  ohm_message_set_error (error, OHM_ERROR_FAILED, ohm_message_ref (view.message),
                         "uplink '%s' does not send: %s%s%s", self->config->id, text,
                         remedy != NULL ? " " : "", remedy != NULL ? remedy : "");
  return FALSE;
}

gboolean
ohm_uplink_host_send_now (OhmUplinkHost *self, GError **error)
{
  g_return_val_if_fail (OHM_IS_UPLINK_HOST (self), FALSE);

  if (!ohm_uplink_host_check_runs (self, error))
    return FALSE;
  ohm_delivery_send_now (self->delivery);
  if (self->samples != NULL)
    ohm_delivery_samples_send_now (self->samples);
  return ohm_uplink_host_check_open (self, error);
}

gboolean
ohm_uplink_host_confirm (OhmUplinkHost *self, gboolean is_from_start, GError **error)
{
  OhmDeliveryView view;

  g_return_val_if_fail (OHM_IS_UPLINK_HOST (self), FALSE);

  if (!ohm_uplink_host_check_runs (self, error))
    return FALSE;
  ohm_delivery_get_view (self->delivery, &view);
  if (!view.is_new_destination)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_EXISTS,
                   "uplink '%s' delivers where it always did: there is nothing to confirm",
                   self->config->id);
      return FALSE;
    }
  ohm_delivery_confirm (self->delivery, is_from_start);
  /* a person stands by */
  ohm_uplink_host_send_now (self, /* error */ NULL);
  return TRUE;
}

void
ohm_uplink_host_get_view (OhmUplinkHost *self, OhmUplinkHostView *ret_view)
{
  g_return_if_fail (OHM_IS_UPLINK_HOST (self));

  *ret_view = (OhmUplinkHostView){ .claim_job = self->claim_job };
  if (self->delivery == NULL)
    {
      ohm_uplink_host_view_idle (self, ret_view);
      return;
    }
  ohm_delivery_get_view (self->delivery, &ret_view->delivery);
  if (ret_view->delivery.message != NULL)
    ret_view->message = ohm_uplink_host_keep_message (
      self, ohm_uplink_host_name_message (self, ret_view->delivery.message));
  if (self->user_code != NULL)
    ohm_uplink_host_view_prompt (self, ret_view);
  ret_view->state = ohm_delivery_state_to_string (ret_view->delivery.state);
}

static void
ohm_uplink_host_dispose (GObject *object)
{
  OhmUplinkHost *self = OHM_UPLINK_HOST (object);

  if (self->store != NULL)
    ohm_uplink_host_stop (self);
  g_clear_object (&self->claim_job);
  g_clear_object (&self->secrets);
  g_clear_object (&self->places);
  g_clear_object (&self->store);
  g_clear_object (&self->bus);
  g_clear_object (&self->watcher);
  G_OBJECT_CLASS (ohm_uplink_host_parent_class)->dispose (object);
}

static void
ohm_uplink_host_finalize (GObject *object)
{
  OhmUplinkHost *self = OHM_UPLINK_HOST (object);

  ohm_uplink_host_drop_prompt (self);
  g_clear_pointer (&self->config, ohm_uplink_config_unref);
  g_clear_pointer (&self->shown, ohm_message_unref);
  g_free (self->reason);
  G_OBJECT_CLASS (ohm_uplink_host_parent_class)->finalize (object);
}

static void
ohm_uplink_host_class_init (OhmUplinkHostClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_uplink_host_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_uplink_host_finalize;
}

static void
ohm_uplink_host_init (OhmUplinkHost *self)
{
}
