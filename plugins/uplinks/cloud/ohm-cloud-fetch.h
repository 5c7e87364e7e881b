/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <libsoup/soup.h>
#include <ohm.h>

G_BEGIN_DECLS

/**
 * OhmCloudLimits:
 * @body_max: most bytes of an answer's body that are read, whatever it says of its length
 * @connect_us: until the request begins to be sent: name, connection, proxy, TLS
 * @total_us: from the begin to the last byte of the answer
 * @setting: (nullable): whose value is the address, for the remedy; %NULL for `url`
 *
 * What one request may cost.
 */
typedef struct
{
  gsize body_max;
  gint64 connect_us;
  gint64 total_us;
  const char *setting;
} OhmCloudLimits;

#define OHM_CLOUD_LIMITS_INIT                                                                      \
  {                                                                                                \
    .body_max = 64 * 1024, .connect_us = 10 * G_USEC_PER_SEC, .total_us = 60 * G_USEC_PER_SEC      \
  }

/**
 * OhmCloudAnswer:
 * @status: HTTP status
 * @headers: of the answer
 * @body: at most `body_max` bytes
 * @is_cut: whether there was more
 *
 * What came back.
 */
typedef struct
{
  guint status;
  SoupMessageHeaders *headers; /* (owned) */
  GBytes *body;                /* (owned) */
  gboolean is_cut;
} OhmCloudAnswer;

void ohm_cloud_answer_free (OhmCloudAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmCloudAnswer, ohm_cloud_answer_free)

/**
 * ohm_cloud_fetch_async:
 * @session: made by ohm_cloud_session_new()
 * @message: the request, with its body; used once
 * @limits: (nullable): what it may cost; %NULL for %OHM_CLOUD_LIMITS_INIT
 * @cancellable: (nullable): gives it up at any moment
 * @callback: called when the answer is complete or will not come
 * @user_data: for @callback
 *
 * One bounded exchange. TLS 1.2 or newer, HTTP/1.1; no redirect is followed, as it would carry
 * records and credentials elsewhere: the answer is the redirect. libsoup sends a POST on a
 * connection of its own, unless the message has %SOUP_MESSAGE_IDEMPOTENT: then on one that is open,
 * and once more if the other side had just closed that.
 */
void ohm_cloud_fetch_async (SoupSession *session,
                            SoupMessage *message,
                            const OhmCloudLimits *limits,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

/**
 * ohm_cloud_fetch_finish:
 * @session: the session
 * @result: as given to the callback
 * @error: with its cause attached: %OHM_ERROR_CONFIG where a person has to look (a certificate that
 *   is not trusted, no TLS), %OHM_ERROR_TIMEOUT, %OHM_ERROR_LINK (name, refused, closed, TLS
 *   broken off), %OHM_ERROR_PROTOCOL (no HTTP); %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): any answer that was complete or is cut at its limit, errors of HTTP
 *   included
 */
OhmCloudAnswer *ohm_cloud_fetch_finish (SoupSession *session, GAsyncResult *result, GError **error);

G_END_DECLS
