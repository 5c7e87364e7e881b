/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-args.h"
#include "ohmctl-object.h"

G_BEGIN_DECLS

/* What verbs that change something share. */

/* Says that it is done: @format for people, `{"KIND":"ID"}` for programs. */
void ohmctl_change_print (OhmctlContext *context,
                          const char *kind,
                          const char *id,
                          const char *format,
                          ...) G_GNUC_PRINTF (4, 5);

/**
 * ohmctl_change_confirm:
 * @question: ends with a question mark
 * @error: code %OHMCTL_EXIT_USAGE if there is nobody to ask, %OHMCTL_EXIT_FAILED if the answer is
 *   not "yes"
 *
 * Returns: %TRUE if it may be done; with `--yes` nobody is asked
 */
gboolean ohmctl_change_confirm (OhmctlArgs *args, const char *question, GError **error);

/**
 * ohmctl_change_take_keys:
 * @group: (nullable): put before each key: `a(sss)` and `a(ss)` instead of `a{ss}` and `as`
 * @may_be_none: nothing to change is fine
 * @ret_set: (out): floating: words from the second on as KEY=VALUE
 * @ret_unset: (out): floating: values of `--unset`
 */
gboolean ohmctl_change_take_keys (OhmctlArgs *args,
                                  const char *group,
                                  gboolean may_be_none,
                                  GVariant **ret_set,
                                  GVariant **ret_unset,
                                  GError **error);

/* The object that the first word names. (transfer full) (nullable) */
OhmctlObject *ohmctl_change_get_object (OhmctlContext *context,
                                        OhmctlKind kind,
                                        OhmctlArgs *args,
                                        GError **error);

/* Gives the object that the first word names the second as its id, by this method of the daemon. */
gboolean ohmctl_change_rename (OhmctlContext *context,
                               OhmctlArgs *args,
                               OhmctlKind kind,
                               const char *method,
                               GError **error);

G_END_DECLS
