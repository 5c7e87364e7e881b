/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-uplink-calls.h"

#include <string.h>

#include "ohm-dbus-config.h"
#include "ohm-dbus-path.h"
#include "ohm-dbus.h"

/* Most dead letters in one answer. */
#define OHM_DBUS_DEAD_MAX 1000

static OhmSite *
ohm_dbus_uplink_site (OhmDbus *dbus)
{
  return ohm_dbus_get_parts (dbus)->site;
}

static void
ohm_dbus_uplink_return_job (OhmJob *job, GError *error_take, GDBusMethodInvocation *call)
{
  g_autofree char *number = job != NULL ? g_strdup_printf ("%u", ohm_job_get_id (job)) : NULL;
  g_autofree char *path = job != NULL ? ohm_dbus_path_build ("jobs", number) : NULL;

  if (job != NULL)
    g_dbus_method_invocation_return_value (call, g_variant_new ("(o)", path));
  else
    g_dbus_method_invocation_take_error (call, error_take);
}

/* @error_take: (nullable): NULL for done */
static void
ohm_dbus_uplink_return (GError *error_take, GDBusMethodInvocation *call)
{
  if (error_take != NULL)
    g_dbus_method_invocation_take_error (call, error_take);
  else
    g_dbus_method_invocation_return_value (call, NULL);
}

/* Answers and returns NULL for one that does not run. */
static OhmDelivery *
ohm_dbus_uplink_get_delivery (OhmUplinkHost *host, GDBusMethodInvocation *call)
{
  OhmDelivery *delivery = ohm_uplink_host_get_delivery (host);

  if (delivery == NULL)
    g_dbus_method_invocation_return_error (call, OHM_ERROR, OHM_ERROR_BUSY,
                                           "uplink '%s' does not run",
                                           ohm_uplink_host_get_id (host));
  return delivery;
}

void
ohm_dbus_uplink_call_get_config (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  ohm_dbus_config_return_file (dbus, ohm_uplink_host_get_config (object)->file, call);
}

void
ohm_dbus_uplink_call_set_config (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  GVariant *arguments = g_dbus_method_invocation_get_parameters (call);
  g_autoptr (GVariant) set = g_variant_get_child_value (arguments, 0);
  g_autoptr (GVariant) unset = g_variant_get_child_value (arguments, 1);
  g_autofree char *id = g_strdup (ohm_uplink_host_get_id (object));
  g_autofree char *text = NULL;
  g_autofree char *edited = NULL;
  GError *error = NULL;

  if (g_file_get_contents (ohm_uplink_host_get_config (object)->file, &text, NULL, &error))
    edited = ohm_dbus_config_edit (text, set, unset, &error);
  if (edited != NULL)
    ohm_site_write_uplink (ohm_dbus_uplink_site (dbus), id, edited, /* overwrite */ TRUE, &error);
  ohm_dbus_uplink_return (error, call);
}

static void
ohm_dbus_uplink_on_dead (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *call = user_data;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xsxbuxis)"));
  g_autoptr (GPtrArray) letters = NULL;
  GError *error = NULL;

  letters = ohm_delivery_list_dead_finish (OHM_DELIVERY (source), result, &error);
  if (letters == NULL)
    {
      g_dbus_method_invocation_take_error (call, error);
      return;
    }
  for (guint i = 0; i < letters->len; i++)
    {
      const OhmDeadLetter *letter = g_ptr_array_index (letters, i);

      g_variant_builder_add (&builder, "(xsxbuxis)", letter->seq, letter->place, letter->slot_us,
                             letter->is_final, letter->n_tries, letter->refused_us, letter->status,
                             letter->text != NULL ? letter->text : "");
    }
  g_dbus_method_invocation_return_value (call, g_variant_new ("(a(xsxbuxis))", &builder));
}

void
ohm_dbus_uplink_call_list_dead_letters (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  OhmDelivery *delivery = ohm_dbus_uplink_get_delivery (object, call);
  gint64 after = 0;
  guint max = 0;

  if (delivery == NULL)
    return;
  g_variant_get (g_dbus_method_invocation_get_parameters (call), "(xu@a{sv})", &after, &max, NULL);
  ohm_delivery_list_dead_async (delivery, after, MIN (max, OHM_DBUS_DEAD_MAX),
                                /* cancellable */ NULL, ohm_dbus_uplink_on_dead, call);
}

void
ohm_dbus_uplink_call_send_now (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  GError *error = NULL;

  ohm_uplink_host_send_now (object, &error);
  ohm_dbus_uplink_return (error, call);
}

