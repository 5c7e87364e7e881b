/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-places-private.h"

/* (nullable): what was typed for a place */
static OhmRecord *
ohm_places_find_typed (GPtrArray *records, const char *place)
{
  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      OhmRecord *record = g_ptr_array_index (records, i);

      if (g_str_equal (record->place, place))
        return record;
    }
  return NULL;
}

static gboolean
ohm_places_check_typed (const char *meter, GPtrArray *places, GPtrArray *records, GError **error)
{
  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (records, i);
      gboolean is_known = FALSE;

      for (guint k = 0; k < places->len; k++)
        is_known |= g_str_equal (((const OhmPlace *) places->pdata[k])->id, record->place);
      if (is_known)
        continue;
      g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "meter '%s' does not measure place '%s'",
                   meter, record->place);
      return FALSE;
    }
  return TRUE;
}

/* @places: (element-type OhmPlace): what was replaced, in the order of the runs */
static void
ohm_places_follow_exchange (OhmPlaces *self, GPtrArray *places, GPtrArray *runs)
{
  for (guint i = 0; i < places->len; i++)
    ohm_places_follow_new_run (self, ((const OhmPlace *) places->pdata[i])->id,
                               g_ptr_array_index (runs, i));
}

static void
ohm_places_on_replaced (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  OhmPlaces *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) runs = ohm_store_replace_finish (OHM_STORE (source), result, &error);

  if (runs == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  ohm_places_follow_exchange (self, g_task_get_task_data (task), runs);
  g_task_return_boolean (task, TRUE);
}

/* (transfer full) (element-type OhmPlace): they may be others before the store has answered */
static GPtrArray *
ohm_places_copy (GPtrArray *places)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_place_unref);

  for (guint i = 0; i < places->len; i++)
    g_ptr_array_add (copy, ohm_place_ref (g_ptr_array_index (places, i)));
  return copy;
}

/* @task: (transfer full): with the places as its data */
static void
ohm_places_replace (OhmPlaces *self, const OhmPlacesExchange *exchange, GTask *task)
{
  GPtrArray *places = g_task_get_task_data (task);
  g_autofree OhmReplacement *list = g_new0 (OhmReplacement, places->len);

  for (guint i = 0; i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);

      list[i] = (OhmReplacement){
        .place = place->id,
        .last = ohm_places_find_typed (exchange->last, place->id),
        .first = ohm_places_find_typed (exchange->first, place->id),
        /* the serial of the new meter, if it has been surveyed already */
        .serial = ohm_place_is_wrong_device (place) ? place->serial : NULL,
        .max_w = exchange->max_w,
        .is_forced = exchange->is_forced,
      };
    }
  ohm_store_replace_async (ohm_places_get_store (self), list, places->len, ohm_places_on_replaced,
                           task);
}

void
ohm_places_replace_async (OhmPlaces *self,
                          const char *meter,
                          const OhmPlacesExchange *exchange,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GPtrArray *list;
  GError *error = NULL;

  g_return_if_fail (OHM_IS_PLACES (self) && meter != NULL && exchange != NULL);

  task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (task, ohm_places_replace_async);
  list = ohm_places_of_meter (self, meter);
  if (list == NULL || list->len == 0)
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_NOT_FOUND, "meter '%s' measures no place",
                               meter);
      return;
    }
  if (!ohm_places_check_typed (meter, list, exchange->last, &error) ||
      !ohm_places_check_typed (meter, list, exchange->first, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, ohm_places_copy (list), (GDestroyNotify) g_ptr_array_unref);
  ohm_places_replace (self, exchange, g_steal_pointer (&task));
}

gboolean
ohm_places_replace_finish (OhmPlaces *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
