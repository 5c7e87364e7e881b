/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-rename.h"

#include "ohm-dbus-config.h"
#include "ohm-dbus-path.h"
#include "ohm-dbus.h"
#include "ohm-rename-note.h"
#include "ohm-virtual-sum.h"

const OhmMeterConfig *
ohm_dbus_rename_find_file (OhmDbus *dbus, const OhmPlace *place, GDBusMethodInvocation *invocation)
{
  OhmConfig *config = ohm_site_get_config (ohm_dbus_get_parts (dbus)->site);
  const OhmMeterConfig *meter = place->meter != NULL ? ohm_config_find_meter (config, place->meter)
                                                     : NULL;

  if (meter == NULL)
    g_dbus_method_invocation_return_error (invocation, OHM_ERROR, OHM_ERROR_NOT_FOUND,
                                           "place '%s' has no meter any more, so no file",
                                           place->id);
  return meter;
}

void
ohm_dbus_rename_add_siblings (OhmDbus *dbus, const OhmMeterConfig *meter, GVariantBuilder *set)
{
  GPtrArray *places = ohm_places_of_meter (ohm_dbus_get_parts (dbus)->places, meter->id);

  if (meter->places->len > 0)
    return;
  for (guint i = 0; places != NULL && i < places->len; i++)
    {
      const OhmPlace *place = places->pdata[i];
      g_autofree char *group = g_strconcat ("place ", place->id, NULL);

      gboolean is_named = g_strcmp0 (place->name, place->id) != 0;

      if (is_named)
        g_variant_builder_add (set, "(sss)", group, "name", place->name);
      if (*place->source != '\0' || !is_named)
        g_variant_builder_add (set, "(sss)", group, "source", place->source);
    }
}

static gboolean
ohm_dbus_rename_check_id (const char *id, GError **error)
{
  if (ohm_id_is_valid (id))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'%s' is no id; use a-z, 0-9 and -, at most 63",
               id);
  return FALSE;
}

/* A meter's file with keys set. @set: (transfer floating). (transfer full) (nullable) */
static char *
ohm_dbus_rename_dup_edited (const OhmMeterConfig *meter, GVariant *set, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (set);
  g_autoptr (GVariant) unset = g_variant_ref_sink (g_variant_new ("a(ss)", NULL));
  g_autofree char *text = NULL;

  if (!g_file_get_contents (meter->file, &text, NULL, error))
    return NULL;
  return ohm_dbus_config_edit (text, owned, unset, error);
}

typedef struct
{
  OhmSite *site;                     /* (owned) */
  char *state_dir;                   /* (owned) */
  GDBusMethodInvocation *invocation; /* answered at the end */
  GPtrArray *texts;                  /* (owned) (element-type OhmSiteText): files with the new id */
  char *id;                          /* (owned) */
  char *new_id;                      /* (owned) */
  GError *error;                     /* (owned) (nullable): why it is taken back */
} OhmDbusRename;

static void
ohm_dbus_rename_free (OhmDbusRename *self)
{
  g_object_unref (self->site);
  g_free (self->state_dir);
  g_ptr_array_unref (self->texts);
  g_free (self->id);
  g_free (self->new_id);
  g_clear_error (&self->error);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDbusRename, ohm_dbus_rename_free)

static void
ohm_dbus_rename_on_undone (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDbusRename) self = user_data;

  ohm_places_rename_finish (OHM_PLACES (source), result, /* error */ NULL);
  g_dbus_method_invocation_take_error (self->invocation, g_steal_pointer (&self->error));
}

/* Files that cannot be written leave the store as it was. Whoever is killed before they are writes
 * them at the next start. */
static void
ohm_dbus_rename_on_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDbusRename) self = user_data;
  OhmPlaces *places = OHM_PLACES (source);
  gboolean is_stored = ohm_places_rename_finish (places, result, &self->error);
  gboolean is_done = is_stored && ohm_site_write_meters (self->site, self->texts,
                                                         /* overwrite */ TRUE, &self->error);
  OhmDbusRename *undone = NULL;

  ohm_rename_note_remove (self->state_dir);
  if (is_done)
    g_dbus_method_invocation_return_value (self->invocation, NULL);
  else if (!is_stored)
    g_dbus_method_invocation_take_error (self->invocation, g_steal_pointer (&self->error));
  else
    {
      undone = g_steal_pointer (&self);
      ohm_places_rename_async (places, undone->new_id, undone->id, ohm_dbus_rename_on_undone,
                               undone);
    }
}

static void
ohm_dbus_rename_add_sum (const OhmMeterConfig *meter,
                         const char *id,
                         const char *new_id,
                         GVariantBuilder *rows)
{
  const char *sum = ohm_settings_get_string (meter->settings, "sum");
  g_autofree char *renamed = NULL;

  if (!ohm_meter_config_is_virtual (meter) || !ohm_virtual_sum_contains (sum, id))
    return;
  renamed = ohm_virtual_sum_dup_renamed (sum, id, new_id);
  g_variant_builder_add (rows, "(sss)", "meter", "sum", renamed);
}

static void
ohm_dbus_rename_add_parents (const OhmMeterConfig *meter,
                             const char *id,
                             const char *new_id,
                             GVariantBuilder *rows)
{
  for (guint i = 0; i < meter->places->len; i++)
    {
      const OhmPlaceConfig *place = g_ptr_array_index (meter->places, i);
      g_autofree char *group = g_strconcat (OHM_PLACE_PREFIX, place->id, NULL);

      if (g_strcmp0 (ohm_settings_get_string (place->settings, "parent"), id) == 0)
        g_variant_builder_add (rows, "(sss)", group, "parent", new_id);
    }
}

