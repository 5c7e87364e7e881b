/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-places.h"

#include "ohm-places-private.h"

struct _OhmPlaces
{
  GObject parent_instance;

  OhmStore *store;        /* (owned) */
  OhmBus *bus;            /* (owned) */
  GHashTable *entries;    /* (owned) (element-type utf8 OhmPlacesEntry): by place */
  GHashTable *by_meter;   /* (owned) (element-type utf8 GPtrArray): places by meter */
  GPtrArray *claimed;     /* (owned) (element-type utf8): of a claim that did not end yet */
  OhmPlacesClaims claims; /* (nullable) */
  gpointer claims_data;
};

G_DEFINE_FINAL_TYPE (OhmPlaces, ohm_places, G_TYPE_OBJECT)

/* A place and what is known of it besides. */
typedef struct
{
  OhmPlace *place;    /* (owned) */
  char *stored_meter; /* (owned) (nullable): the meter it had when the store was read */
  char *waiting;      /* (owned) (nullable): a meter that wanted it while it was another's */
  gboolean is_kept;   /* the owner says that who measures it next is who did before */
  OhmPlaceStatus status;
} OhmPlacesEntry;

static void
ohm_places_entry_free (OhmPlacesEntry *self)
{
  ohm_place_unref (self->place);
  g_free (self->stored_meter);
  g_free (self->waiting);
  g_free (self);
}

static void
ohm_places_emit (OhmPlaces *self, const char *id, gboolean is_gone)
{
  g_autoptr (OhmChange) change = ohm_change_new (id, is_gone);

  ohm_bus_emit_place_changed (self->bus, change);
}

/* Keeps the list of each meter's places true. */
static void
ohm_places_index (OhmPlaces *self, OhmPlace *from, OhmPlace *to)
{
  GPtrArray *list;

  if (from != NULL && from->meter != NULL)
    {
      list = g_hash_table_lookup (self->by_meter, from->meter);
      if (list != NULL)
        g_ptr_array_remove (list, from);
    }
  if (to == NULL || to->meter == NULL)
    return;
  list = g_hash_table_lookup (self->by_meter, to->meter);
  if (list == NULL)
    {
      list = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_place_unref);
      g_hash_table_insert (self->by_meter, g_strdup (to->meter), list);
    }
  g_ptr_array_add (list, ohm_place_ref (to));
}

/* @place: (transfer full) */
static void
ohm_places_set (OhmPlaces *self, OhmPlacesEntry *entry, OhmPlace *place)
{
  ohm_places_index (self, entry->place, place);
  ohm_place_unref (entry->place);
  entry->place = place;
}

static OhmPlacesEntry *
ohm_places_add (OhmPlaces *self, const OhmPlace *place)
{
  OhmPlacesEntry *entry = g_new0 (OhmPlacesEntry, 1);

  entry->place = ohm_place_new (place);
  ohm_places_index (self, NULL, entry->place);
  g_hash_table_insert (self->entries, g_strdup (place->id), entry);
  return entry;
}

static OhmPlacesEntry *
ohm_places_find (OhmPlaces *self, const char *id)
{
  return g_hash_table_lookup (self->entries, id);
}

static void
ohm_places_set_run (OhmPlaces *self, OhmPlacesEntry *entry, OhmRun *run)
{
  OhmPlace fields = *entry->place;

  fields.run = run;
  ohm_places_set (self, entry, ohm_place_new (&fields));
}

static void
ohm_places_load_status (OhmPlacesEntry *entry, const OhmStorePlace *stored)
{
  gint64 recorded_us = stored->last != NULL ? stored->last->slot_us : 0;

  if (stored->slot_us <= entry->status.slot_us)
    return;
  entry->status = (OhmPlaceStatus){
    .slot_us = stored->slot_us,
    .recorded_us = stored->is_gap ? recorded_us : stored->slot_us,
    .is_gap = stored->is_gap,
    .cause = stored->cause,
    .since_us = stored->is_gap ? stored->gap_from_us + OHM_SLOT_US : stored->slot_us,
  };
}

