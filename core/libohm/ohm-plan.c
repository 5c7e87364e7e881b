/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-plan.h"

#include "ohm-error.h"

#define CLASSES (OHM_READ_LIVE | OHM_READ_SLOW | OHM_READ_SLOT)

struct _OhmPlan
{
  gatomicrefcount ref_count;
  GArray *points;   /* (owned) (nullable) (element-type OhmPoint): until sealed */
  GHashTable *seen; /* (owned) (nullable) (element-type utf8): interned names, until sealed */
  GArray *entries;  /* (owned) (element-type OhmEntry) */
  GArray *guards;   /* (owned) (element-type OhmGuard) */
  OhmPointSet *set; /* (owned) (nullable): once sealed */
};

G_DEFINE_BOXED_TYPE (OhmPlan, ohm_plan, ohm_plan_ref, ohm_plan_unref)

OhmPlan *
ohm_plan_new (void)
{
  OhmPlan *self = g_new0 (OhmPlan, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->points = g_array_new (/* zero_terminated */ FALSE, /* clear */ FALSE, sizeof (OhmPoint));
  self->seen = g_hash_table_new (g_direct_hash, g_direct_equal);
  self->entries = g_array_new (/* zero_terminated */ FALSE, /* clear */ FALSE, sizeof (OhmEntry));
  self->guards = g_array_new (/* zero_terminated */ FALSE, /* clear */ FALSE, sizeof (OhmGuard));
  return self;
}

OhmPlan *
ohm_plan_ref (OhmPlan *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ohm_plan_unref (OhmPlan *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->points, g_array_unref);
  g_clear_pointer (&self->seen, g_hash_table_unref);
  g_clear_pointer (&self->set, ohm_point_set_unref);
  g_array_unref (self->entries);
  g_array_unref (self->guards);
  g_free (self);
}

static gboolean
ohm_plan_refuse (const char *point, const char *reason, GError **error)
{
  g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE, "point '%s': %s", point, reason);
  return FALSE;
}

static gboolean
ohm_plan_add_point (OhmPlan *self,
                    const char *name,
                    const char *unit,
                    gboolean is_integer,
                    GError **error)
{
  OhmPoint point;

  if (!ohm_point_parse (name, unit, is_integer, &point, error))
    return FALSE;
  if (self->points->len >= OHM_POINT_SET_MAX)
    return ohm_plan_refuse (name, "more than 8192 points", error);
  if (!g_hash_table_add (self->seen, (gpointer) (guintptr) point.name))
    return ohm_plan_refuse (name, "is there already", error);
  g_array_append_val (self->points, point);
  return TRUE;
}

static gboolean
ohm_plan_check_entry (const char *point, const OhmEntry *entry, GError **error)
{
  gboolean is_raw = (entry->flags & OHM_ENTRY_RAW) != 0;

  if (entry->function != 0 && entry->function != 3 && entry->function != 4)
    return ohm_plan_refuse (point, "function is neither 3 nor 4", error);
  if (entry->classes == 0 || (entry->classes & ~CLASSES) != 0)
    return ohm_plan_refuse (point, "is of no class", error);
  if (entry->encoding.format > OHM_FORMAT_TEXT)
    return ohm_plan_refuse (point, "unknown format", error);
  if (entry->encoding.format == OHM_FORMAT_TEXT && !is_raw)
    return ohm_plan_refuse (point, "text is a fact, not a value", error);
  if (ohm_encoding_get_registers (&entry->encoding) > OHM_READ_REGISTERS_MAX)
    return ohm_plan_refuse (point, "is longer than one request", error);
  if (entry->address + ohm_encoding_get_registers (&entry->encoding) > 65536)
    return ohm_plan_refuse (point, "ends past register 65535", error);
  return TRUE;
}

gboolean
ohm_plan_add (OhmPlan *self,
              const char *point,
              const char *unit,
              const OhmEntry *entry,
              GError **error)
{
  OhmEntry copy;

  g_return_val_if_fail (self != NULL && self->set == NULL, FALSE);
  g_return_val_if_fail (point != NULL, FALSE);
  g_return_val_if_fail (entry != NULL, FALSE);

  if (!ohm_plan_check_entry (point, entry, error) ||
      !ohm_plan_add_point (self, point, unit, ohm_encoding_is_integer (&entry->encoding), error))
    return FALSE;
  copy = *entry;
  copy.point = self->points->len - 1;
  g_array_append_val (self->entries, copy);
  return TRUE;
}

gboolean
ohm_plan_add_register (OhmPlan *self, const OhmRegister *row, GError **error)
{
  OhmEntry entry = { 0 };

  g_return_val_if_fail (row != NULL && row->point != NULL, FALSE);

  entry.address = row->address;
  entry.function = row->function;
  entry.classes = row->classes != 0 ? row->classes : OHM_READ_LIVE;
  entry.flags = row->flags;
  entry.encoding.format = row->format;
  entry.encoding.scale = row->scale;
  entry.encoding.is_low_first = row->is_low_first;
  return ohm_plan_add (self, row->point, row->unit, &entry, error);
}

gboolean
ohm_plan_add_pushed (OhmPlan *self,
                     const char *point,
                     const char *unit,
                     gboolean is_integer,
                     GError **error)
{
  g_return_val_if_fail (self != NULL && self->set == NULL, FALSE);
  g_return_val_if_fail (point != NULL, FALSE);

  return ohm_plan_add_point (self, point, unit, is_integer, error);
}

void
ohm_plan_add_guard (OhmPlan *self, const OhmGuard *guard)
{
  g_return_if_fail (self != NULL && self->set == NULL);
  g_return_if_fail (guard != NULL);
  g_return_if_fail (guard->count >= 1 && guard->count <= OHM_READ_REGISTERS_MAX);

  g_array_append_vals (self->guards, guard, 1);
}

const OhmGuard *
ohm_plan_get_guards (OhmPlan *self, guint *ret_n)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (ret_n != NULL, NULL);

  *ret_n = self->guards->len;
  return (const OhmGuard *) (gconstpointer) self->guards->data;
}

static int
ohm_plan_compare (gconstpointer a, gconstpointer b)
{
  const OhmEntry *x = a;
  const OhmEntry *y = b;

  if (x->function != y->function)
    return x->function < y->function ? -1 : 1;
  if (x->address != y->address)
    return x->address < y->address ? -1 : 1;
  return x->point < y->point ? -1 : x->point > y->point;
}

void
ohm_plan_seal (OhmPlan *self)
{
  g_return_if_fail (self != NULL && self->set == NULL);

  g_array_sort (self->entries, ohm_plan_compare);
  self->set = ohm_point_set_intern ((const OhmPoint *) (gconstpointer) self->points->data,
                                    self->points->len);
  g_clear_pointer (&self->points, g_array_unref);
  g_clear_pointer (&self->seen, g_hash_table_unref);
}

OhmPointSet *
ohm_plan_get_points (OhmPlan *self)
{
  g_return_val_if_fail (self != NULL && self->set != NULL, NULL);

  return self->set;
}

const OhmEntry *
ohm_plan_get_entries (OhmPlan *self, guint *ret_n)
{
  g_return_val_if_fail (self != NULL && self->set != NULL, NULL);
  g_return_val_if_fail (ret_n != NULL, NULL);

  *ret_n = self->entries->len;
  return (const OhmEntry *) (gconstpointer) self->entries->data;
}