/* Rows of keys that name the place: `a(sss)`. (transfer floating) */
static GVariant *
ohm_dbus_rename_new_rows (OhmDbus *dbus,
                          const OhmMeterConfig *meter,
                          const OhmPlace *place,
                          const char *new_id)
{
  g_auto (GVariantBuilder) rows = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sss)"));

  if (g_strcmp0 (meter->id, place->meter) == 0)
    ohm_dbus_rename_add_siblings (dbus, meter, &rows);
  ohm_dbus_rename_add_sum (meter, place->id, new_id, &rows);
  ohm_dbus_rename_add_parents (meter, place->id, new_id, &rows);
  return g_variant_builder_end (&rows);
}

/* The text of a meter's file in which the place has its new id. (transfer full) (nullable) */
static char *
ohm_dbus_rename_dup_text (const OhmMeterConfig *meter,
                          const OhmPlace *place,
                          const char *new_id,
                          GVariant *rows,
                          GError **error)
{
  g_autofree char *old_group = g_strconcat (OHM_PLACE_PREFIX, place->id, NULL);
  g_autofree char *new_group = g_strconcat (OHM_PLACE_PREFIX, new_id, NULL);
  g_autofree char *text = ohm_dbus_rename_dup_edited (meter, rows, error);

  if (text == NULL || g_strcmp0 (meter->id, place->meter) != 0)
    return g_steal_pointer (&text);
  return ohm_dbus_config_rename_group (text, old_group, new_group, error);
}

/* Files that name the place: its meter's, those of sums that it is a part of, and those of places
 * that it contains. */
static gboolean
ohm_dbus_rename_in_files (OhmDbus *dbus,
                          const OhmPlace *place,
                          const char *new_id,
                          GPtrArray *texts,
                          GError **error)
{
  GPtrArray *meters = ohm_site_get_config (ohm_dbus_get_parts (dbus)->site)->meters;

  for (guint i = 0; i < meters->len; i++)
    {
      const OhmMeterConfig *meter = meters->pdata[i];
      gboolean is_owner = g_strcmp0 (meter->id, place->meter) == 0;
      g_autoptr (GVariant) rows = NULL;
      OhmSiteText *row;

      if (meter->reason != NULL && !is_owner)
        continue;
      rows = g_variant_ref_sink (ohm_dbus_rename_new_rows (dbus, meter, place, new_id));
      if (!is_owner && g_variant_n_children (rows) == 0)
        continue;
      row = g_new0 (OhmSiteText, 1);
      g_ptr_array_add (texts, row);
      row->id = g_strdup (meter->id);
      row->text = ohm_dbus_rename_dup_text (meter, place, new_id, rows, error);
      if (row->text == NULL)
        return FALSE;
    }
  return TRUE;
}

/* First the store, then the files: the other way round the reload would find a new place. */
void
ohm_dbus_rename_call_place (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  const OhmPlace *place = object;
  const char *new_id = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmDbusRename) self = NULL;

  if (ohm_dbus_rename_find_file (dbus, place, invocation) == NULL)
    return;
  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 0, "&s", &new_id);
  self = g_new0 (OhmDbusRename, 1);
  self->site = g_object_ref (ohm_dbus_get_parts (dbus)->site);
  self->state_dir = g_strdup (ohm_dbus_get_parts (dbus)->state_dir);
  self->invocation = invocation;
  self->id = g_strdup (place->id);
  self->new_id = g_strdup (new_id);
  self->texts = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_site_text_free);
  if (!ohm_dbus_rename_check_id (new_id, &error) ||
      !ohm_dbus_rename_in_files (dbus, place, new_id, self->texts, &error) ||
      !ohm_rename_note_write (self->state_dir, self->site, new_id, self->texts, &error))
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  ohm_places_rename_async (ohm_dbus_get_parts (dbus)->places, place->id, new_id,
                           ohm_dbus_rename_on_stored, g_steal_pointer (&self));
}

/* The meter's file with its places spelled out: one that is there because the meter has its
 * counters is called after it. (transfer full) (nullable) */
static char *
ohm_dbus_rename_dup_spelled (OhmDbus *dbus, const OhmMeterConfig *meter, GError **error)
{
  g_auto (GVariantBuilder) rows = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sss)"));

  ohm_dbus_rename_add_siblings (dbus, meter, &rows);
  return ohm_dbus_rename_dup_edited (meter, g_variant_builder_end (&rows), error);
}

void
ohm_dbus_rename_call_meter (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmSite *site = ohm_dbus_get_parts (dbus)->site;
  const OhmMeterConfig *meter = NULL;
  const char *id = NULL;
  const char *new_id = NULL;
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s&s@a{sv})", &id, &new_id,
                 NULL);
  meter = ohm_config_find_meter (ohm_site_get_config (site), id);
  if (meter == NULL)
    g_set_error (&error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no meter '%s'", id);
  else if (ohm_dbus_rename_check_id (new_id, &error))
    text = ohm_dbus_rename_dup_spelled (dbus, meter, &error);
  if (text == NULL || !ohm_site_rename_meter (site, id, new_id, text, &error))
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  path = ohm_dbus_path_build ("meters", new_id);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
}