static void
ohm_places_load_one (OhmPlaces *self, const OhmStorePlace *stored)
{
  OhmPlacesEntry *entry = ohm_places_find (self, stored->place->id);

  if (entry == NULL)
    {
      OhmPlace fields = *stored->place;

      /* whether that meter is still there is told by ohm_places_update_meter() */
      fields.meter = NULL;
      entry = ohm_places_add (self, &fields);
    }
  else
    {
      ohm_places_set_run (self, entry, stored->place->run);
    }
  g_free (entry->stored_meter);
  entry->stored_meter = g_strdup (stored->place->meter);
  ohm_places_load_status (entry, stored);
  ohm_places_emit (self, entry->place->id, /* is_gone */ FALSE);
}

/* A place whose meter was told before the store could be read, or a fresh store. */
static void
ohm_places_save_all (OhmPlaces *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      OhmPlacesEntry *entry = value;

      if (entry->place->meter != NULL)
        ohm_store_save_place (self->store, entry->place);
    }
}

void
ohm_places_set_claims_func (OhmPlaces *self, OhmPlacesClaims claims, gpointer user_data)
{
  g_return_if_fail (OHM_IS_PLACES (self));

  self->claims = claims;
  self->claims_data = user_data;
}

void
ohm_places_load (OhmPlaces *self, const OhmStoreContent *content)
{
  g_return_if_fail (OHM_IS_PLACES (self) && content != NULL);

  for (guint i = 0; i < content->places->len; i++)
    ohm_places_load_one (self, g_ptr_array_index (content->places, i));
  ohm_places_save_all (self);
}

static void
ohm_places_update_one (OhmPlaces *self, const OhmPlace *now)
{
  OhmPlacesEntry *entry = ohm_places_find (self, now->id);

  if (entry == NULL)
    {
      entry = ohm_places_add (self, now);
    }
  else
    {
      OhmPlace fields = *now;

      entry->is_kept = FALSE;
      if (ohm_place_equal (entry->place, now))
        return;
      fields.run = entry->place->run;
      ohm_places_set (self, entry, ohm_place_new (&fields));
    }
  ohm_store_save_place (self->store, entry->place);
  ohm_places_emit (self, entry->place->id, /* is_gone */ FALSE);
}

static void
ohm_places_detach (OhmPlaces *self, OhmPlacesEntry *entry)
{
  OhmPlace fields = *entry->place;

  fields.meter = NULL;
  fields.points = NULL;
  fields.n_points = 0;
  fields.indices = NULL;
  fields.meter_points = NULL;
  ohm_places_set (self, entry, ohm_place_new (&fields));
  ohm_store_save_place (self->store, entry->place);
  ohm_places_emit (self, entry->place->id, /* is_gone */ FALSE);
}

static gboolean
ohm_places_contains (GPtrArray *list, const char *id)
{
  for (guint i = 0; i < list->len; i++)
    if (g_str_equal (((OhmPlace *) g_ptr_array_index (list, i))->id, id))
      return TRUE;
  return FALSE;
}

/* Places of @meter that are not in @kept any more are left without one. */
static void
ohm_places_detach_others (OhmPlaces *self, const char *meter, GPtrArray *kept)
{
  GPtrArray *list = g_hash_table_lookup (self->by_meter, meter);
  g_autoptr (GPtrArray) old = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (list, i);

      if (!ohm_places_contains (kept, place->id))
        g_ptr_array_add (old, g_strdup (place->id));
    }
  for (guint i = 0; i < old->len; i++)
    ohm_places_detach (self, ohm_places_find (self, g_ptr_array_index (old, i)));
}

/* (nullable): who measures it, or did when it was recorded last */
static const char *
ohm_places_entry_get_holder (const OhmPlacesEntry *entry)
{
  const OhmPlace *place = entry->place;

  if (place->meter != NULL)
    return place->meter;
  return place->run != NULL && *place->run->meter != '\0' ? place->run->meter : entry->stored_meter;
}