void
ohm_dbus_uplink_call_resend (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  gint64 from_us = 0;
  gint64 to_us = 0;
  OhmJob *job = NULL;
  GError *error = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (call), "(xx@a{sv})", &from_us, &to_us,
                 NULL);
  job = ohm_uplink_host_resend (object, ohm_dbus_get_parts (dbus)->jobs, from_us, to_us, &error);
  ohm_dbus_uplink_return_job (job, error, call);
}

void
ohm_dbus_uplink_call_confirm (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  gboolean is_from_start = FALSE;
  GError *error = NULL;

  g_variant_get_child (g_dbus_method_invocation_get_parameters (call), 0, "b", &is_from_start);
  ohm_uplink_host_confirm (object, is_from_start, &error);
  ohm_dbus_uplink_return (error, call);
}

/* Where secrets cannot be kept the remedy matters more than what a library says. */
static void
ohm_dbus_uplink_explain (GError **error)
{
  g_autoptr (OhmMessage) message = ohm_message_new_from_error (*error);
  g_autofree char *text = ohm_message_dup_text (message);
  g_autofree char *remedy = ohm_message_dup_remedy (message);

  g_clear_error (error);
  g_set_error (error, OHM_ERROR, OHM_ERROR_SECRET, "%s%s%s", text, remedy != NULL ? " " : "",
               remedy != NULL ? remedy : "");
}

static void
ohm_dbus_uplink_on_secret (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  if (!ohm_uplink_host_set_secret_finish (OHM_UPLINK_HOST (source), result, &error) &&
      g_error_matches (error, OHM_ERROR, OHM_ERROR_SECRET))
    ohm_dbus_uplink_explain (&error);
  ohm_dbus_uplink_return (error, user_data);
}

void
ohm_dbus_uplink_call_set_secret (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  const char *name = NULL;
  const char *secret = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (call), "(&s&s@a{sv})", &name, &secret,
                 NULL);
  ohm_uplink_host_set_secret_async (object, name, secret, ohm_dbus_uplink_on_secret, call);
}

void
ohm_dbus_uplink_call_claim (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  GError *error = NULL;
  OhmJob *job = ohm_uplink_host_claim (object, ohm_dbus_get_parts (dbus)->jobs, &error);

  ohm_dbus_uplink_return_job (job, error, call);
}

static void
ohm_dbus_uplink_on_unlinked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  ohm_uplink_host_unlink_finish (OHM_UPLINK_HOST (source), result, &error);
  ohm_dbus_uplink_return (error, user_data);
}

void
ohm_dbus_uplink_call_unlink (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  ohm_uplink_host_unlink_async (object, ohm_dbus_uplink_on_unlinked, call);
}

/* --- methods of the Manager --- */

static gboolean
ohm_dbus_uplink_write (OhmDbus *dbus, GDBusMethodInvocation *call, gboolean overwrite)
{
  const char *id = NULL;
  const char *text = NULL;
  GError *error = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (call), "(&s&s@a{sv})", &id, &text, NULL);
  if (strlen (text) > OHM_DBUS_FILE_MAX)
    g_set_error (&error, OHM_ERROR, OHM_ERROR_CONFIG, "the file for '%s' is longer than %d bytes",
                 id, OHM_DBUS_FILE_MAX);
  else
    ohm_site_write_uplink (ohm_dbus_uplink_site (dbus), id, text, overwrite, &error);
  if (error == NULL)
    return TRUE;
  g_dbus_method_invocation_take_error (call, error);
  return FALSE;
}

void
ohm_dbus_uplink_call_add (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  const char *id = NULL;
  g_autofree char *path = NULL;

  if (!ohm_dbus_uplink_write (dbus, call, /* overwrite */ FALSE))
    return;
  g_variant_get_child (g_dbus_method_invocation_get_parameters (call), 0, "&s", &id);
  path = ohm_dbus_path_build ("uplinks", id);
  g_dbus_method_invocation_return_value (call, g_variant_new ("(o)", path));
}

void
ohm_dbus_uplink_call_set (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  if (ohm_dbus_uplink_write (dbus, call, /* overwrite */ TRUE))
    g_dbus_method_invocation_return_value (call, NULL);
}

