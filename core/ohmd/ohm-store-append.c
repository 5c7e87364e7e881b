/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

#include "ohm-series.h"

void
ohm_store_reach_clear (OhmStoreReach *self)
{
  g_clear_pointer (&self->newest, ohm_record_unref);
  g_clear_pointer (&self->gap, ohm_record_unref);
}

gboolean
ohm_store_get_reach (OhmStoreBackend *self, gint64 place, OhmStoreReach *reach, GError **error)
{
  g_autoptr (GError) problem = NULL;

  reach->newest = ohm_store_get_newest (self, place, &problem);
  if (problem == NULL)
    reach->gap = ohm_store_get_newest_gap (self, place, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (reach->newest != NULL)
    reach->covered_us = reach->newest->slot_us;
  if (reach->gap != NULL)
    reach->covered_us = MAX (reach->covered_us, reach->gap->slot_us);
  return TRUE;
}

gboolean
ohm_store_is_open (const OhmRecord *gap)
{
  return gap != NULL && gap->read_us == 0;
}

/* Writes @record under a new number and has it announced. */
gboolean
ohm_store_write (OhmStoreBackend *self,
                 OhmStoreOp *op,
                 gint64 place,
                 OhmRecord *record,
                 GError **error)
{
  record->seq = ohm_store_backend_next_seq (self);
  if (!ohm_store_put (self, place, record, error))
    return FALSE;
  g_ptr_array_add (op->announce, ohm_record_ref (record));
  return TRUE;
}

/* The record (of any run) at @slot_us. */
OhmRecord *
ohm_store_get_at (OhmStoreBackend *self, gint64 place, gint64 slot_us, GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    "SELECT " OHM_STORE_INTERVAL_COLUMNS " FROM runs AS r JOIN intervals AS i ON i.run = r.number"
    " JOIN places AS p ON p.number = r.place"
    " WHERE r.place = ? AND i.slot = ? ORDER BY r.number DESC LIMIT 1",
    "ii", place, ohm_store_slot_to_number (slot_us));

  return row != NULL ? ohm_store_step_record (self, row, /* is_gap */ FALSE, error) : NULL;
}

/* A gap with the points of @like, all cells missing. */
OhmRecord *
ohm_store_new_gap (const OhmRecord *like, gint64 from_us, gint64 to_us, OhmGapCause cause)
{
  OhmRecord *gap = ohm_record_new (like->place, like->points);

  gap->is_gap = TRUE;
  gap->run = like->run;
  gap->from_us = from_us;
  gap->slot_us = to_us;
  gap->cause = cause;
  return gap;
}

/* Writes the gap that @record closes, between @from_us and it. */
static gboolean
ohm_store_close_gap (OhmStoreBackend *self,
                     OhmStoreOp *op,
                     const OhmStoreSite *site,
                     const OhmStoreReach *reach,
                     OhmRecord *record,
                     GError **error)
{
  gboolean is_open = ohm_store_is_open (reach->gap);
  g_autoptr (OhmRecord) gap = ohm_store_new_gap (record,
                                                 is_open ? reach->gap->from_us : reach->covered_us,
                                                 record->slot_us - OHM_SLOT_US,
                                                 is_open ? reach->gap->cause
                                                         : OHM_GAP_STORE_FAILED);

  gap->run = reach->newest->run;
  gap->read_us = record->read_us;
  gap->flags = record->flags & OHM_RECORD_CLOCK_UNSURE;
  if (is_open)
    gap->part = g_strdup (reach->gap->part);
  /* an earlier gap right before has the counters' difference no more than this one has */
  if (gap->from_us == reach->newest->slot_us &&
      !ohm_store_fill_gap (self, gap, reach->newest, record, error))
    return FALSE;
  return ohm_store_write (self, op, site->number, gap, error);
}

/* Marks @record if a counter in it is lower than @before; that it was marked already is no news. */
static gboolean
ohm_store_note_reset (OhmStoreBackend *self,
                      const OhmRecord *before,
                      OhmRecord *record,
                      GError **error)
{
  g_autofree char *subject = g_strconcat ("places/", record->place, NULL);
  g_autofree char *arguments = NULL;
  gboolean was_reset = (record->flags & OHM_RECORD_RESET) != 0;
  int index = -1;

  record->flags &= ~(guint) OHM_RECORD_RESET;
  if (before != NULL && before->run == record->run)
    index = ohm_series_find_fall (before, record);
  if (index < 0)
    return TRUE;
  record->flags |= OHM_RECORD_RESET;
  if (was_reset)
    return TRUE;
  arguments = g_strdup_printf (
    "{'point': '%s'}", ohm_point_set_get_points (record->points, &(guint){ 0 })[index].name);
  return ohm_store_put_event (self, subject, "counter-reset", arguments, error);
}

