/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-probe.h"

G_BEGIN_DECLS

/* A commented profile, made of what a device answered. */
typedef struct _OhmctlNewProfile OhmctlNewProfile;

OhmctlNewProfile *ohmctl_new_profile_new (const char *id);
void ohmctl_new_profile_free (OhmctlNewProfile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlNewProfile, ohmctl_new_profile_free)

/**
 * ohmctl_new_profile_check_name:
 * @name: a point of the vocabulary, or a fact: `serial`
 * @error: code %OHMCTL_EXIT_USAGE
 *
 * Returns: %TRUE if a row of that name can be written
 */
gboolean ohmctl_new_profile_check_name (const char *name, GError **error);

/* Adds a row: @name as it is most likely read from the beginning of @registers. */
void
ohmctl_new_profile_add (OhmctlNewProfile *self, const char *name, const OhmctlRegisters *registers);

/**
 * ohmctl_new_profile_end:
 * @source: (nullable): where the registers came from, in words
 * @error: %OHM_ERROR_PROFILE if rows contradict each other
 *
 * Returns: (transfer full) (nullable): the text, which loads as it is
 */
char *ohmctl_new_profile_end (OhmctlNewProfile *self, const char *source, GError **error);

/* `profile new`. */
gboolean ohmctl_new_profile_run (OhmctlContext *context, OhmctlArgs *args, GError **error);

extern const OhmctlOption ohmctl_new_profile_options[];

G_END_DECLS
