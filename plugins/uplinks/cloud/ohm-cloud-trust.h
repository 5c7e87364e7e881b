/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define OHM_TYPE_CLOUD_TRUST (ohm_cloud_trust_get_type ())

/**
 * OhmCloudTrust:
 *
 * The system's trusted authorities, read when the first peer has to be verified, in the thread that
 * verifies.
 *
 * glib-networking 2.74 reads and parses all of them for each connection that it makes, on the main
 * loop: 15 to 60 ms on a fast machine, several times that on a small one, even where `ca-file`
 * names others. It does so only for databases of its own kind; others are asked to verify. What
 * that leaves out is the purpose of a certificate: one for clients alone would pass for a server of
 * the same name.
 */
G_DECLARE_FINAL_TYPE (OhmCloudTrust, ohm_cloud_trust, OHM, CLOUD_TRUST, GTlsDatabase)

/* Makes it the process's default database, once for all: a connection asks for that before it is
 * told of another. Main thread. */
void ohm_cloud_trust_install (void);

G_END_DECLS
