/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_PROFILE_CATALOG (ohm_profile_catalog_get_type ())

/* All profiles of the plugin directories. A later directory wins; an empty file masks; one bad file
 * disables itself alone, and the last good version of it stays. */
G_DECLARE_FINAL_TYPE (OhmProfileCatalog, ohm_profile_catalog, OHM, PROFILE_CATALOG, GObject)

/**
 * OhmProfileEntry:
 * @id: file name's stem
 * @file: path
 * @profile: (nullable): what is in use: this file's content, or its last good version
 * @reason: (nullable): why the file as it is now is refused
 * @more: (nullable): what else is wrong with it, a line each
 */
typedef struct
{
  char *id;
  char *file;
  OhmProfile *profile;
  char *reason;
  char *more;
  /*< private >*/
  char *text;
  gsize length;
  gboolean is_same;
} OhmProfileEntry;

OhmProfileCatalog *ohm_profile_catalog_new (OhmBus *bus, const char *const *dirs);

/* Reads all files again; emits profile-changed for each that came, changed or went. */
void ohm_profile_catalog_scan (OhmProfileCatalog *self);

/* (element-type OhmProfileEntry): sorted by id */
GPtrArray *ohm_profile_catalog_get_entries (OhmProfileCatalog *self);

/* (transfer none) (nullable) */
OhmProfile *ohm_profile_catalog_find (OhmProfileCatalog *self, const char *id);

/* (transfer container): ids in use, NULL-terminated, for "did you mean" */
const char **ohm_profile_catalog_list_ids (OhmProfileCatalog *self);

G_END_DECLS
