/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-settings.h"

#include <string.h>

/* Tokens and paths may be long. */
#define OHM_CLOUD_SETTINGS_TEXT_MAX 2000

/* clang-format off */
const OhmSettingSpec ohm_cloud_settings_table[] = {
  { "url", OHM_SETTING_STRING, 0, OHM_CLOUD_SETTINGS_TEXT_MAX, NULL, NULL,
    "where records are posted to, path and query included", TRUE },
  { "format", OHM_SETTING_CHOICE, 0, 0, "otlp", "otlp|otlp-json|line",
    "OTLP as protobuf or as JSON, or InfluxDB line protocol", FALSE },
  { "engine", OHM_SETTING_CHOICE, 0, 0, "auto",
    "auto|collector|influxdb|mimir|prometheus|victoria-metrics",
    "what stands behind it: decides what is sent again, and in which order", FALSE },
  { "auth", OHM_SETTING_CHOICE, 0, 0, "claim", "claim|bearer|basic|certificate|none",
    "how we prove who we are; claim: 'ohmctl claim' links this gateway to an account", FALSE },
  { "user", OHM_SETTING_STRING, 0, 0, NULL, NULL, "for auth = basic", FALSE },
  { "password-file", OHM_SETTING_STRING, 0, OHM_CLOUD_SETTINGS_TEXT_MAX, NULL, NULL,
    "for auth = basic: a file that only ohmd can read, instead of the secret 'password'", FALSE },
  { "token-file", OHM_SETTING_STRING, 0, OHM_CLOUD_SETTINGS_TEXT_MAX, NULL, NULL,
    "for auth = bearer: a file that only ohmd can read, instead of the secret 'token'", FALSE },
  { "token-scheme", OHM_SETTING_STRING, 0, 32, "Bearer", NULL,
    "for auth = bearer: the word before the token; InfluxDB 2 wants Token", FALSE },
  { "issuer", OHM_SETTING_STRING, 0, OHM_CLOUD_SETTINGS_TEXT_MAX, NULL, NULL,
    "for auth = claim: address of the identity server", FALSE },
  { "client-id", OHM_SETTING_STRING, 0, 0, NULL, NULL,
    "for auth = claim: what the identity server calls gateways like this one", FALSE },
  { "scope", OHM_SETTING_STRING, 0, 1000, "openid offline_access", NULL,
    "for auth = claim: what is asked of the account", FALSE },
  { "tenant", OHM_SETTING_STRING, 0, 0, NULL, NULL,
    "sent as X-Scope-OrgID, as Mimir wants it", FALSE },
  { "ca-file", OHM_SETTING_STRING, 0, OHM_CLOUD_SETTINGS_TEXT_MAX, NULL, NULL,
    "PEM file of the authorities that are trusted, instead of the system's; read once: another one "
    "counts after a restart of ohmd", FALSE },
  { "cert-file", OHM_SETTING_STRING, 0, OHM_CLOUD_SETTINGS_TEXT_MAX, NULL, NULL,
    "client certificate: a PEM file, or pkcs11:...", FALSE },
  { "key-file", OHM_SETTING_STRING, 0, OHM_CLOUD_SETTINGS_TEXT_MAX, NULL, NULL,
    "its key, if it is not in the same file: a PEM file that only ohmd can read, or pkcs11:...",
    FALSE },
  { "proxy", OHM_SETTING_STRING, 0, OHM_CLOUD_SETTINGS_TEXT_MAX, "system", NULL,
    "system, none, or its address: http://proxy.example:3128, socks5://...", FALSE },
  { "gzip", OHM_SETTING_BOOLEAN, 0, 0, "true", NULL, "whether records are compressed", FALSE },
  { "insecure", OHM_SETTING_BOOLEAN, 0, 0, "false", NULL,
    "allows http:// to other hosts: everybody on the way can read along and change it", FALSE },
  { NULL },
};

/* Keys that are of use with one way of authentication only. */
static const struct
{
  const char *key;
  const char *auth;
  gboolean is_required;
} ohm_cloud_settings_of_auth[] = {
  { "user", "basic", TRUE },
  { "password-file", "basic", FALSE },
  { "token-file", "bearer", FALSE },
  { "token-scheme", "bearer", FALSE },
  { "issuer", "claim", TRUE },
  { "client-id", "claim", TRUE },
  { "scope", "claim", FALSE },
};

