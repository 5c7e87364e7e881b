/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-words.h"

GPtrArray *
ohmctl_words_new (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

void
ohmctl_words_add (GPtrArray *words, const char *word)
{
  g_ptr_array_add (words, g_strdup (word));
}

const char *const *
ohmctl_words_end (GPtrArray *words)
{
  g_ptr_array_add (words, NULL);
  return (const char *const *) words->pdata;
}

char **
ohmctl_words_dup (const char *const *words)
{
  GStrvBuilder *builder = g_strv_builder_new ();
  char **copy;

  for (guint i = 0; words[i] != NULL; i++)
    g_strv_builder_add (builder, words[i]);
  copy = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return copy;
}

char *
ohmctl_words_join (const char *const *words, const char *separator)
{
  g_auto (GStrv) copy = ohmctl_words_dup (words);

  return g_strjoinv (separator, copy);
}

const char *
ohmctl_words_next_char (const char *p)
{
  return p + g_utf8_skip[(guchar) *p];
}
