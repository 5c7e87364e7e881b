/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-add.h"

#include <string.h>

#include "ohm-dbus-config.h"
#include "ohm-dbus-path.h"
#include "ohm-dbus.h"

/* Most meters that are added at once. */
#define OHM_DBUS_METERS_MAX 4096

/* (transfer full): ids of the places that a meter's file names */
static char **
ohm_dbus_add_find_places (const char *text)
{
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("", text, strlen (text), /* error */ NULL);
  const char *const *groups = keyfile != NULL ? ohm_keyfile_get_groups (keyfile) : NULL;
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (guint i = 0; groups != NULL && groups[i] != NULL; i++)
    if (g_str_has_prefix (groups[i], OHM_PLACE_PREFIX))
      g_strv_builder_add (ids, groups[i] + strlen (OHM_PLACE_PREFIX));
  return g_strv_builder_end (ids);
}

gboolean
ohm_dbus_add_claim (OhmDbus *dbus,
                    const char *id,
                    const char *text,
                    gboolean is_same,
                    GError **error)
{
  /* a file that is wrong is told by who writes it */
  g_auto (GStrv) places = ohm_dbus_add_find_places (text);

  return ohm_places_claim (ohm_dbus_get_parts (dbus)->places, id, (const char *const *) places,
                           is_same, error);
}

static gboolean
ohm_dbus_add_check (OhmDbus *dbus, GPtrArray *texts, gboolean is_same, GError **error)
{
  for (guint i = 0; i < texts->len; i++)
    {
      const OhmSiteText *text = g_ptr_array_index (texts, i);

      if (!ohm_dbus_config_check_file (text->id, text->text, error))
        return FALSE;
      if (ohm_dbus_add_claim (dbus, text->id, text->text, is_same, error))
        continue;
      if (texts->len > 1)
        g_prefix_error (error, "meter '%s': ", text->id);
      return FALSE;
    }
  return TRUE;
}

/* All or none. */
static gboolean
ohm_dbus_add_meters (OhmDbus *dbus, GPtrArray *texts, GVariant *options, GError **error)
{
  const OhmDbusParts *parts = ohm_dbus_get_parts (dbus);
  gboolean is_same = FALSE;
  gboolean is_done;

  g_variant_lookup (options, "same-meter", "b", &is_same);
  is_done = ohm_dbus_add_check (dbus, texts, is_same, error) &&
            ohm_site_write_meters (parts->site, texts, /* overwrite */ FALSE, error);
  ohm_places_end_claim (parts->places, is_done);
  return is_done;
}

static void
ohm_dbus_add_take_text (GPtrArray *texts, const char *id, const char *text)
{
  OhmSiteText *row = g_new0 (OhmSiteText, 1);

  row->id = g_strdup (id);
  row->text = g_strdup (text);
  g_ptr_array_add (texts, row);
}

void
ohm_dbus_add_call_meter (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (
    (GDestroyNotify) ohm_site_text_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) options = NULL;
  g_autofree char *path = NULL;
  const char *id = NULL;
  const char *text = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s&s@a{sv})", &id, &text,
                 &options);
  ohm_dbus_add_take_text (texts, id, text);
  if (!ohm_dbus_add_meters (dbus, texts, options, &error))
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  path = ohm_dbus_path_build ("meters", id);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
}

static GVariant *
ohm_dbus_add_new_paths (GPtrArray *texts)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_OBJECT_PATH_ARRAY);

  for (guint i = 0; i < texts->len; i++)
    {
      const OhmSiteText *text = g_ptr_array_index (texts, i);
      g_autofree char *path = ohm_dbus_path_build ("meters", text->id);

      g_variant_builder_add (&builder, "o", path);
    }
  return g_variant_builder_end (&builder);
}

void
ohm_dbus_add_call_meters (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (
    (GDestroyNotify) ohm_site_text_free);
  g_autoptr (GVariantIter) meters = NULL;
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;
  const char *id = NULL;
  const char *text = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(a(ss)@a{sv})", &meters,
                 &options);
  if (g_variant_iter_n_children (meters) > OHM_DBUS_METERS_MAX)
    g_set_error (&error, OHM_ERROR, OHM_ERROR_CONFIG, "more than %d meters at once",
                 OHM_DBUS_METERS_MAX);
  while (error == NULL && g_variant_iter_next (meters, "(&s&s)", &id, &text))
    ohm_dbus_add_take_text (texts, id, text);
  if (error != NULL || !ohm_dbus_add_meters (dbus, texts, options, &error))
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
  else
    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new ("(@ao)", ohm_dbus_add_new_paths (texts)));
}