static const struct
{
  const char *engine;
  const char *formats;
  guint flags;
} ohm_cloud_settings_engines[] = {
  { "auto", "otlp|otlp-json|line", OHM_UPLINK_IDEMPOTENT },
  { "collector", "otlp|otlp-json", OHM_UPLINK_IDEMPOTENT },
  { "influxdb", "line", OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_DURABLE },
  { "mimir", "otlp|otlp-json", OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_ORDERED },
  { "prometheus", "otlp|otlp-json",
    OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_DURABLE | OHM_UPLINK_ORDERED },
  { "victoria-metrics", "otlp|line", OHM_UPLINK_IDEMPOTENT },
};
/* clang-format on */

static gboolean
ohm_cloud_settings_is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);
  return g_ascii_strcasecmp (host, "localhost") == 0;
}

/* An address that records or credentials go to. */
static gboolean
ohm_cloud_settings_check_address (OhmSettings *settings, const char *key, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GUri) uri = g_uri_parse (ohm_settings_get_string (settings, key), G_URI_FLAGS_ENCODED,
                                      &cause);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  gboolean is_open = g_str_equal (scheme, "http");

  if (uri == NULL || host == NULL || *host == '\0' || !(is_open || g_str_equal (scheme, "https")))
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                 "%s: expected an address 'https://HOST/PATH', found '%s'", key,
                 ohm_settings_get_string (settings, key));
  else if (g_uri_get_userinfo (uri) != NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                 "%s: credentials do not belong into an address: see 'auth'", key);
  else if (g_uri_get_fragment (uri) != NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s: '#' has no meaning there", key);
  else if (is_open && !ohm_settings_get_boolean (settings, "insecure") &&
           !ohm_cloud_settings_is_loopback (host))
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                 "%s: http:// lets everybody on the way read along: use https://, or set "
                 "'insecure = true' in a network of your own",
                 key);
  else
    return TRUE;
  return FALSE;
}

static gboolean
ohm_cloud_settings_check_auth (OhmSettings *settings, GError **error)
{
  const char *auth = ohm_settings_get_string (settings, "auth");

  for (guint i = 0; i < G_N_ELEMENTS (ohm_cloud_settings_of_auth); i++)
    {
      const char *key = ohm_cloud_settings_of_auth[i].key;
      const char *wanted = ohm_cloud_settings_of_auth[i].auth;
      gboolean is_set = ohm_settings_is_set (settings, key);
      gboolean is_wanted = g_str_equal (auth, wanted);

      if (is_set && !is_wanted)
        {
          g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s is only for 'auth = %s'", key,
                       wanted);
          return FALSE;
        }
      if (!is_set && is_wanted && ohm_cloud_settings_of_auth[i].is_required)
        {
          g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'auth = %s' needs '%s'", auth, key);
          return FALSE;
        }
    }
  if (g_str_equal (auth, "basic") &&
      strchr (ohm_settings_get_string (settings, "user"), ':') != NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "user: ':' has no place in it (RFC 7617)");
      return FALSE;
    }
  return !g_str_equal (auth, "claim") ||
         ohm_cloud_settings_check_address (settings, "issuer", error);
}

static gboolean
ohm_cloud_settings_check_certificate (OhmSettings *settings, GError **error)
{
  gboolean is_set = ohm_settings_is_set (settings, "cert-file");
  gboolean is_wanted = g_str_equal (ohm_settings_get_string (settings, "auth"), "certificate");
  const char *url = ohm_settings_get_string (settings, "url");

  if (is_wanted && !is_set)
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'auth = certificate' needs 'cert-file'");
  else if (!is_set && ohm_settings_is_set (settings, "key-file"))
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "key-file needs 'cert-file'");
  else if (is_set && !g_str_has_prefix (url, "https:"))
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "cert-file needs an 'url' with https://");
  else
    return TRUE;
  return FALSE;
}

