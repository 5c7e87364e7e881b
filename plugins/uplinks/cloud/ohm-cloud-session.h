/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <libsoup/soup.h>
#include <ohm.h>

G_BEGIN_DECLS

/**
 * ohm_cloud_session_new:
 * @settings: of the group `[cloud]`: `ca-file`, `proxy`
 * @error: %OHM_ERROR_CONFIG for a file that cannot be read or holds no certificate
 *
 * A session that verifies its peers against the system's store or `ca-file`, keeps no cookies,
 * answers no request for a password by itself, unpacks nothing, and goes by the system's proxy or
 * the one that is named.
 *
 * Returns: (transfer full): the session
 */
SoupSession *ohm_cloud_session_new (OhmSettings *settings, GError **error);

/**
 * ohm_cloud_session_load_certificate:
 * @settings: of the group `[cloud]`: `cert-file`, `key-file`
 * @error: %OHM_ERROR_CONFIG for a file that cannot be read, or a key that others can read
 *
 * Reads what this gateway proves itself with: PEM files, or an object of a token (`pkcs11:...`).
 *
 * Returns: (transfer full): the certificate with its key
 */
GTlsCertificate *ohm_cloud_session_load_certificate (OhmSettings *settings, GError **error);

/**
 * ohm_cloud_session_show_certificate:
 * @message: a request that was not sent yet
 * @certificate: whom the client says to be
 *
 * Before the handshake, not only when the server asks as soup_message_set_tls_client_certificate()
 * does: glib-networking keeps the tickets of a process by address and by the certificate of the
 * connection at that moment, and would resume the session of another client.
 */
void ohm_cloud_session_show_certificate (SoupMessage *message, GTlsCertificate *certificate);

G_END_DECLS
