/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery-bisect.h"

OhmBisection *
ohm_bisection_new (guint n)
{
  OhmBisection *self = g_new0 (OhmBisection, 1);

  self->parts = g_array_new (FALSE, FALSE, sizeof (guint));
  if (n > 0)
    g_array_append_val (self->parts, n);
  return self;
}

void
ohm_bisection_free (OhmBisection *self)
{
  g_array_unref (self->parts);
  g_free (self);
}

guint
ohm_bisection_get_length (const OhmBisection *self)
{
  return self->parts->len > 0 ? g_array_index (self->parts, guint, self->parts->len - 1) : 0;
}

void
ohm_bisection_pass (OhmBisection *self)
{
  g_return_if_fail (self->parts->len > 0);

  self->first += ohm_bisection_get_length (self);
  g_array_set_size (self->parts, self->parts->len - 1);
}

gboolean
ohm_bisection_split (OhmBisection *self)
{
  guint n = ohm_bisection_get_length (self);
  guint left = n / 2;
  guint right = n - left;

  if (n < 2)
    return FALSE;
  g_array_index (self->parts, guint, self->parts->len - 1) = right;
  g_array_append_val (self->parts, left);
  return TRUE;
}
