/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-point-set.h"

#include <stdlib.h>
#include <string.h>

#define ID_DIGITS 16

struct _OhmPointSet
{
  int ref_count; /* atomic; becomes 0 only while the lock is held */
  guint n;
  char id[ID_DIGITS + 1];
  guint16 *by_name; /* (array length=n): indices sorted by name, behind the points */
  OhmPoint points[];
};

G_DEFINE_BOXED_TYPE (OhmPointSet, ohm_point_set, ohm_point_set_ref, ohm_point_set_unref)

static GMutex table_lock;
/* (element-type OhmPointSet OhmPointSet): a set of weak entries, guarded by table_lock */
static GHashTable *table;

static guint
ohm_point_set_hash (gconstpointer key)
{
  return g_str_hash (((const OhmPointSet *) key)->id);
}

/* All strings are interned: equal ones are the same. */
static gboolean
ohm_point_set_equal (gconstpointer a, gconstpointer b)
{
  const OhmPointSet *x = a;
  const OhmPointSet *y = b;

  if (x->n != y->n)
    return FALSE;
  for (guint i = 0; i < x->n; i++)
    if (x->points[i].name != y->points[i].name || x->points[i].unit != y->points[i].unit ||
        x->points[i].is_integer != y->points[i].is_integer)
      return FALSE;
  return TRUE;
}

static int
ohm_point_set_compare (gconstpointer a, gconstpointer b, gpointer points)
{
  const OhmPoint *p = points;

  return strcmp (p[*(const guint16 *) a].name, p[*(const guint16 *) b].name);
}

/* SHA-256 over `name NUL unit NUL i|r` of each point, cut to 64 bits. */
static void
ohm_point_set_make_id (OhmPointSet *self)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < self->n; i++)
    {
      const OhmPoint *point = &self->points[i];

      g_checksum_update (sum, (const guchar *) point->name, (gssize) strlen (point->name) + 1);
      g_checksum_update (sum, (const guchar *) point->unit, (gssize) strlen (point->unit) + 1);
      g_checksum_update (sum, (const guchar *) (point->is_integer ? "i" : "r"), 1);
    }
  g_strlcpy (self->id, g_checksum_get_string (sum), sizeof self->id);
}

static OhmPointSet *
ohm_point_set_new (const OhmPoint *points, guint n)
{
  gsize size = sizeof (OhmPointSet) + n * (sizeof (OhmPoint) + sizeof (guint16));
  OhmPointSet *self = g_malloc0 (size);

  self->ref_count = 1;
  self->n = n;
  self->by_name = (guint16 *) (void *) &self->points[n];
  for (guint i = 0; i < n; i++)
    {
      self->points[i] = points[i];
      self->points[i].is_integer = !!points[i].is_integer;
      self->by_name[i] = (guint16) i;
    }
  g_qsort_with_data (self->by_name, (int) n, sizeof (guint16), ohm_point_set_compare, self->points);
  ohm_point_set_make_id (self);
  return self;
}

static gboolean
ohm_point_set_is_unique (OhmPointSet *self)
{
  for (guint i = 1; i < self->n; i++)
    if (self->points[self->by_name[i - 1]].name == self->points[self->by_name[i]].name)
      return FALSE;
  return TRUE;
}

OhmPointSet *
ohm_point_set_intern (const OhmPoint *points, guint n)
{
  g_autofree OhmPointSet *fresh = NULL;
  g_autoptr (GMutexLocker) locker = NULL;
  OhmPointSet *known;

  g_return_val_if_fail (points != NULL || n == 0, NULL);
  g_return_val_if_fail (n <= OHM_POINT_SET_MAX, NULL);

  fresh = ohm_point_set_new (points, n);
  g_return_val_if_fail (ohm_point_set_is_unique (fresh), NULL);

  locker = g_mutex_locker_new (&table_lock);
  if (table == NULL)
    table = g_hash_table_new (ohm_point_set_hash, ohm_point_set_equal);
  known = g_hash_table_lookup (table, fresh);
  if (known != NULL)
    return ohm_point_set_ref (known);
  g_hash_table_add (table, fresh);
  return g_steal_pointer (&fresh);
}

OhmPointSet *
ohm_point_set_ref (OhmPointSet *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->ref_count);
  return self;
}

/* The last reference goes under the lock, so that ohm_point_set_intern() never finds a set that is
 * being freed. */
static void
ohm_point_set_unref_last (OhmPointSet *self)
{
  g_autofree OhmPointSet *dead = NULL;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&table_lock);

  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  g_hash_table_remove (table, self);
  dead = self;
}

void
ohm_point_set_unref (OhmPointSet *self)
{
  int count;

  g_return_if_fail (self != NULL);

  count = g_atomic_int_get (&self->ref_count);
  while (count > 1)
    {
      if (g_atomic_int_compare_and_exchange (&self->ref_count, count, count - 1))
        return;
      count = g_atomic_int_get (&self->ref_count);
    }
  ohm_point_set_unref_last (self);
}

const char *
ohm_point_set_get_id (OhmPointSet *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->id;
}

const OhmPoint *
ohm_point_set_get_points (OhmPointSet *self, guint *ret_n)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (ret_n != NULL, NULL);

  *ret_n = self->n;
  return self->points;
}

guint
ohm_point_set_get_n (OhmPointSet *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n;
}

gboolean
ohm_point_set_find (OhmPointSet *self, const char *name, guint *ret_index)
{
  guint low = 0;
  guint high;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  high = self->n;
  while (low < high)
    {
      guint middle = (low + high) / 2;
      int order = strcmp (name, self->points[self->by_name[middle]].name);

      if (order == 0)
        {
          if (ret_index != NULL)
            *ret_index = self->by_name[middle];
          return TRUE;
        }
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return FALSE;
}
