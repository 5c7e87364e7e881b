/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-verbs.h"

G_BEGIN_DECLS

/**
 * OhmctlLine:
 * @object: (nullable): static
 * @verb: (nullable): %NULL while only an object was named
 * @args: (owned): words and options
 *
 * A command line, understood.
 */
typedef struct
{
  const char *object;
  const OhmctlVerb *verb;
  OhmctlArgs *args;
} OhmctlLine;

/**
 * ohmctl_app_parse:
 * @argv: (array zero-terminated=1): with the program's name first
 * @line: filled as far as it was understood, even on failure; clear it with ohmctl_app_clear()
 * @error: code %OHMCTL_EXIT_USAGE
 *
 * Returns: %TRUE if the line says what to do, or asks for help
 */
gboolean ohmctl_app_parse (char *const *argv, OhmctlLine *line, GError **error);
void ohmctl_app_clear (OhmctlLine *line);

/* Everything that the program does. Returns: its exit code */
OhmctlExit ohmctl_app_run (char *const *argv);

G_END_DECLS