static gboolean
ohm_cloud_settings_check_proxy (OhmSettings *settings, GError **error)
{
  static const char *const schemes[] = { "http", "https", "socks4", "socks4a", "socks5", NULL };
  const char *proxy = ohm_settings_get_string (settings, "proxy");
  g_autoptr (GUri) uri = NULL;

  if (g_str_equal (proxy, "system") || g_str_equal (proxy, "none"))
    return TRUE;
  uri = g_uri_parse (proxy, G_URI_FLAGS_ENCODED, NULL);
  if (uri == NULL || !g_strv_contains (schemes, g_uri_get_scheme (uri)) ||
      g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                 "proxy: expected 'system', 'none' or 'http://HOST:PORT', found '%s'", proxy);
  else if (g_uri_get_userinfo (uri) != NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                 "proxy: credentials in the address are not supported");
  else
    return TRUE;
  return FALSE;
}

static guint
ohm_cloud_settings_find_engine (OhmSettings *settings)
{
  guint i = 0;

  while (!g_str_equal (ohm_cloud_settings_engines[i].engine,
                       ohm_settings_get_string (settings, "engine")))
    i++;
  return i;
}

static gboolean
ohm_cloud_settings_check_engine (OhmSettings *settings, GError **error)
{
  guint i = ohm_cloud_settings_find_engine (settings);
  const char *format = ohm_settings_get_string (settings, "format");
  g_auto (GStrv) formats = g_strsplit (ohm_cloud_settings_engines[i].formats, "|", -1);

  if (g_strv_contains ((const char *const *) formats, format))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'engine = %s' takes 'format = %s', not '%s'",
               ohm_cloud_settings_engines[i].engine, ohm_cloud_settings_engines[i].formats, format);
  return FALSE;
}

/* Times of line protocol are whole seconds, which is for the address to say: an engine that is not
 * told takes them for nanoseconds, and stores everything in 1970. */
static gboolean
ohm_cloud_settings_check_precision (OhmSettings *settings, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (ohm_settings_get_string (settings, "url"),
                                      G_URI_FLAGS_ENCODED, error);
  const char *query = uri != NULL && g_uri_get_query (uri) != NULL ? g_uri_get_query (uri) : "";
  g_auto (GStrv) parts = g_strsplit (query, "&", -1);

  if (!g_str_equal (ohm_settings_get_string (settings, "format"), "line") ||
      g_strv_contains ((const char *const *) parts, "precision=s") ||
      g_strv_contains ((const char *const *) parts, "precision=second"))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
               "'format = line' needs 'precision=s' in the query of 'url' (InfluxDB 3: "
               "'precision=second')");
  return FALSE;
}

/* Engines name what they take by the end of the path. Any other path may belong to a receiver of
 * the owner's own. */
static gboolean
ohm_cloud_settings_check_path (OhmSettings *settings, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (ohm_settings_get_string (settings, "url"),
                                      G_URI_FLAGS_ENCODED, error);
  const char *path = uri != NULL ? g_uri_get_path (uri) : "";
  const char *format = ohm_settings_get_string (settings, "format");
  gboolean is_line = g_str_equal (format, "line");

  if (!is_line && (g_str_has_suffix (path, "/write") || g_str_has_suffix (path, "/write_lp")))
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                 "url: '%s' takes no OTLP ('format = %s'): set 'format = line' for line protocol, "
                 "or the address where the engine takes OTLP, which ends in '/v1/metrics'",
                 path, format);
  else if (is_line && g_str_has_suffix (path, "/v1/metrics"))
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                 "url: '%s' takes no line protocol: set 'format = otlp', or the address where the "
                 "engine takes line protocol, which ends in '/write'",
                 path);
  else
    return TRUE;
  return FALSE;
}

gboolean
ohm_cloud_settings_check (OhmSettings *settings, GError **error)
{
  return ohm_cloud_settings_check_address (settings, "url", error) &&
         ohm_cloud_settings_check_auth (settings, error) &&
         ohm_cloud_settings_check_certificate (settings, error) &&
         ohm_cloud_settings_check_proxy (settings, error) &&
         ohm_cloud_settings_check_engine (settings, error) &&
         ohm_cloud_settings_check_path (settings, error) &&
         ohm_cloud_settings_check_precision (settings, error);
}

guint
ohm_cloud_settings_get_flags (OhmSettings *settings)
{
  return ohm_cloud_settings_engines[ohm_cloud_settings_find_engine (settings)].flags;
}
