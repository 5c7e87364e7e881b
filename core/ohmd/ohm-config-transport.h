/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-config.h"

G_BEGIN_DECLS

/* (nullable): the declaration of @key */
const OhmSettingSpec *ohm_config_transport_find_key (const OhmSettingSpec *table, const char *key);

/* The keys of a transport; empty if it has none. */
const OhmSettingSpec *ohm_config_transport_get_keys (GType transport);

/* (transfer full): the keys of @table that @group sets, as a group of their own */
OhmSettings *ohm_config_transport_extract (OhmKeyfile *keyfile,
                                           const char *group,
                                           const OhmSettingSpec *table,
                                           GError **error);

/* The transport that @group names; it has to name one. */
GType ohm_config_transport_find (OhmPluginHost *plugins,
                                 OhmKeyfile *keyfile,
                                 const char *group,
                                 GError **error);

/* The transport that @group names, or the one that is meant, by which its other keys are judged. */
GType ohm_config_transport_choose (OhmPluginHost *plugins,
                                   OhmKeyfile *keyfile,
                                   const char *group,
                                   const OhmSettingSpec *own,
                                   GPtrArray *faults);

/* (transfer full) (nullable): the group's keys, if all are in order */
OhmSettings *ohm_config_transport_read_keys (OhmKeyfile *keyfile,
                                             const char *group,
                                             const OhmSettingSpec *own,
                                             GType transport,
                                             GPtrArray *faults);

G_END_DECLS
