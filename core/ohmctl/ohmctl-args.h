/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-error.h"

G_BEGIN_DECLS

/**
 * OhmctlWord:
 *
 * What may stand at a place of the command line: how a shell completes it.
 */
typedef enum
{
  OHMCTL_WORD_ANY,
  OHMCTL_WORD_METER,
  OHMCTL_WORD_PLACE,
  OHMCTL_WORD_LINK,
  OHMCTL_WORD_UPLINK,
  OHMCTL_WORD_SECRET,
  OHMCTL_WORD_METER_OR_LINK,
  OHMCTL_WORD_SUBJECT,
  OHMCTL_WORD_PROFILE,
  OHMCTL_WORD_PLUGIN,
  OHMCTL_WORD_JOB,
  OHMCTL_WORD_POINT,
  OHMCTL_WORD_COUNTER,
  OHMCTL_WORD_KEY,
  OHMCTL_WORD_FILE,
} OhmctlWord;

/**
 * OhmctlOption:
 * @name: without dashes
 * @value: (nullable): name of its value in help; %NULL for a switch
 * @help: one sentence without full stop
 * @word: what completes the value
 *
 * An option. Tables end with a row whose @name is %NULL.
 */
typedef struct
{
  const char *name;
  const char *value;
  const char *help;
  OhmctlWord word;
} OhmctlOption;

/* What stood on the command line after the verb. */
typedef struct _OhmctlArgs OhmctlArgs;

OhmctlArgs *ohmctl_args_new (void);
void ohmctl_args_free (OhmctlArgs *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlArgs, ohmctl_args_free)

/* Options that are allowed from now on. @table: must outlive @self */
void ohmctl_args_add_table (OhmctlArgs *self, const OhmctlOption *table);

/**
 * ohmctl_args_take_option:
 * @argv: (array zero-terminated=1): the command line
 * @index: (inout): at an option; moved behind it and its value
 * @error: code %OHMCTL_EXIT_USAGE
 *
 * Returns: %TRUE if it is an allowed option with all it needs
 */
gboolean
ohmctl_args_take_option (OhmctlArgs *self, char *const *argv, guint *index, GError **error);

void ohmctl_args_add_word (OhmctlArgs *self, const char *word);

guint ohmctl_args_n_words (OhmctlArgs *self);
/* (nullable): %NULL beyond the last */
const char *ohmctl_args_word (OhmctlArgs *self, guint index);
/* words from @first on, zero-terminated, owned by @self */
const char *const *ohmctl_args_words (OhmctlArgs *self, guint first);

gboolean ohmctl_args_has (OhmctlArgs *self, const char *option);
/* (nullable): the last value given */
const char *ohmctl_args_get (OhmctlArgs *self, const char *option);
/* (nullable) (element-type utf8): all values given, in order */
GPtrArray *ohmctl_args_get_all (OhmctlArgs *self, const char *option);

/* A number of an option; @ret_value is left alone if the option was not given. */
gboolean ohmctl_args_get_uint (OhmctlArgs *self,
                               const char *option,
                               guint max,
                               guint *ret_value,
                               GError **error);

/* An option's duration with unit. */
gboolean
ohmctl_args_get_duration_us (OhmctlArgs *self, const char *option, gint64 *ret_us, GError **error);

G_END_DECLS
