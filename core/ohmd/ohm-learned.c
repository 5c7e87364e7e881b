/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-learned.h"

struct _OhmLearned
{
  GArray *holes;      /* (owned) (element-type OhmRange) */
  GArray *exceptions; /* (owned) (element-type guint8): of each hole; 0 for a mere gap */
};

OhmLearned *
ohm_learned_new (void)
{
  OhmLearned *self = g_new0 (OhmLearned, 1);

  self->holes = g_array_new (FALSE, FALSE, sizeof (OhmRange));
  self->exceptions = g_array_new (FALSE, FALSE, sizeof (guint8));
  return self;
}

void
ohm_learned_free (OhmLearned *self)
{
  g_array_unref (self->holes);
  g_array_unref (self->exceptions);
  g_free (self);
}

static gboolean
ohm_learned_covers (const OhmRange *hole, guint8 function, guint16 first, guint16 last)
{
  return (hole->function == 0 || hole->function == function) && hole->first <= first &&
         hole->last >= last;
}

static void
ohm_learned_add (OhmLearned *self, const OhmRange *range, guint8 exception)
{
  if (self->holes->len >= OHM_LEARNED_MAX || range->first > range->last)
    return;
  for (guint i = 0; i < self->holes->len; i++)
    {
      const OhmRange *hole = &g_array_index (self->holes, OhmRange, i);

      if (ohm_learned_covers (hole, range->function, range->first, range->last) &&
          (exception == 0 || g_array_index (self->exceptions, guint8, i) != 0))
        return;
    }
  g_array_append_val (self->holes, *range);
  g_array_append_val (self->exceptions, exception);
}

void
ohm_learned_add_hole (OhmLearned *self, const OhmRange *range)
{
  ohm_learned_add (self, range, 0);
}

void
ohm_learned_add_refused (OhmLearned *self, const OhmRange *range, guint8 exception)
{
  ohm_learned_add (self, range, MAX (exception, 1));
}

gboolean
ohm_learned_is_refused (const OhmLearned *self, guint8 function, guint16 first, guint16 last)
{
  for (guint i = 0; i < self->holes->len; i++)
    if (g_array_index (self->exceptions, guint8, i) != 0 &&
        ohm_learned_covers (&g_array_index (self->holes, OhmRange, i), function, first, last))
      return TRUE;
  return FALSE;
}

const OhmRange *
ohm_learned_get_holes (const OhmLearned *self, guint *ret_n)
{
  *ret_n = self->holes->len;
  return (const OhmRange *) (void *) self->holes->data;
}

gboolean
ohm_learned_is_empty (const OhmLearned *self)
{
  return self->holes->len == 0;
}

void
ohm_learned_forget (OhmLearned *self)
{
  g_array_set_size (self->holes, 0);
  g_array_set_size (self->exceptions, 0);
}

GVariant *
ohm_learned_save (const OhmLearned *self)
{
  GVariantBuilder ranges;
  GVariantBuilder builder;

  g_variant_builder_init (&ranges, G_VARIANT_TYPE ("a(yqqy)"));
  for (guint i = 0; i < self->holes->len; i++)
    {
      const OhmRange *hole = &g_array_index (self->holes, OhmRange, i);

      g_variant_builder_add (&ranges, "(yqqy)", hole->function, hole->first, hole->last,
                             g_array_index (self->exceptions, guint8, i));
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "refused", g_variant_builder_end (&ranges));
  return g_variant_builder_end (&builder);
}

OhmLearned *
ohm_learned_new_from_variant (GVariant *variant)
{
  OhmLearned *self = ohm_learned_new ();
  g_autoptr (GVariant) ranges = NULL;
  GVariantIter iter;
  guint8 exception;
  OhmRange range;

  if (variant == NULL || !g_variant_is_of_type (variant, G_VARIANT_TYPE_VARDICT))
    return self;
  ranges = g_variant_lookup_value (variant, "refused", G_VARIANT_TYPE ("a(yqqy)"));
  if (ranges == NULL)
    return self;
  g_variant_iter_init (&iter, ranges);
  while (
    g_variant_iter_next (&iter, "(yqqy)", &range.function, &range.first, &range.last, &exception))
    ohm_learned_add (self, &range, exception);
  return self;
}

char **
ohm_learned_describe (const OhmLearned *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < self->holes->len; i++)
    {
      const OhmRange *hole = &g_array_index (self->holes, OhmRange, i);
      guint8 exception = g_array_index (self->exceptions, guint8, i);
      g_autofree char *line = g_strdup_printf ("registers %u..%u: %s", hole->first, hole->last,
                                               exception != 0
                                                 ? ohm_modbus_exception_to_string (exception)
                                                 : "not read along");

      g_strv_builder_add (builder, line);
    }
  return g_strv_builder_end (builder);
}
