/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

#include "ohm-series.h"

/* Whether two runs of a place follow each other and their ends were typed: @ret_last of the
 * former, @ret_first of the latter. */
static gboolean
ohm_store_get_typed (OhmStoreBackend *self,
                     gint64 former,
                     gint64 latter,
                     OhmRecord **ret_last,
                     OhmRecord **ret_first,
                     GError **error)
{
  g_autoptr (OhmRun) a = ohm_store_get_run (self, former, error);
  g_autoptr (OhmRun) b = a != NULL ? ohm_store_get_run (self, latter, error) : NULL;

  if (a == NULL || b == NULL)
    return FALSE;
  if (a->last != NULL && b->first != NULL && a->closed_us == b->opened_us)
    {
      *ret_last = ohm_record_ref (a->last);
      *ret_first = ohm_record_ref (b->first);
    }
  return TRUE;
}

gboolean
ohm_store_fill_gap (OhmStoreBackend *self,
                    OhmRecord *gap,
                    OhmRecord *before,
                    OhmRecord *after,
                    GError **error)
{
  g_autoptr (OhmRecord) last = NULL;
  g_autoptr (OhmRecord) first = NULL;
  g_autoptr (OhmRecord) part = NULL;

  if (before == NULL || after == NULL)
    return TRUE;
  if (before->run == after->run)
    {
      ohm_series_fill (gap, before, after);
      return TRUE;
    }
  if (!ohm_store_get_typed (self, before->run, after->run, &last, &first, error))
    return FALSE;
  if (last == NULL)
    return TRUE;
  part = ohm_record_new (last->place, last->points);
  ohm_series_fill (part, before, last);
  ohm_series_fill (gap, first, after);
  ohm_series_add (gap, part);
  return TRUE;
}

/* One piece of a gap that is left after stored slots were cut out. */
static gboolean
ohm_store_put_piece (OhmStoreBackend *self,
                     OhmStoreOp *op,
                     const OhmStoreSite *site,
                     const OhmRecord *whole,
                     OhmRecord *piece,
                     GError **error)
{
  gboolean is_tail = piece->slot_us == whole->slot_us;
  g_autoptr (OhmRecord) before = NULL;
  g_autoptr (OhmRecord) after = NULL;
  g_autoptr (OhmRecord) gap = NULL;
  g_autoptr (GError) problem = NULL;

  before = ohm_store_get_at (self, site->number, piece->from_us, &problem);
  if (problem == NULL)
    after = ohm_store_get_at (self, site->number, piece->slot_us + OHM_SLOT_US, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  gap = ohm_store_new_gap (after != NULL ? after : whole, piece->from_us, piece->slot_us,
                           whole->cause);
  gap->run = before != NULL ? before->run : whole->run;
  gap->flags = whole->flags;
  gap->part = g_strdup (whole->part);
  if (!is_tail || !ohm_store_is_open (whole))
    gap->read_us = after != NULL ? after->read_us : whole->read_us;
  return ohm_store_fill_gap (self, gap, before, after, error) &&
         ohm_store_write (self, op, site->number, gap, error);
}

/* (transfer full) (element-type gint64): ends of stored slots in the gap, then of its pieces. */
static GArray *
ohm_store_list_slots (OhmStoreBackend *self, gint64 place, const OhmRecord *gap, GError **error)
{
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GArray) slots = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GError) problem = NULL;

  row = ohm_database_prepare (self->database, error,
                              "SELECT i.slot FROM runs AS r JOIN intervals AS i"
                              " ON i.run = r.number WHERE r.place = ? AND i.slot > ?"
                              " AND i.slot <= ? ORDER BY i.slot",
                              "iii", place, ohm_store_slot_to_number (gap->from_us),
                              ohm_store_slot_to_number (gap->slot_us));
  if (row == NULL)
    return NULL;
  while (ohm_database_step (self->database, row, &problem))
    {
      gint64 slot_us = ohm_store_slot_from_number (ohm_statement_get_integer (row, 0));

      g_array_append_val (slots, slot_us);
    }
  if (problem == NULL)
    return g_steal_pointer (&slots);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

static gboolean
ohm_store_trim_gap (OhmStoreBackend *self,
                    OhmStoreOp *op,
                    const OhmStoreSite *site,
                    const OhmRecord *gap,
                    GError **error)
{
  g_autoptr (GArray) slots = ohm_store_list_slots (self, site->number, gap, error);
  g_autoptr (OhmRecord) piece = ohm_store_new_gap (gap, gap->from_us, 0, gap->cause);
  gint64 end_us = gap->slot_us + OHM_SLOT_US;

  if (slots == NULL || !ohm_store_drop_gap (self, site->number, gap, error))
    return FALSE;
  g_array_append_val (slots, end_us);
  for (guint i = 0; i < slots->len; i++)
    {
      gint64 slot_us = g_array_index (slots, gint64, i);

      piece->slot_us = slot_us - OHM_SLOT_US;
      if (piece->slot_us > piece->from_us &&
          !ohm_store_put_piece (self, op, site, gap, piece, error))
        return FALSE;
      piece->from_us = slot_us;
    }
  return TRUE;
}

gboolean
ohm_store_trim_gaps (OhmStoreBackend *self,
                     OhmStoreOp *op,
                     const OhmStoreSite *site,
                     gint64 from_us,
                     gint64 to_us,
                     GError **error)
{
  g_autoptr (GPtrArray) gaps = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  g_autoptr (GError) problem = NULL;

  {
    g_autoptr (OhmStatement) row = ohm_database_prepare (
      self->database, error,
      "SELECT " OHM_STORE_GAP_COLUMNS " FROM gaps AS g JOIN places AS p ON p.number = g.place"
      " WHERE g.place = ? AND g.to_slot + 1 >= ? AND g.from_slot <= ?"
      " ORDER BY g.from_slot",
      "iii", site->number, ohm_store_slot_to_number (from_us), ohm_store_slot_to_number (to_us));
    OhmRecord *gap;

    if (row == NULL)
      return FALSE;
    while ((gap = ohm_store_step_record (self, row, /* is_gap */ TRUE, &problem)) != NULL)
      g_ptr_array_add (gaps, gap);
  }
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  for (guint i = 0; i < gaps->len; i++)
    if (!ohm_store_trim_gap (self, op, site, g_ptr_array_index (gaps, i), error))
      return FALSE;
  return TRUE;
}
