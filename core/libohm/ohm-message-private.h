/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-message.h"

G_BEGIN_DECLS

/**
 * OhmMessageText:
 * @code: the code
 * @text: one sentence
 * @remedy: (nullable): what to do about it
 *
 * A row of the table. `{name}` stands for an argument; `[...]` is left out if an argument in it is
 * not given.
 */
typedef struct
{
  const char *code;
  const char *text;
  const char *remedy;
} OhmMessageText;

/* Sorted by code; ends with a row whose code is NULL. */
extern const OhmMessageText ohm_message_texts[];

/* Gives every error of the domain room for a message. Must come before the first error of the
 * domain is made: for ohm_error_quark(), once. */
void ohm_message_extend_error_domain (const char *name);

G_END_DECLS
