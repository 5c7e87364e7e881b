/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Lists of words: arrays of owned texts. */

/* (transfer full) (element-type utf8) */
GPtrArray *ohmctl_words_new (void);
void ohmctl_words_add (GPtrArray *words, const char *word);
/* Zero-terminated, owned by @words; call it when all are added. */
const char *const *ohmctl_words_end (GPtrArray *words);

/* (transfer full): copies and joins of constant lists */
char **ohmctl_words_dup (const char *const *words);
char *ohmctl_words_join (const char *const *words, const char *separator);

/* The character behind the one at @p. */
const char *ohmctl_words_next_char (const char *p);

G_END_DECLS
