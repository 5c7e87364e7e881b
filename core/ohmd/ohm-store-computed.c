/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

#include <string.h>

/* Records of virtual meters: what may be written over, and when a run ends, is told by the runs of
 * the parts that they were computed from. A run keeps them as its serial. */

void
ohm_computed_free (OhmComputed *self)
{
  ohm_record_unref (self->record);
  g_free (self->parts);
  g_free (self);
}

static gboolean
ohm_store_is_same_value (const OhmRecord *a, const OhmRecord *b)
{
  guint n = ohm_point_set_get_n (a->points);

  if (a->points != b->points || a->flags != b->flags)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      gboolean is_missing = a->qualities[i] == OHM_QUALITY_MISSING;

      if (a->qualities[i] != b->qualities[i] ||
          (!is_missing && memcmp (&a->cells[i], &b->cells[i], sizeof a->cells[i]) != 0))
        return FALSE;
    }
  return TRUE;
}

/* Whether the record's run was computed from @parts. */
static gboolean
ohm_store_is_of_parts (OhmStoreBackend *self,
                       const OhmRecord *record,
                       const char *parts,
                       gboolean *ret_is_same,
                       GError **error)
{
  g_autoptr (OhmRun) run = NULL;

  *ret_is_same = FALSE;
  if (record->run == 0)
    return TRUE;
  run = ohm_store_get_run (self, record->run, error);
  if (run == NULL)
    return FALSE;
  *ret_is_same = g_strcmp0 (run->serial, parts) == 0;
  return TRUE;
}

/* A part changed behind the end of the series. */
static gboolean
ohm_store_recompute (OhmStoreBackend *self,
                     OhmStoreOp *op,
                     const OhmStoreSite *site,
                     const OhmComputed *computed,
                     GError **error)
{
  OhmRecord *record = computed->record;
  g_autoptr (OhmRecord) stored = NULL;
  g_autoptr (GError) problem = NULL;
  gboolean is_same = FALSE;

  stored = ohm_store_get_at (self, site->number, record->slot_us, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (stored != NULL)
    record->run = stored->run;
  else if (!ohm_store_find_run (self, site->number, record, error))
    return FALSE;
  if (!ohm_store_is_of_parts (self, record, computed->parts, &is_same, error))
    return FALSE;
  if (stored != NULL)
    record->flags |= stored->flags & OHM_RECORD_RESET;
  if (!is_same || (stored != NULL && ohm_store_is_same_value (stored, record)))
    return TRUE;
  return ohm_store_write (self, op, site->number, record, error);
}

static gboolean
ohm_store_append_sum (OhmStoreBackend *self,
                      OhmStoreOp *op,
                      OhmStoreSite *site,
                      const OhmComputed *computed,
                      gint64 *ret_written_us,
                      GError **error)
{
  OhmRecord *record = computed->record;
  g_auto (OhmStoreReach) reach = { NULL };

  if (!ohm_store_get_reach (self, site->number, &reach, error))
    return FALSE;
  if (record->slot_us <= reach.covered_us)
    {
      guint n = op->announce->len;

      if (!ohm_store_recompute (self, op, site, computed, error))
        return FALSE;
      if (op->announce->len > n)
        *ret_written_us = record->slot_us;
      return TRUE;
    }
  g_free (site->serial);
  site->serial = g_strdup (computed->parts);
  if ((site->run == 0 || computed->is_break || g_strcmp0 (site->run_serial, site->serial) != 0) &&
      !ohm_store_begin_run (self, site, record->slot_us, error))
    return FALSE;
  return ohm_store_append_new (self, op, site, &reach, record, error);
}

static gboolean
ohm_store_append_computed_one (OhmStoreBackend *self,
                               OhmStoreOp *op,
                               const OhmComputed *computed,
                               gint64 *ret_written_us,
                               GError **error)
{
  g_autoptr (OhmStoreSite) site = ohm_store_ensure_site (self, computed->record->place, error);

  *ret_written_us = 0;
  if (site == NULL)
    return FALSE;
  if (computed->record->is_gap)
    return ohm_store_append_gap (self, op, site, computed->record, error);
  return ohm_store_append_sum (self, op, site, computed, ret_written_us, error);
}

/* What was filled in behind the end of the series is no gap any more. */
static gboolean
ohm_store_trim_computed (OhmStoreBackend *self,
                         OhmStoreOp *op,
                         const char *place,
                         gint64 from_us,
                         gint64 to_us,
                         GError **error)
{
  g_autoptr (OhmStoreSite) site = ohm_store_find_site (self, place, error);

  return site != NULL && ohm_store_trim_gaps (self, op, site, from_us, to_us, error);
}

static gboolean
ohm_store_run_append_computed (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  GPtrArray *list = op->data;
  const char *place = NULL;
  gint64 from_us = G_MAXINT64;
  gint64 to_us = 0;

  for (guint i = 0; i < list->len; i++)
    {
      const OhmComputed *computed = g_ptr_array_index (list, i);
      gint64 written_us;

      place = computed->record->place;
      if (!ohm_store_append_computed_one (self, op, computed, &written_us, error))
        {
          g_prefix_error (error, "place '%s': ", place);
          return FALSE;
        }
      if (written_us == 0)
        continue;
      from_us = MIN (from_us, written_us);
      to_us = MAX (to_us, written_us);
    }
  return to_us == 0 || ohm_store_trim_computed (self, op, place, from_us, to_us, error);
}

void
ohm_store_append_computed_async (OhmStore *self,
                                 GPtrArray *computed,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  OhmStoreOp *op;
  gsize n_bytes = 0;

  g_return_if_fail (OHM_IS_STORE (self) && computed != NULL);

  for (guint i = 0; i < computed->len; i++)
    {
      const OhmComputed *one = g_ptr_array_index (computed, i);

      n_bytes += sizeof *one + sizeof (OhmRecord) + ohm_point_set_get_n (one->record->points) * 9u;
    }
  op = ohm_store_op_new (OHM_STORE_OP_RECORDS, ohm_store_run_append_computed);
  ohm_store_op_set_data (op, computed, (GDestroyNotify) g_ptr_array_unref, n_bytes);
  op->task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (op->task, ohm_store_append_computed_async);
  ohm_store_push (self, op);
}

gboolean
ohm_store_append_computed_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
