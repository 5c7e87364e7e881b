/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-args.h"

#include <ohm.h>
#include <string.h>

#include "ohmctl-words.h"

/* Common options and those of the verb, one more for the end. */
#define TABLES_MAX 3

struct _OhmctlArgs
{
  const OhmctlOption *tables[TABLES_MAX]; /* as many as there are, then NULL */
  GPtrArray *words;                       /* (owned) (element-type utf8), ends with NULL */
  GHashTable *options;                    /* (owned): name to GPtrArray of values */
};

OhmctlArgs *
ohmctl_args_new (void)
{
  OhmctlArgs *self = g_new0 (OhmctlArgs, 1);

  self->words = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->words, NULL);
  self->options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) g_ptr_array_unref);
  return self;
}

void
ohmctl_args_free (OhmctlArgs *self)
{
  g_ptr_array_unref (self->words);
  g_hash_table_unref (self->options);
  g_free (self);
}

void
ohmctl_args_add_table (OhmctlArgs *self, const OhmctlOption *table)
{
  guint n = 0;

  while (self->tables[n] != NULL)
    n++;
  g_return_if_fail (n + 1 < TABLES_MAX);
  self->tables[n] = table;
}

static const OhmctlOption *
ohmctl_args_find_option (OhmctlArgs *self, const char *name)
{
  for (guint i = 0; self->tables[i] != NULL; i++)
    for (const OhmctlOption *row = self->tables[i]; row->name != NULL; row++)
      if (strcmp (row->name, name) == 0)
        return row;
  return NULL;
}

static void
ohmctl_args_set_unknown_option (OhmctlArgs *self, const char *name, GError **error)
{
  g_autoptr (GPtrArray) names = ohmctl_words_new ();
  const char *near;

  for (guint i = 0; self->tables[i] != NULL; i++)
    for (const OhmctlOption *row = self->tables[i]; row->name != NULL; row++)
      ohmctl_words_add (names, row->name);
  near = ohm_suggest (name, ohmctl_words_end (names));
  if (near != NULL)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                 "unknown option '--%s'; did you mean '--%s'?", name, near);
  else
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "unknown option '--%s'", name);
}

static void
ohmctl_args_store (OhmctlArgs *self, const OhmctlOption *option, const char *value)
{
  GPtrArray *values = g_hash_table_lookup (self->options, option->name);

  if (values == NULL)
    {
      values = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (self->options, g_strdup (option->name), values);
    }
  g_ptr_array_add (values, g_strdup (value));
}

gboolean
ohmctl_args_take_option (OhmctlArgs *self, char *const *argv, guint *index, GError **error)
{
  const char *word = argv[*index];
  const char *equals = strchr (word, '=');
  const char *value = equals != NULL ? equals + 1 : NULL;
  g_autofree char *name = NULL;
  const OhmctlOption *option;

  if (strcmp (word, "-h") == 0)
    word = "--help";
  if (!g_str_has_prefix (word, "--"))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "unknown option '%s'", word);
      return FALSE;
    }
  name = equals != NULL ? g_strndup (word + 2, (gsize) (equals - word - 2)) : g_strdup (word + 2);
  option = ohmctl_args_find_option (self, name);
  if (option == NULL)
    {
      ohmctl_args_set_unknown_option (self, name, error);
      return FALSE;
    }
  if (option->value == NULL && value != NULL)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "option '--%s' takes no value", name);
      return FALSE;
    }
  if (option->value != NULL && value == NULL)
    value = argv[++*index];
  if (option->value != NULL && value == NULL)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "option '--%s' needs a value: --%s=%s",
                   name, name, option->value);
      return FALSE;
    }
  ohmctl_args_store (self, option, value);
  ++*index;
  return TRUE;
}

void
ohmctl_args_add_word (OhmctlArgs *self, const char *word)
{
  g_ptr_array_insert (self->words, (int) self->words->len - 1, g_strdup (word));
}

guint
ohmctl_args_n_words (OhmctlArgs *self)
{
  return self->words->len - 1;
}

const char *
ohmctl_args_word (OhmctlArgs *self, guint index)
{
  return index < self->words->len ? self->words->pdata[index] : NULL;
}

const char *const *
ohmctl_args_words (OhmctlArgs *self, guint first)
{
  return (const char *const *) &self->words->pdata[MIN (first, self->words->len - 1)];
}

gboolean
ohmctl_args_has (OhmctlArgs *self, const char *option)
{
  return g_hash_table_contains (self->options, option);
}

GPtrArray *
ohmctl_args_get_all (OhmctlArgs *self, const char *option)
{
  return g_hash_table_lookup (self->options, option);
}

const char *
ohmctl_args_get (OhmctlArgs *self, const char *option)
{
  GPtrArray *values = ohmctl_args_get_all (self, option);

  return values != NULL ? values->pdata[values->len - 1] : NULL;
}

gboolean
ohmctl_args_get_uint (OhmctlArgs *self,
                      const char *option,
                      guint max,
                      guint *ret_value,
                      GError **error)
{
  const char *text = ohmctl_args_get (self, option);
  guint64 value;

  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 0, max, &value, NULL))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "option '--%s': '%s' is not a number from 0 to %u", option, text, max);
      return FALSE;
    }
  *ret_value = (guint) value;
  return TRUE;
}

gboolean
ohmctl_args_get_duration_us (OhmctlArgs *self, const char *option, gint64 *ret_us, GError **error)
{
  const char *text = ohmctl_args_get (self, option);
  gint64 us;

  if (text == NULL)
    return TRUE;
  if (!ohm_duration_parse (text, &us) || us < 0)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "option '--%s': '%s' is not a duration with a unit, as 500ms, 5s, 15min", option,
                   text);
      return FALSE;
    }
  *ret_us = us;
  return TRUE;
}
