/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-place.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (OhmRun, ohm_run, ohm_run_ref, ohm_run_unref)
G_DEFINE_BOXED_TYPE (OhmPlace, ohm_place, ohm_place_ref, ohm_place_unref)

/* A device that says nothing tells no serial. */
static char *
ohm_place_dup_serial (const char *serial)
{
  return serial == NULL || *serial == '\0' ? NULL : g_strdup (serial);
}

OhmRun *
ohm_run_new (const OhmRun *fields)
{
  OhmRun *self;

  g_return_val_if_fail (fields != NULL, NULL);
  g_return_val_if_fail (fields->meter != NULL && fields->source != NULL, NULL);

  self = g_atomic_rc_box_new0 (OhmRun);
  *self = *fields;
  self->meter = g_strdup (fields->meter);
  self->serial = ohm_place_dup_serial (fields->serial);
  self->source = g_strdup (fields->source);
  if (fields->first != NULL)
    self->first = ohm_record_ref (fields->first);
  if (fields->last != NULL)
    self->last = ohm_record_ref (fields->last);
  return self;
}

OhmRun *
ohm_run_ref (OhmRun *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
ohm_run_clear (gpointer data)
{
  OhmRun *self = data;

  g_free (self->meter);
  g_free (self->serial);
  g_free (self->source);
  g_clear_pointer (&self->first, ohm_record_unref);
  g_clear_pointer (&self->last, ohm_record_unref);
}

void
ohm_run_unref (OhmRun *self)
{
  g_atomic_rc_box_release_full (self, ohm_run_clear);
}

OhmPlace *
ohm_place_new (const OhmPlace *fields)
{
  OhmPlace *self;

  g_return_val_if_fail (fields != NULL, NULL);
  g_return_val_if_fail (fields->id != NULL && fields->source != NULL, NULL);

  self = g_atomic_rc_box_new0 (OhmPlace);
  *self = *fields;
  self->id = g_strdup (fields->id);
  self->name = g_strdup (fields->name != NULL ? fields->name : fields->id);
  self->source = g_strdup (fields->source);
  self->medium = g_strdup (fields->medium != NULL ? fields->medium : "electricity");
  self->parent = g_strdup (fields->parent);
  self->meter = g_strdup (fields->meter);
  self->serial = ohm_place_dup_serial (fields->serial);
  self->address = g_strdup (fields->address);
  self->counters = g_strdup (fields->counters);
  self->indices = g_memdup2 (fields->indices, fields->n_points * sizeof (guint));
  if (fields->points != NULL)
    self->points = ohm_point_set_ref (fields->points);
  if (fields->meter_points != NULL)
    self->meter_points = ohm_point_set_ref (fields->meter_points);
  if (fields->run != NULL)
    self->run = ohm_run_ref (fields->run);
  return self;
}

OhmPlace *
ohm_place_ref (OhmPlace *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
ohm_place_clear (gpointer data)
{
  OhmPlace *self = data;

  g_free (self->id);
  g_free (self->name);
  g_free (self->source);
  g_free (self->medium);
  g_free (self->parent);
  g_free (self->meter);
  g_free (self->serial);
  g_free (self->address);
  g_free (self->counters);
  g_free (self->indices);
  g_clear_pointer (&self->points, ohm_point_set_unref);
  g_clear_pointer (&self->meter_points, ohm_point_set_unref);
  g_clear_pointer (&self->run, ohm_run_unref);
}

void
ohm_place_unref (OhmPlace *self)
{
  g_atomic_rc_box_release_full (self, ohm_place_clear);
}

/* Point sets are interned: equal ones are the same object. */
gboolean
ohm_place_equal (const OhmPlace *a, const OhmPlace *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  return g_str_equal (a->id, b->id) && g_str_equal (a->name, b->name) &&
         g_str_equal (a->source, b->source) && g_str_equal (a->medium, b->medium) &&
         g_strcmp0 (a->parent, b->parent) == 0 && a->is_inverted == b->is_inverted &&
         a->is_virtual == b->is_virtual && memcmp (&a->factor, &b->factor, sizeof a->factor) == 0 &&
         g_strcmp0 (a->meter, b->meter) == 0 && g_strcmp0 (a->serial, b->serial) == 0 &&
         g_strcmp0 (a->address, b->address) == 0 && g_strcmp0 (a->counters, b->counters) == 0 &&
         a->profile_revision == b->profile_revision && a->points == b->points &&
         a->meter_points == b->meter_points && a->n_points == b->n_points &&
         (a->n_points == 0 || memcmp (a->indices, b->indices, a->n_points * sizeof (guint)) == 0);
}

gboolean
ohm_place_is_read (const OhmPlace *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->meter != NULL && !self->is_virtual;
}

gboolean
ohm_place_is_wrong_device (const OhmPlace *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->serial != NULL && self->run != NULL && self->run->serial != NULL &&
         !g_str_equal (self->serial, self->run->serial);
}
