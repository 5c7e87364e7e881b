/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-batch.h"

struct _OhmBatch
{
  OhmBatch *whole; /* (owned) (nullable): whose items these are */
  char *gateway;   /* (owned) (interned by the whole) */
  OhmBatchItem *items;
  guint n_items;
  GPtrArray *runs; /* (owned) (nullable) (element-type OhmBatchRun) */
};

G_DEFINE_BOXED_TYPE (OhmBatch, ohm_batch, ohm_batch_ref, ohm_batch_unref)
G_DEFINE_BOXED_TYPE (OhmSamples, ohm_samples, ohm_samples_ref, ohm_samples_unref)

static OhmBatchRun *
ohm_batch_run_copy (const OhmBatchRun *run)
{
  OhmBatchRun *copy = g_new0 (OhmBatchRun, 1);

  *copy = *run;
  copy->place = g_strdup (run->place);
  copy->name = g_strdup (run->name);
  copy->medium = g_strdup (run->medium);
  copy->meter = g_strdup (run->meter);
  copy->type = g_strdup (run->type);
  copy->serial = g_strdup (run->serial);
  return copy;
}

static void
ohm_batch_run_free (gpointer data)
{
  OhmBatchRun *run = data;

  g_free (run->place);
  g_free (run->name);
  g_free (run->medium);
  g_free (run->meter);
  g_free (run->type);
  g_free (run->serial);
  g_free (run);
}

/* The batch's own copy of @run; @copies knows those that were made, by what they were made of. */
static const OhmBatchRun *
ohm_batch_take_run (OhmBatch *self, GHashTable *copies, const OhmBatchRun *run)
{
  OhmBatchRun *copy = g_hash_table_lookup (copies, run);

  if (copy != NULL)
    return copy;
  copy = ohm_batch_run_copy (run);
  g_hash_table_insert (copies, (gpointer) (guintptr) run, copy);
  g_ptr_array_add (self->runs, copy);
  return copy;
}

OhmBatch *
ohm_batch_new (const char *gateway, const OhmBatchItem *items, guint n)
{
  g_autoptr (GHashTable) copies = g_hash_table_new (NULL, NULL);
  OhmBatch *self;

  g_return_val_if_fail (gateway != NULL, NULL);
  g_return_val_if_fail (items != NULL && n > 0, NULL);

  self = g_atomic_rc_box_new0 (OhmBatch);
  self->gateway = g_strdup (gateway);
  self->runs = g_ptr_array_new_with_free_func (ohm_batch_run_free);
  self->items = g_new (OhmBatchItem, n);
  self->n_items = n;
  for (guint i = 0; i < n; i++)
    {
      self->items[i].record = ohm_record_ref (items[i].record);
      self->items[i].run = ohm_batch_take_run (self, copies, items[i].run);
      self->items[i].since_us = items[i].since_us;
    }
  return self;
}

OhmBatch *
ohm_batch_slice (OhmBatch *self, guint first, guint n)
{
  OhmBatch *slice;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (n > 0 && first < self->n_items && n <= self->n_items - first, NULL);

  slice = g_atomic_rc_box_new0 (OhmBatch);
  slice->whole = ohm_batch_ref (self->whole != NULL ? self->whole : self);
  slice->gateway = self->gateway;
  slice->items = self->items + first;
  slice->n_items = n;
  return slice;
}

OhmBatch *
ohm_batch_ref (OhmBatch *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return g_atomic_rc_box_acquire (self);
}

static void
ohm_batch_clear (gpointer data)
{
  OhmBatch *self = data;

  if (self->whole != NULL)
    {
      ohm_batch_unref (self->whole);
      return;
    }
  for (guint i = 0; i < self->n_items; i++)
    ohm_record_unref (self->items[i].record);
  g_free (self->items);
  g_ptr_array_unref (self->runs);
  g_free (self->gateway);
}

void
ohm_batch_unref (OhmBatch *self)
{
  g_return_if_fail (self != NULL);
  g_atomic_rc_box_release_full (self, ohm_batch_clear);
}

const char *
ohm_batch_get_gateway (OhmBatch *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->gateway;
}

const OhmBatchItem *
ohm_batch_get_items (OhmBatch *self, guint *ret_n)
{
  g_return_val_if_fail (self != NULL && ret_n != NULL, NULL);

  *ret_n = self->n_items;
  return self->items;
}

OhmSamples *
ohm_samples_new (const char *gateway, const OhmSample *items, guint n)
{
  OhmSamples *self;

  g_return_val_if_fail (gateway != NULL, NULL);
  g_return_val_if_fail (items != NULL && n > 0, NULL);

  self = g_atomic_rc_box_new0 (OhmSamples);
  self->gateway = g_intern_string (gateway);
  self->items = g_memdup2 (items, n * sizeof (OhmSample));
  self->n = n;
  return self;
}

OhmSamples *
ohm_samples_ref (OhmSamples *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return g_atomic_rc_box_acquire (self);
}

static void
ohm_samples_clear (gpointer data)
{
  OhmSamples *self = data;

  g_free ((gpointer) (guintptr) self->items);
}

void
ohm_samples_unref (OhmSamples *self)
{
  g_return_if_fail (self != NULL);
  g_atomic_rc_box_release_full (self, ohm_samples_clear);
}
