/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-cause.h"

#include <libsoup/soup.h>
#include <string.h>

#include "ohm-cloud-text.h"

/* Names of a certificate were written by the peer: that many bytes are shown. */
#define OHM_CLOUD_CAUSE_NAME_MAX 120

typedef struct
{
  const char *domain;
  int code;
  OhmError as;
  const char *message;
} OhmCloudCauseRow;

/* clang-format off */
static const OhmCloudCauseRow ohm_cloud_cause_rows[] = {
  { "g-resolver-error-quark", -1, OHM_ERROR_LINK, "host-unknown" },
  { "g-io-error-quark", G_IO_ERROR_CONNECTION_REFUSED, OHM_ERROR_LINK, "cloud-refused" },
  { "g-io-error-quark", G_IO_ERROR_HOST_UNREACHABLE, OHM_ERROR_LINK, "cloud-unreachable" },
  { "g-io-error-quark", G_IO_ERROR_NETWORK_UNREACHABLE, OHM_ERROR_LINK, "cloud-unreachable" },
  { "g-io-error-quark", G_IO_ERROR_HOST_NOT_FOUND, OHM_ERROR_LINK, "host-unknown" },
  { "g-io-error-quark", G_IO_ERROR_TIMED_OUT, OHM_ERROR_TIMEOUT, "cloud-no-connection" },
  { "g-io-error-quark", G_IO_ERROR_PROXY_FAILED, OHM_ERROR_LINK, "cloud-proxy" },
  { "g-io-error-quark", G_IO_ERROR_PROXY_AUTH_FAILED, OHM_ERROR_CONFIG, "cloud-proxy" },
  { "g-io-error-quark", G_IO_ERROR_PROXY_NEED_AUTH, OHM_ERROR_CONFIG, "cloud-proxy-asks" },
  { "g-io-error-quark", G_IO_ERROR_PROXY_NOT_ALLOWED, OHM_ERROR_CONFIG, "cloud-proxy" },
  { "g-io-error-quark", G_IO_ERROR_CONNECTION_CLOSED, OHM_ERROR_LINK, "cloud-closed" },
  { "g-io-error-quark", G_IO_ERROR_BROKEN_PIPE, OHM_ERROR_LINK, "cloud-closed" },
  { "g-io-error-quark", G_IO_ERROR_PARTIAL_INPUT, OHM_ERROR_LINK, "cloud-closed" },
  { "g-tls-error-quark", G_TLS_ERROR_NOT_TLS, OHM_ERROR_CONFIG, "cloud-no-tls" },
  { "g-tls-error-quark", G_TLS_ERROR_CERTIFICATE_REQUIRED, OHM_ERROR_CONFIG,
    "cloud-certificate-wanted" },
  { "g-tls-error-quark", -1, OHM_ERROR_LINK, "cloud-tls" },
  { "soup-session-error-quark", -1, OHM_ERROR_PROTOCOL, "cloud-no-http" },
  { NULL, -1, OHM_ERROR_LINK, "cloud-failed" },
};
/* clang-format on */

/* Servers find many words for it. A connection that only breaks off is something else. */
static gboolean
ohm_cloud_cause_is_wanting (const OhmCloudTrouble *trouble, const GError *cause)
{
  return trouble->is_asked && (g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_MISC) ||
                               g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE));
}

/* A server without TLS answers in the clear. GnuTLS tells by its text alone, which is not
 * translated where the daemon usually runs; else it is a failure of TLS like others, whose remedy
 * names it. */
static gboolean
ohm_cloud_cause_is_clear (const GError *cause)
{
  return g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_MISC) &&
         strstr (cause->message, "unexpected TLS packet") != NULL;
}

/* Ours was the last word of the handshake. GnuTLS tells an alert, or only that writing on failed.
 */
static gboolean
ohm_cloud_cause_is_refusing (const OhmCloudTrouble *trouble, const GError *cause)
{
  return trouble->is_shown && (g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_MISC) ||
                               g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE) ||
                               g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_NOT_TLS));
}

static const OhmCloudCauseRow *
ohm_cloud_cause_find (const OhmCloudTrouble *trouble, const GError *cause)
{
  static const OhmCloudCauseRow wanting = { NULL, 0, OHM_ERROR_CONFIG, "cloud-certificate-wanted" };
  static const OhmCloudCauseRow refusing = { NULL, 0, OHM_ERROR_CONFIG,
                                             "cloud-certificate-refused" };
  static const OhmCloudCauseRow cut = { NULL, 0, OHM_ERROR_LINK, "cloud-certificate-cut" };
  static const OhmCloudCauseRow clear = { NULL, 0, OHM_ERROR_CONFIG, "cloud-no-tls" };
  const OhmCloudCauseRow *row = ohm_cloud_cause_rows;
  const char *domain = g_quark_to_string (cause->domain);

  if (ohm_cloud_cause_is_clear (cause))
    return &clear;
  if (ohm_cloud_cause_is_refusing (trouble, cause))
    return &refusing;
  if (ohm_cloud_cause_is_wanting (trouble, cause))
    return &wanting;
  while (row->domain != NULL &&
         !(g_str_equal (row->domain, domain) && (row->code < 0 || row->code == cause->code)))
    row++;
  /* a server that hangs up at once may have said why to nobody */
  return trouble->is_shown && g_str_equal (row->message, "cloud-closed") ? &cut : row;
}

