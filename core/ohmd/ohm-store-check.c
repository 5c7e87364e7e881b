/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

/* Reads the next records behind the mark: a corrupt page is an error, a damaged row is counted. */
static gboolean
ohm_store_check_some (OhmStoreBackend *self, guint *ret_n, GError **error)
{
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;
  OhmRecord *record;

  row = ohm_database_prepare (self->database, error,
                              "SELECT " OHM_STORE_INTERVAL_COLUMNS
                              " FROM intervals AS i JOIN runs AS r ON r.number = i.run"
                              " JOIN places AS p ON p.number = r.place"
                              " WHERE (i.run, i.slot) > (?, ?) ORDER BY i.run, i.slot LIMIT ?",
                              "iii", self->checked_run, self->checked_slot,
                              (gint64) OHM_STORE_STEP);
  if (row == NULL)
    return FALSE;
  while ((record = ohm_store_step_record (self, row, /* is_gap */ FALSE, &problem)) != NULL)
    {
      self->checked_run = record->run;
      self->checked_slot = ohm_store_slot_to_number (record->slot_us);
      ohm_record_unref (record);
      (*ret_n)++;
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gboolean
ohm_store_check_step (OhmStoreBackend *self, gboolean *ret_more, GError **error)
{
  guint n = 0;

  *ret_more = FALSE;
  if (self->is_checked)
    return TRUE;
  if (ohm_store_backend_get (self, error) == NULL || !ohm_store_check_some (self, &n, error))
    return FALSE;
  self->is_checked = n < OHM_STORE_STEP;
  *ret_more = !self->is_checked;
  return TRUE;
}
