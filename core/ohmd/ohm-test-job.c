/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * `ohmctl test`: connect, identify, read once. A target that no meter uses gets a link of its own,
 * which ends with the job; a configured meter is asked over its own link, with an operator's
 * priority.
 */

#include "ohm-test-job.h"

#include "ohm-identify.h"

/* The transport that a bare HOST[:PORT] means. */
#define DEFAULT_TRANSPORT "modbus-tcp"

typedef struct
{
  OhmSite *site; /* (owned) */
  OhmJob *job;   /* (owned) */
  OhmLink *link; /* (owned) (nullable) */
  GArray *units; /* (owned) (element-type guint8): still to be tried */
  guint8 unit;
  gboolean is_own_link;
  gint64 started_us;
  gint64 connected_us; /* -1 until then */
} OhmTestJob;

static void ohm_test_job_try_next (OhmTestJob *self, const GError *error);

static void
ohm_test_job_free (OhmTestJob *self)
{
  if (self->link != NULL && self->is_own_link)
    ohm_link_remove_unit (self->link, self->unit, self);
  g_clear_object (&self->link);
  g_clear_object (&self->site);
  g_clear_object (&self->job);
  g_array_unref (self->units);
  g_free (self);
}

static void
ohm_test_job_add_candidates (GVariantBuilder *builder, OhmIdentification *identification)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(ssuas)"));
  for (guint i = 0; i < identification->candidates->len; i++)
    {
      const OhmCandidate *candidate = g_ptr_array_index (identification->candidates, i);

      g_variant_builder_add (&list, "(ssu@as)", candidate->id, candidate->name, candidate->score,
                             g_variant_new_strv ((const char *const *) candidate->evidence, -1));
    }
  g_variant_builder_add (builder, "{sv}", "candidates", g_variant_builder_end (&list));
}

static void
ohm_test_job_add_path (OhmTestJob *self, GVariantBuilder *builder)
{
  g_variant_builder_add (builder, "{sv}", "address",
                         g_variant_new_string (ohm_link_get_id (self->link)));
  g_variant_builder_add (builder, "{sv}", "unit", g_variant_new_byte (self->unit));
  if (self->connected_us >= 0)
    g_variant_builder_add (builder, "{sv}", "connect-us", g_variant_new_int64 (self->connected_us));
}

static void
ohm_test_job_end (OhmTestJob *self, OhmJobState state, OhmMessage *message, GVariant *result)
{
  ohm_job_end (self->job, state, message, result);
  ohm_test_job_free (self);
}

static void
ohm_test_job_succeed (OhmTestJob *self, OhmIdentification *identification)
{
  g_autoptr (OhmMessage) message = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  ohm_test_job_add_path (self, &builder);
  g_variant_builder_add (&builder, "{sv}", "latency-us",
                         g_variant_new_int64 (identification->latency_us));
  g_variant_builder_add (&builder, "{sv}", "function",
                         g_variant_new_byte (identification->function));
  ohm_test_job_add_candidates (&builder, identification);
  if (identification->candidates->len > 0)
    {
      const OhmCandidate *best = g_ptr_array_index (identification->candidates, 0);

      message = ohm_message_new ("identified", "type", best->id, "name", best->name, NULL);
    }
  else
    {
      message = ohm_message_new ("no-type-fits", "address", ohm_link_get_id (self->link), NULL);
    }
  ohm_test_job_end (self, OHM_JOB_DONE, message, g_variant_builder_end (&builder));
}

static void
ohm_test_job_fail (OhmTestJob *self, const GError *error)
{
  const OhmState *state = ohm_link_get_state (self->link);
  g_autoptr (OhmMessage) message = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  ohm_test_job_add_path (self, &builder);
  if (ohm_error_is_cancelled (error))
    {
      ohm_test_job_end (self, OHM_JOB_CANCELLED, NULL, g_variant_builder_end (&builder));
      return;
    }
  if (state->code == OHM_STATE_DOWN && state->cause != NULL)
    message = ohm_message_ref (state->cause);
  else
    message = ohm_message_new_from_error (error);
  ohm_test_job_end (self, OHM_JOB_FAILED, message, g_variant_builder_end (&builder));
}

