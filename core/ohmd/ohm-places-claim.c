/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-places-private.h"

/* Whether a new meter goes on with a place that has records and no meter any more: its file names
 * it, or it measured it before, or a place of its own would be called so. */
static gboolean
ohm_places_is_claimed (const OhmPlace *place, const char *meter, const char *const *places)
{
  if (place->meter != NULL || place->run == NULL)
    return FALSE;
  if (places[0] != NULL)
    return g_strv_contains (places, place->id);
  return g_str_equal (place->id, meter) || g_str_equal (place->run->meter, meter);
}

gboolean
ohm_places_claim (OhmPlaces *self,
                  const char *meter,
                  const char *const *places,
                  gboolean is_same,
                  GError **error)
{
  g_autoptr (GPtrArray) all = NULL;

  g_return_val_if_fail (OHM_IS_PLACES (self), FALSE);
  g_return_val_if_fail (meter != NULL && places != NULL, FALSE);

  all = ohm_places_list (self);
  for (guint i = 0; i < all->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (all, i);

      if (!ohm_places_is_claimed (place, meter, places))
        continue;
      if (!is_same)
        {
          g_set_error (error, OHM_ERROR, OHM_ERROR_EXISTS,
                       "place '%s' holds what another meter has recorded, and ids are not used "
                       "again: choose another id, or say --same-meter if the place goes on",
                       place->id);
          return FALSE;
        }
      ohm_places_set_kept (self, place->id, TRUE);
      g_ptr_array_add (ohm_places_get_claimed (self), g_strdup (place->id));
    }
  return TRUE;
}

void
ohm_places_end_claim (OhmPlaces *self, gboolean is_done)
{
  GPtrArray *claimed;

  g_return_if_fail (OHM_IS_PLACES (self));

  claimed = ohm_places_get_claimed (self);
  for (guint i = 0; i < claimed->len; i++)
    if (is_done)
      ohm_store_keep_run (ohm_places_get_store (self), g_ptr_array_index (claimed, i));
    else
      ohm_places_set_kept (self, g_ptr_array_index (claimed, i), FALSE);
  g_ptr_array_set_size (claimed, 0);
}

void
ohm_places_keep_runs (OhmPlaces *self, const char *meter)
{
  GPtrArray *places;

  g_return_if_fail (OHM_IS_PLACES (self) && meter != NULL);

  places = ohm_places_of_meter (self, meter);
  for (guint i = 0; places != NULL && i < places->len; i++)
    ohm_store_keep_run (ohm_places_get_store (self),
                        ((const OhmPlace *) g_ptr_array_index (places, i))->id);
}