/* Its file under the new id, saying where position and secrets are. (transfer full) (nullable) */
static char *
ohm_dbus_uplink_dup_renamed (const OhmUplinkConfig *uplink, const char *new_id, GError **error)
{
  const char *kept = ohm_uplink_config_get_kept (uplink);
  g_auto (GVariantBuilder) set = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sss)"));
  g_auto (GVariantBuilder) unset = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ss)"));
  g_autoptr (GVariant) set_rows = NULL;
  g_autoptr (GVariant) unset_rows = NULL;
  g_autofree char *text = NULL;

  if (g_str_equal (kept, new_id))
    g_variant_builder_add (&unset, "(ss)", "uplink", "kept-as");
  else
    g_variant_builder_add (&set, "(sss)", "uplink", "kept-as", kept);
  set_rows = g_variant_ref_sink (g_variant_builder_end (&set));
  unset_rows = g_variant_ref_sink (g_variant_builder_end (&unset));
  if (!g_file_get_contents (uplink->file, &text, NULL, error))
    return NULL;
  return ohm_dbus_config_edit (text, set_rows, unset_rows, error);
}

void
ohm_dbus_uplink_call_rename (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  OhmSite *site = ohm_dbus_uplink_site (dbus);
  const OhmUplinkConfig *uplink;
  const char *id = NULL;
  const char *new_id = NULL;
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;
  GError *error = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (call), "(&s&s@a{sv})", &id, &new_id,
                 NULL);
  uplink = ohm_config_find_uplink (ohm_site_get_config (site), id);
  if (uplink == NULL)
    g_set_error (&error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no uplink '%s' is configured", id);
  else
    text = ohm_dbus_uplink_dup_renamed (uplink, new_id, &error);
  if (text == NULL || !ohm_site_rename_uplink (site, id, new_id, text, &error))
    {
      g_dbus_method_invocation_take_error (call, error);
      return;
    }
  path = ohm_dbus_path_build ("uplinks", new_id);
  g_dbus_method_invocation_return_value (call, g_variant_new ("(o)", path));
}

/* What is left of it goes with it, whether it runs or not: nobody else would take it away. */
static void
ohm_dbus_uplink_remove (OhmDbus *dbus, const char *id, GDBusMethodInvocation *call)
{
  OhmUplinkHost *found = ohm_uplinks_find (ohm_dbus_get_parts (dbus)->uplinks, id);
  g_autoptr (OhmUplinkHost) host = found != NULL ? g_object_ref (found) : NULL;
  GError *error = NULL;

  if (ohm_site_write_uplink (ohm_dbus_uplink_site (dbus), id, /* text */ NULL,
                             /* overwrite */ TRUE, &error) &&
      host != NULL)
    {
      ohm_uplink_host_forget_secrets (host);
      ohm_uplink_host_forget_position (host);
    }
  ohm_dbus_uplink_return (error, call);
}

typedef struct
{
  OhmDbus *dbus; /* (owned) */
  GDBusMethodInvocation *call;
  char *id; /* (owned) */
} OhmDbusUplinkRemoval;

/* An account that cannot be reached does not keep an uplink alive: it forgot here first. */
static void
ohm_dbus_uplink_on_given_back (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmDbusUplinkRemoval *removal = user_data;

  ohm_uplink_host_unlink_finish (OHM_UPLINK_HOST (source), result, /* error */ NULL);
  ohm_dbus_uplink_remove (removal->dbus, removal->id, removal->call);
  g_object_unref (removal->dbus);
  g_free (removal->id);
  g_free (removal);
}

static void
ohm_dbus_uplink_on_forgotten (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  ohm_uplinks_forget_finish (OHM_UPLINKS (source), result, &error);
  ohm_dbus_uplink_return (error, user_data);
}

void
ohm_dbus_uplink_call_remove (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call)
{
  OhmUplinks *uplinks = ohm_dbus_get_parts (dbus)->uplinks;
  const char *id = NULL;
  OhmUplinkHost *host;
  OhmUplink *uplink;
  OhmDbusUplinkRemoval *removal;

  g_variant_get (g_dbus_method_invocation_get_parameters (call), "(&s@a{sv})", &id, NULL);
  host = ohm_uplinks_find (uplinks, id);
  if (host == NULL)
    {
      ohm_uplinks_forget_async (uplinks, id, ohm_dbus_uplink_on_forgotten, call);
      return;
    }
  uplink = ohm_uplink_host_get_uplink (host);
  if (uplink == NULL || ohm_uplink_get_claim (uplink) != OHM_CLAIM_CLAIMED)
    {
      ohm_dbus_uplink_remove (dbus, id, call);
      return;
    }
  removal = g_new0 (OhmDbusUplinkRemoval, 1);
  removal->dbus = g_object_ref (dbus);
  removal->call = call;
  removal->id = g_strdup (id);
  ohm_uplink_host_unlink_async (host, ohm_dbus_uplink_on_given_back, removal);
}
