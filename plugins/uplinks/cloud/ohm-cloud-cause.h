/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>
#include <ohm.h>

G_BEGIN_DECLS

/**
 * OhmCloudTrouble:
 * @host: whom we wanted to talk to
 * @peer: the same with its port
 * @setting: (nullable): whose value is the address; %NULL for `url`
 * @proxy: (nullable): the proxy to which there was no connection yet
 * @version: the version of TLS that was refused as too old, or %G_TLS_PROTOCOL_VERSION_UNKNOWN
 * @certificate: (nullable): the peer's, if it is not trusted
 * @flags: why it is not
 * @is_asked: whether the peer asked who we are
 * @is_shown: whether both had shown a certificate
 * @is_late: whether the time was over
 * @is_sent: whether the request had begun to be sent
 *
 * What is known of an exchange that failed, besides its error.
 */
typedef struct
{
  const char *host;
  const char *peer;
  const char *setting;
  const char *proxy;
  GTlsProtocolVersion version;
  GTlsCertificate *certificate;
  GTlsCertificateFlags flags;
  gboolean is_asked;
  gboolean is_shown;
  gboolean is_late;
  gboolean is_sent;
} OhmCloudTrouble;

/**
 * ohm_cloud_cause_set_error:
 * @error: (out): as documented at ohm_cloud_fetch_finish()
 * @trouble: what is known
 * @cause: what GIO or libsoup said
 *
 * Tells name, route, refusal, time-out, TLS and each fault of a certificate apart, in words that a
 * person can act upon.
 */
void
ohm_cloud_cause_set_error (GError **error, const OhmCloudTrouble *trouble, const GError *cause);

G_END_DECLS