gboolean
ohm_store_append_new (OhmStoreBackend *self,
                      OhmStoreOp *op,
                      const OhmStoreSite *site,
                      const OhmStoreReach *reach,
                      OhmRecord *record,
                      GError **error)
{
  gboolean is_hole = reach->newest != NULL && record->slot_us - reach->covered_us > OHM_SLOT_US;

  record->run = site->run;
  if ((is_hole || ohm_store_is_open (reach->gap)) &&
      !ohm_store_close_gap (self, op, site, reach, record, error))
    return FALSE;
  return ohm_store_note_reset (self, reach->newest, record, error) &&
         ohm_store_write (self, op, site->number, record, error);
}

gboolean
ohm_store_find_run (OhmStoreBackend *self, gint64 place, OhmRecord *record, GError **error)
{
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;

  row = ohm_database_prepare (self->database, error,
                              "SELECT number FROM runs WHERE place = ?"
                              " ORDER BY opened_us <= ? DESC,"
                              " CASE WHEN opened_us <= ?2 THEN -number ELSE number END LIMIT 1",
                              "ii", place, record->slot_us);
  if (row == NULL)
    return FALSE;
  if (ohm_database_step (self->database, row, &problem))
    record->run = ohm_statement_get_integer (row, 0);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* (nullable): the record of @record's run that is next to it */
static OhmRecord *
ohm_store_get_beside (OhmStoreBackend *self,
                      const OhmRecord *record,
                      gboolean is_after,
                      GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    is_after ? "SELECT " OHM_STORE_INTERVAL_COLUMNS " FROM intervals AS i JOIN runs AS r"
               " ON r.number = i.run JOIN places AS p ON p.number = r.place"
               " WHERE i.run = ? AND i.slot > ? ORDER BY i.slot LIMIT 1"
             : "SELECT " OHM_STORE_INTERVAL_COLUMNS " FROM intervals AS i JOIN runs AS r"
               " ON r.number = i.run JOIN places AS p ON p.number = r.place"
               " WHERE i.run = ? AND i.slot < ? ORDER BY i.slot DESC LIMIT 1",
    "ii", record->run, ohm_store_slot_to_number (record->slot_us));

  return row != NULL ? ohm_store_step_record (self, row, /* is_gap */ FALSE, error) : NULL;
}

