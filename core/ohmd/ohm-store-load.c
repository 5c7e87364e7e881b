/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

void
ohm_store_meter_free (OhmStoreMeter *self)
{
  g_free (self->id);
  g_free (self->type);
  g_free (self->address);
  g_free (self->serial);
  g_clear_pointer (&self->facts, ohm_facts_unref);
  g_clear_pointer (&self->limits, g_variant_unref);
  g_free (self);
}

static void
ohm_store_place_free (OhmStorePlace *self)
{
  ohm_place_unref (self->place);
  g_clear_pointer (&self->last, ohm_record_unref);
  g_free (self);
}

void
ohm_store_content_free (OhmStoreContent *self)
{
  g_clear_pointer (&self->meters, g_ptr_array_unref);
  g_clear_pointer (&self->places, g_ptr_array_unref);
  g_free (self);
}

/* (nullable): what a column of ours holds, if it is sound */
static GVariant *
ohm_store_parse_variant (const char *type, const char *text)
{
  g_autoptr (GVariantType) variant_type = g_variant_type_new (type);
  GVariant *variant;

  if (text == NULL)
    return NULL;
  variant = g_variant_parse (variant_type, text, NULL, NULL, /* error */ NULL);
  return variant;
}

static OhmStoreMeter *
ohm_store_meter_from_row (OhmStatement *row)
{
  g_autoptr (GVariant) facts = ohm_store_parse_variant ("a{ss}", ohm_statement_get_text (row, 4));
  OhmStoreMeter *meter = g_new0 (OhmStoreMeter, 1);

  meter->id = g_strdup (ohm_statement_get_text (row, 0));
  meter->type = g_strdup (ohm_statement_get_text (row, 1));
  meter->address = g_strdup (ohm_statement_get_text (row, 2));
  meter->serial = g_strdup (ohm_statement_get_text (row, 3));
  if (facts != NULL)
    meter->facts = ohm_facts_new_from_variant (facts);
  meter->limits = ohm_store_parse_variant ("a{sv}", ohm_statement_get_text (row, 5));
  meter->updated_us = ohm_statement_get_integer (row, 6);
  return meter;
}

static gboolean
ohm_store_load_meters (OhmStoreBackend *self, GPtrArray *meters, GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    "SELECT id, type, address, serial, facts, limits, updated_us FROM meters ORDER BY id", "");
  g_autoptr (GError) problem = NULL;

  if (row == NULL)
    return FALSE;
  while (ohm_database_step (self->database, row, &problem))
    g_ptr_array_add (meters, ohm_store_meter_from_row (row));
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* Without run and last record, which need statements of their own. */
static OhmPlace *
ohm_store_place_from_row (OhmStatement *row)
{
  OhmPlace fields = {
    .id = (char *) (guintptr) ohm_statement_get_text (row, 0),
    .name = (char *) (guintptr) ohm_statement_get_text (row, 1),
    .source = (char *) (guintptr) ohm_statement_get_text (row, 2),
    .medium = (char *) (guintptr) ohm_statement_get_text (row, 3),
    .parent = (char *) (guintptr) ohm_statement_get_text (row, 4),
    .is_inverted = ohm_statement_get_integer (row, 5) != 0,
    .factor = ohm_statement_get_real (row, 6),
    .meter = (char *) (guintptr) ohm_statement_get_text (row, 7),
    .serial = (char *) (guintptr) ohm_statement_get_text (row, 8),
    .address = (char *) (guintptr) ohm_statement_get_text (row, 9),
    .counters = (char *) (guintptr) ohm_statement_get_text (row, 10),
  };

  return ohm_place_new (&fields);
}

static gboolean
ohm_store_load_place_rows (OhmStoreBackend *self, GPtrArray *places, GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    "SELECT id, name, source, medium, parent, is_inverted, factor, meter,"
    " serial, address, counters FROM places WHERE instr (id, '/') = 0 ORDER BY id",
    "");
  g_autoptr (GError) problem = NULL;

  if (row == NULL)
    return FALSE;
  while (ohm_database_step (self->database, row, &problem))
    {
      OhmStorePlace *place = g_new0 (OhmStorePlace, 1);

      place->place = ohm_store_place_from_row (row);
      g_ptr_array_add (places, place);
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static OhmPlace *
ohm_store_place_with_run (const OhmPlace *place, OhmRun *run)
{
  OhmPlace fields = *place;

  fields.run = run;
  return ohm_place_new (&fields);
}

static gboolean
ohm_store_load_run (OhmStoreBackend *self,
                    OhmStorePlace *place,
                    const OhmStoreSite *site,
                    GError **error)
{
  g_autoptr (OhmRun) run = NULL;
  OhmPlace *with_run;

  if (site->run == 0)
    return TRUE;
  run = ohm_store_get_run (self, site->run, error);
  if (run == NULL)
    return FALSE;
  with_run = ohm_store_place_with_run (place->place, run);
  ohm_place_unref (place->place);
  place->place = with_run;
  return TRUE;
}

static gboolean
ohm_store_load_series (OhmStoreBackend *self, OhmStorePlace *place, GError **error)
{
  g_autoptr (OhmStoreSite) site = ohm_store_find_site (self, place->place->id, error);
  g_autoptr (OhmRecord) newest = NULL;
  g_autoptr (OhmRecord) gap = NULL;
  g_autoptr (GError) problem = NULL;

  if (site == NULL || !ohm_store_load_run (self, place, site, error))
    return FALSE;
  newest = ohm_store_get_newest (self, site->number, &problem);
  if (problem == NULL)
    gap = ohm_store_get_newest_gap (self, site->number, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (newest != NULL)
    {
      place->slot_us = newest->slot_us;
      place->read_us = newest->read_us;
    }
  if (gap != NULL)
    {
      place->is_gap = gap->slot_us > place->slot_us;
      place->cause = gap->cause;
      place->gap_from_us = gap->from_us;
      place->slot_us = MAX (place->slot_us, gap->slot_us);
    }
  if (newest != NULL && newest->run == site->run)
    place->last = g_steal_pointer (&newest);
  return TRUE;
}

OhmStoreContent *
ohm_store_backend_load (OhmStoreBackend *self, GError **error)
{
  g_autoptr (OhmStoreContent) content = g_new0 (OhmStoreContent, 1);

  content->meters = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_store_meter_free);
  content->places = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_store_place_free);
  if (!ohm_store_put_future_aside (self, error) ||
      !ohm_store_load_meters (self, content->meters, error) ||
      !ohm_store_load_place_rows (self, content->places, error))
    return NULL;
  for (guint i = 0; i < content->places->len; i++)
    {
      OhmStorePlace *place = g_ptr_array_index (content->places, i);

      if (!ohm_store_load_series (self, place, error))
        return NULL;
      content->newest_slot_us = MAX (content->newest_slot_us, place->slot_us);
    }
  return g_steal_pointer (&content);
}