/* (nullable): another meter that is to keep the place that @meter wants */
static const char *
ohm_places_find_rival (OhmPlaces *self, const OhmPlace *place)
{
  const OhmPlacesEntry *entry = ohm_places_find (self, place->id);
  const char *holder = entry != NULL ? ohm_places_entry_get_holder (entry) : NULL;
  const char *rival = holder != NULL ? holder : place->id;

  if (g_str_equal (rival, place->meter))
    return NULL;
  if (self->claims != NULL)
    return self->claims (rival, place->id, self->claims_data) ? rival : NULL;
  return entry != NULL ? entry->place->meter : NULL;
}

/* Where the meter's file wants the place: `FILE:LINE: [GROUP]: `. (transfer full) */
static char *
ohm_places_dup_where (const OhmPlacesMeter *meter, const char *place)
{
  if (meter->file == NULL)
    return g_strdup ("");
  for (guint i = 0; i < meter->n_specs; i++)
    if (g_str_equal (meter->specs[i].id, place))
      return g_strdup_printf ("%s:%u: [place %s]: ", meter->file, meter->specs[i].line, place);
  return g_strdup_printf ("%s:%u: [meter]: ", meter->file, meter->line);
}

static gboolean
ohm_places_check_owner (OhmPlaces *self,
                        const OhmPlacesMeter *meter,
                        const OhmPlace *place,
                        GError **error)
{
  OhmPlacesEntry *entry = ohm_places_find (self, place->id);
  const char *rival = ohm_places_find_rival (self, place);
  g_autofree char *where = NULL;

  if (rival == NULL)
    return TRUE;
  if (entry != NULL)
    {
      g_free (entry->waiting);
      entry->waiting = g_strdup (meter->id);
    }
  where = ohm_places_dup_where (meter, place->id);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%splace '%s' belongs to meter '%s' already",
               where, place->id, rival);
  return FALSE;
}

/* Whether a meter that nobody named a place for would go on with the series of one that is gone.
 * Without a serial a meter is who is read at its address; another serial is told as wrong device.
 */
static gboolean
ohm_places_is_reused (const OhmPlacesEntry *entry, const OhmPlace *now)
{
  const OhmPlace *was = entry->place;

  if (g_strcmp0 (was->meter, now->meter) == 0 || was->run == NULL)
    return FALSE;
  if (was->meter == NULL && g_strcmp0 (entry->stored_meter, now->meter) == 0)
    return FALSE;
  if (entry->is_kept || *was->run->meter == '\0')
    return FALSE;
  /* it was there already, and is no other one under an id that came free */
  if (g_strcmp0 (entry->waiting, now->meter) == 0)
    return FALSE;
  if (was->run->serial != NULL && now->serial != NULL)
    return FALSE;
  return !g_str_equal (was->run->meter, now->meter) || g_strcmp0 (was->address, now->address) != 0;
}

/* Ids are never used again (design 4.7), not even by a file that was written by hand. A place whose
 * meter was not surveyed yet is left out of @places until its serial tells. */
static gboolean
ohm_places_check_reuse (OhmPlaces *self,
                        const OhmPlacesMeter *meter,
                        GPtrArray *places,
                        GError **error)
{
  for (guint i = places->len; meter->n_specs == 0 && i-- > 0;)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);
      const OhmPlacesEntry *entry = ohm_places_find (self, place->id);

      if (entry == NULL || !ohm_places_is_reused (entry, place))
        continue;
      if (meter->facts == NULL && !meter->is_virtual && entry->place->run->serial != NULL)
        {
          g_ptr_array_remove_index (places, i);
          continue;
        }
      g_set_error (error, OHM_ERROR, OHM_ERROR_EXISTS,
                   "place '%s' holds what meter '%s' recorded, which was removed", place->id,
                   entry->place->run->meter);
      return FALSE;
    }
  return TRUE;
}

