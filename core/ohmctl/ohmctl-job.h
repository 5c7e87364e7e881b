/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-object.h"

G_BEGIN_DECLS

/**
 * ohmctl_job_follow:
 * @path: a job
 * @error: the daemon has gone
 *
 * Waits until it has ended and shows on a terminal what it does. An interrupt cancels it.
 *
 * Returns: (transfer full) (nullable): the job as it ended
 */
OhmctlObject *ohmctl_job_follow (OhmctlContext *context, const char *path, GError **error);

/**
 * OhmctlJobShow:
 * @job: as it is
 * @is_changed: whether something of it changed; else a second has passed
 *
 * Tells people what a job does that is followed.
 */
typedef void (*OhmctlJobShow) (OhmctlContext *context,
                               OhmctlObject *job,
                               gboolean is_changed,
                               gpointer data);

/* The same, for who has more to tell than what it does. */
OhmctlObject *ohmctl_job_follow_with (OhmctlContext *context,
                                      const char *path,
                                      OhmctlJobShow show,
                                      gpointer data,
                                      GError **error);

/* Puts @line where the last one stood, if standard error is a terminal for people. */
void ohmctl_job_show_line (OhmctlContext *context, const char *line);

/**
 * ohmctl_job_print:
 * @error: code %OHMCTL_EXIT_NO_ANSWER if it failed, %OHMCTL_EXIT_FAILED if it was cancelled or is
 *   about an uplink,
 *   %OHMCTL_EXIT_NO_DAEMON if that was because the daemon stops
 *
 * Prints how a job ended.
 *
 * Returns: %TRUE if it did what it was to do
 */
gboolean ohmctl_job_print (OhmctlContext *context, OhmctlObject *job, GError **error);

/* Sets the error of a job that did not end well. Returns: %TRUE if it did */
gboolean ohmctl_job_check (OhmctlObject *job, GError **error);

G_END_DECLS
