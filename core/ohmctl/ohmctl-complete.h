/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-error.h"

G_BEGIN_DECLS

/* What a shell adds to the end of a command line: @argv[0] is the line up to the cursor. Prints one
 * candidate a line, `:files` where file names are wanted. Never complains. */
OhmctlExit ohmctl_complete_run (char *const *argv);

G_END_DECLS
