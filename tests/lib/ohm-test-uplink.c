/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-uplink.h"

struct _OhmTestUplink
{
  OhmUplink parent_instance;

  char *changed; /* (owned) (nullable) */
  GTask *claim;  /* (owned) (nullable) */
  OhmClaimPromptFunc prompt;
  gpointer prompt_data;
  gulong cancelled_id;
};

G_DEFINE_FINAL_TYPE (OhmTestUplink, ohm_test_uplink, OHM_TYPE_UPLINK)

static GPtrArray *test_uplinks; /* (element-type OhmTestUplink), not owned */
static guint test_uplink_flags = OHM_UPLINK_IDEMPOTENT;

static const OhmSettingSpec test_uplink_settings[] = {
  { "host", OHM_SETTING_HOST, .is_required = TRUE, .help = "Where it is." },
  { "port", OHM_SETTING_INTEGER, .min = 1, .max = 65535, .fallback = "80", .help = "Its port." },
  { "note", OHM_SETTING_STRING, .help = "Of no matter." },
  { "account", OHM_SETTING_BOOLEAN, .fallback = "false", .help = "Has to be linked." },
  { NULL },
};

static const char *const test_uplink_address_keys[] = { "host", "port", NULL };

static const OhmUplinkSecret test_uplink_secrets[] = {
  { "token", "What lets us in." },
  { "password", "The same, in other words." },
  { NULL },
};

OhmTestUplink *
ohm_test_uplink_find (const char *id)
{
  for (guint i = 0; test_uplinks != NULL && i < test_uplinks->len; i++)
    if (g_str_equal (ohm_uplink_get_id (test_uplinks->pdata[i]), id))
      return test_uplinks->pdata[i];
  return NULL;
}

void
ohm_test_uplink_set_flags (guint flags)
{
  test_uplink_flags = flags;
}

const char *
ohm_test_uplink_get_changed (OhmTestUplink *self)
{
  return self->changed;
}

gboolean
ohm_test_uplink_is_asking (OhmTestUplink *self)
{
  return self->claim != NULL;
}

void
ohm_test_uplink_prompt (OhmTestUplink *self, const char *code, gint64 for_us)
{
  OhmClock *clock = ohm_uplink_get_clock (OHM_UPLINK (self));
  const OhmClaimPrompt prompt = {
    .user_code = code,
    .uri = "https://id.example.org/device",
    .uri_complete = "https://id.example.org/device?code=1",
    .expires_us = ohm_clock_get_mono_us (clock) + for_us,
  };

  g_assert_nonnull (self->claim);
  self->prompt (&prompt, self->prompt_data);
}

static void
ohm_test_uplink_end (OhmTestUplink *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->claim);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (self->cancelled_id != 0)
    g_signal_handler_disconnect (cancellable, self->cancelled_id);
  self->cancelled_id = 0;
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

void
ohm_test_uplink_answer (OhmTestUplink *self, const char *account)
{
  if (account != NULL)
    ohm_uplink_set_claim (OHM_UPLINK (self), OHM_CLAIM_CLAIMED, account, /* message */ NULL);
  ohm_test_uplink_end (self,
                       account != NULL ? NULL : g_error_new (OHM_ERROR, OHM_ERROR_DEVICE, "no"));
}

static void
ohm_test_uplink_on_cancelled (GCancellable *cancellable, OhmTestUplink *self)
{
  self->cancelled_id = 0;
  ohm_test_uplink_end (self, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
}

static void
ohm_test_uplink_start (OhmUplink *self)
{
  g_ptr_array_add (test_uplinks, self);
  if (ohm_settings_get_boolean (ohm_uplink_get_settings (self), "account"))
    ohm_uplink_set_claim (self, OHM_CLAIM_UNCLAIMED, /* account */ NULL, /* message */ NULL);
}

static void
ohm_test_uplink_secret_changed (OhmUplink *self, const char *name)
{
  g_free (OHM_TEST_UPLINK (self)->changed);
  OHM_TEST_UPLINK (self)->changed = g_strdup (name);
}

static gboolean
ohm_test_uplink_check (OhmSettings *own, GError **error)
{
  if (g_strcmp0 (ohm_settings_get_string (own, "host"), "bad") != 0 ||
      g_strcmp0 (ohm_settings_get_string (own, "note"), "bad") != 0)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "host and note cannot both be bad");
  return FALSE;
}

static guint
ohm_test_uplink_get_flags (OhmUplink *self)
{
  return test_uplink_flags;
}

static void
ohm_test_uplink_claim_async (OhmUplink *uplink,
                             OhmClaimPromptFunc prompt,
                             gpointer prompt_data,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  OhmTestUplink *self = OHM_TEST_UPLINK (uplink);

  self->claim = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->claim, ohm_test_uplink_claim_async);
  self->prompt = prompt;
  self->prompt_data = prompt_data;
  self->cancelled_id = g_signal_connect (cancellable, "cancelled",
                                         G_CALLBACK (ohm_test_uplink_on_cancelled), self);
}

static void
ohm_test_uplink_unlink_async (OhmUplink *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, /* cancellable */ NULL, callback, user_data);

  g_task_set_source_tag (task, ohm_test_uplink_unlink_async);
  ohm_uplink_set_claim (self, OHM_CLAIM_UNCLAIMED, /* account */ NULL, /* message */ NULL);
  g_task_return_boolean (task, TRUE);
}

static gboolean
ohm_test_uplink_finish (OhmUplink *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ohm_test_uplink_finalize (GObject *object)
{
  g_ptr_array_remove (test_uplinks, object);
  g_free (OHM_TEST_UPLINK (object)->changed);
  G_OBJECT_CLASS (ohm_test_uplink_parent_class)->finalize (object);
}

static gboolean
ohm_test_uplink_check_secret (const char *name, const char *secret, GError **error)
{
  if (strchr (secret, '\t') == NULL)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "the %s has a tab", name);
  return FALSE;
}

static gboolean
ohm_test_uplink_takes_secret (OhmSettings *settings, const char *name, GError **error)
{
  if (!ohm_settings_get_boolean (settings, "account"))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "its account needs no %s", name);
  return FALSE;
}

static void
ohm_test_uplink_class_init (OhmTestUplinkClass *klass)
{
  OhmUplinkClass *uplink_class = OHM_UPLINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ohm_test_uplink_finalize;
  uplink_class->settings_table = test_uplink_settings;
  uplink_class->address_keys = test_uplink_address_keys;
  uplink_class->secrets = test_uplink_secrets;
  uplink_class->get_flags = ohm_test_uplink_get_flags;
  uplink_class->start = ohm_test_uplink_start;
  uplink_class->secret_changed = ohm_test_uplink_secret_changed;
  uplink_class->check = ohm_test_uplink_check;
  uplink_class->check_secret = ohm_test_uplink_check_secret;
  uplink_class->takes_secret = ohm_test_uplink_takes_secret;
  uplink_class->claim_async = ohm_test_uplink_claim_async;
  uplink_class->claim_finish = ohm_test_uplink_finish;
  uplink_class->unlink_async = ohm_test_uplink_unlink_async;
  uplink_class->unlink_finish = ohm_test_uplink_finish;
  test_uplinks = g_ptr_array_new ();
}

static void
ohm_test_uplink_init (OhmTestUplink *self)
{
}
