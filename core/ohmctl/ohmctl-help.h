/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-verbs.h"

G_BEGIN_DECLS

typedef struct
{
  OhmctlExit code;
  const char *meaning;
} OhmctlHelpExit;

/* Meanings of the exit codes, ended by a row without one. */
extern const OhmctlHelpExit ohmctl_help_exits[];

/* Help on a verb, on an object (@verb %NULL), on all (both %NULL). */
void ohmctl_help_print (const char *object, const OhmctlVerb *verb);
/* The overview to standard error. */
void ohmctl_help_print_error (void);
/* (transfer full): the same text */
char *ohmctl_help_dup (const char *object, const OhmctlVerb *verb);

G_END_DECLS
