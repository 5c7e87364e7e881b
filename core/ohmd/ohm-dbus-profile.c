/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-profile.h"

#include <string.h>

#include "ohm-check.h"
#include "ohm-dbus-info.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

static GPtrArray *
ohm_dbus_profile_entries (OhmDbus *dbus)
{
  return ohm_profile_catalog_get_entries (ohm_site_get_profiles (ohm_dbus_get_parts (dbus)->site));
}

static gpointer
ohm_dbus_profile_find (OhmDbus *dbus, const char *id)
{
  GPtrArray *entries = ohm_dbus_profile_entries (dbus);

  for (guint i = 0; i < entries->len; i++)
    if (strcmp (((OhmProfileEntry *) entries->pdata[i])->id, id) == 0)
      return entries->pdata[i];
  return NULL;
}

static void
ohm_dbus_profile_list (OhmDbus *dbus, GPtrArray *ids)
{
  GPtrArray *entries = ohm_dbus_profile_entries (dbus);

  for (guint i = 0; i < entries->len; i++)
    g_ptr_array_add (ids, g_strdup (((OhmProfileEntry *) entries->pdata[i])->id));
}

static GVariant *
ohm_dbus_profile_get_id (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (((OhmProfileEntry *) object)->id);
}

static GVariant *
ohm_dbus_profile_get_text_of (gpointer object, const char *(*get) (OhmProfile *profile))
{
  OhmProfile *profile = ((OhmProfileEntry *) object)->profile;

  return ohm_dbus_string (profile != NULL ? get (profile) : NULL);
}

static GVariant *
ohm_dbus_profile_get_name (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_profile_get_text_of (object, ohm_profile_get_name);
}

static GVariant *
ohm_dbus_profile_get_revision (OhmDbus *dbus, gpointer object)
{
  OhmProfile *profile = ((OhmProfileEntry *) object)->profile;

  return g_variant_new_uint32 (profile != NULL ? ohm_profile_get_revision (profile) : 0);
}

static GVariant *
ohm_dbus_profile_get_family (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_profile_get_text_of (object, ohm_profile_get_family);
}

static GVariant *
ohm_dbus_profile_get_parent (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_profile_get_text_of (object, ohm_profile_get_parent);
}

static GVariant *
ohm_dbus_profile_get_source (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_profile_get_text_of (object, ohm_profile_get_source);
}

static GVariant *
ohm_dbus_profile_get_file (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (((OhmProfileEntry *) object)->file);
}

static GVariant *
ohm_dbus_profile_get_meters (OhmDbus *dbus, gpointer object)
{
  const OhmProfileEntry *entry = object;
  GPtrArray *meters = ohm_site_get_meters (ohm_dbus_get_parts (dbus)->site);
  guint n = 0;

  for (guint i = 0; i < meters->len; i++)
    n += strcmp (ohm_meter_host_get_type_id (meters->pdata[i]), entry->id) == 0;
  return g_variant_new_uint32 (n);
}

static const char *
ohm_dbus_profile_get_missing_family (OhmDbus *dbus, const OhmProfileEntry *entry)
{
  return ohm_check_get_missing_family (entry,
                                       ohm_site_get_plugins (ohm_dbus_get_parts (dbus)->site));
}

static GVariant *
ohm_dbus_profile_get_state (OhmDbus *dbus, gpointer object)
{
  const OhmProfileEntry *entry = object;

  if (entry->profile == NULL)
    return g_variant_new_string ("refused");
  if (ohm_dbus_profile_get_missing_family (dbus, entry) != NULL)
    return g_variant_new_string ("orphaned");
  return g_variant_new_string ("active");
}

static OhmMessage *
ohm_dbus_profile_dup_cause (OhmDbus *dbus, const OhmProfileEntry *entry)
{
  const char *family = ohm_dbus_profile_get_missing_family (dbus, entry);

  if (entry->reason != NULL)
    return ohm_message_new ("profile-refused", "text", entry->reason, NULL);
  /* an empty file is a mask, and no profile */
  if (entry->profile == NULL)
    return ohm_message_new ("profile-masked", NULL);
  return family != NULL ? ohm_message_new ("family-missing", "family", family, NULL) : NULL;
}

static GVariant *
ohm_dbus_profile_get_cause_code (OhmDbus *dbus, gpointer object)
{
  g_autoptr (OhmMessage) cause = ohm_dbus_profile_dup_cause (dbus, object);

  return ohm_dbus_message_code (cause);
}

static GVariant *
ohm_dbus_profile_get_cause_arguments (OhmDbus *dbus, gpointer object)
{
  g_autoptr (OhmMessage) cause = ohm_dbus_profile_dup_cause (dbus, object);

  return ohm_dbus_message_arguments (cause);
}

/* The file as it is on disk. */
static void
ohm_dbus_profile_call_get_text (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  const OhmProfileEntry *entry = object;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (entry->file != NULL && g_file_get_contents (entry->file, &text, NULL, &error) &&
      g_utf8_validate (text, -1, NULL))
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(s)", text));
  else
    g_dbus_method_invocation_return_error (invocation, OHM_ERROR, OHM_ERROR_NOT_FOUND,
                                           "profile '%s' has no file that can be read: %s",
                                           entry->id,
                                           error != NULL ? error->message : "no UTF-8 text");
}

static const OhmDbusProperty ohm_dbus_profile_properties[] = {
  { "Id", ohm_dbus_profile_get_id },
  { "Name", ohm_dbus_profile_get_name },
  { "Revision", ohm_dbus_profile_get_revision },
  { "Family", ohm_dbus_profile_get_family },
  { "Parent", ohm_dbus_profile_get_parent },
  { "Source", ohm_dbus_profile_get_source },
  { "File", ohm_dbus_profile_get_file },
  { "Meters", ohm_dbus_profile_get_meters },
  { "State", ohm_dbus_profile_get_state },
  { "CauseCode", ohm_dbus_profile_get_cause_code },
  { "CauseArguments", ohm_dbus_profile_get_cause_arguments },
  { NULL },
};

static const OhmDbusMethod ohm_dbus_profile_methods[] = {
  { "GetText", ohm_dbus_profile_call_get_text },
  { NULL },
};

const OhmDbusAdapter ohm_dbus_profile_adapter = {
  .info = &org_ohmnibus_ohmnibus1_profile_interface,
  .properties = ohm_dbus_profile_properties,
  .methods = ohm_dbus_profile_methods,
  .collection = "profiles",
  .find = ohm_dbus_profile_find,
  .list = ohm_dbus_profile_list,
};
