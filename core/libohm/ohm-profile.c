/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-profile-private.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (OhmProfile, ohm_profile, ohm_profile_ref, ohm_profile_unref)

OhmProfile *
ohm_profile_alloc (void)
{
  OhmProfile *self = g_new0 (OhmProfile, 1);

  g_atomic_ref_count_init (&self->refs);
  self->texts = g_string_chunk_new (512);
  self->stateful = g_array_new (/* zero terminated */ FALSE, FALSE, sizeof (OhmRange));
  self->holes = g_array_new (/* zero terminated */ FALSE, FALSE, sizeof (OhmRange));
  self->rows = g_ptr_array_new_with_free_func (g_atomic_rc_box_release);
  self->facts = g_ptr_array_new_with_free_func (g_atomic_rc_box_release);
  self->rules = g_ptr_array_new_with_free_func (g_free);
  self->rule_table = g_array_new (/* zero terminated */ FALSE, FALSE, sizeof (OhmIdentifyRule));
  self->writes = g_array_new (/* zero terminated */ FALSE, FALSE, sizeof (OhmWrite));
  self->clocks = g_array_new (/* zero terminated */ FALSE, FALSE, sizeof (OhmDeviceClock));
  self->extra = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->limits = (OhmLimits){
    .registers_max = OHM_READ_REGISTERS_MAX,
    .functions = { 3, 4, 0 },
    .outstanding_max = 1,
  };
  return self;
}

OhmProfile *
ohm_profile_new_empty (const char *id, const char *name)
{
  OhmProfile *self;

  g_return_val_if_fail (ohm_id_is_valid (id), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  self = ohm_profile_alloc ();
  self->file = "";
  self->id = g_string_chunk_insert (self->texts, id);
  self->name = g_string_chunk_insert (self->texts, name);
  self->revision = 1;
  self->family = self->id;
  return self;
}

OhmProfile *
ohm_profile_ref (OhmProfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
ohm_profile_unref (OhmProfile *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->extra);
  g_array_unref (self->clocks);
  g_array_unref (self->writes);
  g_array_unref (self->rule_table);
  g_ptr_array_unref (self->rules);
  g_ptr_array_unref (self->facts);
  g_ptr_array_unref (self->rows);
  g_array_unref (self->holes);
  g_array_unref (self->stateful);
  g_string_chunk_free (self->texts);
  g_clear_pointer (&self->parent, ohm_profile_unref);
  g_free (self);
}

OhmProfileRow *
ohm_profile_find_row (GPtrArray *rows, const char *name)
{
  for (guint i = 0; i < rows->len; i++)
    {
      OhmProfileRow *row = g_ptr_array_index (rows, i);

      if (g_str_equal (row->name, name))
        return row;
    }
  return NULL;
}

const char *
ohm_profile_get_id (OhmProfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->id;
}

const char *
ohm_profile_get_name (OhmProfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->name;
}

guint
ohm_profile_get_revision (OhmProfile *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->revision;
}

const char *
ohm_profile_get_family (OhmProfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->family;
}

const char *
ohm_profile_get_parent (OhmProfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->parent != NULL ? self->parent->id : NULL;
}

const char *
ohm_profile_get_source (OhmProfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->source;
}

const char *
ohm_profile_get_file (OhmProfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->file;
}

const OhmLimits *
ohm_profile_get_limits (OhmProfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->limits;
}

const OhmWrite *
ohm_profile_get_writes (OhmProfile *self, guint *ret_n)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (ret_n != NULL, NULL);

  *ret_n = self->writes->len;
  return (const OhmWrite *) (gpointer) self->writes->data;
}

static gboolean
ohm_profile_is_condition_met (const char *fact, const char *fact_values, OhmFacts *facts)
{
  g_auto (GStrv) values = NULL;
  const char *text;

  if (fact == NULL)
    return TRUE;
  text = ohm_facts_get (facts, fact);
  if (text == NULL)
    return FALSE;
  values = g_strsplit (fact_values, ",", /* max tokens */ 0);
  return g_strv_contains ((const char *const *) values, text);
}

const OhmWrite *
ohm_profile_find_write (OhmProfile *self, OhmFacts *facts, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = 0; i < self->writes->len; i++)
    {
      const OhmWrite *write = &g_array_index (self->writes, OhmWrite, i);

      if (g_str_equal (write->name, name) &&
          ohm_profile_is_condition_met (write->fact, write->fact_values, facts))
        return write;
    }
  return NULL;
}

const OhmDeviceClock *
ohm_profile_get_clocks (OhmProfile *self, guint *ret_n)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (ret_n != NULL, NULL);

  *ret_n = self->clocks->len;
  return (const OhmDeviceClock *) (gpointer) self->clocks->data;
}

const OhmDeviceClock *
ohm_profile_find_clock (OhmProfile *self, OhmFacts *facts)
{
  g_return_val_if_fail (self != NULL, NULL);

  for (guint i = 0; i < self->clocks->len; i++)
    {
      const OhmDeviceClock *clock = &g_array_index (self->clocks, OhmDeviceClock, i);

      if (ohm_profile_is_condition_met (clock->fact, clock->fact_values, facts))
        return clock;
    }
  return NULL;
}

const OhmIdentifyRule *
ohm_profile_get_identify_rules (OhmProfile *self, guint *ret_n)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (ret_n != NULL, NULL);

  *ret_n = self->rule_table->len;
  return (const OhmIdentifyRule *) (gpointer) self->rule_table->data;
}

const char *
ohm_profile_get_extra (OhmProfile *self, const char *key)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (key != NULL, NULL);

  return g_hash_table_lookup (self->extra, key);
}
