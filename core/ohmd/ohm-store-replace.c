/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-exchange.h"
#include "ohm-store-private.h"

static OhmReplacement *
ohm_store_replacement_copy (const OhmReplacement *from)
{
  OhmReplacement *self = g_new0 (OhmReplacement, 1);

  *self = *from;
  self->place = g_strdup (from->place);
  self->serial = g_strdup (from->serial);
  self->last = from->last != NULL ? ohm_record_ref (from->last) : NULL;
  self->first = from->first != NULL ? ohm_record_ref (from->first) : NULL;
  return self;
}

static void
ohm_store_replacement_free (OhmReplacement *self)
{
  g_free ((gpointer) (guintptr) self->place);
  g_free ((gpointer) (guintptr) self->serial);
  g_clear_pointer (&self->last, ohm_record_unref);
  g_clear_pointer (&self->first, ohm_record_unref);
  g_free (self);
}

/* Typed counters of a run's end: column pair @sql with its number. Their key is the run. */
static gboolean
ohm_store_put_typed (OhmStoreBackend *self,
                     const char *sql,
                     gint64 run,
                     OhmRecord *counters,
                     GError **error)
{
  OhmStoreKey key = { { run } };
  g_autoptr (GBytes) data = NULL;
  gint64 points;

  if (counters == NULL)
    return TRUE;
  points = ohm_store_put_points (self, counters->points, error);
  if (points < 0)
    return FALSE;
  data = ohm_store_encode (&key, counters);
  return ohm_database_run (self->database, error, sql, "ibi", points, data, run);
}

static gboolean
ohm_store_note_replaced (OhmStoreBackend *self, const OhmStoreSite *site, GError **error)
{
  g_autofree char *subject = g_strconcat ("places/", site->id, NULL);
  /* its serial may not be known before it answers */
  g_autoptr (OhmMessage) message = ohm_message_new ("meter-replaced", "serial", site->serial, NULL);

  return ohm_store_put_message (self, subject, message, error);
}

/* Whether what was typed can be, after what the old meter has recorded. */
static gboolean
ohm_store_check_replacement (OhmStoreBackend *self,
                             const OhmStoreSite *site,
                             const OhmReplacement *replacement,
                             GError **error)
{
  OhmExchangeLimits limits = {
    .max_w = replacement->max_w,
    .now_us = ohm_clock_get_wall_us (self->clock),
  };
  g_autoptr (OhmRecord) recorded = NULL;
  g_autoptr (GError) problem = NULL;

  if (replacement->is_forced)
    return TRUE;
  if (site->run != 0)
    recorded = ohm_store_get_end (self, site->run, /* is_last */ TRUE, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  limits.recorded = recorded;
  return (replacement->last == NULL ||
          ohm_exchange_check_last (replacement->last, &limits, error)) &&
         (replacement->first == NULL || ohm_exchange_check_first (replacement->first, error));
}

static gboolean
ohm_store_end_run (OhmStoreBackend *self,
                   const OhmStoreSite *site,
                   const OhmReplacement *replacement,
                   gint64 now_us,
                   GError **error)
{
  return site->run == 0 ||
         (ohm_store_close_run (self, site, now_us, error) &&
          ohm_store_put_typed (self,
                               "UPDATE runs SET last_points = ?, last_data = ? WHERE number = ?",
                               site->run, replacement->last, error));
}

/* (transfer full) (nullable): the new run */
static OhmRun *
ohm_store_replace_one (OhmStoreBackend *self, const OhmReplacement *replacement, GError **error)
{
  g_autoptr (OhmStoreSite) site = ohm_store_find_site (self, replacement->place, error);
  gint64 now_us = ohm_clock_get_wall_us (self->clock);

  if (site == NULL || !ohm_store_check_replacement (self, site, replacement, error))
    return NULL;
  g_free (site->serial);
  site->serial = g_strdup (replacement->serial);
  /* where and how the new meter is read may still be told: the first record fills it in */
  g_clear_pointer (&site->address, g_free);
  g_clear_pointer (&site->counters, g_free);
  if (!ohm_store_end_run (self, site, replacement, now_us, error) ||
      !ohm_store_open_run (self, site, now_us, error) ||
      !ohm_store_put_typed (self,
                            "UPDATE runs SET first_points = ?, first_data = ? WHERE number = ?",
                            site->run, replacement->first, error) ||
      !ohm_database_run (self->database, error, "UPDATE places SET serial = ? WHERE number = ?",
                         "ti", site->serial, site->number) ||
      !ohm_store_note_replaced (self, site, error))
    return NULL;
  return ohm_store_get_run (self, site->run, error);
}

static gboolean
ohm_store_run_replace (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  const GPtrArray *replacements = op->data;
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_run_unref);

  for (guint i = 0; i < replacements->len; i++)
    {
      const OhmReplacement *replacement = g_ptr_array_index (replacements, i);
      OhmRun *run = ohm_store_replace_one (self, replacement, error);

      if (run == NULL)
        {
          g_prefix_error (error, "place '%s': ", replacement->place);
          return FALSE;
        }
      g_ptr_array_add (runs, run);
    }
  g_clear_pointer (&op->result, g_ptr_array_unref);
  op->result = g_steal_pointer (&runs);
  op->free_result = (GDestroyNotify) g_ptr_array_unref;
  return TRUE;
}

void
ohm_store_replace_async (OhmStore *self,
                         const OhmReplacement *replacements,
                         guint n,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GPtrArray *copies;
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self));
  g_return_if_fail (replacements != NULL || n == 0);

  copies = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_store_replacement_free);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (copies, ohm_store_replacement_copy (&replacements[i]));
  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_replace);
  ohm_store_op_set_data (op, copies, (GDestroyNotify) g_ptr_array_unref,
                         n * sizeof (OhmReplacement));
  op->task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (op->task, ohm_store_replace_async);
  ohm_store_push (self, op);
}

GPtrArray *
ohm_store_replace_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