static void
ohm_test_job_on_identified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmTestJob *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmIdentification) identification = NULL;

  identification = ohm_identify_finish (OHM_LINK (source), result, &error);
  if (ohm_transport_is_open (ohm_link_get_transport (self->link)) && self->connected_us < 0)
    self->connected_us = ohm_clock_get_mono_us (ohm_site_get_clock (self->site)) - self->started_us;
  if (identification != NULL)
    ohm_test_job_succeed (self, identification);
  else if (g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT))
    ohm_test_job_try_next (self, error);
  else
    ohm_test_job_fail (self, error);
}

static void
ohm_test_job_switch_unit (OhmTestJob *self, guint8 unit)
{
  if (self->is_own_link)
    {
      ohm_link_add_unit (self->link, unit, NULL, self);
      ohm_link_remove_unit (self->link, self->unit, self);
    }
  self->unit = unit;
}

/* A silent unit may just have another number: the next one that types suggest is tried. */
static void
ohm_test_job_try_next (OhmTestJob *self, const GError *error)
{
  OhmIdentifyTarget target = { .priority = OHM_PRIORITY_OPERATOR };
  g_autoptr (OhmMessage) message = NULL;
  g_autofree char *text = NULL;

  if (self->units->len == 0)
    {
      ohm_test_job_fail (self, error);
      return;
    }
  ohm_test_job_switch_unit (self, g_array_index (self->units, guint8, 0));
  target.unit = self->unit;
  g_array_remove_index (self->units, 0);
  text = g_strdup_printf ("%u", self->unit);
  message = ohm_message_new ("asking", "address", ohm_link_get_id (self->link), "unit", text, NULL);
  ohm_job_set_progress (self->job, 0.5 / (1 + self->units->len), message);
  ohm_identify_async (self->link, &target, ohm_site_get_profiles (self->site),
                      ohm_job_get_cancellable (self->job), ohm_test_job_on_identified, self);
}

static void
ohm_test_job_suggest_unit (GArray *units, guint8 unit)
{
  for (guint i = 0; i < units->len; i++)
    if (g_array_index (units, guint8, i) == unit)
      return;
  g_array_append_val (units, unit);
}

/* Unit 1 first, then what profiles say their devices listen to. */
static void
ohm_test_job_suggest_units (OhmTestJob *self)
{
  GPtrArray *entries = ohm_profile_catalog_get_entries (ohm_site_get_profiles (self->site));

  ohm_test_job_suggest_unit (self->units, 1);
  for (guint i = 0; i < entries->len; i++)
    {
      const OhmProfileEntry *entry = g_ptr_array_index (entries, i);
      const OhmLimits *limits = entry->profile != NULL ? ohm_profile_get_limits (entry->profile)
                                                       : NULL;

      for (guint k = 0; limits != NULL && k < limits->n_units && self->units->len < 4; k++)
        ohm_test_job_suggest_unit (self->units, limits->units[k]);
    }
}

/* Splits `HOST[:PORT][/UNIT]` and `[V6]:PORT`. */
static void
ohm_test_job_split (const char *target, char **ret_host, char **ret_port, int *unit)
{
  g_autofree char *address = g_strdup (target);
  char *slash = strrchr (address, '/');
  char *colon;
  guint64 number;

  if (slash != NULL && slash[1] != '\0' &&
      g_ascii_string_to_unsigned (slash + 1, 10, 0, 255, &number, NULL))
    {
      *unit = (int) number;
      *slash = '\0';
    }
  colon = strrchr (address, ':');
  if (colon != NULL && (address[0] == '[' ? colon[-1] == ']' : strchr (address, ':') == colon))
    {
      *ret_port = g_strdup (colon + 1);
      *colon = '\0';
    }
  if (address[0] == '[' && g_str_has_suffix (address, "]"))
    *ret_host = g_strndup (address + 1, strlen (address) - 2);
  else
    *ret_host = g_strdup (address);
}