/* While nothing is known of a meter its places of last time are its places. */
static void
ohm_places_add_remembered (OhmPlaces *self, const OhmPlacesMeter *meter, GPtrArray *places)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const OhmPlacesEntry *entry = value;
      OhmPlace fields = *entry->place;

      if (g_strcmp0 (entry->stored_meter, meter->id) != 0 || fields.meter != NULL)
        continue;
      fields.meter = entry->stored_meter;
      fields.is_virtual = meter->is_virtual;
      g_ptr_array_add (places, ohm_place_new (&fields));
    }
}

gboolean
ohm_places_update_meter (OhmPlaces *self, const OhmPlacesMeter *meter, GError **error)
{
  g_autoptr (GPtrArray) places = NULL;

  g_return_val_if_fail (OHM_IS_PLACES (self), FALSE);
  g_return_val_if_fail (meter != NULL && meter->id != NULL, FALSE);

  places = ohm_places_make (meter, error);
  if (places == NULL)
    return FALSE;
  for (guint i = 0; i < places->len; i++)
    if (!ohm_places_check_owner (self, meter, g_ptr_array_index (places, i), error))
      return FALSE;
  if (!ohm_places_check_reuse (self, meter, places, error))
    return FALSE;
  if (meter->plan == NULL && meter->n_specs == 0)
    ohm_places_add_remembered (self, meter, places);
  else
    ohm_places_detach_others (self, meter->id, places);
  for (guint i = 0; i < places->len; i++)
    ohm_places_update_one (self, g_ptr_array_index (places, i));
  return ohm_places_check_sources (meter, places, error);
}

/* What a meter had at the last start is not its own any more. */
static void
ohm_places_forget_stored (OhmPlaces *self, const char *meter)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      OhmPlacesEntry *entry = value;

      if (g_strcmp0 (entry->stored_meter, meter) == 0)
        g_clear_pointer (&entry->stored_meter, g_free);
      if (g_strcmp0 (entry->waiting, meter) == 0)
        g_clear_pointer (&entry->waiting, g_free);
    }
}

void
ohm_places_remove_meter (OhmPlaces *self, const char *meter)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  g_return_if_fail (OHM_IS_PLACES (self) && meter != NULL);

  ohm_places_detach_others (self, meter, none);
  ohm_places_forget_stored (self, meter);
  g_hash_table_remove (self->by_meter, meter);
}

void
ohm_places_follow_meter (OhmPlaces *self, const char *meter, const char *new_meter)
{
  GHashTableIter iter;
  gpointer value;

  g_return_if_fail (OHM_IS_PLACES (self) && meter != NULL && new_meter != NULL);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      OhmPlacesEntry *entry = value;
      g_autoptr (OhmRun) run = NULL;
      OhmRun fields;

      if (entry->place->run == NULL || !g_str_equal (entry->place->run->meter, meter))
        continue;
      fields = *entry->place->run;
      fields.meter = (char *) (guintptr) new_meter;
      run = ohm_run_new (&fields);
      ohm_places_set_run (self, entry, run);
    }
}

void
ohm_places_forget_gone (OhmPlaces *self, OhmPlacesIsThere is_there, gpointer user_data)
{
  GHashTableIter iter;
  gpointer value;

  g_return_if_fail (OHM_IS_PLACES (self) && is_there != NULL);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      OhmPlacesEntry *entry = value;

      if (entry->stored_meter == NULL || is_there (entry->stored_meter, user_data))
        continue;
      g_clear_pointer (&entry->stored_meter, g_free);
      ohm_store_save_place (self->store, entry->place);
    }
}

void
ohm_places_set_kept (OhmPlaces *self, const char *id, gboolean is_kept)
{
  ohm_places_find (self, id)->is_kept = is_kept;
}

GPtrArray *
ohm_places_get_claimed (OhmPlaces *self)
{
  return self->claimed;
}

OhmStore *
ohm_places_get_store (OhmPlaces *self)
{
  return self->store;
}

gboolean
ohm_places_forget (OhmPlaces *self, const char *id, GError **error)
{
  const OhmPlacesEntry *entry = ohm_places_find (self, id);

  if (entry == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no place '%s'", id);
      return FALSE;
    }
  if (entry->place->meter != NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_BUSY, "place '%s' is measured by meter '%s'", id,
                   entry->place->meter);
      return FALSE;
    }
  g_hash_table_remove (self->entries, id);
  ohm_places_emit (self, id, /* is_gone */ TRUE);
  return TRUE;
}

