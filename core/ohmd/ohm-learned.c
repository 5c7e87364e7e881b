/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-learned.h"

struct _OhmLearned
{
  GArray *holes;      /* (owned) (element-type OhmRange) */
  GArray *exceptions; /* (owned) (element-type guint8): of each hole; 0 for a mere gap */
  GArray *times;      /* (owned) (element-type gint64): when each was learned; 0 if not known */
  guint length;       /* most registers in one request; 0 if nothing was learned */
  gint64 length_us;
};

OhmLearned *
ohm_learned_new (void)
{
  OhmLearned *self = g_new0 (OhmLearned, 1);

  self->holes = g_array_new (FALSE, FALSE, sizeof (OhmRange));
  self->exceptions = g_array_new (FALSE, FALSE, sizeof (guint8));
  self->times = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

void
ohm_learned_free (OhmLearned *self)
{
  g_array_unref (self->holes);
  g_array_unref (self->exceptions);
  g_array_unref (self->times);
  g_free (self);
}

static gboolean
ohm_learned_covers (const OhmRange *hole, guint8 function, guint16 first, guint16 last)
{
  return (hole->function == 0 || hole->function == function) && hole->first <= first &&
         hole->last >= last;
}

static void
ohm_learned_add (OhmLearned *self, const OhmRange *range, guint8 exception, gint64 now_us)
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
  g_array_append_val (self->times, now_us);
}

void
ohm_learned_add_hole (OhmLearned *self, const OhmRange *range, gint64 now_us)
{
  ohm_learned_add (self, range, 0, now_us);
}

void
ohm_learned_add_refused (OhmLearned *self, const OhmRange *range, guint8 exception, gint64 now_us)
{
  ohm_learned_add (self, range, MAX (exception, 1), now_us);
}

void
ohm_learned_set_length (OhmLearned *self, guint registers, gint64 now_us)
{
  self->length = registers;
  self->length_us = now_us;
}

guint
ohm_learned_get_length (const OhmLearned *self, guint otherwise)
{
  return self->length > 0 ? MIN (self->length, otherwise) : otherwise;
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
  return self->holes->len == 0 && self->length == 0;
}

void
ohm_learned_forget (OhmLearned *self)
{
  g_array_set_size (self->holes, 0);
  g_array_set_size (self->exceptions, 0);
  g_array_set_size (self->times, 0);
  self->length = 0;
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
  g_variant_builder_add (&builder, "{sv}", "times",
                         g_variant_new_fixed_array (G_VARIANT_TYPE_INT64, self->times->data,
                                                    self->times->len, sizeof (gint64)));
  if (self->length > 0)
    g_variant_builder_add (&builder, "{sv}", "length",
                           g_variant_new ("(ux)", self->length, self->length_us));
  return g_variant_builder_end (&builder);
}

/* A release that kept no times wrote the ranges alone. */
static void
ohm_learned_load_ranges (OhmLearned *self, GVariant *variant)
{
  g_autoptr (GVariant) ranges = g_variant_lookup_value (variant, "refused",
                                                        G_VARIANT_TYPE ("a(yqqy)"));
  g_autoptr (GVariant) times = g_variant_lookup_value (variant, "times", G_VARIANT_TYPE ("ax"));
  const gint64 *known = NULL;
  gsize n_known = 0;
  GVariantIter iter;
  guint8 exception;
  OhmRange range;

  if (times != NULL)
    known = g_variant_get_fixed_array (times, &n_known, sizeof (gint64));
  if (ranges == NULL)
    return;
  g_variant_iter_init (&iter, ranges);
  for (gsize i = 0; g_variant_iter_next (&iter, "(yqqy)", &range.function, &range.first,
                                         &range.last, &exception);
       i++)
    ohm_learned_add (self, &range, exception, i < n_known ? known[i] : 0);
}

OhmLearned *
ohm_learned_new_from_variant (GVariant *variant)
{
  OhmLearned *self = ohm_learned_new ();

  if (variant == NULL || !g_variant_is_of_type (variant, G_VARIANT_TYPE_VARDICT))
    return self;
  ohm_learned_load_ranges (self, variant);
  if (g_variant_lookup (variant, "length", "(ux)", &self->length, &self->length_us) &&
      self->length > OHM_READ_REGISTERS_MAX)
    self->length = 0;
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
  if (self->length > 0)
    {
      g_autofree char *line = g_strdup_printf ("more than %u registers at once: refused",
                                               self->length);

      g_strv_builder_add (builder, line);
    }
  return g_strv_builder_end (builder);
}

GArray *
ohm_learned_get_times (const OhmLearned *self)
{
  GArray *times = g_array_copy (self->times);

  if (self->length > 0)
    g_array_append_val (times, self->length_us);
  return times;
}