static const char *
ohm_cloud_cause_get_setting (const OhmCloudTrouble *trouble)
{
  return trouble->setting != NULL ? trouble->setting : "url";
}

static void
ohm_cloud_cause_set (GError **error,
                     const OhmCloudTrouble *trouble,
                     const OhmCloudCauseRow *row,
                     const char *text)
{
  g_autoptr (OhmMessage) message = ohm_message_new (row->message, "peer", trouble->peer, "host",
                                                    trouble->host, "setting",
                                                    ohm_cloud_cause_get_setting (trouble), "text",
                                                    text, "proxy", trouble->proxy, NULL);

  ohm_message_set_error (error, row->as, g_steal_pointer (&message), "%s: %s", trouble->peer, text);
}

/* (transfer full) (nullable): whom it was issued to. */
static char *
ohm_cloud_cause_dup_names (GTlsCertificate *certificate)
{
  g_autoptr (GPtrArray) names = g_tls_certificate_get_dns_names (certificate);
  g_autofree char *subject = g_tls_certificate_get_subject_name (certificate);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; names != NULL && i < names->len && text->len < OHM_CLOUD_CAUSE_NAME_MAX; i++)
    {
      gsize length;
      const char *name = g_bytes_get_data (g_ptr_array_index (names, i), &length);

      g_string_append (text, text->len > 0 ? ", " : "");
      g_string_append_len (text, name, (gssize) MIN (length, OHM_CLOUD_CAUSE_NAME_MAX));
    }
  if (text->len == 0 && subject != NULL)
    g_string_append (text, subject);
  return ohm_cloud_text_new (text->str, text->len, OHM_CLOUD_CAUSE_NAME_MAX);
}

static char *
ohm_cloud_cause_dup_issuer (GTlsCertificate *certificate)
{
  g_autofree char *issuer = g_tls_certificate_get_issuer_name (certificate);

  return issuer != NULL ? ohm_cloud_text_new (issuer, strlen (issuer), OHM_CLOUD_CAUSE_NAME_MAX)
                        : NULL;
}

static char *
ohm_cloud_cause_dup_time (GDateTime *time)
{
  return time != NULL ? g_date_time_format (time, "%Y-%m-%d") : NULL;
}

/* The first fault that makes the others plausible: with a wrong clock everything is expired, and
 * whoever sits in between is not trusted, whatever name he bears. */
static const char *
ohm_cloud_cause_name_fault (GTlsCertificateFlags flags)
{
  if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return "cloud-certificate-unknown";
  if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return "cloud-certificate-name";
  if (flags & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    return "cloud-certificate-early";
  if (flags & G_TLS_CERTIFICATE_EXPIRED)
    return "cloud-certificate-expired";
  return "cloud-certificate-bad";
}

static void
ohm_cloud_cause_set_certificate (GError **error, const OhmCloudTrouble *trouble)
{
  const char *fault = ohm_cloud_cause_name_fault (trouble->flags);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) from = g_tls_certificate_get_not_valid_before (trouble->certificate);
  g_autoptr (GDateTime) until = g_tls_certificate_get_not_valid_after (trouble->certificate);
  g_autofree char *names = ohm_cloud_cause_dup_names (trouble->certificate);
  g_autofree char *issuer = ohm_cloud_cause_dup_issuer (trouble->certificate);
  g_autofree char *from_text = ohm_cloud_cause_dup_time (from);
  g_autofree char *until_text = ohm_cloud_cause_dup_time (until);
  g_autofree char *now_text = g_date_time_format (now, "%Y-%m-%d %H:%M UTC");

  ohm_message_set_error (error, OHM_ERROR_CONFIG,
                         ohm_message_new (fault, "host", trouble->host, "setting",
                                          ohm_cloud_cause_get_setting (trouble), "now", now_text,
                                          "names", names != NULL ? names : "?", "issuer",
                                          issuer != NULL ? issuer : "?", "from",
                                          from_text != NULL ? from_text : "?", "until",
                                          until_text != NULL ? until_text : "?", NULL),
                         "%s: certificate is not accepted (%s)", trouble->peer, fault);
}

void
ohm_cloud_cause_set_error (GError **error, const OhmCloudTrouble *trouble, const GError *cause)
{
  static const OhmCloudCauseRow old = { NULL, 0, OHM_ERROR_CONFIG, "cloud-tls-old" };
  static const OhmCloudCauseRow unanswered = { NULL, 0, OHM_ERROR_TIMEOUT, "cloud-no-answer" };
  static const OhmCloudCauseRow unconnected = { NULL, 0, OHM_ERROR_TIMEOUT, "cloud-no-connection" };
  static const OhmCloudCauseRow down = { NULL, 0, OHM_ERROR_LINK, "cloud-proxy-down" };

  if (trouble->certificate != NULL)
    ohm_cloud_cause_set_certificate (error, trouble);
  else if (trouble->version != G_TLS_PROTOCOL_VERSION_UNKNOWN)
    ohm_cloud_cause_set (error, trouble, &old, "only versions of TLS before 1.2");
  else if (trouble->proxy != NULL)
    ohm_cloud_cause_set (error, trouble, &down,
                         trouble->is_late ? "the time was over" : cause->message);
  else if (trouble->is_late)
    ohm_cloud_cause_set (error, trouble, trouble->is_sent ? &unanswered : &unconnected,
                         "the time was over");
  else
    ohm_cloud_cause_set (error, trouble, ohm_cloud_cause_find (trouble, cause), cause->message);
}