OhmPlace *
ohm_places_get (OhmPlaces *self, const char *id)
{
  const OhmPlacesEntry *entry;

  g_return_val_if_fail (OHM_IS_PLACES (self) && id != NULL, NULL);

  entry = ohm_places_find (self, id);
  return entry != NULL ? entry->place : NULL;
}

const char *
ohm_places_get_holder (OhmPlaces *self, const char *id)
{
  const OhmPlacesEntry *entry;

  g_return_val_if_fail (OHM_IS_PLACES (self) && id != NULL, NULL);

  entry = ohm_places_find (self, id);
  return entry != NULL ? ohm_places_entry_get_holder (entry) : NULL;
}

static int
ohm_places_compare (gconstpointer a, gconstpointer b)
{
  const OhmPlace *x = *(const OhmPlace *const *) a;
  const OhmPlace *y = *(const OhmPlace *const *) b;

  return g_strcmp0 (x->id, y->id);
}

GPtrArray *
ohm_places_list (OhmPlaces *self)
{
  GPtrArray *list;
  GHashTableIter iter;
  gpointer value;

  g_return_val_if_fail (OHM_IS_PLACES (self), NULL);

  list = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_place_unref);
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (list, ohm_place_ref (((OhmPlacesEntry *) value)->place));
  g_ptr_array_sort (list, ohm_places_compare);
  return list;
}

GPtrArray *
ohm_places_of_meter (OhmPlaces *self, const char *meter)
{
  g_return_val_if_fail (OHM_IS_PLACES (self) && meter != NULL, NULL);

  return g_hash_table_lookup (self->by_meter, meter);
}

gboolean
ohm_places_get_status (OhmPlaces *self, const char *id, OhmPlaceStatus *ret_status)
{
  const OhmPlacesEntry *entry;

  g_return_val_if_fail (OHM_IS_PLACES (self) && id != NULL && ret_status != NULL, FALSE);

  entry = ohm_places_find (self, id);
  if (entry == NULL)
    return FALSE;
  *ret_status = entry->status;
  return TRUE;
}

/* The store opened another run, or learned the serial of the one that is open. */
static void
ohm_places_follow_run (OhmPlaces *self, OhmPlacesEntry *entry, const OhmRecord *record)
{
  const OhmPlace *place = entry->place;
  const OhmRun *run = place->run;
  g_autoptr (OhmRun) next = NULL;
  gboolean is_same = run != NULL && run->number == record->run;
  OhmRun fields = {
    .number = record->run,
    .meter = place->meter != NULL ? place->meter : entry->stored_meter,
    .serial = place->serial,
    .source = place->source,
    .opened_us = record->slot_us,
  };

  if (is_same && (run->serial != NULL || place->serial == NULL))
    return;
  if (is_same)
    {
      fields.opened_us = run->opened_us;
      fields.first = run->first;
    }
  if (fields.meter == NULL)
    return;
  next = ohm_run_new (&fields);
  ohm_places_set_run (self, entry, next);
}

static void
ohm_places_on_interval (const OhmRecord *record, gpointer owner)
{
  OhmPlaces *self = owner;
  OhmPlacesEntry *entry = ohm_places_find (self, record->place);
  gboolean is_other;

  if (entry == NULL)
    return;
  if (!record->is_gap)
    entry->status.recorded_us = MAX (entry->status.recorded_us, record->slot_us);
  if (record->slot_us < entry->status.slot_us)
    return;
  /* a gap that was closed is followed by the record that closed it */
  if (record->is_gap && record->read_us != 0)
    return;
  if (!record->is_gap)
    ohm_places_follow_run (self, entry, record);
  is_other = entry->status.slot_us == 0 || entry->status.is_gap != record->is_gap;
  entry->status.slot_us = record->slot_us;
  entry->status.is_gap = record->is_gap;
  entry->status.cause = record->cause;
  if (is_other)
    entry->status.since_us = record->is_gap ? record->from_us + OHM_SLOT_US : record->slot_us;
  ohm_places_emit (self, entry->place->id, /* is_gone */ FALSE);
}

