/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-args.h"
#include "ohmctl-object.h"

G_BEGIN_DECLS

/* `ohmctl meter clock`: a meter's own clock against ours. */

extern const char ohmctl_clock_text[];
extern const char ohmctl_clock_examples[];
extern const OhmctlOption ohmctl_clock_options[];

gboolean ohmctl_clock_run (OhmctlContext *context, OhmctlArgs *args, GError **error);

/* A line of `ohmctl meter show`; none if the daemon cannot tell. */
void ohmctl_clock_show_line (OhmctlContext *context, OhmctlObject *meter, OhmctlTable *table);

/* (transfer full): `3 min ahead`, `0.2 s behind`, `right`: how far a clock is off */
char *ohmctl_clock_dup_offset (gint64 offset_us, gint64 uncertainty_us);

G_END_DECLS