static OhmSettings *
ohm_test_job_make_settings (GType type, const char *host, const char *port, GError **error)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  const OhmSettingSpec *tables[] = { OHM_TRANSPORT_CLASS (klass)->settings_table, NULL };
  g_autofree char *text = g_strdup_printf ("[link]\nhost=%s\n%s%s\n", host,
                                           port != NULL ? "port=" : "", port != NULL ? port : "");
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("target", text, strlen (text), error);

  return keyfile != NULL ? ohm_settings_new (keyfile, "link", tables, error) : NULL;
}

static gboolean
ohm_test_job_open_address (OhmTestJob *self, const char *target, int *unit, GError **error)
{
  GType type = ohm_plugin_host_find_type (ohm_site_get_plugins (self->site), DEFAULT_TRANSPORT,
                                          OHM_TYPE_TRANSPORT);
  g_autofree char *host = NULL;
  g_autofree char *port = NULL;
  g_autofree char *id = NULL;
  g_autoptr (OhmSettings) settings = NULL;
  OhmLinkConfig config = { .transport = (char[]){ DEFAULT_TRANSPORT }, .transport_type = type };

  if (type == G_TYPE_INVALID)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "the transport '%s' is not loaded",
                   DEFAULT_TRANSPORT);
      return FALSE;
    }
  ohm_test_job_split (target, &host, &port, unit);
  settings = ohm_test_job_make_settings (type, host, port, error);
  if (settings == NULL)
    return FALSE;
  id = g_strdup_printf ("%s:%" G_GINT64_FORMAT, host, ohm_settings_get_integer (settings, "port"));
  config.id = id;
  config.settings = settings;
  self->is_own_link = ohm_site_find_link (self->site, id) == NULL;
  if (self->is_own_link)
    self->link = ohm_link_new (&config, ohm_site_get_watcher (self->site),
                               ohm_site_get_bus (self->site));
  else
    self->link = g_object_ref (ohm_site_find_link (self->site, id));
  return TRUE;
}

static gboolean
ohm_test_job_open (OhmTestJob *self, const char *target, int *unit, GError **error)
{
  OhmMeterHost *host = ohm_site_find_meter (self->site, target);

  if (host == NULL)
    return ohm_test_job_open_address (self, target, unit, error);
  if (ohm_meter_host_get_link (host) == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s",
                   ohm_meter_host_get_config (host)->reason);
      return FALSE;
    }
  self->link = g_object_ref (ohm_meter_host_get_link (host));
  if (*unit < 0)
    *unit = ohm_meter_host_get_unit (host);
  return TRUE;
}

static void
ohm_test_job_refuse (OhmTestJob *self, const GError *error)
{
  g_autoptr (OhmMessage) message = ohm_message_new_from_error (error);

  ohm_test_job_end (self, OHM_JOB_FAILED, message, NULL);
}

OhmJob *
ohm_test_job_start (OhmJobs *jobs, OhmSite *site, const char *target, int unit)
{
  OhmTestJob *self = g_new0 (OhmTestJob, 1);
  OhmJob *job = ohm_jobs_start (jobs, "test");
  g_autoptr (GError) error = NULL;

  self->site = g_object_ref (site);
  self->job = g_object_ref (job);
  self->units = g_array_new (FALSE, FALSE, sizeof (guint8));
  self->started_us = ohm_clock_get_mono_us (ohm_site_get_clock (site));
  self->connected_us = -1;
  if (!ohm_test_job_open (self, target, &unit, &error))
    {
      ohm_test_job_refuse (self, error);
      return job;
    }
  if (unit >= 0)
    ohm_test_job_suggest_unit (self->units, (guint8) unit);
  else
    ohm_test_job_suggest_units (self);
  self->unit = g_array_index (self->units, guint8, 0);
  if (self->is_own_link)
    ohm_link_add_unit (self->link, self->unit, NULL, self);
  ohm_test_job_try_next (self, /* error */ NULL);
  return job;
}