/* What is filled in tells when a counter fell: the record behind it may have been marked for it. */
static gboolean
ohm_store_note_old_resets (OhmStoreBackend *self,
                           OhmStoreOp *op,
                           const OhmStoreSite *site,
                           OhmRecord *record,
                           GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (OhmRecord) before = ohm_store_get_beside (self, record, /* is_after */ FALSE,
                                                       &problem);
  g_autoptr (OhmRecord) after = NULL;
  guint flags;

  if (problem == NULL)
    after = ohm_store_get_beside (self, record, /* is_after */ TRUE, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (!ohm_store_note_reset (self, before, record, error))
    return FALSE;
  if (after == NULL)
    return TRUE;
  flags = after->flags;
  return ohm_store_note_reset (self, record, after, error) &&
         (after->flags == flags || ohm_store_write (self, op, site->number, after, error));
}

/* Only a better source may replace or fill in what is behind the end of the series. */
static gboolean
ohm_store_append_old (OhmStoreBackend *self,
                      OhmStoreOp *op,
                      const OhmStoreSite *site,
                      OhmRecord *record,
                      GError **error)
{
  g_autoptr (OhmRecord) stored = NULL;
  g_autoptr (GError) problem = NULL;

  if (record->origin == OHM_ORIGIN_GATEWAY_SAMPLED)
    return TRUE;
  stored = ohm_store_get_at (self, site->number, record->slot_us, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (stored != NULL && stored->origin != OHM_ORIGIN_GATEWAY_SAMPLED)
    return TRUE;
  if (stored != NULL)
    record->run = stored->run;
  else if (!ohm_store_find_run (self, site->number, record, error))
    return FALSE;
  if (stored != NULL)
    record->flags |= stored->flags & OHM_RECORD_RESET;
  return ohm_store_note_old_resets (self, op, site, record, error) &&
         ohm_store_write (self, op, site->number, record, error);
}

gboolean
ohm_store_append_gap (OhmStoreBackend *self,
                      OhmStoreOp *op,
                      const OhmStoreSite *site,
                      const OhmRecord *hint,
                      GError **error)
{
  g_auto (OhmStoreReach) reach = { NULL };
  g_autoptr (OhmRecord) gap = NULL;

  if (!ohm_store_get_reach (self, site->number, &reach, error))
    return FALSE;
  if (reach.newest == NULL || hint->slot_us <= reach.covered_us)
    return TRUE;
  if (ohm_store_is_open (reach.gap))
    {
      reach.gap->slot_us = hint->slot_us;
      return ohm_store_put (self, site->number, reach.gap, error);
    }
  gap = ohm_store_new_gap (reach.newest, reach.covered_us, hint->slot_us, hint->cause);
  gap->flags = hint->flags & OHM_RECORD_CLOCK_UNSURE;
  gap->part = g_strdup (hint->part);
  return ohm_store_write (self, op, site->number, gap, error);
}

static gboolean
ohm_store_append_interval (OhmStoreBackend *self,
                           OhmStoreOp *op,
                           OhmStoreSite *site,
                           OhmRecord *record,
                           GError **error)
{
  g_auto (OhmStoreReach) reach = { NULL };
  gboolean is_wrong = FALSE;
  gboolean is_old;

  if (!ohm_store_get_reach (self, site->number, &reach, error))
    return FALSE;
  is_old = record->slot_us <= reach.covered_us;
  if (!ohm_store_settle_run (self, site, record->slot_us, is_old, &is_wrong, error))
    return FALSE;
  if (is_wrong)
    {
      g_autoptr (OhmRecord) gap = ohm_store_new_gap (record, /* from_us */ 0, record->slot_us,
                                                     OHM_GAP_WRONG_DEVICE);

      return ohm_store_append_gap (self, op, site, gap, error);
    }
  if (is_old)
    return ohm_store_append_old (self, op, site, record, error);
  return ohm_store_append_new (self, op, site, &reach, record, error);
}

static gboolean
ohm_store_append_one (OhmStoreBackend *self, OhmStoreOp *op, OhmRecord *record, GError **error)
{
  g_autoptr (OhmStoreSite) site = ohm_store_ensure_site (self, record->place, error);

  if (site == NULL)
    return FALSE;
  if (record->is_gap)
    return ohm_store_append_gap (self, op, site, record, error);
  return ohm_store_append_interval (self, op, site, record, error);
}

/* Cuts out of the gaps of @place what was stored behind the end of its series, once for all. */
static gboolean
ohm_store_trim_place (OhmStoreBackend *self, OhmStoreOp *op, const char *place, GError **error)
{
  g_autoptr (OhmStoreSite) site = NULL;
  gint64 from_us = G_MAXINT64;
  gint64 to_us = G_MININT64;

  for (guint i = 0; i < op->announce->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (op->announce, i);

      if (record->is_gap || !g_str_equal (record->place, place))
        continue;
      from_us = MIN (from_us, record->slot_us);
      to_us = MAX (to_us, record->slot_us);
    }
  site = ohm_store_find_site (self, place, error);
  return site != NULL && ohm_store_trim_gaps (self, op, site, from_us, to_us, error);
}

static gboolean
ohm_store_trim_places (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer place;

  for (guint i = 0; i < op->announce->len; i++)
    {
      OhmRecord *record = g_ptr_array_index (op->announce, i);

      if (!record->is_gap && record->origin != OHM_ORIGIN_GATEWAY_SAMPLED)
        g_hash_table_add (places, record->place);
    }
  g_hash_table_iter_init (&iter, places);
  while (g_hash_table_iter_next (&iter, &place, NULL))
    if (!ohm_store_trim_place (self, op, place, error))
      return FALSE;
  return TRUE;
}

gboolean
ohm_store_run_append (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  GPtrArray *records = op->data;

  for (guint i = 0; i < records->len; i++)
    {
      OhmRecord *record = g_ptr_array_index (records, i);

      if (!ohm_store_append_one (self, op, record, error))
        {
          g_prefix_error (error, "place '%s': ", record->place);
          return FALSE;
        }
    }
  return ohm_store_trim_places (self, op, error);
}