void
ohm_places_follow_new_run (OhmPlaces *self, const char *id, OhmRun *run)
{
  OhmPlacesEntry *entry = ohm_places_find (self, id);

  if (entry == NULL)
    return;
  ohm_places_set_run (self, entry, run);
  ohm_places_emit (self, id, /* is_gone */ FALSE);
}

typedef struct
{
  char *id;
  char *new_id;
} OhmPlacesRename;

static void
ohm_places_rename_free (OhmPlacesRename *self)
{
  g_free (self->id);
  g_free (self->new_id);
  g_free (self);
}

static void
ohm_places_rename_entry (OhmPlaces *self, const OhmPlacesRename *rename)
{
  gpointer key = NULL;
  OhmPlacesEntry *entry = ohm_places_find (self, rename->id);
  OhmPlace fields;

  if (entry == NULL)
    return;
  fields = *entry->place;
  fields.id = rename->new_id;
  ohm_places_set (self, entry, ohm_place_new (&fields));
  g_hash_table_steal_extended (self->entries, rename->id, &key, /* stolen_value */ NULL);
  g_free (key);
  g_hash_table_insert (self->entries, g_strdup (rename->new_id), entry);
  ohm_places_emit (self, rename->id, /* is_gone */ TRUE);
  ohm_places_emit (self, rename->new_id, /* is_gone */ FALSE);
}

static void
ohm_places_on_renamed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (!ohm_store_rename_place_finish (OHM_STORE (source), result, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  ohm_places_rename_entry (g_task_get_source_object (task), g_task_get_task_data (task));
  g_task_return_boolean (task, TRUE);
}

void
ohm_places_rename_async (OhmPlaces *self,
                         const char *id,
                         const char *new_id,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task;
  OhmPlacesRename *rename;

  g_return_if_fail (OHM_IS_PLACES (self) && id != NULL && new_id != NULL);

  rename = g_new0 (OhmPlacesRename, 1);
  rename->id = g_strdup (id);
  rename->new_id = g_strdup (new_id);
  task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (task, ohm_places_rename_async);
  g_task_set_task_data (task, rename, (GDestroyNotify) ohm_places_rename_free);
  ohm_store_rename_place_async (self->store, id, new_id, ohm_places_on_renamed, task);
}

gboolean
ohm_places_rename_finish (OhmPlaces *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ohm_places_dispose (GObject *object)
{
  OhmPlaces *self = OHM_PLACES (object);

  if (self->bus != NULL)
    ohm_bus_disconnect (self->bus, self);
  g_clear_object (&self->bus);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (ohm_places_parent_class)->dispose (object);
}

static void
ohm_places_finalize (GObject *object)
{
  OhmPlaces *self = OHM_PLACES (object);

  g_hash_table_unref (self->entries);
  g_hash_table_unref (self->by_meter);
  g_ptr_array_unref (self->claimed);

  G_OBJECT_CLASS (ohm_places_parent_class)->finalize (object);
}

static void
ohm_places_class_init (OhmPlacesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_places_dispose;
  object_class->finalize = ohm_places_finalize;
}

static void
ohm_places_init (OhmPlaces *self)
{
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) ohm_places_entry_free);
  self->by_meter = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) g_ptr_array_unref);
  self->claimed = g_ptr_array_new_with_free_func (g_free);
}

OhmPlaces *
ohm_places_new (OhmStore *store, OhmBus *bus)
{
  OhmPlaces *self;

  g_return_val_if_fail (OHM_IS_STORE (store) && OHM_IS_BUS (bus), NULL);

  self = g_object_new (OHM_TYPE_PLACES, NULL);
  self->store = g_object_ref (store);
  self->bus = g_object_ref (bus);
  ohm_bus_connect_interval (bus, "places", ohm_places_on_interval, self);
  return self;
}
