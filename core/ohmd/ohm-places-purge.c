/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-places-private.h"

/* Task data: how many answers of the store are missing, and what went wrong first. */
typedef struct
{
  guint n_waiting;
  GError *error; /* (owned) (nullable) */
} OhmPlacesPurge;

static void
ohm_places_purge_free (OhmPlacesPurge *self)
{
  g_clear_error (&self->error);
  g_free (self);
}

/* @error: (transfer full) (nullable) */
static void
ohm_places_purge_note (GTask *task, GError *error)
{
  OhmPlacesPurge *self = g_task_get_task_data (task);
  g_autoptr (GError) owned = error;

  /* Nothing was recorded yet for a place that the store does not know. */
  if (self->error == NULL && owned != NULL && !ohm_error_is_not_found (owned))
    self->error = g_steal_pointer (&owned);
  if (--self->n_waiting > 0)
    return;
  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_boolean (task, TRUE);
}

static void
ohm_places_on_purged (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  ohm_store_purge_place_finish (OHM_STORE (source), result, &error);
  ohm_places_purge_note (task, error);
}

void
ohm_places_purge_async (OhmPlaces *self,
                        const char *const *ids,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  OhmPlacesPurge *purge;

  g_return_if_fail (OHM_IS_PLACES (self) && ids != NULL);

  task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  purge = g_new0 (OhmPlacesPurge, 1);
  g_task_set_source_tag (task, ohm_places_purge_async);
  g_task_set_task_data (task, purge, (GDestroyNotify) ohm_places_purge_free);
  /* One for this function: it ends when all have been asked for. */
  purge->n_waiting = g_strv_length ((char **) (guintptr) ids) + 1;
  for (guint i = 0; ids[i] != NULL; i++)
    {
      GError *error = NULL;

      if (ohm_places_forget (self, ids[i], &error))
        ohm_store_purge_place_async (ohm_places_get_store (self), ids[i], ohm_places_on_purged,
                                     g_object_ref (task));
      else
        ohm_places_purge_note (task, error);
    }
  ohm_places_purge_note (task, /* error */ NULL);
}

gboolean
ohm_places_purge_finish (OhmPlaces *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
