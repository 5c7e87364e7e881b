/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OhmctlExit:
 * @OHMCTL_EXIT_DONE: done
 * @OHMCTL_EXIT_FAILED: failed
 * @OHMCTL_EXIT_USAGE: the command line cannot be understood
 * @OHMCTL_EXIT_NOT_FOUND: there is no such object
 * @OHMCTL_EXIT_NO_DAEMON: the bus or the daemon cannot be reached
 * @OHMCTL_EXIT_NOT_ALLOWED: the caller may not
 * @OHMCTL_EXIT_NO_ANSWER: the meter does not answer
 * @OHMCTL_EXIT_FINDINGS: done, and something was found
 *
 * Exit codes. Scripts rely on them: the numbers never change.
 */
typedef enum
{
  OHMCTL_EXIT_DONE = 0,
  OHMCTL_EXIT_FAILED = 1,
  OHMCTL_EXIT_USAGE = 2,
  OHMCTL_EXIT_NOT_FOUND = 3,
  OHMCTL_EXIT_NO_DAEMON = 4,
  OHMCTL_EXIT_NOT_ALLOWED = 5,
  OHMCTL_EXIT_NO_ANSWER = 6,
  OHMCTL_EXIT_FINDINGS = 7,
} OhmctlExit;

/* Errors of the command line itself; the code is the exit code. */
#define OHMCTL_ERROR (ohmctl_error_quark ())

GQuark ohmctl_error_quark (void);

/* The exit code that an error of any domain leads to. */
OhmctlExit ohmctl_error_get_exit (const GError *error);

/* Sets `no METER 'mian'; did you mean 'main'?`. @known: (nullable): what there is */
void ohmctl_error_set_unknown (GError **error,
                               OhmctlExit exit,
                               const char *what,
                               const char *word,
                               const char *const *known);

G_END_DECLS
