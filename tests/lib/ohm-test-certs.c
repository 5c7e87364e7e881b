/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-certs.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

#define OHM_TEST_DAY (24 * 60 * 60)

struct _OhmTestCa
{
  gnutls_x509_crt_t crt;
  gnutls_x509_privkey_t key;
  char *pem;
};

static void
ohm_test_certs_check (int result)
{
  if (result < 0)
    g_test_message ("GnuTLS: %s", gnutls_strerror (result));
  g_assert_cmpint (result, >=, 0);
}

static gnutls_x509_privkey_t
ohm_test_certs_new_key (void)
{
  gnutls_x509_privkey_t key;

  ohm_test_certs_check (gnutls_x509_privkey_init (&key));
  ohm_test_certs_check (
    gnutls_x509_privkey_generate (key, GNUTLS_PK_ECDSA,
                                  GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0));
  return key;
}

static gnutls_x509_crt_t
ohm_test_certs_new_crt (const char *name, gnutls_x509_privkey_t key, int from_days, int until_days)
{
  gnutls_x509_crt_t crt;
  guint64 serial = GUINT64_TO_BE (((guint64) g_random_int () << 16) | 1);
  time_t now = time (NULL);

  ohm_test_certs_check (gnutls_x509_crt_init (&crt));
  ohm_test_certs_check (gnutls_x509_crt_set_version (crt, 3));
  ohm_test_certs_check (gnutls_x509_crt_set_serial (crt, &serial, sizeof serial));
  ohm_test_certs_check (
    gnutls_x509_crt_set_activation_time (crt, now + (time_t) from_days * OHM_TEST_DAY));
  ohm_test_certs_check (
    gnutls_x509_crt_set_expiration_time (crt, now + (time_t) until_days * OHM_TEST_DAY));
  ohm_test_certs_check (gnutls_x509_crt_set_dn_by_oid (crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                                       (unsigned) strlen (name)));
  ohm_test_certs_check (gnutls_x509_crt_set_key (crt, key));
  return crt;
}

static char *
ohm_test_certs_export (gnutls_x509_crt_t crt)
{
  gnutls_datum_t out;
  char *pem;

  ohm_test_certs_check (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &out));
  pem = g_strndup ((const char *) out.data, out.size);
  gnutls_free (out.data);
  return pem;
}

static char *
ohm_test_certs_export_key (gnutls_x509_privkey_t key)
{
  gnutls_datum_t out;
  char *pem;

  ohm_test_certs_check (
    gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &out));
  pem = g_strndup ((const char *) out.data, out.size);
  gnutls_free (out.data);
  return pem;
}

OhmTestCa *
ohm_test_ca_new (void)
{
  OhmTestCa *self = g_new0 (OhmTestCa, 1);

  self->key = ohm_test_certs_new_key ();
  self->crt = ohm_test_certs_new_crt ("Ohmnibus test authority", self->key, -1, 1);
  ohm_test_certs_check (gnutls_x509_crt_set_basic_constraints (self->crt, 1, 0));
  ohm_test_certs_check (gnutls_x509_crt_set_key_usage (self->crt, GNUTLS_KEY_KEY_CERT_SIGN));
  ohm_test_certs_check (
    gnutls_x509_crt_sign2 (self->crt, self->crt, self->key, GNUTLS_DIG_SHA256, 0));
  self->pem = ohm_test_certs_export (self->crt);
  return self;
}

void
ohm_test_ca_free (OhmTestCa *self)
{
  if (self == NULL)
    return;
  gnutls_x509_crt_deinit (self->crt);
  gnutls_x509_privkey_deinit (self->key);
  g_free (self->pem);
  g_free (self);
}

const char *
ohm_test_ca_get_pem (OhmTestCa *self)
{
  return self->pem;
}

OhmTestCert *
ohm_test_cert_new (OhmTestCa *self, const char *name, int from_days, int until_days)
{
  static const guint8 loopback[] = { 127, 0, 0, 1 };
  OhmTestCert *cert = g_new0 (OhmTestCert, 1);
  gnutls_x509_privkey_t key = ohm_test_certs_new_key ();
  gnutls_x509_crt_t crt = ohm_test_certs_new_crt (name, key, from_days, until_days);

  ohm_test_certs_check (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_DNSNAME, name,
                                                              (unsigned) strlen (name),
                                                              GNUTLS_FSAN_SET));
  if (g_str_equal (name, "localhost"))
    ohm_test_certs_check (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_IPADDRESS, loopback,
                                                                sizeof loopback,
                                                                GNUTLS_FSAN_APPEND));
  ohm_test_certs_check (gnutls_x509_crt_set_key_usage (crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
  ohm_test_certs_check (gnutls_x509_crt_sign2 (crt, self != NULL ? self->crt : crt,
                                               self != NULL ? self->key : key, GNUTLS_DIG_SHA256,
                                               0));
  cert->cert = ohm_test_certs_export (crt);
  cert->key = ohm_test_certs_export_key (key);
  gnutls_x509_crt_deinit (crt);
  gnutls_x509_privkey_deinit (key);
  return cert;
}

void
ohm_test_cert_free (OhmTestCert *self)
{
  if (self == NULL)
    return;
  g_free (self->cert);
  g_free (self->key);
  g_free (self);
}
