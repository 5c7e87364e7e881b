/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-site.h"
#include "ohm-store.h"

G_BEGIN_DECLS

/*
 * A place is renamed in the store, then in all files that name it. A note in the state folder says
 * what these are to hold, so that whoever is killed in between does the rest at the next start.
 */

/* Before the store is told. @texts: (element-type OhmSiteText) */
gboolean ohm_rename_note_write (const char *state_dir,
                                OhmSite *site,
                                const char *new_id,
                                GPtrArray *texts,
                                GError **error);

/* The files are written, or the place keeps its id. */
void ohm_rename_note_remove (const char *state_dir);

/* At the start, before files are read. A file that was changed since is left alone. */
void ohm_rename_note_finish (const char *state_dir, const OhmStoreContent *content);

G_END_DECLS
