/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-facts.h"

#include <stdlib.h>
#include <string.h>

#include "ohm-parse-private.h"
#include "ohm-text-private.h"

/* `choice.` and the longest point name */
#define NAME_MAX_BYTES 127

typedef struct
{
  char *name;
  char *text;
} OhmFact;

struct _OhmFacts
{
  gatomicrefcount ref_count;
  guint n;
  OhmFact *facts; /* (array length=n): sorted by name */
};

struct _OhmFactsBuilder
{
  GHashTable *texts; /* (owned) (element-type utf8 utf8) */
};

G_DEFINE_BOXED_TYPE (OhmFacts, ohm_facts, ohm_facts_ref, ohm_facts_unref)

OhmFacts *
ohm_facts_ref (OhmFacts *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ohm_facts_unref (OhmFacts *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  for (guint i = 0; i < self->n; i++)
    {
      g_free (self->facts[i].name);
      g_free (self->facts[i].text);
    }
  g_free (self->facts);
  g_free (self);
}

static int
ohm_facts_compare (const void *a, const void *b)
{
  return strcmp (((const OhmFact *) a)->name, ((const OhmFact *) b)->name);
}

static int
ohm_facts_compare_name (const void *name, const void *fact)
{
  return strcmp (name, ((const OhmFact *) fact)->name);
}

const char *
ohm_facts_get (OhmFacts *self, const char *name)
{
  const OhmFact *fact;

  g_return_val_if_fail (name != NULL, NULL);

  if (self == NULL || self->n == 0)
    return NULL;
  fact = bsearch (name, self->facts, self->n, sizeof (OhmFact), ohm_facts_compare_name);
  return fact != NULL ? fact->text : NULL;
}

gboolean
ohm_facts_get_number (OhmFacts *self, const char *name, double *ret_value)
{
  const char *text;

  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (ret_value != NULL, FALSE);

  text = ohm_facts_get (self, name);
  return text != NULL && ohm_parse_real (text, ret_value);
}

const char **
ohm_facts_get_names (OhmFacts *self)
{
  guint n = self != NULL ? self->n : 0;
  const char **names = g_new (const char *, n + 1);

  for (guint i = 0; i < n; i++)
    names[i] = self->facts[i].name;
  names[n] = NULL;
  return names;
}

gboolean
ohm_facts_equal (OhmFacts *a, OhmFacts *b)
{
  guint n = a != NULL ? a->n : 0;

  if (n != (b != NULL ? b->n : 0))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (strcmp (a->facts[i].name, b->facts[i].name) != 0 ||
        strcmp (a->facts[i].text, b->facts[i].text) != 0)
      return FALSE;
  return TRUE;
}

GVariant *
ohm_facts_to_variant (OhmFacts *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));

  for (guint i = 0; self != NULL && i < self->n; i++)
    g_variant_builder_add (&builder, "{ss}", self->facts[i].name, self->facts[i].text);
  return g_variant_builder_end (&builder);
}

static gboolean
ohm_facts_is_name (const char *name)
{
  gsize length = strlen (name);

  return length > 0 && length <= NAME_MAX_BYTES &&
         strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789.@-") == length;
}

OhmFacts *
ohm_facts_new_from_variant (GVariant *variant)
{
  g_autoptr (OhmFactsBuilder) builder = ohm_facts_builder_new (/* base */ NULL);
  GVariantIter iter;
  const char *name;
  const char *text;

  g_return_val_if_fail (variant != NULL, NULL);
  g_return_val_if_fail (g_variant_is_of_type (variant, G_VARIANT_TYPE ("a{ss}")), NULL);

  g_variant_iter_init (&iter, variant);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &text))
    if (ohm_facts_is_name (name) && strlen (text) <= OHM_FACT_VALUE_MAX)
      ohm_facts_builder_set (builder, name, text);
  return ohm_facts_builder_end (g_steal_pointer (&builder));
}

OhmFactsBuilder *
ohm_facts_builder_new (OhmFacts *base)
{
  OhmFactsBuilder *self = g_new0 (OhmFactsBuilder, 1);

  self->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; base != NULL && i < base->n; i++)
    g_hash_table_insert (self->texts, g_strdup (base->facts[i].name),
                         g_strdup (base->facts[i].text));
  return self;
}

void
ohm_facts_builder_set (OhmFactsBuilder *self, const char *name, const char *text)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (name != NULL && ohm_facts_is_name (name));

  if (text == NULL)
    {
      g_hash_table_remove (self->texts, name);
      return;
    }
  if (g_hash_table_size (self->texts) >= OHM_FACTS_MAX &&
      !g_hash_table_contains (self->texts, name))
    return;
  g_hash_table_insert (self->texts, g_strdup (name), ohm_text_dup_valid (text, OHM_FACT_VALUE_MAX));
}

const char *
ohm_facts_builder_get (OhmFactsBuilder *self, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return g_hash_table_lookup (self->texts, name);
}

OhmFacts *
ohm_facts_builder_end (OhmFactsBuilder *self)
{
  OhmFacts *facts;
  GHashTableIter iter;
  gpointer name;
  gpointer text;

  g_return_val_if_fail (self != NULL, NULL);

  facts = g_new0 (OhmFacts, 1);
  g_atomic_ref_count_init (&facts->ref_count);
  facts->facts = g_new0 (OhmFact, g_hash_table_size (self->texts));
  g_hash_table_iter_init (&iter, self->texts);
  while (g_hash_table_iter_next (&iter, &name, &text))
    {
      facts->facts[facts->n++] = (OhmFact){ name, text };
      g_hash_table_iter_steal (&iter);
    }
  if (facts->n > 1)
    qsort (facts->facts, facts->n, sizeof (OhmFact), ohm_facts_compare);
  ohm_facts_builder_free (self);
  return facts;
}

void
ohm_facts_builder_free (OhmFactsBuilder *self)
{
  g_return_if_fail (self != NULL);

  g_hash_table_unref (self->texts);
  g_free (self);
}
